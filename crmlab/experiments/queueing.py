"""Waiting lines with many agents: Erlang's and Palm's formulas, and how many agents a target needs.

One family: callers who give up after an exponential time ("patience", on average). Whoever has no patience at all is
lost when every agent is busy (Erlang B); whoever has endless patience always waits (Erlang C); between lies Erlang A.
The sums over states are written as integrals of a smooth function with one peak, which is scaled by its height. So
nothing overflows, whatever the size, and the formulas hold for part-time agents (fractions) too.

Sources: A. K. Erlang (1917); C. Palm, on impatient callers; O. Garnett, A. Mandelbaum and M. Reiman (2002), Designing
a call center with impatient customers, Manufacturing & Service Operations Management 4(3).
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from crmlab.experiments.base import real
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

DEEP = 45.0
"""How far, in logarithms, a function falls below its peak before the rest is left out. Before a peak all of those here
fall at least as fast as the normal curve with the same curvature."""
_TIMES = np.arange(-64, 65) / 19
_WAY = np.exp(np.pi * np.sinh(_TIMES) / 2)
NODES, WEIGHTS = _WAY / (_WAY + 1 / _WAY), np.pi / 19 * np.cosh(_TIMES) / (_WAY + 1 / _WAY) ** 2
"""Tanh-sinh quadrature on 0 to 1 (Takahasi and Mori 1974): fine enough at both ends for features of any width."""

Curve = Callable[[np.ndarray], np.ndarray]
Numbers = float | np.ndarray


class Waiting(NamedTuple):
    """What callers meet in the long run: shares of all callers, and the mean time that they spend waiting."""

    waits: Numbers
    """Share who find every agent busy."""
    gives_up: Numbers
    """Share who give up before they are answered."""
    mean_wait: Numbers
    """Mean time until answered or given up, over all callers, in the unit of the times handed in."""
    answered: Numbers
    """Share who are answered within the target time."""
    missed: Numbers
    """Share who are not: 1 - answered, exact also where it is tiny."""
    still_waiting: Numbers
    """Share who have neither been answered nor given up when the target time is over."""


def erlang_b(load: Any, agents: Any) -> Numbers:
    """Share of callers who find every agent busy and are lost (Erlang B).

    ``load`` in erlang: calls that come in during one mean talk time. With ``a`` = load and ``c`` = agents it is
    (a**c / c!) / sum(a**k / k! for k in 0 ... c). Both may be arrays, and ``agents`` need not be whole. Raises
    InputError for what is no finite number from 0 on.

    >>> round(erlang_b(10, 10), 4), erlang_b(0, 1), erlang_b(3, 0)
    (0.2146, 0.0, 1.0)
    """
    load, agents = _given("load", load), _given("agents", agents)
    return _plain(np.exp(-_log_seats(*np.broadcast_arrays(load, agents))))


def erlang_c(load: Any, agents: Any) -> Numbers:
    """Share of callers who have to wait if nobody ever gives up (Erlang C): 1 where the load reaches the agents.

    With ``b`` from ``erlang_b`` it is b / (1 - load / agents * (1 - b)). Arrays and errors as there.

    >>> round(erlang_c(5, 6), 6), round(erlang_c(10, 11), 6), erlang_c(6, 6)
    (0.587516, 0.682118, 1.0)
    """
    return erlang_a(load, agents, float("inf")).waits


def erlang_a(load: Any, agents: Any, patience: Any, *, target: Any = 0.0, talk: Any = 1.0) -> Waiting:
    """What callers meet where they give up after an exponential time with mean ``patience`` (Erlang A, M/M/c+M).

    ``target`` (the time within which a call should be answered), ``talk`` (the mean talk time) and ``patience`` are
    in one unit of time. With patience infinite it is Erlang C, with 0 Erlang B. For s = agents * patience / talk and
    x = load * patience / talk the wait that a caller faces, given that he has to wait, has a density proportional to
    exp(-y + x * (1 - exp(-y / s))), y being the wait in units of talk / agents. Everything follows by integrals.

    All may be arrays. Without agents every caller waits until he gives up. Raises InputError for what is no number
    from 0 on (talk: above 0; patience may be infinite).

    >>> [round(100 * share, 1) for share in erlang_a(48, 50, patience=2)[:2]]
    [46.8, 3.1]
    >>> round(60 * erlang_a(48, 50, patience=2).mean_wait, 1)
    3.7
    >>> erlang_a(5, 0, patience=2)[:3], erlang_a(5, 4, patience=float("inf")).mean_wait
    ((1.0, 1.0, 2.0), inf)
    """
    load, agents = _given("load", load), _given("agents", agents)
    patience, target = _given("patience", patience, endless=True), _given("target", target, endless=True)
    talk = _given("talk", talk)
    if not (talk > 0).all():
        raise InputError(_("{name} is {value}; allowed is a number above 0.").format(name="talk", value=0))
    full, lost, delay, late, still = line(load, load, agents, patience, target, talk)
    missed = full * late
    shares = full, full * lost, delay * np.where(delay < np.inf, full, 1.0), 1 - missed, missed, full * still
    return Waiting(*map(_plain, shares))


class Line(NamedTuple):
    """A line of callers in the long run: the share of time in which all agents are busy, and what then happens."""

    full: np.ndarray
    """Share of the time in which no agent is free."""
    lost: np.ndarray
    """Of callers who come then, the share who give up before they are answered."""
    delay: np.ndarray
    """Their mean time until answered or given up."""
    late: np.ndarray
    """Of them, the share not answered within the target time."""
    still: np.ndarray
    """Of them, the share neither answered nor given up when the target time is over."""


def line(load: Any, queued: Any, agents: Any, patience: Any, target: Any, talk: Any) -> Line:
    """A line whose callers come at one rate while an agent is free and at another while none is.

    As ``erlang_a``, with arrays of any shapes that go together; but ``queued`` is the load of those who come, and
    stay in this line, while every agent is busy. With ``queued`` 0 nobody ever waits.

    >>> round(float(line(10, 10, 10, 0, 0, 1).full), 4), round(float(line(10, 0, 10, 5, 0, 1).full), 4)
    (0.2146, 0.2146)
    """
    given = (np.asarray(value, dtype=float) for value in (load, queued, agents, patience, target, talk))
    load, queued, agents, patience, target, talk = np.broadcast_arrays(*given)
    endless, nobody = np.isinf(patience), agents == 0
    grows = endless & (queued >= agents) & ~nobody
    # where there is no integral to take, any harmless numbers stand in
    plain = nobody | grows
    a, q, c = np.where(plain, 0.0, load), np.where(plain, 0.0, queued), np.where(plain, 1.0, agents)
    # a patience of more than 10**20 talks is as good as that: nobody gives up but where the line never ends
    ratio, finite = q / c, np.where(endless, 1.0, np.minimum(patience, 1e20 * talk))
    with np.errstate(over="ignore"):
        talks, aim = np.minimum(finite / talk, 1e100), np.minimum(target / talk, 1e100)
    s, x, goal = c * talks, q * talks, c * aim
    hasty = s < 1e-100
    scale = np.where(hasty, 1.0, s)

    # places are measured from the peak of the density, where its logarithm can be reckoned without loss
    over = np.where(endless | (ratio <= 1), 0.0, q - c)
    peak = s * np.log1p(over / c)
    drop = np.where(hasty, 0.0, np.minimum(x, s))

    def give_up(y: np.ndarray) -> np.ndarray:
        return np.where(hasty, 1.0, np.where(endless, 0.0, -np.expm1(-(y + peak) / scale)))

    def height(y: np.ndarray) -> np.ndarray:
        return -y + np.where(endless, ratio * y, -drop * np.expm1(-y / scale))

    begin, end = -np.minimum(peak, np.sqrt(2 * DEEP * s)), _end(height, peak)
    first, last = np.clip(goal - peak, begin, 0.0), np.clip(goal - peak, 0.0, end)

    def between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        y, weight = _nodes(low, high)
        mass = weight * np.exp(height(y))
        return np.array([mass.sum(axis=0), (mass * give_up(y)).sum(axis=0), (mass * (y + peak)).sum(axis=0)])

    before, middle, after = between(begin, first), between(first, last), between(last, end)
    every, lost, delay = before + middle + after
    early = goal <= peak
    late = before[1] + np.where(early, middle[0], middle[1]) + after[0]
    top = over * talks - peak
    seats, waiting = _log_seats(a, c), top + np.log(every)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        full = 1 / (1 + np.exp(seats + np.log(-np.expm1(-seats)) - waiting))
        stays = np.where(endless, 1.0, np.where(target == 0, patience > 0, np.exp(-target / patience)))
    wait = np.where(endless, delay / every / c * talk, lost / every * finite)
    return Line(
        full=np.where(plain, 1.0, full),
        lost=np.where(nobody, np.where(endless, 0.0, 1.0), np.where(grows, 0.0, lost / every)),
        delay=np.where(nobody, patience, np.where(grows, np.inf, wait)),
        late=np.where(plain, 1.0, np.minimum(late / every, 1.0)),
        still=stays * np.where(plain, 1.0, np.where(early, middle[0] + after[0], after[0]) / every),
    )


def agents_needed(
    load: float, share: float, *, target: float = 0.0, talk: float = 1.0, patience: float = float("inf"),
    fraction: bool = False,
) -> float:  # fmt: skip
    """The least number of agents with whom at least ``share`` of all callers are answered within ``target``.

    By Erlang C where patience is infinite, by Erlang B where it is 0, by Erlang A between; times in one unit. The
    number is looked for among the whole ones, nothing is rounded on the way; with ``fraction=True`` it is where the
    formulas, continued to part-time agents, reach the share exactly. ``share`` is at least 0 and less than 1. Raises
    InputError.

    >>> agents_needed(10, 0.8, target=20, talk=180), agents_needed(10, 0.8, target=20, talk=180, patience=120)
    (14, 12)
    >>> round(agents_needed(10, 0.8, target=20, talk=180, fraction=True), 2), agents_needed(0, 0.8)
    (13.04, 0)
    """
    load, share = float(real("load", load, 0, 1e12)), real("share", share, 0, 1)
    patience, target = real("patience", patience, 0, float("inf")), real("target", target, 0, float("inf"))
    talk = real("talk", talk, 1e-9, 1e9)
    if share == 1:
        text = _("No finite number of agents answers all callers in time; ask for a share below 1.")
        raise InputError(text)
    if load == 0:
        return 0

    def enough(agents: np.ndarray) -> np.ndarray:
        return erlang_a(load, agents, patience, target=target, talk=talk).missed <= 1 - share

    low, high = -1, least(enough, start=int(load))
    if not fraction or high == 0:
        return high
    low, high = high - 1.0, float(high)
    for _round in range(4):
        steps = np.linspace(low, high, 1001)
        place = int(np.argmax(enough(steps)))
        low, high = steps[max(place - 1, 0)], steps[place]
    return float(high)


def least(enough: Callable[[np.ndarray], np.ndarray], start: int = 0, most: int = 2**60) -> int:
    """The least whole number from 0 on that is ``enough``, which never turns false again; looked for near ``start``.

    >>> least(lambda numbers: numbers >= 1234.5)
    1235
    """
    steps = np.array([0, *(start + 2 ** np.arange(0, 24))]) if start else np.array([0, *(2 ** np.arange(0, 34))])
    good = np.asarray(enough(steps.astype(float)))
    while not good.any():
        steps = np.minimum(steps[-1] * 2 ** np.arange(0, 9), most)
        good = np.asarray(enough(steps.astype(float)))
    place = int(np.argmax(good))
    low, high = (int(steps[place - 1]) if place else -1), int(steps[place])
    while high - low > 1:
        between = np.unique(np.linspace(low + 1, high, 33).astype(np.int64))
        place = int(np.argmax(enough(between.astype(float))))
        low, high = (int(between[place - 1]) if place else low), int(between[place])
    return high


def _log_seats(load: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """Logarithm of 1 / Erlang B, which is the integral of exp(-y) * (1 + y / load) ** agents from 0 on."""
    idle = load < 1e-100
    a = np.where(idle, 1.0, load)
    peak, most = np.maximum(agents - a, 0.0), np.maximum(agents, a)

    def height(y: np.ndarray) -> np.ndarray:
        return -y + agents * np.log1p(np.maximum(y / most, -1 + 1e-16))

    end, mass = _end(height, peak), 0.0
    begin = -np.minimum(peak, np.sqrt(2 * DEEP * agents))
    for ends in ((begin, 0 * peak), (0 * peak, end)):
        y, weight = _nodes(*ends)
        mass = mass + (weight * np.exp(height(y))).sum(axis=0)
    top = agents * np.log1p(peak / a) - peak
    return np.where(idle, np.where(agents == 0, 0.0, np.inf), np.maximum(top + np.log(mass), 0.0))


def _end(height: Curve, peak: np.ndarray) -> np.ndarray:
    """How far beyond the peak the height is ``DEEP`` below it: found by doubling, so at most twice as far."""
    width = np.full(peak.shape, DEEP)
    for _doubling in range(80):
        short = height(width) > -DEEP
        if not short.any():
            break
        width = np.where(short, 2 * width, width)
    return width


def _nodes(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places between ``low`` and ``high``, in rows, and what each counts in the sum."""
    shape = (-1, *(1,) * np.ndim(low))
    wide = high - low
    near, weight = NODES.reshape(shape), WEIGHTS.reshape(shape)
    # measured from the nearer end, so that places close to it stay apart
    return np.where(near < 0.5, low + wide * near, high - wide * near[::-1]), wide * weight


def _given(name: str, value: Any, *, endless: bool = False) -> np.ndarray:
    """Numbers from 0 on, as floats, or a complaint."""
    array = np.asarray(value)
    kind = array.dtype.kind
    if kind == "O" and all(isinstance(one, numbers.Real) and not isinstance(one, bool) for one in array.ravel()):
        kind, array = "f", array.astype(float)
    if kind not in "iuf":
        _refuse(name, value)
    array = array.astype(float)
    bad = ~(array >= 0) if endless else ~((array >= 0) & (array < 1e15))
    if bad.any():
        _refuse(name, float(array[bad].flat[0]))
    return array


def _refuse(name: str, value: Any) -> None:
    raise InputError(_("{name} is {value}; allowed is a number from 0 on.").format(name=name, value=repr(value)))


def _plain(values: np.ndarray) -> Numbers:
    return float(values) if np.ndim(values) == 0 else values
