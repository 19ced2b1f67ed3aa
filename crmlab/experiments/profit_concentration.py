"""How profit is spread over customers: margins and costs to serve that differ, and the curve that comes of it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real, seeded, whole
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import PURPLE, WHITE, headline
from crmlab.experiments.whale_picture import BEST, draw_whale, figure
from crmlab.language.catalogue import _, brief, count, mark, number, percent, prose, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DRAWN = 10_000
"""Customers that a run draws one by one; of a larger base so many are drawn and their luck is scaled."""
AT_ONCE = 1_000_000
WIDEST = 1000
CELLS = 60
"""Steps into which each of two normal numbers is cut for the curve; the same with twice as many corrects it."""
MOST_DISTANT = 7.5
OF = ("total", "profitable")
SURE = 1e-4
SEEN = 0.005
"""Losses smaller than this part of what is made cannot be seen in a picture."""
FORTY_POINTS = {"margin": 100, "margin_spread": 106.42, "cost": 28.612, "cost_spread": 106.42}
"""Firm whose best 20% make 140% of the total and whose worst 20% lose 40%, found with equal spreads, no correlation."""


class Parts(NamedTuple):
    """A customer's mean margin and cost a month, of the profitable and of the others, and the others' share."""

    unprofitable: float
    margin_kept: float
    cost_kept: float
    margin_lost: float
    cost_lost: float

    @property
    def made(self) -> float:
        """What the profitable make, per customer of all."""
        return max(self.margin_kept - self.cost_kept, 0.0)

    @property
    def lost(self) -> float:
        """What the unprofitable lose, per customer of all."""
        return max(self.cost_lost - self.margin_lost, 0.0)


class ProfitConcentration(Experiment):
    """Profit of customers who differ in margin and in cost to serve: who makes it, who loses it, and how much.

    Each customer has a lasting margin M and a lasting cost to serve C a month, in yuan, both lognormal with the means
    ``margin`` and ``cost``; profit is M - C. ``margin_spread`` says how unequal the margins are: the upper sixth of the
    customers (more exactly 15.9%) have at least so many times the median, so the standard deviation of ln M is
    ln(margin_spread); 1 makes all alike. ``cost_spread`` likewise. ``correlation`` is that of ln M and ln C: above 0
    those who bring much also cost much. Then, with s the standard deviation of ln M - ln C, the share of unprofitable
    customers is Phi(-d), d = E(ln M - ln C) / s, and what the profitable make is Margrabe's exchange option,
    margin * Phi(d + cov(ln M, ln M - ln C) / s) - cost * Phi(d + cov(ln C, ln M - ln C) / s): all means are closed
    forms. Only the curve itself (``made_by``) is reckoned numerically, to about a thousandth of the mean margin.

    "80/20/30" can be read in two ways, which ``matching`` keeps apart: the best 20% make 80% of the *total* profit
    (after the losses), or 80% of what the *profitable* make; the worst 30% lose half of that 80%.

    ``avoidable`` is the part of a customer's cost that goes when the customer goes. The rest was allocated and stays,
    while the whole margin goes: to drop the unprofitable pays only above ``break_even``. That is the trap of the curve.

    The customers' margins and costs last, so months differ only in that money adds up. With the luck of single months,
    which is not in the model, a curve over a short time looks more unequal than the customers are.

    In ``simulate``, up to ``DRAWN`` = 10,000 customers each is drawn, exactly. Of a larger base 10,000 are drawn, and
    what they depart from the mean is scaled by the square root of customers / 10,000: an approximation whose means,
    variances and covariances are exact, while its shape is that of 10,000 customers.

    Source: Margrabe (1978), The value of an option to exchange one asset for another, Journal of Finance 33(1); claim
    pareto_80_20_30. Neither the lognormal form nor any number is published: the defaults are chosen to come near the
    claim's first reading. Raises InputError, naming the field, its value and its bounds.

    >>> firm = ProfitConcentration()
    >>> round(firm.made_by(0.2), 2), round(firm.unprofitable, 2), round(firm.peak, 2)
    (0.8, 0.3, 1.41)
    >>> ProfitConcentration(margin_spread=1, cost_spread=1).made_by(0.2)       # all alike: 20% make 20%
    0.2
    >>> round(firm.break_even, 2)                              # dropping pays if more than this part of the cost goes
    0.67
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "profitable": mark("profitable customers"),
        "unprofitable": mark("unprofitable customers"),
        "made": mark("made by the profitable so far (yuan)"),
        "lost": mark("lost by the unprofitable so far (yuan)"),
        "profit": mark("profit so far (yuan)"),
        "without": mark("profit so far had the unprofitable been dropped (yuan)"),
    }

    customers: int = parameter(
        1000, low=0, high=10**9, slider=(0, 10_000, 100), label=mark("number of customers"), unit=mark("customers")
    )
    margin: float = parameter(
        100, low=0, high=10**9, slider=(0, 300, 5), label=mark("mean margin of a customer a month"), unit=mark("yuan")
    )
    margin_spread: float = parameter(
        1.5, low=1, high=WIDEST, slider=(1, 8, 0.1), label=mark("margin of the upper sixth, at least"),
        unit=mark("times the median"),
    )  # fmt: skip
    cost: float = parameter(
        74, low=0, high=10**9, slider=(0, 300, 1), label=mark("mean cost of serving a customer a month"),
        unit=mark("yuan"),
    )  # fmt: skip
    cost_spread: float = parameter(
        1.6, low=1, high=WIDEST, slider=(1, 8, 0.1), label=mark("cost of the upper sixth, at least"),
        unit=mark("times the median"),
    )  # fmt: skip
    correlation: float = parameter(
        0, low=-1, high=1, slider=(-1, 1, 0.05), label=mark("correlation of margin and cost"), unit="share"
    )
    avoidable: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.05), label=mark("part of the cost that goes with the customer"),
        unit="share",
    )  # fmt: skip

    @classmethod
    def matching(
        cls, best: float = 0.2, made: float = 0.8, unprofitable: float = 0.3, lost: float = 0.4, *, of: str = "total",
        correlation: float = 0.0,
    ) -> ProfitConcentration:  # fmt: skip
        """The firm whose best customers make ``made`` and whose unprofitable ones lose ``lost``, parts of ``of``.

        ``of`` is "total", the profit after the losses, or "profitable", what the profitable make; ``best`` and
        ``unprofitable`` are shares of the customers. The margin is 100 yuan; both spreads and the cost are solved for.
        Raises InputError where no such firm is found.

        >>> firm = ProfitConcentration.matching(of="total")
        >>> round(firm.margin_spread, 2), round(firm.cost, 1), round(firm.cost_spread, 2)
        (1.5, 74.4, 1.57)
        >>> firm = ProfitConcentration.matching(of="profitable")
        >>> round(firm.margin_spread, 2), round(firm.cost, 1), round(firm.cost_spread, 2)
        (3.98, 51.5, 5.44)
        """
        if of not in OF:
            text = _("{name} is {value!r}; allowed is one of {names}.")
            raise InputError(text.format(name="of", value=of, names=", ".join(OF)))
        values = {"best": best, "made": made, "unprofitable": unprofitable, "lost": lost}
        high = {"made": WIDEST, "lost": WIDEST if of == "total" else 1}
        asked = {name: real(name, value, 0, high.get(name, 1)) for name, value in values.items()}
        whole_sum = 1 + asked["lost"] if of == "total" else 1.0
        solved = _solve(asked["best"], asked["made"] / whole_sum, asked["unprofitable"], asked["lost"] / whole_sum,
                        real("correlation", correlation, -1, 1))  # fmt: skip
        if solved is None:
            text = _(
                "No lognormal margins and costs have the best {best} make {made} while the worst {unprofitable} lose "
                "{lost}."
            )
            raise InputError(text.format(**{name: percent(value, 1) for name, value in asked.items()}))
        return cls(**solved, correlation=correlation)

    @classmethod
    def tellings(cls) -> pd.DataFrame:
        """What customers must be like for each published telling of the rule; one row a telling.

        Columns: telling, in the language spoken now; as shares of the total profit best_20 (made by the best 20%),
        lost and peak; unprofitable (share of the customers); margin_spread, cost_spread and cost_to_margin needed.

        >>> ProfitConcentration.tellings()["best_20"].round(2).tolist()
        [0.8, 1.33, 1.4]
        """
        import pandas as pd

        firms = {
            mark("80/20/30 of the total profit"): cls.matching(of="total"),
            mark("80/20/30 of what the profitable make"): cls.matching(of="profitable"),
            mark("best 20% make 140%, last 20% lose 40 points"): cls(**FORTY_POINTS),
        }
        rows = [
            {
                "telling": _(telling), "best_20": firm.made_by(), "unprofitable": firm.unprofitable,
                "lost": firm.peak - 1, "peak": firm.peak, "margin_spread": firm.margin_spread,
                "cost_spread": firm.cost_spread, "cost_to_margin": firm.cost / firm.margin,
            }
            for telling, firm in firms.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def _logs(self) -> tuple[float, float]:
        """Standard deviations of ln M and ln C."""
        return math.log(self.margin_spread), math.log(self.cost_spread)

    @property
    def parts(self) -> Parts:
        """Means a customer and month, by who is profitable; what the profitable make less what the others lose is all.

        >>> ProfitConcentration(cost=0).parts
        Parts(unprofitable=0.0, margin_kept=100.0, cost_kept=0.0, margin_lost=0.0, cost_lost=0.0)
        """
        return _parts(float(self.margin), float(self.cost), *self._logs, float(self.correlation))

    @property
    def unprofitable(self) -> float:
        """Share of the customers who cost more than they bring."""
        return self.parts.unprofitable

    @property
    def peak(self) -> float:
        """What the profitable make, as a share of the total profit; infinite where that is not more than 0.

        >>> ProfitConcentration(cost=300).peak
        inf
        """
        return self.parts.made / (self.margin - self.cost) if self.margin > self.cost else math.inf

    @property
    def break_even(self) -> float:
        """Part of their costs that must go with the unprofitable for it to pay to drop them; 1 where there are none.

        >>> ProfitConcentration(cost=0).break_even
        1.0
        """
        parts = self.parts
        return parts.margin_lost / parts.cost_lost if parts.cost_lost > 0 else 1.0

    def curve(self, best: np.ndarray) -> np.ndarray:
        """What the best shares ``best`` of very many customers bring, in yuan a month and customer of all.

        >>> ProfitConcentration().curve(np.array([0, 1])).round(6).tolist()
        [0.0, 26.0]
        """
        coarse, fine = (
            np.interp(best, *_curve(float(self.margin), float(self.cost), *self._logs, float(self.correlation), cells))
            for cells in (CELLS, 2 * CELLS)
        )
        return fine + (fine - coarse) / 3  # the error falls with the square of the step

    def made_by(self, best: float = BEST, *, of: str = "total") -> float:
        """What the best share ``best`` of very many customers bring, as a share of ``of``: "total" or "profitable".

        Infinite, or minus infinite, where the total is not more than 0; 0 where there is no profit at all.

        >>> firm = ProfitConcentration.matching(of="profitable")
        >>> round(firm.made_by(0.2, of="profitable"), 3), round(firm.made_by(0.2), 2)
        (0.8, 1.33)
        """
        if of not in OF:
            text = _("{name} is {value!r}; allowed is one of {names}.")
            raise InputError(text.format(name="of", value=of, names=", ".join(OF)))
        money = round(float(self.curve(np.array([real("best", best, 0, 1)]))[0]), 9)
        base = self.margin - self.cost if of == "total" else self.parts.made
        if base > 0:
            return money / base
        return math.copysign(math.inf, money) if money else 0.0

    def people(self, customers: int, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Margins and costs a month of so many customers, drawn from the model.

        >>> [each.round(1).tolist() for each in ProfitConcentration(margin_spread=1, cost_spread=1).people(2, seed=1)]
        [[100.0, 100.0], [74.0, 74.0]]
        """
        customers = whole("customers", customers, 0, 10**7)
        return self._people(np.random.default_rng(seeded(seed)), (customers,))

    def _people(self, rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        wide, dear = self._logs
        first, second = rng.standard_normal((2, *shape))
        second = self.correlation * first + math.sqrt(1 - self.correlation**2) * second
        return self.margin * np.exp(wide * first - wide**2 / 2), self.cost * np.exp(dear * second - dear**2 / 2)

    def _flows(self, parts: np.ndarray) -> dict[str, np.ndarray]:
        """Money a month from margins and costs of the profitable, then of the others."""
        margin_kept, cost_kept, margin_lost, cost_lost = parts
        made, lost = margin_kept - cost_kept, cost_lost - margin_lost
        return {"made": made, "lost": lost, "profit": made - lost, "without": made - (1 - self.avoidable) * cost_lost}

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact: ``months + 1`` rows; heads are the same in each, money is added up from month 0 on.

        Columns: month; profitable (who lose nothing), unprofitable; in yuan so far made (by the profitable), lost (by
        the others), profit (made - lost), without (the profit had the unprofitable been dropped at the start).

        >>> ProfitConcentration(margin_spread=1, cost_spread=1, customers=10).expected(2)["profit"].tolist()
        [0.0, 260.0, 520.0]
        """
        time = np.arange(self._ahead(months) + 1)
        parts = self.parts
        heads = self.customers * np.array([1 - parts.unprofitable, parts.unprofitable])
        flows = self._flows(self.customers * np.array(parts[1:]))
        columns = {"profitable": np.full(len(time), heads[0]), "unprofitable": np.full(len(time), heads[1])}
        return means({**columns, **{name: time * flow for name, flow in flows.items()}})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """The customers are drawn once a replicate, in batches of replicates.

        >>> runs = ProfitConcentration(customers=10**9).simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["profitable"] + runs["unprofitable"] == 10**9).all())
        (26, True)
        """
        drawn = min(self.customers, DRAWN)
        sums = np.zeros((5, replicates))
        batch = max(1, AT_ONCE // max(drawn, 1))
        for start in range(0, replicates, batch):
            some = slice(start, min(start + batch, replicates))
            margin, cost = self._people(rng, (some.stop - start, drawn))
            loses = margin < cost
            kept = ~loses
            sums[:, some] = [each.sum(axis=1) for each in (
                loses, margin * kept, cost * kept, margin * loses, cost * loses
            )]  # fmt: skip
        if self.customers > drawn:
            mean = np.array(self.parts)[:, None]
            sums = self.customers * mean + math.sqrt(self.customers / drawn) * (sums - drawn * mean)
        unprofitable = np.rint(sums[0]).astype(np.int64)
        time = np.arange(months + 1)[:, None]
        every = np.ones((months + 1, 1), dtype=np.int64)
        columns = {"profitable": every * (self.customers - unprofitable), "unprofitable": every * unprofitable}
        return histories({**columns, **{name: time * flow for name, flow in self._flows(sums[1:]).items()}})

    def _draw(self, ax: Axes, months: int) -> None:
        parts, top, total = self.parts, 1 - self.unprofitable, self.margin - self.cost
        best = np.union1d(np.linspace(0, 1, 201), [BEST, top])
        money = self.curve(best)
        money[best == top] = parts.made
        unit = draw_whale(ax, best, money, top, total)
        if parts.lost > SEEN * parts.made > 0:
            without = parts.made - (1 - self.avoidable) * parts.cost_lost
            peak, at = unit * parts.made, unit * without
            ax.plot([100 * top, 100 * top], [peak, at], color=PURPLE, linewidth=1.2)
            ax.plot(100 * top, at, marker="D", markersize=7, color=PURPLE, linestyle="none", zorder=5)
            low, high = ax.get_ylim()
            low = min(low, at - 0.12 * (high - low))
            ax.set_ylim(low, high)
            text = _("dropped with {part}\nof their costs: {figure}")
            text = text.format(part=percent(self.avoidable), figure=figure(at, total > 0))
            left, under = top > 0.42, peak - at < 0.1 * (high - low)
            ax.annotate(text, (100 * top, at), (-8 if left else 8, -7 if under else 0), textcoords="offset points",
                        fontsize=9.5, ha="right" if left else "left", va="top" if under else "center", bbox=WHITE,
                        zorder=6)  # fmt: skip
        text = _("Whale curve: {customers} customers, {profit} yuan in {span}")
        profit = total * self.customers * months
        headline(ax, text.format(customers=brief(self.customers), profit=brief(round(profit)), span=span(months)))
        if total <= 0:
            ax.set_ylabel(_("profit so far (yuan a customer and month)"))

    def _words(self, months: int) -> str:
        if not self.customers:
            return _("There are no customers, so there is no profit to share out.")
        last, parts = self.expected(months).iloc[-1], self.parts
        text = _(
            "{losers} of {customers} customers ({share}) cost more than they bring. In {span} the others make {made} "
            "yuan, these lose {lost}, and {profit} yuan remain."
        )
        words = [text.format(
            losers=count(last["unprofitable"]), customers=number(self.customers), share=percent(self.unprofitable, 1),
            span=span(months), made=number(last["made"]), lost=number(last["lost"]), profit=number(last["profit"]),
        )]  # fmt: skip
        if self.margin > self.cost:
            text = _(
                "The best {best} make {of_total} of the total profit, which is {of_made} of what the profitable make; "
                "the curve rises to {peak} of the total."
            )
            words.append(text.format(
                best=percent(BEST), of_total=percent(self.made_by(), 1),
                of_made=percent(self.made_by(of="profitable"), 1), peak=percent(self.peak, 1),
            ))  # fmt: skip
        else:
            words.append(_("The total is not more than 0, so nothing is a share of it."))
        if parts.lost > 0:
            text = _(
                "To drop the unprofitable would not bring back what they lose: their margins go, but only {avoidable} "
                "of their costs, and the profit would be {without} yuan. It pays only where more than {needed} of "
                "their costs go with them; to serve them more cheaply, or at another price, is the other way."
            )
            words.append(text.format(
                avoidable=percent(self.avoidable), without=number(last["without"]), needed=percent(self.break_even, 1)
            ))  # fmt: skip
        return prose(words)


def _apart(wide: float, dear: float, correlation: float) -> float:
    """Standard deviation of ln M - ln C."""
    return math.sqrt(max((wide - dear) ** 2 + 2 * (1 - correlation) * wide * dear, 0.0))


@lru_cache(maxsize=256)
def _parts(margin: float, cost: float, wide: float, dear: float, correlation: float) -> Parts:
    """The means in closed form; where margin and cost keep one ratio, or one of them is 0, all customers are alike."""
    from scipy.special import ndtr

    apart = _apart(wide, dear, correlation)
    if margin == 0 or cost == 0 or apart < 1e-9:
        loses = margin * math.exp(-(wide**2) / 2) < cost * math.exp(-(dear**2) / 2)
        return Parts(1.0, 0.0, 0.0, margin, cost) if loses else Parts(0.0, margin, cost, 0.0, 0.0)
    together = correlation * wide * dear
    at = (math.log(margin) - math.log(cost) - wide**2 / 2 + dear**2 / 2) / apart
    by_margin, by_cost = at + (wide**2 - together) / apart, at + (together - dear**2) / apart
    shares = (float(ndtr(each)) for each in (-at, by_margin, by_cost, -by_margin, -by_cost))
    return Parts(*(share * size for share, size in zip(shares, (1, margin, cost, margin, cost), strict=True)))


@lru_cache(maxsize=256)
def _curve(margin: float, cost: float, wide: float, dear: float, correlation: float, cells: int) -> tuple:
    """Shares of customers, best first, and what they bring up to there.

    Two independent normal numbers are cut into cells. Each cell's probability and its means of M and C are exact, only
    the order within a cell is not; so the ends of the curve are exact, and the error falls with the cells' square.
    """
    if wide == 0 or dear == 0:
        correlation = 1.0  # one of them is constant: one normal number is enough
    own = dear * math.sqrt(1 - correlation**2)
    if own == 0:
        first = _steps((wide, correlation * dear), cells * cells)
        chance, margins, costs = first[0], margin * first[1], cost * first[2]
    else:
        first, second = _steps((wide, correlation * dear), cells), _steps((own,), cells)
        chance = np.outer(first[0], second[0]).ravel()
        margins = margin * np.outer(first[1], second[0]).ravel()
        costs = cost * np.outer(first[2], second[1]).ravel()
    order = np.argsort((costs - margins) / chance, kind="stable")
    share, money = np.cumsum(chance[order]), np.cumsum((margins - costs)[order])
    return np.concatenate([[0.0], share / share[-1]]), np.concatenate([[0.0], money])


def _steps(pulls: tuple[float, ...], cells: int) -> list[np.ndarray]:
    """A normal number cut into cells: their probabilities, and for each pull p the means of exp(p z - p^2 / 2)."""
    from scipy.special import ndtr

    edges = np.linspace(min(0, *pulls, 0) - MOST_DISTANT, max(0, *pulls, 0) + MOST_DISTANT, cells + 1)
    edges[0], edges[-1] = -np.inf, np.inf

    def between(shift: float) -> np.ndarray:
        low, high = edges[:-1] - shift, edges[1:] - shift
        return np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))

    return [between(pull) for pull in (0.0, *pulls)]


@lru_cache(maxsize=64)
def _solve(best: float, made: float, unprofitable: float, lost: float, correlation: float) -> dict[str, float] | None:
    """Spreads and cost (for a margin of 100) with ``made`` and ``lost`` as parts of what the profitable make."""
    from scipy.optimize import least_squares
    from scipy.special import ndtri

    keep = 1 - unprofitable
    if not (0 < best < 1 and 0 < unprofitable < 1 and best <= keep and best / keep < made < 1 and 0 < lost < 1):
        return None
    at = float(ndtri(keep))

    def firm(logs: np.ndarray) -> dict[str, float]:
        wide, dear = np.exp(logs).tolist()
        ratio = math.exp(_apart(wide, dear, correlation) * at + wide**2 / 2 - dear**2 / 2)
        return {"margin": 100.0, "margin_spread": math.exp(wide), "cost": 100 / ratio, "cost_spread": math.exp(dear)}

    def off(logs: np.ndarray) -> list[float]:
        now = ProfitConcentration.model_construct(**firm(logs), correlation=correlation)
        parts = now.parts
        if parts.made <= 0:
            return [1.0, 1.0]
        return [parts.lost / parts.made - lost, now.made_by(best, of="profitable") - made]

    widest = math.log(math.log(WIDEST)) - 1e-9
    found = least_squares(off, (0.0, 0.0), bounds=(-6, widest), diff_step=1e-4)
    return firm(found.x) if np.abs(found.fun).max() < SURE else None
