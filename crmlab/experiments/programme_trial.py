"""A programme's trial as it was run: the difference between those invited and the control group, with its doubt."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import believed, real
from crmlab.experiments.loyalty_programme import LEVEL, POWER, LoyaltyProgramme, power_of, size_for
from crmlab.experiments.picture import BLUE, GREY, PURPLE, RED, SKY, WHITE, headline, thousands
from crmlab.language.catalogue import _, brief, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LARGEST = 1e12
"""The largest amount, either way, that is taken."""
UPLIFT = 0.05
"""The uplift, over the control group's mean, that a power or a sample size is reckoned for unless told."""
NAMES = {
    "difference": mark("invited less control"),
    "adjusted": mark("the same, adjusted for spending before"),
    "per_member": mark("invited less control, for each member"),
    "naive": mark("members less all others"),
}
"""The comparisons, in the order in which they are shown."""
STYLES = {"difference": (BLUE, "o"), "adjusted": (SKY, "^"), "per_member": (PURPLE, "D"), "naive": (RED, "s")}


class Estimate(NamedTuple):
    """A difference of two means with its interval, its standard error and the mean that it is added to."""

    difference: float
    low: float
    high: float
    error: float
    base: float


@dataclass(frozen=True, eq=False)
class ProgrammeTrial(Analysis):
    """What a programme brought, from a trial with a control group: ``ProgrammeTrial.fit(frame)`` makes one.

    Attributes: ``estimates`` by name (below), each a named tuple difference, low, high, error (standard error), base;
    ``customers``, ``means``, ``spreads`` (standard deviations) and ``joined`` (share with the card; None without a
    column member), each for those invited and for control; ``left`` (standard deviations after the adjustment, or
    None); ``level`` of the intervals.

    - ``difference``: mean amount of those invited less that of control; Welch's interval (unequal variances).
    - ``adjusted``, with a column before: the same after taking theta * (before - its mean) from each amount, with theta
      the slope within the groups. It has the same mean, for the groups are drawn by lot, and less noise: CUPED of Deng,
      Xu, Kohavi and Walker (2013), Improving the sensitivity of online controlled experiments by utilizing
      pre-experiment data, WSDM. Welch's interval of what is left: for groups of some dozens or more.
    - ``per_member``, with a column member: difference / (share with the card, invited less control): Wald's
      estimate of the effect on those who hold the card because they were invited (Imbens and Angrist, 1994,
      Identification and estimation of local average treatment effects, Econometrica 62(2)). It takes for granted that
      an invitation does nothing to who does not join. Interval by the delta method; missing where no more hold the
      card among the invited than in control.
    - ``naive``, with a column member: members less all others. No lot decided who is a member, so it shows who joins
      as well as what the card does.

    ``base`` is the mean without the programme: of control; for per_member, of members less the effect; for naive, of
    the others. The trial is about those who were drawn by lot, and about its own months.

    >>> trial = ProgrammeTrial.fit(ProgrammeTrial.example())
    >>> {name: round(estimate.difference) for name, estimate in trial.estimates.items()}
    {'difference': 189, 'adjusted': 136, 'per_member': 468, 'naive': 1921}
    """

    estimates: dict[str, Estimate]
    customers: tuple[int, int]
    means: tuple[float, float]
    spreads: tuple[float, float]
    joined: tuple[float, float] | None
    left: tuple[float, float] | None
    level: float

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, control: Hashable = "control", level: float = LEVEL) -> Self:
        """The trial's differences with intervals at ``level``.

        ``frame`` has one row a customer: ``customer``; ``group``, two labels, of which ``control`` is that of the
        control group; ``amount``, what the customer spent in the trial, 0 for who bought nothing (leave nobody out).
        Optional: ``before``, what the customer spent before the trial; ``member``, who took the card (True and False,
        or 1 and 0). Raises InputError where a column is missing or has an empty cell or no number, a customer stands
        there twice, there are not two groups or none is ``control``, or a group has fewer than two customers.

        >>> import pandas as pd
        >>> pair = pd.DataFrame({"customer": [1, 2, 3, 4], "group": list("aabb"), "amount": [5, 7, 1, 1]})
        >>> ProgrammeTrial.fit(pair, control="b").estimates["difference"].difference
        5.0
        >>> ProgrammeTrial.fit(pair)
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The column group has a, b, and none of them is the control group 'control'; write control=....
        """  # noqa: E501
        level = believed(level)
        names = ["customer", "group", "amount"]
        optional = [name for name in ("before", "member") if name in getattr(frame, "columns", ())]
        kept = needed(frame, names + optional)
        twice = kept["customer"][kept["customer"].duplicated()]
        if len(twice):
            text = _("The customer {customer} has more than one row; a row a customer is needed: add up the amounts.")
            raise InputError(text.format(customer=twice.iloc[0]))
        held = _held(kept["group"], control)
        amount = numeric(kept, "amount", -LARGEST, LARGEST)
        for group in (~held, held):
            if group.sum() < 2:
                raise InputError(_("Each group needs at least two customers."))
        groups = (~held, held)
        estimates = {"difference": _welch(amount[~held], amount[held], level)}
        joined = left = None
        if "before" in optional:
            rest = _adjusted(amount, numeric(kept, "before", -LARGEST, LARGEST), groups)
            plain = estimates["difference"].base
            estimates["adjusted"] = _welch(rest[~held], rest[held], level)._replace(base=plain)
            left = tuple(float(rest[group].std(ddof=1)) for group in groups)
        if "member" in optional:
            member = _yes_no(kept, "member")
            joined = tuple(float(member[group].mean()) for group in groups)
            if joined[0] > joined[1]:
                estimates["per_member"] = _wald(amount, member, groups, level)
            if min(member.sum(), (~member).sum()) > 1:
                estimates["naive"] = _welch(amount[member], amount[~member], level)
        return cls(
            estimates,
            tuple(int(group.sum()) for group in groups),
            tuple(float(amount[group].mean()) for group in groups),
            tuple(float(amount[group].std(ddof=1)) for group in groups),
            joined,
            left,
            level,
        )

    @classmethod
    def example(cls) -> pd.DataFrame:
        """A trial of 4,000 customers over a year, made up: a ``LoyaltyProgramme`` with 1,000 of them in control.

        In truth a member spends 10% more than without the card, which is 343 yuan a year, or 137 a customer invited.

        >>> ProgrammeTrial.example().groupby("group").size().tolist()
        [1000, 3000]
        """
        frame = LoyaltyProgramme(customers=4000, control=0.25).people(12, seed=16)
        frame.attrs["source"] = "made up by crmlab: LoyaltyProgramme(customers=4000, control=0.25).people(12, seed=16)"
        return frame

    def power(self, uplift: float = UPLIFT, *, adjusted: bool = False) -> float:
        """Chance that a trial of this size and spread finds an ``uplift`` over the control group's mean.

        The normal approximation at the fit's ``level``; ``adjusted`` takes the spread that is left after the adjustment
        for ``before``. Ask for an uplift that would be worth having, not for the one that was found: a power reckoned
        from the result says nothing that the interval does not (Hoenig and Heisey, 2001, The abuse of power, The
        American Statistician 55(1)).

        >>> trial = ProgrammeTrial.fit(ProgrammeTrial.example())
        >>> round(trial.power(0.05), 2), round(trial.power(0.05, adjusted=True), 2)
        (0.29, 0.44)
        """
        return power_of(self._worth(uplift), math.sqrt(self._unit(adjusted) / sum(self.customers)), self.level)

    def sample_size(self, uplift: float = UPLIFT, power: float = POWER, *, adjusted: bool = False) -> float:
        """Customers needed in all, with the groups' proportion of this trial, to find ``uplift`` with ``power``.

        See ``size_for`` in crmlab.experiments.loyalty_programme; infinite for an uplift that is nothing.

        >>> trial = ProgrammeTrial.fit(ProgrammeTrial.example())
        >>> trial.sample_size(0.05) > trial.sample_size(0.05, adjusted=True) > trial.sample_size(0.1, adjusted=True)
        True
        """
        return size_for(self._worth(uplift), self._unit(adjusted), power, self.level)

    def _worth(self, uplift: float) -> float:
        return real("uplift", uplift, -1, 10**6) * self.means[1]

    def _unit(self, adjusted: bool) -> float:
        """Variance of the difference if there were one customer in all, so divided."""
        if adjusted and self.left is None:
            raise InputError(_("There is nothing to adjust for: the table has no column before."))
        spreads = self.left if adjusted else self.spreads
        total = sum(self.customers)
        return sum(spread**2 * total / size for spread, size in zip(spreads, self.customers, strict=True))

    def summary(self) -> pd.DataFrame:
        """One row a comparison: comparison, meaning (in the language spoken now), estimate, low, high, error, uplift.

        ``uplift`` is the estimate over its base (see the class), missing where that is not above 0.

        >>> ProgrammeTrial.fit(ProgrammeTrial.example()).summary()["comparison"].tolist()
        ['difference', 'adjusted', 'per_member', 'naive']
        """
        import pandas as pd

        rows = [
            (name, _(NAMES[name]), *estimate[:4], _over(estimate.difference, estimate.base))
            for name, estimate in self.estimates.items()
        ]
        return pd.DataFrame(rows, columns=["comparison", "meaning", "estimate", "low", "high", "error", "uplift"])

    def _draw(self, ax: Axes) -> None:
        ax.axvline(0, color=GREY, linewidth=1.2)
        ends, last = [0.0], len(self.estimates) - 1
        for place, (name, estimate) in enumerate(self.estimates.items()):
            colour, marker = STYLES[name]
            ends += estimate[1:3]
            ax.plot(estimate[1:3], [-place] * 2, color=colour, linewidth=2.2, marker="|", markersize=11)
            ax.plot(estimate.difference, -place, color=colour, marker=marker, markersize=8, linestyle="none", zorder=4)
            text = _("{name}: {value} ({low} to {high})").format(name=_(NAMES[name]), **self._parts(estimate))
            ax.annotate(text, (0.015, -place), (0, 8), xycoords=("axes fraction", "data"), textcoords="offset points",
                        va="bottom", fontsize=10, bbox=WHITE)  # fmt: skip
        room = 0.08 * (max(ends) - min(ends)) or 1
        ax.set(xlim=(min(ends) - room, max(ends) + room), ylim=(-last - 0.45, 0.75), ylabel=_("comparison"))
        ax.set_yticks([])
        text = _("difference in the amount of a customer ({level} intervals)")
        ax.set_xlabel(text.format(level=percent(self.level, 1)))
        headline(ax, _("What the programme brought, and what it seems to bring")
                 if "naive" in self.estimates else _("What the programme brought"))  # fmt: skip
        thousands(ax, "x")

    @staticmethod
    def _parts(estimate: Estimate) -> dict[str, str]:
        value, low, high = (_figure(part) for part in estimate[:3])
        return {"value": value, "low": low, "high": high}

    def _said(self, estimate: Estimate) -> str:
        return _("{value} ({low} to {high})").format(**self._parts(estimate))

    def _words(self) -> str:
        invited, held = self.customers
        plain = self.estimates["difference"]
        text = _(
            "{invited} customers were invited and {held} were not. The invited spent {mine} on average, the control "
            "group {theirs}: a difference of {difference}, with an interval of {low} to {high} ({level})."
        )
        words = [text.format(
            invited=number(invited), held=number(held), mine=_figure(self.means[0]), theirs=_figure(self.means[1]),
            difference=_figure(plain.difference), low=_figure(plain.low), high=_figure(plain.high),
            level=percent(self.level, 1),
        )]  # fmt: skip
        if plain.base > 0:
            text = _("That is an uplift of {uplift}.")
            words.append(text.format(uplift=percent(plain.difference / plain.base, 1)))
        best = plain
        if "adjusted" in self.estimates:
            best = self.estimates["adjusted"]
            text = _("With what they spent before taken into account it is {value}.")
            words.append(text.format(value=self._said(best)))
        if best.low > 0:
            words.append(_("Zero lies outside: the programme raised spending."))
        elif best.high < 0:
            words.append(_("Zero lies outside: the programme lowered spending."))
        else:
            words.append(_("Zero lies within: chance alone could have done this."))
        if "per_member" in self.estimates:
            text = _("For each member that makes {value}.")
            words.append(text.format(value=self._said(self.estimates["per_member"])))
        if "naive" in self.estimates:
            text = _(
                "Members spent {naive} more than all others; no lot decided who joined, so this is no measure of the "
                "programme."
            )
            if self.estimates["naive"].difference < 0:
                text = _(
                    "Members spent {naive} less than all others; no lot decided who joined, so this is no measure of "
                    "the programme."
                )
            words.append(text.format(naive=_figure(abs(self.estimates["naive"].difference))))
        if self.means[1] > 0:
            text = _(
                "A trial like this finds an uplift of {uplift} in {power} of cases; for 80% of them it would take "
                "{size} customers."
            )
            power, size = percent(self.power(), 1), number(self.sample_size())
            words.append(text.format(uplift=percent(UPLIFT), power=power, size=size))
        return prose(words)


