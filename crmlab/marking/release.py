"""An exercise as a student gets it: in one language, with the student's token, and without what gives it away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.course.source import fingerprint
from crmlab.data.tokens import checked
from crmlab.files import HandedOut, hand_out
from crmlab.language.catalogue import LANGUAGES, _, prose, short, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import shown
from crmlab.marking.exercise import HAND_IN, START, SUBMIT, TASK, Exercise, begun, student
from crmlab.marking.names import folder_name
from crmlab.marking.submit import HEAD, waiting

if TYPE_CHECKING:
    import pandas as pd

LOCKED = {"editable": False, "deletable": False}
KEPT = {"deletable": False}


def edition(exercise: Exercise) -> str:
    """Eight hex digits that change with the exercise's words, code or points."""
    marks = [f"{one.key} {one.points} {one.visible}" for one in exercise.questions.values()]
    texts = [cell.code or " ".join(cell.text.values()) for cell in exercise.chapter.cells]
    return fingerprint("\n".join(marks + texts))


def notebook(exercise: Exercise, language: str, token: str | None = None) -> dict[str, Any]:
    """The student's notebook as nbformat writes it: solutions removed, instructor's cells locked.

    ``metadata.crmlab`` says exercise, language, token and edition; each cell's says its ``kind`` (task, locked, answer,
    text, check) and an answer's its ``question`` and ``points``. The marker believes none of it but the token and
    which cell answers which question. Without ``token`` it is for somebody who works alone, on the course's own draw.
    """
    if language not in LANGUAGES:
        raise InputError(_("The course speaks en and zh, not {code!r}.").format(code=language))
    token = None if token is None else checked(token)
    with speaking(language):
        cells = [made for cell in exercise.chapter.cells for made in _cells(exercise, cell, language, token)]
        cells += _handing_in(exercise)
    about = {"exercise": exercise.name, "language": language, "token": token, "edition": edition(exercise)}
    return {
        "cells": cells,
        "metadata": {
            "crmlab": about,
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cells(exercise: Exercise, cell: Any, language: str, token: str | None) -> list[dict[str, Any]]:
    """One cell of the source as the cells that a student gets for it."""
    question = exercise.questions.get(cell.key)
    marks = {"question": cell.key, "points": question.points} if question else {}
    if cell.code is None:
        text = shown(cell.text[language])
        asked = question or exercise.questions.get(cell.key.removesuffix(TASK))
        task = _cell("markdown", cell.key, _headed(text, asked.points) if asked else text, "task", LOCKED)
        if question is None:
            return [task]
        task["source"] += _criteria(exercise, cell.key)
        empty = _cell("markdown", f"{cell.key}-answer", waiting(), "text", KEPT, **marks)
        return [task, empty]
    if question is not None:
        answer = _cell("code", cell.key, f"{HEAD}{cell.key}\n{student(cell.code, cell.key)}", "answer", KEPT, **marks)
        return [answer, _cell("code", f"{cell.key}-check", f'crmlab.check("{cell.key}")', "check", KEPT)]
    code = begun(cell.code, language, token) if cell.key == START else cell.code
    return [_cell("code", cell.key, code, "locked", LOCKED)]


def _handing_in(exercise: Exercise) -> list[dict[str, Any]]:
    """How to hand in, and the cell for it: a comment, which the student makes a command by taking the # away."""
    first = (
        _("Save the notebook; then take away the # in the last cell and run it.")
        if exercise.is_text
        else _(
            "Run the whole notebook once more from the top (*Kernel, Restart Kernel and Run All Cells*), save it; then "
            "take away the # in the last cell and run it."
        )
    )
    then = _(
        "It writes one file beside this notebook: that file is what you hand in. Beside it lies your receipt; keep it. "
        "You may hand in again as often as your instructor allows; nothing is overwritten."
    )
    head = _("Handing in")
    text = f"## {head}\n\n{prose([first, then])}"
    run = f'# crmlab.submit("{exercise.name}.ipynb")'
    return [_cell("markdown", HAND_IN, text, "task", LOCKED), _cell("code", SUBMIT, run, "locked", KEPT)]


def _cell(cell_type: str, key: str, text: str, kind: str, rights: dict[str, bool], **marks: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": cell_type,
        "id": key,
        "metadata": {**rights, "crmlab": {"kind": kind, **marks}},
        "source": text,
    }
    if cell_type == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def _headed(text: str, points: float) -> str:
    """``text`` with the points behind its first heading."""
    mark = _(" (1 point)") if points == 1 else _(" ({points} points)").format(points=short(points))
    return re.sub(r"^(#+ .*)$", lambda match: match[1] + mark, text, count=1, flags=re.M)


def _criteria(exercise: Exercise, question: str) -> str:
    """What a free text is marked by, as a student may know it: each criterion at its best."""
    rubric = exercise.rubrics[question]
    lines = [
        f"| {criterion.title} | {short(criterion.points, 2)} | {max(criterion.levels, key=lambda one: one.points)} |"
        for criterion in rubric.criteria
    ]
    head = ["| " + " | ".join([_("What is looked at"), _("Points"), _("All of them for")]) + " |", "|---|---|---|"]
    return "\n\n" + "\n".join([*head, *lines])


def write(book: dict[str, Any]) -> bytes:
    """A notebook's file; the same notebook always makes the same bytes."""
    import json

    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def release(exercise: Exercise, language: str, folder: Path, students: pd.DataFrame) -> HandedOut:
    """Write a notebook for each of ``students`` (student, token: see ``roster``), each in a folder of its own.

    Each folder is called by the student's number and holds the notebook and the visible checks. What is there already
    is never overwritten: it may hold work. Raises InputError where the exercise is not whole.
    """
    exercise.whole()
    files = {}
    for place, token in zip(folders(folder, students), students["token"], strict=True):
        files[place / f"{exercise.name}.ipynb"] = write(notebook(exercise, language, token))
        files |= {place / path.name: path.read_bytes() for path in exercise.checks[:1]}
    return hand_out(files)


def folders(folder: Path, students: pd.DataFrame) -> list[Path]:
    """A folder in ``folder`` for each of ``students``, called by the student's number.

    Raises InputError where two students would share one.
    """
    places = [folder / folder_name(str(one)) for one in students["student"]]
    if len(set(places)) != len(places):
        raise InputError(_("Two students' numbers differ only in signs that no folder's name can have."))
    return places
