"""The rice merchant's record book: when a home's jar is empty, who comes first, and how long the lead lasts."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, believed, parameter, whole
from crmlab.experiments.frames import histories, means, nine_in_ten
from crmlab.experiments.picture import BLUE, GREEN, GREY, RED, WHITE, headline, thousands
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DAYS_A_MONTH = 30
"""Days in a month of the village."""
VARIATION = 0.1
"""Assumption: standard deviation of the days that a jar lasts, as a part of their mean."""


class RefillRound(Experiment):
    """Number of a village's homes that buy from the merchant who keeps a record book, while his rivals wait.

    A home of ``people`` who eat ``bowls`` of rice a day each empties its jar of ``jar`` bowls in
    ``refill_days = jar / (people * bowls)`` days on average. In month 0 each of ``homes`` homes buys from one of
    ``merchants`` merchants, picked evenly at random. One of them writes the three answers down and brings rice before
    the jar is empty, when by his forecast ``reserve`` of it is left; the others wait for customers to come.

    Whoever's jar runs empty has to look for rice, and each time changes with probability ``joins`` to one of the other
    merchants who deliver, all alike; else the home stays. So in a month of 30 days a home of a merchant who waits
    changes with probability 1 - (1 - joins)**(30 / refill_days). Homes do not eat evenly: how long a jar lasts is gamma
    distributed, with a standard deviation of ``VARIATION`` = 10% of its mean, and with chance ``late`` it is empty
    before the round comes. So a home that is delivered to changes with probability
    1 - (1 - joins * late)**(30 / ((1 - reserve) * refill_days)), if anybody else delivers. After month
    ``copied_after`` one rival copies the round, reserve and all; ``shares`` tells what comes of several. Homes decide
    independently of each other, so the numbers are a Markov chain with means in closed form.

    Source: the course's teaching case of the rice merchant Minghua has the three questions, 4 people, 2 bowls, 60
    bowls and 6 merchants (claim rice_jar); all else is assumption: homes, joins, reserve, 10%, the month of the copy.
    Raises InputError, naming the field, its value and its bounds.

    >>> RefillRound(people=4, bowls=2, jar=60).refill_days
    7.5
    >>> RefillRound(joins=1).expected(1)["own"].round(1).tolist()      # whose jar is empty once goes to him
    [20.0, 120.0]
    >>> RefillRound(merchants=1).expected(1)["own"].tolist()           # no rivals
    [120.0, 120.0]
    >>> RefillRound(jar=0)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: jar (bowls that a full jar holds) is 0; allowed is 1 to 1,000,000.
    """

    horizon: ClassVar[int] = 36
    columns: ClassVar = {
        "month": mark("month"),
        "own": mark("homes with the record keeper"),
        "copier": mark("homes with the rival who copies"),
        "waiting": mark("homes with those who wait"),
        "share": mark("the record keeper's share (%)"),
    }

    people: int = parameter(
        4, low=1, high=1000, slider=(1, 12, 1), label=mark("people in a home"), unit=mark("people")
    )  # fmt: skip
    bowls: float = parameter(
        2, low=0.1, high=100, slider=(0.5, 5, 0.5), label=mark("bowls a day that each of them eats"),
        unit=mark("bowls"),
    )  # fmt: skip
    jar: float = parameter(
        60, low=1, high=10**6, slider=(10, 200, 5), label=mark("bowls that a full jar holds"), unit=mark("bowls")
    )
    homes: int = parameter(
        120, low=1, high=10**9, slider=(10, 1000, 10), label=mark("homes in the village"), unit=mark("homes")
    )
    merchants: int = parameter(
        6, low=1, high=10**6, slider=(1, 20, 1), label=mark("merchants in the village"), unit=mark("merchants")
    )
    joins: float = parameter(
        0.01, low=0, high=1, slider=(0, 0.1, 0.005), label=mark("chance that an empty jar makes a home change"),
        unit="share",
    )  # fmt: skip
    reserve: float = parameter(
        0.2, low=0, high=0.99, slider=(0, 0.5, 0.01), label=mark("rice left in the jar when he comes, by forecast"),
        unit="share",
    )  # fmt: skip
    copied_after: int = parameter(
        12, low=0, high=MONTHS[1], slider=(0, 60, 1), label=mark("month after which a rival copies him"),
        unit=mark("months"),
    )  # fmt: skip

    @staticmethod
    def refill_day(people: Any, bowls: Any, jar: Any) -> Any:
        """The day on which a full jar is empty: jar / (people * bowls), for one home or for a table's columns.

        Arrays give an array, Series a Series with their index, plain numbers a number. Raises InputError where
        something is no number above 0.

        >>> RefillRound.refill_day(4, 2, 60)
        7.5
        >>> RefillRound.refill_day([4, 1, 10], 2, 60).tolist()
        [7.5, 30.0, 3.0]
        >>> RefillRound.refill_day(0, 2, 60)
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: people must be numbers above 0; one of them is 0.
        """
        import pandas as pd

        asked = {"people": people, "bowls": bowls, "jar": jar}
        plain = {name: _above_zero(name, value) for name, value in asked.items()}
        try:
            days = plain["jar"] / (plain["people"] * plain["bowls"])
        except ValueError:
            lengths = ", ".join(f"{name} {value.size}" for name, value in plain.items())
            text = _("There must be one number each for every home; there are: {lengths}.")
            raise InputError(text.format(lengths=lengths)) from None
        for value in asked.values():
            if isinstance(value, pd.Series):
                return pd.Series(days, index=value.index, name="refill_day")
        return float(days) if days.ndim == 0 else days

    @property
    def refill_days(self) -> float:
        """Days that a full jar lasts on average: jar / (people * bowls)."""
        return self.jar / (self.people * self.bowls)

    @property
    def round_days(self) -> float:
        """Days from one visit of the round to the next: the jar's days less the reserve.

        >>> RefillRound(reserve=0.2).round_days
        6.0
        """
        return (1 - self.reserve) * self.refill_days

    @property
    def late(self) -> float:
        """Share of the jars that are empty before the round comes.

        >>> round(RefillRound(reserve=0).late, 2), round(RefillRound(reserve=0.2).late, 3)
        (0.51, 0.017)
        """
        from scipy.special import gammainc

        shape = 1 / VARIATION**2
        return float(gammainc(shape, shape * (1 - self.reserve)))

    def day_for(self, level: float = 0.95) -> float:
        """The latest day on which the round finds at least ``level`` of the jars not yet empty.

        Raises InputError for a ``level`` that is not between 0 and 1.

        >>> round(RefillRound().day_for(0.95), 1)
        6.3
        """
        from scipy.special import gammaincinv

        shape = 1 / VARIATION**2
        return float(self.refill_days * gammaincinv(shape, 1 - believed(level)) / shape)

    @property
    def _changes(self) -> tuple[float, float]:
        """Chance in a month that a home changes whose merchant waits, and one whose merchant delivers."""
        waits = 1 - (1 - self.joins) ** (DAYS_A_MONTH / self.refill_days)
        return waits, 1 - (1 - self.joins * self.late) ** (DAYS_A_MONTH / self.round_days)

    def shares(self, months: int | None = None, *, copiers: int = 1) -> np.ndarray:
        """Chances by month that a home buys from the record keeper, from a copier, from who waits: three columns.

        ``copiers`` rivals copy after month ``copied_after``, or all rivals where there are fewer; they are counted as
        copiers only from then on. Closed form. Raises InputError for what is no whole number from 0 on.

        >>> RefillRound(joins=0).shares(1).round(3).tolist()
        [[0.167, 0.0, 0.833], [0.167, 0.0, 0.833]]
        """
        months, rivals = self._ahead(months), self.merchants - 1
        copiers = min(whole("copiers", copiers, 0, 10**6), rivals)
        month, (waits, served) = np.arange(months + 1), self._changes
        unserved = rivals / self.merchants * (1 - waits) ** month  # homes that have not changed yet
        if copiers == 0:
            return np.column_stack([1 - unserved, np.zeros(months + 1), unserved])
        since = np.maximum(month - self.copied_after, 0)
        copied = month >= self.copied_after
        waiting = np.where(copied, unserved * (1 - copiers / rivals), unserved)
        # what he has beyond an even part of all that is delivered shrinks by the same factor every month
        before = rivals / self.merchants * (1 - waits) ** self.copied_after
        ahead = (1 - before) - (1 - before * (1 - copiers / rivals)) / (copiers + 1)
        even = (1 - waiting) / (copiers + 1)
        own = np.where(copied, even + ahead * (1 - served * (copiers + 1) / copiers) ** since, 1 - unserved)
        own = np.clip(own, 0, 1)
        return np.column_stack([own, np.where(copied, np.maximum(1 - own - waiting, 0), 0), waiting])

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month in closed form, with one rival who copies: ``months + 1`` rows.

        Columns: month, own, copier (0 until the copy), waiting (homes; the three make ``homes``), share (of the
        record keeper, in percent).

        >>> RefillRound().expected(months=1)["share"].round(1).tolist()
        [16.7, 20.0]
        """
        shares = self.shares(months)
        own, copier, waiting = self.homes * shares.T
        return means({"own": own, "copier": copier, "waiting": waiting, "share": 100 * shares[:, 0]})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Homes decide independently, so those who change are binomial in those who could: exact, without a loop over
        homes.

        >>> runs = RefillRound().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["own"] + runs["copier"] + runs["waiting"] == 120).all())
        (26, True)
        """
        rivals, (waits, served) = self.merchants - 1, self._changes
        own, copier, waiting = (np.zeros((months + 1, replicates), dtype=np.int64) for _ in range(3))
        own[0] = rng.binomial(self.homes, 1 / self.merchants, replicates)
        waiting[0] = self.homes - own[0]
        for month in range(months + 1):
            if month:
                lost = rng.binomial(waiting[month - 1], waits)
                waiting[month] = waiting[month - 1] - lost
                copied = rivals > 0 and month > self.copied_after
                to_copier = rng.binomial(lost, 0.5) if copied else 0
                across = rng.binomial(own[month - 1], served) if copied else 0
                back = rng.binomial(copier[month - 1], served) if copied else 0
                own[month] = own[month - 1] + lost - to_copier - across + back
                copier[month] = copier[month - 1] + to_copier + across - back
            if rivals and month == self.copied_after:  # the copier's customers come along
                copier[month] = rng.binomial(waiting[month], 1 / rivals)
                waiting[month] -= copier[month]
        return histories({"own": own, "copier": copier, "waiting": waiting, "share": 100 * own / self.homes})

    def _draw(self, ax: Axes, months: int) -> None:
        end, even, copied = max(months, 1), 100 / self.merchants, self.copied_after < months and self.merchants > 1
        own = self.shares(months)[:, 0]
        nobody, every = (100 * self.shares(months, copiers=rivals)[:, 0] for rivals in (0, self.merchants - 1))
        low, high = nine_in_ten(own, np.sqrt(own * (1 - own) / self.homes), 0, 1)
        ax.fill_between(np.arange(months + 1), 100 * low, 100 * high, color=BLUE, alpha=0.15, linewidth=0)
        lines = [(_("one copies: {share}") if copied else _("nobody copies: {share}"), 100 * own, 0, BLUE, "-", "o")]
        if copied:
            lines.append((_("nobody copies: {share}"), nobody, self.copied_after, GREEN, "--", "^"))
        if copied and self.merchants > 2:
            lines.append((_("all copy: {share}"), every, self.copied_after, RED, ":", "s"))
        said = [(even, _("even share: {share}").format(share=percent(even / 100, 1)), GREY)]
        for text, values, since, colour, style, marker in lines:
            ax.plot(np.arange(since, months + 1), values[since:], color=colour, linestyle=style, marker=marker,
                    markersize=4.5, markevery=max(1, months // 12), linewidth=2)  # fmt: skip
            said.append((values[-1], text.format(share=percent(values[-1] / 100)), colour))
        ax.plot([0, end], [even, even], color=GREY, linewidth=1.3, linestyle=(0, (6, 3)))
        said.sort(key=lambda one: one[0])
        for place, (_at, text, colour) in zip(_apart([at for at, *_rest in said], 7, 1, 102), said, strict=True):
            ax.annotate(text, (end, place), (6, 0), textcoords="offset points", color=colour, va="center")
        if copied and self.copied_after:
            ax.axvline(self.copied_after, color=GREY, linestyle=":", linewidth=1.3)
            left = self.copied_after > 0.5 * end
            ax.annotate(_("copied"), (self.copied_after, 4), (-4 if left else 4, 0), textcoords="offset points",
                        ha="right" if left else "left", va="center", color=GREY, fontsize=9.5, bbox=WHITE)  # fmt: skip
        ax.set(xlim=(0, 1.34 * end), ylim=(0, 106), xlabel=_("month"))
        ax.set_ylabel(_("homes that buy from him (%)"))
        ax.set_xticks([tick for tick in ax.get_xticks() if tick <= end and tick == int(tick)])
        headline(ax, _("The record keeper's share, and where nine villages in ten lie"))
        thousands(ax)
        thousands(ax, "x")

    def _words(self, months: int) -> str:
        text = _(
            "A home of {people} in which each eats {bowls} bowls of rice a day empties a jar that holds {jar} in "
            "{days} days. The record keeper comes every {round} days; since homes do not eat evenly, {late} of the "
            "jars are empty before he comes."
        )
        words = [text.format(
            people=number(self.people), bowls=short(self.bowls), jar=short(self.jar), days=short(self.refill_days, 2),
            round=short(self.round_days, 2), late=percent(self.late, 1),
        )]  # fmt: skip
        if self.merchants == 1:
            return prose([*words, _("He is the only merchant, so all homes are his anyway.")])
        nobody = self.shares(months, copiers=0)[-1, 0]
        text = _(
            "At the start each of {merchants} merchants has {even} of {homes} homes on average. If nobody copies him, "
            "he has {share} of them after {span}."
        )
        words.append(text.format(
            merchants=number(self.merchants), even=percent(1 / self.merchants, 1), homes=number(self.homes),
            share=percent(nobody, 1), span=span(months),
        ))  # fmt: skip
        if self.copied_after >= months:
            return prose([*words, _("Nobody does so in this time.")])
        one, every = (self.shares(months, copiers=rivals)[-1, 0] for rivals in (1, self.merchants - 1))
        text = _(
            "If one rival copies him after month {month}, he has {one} ({count} homes); if all rivals do, {every}."
        )
        words.append(text.format(
            month=number(self.copied_after), one=percent(one, 1), count=count(self.homes * one),
            every=percent(every, 1),
        ))  # fmt: skip
        if self._changes[0] == 0:
            words.append(_("No home changes its merchant, whoever comes to the door."))
        elif self._changes[1] < 0.001:
            words.append(_("Hardly a jar of his runs empty, so a copier takes none of the homes that he has already."))
        else:
            text = _(
                "Each month {change} of his homes go over to a copier because their jar ran empty: so his lead melts."
            )
            words.append(text.format(change=percent(self._changes[1], 1)))
        return prose(words)


def _above_zero(name: str, value: Any) -> np.ndarray:
    """``value`` as floats above 0, or a complaint that names the first that is none."""
    plain = np.asarray(value)
    for one in plain.ravel().tolist():
        fits = isinstance(one, numbers.Real) and not isinstance(one, bool)
        if not fits or not 0 < one <= 1e300:
            text = _("{name} must be numbers above 0; one of them is {value}.")
            raise InputError(text.format(name=name, value=repr(one)))
    return plain.astype(float)


def _apart(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Rising ``places``, moved as little as needs be so that each is ``gap`` above the last, within low and high.

    >>> _apart([10, 11, 99], 7, 0, 100)
    [10, 17, 99]
    >>> _apart([96, 98], 7, 0, 100)
    [93, 100]
    """
    moved = []
    for place in places:
        moved.append(max(place, moved[-1] + gap if moved else low))
    ceiling = high
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - gap
    return moved
