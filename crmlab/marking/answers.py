"""The tools of the checks: what an answer says, however it was written, and what each slip costs in every exercise.

Checks that students receive use them too: methods stand here, and no answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.language.text import Text
from crmlab.marking.plain import Failed, Table

if TYPE_CHECKING:
    from crmlab.marking.ask import Ask

EXACT, ROUNDED = 0.0001, 0.0051
"""A share is right within the first; within the second it may have been rounded, which earns half."""
YUAN = 0.01
"""Money is right within this."""
EARLY = Text(
    en="The method is right, and the number was rounded: half of the points.",
    zh="方法对，但结果四舍五入了，得一半分。",
)
PERCENT = Text(
    en="A share was asked for, between 0 and 1; this looks like a percentage.",
    zh="要的是 0 到 1 之间的比例，这个数像是百分数。",
)
AXES = Text(
    en="Both axes are named, and the vertical one begins at 0.",
    zh="两条坐标轴都有名称，纵轴从 0 开始。",
)
CUT = Text(
    en="The vertical axis does not begin at 0: changes look steeper than they are.",
    zh="纵轴没有从 0 开始，变化看上去比实际更陡。",
)


def real(value: Any) -> float | None:
    """``value`` as one finite number: itself, or the only one in a list, an array or a table; else None.

    >>> real(3), real([0.5]), real(True), real(float("nan")), real([1, 2])
    (3.0, 0.5, None, None, None)
    """
    if isinstance(value, Table) and len(value.columns) == 1:
        value = next(iter(value.columns.values()))
    if isinstance(value, (list, np.ndarray)) and np.size(value) == 1:
        value = value.reshape(-1)[0].item() if isinstance(value, np.ndarray) else value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        made = float(value)
    except OverflowError:
        return None
    return made if math.isfinite(made) else None


def near(value: Any, right: float, tolerance: float) -> bool:
    """Whether ``value`` is a number at most ``tolerance`` from ``right``.

    >>> near(0.5004, 0.5, 0.001), near("0.5", 0.5, 0.001), near(None, 0.5, 0.001)
    (True, False, False)
    """
    made = real(value)
    return made is not None and abs(made - right) <= tolerance * (1 + 1e-9)


def listed(value: Any) -> list | None:
    """``value`` as a list: a list, an array of one dimension, the only column of a table; else None.

    >>> import numpy as np
    >>> listed(np.array([3, 1])), listed(Table({"n": [2]})), listed("31")
    ([3, 1], [2], None)
    """
    if isinstance(value, Table) and len(value.columns) == 1:
        value = next(iter(value.columns.values()))
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    return list(value) if isinstance(value, list) else None


def numbers(value: Any) -> list[float]:
    """The numbers of a list, without what is none.

    >>> numbers([3, "a", None, float("nan"), 1]), numbers("31")
    ([3.0, 1.0], [])
    """
    return [made for made in map(real, listed(value) or []) if made is not None]


def day(value: Any) -> str:
    """A date as it may be answered, a text, a time or the only one of a list, as a text such as 2026-03-08.

    >>> day("2026-03-08T00:00:00"), day(["2026-03-08"]), day([])
    ('2026-03-08', '2026-03-08', '[]')
    """
    return str((listed(value) or [value])[0]).strip()[:10]


def rows(value: Any, key: str, names: Sequence[str]) -> dict[Any, dict[str, float | None]] | None:
    """A table's rows by what stands in its column ``key``, each with the numbers in its columns ``names``.

    ``key`` may be a column or the table's index; a dict of columns is a table too. None where it is no table, a column
    is missing, or a key stands twice.

    >>> rows(Table({"n": [4, 5]}, {"shop": ["a", "b"]}), "shop", ["n"])
    {'a': {'n': 4.0}, 'b': {'n': 5.0}}
    """
    if isinstance(value, dict) and all(isinstance(one, (list, np.ndarray)) for one in value.values()):
        value = Table(dict(value))
    if not isinstance(value, Table):
        return None
    index = value.index if key in value.index or len(value.index) != 1 else {key: next(iter(value.index.values()))}
    known = {**index, **value.columns}
    if key not in known or any(name not in known for name in names):
        return None
    columns = {name: list(known[name]) for name in (key, *names)}
    keys = [one.item() if isinstance(one, np.generic) else one for one in columns[key]]
    if any(len(column) != len(keys) for column in columns.values()):
        return None
    if any(isinstance(one, (list, dict)) for one in keys) or len(set(keys)) != len(keys):
        return None
    return {one: {name: real(_item(columns[name][place])) for name in names} for place, one in enumerate(keys)}


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def complete(table: dict[Any, dict[str, float | None]] | None, keys: Iterable[Any]) -> bool:
    """Whether ``rows`` found a row for each of ``keys``, no other, and every number.

    >>> complete({"a": {"n": 4.0}}, "a"), complete({"a": {"n": None}}, "a"), complete(None, "a")
    (True, False, False)
    """
    return table is not None and set(table) == set(keys) and all(None not in row.values() for row in table.values())


def lines(picture: Any) -> list[tuple[list[float | None], list[float | None]]]:
    """The lines of a picture as ``crmlab.drawn`` reads it, each as its x and its y; none where it is no picture.

    >>> lines({"lines": [{"x": [1, 2], "y": [0.5, "half"]}, 7]}), lines(None)
    ([([1.0, 2.0], [0.5, None])], [])
    """
    drawn = listed(picture.get("lines")) or [] if isinstance(picture, dict) else []
    both = [[listed(line.get(name)) or [] for name in "xy"] for line in drawn if isinstance(line, dict)]
    return [(list(map(real, x)), list(map(real, y))) for x, y in both]


def quietly(asked: Callable[..., Any], *args: Any) -> Any:
    """What ``ask.value`` or ``ask.call`` gives; None where it fails, which costs only what hangs on this one thing.

    >>> from crmlab.marking.ask import Here
    >>> ask = Here("q1", {"extra": 3}, dict)
    >>> quietly(ask.value, "extra"), quietly(ask.value, "other"), quietly(ask.call, "extra", 1)
    (3, None, None)
    """
    try:
        return asked(*args)
    except Failed:
        return None


def fresh(column: Any) -> np.random.Generator:
    """Chance for fresh inputs, set by a column of the student's own draw: the same each time that it is marked.

    >>> fresh([1.5, -2]).integers(9, size=3).tolist() == fresh([-2, 1.5]).integers(9, size=3).tolist()
    True
    """
    return np.random.default_rng(abs(round(100 * float(np.sum(column)))))


def named(
    ask: Ask, value: Any, rights: Iterable[float], wrong: Iterable[tuple[str, float, Text]], tolerance: float
) -> bool:
    """Whether ``value`` is one of ``rights``; where not, the first of ``wrong`` that gives this number is named.

    Several are right where the question goes on from an earlier one: what the truth gives, and what the student's own
    answer gives there. ``wrong`` is a key, a number and a text each, as ``ask.misconception`` takes them.

    >>> from crmlab.marking.ask import Ask
    >>> ask, halved = Ask("q1"), [("halved", 4, Text(en="Halved.", zh="减半了。"))]
    >>> named(ask, 8, [8, 9], halved, 0.01), named(ask, 4, [8, 9], halved, 0.01), list(ask.verdict.misconceptions)
    (True, False, ['halved'])
    >>> named(Ask("q1"), 4, [4], halved, 0.01)
    True
    """
    if any(near(value, right, tolerance) for right in rights):
        return True
    _mistaken(ask, value, wrong, tolerance)
    return False


def _mistaken(ask: Ask, value: Any, wrong: Iterable[tuple[str, float, Text]], tolerance: float) -> bool:
    """Whether one of ``wrong`` gives ``value``; the first that does is named."""
    for key, number, text in wrong:
        if near(value, number, tolerance):
            ask.misconception(key, text)
            return True
    return False


def hit(ask: Ask, value: Any, right: float) -> float:
    """1 for a right share, a half where it was only rounded to two or three places, which is said, else 0.

    >>> from crmlab.marking.ask import Ask
    >>> ask = Ask("q1")
    >>> hit(ask, 0.33333, 1 / 3), hit(ask, 0.3, 1 / 3), list(ask.verdict.misconceptions)
    (1.0, 0.0, [])
    >>> hit(ask, 0.33, 1 / 3), hit(ask, 0, 0.004), list(ask.verdict.misconceptions)
    (0.5, 0.5, ['rounded-early'])
    """
    if near(value, right, EXACT):
        return 1.0
    if not near(value, right, ROUNDED) or not any(near(value, round(right, places), 1e-9) for places in (2, 3)):
        return 0.0
    ask.misconception("rounded-early", EARLY)
    return 0.5


def share(
    ask: Ask,
    value: Any,
    rights: Sequence[float],
    points: float,
    because: Text,
    wrong: Iterable[tuple[str, float, Text]] = (),
) -> None:
    """Give ``points`` for a share that is one of ``rights`` (see ``named``), and half of them where it was rounded.

    What one of ``wrong`` gives earns nothing, even where a right share would be rounded to it.

    >>> from crmlab.marking.ask import Ask
    >>> ask, late = Ask("q1"), [("late", 0.33, Text(en="Late.", zh="晚了。"))]
    >>> share(ask, 0.33, [1 / 3, 0.5], 2, EARLY), share(ask, 0.33, [1 / 3], 2, EARLY, late)
    (None, None)
    >>> [one.points for one in ask.verdict.given], list(ask.verdict.misconceptions)
    ([1.0, 0.0], ['rounded-early', 'late'])
    """
    if any(near(value, right, EXACT) for right in rights):
        earned = 1.0
    elif _mistaken(ask, value, wrong, EXACT):
        earned = 0.0
    else:
        earned = max(hit(ask, value, right) for right in rights)
    ask.give(points * earned, points, because)


def percent(ask: Ask, *values: Any) -> None:
    """Say so where the numbers look like percentages: the highest is above 2 (1.04 may be a quotient), at most 100.

    >>> from crmlab.marking.ask import Ask
    >>> ask = Ask("q1")
    >>> percent(ask, 0.3, 1.04, None), percent(ask, 2400), list(ask.verdict.misconceptions)
    (None, None, [])
    >>> percent(ask, 0.9, 33), list(ask.verdict.misconceptions)
    (None, ['percent'])
    """
    if 2 < max((one for one in map(real, values) if one is not None), default=0) <= 100:
        ask.misconception("percent", PERCENT)


def is_share(ask: Ask, value: Any) -> bool:
    """Whether ``value`` may be a share, from 0 to 1; where it looks like a percentage, that is said.

    >>> from crmlab.marking.ask import Ask
    >>> is_share(Ask("q1"), 1), is_share(Ask("q1"), "0.5"), is_share(Ask("q1"), 50)
    (True, False, False)
    """
    percent(ask, value)
    made = real(value)
    return made is not None and 0 <= made <= 1


def axes(ask: Ask, picture: Any, points: float) -> None:
    """Give ``points`` for a picture's axes: half where both have names, half where the vertical one begins at 0.

    >>> from crmlab.marking.ask import Ask
    >>> ask = Ask("q1")
    >>> axes(ask, {"xlabel": "month", "ylabel": " ", "lowest": 0.4, "lines": [{"x": [1], "y": [0.5]}]}, 1)
    >>> ask.verdict.points, list(ask.verdict.misconceptions)
    (0.25, ['cut-axis'])
    """
    drawn = picture if isinstance(picture, dict) else {}
    names = sum(bool(str(drawn.get(name) or "").strip()) for name in ("xlabel", "ylabel"))
    begins = near(drawn.get("lowest"), 0, 0.02)
    ask.give(points * (names / 4 + begins / 2), points, AXES)
    if lines(picture) and not begins:
        ask.misconception("cut-axis", CUT)


def ranking(given: Sequence[Any], right: Sequence[Any]) -> tuple[float, float]:
    """How much of the list ``right`` stands at the beginning of ``given``, and how well in order, each from 0 to 1.

    Order is counted in pairs: chance alone puts half of them right, so half is worth 0, all of them what was found.

    >>> ranking([1, 2, 3], [1, 2, 3]), ranking([3, 2, 1], [1, 2, 3]), ranking([], [1, 2])
    ((1.0, 1.0), (1.0, 0.0), (0.0, 0.0))
    >>> ranking([1, 2, 1, 4], [1, 2, 3, 4])
    (0.75, 0.75)
    """
    there = [one for one in dict.fromkeys(given[: len(right)]) if one in right]
    pairs = list(combinations(there, 2))
    ordered = sum(right.index(a) < right.index(b) for a, b in pairs) / len(pairs) if pairs else 0.0
    found = len(there) / len(right)
    return found, max(0.0, 2 * ordered - 1) * found
