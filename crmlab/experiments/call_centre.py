"""The call centre: how long callers wait, who gives up, and how many agents a promise takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import REPLICATES, Experiment, parameter, real, seeded, whole
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, RED, WHITE, headline, thousands, whole_steps
from crmlab.experiments.queueing import Line, least, line
from crmlab.language.catalogue import _, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

HOUR = 60.0
"""Minutes in the busy hour."""
ENDLESS = float("inf")
CELLS = 2**16
"""Numbers that a block of the simulation holds at once: few enough to stay near the processor."""
FLOWS = ("calls", "waited", "gave_up", "answered", "minutes")

PATIENCE = parameter(
    3, low=0, high=1440, slider=(0, 30, 0.5), label=mark("patience of a caller who waits, on average"),
    unit=mark("minutes"),
)  # fmt: skip
SECONDS = parameter(
    20, low=0, high=3600, slider=(0, 120, 5), label=mark("a call should be answered within"), unit=mark("seconds")
)
SHARE = parameter(
    0.8, low=0, high=0.999, slider=(0.5, 0.99, 0.01), label=mark("calls that should be answered in time"), unit="share"
)
"""What every line of callers is asked: how long they wait, and how many should be answered how soon."""


class Calls(NamedTuple):
    """Simulated calls in the order in which they come in, of shape (calls, replicates)."""

    wait: np.ndarray
    """Time from the call until it is answered or the caller gives up."""
    answered: np.ndarray
    """Whether it was answered."""


class CallCentre(Experiment):
    """Callers of one busy hour who wait, give up or are answered in time, and the agents that a target takes.

    Calls come in at random (Poisson), ``calls`` an hour on average; a talk takes an exponential time with mean
    ``talk``, and a caller who has to wait gives up after an exponential time with mean ``patience``. Callers are
    answered in the order in which they came. Agents and calls are shared as evenly as can be among ``centres`` whose
    lines are apart, as if each city had its own number; 1 is one network for all.

    A row of the tables is the same busy hour on one working day of each month; the hours are independent of each
    other, and each finds the line in the state that it has in the long run. All of it is exact (Erlang A, see
    ``crmlab.experiments.queueing``). Centres that help each other out are for ``simulate`` only, see there.

    All defaults are made up; put in your own. Source: see ``queueing``. Raises InputError, naming the field, its
    value and its bounds.

    >>> desk = CallCentre(calls=200, talk=3, agents=14, patience=1440)
    >>> round(desk.load), round(desk.answered, 3)          # nearly nobody gives up: Erlang C has 0.888
    (10, 0.889)
    >>> CallCentre(calls=200, talk=3, patience=2).needed(), CallCentre(calls=0).needed()
    (12, 0)
    >>> CallCentre(agents=0).expected(1)["gave_up"].tolist()
    [0.0, 240.0]
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "calls": mark("calls in the busy hour"),
        "waited": mark("had to wait"),
        "gave_up": mark("gave up"),
        "answered": mark("answered in time"),
        "minutes": mark("minutes that all callers waited"),
    }

    calls: float = parameter(
        240, low=0, high=20_000, slider=(0, 1200, 10), label=mark("calls in the busy hour"), unit=mark("calls")
    )
    talk: float = parameter(
        4, low=0, high=600, above=True, slider=(0.5, 15, 0.5), label=mark("time that a call takes an agent"),
        unit=mark("minutes"),
    )  # fmt: skip
    agents: int = parameter(
        18, low=0, high=10_000, slider=(0, 120, 1), label=mark("agents on the line, all centres together"),
        unit=mark("agents"),
    )  # fmt: skip
    patience: float = PATIENCE
    seconds: float = SECONDS
    share: float = SHARE
    centres: int = parameter(
        1, low=1, high=1000, slider=(1, 30, 1), label=mark("centres with lines of their own"), unit=mark("centres")
    )

    @property
    def load(self) -> float:
        """Work that comes in, in erlang: agents who would be busy on average if nobody gave up.

        >>> CallCentre(calls=120, talk=3).load
        6.0
        """
        return self.calls * self.talk / HOUR

    @property
    def answered(self) -> float:
        """Share of all callers who are answered within the target time.

        >>> CallCentre(agents=0).answered
        0.0
        """
        return 1 - float(self._missed(np.array([float(self.agents)]))[0])

    def needed(self, *, centres: int | None = None, patience: float | None = None) -> int:
        """The least number of agents, in all centres together, that answer the share aimed at in time.

        Looked for among whole numbers, no number being rounded on the way. ``centres`` and ``patience`` stand in for
        the experiment's own where they are given; infinite patience is Erlang C.

        >>> firm = CallCentre(calls=580, talk=3, patience=2, centres=29)
        >>> firm.needed(), firm.needed(centres=1)
        (62, 31)
        """
        if not self.calls:
            return 0
        centres = self.centres if centres is None else whole("centres", centres, 1, 10**6)
        patience = self.patience if patience is None else real("patience", patience, 0, ENDLESS)
        return least(lambda agents: self._missed(agents, centres, patience) <= 1 - self.share, start=int(self.load))

    def _missed(self, agents: np.ndarray, centres: int | None = None, patience: float | None = None) -> np.ndarray:
        """For each number of agents, the share of callers not answered in time."""
        part, lines = self._lines(agents, centres, patience)
        return (part * lines.full * lines.late).sum(axis=0)

    def _lines(
        self, agents: np.ndarray, centres: int | None = None, patience: float | None = None
    ) -> tuple[np.ndarray, Line]:
        """Long-run state of the smaller and the larger centres (rows), for each number of agents (columns).

        Before it the share of the centres that is of either size.
        """
        centres = self.centres if centres is None else centres
        small = np.floor(agents / centres)
        larger = agents / centres - small
        load, sizes = self.load / centres, np.array([small, small + 1])
        patience = self.patience if patience is None else patience
        return np.array([1 - larger, larger]), line(load, load, sizes, patience, self.seconds / 60, self.talk)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means of the busy hour, the same for every month: ``months + 1`` rows, nothing in month 0.

        Columns: month; calls; waited (found every agent busy); gave_up; answered (within the target time); minutes
        (that all callers together waited, whether answered or not).

        >>> CallCentre(calls=100, agents=1000).expected(1)["answered"].tolist()
        [0.0, 100.0]
        """
        part, lines = self._lines(np.array([float(self.agents)]))
        of = {"waited": 1.0, "gave_up": lines.lost, "minutes": lines.delay}
        means = {name: self.calls * float((part * lines.full * share).sum()) for name, share in of.items()}
        return steady({name: {"calls": float(self.calls), "answered": self.calls * self.answered, **means}[name]
                       for name in FLOWS}, self._ahead(months))  # fmt: skip

    def simulate(
        self, months: int | None = None, *, seed: int | None = None, replicates: int = 1, overflow: float = 0.0
    ) -> pd.DataFrame:
        """Random busy hours: the columns of ``expected`` and replicate, one row a month and replicate.

        Call by call after Kiefer and Wolfowitz (1955): each agent is known by the time at which he will be free, and
        a caller gives up whose patience is shorter than the wait that he faces. The first caller of the hour finds
        the line in a state drawn from the long run, exactly. The same ``seed`` gives the same hours.

        ``overflow`` is the share of callers who, where their own centre has no agent free, are put through to one
        that has, drawn among those that have. We know of no closed form for this, so ``expected`` leaves it out; and
        such hours begin with an hour that is not counted, so their start is in the long run's state but for a trace.

        >>> runs = CallCentre().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["gave_up"] + runs["answered"] <= runs["calls"]).all())
        (26, True)
        """
        months, replicates = self._ahead(months), whole("replicates", replicates, *REPLICATES)
        overflow = real("overflow", overflow, 0, 1)
        sums = self._hours(months * replicates, np.random.default_rng(seeded(seed)), overflow)
        return histories(from_nothing({name: sums[name].reshape(months, replicates) for name in FLOWS}))

    def _hours(self, hours: int, rng: np.random.Generator, overflow: float = 0.0) -> dict[str, np.ndarray]:
        """That many busy hours, independent of each other: what all centres together counted in each."""
        small, larger = divmod(self.agents, self.centres)
        sums = {name: np.zeros(hours, dtype=float if name == "minutes" else np.int64) for name in FLOWS}
        if not self.calls or not hours:
            return sums
        if overflow and self.centres > 1:
            kinds, together = [(small + (larger > 0), self.centres)], self.centres
        else:
            kinds, together = [(small, self.centres - larger), (small + 1, larger)], 1
        for size, centres in kinds:
            columns = hours * centres // together
            # agents beyond these are needed with a chance below one in 10**100
            size = min(size, int(self.load / self.centres + 40 * math.sqrt(self.load / self.centres) + 100))
            width = max(CELLS // (max(size, 1) * together), 1)
            for start in range(0, columns, width):
                block = np.arange(start, min(start + width, columns))
                if together > 1:
                    counts = self._shared(len(block), size, larger, overflow, rng)
                else:
                    counts = self._apart(len(block), size, rng)
                for name, values in zip(FLOWS, counts, strict=True):
                    np.add.at(sums[name], block % hours, values)
        return sums

    def _apart(self, columns: int, agents: int, rng: np.random.Generator) -> list[np.ndarray]:
        """One busy hour of so many centres with so many agents each: the flows of each."""
        load = self.load / self.centres
        free = settled(columns, load, agents, self.patience, self.talk, rng)
        return self._count(free, HOUR * self.centres / self.calls, 0.0, rng)

    def _shared(
        self, columns: int, agents: int, larger: int, overflow: float, rng: np.random.Generator
    ) -> list[np.ndarray]:
        """The same for groups of centres that help each other out; all but ``larger`` have an agent less, if any."""
        load, centres = self.load / self.centres, self.centres
        free = settled(columns * centres, load, agents, self.patience, self.talk, rng)
        free = free.reshape(columns, centres, -1) - HOUR
        if larger:
            free[:, larger:, -1] = np.inf
        return self._count(free, HOUR / self.calls, -HOUR, rng, overflow)

    def _count(
        self, free: np.ndarray, gap: float, start: float, rng: np.random.Generator, overflow: float = 0.0
    ) -> list[np.ndarray]:
        """The flows from minute 0 to the hour's end, of calls that come in every ``gap`` minutes from ``start`` on."""
        columns = len(free)
        counts, now = [np.zeros(columns, dtype=np.int64) for _ in FLOWS[:-1]] + [np.zeros(columns)], start
        rows = max(min(CELLS // columns, int((HOUR - start) / gap) + 20), 1)
        while np.min(now) < HOUR:
            at = now + np.cumsum(gap * rng.standard_exponential((rows, columns)), axis=0)
            patience = self.patience * rng.standard_exponential(at.shape)
            wait = serve(free, at, self.talk * rng.standard_exponential(at.shape), patience, overflow, rng)
            now, counted = at[-1], (at >= 0) & (at < HOUR)
            stays = wait <= patience
            in_time = counted & stays & (wait <= self.seconds / 60)
            waits = counted & (wait > 0)
            for total, which in zip(counts, (counted, waits, counted & ~stays, in_time), strict=False):
                total += which.sum(axis=0)
            counts[-1] += (np.minimum(wait, patience) * waits).sum(axis=0)
        return counts

    def _draw(self, ax: Axes, months: int) -> None:
        needed, aim = self.needed(), 100 * self.share
        room = 4 * math.sqrt(self.load) + 4
        low = math.floor(max(min(self.agents - 2, needed, self.load) - room, 0))
        high = math.ceil(max(self.agents + room / 2, 2 * needed - low + 1, needed + room))
        agents = np.unique(np.round(np.linspace(low, high, 100)))
        look = {"linewidth": 2.2, "markevery": (0.05, 0.1), "markersize": 5}
        curves = [(_("callers give up (Erlang A)"), BLUE, "-", "o", None, None)]
        if self.centres > 1:
            curves.append((_("the same in one network"), GREEN, "-.", "s", 1, None))
        curves.append((_("nobody gives up (Erlang C)"), ORANGE, "--", "^", None, ENDLESS))
        key = [(marker, text, colour) for text, colour, _dash, marker, *_rest in curves]
        for _text, colour, dash, marker, centres, patience in curves:
            reached = 100 * (1 - self._missed(agents, centres, patience))
            ax.plot(agents, reached, color=colour, linestyle=dash, marker=marker, **look)
        ax.axhline(aim, color=GREY, linestyle=":", linewidth=1.4)
        hours = self._hours(min(months, 12), np.random.default_rng(1))
        if (busy := hours["calls"] > 0).any():
            shares = 100 * hours["answered"][busy] / hours["calls"][busy]
            ax.vlines(self.agents, shares.min(), shares.max(), color=RED, linewidth=1.6, zorder=5)
            key.append(("D", _("simulated hours: mean, lowest, highest"), RED))
            mean = 100 * hours["answered"].sum() / hours["calls"].sum()
            ax.plot(self.agents, mean, color=RED, marker="D", markersize=7, linestyle="none", zorder=6,
                    clip_on=False)  # fmt: skip
        if self.calls:
            ax.vlines(needed, 0, aim, color=GREY, linestyle=":", linewidth=1.4)
            text = _("needed: {agents}").format(agents=number(needed))
            ax.annotate(text, (needed, 0), (5, 5), textcoords="offset points", color=GREY, bbox=WHITE, zorder=7)
        ax.set(xlim=(low, high), ylim=(0, 105), xlabel=_("agents, all centres together"))
        ax.set_ylabel(_("answered in time (%)"))
        title = _("Calls answered within {seconds} seconds, by number of agents; aim: {share}")
        headline(ax, title.format(seconds=short(self.seconds), share=percent(self.share, 1)))
        for place, (marker, text, colour) in enumerate(key):
            height = 0.42 - 0.07 * place
            ax.plot(0.53, height, color=colour, marker=marker, linestyle="none", transform=ax.transAxes)
            ax.text(0.545, height, text, transform=ax.transAxes, va="center", fontsize=9)
        whole_steps(ax)
        thousands(ax, "x")

    def _words(self, months: int) -> str:
        if not self.calls:
            return _("Nobody calls, so nobody waits.")
        part, lines = self._lines(np.array([float(self.agents)]))
        lost = float((part * lines.full * lines.lost).sum())
        wait = 60 * float((part * lines.full * lines.delay).sum())
        text = _(
            "The busy hour brings {calls} calls of {talk} minutes each: work for {load} agents without a pause. The "
            "firm has {agents}. {answered} of the callers are answered within {seconds} seconds, {lost} give up, and a "
            "caller waits {wait} seconds on average."
        )
        words = [text.format(
            calls=short(self.calls), talk=short(self.talk), load=short(self.load), agents=number(self.agents),
            answered=percent(self.answered, 1), seconds=short(self.seconds), lost=percent(lost, 1), wait=short(wait),
        )]  # fmt: skip
        needed, endless = self.needed(), self.needed(patience=ENDLESS)
        text = _("To answer {share} in time it takes {needed} agents; if nobody ever gave up, it would take {endless}.")
        words.append(text.format(share=percent(self.share, 1), needed=number(needed), endless=number(endless)))
        if self.centres > 1:
            pooled = 1 - float(self._missed(np.array([float(self.agents)]), 1)[0])
            text = _(
                "All this with {centres} centres whose lines are apart. In one network the same agents would answer "
                "{pooled} in time, and {one} agents would do."
            )
            one = number(self.needed(centres=1))
            words.append(text.format(centres=number(self.centres), pooled=percent(pooled, 1), one=one))
        elif lost > 0.005:
            words.append(_("Those who give up shorten the wait of the others: a short wait alone proves little."))
        return prose(words)


def serve(
    free: np.ndarray, at: np.ndarray, talk: np.ndarray, patience: np.ndarray, overflow: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:  # fmt: skip
    """The wait that each caller faces, first come, first served, by Kiefer and Wolfowitz (1955), with giving up.

    ``free``: when each agent will be free, one row a line; it is brought up to date in place. ``at``, ``talk`` and
    ``patience``: when each call comes in (rising down the rows), how long it takes, how long its caller would wait;
    one row a call, one column a line. A caller whose patience is shorter than the wait gives up and takes no agent.
    With a third axis in ``free`` a line has several centres: each call belongs to one drawn with ``rng``, and the
    share ``overflow`` of those that find it busy goes to a centre with a free agent, if there is one.

    >>> free = np.array([[0.0]])
    >>> serve(free, np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 5.0), np.array([[9.0], [1.0], [9.0]])).ravel()
    array([0., 4., 3.])
    """
    wait, lines = np.empty_like(at), np.arange(at.shape[1])
    centres = free.shape[1] if free.ndim == 3 else 0
    for call, now in enumerate(at):
        if centres:
            home = rng.integers(centres, size=len(lines))
            away = np.flatnonzero((free[lines, home].min(axis=1) > now) & (rng.random(len(lines)) < overflow))
            if len(away):
                idle = free[away].min(axis=2) <= now[away, np.newaxis]
                home[away] = np.where(idle.any(axis=1), (idle * rng.random(idle.shape)).argmax(axis=1), home[away])
            agent = (lines, home, free[lines, home].argmin(axis=1))
        else:
            agent = (lines, free.argmin(axis=1))
        soonest = free[agent]
        faced = wait[call] = np.maximum(soonest - now, 0)
        free[agent] = np.where(faced <= patience[call], now + faced + talk[call], soonest)
    return wait


def settled(lines: int, load: float, agents: int, patience: float, talk: float, rng: np.random.Generator) -> np.ndarray:
    """When each agent of each line will be free, drawn from the state that a line has in the long run, exactly.

    Shape (lines, agents); where there are no agents, one who is never free. The line must have such a state: its
    load below its agents, or patience finite. While an agent is free, the number at work is Poisson, cut off; else
    the first is free after a wait with the density given in ``erlang_a``, and the others an exponential time later.

    >>> settled(2, 0, 3, 1, 1, np.random.default_rng(1)).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if agents == 0:
        return np.full((lines, 1), np.inf)
    if load == 0:
        return np.zeros((lines, agents))
    full = rng.random(lines) < line(load, load, agents, patience, 0, talk).full
    logs = np.cumsum(np.concatenate([[0.0], np.log(load / np.arange(1, agents))]))
    below = np.cumsum(np.exp(logs - logs.max()))
    busy = np.searchsorted(below, rng.random(lines) * below[-1], side="right")
    free = talk * rng.standard_exponential((lines, agents))
    free[np.arange(agents) >= np.where(full, agents, busy)[:, np.newaxis]] = 0
    free[full, 0] = 0
    free[full] += talk / agents * _faced(int(full.sum()), load / agents, agents * patience / talk, rng)[:, np.newaxis]
    return free


def _faced(many: int, ratio: float, s: float, rng: np.random.Generator) -> np.ndarray:
    """Draws from the density proportional to exp(-y + ratio * s * (1 - exp(-y / s))), by rejection, exactly."""
    if s == 0 or math.isinf(s):
        return rng.standard_exponential(many) / (1 - (ratio if s else 0))
    drawn, missing = np.empty(many), np.arange(many)
    steep = ratio < 1 - 1 / math.sqrt(s)
    while len(missing):
        if steep:  # below the exponential that touches it at 0
            y = rng.standard_exponential(len(missing)) / (1 - ratio)
            good = np.log(rng.random(len(missing))) < -ratio * (y + s * np.expm1(-y / s))
        else:  # ratio * s * exp(-y / s) is a gamma draw that must not exceed ratio * s
            part = rng.standard_gamma(s, len(missing)) / (ratio * s)
            good = (part <= 1) & (part > 0)
            y = -s * np.log(np.where(good, part, 1))
        drawn[missing[good]] = y[good]
        missing = missing[~good]
    return drawn


def waits(
    calls: int, rate: float, talk: float, agents: int, *, patience: float = ENDLESS, replicates: int = 1,
    seed: int | None = None,
) -> Calls:  # fmt: skip
    """Simulated waits of the first ``calls`` calls of a line that opens with every agent free, many lines at once.

    Calls come in at ``rate`` on average (Poisson), talks are exponential with mean ``talk``, patience likewise
    (endless unless given), all in one unit of time; see ``serve``. Both results have shape (calls, replicates). The
    same ``seed`` gives the same waits. Raises InputError.

    >>> first = waits(3, rate=10, talk=1, agents=2, seed=1)
    >>> first.wait.shape, first.wait[:2].tolist(), bool(first.answered.all())
    ((3, 1), [[0.0], [0.0]], True)
    """
    calls, agents = whole("calls", calls, 0, 10**9), whole("agents", agents, 0, 10**6)
    replicates = whole("replicates", replicates, *REPLICATES)
    rate, talk = real("rate", rate, 1e-9, 1e9), real("talk", talk, 1e-9, 1e9)
    patience = real("patience", patience, 0, ENDLESS)
    if not agents and math.isinf(patience):
        raise InputError(_("Without agents, callers of endless patience wait forever; give agents, or a patience."))
    rng = np.random.default_rng(seeded(seed))
    free = np.zeros((replicates, agents)) if agents else np.full((replicates, 1), np.inf)
    wait, answered = np.empty((calls, replicates)), np.empty((calls, replicates), dtype=bool)
    now, rows = np.zeros(replicates), max(CELLS // replicates, 1)
    for start in range(0, calls, rows):
        part = slice(start, min(start + rows, calls))
        shape = wait[part].shape
        at = now + np.cumsum(rng.standard_exponential(shape) / rate, axis=0)
        ends = np.full(shape, ENDLESS) if math.isinf(patience) else patience * rng.standard_exponential(shape)
        faced = serve(free, at, talk * rng.standard_exponential(shape), ends)
        wait[part], answered[part], now = np.minimum(faced, ends), faced <= ends, at[-1]
    return Calls(wait, answered)
