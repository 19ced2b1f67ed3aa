"""Repairs that do not hold: what shared data, first-time fix, escalation and politeness each do about it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, RED, SKY, WHITE, headline, thousands
from crmlab.language.catalogue import _, mark, number, people, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

STEP = 0.1
"""By how much a lever is improved unless told: ten percentage points."""
LEVERS = {
    "politeness": mark("politeness"),
    "shared": mark("shared data"),
    "first_fix": mark("first-time fix"),
    "escalate_after": mark("escalation"),
}
"""The levers, by the field that each of them moves."""


class Course(NamedTuple):
    """What a fault comes to on average: visits of technicians and experts, the share escalated, the share lost."""

    visits: float
    by_expert: float
    escalated: float
    lost: float


class RepairProcess(Experiment):
    """Visits, weeks of waiting, cost and customers lost of a firm whose repairs often do not hold.

    ``faults`` a month are reported (Poisson). A visit mends the fault with probability ``first_fix``; where the
    technician knows what was done before (at ``shared`` of the visits, because the departments share their data) also
    ``known_adds`` of what would have stayed broken: ``1 - (1 - first_fix) * (1 - known_adds)``. After
    ``escalate_after`` failed visits an expert comes, with the history in hand, who mends ``EXPERT`` = 80% of what a
    technician who knows it would have missed. Visits follow each other every ``WAIT`` = 2 weeks until the fault is
    mended.
    After each failed visit a customer is lost for good (will not buy again, though the repair goes on) with
    probability ``lose``, or, where the staff were polite (at ``politeness`` of the visits), ``lose * (1 - soften)``.

    With a the probability that a technician's visit fails, b an expert's, n = escalate_after and h = lose * (1 -
    soften * politeness): the mean number of visits is (1 - a^n) / (1 - a) + a^n / (1 - b), and the share kept is
    (1 - a) * (1 - (a * (1 - h))^n) / (1 - a * (1 - h)) + (a * (1 - h))^n * (1 - b) / (1 - b * (1 - h)).

    That politeness mends nothing, and so moves neither visits nor weeks nor cost, is the model's structure. How many
    customers it saves is not: that rests on ``soften``, as the worth of shared data rests on ``known_adds``. No
    published values are known to us: all sizes are assumptions to be moved, and ``levers`` and ``matching_soften``
    say what follows from them. A visit costs ``VISIT`` = 200 yuan, an expert's ``EXPERT_VISIT`` = 500. A customer's
    chance of being lost does not depend on the waiting itself, only on the failed visits.

    The columns count, in the month in which a fault is reported, all that it leads to. Raises InputError, naming the
    field, its value and its bounds. Source: the course's teaching case of an air conditioner (2004 to 2008; polite
    staff, no shared data, no escalation); the arithmetic is that of an absorbing Markov chain (Kemeny and Snell
    1960, Finite Markov Chains).

    >>> firm = RepairProcess(first_fix=0.5, shared=0, escalate_after=60)
    >>> round(firm.course.visits, 6), round(firm.course.lost, 4)      # two visits a fault, as for a coin
    (2.0, 0.1543)
    >>> RepairProcess(politeness=0).course.visits == RepairProcess(politeness=1).course.visits
    True
    >>> RepairProcess(escalate_after=0)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: escalate_after (failed visits before an expert comes) is 0; allowed is 1 to 60.
    """

    horizon: ClassVar[int] = 12
    EXPERT: ClassVar[float] = 0.8
    WAIT: ClassVar[float] = 2.0
    VISIT: ClassVar[float] = 200.0
    EXPERT_VISIT: ClassVar[float] = 500.0
    columns: ClassVar = {
        "month": mark("month"),
        "faults": mark("faults reported"),
        "at_once": mark("mended at the first visit"),
        "visits": mark("visits of technicians and experts"),
        "weeks": mark("weeks of waiting, all customers"),
        "told_again": mark("visits at which the story is told again"),
        "escalated": mark("faults escalated"),
        "lost": mark("customers lost"),
        "cost": mark("cost of the visits (yuan)"),
    }

    faults: float = parameter(
        100, low=0, high=10**9, slider=(0, 500, 10), label=mark("faults reported a month"), unit=mark("faults")
    )
    first_fix: float = parameter(
        0.4, low=0, high=1, slider=(0, 1, 0.05), label=mark("visits that mend, history unknown"), unit="share"
    )
    shared: float = parameter(
        0.1, low=0, high=1, slider=(0, 1, 0.05), label=mark("visits at which the history is known"), unit="share"
    )
    known_adds: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.05), label=mark("missed faults that knowing the history would mend"),
        unit="share",
    )  # fmt: skip
    escalate_after: int = parameter(
        4, low=1, high=60, slider=(1, 8, 1), label=mark("failed visits before an expert comes"), unit=mark("visits")
    )
    politeness: float = parameter(
        0.9, low=0, high=1, slider=(0, 1, 0.05), label=mark("visits with polite staff"), unit="share"
    )
    soften: float = parameter(
        0.3, low=0, high=1, slider=(0, 1, 0.05), label=mark("losses that politeness prevents"), unit="share"
    )
    lose: float = parameter(
        0.25, low=0, high=1, slider=(0, 1, 0.05), label=mark("customers lost by a failed visit, staff rude"),
        unit="share",
    )  # fmt: skip

    @property
    def _known_fix(self) -> float:
        return 1 - (1 - self.first_fix) * (1 - self.known_adds)

    @property
    def _expert_fix(self) -> float:
        return 1 - (1 - self._known_fix) * (1 - self.EXPERT)

    @property
    def visit_fix(self) -> float:
        """Share of the technicians' visits that mend the fault, with the history known at some of them.

        >>> round(RepairProcess(first_fix=0.4, shared=0.5, known_adds=0.5).visit_fix, 3)
        0.55
        """
        return self.shared * self._known_fix + (1 - self.shared) * self.first_fix

    @property
    def hazard(self) -> float:
        """Probability that a failed visit loses the customer, polite and rude visits together.

        >>> RepairProcess(lose=0.2, soften=0.5, politeness=1).hazard
        0.1
        """
        return self.lose * (1 - self.soften * self.politeness)

    @property
    def course(self) -> Course:
        """A fault's mean visits and visits by experts, and the shares of the faults escalated and customers lost.

        >>> RepairProcess(first_fix=1).course
        Course(visits=1.0, by_expert=0.0, escalated=0.0, lost=0.0)
        """
        fails = 1 - self.visit_fix
        escalated = fails**self.escalate_after
        by_expert = escalated / self._expert_fix
        visits = float(np.sum(fails ** np.arange(self.escalate_after))) + by_expert
        return Course(visits, by_expert, escalated, float(self._lost(np.array([self.hazard]))[0]))

    def _lost(self, hazard: np.ndarray) -> np.ndarray:
        """Share of the customers lost, for each probability that a failed visit loses one."""
        fails, expert_fails, stays = 1 - self.visit_fix, 1 - self._expert_fix, 1 - hazard
        # lost at a failed visit: it is reached, it fails, and none before has lost the customer
        early = fails * np.sum((fails * stays)[:, None] ** np.arange(self.escalate_after), axis=1)
        late = (fails * stays) ** self.escalate_after * expert_fails / (1 - expert_fails * stays)
        return hazard * (early + late)

    @property
    def weeks(self) -> float:
        """Mean weeks from a fault's report until it is mended.

        >>> RepairProcess(first_fix=1).weeks
        2.0
        """
        return self.WAIT * self.course.visits

    def _moved(self, lever: str, step: float) -> RepairProcess:
        """The firm with one lever improved by ``step``, or by one visit, as far as it goes."""
        now = getattr(self, lever)
        better = max(now - 1, 1) if lever == "escalate_after" else min(now + step, 1)
        return self.model_copy(update={lever: better})

    def _best(self, lever: str) -> RepairProcess:
        """The firm with one lever as far as it goes."""
        return self.model_copy(update={lever: 1})

    def levers(self, step: float = STEP) -> pd.DataFrame:
        """What each lever alone would bring, improved by the same ``step`` and as far as it goes.

        One row a lever: politeness, shared data, first-time fix (by ``step``, at most to 1) and escalation (by one
        visit, at the earliest after the first). Columns: lever, now, improved, visits and weeks (a fault, with the
        lever improved), cost (yuan a fault), lost (customers of a hundred), saved (of a hundred, against now), and
        saved_at_best (with the lever at its end). Raises InputError for a ``step`` that is no share.

        >>> table = RepairProcess().levers()
        >>> table["saved"].round(1).tolist()
        [0.7, 1.6, 4.7, 1.0]
        >>> table["weeks"].round(1).tolist()               # politeness does not shorten the wait
        [4.4, 4.2, 3.7, 4.2]
        """
        import pandas as pd

        step, now, rows = real("step", step, 0, 1), self.course.lost, []
        for lever, label in LEVERS.items():
            firm = self._moved(lever, step)
            rows.append((
                _(label), float(getattr(self, lever)), float(getattr(firm, lever)), firm.course.visits, firm.weeks,
                firm._cost, 100 * firm.course.lost, 100 * (now - firm.course.lost),
                100 * (now - self._best(lever).course.lost),
            ))  # fmt: skip
        names = ["lever", "now", "improved", "visits", "weeks", "cost", "lost", "saved", "saved_at_best"]
        return pd.DataFrame(rows, columns=names)

    def matching_soften(self, step: float = STEP) -> float:
        """The ``soften`` from which ``step`` more politeness would save as many as ``step`` more first-time fix.

        To a thousandth, all else as it is; infinite where no ``soften`` up to 1 is enough, or where the staff cannot
        be any politer.

        >>> RepairProcess().matching_soften()
        0.797
        >>> RepairProcess(politeness=1).matching_soften()      # the staff of the case: polite throughout
        inf
        """
        politer, better = (self._moved(lever, real("step", step, 0, 1)) for lever in ("politeness", "first_fix"))
        soften = np.arange(1001) / 1000
        with_manners = self._lost(self.lose * (1 - soften * politer.politeness))
        with_repairs = better._lost(self.lose * (1 - soften * self.politeness))
        enough = np.flatnonzero(with_manners <= with_repairs)
        return float(soften[enough[0]]) if enough.size and politer != self else math.inf

    @property
    def _cost(self) -> float:
        """Mean yuan that the visits of a fault cost."""
        course = self.course
        return self.VISIT * (course.visits - course.by_expert) + self.EXPERT_VISIT * course.by_expert

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means of what the faults reported in a month lead to: ``months + 1`` rows, nothing in month 0.

        Columns: month; faults; at_once (mended at the first visit); visits; weeks (of waiting, all customers
        together); told_again (visits at which the history was not known); escalated; lost (customers); cost (yuan).

        >>> RepairProcess(first_fix=1).expected(months=1)[["faults", "visits", "weeks", "lost"]].iloc[1].tolist()
        [100.0, 100.0, 200.0, 0.0]
        """
        course = self.course
        each = {
            "faults": 1.0,
            "at_once": self.visit_fix,
            "visits": course.visits,
            "weeks": self.weeks,
            "told_again": (1 - self.shared) * (course.visits - course.by_expert),
            "escalated": course.escalated,
            "lost": course.lost,
            "cost": self._cost,
        }
        return steady({name: self.faults * value for name, value in each.items()}, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """All faults of a month are followed from visit to visit by binomials, until the last is mended: exact.

        >>> runs = RepairProcess().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["weeks"] == 2 * runs["visits"]).all())
        (26, True)
        """
        faults = rng.poisson(self.faults, (months, replicates))
        loyal, gone = faults.copy(), np.zeros_like(faults)  # whose fault is still open
        at_once, escalated, visits, by_expert, told, lost = (np.zeros_like(faults) for _ in range(6))
        visit = 0
        while (still := loyal + gone).any():
            expert = visit >= self.escalate_after
            if visit == self.escalate_after:
                escalated = still
            visits = visits + still
            failed = []
            for group in (loyal, gone):
                known = group if expert else rng.binomial(group, self.shared)
                mends = self._expert_fix if expert else self._known_fix
                mended = rng.binomial(known, mends) + rng.binomial(group - known, self.first_fix)
                told = told + group - known
                failed.append(group - mended)
            by_expert = by_expert + still * expert
            if visit == 0:
                at_once = still - failed[0] - failed[1]
            leaving = rng.binomial(failed[0], self.hazard)
            loyal, gone, lost = failed[0] - leaving, failed[1] + leaving, lost + leaving
            visit += 1
        flows = {
            "faults": faults, "at_once": at_once, "visits": visits, "weeks": self.WAIT * visits, "told_again": told,
            "escalated": escalated, "lost": lost,
            "cost": self.VISIT * (visits - by_expert) + self.EXPERT_VISIT * by_expert,
        }  # fmt: skip
        return histories(from_nothing(flows))

    def _setting(self, lever: str) -> str:
        """How a lever stands, as a picture says it."""
        value = getattr(self, lever)
        return number(value) if lever == "escalate_after" else percent(value, 1)

    def _draw(self, ax: Axes, months: int) -> None:
        now = 100 * self.course.lost
        right = max(1.04 * now, 1)
        for row, (lever, label) in enumerate(LEVERS.items()):
            better, best = self._moved(lever, STEP), self._best(lever)
            lost, least = 100 * better.course.lost, 100 * best.course.lost
            step = ax.barh(row, now - lost, 0.3, left=lost, color=BLUE)
            rest = ax.barh(row, lost - least, 0.3, left=least, color=SKY, hatch="//", edgecolor="white")
            if lever == "escalate_after":
                text = _("{lever} after {better} failed visits, not {now}: {lost} lost; at best {least}")
            else:
                text = _("{lever} from {now} to {better}: {lost} lost; at best {least}")
            text = text.format(lever=_(label), now=self._setting(lever), better=better._setting(lever),
                               lost=short(lost), least=short(least))  # fmt: skip
            ax.text(0.01 * right, row - 0.32, text, fontsize=9.5, va="center", bbox=WHITE)
        ax.plot([now, now], [-0.62, 3.3], color=RED, linestyle="--", linewidth=1.6)
        left = now < 0.5 * right
        ax.annotate(_("now: {lost}").format(lost=short(now)), (now, -0.75), (4 if left else 0, 0), color=RED,
                    textcoords="offset points", ha="left" if left else "right", va="center")  # fmt: skip
        ax.set(xlim=(0, right), ylim=(4.35, -1.05), xlabel=_("customers lost of a hundred with a fault"))
        ax.set_yticks([])
        ax.legend([step, rest], [_("one step better"), _("as far as it goes")], loc="lower left", ncols=2,
                  framealpha=0.8, edgecolor="none", fontsize=9)  # fmt: skip
        thousands(ax, "x")
        headline(ax, _("Which lever keeps customers when repairs do not hold"))

    def _words(self, months: int) -> str:
        course, table = self.course, self.levers().set_index(np.array(list(LEVERS)))
        text = _(
            "Faults in {span}: {faults}. A technician's visit mends {fix} of those it is made for. On average the "
            "visits to a fault number {visits}, the weeks until it is mended {weeks}, and the cost is {cost} yuan; "
            "{escalated} are escalated, and {lost} of a hundred customers with a fault will not buy again: {all} in "
            "all."
        )
        words = [text.format(
            faults=people(self.faults * months), span=span(months), fix=percent(self.visit_fix, 1),
            visits=short(course.visits), weeks=short(self.weeks), cost=number(self._cost),
            escalated=percent(course.escalated, 1), lost=short(100 * course.lost),
            all=people(self.faults * months * course.lost),
        )]  # fmt: skip
        text = _(
            "Customers of a hundred that a step would save: {politeness} with politeness at {polite}, {shared} with "
            "data shared at {data} of the visits, {first_fix} with a first-time fix of {fix}, {escalate_after} with an "
            "expert after failed visit {visit}."
        )
        words.append(text.format(
            **{lever: short(saved) for lever, saved in table["saved"].items()},
            polite=percent(table.loc["politeness", "improved"], 1), data=percent(table.loc["shared", "improved"], 1),
            fix=percent(table.loc["first_fix", "improved"], 1), visit=number(table.loc["escalate_after", "improved"]),
        ))  # fmt: skip
        words.append(_("Politeness mends nothing: visits, weeks and cost stay as they are."))
        match = self.matching_soften()
        if table.loc["first_fix", "saved"] < 0.05:
            text = _("What it saves rests on an assumption, as all sizes here do: that it prevents {soften} of losses.")
        elif self.politeness == 1:
            text = _(
                "The staff are polite throughout already. That this prevents {soften} of the losses is an assumption, "
                "as all sizes here are."
            )
        elif match == math.inf:
            text = _(
                "That it prevents {soften} of the losses is an assumption, as all sizes here are; but even if it "
                "prevented all of them, a step of politeness would save fewer than a step of first-time fix."
            )
        else:
            text = _(
                "That it prevents {soften} of the losses is an assumption, as all sizes here are; with {match} a step "
                "of politeness would save as many as a step of first-time fix."
            )
        words.append(text.format(soften=percent(self.soften, 1), match=percent(match, 1) if match < math.inf else ""))
        return prose(words)
