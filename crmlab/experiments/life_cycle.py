"""The life cycle of a relationship: four stages, and in which of them customers and their value leak away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import BLUE, ORANGE, headline
from crmlab.language.catalogue import _, about, brief, count, mark, number, people, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

STAGES = {
    "exploration": mark("exploration"),
    "build_up": mark("build-up"),
    "stability": mark("stability"),
    "decline": mark("decline"),
}
"""The stages in their order, and what a reader calls them."""

BRINGS = {"exploration": 0.2, "build_up": 0.6, "stability": 1.0, "decline": 0.5}
"""Margin of a month in each stage, as a share of the margin in stability: an assumption that follows the textbooks'
shape, in which value grows to stability and falls in decline."""


class RelationshipLifeCycle(Experiment):
    """Number of customers of a cohort in each stage of the relationship, and what is lost with those who leave.

    A Markov chain with a step of a month. All ``newcomers`` begin in exploration. In a month a customer is lost with
    the stage's probability (``lost_exploring`` ... ``lost_declining``); of those who stay, a share ``move_on`` goes on
    from exploration to build-up and from build-up to stability, and a share ``fade`` falls from stability to decline.
    Nobody goes back, and whoever is gone stays gone. A customer who is there when a month begins brings that month's
    margin: ``margin`` yuan in stability, 20%, 60% and 50% of it in exploration, build-up and decline (``BRINGS``).

    With Q the chances of going from stage to stage, the fundamental matrix (I - Q)^-1 has the mean number of months
    spent in each; ``stages`` reckons with it. ``leaks`` says where the cohort loses: customers, and value, which is
    what a customer who leaves would still have brought. The two need not be largest in the same stage. Falling from
    stability into decline is no leak here, for the customer is still there. Customers are independent of each other,
    so a simulation with multinomial counts is exact. A firm that wins as many newcomers every month has, in the long
    run, newcomers x mean months customers in each stage.

    All numbers are assumptions. Source of the stages: exploration, build-up, stability and decline are the usual form
    in Chinese texts, which credit Chen Mingliang (the original was not seen); it goes back to Dwyer, Schurr and Oh
    (1987), Developing buyer-seller relationships, Journal of Marketing 51(2), who have five phases: awareness,
    exploration, expansion, commitment, dissolution. The chain is ours. For the case lenovo: sort its touchpoints by
    the stage they work on, and see which leak they could close. Raises InputError, naming the field, its value and its
    bounds.

    >>> cycle = RelationshipLifeCycle(newcomers=100, lost_exploring=0.5, move_on=0.5)
    >>> cycle.expected(months=1).iloc[1][["exploration", "build_up", "gone"]].tolist()
    [25.0, 25.0, 50.0]
    >>> RelationshipLifeCycle(lost_exploring=1).expected(2)["gone"].tolist()
    [0.0, 1000.0, 1000.0]
    >>> RelationshipLifeCycle(fade=2)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: fade (stable customers who begin to decline, a month) is 2; allowed is 0 to 1.
    """

    horizon: ClassVar[int] = 120
    columns: ClassVar = {
        "month": mark("month"),
        "exploration": mark("in exploration"),
        "build_up": mark("in build-up"),
        "stability": mark("in stability"),
        "decline": mark("in decline"),
        "gone": mark("gone"),
        "margin": mark("margin of the month (yuan)"),
    }

    newcomers: int = parameter(
        1000, low=0, high=10**12, slider=(0, 3000, 50), label=mark("newcomers at the start"), unit=mark("customers")
    )
    lost_exploring: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("lost in exploration, a month"), unit="share"
    )
    lost_building: float = parameter(
        0.03, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("lost in build-up, a month"), unit="share"
    )
    lost_stable: float = parameter(
        0.01, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("lost in stability, a month"), unit="share"
    )
    lost_declining: float = parameter(
        0.15, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("lost in decline, a month"), unit="share"
    )
    move_on: float = parameter(
        0.15, low=0, high=1, slider=(0, 0.5, 0.01), label=mark("who move on to the next stage, a month"), unit="share"
    )
    fade: float = parameter(
        0.03, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("stable customers who begin to decline, a month"),
        unit="share",
    )  # fmt: skip
    margin: float = parameter(
        100, low=0, high=10**9, slider=(0, 1000, 10), label=mark("margin a stable customer brings in a month"),
        unit=mark("yuan"),
    )  # fmt: skip

    @property
    def _lost(self) -> np.ndarray:
        """Chance to be lost in a month, by stage."""
        return _chances(self.lost_exploring, self.lost_building, self.lost_stable, self.lost_declining)

    @property
    def _on(self) -> np.ndarray:
        """Chance to go on to the next stage in a month, by stage, for a customer who is not lost in it."""
        return _chances(self.move_on, self.move_on, self.fade, 0.0)

    @property
    def _brings(self) -> np.ndarray:
        """Margin of a month, by stage, in yuan."""
        return self.margin * np.array(list(BRINGS.values()))

    def _next(self, worth: np.ndarray) -> np.ndarray:
        """By stage, the mean ``worth`` of the stage in which a customer who is not lost begins the next month."""
        return _times(1 - self._on, worth) + _times(self._on, np.append(worth[1:], 0.0))

    def transitions(self) -> pd.DataFrame:
        """Chances of going from one stage (row) to another (column) in a month; each row makes 1.

        >>> RelationshipLifeCycle(lost_stable=0.1, fade=0.5).transitions().loc["stability"].round(2).tolist()
        [0.0, 0.0, 0.45, 0.45, 0.1]
        """
        import pandas as pd

        stays = 1 - self._lost
        chain = np.zeros((5, 5))
        chain[range(4), range(4)] = stays * (1 - self._on)
        chain[range(4), range(1, 5)] = stays * self._on
        chain[:4, 4] = self._lost
        chain[4, 4] = 1
        names = [*STAGES, "gone"]
        return pd.DataFrame(chain, index=names, columns=names)

    def stages(self, discount: float = 0.0) -> pd.DataFrame:
        """What becomes of one newcomer in the long run, by stage, in closed form: a row a stage.

        Columns: stage; reached (chance ever to get there); months (mean months spent there); leaves (chance to be lost
        there); brings (yuan made there); worth (yuan that a customer who is there now will still bring); loses (yuan
        that would still have come from those lost there). Values are discounted to the start by ``discount`` a month;
        the first month counts fully. The stages' ``months`` are the first row of (I - Q)^-1. What has no end, because
        nobody ever leaves a stage, is infinite.

        >>> RelationshipLifeCycle().stages()[["stage", "reached", "months", "leaves"]].round(2)
                 stage  reached  months  leaves
        0  exploration     1.00    5.19    0.26
        1     build_up     0.74    4.22    0.13
        2    stability     0.61   15.46    0.15
        3      decline     0.46    3.06    0.46
        """
        import pandas as pd

        kept = 1 / (1 + real("discount", discount, 0, 1))
        brings = self._brings
        reached, months = self._first_row(1.0)
        _reached, discounted = self._first_row(kept)
        worth = np.zeros(4)
        for stage in (3, 2, 1, 0):
            stays = kept * (1 - self._lost[stage])
            later = stays * self._on[stage] * worth[stage + 1] if stage < 3 and self._on[stage] * stays else 0.0
            worth[stage] = _over(brings[stage] + later, self._ends(stage, kept))
        return pd.DataFrame({
            "stage": list(STAGES),
            "reached": reached,
            "months": months,
            "leaves": _times(months, self._lost),
            "brings": _times(discounted, brings),
            "worth": worth,
            "loses": _times(_times(discounted, kept * self._lost), self._next(worth)),
        })  # fmt: skip

    def _ends(self, stage: int, kept: float) -> float:
        """One less the (discounted) chance to be in the same stage after a month, without rounding to nothing."""
        lost, on = self._lost[stage], self._on[stage]
        return (1 - kept) + kept * (lost + (1 - lost) * on)

    def _first_row(self, kept: float) -> tuple[np.ndarray, np.ndarray]:
        """Chance to reach each stage, and months spent there, for a newcomer; a month counts ``kept`` of the last."""
        reached, months = np.zeros(4), np.zeros(4)
        reached[0] = 1.0
        for stage in range(4):
            ends = self._ends(stage, kept)
            months[stage] = _over(reached[stage], ends)
            if stage < 3:
                reached[stage + 1] = reached[stage] * _over(kept * (1 - self._lost[stage]) * self._on[stage], ends)
        return reached, months

    def leaks(self, months: int | None = None) -> pd.DataFrame:
        """Where the cohort leaks within ``months``: a row a stage, exact.

        Columns: stage; customers (lost there on average); each (yuan that one of them would still have brought by the
        end of ``months``); value (yuan lost with them); share_of_customers and share_of_value (of all four leaks; 0
        where nothing is lost). Nothing is discounted. As ``months`` grows, this comes to ``newcomers`` times leaves
        and loses of ``stages``, where these are finite.

        >>> leaks = RelationshipLifeCycle().leaks()
        >>> leaks.loc[leaks["customers"].idxmax(), "stage"], leaks.loc[leaks["value"].idxmax(), "stage"]
        ('decline', 'exploration')
        """
        import pandas as pd

        months = self._ahead(months)
        there = self._means(months)[:-1]
        worth, ahead = np.zeros((months + 1, 4)), np.zeros((months, 4))
        for left in range(months):
            ahead[left] = self._next(worth[left])
            worth[left + 1] = self._brings + (1 - self._lost) * ahead[left]
        lost = there * self._lost
        customers, value = lost.sum(axis=0), (lost * ahead[::-1]).sum(axis=0)
        each = np.divide(value, customers, out=np.zeros(4), where=customers > 0)
        return pd.DataFrame({
            "stage": list(STAGES), "customers": customers, "each": each, "value": value,
            "share_of_customers": _shares(customers), "share_of_value": _shares(value),
        })  # fmt: skip

    def _means(self, months: int) -> np.ndarray:
        """Mean number of customers by month and stage."""
        there = np.zeros((months + 1, 4))
        there[0, 0] = self.newcomers
        for month in range(months):
            stays = there[month] * (1 - self._lost)
            moves = stays * self._on
            there[month + 1] = stays - moves
            there[month + 1, 1:] += moves[:-1]
        return there

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, exact: ``months + 1`` rows.

        Columns: month; exploration, build_up, stability, decline and gone (customers, who make ``newcomers`` in each
        row); margin (yuan brought in the month by those who were there when it began).

        >>> RelationshipLifeCycle().expected(1).iloc[1][["exploration", "build_up", "margin"]].round(1).tolist()
        [807.5, 142.5, 20000.0]
        """
        there = self._means(self._ahead(months))
        margin = np.concatenate([[0.0], there[:-1] @ self._brings])
        gone = np.maximum(self.newcomers - there.sum(axis=1), 0.0)
        return means({**dict(zip(STAGES, there.T, strict=True)), "gone": gone, "margin": margin})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Of the customers in each stage a binomial number is lost, and of the others one moves on: exact.

        >>> runs = RelationshipLifeCycle().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), runs[["exploration", "build_up", "stability", "decline", "gone"]].sum(axis=1).unique().tolist()
        (26, [1000])
        """
        there = np.zeros((4, months + 1, replicates), dtype=np.int64)
        there[0, 0] = self.newcomers
        for month in range(1, months + 1):
            for stage, (lost, on) in enumerate(zip(self._lost, self._on, strict=True)):
                stays = rng.binomial(there[stage, month - 1], 1 - lost)
                moves = rng.binomial(stays, on)
                there[stage, month] += stays - moves
                if stage < 3:
                    there[stage + 1, month] += moves
        margin = np.zeros((months + 1, replicates))
        margin[1:] = np.tensordot(self._brings, there[:, :-1], axes=1)
        columns = {**dict(zip(STAGES, there, strict=True)), "gone": self.newcomers - there.sum(axis=0)}
        return histories({**columns, "margin": margin})

    def _draw(self, ax: Axes, months: int) -> None:
        leaks, spent = self.leaks(months), self.stages()["months"]
        x = np.arange(4)
        kinds = [
            (-0.2, leaks["share_of_customers"], BLUE, "", _("customers lost (their number)")),
            (0.2, leaks["share_of_value"], ORANGE, "//", _("value lost with them (yuan)")),
        ]
        bars = [
            ax.bar(x + aside, 100 * shares, 0.38, color=colour, hatch=hatch, edgecolor="white", label=label)
            for aside, shares, colour, hatch, label in kinds
        ]
        for place, leak in zip(x, leaks.itertuples(), strict=True):
            written = [people(leak.customers), about(leak.value)]
            for (aside, *_rest), share, text in zip(
                kinds, (leak.share_of_customers, leak.share_of_value), written, strict=True
            ):
                ax.annotate(text, (place + aside, 100 * share), (0, 3), textcoords="offset points", ha="center",
                            fontsize=9)  # fmt: skip
        names = [f"{_(name)}\n{_stay(stay)}" for name, stay in zip(STAGES.values(), spent, strict=True)]
        ax.set_xticks(x, names)
        highest = 100 * max(leaks["share_of_customers"].max(), leaks["share_of_value"].max())
        ax.set(xlim=(-0.55, 3.55), ylim=(0, max(1.3 * highest, 1)), ylabel=_("of all that is lost (%)"))
        ax.legend(handles=bars, loc="upper center", ncols=2, framealpha=0, edgecolor="none", fontsize=9)
        text = _("In which stage {newcomers} newcomers leak away: {span}")
        headline(ax, text.format(newcomers=brief(self.newcomers), span=span(months)))

    def _words(self, months: int) -> str:
        leaks, stages = self.leaks(months), self.stages()
        gone, lost = leaks["customers"].sum(), leaks["value"].sum()
        if gone < 0.05:
            text = _("Of {newcomers} newcomers nobody leaves within {span}: there is no leak.")
            words = [text.format(newcomers=number(self.newcomers), span=span(months))]
        else:
            text = _(
                "Of {newcomers} newcomers {gone} leave within {span}. Counting heads, the largest leak is in {stage}: "
                "{customers} customers, {share} of those lost."
            )
            most, dearest = (leaks.loc[leaks[column].idxmax()] for column in ("customers", "value"))
            head, money = (STAGES[leak["stage"]] for leak in (most, dearest))
            words = [text.format(
                newcomers=number(self.newcomers), gone=count(gone), span=span(months), stage=_(head),
                customers=count(most["customers"]), share=percent(most["share_of_customers"]),
            )]  # fmt: skip
            values = {
                "stage": _(money), "share": percent(dearest["share_of_value"]),
                "each": number(dearest["each"]), "head": _(head), "other": number(most["each"]),
            }  # fmt: skip
            if lost <= 0:
                text = _("In this time those who leave would have brought nothing more: no value is lost with them.")
            elif dearest["stage"] == most["stage"]:
                text = _(
                    "It is the largest in money too, with {share} of the value lost: each of them would still have "
                    "brought {each} yuan by then. So this is where to look first."
                )
            else:
                text = _(
                    "In money it is in {stage}, with {share} of the value lost: whoever leaves there would still have "
                    "brought {each} yuan by then, whoever leaves in {head} only {other}. So look for the cure in "
                    "{stage}, not where most leave."
                )
            words.append(text.format(**values))
        text = _("Of a hundred newcomers {stable} ever reach stability.")
        if np.isfinite(stages["months"].sum()):
            text = _(
                "Of a hundred newcomers {stable} ever reach stability; a relationship lasts {months} months on average."
            )
        stable, lasts = count(100 * stages.loc[2, "reached"]), short(min(stages["months"].sum(), 1e15))
        words.append(text.format(stable=stable, months=lasts))
        return prose(words)


def _chances(*values: float) -> np.ndarray:
    """Chances of a month; one so small that its inverse is no number is none."""
    chances = np.array(values, dtype=float)
    return np.where(chances < 1e-100, 0.0, chances)


def _times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product, in which nothing times infinity is nothing."""
    none = (left == 0) | (right == 0)
    return np.where(none, 0.0, np.where(none, 1.0, left) * np.where(none, 1.0, right))


def _over(part: float, all_of_it: float) -> float:
    """The quotient; nothing over nothing is nothing, and anything else over nothing infinite."""
    if part == 0:
        return 0.0
    return part / all_of_it if all_of_it > 0 else float("inf")


def _shares(amounts: np.ndarray) -> np.ndarray:
    total = amounts.sum()
    return amounts / total if total > 0 else np.zeros_like(amounts)


def _stay(months: float) -> str:
    """How long customers stay in a stage, for a picture."""
    if months == float("inf"):
        return _("without end")
    return _("{months} months").format(months=short(months) if months < 1000 else about(months))
