"""Complaints: how many dissatisfied customers stand behind those heard, and what an answer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import MONTHS, Experiment, believed, parameter, whole
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, GREY, ORANGE, RED, SKY, WHITE, headline, thousands
from crmlab.language.catalogue import _, brief, count, mark, number, people, percent, prose, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

RATES = {
    0.01: mark("reaches headquarters, least (Goodman)"),
    0.04: mark("tells the firm (the course's slides)"),
    0.05: mark("reaches headquarters, most (Goodman)"),
    0.50: mark("tells the front line (Goodman)"),
    0.69: mark("household with a serious problem told someone (TARP 1979)"),
}
"""Complaint rates in print, with what each is a share of. The labels differ: that is why the rates do."""

RUNGS = {
    "silent": mark("did not complain"),
    "unresolved": mark("complained, not resolved"),
    "resolved": mark("resolved"),
    "quickly": mark("resolved quickly"),
}
"""What became of a customer's problem, worst first."""

LADDER = {
    mark("loss of 1 to 5 dollars"): {"silent": 0.37, "unresolved": 0.46, "resolved": 0.70, "quickly": 0.95},
    mark("loss over 100 dollars"): {"silent": 0.09, "unresolved": 0.19, "resolved": 0.54, "quickly": 0.82},
}
"""Share that will buy again, by size of the loss and by rung: TARP (1979), after secondary sources."""


def ladder() -> pd.DataFrame:
    """TARP's table (1979) in the language spoken now: one row a size of loss, one column a rung.

    The course's slides quote pieces of it as separate facts: "9%, 19%, 54%" (credited to McKinsey, which nobody has
    verified) is the row of large losses, "70%, on the spot 95%" the end of the row of small ones.

    >>> ladder().shape
    (2, 4)
    """
    import pandas as pd

    table = pd.DataFrame.from_dict(LADDER, orient="index").rename(index=_)
    return table.rename(columns={rung: _(label) for rung, label in RUNGS.items()})


class Hidden(NamedTuple):
    """What the complaints received say about the number of dissatisfied customers, for one complaint rate."""

    low: int
    most_likely: int
    median: int
    mean: float
    high: int


def infer(complaints: int, rate: float, level: float) -> Hidden:
    """Posterior of the number of dissatisfied customers, of whom ``complaints`` complained, each with chance ``rate``.

    With a prior that is flat over 0, 1, 2, ... the posterior of those who stayed silent is negative binomial with
    ``complaints + 1`` successes: exact, no approximation. Its most likely value is complaints / rate (rounded down);
    its mean is larger, (complaints + 1) / rate - 1, because the long tail lies above. The interval holds at least
    ``level`` and leaves at most (1 - level) / 2 at either side.

    >>> infer(1, 0.04, 0.90)                       # "behind one complaint stand 25"
    Hidden(low=9, most_likely=25, median=41, mean=49.0, high=116)
    >>> infer(0, 0.04, 0.90).high                   # no complaint is not: nobody is dissatisfied
    73
    >>> infer(3, 1.0, 0.90)                         # everybody speaks
    Hidden(low=3, most_likely=3, median=3, mean=3.0, high=3)
    """
    if rate == 1:
        return Hidden(complaints, complaints, complaints, float(complaints), complaints)
    from scipy.stats import nbinom

    tail = (1 - level) / 2
    low, median, high = (
        complaints + int(nbinom.ppf(q * (1 - 1e-12), complaints + 1, rate)) for q in (tail, 0.5, 1 - tail)
    )
    return Hidden(low, int(complaints / rate + 1e-9), median, (complaints + 1) / rate - 1, high)


