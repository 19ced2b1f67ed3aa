"""RFM: how recently, how often and for how much each customer bought, scored by fifths, and groups made of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, dated, day, needed, numeric
from crmlab.experiments.picture import BLUE, ORANGE, headline
from crmlab.language.catalogue import _, count, mark, number, percent, prose
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FIFTHS = 5
LARGEST = 1e12
DIGITS = 12
"""Digits of a sum of money that count: what lies below is rounding, and must not part customers who are alike."""
SPARSE = 8
"""Whole numbers serve as customers' places as they are, where they spread over no more than so many times the rows."""

NAMES = {
    "best": mark("best"),
    "loyal": mark("loyal"),
    "new": mark("new"),
    "regular": mark("regular"),
    "at_risk": mark("at risk"),
    "lost": mark("perhaps lost"),
}
"""The groups and what a reader calls them, best first."""

RULES = (
    ("best", (4, 5), (4, 5), (4, 5)),
    ("loyal", (3, 5), (4, 5), (1, 5)),
    ("new", (4, 5), (1, 2), (1, 5)),
    ("regular", (3, 5), (1, 5), (1, 5)),
    ("at_risk", (1, 2), (4, 5), (1, 5)),
    ("at_risk", (1, 2), (1, 5), (4, 5)),
    ("lost", (1, 2), (1, 5), (1, 5)),
)
"""A group, and the scores R, F and M that it takes, from and to; the first rule that fits counts."""


