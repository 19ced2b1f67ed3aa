"""Why customers are lost: two lists that the profession repeats, and what an exit interview can know."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from crmlab.experiments.base import Experiment, believed, parameter, real
from crmlab.experiments.frames import histories, means
from crmlab.experiments.picture import BLUE, GREY, RED, WHITE, headline, thousands
from crmlab.language.catalogue import _, count, mark, number, percent, prose, span
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LISTS: dict[int, dict[str, float]] = {
    1: {
        "died": 0.01, "moved": 0.03, "changed_taste": 0.04, "friends_advice": 0.05, "cheaper_elsewhere": 0.09,
        "product": 0.10, "indifference": 0.68,
    },
    2: {"moved": 0.03, "ties_with_rival": 0.05, "price": 0.09, "quality": 0.14, "poor_service": 0.68},
}  # fmt: skip
"""The course's two lists, as printed. The first makes 100%, the second 99%. No study is known behind either."""

REASONS = {
    "died": mark("died"),
    "moved": mark("moved away"),
    "changed_taste": mark("changed their taste"),
    "friends_advice": mark("friends' advice"),
    "cheaper_elsewhere": mark("cheaper elsewhere"),
    "product": mark("dissatisfied with the product"),
    "indifference": mark("nobody cared about their needs"),
    "ties_with_rival": mark("ties with a rival"),
    "price": mark("price too high"),
    "quality": mark("poor quality"),
    "poor_service": mark("poor service"),
    "not_stated": mark("not stated in the list"),
}
SERVICE = {1: "indifference", 2: "poor_service"}
"""The reason that the firm's service is to blame for, in each list."""
PRICE = {1: "cheaper_elsewhere", 2: "price"}
"""The polite excuse: what those say who hide that nobody cared."""


def tables() -> pd.DataFrame:
    """The two lists as printed, each with its sum, in the language spoken now.

    Columns: list (1 or 2), reason, share, note. The second list's sum is 99%, and the note says so: the 1% may be
    "died", which an English version prints as a sixth line. Its 14% for quality may be the first list's 10% + 4%.

    >>> sums = tables().groupby("list").last()
    >>> sums["share"].tolist()
    [1.0, 0.99]
    """
    import pandas as pd

    notes = {
        (2, "quality"): _("perhaps the first list's 10% (product) and 4% (taste) in one"),
        (2, "sum"): _("1% is missing: an English version has a sixth line, 1% died"),
    }
    rows = []
    for name, shares in LISTS.items():
        rows += [(name, _(REASONS[reason]), share, notes.get((name, reason), "")) for reason, share in shares.items()]
        rows.append((name, _("sum"), round(sum(shares.values()), 10), notes.get((name, "sum"), "")))
    return pd.DataFrame(rows, columns=["list", "reason", "share", "note"])


class Interviews(NamedTuple):
    """What a number of exit interviews would show: how many blamed the service, and an interval for their share."""

    blamed: int
    share: float
    low: float
    high: float


