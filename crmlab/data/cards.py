"""Data cards: what a set holds, how it was made, its columns, and what to beware of, in both languages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from crmlab import written
from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.place import course

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SUMS = "SHA256SUMS"
TYPES = {
    "whole": mark("whole number"),
    "number": mark("number"),
    "date": mark("date"),
    "time": mark("date and time"),
    "yes": mark("yes or no"),
    "choice": mark("one of a few"),
    "text": mark("text"),
}


class Column(Strict):
    """A column: its name, type, unit where it has one, and what it says. ``values``: what a choice may be."""

    name: str
    type: Annotated[
        Literal["whole", "number", "date", "time", "yes", "choice", "text"],
        BeforeValidator(lambda kind: "yes" if kind is True else kind),  # what YAML makes of a bare yes
    ]
    en: str
    zh: str
    unit: Text | None = None
    values: tuple[str, ...] = ()
    decimals: int | None = None

    @model_validator(mode="after")
    def _choices(self) -> Column:
        if (self.type == "choice") != bool(self.values):
            raise ValueError(f"column {self.name}: a choice, and only a choice, has values")
        if (self.type == "number") != (self.decimals is not None):
            raise ValueError(f"column {self.name}: a number, and only a number, has decimals")
        return self

    @property
    def says(self) -> Text:
        """What the column says, in both languages."""
        return Text(en=self.en, zh=self.zh)

    def typed(self, values: pd.Series) -> pd.Series:
        """``values`` with this column's type, for a frame as ``crmlab.load`` returns it.

        Raises ValueError where a choice holds what is not among its values.
        """
        import pandas as pd

        if self.type == "choice":
            strange = set(values.dropna().unique()) - set(self.values)
            if strange:
                raise ValueError(f"column {self.name} holds {sorted(map(str, strange))}, not among its values")
            return values.astype(pd.CategoricalDtype(list(self.values)))
        if self.type in ("date", "time"):
            return pd.to_datetime(values).astype("datetime64[s]")
        if self.type == "yes":
            return values.astype("boolean" if values.isna().any() else "bool")
        if self.type == "whole":
            return values.astype("Int64" if values.isna().any() else "int64")
        return values.astype("float64" if self.type == "number" else "str")


class Table(Strict):
    """A table of a set: what a row is, and its columns."""

    en: str
    zh: str
    columns: tuple[Column, ...] = Field(min_length=1)

    @property
    def says(self) -> Text:
        """What a row is, in both languages."""
        return Text(en=self.en, zh=self.zh)

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns of ``frame`` with their types, in the card's order."""
        import pandas as pd

        columns = {column.name: column.typed(frame[column.name]) for column in self.columns}
        return pd.DataFrame(columns, copy=False)


class Card(Strict):
    """A data set's card. Printed, it is Markdown in the language spoken now.

    ``consent`` names the column that says which customers agreed to the use of their data, as "members.consent".

    >>> print(str(card("village")).splitlines()[0])
    ## village: The rice merchant's village
    """

    name: str
    title: Text
    what: Text
    made: Text
    licence: str
    caveats: tuple[Text, ...] = Field(min_length=1)
    tables: dict[str, Table] = Field(min_length=1)
    consent: str | None = None

    @model_validator(mode="after")
    def _consents(self) -> Card:
        if self.consent is not None:
            table, _dot, name = self.consent.partition(".")
            kinds = {column.name: column.type for column in self.tables[table].columns} if table in self.tables else {}
            if kinds.get(name) != "yes" or "customer" not in kinds:
                raise ValueError(f"consent: {self.consent} is no yes-or-no column beside a column customer")
        return self

    def path(self, table: str) -> Path:
        """The file of a table."""
        return folder() / f"{self.name}.{table}.csv"

    def __str__(self) -> str:
        lines = [_("## {name}: {title}").format(name=self.name, title=self.title), "", str(self.what), ""]
        lines += [_("How it was made: {text}").format(text=self.made), ""]
        if self.consent:
            text = _("Only the rows of customers who agreed ({column}) are loaded, unless everyone=True is said.")
            lines += [text.format(column=self.consent), ""]
        lines += [_("Licence: {text}").format(text=self.licence), "", _("To beware of:"), ""]
        lines += [f"- {caveat}" for caveat in self.caveats]
        known = sums()
        for name, table in self.tables.items():
            path = self.path(name)
            lines += ["", f"### {self.name}.{name}", "", str(table.says), ""]
            rows = path.read_bytes().count(b"\n") - 1 if path.exists() else 0
            text = _("File {file}: {rows} rows, SHA-256 {sum}")
            lines += [text.format(file=f"`{path.name}`", rows=number(rows), sum=f"`{known.get(path.name, '-')}`"), ""]
            lines += ["| {} | {} | {} |".format(_("column"), _("type, unit"), _("what it says")), "|---|---|---|"]
            for column in table.columns:
                kind = _("; ").join(filter(None, [_(TYPES[column.type]), str(column.unit or "")]))
                said = str(column.says)
                if column.values:
                    said = _("{text}: {values}").format(text=said, values=_(", ").join(column.values))
                lines.append(f"| {column.name} | {kind} | {said} |")
        return "\n".join([*lines, ""])

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return str(self)


def folder() -> Path:
    """The folder of the course's data sets.

    >>> (folder() / SUMS).exists()
    True
    """
    return course() / "datasets"


@cache
def cards() -> dict[str, Card]:
    """Every set's card by its name, in the order of the alphabet; InputError names a file that is no card.

    >>> "supermarket" in cards()
    True
    """
    found = {}
    for path in sorted(folder().glob("*.yml")):
        data = {**written.read(path, dict[str, Any]), "name": path.stem}
        found[path.stem] = written.shaped(data, Card, path.name)
    return found


def card(name: str) -> Card:
    """The card of the set ``name``; InputError, with the names that there are, where there is none.

    >>> card("moon")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: There is no data set 'moon'; there are: ...
    """
    if not isinstance(name, str) or name not in cards():
        text = _("There is no data set {name!r}; there are: {names}.")
        raise InputError(text.format(name=name, names=", ".join(cards())))
    return cards()[name]


def sums() -> dict[str, str]:
    """The checksums of the files, as ``sha256sum`` writes them, by the files' names."""
    path = folder() / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: found for found, name in (line.split("  ", 1) for line in lines)}
