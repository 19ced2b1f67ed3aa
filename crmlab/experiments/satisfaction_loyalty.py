"""Satisfaction and loyalty: who buys again after which score, and what it depends on whether he can leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import BLUE, GREY, ORANGE, WHITE, headline
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SCORES = {
    1: mark("very dissatisfied"),
    2: mark("rather dissatisfied"),
    3: mark("neutral"),
    4: mark("satisfied"),
    5: mark("very satisfied"),
}
CAPTIVE = 0.002
"""The freedom at which the picture draws its curve for customers who can hardly leave: an assumption."""
TEN = 10
"""Customers lifted to a better score, where words compare two ways to spend an effort."""


class SatisfactionLoyalty(Experiment):
    """Number of customers who buy again, by the satisfaction score that they gave and how free they are to leave.

    A customer with score s (1 to 5) buys again, each time that he could, with the probability

        loyalty(s) = top / (1 + freedom * (ratio ** (5 - s) - 1)),

    a choice between this firm and the others (logit), in which each point of satisfaction lost makes the others
    ``ratio`` times as attractive. ``freedom`` is 0 where nobody can leave (a monopoly): all scores are as loyal as the
    5s; and 1 where nothing holds anybody: then the 5s are ``ratio`` times as likely to buy again as the 4s. Between,
    the 5s are ``five_to_four = 1 + freedom * (ratio - 1)`` times as likely. So one form gives both curves that Jones
    and Sasser draw: bent down where customers are captive (loyal until they are very dissatisfied), bent up where they
    are free (loyal only if very satisfied). **This form is ours, and stated, not measured:** their curves are drawings
    without published points. Only the ratio 6 is theirs, found at Xerox.

    ``fives`` of the customers give 5, ``fours`` *of the others* 4, ``threes`` *of the rest* 3, and who is left gives 1
    or 2, half each: made up, like ``top``. Scores stay as they were given. A month has one occasion to buy; who does
    not buy again is lost.

    Raises InputError, naming the field, its value and its bounds. Source: Jones and Sasser (1995), Why satisfied
    customers defect, Harvard Business Review 73(6); claim five_vs_four.

    >>> free = SatisfactionLoyalty(ratio=6, freedom=1, top=1)
    >>> [round(free.loyalty(score), 3) for score in (5, 4, 3)]       # six times: only if 4s are at 16.7% at most
    [1.0, 0.167, 0.028]
    >>> SatisfactionLoyalty(freedom=0, top=0.9).loyalty(1)
    0.9
    >>> SatisfactionLoyalty(ratio=0.5)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: ratio (5s against 4s, if all are free to leave) is 0.5; allowed is 1 to 1,000.
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "score_1": mark("left of those who gave 1"),
        "score_2": mark("left of those who gave 2"),
        "score_3": mark("left of those who gave 3"),
        "score_4": mark("left of those who gave 4"),
        "score_5": mark("left of those who gave 5"),
        "customers": mark("number of customers"),
        "lost": mark("lost this month"),
    }

    customers: int = parameter(
        1000, low=0, high=10**9, slider=(0, 3000, 50), label=mark("customers at the start"), unit=mark("customers")
    )
    fives: float = parameter(0.3, low=0, high=1, slider=(0, 1, 0.01), label=mark("customers who give 5"), unit="share")
    fours: float = parameter(
        0.6, low=0, high=1, slider=(0, 1, 0.01), label=mark("of the others, who give 4"), unit="share"
    )
    threes: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.01), label=mark("of the rest, who give 3"), unit="share"
    )
    top: float = parameter(
        0.9, low=0, high=1, slider=(0, 1, 0.01), label=mark("5s who buy again each time"), unit="share"
    )
    ratio: float = parameter(
        6, low=1, high=1000, slider=(1, 10, 0.5), label=mark("5s against 4s, if all are free to leave"),
        unit=mark("times"),
    )  # fmt: skip
    freedom: float = parameter(
        0.2, low=0, high=1, slider=(0, 1, 0.01), label=mark("how free customers are to leave"), unit="share"
    )

    @property
    def shares(self) -> np.ndarray:
        """Shares of the customers who give 1, 2, 3, 4 and 5; they make 1.

        >>> SatisfactionLoyalty().shares.round(2).tolist()
        [0.07, 0.07, 0.14, 0.42, 0.3]
        """
        others = 1 - self.fives
        rest = others * (1 - self.fours)
        low = rest * (1 - self.threes) / 2
        return np.array([low, low, rest * self.threes, others * self.fours, self.fives])

    @property
    def five_to_four(self) -> float:
        """How many times as likely to buy again a 5 is as a 4: 1 + freedom * (ratio - 1).

        >>> SatisfactionLoyalty(ratio=6, freedom=0.5).five_to_four
        3.5
        """
        return 1 + self.freedom * (self.ratio - 1)

    @property
    def most_for_fours(self) -> float:
        """The most loyal that 4s can be if 5s are ``ratio`` times as likely to buy again: 1 / ratio.

        >>> round(SatisfactionLoyalty(ratio=6).most_for_fours, 3)
        0.167
        """
        return 1 / self.ratio

    def loyalty(self, score: float) -> float:
        """The probability that a customer with this ``score``, 1 to 5, buys again.

        Raises InputError for a score that is not on the scale.

        >>> round(SatisfactionLoyalty(ratio=6, freedom=0.2, top=0.9).loyalty(4), 6)
        0.45
        """
        return float(self._curve(np.array([real("score", score, 1, 5)]))[0])

    def _curve(self, scores: np.ndarray) -> np.ndarray:
        return self.top / (1 + self.freedom * (float(self.ratio) ** (5 - scores) - 1))

    @property
    def _by_score(self) -> np.ndarray:
        return self._curve(np.arange(1, 6))

    @property
    def lift_of_fours(self) -> float:
        """How many more buy again the next time, for each 4 that is made a 5.

        This takes the curve as cause and effect, which a survey does not show.

        >>> round(SatisfactionLoyalty(freedom=1).lift_of_fours, 2), SatisfactionLoyalty(freedom=0).lift_of_fours
        (0.75, 0.0)
        """
        return float(self._by_score[4] - self._by_score[3])

    @property
    def lift_of_lows(self) -> float:
        """How many more buy again the next time, for each 1 or 2 (half each) that is made a 3.

        >>> round(SatisfactionLoyalty(freedom=1).lift_of_lows, 3), round(SatisfactionLoyalty(freedom=0.002).lift_of_lows, 2)
        (0.023, 0.4)
        """  # noqa: E501
        one, two, three = self._by_score[:3]
        return float(three - (one + two) / 2)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month in closed form: ``months + 1`` rows; of those who gave a score, share * loyalty ** month.

        Columns: month; score_1 to score_5, customers left of those who gave it; customers, all that are left; lost,
        in this month.

        >>> SatisfactionLoyalty().expected(1)[["score_4", "score_5", "customers", "lost"]].round(1)
           score_4  score_5  customers   lost
        0    420.0    300.0     1000.0    0.0
        1    189.0    270.0      476.4  523.6
        """
        months = self._ahead(months)
        left = self.customers * self.shares * self._by_score ** np.arange(months + 1)[:, None]
        customers = left.sum(axis=1)
        lost = np.concatenate([[0.0], -np.diff(customers)])
        groups = {f"score_{score}": left[:, score - 1] for score in SCORES}
        return means({**groups, "customers": customers, "lost": lost})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Who gives which score is multinomial, who buys again binomial, both exact.

        >>> runs = SatisfactionLoyalty().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), runs.groupby("month")["customers"].sum()[0].item()
        (26, 2000)
        """
        left = np.zeros((months + 1, replicates, 5), dtype=np.int64)
        shares = self.shares / self.shares.sum()
        left[0] = rng.multinomial(self.customers, shares, size=replicates)
        loyal = self._by_score
        for month in range(1, months + 1):
            left[month] = rng.binomial(left[month - 1], loyal)
        customers = left.sum(axis=2)
        lost = np.zeros_like(customers)
        lost[1:] = customers[:-1] - customers[1:]
        groups = {f"score_{score}": left[:, :, score - 1] for score in SCORES}
        return histories({**groups, "customers": customers, "lost": lost})

    def _draw(self, ax: Axes, months: int) -> None:
        scores = np.linspace(1, 5, 81)
        for freedom, colour, style, label in (
            (CAPTIVE, GREY, ":", _("hardly free to leave")),
            (1.0, ORANGE, "--", _("entirely free")),
        ):
            end = self.model_copy(update={"freedom": freedom})
            ax.plot(scores, 100 * end._curve(scores), color=colour, linestyle=style, linewidth=1.8, label=label)
        label = _("yours, {freedom} free: 5s to 4s as {times} to 1")
        label = label.format(freedom=percent(self.freedom, 1), times=short(self.five_to_four))
        ax.plot(scores, 100 * self._curve(scores), color=BLUE, linewidth=2.4, label=label)
        ax.plot(range(1, 6), 100 * self._by_score, color=BLUE, marker="o", markersize=7.5, linestyle="none")
        for score, loyal in zip(SCORES, self._by_score, strict=True):
            ax.annotate(percent(loyal, 1 if loyal < 0.1 else 0), (score, 100 * loyal), (-5, 9), color=BLUE, ha="center",
                        textcoords="offset points", bbox=WHITE)  # fmt: skip
        names = [
            _("{score} ({share})\n{name}").format(score=score, share=percent(share), name=_(name))
            for (score, name), share in zip(SCORES.items(), self.shares, strict=True)
        ]
        ax.set_xticks(range(1, 6), names, fontsize=8.5)
        ax.set_yticks(range(0, 101, 20))
        ax.set(xlim=(0.6, 5.4), ylim=(-2, 126), ylabel=_("will buy again (%)"))
        ax.legend(loc="upper center", ncols=3, fontsize=9, framealpha=0, edgecolor="none", columnspacing=1.0)
        headline(ax, _("Who buys again, by satisfaction score and freedom to leave"))

    def _words(self, months: int) -> str:
        five, four = (percent(loyal, 1) for loyal in (self._by_score[4], self._by_score[3]))
        if self.top == 0:
            words = [_("Nobody buys again, whatever the score.")]
        elif self.five_to_four == 1:
            words = [_("All buy again equally, whatever the score: {five} each time.").format(five=five)]
        else:
            text = _(
                "Of those who give 5, {five} buy again each time, of those who give 4 {four}: {times} times as likely."
            )
            words = [text.format(five=five, four=four, times=short(self.five_to_four, 2))]
        if self.ratio > 1 and self.freedom == 1:
            text = _("That leaves at most {most} for the 4s, however loyal the 5s.")
            words.append(text.format(most=percent(self.most_for_fours, 1)))
        elif self.ratio > 1:
            text = _(
                "If all were entirely free to leave it would be {ratio} times, and that leaves at most {most} for the "
                "4s, however loyal the 5s."
            )
            words.append(text.format(ratio=short(self.ratio), most=percent(self.most_for_fours, 1)))
        rows = self.expected(months)
        left, best = rows["customers"].iloc[-1], rows["score_5"].iloc[-1]
        text = _(
            "Of {customers} customers, {happy} gave 4 or 5. After {span}, with one occasion to buy a month, {left} are "
            "left."
        )
        words.append(text.format(customers=number(self.customers), happy=percent(self.shares[3:].sum()),
                                 span=span(months), left=count(left)))  # fmt: skip
        if months and left >= 1:
            text = _(
                "Of these {part} are 5s, against {share} at the start: nobody has become happier, the others left."
            )
            if best / left > self.fives + 0.005:
                words.append(text.format(part=percent(best / left), share=percent(self.fives)))
        high, low = TEN * self.lift_of_fours, TEN * self.lift_of_lows
        text = _(
            "If ten 4s became 5s, {high} more would buy again the next time; if ten 1s and 2s became 3s, {low} more."
        )
        if high or low:
            words.append(text.format(high=short(high, 2), low=short(low, 2)))
        if high > low + 0.005:
            words.append(_("So here it pays more to make the satisfied very satisfied."))
        elif low > high + 0.005:
            words.append(_("So here it pays more to look after the dissatisfied."))
        return prose(words)
