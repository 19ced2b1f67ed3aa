"""An exercise as it is written: a chapter's source whose cells may be questions, with the solution in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from crmlab import written
from crmlab.course import source
from crmlab.language.catalogue import LANGUAGES, _
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.marking.ask import is_question
from crmlab.marking.names import EXERCISE, VISIBLE, beside, is_exercise
from crmlab.place import course

SOLUTION, END = "# solution", "# end"
TITLE, START = "title", "start"
"""Keys of the cell with the exercise's title, and of the one that switches the language and loads the student's draw.
"""
HAND_IN, SUBMIT = "hand-in", "hand-in-run"
"""Keys of the cells that tell how to hand in and do it, which every student's notebook ends with; no source has them.
"""
TOKEN = "TOKEN = None"  # noqa: S105
"""The line of the start cell that takes the student's token."""
DATA = re.compile(r'crmlab\.load\("(\w+)", student=TOKEN\)')
"""Where the start cell says which data set each student has a draw of."""
TASK = "-task"
"""A question's task is the prose cell with its key and this behind it; free text stands in the task's own cell."""


class Level(Text):
    """What is worth so many points of a criterion."""

    points: float = Field(ge=0)


class Criterion(Strict):
    """One line of a rubric: its levels, the highest first."""

    key: str
    title: Text
    levels: tuple[Level, ...] = Field(min_length=2)

    @property
    def points(self) -> float:
        """The most that it is worth."""
        return max(level.points for level in self.levels)


class Sample(Strict):
    """An answer marked by the rubric, with the reason."""

    standing: Literal["good", "middling", "weak"]
    answer: Text
    marks: dict[str, float]
    why: Text

    @property
    def points(self) -> float:
        """What it earns in all."""
        return sum(self.marks.values())


class Rubric(Strict):
    """How a free text is marked."""

    length: Text
    criteria: tuple[Criterion, ...]
    samples: tuple[Sample, ...]

    @property
    def points(self) -> float:
        """The most that it is worth."""
        return sum(criterion.points for criterion in self.criteria)


@dataclass(frozen=True)
class Question:
    """A question: what it is worth, and how much of this the learner's own kernel can check."""

    key: str
    points: float
    visible: float
    is_text: bool


@dataclass
class Exercise:
    """An exercise's cells and questions in their order, and what is wrong with the way it is written."""

    chapter: source.Chapter
    questions: dict[str, Question]
    findings: list[str]

    @property
    def name(self) -> str:
        """Such as ``08-keeping-customers``."""
        return self.chapter.name

    @property
    def points(self) -> float:
        """The sum of its questions' points."""
        return sum(question.points for question in self.questions.values())

    @property
    def is_text(self) -> bool:
        """Whether all of it is free text: then there are no checks, and no draw is needed."""
        return all(question.is_text for question in self.questions.values())

    @property
    def checks(self) -> tuple[Path, ...]:
        """The files of checks: those that students get, then the hidden ones; none where all of it is free text."""
        return () if self.is_text else (self.visible, self.hidden)

    @property
    def data(self) -> str:
        """The data set whose own draw each student has."""
        return next(DATA.finditer(self.cell(START).code or ""))[1]

    def whole(self) -> Self:
        """Itself. Raises InputError where something is wrong with the way in which it is written."""
        if self.findings:
            text = _("Exercise {name} is not whole; crmlab build says what is wrong: {finding}")
            raise InputError(text.format(name=self.name, finding=self.findings[0]))
        return self

    def cell(self, key: str) -> source.Cell:
        """The cell with this key."""
        return next(cell for cell in self.chapter.cells if cell.key == key)

    @property
    def visible(self) -> Path:
        """The checks that students get."""
        return beside(self.chapter.path, VISIBLE)

    @property
    def hidden(self) -> Path:
        """The checks that stay with the instructor."""
        return beside(self.chapter.path, "hidden.py")

    @cached_property
    def rubrics(self) -> dict[str, Rubric]:
        """The rubrics of its free texts. Raises InputError where they are not written as they should be."""
        path = self.chapter.path.with_suffix(".rubric.yml")
        return written.read(path, dict[str, Rubric]) if path.exists() else {}

    def title(self, question: str) -> Text:
        """The heading of a question's task, without its marks."""
        cell = next(cell for cell in self.chapter.cells if cell.key in (question + TASK, question) and cell.text)
        found = {code: re.search(r"^#+ (.*)$", cell.text[code], re.M) for code in LANGUAGES}
        return Text(**{code: match[1] if match else question for code, match in found.items()})


