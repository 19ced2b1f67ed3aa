"""Handing in: one file with the token, the exercise and what the notebook holds, and a receipt for the student."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmlab.data.tokens import checked
from crmlab.files import create, read_text
from crmlab.language.catalogue import LANGUAGES, _, mark, speaking
from crmlab.language.errors import InputError
from crmlab.marking.ask import is_question
from crmlab.marking.names import is_exercise, receipt

LARGEST = 20 * 2**20
"""Bytes of a notebook that can be handed in."""
TOO_LARGE = mark("{file} is too large: at most {size} MB. Clear the outputs and save.")
FORMAT = 1
ENDING, RECEIPT = ".crmlab.json", ".receipt.txt"
HEAD = "# "
"""With the question's name behind it, the first line of its answer."""
UNANSWERED = re.compile(r"^\s*raise NotImplementedError\(", re.M)
"""A line that stands where an answer should."""


def waiting() -> str:
    """What stands in a free text's cell until somebody writes it, in the language spoken now."""
    return _("*Write your answer here.*")


@dataclass(frozen=True)
class Submission:
    """What is handed in: read back by the marker, and shown to the student."""

    exercise: str
    token: str
    language: str
    made: str
    """When, in UTC, by the student's own clock."""
    content: str
    """SHA-256 of the notebook as it is handed in."""
    notebook: str
    """The notebook's text without its outputs."""
    unanswered: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def receipt(self) -> str:
        """Sixteen letters of ``content`` in fours: two submissions with the same receipt hold the same."""
        return receipt(self.content)

    def __str__(self) -> str:
        lines = [
            _("This is the file to hand in: {file}").format(file=self.path.name if self.path else "–"),
            _("Exercise {exercise}, token {token}, {time} UTC by this computer's clock.").format(
                exercise=self.exercise, token=self.token, time=self.made[:19]
            ),
            _("Receipt {receipt}: it changes with every letter of your answers.").format(receipt=self.receipt),
        ]
        if self.unanswered:
            text = _("Not answered yet: {questions}. You can still answer and hand in again.")
            lines.append(text.format(questions=_(", ").join(self.unanswered)))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def submit(notebook: str | Path, folder: str | Path | None = None) -> Submission:
    """Write what is handed in of ``notebook`` into one new file beside it (or in ``folder``), and a receipt.

    The file is called by exercise, token and a number that goes up; nothing is ever overwritten. In a notebook,
    ``crmlab.submit("08-keeping-customers.ipynb")`` also looks whether it was saved since the answers last ran.
    Raises InputError where there is no token, nothing is answered, a question stands twice, or it is not saved.
    """
    path = Path(notebook)
    book = _read(path)
    about = book["metadata"].get("crmlab")
    about = about if isinstance(about, dict) else {}
    exercise, language = about.get("exercise"), about.get("language")
    if not is_exercise(exercise):
        raise InputError(_("{file} is no exercise of this course.").format(file=path.name))
    if not about.get("token"):
        text = _(
            "{file} holds no token, so nobody could tell whose it is. Use the notebook that your instructor gave you."
        )
        raise InputError(text.format(file=path.name))
    token = checked(about["token"])
    answers = _answers(book, path)
    empty = tuple(key for key, text in answers.items() if not answered(text))
    if not answers or len(empty) == len(answers):
        text = _("No question is answered in {file} as it was last saved. Save the notebook and hand in again.")
        raise InputError(text.format(file=path.name))
    _saved(answers, path)
    content = written(book)
    made = Submission(
        exercise=exercise,
        token=token,
        language=language if language in LANGUAGES else "en",
        made=datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds"),
        content=hashlib.sha256(content.encode()).hexdigest(),
        notebook=content,
        unanswered=empty,
    )
    return _store(made, Path(folder) if folder is not None else path.parent)


def _read(path: Path) -> dict[str, Any]:
    book = loaded(read_text(path, LARGEST, TOO_LARGE), path)
    fits = isinstance(book, dict) and isinstance(book.get("cells"), list) and isinstance(book.get("metadata"), dict)
    if not fits or not all(isinstance(cell, dict) for cell in book["cells"]):
        raise InputError(_("{file} is no notebook: it is damaged.").format(file=path.name))
    return book


