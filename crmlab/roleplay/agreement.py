"""Whether the observers of class plays agree, and what their ratings may therefore count for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed
from crmlab.experiments.picture import headline
from crmlab.language.catalogue import _, mark, number, percent, prose, short
from crmlab.language.errors import InputError
from crmlab.marking.names import natural
from crmlab.roleplay.ratings import COLUMNS, CRITICAL, GLOBAL, HEARD, analytic, checked, counted, special
from crmlab.roleplay.rota import ENOUGH
from crmlab.roleplay.rubric import LEVELS, rubric
from crmlab.roleplay.scene import Script

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PEERS, DECIDE, ALONE = "peers", "teacher decides", "teacher"
"""What the observers' ratings may be used for."""
HIGH, LOW = 0.67, 0.40
"""Alphas from which on the observers' mean counts, and from which on the teacher may let it count."""
REPLICATES = 1000
FEWEST = 3
"""Sessions from which on they can be drawn again to see how far chance reaches."""
SOURCE = (
    "made up by crmlab: twelve groups of five, sixty plays with three observers each, two of whom in every ten are "
    "harder or softer than the others"
)


@dataclass(frozen=True, eq=False)
class Agreement(Analysis):
    """Whether the observers of class plays agree: Krippendorff's alpha, each rater's severity, and plain percentages.

    Alpha compares how far two observers of one play lie apart with how far two ratings lie apart that were drawn
    blindly: 1 is full agreement, 0 what chance would give. It is computed for each criterion over all plays (levels
    taken as ordered), and ``alpha`` is their mean, weighted by the ratings compared. The alpha of all criteria thrown
    together (``pooled`` in ``summary``) is what is often quoted; it also rises where one criterion is done worse by
    everybody, which tells no two agents apart. ``interval`` draws the plays again with replacement (bootstrap,
    percentiles); that raters sit in groups is not part of it, nor are fewer than three plays worth one (nan). Where all
    ratings of a criterion are alike it has no alpha.

    What is found decides what the observers count for (``use``): from 0.67 on their mean counts ("peers"), from 0.40 on
    the teacher decides ("teacher decides"), below that, where there is no alpha, and in plays with fewer than three
    observers only the teacher's mark counts ("teacher"). The cuts are this course's; 0.667 is the lowest alpha from
    which Krippendorff draws "tentative conclusions".

    Percent agreement, exact and within one level, stands beside alpha and must not stand alone: where everybody gives
    3, it is high and means nothing.

    Source: Krippendorff (2019), Content Analysis, 4th edition, chapter 12; the computation is the library
    ``krippendorff``. Raises InputError.

    >>> found = Agreement.fit(Agreement.example())
    >>> found.use, round(found.exact, 2), round(found.within_one, 2)
    ('teacher decides', 0.46, 0.91)
    """

    ratings: pd.DataFrame
    """All ratings as they were given."""
    alphas: dict[str, float]
    """By criterion."""
    alpha: float
    interval: tuple[float, float]
    pooled: float
    compared: dict[str, int]
    """The ratings that have another one of the same play and criterion beside them, by criterion."""
    exact: float
    within_one: float

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, scene: Script | None = None, seed: int = 0) -> Self:
        """The agreement of the observers in ``frame``, a table as ``read_ratings`` gives it; ``seed`` of the interval.

        The teacher's and the customers' ratings stay out of it. Raises InputError for what ``read_ratings`` refuses,
        and where no play has two observers.

        >>> import pandas as pd
        >>> rows = [("G1-R1", "a", rater, "observer", "listen", level) for rater, level in [("b", 3), ("c", 3)]]
        >>> alike = Agreement.fit(pd.DataFrame(rows, columns=list(COLUMNS[:-1])))
        >>> alike.exact, alike.alpha, alike.use                 # always 3: percent agreement says all, alpha nothing
        (1.0, nan, 'teacher')
        """
        columns = [*COLUMNS[:-1], *(["comment"] if "comment" in getattr(frame, "columns", ()) else [])]
        needed(frame, COLUMNS[:-1])
        rows = checked(frame[columns].reset_index(drop=True), counted, scene)
        seen = analytic(rows)
        counts, criteria = _counts(seen)
        if not len(counts) or counts.sum(axis=2).max() < 2:
            raise InputError(_("No play was rated by two observers, so there is no agreement to measure."))
        alphas = {name: _alpha(counts[:, place]) for place, name in enumerate(criteria)}
        compared = {name: _pairable(counts[:, place]) for place, name in enumerate(criteria)}
        near = _pairs(seen)
        apart = near["apart"].to_numpy()
        return cls(
            ratings=rows,
            alphas=alphas,
            alpha=_mean(alphas, compared),
            interval=_bootstrap(counts, seed),
            pooled=_alpha(counts.reshape(-1, len(LEVELS))),
            compared=compared,
            exact=float(np.mean(apart == 0)),
            within_one=float(np.mean(apart <= 1)),
        )

    @classmethod
    def example(cls) -> pd.DataFrame:
        """Ratings of a class of sixty in twelve groups of five: 60 plays, three observers each, teacher, customer.

        >>> Agreement.example()["session"].nunique()
        60
        """
        import pandas as pd

        from crmlab.roleplay.rota import rota

        rng = np.random.default_rng(8)
        people = [f"S{place:02}" for place in range(60)]
        leanings = rng.choice([-1.2, -0.1, 0.0, 0.1, 1.0], len(people), p=[0.1, 0.3, 0.2, 0.3, 0.1])
        severity = dict(zip(people, leanings, strict=True))
        criteria, rows = list(rubric().criteria), []
        harder = dict(zip(criteria, [0.3, -0.3, -0.1, 0.0, -0.5], strict=True))
        plays = rota(pd.DataFrame({"student": people, "name": ""})).table
        for session, play in plays.groupby("session", sort=False):
            agent = play.loc[play["role"] == "agent", "student"].iloc[0]
            skill = rng.normal(2.2, 0.9)
            true = {name: skill + harder[name] + rng.normal(0, 0.55) for name in criteria}
            for one in [*play.itertuples(), None]:
                role = one.role if one else "teacher"
                if role == "agent":
                    continue
                rater, leaning = (one.student, severity[one.student]) if one else ("teacher", 0.0)
                who = (session, agent, rater, role)
                if role == "customer":
                    rows.append((*who, HEARD, int(np.clip(round(skill + 1 + rng.normal(0, 0.7)), 1, 5)), ""))
                    continue
                noise = 0.45 if one else 0.25
                for name in criteria:
                    level = np.clip(round(true[name] + leaning + rng.normal(0, noise)), 0, 4)
                    rows.append((*who, name, int(level), ""))
                whole = np.clip(round(skill + leaning + 1 + rng.normal(0, noise)), 1, 5)
                rows.append((*who, GLOBAL, int(whole), ""))
            if skill < 1.2:
                error = (CRITICAL + "passes_the_buck", 1, "“Ask my colleague.”")
                rows.append((session, agent, "teacher", "teacher", *error))
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        frame.attrs["source"] = SOURCE
        return frame

    @property
    def use(self) -> str:
        """What the observers' ratings may count for, as far as alpha says: see the class."""
        if not self.alpha >= LOW or not (self.plays()["raters"] >= ENOUGH).any():
            return ALONE
        return PEERS if self.alpha >= HIGH else DECIDE

    def plays(self) -> pd.DataFrame:
        """A row a play: session, agent, raters (observers), peers and teacher (mean level of the criteria), use."""
        rows = self.ratings[~self.ratings["criterion"].map(special)]
        sessions = self.ratings.drop_duplicates("session").sort_values("session", key=lambda names: names.map(natural))
        made = sessions[["session", "agent"]].reset_index(drop=True)
        of = {role: rows[rows["role"] == role].groupby("session") for role in ("observer", "teacher")}
        made["raters"] = made["session"].map(of["observer"]["rater"].nunique()).fillna(0).astype(int)
        made["peers"] = made["session"].map(of["observer"]["level"].mean())
        made["teacher"] = made["session"].map(of["teacher"]["level"].mean())
        most = PEERS if self.alpha >= HIGH else DECIDE if self.alpha >= LOW else ALONE
        made["use"] = [most if raters >= ENOUGH else ALONE for raters in made["raters"]]
        return made

    def severity(self) -> pd.DataFrame:
        """A row an observer, the hardest first: rater, plays, difference, low, high.

        ``difference`` is the mean of this rater's level less the other observers' mean on the same play and criterion:
        below 0 is hard. ``low`` and ``high`` are Student's interval (95%) over the means of the plays; nan for one
        play. A rater is measured against those of the same group only, and of many raters some stand out by chance.
        """
        import pandas as pd
        from scipy.special import stdtrit

        seen = analytic(self.ratings)
        units = seen.groupby(["session", "criterion"])["level"]
        others = units.transform("size") - 1
        seen = seen.assign(own=seen["level"] - (units.transform("sum") - seen["level"]) / others.where(others > 0))
        rows = []
        for rater, own in seen.dropna(subset="own").groupby("rater"):
            plays = own.groupby("session")["own"].mean()
            middle, count = plays.mean(), len(plays)
            half = stdtrit(count - 1, 0.975) * plays.std(ddof=1) / math.sqrt(count) if count > 1 else math.nan
            rows.append((rater, count, middle, middle - half, middle + half))
        made = pd.DataFrame(rows, columns=["rater", "plays", "difference", "low", "high"])
        return made.sort_values(["difference", "rater"], ignore_index=True)

    def pairs(self) -> pd.DataFrame:
        """A row for two observers who rated the same: rater, other, ratings, exact, within_one (shares)."""
        near = _pairs(analytic(self.ratings))
        near = near.assign(exact=near["apart"] == 0, within_one=near["apart"] <= 1)
        made = near.groupby(["rater", "other"]).agg(
            ratings=("apart", "size"), exact=("exact", "mean"), within_one=("within_one", "mean")
        )
        return made.reset_index()

    def summary(self) -> pd.DataFrame:
        """A row a criterion, one for the mean of their alphas and one for all thrown together.

        Columns: criterion, ratings (compared), mean (level), alpha, low, high (of ``alpha``'s interval, for the mean
        alone), exact, within_one.
        """
        import pandas as pd

        seen = analytic(self.ratings)
        near = _pairs(seen).assign(exact=lambda f: f["apart"] == 0, within_one=lambda f: f["apart"] <= 1)
        shares = near.groupby("criterion")[["exact", "within_one"]].mean()
        means = seen.groupby("criterion")["level"].mean()
        nan, rows = math.nan, []
        for name, alpha in self.alphas.items():
            rows.append((name, self.compared[name], means[name], alpha, nan, nan, *shares.reindex([name]).iloc[0]))
        whole = (sum(self.compared.values()), float(seen["level"].mean()))
        shared = (self.exact, self.within_one)
        rows.append(("mean", *whole, self.alpha, *self.interval, *shared))
        rows.append(("pooled", *whole, self.pooled, nan, nan, *shared))
        columns = ["criterion", "ratings", "mean", "alpha", "low", "high", "exact", "within_one"]
        return pd.DataFrame(rows, columns=columns)

    def _draw(self, ax: Axes) -> None:
        table = self._by_group()
        words = rubric()
        grid = table.to_numpy(dtype=float)
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.imshow(grid, vmin=LEVELS[0], vmax=LEVELS[-1], cmap="Blues", aspect="auto")
        groups = len(table.columns)
        every = max(1, math.ceil(groups / 14))
        ax.set_xticks(range(0, groups, every), [str(name) for name in table.columns[::every]], fontsize=9)
        names = []
        for name in table.index:
            alpha = self.alphas.get(name, math.nan)
            names.append(f"{words.short(name)}\nα {'–' if math.isnan(alpha) else number(alpha, 2)}")
        ax.set_yticks(range(len(table)), names, fontsize=8)
        ax.tick_params(length=0)
        ax.set_xlim(-0.5, groups - 0.5)
        ax.set_ylim(len(table) - 0.5, -0.5)
        if groups <= 14:
            for (row, column), level in np.ndenumerate(grid):
                if not math.isnan(level):
                    colour = "white" if level > 2.4 else "black"
                    ax.text(column, row, number(level, 1), ha="center", va="center", color=colour, fontsize=9)
        text = _("group; α of all criteria: {alpha}")
        ax.set_xlabel(text.format(alpha="–" if math.isnan(self.alpha) else number(self.alpha, 2)))
        headline(ax, _("Observers' mean level by criterion and group (0 pale to 4 dark)"))

    def _by_group(self) -> pd.DataFrame:
        """The observers' mean level, a row a criterion and a column a group."""
        seen = analytic(self.ratings)
        table = seen.assign(group=seen["session"].map(_group)).pivot_table(
            index="criterion", columns="group", values="level", aggfunc="mean"
        )
        return table.loc[rubric().order(table.index), sorted(table.columns, key=natural)]

    def _words(self) -> str:
        plays, said = self.plays(), []
        text = _("Plays: {plays}; observers: {raters}; ratings of criteria compared: {ratings}.")
        seen = analytic(self.ratings)
        said.append(
            text.format(
                plays=number(len(plays)), raters=number(seen["rater"].nunique()),
                ratings=number(sum(self.compared.values())),
            )
        )  # fmt: skip
        if math.isnan(self.alpha):
            said.append(_("All ratings of each criterion are alike, so alpha can't tell agreement from habit."))
        elif math.isnan(self.interval[0]):
            text = _("Krippendorff's alpha is {alpha}; of so few plays nobody can say how far chance reaches.")
            said.append(text.format(alpha=number(self.alpha, 2)))
        else:
            text = _("Krippendorff's alpha is {alpha} (95% interval {low} to {high}, the plays drawn again).")
            low, high = (number(end, 2) for end in self.interval)
            said.append(text.format(alpha=number(self.alpha, 2), low=low, high=high))
        said.append(_(_USES[self.use]))
        inside = [cut for cut in (LOW, HIGH) if self.interval[0] < cut <= self.interval[1]]
        if inside:
            text = _("The interval lies across {cuts}: another class day might have decided otherwise.")
            said.append(text.format(cuts=_(", ").join(number(cut, 2) for cut in inside)))
        few = plays.loc[plays["raters"] < ENOUGH, "session"].tolist()
        if few and self.use != ALONE:
            text = _("{count} plays have fewer than {enough} observers; there only the teacher's mark counts.")
            said.append(text.format(count=number(len(few)), enough=number(ENOUGH)))
        text = _("Two observers of one play agree exactly in {exact} of cases and within one level in {within}.")
        said.append(text.format(exact=percent(self.exact), within=percent(self.within_one)))
        means = self._by_group().mean(axis=1)
        if len(means) > 1:
            text = _("Lowest rated is “{low}” ({least} of 4), highest “{high}” ({most}).")
            label = rubric().label
            said.append(
                text.format(
                    low=label(means.idxmin()), least=short(means.min()), high=label(means.idxmax()),
                    most=short(means.max()),
                )
            )  # fmt: skip
        table = self.severity()
        outside = table[(table["low"] > 0) | (table["high"] < 0)]
        if len(outside):
            text = _(
                "{hard} observers rate harder and {soft} softer than the others of their group, with the whole 95% "
                "interval; of {raters} observers about {chance} would by chance alone."
            )
            hard, raters = int((outside["difference"] < 0).sum()), int((table["plays"] > 1).sum())
            said.append(
                text.format(
                    hard=number(hard), soft=number(len(outside) - hard), raters=number(raters),
                    chance=short(0.05 * raters),
                )
            )  # fmt: skip
        return prose(said)