def sources(folder: Path) -> dict[str, Path]:
    """The exercises in ``folder`` by their names."""
    return {path.stem: path for path in sorted(folder.glob("[0-9][0-9]-*.md"))}


def find(name: str, folder: Path | None = None) -> Path:
    """The source of the exercise called ``name``: its number or its whole name, in the course's or your ``folder``.

    Raises InputError where there is none or it may be several, naming those that there are.
    """
    known = sources(folder or course() / "exercises")
    found = meant(name, known)
    if found is None:
        text = _("There is no exercise {name}; there are: {names}.")
        raise InputError(text.format(name=repr(name), names=_(", ").join(known) or "–"))
    return known[found]


def meant(name: str, known: Iterable[str]) -> str | None:
    """Which of the names ``known`` is meant by a whole name, or an exercise's number or its name without it.

    None where it is none of them. Raises InputError where it may be several, naming them.

    >>> meant("8", ["01-a", "01-b", "08-c"]), meant("a", ["01-a", "01-b"]), meant("9", ["01-a"])
    ('08-c', '01-a', None)
    >>> meant("01", ["01-a", "01-b"])
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: '01' may be any of 01-a, 01-b: give the whole name.
    """
    wanted = name.strip().removesuffix(".md") if isinstance(name, str) else ""
    some = list(known)
    if wanted in some:
        return wanted
    found = [one for one in some if source.means(wanted, one)]
    if len(found) > 1:
        text = _("{name} may be any of {names}: give the whole name.")
        raise InputError(text.format(name=repr(name), names=_(", ").join(found)))
    return found[0] if found else None


def opened(name: str) -> Exercise:
    """The exercise that ``find`` finds, to be used. Raises InputError as ``find`` does, and where it is not whole."""
    return read(find(name)).whole()


def read(path: Path) -> Exercise:
    """The exercise in ``path``, written as a chapter is.

    A code cell is a question by ``question="q1" points=4 visible=2`` in its fence (``visible``: the points that the
    learner's own kernel can check; the rest is hidden), a prose cell by the same on its English region. Between
    ``# solution`` and ``# end`` stands the solution.
    """
    import jupytext

    chapter = source.read(path)
    findings = [*chapter.findings, *chapter.outdated]
    questions: dict[str, Question] = {}
    for raw in jupytext.read(path).cells:
        marks, key = dict(raw.metadata), raw.metadata.get("question")
        if key is None:
            continue
        if not isinstance(key, str) or not is_question(key) or key != marks.get("key"):
            findings.append(f"{marks.get('key')}: a question is called as its cell is, q and a number")
        elif marks.get("lang", "en") != "en":
            findings.append(f"{key}: question and points stand on the English region only")
        elif key in questions:
            findings.append(f"{key}: this question stands twice")
        else:
            is_text = raw.cell_type != "code"
            points, visible = marks.get("points", 0), marks.get("visible", 0)
            if not all(type(one) in (int, float) for one in (points, visible)):
                findings.append(f"{key}: points and visible are numbers without quotation marks")
                points = visible = 0
            elif not points > 0 or not 0 <= visible <= points or (is_text and visible):
                findings.append(f"{key}: points are above 0, and visible are a part of them; a text has none visible")
            questions[key] = Question(key, points, visible, is_text)
    exercise = Exercise(chapter, questions, findings)
    exercise.findings += [] if chapter.findings else _wrong(exercise)
    return exercise


