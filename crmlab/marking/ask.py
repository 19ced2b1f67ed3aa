"""What checks are written against: ask for an answer, give points, say why. And the end of it in a learner's kernel."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmlab.language.catalogue import _
from crmlab.language.text import Text
from crmlab.marking.plain import Failed, Table, plain

UNSEEN = Text(en="This part could not be looked at.", zh="这一部分没有查成。")


@dataclass(frozen=True)
class Given:
    """Part marks: ``points`` of ``of``, and why."""

    points: float
    of: float
    because: Text


@dataclass
class Verdict:
    """What a check found out about one question."""

    question: str
    given: list[Given] = field(default_factory=list)
    misconceptions: dict[str, Text] = field(default_factory=dict)
    hints: dict[int, Text] = field(default_factory=dict)
    failed: Failed | None = None
    broken: str | None = None
    """What is wrong with the check itself, where it failed: no fault of the student's."""

    @property
    def points(self) -> float:
        """The sum of what was given."""
        return sum(one.points for one in self.given)

    @property
    def of(self) -> float:
        """The sum of what could have been given, as far as the check came."""
        return sum(one.of for one in self.given)


class Ask:
    """One question being asked. Both ends keep the same record; where the answers come from is each end's own.

    A check is a function of one of these. It calls ``value`` and ``call`` for plain data (see ``plain``), looks at
    ``data``, the tables of the student's own draw, and says what it thinks by ``give``, ``misconception`` and ``hint``.
    ``value`` and ``call`` raise Failed, which a check may let pass: what was given before stands.
    """

    Failed = Failed

    def __init__(self, question: str) -> None:
        self.verdict = Verdict(question)

    def value(self, name: str) -> Any:
        """The student's variable ``name``."""
        raise NotImplementedError

    def call(self, function: str, *args: Any) -> Any:
        """What the student's ``function`` returns for ``args``: plain data too, where a Table arrives as DataFrame."""
        raise NotImplementedError

    @property
    def data(self) -> Mapping:
        """The tables of the student's own draw, as ``crmlab.load`` gives them."""
        raise NotImplementedError

    def give(self, points: float, of: float, because: Text) -> None:
        """Give ``points`` of ``of``; less than 0 is 0, more than ``of`` is ``of``."""
        if not of >= 0 or not math.isfinite(points) or not isinstance(because, Text):
            raise ValueError("give(points, of, because=Text(en=..., zh=...))")
        self.verdict.given.append(Given(min(max(float(points), 0.0), float(of)), float(of), because))

    @contextlib.contextmanager
    def part(self, points: float) -> Iterator[None]:
        """A part of the question worth ``points``: where its answer fails, the parts after it are still asked for.

        What fails inside the ``with`` block earns nothing of what was not given before; the first failure is noted.
        """
        before = self.verdict.of
        try:
            yield
        except Failed as failed:
            self.verdict.failed = self.verdict.failed or failed
            self.give(0, max(0.0, points - (self.verdict.of - before)), UNSEEN)

    def misconception(self, key: str, text: Text) -> None:
        """Name what the student seems to have done; ``key`` is what it is counted under in the item analysis."""
        if not isinstance(text, Text):
            raise ValueError("misconception(key, Text(en=..., zh=...))")
        self.verdict.misconceptions.setdefault(key, text)

    def hint(self, step: int, text: Text) -> None:
        """The hint that may be asked for as the ``step``-th, from 1."""
        if not isinstance(text, Text):
            raise ValueError("hint(step, Text(en=..., zh=...))")
        self.verdict.hints[step] = text


class Here(Ask):
    """The learner's end: answers stand in ``names``, the namespace of the same process."""

    def __init__(self, question: str, names: Mapping[str, Any], data: Callable[[], Mapping]) -> None:
        super().__init__(question)
        self._names, self._load, self._data = names, data, None

    def value(self, name: str) -> Any:
        return plain(self._known(name))

    def call(self, function: str, *args: Any) -> Any:
        called = self._known(function)
        if not callable(called):
            raise Failed("refused", _("{name} is no function.").format(name=function))
        given = [plain(one) for one in args]
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                result = called(*(one.frame() if isinstance(one, Table) else one for one in given))
            except NotImplementedError:
                raise Failed("unanswered", _("{name} is not written yet.").format(name=function)) from None
            except Exception as error:
                text = _("{name} fails: {error}").format(name=function, error=said(error))
                raise Failed("error", text, error=type(error).__name__) from None
        return plain(result)

    @property
    def data(self) -> Mapping:
        if self._data is None:
            self._data = self._load()
        return self._data

    def _known(self, name: str) -> Any:
        if name not in self._names:
            text = _("There is no {name} yet. Run the cell in which you make it.")
            raise Failed("missing", text.format(name=name))
        return self._names[name]


def said(error: BaseException) -> str:
    """An exception in one line of at most 200 letters.

    >>> said(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    """
    try:
        words = str(error)
    except Exception:
        words = ""
    return f"{type(error).__name__}: {words}".replace("\n", " ").rstrip(": ")[:200]


def checks(path: Path) -> dict[str, Callable[[Ask], None]]:
    """The checks in ``path`` by the question that each is called by."""
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # noqa: S102 (the course's own code)
    return {name: one for name, one in names.items() if callable(one) and is_question(name)}


def is_question(name: str) -> bool:
    """Whether ``name`` is called as questions are: q and a number.

    >>> is_question("q1"), is_question("quarter")
    (True, False)
    """
    return name[:1] == "q" and name[1:].isdecimal()


def asked(check: Callable[[Ask], None], ask: Ask) -> Verdict:
    """What ``check`` found out; that the student's code failed, or the check did, is part of it."""
    try:
        check(ask)
    except Failed as failed:
        ask.verdict.failed = ask.verdict.failed or failed
    except Exception as error:
        ask.verdict.broken = said(error)
    return ask.verdict
