"""Losing and winning customers: the number that a firm has, and where it heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter
from crmlab.experiments.frames import histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, RED, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class LeakyBucket(Experiment):
    """Number of customers of a firm that loses and wins some every month.

    In a month each customer leaves with probability ``monthly_churn``, independently of the others; then the firm
    wins ``new_per_month`` customers on average (Poisson). Whoever is won this month can leave from the next. The
    number heads for ``level = new_per_month / monthly_churn``, whatever it started with.

    Leaving is binomial in the number of customers, so a simulation draws one binomial and one Poisson a month for
    the whole firm. That is exact, not an approximation, and a billion customers cost what a thousand do.

    Raises InputError, naming the field, its value and its bounds. Source: the leaky-bucket picture of marketing
    (for instance Ehrenberg's and Reichheld's books); the arithmetic is that of an immigration-death process.

    >>> firm = LeakyBucket(customers=1000, monthly_churn=0.05, new_per_month=40)
    >>> firm.expected(months=2)["customers"].tolist()
    [1000.0, 990.0, 980.5]
    >>> firm.level                    # where it heads
    800.0
    >>> LeakyBucket(customers=10, monthly_churn=1, new_per_month=0).expected(1)["customers"].tolist()
    [10.0, 0.0]
    >>> LeakyBucket(monthly_churn=5)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: monthly_churn (customers lost each month) is 5; allowed is 0 to 1.
    """

    columns: ClassVar = {
        "month": mark("month"),
        "customers": mark("number of customers"),
        "left": mark("lost this month"),
        "won": mark("won this month"),
    }

    customers: int = parameter(
        1000, low=0, high=10**12, slider=(0, 3000, 50), label=mark("customers at the start"), unit=mark("customers")
    )
    monthly_churn: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("customers lost each month"), unit="share"
    )
    new_per_month: float = parameter(
        40, low=0, high=10**12, slider=(0, 200, 5), label=mark("customers won each month"), unit=mark("customers")
    )

    @property
    def level(self) -> float:
        """Number of customers that the firm heads for; infinite where nobody leaves and some are won.

        >>> LeakyBucket(monthly_churn=0, new_per_month=1).level
        inf
        """
        if self.monthly_churn == 0:
            return float("inf") if self.new_per_month else float(self.customers)
        return self.new_per_month / self.monthly_churn

    def _means(self, months: int) -> tuple[np.ndarray, np.ndarray]:
        """For each month, the first customers that are left and the won ones that are, on average."""
        stays = (1.0 - self.monthly_churn) ** np.arange(months + 1)
        return self.customers * stays, self.new_per_month * np.concatenate([[0.0], np.cumsum(stays[:-1])])

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month in closed form: ``months + 1`` rows of month, customers, left and won.

        >>> LeakyBucket().expected(months=1)
           month  customers  left   won
        0      0     1000.0   0.0   0.0
        1      1      990.0  50.0  40.0
        """
        months = self._ahead(months)
        customers = np.add(*self._means(months))
        left = np.concatenate([[0.0], self.monthly_churn * customers[:-1]])
        won = np.where(np.arange(months + 1) > 0, self.new_per_month, 0.0)
        return means({"customers": customers, "left": left, "won": won})

    def spread(self, months: int | None = None) -> np.ndarray:
        """Standard deviation of the number of customers by month, exact: ``months + 1`` values.

        Who is left of the first customers is binomial, who is left of the won ones is Poisson, and the two are
        independent.

        >>> LeakyBucket(monthly_churn=0.5, new_per_month=0, customers=100).spread(1).tolist()
        [0.0, 5.0]
        """
        months = self._ahead(months)
        first, won = self._means(months)
        return np.sqrt(first * (1 - (1.0 - self.monthly_churn) ** np.arange(months + 1)) + won)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """One binomial and one Poisson a month for all replicates.

        >>> runs = LeakyBucket().simulate(months=24, seed=7, replicates=3)
        >>> runs.columns.tolist(), len(runs)
        (['replicate', 'month', 'customers', 'left', 'won'], 75)
        """
        customers, left, won = (np.zeros((months + 1, replicates), dtype=np.int64) for _ in range(3))
        customers[0] = self.customers
        for month in range(1, months + 1):
            left[month] = rng.binomial(customers[month - 1], self.monthly_churn)
            won[month] = rng.poisson(self.new_per_month, replicates)
            customers[month] = customers[month - 1] - left[month] + won[month]
        return histories({"customers": customers, "left": left, "won": won})

    def _range(self, months: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By month, the mean and the ends of the range in which nine runs in ten lie."""
        mean = np.add(*self._means(months))
        return mean, *nine_in_ten(mean, self.spread(months), 0, np.inf)

    def _draw(self, ax: Axes, months: int) -> None:
        month, (mean, low, high) = np.arange(months + 1), self._range(months)
        ax.fill_between(month, low, high, color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(month, mean, color=BLUE, linewidth=2.2, marker="o", markersize=3.5)
        top = 1.12 * max(high.max(), self.customers, 1)
        if self.level <= top:
            ax.axhline(self.level, color=RED, linestyle="--", linewidth=1.6)
            text = _("heads for {level}").format(level=count(self.level))
            below = mean[-1] >= self.level > 0.1 * top
            ax.annotate(text, (months, self.level), (0, -5 if below else 5), textcoords="offset points", color=RED,
                        ha="right", va="top" if below else "bottom", bbox=WHITE)  # fmt: skip
        ax.set(xlim=(0, max(months, 1)), ylim=(0, top), xlabel=_("month"), ylabel=_("number of customers"))
        headline(ax, _("Customers: the average, and where nine runs in ten lie"))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        mean, low, high = (ends[-1] for ends in self._range(months))
        text = _(
            "The firm starts with {customers} customers. Each month it loses {churn} of those it has and wins {new}. "
            "After {months} months it has {mean} on average; nine runs in ten end between {low} and {high}."
        )
        words = text.format(
            customers=number(self.customers), churn=percent(self.monthly_churn, 1), new=short(self.new_per_month),
            months=number(months), mean=count(mean), low=number(low), high=number(high),
        )  # fmt: skip
        if self.level == float("inf"):
            tail = _("Nobody leaves, so the number grows without end.")
        elif self.monthly_churn == 0:
            tail = _("Nobody leaves and nobody is won: the number stays as it is.")
        else:
            tail = _("In the long run it heads for {level}, whatever it started with.").format(level=count(self.level))
        return prose([words, tail])
