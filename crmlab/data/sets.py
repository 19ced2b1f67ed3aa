"""A data set of the course, whole or one table of it, as everybody has it or as one student's own draw."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from crmlab.data.cards import Card, card, sums
from crmlab.data.privacy import consenting
from crmlab.data.tokens import checked
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class DataSet(Mapping):
    """The tables of a set by their names; shown in a cell it is the set's card.

    >>> village = load("village")
    >>> sorted(village), len(village["households"]) > 100
    (['households', 'refills'], True)
    """

    def __init__(self, about: Card, tables: dict[str, pd.DataFrame], student: str | None = None) -> None:
        self.card, self._tables, self.student = about, tables, student

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            text = _("The data set {name} has no table {table!r}; it has: {tables}.")
            raise InputError(text.format(name=self.card.name, table=name, tables=", ".join(self._tables)))
        return self._tables[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def get(self, name: str, default: pd.DataFrame | None = None) -> pd.DataFrame | None:
        """The table, or ``default`` where there is none of this name."""
        return self._tables.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        return str(self.card)

    def _repr_markdown_(self) -> str:
        return str(self.card)


def load(name: str, student: str | None = None, *, everyone: bool = False) -> DataSet | pd.DataFrame:
    """A data set ("supermarket"), or one table of it ("supermarket.transactions") as a typed DataFrame.

    Without ``student`` it is the course's own draw, read from its files, whose checksums are looked at. With a
    student's token it is that student's own draw of the same world: other customers, other answers, the same
    findings. Dates are dates, what may be one of a few is categorical.

    Where the set says which customers agreed to the use of their data, the rows of the others are left out, in every
    table with a column ``customer``; rows of no known customer stay. ``everyone=True`` gives all rows, for what needs
    no consent, such as handling a complaint. Raises InputError for a name that there is not,
    a token that is none, and a file that is damaged or missing.

    >>> load("village.households").columns[:3].tolist()
    ['household', 'people', 'bowls']
    >>> load("village.cows")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The data set village has no table 'cows'; it has: households, refills.
    """
    if not isinstance(name, str):
        card(name)
    named, dot, table = name.partition(".")
    about = card(named)
    if dot and table not in about.tables:
        DataSet(about, dict.fromkeys(about.tables))[table]
    wanted = [table] if table else list(about.tables)
    members, _dot, consent = (about.consent or "").partition(".")
    read = {*wanted, members} if members and not everyone else set(wanted)
    student = None if student is None else checked(student)
    if (named, student) in _given and not everyone:
        tables = {one: _given[named, student][one].copy() for one in wanted}
        return tables[table] if table else DataSet(about, tables, student)
    if student is None:
        tables = {one: _read(about, one) for one in about.tables if one in read}
    else:
        drawn = draw(named, student)
        tables = {one: about.tables[one].typed(drawn[one]) for one in about.tables if one in read}
    if members and not everyone:
        tables = {one: _agreed(frame, tables[members], consent) for one, frame in tables.items()}
    return tables[table] if table else DataSet(about, tables, student)


_given: dict[tuple[str, str | None], DataSet] = {}


def given(drawn: DataSet) -> None:
    """Have ``load`` give this draw to the student whose work is run in this process, instead of drawing it again."""
    _given[drawn.card.name, drawn.student] = drawn


def _agreed(frame: pd.DataFrame, members: pd.DataFrame, consent: str) -> pd.DataFrame:
    if "customer" not in frame.columns:
        return frame
    return consenting(frame, members, consent).reset_index(drop=True)


def draw(name: str, whose: str) -> dict[str, pd.DataFrame]:
    """The tables of the world ``name`` as drawn for ``whose``: a token, or "course" for everybody's."""
    return import_module(f"crmlab.data.worlds.{name}").make(generator(name, whose))


def generator(name: str, whose: str) -> np.random.Generator:
    """The generator that the draw of the set ``name`` for ``whose`` begins with."""
    import numpy as np

    return np.random.default_rng(int.from_bytes(hashlib.sha256(f"crmlab:{name}:{whose}".encode()).digest()))


def _read(about: Card, table: str) -> pd.DataFrame:
    """The course's own file of a table; one that is not as it was made is refused."""
    import pandas as pd

    path = about.path(table)
    try:
        content = path.read_bytes()
    except OSError as error:
        text = _("The file {file} can't be read: {reason}. Install the course again.")
        raise InputError(text.format(file=path.name, reason=error.strerror or error)) from None
    if hashlib.sha256(content).hexdigest() != sums().get(path.name):
        text = _("The file {file} is damaged: it is not as the course made it. Install the course again.")
        raise InputError(text.format(file=path.name))
    kinds = {column.name: column.type for column in about.tables[table].columns}
    plain = {name: "str" for name, kind in kinds.items() if kind in ("text", "choice")}
    plain |= {name: "boolean" for name, kind in kinds.items() if kind == "yes"}
    # only an empty cell is missing: a customer may be called NA, and dirty tables keep what they hold
    frame = pd.read_csv(io.BytesIO(content), dtype=plain, keep_default_na=False, na_values=[""])
    return about.tables[table].typed(frame)
