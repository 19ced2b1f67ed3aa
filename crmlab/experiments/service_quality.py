"""Service quality as customers see it: what they expect, what they perceive, and the gap between."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import believed, real, whole
from crmlab.experiments.picture import BLUE, GREEN, ORANGE, RED, WHITE, headline, thousands
from crmlab.experiments.survey import cronbach
from crmlab.language.catalogue import _, mark, number, prose
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DIMENSIONS = {
    "tangibles": mark("tangibles"),
    "reliability": mark("reliability"),
    "responsiveness": mark("responsiveness"),
    "assurance": mark("assurance"),
    "empathy": mark("empathy"),
}
"""The five dimensions, in the order of the questionnaire."""

ITEMS = {
    "tangibles": (1, 2, 3, 4),
    "reliability": (5, 6, 7, 8, 9),
    "responsiveness": (10, 11, 12, 13),
    "assurance": (14, 15, 16, 17),
    "empathy": (18, 19, 20, 21, 22),
}
"""Which of the 22 items belongs to which dimension (Parasuraman, Zeithaml and Berry 1988)."""

NEGATIVE = (10, 11, 12, 13, 18, 19, 20, 21, 22)
"""The items that the questionnaire of 1988 words negatively; that of 1991 words none so."""

QUADRANTS = {
    (True, False): mark("concentrate here"),
    (True, True): mark("keep up the good work"),
    (False, False): mark("low priority"),
    (False, True): mark("possible overkill"),
}
"""Martilla and James (1977), by whether importance and performance are at or above their averages."""

GAPS = (
    (mark("knowledge gap"), mark("what managers think customers expect"), mark("what customers expect"),
     mark("managers, against the customers' survey")),
    (mark("standards gap"), mark("the service standards set"), mark("what managers think customers expect"),
     mark("managers, and the written standards")),
    (mark("delivery gap"), mark("the service delivered"), mark("the service standards set"),
     mark("front-line staff, mystery visits, records")),
    (mark("communication gap"), mark("the service delivered"), mark("what advertising and sales staff promise"),
     mark("advertisements and sales talk, against records")),
    (mark("service gap"), mark("the service perceived"), mark("what customers expect"),
     mark("the customers themselves")),
)  # fmt: skip
"""The five gaps: name, what is, what it ought to meet, and whom or what to ask."""

SOURCE = "made up by crmlab: 200 customers of a repair shop that is tidy and polite, and late"
POINTS = 100


@dataclass(frozen=True, eq=False)
class ServiceQuality(Analysis):
    """Service quality by SERVQUAL: perceptions less expectations, over five dimensions.

    A row a customer: customer; e1 to e22, what an excellent firm *should* offer, and p1 to p22, what this one does
    offer, both on ``scale``; and, where it was asked, how the customer splits 100 points of importance over the five
    dimensions, in columns named after them (all five or none). Items 1-4 are tangibles, 5-9 reliability, 10-13
    responsiveness, 14-17 assurance, 18-22 empathy; ``items`` of ``fit`` takes another questionnaire. In that of 1988
    items 10-13 and 18-22 are worded negatively: name them in ``reverse``, or the sums are nonsense.

    A customer's score on a dimension is the mean of its items; gap 5 is perception less expectation, a shortfall below
    zero. Its interval is Student's t over customers, each compared with himself (paired). ``overall`` is the mean of
    the dimensions; ``weighted`` weights them by each customer's points. Perceptions alone are SERVPERF, which
    explained satisfaction better where both were tried (Cronin and Taylor 1992): it is the column perception.
    alpha_gap is Cronbach's alpha of the differences; differences of two correlated scores are less reliable than the
    scores themselves (Peter, Churchill and Brown 1993). The quadrant sets importance (the points; without them the
    expectations) against perception, each compared with its mean over the dimensions (Martilla and James 1977).

    Only gap 5 is the customers' to tell; ``gaps`` has a place for the other four. Raises InputError for a score off the
    scale, an empty cell or points that do not make 100, naming the row.

    Source: Parasuraman, Zeithaml and Berry (1985), A conceptual model of service quality and its implications for
    future research, Journal of Marketing 49(4); the same (1988), SERVQUAL: a multiple-item scale for measuring
    consumer perceptions of service quality, Journal of Retailing 64(1). Cronin and Taylor (1992), Measuring service
    quality: a reexamination and extension, Journal of Marketing 56(3). Peter, Churchill and Brown (1993), Caution in
    the use of difference scores in consumer research, Journal of Consumer Research 19(4). Martilla and James (1977),
    Importance-performance analysis, Journal of Marketing 41(1).

    >>> import pandas as pd
    >>> shop = pd.DataFrame({"customer": [1, 2, 3], "e1": [6, 7, 7], "e2": [6, 7, 6], "p1": [5, 6, 4], "p2": [6, 6, 3]})
    >>> quality = ServiceQuality.fit(shop, items={"reliability": [1, 2]})
    >>> quality.summary()[["dimension", "expectation", "perception", "gap", "low", "high"]].round(2)
         dimension  expectation  perception  gap   low  high
    0  reliability          6.5         5.0 -1.5 -4.79  1.79
    1      overall          6.5         5.0 -1.5 -4.79  1.79
    """

    expected: np.ndarray
    perceived: np.ndarray
    items: dict[str, tuple[int, ...]]
    points: np.ndarray | None
    scale: tuple[int, int]
    level: float

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        *,
        customer: str = "customer",
        items: Mapping[str, Sequence[int]] | None = None,
        reverse: Iterable[int] = (),
        scale: tuple[int, int] = (1, 7),
        level: float = 0.95,
    ) -> Self:
        """The service quality that the answers in ``frame`` show.

        ``items`` maps each dimension to the numbers of its items (default ITEMS, the classic 22). ``reverse`` holds the
        numbers of items worded negatively (NEGATIVE for the questionnaire of 1988): both their answers are turned
        round, low + high - answer.

        Raises InputError for a table that lacks a column, a cell that is empty or off the scale, a repeated customer,
        fewer than two customers, importance for some dimensions only, and points that do not make 100.

        >>> ServiceQuality.fit(ServiceQuality.example().drop(columns="p22"))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The table lacks p22; needed are customer, e1, e2, ...
        """
        mapping = _mapping(ITEMS if items is None else items, customer)
        numbers = [place for places in mapping.values() for place in places]
        if not isinstance(reverse, Iterable):
            raise InputError(_("reverse is {value}; needed are numbers of items.").format(value=repr(reverse)))
        turned = {whole("reverse", place, 1, 10**6) for place in reverse}
        if unknown := sorted(turned - set(numbers)):
            raise InputError(_("reverse names item {item}, which no dimension has.").format(item=unknown[0]))
        if not isinstance(scale, tuple | list) or len(scale) != 2:
            text = _("{name} is {value}; needed are two whole numbers, the lowest and the highest score.")
            raise InputError(text.format(name="scale", value=repr(scale)))
        low = whole("scale", scale[0], -1000, 1000)
        high = whole("scale", scale[1], low + 1, low + 1000)
        columns = [customer, *(f"{kind}{place}" for kind in "ep" for place in numbers)]
        asked = [name for name in mapping if name in getattr(frame, "columns", ())]
        if asked:
            columns += list(mapping)
        table = needed(frame, columns)
        twice = np.flatnonzero(table[customer].duplicated())
        if len(twice):
            text = _("The column {name} has {value} in row {row} (counted from 1) again; a row a person is needed.")
            value = repr(table[customer].tolist()[twice[0]])
            raise InputError(text.format(name=customer, value=value, row=number(twice[0] + 1)))
        if len(table) < 2:
            raise InputError(_("Only one customer answered; at least two are needed for an interval."))
        expected, perceived = (
            np.column_stack([
                low + high - numeric(table, f"{kind}{place}", low, high) if place in turned
                else numeric(table, f"{kind}{place}", low, high) for place in numbers
            ]) for kind in "ep"
        )  # fmt: skip
        points = None
        if asked:
            points = np.column_stack([numeric(table, name, 0, POINTS) for name in mapping])
            for row in np.flatnonzero(np.abs(points.sum(axis=1) - POINTS) > 1e-6)[:1]:
                text = _("The points of importance in row {row} (counted from 1) make {sum}; they must make 100.")
                raise InputError(text.format(row=number(row + 1), sum=f"{points[row].sum():g}"))
        return cls(expected, perceived, mapping, points, (low, high), believed(level))

    @staticmethod
    def example() -> pd.DataFrame:
        """Answers to try it on: 200 customers, 22 expectations and perceptions from 1 to 7, points of importance.

        Made up. All items are worded positively.

        >>> ServiceQuality.example().shape
        (200, 50)
        """
        import pandas as pd

        rng = np.random.default_rng(22)
        strict, mood = rng.normal(0, 0.5, (200, 1)), rng.normal(0, 0.6, (200, 1))
        columns: dict[str, np.ndarray] = {"customer": np.arange(1, 201)}
        for kind, middles, person in (("e", (5.0, 6.4, 6.1, 6.0, 5.4), strict), ("p", (5.6, 5.0, 4.9, 6.0, 5.2), mood)):
            for (_name, places), middle in zip(ITEMS.items(), middles, strict=True):
                scores = middle + person + rng.normal(0, 0.4, (200, 1)) + rng.normal(0, 0.7, (200, len(places)))
                columns |= {
                    f"{kind}{place}": np.clip(score.round(), 1, 7).astype(int)
                    for place, score in zip(places, scores.T, strict=True)
                }
        points = rng.multinomial(20, [0.11, 0.32, 0.23, 0.19, 0.15], size=200) * 5
        columns |= dict(zip(ITEMS, points.T, strict=True))
        frame = pd.DataFrame(columns)
        frame.attrs["source"] = SOURCE
        return frame

    @property
    def customers(self) -> int:
        """Number of customers who answered."""
        return len(self.expected)

    def _columns(self, name: str) -> slice:
        """Where the items of a dimension stand."""
        start = 0
        for other, places in self.items.items():
            if other == name:
                return slice(start, start + len(places))
            start += len(places)
        raise KeyError(name)

    def _by_dimension(self, answers: np.ndarray) -> np.ndarray:
        """Each customer's mean over each dimension's items: customers by dimensions."""
        return np.column_stack([answers[:, self._columns(name)].mean(axis=1) for name in self.items])

    def _interval(self, values: np.ndarray) -> tuple[float, float, float]:
        """Mean over customers, and Student's interval."""
        from scipy.special import stdtrit

        mean, answers = float(values.mean()), len(values)
        half = float(stdtrit(answers - 1, (1 + self.level) / 2)) * float(values.std(ddof=1)) / math.sqrt(answers)
        return mean, mean - half, mean + half

    def _importance(self) -> np.ndarray | None:
        return None if self.points is None else self.points.mean(axis=0)

    def _quadrants(self, expectation: np.ndarray, perception: np.ndarray) -> list[str]:
        importance = self._importance()
        weight = expectation if importance is None else importance
        above = [values >= values.mean() - 1e-9 for values in (weight, perception)]
        return [QUADRANTS[bool(much), bool(well)] for much, well in zip(*above, strict=True)]

    def summary(self) -> pd.DataFrame:
        """A row a dimension, then overall and, where importance was asked, weighted.

        Columns: dimension; name, in the language spoken now; items (their number), expectation, perception (SERVPERF),
        gap with low and high, alpha_gap, alpha_perception (missing where there is one item only or all answers are
        alike), importance (mean points, missing where not asked) and quadrant, in the language spoken now. Overall and
        weighted have no alpha and no quadrant; their expectation and perception are weighted like their gap.

        >>> table = ServiceQuality.fit(ServiceQuality.example()).summary()
        >>> table[["dimension", "expectation", "perception", "gap", "low", "high"]].round(2)
                dimension  expectation  perception   gap   low  high
        0       tangibles         4.96        5.62  0.66  0.52  0.80
        1     reliability         6.32        5.02 -1.30 -1.42 -1.17
        2  responsiveness         6.01        4.95 -1.06 -1.22 -0.91
        3       assurance         5.95        5.92 -0.03 -0.16  0.10
        4         empathy         5.33        5.24 -0.09 -0.24  0.06
        5         overall         5.72        5.35 -0.36 -0.47 -0.26
        6        weighted         5.88        5.28 -0.59 -0.70 -0.48
        """
        import pandas as pd

        expected, perceived = self._by_dimension(self.expected), self._by_dimension(self.perceived)
        expectation, perception = expected.mean(axis=0), perceived.mean(axis=0)
        importance = self._importance()
        quadrants, rows = self._quadrants(expectation, perception), []
        for place, (name, places) in enumerate(self.items.items()):
            at = self._columns(name)
            gap = self._interval(perceived[:, place] - expected[:, place])
            alphas = (cronbach(answers[:, at]) for answers in (self.perceived - self.expected, self.perceived))
            points = math.nan if importance is None else importance[place]
            means = float(expectation[place]), float(perception[place])
            rows.append((name, _named(name), len(places), *means, *gap, *alphas, points, _(quadrants[place])))
        count, none = self.expected.shape[1], (math.nan, math.nan)
        gap = self._interval((perceived - expected).mean(axis=1))
        full = math.nan if importance is None else float(POINTS)
        rows.append(
            (
                "overall",
                _("all dimensions"),
                count,
                float(expectation.mean()),
                float(perception.mean()),
                *gap,
                *none,
                full,
                "",
            )
        )
        if self.points is not None:
            weight = self.points / POINTS
            means = (float((weight * scores).sum(axis=1).mean()) for scores in (expected, perceived))
            gap = self._interval((weight * (perceived - expected)).sum(axis=1))
            rows.append(("weighted", _("weighted by importance"), count, *means, *gap, *none, full, ""))
        columns = ["dimension", "name", "items", "expectation", "perception", "gap", "low", "high", "alpha_gap",
                   "alpha_perception", "importance", "quadrant"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def by_item(self) -> pd.DataFrame:
        """A row an item: item, dimension, expectation, perception, gap, the latter two after reversing.

        >>> len(ServiceQuality.fit(ServiceQuality.example()).by_item())
        22
        """
        import pandas as pd

        owner = [(place, name) for name, places in self.items.items() for place in places]
        means = self.expected.mean(axis=0), self.perceived.mean(axis=0)
        columns = {"expectation": means[0], "perception": means[1], "gap": means[1] - means[0]}
        return pd.DataFrame({"item": [item for item, _name in owner], "dimension": [name for _item, name in owner],
                             **columns}).sort_values("item", ignore_index=True)  # fmt: skip

    def gaps(
        self,
        *,
        managers: float | None = None,
        standards: float | None = None,
        delivered: float | None = None,
        promised: float | None = None,
    ) -> pd.DataFrame:
        """The model's five gaps: what each lies between, whom to ask, and its size where that is known.

        Customers know of gap 5 only. The other four lie inside the firm: ``managers``, what they think customers
        expect; ``standards``, the level that is set; ``delivered``, the level that staff keep; ``promised``, the level
        that advertising promises: each on the questionnaire's scale, an average over the dimensions, and each to be
        measured, not guessed. A gap is what is less what it ought to meet, so a shortfall is below zero (of gap 1:
        managers think too little of what is expected; too much is an error as well); it is missing where a number is.
        Gap 5 is a result of the other four, but not their sum.

        Columns: gap, name, of, against, ask (in the language spoken now), size. Raises InputError for a number that is
        not on the scale.

        >>> quality = ServiceQuality.fit(ServiceQuality.example())
        >>> quality.gaps(managers=6.2, standards=5.9).loc[:, "size"].round(2).tolist()
        [0.48, -0.3, nan, nan, -0.36]
        """
        import pandas as pd

        customers = float(self._by_dimension(self.expected).mean())
        perceived = float(self._by_dimension(self.perceived).mean())
        stated = {"managers": managers, "standards": standards, "delivered": delivered, "promised": promised}
        known = {name: math.nan if value is None else real(name, value, *self.scale) for name, value in stated.items()}
        sizes = (
            known["managers"] - customers,
            known["standards"] - known["managers"],
            known["delivered"] - known["standards"],
            known["delivered"] - known["promised"],
            perceived - customers,
        )
        rows = [(place + 1, *map(_, words), size) for place, (words, size) in enumerate(zip(GAPS, sizes, strict=True))]
        return pd.DataFrame(rows, columns=["gap", "name", "of", "against", "ask", "size"])

    def _draw(self, ax: Axes) -> None:
        rows = self.summary().iloc[: len(self.items)]
        place = np.arange(len(rows))
        short = rows["gap"].to_numpy() < 0
        ax.vlines(place, rows.expectation, rows.perception, color=[RED if under else GREEN for under in short],
                  linewidth=3.5, alpha=0.6)  # fmt: skip
        ax.plot(place, rows.expectation, color=ORANGE, linestyle="--", linewidth=1.2, marker="o", markersize=9,
                markerfacecolor="white", markeredgewidth=2, label=_("expected service"))  # fmt: skip
        ax.plot(
            place, rows.perception, color=BLUE, linewidth=1.2, marker="s", markersize=8, label=_("perceived service")
        )
        for x, row in zip(place, rows.itertuples(), strict=True):
            text = ("+" if row.gap > 0 else "") + number(row.gap, 2)
            ax.annotate(text, (x, (row.expectation + row.perception) / 2), (9, 0), textcoords="offset points",
                        va="center", fontsize=9.5, color=RED if row.gap < 0 else GREEN, bbox=WHITE)  # fmt: skip
        ends = np.concatenate([rows.expectation, rows.perception])
        low, high = self.scale
        room = max(0.25 * float(np.ptp(ends)), 0.08 * (high - low))
        ax.set(xlim=(-0.5, len(rows) - 0.4), ylim=(max(low, ends.min() - room), ends.max() + 1.6 * room))
        ax.set_xticks(place, [_named(name) for name in rows["dimension"]], fontsize=9)
        ax.legend(loc="upper right", ncols=2, framealpha=0.8, edgecolor="none")
        ax.set_ylabel(_("mean score, {low} to {high}").format(low=low, high=high))
        thousands(ax, highest=high)
        headline(ax, _("Expected and perceived service, and the gap between"))

    def _words(self) -> str:
        rows = self.summary()
        dimensions, overall = rows.iloc[: len(self.items)], rows[rows.dimension == "overall"].iloc[0]
        worst, best = (dimensions.loc[dimensions["gap"].idxmin()], dimensions.loc[dimensions["gap"].idxmax()])
        text = _(
            "{customers} customers expect {expectation} and perceive {perception} on the scale from {low} to {high}: "
            "an overall gap of {gap} ({gap_low} to {gap_high})."
        )
        words = [text.format(
            customers=number(self.customers), expectation=number(overall.expectation, 2),
            perception=number(overall.perception, 2), low=self.scale[0], high=self.scale[1],
            gap=number(overall.gap, 2), gap_low=number(overall.low, 2), gap_high=number(overall.high, 2),
        )]  # fmt: skip
        if len(dimensions) > 1:
            text = _("The gap runs from {least} ({worst}) to {most} ({best}).")
            words.append(text.format(least=number(worst.gap, 2), worst=_named(worst.dimension),
                                     most=number(best.gap, 2), best=_named(best.dimension)))  # fmt: skip
        open_ended = [_named(row.dimension) for row in dimensions.itertuples() if row.low <= 0 <= row.high]
        if open_ended:
            text = _("Chance alone could explain it for: {names}.")
            words.append(text.format(names=_(", ").join(open_ended)))
        if self.points is not None:
            text = _("Weighted by what matters to each customer it is {gap}.")
            words.append(text.format(gap=number(rows.iloc[-1].gap, 2)))
        first = [_named(row.dimension) for row in dimensions.itertuples() if row.quadrant == _("concentrate here")]
        if first:
            text = _("Important, and below the firm's own average: {names}.")
            words.append(text.format(names=_(", ").join(first)))
        words.append(_("Why the gap is there the customers cannot tell: the other four gaps lie inside the firm."))
        return prose(words)


def _named(dimension: str) -> str:
    """What a dimension is called; one of the learner's own keeps its name."""
    return _(DIMENSIONS[dimension]) if dimension in DIMENSIONS else dimension


def _mapping(items: Any, customer: str) -> dict[str, tuple[int, ...]]:
    """Dimensions with the numbers of their items, each in one dimension only; none named like another column."""
    if not isinstance(items, Mapping) or not items:
        text = _("items is {value}; needed is a mapping of each dimension to the numbers of its items.")
        raise InputError(text.format(value=repr(items)))
    mapping, seen = {}, set()
    for name, places in items.items():
        if (
            not isinstance(name, str)
            or not isinstance(places, Iterable)
            or re.fullmatch(rf"[ep]\d+|{re.escape(str(customer))}", name)
        ):
            text = _("items is {value}; needed is a mapping of each dimension to the numbers of its items.")
            raise InputError(text.format(value=repr(items)))
        mapping[name] = tuple(whole("items", place, 1, 10**6) for place in places)
        if not mapping[name]:
            raise InputError(_("The dimension {name} has no items.").format(name=name))
        for place in mapping[name]:
            if place in seen:
                raise InputError(_("Item {item} stands in the dimensions twice.").format(item=place))
            seen.add(place)
    return mapping
