"""One budget, two uses: winning new customers or keeping those at hand, and where the next yuan does more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter
from crmlab.experiments.frames import YEAR, histories, means
from crmlab.experiments.picture import BLUE, GREY, RED, WHITE, headline, thousands
from crmlab.language.catalogue import _, mark, number, percent, prose

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MILLION = 1_000_000
SHARES = np.arange(1001) / 1000
"""The splits among which the best one is looked for: steps of a tenth of a percentage point."""


class AcquisitionVersusRetention(Experiment):
    """Profit over some years, in yuan, of a firm that splits a budget between winning customers and keeping them.

    The firm starts with ``CUSTOMERS`` = 1,000 customers. Left alone, ``churn`` of them leave in a year. Effort can hold
    up to ``savable`` of those who would leave, and wins up to ``WINNABLE`` = 300 new customers a year. Both returns
    diminish as Blattberg and Deighton (1996) have it, ceiling * (1 - exp(-k * spending)):

    - winning: 300 * (1 - exp(-spent / (300 * winning_cost))) new customers a year, so the first one costs
      ``winning_cost``, and each further one more;
    - keeping: retention = 1 - churn + churn * savable * (1 - exp(-spent on each / keeping_cost)), with
      ``keeping_cost = winning_cost / cost_ratio``, what a year's care for one customer costs. The folklore's "keeping
      costs a fifth" is read so. Nobody knows beforehand who would leave, so the care goes to all: one customer *saved*
      costs ``cost_of_saved = keeping_cost / (churn * savable)`` at the least, which may be more than a new one.

    ``budget`` and ``keeping`` fix the spending of the first year. Later years spend the same on winning and the same on
    each customer that is there, so the sum moves with the number of customers, and the model stays linear: means and
    simulation are exact. Every year ends with the margins: ``margin`` from each customer kept, and from each one won
    in this year 1 / ``replacement`` of it ("the loss of one is made good only by ten new ones"); who stays is an old
    customer from then on. Profit is margins less spending, not discounted, and what customers are worth after the
    last year does not count: a short look ahead makes both uses look worse than they are.

    The form is theirs; the numbers are assumptions, and the claims' figures (5 to 6 times, 10 for 1, 10,000 yuan) are
    folklore to be tried. The step is a year: a row for each full year within ``months``, at month 12 * year.

    Raises InputError, naming the field, its value and its bounds. Source: Blattberg and Deighton (1996), Manage
    marketing by the customer equity test, Harvard Business Review 74(4); claims acquisition_cost_ratio,
    replacement_ratio, acquisition_cost_example.

    >>> firm = AcquisitionVersusRetention(winning_cost=10000, cost_ratio=5, churn=0.3, savable=0.5)
    >>> round(firm.keeping_cost), round(firm.cost_of_saved)      # a fifth; yet one saved is dearer than one won
    (2000, 13333)
    >>> AcquisitionVersusRetention(churn=0).best_share()         # nobody leaves: nothing to keep
    0.0
    >>> AcquisitionVersusRetention(keeping=60)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: keeping (part of the budget spent on keeping) is 60; allowed is 0 to 1.
    """

    horizon: ClassVar[int] = 120
    CUSTOMERS: ClassVar[int] = 1000
    WINNABLE: ClassVar[int] = 300
    columns: ClassVar = {
        "month": mark("month"),
        "year": mark("year"),
        "customers": mark("customers at the end"),
        "kept": mark("kept"),
        "won": mark("won"),
        "spent": mark("spent (yuan)"),
        "profit": mark("profit of the year (yuan)"),
        "total": mark("profit so far (yuan)"),
    }

    budget: float = parameter(
        2_000_000, low=0, high=10**12, slider=(0, 6_000_000, 100_000), label=mark("budget of the first year"),
        unit=mark("yuan"),
    )  # fmt: skip
    keeping: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.01), label=mark("part of the budget spent on keeping"), unit="share"
    )
    margin: float = parameter(
        6000, low=0, high=10**12, slider=(0, 20000, 500), label=mark("margin a customer brings in a year"),
        unit=mark("yuan"),
    )  # fmt: skip
    churn: float = parameter(
        0.3, low=0, high=1, slider=(0, 1, 0.01), label=mark("customers who leave in a year if left alone"), unit="share"
    )
    savable: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.01), label=mark("part of those leaving that effort can hold"), unit="share"
    )
    winning_cost: float = parameter(
        10_000, low=1, high=10**12, slider=(500, 20_000, 500), label=mark("cost of the first customer won"),
        unit=mark("yuan"),
    )  # fmt: skip
    cost_ratio: float = parameter(
        5, low=0.01, high=1000, slider=(1, 20, 0.5), label=mark("winning costs so many times keeping"),
        unit=mark("times"),
    )  # fmt: skip
    replacement: float = parameter(
        1, low=1, high=1000, slider=(1, 10, 1), label=mark("new customers whose first year equals an old one's"),
        unit=mark("customers"),
    )  # fmt: skip

    @property
    def keeping_cost(self) -> float:
        """What a year's care for one customer costs, in yuan: it brings 63% of what care can bring at all.

        >>> AcquisitionVersusRetention(winning_cost=6000, cost_ratio=6).keeping_cost
        1000.0
        """
        return self.winning_cost / self.cost_ratio

    @property
    def cost_of_saved(self) -> float:
        """What the first customer costs who stays because of the effort, in yuan; infinite where nobody can be held.

        >>> AcquisitionVersusRetention(savable=0).cost_of_saved
        inf
        """
        held = self.churn * self.savable
        return self.keeping_cost / held if held > 0 else math.inf

    @property
    def ratio_needed(self) -> float:
        """From what ``cost_ratio`` on the first one saved is cheaper than the first one won: 1 / (churn * savable).

        >>> round(AcquisitionVersusRetention(churn=0.3, savable=0.5).ratio_needed, 2)
        6.67
        """
        held = self.churn * self.savable
        return 1 / held if held > 0 else math.inf

    @property
    def retention(self) -> float:
        """Share of the customers who stay from one year to the next, with the effort made.

        >>> AcquisitionVersusRetention(keeping=0, churn=0.3).retention
        0.7
        """
        return float(self._plan(np.array([self.keeping]))[0][0])

    @property
    def won_per_year(self) -> float:
        """Mean number of customers won in a year, with the effort made.

        >>> AcquisitionVersusRetention(keeping=1).won_per_year
        0.0
        """
        return float(self._plan(np.array([self.keeping]))[1][0])

    def new_for_old(self, months: int | None = None) -> float:
        """How many customers won bring as much margin within ``months`` as one kept, both counted from year 1's end.

        A customer won is an old one from the second year on, if still there: so the claim's ten shrink as one looks
        further ahead. At least a full year is counted.

        >>> firm = AcquisitionVersusRetention(replacement=10, keeping=0, churn=0.3)
        >>> [round(firm.new_for_old(months), 2) for months in (12, 24, 120)]
        [10.0, 2.12, 1.38]
        """
        years = max(self._ahead(months) // YEAR, 1)
        later = float(np.sum(self.retention ** np.arange(1, years)))
        return (1 + later) / (1 / self.replacement + later)

    def _plan(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """For each share spent on keeping: retention, customers won a year, spent on each customer, on winning."""
        each, winning = share * self.budget / self.CUSTOMERS, (1 - share) * self.budget
        left = self.churn * (1 - self.savable * -np.expm1(-each / self.keeping_cost))
        won = self.WINNABLE * -np.expm1(-winning / (self.WINNABLE * self.winning_cost))
        return 1 - left, won, each, winning

    def _means(self, share: np.ndarray, years: int) -> tuple[np.ndarray, ...]:
        """Means by year (rows) and share spent on keeping (columns): customers, kept, won, spent, profit."""
        stays, new, each, winning = self._plan(share)
        customers, kept, won, spent = (np.zeros((years + 1, share.size)) for _ in range(4))
        customers[0] = self.CUSTOMERS
        for year in range(1, years + 1):
            kept[year], won[year] = customers[year - 1] * stays, new
            spent[year] = customers[year - 1] * each + winning
            customers[year] = kept[year] + won[year]
        return customers, kept, won, spent, self.margin * (kept + won / self.replacement) - spent

    def profits(self, months: int | None = None) -> np.ndarray:
        """Mean profit over ``months`` for 1,001 splits, from nothing to all of the budget on keeping, in yuan.

        >>> AcquisitionVersusRetention().profits(120).shape
        (1001,)
        """
        return self._means(SHARES, self._ahead(months) // YEAR)[-1].sum(axis=0)

    def best_share(self, months: int | None = None) -> float:
        """The part of the budget on keeping that brings the most profit over ``months``, to a tenth of a point.

        Of several that do equally well the smallest is given.

        >>> AcquisitionVersusRetention(cost_ratio=1).best_share(), AcquisitionVersusRetention(savable=0).best_share()
        (0.0, 0.0)
        """
        return float(SHARES[np.argmax(self.profits(months))])

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by year, exact: a row for each full year within ``months``, with year 0 for the start.

        Columns: month (12 * year), year, customers (at the year's end), kept, won, and in yuan spent, profit, total
        (profit added up).

        >>> AcquisitionVersusRetention(budget=0, churn=0.5, margin=100).expected(months=24)[["year", "customers", "total"]]
           year  customers    total
        0     0     1000.0      0.0
        1     1      500.0  50000.0
        2     2      250.0  75000.0
        """  # noqa: E501
        by_year = self._means(np.array([self.keeping]), self._ahead(months) // YEAR)
        customers, kept, won, spent, profit = (mean[:, 0] for mean in by_year)
        columns = {"customers": customers, "kept": kept, "won": won, "spent": spent, "profit": profit}
        return means({**columns, "total": np.cumsum(profit)}, YEAR)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Who is kept is binomial, who is won is Poisson, both exact.

        >>> runs = AcquisitionVersusRetention().simulate(months=120, seed=7, replicates=3)
        >>> runs.columns.tolist(), len(runs)
        (['replicate', 'month', 'year', 'customers', 'kept', 'won', 'spent', 'profit', 'total'], 33)
        """
        years = months // YEAR
        stays, new, each, winning = (float(value[0]) for value in self._plan(np.array([self.keeping])))
        customers, kept, won = (np.zeros((years + 1, replicates), dtype=np.int64) for _ in range(3))
        spent = np.zeros((years + 1, replicates))
        customers[0] = self.CUSTOMERS
        for year in range(1, years + 1):
            kept[year] = rng.binomial(customers[year - 1], stays)
            won[year] = rng.poisson(new, replicates)
            spent[year] = customers[year - 1] * each + winning
            customers[year] = kept[year] + won[year]
        profit = self.margin * (kept + won / self.replacement) - spent
        columns = {"customers": customers, "kept": kept, "won": won, "spent": spent, "profit": profit}
        return histories({**columns, "total": np.cumsum(profit, axis=0)}, YEAR)

    def _draw(self, ax: Axes, months: int) -> None:
        profits, years = self.profits(months) / MILLION, months // YEAR
        here = float(self._means(np.array([self.keeping]), years)[-1].sum()) / MILLION
        best = int(np.argmax(profits))
        room = 0.2 * max(float(np.ptp(profits)), 0.5)
        bottom, top = profits.min() - room, profits.max() + room
        ax.plot(100 * SHARES, profits, color=BLUE, linewidth=2.2)
        if not _alike(profits):
            ax.plot(100 * SHARES[best], profits[best], color=RED, marker="*", markersize=14, linestyle="none",
                    zorder=4, clip_on=False)  # fmt: skip
            text = _("most: {share} on keeping").format(share=percent(SHARES[best], 1))
            self._label(ax, text, 100 * SHARES[best], profits[best], 10, RED)
        at = 100 * self.keeping
        ax.plot(at, here, color=GREY, marker="o", markersize=8, linestyle="none", zorder=5, clip_on=False)
        ax.vlines(at, bottom, here, color=GREY, linestyle=":", linewidth=1.4)
        self._label(ax, _("your split: {profit}").format(profit=number(here, 1)), at, bottom, 4, GREY)
        ax.set(xlim=(0, 100), ylim=(bottom, top))
        ax.set_xlabel(_("part of the budget spent on keeping (%); the rest goes on winning"))
        ax.set_ylabel(_("million yuan"))
        headline(ax, _("Profit over {years} years, by how the budget is split").format(years=number(years)))
        thousands(ax)

    @staticmethod
    def _label(ax: Axes, text: str, x: float, y: float, above: int, colour: str) -> None:
        """A word above a point, kept inside the picture at both ends."""
        side, shift = ("left", 5) if x < 25 else ("right", -5) if x > 75 else ("center", 0)
        ax.annotate(text, (x, y), (shift, above), textcoords="offset points", color=colour, ha=side, bbox=WHITE)

    def _words(self, months: int) -> str:
        years, profits = months // YEAR, self.profits(months)
        best = int(np.argmax(profits))
        here = float(self._means(np.array([self.keeping]), years)[-1].sum())
        text = _(
            "Of {budget} yuan in the first year, {share} goes on keeping: {retention} of the customers stay each year, "
            "{won} are won, and {years} years bring {profit} million yuan."
        )
        words = [
            text.format(
                budget=number(self.budget),
                share=percent(self.keeping, 1),
                retention=percent(self.retention, 1),
                won=number(self.won_per_year),
                years=number(years),
                profit=number(here / MILLION, 1),
            )
        ]
        if self.cost_of_saved == math.inf:
            words.append(_("Nobody who leaves can be held, so there is nothing to keep."))
        else:
            text = _(
                "Care for one customer costs {care} yuan a year, but it goes to all, so the first one saved costs "
                "{saved}; the first one won costs {won}."
            )
            care, saved, won = number(self.keeping_cost), number(self.cost_of_saved), number(self.winning_cost)
            words.append(text.format(care=care, saved=saved, won=won))
        most = {"most": number(profits[best] / MILLION, 1), "share": percent(SHARES[best], 1)}
        if _alike(profits):
            text = _("How the budget is split makes no difference here.")
        elif best == 0:
            text = _("Most, {most} million, comes of spending all on winning: here keeping is not the better use.")
        elif best == len(SHARES) - 1:
            text = _("Most, {most} million, comes of spending all on keeping.")
        else:
            text = _("Most, {most} million, comes of spending {share} on keeping and the rest on winning.")
        words.append(text.format(**most))
        if self.budget:
            idle = float(self.model_copy(update={"budget": 0})._means(SHARES[:1], years)[-1].sum())
            text = _("Spending nothing at all would bring {idle} million.")
            words.append(text.format(idle=number(idle / MILLION, 1)))
        return prose(words)


def _alike(profits: np.ndarray) -> bool:
    """Whether all splits bring the same, but for rounding."""
    return bool(np.ptp(profits) <= 1e-9 * max(float(np.abs(profits).max()), 1))