class ComplaintIceberg(Experiment):
    """Number of dissatisfied customers behind the complaints that a firm receives, and how many of them it loses.

    Each dissatisfied customer complains with probability ``complaint_rate``, independently of the others. A firm
    that receives ``complaints`` a month on average so has complaints / complaint_rate dissatisfied customers
    (Poisson); the rest are silent, ``serious_share`` of these seriously dissatisfied. Of the silent ``silent_leave``
    go, of those who complain ``complaining_leave``. The months are independent of each other. The other way round,
    ``hidden`` infers the dissatisfied from the complaints that came in.

    Source: the course's claims "behind one complaint stand 25 dissatisfied: 24 silent, 6 of them seriously" and "4%
    tell you, 96% leave silently, 90% of them never return", both descended from TARP (1979), which prints 26. They
    hold for small purchases; published rates reach 69% of households with a serious problem (see ``by_belief``). The
    claims do not agree whether 70% or 90% leave, nor who they are a share of. ``complaining_leave`` is 1 - 70%, the
    claim for complaints handled well. Raises InputError, naming the field, its value and its bounds.

    >>> firm = ComplaintIceberg(complaints=1)
    >>> firm.expected(months=1)[["dissatisfied", "silent", "serious"]].iloc[1].tolist()
    [25.0, 24.0, 6.0]
    >>> firm.hidden().high                        # but 90% of the posterior reaches as far as
    116
    >>> ComplaintIceberg(complaint_rate=1).expected(1)["silent"].tolist()
    [0.0, 0.0]
    """

    horizon: ClassVar[int] = 1
    columns: ClassVar = {
        "month": mark("month"),
        "dissatisfied": mark("dissatisfied"),
        "complaining": mark("complain"),
        "silent": mark("silent"),
        "serious": mark("silent and seriously dissatisfied"),
        "lost": mark("lost"),
    }

    complaints: int = parameter(
        10, low=0, high=10**6, slider=(0, 100, 1), label=mark("complaints received a month"), unit=mark("complaints")
    )
    complaint_rate: float = parameter(
        0.04, low=0.001, high=1, slider=(0.01, 0.7, 0.01), label=mark("dissatisfied who complain"), unit="share"
    )
    serious_share: float = parameter(0.25, low=0, high=1, label=mark("silent who are seriously dissatisfied"),
                                     unit="share", slider=(0, 1, 0.05))  # fmt: skip
    silent_leave: float = parameter(
        0.90, low=0, high=1, slider=(0, 1, 0.05), label=mark("silent who leave"), unit="share"
    )
    complaining_leave: float = parameter(
        0.30, low=0, high=1, slider=(0, 1, 0.05), label=mark("complaining who leave"), unit="share"
    )

    @property
    def dissatisfied(self) -> float:
        """Mean number of dissatisfied customers a month: complaints / complaint rate."""
        return self.complaints / self.complaint_rate

    @property
    def _flows(self) -> dict[str, float]:
        silent = self.dissatisfied * (1 - self.complaint_rate)
        return {
            "dissatisfied": self.dissatisfied,
            "complaining": float(self.complaints),
            "silent": silent,
            "serious": silent * self.serious_share,
            "lost": silent * self.silent_leave + self.complaints * self.complaining_leave,
        }

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means of the customers who join each group in a month: ``months + 1`` rows, nothing in month 0.

        Columns: month, dissatisfied (= complaining + silent), complaining, silent, serious (of the silent), lost.

        >>> ComplaintIceberg().expected(months=1)["lost"].tolist()
        [0.0, 219.0]
        """
        return steady(self._flows, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Thinning a Poisson number gives independent Poissons, so every group of every month is one draw, exactly.

        >>> runs = ComplaintIceberg().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["complaining"] + runs["silent"] == runs["dissatisfied"]).all())
        (26, True)
        """
        shape, flows = (months, replicates), self._flows
        complaining = rng.poisson(flows["complaining"], shape)
        serious, others = rng.poisson(flows["serious"], shape), rng.poisson(flows["silent"] - flows["serious"], shape)
        silent = serious + others
        lost = rng.binomial(silent, self.silent_leave) + rng.binomial(complaining, self.complaining_leave)
        columns = {"dissatisfied": complaining + silent, "complaining": complaining, "silent": silent}
        return histories(from_nothing({**columns, "serious": serious, "lost": lost}))

    def hidden(self, level: float = 0.90, *, months: int = 1) -> Hidden:
        """The number of dissatisfied customers, inferred from the complaints received in ``months`` months.

        A named tuple low, most_likely, median, mean, high (see ``infer``): exact, with a flat prior, given that the
        complaint rate is right. The interval narrows as complaints come in; the doubt about the rate does not (see
        ``by_belief``). Raises InputError for a ``level`` that is not between 0 and 1.

        >>> ComplaintIceberg(complaints=10).hidden()
        Hidden(low=156, most_likely=250, median=266, mean=274.0, high=420)
        """
        return infer(self.complaints * whole("months", months, 1, MONTHS[1]), self.complaint_rate, believed(level))

    def by_belief(self, level: float = 0.90, *, months: int = 1) -> pd.DataFrame:
        """The same inference for each complaint rate in print: how far the answer depends on the rate one believes.

        One row a rate. Columns: share_of (what the rate is a share of, in words), complaint_rate, and those of
        ``hidden``.

        >>> ComplaintIceberg(complaints=10).by_belief()["most_likely"].tolist()
        [1000, 250, 200, 20, 14]
        """
        import pandas as pd

        complaints = self.complaints * whole("months", months, 1, MONTHS[1])
        rows = [(_(label), rate, *infer(complaints, rate, believed(level))) for rate, label in RATES.items()]
        return pd.DataFrame(rows, columns=["share_of", "complaint_rate", *Hidden._fields])

    def _draw(self, ax: Axes, months: int) -> None:
        flows = {name: flow * months for name, flow in self._flows.items()}
        heard, silent, serious = flows["complaining"], flows["silent"], flows["serious"]
        lost_heard = heard * self.complaining_leave
        left, right = 0, 1.55
        ax.bar(left, heard, 0.5, color=BLUE)
        ax.bar(left, -(silent - serious), 0.5, color=SKY)
        ax.bar(left, -serious, 0.5, bottom=-(silent - serious), color=ORANGE, hatch="//", edgecolor="white")
        ax.bar(right, lost_heard, 0.5, color=RED, hatch="xx", edgecolor="white")
        ax.bar(right, -silent * self.silent_leave, 0.5, color=RED, hatch="xx", edgecolor="white")
        depth = silent
        if months and self.complaint_rate < 1:
            hidden = self.hidden(months=months)
            depth = max(depth, hidden.high - heard)
            low, high = heard - hidden.low, heard - hidden.high
            ax.plot([-0.38, -0.38], [low, high], color=GREY, linewidth=2, marker="_", markersize=11)
            text = _("silent:\n{low} to {high}\nin nine cases of ten").format(low=brief(-low), high=brief(-high))
            ax.annotate(text, (-0.43, (low + high) / 2), ha="right", va="center", fontsize=9, color=GREY, bbox=WHITE)
        depth, height = max(depth * 1.06, 0.05 * heard, 1), max(heard, lost_heard)
        line = (depth + height) / 16  # about as much as a line of words takes
        say = {"textcoords": "offset points", "fontsize": 9.5}
        text = _("complain: {number}").format(number=people(heard))
        ax.annotate(text, (left, heard), (0, 2), ha="center", va="bottom", **say)
        text = _("silent: {number},\nof these seriously\ndissatisfied\n(hatched): {serious}")
        text = text.format(number=people(silent), serious=people(serious))
        beside = {"ha": "left", "bbox": WHITE, **say}
        deep = silent / 2 > 2 * line
        ax.annotate(text, (left + 0.25, -silent / 2 if deep else 0), (5, 0 if deep else -5),
                    va="center" if deep else "top", **beside)  # fmt: skip
        text = _("lost: {number}").format(number=people(flows["lost"]))
        below = silent * self.silent_leave
        middle = -max(below / 2, line) if below >= lost_heard else max(lost_heard / 2, line)
        ax.annotate(text, (right + 0.25, middle), (5, 0), va="center", **beside)
        ax.axhline(0, color=BLUE, linewidth=1.4)
        depth = max(depth, 0 if deep else 4.6 * line)
        ax.set(xlim=(-1.5, 2.6), ylim=(-depth, height + 2 * line), ylabel=_("number of customers"))
        ax.set_xticks([left, right], [_("dissatisfied"), _("lost")])
        headline(ax, _("Heard above the line, silent below: {span}").format(span=span(months)))
        thousands(ax, signed=False)

    def _words(self, months: int) -> str:
        flows = {name: flow * months for name, flow in self._flows.items()}
        text = _(
            "Complaints received in {span}: {complaints}. If {rate} of dissatisfied customers complain, {dissatisfied} "
            "are dissatisfied on average: {silent} of them say nothing, and {serious} of these are seriously "
            "dissatisfied. {lost} leave."
        )
        words = [text.format(
            span=span(months), complaints=number(flows["complaining"]), rate=percent(self.complaint_rate, 1),
            dissatisfied=count(flows["dissatisfied"]), silent=count(flows["silent"]), serious=count(flows["serious"]),
            lost=count(flows["lost"]),
        )]  # fmt: skip
        if months and not self.complaints:
            text = _(
                "No complaint does not mean that nobody is dissatisfied: up to {high} customers may be, in nineteen "
                "cases of twenty."
            )
            words.append(text.format(high=number(self.hidden(months=months).high)))
        elif months:
            hidden, beliefs = self.hidden(months=months), self.by_belief(months=months)
            text = _(
                "Chance alone leaves {low} to {high} dissatisfied customers possible, in nine cases of ten. The rate "
                "that one believes matters more: with {least} it would most likely be {many}, with {most} only {few}."
            )
            words.append(text.format(
                low=number(hidden.low), high=number(hidden.high),
                least=percent(beliefs["complaint_rate"].iloc[0]), many=number(beliefs["most_likely"].iloc[0]),
                most=percent(beliefs["complaint_rate"].iloc[-1]), few=number(beliefs["most_likely"].iloc[-1]),
            ))  # fmt: skip
        return prose(words)