def loaded(text: str, path: Path) -> Any:
    """What a notebook's ``text`` holds. Raises InputError, which names the file ``path``, where that is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        raise InputError(_("{file} is no notebook: it is damaged.").format(file=path.name)) from None


def text_of(cell: dict[str, Any]) -> str:
    """What stands in a cell; notebooks keep it as one text or as lines."""
    source = cell.get("source")
    return source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""


def _answers(book: dict[str, Any], path: Path) -> dict[str, str]:
    """What stands in each question's cell. A question that stands twice is refused: one would be marked unseen."""
    answers: dict[str, str] = {}
    for cell in book["cells"]:
        metadata = cell.get("metadata")
        marks = metadata.get("crmlab") if isinstance(metadata, dict) else None
        key = marks.get("question") if isinstance(marks, dict) else None
        if not isinstance(key, str) or not is_question(key):
            continue
        if key in answers:
            text = _(
                "{question} stands twice in {file}: a cell was copied. Keep the one that counts, delete the other."
            )
            raise InputError(text.format(question=key, file=path.name))
        answers[key] = text_of(cell)
    return answers


def answered(text: str) -> bool:
    """Whether somebody wrote something in an answer's cell.

    >>> answered('raise NotImplementedError("q1")'), answered("*Write your answer here.*"), answered("churn = 0.2")
    (False, False, True)
    """
    empty = {""}
    for code in LANGUAGES:
        with speaking(code):
            empty.add(waiting())
    return not UNANSWERED.search(text) and text.strip() not in empty


def _saved(answers: dict[str, str], path: Path) -> None:
    """Refuse a notebook whose file does not hold what last ran in this kernel; outside one there is nothing to see.

    An answer's first line, which a release writes, says which question it is: what ran last under it should stand in
    the file.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    latest: dict[str, str] = {}
    for code in [] if shell is None else shell.history_manager.input_hist_raw:
        if isinstance(code, str) and code.strip():
            latest[code.strip().splitlines()[0]] = code.strip()
    for key, answer in answers.items():
        first = answer.strip().splitlines()[:1]
        if first == [HEAD + key] and latest.get(first[0], answer.strip()) != answer.strip():
            text = _("{file} does not hold what you ran last for {question}. Run its cell, save, then hand in.")
            raise InputError(text.format(file=path.name, question=key))


def written(book: dict[str, Any]) -> str:
    """The notebook as it is handed in: without outputs, attachments and counts; always the same text for the same."""
    cells = []
    for cell in book["cells"]:
        kept = {name: cell[name] for name in ("cell_type", "id", "metadata") if name in cell}
        kept["source"] = text_of(cell)
        if cell.get("cell_type") == "code":
            kept |= {"outputs": [], "execution_count": None}
        cells.append(kept)
    held = {"cells": cells, "metadata": book["metadata"], "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(held, ensure_ascii=False, sort_keys=True, indent=0)


def _store(made: Submission, folder: Path) -> Submission:
    """Write it, and the receipt beside it, under the first number that is free."""
    held = {
        "crmlab": FORMAT,
        "exercise": made.exercise,
        "token": made.token,
        "language": made.language,
        "made": made.made,
        "content": made.content,
        "unanswered": list(made.unanswered),
        "notebook": made.notebook,
    }
    text = json.dumps(held, ensure_ascii=False, indent=1) + "\n"
    for count in range(1, 1000):
        path = folder / f"{made.exercise}_{made.token}_{count}{ENDING}"
        receipt = path.with_name(path.name.removesuffix(ENDING) + RECEIPT)
        if receipt.exists():
            continue
        done = Submission(**{**made.__dict__, "path": path})
        try:
            create(path, text.encode(errors="replace"))
            create(receipt, f"{done}\nSHA-256 {done.content}\n".encode())
        except FileExistsError:
            continue
        return done
    raise InputError(_("There are 999 submissions in {folder} already.").format(folder=folder))
