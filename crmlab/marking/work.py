"""What is run of a submission: the student's own cells, with the instructor's put back in their places."""

from __future__ import annotations

from dataclasses import dataclass, field

from crmlab.language.catalogue import LANGUAGES, _
from crmlab.marking.exercise import HAND_IN, START, SUBMIT, Exercise, begun
from crmlab.marking.reading import Cell, Handed
from crmlab.marking.release import notebook
from crmlab.marking.submit import answered


@dataclass
class Work:
    """A submission made ready: the code to run, cell by cell, and the words of its free texts.

    ``answers`` tells in which place of ``code`` each question is answered; a question that has none was not answered.
    ``notes`` say in words what was not as it was released.
    """

    code: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def work(exercise: Exercise, handed: Handed) -> Work:
    """The cells of ``handed`` that are run, in the student's order, and its free texts.

    Cells that the instructor locked are the exercise's own, whatever stands in the file, with the student's token; one
    that was deleted is put back. Check cells and the cell that hands in are left out. Where a question stands more
    than once, the last one with an answer counts.
    """
    made = Work()
    locked = {
        cell.key: cell.code
        for cell in exercise.chapter.cells
        if cell.code is not None and cell.key not in exercise.questions
    }
    locked[START] = begun(locked[START], handed.language, handed.token)
    kept: list[tuple[str, str]] = []
    texts: dict[str, list[str]] = {}
    for cell in handed.cells:
        question = _question(exercise, cell)
        if question and exercise.questions[question].is_text:
            texts.setdefault(question, []).append(cell.text)
        elif cell.is_code and not _left_out(cell, question):
            if cell.kind == "locked" or (cell.key in locked and not question):
                known = cell.key in locked and cell.key not in [key for key, _code in kept]
                kept += [(cell.key, locked[cell.key])] if known else []
            else:
                kept.append((question, cell.text))
    kept = _restored(exercise, locked, kept, made)
    for place, (key, code) in enumerate(kept):
        made.code.append(code)
        if key in exercise.questions and answered(code):
            _twice(made, key, key in made.answers)
            made.answers[key] = place
    for key, some in texts.items():
        written = [text for text in some if answered(text)]
        _twice(made, key, len(written) > 1)
        if written:
            made.texts[key] = written[-1]
    lost = [key for key, question in exercise.questions.items() if question.is_text and key not in texts]
    if lost and (text := _unmarked(exercise, handed)):
        made.texts |= dict.fromkeys(lost, text)
        names = _(", ").join(lost)
        made.notes.append(_("The cell for {names} was missing; other text cells are taken for it.").format(names=names))
    return made


def _question(exercise: Exercise, cell: Cell) -> str:
    """The question that a cell answers, by what it says of itself, or by its key; "" where it answers none."""
    for one in (cell.question, cell.key.removesuffix("-answer")):
        known = exercise.questions.get(one)
        if known and known.is_text != cell.is_code and (cell.question == one or not known.is_text or cell.key != one):
            return one
    return ""


def _unmarked(exercise: Exercise, handed: Handed) -> str:
    """What was written in cells that belong to nothing: an editor that drops keys and metadata leaves nothing else."""
    released = {cell["source"].strip() for code in LANGUAGES for cell in notebook(exercise, code)["cells"]} | {
        HAND_IN,
        *(cell.key for cell in exercise.chapter.cells),
    }
    texts = [cell.text for cell in handed.cells if not cell.is_code and cell.key not in released]
    return "\n\n".join(text for text in texts if answered(text) and text.strip() not in released)


def _left_out(cell: Cell, question: str) -> bool:
    is_check = cell.kind == "check" or (cell.key.endswith("-check") and not question)
    return is_check or cell.key == SUBMIT


def _restored(
    exercise: Exercise, locked: dict[str, str], kept: list[tuple[str, str]], made: Work
) -> list[tuple[str, str]]:
    """``kept`` with each locked cell that is missing behind the one that stands before it in the exercise."""
    before = None
    for cell in exercise.chapter.cells:
        if cell.key in locked and cell.key not in [key for key, _code in kept]:
            made.notes.append(_("The cell {cell} was missing; it was put back.").format(cell=cell.key))
            places = [place for place, (key, _code) in enumerate(kept) if key == before]
            kept.insert(places[-1] + 1 if places else 0, (cell.key, locked[cell.key]))
        if cell.key in locked or cell.key in exercise.questions:
            before = cell.key if cell.key in [key for key, _code in kept] else before
    return kept


def _twice(made: Work, key: str, stands_twice: bool) -> None:
    if stands_twice:
        text = _("{question} stands more than once; the last answer counts.").format(question=key)
        made.notes += [] if text in made.notes else [text]
