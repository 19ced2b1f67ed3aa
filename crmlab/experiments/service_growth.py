"""Good and poor service in one market: a share that compounds breaks the market, and what growth makes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real, whole
from crmlab.experiments.frames import YEAR, histories, means
from crmlab.experiments.picture import BLUE, GREY, ORANGE, RED, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, mark, number, percent, prose, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PATIENCE = 10**6
"""Years beyond which a share that is carried forward is taken never to reach 100%."""


class Fits(NamedTuple):
    """The share of the market that the good firms must hold for pairs of the claim's numbers to fit each other.

    ``growths``: so that growing alone makes their share change as claimed; ``poor``: the same for the poor firms;
    ``sum``: so that what the good ones win is what the poor ones lose. None where no share does it; several shares
    that are the same make one market.
    """

    growths: float | None
    poor: float | None
    sum: float | None


class ServiceGrowth(Experiment):
    """Market share of firms with good and with poor service, year by year, against shares that are carried forward.

    All customers of a market buy from ``good_firms`` firms with good service, which hold ``good_share`` of it
    together at the start, or from ``poor_firms`` firms with poor service. The results (sales) of the good ones grow
    ``good_growth`` a year, those of the poor ones ``poor_growth``. That fixes the shares, without any theory:

        share' = share * (1 + good_growth) / (share * (1 + good_growth) + (1 - share) * (1 + poor_growth)),

    so the share follows a logistic curve, log(share / (1 - share)) rising by log((1 + good_growth) / (1 +
    poor_growth)) a year: its growth falls as the share rises and is nothing at 100%. (As the shares of pulls in an
    attraction model: Bell, Keeney and Little 1975, A market share theorem, Journal of Marketing Research 12(2).)

    The claim also has the share of a good firm change by ``good_change`` a year and that of a poor one by
    ``poor_change``. Carried forward it can be read in two ways: in percent, each year that part of the share before
    (compounding); in percentage points, each year that much for each of the good firms. Either way it passes 100%
    (``breaks``), and the claim's numbers need not fit one market even in the first year (``fits``).

    Each customer stands for the same sales. In a simulation ``customers`` people choose; from one year to the next
    each customer of the firms that lose changes sides with the probability that the curve asks for, and nobody changes
    the other way, so means and simulation are exact. The number of customers at the start is rounded to whole people.
    The step is a year: a row for each full year within ``months``, at month 12 * year.

    The shares at the start and the numbers of firms are assumptions. Raises InputError, naming the field, its value
    and its bounds. Source: claim good_service_growth; PIMS, as printed by Peters (1987), Thriving on Chaos, where the
    12% and 1% are a return on sales, not growth.

    >>> market = ServiceGrowth(good_share=0.25)
    >>> market.expected(months=24)["share"].round(4).tolist()      # growing 12% a year, while the others grow 1%
    [0.25, 0.2699, 0.2907]
    >>> market.breaks()                  # 6% a year and 6 points a year: the first year in which the share is over 100%
    (24, 7)
    >>> ServiceGrowth(good_share=1).growth_of_share(1.0)                # where all are good, nobody gains
    0.0
    """

    horizon: ClassVar[int] = 360
    columns: ClassVar = {
        "month": mark("month"),
        "year": mark("year"),
        "good": mark("customers of the good firms"),
        "poor": mark("customers of the poor firms"),
        "won": mark("customers won from the poor firms this year"),
        "share": mark("share of the good firms"),
        "in_percent": mark("share carried forward in percent"),
        "in_points": mark("share carried forward in points"),
    }

    customers: int = parameter(
        10_000, low=1, high=10**12, slider=(100, 100_000, 100), label=mark("customers in the market"),
        unit=mark("customers"),
    )  # fmt: skip
    good_share: float = parameter(
        0.3, low=0, high=1, slider=(0, 1, 0.01), label=mark("share of the good firms at the start"), unit="share"
    )
    good_firms: int = parameter(
        2, low=1, high=10**6, slider=(1, 10, 1), label=mark("firms with good service"), unit=mark("firms")
    )
    poor_firms: int = parameter(
        4, low=1, high=10**6, slider=(1, 10, 1), label=mark("firms with poor service"), unit=mark("firms")
    )
    good_growth: float = parameter(
        0.12, low=-0.9, high=2, slider=(-0.1, 0.3, 0.01), label=mark("growth of results a year, good service"),
        unit="share",
    )  # fmt: skip
    poor_growth: float = parameter(
        0.01, low=-0.9, high=2, slider=(-0.1, 0.3, 0.01), label=mark("growth of results a year, poor service"),
        unit="share",
    )  # fmt: skip
    good_change: float = parameter(
        0.06, low=-1, high=1, slider=(-0.1, 0.2, 0.01), label=mark("claimed change of a good firm's share a year"),
        unit="share",
    )  # fmt: skip
    poor_change: float = parameter(
        -0.02, low=-1, high=1, slider=(-0.2, 0.1, 0.01), label=mark("claimed change of a poor firm's share a year"),
        unit="share",
    )  # fmt: skip

    @property
    def _first(self) -> int:
        """Customers of the good firms at the start."""
        return round(self.customers * self.good_share)

    def shares(self, years: int) -> np.ndarray:
        """Share of the good firms in years 0 to ``years``, as the growths have it, in closed form.

        >>> ServiceGrowth(good_growth=0.05, poor_growth=0.05, good_share=0.4).shares(2).tolist()
        [0.4, 0.4, 0.4]
        """
        from scipy.special import expit

        start, year = self._first / self.customers, np.arange(whole("years", years, 0, 100) + 1)
        if start in (0, 1) or self.good_growth == self.poor_growth:
            return np.full(len(year), start)
        pull = math.log1p(self.good_growth) - math.log1p(self.poor_growth)
        shares = expit(math.log(start / (1 - start)) + pull * year)
        shares[0] = start
        return shares

    def growth_of_share(self, share: float) -> float:
        """By what part a good firm's share grows in a year, where all good firms hold ``share`` of the market.

        It is (1 + good_growth) / (1 + growth of the whole market) - 1.

        >>> [round(ServiceGrowth().growth_of_share(share), 3) for share in (0, 0.25, 0.5, 1)]
        [0.109, 0.08, 0.052, 0.0]
        """
        return (1 + self.good_growth) / (1 + self.market_growth(share)) - 1

    def market_growth(self, share: float) -> float:
        """Growth of the whole market in a year in which the good firms hold ``share`` of it.

        >>> ServiceGrowth().market_growth(1)
        0.12
        """
        return float(self._market_growth(real("share", share, 0, 1)))

    def _market_growth(self, share: float | np.ndarray) -> float | np.ndarray:
        return share * self.good_growth + (1 - share) * self.poor_growth

    def fits(self) -> Fits:
        """At which share of the good firms pairs of the claim's numbers fit each other (read in percent).

        >>> [round(share, 3) for share in ServiceGrowth().fits()]      # three shares: no one market has them all
        [0.424, 0.187, 0.25]
        >>> ServiceGrowth(poor_change=0.02).fits().sum is None          # everybody gains
        True
        """
        good, poor = self.good_change, self.poor_change
        return Fits(
            self._share_at((1 + self.good_growth) / (1 + good) - 1 if good > -1 else None),
            self._share_at((1 + self.poor_growth) / (1 + poor) - 1 if poor > -1 else None),
            _part(-poor / (good - poor)) if good != poor else None,
        )

    def _share_at(self, market: float | None) -> float | None:
        """The share of the good firms at which the whole market grows by ``market``."""
        if market is None or self.good_growth == self.poor_growth:
            return None
        return _part((market - self.poor_growth) / (self.good_growth - self.poor_growth))

    def carried_forward(self, years: int) -> tuple[np.ndarray, np.ndarray]:
        """The good firms' share in years 0 to ``years`` if the claimed change goes on: in percent and in points.

        In points each of the ``good_firms`` gains ``good_change``. Neither stops at 100%, and none goes below 0.

        >>> [reading.round(3).tolist() for reading in ServiceGrowth(good_share=0.9, good_firms=1).carried_forward(2)]
        [[0.9, 0.954, 1.011], [0.9, 0.96, 1.02]]
        """
        start, year = self._first / self.customers, np.arange(whole("years", years, 0, 100) + 1)
        return (
            start * (1.0 + self.good_change) ** year,
            np.maximum(start + self.good_firms * self.good_change * year, 0.0),
        )

    def breaks(self) -> tuple[float, float]:
        """The first year in which the share carried forward is over 100%: in percent, in points; infinite if never.

        What takes more than ``PATIENCE`` = a million years counts as never.

        >>> ServiceGrowth(good_share=0.3, good_firms=2).breaks(), ServiceGrowth(good_change=0).breaks()
        ((21, 6), (inf, inf))
        """
        start, step = self._first / self.customers, self.good_firms * self.good_change
        if start == 0 or step <= 0:
            return math.inf, _after((1 - start) / step) if step > 0 else math.inf
        return _after(-math.log(start) / math.log1p(self.good_change)), _after((1 - start) / step)

    @property
    def points_missing(self) -> float:
        """Share of the market that the claim's changes, in points, win a year and nobody loses.

        >>> round(ServiceGrowth(good_firms=2, poor_firms=4).points_missing, 3)       # 12 points won, 8 lost
        0.04
        >>> round(ServiceGrowth(good_firms=1, poor_firms=3).points_missing, 9)
        0.0
        """
        return self.good_firms * self.good_change + self.poor_firms * self.poor_change

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by year, exact: a row for each full year within ``months``, with year 0 for the start.

        Columns: month (12 * year), year; good and poor (customers of either kind of firm); won (customers who go from
        poor to good firms in the year; below 0 the other way); share (of the good firms, as the growths have it);
        in_percent and in_points (that share if the claimed change is carried forward, which may be over 1).

        >>> ServiceGrowth(customers=100, good_share=0.5).expected(12)[["good", "poor", "won"]].round(2).values.tolist()
        [[50.0, 50.0, 0.0], [52.58, 47.42, 2.58]]
        """
        years = self._ahead(months) // YEAR
        shares, (in_percent, in_points) = self.shares(years), self.carried_forward(years)
        good = self.customers * shares
        columns = {"good": good, "poor": self.customers - good, "won": np.diff(good, prepend=good[0]), "share": shares}
        return means({**columns, "in_percent": in_percent, "in_points": in_points}, YEAR)

    def spread(self, years: int) -> np.ndarray:
        """Standard deviation of the good firms' customers in years 0 to ``years``, exact.

        Those who stay with the losing side are binomial.

        >>> ServiceGrowth(customers=100, good_share=0.5).spread(1).round(2).tolist()
        [0.0, 1.56]
        """
        left = np.cumprod(np.concatenate([[1.0], self._stay(years)]))
        return np.sqrt(self._losing * left * (1 - left))

    @property
    def _gains(self) -> bool:
        return self.good_growth > self.poor_growth

    @property
    def _losing(self) -> int:
        """Customers at the start of the firms whose share falls."""
        return self.customers - self._first if self._gains else self._first

    def _stay(self, years: int) -> np.ndarray:
        """Probability that a customer of the firms whose share falls stays with them, in each of the years."""
        slower = min(self.good_growth, self.poor_growth)
        return np.minimum((1 + slower) / (1 + self._market_growth(self.shares(years)[:-1])), 1)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """``share`` is that of the customers drawn; the shares carried forward are the same in every replicate.

        >>> runs = ServiceGrowth().simulate(months=120, seed=7, replicates=2)
        >>> len(runs), bool((runs["good"] + runs["poor"] == 10_000).all())
        (22, True)
        """
        years = months // YEAR
        left, stay = np.zeros((years + 1, replicates), dtype=np.int64), self._stay(years)
        left[0] = self._losing
        for year in range(1, years + 1):
            left[year] = rng.binomial(left[year - 1], stay[year - 1])
        good = self.customers - left if self._gains else left
        flat = np.ones(replicates)
        in_percent, in_points = (np.outer(reading, flat) for reading in self.carried_forward(years))
        columns = {"good": good, "poor": self.customers - good, "won": np.diff(good, axis=0, prepend=good[:1])}
        columns |= {"share": good / self.customers, "in_percent": in_percent, "in_points": in_points}
        return histories(columns, YEAR)

    def _draw(self, ax: Axes, months: int) -> None:
        years = months // YEAR
        year, shares, (in_percent, in_points) = np.arange(years + 1), self.shares(years), self.carried_forward(years)
        every = {"markevery": max(years // 10, 1), "markersize": 5}
        readings = (
            (in_points, ORANGE, "--", "s", _("good firms, carried forward in points")),
            (in_percent, RED, "-.", "^", _("good firms, carried forward in percent")),
            (shares, BLUE, "-", "o", _("good firms, as the growth has it")),
            (1 - shares, GREY, ":", "D", _("poor firms, as the growth has it")),
        )
        for values, colour, style, marker, label in readings:
            ax.plot(year, 100 * values, color=colour, linestyle=style, marker=marker, linewidth=2, label=label, **every)
        ax.axhline(100, color="black", linewidth=1)
        ax.fill_between([0, max(years, 1)], 100, 160, color=GREY, alpha=0.15, linewidth=0)
        ax.text(0.99 * max(years, 1), 103, _("more than the market"), ha="right", va="bottom", fontsize=9.5, color=GREY,
                bbox=WHITE)  # fmt: skip
        first = sorted((at, colour) for at, colour in zip(self.breaks(), (RED, ORANGE), strict=True) if at <= years)
        for at, colour in first[: 1 if len(first) == 2 and first[1][0] - first[0][0] < 0.15 * years else 2]:
            side = "left" if at < 0.85 * years else "right"
            ax.annotate(_("year {year}").format(year=number(at)), (at, 100), (6 if side == "left" else -6, -6),
                        textcoords="offset points", ha=side, va="top", color="black", bbox=WHITE)  # fmt: skip
            ax.plot(at, 100, marker="x", color=colour, markersize=9, markeredgewidth=2.5, zorder=5)
        ax.legend(loc="upper center", ncols=2, framealpha=0.95, edgecolor="none", fontsize=9, columnspacing=1)
        ax.set(xlim=(0, max(years, 1)), ylim=(0, 140), xlabel=_("year"), ylabel=_("share of the market (%)"))
        headline(ax, _("A share that is carried forward, and one that growth makes"))
        whole_steps(ax)
        thousands(ax, highest=100)

    def _words(self, months: int) -> str:
        years = months // YEAR
        shares, (in_percent, in_points) = self.shares(years), self.breaks()
        start = float(shares[0])
        text = _(
            "Firms with good service hold {start} of a market of {customers} customers. If their results grow {good} a "
            "year and those of the others {poor}, they hold {end} after {years} years."
        )
        words = [text.format(
            start=percent(start, 1), customers=number(self.customers), good=percent(self.good_growth, 1),
            poor=percent(self.poor_growth, 1), end=percent(shares[-1], 1), years=number(years),
        )]  # fmt: skip
        text = _(
            "Their share grows {first} in the first year but only {last} a year by then: where all are good, nobody "
            "can gain."
        )
        if 0 < start < 1 and self._gains and years:
            first, last = (percent(self.growth_of_share(share), 1) for share in (start, float(shares[-1])))
            words.append(text.format(first=first, last=last))
        claimed = percent(self.good_change, 1)
        if in_percent < math.inf:
            text = _("A share that rises {change} every year would be over 100% in year {year}.")
            words.append(text.format(change=claimed, year=number(in_percent)))
        if in_points < math.inf:
            text = _("If every good firm ({firms} in all) gains {change} points a year, it is so in year {year}.")
            words.append(text.format(firms=number(self.good_firms), change=short(100 * self.good_change),
                                     year=number(in_points)))  # fmt: skip
        missing = self.points_missing
        text = _(
            "In points a year, the good firms ({good_firms}) change by {won} together and the poor ones ({poor_firms}) "
            "by {lost};"
        )
        sums = text.format(
            good_firms=number(self.good_firms), won=short(100 * self.good_firms * self.good_change),
            poor_firms=number(self.poor_firms), lost=short(100 * self.poor_firms * self.poor_change),
        )  # fmt: skip
        if abs(missing) < 1e-9:
            words.append(prose([sums, _("what some win the others lose.")]))
        elif missing > 0:
            text = _("{points} points are won that nobody loses.")
            words.append(prose([sums, text.format(points=short(100 * missing))]))
        else:
            text = _("{points} points are lost that nobody wins.")
            words.append(prose([sums, text.format(points=short(-100 * missing))]))
        return prose(words)


def _after(years: float) -> float:
    """The first whole year after ``years`` have passed; infinite where that takes too long."""
    return math.floor(round(years, 9)) + 1 if years < PATIENCE else math.inf


def _part(share: float) -> float | None:
    """``share`` where it is one, but for rounding."""
    share = round(share, 12)
    return share + 0.0 if 0 <= share <= 1 else None
