"""Word of mouth: how many people hear of one customer's displeasure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crmlab.experiments.base import Experiment, believed, parameter
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, GREY, RED, SKY, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, count, mark, number, people, percent, prose, short, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FARTHEST = 2_000_000
"""The most people that one customer's story may reach, so that its distribution can be reckoned exactly."""
BARS = 260
"""The most bars in the picture; a longer distribution is drawn in classes of equal width."""


class WordOfMouth(Experiment):
    """Number of people who hear of one dissatisfied customer's experience, with its whole distribution.

    A dissatisfied customer tells ``told_low`` to ``told_high`` people, each number equally likely; but a share of
    ``talker_share`` are talkers and tell ``talker_number``. Whoever hears the story passes it on with probability
    ``pass_on_share``, and then to ``pass_on_number`` more people, who may do the same: for ``generations`` rounds of
    passing on (0: only the customer talks). That is a branching process. People are counted as often as they are
    told, so in a small town fewer hear of it than this says.

    Where ``pass_on_share * pass_on_number`` (``growth``) is above 1, each round is larger than the one before, and
    only ``generations`` stops it: see ``dies_out``. ``offset`` and ``satisfied_tell`` only serve ``satisfied_needed``.

    Source: the course's claims; their ancestor is TARP (9 to 10 told, 4 to 5 when satisfied with the handling, 13%
    tell more than 20). Anderson (1998, Journal of Service Research) finds that the gap between dissatisfied and
    satisfied talk is exaggerated. ``eight_to_twelve``, ``one_in_five``, ``ten_to_twenty``, ``traced``, ``handled`` and
    ``satisfied`` set the fields to what each says. Raises InputError: for a field outside its bounds, for
    ``told_low`` above ``told_high``, and where a story could reach more than 2,000,000 people.

    >>> WordOfMouth.ten_to_twenty().mean, WordOfMouth.eight_to_twelve().mean, WordOfMouth.one_in_five().mean
    (15.0, 50.0, 12.0)
    >>> WordOfMouth(told_low=9, told_high=8)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: told_low is 9 and told_high is 8; the least cannot be more than the most.
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "dissatisfied": mark("dissatisfied customers"),
        "told": mark("people told by them"),
        "passed_on": mark("people told by hearers"),
        "reached": mark("people reached"),
    }

    dissatisfied: float = parameter(
        20, low=0, high=10**6, slider=(0, 200, 5), label=mark("dissatisfied customers a month"), unit=mark("customers")
    )
    told_low: int = parameter(
        8, low=0, high=1000, slider=(0, 30, 1), label=mark("people told, at least"), unit=mark("people")
    )
    told_high: int = parameter(
        12, low=0, high=1000, slider=(0, 30, 1), label=mark("people told, at most"), unit=mark("people")
    )
    talker_share: float = parameter(
        0, low=0, high=1, slider=(0, 1, 0.01), label=mark("customers who are talkers"), unit="share"
    )
    talker_number: int = parameter(
        20, low=0, high=1000, slider=(0, 30, 1), label=mark("people told by a talker"), unit=mark("people")
    )
    pass_on_share: float = parameter(
        0.2, low=0, high=1, slider=(0, 1, 0.01), label=mark("hearers who pass it on"), unit="share"
    )
    pass_on_number: int = parameter(
        20, low=0, high=100, slider=(0, 30, 1), label=mark("people told by one who passes it on"), unit=mark("people")
    )
    generations: int = parameter(
        1, low=0, high=3, slider=(0, 3, 1), label=mark("rounds of passing on"), unit=mark("rounds")
    )
    offset: float = parameter(
        12, low=0, high=1000, slider=(0, 20, 1), label=mark("good impressions that make up for a bad one"),
        unit=mark("impressions"),
    )  # fmt: skip
    satisfied_tell: float = parameter(
        3, low=0, high=1000, slider=(0, 10, 0.5), label=mark("people told by a satisfied customer"), unit=mark("people")
    )

    def __init__(self, /, **values: Any) -> None:
        super().__init__(**values)
        _in_order(self.told_low, self.told_high)
        if self.farthest > FARTHEST:
            text = _(
                "One story could reach {reach} people; allowed are {most}. "
                "Lower told_high, talker_number, pass_on_number or generations."
            )
            raise InputError(text.format(reach=number(self.farthest), most=number(FARTHEST)))

    @classmethod
    def ten_to_twenty(cls) -> Self:
        """The course's one document: a dissatisfied customer tells 10 to 20 people, and that is all."""
        return cls(told_low=10, told_high=20, pass_on_share=0, generations=0)

    @classmethod
    def eight_to_twelve(cls) -> Self:
        """The course's other document: 8 to 12 are told, "of whom 20% tell 20 more", read of those who are told."""
        return cls(told_low=8, told_high=12, pass_on_share=0.2, pass_on_number=20, generations=1)

    @classmethod
    def one_in_five(cls) -> Self:
        """The same sentence, read of the customers: four in five tell 8 to 12 people, one in five tells 20."""
        return cls(told_low=8, told_high=12, talker_share=0.2, talker_number=20, pass_on_share=0, generations=0)

    @classmethod
    def traced(cls) -> Self:
        """TARP, as passed on, for customers not satisfied with the handling: 9 to 10 on average, 13% more than 20.

        A distribution was not printed. This one is made up to fit: 13% tell 21, the others 7 to 9; mean 9.69.
        """
        return cls(told_low=7, told_high=9, talker_share=0.13, talker_number=21, pass_on_share=0, generations=0)

    @classmethod
    def handled(cls) -> Self:
        """TARP, as passed on, for customers satisfied with the handling of their complaint: 4 to 5 are told."""
        return cls(told_low=4, told_high=5, pass_on_share=0, generations=0)

    @classmethod
    def satisfied(cls) -> Self:
        """The course's claim on satisfied customers: they tell 1 to 5 people."""
        return cls(told_low=1, told_high=5, pass_on_share=0, generations=0)

    @property
    def farthest(self) -> int:
        """The most people that one story can reach."""
        each = 0
        for _round in range(self.generations if self.pass_on_share else 0):
            each = self.pass_on_number * (1 + each)
        return max(self.told_high, self.talker_number if self.talker_share else 0) * (1 + each)

    @property
    def growth(self) -> float:
        """Mean number of people whom a hearer tells; above 1, each round of passing on is larger than the last.

        >>> WordOfMouth.eight_to_twelve().growth
        4.0
        """
        return self.pass_on_share * self.pass_on_number

    @property
    def dies_out(self) -> float:
        """Probability that the story would die out by itself if nothing ended the rounds (``generations`` ignored).

        The chance q that it dies out behind one hearer is the smallest solution of q = 1 - s + s q^n; it is 1 where
        ``growth`` is at most 1.

        >>> round(WordOfMouth.eight_to_twelve().dies_out, 3), WordOfMouth(pass_on_share=0.05).dies_out
        (0.116, 1.0)
        """
        share, people = self.pass_on_share, self.pass_on_number
        if self.growth > 1 and share < 1:
            from scipy.optimize import brentq

            lowest = (1 / self.growth) ** (1 / (people - 1))
            behind = brentq(lambda q: 1 - share + share * q**people - q, 0, lowest, xtol=1e-15)
        else:
            behind = 0.0 if share == 1 and people else 1.0
        return min(float(self._first(np.array([behind]))[0]), 1.0)

    def _first(self, z: np.ndarray) -> np.ndarray:
        """Generating function of the number of people whom the customer tells."""
        usual = sum(z**each for each in range(self.told_low, self.told_high + 1))
        ordinary = (1 - self.talker_share) * usual / (self.told_high - self.told_low + 1)
        return ordinary + self.talker_share * z**self.talker_number

    @cached_property
    def _moments(self) -> tuple[float, float]:
        """Mean and variance of the number of people whom one customer's story reaches."""
        mean, variance = 0.0, 0.0  # of those reached through one hearer
        share, people = self.pass_on_share, self.pass_on_number
        for _round in range(self.generations):
            passed, spread = people * (1 + mean), people * variance
            mean, variance = share * passed, share * spread + share * (1 - share) * passed**2
        first = self._told_mean
        middle, wide = (self.told_low + self.told_high) / 2, ((self.told_high - self.told_low + 1) ** 2 - 1) / 12
        square = (1 - self.talker_share) * (wide + middle**2) + self.talker_share * self.talker_number**2
        return first * (1 + mean), first * variance + max(square - first**2, 0.0) * (1 + mean) ** 2

    @property
    def _told_mean(self) -> float:
        usual = (self.told_low + self.told_high) / 2
        return (1 - self.talker_share) * usual + self.talker_share * self.talker_number

    @property
    def mean(self) -> float:
        """Mean number of people reached by one dissatisfied customer's story, in closed form."""
        return self._moments[0]

    @property
    def variance(self) -> float:
        """Variance of that number, in closed form.

        >>> WordOfMouth.ten_to_twenty().variance, round(WordOfMouth.eight_to_twelve().variance, 9)
        (10.0, 690.0)
        """
        return self._moments[1]

    @property
    def median(self) -> int:
        """Median of that number: half of all stories reach at most as many."""
        return self.quantile(0.5)

    @cached_property
    def _chances(self) -> np.ndarray:
        """Probability of each number reached, from 0 to ``farthest``."""
        from scipy.fft import irfft, next_fast_len

        size = next_fast_len(self.farthest + 1, real=True)
        z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
        behind = np.ones_like(z)
        for _round in range(self.generations):
            behind = 1 - self.pass_on_share + self.pass_on_share * (z * behind) ** self.pass_on_number
        chances = irfft(self._first(z * behind), size)[: self.farthest + 1]
        chances[chances < 1e-14] = 0.0
        return chances

    def quantile(self, share: float) -> int:
        """The least number of people such that at least ``share`` of all stories reach no more.

        Raises InputError for a ``share`` that is not between 0 and 1.

        >>> WordOfMouth.ten_to_twenty().quantile(0.9)
        19
        """
        reached = np.searchsorted(np.cumsum(self._chances), believed(share, "share") - 1e-9)
        return int(min(reached, self.farthest))

    def distribution(self) -> pd.DataFrame:
        """Probability of each number of people reached by one story: exact, from its generating function by FFT.

        Columns: reached, probability; numbers that cannot occur are left out.

        >>> WordOfMouth(told_low=1, told_high=2, pass_on_share=0.5, pass_on_number=1).distribution()
           reached  probability
        0        1        0.250
        1        2        0.375
        2        3        0.250
        3        4        0.125
        """
        import pandas as pd

        reached = np.flatnonzero(self._chances)
        return pd.DataFrame({"reached": reached, "probability": self._chances[reached].round(15)})

    @property
    def satisfied_needed(self) -> float:
        """Satisfied customers whose talk makes up for one dissatisfied customer's, if one bad word needs ``offset``.

        >>> WordOfMouth.eight_to_twelve().satisfied_needed, WordOfMouth(satisfied_tell=0).satisfied_needed
        (200.0, inf)
        """
        wanted = self.mean * self.offset
        if self.satisfied_tell == 0:
            return float("inf") if wanted else 0.0
        return wanted / self.satisfied_tell

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, in closed form: ``months + 1`` rows, nothing in month 0.

        Columns: month, dissatisfied (customers), told (by them), passed_on (by hearers), reached (the two together).

        >>> WordOfMouth.eight_to_twelve().expected(months=1).iloc[1].tolist()
        [1.0, 20.0, 200.0, 800.0, 1000.0]
        """
        reached, told = self.dissatisfied * self.mean, self.dissatisfied * self._told_mean
        flows = {"dissatisfied": self.dissatisfied, "told": told, "passed_on": reached - told, "reached": reached}
        return steady(flows, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Dissatisfied customers are Poisson; how many tell how many, and who passes it on, are binomial: exact, and no
        customer is drawn singly.

        >>> runs = WordOfMouth.eight_to_twelve().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["told"] + runs["passed_on"] == runs["reached"]).all())
        (26, True)
        """
        dissatisfied = rng.poisson(self.dissatisfied, (months, replicates))
        talkers = rng.binomial(dissatisfied, self.talker_share)
        told, rest = talkers * self.talker_number, dissatisfied - talkers
        for each in range(self.told_low, self.told_high + 1):
            tell = rng.binomial(rest, 1 / (self.told_high + 1 - each))
            told, rest = told + tell * each, rest - tell
        passed_on, hearers = np.zeros_like(told), told
        for _round in range(self.generations):
            hearers = self.pass_on_number * rng.binomial(hearers, self.pass_on_share)
            passed_on = passed_on + hearers
        columns = {"dissatisfied": dissatisfied, "told": told, "passed_on": passed_on, "reached": told + passed_on}
        return histories(from_nothing(columns))

    def _draw(self, ax: Axes, months: int) -> None:
        from matplotlib.collections import PolyCollection

        first = int(np.flatnonzero(self._chances)[0])
        last = max(self.quantile(0.999), int(self.mean), first + 1)
        width = -(-(last + 1 - first) // BARS)
        chances = self._chances[first : last + 1]
        chances = np.pad(chances, (0, -len(chances) % width)).reshape(-1, width).sum(axis=1)
        seen = np.flatnonzero(chances)
        places = first + width * seen + (width - 1) / 2
        left, right = places - 0.45 * width, places + 0.45 * width
        heights, floor = 100 * chances[seen], np.zeros(len(seen))
        corners = np.array([[left, floor], [left, heights], [right, heights], [right, floor]])
        bars = PolyCollection(corners.transpose(2, 0, 1), facecolor=SKY, edgecolor=BLUE, linewidth=0.4)
        ax.add_collection(bars)  # one artist, not hundreds
        top = 100 * chances.max()
        lines = [
            (self.median, BLUE, "--", _("median {number}").format(number=number(self.median))),
            (self.mean, RED, "-", _("mean {number}").format(number=short(self.mean))),
        ]
        lines.sort(key=lambda line: line[0])
        late = lines[-1][0] > first + 0.75 * (last - first) > first + 2 * width
        for (place, color, style, text), height in zip(lines, (1.26, 1.38) if late else (1.38, 1.26), strict=True):
            ax.plot([place, place], [0, top * height], color=color, linestyle=style, linewidth=1.8)
            ax.annotate(text, (place, top * height), (-4 if late else 4, -1), textcoords="offset points", color=color,
                        ha="right" if late else "left", va="top")  # fmt: skip
        if self.growth > 1 and self.generations:
            text = _("Each hearer tells {growth} more on average:\nonly the number of rounds ends it.")
            ax.annotate(text.format(growth=short(self.growth)), (0.99, 0.80), xycoords="axes fraction", ha="right",
                        va="top", color=GREY, fontsize=9, bbox=WHITE)  # fmt: skip
        ax.set(xlim=(first - 0.7 * width, last + 0.7 * width), ylim=(0, top * 1.45))
        ax.set(xlabel=_("people reached by one dissatisfied customer"), ylabel=_("of a hundred customers"))
        text = _("How far one story goes; all stories of {span} reach {reached}")
        headline(ax, text.format(span=span(months), reached=number(self.dissatisfied * self.mean * months)))
        whole_steps(ax)
        thousands(ax, "x")
        thousands(ax)

    def _words(self, months: int) -> str:
        told = _("A dissatisfied customer tells {low} to {high} people.")
        if self.told_low == self.told_high:
            told = _("A dissatisfied customer tells {low} people.")
        words = [told.format(low=number(self.told_low), high=number(self.told_high))]
        if self.talker_share:
            text = _("{share} are talkers, who tell {people}.")
            words.append(text.format(share=percent(self.talker_share, 1), people=number(self.talker_number)))
        if self.generations and self.growth:
            text = _("Of those who hear it {share} tell {people} more each, through {rounds} rounds.")
            if self.generations == 1:
                text = _("Of those who hear it {share} tell {people} more each, and there it ends.")
            words.append(text.format(
                share=percent(self.pass_on_share, 1), people=number(self.pass_on_number),
                rounds=number(self.generations),
            ))  # fmt: skip
        text = _(
            "One story reaches {mean} people on average; half of all stories reach at most {median}, nine in ten at "
            "most {most}. In {span} {customers} dissatisfied customers reach {reached} people, if nobody hears it "
            "twice."
        )
        words.append(text.format(
            mean=short(self.mean), median=number(self.median), most=number(self.quantile(0.9)), span=span(months),
            customers=count(self.dissatisfied * months), reached=number(self.dissatisfied * months * self.mean),
        ))  # fmt: skip
        if self.growth > 1 and self.generations:
            text = _(
                "Beware: each hearer tells {growth} more on average, so the story grows with every round. Were the "
                "rounds not ended, it would die out by itself with a chance of {chance}. No real story does that: "
                "people hear it twice, and tire of it."
            )
            words.append(text.format(growth=short(self.growth), chance=percent(self.dies_out, 1)))
        return prose(words)


class Referrals(Experiment):
    """Number of customers that satisfied customers win by telling others, and those whom these win in their turn.

    Each of ``satisfied`` customers a month (Poisson) tells ``told_low`` to ``told_high`` people, each number equally
    likely. A hearer becomes a customer with probability ``won_share``, is satisfied too, and tells as many: for
    ``rounds`` rounds, all counted in the month in which the first customer told. That is a branching process: each
    customer ``brings`` R = won_share * (told_low + told_high) / 2 others, the rounds bring R, R^2, R^3 ... of the
    first, and where R is below 1 all rounds together make 1 / (1 - R) of them (``multiplication``). From R = 1 on
    nothing in this model ends it; a market does, and ``BassDiffusion`` has one. Nobody hears it twice here, every new
    customer is satisfied, and nobody leaves: so it is the most that word of mouth can do.

    Source: the course's claims, that a satisfied customer tells 1 to 5 people and that 100 satisfied customers bring 25
    new ones; folklore both. Raises InputError for a field outside its bounds, and for ``told_low`` above ``told_high``.

    >>> talk = Referrals(satisfied=100, told_low=1, told_high=5, won_share=0.25 / 3)
    >>> round(talk.brings, 6), round(talk.multiplication, 3)
    (0.25, 1.333)
    >>> Referrals(told_low=3, told_high=3, won_share=0.5).multiplication
    inf
    >>> Referrals(told_low=6)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: told_low is 6 and told_high is 5; the least cannot be more than the most.
    """

    horizon: ClassVar[int] = 1
    columns: ClassVar = {
        "month": mark("month"),
        "satisfied": mark("satisfied customers"),
        "told": mark("people told"),
        "brought": mark("new customers they bring"),
        "later": mark("new customers these bring"),
        "new": mark("new customers in all"),
    }

    satisfied: float = parameter(
        100, low=0, high=10**6, slider=(0, 500, 5), label=mark("satisfied customers a month"), unit=mark("customers")
    )
    told_low: int = parameter(
        1, low=0, high=100, slider=(0, 30, 1), label=mark("people told, at least"), unit=mark("people")
    )
    told_high: int = parameter(
        5, low=0, high=100, slider=(0, 30, 1), label=mark("people told, at most"), unit=mark("people")
    )
    won_share: float = parameter(
        0.08, low=0, high=1, slider=(0, 0.5, 0.005), label=mark("hearers who become customers"), unit="share"
    )
    rounds: int = parameter(4, low=1, high=6, slider=(1, 6, 1), label=mark("rounds of telling"), unit=mark("rounds"))

    def __init__(self, /, **values: Any) -> None:
        super().__init__(**values)
        _in_order(self.told_low, self.told_high)

    @property
    def tells(self) -> float:
        """Mean number of people whom a customer tells."""
        return (self.told_low + self.told_high) / 2

    @property
    def brings(self) -> float:
        """Mean number of new customers whom a customer brings directly: R."""
        return self.tells * self.won_share

    @property
    def multiplication(self) -> float:
        """Customers in all, without end of rounds, for each satisfied one: 1 / (1 - R); infinite from R = 1 on.

        >>> Referrals(won_share=0).multiplication
        1.0
        """
        return 1 / (1 - self.brings) if self.brings < 1 else float("inf")

    def by_round(self) -> np.ndarray:
        """Customers by round, from the satisfied ones of a month on: ``rounds + 1`` means, in closed form.

        >>> Referrals(told_low=5, won_share=0.1, rounds=2).by_round().tolist()
        [100.0, 50.0, 25.0]
        """
        return self.satisfied * self.brings ** np.arange(self.rounds + 1)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, in closed form: ``months + 1`` rows, nothing in month 0.

        Columns: month; satisfied (customers); told (people, in all rounds); brought (new customers of the first round),
        later (of the other rounds), new (the two together).

        >>> Referrals(told_low=5, won_share=0.1, rounds=2).expected(1).iloc[1].tolist()
        [1.0, 100.0, 750.0, 50.0, 25.0, 75.0]
        """
        rounds = self.by_round()
        told, brought, later = self.tells * rounds[:-1].sum(), rounds[1], rounds[2:].sum()
        flows = {"satisfied": self.satisfied, "told": told, "brought": brought, "later": later, "new": brought + later}
        return steady(flows, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Satisfied customers are Poisson; how many tell how many, and who comes, are binomial: exact, and no customer
        is drawn singly.

        >>> runs = Referrals().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["brought"] + runs["later"] == runs["new"]).all())
        (26, True)
        """
        satisfied = rng.poisson(self.satisfied, (months, replicates))
        talkers, told, won = satisfied, np.zeros_like(satisfied), []
        for _round in range(self.rounds):
            hearers, rest = np.zeros_like(satisfied), talkers
            for each in range(self.told_low, self.told_high + 1):
                tell = rng.binomial(rest, 1 / (self.told_high + 1 - each))
                hearers, rest = hearers + tell * each, rest - tell
            talkers = rng.binomial(hearers, self.won_share)
            told = told + hearers
            won.append(talkers)
        flows = {"satisfied": satisfied, "told": told, "brought": won[0], "later": sum(won[1:], np.zeros_like(told))}
        return histories(from_nothing({**flows, "new": sum(won)}))

    def _draw(self, ax: Axes, months: int) -> None:
        rounds, x = months * self.by_round(), np.arange(self.rounds + 1)
        total = np.cumsum(rounds)
        ax.bar(x, total - rounds, 0.6, color=GREY, alpha=0.35)
        ax.bar(x, rounds, 0.6, bottom=total - rounds, color=[GREY, *[BLUE] * self.rounds],
               hatch=["", *["//"] * self.rounds], edgecolor="white")  # fmt: skip
        for place, height, new in zip(x, total, rounds, strict=True):
            text = people(new) if place == 0 else _("+{number}").format(number=people(new))
            ax.annotate(text, (place, height), (0, 4), textcoords="offset points", ha="center", fontsize=9,
                        bbox=WHITE)  # fmt: skip
        top = max(float(total[-1]), 1e-9)
        limit = self.multiplication * self.satisfied * months
        if 0 < limit <= 1.6 * top:
            top = max(top, limit)
            ax.axhline(limit, color=RED, linestyle="--", linewidth=1.6)
            text = _("all rounds without end: {level}").format(level=people(limit))
            ax.annotate(text, (-0.55, limit), (0, 16), textcoords="offset points", color=RED, va="bottom")
        elif self.brings >= 1:
            ax.annotate(_("Each brings one or more:\nonly the market ends it."), (0.02, 0.95),
                        xycoords="axes fraction", va="top", color=RED)  # fmt: skip
        ax.set_xticks(x, [_("at first"), *(_("round {number}").format(number=number(place)) for place in x[1:])])
        ax.set(
            xlim=(-0.6, self.rounds + 0.6), ylim=(0, 1.35 * top if top > 1e-9 else 1), ylabel=_("number of customers")
        )
        text = _("What good talk brings in {span}: each customer brings {brings} more")
        headline(ax, text.format(span=span(months), brings=short(self.brings, 2)))
        thousands(ax)

    def _words(self, months: int) -> str:
        rounds = months * self.by_round()
        told = _("In {span} each of {customers} satisfied customers tells {low} to {high} people.")
        if self.told_low == self.told_high:
            told = _("In {span} each of {customers} satisfied customers tells {low} people.")
        text = _("Of those who hear it {share} become customers: each brings {brings} more, together {brought}.")
        words = [
            told.format(span=span(months), customers=count(rounds[0]), low=number(self.told_low),
                        high=number(self.told_high)),
            text.format(share=percent(self.won_share, 1), brings=short(self.brings, 3), brought=count(rounds[1])),
        ]  # fmt: skip
        if self.brings >= 1:
            words.append(_(
                "As each brings one or more, the rounds grow or go on for ever: only the end of the market stops that."
            ))  # fmt: skip
        elif self.brings:
            text = _(
                "If these are satisfied too and tell as many, all rounds together make {times} customers of each one: "
                "{level} in all. Word of mouth multiplies what is won otherwise; it does not replace it."
            )
            level = self.multiplication * rounds[0]
            words.append(text.format(times=short(self.multiplication, 2), level=count(level)))
        return prose(words)


def _in_order(told_low: int, told_high: int) -> None:
    if told_low > told_high:
        text = _("told_low is {low} and told_high is {high}; the least cannot be more than the most.")
        raise InputError(text.format(low=number(told_low), high=number(told_high)))
