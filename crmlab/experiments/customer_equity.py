"""Customer equity: what a firm's present and future customers are worth, and which lever moves it most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real
from crmlab.experiments.frames import YEAR, histories, means
from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, RED, headline, thousands
from crmlab.language.catalogue import _, brief, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LEVERS = {
    "retention": mark("retention"),
    "margin": mark("margin"),
    "discount": mark("discount rate"),
    "acquisition_cost": mark("acquisition cost"),
}
"""What a firm can move, as the picture calls it."""

PUBLISHED = {"retention": 5.0, "margin": 1.0, "acquisition_cost": 0.1}
"""By how many percent a firm's customers are worth more if a lever is 1% better: Gupta, Lehmann and Stuart (2004)."""


class CustomerEquity(Experiment):
    """Value today, in yuan, of a firm's present and future customers, and what 1% of each lever adds to it.

    Of the customers at hand ``retention`` stay from one year to the next; whoever stayed pays ``margin`` at the year's
    end. In the first year ``won`` customers are won on average, and ``growth`` more or fewer in each year after (below
    0 the market fills up); each costs ``acquisition_cost`` at the end of the year in which he is won, and pays from the
    next year on. Money t years ahead counts 1 / (1 + discount)**t. So with M = retention / (1 + discount - retention)

    - present customers are worth ``present = customers * margin * M``;
    - future ones ``future = (margin * M - acquisition_cost) * won / (discount - growth)``;
    - ``value`` is the two together; it has no limit where ``growth`` reaches ``discount``, and customers are won.

    ``elasticities`` are percent of value gained for each percent by which a lever is better (retention and margin
    higher, discount and acquisition cost lower), in closed form. Whatever the numbers, margin and acquisition cost
    differ by exactly 1: margin = 1 + acquisition_cost; and retention is margin times (1 + discount) /
    (1 + discount - retention), which rises steeply with the retention at hand: so "five times" is no law of nature.

    Source: Gupta, Lehmann and Stuart (2004), Valuing customers, Journal of Marketing Research 41(1), who value the
    customers of five firms and find about 5% for retention, 1% for margin and 0.1% for acquisition cost. The defaults
    are assumptions chosen to come out near that (retention 87%, discount 12%, acquisition costs a tenth of what is left
    after them); they are no firm's figures. Their model lets the customers won follow an S-curve; this one is simpler.
    One row a full year within ``months``, at month 12 * year. Raises InputError, naming the field, its value and its
    bounds.

    >>> firm = CustomerEquity()
    >>> {lever: round(gain, 1) for lever, gain in firm.elasticities.items()}
    {'retention': 4.9, 'margin': 1.1, 'discount': 0.7, 'acquisition_cost': 0.1}
    >>> round(firm.model_copy(update={"retention": 0.6}).elasticities["retention"], 1)
    3.0
    >>> CustomerEquity(won=0, discount=0.25, retention=1, customers=1, margin=100).value
    400.0
    >>> CustomerEquity(growth=0.12, discount=0.12).value
    inf
    """

    horizon: ClassVar[int] = 120
    columns: ClassVar = {
        "month": mark("month"),
        "year": mark("year"),
        "customers": mark("customers at the end"),
        "kept": mark("kept"),
        "won": mark("won"),
        "cash": mark("discounted cash of the year (yuan)"),
        "value": mark("value so far (yuan)"),
    }

    customers: int = parameter(
        10_000, low=0, high=10**9, slider=(0, 50_000, 1000), label=mark("customers today"), unit=mark("customers")
    )
    won: float = parameter(
        1000, low=0, high=10**9, slider=(0, 10_000, 100), label=mark("customers won in the first year"),
        unit=mark("customers"),
    )  # fmt: skip
    growth: float = parameter(
        -0.1, low=-1, high=0.2, slider=(-0.5, 0.1, 0.01), label=mark("change of the number won, each year"),
        unit="share",
    )  # fmt: skip
    margin: float = parameter(
        1000, low=0, high=10**9, slider=(0, 5000, 100), label=mark("margin a customer brings in a year"),
        unit=mark("yuan"),
    )  # fmt: skip
    retention: float = parameter(
        0.87, low=0, high=1, slider=(0.4, 0.98, 0.01), label=mark("customers kept each year"), unit="share"
    )
    discount: float = parameter(
        0.12, low=0.001, high=1, slider=(0.04, 0.3, 0.01), label=mark("discount rate a year"), unit="share"
    )
    acquisition_cost: float = parameter(
        1000, low=0, high=10**9, slider=(0, 6000, 100), label=mark("cost of winning a customer"), unit=mark("yuan")
    )

    @property
    def multiple(self) -> float:
        """What a customer's margins are worth today, in margins of a year: retention / (1 + discount - retention).

        >>> round(CustomerEquity(retention=0.8, discount=0.12).multiple, 2)
        2.5
        """
        return self.retention / (1 + self.discount - self.retention)

    @property
    def _weight(self) -> float:
        """All customers yet to be won, each counted with the discount of the year in which he is."""
        if self.won == 0:
            return 0.0
        return self.won / (self.discount - self.growth) if self.growth < self.discount else math.inf

    @property
    def present(self) -> float:
        """Worth of the customers of today, in yuan."""
        return self.customers * self.margin * self.multiple

    @property
    def future(self) -> float:
        """Worth of the customers yet to be won, less what winning them costs, in yuan; it may have no limit.

        >>> CustomerEquity(margin=0, growth=0.2).future
        -inf
        """
        each = self.margin * self.multiple - self.acquisition_cost
        return each * self._weight if each else 0.0

    @property
    def value(self) -> float:
        """Customer equity: present and future customers together, in yuan."""
        return self.present + self.future

    @property
    def elasticities(self) -> dict[str, float]:
        """Percent of ``value`` gained if a lever is 1% better, for each of ``LEVERS``: the exact derivative.

        Raises InputError where the value is not above 0 and finite: a percentage of it would say nothing.

        >>> round(CustomerEquity(won=0, retention=0.9, discount=0.1).elasticities["retention"], 3)   # 1.1 / 0.2
        5.5
        >>> CustomerEquity(margin=0).elasticities
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: A gain is a share of the value; the value must be more than 0 and finite, but is −4,545,455 yuan.
        """  # noqa: E501
        value = self.value
        if not self._priced:
            text = _("A gain is a share of the value; the value must be more than 0 and finite, but is {value} yuan.")
            raise InputError(text.format(value=number(value)))
        left = 1 + self.discount - self.retention
        later = self._weight * self.margin * self.multiple
        costs = self._weight * self.acquisition_cost
        margins = self.present + later
        sooner = self.future / (self.discount - self.growth) * left if self._weight else 0.0  # customers not yet won
        return {
            "retention": (1 + self.discount) / left * margins / value,
            "margin": margins / value,
            "discount": self.discount / left * (margins + sooner) / value,
            "acquisition_cost": costs / value,
        }

    def better(self, lever: str, share: float = 0.01) -> CustomerEquity:
        """The same firm with one of ``LEVERS`` better by ``share``: retention and margin higher, the others lower.

        >>> firm = CustomerEquity(retention=0.8)
        >>> firm.better("retention").retention, firm.better("acquisition_cost", 0.1).acquisition_cost
        (0.808, 900.0)
        >>> firm.better("price")
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: There is no lever 'price'; there are: retention, margin, discount, acquisition_cost.
        """  # noqa: E501
        if not isinstance(lever, str) or lever not in LEVERS:
            text = _("There is no lever {lever!r}; there are: {levers}.")
            raise InputError(text.format(lever=lever, levers=", ".join(LEVERS)))
        share = real("share", share, 0, 1)
        factor = 1 + share if lever in ("retention", "margin") else 1 - share
        return self.model_copy(update={lever: round(getattr(self, lever) * factor, 12)})

    def _discounts(self, years: int) -> np.ndarray:
        return (1 + self.discount) ** -np.arange(years + 1.0)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by year, exact: a row for each full year within ``months``, with year 0 for today.

        Columns: month (12 * year), year, customers (at the year's end), kept, won, and in yuan cash (margins less
        cost of winning, discounted) and value (cash added up).

        >>> firm = CustomerEquity(customers=100, won=10, growth=0, margin=100, retention=0.5, discount=0.25)
        >>> firm.model_copy(update={"acquisition_cost": 50}).expected(months=24)[["year", "customers", "cash", "value"]]
           year  customers    cash   value
        0     0      100.0     0.0     0.0
        1     1       60.0  3600.0  3600.0
        2     2       40.0  1600.0  5200.0
        """
        years = self._ahead(months) // YEAR
        customers, kept, won = np.full(years + 1, float(self.customers)), np.zeros(years + 1), np.zeros(years + 1)
        won[1:] = self.won * (1 + self.growth) ** np.arange(years)
        for year in range(1, years + 1):
            kept[year] = customers[year - 1] * self.retention
            customers[year] = kept[year] + won[year]
        return means(self._money({"customers": customers, "kept": kept, "won": won}, self._discounts(years)), YEAR)

    def _money(self, counts: dict[str, np.ndarray], discounts: np.ndarray) -> dict[str, np.ndarray]:
        """The counts by year with the discounted cash of each year and its sum beside them."""
        cash = (self.margin * counts["kept"] - self.acquisition_cost * counts["won"]) * discounts
        return {**counts, "cash": cash, "value": np.cumsum(cash, axis=0)}

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Who is kept is binomial, who is won is Poisson, both exact.

        >>> runs = CustomerEquity().simulate(months=120, seed=7, replicates=3)
        >>> runs.columns.tolist(), len(runs)
        (['replicate', 'month', 'year', 'customers', 'kept', 'won', 'cash', 'value'], 33)
        """
        years = months // YEAR
        customers, kept, won = (np.zeros((years + 1, replicates), dtype=np.int64) for _ in range(3))
        customers[0] = self.customers
        for year in range(1, years + 1):
            kept[year] = rng.binomial(customers[year - 1], self.retention)
            won[year] = rng.poisson(self.won * (1 + self.growth) ** (year - 1), replicates)
            customers[year] = kept[year] + won[year]
        counts = {"customers": customers, "kept": kept, "won": won}
        return histories(self._money(counts, self._discounts(years)[:, None]), YEAR)

    @property
    def _priced(self) -> bool:
        """Whether the value is a number of which one can say a percentage."""
        return 0 < self.value < math.inf and self._weight < math.inf

    def _draw(self, ax: Axes, months: int) -> None:
        ax.grid(visible=False)
        ax.set_xlabel(_("percent of customer equity gained if the lever is 1% better"))
        places = np.arange(len(LEVERS))[::-1]
        ax.set_yticks(places, [_(label).replace(" ", "\n") for label in LEVERS.values()])
        if not self._priced:
            headline(ax, _("Customer equity: {value} yuan").format(value=brief(self.value)))
            text = _("A percentage of this would say nothing.")
            ax.annotate(text, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=RED)
            ax.set(xlim=(0, 6), ylim=(-0.7, len(LEVERS) - 0.4))
            return
        gains = self.elasticities
        colours, hatches = (BLUE, GREEN, GREY, ORANGE), ("", "//", "..", "xx")
        widest = max(*gains.values(), *PUBLISHED.values())
        lowest = min(*gains.values(), 0)
        for place, lever, colour, hatch in zip(places, LEVERS, colours, hatches, strict=True):
            gain, known = gains[lever], PUBLISHED.get(lever)
            ax.barh(place, gain, 0.5, color=colour, hatch=hatch, edgecolor="white")
            if known is not None:
                ax.plot(known, place - 0.38, color=RED, marker="D", markersize=6, linestyle="none", clip_on=False)
                text = _("published: {gain}%").format(gain=short(known))
                ax.annotate(text, (known, place - 0.38), (6, 0), textcoords="offset points", va="center", color=RED,
                            fontsize=9)  # fmt: skip
            ax.annotate(short(gain, 2) + "%", (max(gain, 0), place), (5, 0), textcoords="offset points", va="center")
        ax.axvline(0, color=GREY, linewidth=1)
        span = widest - lowest
        ax.set(xlim=(lowest - (0.05 * span if lowest < 0 else 0), widest + 0.22 * span))
        ax.set_ylim(-0.7, len(LEVERS) - 0.4)
        headline(ax, _("Customer equity: {value} yuan, and what 1% adds to it").format(value=brief(self.value)))
        thousands(ax, "x")

    def _words(self, months: int) -> str:
        text = _(
            "The customers of today are worth {present} yuan, those yet to be won {future} after the cost of winning "
            "them: together {value}, over all years."
        )
        if self.value in (math.inf, -math.inf):
            text = _(
                "The customers of today are worth {present} yuan. The number won grows as fast as money loses weight "
                "({growth} against {discount} a year), so those yet to be won are worth {future}: no firm grows like "
                "this for ever."
            )
        words = [text.format(
            present=number(self.present), future=number(self.future), value=number(self.value),
            growth=percent(self.growth, 1), discount=percent(self.discount, 1),
        )]  # fmt: skip
        if not self._priced:
            words.append(_("A percentage of this would say nothing."))
            return prose(words)
        gains = {lever: percent(gain / 100, 2) for lever, gain in self.elasticities.items()}
        text = _(
            "Retention that is 1% better adds {retention}, a margin 1% higher {margin}, a discount rate 1% lower "
            "{discount}, and an acquisition cost 1% lower {acquisition_cost}. Gupta, Lehmann and Stuart (2004) found "
            "about {published_retention}, {published_margin} and {published_cost} for retention, margin and "
            "acquisition cost at five firms."
        )
        words.append(text.format(
            **gains, published_retention=percent(PUBLISHED["retention"] / 100),
            published_margin=percent(PUBLISHED["margin"] / 100),
            published_cost=percent(PUBLISHED["acquisition_cost"] / 100, 1),
        ))  # fmt: skip
        others = [self.model_copy(update={"retention": at}) for at in (0.6, 0.95)]
        if all(firm._priced for firm in others):
            text = _(
                "How much retention adds depends on how much there is: {low_gain} at a retention of {low}, {high_gain} "
                "at {high}. And 1% better retention may cost far more than 1% of margin; that the bar does not show."
            )
            (low, low_gain), (high, high_gain) = [
                (percent(firm.retention), percent(firm.elasticities["retention"] / 100, 1)) for firm in others
            ]
            words.append(text.format(low=low, high=high, low_gain=low_gain, high_gain=high_gain))
        return prose(words)
