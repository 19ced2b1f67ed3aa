"""Marking a class: each submission in a sandbox, by several workers, with one record a submission as the outcome."""

from __future__ import annotations

import ast
import ctypes
import hashlib
import multiprocessing
import multiprocessing.util
import os
import signal
import sys
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmlab.data.sets import load
from crmlab.gradebook.records import Marked, Part
from crmlab.language.catalogue import speaking
from crmlab.marking import answers
from crmlab.marking.ask import Verdict, checks
from crmlab.marking.exercise import Exercise, Question, solution
from crmlab.marking.judge import Checks, Report, judge
from crmlab.marking.plain import Failed
from crmlab.marking.reading import Handed
from crmlab.marking.release import edition
from crmlab.marking.sandbox import Limits, Sandbox
from crmlab.marking.work import Work, work

UNANSWERED = Failed("unanswered").told()
RULES = Path(answers.__file__)


@dataclass(frozen=True)
class Guard:
    """How submissions are guarded: see ``Sandbox``."""

    trust: bool = False
    cgroup: Path | None = None
    limits: Limits = field(default_factory=Limits)


def checked_by(exercise: Exercise) -> str:
    """SHA-256 of what judges ``exercise``: its checks, and the rules that all checks share."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*exercise.checks, RULES))).hexdigest()


def asks(exercise: Exercise) -> Checks:
    """What an exercise is marked by, read from its files."""
    questions = tuple(key for key, question in exercise.questions.items() if not question.is_text)
    return Checks(questions, tuple(map(checks, exercise.checks)), _names(exercise), checked_by(exercise))


def _names(exercise: Exercise) -> tuple[str, ...]:
    """The variables that the answers make and the checks name."""
    wanted = {
        node.value
        for path in exercise.checks
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    made = [
        node.id
        for key in exercise.questions
        for node in ast.walk(ast.parse(solution(exercise.cell(key).code or "")))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return tuple(name for name in dict.fromkeys(made) if name in wanted)


def mark(box: Sandbox | None, exercise: Exercise, by: Checks, handed: Handed) -> Marked:
    """One submission marked in ``box`` by the checks ``by``; words are in the student's language."""
    with speaking(handed.language):
        made = work(exercise, handed)
        report = Report([], {}, {}, {}, 0.0)
        if box is not None and by.questions:
            report = judge(box, made.code, by, load(exercise.data, student=handed.token), handed.language)
        parts = tuple(_part(question, made, report) for question in exercise.questions.values())
    return Marked(
        activity=exercise.name,
        token=handed.token,
        language=handed.language,
        content=handed.content,
        file=handed.path.name,
        edition=edition(exercise),
        checks=by.digest,
        parts=parts,
        guards=report.guards,
        seconds=report.seconds,
        notes=made.notes,
        arrived=handed.made,
    )


def _part(question: Question, made: Work, report: Report) -> Part:
    """A question's mark, and all that feedback can be made of."""
    if question.is_text:
        text = made.texts.get(question.key)
        unwritten = {} if text else {"failed": UNANSWERED}
        return Part(
            question.key, None if text else 0.0, question.points, "hand" if text else "check",
            {"answer": text or "", **unwritten},
        )  # fmt: skip
    verdicts = report.verdicts[question.key]
    worths = (question.visible, question.points - question.visible)
    points = sum(min(verdict.points, worth) for verdict, worth in zip(verdicts, worths, strict=True))
    outcome = report.cells[made.answers[question.key]] if question.key in made.answers else None
    return Part(question.key, points, question.points, "check", _said(verdicts, outcome))


def _said(verdicts: list[Verdict], outcome: dict[str, Any] | None) -> dict[str, Any]:
    """The verdicts on a question as plain JSON, and how its cell ended."""
    seen, hidden = verdicts
    failures = [verdict.failed.told() for verdict in verdicts if verdict.failed]
    if outcome is None:
        failures = [UNANSWERED]
    return {
        "given": [
            {"points": one.points, "of": one.of, "because": one.because.model_dump(), "hidden": verdict is hidden}
            for verdict in verdicts
            for one in verdict.given
        ],
        "misconceptions": {
            key: text.model_dump() for verdict in verdicts for key, text in verdict.misconceptions.items()
        },
        "hints": {str(step): text.model_dump() for step, text in sorted(seen.hints.items())},
        "error": outcome["error"] if outcome else "",
        "stopped": outcome["stopped"] if outcome else "",
        "failed": failures[0] if failures else None,
        "fault": "; ".join(verdict.broken for verdict in verdicts if verdict.broken),
        "answer": "",
    }


# ---- the workers, each a process of its own with a sandbox of its own

_box: Sandbox | None = None
_worker = 0


def _begin(count: Any, parent: int) -> None:
    """In a new worker: its number; and that it goes, and its sandbox with it, when what it works for is killed."""
    global _worker
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:  # killed before this was said
            os._exit(1)
    with count.get_lock():
        _worker = count.value
        count.value += 1


def _one(exercise: Exercise, by: Checks, guard: Guard, handed: Handed) -> Marked:
    global _box
    if _box is None and by.questions:  # where all is free text nothing is run
        _box = Sandbox(guard.limits, _worker, guard.trust, guard.cgroup).__enter__()
        multiprocessing.util.Finalize(None, _box.__exit__, (None, None, None), exitpriority=10)
    return mark(_box, exercise, by, handed)


def grade(
    exercise: Exercise, submissions: Iterable[Handed], workers: int = 1, guard: Guard = Guard()
) -> Iterator[tuple[Handed, Marked | None]]:
    """Mark ``submissions`` by so many ``workers``; each as it is done, None for one that could not be marked.

    Where a worker dies, what was not done is done again by one worker, and then each alone, so that one submission
    cannot take others with it. Raises Unsealed where there is no sandbox here and the students are not trusted.
    """
    waiting, by = list(submissions), asks(exercise)
    for width in (workers, 1):
        waiting = yield from _together(exercise, by, guard, waiting, width)
    for handed in waiting:
        lost = yield from _together(exercise, by, guard, [handed], 1)
        if lost:
            yield handed, None


_shared: tuple[Exercise, Checks, Guard] | None = None
"""What the workers have from their parent; checks are functions, which cannot be sent."""


def _task(handed: Handed) -> Marked:
    assert _shared is not None
    return _one(*_shared, handed)


def _together(
    exercise: Exercise, by: Checks, guard: Guard, submissions: list[Handed], workers: int
) -> Generator[tuple[Handed, Marked], None, list[Handed]]:
    """Yields what is done, returns what is not because a worker died."""
    global _shared
    if not submissions:
        return []
    _shared = (exercise, by, guard)
    fork = multiprocessing.get_context("fork")
    left = dict.fromkeys(submissions)
    pool = ProcessPoolExecutor(min(workers, len(submissions)), fork, _begin, (fork.Value("i", 0), os.getpid()))
    try:
        running = {pool.submit(_task, handed): handed for handed in submissions}
        for future in as_completed(list(running)):
            handed = running.pop(future)  # a future that is kept would keep its result
            try:
                marked = future.result()
            except BrokenProcessPool:
                continue
            finally:
                del future
            del left[handed]
            yield handed, marked
    finally:
        pool.shutdown(cancel_futures=True)
    return list(left)
