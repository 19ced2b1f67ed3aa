"""Segments of customers by k-means, and whether they are more than an accident of noise, of starts, of customers."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import seeded, whole
from crmlab.experiments.picture import COLOURS, GREY, MARKERS, headline
from crmlab.language.catalogue import _, number, percent, prose
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST = 8
"""Segments at most: nobody treats more kinds of customers differently."""
FEWEST = 5
"""Customers needed for each segment asked for."""
STARTS = 20
RESAMPLES = 30
NOISES = 30
"""Tables without groups that are cut to see what noise gives."""
BEYOND = 4
"""So many standard deviations above the noises' mean must a cut lie: of 1,200 tables of noise tried, none did."""
AIMS, AIMED = 4, 4000
"""Rounds, and rows in each, in which the noises' correlations are brought to those of the table."""
ENOUGH = 1000
"""Rows on which starts, resamples and noises are tried; of a larger table so many are drawn."""
STABLE, IN_PART = 0.75, 0.6
"""Mean Jaccard similarities from which a segment comes back, and comes back in part."""
LARGEST = 1e100
SHOWN = 8
STYLES = ("-", "--", "-.", ":")
EIGHT_COLOURS, EIGHT_MARKERS = (*COLOURS, GREY, "black"), (*MARKERS, "X", "*")


class Agreement(NamedTuple):
    """Adjusted Rand index between these segments and those of other runs: 1 the same, 0 no more than chance."""

    mean: float
    lowest: float


