"""How a new thing spreads: some take it up by themselves, the others because of those who have it (Bass)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crmlab.experiments.base import Experiment, parameter
from crmlab.experiments.frames import YEAR, from_nothing, histories, means
from crmlab.experiments.picture import BLUE, RED, SKY, WHITE, headline, thousands, whole_steps
from crmlab.language.catalogue import _, brief, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PUBLISHED = {
    "black_and_white_tv": (0.028, 0.25),
    "air_conditioner": (0.010, 0.42),
    "clothes_dryer": (0.017, 0.36),
    "mean": (0.03, 0.38),
}
"""Innovation and imitation a year: three of Bass's (1969) products, and the mean over many studies of Sultan, Farley
and Lehmann (1990), all after secondary sources."""


class BassDiffusion(Experiment):
    """Number of people who have taken up a new product by each year, by themselves and by word of mouth.

    Of a market of ``market`` people, each who has not yet bought does so with hazard ``innovation + imitation * F`` a
    year, F being the share that has bought: p of themselves, q F because of those who have it. That gives in closed
    form, with p = innovation and q = imitation,

    - F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t), the share that has bought by year t;
    - the peak of new buyers at ln(q/p) / (p + q) years, when a share 1/2 - p/2q has bought (where q is at most p, sales
      fall from the first day);
    - by themselves (p/q) ln((1 + q/p) / (1 + (q/p) e^-(p+q)t)); in the end (p/q) ln(1 + q/p) of the market, so each of
      these brings ``multiplication`` buyers in all, himself counted: word of mouth as a multiplier.

    Everybody buys once; nobody buys again, and prices and rivals are left out. The step is a year: a row for each
    full year within ``months``, at month 12 * year. The hazard follows the curve F, not the random number of those
    who have bought: so every one of the market has a time of buying of their own, drawn from F, and a simulation's mean
    is the curve exactly. (Were the hazard to follow the random number, early luck would carry on, and with a small
    market the mean would lag behind the curve.)

    Source: Bass (1969), A new product growth for model consumer durables, Management Science 15(5). ``published`` sets
    p and q to published values. Market size and other values are assumptions. Raises InputError, naming the field, its
    value and its bounds.

    >>> spread = BassDiffusion.published("air_conditioner")
    >>> round(spread.peak_year, 1), round(spread.multiplication, 1)
    (8.7, 11.2)
    >>> BassDiffusion(innovation=0).expected(24)["adopters"].tolist()         # nobody begins, nobody follows
    [0.0, 0.0, 0.0]
    >>> BassDiffusion(imitation=-1)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: imitation (imitation q, a year) is -1; allowed is 0 to 10.
    """

    horizon: ClassVar[int] = 240
    columns: ClassVar = {
        "month": mark("month"),
        "year": mark("year"),
        "alone": mark("new in the year by themselves"),
        "by_word": mark("new in the year by word of mouth"),
        "new": mark("new in the year"),
        "adopters": mark("bought so far"),
    }

    market: int = parameter(
        1_000_000, low=0, high=10**12, slider=(1000, 2_000_000, 1000), label=mark("people in the market"),
        unit=mark("people"),
    )  # fmt: skip
    innovation: float = parameter(
        0.03, low=0, high=1, slider=(0, 0.1, 0.001), label=mark("innovation p, a year"), unit=mark("per year")
    )
    imitation: float = parameter(
        0.38, low=0, high=10, slider=(0, 1, 0.01), label=mark("imitation q, a year"), unit=mark("per year")
    )

    @classmethod
    def published(cls, name: str = "mean", **changes: Any) -> Self:
        """The model with published p and q: black_and_white_tv, air_conditioner, clothes_dryer (Bass 1969) or mean.

        ``mean`` is .03 and .38, by Sultan, Farley and Lehmann (1990), A meta-analysis of applications of diffusion
        models, Journal of Marketing Research 27(1). The figures are after secondary sources; the size of the market is
        not among them. ``changes`` sets other fields. Raises InputError for a name that there is none.

        >>> tv = BassDiffusion.published("black_and_white_tv", market=500)
        >>> tv.innovation, tv.imitation, tv.market
        (0.028, 0.25, 500)
        >>> BassDiffusion.published("radio")
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: There is no 'radio'; there are: black_and_white_tv, air_conditioner, clothes_dryer, mean.
        """  # noqa: E501
        if not isinstance(name, str) or name not in PUBLISHED:
            text = _("There is no {name!r}; there are: {names}.")
            raise InputError(text.format(name=name, names=", ".join(PUBLISHED)))
        innovation, imitation = PUBLISHED[name]
        return cls(**{"innovation": innovation, "imitation": imitation, **changes})

    @property
    def _rates(self) -> tuple[float, float]:
        """Innovation and imitation; an innovation that brings less than one in 10^12 people a year is none."""
        return (self.innovation if self.innovation >= 1e-12 else 0.0), self.imitation

    def share(self, years: Any) -> np.ndarray:
        """F: the share of the market that has bought ``years`` after the start, in closed form; as many as ``years``.

        Raises InputError for years that are no numbers from 0 on.

        >>> BassDiffusion.published("mean").share([0, 5, 10]).round(3).tolist()
        [0.0, 0.331, 0.813]
        """
        p, q = self._rates
        faded = np.expm1(-(p + q) * _from_start(years))
        return -p * faded / (p + q * (1 + faded)) if p else np.zeros_like(faded)

    def _alone(self, years: np.ndarray) -> np.ndarray:
        """Share of the market that has bought by themselves ``years`` after the start."""
        p, q = self._rates
        bought = self.share(years)
        if q <= 1e-12 * p:
            return bought
        return np.log1p((q / p) * bought) * (p / q) if p else bought

    @property
    def peak_year(self) -> float:
        """Years from the start to the most new buyers: ln(q/p) / (p + q); 0 where they fall from the start.

        Infinite where nobody buys by themselves, for then nothing begins.

        >>> round(BassDiffusion.published("mean").peak_year, 2), BassDiffusion(imitation=0).peak_year
        (6.19, 0.0)
        """
        p, q = self._rates
        if p == 0:
            return math.inf
        return (math.log(q) - math.log(p)) / (p + q) if q > p else 0.0

    @property
    def peak_share(self) -> float:
        """Share of the market that has bought when the most buy: 1/2 - p/(2q), at least 0.

        >>> round(BassDiffusion.published("mean").peak_share, 3)
        0.461
        """
        p, q = self._rates
        return 0.5 - p / (2 * q) if q > p > 0 else 0.0

    @property
    def multiplication(self) -> float:
        """Buyers for each one who buys by themselves, in the end: (q/p) / ln(1 + q/p); infinite where nobody does.

        >>> round(BassDiffusion.published("mean").multiplication, 2), BassDiffusion(imitation=0).multiplication
        (4.84, 1.0)
        """
        p, q = self._rates
        if p == 0:
            return math.inf
        return (q / p) / math.log1p(q / p) if q > 1e-12 * p else 1.0

    def _parts(self, years: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By year from 0: share that has bought, and share that buys in year 1, 2, ... by themselves and by word."""
        times = np.arange(years + 1)
        bought = np.maximum.accumulate(np.minimum(self.share(times), 1.0))
        new = np.diff(bought)
        alone = np.minimum(np.maximum(np.diff(self._alone(times)), 0.0), new)
        return bought, alone, new - alone

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by year, in closed form: a row for each full year within ``months``, with year 0 for the start.

        Columns: month (12 * year), year, alone and by_word (new in the year by themselves and by word of mouth), new
        (the two together), adopters (all who have bought).

        >>> BassDiffusion.published("mean", market=1000).expected(24)[["year", "new", "adopters"]].round(1)
           year   new  adopters
        0     0   0.0       0.0
        1     1  35.8      35.8
        2     2  49.3      85.1
        """
        bought, alone, by_word = (self.market * part for part in self._parts(self._ahead(months) // YEAR))
        alone, by_word = (np.concatenate([[0.0], part]) for part in (alone, by_word))
        return means({"alone": alone, "by_word": by_word, "new": alone + by_word, "adopters": bought}, YEAR)

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Of those who have not yet bought a binomial number does so in each year, with the chance that the curve has
        for it, and of these a binomial number by themselves: as if every one of the market drew a time from F.

        >>> runs = BassDiffusion.published("mean").simulate(months=24, seed=7, replicates=2)
        >>> len(runs), bool((runs["alone"] + runs["by_word"] == runs["new"]).all())
        (6, True)
        """
        years = months // YEAR
        bought, alone_share, word_share = self._parts(years)
        new, alone = np.zeros((2, years, replicates), dtype=np.int64)
        waiting = np.full(replicates, self.market, dtype=np.int64)
        for year in range(years):
            buys, left = alone_share[year] + word_share[year], 1 - bought[year]
            new[year] = rng.binomial(waiting, min(buys / left, 1.0) if left > 0 else 1.0)
            alone[year] = rng.binomial(new[year], alone_share[year] / buys if buys > 0 else 0.0)
            waiting = waiting - new[year]
        columns = {"alone": alone, "by_word": new - alone, "new": new, "adopters": np.cumsum(new, axis=0)}
        return histories(from_nothing(columns), YEAR)

    def _draw(self, ax: Axes, months: int) -> None:
        years = months // YEAR
        _bought, alone, by_word = (self.market * part for part in self._parts(years))
        edges, new = np.arange(years + 1), alone + by_word
        top = max(float(new.max(initial=0.0)), 1e-9)
        thin = {"linewidth": 0.6, "edgecolor": "white"} if years <= 40 else {"linewidth": 0}
        if years:
            ax.stairs(alone, edges, fill=True, color=BLUE, label=_("by themselves"), **thin)
            ax.stairs(new, edges, baseline=alone, fill=True, color=SKY, hatch="//", label=_("by word of mouth"), **thin)
            ax.legend(loc="upper right", framealpha=0.8, edgecolor="none")
        if 0 < self.peak_year <= years and self.market:
            ax.vlines(self.peak_year, 0, 1.08 * top, color=RED, linestyle="--", linewidth=1.6)
            text = _("peak after {years} years,\nwhen {share} have bought")
            text = text.format(years=short(self.peak_year), share=percent(self.peak_share))
            late = self.peak_year > 0.5 * years
            ax.annotate(text, (self.peak_year, 1.1 * top), (-4 if late else 4, 0), textcoords="offset points",
                        color=RED, ha="right" if late else "left", va="bottom", fontsize=9, bbox=WHITE)  # fmt: skip
        ax.set(xlim=(0, max(years, 1)), ylim=(0, 1.35 * top if top > 1e-9 else 1))
        ax.set(xlabel=_("year"), ylabel=_("new buyers in a year"))
        text = _("Who takes it up, and when: {years} years, market {market}")
        headline(ax, text.format(years=number(years), market=brief(self.market)))
        whole_steps(ax)
        thousands(ax)

    def _words(self, months: int) -> str:
        years = months // YEAR
        if self._rates[0] == 0 or self.market == 0:
            text = _(
                "Nobody takes it up by themselves, so there is nobody to imitate: after {years} years nobody of "
                "{market} has bought. Word of mouth multiplies; it does not begin."
            )
            if self.market == 0:
                text = _("The market is empty: after {years} years nobody of {market} has bought.")
            return text.format(years=number(years), market=number(self.market))
        bought = float(self.share(years))
        text = _("Of {market} people {bought} have bought after {years} years ({share}).")
        words = [text.format(
            market=number(self.market), bought=number(self.market * bought), years=number(years),
            share=percent(bought, 1),
        )]  # fmt: skip
        if self.peak_year > 0:
            text = _(
                "Sales are highest after {peak} years, when {share} of the market have bought, and fall from then on."
            )
            words.append(text.format(peak=short(self.peak_year), share=percent(self.peak_share, 1)))
        else:
            words.append(_("Imitation is no stronger than innovation, so sales fall from the first year."))
        text = _(
            "In the end {alone} of the market will have bought by themselves and {word} because of others: each of the "
            "first stands for {times} buyers in all. So win the first ones; word of mouth multiplies them, until the "
            "market is used up."
        )
        if self.imitation == 0:
            text = _("There is no word of mouth here: all who buy do so by themselves.")
        alone = 1 / self.multiplication
        words.append(text.format(
            alone=percent(alone, 1), word=percent(1 - alone, 1), times=short(self.multiplication)
        ))  # fmt: skip
        return prose(words)


def _from_start(years: Any) -> np.ndarray:
    """Years as floats from 0 on, or a complaint that names what is none."""
    plain = np.asarray(years)
    if plain.dtype.kind not in "iuf" or not (plain >= 0).all():
        raise InputError(_("{name} is {value}; allowed is a number from 0 on.").format(name="years", value=repr(years)))
    return plain.astype(float)
