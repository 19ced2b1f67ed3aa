"""Whom to visit: what a ranking of leads is worth where visits are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real, whole
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, GREEN, GREY, RED, headline, thousands
from crmlab.language.catalogue import _, brief, count, mark, number, percent, prose

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

THOUSAND = 1000


class VisitPlan(Experiment):
    """Orders and profit of a salesperson who visits some of a month's leads, best ones first by a score.

    A potential customer has money, authority and need (the MAN rule). Each of a month's ``leads`` has each of the
    three with probability ``has_each``, independently; who has all three places an order after a visit with chance
    ``win``, and each one that is lacking multiplies the chance by ``lacking``: four classes of leads. A score ranks
    them. It has read a share ``insight`` of the leads rightly, and guesses at random about the others; so ``insight``
    is the correlation of score and true chance: 0 is chance, 1 perfect knowledge. ``visits`` leads are visited each
    month, the highest scores first; a visit costs ``visit_cost``, an order brings ``margin``.

    With r_c the chance of a lead that scores as class c (``insight`` of its class's chance, the rest the mean chance)
    and K_c the number of leads that score as c or better, binomial, the mean number of orders is
    sum over c of (r_c - r_c+1) E[min(visits, K_c)]: closed, for any number of leads. It is ``insight`` of the way from
    what random visits bring to what perfect knowledge brings. What is simulated is exact too. The months are
    independent of each other, each with new leads.

    The classes and all numbers are assumptions; MAN is a rule of sales training. Course case: dell_plane, in which one
    visit is won by courting; the model says whom to visit, not which ways of courting are fair. Raises InputError,
    naming the field, its value and its bounds.

    >>> plan = VisitPlan(leads=100, visits=20)
    >>> [round(plan.orders(20, insight), 1) for insight in (0, 0.5, 1)]              # at random, by score, perfectly
    [2.2, 4.0, 5.9]
    >>> VisitPlan(leads=0).expected(1)["orders"].tolist()
    [0.0, 0.0]
    >>> VisitPlan(insight=2)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: insight (how well the score knows the leads) is 2; allowed is 0 to 1.
    """

    horizon: ClassVar[int] = 1
    columns: ClassVar = {
        "month": mark("month"),
        "visited": mark("leads visited"),
        "orders": mark("orders"),
        "profit": mark("profit of the visits (yuan)"),
    }

    leads: int = parameter(200, low=0, high=10**9, slider=(0, 500, 5), label=mark("leads a month"), unit=mark("leads"))
    visits: int = parameter(
        60, low=0, high=10**9, slider=(0, 500, 5), label=mark("visits a month"), unit=mark("visits")
    )
    insight: float = parameter(
        0.6, low=0, high=1, slider=(0, 1, 0.05), label=mark("how well the score knows the leads"), unit="share"
    )
    has_each: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.05), label=mark("leads that have money (or authority, or need)"),
        unit="share",
    )  # fmt: skip
    win: float = parameter(
        0.4, low=0, high=1, slider=(0, 1, 0.05), label=mark("chance of an order where none of the three is lacking"),
        unit="share",
    )  # fmt: skip
    lacking: float = parameter(
        0.3, low=0, high=1, slider=(0, 1, 0.05), label=mark("of the chance is left for each that is lacking"),
        unit="share",
    )  # fmt: skip
    margin: float = parameter(
        5000, low=0, high=10**9, slider=(0, 20_000, 500), label=mark("margin of an order"), unit=mark("yuan")
    )
    visit_cost: float = parameter(
        600, low=0, high=10**9, slider=(0, 3000, 50), label=mark("cost of a visit"), unit=mark("yuan")
    )

    @property
    def _chances(self) -> np.ndarray:
        """Chance of an order by class: with all three, with two, one, none."""
        return self.win * np.power(float(self.lacking), [0, 1, 2, 3])

    @property
    def _classes(self) -> np.ndarray:
        """Share of the leads in each class."""
        has, lacks = self.has_each, 1 - self.has_each
        return np.array([has**3, 3 * has**2 * lacks, 3 * has * lacks**2, lacks**3])

    @property
    def mean_chance(self) -> float:
        """Chance that a lead visited at random places an order: win * (has_each + (1 - has_each) * lacking)^3.

        >>> round(VisitPlan().mean_chance, 3)
        0.11
        """
        return self.win * (self.has_each + (1 - self.has_each) * self.lacking) ** 3

    @property
    def auc(self) -> float:
        """Chance that of a lead that orders and one that does not the first has the higher score (ties count half).

        Even perfect knowledge of the chances stays below 1: who has a chance of 40% still says no more often than yes.

        >>> round(VisitPlan(insight=0).auc, 2), round(VisitPlan(insight=1).auc, 2)
        (0.5, 0.78)
        """
        share, chance = self._classes, self._chances
        won, lost = share * chance, share * (1 - chance)
        if won.sum() == 0 or lost.sum() == 0:
            return 0.5
        won, lost = won / won.sum(), lost / lost.sum()
        below = 1 - np.cumsum(lost) + lost / 2
        return 0.5 + self.insight * max(float(won @ below) - 0.5, 0.0)

    def _scored(self, insight: float | None) -> np.ndarray:
        """Chance of an order by the class that the score says."""
        known = self.insight if insight is None else real("insight", insight, 0, 1)
        return known * self._chances + (1 - known) * self.mean_chance

    def orders(self, visits: int | np.ndarray | None = None, insight: float | None = None) -> float | np.ndarray:
        """Mean orders of a month with so many ``visits`` and such ``insight``; the experiment's own unless told.

        Visits may be an array of whole numbers. More visits than leads bring no more.

        >>> VisitPlan(leads=100).orders(np.array([0, 100, 200]), insight=1).round(6).tolist()
        [0.0, 10.985, 10.985]
        """
        visits = self._made(visits)
        scored = self._scored(insight)
        steps = scored - np.append(scored[1:], 0.0)
        found = sum(
            step * _at_most(visits, self.leads, share)
            for step, share in zip(steps, np.minimum(np.cumsum(self._classes), 1.0), strict=True)
        )
        return float(found) if np.ndim(found) == 0 else found

    def _made(self, visits: int | np.ndarray | None) -> int | np.ndarray:
        """The visits that are made: no more than there are leads."""
        if not isinstance(visits, np.ndarray):
            visits = self.visits if visits is None else whole("visits", visits, 0, 10**9)
        return np.minimum(visits, self.leads)

    def profit(self, visits: int | np.ndarray | None = None, insight: float | None = None) -> float | np.ndarray:
        """Mean profit of a month's visits, in yuan: margin of the orders less the cost of the visits.

        >>> VisitPlan(leads=10, has_each=1, win=0.5, margin=100, visit_cost=20).profit(4)
        120.0
        """
        brought = self.margin * self.orders(visits, insight) - self.visit_cost * self._made(visits)
        return float(brought) if np.ndim(brought) == 0 else brought

    def best_visits(self, insight: float | None = None) -> int:
        """The number of visits that brings the most profit with such ``insight``; of several the smallest.

        Each further visit brings no more than the one before, so one visits as long as it brings more than it costs.

        >>> VisitPlan(visit_cost=0).best_visits(), VisitPlan(visit_cost=10**6).best_visits()
        (200, 0)
        >>> VisitPlan(leads=200).best_visits(insight=1) < VisitPlan(leads=200, visit_cost=100).best_visits(insight=1)
        True
        """
        low, high = 0, self.leads
        while low < high:
            middle = (low + high + 1) // 2
            if self.margin * self._last(middle, insight) > self.visit_cost:
                low = middle
            else:
                high = middle - 1
        return low

    def _last(self, visits: int, insight: float | None) -> float:
        """Mean orders that the last of so many visits brings."""
        from scipy.special import betainc

        scored, share = self._scored(insight), np.minimum(np.cumsum(self._classes), 1.0)
        share[-1] = 1.0  # all leads score as some class
        steps = scored - np.append(scored[1:], 0.0)
        return float(steps @ betainc(visits, self.leads - visits + 1, share))

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, in closed form: ``months + 1`` rows, nothing in month 0.

        Columns: month; visited (leads); orders; profit (yuan).

        >>> VisitPlan(leads=10, visits=4, has_each=1, win=0.5, margin=100, visit_cost=20).expected(1).iloc[1].tolist()
        [1.0, 4.0, 2.0, 120.0]
        """
        visited = float(min(self.visits, self.leads))
        return steady({"visited": visited, "orders": self.orders(), "profit": self.profit()}, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """How many leads score as each class is multinomial; they are visited from the top, and of those visited in a
        class the orders are binomial: exact, whatever the number of leads.

        >>> runs = VisitPlan().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), runs["visited"].unique().tolist()
        (26, [0, 60])
        """
        shape = (months, replicates)
        left, rest = np.full(shape, self.leads), 1.0
        visits = np.full(shape, min(self.visits, self.leads))
        orders = np.zeros(shape, dtype=np.int64)
        for share, chance in zip(self._classes, self._scored(None), strict=True):
            here = rng.binomial(left, min(share / rest, 1.0) if rest > 1e-15 else 1.0)
            seen = np.minimum(here, visits)
            orders += rng.binomial(seen, min(chance, 1.0))
            left, visits, rest = left - here, visits - seen, rest - share
        orders += rng.binomial(visits, min(float(self._scored(None)[-1]), 1.0))  # by rounding, some leads in no class
        visited = np.full(shape, min(self.visits, self.leads))
        profit = float(self.margin) * orders - float(self.visit_cost) * visited
        return histories(from_nothing({"visited": visited, "orders": orders, "profit": profit}))

    def _draw(self, ax: Axes, months: int) -> None:
        visits = np.unique(np.linspace(0, self.leads, 201).astype(np.int64))
        lines = [
            (1.0, GREEN, "--", _("perfect knowledge")),
            (None, BLUE, "-", _("by the score")),
            (0.0, GREY, ":", _("at random")),
        ]
        lowest, highest = 0.0, 0.0
        for insight, colour, style, label in lines:
            profit = self.profit(visits, insight) / THOUSAND
            ax.plot(visits, profit, color=colour, linestyle=style, linewidth=2.2, label=label)
            lowest, highest = min(lowest, profit.min()), max(highest, profit.max())
        room = max(highest - lowest, 0.001)
        best, here = self.best_visits(), min(self.visits, self.leads)
        ax.axhline(0, color=GREY, linewidth=0.8)
        dot = {"linestyle": "none", "zorder": 4, "clip_on": False}
        ax.plot(best, self.profit(best) / THOUSAND, color=RED, marker="*", markersize=14,
                label=_("most with the score: {visits} visits").format(visits=brief(best)), **dot)  # fmt: skip
        ax.plot(here, self.profit() / THOUSAND, color=BLUE, marker="o", markersize=8,
                label=_("your plan: {visits} visits").format(visits=brief(here)), **dot)  # fmt: skip
        ax.set(xlim=(0, max(self.leads, 1)), ylim=(lowest - 0.05 * room, highest + 0.55 * room))
        ax.set(xlabel=_("leads visited in a month, best ones first"), ylabel=_("profit a month (thousand yuan)"))
        ax.legend(loc="upper left", ncols=2, framealpha=0.8, edgecolor="none", fontsize=9)
        headline(ax, _("What a month's visits bring, by how many of {leads} leads are visited").format(
            leads=brief(self.leads)))  # fmt: skip
        thousands(ax)
        thousands(ax, "x")

    def _words(self, months: int) -> str:
        here, best = min(self.visits, self.leads), self.best_visits()
        text = _(
            "Of {leads} leads a month {visits} are visited. At random that brings {chance} orders on average, by the "
            "score {orders}, with perfect knowledge {perfect}: the score goes {insight} of the way. Of a lead that "
            "orders and one that does not, it ranks the first higher in {auc} of all cases."
        )
        words = [text.format(
            leads=number(self.leads), visits=number(here), chance=count(self.orders(insight=0)),
            orders=count(self.orders()), perfect=count(self.orders(insight=1)), insight=percent(self.insight, 1),
            auc=percent(self.auc, 1),
        )]  # fmt: skip
        text = _("The visits bring {profit} yuan a month after cost.")
        words.append(text.format(profit=number(self.profit())))
        if best == 0:
            words.append(_("With this score no visit brings what it costs: the best number of visits is none."))
        elif best == here:
            words.append(_("With this score that is the best number of visits."))
        else:
            text = _("Most with this score, {most} yuan, would come of {best} visits.")
            words.append(text.format(most=number(self.profit(best)), best=number(best)))
        gain = self.profit(self.best_visits(1.0), 1.0) - self.profit(best)
        text = _("To know the leads perfectly would be worth {gain} yuan a month more; no better score can bring more.")
        words.append(text.format(gain=number(max(gain, 0.0))))
        return prose(words)


def _at_most(visits: int | np.ndarray, leads: int, share: float) -> np.ndarray:
    """E[min(visits, K)] for K binomial in ``leads`` with ``share``: how many of the best are visited."""
    from scipy.special import betainc

    visits = np.asarray(visits, dtype=float)
    if share >= 1:
        return np.minimum(visits, leads)
    if share <= 0 or leads == 0:
        return np.zeros_like(visits)
    inner = np.clip(visits, 1, leads)  # the parameters of betainc must be above 0
    all_found = betainc(inner, leads - inner + 1.0, share)  # K >= visits
    fewer = 1 - betainc(np.maximum(inner - 1, 0.5), leads - inner + 1.0, share)  # K' <= visits - 2, of leads - 1
    fewer = np.where(inner == 1, 0.0, fewer)
    return np.where(visits <= 0, 0.0, leads * share * fewer + inner * all_found)
