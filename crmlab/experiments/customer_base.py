"""A firm's customers over the months: who came on their own, who was won, who was brought by others, what they buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.analysis import day
from crmlab.experiments.base import Experiment, parameter, real, seeded
from crmlab.experiments.frames import histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, brief, count, mark, number, percent, prose, short, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST = 10**15
"""The most customers that a firm may come to have."""
MOST_PEOPLE = 20_000_000
"""The most customers that are drawn one by one, and the most purchases."""
ORIGINS = ("first", "acquired", "referred")
DAYS_A_MONTH = 365.25 / 12
"""Days in a month."""
WITHIN, BETWEEN = 4.0, 5.0
"""Shapes of the amounts of one customer and of the differences between customers; assumptions."""


class Drawn(NamedTuple):
    """Customers drawn one by one; ``stays`` is the number of months in which each buys, within those watched."""

    origin: np.ndarray
    joined: np.ndarray
    stays: np.ndarray
    left: np.ndarray
    rate: np.ndarray
    bought: np.ndarray


class CustomerBase(Experiment):
    """Customers and purchases of a firm that loses customers, wins some, and has others brought to it by customers.

    In a month each customer buys (Poisson, at a rate of their own), brings ``referrals`` new customers on average
    (Poisson), and then leaves with probability ``monthly_churn``; the firm wins ``new_per_month`` more (Poisson).
    Who comes in a month buys from the next. The rates differ between customers as a gamma distribution with the mean
    ``purchase_rate`` and the standard deviation ``unevenness`` times that; a customer's rate never changes. So the
    number of customers grows each month by the factor 1 - churn + referrals, and heads for
    ``level = new_per_month / (monthly_churn - referrals)`` where churn is larger; else it grows without end.

    ``expected`` and ``spread`` are exact. ``simulate`` draws the firm's totals: binomial and Poisson numbers, and for
    the sum of the rates a gamma, of which a beta share stays when some leave; exact too, and a billion customers cost
    what a thousand do. ``people`` and ``purchases`` draw the same firm customer by customer: one lifetime, one rate
    and one number of purchases each.

    The numbers are assumptions, not those of a firm. That churn does not depend on the rate, and that no market is
    ever full, are simplifications. Raises InputError, naming the field, its value and its bounds; and where the firm
    would come to more than 10^15 customers.

    >>> firm = CustomerBase(customers=1000, monthly_churn=0.05, new_per_month=30, referrals=0.02)
    >>> firm.expected(months=1)[["customers", "first", "acquired", "referred", "purchases"]].iloc[1].tolist()
    [1000.0, 950.0, 30.0, 20.0, 500.0]
    >>> round(firm.level), CustomerBase(monthly_churn=0.02, referrals=0.02).level
    (1000, inf)
    >>> CustomerBase(customers=0, new_per_month=0).expected(9)["customers"].sum()
    np.float64(0.0)
    """

    horizon: ClassVar[int] = 60
    columns: ClassVar = {
        "month": mark("month"),
        "customers": mark("number of customers"),
        "first": mark("of them, there from the start"),
        "acquired": mark("of them, won by the firm"),
        "referred": mark("of them, brought by customers"),
        "left": mark("lost this month"),
        "won": mark("won or brought this month"),
        "purchases": mark("purchases this month"),
    }

    customers: int = parameter(
        1000, low=0, high=10**9, slider=(0, 3000, 50), label=mark("customers at the start"), unit=mark("customers")
    )
    monthly_churn: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("customers lost each month"), unit="share"
    )
    new_per_month: float = parameter(
        40, low=0, high=10**9, slider=(0, 200, 5), label=mark("customers won each month"), unit=mark("customers")
    )
    referrals: float = parameter(
        0.02, low=0, high=0.5, slider=(0, 0.1, 0.005), label=mark("new customers that a customer brings a month"),
        unit=mark("customers"),
    )  # fmt: skip
    purchase_rate: float = parameter(
        0.5, low=0, high=1000, slider=(0, 4, 0.1), label=mark("purchases of a customer a month"), unit=mark("purchases")
    )
    unevenness: float = parameter(
        1, low=0, high=10, slider=(0, 3, 0.1), label=mark("differences in how often customers buy"),
        unit=mark("times the mean"),
    )  # fmt: skip

    @property
    def growth(self) -> float:
        """Factor by which the number of customers grows a month, without those whom the firm wins."""
        return 1 - self.monthly_churn + self.referrals

    @property
    def level(self) -> float:
        """Number of customers that the firm heads for; infinite where referrals make up for churn.

        >>> CustomerBase(monthly_churn=0.05, referrals=0.05, new_per_month=0).level             # it stays on average
        1000.0
        """
        if self.referrals >= self.monthly_churn:
            stays = self.new_per_month == 0 and (self.referrals == self.monthly_churn or self.customers == 0)
            return float(self.customers) if stays else float("inf")
        return self.new_per_month / (self.monthly_churn - self.referrals)

    @property
    def top_fifth(self) -> float:
        """Share of all purchases that the fifth of customers makes who buy most often, by their rates.

        Of a gamma distribution with shape k the upper fifth begins at g, where P(k, g) = 0.8; it holds
        1 - P(k + 1, g) of the sum.

        >>> round(CustomerBase().top_fifth, 3), CustomerBase(unevenness=0).top_fifth
        (0.522, 0.2)
        """
        if self._shape == np.inf:
            return 0.2
        from scipy.special import gammainc, gammaincinv

        return 1 - float(gammainc(self._shape + 1, gammaincinv(self._shape, 0.8)))

    @property
    def _shape(self) -> float:
        """Shape of the gamma distribution of rates; infinite where all buy alike, or as good as."""
        return self.unevenness**-2 if self.unevenness > 1e-4 else np.inf

    def _numbers(self, months: int) -> tuple[np.ndarray, np.ndarray]:
        """For each month the means by origin, of shape (3, months + 1), and the standard deviation of their sum."""
        mean, variance = np.zeros((3, months + 1)), np.zeros(months + 1)
        mean[0, 0] = self.customers
        stays, brings, wins = 1 - self.monthly_churn, self.referrals, self.new_per_month
        for month in range(months):
            every = mean[:, month].sum()
            mean[:, month + 1] = stays * mean[:, month] + [0.0, wins, brings * every]
            fresh = every * (stays * self.monthly_churn + brings) + wins
            variance[month + 1] = fresh + self.growth**2 * variance[month]
            if every > MOST:
                text = _(
                    "After {month} months the firm would have more than {most} customers; choose fewer months or lower "
                    "referrals."
                )
                raise InputError(text.format(month=number(month), most=brief(MOST)))
        return mean, np.sqrt(variance)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact: ``months + 1`` rows.

        Columns: month; customers at its end (= first + acquired + referred, by how they came); left, won (acquired
        and referred) and purchases during the month, which in month 0 are none.

        >>> CustomerBase().expected(months=2)["customers"].tolist()
        [1000.0, 1010.0, 1019.7]
        """
        months = self._ahead(months)
        by_origin, _spread = self._numbers(months)
        customers = by_origin.sum(axis=0)
        before = np.concatenate([[0.0], customers[:-1]])
        won = before * self.referrals + np.where(np.arange(months + 1) > 0, self.new_per_month, 0.0)
        flows = {"left": self.monthly_churn * before, "won": won, "purchases": self.purchase_rate * before}
        return means({"customers": customers, **dict(zip(ORIGINS, by_origin, strict=True)), **flows})

    def spread(self, months: int | None = None) -> np.ndarray:
        """Standard deviation of the number of customers by month, exact: ``months + 1`` values.

        >>> CustomerBase(monthly_churn=0.5, new_per_month=0, referrals=0, customers=100).spread(1).tolist()
        [0.0, 5.0]
        """
        return self._numbers(self._ahead(months))[1]

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """The sum of the rates of n customers is gamma with shape n k; of those who leave and those who stay each has a
        beta share of it. So a firm's totals are drawn, never its customers.

        >>> runs = CustomerBase().simulate(months=24, seed=7, replicates=3)
        >>> bool((runs["customers"] == runs["first"] + runs["acquired"] + runs["referred"]).all()), len(runs)
        (True, 75)
        """
        self._numbers(months)
        here = np.zeros((months + 1, 3, replicates), dtype=np.int64)
        left, won, purchases = (np.zeros((months + 1, replicates), dtype=np.int64) for _ in range(3))
        here[0, 0] = self.customers
        size = here[0].sum(axis=0)
        rates = self._rates(size, rng)
        for month in range(1, months + 1):
            purchases[month] = rng.poisson(rates)
            stayed = rng.binomial(here[month - 1], 1 - self.monthly_churn)
            came = np.stack([rng.poisson(self.new_per_month, replicates), rng.poisson(self.referrals * size)])
            here[month] = stayed
            here[month, 1:] += came
            still, won[month] = stayed.sum(axis=0), came.sum(axis=0)
            left[month] = size - still
            rates = rates * self._kept(still, left[month], rng) + self._rates(won[month], rng)
            size = still + won[month]
        columns = {"customers": here.sum(axis=1), **{name: here[:, place] for place, name in enumerate(ORIGINS)}}
        return histories({**columns, "left": left, "won": won, "purchases": purchases})

    def _rates(self, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Sum of the rates of so many new customers."""
        if self._shape == np.inf:
            return self.purchase_rate * size
        return self.purchase_rate * rng.standard_gamma(self._shape * size) / self._shape

    def _kept(self, stay: np.ndarray, leave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Share of the sum of rates that stays with those who stay."""
        some = (stay > 0) & (leave > 0)
        if self._shape == np.inf or not some.any():
            return stay / np.maximum(stay + leave, 1)
        share = (stay > 0).astype(float)
        share[some] = rng.beta(self._shape * stay[some], self._shape * leave[some])
        return share

    def people(self, months: int | None = None, seed: int | None = None) -> pd.DataFrame:
        """The same firm, customer by customer: a row for each who was there in the course of ``months``.

        Columns: customer (1, 2, ... in order of joining); origin ("first", "acquired", "referred"); joined, the month
        (0: there from the start); left, the month, empty where still there; rate, purchases a month on average;
        purchases in all. Raises InputError where more than 20 million customers are to be expected; then
        ``simulate`` draws the totals.

        >>> CustomerBase(monthly_churn=1, new_per_month=0, referrals=0, customers=3).people(12)["left"].tolist()
        [1, 1, 1]
        """
        import pandas as pd

        months = self._ahead(months)
        drawn = self._people(months, np.random.default_rng(seeded(seed)))
        gone = drawn.left <= months
        return pd.DataFrame(
            {
                "customer": np.arange(1, len(gone) + 1),
                "origin": pd.Categorical.from_codes(drawn.origin, ORIGINS),
                "joined": drawn.joined,
                "left": pd.arrays.IntegerArray(drawn.left, ~gone),
                "rate": drawn.rate,
                "purchases": drawn.bought,
            }
        )

    def _people(self, months: int, rng: np.random.Generator) -> Drawn:
        """Month by month only the newcomers are drawn, all at once, each with the month of leaving."""
        self._few(
            self.customers + self.expected(months)["won"].sum(),
            _(
                "Some {size} customers would be drawn one by one; allowed are {most}. simulate draws the totals of a "
                "firm of any size."
            ),
        )
        acquired = rng.poisson(self.new_per_month, months)
        leaving, size = np.zeros(months + 2, dtype=np.int64), self.customers
        groups, lefts = [(0, 0, size)], [self._leaves(0, size, months, rng)]
        leaving += np.bincount(lefts[0], minlength=months + 2)
        for month in range(1, months + 1):
            referred = int(rng.poisson(self.referrals * size))
            groups += [(1, month, int(acquired[month - 1])), (2, month, referred)]
            came = int(acquired[month - 1]) + referred
            lefts.append(self._leaves(month, came, months, rng))
            size += came - int(leaving[month])
            leaving += np.bincount(lefts[-1], minlength=months + 2)
        origin, joined, sizes = np.array(groups, dtype=np.int64).T
        left, joined = np.concatenate(lefts), np.repeat(joined.astype(np.int32), sizes)
        stays = np.minimum(left, months) - joined
        rate = np.full(len(left), float(self.purchase_rate))
        if self._shape != np.inf:
            rate *= rng.standard_gamma(self._shape, len(left)) / self._shape
        bought = rng.poisson(rate * stays)
        return Drawn(np.repeat(origin.astype(np.int8), sizes), joined, stays, left, rate, bought)

    @staticmethod
    def _few(size: float, text: str) -> None:
        """A complaint where more are to be expected than can be drawn one by one."""
        if size > MOST_PEOPLE:
            raise InputError(text.format(size=brief(round(size)), most=brief(MOST_PEOPLE)))

    def _leaves(self, joined: int, size: int, months: int, rng: np.random.Generator) -> np.ndarray:
        """The month in which each of ``size`` customers leaves; ``months + 1`` where it is not seen."""
        if self.monthly_churn == 0:
            return np.full(size, months + 1, dtype=np.int32)
        lifetime = np.minimum(rng.geometric(self.monthly_churn, size), months + 1 - joined)
        return (joined + lifetime).astype(np.int32)

    def purchases(
        self, months: int | None = None, seed: int | None = None, *, amount: float = 100, start: Any = "2025-01-01"
    ) -> pd.DataFrame:
        """Every purchase of these customers, in order of date: customer, date, amount; a table for any analysis.

        The customers are those of ``people`` with the same ``months`` and ``seed``. A customer's purchases fall evenly
        on the days of their months, a month being 30.44 days. Amounts are gamma, their means differ between customers
        (inverse gamma), and all in all the mean is ``amount`` yuan; these shapes are assumptions.

        >>> log = CustomerBase(customers=50).purchases(12, seed=1)
        >>> log.columns.tolist(), log["date"].is_monotonic_increasing
        (['customer', 'date', 'amount'], True)
        """
        import pandas as pd

        months, amount = self._ahead(months), real("amount", amount, 0.01, 10**9)
        first = day(start, "start")
        self._few(
            self.expected(months)["purchases"].sum(),
            _(
                "Some {size} purchases would be drawn one by one; allowed are {most}. simulate draws the totals of a "
                "firm of any size."
            ),
        )
        rng = np.random.default_rng(seeded(seed))
        drawn = self._people(months, rng)
        customer = np.repeat(np.arange(len(drawn.bought), dtype=np.int32), drawn.bought)
        when = drawn.joined[customer] + rng.random(len(customer)) * drawn.stays[customer]
        since = np.floor(when * DAYS_A_MONTH).astype(np.uint16)
        order = np.argsort(since, kind="stable")
        usual = amount * (BETWEEN - 1) / rng.standard_gamma(BETWEEN, len(drawn.bought))
        customer, since = customer[order], since[order]
        paid = np.maximum(np.round(rng.standard_gamma(WITHIN, len(customer)) / WITHIN * usual[customer], 2), 0.01)
        days = (first + since.astype("timedelta64[D]")).astype("datetime64[s]")
        return pd.DataFrame({"customer": customer + 1, "date": days, "amount": paid})

    def _draw(self, ax: Axes, months: int) -> None:
        by_origin, spread = self._numbers(months)
        month, total = np.arange(months + 1), by_origin.sum(axis=0)
        low, high = nine_in_ten(total, spread, 0, np.inf)
        upper, lower = np.cumsum(by_origin, axis=0), np.zeros(months + 1)
        names = (_("there from the start"), _("won by the firm"), _("brought by customers"))
        shown = []
        for edge, colour, hatch, name in zip(upper, (GREY, BLUE, ORANGE), ("", "//", ".."), names, strict=True):
            shown.append(ax.fill_between(month, lower, edge, facecolor=colour, alpha=0.45, hatch=hatch,
                                         edgecolor="white", linewidth=0, label=name))  # fmt: skip
            lower = edge
        ax.plot(month, total, color=GREEN, linewidth=2.2)
        for end in (low, high):
            line = ax.plot(month, end, color=GREEN, linewidth=1.2, linestyle="--", label=_("nine runs in ten"))
        ax.set(xlim=(0, max(months, 1)), ylim=(0, 1.3 * max(high.max(), self.customers, 1)))
        ax.set(xlabel=_("month"), ylabel=_("number of customers"))
        ax.legend(handles=[*shown, *line], loc="upper right", ncols=2, framealpha=0.8, edgecolor="none")
        headline(ax, _("Customers by how they came, and where nine runs in ten lie"))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        by_origin, spread = self._numbers(months)
        total = by_origin.sum(axis=0)
        low, high = (end[-1] for end in nine_in_ten(total, spread, 0, np.inf))
        text = _(
            "The firm starts with {customers} customers. Each month it loses {churn} of those it has and wins {new}, "
            "and each customer brings {referrals} more. After {span} it has {mean} on average; nine runs in ten end "
            "between {low} and {high}. Of the average, {first} were there from the start, {acquired} were won "
            "by the firm and {referred} brought by customers."
        )
        words = [text.format(
            customers=number(self.customers), churn=percent(self.monthly_churn, 1), new=short(self.new_per_month),
            referrals=short(self.referrals, 3), span=span(months), mean=count(total[-1]), low=number(low),
            high=number(high), first=count(by_origin[0, -1]), acquired=count(by_origin[1, -1]),
            referred=count(by_origin[2, -1]),
        )]  # fmt: skip
        if self.level == float("inf"):
            words.append(_("As many come as go or more, so on average the number grows without end."))
        elif self.referrals >= self.monthly_churn:
            words.append(_("As many come as go, so on average the number stays as it is."))
        else:
            text = _("In the long run it heads for {level}, whatever it started with.")
            words.append(text.format(level=count(self.level)))
        text = _("They buy {purchases} times in all; the fifth who buy most often make {top} of the purchases.")
        words.append(text.format(purchases=count(self.purchase_rate * total[:-1].sum()), top=percent(self.top_fifth)))
        return prose(words)
