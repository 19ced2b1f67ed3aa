"""What a customer is worth over all the years that the customer may stay, and what keeping more of them adds to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, parameter, real, whole
from crmlab.experiments.frames import YEAR, histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREEN, GREY, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

POINTS = 0.05
"""The famous five percentage points of retention."""
FAMOUS = 0.85
"""The largest gain in Reichheld and Sasser's exhibit: a bank's branches."""


class CustomerLifetimeValue(Experiment):
    """Present value, in yuan, of the margins that a newly won customer brings, less what it cost to win the customer.

    A customer stays from one year to the next with probability ``retention``, whatever happened before, and pays the
    year's margin at its end, having stayed: ``margin`` in the first year, ``margin_growth`` more each year after.
    Money t years ahead counts 1 / (1 + discount)**t. So the margins are worth ``margin * multiple`` with
    ``multiple = retention / (1 + discount - retention * (1 + margin_growth))``, and ``acquisition_cost``, paid at the
    start, is taken off. Where retention * (1 + margin_growth) reaches 1 + discount the sum has no limit: infinite.

    The step is a year: ``expected`` and ``simulate`` have a row for each full year within ``months``, at month
    12 * year. ``customers`` is how many are won together; it changes no mean, only how far chance carries a cohort
    from it. A constant retention is itself an assumption: see ``RetentionCurve``.

    Raises InputError, naming the field, its value and its bounds. Source: the margin multiple of Gupta and Lehmann
    (2003), Customers as assets, Journal of Interactive Marketing 17(1). For five points more retention: Reichheld and
    Sasser (1990), Zero defections, Harvard Business Review 68(5), who report gains from 25% to 85%.

    >>> [round(CustomerLifetimeValue(discount=0.12, retention=r).multiple, 2) for r in (0.6, 0.7, 0.8, 0.9)]
    [1.15, 1.67, 2.5, 4.09]
    >>> round(CustomerLifetimeValue(retention=0.6, discount=0.1).gain(), 2)      # far from 85%
    0.2
    >>> CustomerLifetimeValue(retention=1, discount=0).value                     # stays for ever, no discount
    inf
    >>> CustomerLifetimeValue(retention=80)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: retention (customers kept each year) is 80; allowed is 0 to 1.
    """

    horizon: ClassVar[int] = 240
    columns: ClassVar = {
        "month": mark("month"),
        "year": mark("year"),
        "survivors": mark("customers still there"),
        "cash": mark("discounted cash of the year (yuan a customer)"),
        "value": mark("value so far (yuan a customer)"),
    }

    margin: float = parameter(
        1000, low=0, high=10**12, slider=(0, 10000, 100), label=mark("margin a customer brings in a year"),
        unit=mark("yuan"),
    )  # fmt: skip
    retention: float = parameter(
        0.8, low=0, high=1, slider=(0, 0.99, 0.01), label=mark("customers kept each year"), unit="share"
    )
    discount: float = parameter(
        0.1, low=0, high=1, slider=(0, 0.3, 0.01), label=mark("discount rate a year"), unit="share"
    )
    margin_growth: float = parameter(
        0, low=-1, high=1, slider=(-0.2, 0.3, 0.01), label=mark("growth of the margin each year"), unit="share"
    )
    acquisition_cost: float = parameter(
        0, low=0, high=10**12, slider=(0, 20000, 100), label=mark("cost of winning a customer"), unit=mark("yuan")
    )
    customers: int = parameter(
        100, low=1, high=10**9, slider=(10, 2000, 10), label=mark("customers won together"), unit=mark("customers")
    )

    @property
    def _ratio(self) -> float:
        """What a year's expected, discounted margin is, as a multiple of the year's before."""
        return self.retention * (1 + self.margin_growth) / (1 + self.discount)

    @property
    def multiple(self) -> float:
        """The years' margins together, in first-year margins; infinite where they have no limit.

        >>> CustomerLifetimeValue(retention=0, discount=0).multiple
        0.0
        """
        if self.retention == 0:
            return 0.0
        left = 1 + self.discount - self.retention * (1 + self.margin_growth)
        return self.retention / left if left > 0 else math.inf

    @property
    def value(self) -> float:
        """Worth of a customer over all years, less the cost of winning, in yuan; infinite where it has no limit.

        >>> CustomerLifetimeValue(margin=1000, retention=0.5, discount=0, acquisition_cost=1500).value
        -500.0
        """
        return (self.margin * self.multiple if self.margin else 0.0) - self.acquisition_cost

    def value_over(self, years: int) -> float:
        """Worth of a customer when only the first ``years`` (0 to 100) count, less the cost of winning, in yuan.

        >>> CustomerLifetimeValue(margin=1000, retention=1, discount=0).value_over(3)
        3000.0
        """
        return float(self._values(whole("years", years, 0, MONTHS[1] // YEAR))[-1])

    @property
    def payback(self) -> float:
        """The year at whose end the cost of winning has come back on average; infinite if not within 100 years.

        >>> CustomerLifetimeValue(margin=1000, retention=0.5, discount=0, acquisition_cost=750).payback
        2.0
        >>> CustomerLifetimeValue(margin=1000, retention=0.5, discount=0, acquisition_cost=1500).payback
        inf
        """
        paid = np.flatnonzero(self._values(MONTHS[1] // YEAR) >= 0)
        return float(paid[0]) if paid.size else math.inf

    def raised(self, points: float = POINTS) -> CustomerLifetimeValue:
        """The same customer with ``points`` more retention: 0.05 is five percentage points, 80% becomes 85%.

        >>> CustomerLifetimeValue(retention=0.8).raised(0.05).retention
        0.85
        >>> CustomerLifetimeValue(retention=0.8).raised(0.3)
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: points is 0.3; allowed is -0.8 to 0.2.
        """
        points = real("points", points, -self.retention, round(1 - self.retention, 12))
        return self.model_copy(update={"retention": min(round(self.retention + points, 12), 1)})

    def gain(self, points: float = POINTS) -> float:
        """By what share ``value`` rises with ``points`` more retention: 0.2 is 20% more.

        Infinite where the raised value has no limit. Raises InputError where there is nothing to compare with: a value
        that is zero, a loss, or infinite already.

        >>> round(CustomerLifetimeValue(retention=0.93, discount=0.1).gain(), 2)
        0.49
        >>> round(CustomerLifetimeValue(acquisition_cost=1800).gain(), 2)      # a small rest grows fast
        0.85
        >>> CustomerLifetimeValue(margin=0).gain()
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: A gain is a share of the value; the value must be more than 0 and finite, but is 0 yuan.
        """  # noqa: E501
        raised, value = self.raised(points).value, self.value
        if not 0 < value < math.inf:
            text = _("A gain is a share of the value; the value must be more than 0 and finite, but is {value} yuan.")
            raise InputError(text.format(value=number(value)))
        return raised / value - 1

    def growth_for(self, gain: float = FAMOUS, points: float = POINTS) -> float:
        """The yearly growth of the margin at which ``points`` more retention raise ``value`` by ``gain``.

        All else stays as it is; this experiment's own ``margin_growth`` is not used. In closed form: where winning
        costs nothing, 1 + growth = (1 + discount) * ((1 + gain) * r - R) / (gain * r * R) with r the retention and R
        the raised one. With a cost of winning the equation is quadratic, and of two answers the greater is given, on
        the branch where more growth means more gain. Raises InputError where no growth gives that gain.

        >>> customer = CustomerLifetimeValue(retention=0.8, discount=0.1)
        >>> growth = customer.growth_for(0.85)
        >>> round(growth, 3), round(customer.model_copy(update={"margin_growth": growth}).gain(), 6)
        (0.199, 0.85)
        >>> customer.growth_for(0.05)                    # one more kept of each sixteen is 6.25% more in any case
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: No growth of the margin makes 5 points more retention worth 5% more.
        """
        gain, points = real("gain", gain, 0, 10**6), real("points", points, 0, round(1 - self.retention, 12))
        low, high, interest = self.retention, self.raised(points).retention, 1 + self.discount
        margin, cost = float(self.margin), gain * self.acquisition_cost
        equation = (
            cost * low * high,
            gain * margin * low * high - cost * interest * (low + high),
            cost * interest**2 + margin * interest * (high - (1 + gain) * low),
        )
        equation = equation[1:] if equation[0] <= 1e-14 * abs(equation[1]) else equation
        roots = np.roots(np.trim_zeros(equation, "f")) if gain and points and margin and low > 1e-9 else np.empty(0)
        for growth in sorted((float(root.real) for root in roots if abs(root.imag) < 1e-12), reverse=True):
            room = interest - low * growth
            if growth >= 0 and interest > high * growth and margin * low / room > self.acquisition_cost:
                return growth - 1
        text = _("No growth of the margin makes {points} more retention worth {gain} more.")
        raise InputError(text.format(points=_points(points), gain=percent(gain, 1)))

    def _cash(self, years: int) -> np.ndarray:
        """For years 0 to ``years``, the discounted margin of a customer who is still there."""
        year = np.arange(years + 1)
        steps = (1 + self.margin_growth) / (1 + self.discount)
        return np.where(year > 0, self.margin / (1 + self.discount) * steps ** np.maximum(year - 1, 0), 0.0)

    def _values(self, years: int) -> np.ndarray:
        """Mean worth of a customer up to each year."""
        return np.cumsum(self._cash(years) * self.retention ** np.arange(years + 1)) - self.acquisition_cost

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by year, exact: a row for each full year, with year 0 for the start.

        Columns: month (12 * year), year, survivors (of ``customers``), cash (discounted margins of the year, a customer
        won; year 0: the cost of winning, negative) and value (cash added up), both in yuan.

        >>> CustomerLifetimeValue(margin=1000, retention=0.5, discount=0.25).expected(months=24)
           month  year  survivors   cash  value
        0      0     0      100.0    0.0    0.0
        1     12     1       50.0  400.0  400.0
        2     24     2       25.0  160.0  560.0
        """
        years = self._ahead(months) // YEAR
        stays = self.retention ** np.arange(years + 1)
        cash = self._cash(years) * stays
        cash[0] = -self.acquisition_cost or 0.0
        return means({"survivors": self.customers * stays, "cash": cash, "value": self._values(years)}, YEAR)

    def spread(self, months: int | None = None) -> np.ndarray:
        """Standard deviation of a cohort's ``value`` by year, exact: one value for each row of ``expected``.

        >>> CustomerLifetimeValue(margin=1000, retention=0.5, discount=0, customers=100).spread(12).tolist()
        [0.0, 50.0]
        """
        years = self._ahead(months) // YEAR
        lived = np.cumsum(self._cash(years))  # brought by who stays for exactly so many years
        stays = self.retention ** np.arange(years + 1)
        mean = np.cumsum(self._cash(years) * stays)
        square = np.cumsum(np.diff(lived**2, prepend=0) * stays)
        return np.sqrt(np.maximum(square - mean**2, 0) / self.customers)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Who is left after a year is binomial in who was there, which is exact.

        >>> runs = CustomerLifetimeValue(customers=1).simulate(months=120, seed=7, replicates=3)
        >>> runs.columns.tolist(), len(runs)
        (['replicate', 'month', 'year', 'survivors', 'cash', 'value'], 33)
        """
        years = months // YEAR
        survivors = np.full((years + 1, replicates), self.customers, dtype=np.int64)
        for year in range(1, years + 1):
            survivors[year] = rng.binomial(survivors[year - 1], self.retention)
        cash = self._cash(years)[:, None] * survivors / self.customers
        cash[0] = -self.acquisition_cost or 0.0
        return histories({"survivors": survivors, "cash": cash, "value": np.cumsum(cash, axis=0)}, YEAR)

    @property
    def _more(self) -> float:
        """Five points, or what is left of them below 100%."""
        return min(POINTS, round(1 - self.retention, 12))

    def _range(self, months: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By year, the mean value and the ends of the range in which nine cohorts in ten lie."""
        years = months // YEAR
        mean, most = self._values(years), np.cumsum(self._cash(years)) - self.acquisition_cost
        return mean, *nine_in_ten(mean, self.spread(months), -self.acquisition_cost, most)

    def _draw(self, ax: Axes, months: int) -> None:
        years, (mean, low, high) = months // YEAR, self._range(months)
        year = np.arange(years + 1)
        ax.fill_between(year, low, high, color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(year, mean, color=BLUE, linewidth=2.2, marker="o", markersize=3.5)
        more = self.raised(self._more)._values(years)
        label = {"textcoords": "offset points", "ha": "right", "bbox": WHITE}
        if self._more > 0:
            ax.plot(year, more, color=GREEN, linewidth=1.8, linestyle="--", marker="^", markersize=3.5)
            text = _("{points} more retention: {value}")
            text = text.format(points=_points(self._more), value=number(more[-1]))
            ax.annotate(text, (years, more[-1]), (0, 6), color=GREEN, **label)
        text = _("as it is: {value}").format(value=number(mean[-1]))
        beneath = mean[int(0.78 * years)]  # the curve rises: what lies below it here has room up to the last year
        ax.annotate(text, (years, beneath), (0, -6), color=BLUE, va="top", **label)
        if self.acquisition_cost:
            ax.axhline(0, color=GREY, linewidth=1)
        bottom, top = min(low.min(), 0), max(high.max(), more.max(), 0)
        room = 0.15 * max(top - bottom, 10)
        tight = bottom == 0 and beneath > room
        ax.set(xlim=(0, max(years, 1)), ylim=(0 if tight else bottom - room, top + room), xlabel=_("year"))
        ax.set_ylabel(_("value so far (yuan a customer)"))
        headline(ax, _("Worth of a customer, year by year, and where nine cohorts in ten lie"))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        text = _(
            "A customer brings a margin of {margin} yuan at the end of the first year. From each year to the next "
            "{retention} of the customers stay, the margin changes by {growth}, and money is discounted by {discount}."
        )
        words = [
            text.format(
                margin=number(self.margin),
                retention=percent(self.retention, 1),
                growth=percent(self.margin_growth, 1),
                discount=percent(self.discount, 1),
            )
        ]
        if self.value == math.inf:
            words.append(_("The margins grow as fast as they lose weight: the value has no limit."))
        else:
            text = _("Over all years the margins are worth {margins} yuan, {multiple} times the first year's.")
            margins = number(self.value + self.acquisition_cost)
            words.append(text.format(margins=margins, multiple=number(self.multiple, 2)))
        if self.acquisition_cost:
            text = _("Winning a customer costs {cost} yuan, which leaves {value}; {payback}")
            if self.payback == math.inf:
                back = _("the cost does not come back within 100 years.")
            else:
                back = _("the cost comes back in year {year}.").format(year=number(self.payback))
            cost, value = number(self.acquisition_cost), number(self.value)
            words.append(text.format(cost=cost, value=value, payback=back))
        text = _(
            "The value reached after {years} years is {value} yuan a customer on average; nine cohorts in ten, of "
            "{customers} customers each, reach between {low} and {high}."
        )
        mean, low, high = (float(ends[-1]) for ends in self._range(months))
        words.append(
            text.format(
                years=number(months // YEAR),
                value=number(mean),
                customers=number(self.customers),
                low=number(low),
                high=number(high),
            )
        )
        return prose([*words, *self._five_points()])

    def _five_points(self) -> list[str]:
        """What more retention is worth, against what Reichheld and Sasser found."""
        points = _points(self._more)
        if not 0 < self.value < math.inf or self._more == 0:
            return []
        gain = self.gain(self._more)
        if gain == math.inf:
            return [_("With {points} more retention it would have no limit.").format(points=points)]
        text = _("Over all years, {points} more retention would make it worth {value} yuan, {gain} more.")
        raised = self.raised(self._more).value
        words = [text.format(points=points, value=number(raised), gain=percent(gain, 1))]
        if self._more < POINTS:  # theirs are five points
            return words
        try:
            growth = self.growth_for(FAMOUS, POINTS)
        except InputError:
            return words
        text = _(
            "For the {gain} that Reichheld and Sasser (1990) print for a bank's branches, the margin would have to "
            "change by {growth} a year."
        )
        return [*words, text.format(gain=percent(FAMOUS), growth=percent(growth, 1))]


def _points(share: float) -> str:
    """Percentage points in words, with a decimal where there is one.

    >>> _points(0.05), _points(0.01)
    ('5 points', 'one point')
    """
    if round(share, 3) == 0.01:
        return _("one point")
    return _("{points} points").format(points=short(100 * share))
