"""The service-profit chain: how much of better internal service reaches profit, link by link."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, believed, parameter
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import BLUE, GREY, WHITE, headline, thousands
from crmlab.language.catalogue import _, brief, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LINKS = ("employees", "value", "satisfaction", "loyalty", "profit")
STATIONS = {
    "service": mark("internal\nservice"),
    "employees": mark("employee\nsatisfaction"),
    "value": mark("service\nvalue"),
    "satisfaction": mark("customer\nsatisfaction"),
    "loyalty": mark("customer\nloyalty"),
    "profit": mark("profit"),
}
"""The chain from its beginning to its end, as the picture names it."""


class ServiceProfitChain(Experiment):
    """By how many percent each station of the service-profit chain rises if internal service gets better.

    Internal service, employee satisfaction, service value, customer satisfaction, loyalty, profit: each link passes on
    a part of the change before it, its elasticity, "percent per percent". Percentages of small changes multiply, so
    profit rises by ``improvement`` times the product of the five elasticities. Each arrives ``lag`` months after the
    one before: the table has a row a month, and a station's change is 0 until it gets there.

    Nobody knows an elasticity exactly. Each is lognormal with the mean given, independent of the others, and
    ``spread`` is its standard deviation as a part of its mean. The product is then lognormal too, with a spread of
    sqrt((1 + spread**2)**5 - 1): doubt multiplies like effect. So ``interval`` and ``chance`` are exact. Negative links
    are left out: a chain that can do harm is another model.

    The chain is that of Heskett, Jones, Loveman, Sasser and Schlesinger (1994), Putting the service-profit chain to
    work, Harvard Business Review 72(2); the elasticities, their spread and the lag are assumptions. Links measured by
    surveys of who happens to be satisfied are correlations, and need not hold when one pulls at them. ``sears`` sets
    the published example. Raises InputError, naming the field, its value and its bounds.

    >>> chain = ServiceProfitChain(improvement=0.1, employees=0.5, value=0.5, satisfaction=0.5, loyalty=0.5, profit=1)
    >>> chain.effect                                            # 10% * 0.5**4
    0.00625
    >>> ServiceProfitChain(loyalty=0).effect                    # one link is broken
    0.0
    >>> ServiceProfitChain(spread=-1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: spread (doubt about each link) is -1; allowed is 0 to 3.
    """

    columns: ClassVar = {
        "month": mark("month"),
        "service": mark("internal service (% better)"),
        "employees": mark("employee satisfaction (% better)"),
        "value": mark("service value (% better)"),
        "satisfaction": mark("customer satisfaction (% better)"),
        "loyalty": mark("customer loyalty (% better)"),
        "profit": mark("profit (% more)"),
    }

    improvement: float = parameter(
        0.1, low=0, high=1, slider=(0, 0.3, 0.01), label=mark("internal service gets better by"), unit="share"
    )
    employees: float = parameter(
        0.6, low=0, high=10, slider=(0, 1.5, 0.05), label=mark("from internal service to employee satisfaction"),
        unit=mark("% per 1%"),
    )  # fmt: skip
    value: float = parameter(
        0.5, low=0, high=10, slider=(0, 1.5, 0.05), label=mark("from employee satisfaction to service value"),
        unit=mark("% per 1%"),
    )  # fmt: skip
    satisfaction: float = parameter(
        0.7, low=0, high=10, slider=(0, 1.5, 0.05), label=mark("from service value to customer satisfaction"),
        unit=mark("% per 1%"),
    )  # fmt: skip
    loyalty: float = parameter(
        0.4, low=0, high=10, slider=(0, 1.5, 0.05), label=mark("from customer satisfaction to loyalty"),
        unit=mark("% per 1%"),
    )  # fmt: skip
    profit: float = parameter(
        2, low=0, high=10, slider=(0, 6, 0.1), label=mark("from loyalty to profit"), unit=mark("% per 1%")
    )
    spread: float = parameter(
        0.3, low=0, high=3, slider=(0, 1, 0.05), label=mark("doubt about each link"), unit="share"
    )  # fmt: skip
    lag: int = parameter(
        3, low=0, high=120, slider=(0, 12, 1), label=mark("from one link to the next"), unit=mark("months")
    )

    @classmethod
    def sears(cls) -> ServiceProfitChain:
        """The chain as Sears published it: 5 units of employee attitude, 1.3 of customer impression, 0.5% of revenue.

        Rucci, Kirn and Quinn (1998), The employee-customer-profit chain at Sears, Harvard Business Review 76(1). Their
        units are points of two survey indices, here read as percent, and the end is the growth of revenue, not profit.
        They have two links; the stations that they did not measure pass on what comes, with an elasticity of 1. No
        error of their estimates is given, so there is no spread here, which is not to say that there is no doubt.

        >>> [round(float(change), 2) for change in ServiceProfitChain.sears().changes]
        [5.0, 5.0, 1.3, 1.3, 1.3, 0.5]
        """
        links = {"employees": 1, "value": 1.3 / 5, "satisfaction": 1, "loyalty": 1, "profit": 0.5 / 1.3}
        return cls(improvement=0.05, **links, spread=0, lag=3)

    @property
    def _products(self) -> np.ndarray:
        """What of 1% reaches each station, on average."""
        return np.concatenate([[1.0], np.cumprod([getattr(self, link) for link in LINKS])])

    @property
    def _doubt(self) -> np.ndarray:
        """Standard deviation of the logarithm of what reaches each station."""
        return np.sqrt(np.log1p(self.spread**2) * np.arange(len(STATIONS)))

    @property
    def changes(self) -> np.ndarray:
        """Mean change of each station in percent, once it has arrived: six numbers."""
        return 100 * self.improvement * self._products

    @property
    def effect(self) -> float:
        """Mean rise of profit, as a share, once it has arrived.

        >>> round(ServiceProfitChain().effect, 4)
        0.0168
        """
        return float(self.improvement * self._products[-1])

    def interval(self, level: float = 0.9) -> np.ndarray:
        """Lower and upper end of the change of each station in percent, at which ``level`` of the chains lie: (6, 2).

        Exact: quantiles of a lognormal. Raises InputError for a ``level`` that is not between 0 and 1.

        >>> ServiceProfitChain().interval()[-1].round(1).tolist()        # profit: a mean of 1.7, but
        [0.5, 4.0]
        """
        from scipy.special import ndtri

        sides = float(ndtri((1 + believed(level)) / 2)) * np.array([-1.0, 1.0])
        doubt = self._doubt[:, None]
        return self.changes[:, None] * np.exp(doubt * sides - doubt**2 / 2)

    @property
    def median(self) -> float:
        """Rise of profit, as a share, that half of the chains reach: below the mean, as the large ones are very large.

        >>> round(ServiceProfitChain().median, 4), ServiceProfitChain(spread=0).median == ServiceProfitChain().effect
        (0.0135, True)
        """
        return self.effect * float(np.exp(-(self._doubt[-1] ** 2) / 2))

    def _arrived(self, months: int) -> np.ndarray:
        """Whether each station's change (columns) is there by each month (rows)."""
        return np.arange(months + 1)[:, None] >= self.lag * np.arange(len(STATIONS))

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Mean change of each station by month, in percent: ``months + 1`` rows, exact.

        Columns: month, service, employees, value, satisfaction, loyalty, profit.

        >>> ServiceProfitChain(lag=1).expected(months=2)[["employees", "value", "satisfaction"]].round(1)
           employees  value  satisfaction
        0        0.0    0.0           0.0
        1        6.0    0.0           0.0
        2        6.0    3.0           0.0
        """
        arrived = self._arrived(self._ahead(months))
        return means(dict(zip(STATIONS, (arrived * self.changes).T, strict=True)))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Each replicate is a chain with elasticities of its own, drawn once.

        >>> runs = ServiceProfitChain().simulate(months=15, seed=7, replicates=2)
        >>> len(runs), int(runs["profit"].gt(0).sum())                  # profit has moved in the last month only
        (32, 2)
        """
        doubt = np.sqrt(np.log1p(self.spread**2))
        drawn = np.exp(doubt * rng.standard_normal((len(LINKS), replicates)) - doubt**2 / 2)
        factors = np.concatenate([np.ones((1, replicates)), np.cumprod(drawn, axis=0)])
        arrived = self._arrived(months)
        columns = zip(STATIONS, arrived.T, self.changes[:, None] * factors, strict=True)
        return histories({name: there[:, None] * change for name, there, change in columns})

    def _draw(self, ax: Axes, months: int) -> None:
        place, mean, ends = np.arange(len(STATIONS)), self.changes, self.interval()
        there = self._arrived(months)[-1]
        top = max(float(ends.max()), float(mean.max()), 0.1)
        for at, low, high, reached in zip(place, *ends.T, there, strict=True):
            style = "-" if reached else ":"
            ax.plot([at, at], [low, high], color=BLUE, linewidth=2, linestyle=style, marker="_", markersize=10)
        ax.plot(place, mean, color=GREY, linewidth=1.2, linestyle="--", zorder=1.5)
        for reached, filled in ((True, BLUE), (False, "white")):
            chosen = there == reached
            ax.plot(place[chosen], mean[chosen], color=BLUE, marker="o", markersize=8, linestyle="none",
                    markerfacecolor=filled, zorder=4)  # fmt: skip
        for at, value in zip(place, mean, strict=True):
            ax.annotate(_percent(value), (at, value), (7, 3), textcoords="offset points", va="bottom", color=BLUE,
                        bbox=WHITE)  # fmt: skip
        if not there.all():
            text = _("hollow: not there yet after {span}").format(span=span(months))
            ax.annotate(text, (0.98, 0.97), xycoords="axes fraction", ha="right", va="top", color=GREY, fontsize=9.5)
        ax.set(xlim=(-0.5, len(STATIONS) - 0.3), ylim=(0, 1.25 * top), ylabel=_("better by (%)"))
        ax.set_xticks(place, [_(name) for name in STATIONS.values()])
        headline(ax, _("What reaches the end of the chain: mean, and nine chains in ten"))
        thousands(ax)

    def _words(self, months: int) -> str:
        mean, (low, high) = self.changes, self.interval()[-1]
        links = " × ".join(short(getattr(self, link), 2) for link in LINKS)
        text = _(
            "Internal service that is {improvement} better makes profit {effect} higher on average: {improvement} × "
            "{links}."
        )
        words = [text.format(improvement=percent(self.improvement, 1), effect=_percent(mean[-1]), links=links)]
        if self.effect == 0:
            words.append(_("Somewhere the chain passes on nothing, and what comes after gets nothing."))
            return prose(words)
        if self.spread:
            text = _(
                "Each link is uncertain by {spread} of its size, and the doubts multiply: in nine chains of ten profit "
                "rises by {low} to {high}, in half of them by less than {median}."
            )
            words.append(text.format(
                spread=percent(self.spread), low=_percent(low), high=_percent(high),
                median=_percent(100 * self.median),
            ))  # fmt: skip
        weakest = min(LINKS, key=lambda link: getattr(self, link))
        text = _("The weakest link passes on {least}% of each percent: {name}.")
        name = _(type(self).model_fields[weakest].title)
        words.append(text.format(least=short(100 * getattr(self, weakest)), name=name))
        arrives = self.lag * len(LINKS)
        if arrives > months:
            text = _("It takes {arrives} to get there; after {span} profit has not moved.")
            words.append(text.format(arrives=span(arrives), span=span(months)))
        elif arrives:
            words.append(_("It takes {arrives} to get there.").format(arrives=span(arrives)))
        return prose(words)


def _percent(value: float) -> str:
    """A percentage in print, with decimals where it is small.

    >>> _percent(12.34), _percent(1.234), _percent(0.01234)
    ('12%', '1.2%', '0.01%')
    """
    return (
        number(value) if 10 <= value < 1e6 else brief(value) if value >= 10 else short(value, 1 if value >= 1 else 2)
    ) + "%"