_USES = {
    PEERS: mark("So the observers' mean counts."),
    DECIDE: mark("So the observers' mean is shown, and the teacher decides whether it counts."),
    ALONE: mark("So only the teacher's mark counts; rate two recorded plays together before the next class."),
}


def agreement(frame: pd.DataFrame, scene: Script | None = None, seed: int = 0) -> Agreement:
    """The agreement of the observers in ``frame``: ``Agreement.fit``."""
    return Agreement.fit(frame, scene=scene, seed=seed)


def _group(session: str) -> str:
    """The group of a session such as G2-R3; of any other name, the name itself.

    >>> _group("G12-R3"), _group("north")
    ('12', 'north')
    """
    found = re.fullmatch(r"G(\d+)-R\d+", session)
    return found[1] if found else session


def _counts(seen: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """How often each level was given: sessions by criteria by levels; and the criteria."""
    sessions = sorted(seen["session"].unique())
    criteria = rubric().order(seen["criterion"])
    counts = np.zeros((len(sessions), len(criteria), len(LEVELS)), dtype=int)
    where = {name: place for place, name in enumerate(sessions)}
    which = {name: place for place, name in enumerate(criteria)}
    np.add.at(counts, (seen["session"].map(where), seen["criterion"].map(which), seen["level"]), 1)
    return counts, criteria


def _pairable(counts: np.ndarray) -> int:
    each = counts.sum(axis=1)
    return int(each[each > 1].sum())


def _alpha(counts: np.ndarray) -> float:
    """Krippendorff's alpha, ordinal, of plays by levels; nan where nothing can be compared or all is alike."""
    import krippendorff

    counts = counts[counts.sum(axis=1) > 1]
    if np.count_nonzero(counts.sum(axis=0)) < 2:
        return math.nan
    return float(krippendorff.alpha(value_counts=counts, value_domain=LEVELS, level_of_measurement="ordinal"))


def _mean(alphas: Mapping[str, float], compared: Mapping[str, int]) -> float:
    """The mean of the alphas that there are, weighted by the ratings compared."""
    held = [(alpha, compared[name]) for name, alpha in alphas.items() if not math.isnan(alpha)]
    return sum(alpha * weight for alpha, weight in held) / sum(weight for _alpha, weight in held) if held else math.nan


def _bootstrap(counts: np.ndarray, seed: int) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile of the mean alpha, sessions drawn again with replacement."""
    rng = np.random.default_rng(seed)
    counts = counts[(counts.sum(axis=2) > 1).any(axis=1)]
    if len(counts) < FEWEST:
        return math.nan, math.nan
    drawn = []
    for _replicate in range(REPLICATES):
        again = counts[rng.integers(0, len(counts), len(counts))]
        each = {str(place): _alpha(again[:, place]) for place in range(again.shape[1])}
        drawn.append(_mean(each, {name: _pairable(again[:, int(name)]) for name in each}))
    there = [alpha for alpha in drawn if not math.isnan(alpha)]
    if 2 * len(there) < REPLICATES:
        return math.nan, math.nan
    low, high = np.percentile(there, [2.5, 97.5])
    return float(low), float(high)


def _pairs(seen: pd.DataFrame) -> pd.DataFrame:
    """Each two ratings of one play and criterion: session, criterion, rater, other, apart (levels)."""
    columns = ["session", "criterion", "rater", "level"]
    both = seen[columns].merge(seen[columns], on=["session", "criterion"], suffixes=("", "_other"))
    both = both[both["rater"] < both["rater_other"]]
    both = both.assign(apart=(both["level"] - both["level_other"]).abs()).rename(columns={"rater_other": "other"})
    return both[["session", "criterion", "rater", "other", "apart"]]