@dataclass(frozen=True, eq=False)
class Segments(Analysis):
    """k-means segments with their stability: ``Segments.fit(frame, segments=4)`` makes one.

    Each feature is standardised (mean 0, standard deviation 1), so that its unit does not matter; k-means then looks
    for the centres with the least squared distance of the customers to the nearest, the best of ``STARTS`` = 20 starts.
    Segments are numbered by size, the largest 1; the order of the rows does not matter.

    k-means cuts *any* table into as many parts as it is told. So three things are tried:

    - noise: does the cut explain more of the variance than in tables of the same columns without groups? ``NOISES`` =
      30 of these have each column with its humps ironed out (the nearest distribution with one peak: skewness, steps
      and zeros stay) and the same correlations, as far as a normal copula can have them. ``explained`` must be more
      than ``noise``, their mean and four standard deviations; the idea is that of the gap statistic. Few customers, or
      groups that overlap much, may so be taken for noise;
    - starts: do other random starts give the same segments? ``starts``, adjusted Rand index, mean and lowest;
    - customers: do other customers of the kind? ``RESAMPLES`` = 30 bootstrap resamples are cut again: ``resamples``,
      adjusted Rand index over all customers, and for each segment ``jaccard``, the mean Jaccard similarity to the part
      nearest to it among the customers drawn (Hennig). From 0.75 on a segment counts as stable; below 0.6 it dissolves.

    The segments are ``trusted`` where they beat noise and every one is stable. Then they are groups in these features;
    whether the groups *behave* differently is for a trial to find.

    Attributes: ``table`` (customer, segment; in the frame's order); ``profile`` (means of the features, a row a
    segment); ``features``; ``sizes``; ``jaccard``; ``starts``, ``resamples``; ``explained``, ``noise``.

    Sources: Hubert and Arabie (1985), Comparing partitions, Journal of Classification 2; Hennig (2007), Cluster-wise
    assessment of cluster stability, Computational Statistics & Data Analysis 52(1); Tibshirani, Walther and Hastie
    (2001), Estimating the number of clusters in a data set via the gap statistic, Journal of the Royal Statistical
    Society B 63(2). k-means by scikit-learn. Raises InputError.

    >>> import pandas as pd
    >>> blobs = pd.DataFrame({"customer": range(40), "visits": [1, 2] * 10 + [8, 9] * 10})
    >>> found = Segments.fit(blobs, segments=2)
    >>> found.sizes, found.profile["visits"].tolist(), found.trusted
    ((20, 20), [1.5, 8.5], True)
    >>> even = pd.DataFrame({"customer": range(40), "visits": range(40)})      # no groups: every cut is as good
    >>> Segments.fit(even, segments=2).trusted
    False
    """

    table: pd.DataFrame
    profile: pd.DataFrame
    features: tuple[str, ...]
    sizes: tuple[int, ...]
    jaccard: tuple[float, ...]
    starts: Agreement
    resamples: Agreement
    explained: float
    noise: float
    _points: np.ndarray = field(repr=False)
    _heights: np.ndarray = field(repr=False)
    _seed: int = field(repr=False)

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        *,
        features: Iterable[str] | None = None,
        segments: int = 4,
        seed: int = 0,
        log: Iterable[str] = (),
    ) -> Self:
        """Segments of the customers in ``frame``: one row a ``customer``, and numbers in the columns ``features``.

        ``features`` are all columns of numbers but ``customer`` unless told. Those in ``log`` enter as the logarithm of
        1 + x, as is usual for money. ``segments`` is 2 to 8; ``seed`` decides the random starts. Raises InputError
        where a column lacks, has an empty cell, text, or the same number in every row, where a customer comes twice,
        and where there are less than 5 customers a segment or less different rows than segments.

        >>> import pandas as pd
        >>> Segments.fit(pd.DataFrame({"customer": range(40), "visits": 3}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The column visits has the same number in every row; leave it out.
        """
        import pandas as pd

        features, log = _named(frame, features), [log] if isinstance(log, str) else list(log or ())
        segments, seed = whole("segments", segments, 2, MOST), seeded(whole("seed", seed, 0, 2**32 - 1))
        rows = needed(frame, ["customer", *features])
        values = np.column_stack([_logged(rows, name) if name in log else _plain(rows, name) for name in features])
        for name in log:
            if name not in features:
                text = _("{name} is {value!r}; allowed is one of {names}.")
                raise InputError(text.format(name="log", value=name, names=", ".join(features)))
        if twice := rows["customer"].duplicated().sum():
            text = _("The table needs one row a customer; {count} rows are of a customer who stands there already.")
            raise InputError(text.format(count=number(twice)))
        different = len(np.unique(values, axis=0))
        if len(rows) < FEWEST * segments or different < segments:
            text = _(
                "There are {customers} customers, {different} of them different; {segments} segments need {fewest} "
                "customers at least, {segments} of them different."
            )
            counts = {"customers": len(rows), "different": different, "fewest": FEWEST * segments, "segments": segments}
            raise InputError(text.format(**{name: number(value) for name, value in counts.items()}))
        order = np.lexsort(values.T[::-1])  # alike tables in another order give the same starts
        points = _standard(values[order])
        found = _tried(points, segments, seed)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        mine = found.labels[place]
        table = pd.DataFrame({"customer": rows["customer"], "segment": mine + 1})
        means = rows[features].astype(float).groupby(mine).mean()
        means.index = pd.RangeIndex(1, segments + 1, name="segment")
        heights = np.array([points[found.labels == one].mean(axis=0) for one in range(segments)])
        sizes = tuple(int(size) for size in np.bincount(mine, minlength=segments))
        return cls(
            table, means, tuple(features), sizes, found.jaccard, found.starts, found.resamples, found.explained,
            found.noise, points, heights, seed,
        )  # fmt: skip

    @classmethod
    def example(cls) -> pd.DataFrame:
        """240 customers of a shop: customer, orders a year, mean basket, share bought at a discount, days since.

        Four kinds of customers of unlike number were put in, so that something is there to be found.

        >>> Segments.example().columns.tolist()
        ['customer', 'orders', 'basket', 'discount', 'days_since']
        """
        import pandas as pd

        rng = np.random.default_rng(11)
        sizes = (90, 70, 50, 30)
        kind = np.repeat(np.arange(4), sizes)
        middle = np.array([[4, 60, 0.2, 60], [10, 45, 0.7, 25], [14, 110, 0.1, 20], [2, 150, 0.3, 200]])
        spread = np.array([[2, 20, 0.13, 30], [3, 15, 0.13, 15], [3, 30, 0.08, 13], [1.2, 36, 0.16, 60]])
        values = np.abs(middle[kind] + spread[kind] * rng.standard_normal((len(kind), 4)))
        frame = pd.DataFrame(values, columns=["orders", "basket", "discount", "days_since"])
        frame = frame.round({"orders": 0, "basket": 2, "discount": 2, "days_since": 0})
        frame.insert(0, "customer", 1 + rng.permutation(len(kind)))
        frame = frame.sort_values("customer", ignore_index=True)
        frame.attrs["source"] = "made up by crmlab: four kinds of customers drawn from normal distributions, seed 11"
        return frame

    @property
    def separate(self) -> bool:
        """Whether the cut explains more than tables without groups can be expected to."""
        return self.explained > self.noise + 1e-9

    @property
    def trusted(self) -> bool:
        """Whether the segments beat noise and each of them is stable."""
        return self.separate and min(self.jaccard) >= STABLE

    def summary(self) -> pd.DataFrame:
        """A row a segment, the largest first.

        Columns: segment; customers; share; jaccard (does it come back?); then mean_ and each feature's name, its mean
        in the feature's own unit.

        >>> Segments.fit(Segments.example()).summary()["customers"].tolist()
        [92, 70, 49, 29]
        """
        table = self.profile.add_prefix("mean_").reset_index()
        table.insert(1, "customers", self.sizes)
        table.insert(2, "share", np.array(self.sizes) / sum(self.sizes))
        table.insert(3, "jaccard", self.jaccard)
        return table

    def by_number(self, highest: int = MOST) -> pd.DataFrame:
        """How other numbers of segments, 2 to ``highest``, would do on the same table: one row a number.

        Columns: segments; inertia (sum of squared distances to the centres, always falling); explained (share of the
        variance) and noise (what tables without groups hardly ever reach); silhouette (mean, up to 1; on 1,000
        customers at most); agreement (mean adjusted Rand index of resamples); lowest_jaccard (the least stable
        segment's).

        >>> table = Segments.fit(Segments.example()).by_number(4)
        >>> int(table.loc[table["silhouette"].idxmax(), "segments"])
        4
        """
        import pandas as pd
        from sklearn.metrics import silhouette_score

        different = len(np.unique(self._points, axis=0))
        most = min(whole("highest", highest, 2, MOST), len(self._points) // FEWEST, different)
        rng = np.random.default_rng(self._seed)
        some = _some(len(self._points), rng)
        rows = []
        for segments in range(2, most + 1):
            found = _tried(self._points, segments, self._seed)
            labels = found.labels[some]
            apart = 1 < len(np.unique(labels)) < len(labels)
            rows.append({
                "segments": segments, "inertia": found.inertia, "explained": found.explained, "noise": found.noise,
                "silhouette": silhouette_score(self._points[some], labels) if apart else np.nan,
                "agreement": found.resamples.mean, "lowest_jaccard": min(found.jaccard),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def _draw(self, ax: Axes) -> None:
        between = np.average(self._heights**2, axis=0, weights=self.sizes)
        shown = np.sort(np.argsort(-between, kind="stable")[:SHOWN])
        x = np.arange(len(shown))
        text = _("{segment}: {customers}, {jaccard}")
        for at, (height, size, jaccard) in enumerate(zip(self._heights, self.sizes, self.jaccard, strict=True)):
            label = text.format(segment=at + 1, customers=number(size), jaccard=number(jaccard, 2))
            ax.plot(x, height[shown], color=EIGHT_COLOURS[at], marker=EIGHT_MARKERS[at],
                    linestyle=STYLES[at % len(STYLES)], linewidth=1.8, markersize=7, label=label)  # fmt: skip
        ax.axhline(0, color=GREY, linewidth=0.8)
        low, high = float(self._heights[:, shown].min()), float(self._heights[:, shown].max())
        room = high - low
        wide = max(len(shown) - 1, 0.8)
        ax.set(xlim=(-0.18 * wide, wide * 1.62), ylim=(low - 0.1 * room, high + 0.1 * room))
        letters = max(4, int(46 / len(shown)))
        ax.set_xticks(x, [_wrapped(self.features[at], letters) for at in shown], fontsize=9)
        ax.set_ylabel(_("mean, in standard deviations from all"))
        title = _("segment: customers,\nstability (Jaccard)")
        ax.legend(title=title, loc="center right", fontsize=9, title_fontsize=9, framealpha=0.8, edgecolor="none")
        text = (
            _("Segments to be trusted: {trusted}") if self.separate else _("No better than noise: slices, not groups")
        )
        headline(ax, text.format(trusted=_("all of them") if self.trusted else _("{some} of {all}").format(
            some=number(sum(each >= STABLE for each in self.jaccard)), all=number(len(self.jaccard))
        )))  # fmt: skip

    def _words(self) -> str:
        text = _(
            "{customers} customers are cut into {segments} segments by {features} features; the largest has {most} of "
            "them, the smallest {least}. The cut explains {explained} of the variance; in tables with the same columns "
            "but without groups it hardly ever explains more than {noise}."
        )
        everyone = sum(self.sizes)
        words = [text.format(
            customers=number(everyone), segments=number(len(self.sizes)), features=number(len(self.features)),
            most=percent(self.sizes[0] / everyone, 1), least=percent(self.sizes[-1] / everyone, 1),
            explained=percent(self.explained, 1), noise=percent(self.noise, 1),
        )]  # fmt: skip
        text = _(
            "Cut again from other starts the segments agree with these at {start} (lowest {start_low}), from resampled "
            "customers at {other} (lowest {other_low}); 1 is the same, 0 is chance (adjusted Rand index)."
        )
        words.append(text.format(
            start=number(self.starts.mean, 2), start_low=number(self.starts.lowest, 2),
            other=number(self.resamples.mean, 2), other_low=number(self.resamples.lowest, 2),
        ))  # fmt: skip
        weakest = int(np.argmin(self.jaccard))
        weak = {"segment": weakest + 1, "jaccard": number(self.jaccard[weakest], 2)}
        if not self.separate:
            text = _(
                "So these segments are not to be trusted as kinds of customers: they are slices, and k-means would cut "
                "a cloud without groups as well. As slices they may still be handy; whether another number of segments "
                "does better, by_number shows."
            )
        elif weak_below(self.jaccard, IN_PART):
            text = _(
                "There is structure, but segment {segment} dissolves when the customers change (Jaccard {jaccard}): "
                "these segments are not to be trusted; try another number of segments (by_number)."
            )
        elif weak_below(self.jaccard, STABLE):
            text = _(
                "There is structure, but segment {segment} comes back only in part (Jaccard {jaccard}): trust the "
                "stable segments only, and try another number of segments (by_number)."
            )
        else:
            text = _(
                "Every segment comes back (lowest Jaccard {jaccard}), so they are to be trusted as groups in these "
                "features; whether they behave differently, a trial has to show."
            )
        return prose([*words, text.format(**weak)])


class Found(NamedTuple):
    """A cut and what was tried on it."""

    labels: np.ndarray
    inertia: float
    explained: float
    noise: float
    starts: Agreement
    resamples: Agreement
    jaccard: tuple[float, ...]


def weak_below(jaccard: tuple[float, ...], bound: float) -> bool:
    """Whether one of the segments is less stable than ``bound``.

    >>> weak_below((0.9, 0.7), 0.75)
    True
    """
    return min(jaccard) < bound


@contextmanager
def _calm() -> Iterator[None]:
    """scikit-learn on one thread, which is faster on tables of this size, and without its warnings.

    They are about memory on Windows, and about resamples that have less different rows than segments.
    """
    import sklearn.cluster  # noqa: F401  its libraries must be there before they are held to one thread
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="KMeans is known to have a memory leak", category=UserWarning)
        yield


def _cut(points: np.ndarray, segments: int, seed: int, starts: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(segments, n_init=starts, random_state=seed, algorithm="lloyd").fit(points)


def _tried(points: np.ndarray, segments: int, seed: int) -> Found:
    """``points``, standardised and sorted, cut into ``segments``, numbered by size, and tried in the three ways."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    some = _some(len(points), rng)
    drawn = points[some]
    seeds = iter(rng.integers(0, 2**31 - 1, STARTS + RESAMPLES + NOISES + 1).tolist())
    with _calm():
        runs = [_cut(drawn, segments, next(seeds), 1) for _start in range(STARTS)]
        best = min(runs, key=lambda run: run.inertia_)
        if len(drawn) < len(points):
            best = KMeans(segments, init=best.cluster_centers_, n_init=1).fit(points)
        labels = _by_size(best.labels_, best.cluster_centers_)
        here = labels[some]
        starts = _agreement([adjusted_rand_score(here, run.labels_) for run in runs])
        agree, similar = [], []
        for _resample in range(RESAMPLES):
            rows = rng.integers(0, len(drawn), len(drawn))
            run = _cut(drawn[rows], segments, next(seeds), 3)
            other = run.predict(drawn)
            agree.append(adjusted_rand_score(here, other))
            once = np.unique(rows)
            similar.append(_jaccard(here[once], other[once], segments))
        table = _ironed(drawn, rng)
        noises = [_explained(_noise(table, len(drawn), rng), segments, next(seeds)) for _noisy in range(NOISES)]
        noise = min(float(np.mean(noises) + BEYOND * np.std(noises)), 1.0)
        explained = _explained(drawn, segments, next(seeds))
    jaccard = tuple(float(each) for each in np.mean(similar, axis=0))
    return Found(labels, float(best.inertia_), explained, noise, starts, _agreement(agree), jaccard)


def _some(rows: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.choice(rows, ENOUGH, replace=False)) if rows > ENOUGH else np.arange(rows)


def _agreement(indices: list[float]) -> Agreement:
    return Agreement(float(np.mean(indices)), float(np.min(indices)))


def _by_size(labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The labels numbered from 0 by size, the largest first; of equally large ones by their centres."""
    sizes = np.bincount(labels, minlength=len(centres))
    order = np.lexsort([*centres.round(9).T[::-1], -sizes])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[labels]


def _jaccard(first: np.ndarray, second: np.ndarray, segments: int) -> np.ndarray:
    """For each part of ``first`` the Jaccard similarity of the part of ``second`` that is most like it.

    >>> _jaccard(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 0]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    both = np.bincount(first * segments + second, minlength=segments**2).reshape(segments, segments)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    return np.max(both / np.maximum(either, 1), axis=1)


def _explained(points: np.ndarray, segments: int, seed: int) -> float:
    """Part of the variance of the standardised ``points`` that lies between the segments of the best of five cuts."""
    points = _standard(points)
    total = float(np.sum(points**2))
    return 1 - _cut(points, segments, seed, 5).inertia_ / total if total else 1.0


def _standard(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1; one without spread becomes 0."""
    apart = values - values.mean(axis=0)
    spread = apart.std(axis=0)
    return apart / np.where(spread > 0, spread, 1)


class Ironed(NamedTuple):
    """Columns without humps: the edges of their steps, the cumulated chances, their grids; and the correlations."""

    edges: list[np.ndarray]
    chances: list[np.ndarray]
    grids: list[tuple[float, float]]
    pull: np.ndarray


def _ironed(points: np.ndarray, rng: np.random.Generator) -> Ironed:
    edges, chances, grids = [], [], []
    for column in points.T:
        values, counts = np.unique(column, return_counts=True)
        step = float(np.diff(values).min(initial=np.inf))
        step = step if np.isfinite(step) else 1.0
        middle = (values[1:] + values[:-1]) / 2
        edge = np.concatenate([[values[0] - step / 2], middle, [values[-1] + step / 2]])
        edges.append(edge)
        chances.append(_one_peak(counts / len(column), np.diff(edge)))
        grids.append((float(values[0]), step))
    aim = together = _together(points)
    table = Ironed(edges, chances, grids, _root(aim))
    for _round in range(AIMS):  # steps and skewness weaken a normal copula's correlations: aim beyond them
        got = _together(_noise(table, AIMED, rng))
        together = np.clip(together + aim - got, -1, 1)
        np.fill_diagonal(together, 1)
        table = table._replace(pull=_root(together))
    return table


def _together(points: np.ndarray) -> np.ndarray:
    """Correlations of the columns; a column without spread goes along with none."""
    points = _standard(points)
    together = points.T @ points / len(points)
    np.fill_diagonal(together, 1)
    return together


def _root(together: np.ndarray) -> np.ndarray:
    """What independent normal numbers must be multiplied with to go along so, as nearly as can be."""
    sizes, directions = np.linalg.eigh(together)
    pull = directions * np.sqrt(np.maximum(sizes, 0))
    return pull / np.sqrt(np.sum(pull**2, axis=1, keepdims=True))


def _one_peak(chance: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Cumulated chances of the steps after the least change that leaves one peak: rising before it, falling after."""
    from sklearn.isotonic import isotonic_regression

    density, seen = chance / width, np.cumsum(chance)
    best, least = seen, np.inf
    for peak in np.unique(np.searchsorted(seen, np.linspace(0, 1, 21)).clip(0, len(chance) - 1)):
        sides = (slice(0, peak + 1), True), (slice(peak + 1, None), False)
        smooth = [
            isotonic_regression(density[side], sample_weight=width[side], increasing=rising) * width[side]
            for side, rising in sides
            if len(density[side])
        ]
        cumulated = np.cumsum(np.concatenate(smooth))
        off = float(np.abs(cumulated - seen).max())
        if off < least:
            best, least = cumulated, off
    return np.concatenate([[0.0], best / best[-1]])


def _noise(table: Ironed, rows: int, rng: np.random.Generator) -> np.ndarray:
    """A table without groups: the columns of ``table`` with their correlations."""
    from scipy.special import ndtr

    chance = ndtr(rng.standard_normal((rows, len(table.edges))) @ table.pull.T)
    columns = []
    for at, (edges, chances, (first, step)) in enumerate(zip(table.edges, table.chances, table.grids, strict=True)):
        column = np.interp(chance[:, at], chances, edges)
        columns.append(first + step * np.round((column - first) / step))
    return np.column_stack(columns)


def _named(frame: Any, features: Iterable[str] | None) -> list[str]:
    """The features asked for, or all columns of numbers but the customer's; there must be one."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if isinstance(features, str):
        features = [features]
    if features is None:
        needed(frame, ["customer"])
        kinds = frame.dtypes if isinstance(frame, pd.DataFrame) else {}
        features = [
            name
            for name, kind in kinds.items()
            if name != "customer" and is_numeric_dtype(kind) and not is_bool_dtype(kind)
        ]
    if not isinstance(features, Iterable):
        raise InputError(_("{name} is {value}; allowed are names of columns.").format(name="features", value=features))
    features = list(dict.fromkeys(features))
    if not features:
        raise InputError(_("The table has no column of numbers to cut by."))
    return features


def _plain(rows: pd.DataFrame, name: str) -> np.ndarray:
    return _spread(numeric(rows, name, -LARGEST, LARGEST), name)


def _logged(rows: pd.DataFrame, name: str) -> np.ndarray:
    return _spread(np.log1p(numeric(rows, name, 0, LARGEST)), name)


def _spread(values: np.ndarray, name: str) -> np.ndarray:
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        raise InputError(_("The column {name} has the same number in every row; leave it out.").format(name=name))
    return values


def _wrapped(name: Any, letters: int) -> str:
    """A column's name in lines short enough to stand beside others."""
    words = str(name).replace("_", " ")
    if any(ord(letter) > 0x2E7F for letter in words):
        letters = max(2, letters // 2)
    lines = textwrap.wrap(words, letters)
    return "\n".join([*lines[:2], lines[2][: letters - 1] + "…"] if len(lines) > 3 else lines)
