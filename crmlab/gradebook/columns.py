"""The columns of a learning management system's table: which of its columns holds what of the gradebook."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from crmlab.files import read_text
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

Columns = Mapping[str, Any]
"""The name of each column, in their order, to what stands in it: one of COLUMNS, a question, {"text": ...} for the same
words in every row, or nothing."""
COLUMNS = ("student", "name", "token", "total", "of", "percent", "state")


def moodle(title: str) -> dict[str, Any]:
    """For Moodle's import of grades from CSV, where you say which column is which: map "ID number" to the user's
    ID number, and ``title`` to the grade item."""
    return {"ID number": "student", title: "total"}


def canvas(title: str) -> dict[str, Any]:
    """For the import into the gradebook of Canvas, which knows columns by their names and place, and students whose ID
    is left empty by their SIS User ID. ``title`` is the assignment's, as an export from Canvas writes it."""
    return {"Student": "name", "ID": "", "SIS User ID": "student", "SIS Login ID": "", "Section": "", title: "total"}


READY = {"moodle": moodle, "canvas": canvas}


def columns(told: str | Path | Mapping[str, Any], title: str = "") -> dict[str, Any]:
    """Columns as they were told: "moodle" or "canvas" with the ``title`` of the grade item, a YAML file, or a mapping.

    The YAML file holds the mapping, alone or under ``columns``. Raises InputError where there is no such file or it
    holds no mapping, and where a ready one lacks its title.

    >>> columns("moodle", "Exercise 8")
    {'ID number': 'student', 'Exercise 8': 'total'}
    """
    import yaml

    if isinstance(told, str) and told in READY:
        if not title.strip():
            raise InputError(_("Say what {system} calls the grade item, too (--title).").format(system=told.title()))
        return READY[told](title)
    made: Any = told
    if not isinstance(told, Mapping):
        path = Path(told).expanduser()
        if not os.path.lexists(path):
            text = _("There is no file {file}; ready without a file are: {names}.")
            raise InputError(text.format(file=path, names=_(", ").join(READY)))
        try:
            made = yaml.safe_load(read_text(path))
        except (yaml.YAMLError, RecursionError) as error:
            text = _("{file} can't be read: {reason}")
            raise InputError(text.format(file=path, reason=error)) from None
        made = made["columns"] if isinstance(made, dict) and isinstance(made.get("columns"), dict) else made
    if not isinstance(made, Mapping) or not made or not all(isinstance(name, str) and name for name in made):
        raise InputError(
            _("The columns are written as a mapping: the name of each to what stands in it, such as {sample}.").format(
                sample='"Exercise 8": total'
            )
        )
    return dict(made)


def cell_of(told: Any, row: Mapping[str, Any], known: Collection[str]) -> Any:
    """What stands in a column of one student's row. Raises InputError where the column was told something unknown.

    >>> cell_of({"text": "#"}, {}, [])
    '#'
    """
    if told is None or told == "":
        return ""
    if isinstance(told, Mapping) and set(told) == {"text"}:
        return str(told["text"])
    if not isinstance(told, str) or told not in known:
        text = _("A column can't hold {value}; allowed are: {known}, and {sample} for the same words in every row.")
        raise InputError(text.format(value=repr(told), known=_(", ").join(known), sample='{text: "…"}'))
    return row[told]