@dataclass(frozen=True, eq=False)
class RFM(Analysis):
    """Recency, frequency and monetary value of each customer, scores of 1 to 5, and groups: ``RFM.fit(frame)``.

    - recency: days from the last purchase to ``until`` (0 on the day itself);
    - frequency: number of purchases. Each row with an amount above 0 is one; where the rows are lines of receipts, add
      them up to receipts first;
    - monetary: sum of the amounts, or the mean of the purchases alone (``monetary="mean"``).

    A return is a row with an amount of 0 or less: it is taken off the sum of money, but it is no purchase, neither for
    recency nor for frequency. Customers with such rows only have no last purchase; they are left out and counted in
    ``without_purchase``. Rows after ``until`` are left out too.

    Scores are fifths of the customers, 5 the best (bought most recently, most often, for most). Customers who are alike
    get the same score: that of the middle place among them. So a fifth may be larger than another, and where most
    bought only once no one may score 1; where all are alike, all score 3. A cell such as "535" is R, F and M in this
    order. The groups follow the rules of ``rules()``, which are this course's, not Hughes'; every cell belongs to one.

    Scores compare a firm's customers with each other: a fifth is always last, however good all of them are.

    Attributes: ``table``, one row a customer: customer, recency, frequency, monetary, R, F, M, cell, group (in English,
    for use in code: best, loyal, new, regular, at_risk, lost); ``until``; ``spent``, the sum of each customer's
    amounts; ``without_purchase``.

    Source: Hughes (1994), Strategic Database Marketing. Raises InputError.

    >>> rfm = RFM.fit(RFM.example())
    >>> rfm.table.columns.tolist()
    ['customer', 'recency', 'frequency', 'monetary', 'R', 'F', 'M', 'cell', 'group']
    """

    table: pd.DataFrame
    until: datetime.date
    spent: np.ndarray
    without_purchase: int

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, until: Any = None, monetary: str = "sum") -> Self:
        """Scores of the customers in ``frame``, which has the columns ``customer``, ``date`` and ``amount``.

        ``until`` is the day from which one looks back, a date or text such as "1998-06-30"; the table's last day unless
        told. ``monetary`` is "sum" or "mean". Raises InputError where a column lacks, a cell is empty, a date is none,
        an amount is no number from -1e12 to 1e12, or nobody bought anything.

        >>> import pandas as pd
        >>> rows = {"customer": [7, 7, 8], "date": pd.to_datetime(["2026-01-01", "2026-01-11", "2026-01-01"])}
        >>> rfm = RFM.fit(pd.DataFrame({**rows, "amount": [30, -10, 5]}))          # on the 11th 7 brought it back
        >>> rfm.table[["customer", "recency", "frequency", "monetary", "cell"]].values.tolist()
        [[7, 10, 1, 20.0, '334'], [8, 10, 1, 5.0, '332']]
        """
        if monetary not in ("sum", "mean"):
            text = _("{name} is {value!r}; allowed is one of {names}.")
            raise InputError(text.format(name="monetary", value=monetary, names="sum, mean"))
        rows, place, known = _read(frame)
        amount, days = numeric(rows, "amount", -LARGEST, LARGEST), dated(rows).view(np.int64)
        last = int(days.max() if until is None else day(until).astype(np.int64))
        if last < days.max():
            seen = days <= last
            place, days, amount = place[seen], days[seen], amount[seen]
        customers = len(known)
        spent = _settled(np.bincount(place, amount, customers))
        present = np.bincount(place, minlength=customers)
        if len(amount) and amount.min() <= 0:
            bought = amount > 0
            place, days, amount = place[bought], days[bought], amount[bought]
        frequency = np.bincount(place, minlength=customers)
        latest = np.full(customers, np.iinfo(np.int64).min)
        np.maximum.at(latest, place, days)
        kept = np.flatnonzero(frequency)
        if not len(kept):
            raise InputError(_("Nobody bought anything up to {date}.").format(date=_date(last)))
        kept = kept[_order(known[kept])]
        known, spent, frequency, recency = known[kept], spent[kept], frequency[kept], last - latest[kept]
        money = spent if monetary == "sum" else _settled(np.bincount(place, amount, customers))[kept] / frequency
        scores = [_fifths(-recency), _fifths(frequency), _fifths(money)]
        table = _tabled(known, recency, frequency, money, scores)
        return cls(table, _date(last), spent, int(np.count_nonzero(present)) - len(kept))

    @classmethod
    def example(cls) -> pd.DataFrame:
        """Purchases of 300 customers in two years: customer, date, amount; a few are returns.

        Each customer buys at their own pace (gamma) until they leave without a word (exponential), with a basket of
        their own size (lognormal).

        >>> RFM.example().head(2)["amount"].tolist()
        [16.0, 64.0]
        """
        import pandas as pd

        rng = np.random.default_rng(3)
        customers, days = 300, 730
        start, pace = rng.integers(0, 600, customers), rng.gamma(0.8, 1 / 60, customers)
        stay = np.minimum(rng.exponential(400, customers), days - 1 - start)
        times = 1 + rng.poisson(pace * stay)
        customer = np.repeat(np.arange(customers), times)
        first = np.concatenate([[True], np.diff(customer) > 0])
        day = start[customer] + np.where(first, 0, rng.random(len(customer)) * stay[customer]).astype(np.int64)
        basket = rng.lognormal(3.5, 0.5, customers)
        amount = np.maximum(np.round(basket[customer] * rng.lognormal(0, 0.3, len(customer))), 1)
        amount = np.where(rng.random(len(customer)) < 0.02, -amount, amount)
        date = np.datetime64("2024-01-01") + day
        frame = pd.DataFrame({"customer": 1001 + customer, "date": pd.to_datetime(date), "amount": amount})
        frame = frame.sort_values(["date", "customer", "amount"], ignore_index=True)
        frame.attrs["source"] = "made up by crmlab: paces, lifetimes and baskets drawn at random, seed 3"
        return frame

    @staticmethod
    def rules() -> pd.DataFrame:
        """The groups' rules in the language spoken now: one row a rule, of which the first that fits counts.

        >>> RFM.rules().shape
        (7, 4)
        """
        import pandas as pd

        rows = [(_(NAMES[group]), *(f"{low}–{high}" for low, high in scores)) for group, *scores in RULES]
        return pd.DataFrame(rows, columns=["group", "R", "F", "M"])

    def summary(self) -> pd.DataFrame:
        """A row for each group, best first, also those that nobody is in.

        Columns: group (as in ``table``); name, in the language spoken now; customers; share (of the customers);
        revenue (sum of the amounts); revenue_share (missing where the sum over all is not more than 0); recency,
        frequency, monetary (means; missing where nobody is in the group).

        >>> RFM.fit(RFM.example()).summary()["group"].tolist()
        ['best', 'loyal', 'new', 'regular', 'at_risk', 'lost']
        """
        import pandas as pd

        groups = self.table.assign(revenue=self.spent).groupby("group")
        whole = groups.agg(
            customers=("customer", "size"), revenue=("revenue", "sum"), recency=("recency", "mean"),
            frequency=("frequency", "mean"), monetary=("monetary", "mean"),
        ).reindex(list(NAMES))  # fmt: skip
        whole[["customers", "revenue"]] = whole[["customers", "revenue"]].fillna(0)
        total = whole["revenue"].sum()
        columns = {
            "group": list(NAMES),
            "name": [_(name) for name in NAMES.values()],
            "customers": whole["customers"].to_numpy(dtype=np.int64),
            "share": whole["customers"].to_numpy() / len(self.table),
            "revenue": whole["revenue"].to_numpy(),
            "revenue_share": whole["revenue"].to_numpy() / total if total > 0 else np.nan,
            **{name: whole[name].to_numpy() for name in ("recency", "frequency", "monetary")},
        }
        return pd.DataFrame(columns)

    def cells(self) -> pd.DataFrame:
        """How many customers have each score of recency (rows, 5 first) and of frequency (columns).

        >>> int(RFM.fit(RFM.example()).cells().to_numpy().sum())
        298
        """
        import pandas as pd

        scores = range(1, FIFTHS + 1)
        table = pd.crosstab(self.table["R"], self.table["F"])
        return table.reindex(index=scores[::-1], columns=scores, fill_value=0)

    def _draw(self, ax: Axes) -> None:
        rows = self.summary()
        place = np.arange(len(rows))
        shares = {
            mark("of the customers"): (rows["share"], BLUE, "", -0.2),
            mark("of the revenue"): (rows["revenue_share"], ORANGE, "//", 0.2),
        }
        bars = []
        for label, (share, colour, hatch, shift) in shares.items():
            if share.isna().any():
                continue
            bars += [
                ax.bar(place + shift, 100 * share, 0.38, color=colour, hatch=hatch, edgecolor="white", label=_(label))
            ]
            for x, value in zip(place + shift, share, strict=True):
                up = value >= 0
                ax.annotate(percent(value), (x, 100 * value), (0, 2 if up else -2), textcoords="offset points",
                            ha="center", va="bottom" if up else "top", fontsize=9)  # fmt: skip
        every = rows[["share", "revenue_share"]].fillna(0).to_numpy()
        low, high = min(0.0, 100 * every.min()), 100 * every.max()
        room = high - low
        ax.set(xlim=(-0.6, len(rows) - 0.4), ylim=(low - (0.1 * room if low < 0 else 0), high + 0.24 * room))
        text = _("{days} days")
        ago = ["–" if np.isnan(days) else text.format(days=count(days)) for days in rows["recency"]]
        ax.set_xticks(place, [f"{name}\n{days}" for name, days in zip(rows["name"], ago, strict=True)], fontsize=9)
        ax.set_xlabel(_("group, and mean days since the last purchase"))
        ax.set_ylabel(_("share (%)"))
        ax.legend(handles=bars, loc="upper center", ncols=2, framealpha=0.8, edgecolor="none", fontsize=9)
        headline(
            ax,
            _("Groups by RFM, and what they bring (customers: {customers})").format(customers=number(len(self.table))),
        )

    def _words(self) -> str:
        rows = self.summary().set_index("group")
        text = _(
            "Customers scored by how recently, how often and for how much they bought, looking back from {date}: "
            "{customers}."
        )
        words = [text.format(customers=number(len(self.table)), date=self.until)]
        paying = not rows["revenue_share"].isna().any()
        if paying and rows.loc["best", "customers"]:
            text = _("The best are {share} of the customers and bring {revenue} of the revenue.")
            best = rows.loc["best"]
            words.append(text.format(share=percent(best["share"], 1), revenue=percent(best["revenue_share"], 1)))
        if rows.loc["at_risk", "customers"]:
            text = _(
                "At risk are {customers}, who bought often or for much and have not come for {days} days on average: "
                "ask them first."
            )
            risk = rows.loc["at_risk"]
            words.append(text.format(customers=number(risk["customers"]), days=count(risk["recency"])))
        if not paying:
            words.append(_("The returns are not less than the purchases, so no group has a share of the revenue."))
        if self.without_purchase:
            text = _("Left out, because no row of theirs has an amount above 0: {customers} customers.")
            words.append(text.format(customers=number(self.without_purchase)))
        words.append(
            _("The scores compare these customers with each other only: a fifth is always last, however good all are.")
        )
        return prose(words)


