"""What a student handed in, read from its file, whatever state that is in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab.data.tokens import checked
from crmlab.files import read_text
from crmlab.language.catalogue import LANGUAGES, _, number
from crmlab.language.errors import InputError
from crmlab.marking.ask import is_question
from crmlab.marking.names import is_exercise
from crmlab.marking.submit import LARGEST, TOO_LARGE, loaded, text_of, written

CELLS, LETTERS = 500, 1 << 20
HEADED = re.compile(r"#\s*(q\d{1,3})\b")
"""The first line of an answer, as a release writes it."""


@dataclass(frozen=True)
class Cell:
    """A cell as it was handed in: the keys that it claims to have, and what stands in it."""

    key: str
    kind: str
    question: str
    is_code: bool
    text: str


@dataclass(frozen=True)
class Handed:
    """One submission: whose, of what, and its cells. Only the token was looked at; nothing else is believed."""

    path: Path
    exercise: str
    token: str
    language: str
    content: str
    """SHA-256 of the notebook without its outputs, as on the student's receipt."""
    made: str
    """When it was handed in by the student's own clock; empty where a bare notebook was."""
    cells: tuple[Cell, ...]

    @property
    def attempt(self) -> tuple[str, str]:
        """By which a student's submissions are put in order: the clock's time, then the file's name."""
        return self.made, self.path.name


def preferred(submissions: Iterable[Handed]) -> list[Handed]:
    """What is to be marked: of who handed in properly only that, not the notebook, which may have changed since."""
    some = list(submissions)
    properly = {one.token for one in some if one.made}
    return [one for one in some if one.made or one.token not in properly]


def handed(path: Path) -> Handed:
    """The submission in ``path``: what ``crmlab.submit`` wrote, or a bare notebook under any name.

    Raises InputError for what is empty, too large, compressed, damaged, changed, no notebook of this course, or
    without a token that can be one.
    """
    with suppress(OSError):  # of a folder that is closed: reading says so
        if path.is_symlink() or not path.is_file():
            raise InputError(_("{file} is no file.").format(file=path.name))
    text = read_text(path, LARGEST, TOO_LARGE)
    if not text.strip():
        raise InputError(_("{file} is empty.").format(file=path.name))
    book = loaded(text, path)
    claimed: dict[str, Any] = {}
    if isinstance(book, dict) and "crmlab" in book and isinstance(book.get("notebook"), str):
        claimed = book
        text = claimed["notebook"]
        if hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() != claimed.get("content"):
            text = _("{file} was not handed in like this: it is damaged or was changed.")
            raise InputError(text.format(file=path.name))
        book = loaded(text, path)
    try:
        cells = tuple(_cell(one) for one in (book["cells"] if "cells" in book else book["worksheets"][0]["cells"]))
        about = book.get("metadata", {}).get("crmlab", {})
        content = claimed.get("content") or hashlib.sha256(written(book).encode("utf-8", "replace")).hexdigest()
    except Exception:  # lists where mappings should be, and so on
        raise InputError(_("{file} is no notebook: it is damaged.").format(file=path.name)) from None
    if len(cells) > CELLS or sum(len(cell.text) for cell in cells) > LETTERS:
        raise InputError(_(TOO_LARGE).format(file=path.name, size=number(LARGEST / 2**20)))
    about = about if isinstance(about, dict) else {}
    exercise, token, language = (str(about.get(name) or "") for name in ("exercise", "token", "language"))
    if not is_exercise(exercise):
        raise InputError(_("{file} is no exercise of this course.").format(file=path.name))
    if not token:
        raise InputError(_("{file} holds no token, so nobody can tell whose it is.").format(file=path.name))
    try:
        token = checked(token)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    made = claimed.get("made")
    return Handed(
        path, exercise, token, language if language in LANGUAGES else "en", content,
        made[:30] if isinstance(made, str) else "", cells,
    )  # fmt: skip


def _cell(cell: dict[str, Any]) -> Cell:
    about = cell.get("metadata", {})
    marks = about.get("crmlab", {}) if isinstance(about, dict) else {}
    marks = marks if isinstance(marks, dict) else {}
    text = text_of({"source": cell.get("source", cell.get("input", ""))}).encode("utf-8", "replace").decode()
    key, kind, question = (one if isinstance(one, str) else "" for one in
                           (cell.get("id"), marks.get("kind"), marks.get("question")))  # fmt: skip
    first = HEADED.match(text)
    question = question if is_question(question) else first[1] if first else ""
    if not isinstance(cell["cell_type"], str):
        raise TypeError
    return Cell(key[:100], kind[:100], question, cell["cell_type"] == "code", text)
