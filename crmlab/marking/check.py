"""``crmlab.check("q1")``: what can be seen of an answer at once, in the learner's own kernel."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crmlab.data.sets import DataSet
from crmlab.gradebook.points import sign
from crmlab.language.catalogue import _, prose, short
from crmlab.language.errors import InputError
from crmlab.marking.ask import UNSEEN, Here, Verdict, asked, checks
from crmlab.marking.names import EXERCISE, VISIBLE, beside, is_exercise
from crmlab.place import course


@dataclass(frozen=True)
class Feedback:
    """What a check found out about one question, in words."""

    verdict: Verdict
    hints: int = 0

    def __str__(self) -> str:
        return "\n".join(self._lines()).replace("**", "")

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return "\n\n".join(self._lines())

    def _lines(self) -> list[str]:
        verdict, lines = self.verdict, []
        if verdict.of:
            text = _("{question}: {points} of {of} points that can be checked here; the others when it is marked.")
            points = {"points": short(verdict.points, 2), "of": short(verdict.of, 2)}
            lines.append(f"**{text.format(question=verdict.question, **points)}**")
        elif verdict.failed is None and verdict.broken is None:
            text = _("{question}: nothing of this answer can be checked here; it is read when it is marked.")
            lines.append(f"**{text.format(question=verdict.question)}**")
        for one in [one for one in verdict.given if one.because is not UNSEEN]:
            lines.append(f"{sign(one.points, one.of)} {one.because}")
        if verdict.failed is not None:
            lines.append(str(verdict.failed))
        if verdict.broken is not None:
            text = _("The check itself fails, which is not your fault; tell your instructor: {error}")
            lines.append(text.format(error=verdict.broken))
        lines += [f"→ {text}" for text in verdict.misconceptions.values()]
        known = sorted(verdict.hints)
        for step in known[: self.hints]:
            lines.append(prose([_("Hint {step}:").format(step=step), str(verdict.hints[step])]))
        if verdict.points < verdict.of and self.hints < len(known):
            text = _('For a hint: crmlab.check("{question}", hint={step})')
            lines.append(text.format(question=verdict.question, step=self.hints + 1))
        return lines


def check(question: str, hint: int = 0, *, names: Mapping[str, Any] | None = None) -> Feedback:
    """Check what can be seen of your answer to ``question`` ("q1"), and show the first ``hint`` hints.

    It looks at the variables and functions of the notebook that it is called from (or at ``names``). The rest of the
    points is given when the work is marked. Raises InputError where no exercise was begun, or it has no such question.
    """
    names = sys._getframe(1).f_globals if names is None else names
    path = _visible(names.get(EXERCISE))
    known = _checks(path, path.stat().st_mtime_ns)
    if question not in known:
        text = _("This exercise has no question {question}; it has: {names}.")
        raise InputError(text.format(question=repr(question), names=_(", ").join(known)))
    if isinstance(hint, bool) or not isinstance(hint, int) or hint < 0:
        raise InputError(_("hint is 1, 2 or 3, not {hint!r}.").format(hint=hint))
    ask = Here(question, names, lambda: next((one for one in names.values() if isinstance(one, DataSet)), {}))
    return Feedback(asked(known[question], ask), hint)


def _visible(exercise: object) -> Path:
    """The exercise's visible checks: beside the notebook, or the course's own."""
    if not is_exercise(exercise):
        raise InputError(_("No exercise was begun here: run the first cell of its notebook."))
    for folder in (Path(), course() / "exercises"):
        path = beside(folder / exercise, VISIBLE)
        if path.is_file():
            return path
    text = _("Exercise {name} has no checks here: a person reads all of it, or {file} is missing beside the notebook.")
    raise InputError(text.format(name=exercise, file=path.name))


@cache
def _checks(path: Path, _changed: int) -> dict:
    return checks(path)
