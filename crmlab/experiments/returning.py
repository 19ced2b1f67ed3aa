"""Returning customers: what it does to revenue if a share of the buyers come back, and how long it takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, parameter, real, whole
from crmlab.experiments.frames import histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREY, RED, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, mark, number, percent, prose, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MULTIPLES = (1, 10**6)
"""What a revenue multiple may be."""
NEARLY = 1e-9
"""How close to a multiple counts as reaching it: for sums such as 1 + 20 * 0.05."""


class ReturningCustomers(Experiment):
    """Revenue of a firm by month, in multiples of the first month's, if part of the buyers come back every month.

    Every month ``buyers`` customers on average (Poisson) buy for the first time, and ``share`` of them become
    returning customers; the others never come again. Who returns buys from the month after the first purchase on, each
    month as much as ``pace`` one-time purchases. From each of these months to the next a returning customer leaves
    with probability ``churn``; nobody leaves before having come back once. Month 1 is the first month of it all, so
    its revenue is 1, and in month m it is

        multiple = 1 + share * pace * (1 - (1 - churn)**(m - 1)) / churn        (1 + share * pace * (m - 1) at churn 0)

    It rises to ``ceiling = 1 + share * pace / churn``. A returning customer is worth ``worth = 1 + pace / churn``
    one-time purchases in all, the first one included, so ceiling = 1 + share * (worth - 1). That is also the one-off
    reading, in which a given crowd of buyers is counted once, however long it takes: 1 + share * (further purchases).

    ``target`` is the multiple that one asks for; it changes the picture and the words, and no number of the table.
    The inflow stays the same and returning customers take nothing from it: both are assumptions. Revenue is not
    profit: Reichheld and Sasser (1990) speak of the profit that five percentage POINTS more retention bring.

    Source: the course's claims "5% of customers returning doubles revenue" (share, target) and "a loyal customer's
    purchases are worth 10 one-time ones" (worth), both folklore; buyers, churn and pace are assumptions. The counts
    are those of an immigration-death process. Raises InputError, naming the field, its value and its bounds.

    >>> [ReturningCustomers(churn=churn).month_of(2) for churn in (0, 0.01, 0.03, 0.05)]
    [21.0, 24.0, 32.0, inf]
    >>> firm = ReturningCustomers(churn=1 / 9)             # worth 10 purchases in all
    >>> round(firm.worth, 9), round(firm.ceiling, 9)
    (10.0, 1.45)
    >>> ReturningCustomers(share=5)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: share (first-time buyers who return) is 5; allowed is 0 to 1.
    """

    horizon: ClassVar[int] = 36
    columns: ClassVar = {
        "month": mark("month"),
        "new": mark("first-time buyers"),
        "returning": mark("returning buyers"),
        "revenue": mark("revenue (in one-time purchases)"),
        "multiple": mark("times the first month's revenue"),
    }

    buyers: float = parameter(
        10_000, low=0, high=10**9, slider=(0, 20_000, 100), label=mark("first-time buyers a month"),
        unit=mark("customers"),
    )  # fmt: skip
    share: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("first-time buyers who return"), unit="share"
    )
    churn: float = parameter(
        0.03, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("returning customers lost each month"), unit="share"
    )
    pace: float = parameter(
        1, low=0, high=1000, slider=(0, 4, 0.1), label=mark("what a returning customer buys a month"),
        unit=mark("one-time purchases"),
    )  # fmt: skip
    target: float = parameter(
        2, low=1, high=10**6, slider=(1.1, 5, 0.1), label=mark("revenue asked for"),
        unit=mark("times the first month's"),
    )  # fmt: skip

    @property
    def worth(self) -> float:
        """What a returning customer buys in all, in one-time purchases, the first one included; infinite at churn 0.

        >>> ReturningCustomers(churn=0.25).worth, ReturningCustomers(churn=0).worth
        (5.0, inf)
        """
        return 1.0 + (_ratio(self.pace, self.churn) if self.pace else 0.0)

    @property
    def ceiling(self) -> float:
        """The multiple to which revenue rises in the long run; infinite where nobody who returns ever leaves.

        >>> ReturningCustomers(churn=0.05).ceiling, ReturningCustomers(share=0).ceiling
        (2.0, 1.0)
        """
        gain = self.share * self.pace
        return 1.0 + (_ratio(gain, self.churn) if gain else 0.0)

    def month_of(self, multiple: float | None = None) -> float:
        """The first month whose mean revenue is at least ``multiple`` (default: ``target``); infinite if none is.

        In closed form: 1 + log(1 - (multiple - 1) * churn / (share * pace)) / log(1 - churn), rounded up.

        >>> ReturningCustomers().month_of(1), ReturningCustomers().month_of(100)
        (1.0, inf)
        """
        wanted = self._wanted(multiple) - 1
        gain = self.share * self.pace
        if wanted == 0:
            return 1.0
        if gain == 0:
            return math.inf
        steps = wanted / gain  # months without churn
        if self.churn == 1:
            return 2.0 if steps <= 1 + NEARLY else math.inf
        if self.churn:
            if steps * self.churn >= 1 - 1e-12:
                return math.inf
            steps = math.log1p(-steps * self.churn) / math.log1p(-self.churn)
        return 1.0 + max(math.ceil(steps - NEARLY * max(steps, 1)), 1)

    def extra_needed(self, multiple: float | None = None) -> float:
        """The one-off reading: further purchases that each returning customer must make for ``multiple``.

        (multiple - 1) / share, whenever they are made; infinite where nobody returns.

        >>> ReturningCustomers(share=0.05).extra_needed(2)
        20.0
        """
        wanted = self._wanted(multiple) - 1
        return round(_ratio(wanted, self.share), 9) if wanted else 0.0

    def share_needed(self, multiple: float | None = None, month: int | None = None) -> float:
        """Share of the first-time buyers that must return for ``multiple`` in ``month``, or in the long run (None).

        More than 1 means that not even all of them would do; infinite where no share does.

        >>> firm = ReturningCustomers(churn=0.05)
        >>> firm.share_needed(2), round(firm.share_needed(2, month=12), 3)
        (0.05, 0.116)
        >>> firm.share_needed(2, month=1)                 # in the first month nobody has returned yet
        inf
        """
        wanted = self._wanted(multiple) - 1
        if wanted == 0:
            return 0.0
        if month is None:
            each = _ratio(self.pace, self.churn) if self.pace else 0.0
        else:
            each = self.pace * float(self._stock(np.array([whole("month", month, 1, MONTHS[1])]))[0])
        return _ratio(wanted, each)

    def churn_allowed(self, multiple: float | None = None) -> float:
        """The monthly churn that revenue must stay below to pass ``multiple`` some day: share * pace / (multiple - 1).

        Infinite for a multiple of 1, which needs nobody to return.

        >>> ReturningCustomers().churn_allowed(2)
        0.05
        """
        return _ratio(self.share * self.pace, self._wanted(multiple) - 1)

    def _wanted(self, multiple: Any) -> float:
        return real("multiple", self.target if multiple is None else multiple, *MULTIPLES)

    def _stock(self, month: np.ndarray) -> np.ndarray:
        """Returning customers in each month, for each that a month's buyers yield: 0 in month 0 and 1."""
        steps = np.maximum(month - 1, 0).astype(float)
        if self.churn == 0:
            return steps
        if self.churn == 1:
            return np.minimum(steps, 1)
        return -np.expm1(steps * math.log1p(-self.churn)) / self.churn

    def _multiples(self, months: int) -> tuple[np.ndarray, np.ndarray]:
        """For months 1 to ``months``, mean and standard deviation of the revenue multiple (0 where nobody buys)."""
        stock = self.share * self._stock(np.arange(1, months + 1))
        if self.buyers == 0:
            return np.zeros(months), np.zeros(months)
        return 1 + self.pace * stock, np.sqrt((1 + self.pace**2 * stock) / self.buyers)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month in closed form: ``months + 1`` rows, zeros in month 0, before it begins.

        Columns: month; new and returning (customers who buy); revenue (new + pace * returning, in one-time
        purchases); multiple (revenue over ``buyers``; 0 where nobody buys).

        >>> ReturningCustomers(buyers=100, share=0.5, churn=0.5).expected(months=3)
           month    new  returning  revenue  multiple
        0      0    0.0        0.0      0.0      0.00
        1      1  100.0        0.0    100.0      1.00
        2      2  100.0       50.0    150.0      1.50
        3      3  100.0       75.0    175.0      1.75
        """
        month = np.arange(self._ahead(months) + 1)
        new = np.where(month > 0, float(self.buyers), 0.0)
        returning = self.buyers * self.share * self._stock(month)
        multiple = np.where(month > 0, 1 + self.share * self.pace * self._stock(month), 0.0)
        revenue = new + self.pace * returning
        multiple = multiple if self.buyers else np.zeros(len(month))
        return means({"new": new, "returning": returning, "revenue": revenue, "multiple": multiple})

    def spread(self, months: int | None = None) -> np.ndarray:
        """Standard deviation of ``multiple`` by month, exact: ``months + 1`` values.

        Thinned Poisson numbers are Poisson and independent: variance (1 + pace**2 * returning / buyers) / buyers.

        >>> ReturningCustomers(buyers=100, share=1, churn=1).spread(2).round(4).tolist()
        [0.0, 0.1, 0.1414]
        """
        return np.concatenate([[0.0], self._multiples(self._ahead(months))[1]])

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """New buyers are Poisson; who of them returns, and who of the returning stays, is binomial: exact. ``multiple``
        is over the mean first month, ``buyers``, not over the first month drawn.

        >>> runs = ReturningCustomers(share=1, churn=0).simulate(months=3, seed=7)
        >>> bool((runs["returning"].diff()[2:] == runs["new"].shift()[2:]).all())        # nobody is lost
        True
        """
        new, returning = (np.zeros((months + 1, replicates), dtype=np.int64) for _ in range(2))
        for month in range(1, months + 1):
            new[month] = rng.poisson(self.buyers, replicates)
            stay = rng.binomial(returning[month - 1], 1 - self.churn)
            returning[month] = stay + rng.binomial(new[month - 1], self.share)
        revenue = new + self.pace * returning.astype(float)
        multiple = revenue / self.buyers if self.buyers else np.zeros(revenue.shape)
        return histories({"new": new, "returning": returning, "revenue": revenue, "multiple": multiple})

    def _draw(self, ax: Axes, months: int) -> None:
        months = max(months, 1)
        month, (mean, spread) = np.arange(1, months + 1), self._multiples(months)
        low, high = nine_in_ten(mean, spread, 0, np.inf)
        ax.fill_between(month, low, high, color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(month, mean, color=BLUE, linewidth=2.2, marker="o", markersize=3.5)
        top = 1.18 * max(high.max(), self.target, 1)
        ax.axhline(self.target, color=RED, linestyle="--", linewidth=1.6)
        reached = self.month_of() if self.buyers else math.inf
        multiple = _times(self.target)
        if reached == math.inf:
            text = _("{multiple} times: never").format(multiple=multiple)
        else:
            text = _("{multiple} times: in month {month}").format(multiple=multiple, month=number(reached))
        say = {"textcoords": "offset points", "bbox": WHITE}
        right = months + 0.02 * months
        if reached > 0.45 * months:
            ax.annotate(text, (1, self.target), (6, 4), color=RED, ha="left", va="bottom", **say)
        else:  # the curve is above it at the right
            below = self.target > 0.12 * top
            ax.annotate(text, (right, self.target), (-3, -5 if below else 4), color=RED, ha="right",
                        va="top" if below else "bottom", **say)  # fmt: skip
        if reached <= months:
            ax.plot(reached, mean[int(reached) - 1], color=RED, marker="*", markersize=14, linestyle="none", zorder=4,
                    clip_on=False)  # fmt: skip
        if self.buyers and self.ceiling <= 0.96 * top:
            ax.axhline(self.ceiling, color=GREY, linestyle=":", linewidth=1.6)
            text = _("ceiling: {multiple}").format(multiple=_times(self.ceiling))
            ax.annotate(text, (right, self.ceiling), (-3, 4), color=GREY, ha="right", va="bottom", **say)
        ax.set(xlim=(1, max(right, 2)), ylim=(0, top), xlabel=_("month"), ylabel=_("times the first month's revenue"))
        headline(ax, _("Revenue if {share} of each month's buyers return").format(share=percent(self.share, 1)))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        if not self.buyers:
            return _("Nobody buys, so nobody can return, and there is no revenue to multiply.")
        month = max(months, 1)
        mean, spread = (values[-1] for values in self._multiples(month))
        low, high = nine_in_ten(mean, spread, 0, np.inf)
        text = _(
            "Each month {buyers} customers on average buy for the first time. {share} of them come back: from the next "
            "month on each buys every month, for {pace} of what a first purchase is worth; {churn} of those who come "
            "back are lost each month. In month {month} the firm sells {mean} times what it sold in the first; nine "
            "runs in ten lie between {low} and {high}."
        )
        words = [text.format(
            buyers=short(self.buyers), share=percent(self.share, 1), pace=percent(self.pace),
            churn=percent(self.churn, 1), month=number(month), mean=_times(mean), low=_times(low), high=_times(high),
        )]  # fmt: skip
        reached, asked = self.month_of(), {"target": _times(self.target), "ceiling": _times(self.ceiling)}
        if reached < math.inf and self.ceiling < math.inf:
            text = _("It reaches {target} times in month {month}, and {ceiling} times in the long run.")
        elif reached < math.inf:
            text = _(
                "It reaches {target} times in month {month}, and grows without end, for nobody who returns leaves."
            )
        elif self.share * self.pace:
            text = _(
                "It never reaches {target} times: as many leave at last as are added, at {ceiling} times. The churn "
                "would have to be below {churn} a month."
            )
        else:
            text = _("It never reaches {target} times: nothing is bought again.")
        words.append(text.format(**asked, month=number(reached), churn=percent(min(self.churn_allowed(), 1), 1)))
        if self.share * self.pace and self.target > 1:
            if self.worth < math.inf:
                text = _(
                    "A customer who returns is worth {worth} one-time purchases in all, the first included; for "
                    "{target} times it would have to be {needed}, however long that takes."
                )
            else:
                text = _(
                    "A customer who returns never stops buying; for {target} times it takes {needed} purchases of "
                    "each, the first included."
                )
            needed = short(1 + self.extra_needed())
            words.append(text.format(worth=short(self.worth), needed=needed, **asked))
        return prose(words)


def _ratio(upper: float, lower: float) -> float:
    """A quotient, infinite where the divisor is too small for it."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return float(np.float64(upper) / np.float64(lower)) if upper else 0.0 if lower else math.inf


def _times(multiple: float) -> str:
    """A multiple of revenue as text."""
    return short(multiple, 2 if multiple < 100 else 0)
