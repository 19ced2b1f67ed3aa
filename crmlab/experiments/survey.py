"""A satisfaction survey: what the answers say, how far chance reaches, and what the silent leave open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import believed, critical, real, whole
from crmlab.experiments.picture import BLUE, GREY, RED, headline
from crmlab.language.catalogue import _, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PROMOTER, DETRACTOR = 9, 6
"""Reichheld's (2003) cuts of the 0 to 10 scale: promoters from 9 on, detractors up to 6."""
NPS_SCALE = (0, 10)
SOURCE = (
    "made up by crmlab: 800 customers of three shops A, B and C are asked, and the satisfied answer more often; "
    'attrs["satisfied"] is the share of satisfied customers (4 or 5) among all 800, which no survey would show'
)
INTERVALS = {
    "wilson": mark("chance (Wilson 1927)"),
    "student": mark("chance (Student's t)"),
    "tango": mark("chance (Tango 1998)"),
    "feldt": mark("chance (Feldt 1965)"),
    "groups": mark("chance (normal, by groups)"),
    "bounds": mark("worst and best case of the silent"),
}
"""What ``low`` and ``high`` of a measure are the ends of."""


def wilson(share: float, answers: float, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of Wilson's interval for a share observed in ``answers`` answers.

    (p + z^2 / 2n -+ z * sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n): it stays within 0 and 1, and does not
    shrink to a point where nobody or everybody is satisfied. Raises InputError for a ``share`` that is none, for less
    than one answer, and for a ``level`` not between 0 and 1.
    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22.

    >>> [round(end, 4) for end in wilson(0.5, 100)]
    [0.4038, 0.5962]
    >>> [round(end, 4) for end in wilson(1.0, 10)]         # all ten satisfied is not: all are
    [0.7225, 1.0]
    """
    z, share, answers = critical(level), real("share", share, 0, 1), real("answers", answers, 1, math.inf)
    wide = 1 + z * z / answers
    middle = (share + z * z / (2 * answers)) / wide
    half = z * math.sqrt(share * (1 - share) / answers + (z / (2 * answers)) ** 2) / wide
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def net_interval(promoters: float, detractors: float, answers: float, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of the score interval for the share of promoters less the share of detractors.

    All values d for which |observed - d| <= z * sqrt((2q + d - d^2) / n), where q is the most likely share of
    detractors if d is the truth. For many answers this is the textbook interval (Wald) with the variance
    p + q - (p - q)^2 over n; unlike that one it does not shrink to a point where all are promoters. Raises InputError
    for shares that are none or make more than 1, for less than one answer, and for a ``level`` not between 0 and 1.
    Source: Tango (1998), Equivalence test and confidence interval for the
    difference in proportions for the paired-sample design, Statistics in Medicine 17, which is the same problem.

    >>> [round(end, 3) for end in net_interval(0.5, 0.2, 100)]
    [0.14, 0.443]
    >>> [round(end, 3) for end in net_interval(1.0, 0.0, 20)]
    [0.678, 1.0]
    """
    z, promoters = critical(level), real("promoters", promoters, 0, 1)
    detractors, answers = real("detractors", detractors, 0, 1 - promoters + 1e-9), real("answers", answers, 1, math.inf)
    observed = promoters - detractors

    def too_far(truth: float) -> bool:
        lean = (2 - observed) * truth - promoters - detractors
        detracting = (math.sqrt(lean * lean + 8 * detractors * truth * (1 - truth)) - lean) / 4 if truth < 1 else 0.0
        variance = max(2 * detracting + truth - truth * truth, 0.0)
        return abs(observed - truth) > z * math.sqrt(variance / answers)

    def end(outer: float) -> float:
        inner = observed
        for _halving in range(60):
            middle = (outer + inner) / 2
            outer, inner = (middle, inner) if too_far(middle) else (outer, middle)
        return inner

    low, high = (end(-1.0) if observed > -1 else -1.0), (end(1.0) if observed < 1 else 1.0)
    return (low, high) if answers < math.inf else (observed, observed)


def cronbach(answers: np.ndarray) -> float:
    """Cronbach's alpha of a table of answers, a row a person and a column an item; nan where all totals are alike.

    k / (k - 1) * (1 - sum of the items' variances / variance of the totals): near 1 where the items go up and down
    together, 0 where they have nothing to do with each other. It does not show that they measure ONE thing, and it
    grows with the number of items. Source: Cronbach (1951), Coefficient alpha and the internal structure of tests,
    Psychometrika 16.

    >>> float(cronbach(np.array([[1, 2], [2, 1], [3, 3]])))         # variances 1, 1; totals 3, 3, 6: variance 3
    0.6666666666666667
    >>> float(cronbach(np.array([[1, 1], [4, 4], [5, 5]])))         # the same question twice
    1.0
    """
    items = answers.shape[1]
    total = answers.sum(axis=1).var(ddof=1)
    if items < 2 or total <= 1e-12:
        return math.nan
    return items / (items - 1) * (1 - answers.var(axis=0, ddof=1).sum() / total)


def feldt(alpha: float, persons: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of Feldt's interval for Cronbach's alpha of ``persons`` and ``items``.

    (1 - true alpha) / (1 - alpha) follows F with (n - 1) and (n - 1)(k - 1) degrees of freedom, if the answers are
    normal and the items alike in what they measure. Raises InputError for an ``alpha`` above 1, for fewer than two
    persons or items, and for a ``level`` not between 0 and 1. Source:
    Feldt (1965), The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty,
    Psychometrika 30.

    >>> [round(end, 3) for end in feldt(0.85, 89, 7)]
    [0.797, 0.893]
    """
    from scipy.special import fdtri

    alpha, persons = real("alpha", alpha, -1e9, 1 + 1e-9), whole("persons", persons, 2, 10**15)
    items = whole("items", items, 2, 10**9)
    tail, freedom = (1 - believed(level)) / 2, (persons - 1, (persons - 1) * (items - 1))
    low, high = (float(1 - (1 - alpha) * fdtri(*freedom, q)) for q in (1 - tail, tail))
    return low, high


@dataclass(frozen=True, eq=False)
class Survey(Analysis):
    """A satisfaction survey, found in a table with one row for each person asked, answered or not.

    Columns (``fit`` takes other names): customer; overall, satisfaction in whole numbers on ``scale``; recommend, 0 to
    10, "how likely are you to recommend us"; q1, q2, ..., items on a common scale, for Cronbach's alpha; group, known
    of everybody asked (shop, segment). Of overall, recommend and items any may be left out, not all. **An empty cell
    in an answer is no answer**; a row without any answer is a person who was asked and stayed silent. Leave the silent
    out of the table and the response rate is lost with them.

    Measures (``summary``): the response rate; satisfied, the share of the two best scores (CSAT, top-two-box), and
    very_satisfied, of the best; mean; nps, percent of 9 and 10 less percent of 0 to 6 (Reichheld 2003); alpha. Each has
    an interval at ``level`` for chance alone, as if those who answered were a random draw. Two more views ask about
    the silent: with a group, ..._weighted gives each group the weight that it has among those asked, which mends
    what differs *between* groups only (variance: sum of W^2 s^2 / n); ..._bounds has all the silent at the worst and at
    the best score (Manski's bounds), which no assumption can widen. The bounds leave chance out.

    ``population``, the number of customers of whom those asked were drawn, narrows the intervals: the variance times
    (N - n) / (N - 1), for means (1 - n / N). Raises InputError, naming the column and the row.

    Source: the measures as usual in the trade; Reichheld (2003), The one number you need to grow, Harvard Business
    Review 81(12), with its critics Keiningham, Cooil, Andreassen and Aksoy (2007), A longitudinal examination of Net
    Promoter and firm revenue growth, Journal of Marketing 71(3); Manski (1995), Identification Problems in the Social
    Sciences.

    >>> import pandas as pd
    >>> asked = pd.DataFrame({"customer": range(10), "overall": [5, 5, 4, 2] + 6 * [None]})
    >>> Survey.fit(asked).summary().round(3)[["measure", "value", "low", "high", "answers"]]
                measure  value    low   high  answers
    0          response   0.40  0.168  0.687       10
    1         satisfied   0.75  0.301  0.954        4
    2    very_satisfied   0.50  0.150  0.850        4
    3              mean   4.00  1.750  5.000        4
    4  satisfied_bounds   0.75  0.300  0.900        4
    5       mean_bounds   4.00  2.200  4.600        4
    >>> Survey.sample_size(0.05), Survey.sample_size(0.05, population=3000)
    (385, 341)
    """

    customers: np.ndarray
    overall: np.ndarray | None
    recommend: np.ndarray | None
    answers: np.ndarray
    items: tuple[str, ...]
    groups: np.ndarray | None
    scale: tuple[int, int]
    population: float
    level: float

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        *,
        customer: str = "customer",
        overall: str | None = "overall",
        recommend: str | None = "recommend",
        items: Sequence[str] | None = None,
        group: str | None = "group",
        scale: tuple[int, int] = (1, 5),
        item_scale: tuple[int, int] | None = None,
        population: int | None = None,
        level: float = 0.95,
    ) -> Self:
        """The survey in ``frame``; the options name its columns.

        A column with its usual name that is not there is not measured, None leaves it out; another name must be
        there. ``items`` None takes the columns q1, q2, ...; an empty list takes none. ``scale`` is the lowest and the
        highest score of overall, ``item_scale`` that of the items where it differs.

        Raises InputError for a score outside its scale (naming the row), an empty or repeated customer, an empty
        group, a survey that nobody or only one person answered, and a group in which fewer than two answered.

        >>> Survey.fit(Survey.example()).response
        0.4075
        >>> import pandas as pd
        >>> Survey.fit(pd.DataFrame({"customer": [7, 8], "overall": [5, 9]}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The column overall has 9 in row 2 (counted from 1); allowed is 1 to 5.
        """
        for option, name in {"customer": customer, "overall": overall, "recommend": recommend, "group": group}.items():
            if not isinstance(name, str | int | None):
                text = _("{option} is {value}; allowed is the name of a column.")
                raise InputError(text.format(option=option, value=repr(name)))
        persons = needed(frame, [customer])[customer]
        twice = np.flatnonzero(persons.duplicated())
        if len(twice):
            text = _("The column {name} has {value} in row {row} (counted from 1) again; a row a person is needed.")
            raise InputError(
                text.format(name=customer, value=repr(persons.tolist()[twice[0]]), row=number(twice[0] + 1))
            )
        low, high = _ends("scale", scale)
        item_low, item_high = (low, high) if item_scale is None else _ends("item_scale", item_scale)
        overall, recommend, group = (
            None if name == usual and name not in frame.columns else name
            for name, usual in ((overall, "overall"), (recommend, "recommend"), (group, "group"))
        )
        listed = list(items) if isinstance(items, Iterable) and not isinstance(items, str) else [items]
        if items is not None and (isinstance(items, str) or not all(isinstance(name, str) for name in listed)):
            raise InputError(_("items is a list of column names, not {value}.").format(value=repr(items)))
        if items is None:
            listed = sorted((name for name in frame.columns if re.fullmatch(r"q\d+", str(name))), key=_place)
        items = tuple(dict.fromkeys(listed))
        if len(items) == 1:
            text = _("Cronbach's alpha needs at least two items, not only {name}; items=[] leaves it out.")
            raise InputError(text.format(name=items[0]))
        asked = [name for name in (overall, recommend) if name is not None] + list(items)
        if not asked:
            raise InputError(_("The table has no answers: overall, recommend, or items q1, q2 and so on are needed."))
        needed(frame.notna(), [customer, *asked])
        scores = None if overall is None else _answers(frame, overall, low, high)
        likely = None if recommend is None else _answers(frame, recommend, *NPS_SCALE)
        parts = [_answers(frame, name, item_low, item_high, whole_only=False) for name in items]
        table = np.column_stack(parts) if parts else np.empty((len(persons), 0))
        groups = None if group is None else needed(frame, [group])[group].to_numpy(dtype=object)
        if population is not None:
            population = whole("population", population, len(persons), 10**15)
        found = cls(
            persons.to_numpy(dtype=object), scores, likely, table, items, groups, (low, high),
            math.inf if population is None else float(population), believed(level),
        )  # fmt: skip
        found._check(overall, recommend, asked)
        return found

    @staticmethod
    def example() -> pd.DataFrame:
        """A survey to try it on: 800 customers of three shops, of whom some 40% answer.

        Columns customer, group, overall, recommend, q1 to q4. Made up; ``attrs["satisfied"]`` is what no survey would
        show, the share of satisfied customers among all who were asked.

        >>> frame = Survey.example()
        >>> len(frame), frame.attrs["satisfied"], float(Survey.fit(frame).summary().value[1].round(3))
        (800, 0.475, 0.61)
        """
        import pandas as pd

        rng = np.random.default_rng(6)
        group = np.repeat(["A", "B", "C"], [350, 250, 200])
        mood = rng.normal(np.repeat([0.25, 0.0, -0.45], [350, 250, 200]), 1)

        def rate(values: np.ndarray, cuts: Sequence[float]) -> np.ndarray:
            return np.digitize(values, cuts).astype(float)

        overall = 1 + rate(mood, (-1.3, -0.6, 0.05, 0.95))
        recommend = rate(mood + rng.normal(0, 0.5, 800), np.linspace(-2.2, 1.5, 10))
        items = {f"q{place}": 1 + rate(mood + rng.normal(0, 0.8, 800), (-1.6, -0.7, 0.2, 1.2)) for place in range(1, 5)}
        chance = np.array([0.24, 0.26, 0.33, 0.43, 0.58])[overall.astype(int) - 1]
        silent = rng.random(800) > chance * np.repeat([1.15, 1.0, 0.85], [350, 250, 200])
        skipped = silent | (rng.random(800) < 0.05)
        frame = pd.DataFrame({"customer": np.arange(1, 801), "group": group, "overall": overall,
                              "recommend": recommend, **items})  # fmt: skip
        frame.attrs = {"source": SOURCE, "satisfied": float((overall >= 4).mean())}
        frame.loc[silent, ["overall", *items]] = np.nan
        frame.loc[skipped, "recommend"] = np.nan
        return frame

    @staticmethod
    def sample_size(margin: float, level: float = 0.95, population: int | None = None, share: float = 0.5) -> int:
        """Number of answers needed to know a share to within ``margin``: a share, 0.05 for 5 points either way.

        n = z^2 p (1 - p) / margin^2, and of a ``population`` of N: n / (1 + (n - 1) / N), rounded up. ``share`` is
        what one expects; 0.5 is the worst case. It counts answers, not people asked, and it cures chance only, not
        the silent. Raises InputError for what is no share or no whole number. Source: Cochran (1977), Sampling
        Techniques; Krejcie and Morgan (1970), Determining sample size for research activities, Educational and
        Psychological Measurement 30, whose table is this formula with 5% at 95%, rounded to the nearest.

        >>> [Survey.sample_size(0.05, population=many) for many in (100, 1000, 10_000, 1_000_000)]
        [80, 278, 370, 384]
        >>> Survey.sample_size(0.03, 0.99), Survey.sample_size(0.05, share=0.1)
        (1844, 139)
        """
        many = critical(level) ** 2 * believed(share, "share") * (1 - share) / believed(margin, "margin") ** 2
        if population is not None:
            many /= 1 + (many - 1) / whole("population", population, 1, 10**15)
        return max(math.ceil(many - 1e-9), 1)

    @property
    def invited(self) -> int:
        """Number of people asked."""
        return len(self.customers)

    @property
    def answered(self) -> int:
        """Number of people who answered anything."""
        given = [~np.isnan(column) for column in (self.overall, self.recommend, *self.answers.T) if column is not None]
        return int(np.any(given, axis=0).sum())

    @property
    def response(self) -> float:
        """Share of those asked who answered anything."""
        return self.answered / self.invited

    def _check(self, overall: str | None, recommend: str | None, asked: list[str]) -> None:
        """Whether there are answers enough for every measure."""
        if not self.answered:
            raise InputError(_("Nobody answered: {columns} are empty.").format(columns=_(", ").join(asked)))
        for name, column in ((overall, self.overall), (recommend, self.recommend)):
            if column is None:
                continue
            given = ~np.isnan(column)
            if given.sum() < 2:
                text = _("{name}: {count} answers; at least two are needed for an interval.")
                raise InputError(text.format(name=name, count=int(given.sum())))
            for label, members in self._by_group():
                if given[members].sum() < 2:
                    text = _(
                        "{name}: {count} answers in the group {group}; at least two are needed to weight it. Merge "
                        "groups, or leave them out with group=None."
                    )
                    raise InputError(text.format(name=name, count=int(given[members].sum()), group=label))
        if self.items:
            complete = self._complete
            if len(complete) < 2:
                text = _("{count} people answered all items; at least two are needed. items=[] leaves the items out.")
                raise InputError(text.format(count=len(complete)))
            if math.isnan(cronbach(complete)):
                text = _("Every total of the items is the same, so there is no alpha. items=[] leaves the items out.")
                raise InputError(text)

    @property
    def _complete(self) -> np.ndarray:
        """The answers of those who answered every item."""
        return self.answers[~np.isnan(self.answers).any(axis=1)]

    def _by_group(self) -> list[tuple[Any, np.ndarray]]:
        """Each group with a mask of its members, in order; none where no group is known."""
        if self.groups is None:
            return []
        labels = list(dict.fromkeys(self.groups))
        try:
            labels.sort()
        except TypeError:
            labels.sort(key=str)
        return [(label, self.groups == label) for label in labels]

    def _worth(self, answers: int) -> float:
        """How many answers from an endless population would be as good, given that this one ends."""
        left = self.population - answers
        return answers * (self.population - 1) / left if 0 < left < math.inf else (math.inf if left <= 0 else answers)

    def _satisfied(self) -> np.ndarray:
        """1 for a score among the two best, 0 for another, nan for none."""
        return np.where(np.isnan(self.overall), np.nan, self.overall >= self.scale[1] - 1)

    def _net(self) -> np.ndarray:
        """1 for a promoter, -1 for a detractor, 0 between, nan for none."""
        net = (self.recommend >= PROMOTER) * 1.0 - (self.recommend <= DETRACTOR)
        return np.where(np.isnan(self.recommend), np.nan, net)

    def _share(self, hits: np.ndarray) -> tuple[float, float, float, int, str]:
        answers = len(hits)
        share = float(hits.mean())
        return share, *wilson(share, self._worth(answers), self.level), answers, "wilson"

    def _student(self, scores: np.ndarray) -> tuple[float, float, float, int, str]:
        from scipy.special import stdtrit

        answers, mean = len(scores), float(scores.mean())
        error = scores.std(ddof=1) * math.sqrt((1 - answers / self.population) / answers)
        half = float(stdtrit(answers - 1, (1 + self.level) / 2)) * error
        low, high = self.scale
        return mean, max(mean - half, float(low)), min(mean + half, float(high)), answers, "student"

    def _nps(self) -> tuple[float, float, float, int, str]:
        net = _given(self._net())
        pro, contra = float((net > 0).mean()), float((net < 0).mean())
        low, high = net_interval(pro, contra, self._worth(len(net)), self.level)
        return 100 * (pro - contra), 100 * low, 100 * high, len(net), "tango"

    def _weighted(self, values: np.ndarray, low: float, high: float) -> tuple[float, float, float, int, str]:
        """The mean with each group at its weight among those asked."""
        mean = variance = 0.0
        for _label, members in self._by_group():
            weight, given = members.sum() / self.invited, _given(values[members])
            mean += weight * given.mean()
            finite = 1 - len(given) / (self.population * weight)
            variance += weight**2 * given.var(ddof=1) / len(given) * max(finite, 0.0)
        half = critical(self.level) * math.sqrt(variance)
        return mean, max(mean - half, low), min(mean + half, high), len(_given(values)), "groups"

    def _bounds(self, values: np.ndarray, worst: float, best: float) -> tuple[float, float, float, int, str]:
        """The mean of the answers, and of all asked if every silent one is at the worst and at the best."""
        given = _given(values)
        silent = len(values) - len(given)
        low, high = ((given.sum() + silent * end) / len(values) for end in (worst, best))
        return float(given.mean()), float(low), float(high), len(given), "bounds"

    def _measures(self) -> dict[str, tuple[float, float, float, int, str]]:
        """Value, low, high, answers and kind of interval of every measure."""
        rate = self.response
        found = {"response": (rate, *wilson(rate, self._worth(self.invited), self.level), self.invited, "wilson")}
        views = {}
        if self.overall is not None:
            scores = _given(self.overall)
            low, high = map(float, self.scale)
            found["satisfied"] = self._share(scores >= self.scale[1] - 1)
            found["very_satisfied"] = self._share(scores >= self.scale[1])
            found["mean"] = self._student(scores)
            views = {"satisfied": (self._satisfied(), 0.0, 1.0), "mean": (self.overall, low, high)}
        if self.recommend is not None:
            found["nps"] = self._nps()
            views["nps"] = (100 * self._net(), -100.0, 100.0)
        if self.items:
            persons, items = self._complete.shape
            alpha = float(cronbach(self._complete))
            found["alpha"] = (alpha, *feldt(alpha, persons, items, self.level), persons, "feldt")
        if self.groups is not None:
            found |= {f"{name}_weighted": self._weighted(*view) for name, view in views.items()}
        return found | {f"{name}_bounds": self._bounds(*view) for name, view in views.items()}

    def summary(self) -> pd.DataFrame:
        """A row a measure: measure, meaning, value, low, high, answers, interval.

        ``meaning`` and ``interval`` (what low and high are the ends of) are in the language spoken now. Shares are
        parts of one, the mean is on the scale, the NPS runs from -100 to 100. ``answers`` counts those answering this
        question (for the response, those asked).

        >>> rows = Survey.fit(Survey.example()).summary()
        >>> rows[rows.measure.str.startswith("nps")][["measure", "value", "low", "high"]].round(1)
                 measure  value   low  high
        4            nps  -19.7 -28.7 -10.2
        8   nps_weighted  -24.8 -33.5 -16.0
        11    nps_bounds  -19.7 -68.9  53.6
        """
        import pandas as pd

        low, high = self.scale
        two_best = _("satisfied: score {low} or {high}").format(low=high - 1, high=high)
        mean = _("mean score, {low} to {high}").format(low=low, high=high)
        nps = _("NPS: promoters less detractors, in points")
        weighted, silent = _("{measure}; groups weighted as asked"), _("{measure}; of all who were asked")
        meanings = {
            "response": _("response rate"),
            "satisfied": two_best,
            "very_satisfied": _("very satisfied: score {high}").format(high=high),
            "mean": mean,
            "nps": nps,
            "alpha": _("Cronbach's alpha of {count} items").format(count=len(self.items)),
        }
        for name in ("satisfied", "mean", "nps"):
            meanings[f"{name}_weighted"] = weighted.format(measure=meanings[name])
            meanings[f"{name}_bounds"] = silent.format(measure=meanings[name])
        rows = [(name, meanings[name], *found[:4], _(INTERVALS[found[4]])) for name, found in self._measures().items()]
        return pd.DataFrame(rows, columns=["measure", "meaning", "value", "low", "high", "answers", "interval"])

    def by_group(self) -> pd.DataFrame:
        """A row a group: group, invited, answers, response with low and high (Wilson), and, where asked, mean score.

        ``answers`` counts who answered anything. Raises InputError where no group is known.

        >>> Survey.fit(Survey.example()).by_group().round(3)
          group  invited  answers  response    low   high   mean
        0     A      350      168     0.480  0.428  0.532  3.976
        1     B      250       96     0.384  0.326  0.446  3.562
        2     C      200       62     0.310  0.250  0.377  2.871
        """
        import pandas as pd

        if self.groups is None:
            raise InputError(_("The survey has no group: name its column with group=."))
        given = [~np.isnan(column) for column in (self.overall, self.recommend, *self.answers.T) if column is not None]
        spoke, rows = np.any(given, axis=0), []
        for label, members in self._by_group():
            invited, answers = int(members.sum()), int(spoke[members].sum())
            rate = answers / invited
            row = [label, invited, answers, rate, *wilson(rate, invited, self.level)]
            rows.append(row if self.overall is None else [*row, float(_given(self.overall[members]).mean())])
        columns = ["group", "invited", "answers", "response", "low", "high", "mean"]
        return pd.DataFrame(rows, columns=columns if self.overall is not None else columns[:-1])

    def by_item(self) -> pd.DataFrame:
        """A row an item: item, answers, mean, rest (its correlation with the sum of the others), alpha_without.

        rest and alpha_without are of those who answered every item; alpha_without is missing with two items, rest
        where an item has the same answer from all. Raises InputError where there are no items.

        >>> Survey.fit(Survey.example()).by_item().round(2).head(2)
          item  answers  mean  rest  alpha_without
        0   q1      326  3.50  0.65           0.81
        1   q2      326  3.58  0.66           0.80
        """
        import pandas as pd

        if not self.items:
            raise InputError(_("The survey has no items: name their columns with items=."))
        complete, rows = self._complete, []
        for place, name in enumerate(self.items):
            given, own, others = _given(self.answers[:, place]), complete[:, place], np.delete(complete, place, axis=1)
            rest = others.sum(axis=1)
            varies = own.std() > 1e-9 and rest.std() > 1e-9
            together = float(np.corrcoef(own, rest)[0, 1]) if varies else math.nan
            rows.append((name, len(given), float(given.mean()) if len(given) else math.nan, together, cronbach(others)))
        return pd.DataFrame(rows, columns=["item", "answers", "mean", "rest", "alpha_without"])

    def _draw(self, ax: Axes) -> None:
        found, high = self._measures(), self.scale[1]
        names = {
            "response": _("response\nrate"),
            "satisfied": _("satisfied\n({low}, {high})").format(low=high - 1, high=high),
            "very_satisfied": _("very\nsatisfied ({high})").format(high=high),
            "nps": _("NPS\n(points)"),
        }
        names = {name: label for name, label in names.items() if name in found}
        left = 0.0
        shown = {}
        for place, name in enumerate(names):
            unit = 1 if name == "nps" else 100
            if bounds := found.get(f"{name}_bounds"):
                ends = [unit * end for end in bounds[1:3]]
                left = min(left, ends[0])
                shown["silent"] = ax.plot(ends, [place, place], color=GREY, linewidth=1.2, marker="|", markersize=10)[0]
            value, *ends = (unit * part for part in found[name][:3])
            left = min(left, ends[0])
            ax.plot(ends, [place, place], color=BLUE, linewidth=5, solid_capstyle="butt", alpha=0.55)
            shown["chance"] = ax.plot([value], [place], color=BLUE, marker="o", markersize=8, linestyle="none")[0]
            text = number(value) if name == "nps" else percent(value / 100)
            ax.annotate(text, (value, place), (0, 9), textcoords="offset points", ha="center", color=BLUE)
            if weighted := found.get(f"{name}_weighted"):
                middle, *ends = (unit * part for part in weighted[:3])
                left = min(left, ends[0])
                below = place + 0.24
                ax.plot(ends, [below, below], color=RED, linewidth=1.8)
                dot = ax.plot([middle], [below], color=RED, marker="D", markersize=6, linestyle="none")
                shown["weighted"] = dot[0]
        labels = {
            "chance": _("answers, with chance"),
            "weighted": _("weighted by group"),
            "silent": _("the silent: worst to best"),
        }
        ax.legend([shown[name] for name in labels if name in shown], [labels[name] for name in labels if name in shown],
                  loc="upper center", ncols=3, fontsize=8.5, framealpha=0, edgecolor="none", columnspacing=1.2,
                  handletextpad=0.4)  # fmt: skip
        ax.set_yticks(range(len(names)), list(names.values()))
        ax.set(ylim=(len(names) - 0.45, -1.0), xlim=(min(0, 10 * math.floor(left / 10 - 0.3)), 102))
        ax.set_xlabel(_("percent; for the NPS points"))
        ax.set_ylabel("")
        text = _("{answered} of {invited} asked have answered: what is known?")
        headline(ax, text.format(answered=number(self.answered), invited=number(self.invited)))

    def _words(self) -> str:
        found, level = self._measures(), percent(self.level, 1)
        text = _("Of {invited} people asked {answered} answered, {rate}.")
        words = [text.format(invited=number(self.invited), answered=number(self.answered),
                             rate=percent(self.response, 1))]  # fmt: skip
        if "satisfied" in found:
            share, low, high, answers, _kind = found["satisfied"]
            mean, mean_low, mean_high = found["mean"][:3]
            text = _(
                "Of the {answers} scores {share} are {second} or {best}; chance alone leaves {low} to {high} open "
                "({level} interval). The mean score is {mean} ({mean_low} to {mean_high})."
            )
            words.append(text.format(
                answers=number(answers), share=percent(share, 1), second=self.scale[1] - 1, best=self.scale[1],
                low=percent(low, 1), high=percent(high, 1), level=level, mean=number(mean, 2),
                mean_low=number(mean_low, 2), mean_high=number(mean_high, 2),
            ))  # fmt: skip
        if "nps" in found:
            value, low, high = (number(part) for part in found["nps"][:3])
            words.append(_("The NPS is {value} points ({low} to {high}).").format(value=value, low=low, high=high))
        if "alpha" in found:
            value, low, high = (number(part, 2) for part in found["alpha"][:3])
            text = _("Cronbach's alpha of the {count} items is {value} ({low} to {high}).")
            words.append(text.format(count=len(self.items), value=value, low=low, high=high))
        if "satisfied_bounds" in found and found["satisfied_bounds"][3] < self.invited:
            bounds, chance = found["satisfied_bounds"][1:3], found["satisfied"][1:3]
            text = _(
                "But nobody knows what the silent think: of all who were asked, {low} to {high} may be satisfied, a "
                "span {times} times that of chance. Asking more people narrows the span of chance only."
            )
            span = chance[1] - chance[0]
            if span <= 0:
                text = _(
                    "But nobody knows what the silent think: of all who were asked, {low} to {high} may be satisfied."
                )
            times = short((bounds[1] - bounds[0]) / span) if span > 0 else ""
            words.append(text.format(low=percent(bounds[0], 1), high=percent(bounds[1], 1), times=times))
        if self.groups is not None:
            rows = self.by_group().sort_values("response", kind="stable")
            if len(rows) > 1:
                least, most = rows.iloc[0], rows.iloc[-1]
                text = _("The response rate runs from {low} (group {least}) to {high} (group {most}).")
                words.append(text.format(low=percent(least.response, 1), least=least.group,
                                         high=percent(most.response, 1), most=most.group))  # fmt: skip
            if "satisfied_weighted" in found:
                text = _(
                    "With each group at its weight among those asked, {share} are satisfied; that mends what differs "
                    "between groups, not that within a group the satisfied answer more readily."
                )
                words.append(text.format(share=percent(found["satisfied_weighted"][0], 1)))
        return prose(words)


def _given(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def _place(name: str) -> int:
    return int(name[1:])


def _ends(name: str, ends: Any) -> tuple[int, int]:
    """The lowest and the highest score of a scale."""
    if not isinstance(ends, tuple | list) or len(ends) != 2:
        text = _("{name} is {value}; needed are two whole numbers, the lowest and the highest score.")
        raise InputError(text.format(name=name, value=repr(ends)))
    low = whole(name, ends[0], -1000, 1000)
    return low, whole(name, ends[1], low + 1, low + 1000)


def _answers(frame: pd.DataFrame, name: str, low: int, high: int, *, whole_only: bool = True) -> np.ndarray:
    """The column's answers within the scale, nan where there is none; rows keep their numbers in a complaint."""
    column = frame[name].reset_index(drop=True)
    given = column.notna().to_numpy()
    filled = column.astype(object).where(given, low).infer_objects()
    values = numeric(filled.to_frame(), name, low, high)
    for row in np.flatnonzero(values % 1)[:1] if whole_only else ():
        text = _("The column {name} has {value} in row {row} (counted from 1); a whole number is needed.")
        raise InputError(text.format(name=name, value=f"{values[row]:g}", row=number(row + 1)))
    return np.where(given, values, np.nan)
