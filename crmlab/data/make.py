"""The files of the course's data sets, made from their worlds: the same seed, the same bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crmlab.data.cards import SUMS, Card, Column, card, cards, folder
from crmlab.data.sets import draw
from crmlab.language.catalogue import LANGUAGES, _, speaking

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

COURSE = "course"


def tables(name: str) -> dict[Path, bytes]:
    """The set's CSV files with their bytes, from the course's own draw.

    Raises ValueError where the world does not make what its card says.
    """
    about, made = card(name), draw(name, COURSE)
    if list(made) != list(about.tables):
        raise ValueError(f"{name}: the world makes {list(made)}, its card has {list(about.tables)}")
    return {about.path(table): text(about, table, frame) for table, frame in made.items()}


def text(about: Card, table: str, frame: pd.DataFrame) -> bytes:
    """A table as CSV: UTF-8, commas, line feeds, empty where a value is missing."""
    import pandas as pd

    columns = about.tables[table].columns
    if list(frame.columns) != [column.name for column in columns]:
        named = [column.name for column in columns]
        raise ValueError(f"{about.name}.{table}: the world makes {list(frame.columns)}, its card has {named}")
    typed = about.tables[table].typed(frame)
    plain = pd.DataFrame({column.name: _written(column, typed[column.name]) for column in columns})
    return plain.to_csv(index=False, lineterminator="\n").encode()


def _written(column: Column, values: pd.Series) -> pd.Series:
    if column.type == "date":
        return values.dt.strftime("%Y-%m-%d")
    if column.type == "time":
        return values.dt.strftime("%Y-%m-%d %H:%M:%S")
    if column.decimals is not None:
        return values.map(lambda value: f"{value:.{column.decimals}f}", na_action="ignore").astype(object)
    return values


def files(names: list[str] | None = None) -> dict[Path, bytes]:
    """Every file that is made: the tables of ``names`` (all unless told), the checksums, the cards to read."""
    made = {path: content for name in names or cards() for path, content in tables(name).items()}
    every = {path.name: path for about in cards().values() for path in map(about.path, about.tables)}
    lines = []
    for name, path in sorted(every.items()):
        content = made.get(path) or (path.read_bytes() if path.exists() else None)
        if content is not None:
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    return {**made, folder() / SUMS: "".join(lines).encode()}


def read_me() -> dict[Path, bytes]:
    """The cards of all sets as one page a language; the tables and checksums must be written before."""
    pages = {}
    for code in LANGUAGES:
        with speaking(code):
            head = _("# The course's data sets")
            note = _("Made by `crmlab data make` from the cards (`*.yml`); do not edit.")
            pages[folder() / {"en": "README.md", "zh": "README.zh-CN.md"}[code]] = "\n".join(
                [head, "", note, "", *map(str, cards().values())]
            ).encode()
    return pages
