"""Heavy buyers: how much of the sales a few customers make, and how much of that is luck in a short window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, parameter, real, whole
from crmlab.experiments.frames import YEAR, histories
from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, WHITE, headline
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHAPES = (0.01, 1000.0)
"""Bounds of the gamma's shape: from nearly all sales with one customer in a hundred to nearly all alike."""
SINGLE = 200
"""Numbers of purchases up to which each is a class of its own in a simulation."""
STEP = 1.01
"""Above, by how much the classes grow: one in a hundred."""
RARE = 1e-9
"""Customers on average, in all, who may buy more than the last class of a simulation."""
CHUNK = 256
"""Replicates that are drawn at once."""
EIGHTY, TWENTY = 0.8, 0.2
"""The rule of thumb that a picture shows for comparison."""


def gamma_shape(top: float, sales: float) -> float:
    """The shape at which the largest ``top`` share of gamma-distributed amounts makes ``sales`` of their sum.

    Solves 1 - P(shape + 1, x) = sales with 1 - P(shape, x) = top, P the regularised incomplete gamma function. The
    smaller the shape, the more unlike the customers. Raises InputError where ``sales`` is not between ``top`` and 1,
    or where the shape lies outside 0.01 to 1,000.

    >>> round(gamma_shape(0.025, 0.33), 3)
    0.155
    >>> gamma_shape(0.2, 0.1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: sales is 0.1; the largest 20% of customers make more than 20% of sales, and less than 100%.
    """  # noqa: E501
    top, sales = real("top", top, 0, 1), real("sales", sales, 0, 1)
    return _solved(lambda shape: float(_lorenz(shape, np.array([top]))[0]), top, sales)


def lognormal_sigma(top: float, sales: float) -> float:
    """The sigma at which the largest ``top`` share of lognormal amounts makes ``sales`` of their sum: closed form.

    Phi(Phi^-1(top) + sigma) = sales, so sigma = Phi^-1(sales) - Phi^-1(top), with Phi the normal distribution.

    >>> round(lognormal_sigma(0.025, 0.33), 2)
    1.52
    """
    from scipy.special import ndtri

    top, sales = real("top", top, 0, 1), real("sales", sales, 0, 1)
    _between(top, sales)
    return float(ndtri(sales) - ndtri(top))


def lognormal_share(sigma: float, top: float) -> float:
    """Share of the sum that the largest ``top`` share of lognormal amounts makes: Phi(Phi^-1(top) + sigma).

    >>> round(lognormal_share(lognormal_sigma(0.025, 0.33), 0.2), 3)
    0.751
    """
    from scipy.special import ndtr, ndtri

    return float(ndtr(ndtri(real("top", top, 0, 1)) + real("sigma", sigma, 0, 1000)))


def _between(top: float, sales: float) -> None:
    if not 0 < top < sales < 1:
        text = _("sales is {sales}; the largest {top} of customers make more than {top} of sales, and less than 100%.")
        raise InputError(text.format(sales=f"{sales:g}", top=percent(top, 2)))


def _solved(share: Any, top: float, sales: float) -> float:
    """The shape at which ``share(shape)`` is ``sales``; shares fall as the shape grows."""
    from scipy.optimize import brentq

    _between(top, sales)
    low, high = SHAPES
    least, most = share(high), share(low)
    if not least <= sales <= most:
        text = _(
            "No shape from {low} to {high} gives the largest {top} of customers {sales} of sales: possible is {least} "
            "to {most}."
        )
        raise InputError(text.format(
            low=short(low, 2), high=number(high), top=percent(top, 2), sales=percent(sales, 1),
            least=percent(least, 1), most=percent(most, 1),
        ))  # fmt: skip
    return float(np.exp(brentq(lambda at: share(math.exp(at)) - sales, math.log(low), math.log(high), xtol=1e-12)))


