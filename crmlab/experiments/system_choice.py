"""Choosing a CRM product by weighted scores: who wins, and how little it takes for another one to win."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.picture import COLOURS, GREY, headline, thousands
from crmlab.language.catalogue import _, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NORMALISATIONS = {
    "none": mark("scores as they are"),
    "min_max": mark("from worst 0 to best 1"),
    "share_of_best": mark("as a share of the best"),
}
"""How scores of different criteria are made comparable, by the name that ``fit`` takes."""
DRAWS = 10_000
"""Random weights drawn for the win shares."""
CERTAINTY = 50
"""Concentration of the weights drawn around the stated ones: a weight of 20% then has a spread of 5.6 points."""
ALIKE = 1e-9
"""Totals that differ by less than this part of the largest are a tie."""
SHOWN = 6
"""Products, and criteria, that a picture shows by themselves."""
HATCHES = ("", "//", "..", "xx", "\\\\", "oo")


@dataclass(frozen=True, eq=False)
class SystemChoice(Analysis):
    """Totals, ranks and robustness of CRM products under weighted scores: ``SystemChoice.fit(frame)`` makes one.

    A product's total is the weighted sum of its scores, weights made to sum to 1, after a normalisation by criterion:
    "none"; "min_max", (score - worst) / (best - worst), and 1 for all where all are alike; "share_of_best",
    score / best. In the last two a product's total depends on which others are on the list, so a product that nobody
    would choose can decide who wins (``reversals``). Scores are taken to be the more the better.

    Attributes: ``products`` and ``criteria`` (names, in alphabetical order), ``scores`` (an array products x
    criteria), ``weights`` (sum 1), ``least`` (the score that each criterion demands, minus infinity where none) and
    ``normalisation``. A product below the least of any criterion is out: it has a total, but no rank, and does not
    count in the normalisation.

    Source: the weighted sum is the additive value model (Keeney and Raiffa 1976, Decisions with Multiple Objectives);
    the win shares are Lahdelma, Hokkanen and Salminen (1998), SMAA - Stochastic multiobjective acceptability
    analysis, European Journal of Operational Research 106(1).

    >>> choice = SystemChoice.fit(SystemChoice.example())
    >>> len(choice.winners), len(choice.products), float(choice.weights.sum().round(9))
    (1, 5, 1.0)
    """

    products: tuple[str, ...]
    criteria: tuple[str, ...]
    scores: np.ndarray
    weights: np.ndarray
    least: np.ndarray
    normalisation: str

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, normalisation: str = "none") -> Self:
        """The choice among the products of ``frame``: a row a product and criterion.

        Columns: ``product``, ``criterion``, ``score`` and ``weight`` (the same in every row of a criterion, not
        negative, not all nothing), and, if wanted, ``least``, the score that a criterion demands (empty: none).

        Raises InputError where a column or a score is missing, doubled or no number, where a criterion has several
        weights, where scores cannot be normalised so, and where no product has what is demanded.

        >>> import pandas as pd
        >>> frame = pd.DataFrame({"product": ["A", "B"], "criterion": "price", "score": [7, 5], "weight": 1})
        >>> SystemChoice.fit(frame).winners
        ('A',)
        >>> SystemChoice.fit(frame.assign(weight=[1, 2]))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The criterion price has several values in the column weight; one is needed.
        """
        if normalisation not in tuple(NORMALISATIONS):
            text = _("There is no normalisation {name!r}; there are: {names}.")
            raise InputError(text.format(name=normalisation, names=", ".join(NORMALISATIONS)))
        rows = needed(frame, ["product", "criterion", "score", "weight"])
        product, criterion = (rows[name].astype(str).to_numpy() for name in ("product", "criterion"))
        products, criteria = sorted(set(product)), sorted(set(criterion))
        at = np.searchsorted(products, product), np.searchsorted(criteria, criterion)
        times = np.zeros((len(products), len(criteria)), dtype=int)
        np.add.at(times, at, 1)
        for i, j in np.argwhere(times != 1)[:1]:
            text = _("{product} must have exactly one score for {criterion}; it has {count}.")
            raise InputError(text.format(product=products[i], criterion=criteria[j], count=number(times[i, j])))
        scores = np.empty(times.shape)
        scores[at] = numeric(rows, "score", -1e12, 1e12)
        weights = _by_criterion("weight", numeric(rows, "weight", 0, 1e12), at[1], criteria)
        if weights.sum() == 0:
            raise InputError(_("All weights are 0; at least one must be more."))
        least = np.full(len(criteria), -np.inf)
        if "least" in frame.columns:
            least = _by_criterion("least", _demands(frame), at[1], criteria)
        choice = cls(tuple(products), tuple(criteria), scores, weights / weights.sum(), least, normalisation)
        if not choice.allowed.any():
            raise InputError(_("No product has the least score that every criterion demands."))
        best = scores[choice.allowed].max(axis=0)
        for j in np.flatnonzero((scores.min(axis=0) < 0) | (best <= 0))[:1] if normalisation == "share_of_best" else ():
            text = _("For a share of the best, scores must not be below 0 nor all 0; {criterion} has such.")
            raise InputError(text.format(criterion=criteria[j]))
        return choice

    @classmethod
    def example(cls) -> pd.DataFrame:
        """Five products on five criteria, scored 1 to 10, in the language spoken now; all made up.

        >>> SystemChoice.example().columns.tolist()
        ['product', 'criterion', 'score', 'weight']
        """
        import pandas as pd

        rows = [
            (_(product), _(criterion), score, weight)
            for product, scores in _SCORES.items()
            for (criterion, weight), score in zip(_WEIGHTS.items(), scores, strict=True)
        ]
        frame = pd.DataFrame(rows, columns=["product", "criterion", "score", "weight"])
        frame.attrs["source"] = "made up by crmlab: five products that do not exist, scored 1 to 10 on five criteria"
        return frame

    @property
    def allowed(self) -> np.ndarray:
        """Whether each product has the least score that every criterion demands."""
        return (self.scores >= self.least).all(axis=1)

    @property
    def values(self) -> np.ndarray:
        """The scores after the normalisation: an array products x criteria."""
        among = self.scores[self.allowed]
        worst, best = among.min(axis=0), among.max(axis=0)
        if self.normalisation == "min_max":
            width = np.where(best > worst, best - worst, 1.0)
            return np.where(best > worst, (self.scores - worst) / width, 1.0)
        return self.scores / best if self.normalisation == "share_of_best" else self.scores

    @property
    def totals(self) -> np.ndarray:
        """The weighted sum of each product."""
        return self.values @ self.weights

    @property
    def winners(self) -> tuple[str, ...]:
        """The allowed product with the highest total; several where they tie.

        >>> SystemChoice.fit(SystemChoice.example().assign(score=5)).winners == SystemChoice.fit(
        ...     SystemChoice.example()).products
        True
        """
        best = self._best(self.totals[None, :])[0]
        return tuple(name for name, wins in zip(self.products, best, strict=True) if wins)

    def _best(self, totals: np.ndarray) -> np.ndarray:
        """For each row of totals, which allowed products have the highest."""
        totals = np.where(self.allowed, totals, -np.inf)
        top = totals.max(axis=1, keepdims=True)
        return totals >= top - ALIKE * np.maximum(np.abs(top), np.abs(self.values).max())

    def win_shares(self, certainty: float | None = CERTAINTY) -> np.ndarray:
        """Share of random weights with which each product wins; who tie share a win. The same at every call.

        The weights are drawn ``DRAWS`` = 10,000 times, around the stated ones (Dirichlet with ``certainty`` times the
        weights; a weight of nothing stays so), or, with ``certainty=None``, uniformly from all that there are: SMAA's
        first-rank acceptability. Chance leaves them right to about a percentage point. Raises InputError for a
        ``certainty`` that is not between 1 and a million.

        >>> import pandas as pd
        >>> frame = pd.DataFrame({"product": ["A", "A", "B", "B"], "criterion": ["x", "y"] * 2,
        ...                       "score": [3, 0, 0, 1], "weight": 1})
        >>> SystemChoice.fit(frame).win_shares(None).round(1).tolist()       # A wins where x weighs over a quarter
        [0.8, 0.2]
        """
        from crmlab.experiments.base import real

        rng = np.random.default_rng(1998)
        if certainty is None:
            weights = rng.dirichlet(np.ones(len(self.criteria)), DRAWS)
        else:
            some = self.weights > 0
            weights = np.zeros((DRAWS, len(self.criteria)))
            drawn = rng.gamma(real("certainty", certainty, 1, 1e6) * self.weights[some], size=(DRAWS, some.sum()))
            weights[:, some] = drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
        wins = self._best(weights @ self.values.T)
        return (wins / wins.sum(axis=1, keepdims=True)).mean(axis=0)

    def dominated(self) -> dict[str, str]:
        """Each product that another allowed one equals or beats on every criterion, and beats on one; and which.

        Of several such the one with the highest total is named. No weights make such a product the only winner.

        >>> SystemChoice.fit(SystemChoice.example()).dominated()
        {'Snowpea': 'Teapot'}
        """
        found = {}
        for i, name in enumerate(self.products):
            better = (self.scores >= self.scores[i]).all(axis=1) & (self.scores > self.scores[i]).any(axis=1)
            if (better := better & self.allowed).any():
                found[name] = self.products[int(np.argmax(np.where(better, self.totals, -np.inf)))]
        return found

    def summary(self) -> pd.DataFrame:
        """A row a product, the best first, those that are out last.

        Columns: product; total; rank (1 is best, ties share the smaller; missing where out); wins_nearby and wins_any
        (shares of the weights drawn around the stated ones and of all weights, with which it wins); dominated_by
        (another product that is no worse anywhere, or nothing); lacking (criteria of which it has less than the
        least).

        >>> SystemChoice.fit(SystemChoice.example()).summary()[["product", "rank"]].head(2).values.tolist()
        [['Teapot', 1], ['Quillfish', 2]]
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        import pandas as pd

        totals, allowed, dominated = self.totals, self.allowed, self.dominated()
        close = ALIKE * np.abs(self.values).max()
        ranks = [1 + int((totals[allowed] > total + close).sum()) if fits else pd.NA
                 for total, fits in zip(totals, allowed, strict=True)]  # fmt: skip
        lacks = [_(", ").join(name for name, low in zip(self.criteria, row, strict=True) if low)
                 for row in self.scores < self.least]  # fmt: skip
        table = pd.DataFrame({
            "product": self.products,
            "total": totals,
            "rank": pd.array(ranks, dtype="Int64"),
            "wins_nearby": self.win_shares(),
            "wins_any": self.win_shares(None),
            "dominated_by": [dominated.get(name, "") for name in self.products],
            "lacking": lacks,
        })  # fmt: skip
        order = sorted(range(len(table)), key=lambda i: (not allowed[i], ranks[i] if allowed[i] else 0, i))
        return table.iloc[order].reset_index(drop=True)

    def without(self, product: str) -> SystemChoice:
        """The same choice with one product taken off the list.

        Raises InputError for a product that is not on it, and where no allowed product would be left.

        >>> choice = SystemChoice.fit(SystemChoice.example(), normalisation="min_max")
        >>> choice.winners, choice.without("Snowpea").winners      # which nobody would choose
        (('Quillfish',), ('Teapot',))
        """
        if product not in self.products:
            text = _("There is no product {name!r}; there are: {names}.")
            raise InputError(text.format(name=product, names=", ".join(self.products)))
        rest = np.array([name != product for name in self.products])
        if not (self.allowed & rest).any():
            raise InputError(_("Without {name} no product is left to choose.").format(name=product))
        names = tuple(name for name in self.products if name != product)
        return replace(self, products=names, scores=self.scores[rest])

    def reversals(self) -> pd.DataFrame:
        """What another normalisation, or the list without one of the losers, does to the order of the others.

        One row a change. Columns: change (in words), winner, winner_changes, order_changes (of those that are on
        both lists). Read backwards, a row without a product says what adding it does.

        >>> table = SystemChoice.fit(SystemChoice.example(), normalisation="min_max").reversals()
        >>> table.loc[table["winner_changes"], "change"].tolist()
        ['scores as they are', 'as a share of the best', 'without Snowpea']
        """
        import pandas as pd

        others = {}
        for name, label in NORMALISATIONS.items():
            positive = (self.scores >= 0).all() and (self.scores[self.allowed].max(axis=0) > 0).all()
            if name != self.normalisation and (name != "share_of_best" or positive):
                others[_(label)] = replace(self, normalisation=name)
        for name, fits in zip(self.products, self.allowed, strict=True):
            if fits and name not in self.winners:
                others[_("without {product}").format(product=name)] = self.without(name)
        rows = []
        for change, other in others.items():
            mine, theirs = self._order(other.products), other._order(self.products)
            rows.append((change, _(", ").join(other.winners), other.winners != self.winners, mine != theirs))
        return pd.DataFrame(rows, columns=["change", "winner", "winner_changes", "order_changes"])

    def _order(self, among: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The allowed products that are also ``among`` these, best first; those that tie together."""
        close, rest = ALIKE * np.abs(self.values).max(), []
        for name, total, fits in sorted(
            zip(self.products, self.totals, self.allowed, strict=True), key=lambda row: (-row[1], row[0])
        ):
            if fits and name in among:
                if rest and abs(rest[-1][1] - total) <= close:
                    rest[-1][0].append(name)
                else:
                    rest.append(([name], total))
        return [tuple(sorted(names)) for names, _total in rest]

    def tipping(self) -> pd.DataFrame:
        """For each criterion, the smallest change of its weight with which another product draws level: exact.

        The other weights keep their ratios (where all the weight is on this one, the others share alike), so every
        total is a straight line in the weight. One row a criterion, the smallest change first. Columns: criterion,
        weight, tips_at (missing where no weight from 0 to 1 does it), change, new_winner. At a tie nothing needs to
        change.

        >>> table = SystemChoice.fit(SystemChoice.example()).tipping()
        >>> table.iloc[0][["criterion", "new_winner"]].tolist(), round(float(table.iloc[0]["change"]), 3)
        (['price', 'Quillfish'], 0.038)
        """
        import pandas as pd

        rows = [(self.criteria[j], weight, *self._tip(j)) for j, weight in enumerate(self.weights)]
        table = pd.DataFrame(rows, columns=["criterion", "weight", "tips_at", "change", "new_winner"])
        order = sorted(range(len(table)), key=lambda i: (np.nan_to_num(abs(table["change"][i]), nan=np.inf), i))
        return table.iloc[order].reset_index(drop=True)

    def _tip(self, j: int) -> tuple[float, float, str]:
        """The nearest weight of criterion ``j`` at which another product draws level, the change, and which one."""
        weight, values = self.weights[j], self.values
        if len(self.winners) > 1:
            return weight, 0.0, self.winners[1]
        rest = np.delete(self.weights, j)
        if not len(rest):
            return np.nan, np.nan, ""
        rest = rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / len(rest))
        others = np.delete(values, j, axis=1) @ rest
        first = self.products.index(self.winners[0])
        best = (np.nan, np.inf, "")
        for i in np.flatnonzero(self.allowed):
            behind, there = others[first] - others[i], values[first, j] - values[i, j]  # the lead at weights 0 and 1
            if i == first or behind == there:
                continue
            at = behind / (behind - there)
            if -1e-12 <= at <= 1 + 1e-12 and abs(at - weight) < abs(best[1]) - 1e-12:
                at = float(np.clip(at, 0, 1)) + 0.0
                best = at, at - weight, self.products[i]
        return best if best[2] else (np.nan, np.nan, "")

    def _draw(self, ax: Axes) -> None:
        table, values = self._table, self.values
        parts = np.argsort(-self.weights, kind="stable")[:SHOWN]
        if len(self.criteria) > SHOWN:
            parts = parts[: SHOWN - 1]
        labels = [_("{name} ({weight})").format(name=_clipped(self.criteria[j], 14), weight=percent(self.weights[j], 1))
                  for j in parts]  # fmt: skip
        pieces = [values[:, j] * self.weights[j] for j in parts]
        if len(parts) < len(self.criteria):
            rest = np.setdiff1d(np.arange(len(self.criteria)), parts)
            pieces.append(values[:, rest] @ self.weights[rest])
            labels.append(_("others"))
        table = table.head(SHOWN)
        where = [self.products.index(name) for name in table["product"]]
        row, handles = np.arange(len(where)), []
        above, below = np.zeros(len(where)), np.zeros(len(where))
        for piece, colour, hatch in zip(pieces, [*COLOURS[:5], GREY], HATCHES, strict=False):
            part = piece[where]
            left = np.where(part >= 0, above, below)
            bar = ax.barh(row + 0.16, part, 0.4, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
            handles.append(bar)
            above, below = above + np.maximum(part, 0), below + np.minimum(part, 0)
        low, high = min(below.min(), 0.0), max(above.max(), 0.0)
        width = high - low or 1.0
        for i, (product, total, rank, nearby) in enumerate(
            zip(table["product"], table["total"], table["rank"], table["wins_nearby"], strict=True)
        ):
            if self.allowed[where[i]]:
                text = _("{rank}. {product}: {total}; wins with {share} of weights nearby")
            else:
                text = _("out: {product}: {total}")
            text = text.format(rank=rank, product=_clipped(product, 16), total=_total(total, self.totals),
                               share=percent(nearby, 1))  # fmt: skip
            ax.text(low + 0.005 * width, i - 0.2, text, fontsize=9.5, va="center")
        ax.set(xlim=(low, low + 1.04 * width), ylim=(len(where) - 0.45, -0.55 - 0.19 * len(where)), ylabel=_("product"))
        ax.set_xlabel(_("weighted total ({normalisation})").format(normalisation=_(NORMALISATIONS[self.normalisation])))
        ax.set_yticks([])
        ax.legend(handles, labels, loc="upper center", ncols=3, framealpha=0.9, edgecolor="none",
                  fontsize=9, columnspacing=1, handlelength=1.4)  # fmt: skip
        headline(ax, _("What each product's total is made of, and how often it wins"))
        thousands(ax, "x")

    def _words(self) -> str:
        table = self._table
        ranked = table[table["rank"].notna()]
        first = ranked.iloc[0]
        names = _(" and ").join(self.winners)
        if len(self.winners) > 1:
            words = [_("{products} tie with a total of {total}.").format(
                products=names, total=_total(first["total"], self.totals)
            )]  # fmt: skip
        elif len(ranked) == 1:
            text = _("Only {product} can be chosen; its total is {total}.")
            words = [text.format(product=names, total=_total(first["total"], self.totals))]
        else:
            text = _("{product} wins with a total of {total}; {second} follows with {next}.")
            words = [text.format(product=names, total=_total(first["total"], self.totals),
                                 second=ranked.iloc[1]["product"],
                                 next=_total(ranked.iloc[1]["total"], self.totals))]  # fmt: skip
        if len(ranked) > 1:
            text = _(
                "With weights drawn around those stated, {product} wins {nearby} of the time; with any weights, {any}."
            )
            words.append(text.format(product=first["product"], nearby=percent(first["wins_nearby"], 1),
                                     any=percent(first["wins_any"], 1)))  # fmt: skip
            words += self._weak_points()
        dominated = self.dominated()
        for name, other in list(dominated.items())[:1]:
            text = _("{product} is nowhere better than {other}: no weights make it the only winner.")
            words.append(text.format(product=name, other=other))
        out = table.loc[table["rank"].isna()]
        if len(out):
            text = _("Out, for lack of what is demanded: {products}.")
            words.append(text.format(products=_(", ").join(out["product"])))
        return prose(words)

    def _weak_points(self) -> list[str]:
        """What it takes for another product to win, in words."""
        tip, words = self.tipping().iloc[0], []
        if len(self.winners) == 1 and tip["new_winner"]:
            text = _("{product} draws level if the weight of {criterion} goes from {weight} to {at}.")
            words.append(text.format(product=tip["new_winner"], criterion=tip["criterion"],
                                     weight=percent(tip["weight"], 1), at=percent(tip["tips_at"], 1)))  # fmt: skip
        elif len(self.winners) == 1:
            words.append(_("No change of a single weight makes another product win."))
        changes = self.reversals()
        changes = changes[changes["winner_changes"]]
        if len(changes):
            text = _("With the same scores, counted otherwise, another wins: {changes}.")
            each = _("{winner} wins ({change})")
            said = [each.format(change=row.change, winner=row.winner) for row in changes.head(3).itertuples()]
            words.append(text.format(changes=_("; ").join(said)))
        else:
            words.append(_("Neither another normalisation nor a shorter list changes the winner."))
        return words


_WEIGHTS = {
    mark("functions"): 0.30,
    mark("ease of use"): 0.20,
    mark("technology"): 0.15,
    mark("vendor"): 0.15,
    mark("price"): 0.20,
}
_SCORES = {
    mark("Teapot"): (8, 7, 7, 8, 5),
    mark("Quillfish"): (6, 7, 7, 7, 8),
    mark("Paperboat"): (9, 4, 8, 6, 4),
    mark("Lanternfly"): (5, 9, 5, 6, 7),
    mark("Snowpea"): (2, 5, 4, 4, 4),
}


def _by_criterion(column: str, values: np.ndarray, at: np.ndarray, criteria: list[str]) -> np.ndarray:
    """One value a criterion, where all its rows have the same."""
    found = np.zeros(len(criteria))
    found[at] = values
    for row in np.flatnonzero(found[at] != values)[:1]:
        text = _("The criterion {criterion} has several values in the column {column}; one is needed.")
        raise InputError(text.format(criterion=criteria[at[row]], column=column))
    return found


def _demands(frame: pd.DataFrame) -> np.ndarray:
    """The column ``least`` as floats; minus infinity where a cell is empty."""
    given = frame["least"].notna().to_numpy()
    demands = np.full(len(frame), -np.inf)
    if given.any():
        demands[given] = numeric(frame.loc[given], "least", -1e12, 1e12)
    return demands


def _clipped(name: Any, longest: int) -> str:
    """A name that is short enough for a picture."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _total(total: float, totals: np.ndarray) -> str:
    """A total with as many decimals as it takes to tell it from the next, and at most four."""
    apart = np.diff(np.unique(totals))
    apart = apart[apart > ALIKE * max(np.abs(totals).max(), 1e-300)]
    decimals = int(np.clip(np.ceil(-np.log10(apart.min())), 2, 4)) if apart.size else 2
    return short(total, decimals)