def _read(frame: Any) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Dates and amounts, each row's customer as a place from 0 on, and the customers at these places."""
    import pandas as pd
    from pandas.api.types import is_integer_dtype

    columns = ["customer", "date", "amount"]
    if not isinstance(frame, pd.DataFrame) or frame.empty or sum(name in columns for name in frame.columns) != 3:
        frame = needed(frame, columns)
    customer = frame["customer"]
    if not isinstance(customer, pd.Series):
        needed(frame, columns)  # which says what is wrong
    if isinstance(customer.dtype, np.dtype) and is_integer_dtype(customer):
        ids = customer.to_numpy()
        low, high = int(ids.min()), int(ids.max())
        if high - low <= SPARSE * len(ids):
            return needed(frame, columns), ids - low, np.arange(low, high + 1, dtype=ids.dtype)
    text = customer.dtype == object or getattr(customer.dtype, "storage", None) == "python"
    try:
        place, known = pd.factorize(customer.to_numpy(dtype=object, na_value=None) if text else customer)
    except TypeError:  # a list is no customer
        needed(frame, columns)
        raise
    if place.min() < 0:  # finding empty cells so saves a second look at a million texts
        needed(frame, columns)
    return needed(frame, columns[1:]), place, np.asarray(known)


def _order(known: np.ndarray) -> np.ndarray:
    """Where the customers stand once they are sorted, so that the order of the rows does not show."""
    if known.dtype != object:
        return np.argsort(known)
    names = known.tolist()
    try:
        return np.array(sorted(range(len(names)), key=names.__getitem__))
    except TypeError:  # numbers and text side by side
        return np.array(sorted(range(len(names)), key=lambda at: (str(type(names[at])), str(names[at]))))


