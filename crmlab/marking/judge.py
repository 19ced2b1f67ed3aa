"""The judge: runs an exercise's checks in a process that never runs student code, and keeps the marks.

What it learns of a student's work are plain values that came through a pipe from the sandbox. The variables that the
checks look at are fetched before the first function is called, so that nothing a check hands over can come back in one.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from crmlab.data.sets import DataSet
from crmlab.language.catalogue import speaking
from crmlab.marking.ask import Ask, Verdict, asked
from crmlab.marking.plain import KINDS, Failed, plain
from crmlab.marking.sandbox import Sandbox, Session, Stopped

Check = Callable[[Ask], None]
CHECK_SECONDS = 60


@dataclass(frozen=True)
class Checks:
    """What an exercise is marked by: its questions' checks, first those that students have, then the hidden ones.

    ``names`` are the variables of the answers: they are fetched before anything is called. ``digest`` is the SHA-256 of
    the files that the checks were read from.
    """

    questions: tuple[str, ...]
    parts: tuple[Mapping[str, Check], ...]
    names: tuple[str, ...] = ()
    digest: str = ""


class There(Ask):
    """The judge's end of the protocol: answers come from a session in the sandbox."""

    def __init__(self, question: str, session: Session, frozen: Mapping[str, Any], draw: Mapping) -> None:
        super().__init__(question)
        self._session, self._frozen, self._draw = session, frozen, draw

    def value(self, name: str) -> Any:
        if name not in self._frozen:
            return answer(self._session, {"do": "value", "name": name})
        found = self._frozen[name]
        if isinstance(found, Failed):
            raise found.with_traceback(None)
        return deepcopy(found)  # a check may change what it got

    def call(self, function: str, *args: Any) -> Any:
        return answer(self._session, {"do": "call", "name": function, "args": [plain(one) for one in args]})

    @property
    def data(self) -> Mapping:
        return self._draw


def answer(session: Session, order: dict[str, Any]) -> Any:
    """The plain data that answers ``order``. Raises Failed."""
    try:
        said = session.ask(order)
    except Stopped as stopped:
        raise Failed("lost", name=order["name"], reason=str(stopped)) from None
    if isinstance(said, dict) and set(said) == {"value"}:
        return said["value"]
    said = said if isinstance(said, dict) else {}
    kind, error = (said[name] if isinstance(said.get(name), str) else "" for name in ("failed", "error"))
    raise Failed(kind if kind in KINDS else "refused", name=order["name"], error=error[:100])


def judged(session: Session, checks: Checks, draw: Mapping) -> dict[str, list[Verdict]]:
    """The verdicts on each question, one by each part of ``checks``. Runs here and now."""
    frozen: dict[str, Any] = {}
    for name in checks.names:
        session.question(f"value {name}")
        try:
            frozen[name] = answer(session, {"do": "value", "name": name})
        except Failed as failed:
            frozen[name] = failed
    verdicts: dict[str, list[Verdict]] = {}
    for question in checks.questions:
        session.question(question)
        verdicts[question] = []
        for part in checks.parts:
            with _time(CHECK_SECONDS):
                ask = There(question, session, frozen, draw)
                verdicts[question].append(asked(lambda one, part=part: part[one.verdict.question](one), ask))
    return verdicts


@contextlib.contextmanager
def _time(seconds: int) -> Iterator[None]:
    """A check that takes longer fails; one that cannot even be interrupted ends the process, and its worker."""

    def late(_signal: int, _frame: Any) -> None:
        raise RuntimeError("the check took too long")  # not TimeoutError, which asks for values know

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Report:
    """One submission run and judged: what its cells did, the verdicts, what it used, and under which guards."""

    cells: list[dict[str, Any]]
    verdicts: dict[str, list[Verdict]]
    used: dict[str, float]
    guards: dict[str, str]
    seconds: float


def judge(box: Sandbox, cells: list[str], checks: Checks, draw: DataSet | None = None, language: str = "en") -> Report:
    """Run a submission's code cells in the sandbox, freeze what they put out, then ask by the checks.

    ``draw`` is the student's own; it is given to the sandbox too, so that it is made once. Messages are in
    ``language``.
    """
    begun, session = time.monotonic(), Session(box, cells, language, draw)
    try:
        with speaking(language):
            verdicts = judged(session, checks, draw or {})
    finally:
        session.close()
    return Report(session.outcomes, verdicts, session.used, box.guards, round(time.monotonic() - begun, 3))
