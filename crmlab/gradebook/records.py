"""What goes into a gradebook and comes out of it: plain records of a submission, its marks, a mark given by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crmlab.gradebook.points import SMALL
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

SOURCES = ("check", "hand", "replay")
"""Who gives a mark: the checks, a person, the replay of a role play."""


@dataclass(frozen=True)
class Part:
    """One question's mark: ``points`` of ``of``; None waits for a person.

    ``verdict`` is plain JSON for the feedback: given, misconceptions, hints, failed (kind, name, error and reason, see
    ``crmlab.marking.plain.Failed``), fault, stopped, answer; of a mark by the rubric also comment. ``by``: who gave it
    by hand; empty unless somebody did.

    >>> Part("q9", None, 5, "hand").points is None
    True
    """

    question: str
    points: float | None
    of: float
    source: str = "check"
    verdict: dict[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True)
class Marked:
    """One submission, marked.

    ``content`` is the SHA-256 of what was handed in, ``edition`` that of the exercise, ``checks`` that of the checks;
    ``arrived`` the time by which submissions are put in order, in UTC as 2026-01-31 23:59:59: when it is stored unless
    told. ``guards`` and ``notes`` are plain JSON.
    """

    activity: str
    token: str
    language: str
    content: str
    file: str
    edition: str
    checks: str
    parts: tuple[Part, ...]
    guards: Any = None
    seconds: float = 0.0
    notes: Any = ()
    arrived: str = ""


@dataclass(frozen=True)
class Hand:
    """A free text's mark as a person gives it: ``given`` as in a verdict, with the rubric's words."""

    activity: str
    token: str
    content: str
    question: str
    points: float
    given: list[dict[str, Any]] = field(default_factory=list)
    comment: str = ""


def now() -> str:
    """This moment in UTC, so written that texts sort as times do."""
    return _written(datetime.now(UTC))


def moment(text: str) -> str:
    """A time that was told, written as ``now`` writes it; in UTC unless it says otherwise.

    Where it is none it is now: a clock that a student set wrong must not stop the marking.

    >>> moment("2026-01-31T23:59:59+08:00")
    '2026-01-31 15:59:59.000000'
    """
    try:
        told = datetime.fromisoformat(text)
        return _written(told.astimezone(UTC) if told.tzinfo else told)
    except (TypeError, ValueError, OverflowError):
        return now()


def _written(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(" ", "microseconds")


def real_points(question: str, points: Any, of: float) -> float | None:
    """``points`` as a number from 0 to ``of``, or None as it is. Raises InputError where it is neither.

    >>> real_points("q1", 2, 4), real_points("q1", None, 4)
    (2.0, None)
    >>> real_points("q1", 5, 4)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: 5 points can't be given for q1; allowed are 0 to 4.
    """
    if points is None:
        return None
    try:
        value = float(points)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    # what checks add up may be a hair above the whole
    if isinstance(points, bool) or not -SMALL <= value <= of + SMALL:
        text = _("{points} points can't be given for {question}; allowed are 0 to {of}.")
        raise InputError(text.format(points=points, question=question, of=f"{of:g}"))
    return min(max(value, 0.0), float(of))


def fits(marked: Marked, questions: Collection[str]) -> None:
    """Raises InputError where what was marked can't be kept: other questions, a mark that is none, no plain JSON."""
    keys = [part.question for part in marked.parts]
    if sorted(keys) != sorted(questions):
        text = _("{activity} has the questions {known}; {file} was marked for: {names}.")
        names = (_(", ").join(keys) or "–", _(", ").join(questions))
        raise InputError(text.format(activity=marked.activity, file=marked.file, names=names[0], known=names[1]))
    for part in marked.parts:
        if part.source not in SOURCES:
            text = _("A mark comes from one of {known}, not {source}.")
            raise InputError(text.format(known=", ".join(SOURCES), source=repr(part.source)))
        if not (math.isfinite(part.of) and part.of >= 0):
            text = _("{question} can't be worth {points} points.")
            raise InputError(text.format(question=part.question, points=part.of))
        real_points(part.question, part.points, part.of)
    try:
        json.dumps([[part.verdict for part in marked.parts], marked.guards, marked.notes], allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = _("What was found out about {file} is no plain data: {error}")
        raise InputError(text.format(file=marked.file, error=error)) from None


def clean(text: Any) -> str:
    """A text that every file can hold: what is no letter in any encoding (half of a pair) is written out.

    >>> clean("\\udce4.ipynb")
    '\\\\udce4.ipynb'
    """
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")