class LossReasons(Experiment):
    """Number of customers lost by reason, those whom better service would keep, and what exit interviews would show.

    Each month each customer leaves with probability ``monthly_churn``, for one reason. ``indifference`` is the true
    share of leavers who go because nobody cared; the other reasons of the list (``list_number`` 1 or 2) share the
    rest in the list's proportions. Better service keeps ``prevented`` of those who would leave out of indifference;
    they may leave later. Nobody new is won.

    Of ``interviews`` leavers asked, those who left out of indifference say "price" with probability ``excuse``: the
    polite way out. Those who left for another reason blame the service with probability ``blame``. So the share
    that interviews report is not the true one, however many are asked.

    Source: the course's two lists (``tables()``). No study is known behind the 68%; M. LeBoeuf's popular book of 1987
    prints the second list. The second list makes 99%: the missing 1% appears here as ``not_stated``. Numbers other
    than the lists' are made up. Raises InputError, naming the field, its value and its bounds.

    >>> LossReasons(customers=1000, monthly_churn=0.05, prevented=0).expected(1)["indifference"].tolist()
    [0.0, 34.0]
    >>> LossReasons(list_number=2).shares["not_stated"], sum(LossReasons(indifference=1).shares.values())
    (0.01, 1.0)
    >>> LossReasons(list_number=3)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: list_number (which list of reasons) is 3; allowed is 1 to 2.
    """

    horizon: ClassVar[int] = 12
    columns: ClassVar = {
        "month": mark("month"),
        "customers": mark("number of customers"),
        "saved": mark("saved by better service"),
        "lost": mark("lost this month"),
        **REASONS,
    }

    customers: int = parameter(
        1000, low=0, high=10**12, slider=(0, 3000, 50), label=mark("customers at the start"), unit=mark("customers")
    )
    monthly_churn: float = parameter(
        0.05, low=0, high=1, slider=(0, 0.3, 0.005), label=mark("customers lost each month"), unit="share"
    )
    list_number: int = parameter(
        1, low=1, high=2, slider=(1, 2, 1), label=mark("which list of reasons"), unit=mark("list")
    )
    indifference: float = parameter(
        0.68, low=0, high=1, slider=(0, 1, 0.01), label=mark("leavers about whose needs nobody cared"), unit="share"
    )
    prevented: float = parameter(
        0.5, low=0, high=1, slider=(0, 1, 0.05), label=mark("of these, kept by better service"), unit="share"
    )
    interviews: int = parameter(
        100, low=1, high=10**6, slider=(10, 1000, 10), label=mark("leavers interviewed"), unit=mark("interviews")
    )
    excuse: float = parameter(
        0, low=0, high=1, slider=(0, 1, 0.05), label=mark("of the indifferently treated, who say price instead"),
        unit="share",
    )  # fmt: skip
    blame: float = parameter(
        0, low=0, high=1, slider=(0, 1, 0.05), label=mark("of the other leavers, who blame the service"), unit="share"
    )

    @property
    def shares(self) -> dict[str, float]:
        """True share of leavers by reason, before service gets better: in the list's order, making 1.

        >>> round(LossReasons(indifference=0.36).shares["product"], 10)      # twice the list's 10%
        0.2
        """
        printed = dict(LISTS[self.list_number])
        missing = round(1 - sum(printed.values()), 10)
        if missing:
            printed["not_stated"] = missing
        service = SERVICE[self.list_number]
        if self.indifference == printed[service]:
            return printed
        scale = (1 - self.indifference) / (1 - printed[service])
        return {reason: self.indifference if reason == service else share * scale for reason, share in printed.items()}

    @property
    def reported(self) -> dict[str, float]:
        """Share of leavers by the reason that they give in an interview, making 1.

        >>> round(LossReasons(excuse=0.5).reported["cheaper_elsewhere"], 2)
        0.43
        """
        service, price = SERVICE[self.list_number], PRICE[self.list_number]
        said = {reason: share * (1 - self.blame) for reason, share in self.shares.items()}
        others = 1 - self.indifference
        said[service] = self.indifference * (1 - self.excuse) + others * self.blame
        said[price] += self.indifference * self.excuse
        return said

    @property
    def churn_after(self) -> float:
        """Monthly churn once service is better: what remains of ``monthly_churn``.

        >>> round(LossReasons().churn_after, 4)
        0.033
        """
        return self.monthly_churn * (1 - self.indifference * self.prevented)

    def true_share(self, reported: float) -> float:
        """The true share of indifference behind a ``reported`` one, if ``excuse`` and ``blame`` are right.

        (reported - blame) / (1 - excuse - blame), held between 0 and 1 (Rogan and Gladen, 1978). Raises InputError
        for a share outside 0 to 1, and where excuse + blame = 1: then the answers do not depend on the reasons.

        >>> round(LossReasons(blame=0.3).true_share(0.68), 3)
        0.543
        """
        reported = real("reported", reported, 0, 1)
        informative = 1 - self.excuse - self.blame
        if abs(informative) < 1e-12:
            text = _("With excuse {excuse} and blame {blame} the answers do not depend on the reasons.")
            raise InputError(text.format(excuse=percent(self.excuse, 1), blame=percent(self.blame, 1)))
        return float(min(max((reported - self.blame) / informative, 0.0), 1.0))

    def interval(self, level: float = 0.90) -> Interviews:
        """What ``interviews`` interviews would show on average, with the exact interval of Clopper and Pearson (1934).

        A named tuple: blamed (answers that blame the service, rounded), share, low, high. The interval is for the
        REPORTED share: asking more leavers narrows it, but not around the truth.

        >>> [round(value, 3) for value in LossReasons(interviews=100).interval()]
        [68, 0.68, 0.595, 0.757]
        >>> [round(value, 3) for value in LossReasons(interviews=10, indifference=1).interval()]
        [10, 1.0, 0.741, 1.0]
        """
        from scipy.stats import beta

        tail, asked = (1 - believed(level)) / 2, self.interviews
        blamed = int(asked * self.reported[SERVICE[self.list_number]] + 0.5)
        low = float(beta.ppf(tail, blamed, asked - blamed + 1)) if blamed else 0.0
        high = float(beta.ppf(1 - tail, blamed + 1, asked - blamed)) if blamed < asked else 1.0
        return Interviews(blamed, blamed / asked, low, high)

    @property
    def _after(self) -> dict[str, float]:
        """Share of leavers by reason once service is better."""
        service, gone = SERVICE[self.list_number], self.indifference * self.prevented
        if gone == 1:
            return dict.fromkeys(self.shares, 0.0)
        left = {**self.shares, service: self.indifference * (1 - self.prevented)}
        return {reason: share / (1 - gone) for reason, share in left.items()}

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month with better service, in closed form: ``months + 1`` rows, no losses in month 0.

        Columns: month; customers; saved (of these, those who would be gone had service stayed as it was); lost; and
        one column a reason, with the customers lost for it.

        >>> LossReasons().expected(months=1)[["customers", "saved", "lost", "indifference"]].iloc[1].round(6).tolist()
        [967.0, 17.0, 33.0, 17.0]
        """
        months = self._ahead(months)
        month = np.arange(months + 1)
        customers = self.customers * (1 - self.churn_after) ** month
        lost = np.concatenate([[0.0], self.churn_after * customers[:-1]])
        saved = customers - self.customers * (1.0 - self.monthly_churn) ** month
        columns = {"customers": customers, "saved": saved, "lost": lost}
        return means({**columns, **{reason: share * lost for reason, share in self._after.items()}})

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Both worlds run at once, with the old service and the better one: a customer who leaves only the first is
        saved, until leaving the second too. Losses split over the reasons by binomials: exact.

        >>> runs = LossReasons().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), runs.columns[:5].tolist()
        (26, ['replicate', 'month', 'customers', 'saved', 'lost'])
        """
        shape = (months + 1, replicates)
        both, saved, lost = (np.zeros(shape, dtype=np.int64) for _name in range(3))
        both[0] = self.customers
        leaves = self.churn_after
        rescued = (self.monthly_churn - leaves) / (1 - leaves) if leaves < 1 else 0.0
        for month in range(1, months + 1):
            gone = rng.binomial(both[month - 1], leaves)
            kept = rng.binomial(both[month - 1] - gone, rescued)
            gone_later = rng.binomial(saved[month - 1], leaves)
            both[month] = both[month - 1] - gone - kept
            saved[month] = saved[month - 1] + kept - gone_later
            lost[month] = gone + gone_later
        columns = {"customers": both + saved, "saved": saved, "lost": lost}
        rest, left = lost, 1.0
        for reason, share in self._after.items():
            columns[reason] = rng.binomial(rest, min(share / left, 1.0) if left > 1e-12 else 0.0)
            rest, left = rest - columns[reason], left - share
        columns[SERVICE[self.list_number]] = columns[SERVICE[self.list_number]] + rest  # rounding leaves nothing here
        return histories(columns)

    def _lost_as_before(self, months: int) -> float:
        return self.customers * (1 - (1.0 - self.monthly_churn) ** months)

    def _draw(self, ax: Axes, months: int) -> None:
        shares, reported, service = self.shares, self.reported, SERVICE[self.list_number]
        names = sorted(shares, key=lambda reason: shares[reason])
        lost, places = self._lost_as_before(months), np.arange(len(shares))
        stays = [100 * shares[name] * (1 - self.prevented * (name == service)) for name in names]
        bars = places - 0.14  # each below its name
        ax.barh(bars, stays, 0.46, color=BLUE)
        at = names.index(service)
        gone = 100 * self.indifference * self.prevented
        ax.barh(bars[at], gone, 0.46, left=stays[at], color="white", hatch="///", edgecolor=BLUE)
        said = np.array([100 * reported[name] for name in names])
        ax.plot(said, bars, color=RED, marker="D", linestyle="none", markersize=6, markeredgecolor="white",
                clip_on=False)  # fmt: skip
        asked = self.interval()
        ends = [100 * asked.low, 100 * asked.high]
        ax.plot(ends, [bars[at]] * 2, color=RED, linewidth=1.8, marker="|", markersize=10, clip_on=False)
        edges = np.maximum([100 * shares[name] for name in names], said)
        edges[at] = max(edges[at], ends[1])
        text = _("{share}: {number} customers")
        for place, bar, edge, name in zip(places, bars, edges, names, strict=True):
            ax.annotate(_(REASONS[name]), (0, place + 0.3), (4, 0), textcoords="offset points", va="center", fontsize=9)
            label = text.format(share=percent(shares[name], 1), number=count(shares[name] * lost))
            ax.annotate(label, (edge, bar), (8, 0), textcoords="offset points", va="center", fontsize=9)
        note = _(
            "bar: the true reason\nhatched: kept by better service\n"
            "diamond: said in {number} interviews,\nwith the 90% interval"
        )
        rows = max((range(start, start + 3) for start in range(len(names) - 2)), key=lambda rows: -max(edges[rows]))
        ax.annotate(note.format(number=number(self.interviews)), (0.99, np.mean(rows)), ha="right", va="center",
                    xycoords=("axes fraction", "data"), fontsize=9, color=GREY, bbox=WHITE)  # fmt: skip
        ax.set_yticks([])
        ax.set(xlim=(0, 1.55 * edges.max()), ylim=(-0.6, len(names) - 0.4), xlabel=_("of a hundred who leave"))
        ax.grid(visible=False, axis="y")
        ax.grid(axis="x", color="#E3E6EA", linewidth=0.8)
        thousands(ax, "x", highest=100)
        headline(ax, _("Why customers leave: {span}").format(span=span(months)))

    def _words(self, months: int) -> str:
        end, lost = self.expected(months).iloc[-1], self._lost_as_before(months)
        text = _(
            "Of {customers} customers {lost} leave in {span}, {share} of them because nobody cared about their needs. "
            "If better service keeps {prevented} of these, monthly churn falls from {churn} to {after}, and the firm "
            "has {saved} customers more at the end."
        )
        words = [text.format(
            customers=number(self.customers), lost=count(lost), span=span(months),
            share=percent(self.indifference, 1), prevented=percent(self.prevented, 1),
            churn=percent(self.monthly_churn, 2), after=percent(self.churn_after, 2), saved=count(end["saved"]),
        )]  # fmt: skip
        asked = self.interval()
        text = _(
            "Of {interviews} leavers interviewed {blamed} would blame the service; that fits any share from {low} to "
            "{high} with 90% confidence."
        )
        words.append(text.format(
            interviews=number(self.interviews), blamed=number(asked.blamed), low=percent(asked.low),
            high=percent(asked.high),
        ))  # fmt: skip
        if self.excuse or self.blame:
            text = _("But leavers do not tell the true reason: {reported} blame the service, in truth it is {share}.")
            reported = self.reported[SERVICE[self.list_number]]
            words.append(text.format(reported=percent(reported, 1), share=percent(self.indifference, 1)))
        if self.list_number == 2:
            words.append(_("The second list as printed makes only 99%; the missing 1% is shown as not stated."))
        return prose(words)