class RepurchaseLadder(Experiment):
    """Number of customers with a problem who buy again, by what became of it, and the return on a complaints desk.

    Each month ``problems`` customers on average (Poisson) have a problem. Of these ``complain_share`` complain; of
    the complaints ``resolved_share`` are resolved, and of these ``quick_share`` quickly. Who stands on which of the
    four rungs buys again with the probability of TARP's table (``ladder()``), a mixture of its two rows:
    ``large_loss`` is the share of problems that cost the customer over 100 dollars, the rest cost 1 to 5. (What lies
    between was not printed.) The rung "resolved" is read as resolved, but not quickly. A customer kept is worth
    ``margin``; a complaint costs ``cost_per_complaint`` to handle, resolved or not.

    The desk is credited only with those whom its answers keep: beyond what they would buy again had they complained
    in vain. That those who complain come back more often than the silent (19% against 9%) is not credited to it:
    perhaps only those complain who would rather stay. TARP asked people; it ran no experiment.

    Source: TARP (1979), after secondary sources; the course's claims "9%, 19%, 54%" and "70%, on the spot 95%" are
    its two rows. Money and shares are made up: put in your own. Raises InputError, naming field, value and bounds.

    >>> list(RepurchaseLadder(large_loss=1).repurchase.values())
    [0.09, 0.19, 0.54, 0.82]
    >>> list(RepurchaseLadder(large_loss=0).repurchase.values())
    [0.37, 0.46, 0.7, 0.95]
    >>> round(RepurchaseLadder().roi, 3), RepurchaseLadder(resolved_share=0).roi
    (0.808, -1.0)
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        **RUNGS,
        "kept": mark("buy again"),
        "lost": mark("lost"),
        "saved": mark("saved by answers"),
        "cost": mark("cost of the desk (yuan)"),
        "profit": mark("profit of the desk (yuan)"),
    }

    problems: float = parameter(
        100, low=0, high=10**9, slider=(0, 500, 10), label=mark("customers with a problem a month"),
        unit=mark("customers"),
    )  # fmt: skip
    large_loss: float = parameter(
        1, low=0, high=1, slider=(0, 1, 0.05), label=mark("problems that cost over 100 dollars"), unit="share"
    )
    complain_share: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.02), label=mark("of them, who complain"), unit="share"
    )
    resolved_share: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.05), label=mark("complaints resolved"), unit="share"
    )
    quick_share: float = parameter(
        0.3, low=0, high=1, slider=(0, 1, 0.05), label=mark("resolved ones resolved quickly"), unit="share"
    )
    margin: float = parameter(
        500, low=0, high=10**9, slider=(0, 3000, 50), label=mark("margin from a customer who stays"), unit=mark("yuan")
    )
    cost_per_complaint: float = parameter(
        60, low=0, high=10**9, slider=(0, 500, 5), label=mark("cost of handling a complaint"), unit=mark("yuan")
    )

    @property
    def repurchase(self) -> dict[str, float]:
        """Share that buys again by rung (silent, unresolved, resolved, quickly), for this mixture of losses."""
        small, large = LADDER.values()
        return {rung: self.large_loss * large[rung] + (1 - self.large_loss) * small[rung] for rung in RUNGS}

    @property
    def rungs(self) -> dict[str, float]:
        """Share of the customers with a problem that stands on each rung; the four make 1.

        >>> list(RepurchaseLadder(complain_share=0).rungs.values())
        [1.0, 0.0, 0.0, 0.0]
        """
        resolved = self.complain_share * self.resolved_share
        return {
            "silent": 1 - self.complain_share,
            "unresolved": self.complain_share * (1 - self.resolved_share),
            "resolved": resolved * (1 - self.quick_share),
            "quickly": resolved * self.quick_share,
        }

    @property
    def saved_per_complaint(self) -> float:
        """Customers kept by an answer, per complaint handled: beyond those who had stayed without one."""
        buys, quick = self.repurchase, self.quick_share
        answered = (1 - quick) * buys["resolved"] + quick * buys["quickly"]
        return self.resolved_share * (answered - buys["unresolved"])

    @property
    def break_even_cost(self) -> float:
        """Yuan that handling a complaint may cost before the desk loses money.

        >>> round(RepurchaseLadder().break_even_cost, 2)
        108.5
        """
        return self.margin * self.saved_per_complaint

    @property
    def roi(self) -> float:
        """Return on the complaints desk: (margin saved - cost) / cost; infinite where it saves and costs nothing.

        >>> RepurchaseLadder(cost_per_complaint=0).roi
        inf
        """
        if self.cost_per_complaint == 0:
            return float("inf") if self.break_even_cost > 0 else 0.0
        return self.break_even_cost / self.cost_per_complaint - 1

    @property
    def value_of_speed(self) -> float:
        """Yuan a month that it would bring to resolve quickly whatever is resolved now but slowly.

        >>> round(RepurchaseLadder().value_of_speed), RepurchaseLadder(quick_share=1).value_of_speed
        (2450, 0.0)
        """
        buys = self.repurchase
        return self.margin * self.problems * self.rungs["resolved"] * (buys["quickly"] - buys["resolved"])

    @property
    def value_of_a_complaint(self) -> float:
        """Yuan that it brings if one customer with a problem complains who would have been silent, cost deducted.

        This takes TARP's table as cause and effect: that who is made to speak will buy again like those who spoke.

        >>> round(RepurchaseLadder().value_of_a_complaint, 2)
        98.5
        """
        buys = self.repurchase
        spoken = buys["unresolved"] + self.saved_per_complaint
        return self.margin * (spoken - buys["silent"]) - self.cost_per_complaint

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month: ``months + 1`` rows, nothing in month 0.

        Columns: month; silent, unresolved, resolved, quickly (customers on each rung); kept, lost; saved (of the
        kept, by the desk's answers); cost (yuan); profit (margin of the saved less cost, yuan).

        >>> RepurchaseLadder().expected(months=1)[["kept", "saved", "profit"]].iloc[1].round(2).tolist()
        [24.85, 10.85, 2425.0]
        """
        on = {rung: self.problems * share for rung, share in self.rungs.items()}
        kept = sum(on[rung] * buys for rung, buys in self.repurchase.items())
        complaints = self.problems * self.complain_share
        saved, cost = complaints * self.saved_per_complaint, complaints * self.cost_per_complaint
        flows = {"kept": kept, "lost": self.problems - kept, "saved": saved, "cost": cost}
        return steady({**on, **flows, "profit": self.margin * saved - cost}, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """A customer is saved who buys again, and would not have, had the complaint come to nothing.

        >>> runs = RepurchaseLadder().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["saved"] <= runs["kept"]).all())
        (26, True)
        """
        shape, buys = (months, replicates), self.repurchase
        on = {rung: rng.poisson(self.problems * share, shape) for rung, share in self.rungs.items()}
        kept, saved = rng.binomial(on["silent"], buys["silent"]), np.zeros(shape, dtype=np.int64)
        for rung in ("unresolved", "resolved", "quickly"):
            by_answer = buys[rung] - buys["unresolved"]
            now = rng.binomial(on[rung], by_answer)
            anyway = rng.binomial(on[rung] - now, buys["unresolved"] / (1 - by_answer))
            saved, kept = saved + now, kept + now + anyway
        cost = (on["unresolved"] + on["resolved"] + on["quickly"]) * float(self.cost_per_complaint)
        flows = {"kept": kept, "lost": sum(on.values()) - kept, "saved": saved, "cost": cost}
        return histories(from_nothing({**on, **flows, "profit": self.margin * saved - cost}))

    def _draw(self, ax: Axes, months: int) -> None:
        x, buys, on = np.arange(4), self.repurchase, self.rungs
        ax.bar(x, [100 * share for share in buys.values()], 0.55, color=[GREY, SKY, BLUE, BLUE],
               hatch=["..", "", "", "//"], edgecolor="white")  # fmt: skip
        for (label, row), marker, color in zip(LADDER.items(), ("o", "s"), (ORANGE, RED), strict=True):
            heights = [100 * share for share in row.values()]
            ax.plot(x, heights, color=color, marker=marker, linestyle="--", linewidth=1.2, markersize=6)
            ax.annotate(_(label), (3.36, heights[-1]), va="center", fontsize=9)
        text = _("{share} of {number}")
        below = [
            text.format(share=percent(buys[rung]), number=people(self.problems * months * on[rung])) for rung in RUNGS
        ]
        names = [_(label).replace(", ", ",\n").replace("，", "，\n") for label in RUNGS.values()]
        ax.set_xticks(x, [f"{number}\n{name}" for number, name in zip(below, names, strict=True)], fontsize=9)
        ax.set(xlim=(-0.5, 4.5), ylim=(0, 105), ylabel=_("will buy again (%)"))
        headline(ax, _("Who buys again, by what became of the problem: {span}").format(span=span(months)))

    def _words(self, months: int) -> str:
        total = self.expected(months).sum()
        text = _(
            "In {span} {problems} customers have a problem, and {complain} of them complain. Of the silent {silent} "
            "buy again, of those who complained in vain {unresolved}, of those with a resolved complaint {resolved}, "
            "with a quickly resolved one {quickly}. {kept} customers stay and {lost} are lost."
        )
        buys = {rung: percent(share, 1) for rung, share in self.repurchase.items()}
        words = [text.format(
            span=span(months), problems=count(self.problems * months), complain=percent(self.complain_share, 1),
            kept=count(total["kept"]), lost=count(total["lost"]), **buys,
        )]  # fmt: skip
        text = _(
            "The complaints desk saves {saved} customers; it costs {cost} yuan and brings {profit} yuan after cost. "
            "Resolving quickly whatever is resolved slowly now would bring {speed} yuan a month more."
        )
        words.append(text.format(
            saved=count(total["saved"]), cost=number(total["cost"]), profit=number(total["profit"]),
            speed=number(self.value_of_speed),
        ))  # fmt: skip
        if total["cost"]:
            words.append(_("That is a return of {roi} on its cost.").format(roi=percent(self.roi)))
        return prose(words)
