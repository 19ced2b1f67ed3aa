"""A class that did exercise 8 honestly and well: its notebooks, and what it handed in."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crmlab.data.tokens import token
from crmlab.language.catalogue import LANGUAGES
from crmlab.marking.exercise import SUBMIT, Exercise, find, read, solution
from crmlab.marking.release import notebook, write
from crmlab.marking.submit import submit

EARNED = 35
"""Points of such work without its free text, which a person marks."""


def worked(exercise: Exercise, language: str, whose: str | None) -> dict[str, Any]:
    """A student's notebook with every question answered."""
    book = notebook(exercise, language, whose)
    for cell in book["cells"]:
        question = cell["metadata"]["crmlab"].get("question")
        if question and cell["cell_type"] == "code":
            cell["source"] = f"# {question}\n{solution(exercise.cell(question).code)}"
        elif question:
            cell["source"] = "Dear manager, ring the first three on the list tomorrow."
    return book


def plain(book: dict[str, Any]) -> dict[str, Any]:
    """The notebook without the cells that we do not run either: the instant checks, and handing in."""
    kept = [cell for cell in book["cells"] if cell["metadata"]["crmlab"]["kind"] != "check" and cell["id"] != SUBMIT]
    return book | {"cells": kept}


@contextmanager
def honest(students: int) -> Iterator[Path]:
    """A folder with ``class.csv``, what so many handed in (``handed``), and the same without our cells (``plain``)."""
    exercise = read(find("08-keeping-customers"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "handed").mkdir()
        (folder / "plain").mkdir()
        tokens = [token(b"a key for measuring only", str(number)) for number in range(students)]
        with (folder / "class.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("student", "token"), *enumerate(tokens)])
        for number, one in enumerate(tokens):
            book = worked(exercise, LANGUAGES[number % 2], one)
            notebook_file = folder / f"{exercise.name}.ipynb"
            notebook_file.write_bytes(write(book))
            submit(notebook_file, folder / "handed")
            (folder / "plain" / f"{number:04}.ipynb").write_bytes(write(plain(book)))
        yield folder
