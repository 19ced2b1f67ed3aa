"""Whom to visit: a score for leads, learned from past ones."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import real, whole
from crmlab.experiments.picture import BLUE, GREEN, GREY, RED, headline
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FOLDS = 5
PARTS = 5
"""Equal parts into which ranked leads are cut for the table of ``LeadScore.summary``."""
NINETEEN_IN_TWENTY = 1.96
"""Half the width of a normal's middle 95%, in standard deviations."""
RARE = 0.05
"""Luck less likely than this is not taken for luck."""
LARGEST = 1e12
"""The largest number, up or down, that a feature may have."""


@dataclass(frozen=True, eq=False)
class LeadScore(Analysis):
    """A score for leads, learned from past ones by logistic regression: ``LeadScore.fit(frame)`` makes one.

    The chance that a lead is won is 1 / (1 + exp(-(intercept + sum of weight * feature))). The weights make the past
    most likely, less a ridge: ``ridge``/2 times the sum of squares of the weights per standard deviation. The ridge
    keeps the weights finite where a feature tells won from lost without fault (without it they would grow without
    end); the default of 1 pulls the weights of a few hundred leads but little. A feature that never differs has the
    weight 0.

    How good it is, is judged only on leads it had not seen: the past leads are dealt into ``folds`` parts, won and
    lost evenly, and each part is scored by what was learned from the others. ``auc`` is the chance that of a won and
    a lost lead of the same part the won one has the higher score (ties count half): 0.5 is guessing. ``low`` to
    ``high`` is the range around it that holds the truth in about nineteen cases of twenty, reckoned with the standard
    error that guessing has (Mann and Whitney's, which is a little too large for a good score). Since the parts share
    what they are taught, that alone would take noise for a score too often, so ``luck`` is the chance that features
    which have nothing to do with winning would part the past leads as well (score test of all weights together). Where
    ``low`` is not above 0.5, or luck not below 5%, guessing could have done as well: ``useful`` is False and
    ``describe`` says so.

    Attributes: ``features`` (names), ``weights`` (for one unit more of each), ``intercept``; ``leads``, ``won`` (how
    many); ``auc``, ``low``, ``high``, ``luck``; ``parts`` (the table of ``summary``).

    >>> score = LeadScore.fit(LeadScore.example())
    >>> score.leads, score.won, score.features, score.low > 0.5
    (300, 91, ('money', 'authority', 'need'), True)
    """

    features: tuple[Hashable, ...]
    weights: tuple[float, ...]
    intercept: float
    leads: int
    won: int
    auc: float
    low: float
    high: float
    luck: float
    parts: pd.DataFrame
    spreads: tuple[float, ...]
    gains: np.ndarray

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, folds: int = FOLDS, ridge: float = 1.0, seed: int = 1) -> Self:
        """The score that the past leads of ``frame`` teach.

        ``frame`` has a row a lead: ``lead`` (its name or number, each once), ``won`` (0 or 1), and every other
        column is a numeric feature, known *before* the lead was won or lost. ``folds`` 2 to 20 (fewer are
        taken where fewer were won, or lost), ``ridge`` above 0 to 10^6. The order of rows makes no difference; ``seed``
        decides how the leads are dealt into parts. A truth value counts as 0 or 1.

        Raises InputError for a table without features, an empty cell, a feature that is no number or is beyond 10^12,
        a lead that occurs twice, and where fewer than two were won or fewer than two lost.

        >>> import pandas as pd
        >>> LeadScore.fit(pd.DataFrame({"lead": [1, 2, 3], "won": [0, 0, 1], "need": [1, 2, 5]}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: Of 3 leads 1 were won and 2 lost; at least 2 of each are needed.
        """
        folds, seed = whole("folds", folds, 2, 20), whole("seed", seed, 0, 2**32 - 1)
        ridge = real("ridge", ridge, 1e-6, 1e6)
        needed(frame, ["lead", "won"])
        features = [name for name in dict.fromkeys(frame.columns) if name not in ("lead", "won")]
        if not features:
            raise InputError(_("The table has no features: besides lead and won it needs a numeric column."))
        table = needed(frame, ["lead", "won", *features])
        _once(table["lead"])
        table = _plain(table.iloc[_canonical(table["lead"])].reset_index(drop=True))
        won = numeric(table, "won", 0, 1)
        for row in np.flatnonzero((won != 0) & (won != 1))[:1]:
            text = _("The lead {lead} has {value} in the column won; allowed are 0 and 1.")
            raise InputError(text.format(lead=table["lead"][row], value=short(won[row], 3)))
        won = won.astype(int)
        known = np.column_stack([numeric(table, name, -LARGEST, LARGEST) for name in features])
        fewest = int(min(won.sum(), len(won) - won.sum()))
        if fewest < 2:
            text = _("Of {leads} leads {won} were won and {lost} lost; at least 2 of each are needed.")
            raise InputError(text.format(leads=number(len(won)), won=number(won.sum()), lost=number((1 - won).sum())))
        chance, auc, error = _unseen(known, won, min(folds, fewest), ridge, seed)
        weights, intercept = _learn(known, won, ridge)
        order = np.argsort(-chance, kind="stable")
        aside = NINETEEN_IN_TWENTY * error
        return cls(
            features=tuple(features),
            weights=tuple(map(float, weights)),
            intercept=intercept,
            leads=len(won),
            won=int(won.sum()),
            auc=auc,
            low=max(auc - aside, 0.0),
            high=min(auc + aside, 1.0),
            luck=_luck(known, won),
            parts=_parts(chance[order], won[order]),
            spreads=tuple(map(float, known.std(axis=0))),
            gains=np.concatenate([[0.0], np.cumsum(won[order]) / won.sum()]),
        )

    @classmethod
    def example(cls) -> pd.DataFrame:
        """300 past leads that crmlab made up, scored from 1 to 5 on money, authority and need.

        >>> LeadScore.example().columns.tolist()
        ['lead', 'won', 'money', 'authority', 'need']
        """
        import pandas as pd

        rng = np.random.default_rng(3)
        money, authority, need = rng.integers(1, 6, (3, 300))
        chance = 1 / (1 + np.exp(-(-5.6 + 0.5 * money + 0.25 * authority + 0.7 * need)))
        columns = {"lead": np.arange(1, 301), "won": (rng.random(300) < chance).astype(int)}
        frame = pd.DataFrame({**columns, "money": money, "authority": authority, "need": need})
        frame.attrs["source"] = (
            "made up by crmlab: 300 leads, each scored 1 to 5 at random; the log odds of winning are "
            "-5.6 + 0.5 money + 0.25 authority + 0.7 need"
        )
        return frame

    @property
    def useful(self) -> bool:
        """Whether the score is better than chance on leads that it had not seen, beyond what luck may do."""
        return self.low > 0.5 and self.luck < RARE

    def summary(self) -> pd.DataFrame:
        """Past leads in five equal parts, highest scores first, each scored without having been seen.

        Columns: part (1 is the highest); leads; expected (won by the score's reckoning); won (what came); rate (won of
        the part); cumulative (share of all won in this part and those above); lift (rate over the rate of all).
        Expected against won says whether the chances can be taken at their word; cumulative what so many visits catch.

        >>> LeadScore.fit(LeadScore.example()).summary()[["part", "leads", "won"]].iloc[0].tolist()
        [1, 60, 39]
        """
        return self.parts.copy()

    def coefficients(self) -> pd.DataFrame:
        """What the score has learned: a row a feature.

        Columns: feature; weight (log odds for one unit more); odds_ratio (exp of it); per_deviation (weight for one
        standard deviation more, by which features on different scales can be compared).

        >>> LeadScore.fit(LeadScore.example()).coefficients().feature.tolist()
        ['money', 'authority', 'need']
        """
        import pandas as pd

        weights = np.array(self.weights)
        return pd.DataFrame({
            "feature": list(map(str, self.features)),
            "weight": weights,
            "odds_ratio": np.exp(np.clip(weights, -700, 700)),
            "per_deviation": weights * np.array(self.spreads),
        })  # fmt: skip

    def chance(self, frame: pd.DataFrame) -> np.ndarray:
        """Chance that each lead of ``frame``, which has the score's features, is won; in the order of its rows.

        >>> import pandas as pd
        >>> score = LeadScore.fit(LeadScore.example())
        >>> low, high = score.chance(pd.DataFrame({"money": [1, 5], "authority": [1, 5], "need": [1, 5]}))
        >>> bool(low < 0.05 < 0.5 < high)
        True
        """
        table = _plain(needed(frame, self.features))
        known = np.column_stack([numeric(table, name, -LARGEST, LARGEST) for name in self.features])
        return _logistic(self.intercept + known @ np.array(self.weights))

    def rank(self, frame: pd.DataFrame, visits: int | None = None) -> pd.DataFrame:
        """Whom to visit: the ``visits`` leads of ``frame`` with the highest chances, or all of them in order.

        ``frame`` has ``lead`` and the score's features; other columns are left aside. Columns: rank, lead, chance.
        Equal chances are ordered by the lead's name or number. Raises InputError for what ``fit`` would refuse too, and
        for ``visits`` that are no whole number from 0 to the number of leads.

        >>> import pandas as pd
        >>> score = LeadScore.fit(LeadScore.example())
        >>> new = pd.DataFrame({"lead": ["Li", "Wu"], "money": [2, 5], "authority": [3, 3], "need": [1, 4]})
        >>> score.rank(new, visits=1).lead.tolist()
        ['Wu']
        """
        import pandas as pd

        table = needed(frame, ["lead", *self.features])
        visits = len(table) if visits is None else whole("visits", visits, 0, len(table))
        _once(table["lead"])
        table = table.iloc[_canonical(table["lead"])].reset_index(drop=True)
        chance = self.chance(table)
        best = np.argsort(-chance, kind="stable")[:visits]
        return pd.DataFrame(
            {"rank": np.arange(1, visits + 1), "lead": table["lead"].to_numpy()[best], "chance": chance[best]}
        )

    def _caught(self, share: float) -> float:
        """Share of all won that is caught by visiting the ``share`` of leads with the highest scores."""
        return float(np.interp(share, np.linspace(0, 1, len(self.gains)), self.gains))

    def _draw(self, ax: Axes) -> None:
        visited = np.linspace(0, 100, len(self.gains))
        rate = self.won / self.leads
        ax.plot([0, 100 * rate, 100], [0, 100, 100], color=GREEN, linestyle="--", linewidth=1.6,
                label=_("had one known beforehand"))  # fmt: skip
        ax.plot(visited, 100 * self.gains, color=BLUE, linewidth=2.2, label=_("by the score, on leads not seen"))
        ax.plot([0, 100], [0, 100], color=GREY, linestyle=":", linewidth=1.8, label=_("at random"))
        fifth = self._caught(1 / PARTS)
        text = _("a fifth of the visits: {share} of the orders").format(share=percent(fifth))
        ax.plot(100 / PARTS, 100 * fifth, color=RED, marker="o", markersize=8, linestyle="none", zorder=4, label=text)
        ax.set(xlim=(0, 100), ylim=(0, 105))
        ax.set(xlabel=_("leads visited, highest scores first (%)"), ylabel=_("won leads caught (%)"))
        ax.legend(loc="lower right", framealpha=0.8, edgecolor="none", fontsize=9)
        text = _("What the score is worth: AUC {auc} (95%: {low} to {high})")
        if not self.useful:
            text = _("No better than chance: AUC {auc} (95%: {low} to {high})")
        headline(ax, text.format(auc=number(self.auc, 2), low=number(self.low, 2), high=number(self.high, 2)))

    def _words(self) -> str:
        text = _(
            "Of {leads} past leads {won} were won. On leads that it had not seen, the score ranks a won one above a "
            "lost one in {auc} of all cases (give or take what luck does, {low} to {high}; guessing gives 50%)."
        )
        words = [text.format(
            leads=number(self.leads), won=number(self.won), auc=percent(self.auc, 1), low=percent(self.low, 1),
            high=percent(self.high, 1),
        )]  # fmt: skip
        if not self.useful:
            words.append(_(
                "That is no better than chance, as far as these leads can tell: do not plan visits by it. More leads, "
                "or features that have to do with buying, may help."
            ))  # fmt: skip
            return prose(words)
        text = _(
            "The fifth with the highest scores holds {share} of the orders; it was expected to win {expected} and won "
            "{came}."
        )
        first = self.parts.iloc[0]
        words.append(text.format(
            share=percent(first["cumulative"]), expected=short(first["expected"]), came=number(first["won"])
        ))  # fmt: skip
        table = self.coefficients()
        most = table.loc[table["per_deviation"].abs().idxmax()]
        text = _("What weighs most is {feature}: one unit more multiplies the odds by {ratio}.")
        words.append(text.format(feature=most["feature"], ratio=_odds(float(most["weight"]))))
        words.append(_("A weight is no cause: to raise the figure does not by itself win the lead."))
        return prose(words)


