"""A CRM system hosted or owned: what each has cost after so many months, and how sure that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, parameter
from crmlab.experiments.frames import YEAR, histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREY, RED, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, about, brief, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DRAWS = 2000
"""Histories of the vendor's troubles that the chance of a wrong choice is reckoned from."""


class HostedOrOwned(Experiment):
    """Cost so far, in yuan of today, of a CRM system that is rented month by month and of one that is bought.

    **Hosted** (ASP then, SaaS now): ``price`` a user and month for ``users`` users, the price growing by
    ``price_growth`` and the users by ``user_growth`` a year; setting up costs ``SETUP`` = 3 months' fees. In each
    month the vendor may end its service, or raise its price so that one must go: with ``vendor_risk`` a year,
    independently. Then leaving it and setting up with another costs ``MOVE`` = 9 months' fees of that time.

    **Owned**: ``owned_start`` for licences, servers and introduction, of which ``LICENCES`` = 40% are licences, so
    that each further user costs as much for a licence as each of the first; ``owned_running`` a year for staff and
    servers; and ``UPGRADE`` = 30% of ``owned_start`` every ``EVERY`` = 5 years. The introduction may cost more than
    planned: by a part of ``owned_start`` that is exponentially distributed with mean ``overrun``, so half of all
    projects overrun by less than 0.7 times that and one in twenty by more than three times.

    All costs are discounted at ``DISCOUNT`` = 6% a year. With d the monthly factor, hosted costs ``SETUP`` * fee_0 +
    the sum of d^m * fee_m * (1 + MOVE * q), q = 1 - (1 - vendor_risk)^(1/12); owned costs owned_start * (1 + overrun)
    at once and the rest month by month. Users and fees grow evenly from month to month. What the systems do, what
    they are worth at the end, tax and the data's safety are left out. All numbers are assumptions: put in an offer.

    Raises InputError, naming the field, its value and its bounds. Source: the course's choice between hosted (ASP)
    and own systems in chapter 9; the arithmetic is that of total cost of ownership.

    >>> choice = HostedOrOwned(users=10, user_growth=0, price=100, price_growth=0, vendor_risk=0)
    >>> choice.expected(months=1)["hosted"].round(1).tolist()                 # three months' fees, then one
    [3000.0, 995.2]
    >>> HostedOrOwned(owned_start=0, owned_running=0).break_even()            # what is free is cheaper at once
    0
    >>> HostedOrOwned(price=0).break_even()                                   # and never against what is free
    inf
    """

    horizon: ClassVar[int] = 96
    SETUP: ClassVar[float] = 3.0
    MOVE: ClassVar[float] = 9.0
    LICENCES: ClassVar[float] = 0.4
    UPGRADE: ClassVar[float] = 0.3
    EVERY: ClassVar[int] = 5
    DISCOUNT: ClassVar[float] = 0.06
    columns: ClassVar = {
        "month": mark("month"),
        "users": mark("users of the system"),
        "moved": mark("moves to another vendor"),
        "hosted": mark("hosted: cost of the month (yuan)"),
        "owned": mark("owned: cost of the month (yuan)"),
        "hosted_total": mark("hosted: cost so far (yuan)"),
        "owned_total": mark("owned: cost so far (yuan)"),
    }

    users: int = parameter(50, low=1, high=10**9, slider=(5, 500, 5), label=mark("users at the start"),
                           unit=mark("users"))  # fmt: skip
    user_growth: float = parameter(
        0.05, low=-0.9, high=1, slider=(-0.1, 0.5, 0.01), label=mark("growth of the users a year"), unit="share"
    )
    price: float = parameter(
        150, low=0, high=10**6, slider=(0, 1000, 10), label=mark("hosted: price a user and month"), unit=mark("yuan")
    )
    price_growth: float = parameter(
        0.04, low=-0.9, high=1, slider=(-0.1, 0.3, 0.01), label=mark("hosted: growth of the price a year"), unit="share"
    )
    vendor_risk: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.5, 0.01), label=mark("hosted: chance a year that one must move"),
        unit="share",
    )  # fmt: skip
    owned_start: float = parameter(
        300_000, low=0, high=10**12, slider=(0, 2_000_000, 20_000), unit=mark("yuan"),
        label=mark("owned: licences, servers, introduction"),
    )  # fmt: skip
    owned_running: float = parameter(
        50_000, low=0, high=10**12, slider=(0, 500_000, 5_000), label=mark("owned: staff and servers a year"),
        unit=mark("yuan"),
    )  # fmt: skip
    overrun: float = parameter(
        0.3, low=0, high=10, slider=(0, 2, 0.05), label=mark("owned: mean overrun of the introduction"), unit="share"
    )

    @property
    def monthly_risk(self) -> float:
        """Probability that the firm must move to another vendor in a month.

        >>> round(HostedOrOwned(vendor_risk=0.5).monthly_risk, 4)
        0.0561
        """
        return -math.expm1(math.log1p(-self.vendor_risk) / YEAR) if self.vendor_risk < 1 else 1.0

    def _parts(self, months: int) -> tuple[np.ndarray, ...]:
        """By month, discounted: users (not discounted), hosted without moves, a move, owned without its overrun."""
        month = np.arange(months + 1)
        discount = (1 + self.DISCOUNT) ** (-month / YEAR)
        users = self.users * (1.0 + self.user_growth) ** (month / YEAR)
        fee = discount * users * self.price * (1.0 + self.price_growth) ** (month / YEAR)
        hosted = np.where(month > 0, fee, self.SETUP * fee)
        further = np.maximum(np.diff(users, prepend=users[0]), 0) / self.users
        owned = discount * (
            np.where(month > 0, self.owned_running / YEAR, self.owned_start)
            + self.owned_start * (self.LICENCES * further + self.UPGRADE * self._upgrades(month))
        )
        return users, hosted, np.where(month > 0, self.MOVE * fee, 0.0), owned

    def _upgrades(self, month: np.ndarray) -> np.ndarray:
        return (month > 0) & (month % (self.EVERY * YEAR) == 0)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact: ``months + 1`` rows; month 0 is the start with its single costs.

        Columns: month; users; moved (the mean number of moves in the month); hosted and owned (cost of the month,
        discounted, yuan); hosted_total and owned_total (added up).

        >>> HostedOrOwned(overrun=0.5).expected(months=0)[["hosted", "owned"]].values.tolist()
        [[22500.0, 450000.0]]
        """
        months = self._ahead(months)
        users, hosted, move, owned = self._parts(months)
        moved = np.where(np.arange(months + 1) > 0, self.monthly_risk, 0.0)
        hosted = hosted + moved * move
        owned[0] += self.owned_start * self.overrun
        columns = {"users": users, "moved": moved, "hosted": hosted, "owned": owned}
        return means({**columns, "hosted_total": np.cumsum(hosted), "owned_total": np.cumsum(owned)})

    def spread(self, months: int | None = None) -> tuple[np.ndarray, float]:
        """Standard deviations of the hosted cost so far, by month, and of the owned one, the same in all; exact.

        >>> HostedOrOwned(vendor_risk=0, owned_start=1000, overrun=0.5).spread(1)
        (array([0., 0.]), 500.0)
        """
        risk, move = self.monthly_risk, self._parts(self._ahead(months))[2]
        return math.sqrt(risk * (1 - risk)) * np.sqrt(np.cumsum(move**2)), self.owned_start * float(self.overrun)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """A move is drawn for each month (Bernoulli), the overrun once for each history (exponential): exact.

        >>> runs = HostedOrOwned().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), sorted(runs["moved"].unique().tolist())[0]
        (26, 0)
        """
        users, base, move, owned = (part[:, None] for part in self._parts(months))
        moved = np.zeros((months + 1, replicates), dtype=np.int64)
        moved[1:] = rng.binomial(1, self.monthly_risk, (months, replicates))
        hosted, owned = base + moved * move, np.repeat(owned, replicates, axis=1)
        owned[0] += self.owned_start * self.overrun * rng.exponential(size=replicates)
        columns = {"users": np.repeat(users, replicates, axis=1), "moved": moved, "hosted": hosted, "owned": owned}
        columns |= {"hosted_total": np.cumsum(hosted, axis=0), "owned_total": np.cumsum(owned, axis=0)}
        return histories(columns)

    def break_even(self, months: int = MONTHS[1]) -> float:
        """The first month, up to ``months``, after which the owned system has cost less on average; else infinity.

        An upgrade can turn the order once more later.

        >>> HostedOrOwned().break_even(), HostedOrOwned().break_even(months=24)
        (90, inf)
        """
        table = self.expected(months)
        cheaper = np.flatnonzero(table["owned_total"] < table["hosted_total"])
        return int(cheaper[0]) if cheaper.size else math.inf

    def chance_owned_dearer(self, months: int | None = None) -> float:
        """Probability that the owned system has cost more than the hosted one after ``months``.

        Given the vendor's troubles it is the exponential tail of the overrun, exactly; over these it is averaged in
        ``DRAWS`` = 2,000 histories, the same at every call, which leave it right to about a percentage point.

        >>> HostedOrOwned(overrun=0, vendor_risk=0).chance_owned_dearer(12)
        1.0
        """
        months = self._ahead(months)
        _users, hosted, move, owned = self._parts(months)
        risk = self.monthly_risk
        room = np.full(1, hosted.sum() - owned.sum())  # what is left for an overrun
        if 0 < risk < 1:
            moved = np.random.default_rng(9).random((DRAWS, months + 1), dtype=np.float32) < risk
            room = room + moved @ move
        elif risk == 1:
            room = room + move.sum()
        mean = self.owned_start * self.overrun
        if mean == 0:
            return float(np.mean(room < 0))
        return float(np.mean(np.exp(-np.maximum(room, 0) / mean)))

    def _draw(self, ax: Axes, months: int) -> None:
        table, (hosted_spread, owned_spread) = self.expected(months), self.spread(months)
        month, hosted, owned = (table[name].to_numpy() for name in ("month", "hosted_total", "owned_total"))
        base = np.cumsum(self._parts(months)[1])
        least = owned - owned_spread  # the owned cost without any overrun
        bands = (
            (BLUE, *nine_in_ten(hosted, hosted_spread, base, np.inf)),
            (RED, least - math.log(0.95) * owned_spread, least - math.log(0.05) * owned_spread),
        )
        every = {"markevery": max(months // 8, 1), "markersize": 5.5, "linewidth": 2.2}
        lines = ((BLUE, "-", "o", hosted, _("hosted: {cost}")), (RED, "--", "s", owned, _("owned: {cost}")))
        for (colour, low, high), (_colour, style, marker, line, label) in zip(bands, lines, strict=True):
            ax.fill_between(month, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(month, line, color=colour, linestyle=style, marker=marker,
                    label=label.format(cost=about(line[-1])), **every)  # fmt: skip
        top = 1.28 * max(max(band[2].max() for band in bands), 1e-9)
        ax.set(xlim=(0, max(months, 1)), ylim=(0, top), xlabel=_("month"), ylabel=_("yuan of today"))
        even = self.break_even(months)
        if 0 < even <= months:
            ax.axvline(even, ymax=0.8, color=GREY, linestyle=":", linewidth=1.6)
            text, right = _("owned breaks even\nin month {month}").format(month=number(even)), even < 0.6 * months
            ax.annotate(text, (even, 0.8 * top), (5 if right else -5, 0), textcoords="offset points", color=GREY,
                        ha="left" if right else "right", va="top", bbox=WHITE)  # fmt: skip
        ax.legend(loc="upper left", ncols=2, framealpha=0.8, edgecolor="none")
        headline(ax, _("Cost so far, and where nine cases in ten lie: {span}").format(span=span(months)))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        last, even = self.expected(months).iloc[-1], self.break_even(months)
        hosted, owned = last["hosted_total"], last["owned_total"]
        text = _(
            "For {users} users at the start the hosted system has cost {hosted} yuan after {span} on average, the "
            "owned one {owned}, in money of today."
        )
        words = [text.format(users=number(self.users), hosted=_sum(hosted), owned=_sum(owned), span=span(months))]
        if even == math.inf:
            words.append(_("In this time the owned system never becomes the cheaper one."))
        elif even == 0:
            words.append(_("The owned system is the cheaper one from the start."))
        else:
            words.append(_("The owned system breaks even in month {month}.").format(month=number(even)))
            if owned > hosted:
                words.append(_("But later costs turn this round again."))
        chance = self.chance_owned_dearer(months)
        text = _("{name} is cheaper on average, but in {chance} of cases it is dearer in fact: {why}.")
        if owned < hosted and percent(chance, 1) != "0%":
            why = _("its introduction may cost more than planned")
            words.append(text.format(name=_("The owned one"), chance=percent(chance, 1), why=why))
        elif hosted < owned and percent(1 - chance, 1) != "0%":
            why = _("one may have to leave the vendor, or the introduction may cost no more than planned")
            words.append(text.format(name=_("The hosted one"), chance=percent(1 - chance, 1), why=why))
        text = _("With a risk of {risk} a year that one must move, the moves to be expected are {moves}.")
        words.append(text.format(risk=percent(self.vendor_risk, 1), moves=short(self.monthly_risk * months)))
        if self.overrun:
            text = _("One project in twenty costs {much} times the plan or more.")
            words.append(text.format(much=short(1 - self.overrun * math.log(0.05))))
        words.append(_("All these numbers are assumptions."))
        return prose(words)


def _sum(yuan: float) -> str:
    """An amount to three digits: it is an estimate. The largest ones short."""
    yuan = float(f"{yuan:.3g}")
    return number(yuan) if yuan < 10**12 else brief(yuan)