def _lorenz(shape: float, top: np.ndarray) -> np.ndarray:
    """Share of the sum made by the largest ``top`` shares of gamma-distributed amounts."""
    from scipy.special import gammaincc, gammainccinv

    return np.where(top >= 1, 1.0, gammaincc(shape + 1, gammainccinv(shape, np.clip(top, 0, 1))))


def _more(count: np.ndarray, shape: float, mean: np.ndarray) -> np.ndarray:
    """Chance that a negative binomial number exceeds ``count``; surely so for a count below 0."""
    from scipy.special import betainc

    count, mean = np.broadcast_arrays(np.asarray(count, dtype=float), mean)
    odds = mean / (shape + mean)
    return np.where(count < 0, 1.0, betainc(np.maximum(count, 0) + 1, shape, odds))


def _window(shape: float, mean: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Share of all purchases made by the ``top`` share of customers with the most, for negative binomial numbers.

    With x the number of purchases at the border, those above x make P(N' >= x) of all purchases, where N' is negative
    binomial with shape + 1 on the same scale (the size-biased number less one); of those with just x it takes as many
    as are still missing.
    """
    mean, top = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(top, dtype=float))
    low, high = np.full(mean.shape, -1.0), np.ones(mean.shape)  # P(N > low) > top >= P(N > high)
    for _doubling in range(64):
        above = _more(high, shape, mean) > top
        if not above.any():
            break
        low, high = np.where(above, high, low), np.where(above, 2 * high, high)
    while True:
        middle = np.floor((low + high) / 2)
        if not ((high - low) > 1).any():
            break
        above = _more(middle, shape, mean) > top
        open_ = high - low > 1
        low, high = np.where(open_ & above, middle, low), np.where(open_ & ~above, middle, high)
    positive = np.where(mean > 0, mean, 1.0)
    biased = positive * (shape + 1) / shape  # of the size-biased number less one
    beyond = _more(high - 1, shape + 1, biased)
    border = high * np.maximum(top - _more(high, shape, positive), 0) / positive
    return np.where(mean > 0, np.minimum(beyond + border, 1.0), 0.0)


def _gini(shape: float, mean: np.ndarray) -> np.ndarray:
    """The Gini coefficient of negative binomial numbers with these means, 0 where the mean is 0.

    The mean difference is, with v = mean / shape * (1 + mean / shape) and phi the characteristic function,
    1 / pi * integral over 0 to pi of (1 - |phi(t)|**2) / (1 - cos t) dt, |phi(t)|**2 = (1 + 2 v (1 - cos t))**-shape.
    With tan(t / 2) = exp(s) the integrand is smooth and falls off at both ends, so equal steps in s are as good as
    exact.
    """
    mean = np.asarray(mean, dtype=float)
    positive = np.where(mean > 0, mean, 1.0)
    width = 4 * positive / shape * (1 + positive / shape)
    start = -np.log(np.maximum(width, 1)) - np.log(max(shape, 1)) - 40
    s = start[..., None] + (40 - start[..., None]) * np.linspace(0, 1, 1200)
    square = np.exp(2 * s)
    inner = -np.expm1(-shape * np.log1p(width[..., None] * (square / (1 + square)))) * np.exp(-s)
    difference = inner.sum(axis=-1) * (s[..., 1] - s[..., 0]) / math.pi
    return np.where(mean > 0, np.clip(difference / (2 * positive), 0, 1), 0.0)


def windows(months: int) -> np.ndarray:
    """Lengths of the windows of observation that a table has: every month for two years, then full years.

    >>> windows(50).tolist()[-4:]
    [23, 24, 36, 48]
    """
    return np.concatenate([np.arange(min(months, 2 * YEAR) + 1), np.arange(3 * YEAR, months + 1, YEAR)])


class HeavyBuyers(Experiment):
    """Share of all purchases that the heaviest ``top`` of a firm's known customers make, by time of observation.

    Each of ``customers`` buys at a rate of their own, the same all the time; the rates differ as a gamma distribution
    with mean ``purchases`` a month and shape ``shape`` (the smaller, the more unlike). Purchases come as a Poisson
    process, so the number in a window of T months is negative binomial (NBD) with mean m = purchases * T and
    P(0) = (1 + m / shape)**-shape. Every purchase is of the same size.

    - ``lasting``: by their rates, the heaviest ``top`` make 1 - P(shape + 1, x), where 1 - P(shape, x) = top and P is
      the regularised incomplete gamma function: the Lorenz curve of the gamma.
    - In a window one sees purchases, not rates. Who was lucky looks heavy, and of the known many have not bought at
      all: the shorter the window, the more the seen heaviest make of what was seen. In the next window the same
      customers make less, for luck does not last: (shape * top + m * seen) / (shape + m), which is ``again``.

    A row of ``expected`` is a window of so many months, from the start of observation: every month for two years, then
    full years. Its shares are those of many customers; in a few, chance matters. In ``simulate`` every window is drawn
    anew, not continued from the shorter one, and ``top`` is rounded to whole customers.

    Source: the course's teaching case "2.5% of 4 million known customers made 33% of sales"; it does not say in what
    time, so the window and ``purchases`` are assumptions, and ``shape`` is what makes 2.5% have 33% by their rates
    (0.155). NBD: Ehrenberg (1959), The pattern of consumer purchases, Applied Statistics 8(1). Raises InputError,
    naming the field, its value and its bounds.

    >>> round(HeavyBuyers.of(0.025, 0.33).lasting(), 3)
    0.33
    >>> HeavyBuyers().expected(months=1).iloc[1][["bought", "top_sales", "again"]].round(2).tolist()
    [0.12, 0.43, 0.25]
    >>> HeavyBuyers(customers=-1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: customers (known customers) is -1; allowed is 0 to 1,000,000,000.
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("months observed"),
        "bought": mark("customers who bought at all (share)"),
        "purchases": mark("number of purchases"),
        "top_sales": mark("sales made by the heaviest of the known (share)"),
        "buyers_sales": mark("sales made by the heaviest of those who bought (share)"),
        "again": mark("sales made by the same heaviest in the next window (share)"),
        "gini": mark("Gini coefficient of the purchases"),
    }

    customers: int = parameter(
        4_000_000, low=0, high=10**9, slider=(1000, 10_000_000, 1000), label=mark("known customers"),
        unit=mark("customers"),
    )  # fmt: skip
    shape: float = parameter(
        0.155, low=SHAPES[0], high=SHAPES[1], slider=(0.05, 2, 0.005), label=mark("likeness of customers"),
        unit=mark("gamma shape"),
    )  # fmt: skip
    purchases: float = parameter(
        0.2, low=0, high=1000, slider=(0.05, 5, 0.05), label=mark("purchases of a customer a month, on average"),
        unit=mark("purchases"),
    )  # fmt: skip
    top: float = parameter(
        0.025, low=0, high=1, slider=(0.005, 0.5, 0.005), label=mark("heaviest buyers looked at"), unit="share"
    )

    @classmethod
    def of(cls, top: float, sales: float, *, months: int | None = None, **others: float) -> HeavyBuyers:
        """The firm whose heaviest ``top`` make ``sales``: by their rates, or as seen in a window of ``months``.

        Raises InputError where no shape does so: in a short window luck alone may make more (see ``luck``).

        >>> seen = HeavyBuyers.of(0.025, 0.33, months=3)
        >>> round(seen.shape, 2), round(seen.lasting(), 2)        # as seen 33%, by their rates 29%
        (0.19, 0.29)
        """
        if months is None:
            return cls(top=top, shape=gamma_shape(top, sales), **others)
        firm = cls(top=top, **others)
        mean = np.array(firm.purchases * whole("months", months, 1, MONTHS[1]), dtype=float)
        shape = _solved(lambda at: float(_window(at, mean, np.array(firm.top))), firm.top, real("sales", sales, 0, 1))
        return firm.model_copy(update={"shape": shape})

    def lasting(self, top: float | None = None) -> float:
        """Share of purchases made in the long run by the heaviest ``top`` (default: the field) by their rates.

        >>> round(HeavyBuyers().lasting(0.2), 2), HeavyBuyers().lasting(1)
        (0.89, 1.0)
        """
        return float(_lorenz(self.shape, np.array([self._share(top)]))[0])

    def seen(self, months: int | None = None, top: float | None = None) -> float:
        """Share of the purchases in a window of ``months`` made by the ``top`` of the known who bought most in it.

        >>> round(HeavyBuyers().seen(1), 2), round(HeavyBuyers().seen(1200), 2)
        (0.43, 0.33)
        """
        mean = self.purchases * self._ahead(months)
        return float(_window(self.shape, np.array(mean), np.array(self._share(top))))

    def luck(self, months: int | None = None) -> float:
        """The same if all customers bought at the same rate: what Poisson chance alone makes of a window.

        >>> round(HeavyBuyers().luck(1), 2), round(HeavyBuyers().luck(1200), 3)
        (0.22, 0.029)
        """
        from scipy.special import gammaincc

        mean = float(self.purchases * self._ahead(months))
        if mean == 0:
            return 0.0
        last = int(mean + 40 * math.sqrt(mean) + 60)
        count = np.arange(last + 1)
        more = 1 - gammaincc(count + 1, mean)  # P(N > count)
        border = int(np.argmax(more <= self.top))
        beyond = 1 - float(gammaincc(border, mean)) if border else 1.0
        return min(beyond + border * max(self.top - float(more[border]), 0.0) / mean, 1.0)

    @property
    def gini(self) -> float:
        """Gini coefficient of the rates: Gamma(shape + 1/2) / (sqrt(pi) * Gamma(shape + 1)).

        >>> HeavyBuyers(shape=1).gini
        0.5
        """
        from scipy.special import poch

        return round(1 / float(poch(self.shape + 0.5, 0.5)) / math.sqrt(math.pi), 12)

    def _share(self, top: float | None) -> float:
        return self.top if top is None else real("top", top, 0, 1)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """One row a window (see ``windows``), exact for many customers; zeros for a window of no months.

        Columns: month (length of the window); bought (share of the known with a purchase); purchases (their number);
        top_sales (share of the purchases made by the ``top`` of the known with the most, ties divided); buyers_sales
        (by the ``top`` of those who bought); again (by the first in the next window of the same length); gini.

        >>> HeavyBuyers(shape=1, purchases=1).expected(1)[["month", "bought", "purchases", "top_sales"]]
           month  bought  purchases  top_sales
        0      0     0.0        0.0    0.00000
        1      1     0.5  4000000.0    0.15625
        """
        import pandas as pd

        month = windows(self._ahead(months))
        mean = self.purchases * month.astype(float)
        bought = -np.expm1(-self.shape * np.log1p(mean / self.shape))
        seen = _window(self.shape, mean, np.full(len(month), self.top))
        columns = {
            "bought": bought,
            "purchases": self.customers * mean,
            "top_sales": seen,
            "buyers_sales": _window(self.shape, mean, self.top * bought),
            "again": np.where(mean > 0, (self.shape * self.top + mean * seen) / (self.shape + mean), 0.0),
            "gini": _gini(self.shape, mean),
        }
        if not self.customers:
            columns = {name: np.zeros(len(month)) for name in columns}
        return pd.DataFrame({"month": month, **columns})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """How many customers buy how often is one multinomial draw over the NBD's numbers of purchases, so a billion
        customers cost what a thousand do. The next window of those on top and of the rest is negative
        binomial, given what they bought. Exact, but for numbers above 200, which are drawn in classes one in a hundred
        wide, each with its exact mean.

        >>> runs = HeavyBuyers(customers=1000).simulate(months=12, seed=7, replicates=3)
        >>> len(runs), bool((runs["top_sales"] >= runs["again"]).mean() > 0.5)
        (39, True)
        """
        month = windows(months)
        names = [name for name in self.columns if name != "month"]
        drawn = {name: np.zeros((len(month), replicates)) for name in names}
        if self.customers and self.purchases:
            for row in range(1, len(month)):
                for first in range(0, replicates, CHUNK):
                    part = slice(first, min(first + CHUNK, replicates))
                    found = self._draw_window(rng, self.purchases * float(month[row]), part.stop - part.start)
                    for name in names:
                        drawn[name][row, part] = found[name]
        runs = histories(drawn)
        runs["month"] = month[runs["month"].to_numpy()]
        return runs

    def _classes(self, mean: float) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of purchases that customers may have, and the chance of each; large ones in classes."""
        edge, last, at = np.arange(SINGLE + 1, dtype=float), SINGLE, np.array(mean)
        while self.customers * float(_more(np.array(last), self.shape, at)) > RARE:
            last *= 2
        if last > SINGLE:
            steps = math.ceil(math.log(last / SINGLE) / math.log(STEP))
            edge = np.concatenate([edge, np.unique(np.floor(SINGLE * STEP ** np.arange(1, steps + 1)))])
        # a class reaches from the edge before it, exclusive, to its own; its purchases by the size-biased number
        chance = -np.diff(_more(edge, self.shape, at), prepend=1.0)
        bought = -np.diff(_more(edge - 1, self.shape + 1, at * (self.shape + 1) / self.shape), prepend=1.0)
        value = np.where(edge <= SINGLE, edge, mean * _over(bought, chance))
        kept = chance > 0
        return value[kept], chance[kept] / chance[kept].sum()

    def _draw_window(self, rng: np.random.Generator, mean: float, replicates: int) -> dict[str, np.ndarray]:
        """The columns of ``expected`` for windows with ``mean`` purchases a customer, drawn at random."""
        value, chance = self._classes(mean)
        # largest first: numpy draws class by class what is left, and the many without a purchase come last
        value, chance = value[::-1], chance[::-1]
        heads = rng.multinomial(self.customers, chance, replicates).astype(float)
        total = heads @ value
        idle = heads[:, -1] if value[-1] == 0 else np.zeros(replicates)
        bought = 1 - idle / self.customers
        rank = np.cumsum(heads, axis=1)

        def taken(most: np.ndarray) -> np.ndarray:
            """Purchases of the ``most`` customers with the most."""
            return np.clip(most[:, None] - (rank - heads), 0, heads) @ value

        top = np.full(replicates, np.floor(self.top * self.customers + 0.5))
        mine = taken(top)
        buyers = taken(np.floor(self.top * (self.customers - idle) + 0.5))
        scale = mean / (self.shape + mean)  # of the next window's rates, given this one's purchases
        later = [
            rng.poisson(rng.standard_gamma(self.shape * people + sums) * scale)
            for people, sums in ((top, mine), (self.customers - top, np.maximum(total - mine, 0)))
        ]
        middle = rank - heads / 2  # mean rank of a class, largest first
        gini = 1 - 2 * _over((heads * value * middle).sum(axis=1), total * self.customers)
        return {
            "bought": bought,
            "purchases": total,
            "top_sales": _over(mine, total),
            "buyers_sales": _over(buyers, total),
            "again": _over(later[0], later[0] + later[1]),
            "gini": np.where(total > 0, gini, 0.0),
        }

    def _curve(self, months: int) -> tuple[np.ndarray, np.ndarray]:
        """Corners of the concentration curve in a window, heaviest first: share of customers, share of purchases."""
        mean = self.purchases * float(months)
        last = 8
        while float(_more(np.array(last), self.shape, np.array(mean))) > 1e-5:
            last *= 2
        count = np.unique(np.floor(np.concatenate([np.arange(12), np.geomspace(12, max(last, 13), 160)])))[::-1]
        biased = mean * (self.shape + 1) / self.shape
        people = _more(count - 1, self.shape, np.array(mean))  # at least so many purchases
        bought = _more(count - 2, self.shape + 1, np.array(biased))
        return np.concatenate([[0.0], people]), np.concatenate([[0.0], np.where(count == 0, 1.0, bought)])

    def _draw(self, ax: Axes, months: int) -> None:
        months = int(windows(max(months, 1))[-1])
        share = np.concatenate([[0.0], np.geomspace(1e-4, 1, 120)])
        text = _("in the long run: {share}").format(share=percent(self.lasting(), 1))
        shown = [(share, _lorenz(self.shape, share), self.lasting(), text, BLUE, "*", "-")]
        for window, colour, marker, line in ((months, GREEN, "^", "-."), (1, ORANGE, "o", "--"))[months == 1 :]:
            if self.purchases and self.customers:
                seen = self.seen(window)
                text = _("seen in {span}: {share}").format(span=span(window), share=percent(seen, 1))
                shown.insert(0, (*self._curve(window), seen, text, colour, marker, line))
        lines = []
        for people, bought, height, text, colour, marker, line in shown:
            look = {"color": colour, "marker": marker, "markersize": 12 if marker == "*" else 8}
            ax.plot(100 * people, 100 * bought, color=colour, linewidth=2, linestyle=line)
            ax.plot(100 * self.top, 100 * height, **look, linestyle="none", zorder=5, clip_on=False)
            lines += ax.plot([], [], **look, linewidth=2, linestyle=line, label=text)
        text = _("if all bought the same")
        lines += ax.plot([0, 100], [0, 100], color=GREY, linestyle=":", linewidth=1.4, label=text)
        ax.plot(100 * TWENTY, 100 * EIGHTY, color=GREY, marker="s", markersize=7, linestyle="none", zorder=4)
        ax.annotate("80/20", (100 * TWENTY, 100 * EIGHTY), (7, -4), textcoords="offset points", color=GREY, va="top",
                    fontsize=9.5, bbox=WHITE)  # fmt: skip
        heading = _("sales made by the heaviest {top}:").format(top=percent(self.top, 1))
        ax.legend(handles=lines, loc="lower right", title=heading, framealpha=0.8, edgecolor="none", handlelength=3)
        ax.set(xlim=(0, 100), ylim=(0, 102))
        ax.set_xlabel(_("heaviest customers first (% of the known)"))
        ax.set_ylabel(_("their part of the sales (%)"))
        headline(ax, _("How much of the sales the heaviest buyers make"))

    def _words(self, months: int) -> str:
        months = max(months, 1)
        if not self.customers or not self.purchases:
            return _("Nobody buys, so there are no sales to divide.")
        row = self.expected(months).iloc[-1]
        months = int(row["month"])
        text = _(
            "By how often they buy in the long run, the heaviest {top} of the {customers} known customers ({heads}) "
            "make {lasting} of the sales, and the heaviest 20% make {twenty}."
        )
        top = percent(self.top, 1)
        words = [text.format(
            top=top, customers=number(self.customers), heads=count(self.top * self.customers),
            lasting=percent(self.lasting(), 1), twenty=percent(self.lasting(TWENTY), 1),
        )]  # fmt: skip
        text = _(
            "In {span} {bought} of the known customers buy at all, and the {top} who buy most in it make {seen}; in as "
            "long a time after it the same customers make {again}, for part of it was luck."
        )
        words.append(text.format(
            span=span(months), bought=percent(row["bought"], 1), top=top, seen=percent(row["top_sales"], 1),
            again=percent(row["again"], 1),
        ))  # fmt: skip
        if months > 1:
            text = _("A single month shows {seen} with the {top} who buy most in it: the shorter the look, the more.")
            words.append(text.format(seen=percent(self.seen(1), 1), top=top))
        text = _("Were all customers alike, chance alone would give the luckiest {top} {luck} of the sales of {span}.")
        words.append(text.format(top=top, luck=percent(self.luck(months), 1), span=span(months)))
        return prose(words)


def _over(part: np.ndarray, total: np.ndarray) -> np.ndarray:
    """A share, 0 of nothing."""
    return np.divide(part, total, out=np.zeros(np.shape(part)), where=np.asarray(total) > 0)