def _held(group: pd.Series, control: Hashable) -> np.ndarray:
    """Who is in the control group, or a complaint about the labels."""
    labels = sorted(set(group), key=str)
    if control not in labels:
        text = _("The column group has {labels}, and none of them is the control group {control!r}; write control=....")
        shown = labels[:5] + ["…"] * (len(labels) > 5)
        raise InputError(text.format(labels=_(", ").join(map(str, shown)), control=control))
    if len(labels) != 2:
        text = _("The column group must have two labels, the control group's and one other; it has {count}.")
        raise InputError(text.format(count=number(len(labels))))
    return (group == control).to_numpy(dtype=bool)


def _yes_no(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of True and False, or of 1 and 0, as truth values."""
    column = frame[name]
    if all(isinstance(value, bool | np.bool_) for value in column):
        return column.to_numpy(dtype=bool)
    values = numeric(frame, name, 0, 1)
    for row in np.flatnonzero((values != 0) & (values != 1))[:1]:
        text = _("The column {name} has {value} in row {row} (counted from 1); allowed are True and False, or 1 and 0.")
        raise InputError(text.format(name=name, value=repr(float(values[row])), row=number(row + 1)))
    return values == 1


def _welch(mine: np.ndarray, theirs: np.ndarray, level: float) -> Estimate:
    """The difference of two means with Welch's interval."""
    parts = [sample.var(ddof=1) / len(sample) for sample in (mine, theirs)]
    return _interval(float(mine.mean() - theirs.mean()), parts, (len(mine), len(theirs)), level, float(theirs.mean()))


def _interval(difference: float, parts: list[float], sizes: tuple[int, int], level: float, base: float) -> Estimate:
    """``difference`` with an interval by Student's t, whose degrees of freedom are Welch's and Satterthwaite's."""
    from scipy.special import stdtrit

    variance = float(sum(parts))
    error = math.sqrt(variance)
    if variance == 0:
        return Estimate(difference, difference, difference, 0.0, base)
    weights = [part / variance for part in parts]
    freedom = 1 / sum(weight**2 / (size - 1) for weight, size in zip(weights, sizes, strict=True))
    half = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Estimate(difference, difference - half, difference + half, error, base)


def _adjusted(amount: np.ndarray, before: np.ndarray, groups: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The amounts less what ``before`` says of them, by the slope within the groups."""
    top = bottom = 0.0
    for group in groups:
        gap = before[group] - before[group].mean()
        top, bottom = top + float(gap @ amount[group]), bottom + float(gap @ gap)
    slope = top / bottom if bottom > 0 else 0.0
    return amount - slope * (before - before.mean())


def _wald(amount: np.ndarray, member: np.ndarray, groups: tuple[np.ndarray, np.ndarray], level: float) -> Estimate:
    """The difference over the difference in who holds the card, with the delta method's interval."""
    mine, theirs = (float(amount[group].mean()) for group in groups)
    joined = float(member[groups[0]].mean() - member[groups[1]].mean())
    effect = (mine - theirs) / joined
    rest = amount - effect * member
    parts = [rest[group].var(ddof=1) / group.sum() / joined**2 for group in groups]
    sizes = tuple(int(group.sum()) for group in groups)
    return _interval(effect, parts, sizes, level, float(amount[groups[0] & member].mean()) - effect)


def _over(difference: float, base: float) -> float:
    """A difference as a share of what it is added to, missing where that is not above 0."""
    return difference / base if base > 0 else math.nan


def _figure(value: Any) -> str:
    """An amount as text: with decimals where it is small, and in large units from a million on."""
    size = abs(value)
    return brief(value) if size >= 10**6 else short(value, 0 if size >= 100 else 1 if size >= 10 else 2)
