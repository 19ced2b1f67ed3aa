"""Selling once or keeping: when care for customers overtakes the firm that only wins them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, parameter
from crmlab.experiments.frames import histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREEN, GREY, RED, WHITE, headline, thousands
from crmlab.language.catalogue import _, brief, count, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class RelationshipMarketing(Experiment):
    """Cumulative profit, in yuan, of two firms that win the same customers: one sells to them, one keeps them.

    Each month both win ``won`` customers on average (Poisson), at ``winning_cost`` each, and everybody who buys in a
    month brings ``margin``. The selling firm does no more; of its buyers ``returns`` come back by themselves in the
    next month. The keeping firm spends ``setup`` once at the start, and ``care`` a month on each of its customers; of
    these ``retention`` stay and buy again in the next month. Nothing else differs, and nothing is discounted.

    A customer buys in 1 / (1 - returns) months on average without care, in 1 / (1 - retention) with it. So care pays
    in the long run if (margin - care) / (1 - retention) > margin / (1 - returns), that is if care is below
    ``care_limit = margin * (retention - returns) / (1 - returns)``. If it is not, the keeping firm is never ahead, for
    it also begins behind: care is paid before anybody has come back. If it is, it overtakes sooner or later, whatever
    the setup cost.

    All numbers are assumptions; that care causes the retention is one too. Source: the contrast of transaction and
    relationship marketing is Grönroos's (1994), From marketing mix to relationship marketing, Management Decision
    32(2); the model and its numbers are the course's own.
    Raises InputError, naming the field, its value and its bounds.

    >>> firm = RelationshipMarketing(margin=100, care=20, retention=0.9)
    >>> firm.care_limit, firm.break_even
    (90.0, 10)
    >>> RelationshipMarketing(care=90).break_even                       # care eats what keeping brings
    inf
    >>> RelationshipMarketing(retention=90)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: retention (customers who stay from month to month) is 90; allowed is 0 to 1.
    """

    columns: ClassVar = {
        "month": mark("month"),
        "buyers": mark("buyers of the firm that sells"),
        "customers": mark("customers of the firm that keeps"),
        "selling": mark("profit so far by selling (yuan)"),
        "keeping": mark("profit so far by keeping (yuan)"),
        "lead": mark("lead of keeping (yuan)"),
    }

    won: float = parameter(
        20, low=0, high=10**9, slider=(0, 200, 5), label=mark("customers won each month"), unit=mark("customers")
    )
    winning_cost: float = parameter(
        60, low=0, high=10**9, slider=(0, 500, 10), label=mark("cost of winning a customer"), unit=mark("yuan")
    )
    margin: float = parameter(
        100, low=0, high=10**9, slider=(0, 500, 10), label=mark("margin a buyer brings in a month"), unit=mark("yuan")
    )
    care: float = parameter(
        20, low=0, high=10**9, slider=(0, 150, 5), label=mark("care for a customer in a month"), unit=mark("yuan")
    )
    retention: float = parameter(
        0.9, low=0, high=1, slider=(0, 0.99, 0.01), label=mark("customers who stay from month to month"), unit="share"
    )
    returns: float = parameter(
        0, low=0, high=1, slider=(0, 0.99, 0.01), label=mark("buyers who come back without care"), unit="share"
    )
    setup: float = parameter(
        40_000, low=0, high=10**12, slider=(0, 200_000, 5000), label=mark("cost of setting up care, once"),
        unit=mark("yuan"),
    )  # fmt: skip

    @property
    def care_limit(self) -> float:
        """What care for a customer may cost in a month, in yuan, for keeping to pay in the long run; 0 where never.

        >>> RelationshipMarketing(margin=100, retention=0.9, returns=0.5).care_limit
        80.0
        >>> RelationshipMarketing(retention=0.3, returns=0.5).care_limit
        0.0
        """
        if self.retention <= self.returns:
            return 0.0
        return self.margin * (self.retention - self.returns) / (1 - self.returns)

    @property
    def _never(self) -> bool:
        """Whether keeping does not pay, however far one looks; no dust of rounding may say otherwise."""
        return self.care >= self.care_limit * (1 - 1e-12)

    @property
    def break_even(self) -> float:
        """The first month at whose end the keeping firm is ahead on average; infinite if not within 1,200 months.

        >>> RelationshipMarketing(setup=0).break_even, RelationshipMarketing(setup=0, care=0).break_even
        (2, 2)
        """
        if self._never:
            return math.inf
        ahead = np.flatnonzero(self._means(MONTHS[1])["lead"] > 0)
        return int(ahead[0]) if ahead.size else math.inf

    def _means(self, months: int) -> dict[str, np.ndarray]:
        month = np.arange(months + 1)
        began = month > 0
        at_hand = [
            self.won * np.concatenate([[0.0], np.cumsum(stays ** np.arange(months))])
            for stays in (self.returns, self.retention)
        ]
        buyers, customers = at_hand
        cost = self.winning_cost * self.won * began
        selling = np.cumsum(self.margin * buyers - cost)
        keeping = np.cumsum((self.margin - self.care) * customers - cost) - self.setup
        lead = np.cumsum(self.margin * (customers - buyers) - self.care * customers) - self.setup
        return {"buyers": buyers, "customers": customers, "selling": selling, "keeping": keeping, "lead": lead}

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact: ``months + 1`` rows; in month 0 the setup is paid and nobody has bought.

        Columns: month, buyers (of the selling firm in the month), customers (of the keeping firm), and in yuan
        selling, keeping (profit added up) and lead (keeping less selling).

        >>> RelationshipMarketing(setup=500).expected(months=2)[["customers", "selling", "keeping", "lead"]]
           customers  selling  keeping   lead
        0        0.0      0.0   -500.0 -500.0
        1       20.0    800.0   -100.0 -900.0
        2       38.0   1600.0   1740.0  140.0
        """
        return means(self._means(self._ahead(months)))

    def spread(self, months: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Standard deviation by month of the profit so far by selling and by keeping, exact.

        Customers come as a Poisson number, and each stays for months of his own: profit is compound Poisson.

        >>> selling, keeping = RelationshipMarketing(won=25, margin=100, winning_cost=60, care=20).spread(1)
        >>> selling.tolist(), keeping.tolist()
        ([0.0, 200.0], [0.0, 100.0])
        """
        month = np.arange(1, self._ahead(months) + 1)

        def of(brings: float, stays: float) -> np.ndarray:
            left = stays ** (month - 1)  # who is there for so many months at least
            bought, squared = np.cumsum(left), np.cumsum((2 * month - 1) * left)
            square = brings**2 * squared - 2 * brings * self.winning_cost * bought + self.winning_cost**2
            return np.concatenate([[0.0], np.sqrt(np.maximum(self.won * np.cumsum(square), 0))])

        return of(self.margin, self.returns), of(self.margin - self.care, self.retention)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Both firms win the same number; who comes back or stays is binomial in who was there, which is exact.

        >>> runs = RelationshipMarketing().simulate(months=24, seed=7, replicates=3)
        >>> runs.columns.tolist(), len(runs)
        (['replicate', 'month', 'buyers', 'customers', 'selling', 'keeping', 'lead'], 75)
        """
        won, buyers, customers = (np.zeros((months + 1, replicates), dtype=np.int64) for _ in range(3))
        for month in range(1, months + 1):
            won[month] = rng.poisson(self.won, replicates)
            buyers[month] = won[month] + rng.binomial(buyers[month - 1], self.returns)
            customers[month] = won[month] + rng.binomial(customers[month - 1], self.retention)
        selling = np.cumsum(self.margin * buyers - self.winning_cost * won, axis=0)
        keeping = np.cumsum((self.margin - self.care) * customers - self.winning_cost * won, axis=0) - self.setup
        columns = {"buyers": buyers, "customers": customers, "selling": selling, "keeping": keeping}
        return histories({**columns, "lead": keeping - selling})

    def _draw(self, ax: Axes, months: int) -> None:
        month, mean, spreads = np.arange(months + 1), self._means(months), self.spread(months)
        every, end = max(1, months // 12), max(months, 1)
        lines = [("selling", GREEN, "--", "^"), ("keeping", BLUE, "-", "o")]
        lows, highs = [], []
        for (name, colour, style, marker), spread in zip(lines, spreads, strict=True):
            low, high = nine_in_ten(mean[name], spread, -np.inf, np.inf)
            ax.fill_between(month, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(month, mean[name], color=colour, linestyle=style, marker=marker, markersize=4.5, markevery=every,
                    linewidth=2.2)  # fmt: skip
            lows.append(low.min())
            highs.append(high.max())
        bottom, top = min(*lows, 0), max(*highs, 0)
        tall = max(top - bottom, 10)
        bottom, top = bottom - 0.14 * tall, top + 0.22 * tall
        ax.axhline(0, color=GREY, linewidth=1)
        ax.plot(0, -self.setup, color=BLUE, marker="o", markersize=5, clip_on=False)
        once = _("sells once: {profit}") if self.returns == 0 else _("sells: {profit}")
        ends = [mean[name][-1] for name in ("selling", "keeping")]
        room = max(0.08 * (top - bottom) - abs(ends[1] - ends[0]), 0) / 2  # apart, where they would lie on each other
        for text, at, other, colour in zip((once, _("keeps: {profit}")), ends, ends[::-1], (GREEN, BLUE), strict=True):
            place = at + (room if at > other or (at == other and colour == BLUE) else -room)
            ax.annotate(text.format(profit=brief(round(at))), (end, place), (6, 0), textcoords="offset points",
                        color=colour, va="center", bbox=WHITE)  # fmt: skip
        even = self.break_even
        if even <= months:
            at = mean["keeping"][int(even)]
            ax.plot(even, at, color=RED, marker="*", markersize=14, linestyle="none", zorder=4)
            ax.vlines(even, bottom, at, color=RED, linestyle=":", linewidth=1.4)
            text = _("ahead from month {month} on").format(month=number(even))
        elif self.retention <= self.returns:
            text = _("keeping never pays: care holds nobody more")
        elif self._never:
            text = _("keeping never pays: care costs too much")
        else:
            text = _("keeping is not ahead within {span}").format(span=span(months))
        ax.annotate(text, (0.02, 0.97), xycoords="axes fraction", ha="left", va="top", color=RED, bbox=WHITE)
        ax.set(xlim=(0, 1.34 * end), ylim=(bottom, top), xlabel=_("month"), ylabel=_("profit so far (yuan)"))
        ax.set_xticks([tick for tick in ax.get_xticks() if tick <= end and tick == int(tick)])
        headline(ax, _("Profit so far, and where nine runs in ten lie"))
        thousands(ax)

    def _words(self, months: int) -> str:
        text = _(
            "Both firms win {won} customers a month, at {cost} yuan each; a buyer brings a margin of {margin}. The "
            "firm that keeps spends {care} a month on each customer and {setup} once, and {retention} stay from month "
            "to month."
        )
        words = [text.format(
            won=short(self.won), cost=short(self.winning_cost), margin=short(self.margin), care=short(self.care),
            setup=number(self.setup), retention=percent(self.retention, 1),
        )]  # fmt: skip
        if self.returns:
            text = _("Of the other firm's buyers {returns} come back by themselves in the next month.")
            words.append(text.format(returns=percent(self.returns, 1)))
        else:
            words.append(_("The other firm's buyers do not come back."))
        last = {name: values[-1] for name, values in self._means(months).items()}
        text = _(
            "After {span} the firm that sells has earned {selling} yuan on average, the firm that keeps {keeping}, "
            "with {customers} customers."
        )
        words.append(text.format(
            span=span(months), selling=number(last["selling"]), keeping=number(last["keeping"]),
            customers=count(last["customers"]),
        ))  # fmt: skip
        if self.retention <= self.returns:
            words.append(_("Care holds nobody who would not come back anyway, so keeping never pays."))
            return prose(words)
        limit = short(self.care_limit)
        if self._never:
            text = _("Keeping never pays: care for a customer would have to cost less than {limit} yuan a month.")
        elif self.break_even < math.inf:
            text = _(
                "From month {month} on keeping is ahead. It pays in the long run while care for a customer costs less "
                "than {limit} yuan a month."
            )
        else:
            text = _(
                "Keeping is not ahead within 1,200 months, though care for a customer costs less than {limit} yuan a "
                "month: the setup is too dear for so few customers."
            )
        words.append(text.format(limit=limit, month=number(self.break_even)))
        return prose(words)