def _wrong(exercise: Exercise) -> list[str]:
    """What is missing or does not fit."""
    found, cells = [], {cell.key: cell for cell in exercise.chapter.cells}
    if not is_exercise(exercise.name):
        found.append("its file has to be called 08-small-letters.md: two digits, then small letters, digits and -")
    if TITLE not in cells or not cells[TITLE].text.get("en", "").lstrip().startswith("# "):
        found.append(f"{TITLE}: a prose cell with this key has to begin with the title: # Exercise 8. ...")
    start = cells[START].code or "" if START in cells else ""
    for line in (source.SWITCH, f'{EXERCISE} = "{exercise.name}"', TOKEN):
        if start.splitlines().count(line) != 1:
            found.append(f"{START}: this code cell has to hold once the line {line}")
    by_itself = cells.keys() & {HAND_IN, SUBMIT}
    found += [f"{key}: every notebook gets this cell by itself; take it out" for key in sorted(by_itself)]
    found += [f"{path.name} is missing" for path in exercise.checks if not path.exists()]
    if not exercise.is_text and not DATA.search(start):
        found.append(f'{START}: this code cell has to load a draw: crmlab.load("...", student=TOKEN)')
    for cell in exercise.chapter.cells:
        if cell.code is not None:
            found += [f"{cell.key}: {one}" for one in _marks(cell.code, cell.key in exercise.questions)]
    try:
        rubrics = exercise.rubrics
    except InputError as error:
        return [*found, str(error)]
    texts = [key for key, question in exercise.questions.items() if question.is_text]
    found += [f"{key}: it has a rubric and is no free text" for key in rubrics if key not in texts]
    for key, question in exercise.questions.items():
        if question.is_text:
            rubric = rubrics.get(key)
            found += [f"{key}: its rubric is missing"] if rubric is None else _unfit(key, question, rubric)
        elif key + TASK not in cells or cells[key + TASK].code is not None:
            found.append(f"{key}: a prose cell {key}{TASK} with its task is missing")
    return found


def _marks(code: str, is_question_cell: bool) -> list[str]:
    """Solutions that do not begin or end, and questions without one."""
    inside, some = False, False
    for line in code.splitlines():
        if line.strip() == SOLUTION:
            if inside:
                return ["a solution begins within another"]
            inside = some = True
        elif line.strip() == END:
            if not inside:
                return ["a solution ends that did not begin"]
            inside = False
    if inside:
        return ["a solution does not end"]
    if some != is_question_cell:
        return ["a question has a solution, and nothing else has"]
    try:
        ast.parse(student(code, "q0"))
    except SyntaxError as error:
        return [f"without its solution it is no Python: {error}"]
    return []


def _unfit(key: str, question: Question, rubric: Rubric) -> list[str]:
    found = []
    if rubric.points != question.points:
        found.append(f"{key}: its rubric gives {rubric.points:g} points, the question {question.points:g}")
    allowed = {criterion.key: {level.points for level in criterion.levels} for criterion in rubric.criteria}
    for sample in rubric.samples:
        if set(sample.marks) != set(allowed) or any(mark not in allowed[one] for one, mark in sample.marks.items()):
            found.append(f"{key}: the {sample.standing} sample is not marked by the rubric's levels")
    if {sample.standing for sample in rubric.samples} != {"good", "middling", "weak"}:
        found.append(f"{key}: samples are needed of a good, a middling and a weak answer")
    return found


def student(code: str, question: str) -> str:
    """A cell's code without its solutions: each is replaced by ``raise NotImplementedError``.

    >>> print(student("def twice(x):\\n    # solution\\n    return 2 * x\\n    # end", "q1"))
    def twice(x):
        raise NotImplementedError("q1")
    """
    lines, inside = [], False
    for line in code.splitlines():
        if line.strip() == SOLUTION:
            inside = True
            lines.append(line[: len(line) - len(line.lstrip())] + f'raise NotImplementedError("{question}")')
        elif line.strip() == END:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def begun(code: str, language: str, token: str | None) -> str:
    """The start cell's ``code`` in a language, with a student's ``token`` where there is one.

    Raises InputError where the line that says so is missing: the one place in which a start cell is written anew.

    >>> begun(f'crmlab.set_language("en")\\n{TOKEN}', "zh", "K7")
    'crmlab.set_language("zh")\\nTOKEN = "K7"'
    """
    code = source.spoken(code, language)
    return code if token is None else source.with_line(code, TOKEN, f'TOKEN = "{token}"')


def solution(code: str) -> str:
    """A cell's code with its solutions, without the marks around them."""
    return "\n".join(line for line in code.splitlines() if line.strip() not in (SOLUTION, END))


def secrets(exercise: Exercise) -> set[str]:
    """The lines of the solutions that would give something away: those that say more than a name or a bracket."""
    lines = set()
    for cell in exercise.chapter.cells:
        if cell.code is not None and cell.key in exercise.questions:
            kept = {line.strip() for line in student(cell.code, cell.key).splitlines()}
            lines |= {line.strip() for line in solution(cell.code).splitlines()} - kept
    return {line for line in lines if len(re.sub(r"\W", "", line)) >= 8}
