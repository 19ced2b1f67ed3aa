"""A new hotline: calls by forecast and as they come, the agents that either takes, and when one could have known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, believed, parameter
from crmlab.experiments.call_centre import PATIENCE, SECONDS, SHARE
from crmlab.experiments.frames import YEAR, from_nothing, histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREY, ORANGE, WHITE, headline, thousands, whole_steps
from crmlab.experiments.queueing import Waiting, agents_needed, erlang_a
from crmlab.language.catalogue import _, brief, count, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WORKDAYS = 300
"""Days in a year on which the hotline is open (an assumption)."""
FLOWS = ("calls", "total", "forecast_total")
RARE = 1e-6
"""Chances below this are not printed as they are, but bounded from above."""


def chance(calls: float, mean: float) -> float:
    """Chance that at least so many calls come if ``mean`` are expected (Poisson); 0 where it is too small for a float.

    >>> chance(0, 5), round(chance(6, 5), 4), chance(3000, 250)
    (1.0, 0.384, 0.0)
    """
    from scipy.special import pdtrc

    needed = math.ceil(calls)
    return float(pdtrc(needed - 1, mean)) if needed > 0 else 1.0


def power(calls: float, mean: float) -> int:
    """A whole number k such that the ``chance`` is surely below 1 in 10**k, however small it is; 0 if none is known.

    Chernoff's bound: the chance is at most exp(calls - mean) * (mean / calls)**calls where calls > mean.

    >>> power(3000, 250), power(250, 250), power(2, 0)
    (2043, 0, 999999999)
    """
    calls = math.ceil(calls)
    if calls <= mean or calls == 0:
        return 0
    if mean == 0:
        return 999_999_999
    return max(math.ceil((calls * math.log(calls / mean) - (calls - mean)) / math.log(10) - 1e-9) - 1, 0)


def rarely(calls: float, mean: float) -> str:
    """The ``chance`` in words, in the language spoken now: a percentage, "one in ...", or less than a power of ten.

    >>> rarely(5, 5), rarely(15, 5), rarely(3000, 250)
    ('56%', 'one in 4,420', 'less than one in 10 to the power of 2,043')
    """
    if mean == 0 and calls > 0:
        return _("nil")
    share = chance(calls, mean)
    if share >= 0.01:
        return percent(share)
    if share >= RARE:
        return _("one in {times}").format(times=number(1 / share))
    return _("less than one in 10 to the power of {power}").format(power=number(power(calls, mean)))


class HotlineDemand(Experiment):
    """Calls to a new hotline: as many as were forecast, or many more; and the agents that the busiest hour takes.

    A year's ``forecast`` is spread evenly over months and over 300 days (``WORKDAYS``, an assumption). In truth
    ``multiple`` times as many calls come (Poisson, at the same rate in every month). The share ``peak`` of a day's
    calls falls into its busiest hour; how many agents this takes to answer ``share`` of the calls within ``seconds``
    follows from Erlang A (see ``crmlab.experiments.queueing``), for the forecast and for the truth.

    Source: the course's case of Dayton-Hudson, where 3,000 calls were expected in the first year, and the first month
    already far exceeded the estimate. Twelve times the forecast is the least with which a month brings a year's calls;
    it and all other defaults are assumptions. Raises InputError, naming the field, its value and its bounds.

    >>> line = HotlineDemand()
    >>> line.agents(), line.agents(forecast=True)          # twelve times the calls take three times the agents
    (3, 1)
    >>> line.days_to_know()
    1
    >>> HotlineDemand(multiple=1).days_to_know() is None
    True
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "calls": mark("calls this month"),
        "total": mark("calls so far"),
        "forecast_total": mark("calls so far, by forecast"),
    }

    forecast: float = parameter(
        3000, low=0, high=10**9, slider=(0, 20_000, 500), label=mark("calls a year, by forecast"), unit=mark("calls")
    )
    multiple: float = parameter(
        12, low=0, high=1000, slider=(0.5, 40, 0.5), label=mark("calls that come, as a multiple of the forecast"),
        unit=mark("times the forecast"),
    )  # fmt: skip
    peak: float = parameter(
        0.15, low=0, high=1, slider=(0, 0.5, 0.01), label=mark("a day's calls that come in its busiest hour"),
        unit="share",
    )  # fmt: skip
    talk: float = parameter(
        5, low=0, high=600, above=True, slider=(0.5, 15, 0.5), label=mark("time that a call takes an agent"),
        unit=mark("minutes"),
    )  # fmt: skip
    patience: float = PATIENCE
    seconds: float = SECONDS
    share: float = SHARE

    def load(self, *, forecast: bool = False) -> float:
        """Work in the busiest hour of a day, in erlang, as it comes or by forecast.

        >>> HotlineDemand().load(), HotlineDemand().load(forecast=True)
        (1.5, 0.125)
        """
        calls = self.forecast * (1 if forecast else self.multiple)
        return calls / WORKDAYS * self.peak * self.talk / 60

    def agents(self, *, forecast: bool = False) -> int:
        """The least number of agents who answer the share aimed at in time in the busiest hour; 0 if nobody calls.

        >>> HotlineDemand(forecast=0).agents()
        0
        """
        times = {"target": self.seconds / 60, "talk": self.talk, "patience": self.patience}
        return agents_needed(self.load(forecast=forecast), self.share, **times)

    def met(self) -> Waiting:
        """What the callers of the busiest hour meet if the agents are those that the forecast takes.

        >>> round(HotlineDemand().met().answered, 2)
        0.29
        """
        agents = self.agents(forecast=True)
        return erlang_a(self.load(), agents, self.patience, target=self.seconds / 60, talk=self.talk)

    def days_to_know(self, level: float = 0.001) -> int | None:
        """Days of calls after which the forecast could not be held any more, if calls come as they do on average.

        The first day on which so many calls, were the forecast right, would have a chance below ``level``; None if
        there is none within the year. Whoever looks every day gives chance several tries, so ``level`` should be
        small. Raises InputError for a ``level`` that is not between 0 and 1.

        >>> HotlineDemand(multiple=1.2).days_to_know()
        26
        """
        from scipy.special import pdtrc

        level, day = believed(level), np.arange(1, WORKDAYS + 1)
        by_forecast = self.forecast / WORKDAYS * day
        come = np.floor(self.multiple * by_forecast + 1e-9)
        rare = (come > by_forecast) & (pdtrc(np.maximum(come - 1, 0), by_forecast) < level)
        return int(day[np.argmax(rare)]) if rare.any() else None

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month: ``months + 1`` rows of month, calls, total (so far) and forecast_total, from nothing on.

        >>> HotlineDemand().expected(1)
           month   calls   total  forecast_total
        0      0     0.0     0.0             0.0
        1      1  3000.0  3000.0           250.0
        """
        month = np.arange(self._ahead(months) + 1)
        each = self.forecast / YEAR
        calls = np.where(month > 0, self.multiple * each, 0.0)
        return means({"calls": calls, "total": self.multiple * each * month, "forecast_total": each * month})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """The calls of each month are Poisson.

        >>> HotlineDemand(multiple=0).simulate(months=2, seed=7)["total"].tolist()
        [0, 0, 0]
        """
        calls = rng.poisson(self.multiple * self.forecast / YEAR, (months, replicates))
        forecast = np.broadcast_to(self.forecast / YEAR * np.arange(1, months + 1)[:, np.newaxis], calls.shape)
        flows = (calls, np.cumsum(calls, axis=0), forecast)
        return histories(from_nothing(dict(zip(FLOWS, flows, strict=True))))

    def _draw(self, ax: Axes, months: int) -> None:
        month = np.arange(months + 1)
        come, told = (factor * self.forecast / YEAR * month for factor in (self.multiple, 1.0))
        low, high = nine_in_ten(come, np.sqrt(come), 0, np.inf)
        ax.fill_between(month, low, high, color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(month, come, color=BLUE, linewidth=2.2, marker="o", markersize=4)
        ax.plot(month, told, color=ORANGE, linewidth=2.2, linestyle="--", marker="s", markersize=4)
        text = _("calls that come; agents needed in the busiest hour: {agents}").format(agents=number(self.agents()))
        planned = _("calls by forecast; agents needed: {agents}").format(agents=number(self.agents(forecast=True)))
        for height, said, colour, marker in ((0.95, text, BLUE, "o"), (0.87, planned, ORANGE, "s")):
            ax.plot(0.03, height, color=colour, marker=marker, linestyle="none", transform=ax.transAxes)
            ax.text(0.05, height, said, transform=ax.transAxes, va="center", fontsize=9.5)
        ax.axhline(self.forecast, color=GREY, linestyle=":", linewidth=1.4)
        used = YEAR / self.multiple if self.multiple else math.inf
        if self.forecast and used <= months:
            text = _("a year's calls by forecast: {calls}, used up in month {month}")
        else:
            text = _("a year's calls by forecast: {calls}")
        text = text.format(calls=brief(self.forecast), month=number(math.ceil(min(used, months) - 1e-9)))
        ax.annotate(text, (max(months, 1), self.forecast), (-4, 4), textcoords="offset points", ha="right",
                    va="bottom", color=GREY, bbox=WHITE, fontsize=9)  # fmt: skip
        top = 1.15 * max(high.max(), told.max(), 1.3 * self.forecast, 1)
        ax.set(xlim=(0, max(months, 1)), ylim=(0, top), xlabel=_("month"), ylabel=_("calls so far"))
        headline(ax, _("Calls to a new hotline, as they come and by forecast"))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        told, come = self.forecast / YEAR, self.multiple * self.forecast / YEAR
        text = _(
            "The forecast says {forecast} calls a year, {told} a month; {come} a month come, which makes {total} in "
            "{span}. If the forecast were right, the chance of so many in a month would be: {chance}."
        )
        words = [text.format(
            forecast=short(self.forecast), told=count(told), come=count(come), total=count(come * months),
            span=span(months), chance=rarely(come, told),
        )]  # fmt: skip
        if days := self.days_to_know():
            text = _("One could have known by the end of open day {days}.")
            words.append(text.format(days=number(days)))
        met, needed = self.met(), self.agents()
        text = _(
            "Agents needed to answer {share} within {seconds} seconds in the busiest hour: by forecast {planned}, for "
            "the calls that come {needed}. Staffed by forecast, the hotline answers {answered} of those who call then "
            "in time, and {lost} give up."
        )
        if needed:
            words.append(text.format(
                share=percent(self.share, 1), seconds=short(self.seconds),
                planned=number(self.agents(forecast=True)), needed=number(needed),
                answered=percent(met.answered, 1), lost=percent(met.gives_up, 1),
            ))  # fmt: skip
        return prose(words)
