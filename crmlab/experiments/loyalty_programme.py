"""A loyalty programme tried with a control group: what it brings, and what members less others make one believe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, believed, critical, parameter, real, seeded, whole
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, RED, WHITE, headline, thousands
from crmlab.language.catalogue import _, brief, mark, number, percent, prose, short, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LEVEL = 0.95
"""The level of the test and of the intervals unless told."""
POWER = 0.8
"""The power that a sample size is reckoned for unless told."""
STEADY = 1e-6
"""A spread below this share of the mean is none: gamma shapes would be too large to draw."""
SAMPLE = 1_000_000
"""The most customers that are drawn one by one."""


def power_of(difference: float, error: float, level: float = LEVEL) -> float:
    """Chance that a two-sided z test finds ``difference``, measured with standard error ``error``.

    Phi(|d|/se - z) + Phi(-|d|/se - z) with z = ``critical(level)``: the normal approximation, both tails. 0 where the
    error is infinite, for then there is no test. With no difference it is the chance of a false alarm, 1 - level.

    >>> round(power_of(2.8, 1), 3), round(power_of(0, 1), 3), power_of(1, math.inf)
    (0.8, 0.05, 0.0)
    """
    from scipy.special import ndtr

    difference, error = real("difference", difference, -math.inf, math.inf), real("error", error, 0, math.inf)
    if error == math.inf:
        return 0.0
    z = critical(level)
    if error == 0:
        return 1.0 if difference else 1 - level
    with np.errstate(over="ignore"):
        away = float(np.float64(abs(difference)) / error)
    return float(ndtr(away - z) + ndtr(-away - z))


def size_for(difference: float, variance: float, power: float = POWER, level: float = LEVEL) -> float:
    """Customers needed in all to find ``difference`` with ``power``: ((z + z_power) / difference)**2 * variance.

    ``variance`` is that of the difference with one customer in all: s1**2 / share1 + s0**2 / share0. Rounded up;
    infinite where there is no difference. The normal approximation without the far tail (the common formula).

    >>> size_for(0.5, 4)                        # half a standard deviation, two equal groups: 63 in each
    126.0
    """
    from scipy.special import ndtri

    difference, variance = real("difference", difference, -math.inf, math.inf), real("variance", variance, 0, math.inf)
    if difference == 0 or variance == math.inf:
        return math.inf
    with np.errstate(over="ignore"):
        away = max(critical(level) + float(ndtri(believed(power, "power"))), 0.0)  # a test this weak needs nobody
        needed = float(np.float64(away / difference) ** 2)
        return float(np.maximum(np.ceil(needed * variance - 1e-9), 2)) if needed < math.inf else math.inf


class _Kind(NamedTuple):
    """Customers who are alike: their part of a group, their mean spending a month, and whether they hold the card."""

    share: float
    mean: float
    member: bool


class LoyaltyProgramme(Experiment):
    """A trial of a loyalty programme: yuan spent a customer and month by those invited at random, and by the others.

    Of ``customers`` customers a random part ``control`` (rounded to whole customers) is not invited. One in five
    (``HEAVY``) is a heavy buyer, who spends ``TIMES`` = 4 times what a light one does; all together spend ``spend``
    yuan a month on average. Of those invited ``joining`` take the card, a heavy buyer ``selection`` times as likely as
    a light one (until all heavy ones are in; then the rest is light). A member spends ``uplift`` more than without
    the card; who does not join, or is not asked, spends as ever. A customer's months are independent gamma numbers
    with standard deviation ``spread`` times the customer's own mean. ``benefit`` is what a member costs a month.

    Three comparisons, all in yuan a customer and month, over the months of the trial so far:

    - ``gain``: invited less control. Its mean is ``uplift`` times what joiners spend, over all invited; chance is all
      that stands between it and the truth.
    - ``per_member``: gain / share that joined (Wald's estimate): the effect on a member, ``effect``.
    - ``naive``: members less all others. Its mean is effect + ``selected``, what joiners would have spent more anyway.

    Everything is a mixture of gammas with means and variances in closed form; ``power`` and ``sample_size`` use the
    normal approximation for a difference of means with these variances known.

    Source: the course's teaching case of a department store that kept a control group without benefits. All numbers
    are assumptions: the case prints none of the trial. Raises InputError, naming the field, its value and its bounds.

    >>> shop = LoyaltyProgramme()
    >>> round(shop.effect, 2), round(shop.naive, 2)                # 29 yuan a month in truth, 155 by the naive eye
    (28.57, 154.62)
    >>> LoyaltyProgramme(uplift=0).effect, round(LoyaltyProgramme(uplift=0).naive, 2)
    (0.0, 126.05)
    >>> round(LoyaltyProgramme(selection=1).selected, 9)                  # who joins is like who does not
    0.0
    """

    horizon: ClassVar[int] = 12
    HEAVY: ClassVar[float] = 0.2
    TIMES: ClassVar[float] = 4
    columns: ClassVar = {
        "month": mark("month"),
        "invited": mark("invited: spending a month (yuan a customer)"),
        "control": mark("control group: spending a month (yuan a customer)"),
        "gain": mark("invited less control (yuan)"),
        "per_member": mark("the same, for each member (yuan)"),
        "naive": mark("members less all others (yuan)"),
        "found": mark("difference found (95% test)"),
        "benefits": mark("benefits paid so far (yuan)"),
    }

    customers: int = parameter(
        20_000, low=0, high=10**9, slider=(100, 100_000, 100), label=mark("customers in the trial"),
        unit=mark("customers"),
    )  # fmt: skip
    control: float = parameter(
        0.2, low=0, high=1, slider=(0.01, 0.9, 0.01), label=mark("part in the control group"), unit="share"
    )
    spend: float = parameter(
        200, low=0, high=10**9, slider=(10, 1000, 10), label=mark("spending a month without the card"),
        unit=mark("yuan"),
    )  # fmt: skip
    spread: float = parameter(
        1.5, low=0, high=100, slider=(0, 4, 0.1), label=mark("spread of a customer's months"),
        unit=mark("times the mean"),
    )  # fmt: skip
    uplift: float = parameter(
        0.1, low=-1, high=10, slider=(-0.1, 0.4, 0.01), label=mark("what the card adds to a member's spending"),
        unit="share",
    )  # fmt: skip
    joining: float = parameter(0.4, low=0, high=1, slider=(0.05, 1, 0.05), label=mark("invited who join"), unit="share")
    selection: float = parameter(
        3, low=0.01, high=100, slider=(1, 5, 0.5), label=mark("heavy buyers join so many times as often"),
        unit=mark("times"),
    )  # fmt: skip
    benefit: float = parameter(
        5, low=0, high=10**9, slider=(0, 50, 1), label=mark("benefits of a member a month"), unit=mark("yuan")
    )

    @property
    def sizes(self) -> tuple[int, int]:
        """Customers invited, and customers in the control group.

        >>> LoyaltyProgramme(customers=5, control=0.5).sizes
        (3, 2)
        """
        held = round(self.control * self.customers)
        return self.customers - held, held

    @property
    def _spending(self) -> tuple[float, float]:
        """Mean spending a month without the card: heavy buyers, light buyers."""
        light = self.spend / (self.HEAVY * self.TIMES + 1 - self.HEAVY)
        return self.TIMES * light, light

    @property
    def joins(self) -> tuple[float, float]:
        """Share that joins when invited: heavy buyers, light buyers; together they make ``joining``.

        >>> heavy, light = LoyaltyProgramme(joining=0.5, selection=100).joins           # all heavy ones are in
        >>> heavy, round(light, 3)
        (1.0, 0.375)
        """
        if self.joining == 1:
            return 1.0, 1.0
        heavy = self.HEAVY
        light = self.joining / (heavy * self.selection + 1 - heavy)
        if self.selection * light > 1:
            return 1.0, min(max((self.joining - heavy) / (1 - heavy), 0.0), 1.0)
        if light > 1:
            return min(max((self.joining - (1 - heavy)) / heavy, 0.0), 1.0), 1.0
        return self.selection * light, light

    def _kinds(self, invited: bool) -> list[_Kind]:
        """The kinds of customers in a group, heavy before light, members before others."""
        kinds = []
        for share, mean, joins in zip((self.HEAVY, 1 - self.HEAVY), self._spending, self.joins, strict=True):
            joins = joins if invited else 0.0
            kinds += [_Kind(share * joins, mean * (1 + self.uplift), True), _Kind(share * (1 - joins), mean, False)]
        return kinds

    @property
    def gain(self) -> float:
        """Mean of invited less control, in yuan a customer and month: uplift * what joiners spend without the card."""
        spent = zip((self.HEAVY, 1 - self.HEAVY), self._spending, self.joins, strict=True)
        return self.uplift * sum(share * mean * joins for share, mean, joins in spent)

    @property
    def effect(self) -> float:
        """What the card adds to a member's spending, in yuan a month: gain / joining; 0 where nobody joins."""
        return self.gain / self.joining if self.joining else 0.0

    @property
    def naive(self) -> float:
        """Mean of members less all others (refusers and control group), yuan a month; 0 where either is missing.

        >>> LoyaltyProgramme(joining=0).naive
        0.0
        """
        return self._naive(self.uplift)

    @property
    def selected(self) -> float:
        """What members would spend more than all others if there were no programme: self-selection, yuan a month."""
        return self._naive(0)

    def _naive(self, uplift: float) -> float:
        members, others = self._by_card()
        if not members or not others:
            return 0.0
        return self._joiners * (1 + uplift) - _mean(others)

    @property
    def _joiners(self) -> float:
        """What those who join spend without the card, in yuan a month."""
        spent = zip((self.HEAVY, 1 - self.HEAVY), self._spending, self.joins, strict=True)
        return sum(share * mean * joins for share, mean, joins in spent) / self.joining if self.joining else 0.0

    @property
    def margin_needed(self) -> float:
        """Part of a member's additional spending that must be margin for it to pay the benefits; infinite if none can.

        >>> LoyaltyProgramme(benefit=5).margin_needed.__round__(3), LoyaltyProgramme(uplift=0).margin_needed
        (0.175, inf)
        """
        if self.effect <= 0:
            return math.inf if self.benefit and self.joining else 0.0
        with np.errstate(over="ignore"):
            return float(np.float64(self.benefit) / self.effect)

    def _variance(self, kinds: list[_Kind], months: int, less: float = 0.0) -> float:
        """Variance of a customer's mean spending a month over ``months``, ``less`` taken from that of each member."""
        total = sum(kind.share for kind in kinds)
        if total == 0:
            return 0.0
        noise = self.spread**2 / months
        first = sum(kind.share * (kind.mean - less * kind.member) for kind in kinds) / total
        about = sum(kind.share * (kind.mean - less * kind.member - first) ** 2 for kind in kinds) / total
        return about + noise * sum(kind.share * kind.mean**2 for kind in kinds) / total

    def standard_error(self, months: int = 12) -> float:
        """Standard deviation of ``gain`` after ``months`` (1 or more), exact; infinite where a group is empty.

        >>> round(LoyaltyProgramme().standard_error(12), 2), LoyaltyProgramme(control=0).standard_error()
        (3.34, inf)
        """
        return self._error(whole("months", months, 1, MONTHS[1]))

    def _error(self, months: int, less: float = 0.0) -> float:
        invited, held = self.sizes
        if not invited or not held:
            return math.inf
        variances = self._variance(self._kinds(True), months, less), self._variance(self._kinds(False), months)
        return math.sqrt(variances[0] / invited + variances[1] / held)

    def power(self, level: float = LEVEL, *, months: int = 12) -> float:
        """Chance that a two-sided z test at ``level`` finds the programme's gain after ``months``: see ``power_of``.

        >>> round(LoyaltyProgramme().power(), 3), LoyaltyProgramme(control=1).power()
        (0.929, 0.0)
        """
        return power_of(self.gain, self.standard_error(months), level)

    def sample_size(self, power: float = POWER, level: float = LEVEL, *, months: int = 12) -> float:
        """Customers needed in the trial, both groups together, to find the gain with ``power``: see ``size_for``.

        The part in the control group stays as it is; infinite where there is no gain or no second group.

        >>> LoyaltyProgramme().sample_size(), LoyaltyProgramme(uplift=0).sample_size()
        (13369.0, inf)
        """
        months = whole("months", months, 1, MONTHS[1])
        if self.control in (0, 1):
            variance = math.inf
        else:
            own, held = (self._variance(self._kinds(invited), months) for invited in (True, False))
            variance = own / (1 - self.control) + held / self.control
        return size_for(self.gain, variance, power, level)

    def _by_card(self) -> tuple[list[_Kind], list[_Kind]]:
        """The kinds among members, and among all others, by their part of all customers in the trial."""
        invited, held = self.sizes
        whole_trial = max(self.customers, 1)
        kinds = [(kind, invited / whole_trial) for kind in self._kinds(True)]
        kinds += [(kind, held / whole_trial) for kind in self._kinds(False)]
        parts = [kind._replace(share=kind.share * part) for kind, part in kinds if kind.share * part > 0]
        return [kind for kind in parts if kind.member], [kind for kind in parts if not kind.member]

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month of the trial, each over the months so far: ``months + 1`` rows, zeros in month 0.

        Columns: month; invited and control (yuan spent a customer and month, 0 where a group is empty); gain,
        per_member and naive (see the class; 0 where there is nothing to compare); found (the test's ``power`` at 95%;
        in ``simulate`` 1 where gain is further from zero than 1.96 of its standard errors, ``standard_error``, taken as
        known); benefits (yuan, for all members so far). In few customers chance may leave a comparison without members
        or others; these means are for the cases where there are both.

        >>> LoyaltyProgramme().expected(months=12).iloc[-1].round(2).tolist()
        [12.0, 211.43, 200.0, 11.43, 28.57, 154.62, 0.93, 384000.0]
        """
        months = self._ahead(months)
        invited, held = self.sizes
        began = np.arange(months + 1) > 0
        both = bool(invited and held)
        flat = {
            "invited": self.spend + self.gain if invited else 0.0,
            "control": float(self.spend) if held else 0.0,
            "gain": self.gain if both else 0.0,
            "per_member": self.effect if both else 0.0,
            "naive": self.naive,
        }
        found = [0.0, *(power_of(self.gain, self._error(month)) for month in range(1, months + 1))]
        paid = np.arange(months + 1) * (self.benefit * self.joining * invited)
        return means({
            **{name: np.where(began, value, 0.0) for name, value in flat.items()},
            "found": np.array(found), "benefits": paid.astype(float),
        })  # fmt: skip

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Heavy buyers and joiners are drawn once (binomial), then the spending of all customers of a kind, month by
        month: a sum of like gammas is a gamma, so this is exact.

        >>> runs = LoyaltyProgramme().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), sorted(set(runs["found"])) in ([0, 1], [0], [1])
        (26, True)
        """
        kinds = {invited: self._kinds(invited) for invited in (True, False)}
        heads: dict[bool, list[np.ndarray]] = {}
        for invited, size in zip((True, False), self.sizes, strict=True):
            heavy = rng.binomial(size, self.HEAVY, replicates)
            heads[invited] = []
            for number_of, joins in zip((heavy, size - heavy), self.joins, strict=True):
                members = rng.binomial(number_of, joins if invited else 0.0)
                heads[invited] += [members, number_of - members]
        sums = {
            invited: [self._spent(rng, head, kind.mean, months) for head, kind in zip(heads[invited], own, strict=True)]
            for invited, own in kinds.items()
        }
        so_far = np.maximum(np.arange(months + 1), 1)[:, None]
        members = heads[True][0] + heads[True][2]
        mine, theirs = (_each(sum(sums[invited]), sum(heads[invited]) * so_far) for invited in (True, False))
        by_card = sums[True][0] + sums[True][2], sums[True][1] + sums[True][3] + sum(sums[False])
        carded, rest = _each(by_card[0], members * so_far), _each(by_card[1], (self.customers - members) * so_far)
        both = (np.arange(months + 1) > 0)[:, None] & bool(self.sizes[0] and self.sizes[1])
        gain = np.where(both, mine - theirs, 0.0)
        error = np.array([math.inf, *(self._error(month) for month in range(1, months + 1))])
        naive = np.where((members > 0) & (members < self.customers), carded - rest, 0.0)
        paid = np.arange(months + 1)[:, None] * (float(self.benefit) * members)
        return histories({
            "invited": mine, "control": theirs, "gain": gain,
            "per_member": _each(gain * self.sizes[0], np.broadcast_to(members, gain.shape)),
            "naive": naive, "found": (np.abs(gain) > critical(LEVEL) * error[:, None]).astype(int),
            "benefits": paid,
        })  # fmt: skip

    def _spent(self, rng: np.random.Generator, heads: np.ndarray, mean: float, months: int) -> np.ndarray:
        """What ``heads`` like customers have spent together by each month, of shape (months + 1, replicates)."""
        if self.spread < STEADY:
            monthly = np.broadcast_to(heads * mean, (months, len(heads)))
        else:
            shape = self.spread**-2
            monthly = rng.standard_gamma(heads * shape, (months, len(heads))) * (mean / shape)
        return np.concatenate([np.zeros((1, len(heads))), np.cumsum(monthly, axis=0)])

    def people(self, months: int = 12, *, seed: int | None = None) -> pd.DataFrame:
        """One trial, a row a customer, as ``ProgrammeTrial.fit`` takes it: spending in yuan, rounded to cents.

        Columns: customer; group ("programme" or "control"); before and amount (spent in ``months`` months before the
        trial and in it); member. Raises InputError for more than 1,000,000 customers.

        >>> LoyaltyProgramme(customers=4, control=0.5).people(seed=1)["group"].tolist()
        ['programme', 'programme', 'control', 'control']
        """
        import pandas as pd

        months = whole("months", months, 1, MONTHS[1])
        if self.customers > SAMPLE:
            text = _("A table of {customers} customers is too long; up to {most} are drawn one by one.")
            raise InputError(text.format(customers=number(self.customers), most=number(SAMPLE)))
        rng = np.random.default_rng(seeded(seed))
        heavy = rng.random(self.customers) < self.HEAVY
        invited = np.arange(self.customers) < self.sizes[0]
        member = invited & (rng.random(self.customers) < np.where(heavy, *self.joins))
        mean = np.where(heavy, *self._spending)
        noise = [np.ones(self.customers)] * 2
        if self.spread >= STEADY:
            shape = months * self.spread**-2
            noise = [rng.standard_gamma(shape, self.customers) / shape for _time in range(2)]
        before, amount = months * mean * noise[0], months * mean * (1 + self.uplift * member) * noise[1]
        return pd.DataFrame({
            "customer": np.arange(1, self.customers + 1), "group": np.where(invited, "programme", "control"),
            "before": before.round(2), "amount": amount.round(2), "member": member,
        })  # fmt: skip

    def _draw(self, ax: Axes, months: int) -> None:
        months = max(months, 1)
        ax.axvline(0, color=GREY, linewidth=1.2)
        ends = [0.0, self.effect]
        say = {"textcoords": "offset points", "fontsize": 10, "va": "bottom", "bbox": WHITE}
        beside = {"xycoords": ("axes fraction", "data"), "ha": "left", **say}
        for place, (name, value, error, colour, marker) in enumerate(self._rows(months)):
            if error == math.inf:
                text = _("{name}: nothing to compare").format(name=name)
            else:
                half = critical(LEVEL) * error
                ends += [value - half, value + half]
                ax.plot(ends[-2:], [-place] * 2, color=colour, linewidth=2.2, marker="|", markersize=11)
                ax.plot(value, -place, color=colour, marker=marker, markersize=8, linestyle="none", zorder=4)
                parts = {"name": name, "value": _figure(value), "low": _figure(ends[-2]), "high": _figure(ends[-1])}
                text = (_("{name}: {value} ({low} to {high})") if half else _("{name}: {value}")).format(**parts)
            ax.annotate(text, (0.015, -place), (0, 9), **beside)
        room = 0.08 * (max(ends) - min(ends)) or max(0.1 * self.spend, 1)
        ax.set(xlim=(min(ends) - room, max(ends) + room), ylim=(-2.75, 0.75), ylabel=_("comparison"))
        ax.set_yticks([])
        ax.set_xlabel(_("spent more by a member, yuan a month; over {span}").format(span=span(months)))
        if self.joining:
            ax.axvline(self.effect, color=GREEN, linestyle="--", linewidth=1.8)
            left, right = ax.get_xlim()
            side, shift = ("left", 5) if self.effect < 0.25 * left + 0.75 * right else ("right", -5)
            ax.annotate(_("truth: {value}").format(value=_figure(self.effect)), (self.effect, -2.75), (shift, 3),
                        color=GREEN, ha=side, **say)  # fmt: skip
        headline(ax, _("What the card seems to add, and what it adds (95 trials of 100)"))
        thousands(ax, "x")

    def _rows(self, months: int) -> list[tuple[str, float, float, str, str]]:
        """The picture's rows: name, value, standard error (infinite: nothing to compare), colour and marker."""
        members, others = self._by_card()
        naive, gap = [math.inf] * 2
        if members and others:
            heads = sum(kind.share for kind in members) * self.customers
            rest = sum(kind.share for kind in others) * self.customers
            naive = math.sqrt(self._variance(members, months) / heads + self._variance(others, months) / rest)
            gap = 0.0
        wald = self._error(months, self.effect) / self.joining if self.joining else math.inf
        return [
            (_("members less all others"), self.naive, naive, RED, "s"),
            (_("the same, had there been no card"), self.selected, gap, ORANGE, "D"),
            (_("invited less control, for each member"), self.effect, wald, BLUE, "o"),
        ]

    def _words(self, months: int) -> str:
        months = max(months, 1)
        invited, held = self.sizes
        text = _(
            "{invited} customers are invited at random, {held} are not. {joining} of the invited join, and the card "
            "changes their spending by {uplift}, which is {effect} yuan a month for each."
        )
        words = [text.format(
            invited=number(invited), held=number(held), joining=percent(self.joining, 1),
            uplift=percent(self.uplift, 1), effect=_figure(self.effect),
        )]  # fmt: skip
        members, others = self._by_card()
        if members and others:
            text = _(
                "What members spend less what all others spend is {naive} yuan: of this {selected} would be there "
                "without any card, because those who join are not like those who do not."
            )
            words.append(text.format(naive=_figure(self.naive), selected=_figure(self.selected)))
        if not invited or not held:
            words.append(_("Without two groups drawn by lot nobody can tell what the card does."))
        else:
            half, power = critical(LEVEL) * self._error(months), self.power(months=months)
            text = _(
                "Invited less control is {gain} yuan a customer and month on average; in {span}, 95 trials of 100 give "
                "{low} to {high}."
            )
            words.append(text.format(
                gain=_figure(self.gain), span=span(months), low=_figure(self.gain - half),
                high=_figure(self.gain + half),
            ))  # fmt: skip
            if not self.gain:
                words.append(_("There is nothing to find; {alarm} of trials still find something.").format(
                    alarm=percent(power, 1)
                ))  # fmt: skip
            else:
                text = _("{power} of such trials find the difference; for 80% of them it takes {size} customers.")
                words.append(text.format(power=percent(power, 1), size=number(self.sample_size(months=months))))
        if self.benefit and self.joining:
            if self.margin_needed == math.inf:
                words.append(
                    _("Its benefits of {benefit} yuan a month never pay.").format(benefit=_figure(self.benefit))
                )
            else:
                text = _(
                    "The benefits cost {benefit} yuan a member and month, also for what would have been bought anyway: "
                    "they pay if more than {margin} of the additional spending is margin."
                )
                words.append(text.format(benefit=_figure(self.benefit), margin=percent(self.margin_needed, 1)))
        return prose(words)


def _mean(kinds: list[_Kind]) -> float:
    total = sum(kind.share for kind in kinds)
    return sum(kind.share * kind.mean for kind in kinds) / total if total else 0.0


def _each(total: np.ndarray, heads: Any) -> np.ndarray:
    """A total for each head, 0 where there are none."""
    return np.divide(total, heads, out=np.zeros(np.shape(total)), where=np.asarray(heads) > 0)


def _figure(value: float) -> str:
    """Yuan as text: with a decimal below a hundred, and in large units from a million on."""
    return brief(value) if abs(value) >= 10**6 else short(value, 1 if abs(value) < 100 else 0)
