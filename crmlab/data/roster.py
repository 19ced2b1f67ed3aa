"""The instructor's roster: who is in the class, and the token that each student gets."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.data.tokens import checked, token
from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = (
    "学号", "学号/工号", "学生编号", "student number", "student_number", "student id", "student_id", "sis user id",
    "id number", "编号", "id", "student",
)  # fmt: skip
"""What the column of student numbers is called, the surest first: an export may have an id of its own besides."""
NAMES = ("姓名", "学生姓名", "full name", "student name", "name", "名字", "student")
FIRST, LAST = ("first name", "given name", "名"), ("last name", "surname", "family name", "姓")
NOBODY = ("points possible", "满分", "student, test")
"""Rows of a gradebook that are no students, by what stands there for the name."""
BYTES = 32


def course_key(path: Path) -> bytes:
    """The course key in ``path``; where there is no such file yet, a new one, which only its owner can read.

    A file that is there is never written. Raises InputError where it is no key, and where none can be written.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(BYTES) + "\n")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        text = _("{file} can't be read or written: {reason}")
        raise InputError(text.format(file=path, reason=error.strerror or error)) from None
    except ValueError:
        key = b""
    if len(key) != BYTES:
        text = _("{file} is no course key: {count} bytes written as hex are needed.")
        raise InputError(text.format(file=path, count=number(BYTES)))
    return key


def roster(path: Path, key: bytes) -> pd.DataFrame:
    """The class list in ``path``, as an LMS exports it, with a token for each student: student, name, token.

    CSV (UTF-8 or GBK) or Excel; the columns are found by their names in English or Chinese. A gradebook's row of
    points and its test student are left out. Full-width digits are the same as plain ones. Raises InputError where
    there is no column of student numbers, a number is missing, stands twice, or was cut short by a spreadsheet.
    """
    import pandas as pd

    from crmlab.data.tables import read_table

    path = Path(path)
    table = read_table(path)
    number_of = _column(table, NUMBERS)
    if number_of is None:
        text = _("{file} has no column of student numbers; call it one of: {names}. It has: {present}.")
        raise InputError(
            text.format(file=path.name, names=_(", ").join(NUMBERS), present=_(", ").join(map(str, table.columns)))
        )
    students = [_plain(student) for student in table[number_of]]
    names = _names(table, number_of)
    rows = [
        (place, student, name)
        for place, (student, name) in enumerate(zip(students, names, strict=True), 1)
        if name.lower() not in NOBODY
    ]
    if not rows:
        raise InputError(_("{file} has no rows.").format(file=path.name))
    known = set()
    for place, student, _name in rows:
        if not student:
            raise InputError(_("Row {row} of {file} has no student number.").format(row=place, file=path.name))
        if re.fullmatch(r"[\d.]+E\+?\d+", student, re.IGNORECASE):
            text = _("The student number {student} in {file} was cut short by a spreadsheet; export the list again.")
            raise InputError(text.format(student=student, file=path.name))
        if student in known:
            text = _("The student number {student} stands more than once in {file}.")
            raise InputError(text.format(student=student, file=path.name))
        known.add(student)
    made = [(student, name, token(key, student)) for _place, student, name in rows]
    return pd.DataFrame(made, columns=["student", "name", "token"]).astype("str")


def tokens(path: Path) -> pd.DataFrame:
    """The class list that ``crmlab roster`` wrote: student, name, token, as text.

    Raises InputError where there is no such file, it holds no tokens, or one that is none or that two students share.
    """
    from crmlab.data.tables import read_table, unguarded

    table = read_table(Path(path)).map(unguarded)
    missing = [name for name in ("student", "token") if name not in table.columns]
    if missing:
        text = _("{file} holds no tokens: it has no column {name}. crmlab roster makes them from a class list.")
        raise InputError(text.format(file=Path(path).name, name=missing[0]))
    table["token"] = [checked(token) for token in table["token"]]
    for column in ("student", "token"):
        if twice := table[column][table[column].duplicated()].tolist():
            text = _("{file}: {name} stands twice.")
            raise InputError(text.format(file=Path(path).name, name=twice[0]))
    if "name" not in table.columns:
        table["name"] = ""
    return table[["student", "name", "token"]]


def _plain(text: str) -> str:
    """A cell without the spaces around it, and with plain letters and digits for full-width ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _names(table: pd.DataFrame, number_of: str) -> list[str]:
    """Each student's name, from one column or two; empty where there is none."""
    name_of = _column(table, NAMES, but=number_of)
    if name_of is not None:
        return [_plain(name) for name in table[name_of]]
    first, last = _column(table, FIRST), _column(table, LAST)
    if first is None or last is None:
        only = first or last
        return [_plain(name) for name in table[only]] if only else [""] * len(table)
    pairs = zip(map(_plain, table[first]), map(_plain, table[last]), strict=True)
    # 姓 and 名 are written together, the family name first
    return [family + given if last.strip() == "姓" else f"{given} {family}".strip() for given, family in pairs]


def _column(table: pd.DataFrame, known: tuple[str, ...], but: str | None = None) -> str | None:
    """The column that is called by the first of the ``known`` names that one is called by."""
    present = {_plain(str(name)).lower(): name for name in reversed(table.columns) if name != but}
    return next((present[name] for name in known if name in present), None)