def _date(day: int) -> datetime.date:
    return np.datetime64(day, "D").item()


def _settled(money: np.ndarray) -> np.ndarray:
    """Sums of money without what is mere rounding, which depends on the order of the rows."""
    largest = float(np.abs(money).max(initial=0))
    return np.round(money, DIGITS - 1 - int(np.floor(np.log10(largest)))) if largest else money


def _fifths(values: np.ndarray) -> np.ndarray:
    """Scores 1 to 5: in which fifth the middle place of all who are alike lies.

    >>> _fifths(np.array([10, 20, 30, 40, 50])).tolist(), _fifths(np.array([1, 1, 1, 1, 2])).tolist()
    ([1, 2, 3, 4, 5], [3, 3, 3, 3, 5])
    >>> _fifths(np.array([7, 7])).tolist()
    [3, 3]
    """
    _distinct, which, alike = np.unique(values, return_inverse=True, return_counts=True)
    below = np.cumsum(alike) - alike
    score = 1 + FIFTHS * (2 * below + alike) // (2 * len(values))
    return score[which]


def _tabled(
    known: np.ndarray, recency: np.ndarray, frequency: np.ndarray, money: np.ndarray, scores: list
) -> pd.DataFrame:
    import pandas as pd

    cells, groups = _cells()
    which = (scores[0] * 10 + scores[1]) * 10 + scores[2]
    columns = {
        "customer": known, "recency": recency, "frequency": frequency, "monetary": money,
        **dict(zip("RFM", scores, strict=True)), "cell": cells[which], "group": groups[which],
    }  # fmt: skip
    return pd.DataFrame(columns)


def _cells() -> tuple[np.ndarray, np.ndarray]:
    """The names and the groups of the cells, each at the place that its digits say."""
    digits = np.arange(556)
    cells, groups = digits.astype(str).astype(object), np.full(556, "", dtype=object)
    for r in range(1, FIFTHS + 1):
        for f in range(1, FIFTHS + 1):
            for m in range(1, FIFTHS + 1):
                groups[100 * r + 10 * f + m] = group_of(r, f, m)
    return cells, groups


def group_of(r: int, f: int, m: int) -> str:
    """The group of a customer with these scores.

    >>> group_of(5, 5, 5), group_of(5, 1, 3), group_of(1, 5, 5), group_of(1, 1, 1)
    ('best', 'new', 'at_risk', 'lost')
    """
    for group, *ends in RULES:
        if all(low <= score <= high for score, (low, high) in zip((r, f, m), ends, strict=True)):
            return group
    raise InputError(_("Scores are whole numbers from 1 to 5."))