def _logistic(score: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(score)


def _learn(known: np.ndarray, won: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Weights and intercept of the ridged logistic regression, by Newton's method."""
    middle, spread = known.mean(axis=0), known.std(axis=0)
    still = spread <= 1e-12 * np.maximum(np.abs(known).max(axis=0), 1e-300)
    spread = np.where(still, 1.0, spread)
    table = np.column_stack([np.ones(len(won)), np.where(still, 0.0, (known - middle) / spread)])
    penalty = np.full(table.shape[1], ridge)
    penalty[0] = 0.0
    weights = np.zeros(table.shape[1])
    weights[0] = np.log(won.mean() / (1 - won.mean()))

    def cost(weights: np.ndarray) -> float:
        score = table @ weights
        return float(np.logaddexp(0, score).sum() - score @ won + penalty @ weights**2 / 2)

    now = cost(weights)
    for _round in range(100):
        chance = _logistic(table @ weights)
        slope = table.T @ (chance - won) + penalty * weights
        bend = (table.T * (chance * (1 - chance))) @ table + np.diag(penalty)
        bend[0, 0] += 1e-12
        step = np.linalg.solve(bend, slope)
        part = 1.0
        while (then := cost(weights - part * step)) > now and part > 1e-10:  # a full step may go too far
            part /= 2
        weights, before, now = weights - part * step, now, min(then, now)
        if np.abs(part * step).max() < 1e-10 or before - now <= 1e-14 * max(abs(now), 1.0):
            break
    slopes = np.where(still, 0.0, weights[1:] / spread)
    return slopes, float(weights[0] - slopes @ middle)


def _unseen(known: np.ndarray, won: np.ndarray, folds: int, ridge: float, seed: int) -> tuple[np.ndarray, float, float]:
    """Chance of each lead by what the other parts teach; AUC from pairs within each part; its error under guessing."""
    rng = np.random.default_rng(seed)
    part = np.zeros(len(won), dtype=int)
    for kind in (0, 1):
        here = np.flatnonzero(won == kind)
        part[rng.permutation(here)] = np.arange(len(here)) % folds
    chance, better, pairs, square = np.zeros(len(won)), 0.0, 0, 0.0
    for fold in range(folds):
        held = part == fold
        weights, intercept = _learn(known[~held], won[~held], ridge)
        score = np.round(intercept + known[held] @ weights, 9)
        chance[held] = _logistic(score)
        good, bad = score[won[held] == 1], np.sort(score[won[held] == 0])
        better += (np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")).sum() / 2
        here = len(good) * len(bad)
        pairs, square = pairs + here, square + here * (len(good) + len(bad) + 1) / 12
    return chance, float(better / pairs), float(np.sqrt(square) / pairs)


def _luck(known: np.ndarray, won: np.ndarray) -> float:
    """P-value of the score test that all weights are 0: (n - 1) R^2 is chi-squared, with a degree for each feature."""
    from scipy.special import chdtrc

    spread = known.std(axis=0)
    moves = spread > 1e-12 * np.maximum(np.abs(known).max(axis=0), 1e-300)
    if not moves.any():
        return 1.0
    table = (known[:, moves] - known[:, moves].mean(axis=0)) / spread[moves]
    aside = won - won.mean()
    weights, _rest, rank, _values = np.linalg.lstsq(table, aside, rcond=None)
    explained = float(np.sum((table @ weights) ** 2) / np.sum(aside**2))
    return float(chdtrc(rank, (len(won) - 1) * min(explained, 1.0)))


def _parts(chance: np.ndarray, won: np.ndarray) -> pd.DataFrame:
    """The table of gains of leads in the order of their scores."""
    import pandas as pd

    cuts = np.array_split(np.arange(len(won)), min(PARTS, len(won)))
    came = np.array([won[cut].sum() for cut in cuts])
    sizes = np.array([len(cut) for cut in cuts])
    return pd.DataFrame({
        "part": np.arange(1, len(cuts) + 1), "leads": sizes, "expected": [chance[cut].sum() for cut in cuts],
        "won": came, "rate": came / sizes, "cumulative": np.cumsum(came) / won.sum(),
        "lift": came / sizes / won.mean(),
    })  # fmt: skip


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with truth values as 0 and 1."""
    return table.astype({name: int for name in table.columns if table[name].dtype == bool})


def _canonical(leads: pd.Series) -> np.ndarray:
    """An order of the leads that does not depend on the order of the rows: by number, or else by name."""
    values = leads.to_numpy()
    return np.argsort(values if values.dtype.kind in "iuf" else values.astype(str), kind="stable")


def _once(leads: pd.Series) -> None:
    """Complain about a lead that occurs more than once."""
    names = leads.map(str)
    for lead in names[names.duplicated()].head(1):
        raise InputError(_("The lead {lead} occurs more than once.").format(lead=lead))


def _odds(weight: float) -> str:
    """A weight as what it multiplies the odds by."""
    if abs(weight) > 6:
        return f"{np.exp(np.clip(weight, -700, 700)):.1e}"
    return short(float(np.exp(weight)), 2)
