"""Who is still a customer, and what comes from them: purchases that may stop at any time, without notice."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from crmlab.experiments import bg_nbd, gamma_gamma
from crmlab.experiments.analysis import Analysis, dated, day, needed, numeric
from crmlab.experiments.base import believed, real, seeded, whole
from crmlab.experiments.frames import NINE_IN_TEN
from crmlab.experiments.picture import BLUE, RED, headline, thousands
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FEWEST, FEWEST_AGAIN = 30, 10
"""Customers, and customers with a repeat purchase, that a fit needs: below, four parameters fit anything."""
LARGEST = 1e15
"""The largest amount that is taken."""
LOOSE = 0.2
"""A correlation of spend and frequency beyond which the words warn; a convention of this course, not of the paper."""
MISPLACED = 0.05
"""Customers whom the model may put into a wrong group of the picture before the words warn; a convention too."""
MOST = 10_000
"""The most periods that are looked ahead."""
BLOCKS = 6
"""Groups in the picture between the customers who never came back and those who came most often."""
DAYS_A_YEAR = 365.25
SOURCE = (
    "Made up by crmlab: 1,500 customers drawn from the BG/NBD and gamma-gamma models themselves; no firm's numbers."
)
MEANINGS = {
    "customers": mark("number of customers"),
    "repeat_buyers": mark("customers who bought again"),
    "repeat_purchases": mark("repeat purchases"),
    "r": mark("shape of the buying rates: the smaller, the more customers differ"),
    "alpha": mark("scale of the buying rates: their mean is r / alpha"),
    "a": mark("chance of leaving after a repeat purchase: its mean is a / (a + b)"),
    "b": mark("the same chance: the smaller a + b, the more customers differ"),
    "log_likelihood": mark("log-likelihood of the purchases"),
    "p": mark("shape of the amounts of one customer: the smaller, the more they vary"),
    "q": mark("shape of the differences in spend: the smaller, the more customers differ"),
    "v": mark("scale of spend: the mean is p v / (q - 1)"),
    "spend_log_likelihood": mark("log-likelihood of the amounts"),
    "alive": mark("customers still active, expected"),
    "purchases": mark("purchases to come, expected"),
    "came": mark("purchases that came"),
}


class History(NamedTuple):
    """What the models need of each customer, in order of ``customer``; times are counted in periods."""

    customer: pd.Index
    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    spend: np.ndarray | None
    came: np.ndarray | None = None
    held_out: float = 0.0


@dataclass(frozen=True, eq=False)
class PurchaseModel(Analysis):
    """BG/NBD and gamma-gamma fitted to purchases: ``PurchaseModel.fit(transactions)`` makes one.

    A customer buys at a rate of their own (Poisson); the rates differ as a gamma distribution, shape ``r`` and rate
    ``alpha``. After each repeat purchase the customer leaves, for good and without a word, with a probability of their
    own; these differ as a beta distribution with ``a`` and ``b``. So a long silence after many purchases says that
    somebody has left, and the same silence after few says little. Who never bought again cannot have left, in this
    model: it counts them as active, if rarely buying. A purchase is worth a gamma amount, whose mean differs between
    customers (``p``, ``q``, ``v``); that is right only where spend does not go with frequency (``correlation``).

    Attributes: ``r``, ``alpha``, ``a``, ``b``, ``log_likelihood``; ``p``, ``q``, ``v``, ``spend_log_likelihood``, all
    None where spend was not fitted; ``correlation`` of mean spend and number of repeat purchases among customers who
    have any; ``unit``, days in a period (7: all times are weeks); ``history``, what was counted of each customer.

    Sources: Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2); Fader and
    Hardie (2013), The gamma-gamma model of monetary value, a note. The rule to compare it with, ``still_active``:
    Wuebben and von Wangenheim (2008), Instant customer base analysis, Journal of Marketing 72(3).

    >>> model = PurchaseModel.fit(PurchaseModel.example())
    >>> [round(value, 2) for value in (model.r, model.alpha, model.a, model.b)]        # drawn with .6, 6, .9 and 3
    [0.64, 6.36, 0.75, 2.61]
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    p: float | None
    q: float | None
    v: float | None
    spend_log_likelihood: float | None
    correlation: float | None
    unit: float
    history: History = field(repr=False)
    _covariance: np.ndarray = field(repr=False)
    _spend_covariance: np.ndarray | None = field(repr=False)

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, until: Any = None, unit: float = 7, spend: bool = True) -> Self:
        """The models that make these transactions most likely.

        ``frame`` has a row a purchase: customer, date, and amount (0 to 1e15) unless ``spend`` is False. Purchases of
        a customer on one day count as one, and their amounts are added. The first purchase only begins the history:
        frequency and spend are those of the later ones. ``until`` is the last day observed (default: the last date);
        purchases after it are held out and stand beside the forecast, customers who began after it are left out.
        ``unit`` is the number of days in a period, 7 for weeks. Customers whose repeat purchases were worth nothing
        are left out of the fit of spend.

        Raises InputError for a table without these columns, and for data that say too little: fewer than 30 customers,
        fewer than 10 who bought again, one single day, all histories the same, or a likelihood that has no top.

        >>> import pandas as pd
        >>> days = pd.to_datetime(["2026-01-01"] * 40)
        >>> PurchaseModel.fit(pd.DataFrame({"customer": range(40), "date": days, "amount": 9.0}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: All purchases are of one day; who comes back can only be seen over time.
        """
        rows = needed(frame, ["customer", "date", *(["amount"] if spend else [])])
        days = dated(rows).astype(np.int64)
        amounts = numeric(rows, "amount", 0, LARGEST) if spend else None
        unit = real("unit", unit, 0.01, 10_000)
        last = int(days.max() if until is None else day(until).astype(np.int64))
        return cls._of(_counted(rows["customer"], days, amounts, last, unit), unit)

    @classmethod
    def fit_summary(cls, frame: pd.DataFrame, *, unit: float = 7) -> Self:
        """The same from a row a customer: frequency, recency and T as published, and spend where the table has it.

        ``frequency`` is the number of repeat purchases, ``recency`` the time from the first to the last purchase, ``T``
        the time from the first purchase to the end of observation, both in periods of ``unit`` days; ``spend`` is the
        mean amount of the repeat purchases (of no account where there are none). A column ``customer`` gives the names.

        >>> import pandas as pd
        >>> PurchaseModel.fit_summary(pd.DataFrame({"frequency": [2], "recency": [9.0], "T": [8.0]}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: Row 1 (counted from 1) has the recency 9 and the T 8; the last purchase cannot be later than now.
        """  # noqa: E501
        import pandas as pd

        unit = real("unit", unit, 0.01, 10_000)
        named = isinstance(frame, pd.DataFrame) and "customer" in frame.columns
        rows = needed(frame, ["frequency", "recency", "T", *(["customer"] if named else [])])
        frequency, recency, age = (numeric(rows, name, 0, 1e7) for name in ("frequency", "recency", "T"))
        _plausible(frequency, recency, age)
        spend = None
        if "spend" in frame.columns:
            amounts = frame[["spend"]].reset_index(drop=True)
            amounts["spend"] = amounts["spend"].where(frequency > 0, 0.0)
            spend = numeric(needed(amounts, ["spend"]), "spend", 0, LARGEST)
        names = pd.Index(rows["customer"]) if named else pd.RangeIndex(len(rows), name="customer")
        if not names.is_unique:
            text = _("The customer {name} has more than one row; a summary has one row a customer.")
            raise InputError(text.format(name=repr(names[names.duplicated()][0])))
        order = np.argsort(pd.factorize(names, sort=_sortable(names))[0], kind="stable")
        columns = [None if values is None else values[order] for values in (frequency, recency, age, spend)]
        return cls._of(History(names[order], *columns), unit)

    @classmethod
    def _of(cls, history: History, unit: float) -> Self:
        again = history.frequency > 0
        _enough(history, again)
        rows = bg_nbd.distinct(history.frequency, history.recency, history.age)
        if len(rows.age) == 1:
            text = _("All customers have the same history, so nothing can be said about how they differ.")
            raise InputError(text)
        bought = bg_nbd.most_likely(rows, np.bincount(rows.where).astype(float))
        if bought.trouble:
            raise InputError(_(bought.trouble))
        found = dict(zip(("r", "alpha", "a", "b"), map(float, bought.values), strict=True))
        if history.spend is None:
            spent, correlation = (None, None, None, None, None), None
        else:
            *spent, correlation = _spending(history, again)
        return cls(
            **found, log_likelihood=float(bought.log_likelihood), p=spent[0], q=spent[1], v=spent[2],
            spend_log_likelihood=spent[3], correlation=correlation, unit=unit, history=history,
            _covariance=bought.covariance, _spend_covariance=spent[4],
        )  # fmt: skip

    @classmethod
    def example(cls) -> pd.DataFrame:
        """Transactions of 1,500 customers over a year, made up: drawn from the model itself.

        >>> PurchaseModel.example().columns.tolist()
        ['customer', 'date', 'amount']
        """
        frame = cls.draw(1500)
        frame.attrs["source"] = SOURCE
        return frame

    @staticmethod
    def draw(
        customers: int = 1500, *, r: float = 0.6, alpha: float = 6, a: float = 0.9, b: float = 3, p: float = 5,
        q: float = 4, v: float = 60, periods: float = 52, joining: float = 26, unit: float = 7,
        start: Any = "2025-01-01", seed: int | None = 7,
    ) -> pd.DataFrame:  # fmt: skip
        """Transactions drawn from the models: customer, date, amount, in order of date.

        Customers begin evenly over the first ``joining`` periods and are watched for ``periods`` in all. The
        parameters are assumptions. Purchases fall on days, so two of a customer on one day are one for ``fit``.

        >>> PurchaseModel.draw(3, r=9, alpha=1, seed=1)["customer"].nunique()
        3
        >>> PurchaseModel.draw(3, a=0)
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: a is 0; allowed is 0.0001 to 1,000,000,000.
        """
        import pandas as pd

        customers, rng = whole("customers", customers, 1, 1_000_000), np.random.default_rng(seeded(seed))
        known = {"r": r, "alpha": alpha, "a": a, "b": b, "p": p, "q": q, "v": v}
        r, alpha, a, b, p, q, v = (real(name, value, 1e-4, 1e9) for name, value in known.items())
        unit, periods = real("unit", unit, 0.01, 10_000), real("periods", periods, 0, MOST)
        joining = real("joining", joining, 0, periods)
        begin = day(start)
        rate, leave = rng.standard_gamma(r, customers) / alpha, rng.beta(a, b, customers)
        joined = joining * rng.random(customers)
        bought = rng.poisson(rate * (periods - joined))
        stays = rng.geometric(np.clip(leave, 1e-12, 1))
        who = np.repeat(np.arange(customers), bought)
        when = joined[who] + rng.random(len(who)) * (periods - joined[who])
        order = np.lexsort((when, who))
        place = np.arange(len(who)) - np.repeat(np.cumsum(bought) - bought, bought)
        kept = place < stays[who]
        who, when = who[kept], when[order][kept]
        who, when = np.concatenate([np.arange(customers), who]), np.concatenate([joined, when])
        mean = rng.standard_gamma(q, customers) / v
        amount = np.maximum(np.round(rng.standard_gamma(p, len(who)) / mean[who], 2), 0.01)
        date = begin + np.floor(when * unit).astype("timedelta64[D]")
        order = np.lexsort((who, date))
        dates = date[order].astype("datetime64[s]")
        return pd.DataFrame({"customer": who[order] + 1, "date": dates, "amount": amount[order]})

    @property
    def horizon(self) -> int:
        """Periods looked ahead unless told: as many as were held out, or else as long as the longest history."""
        return max(round(self.history.held_out or float(self.history.age.max())), 1)

    @property
    def _values(self) -> np.ndarray:
        return np.array([self.r, self.alpha, self.a, self.b])

    @property
    def _spend_values(self) -> np.ndarray | None:
        return None if self.p is None else np.array([self.p, self.q, self.v])

    @cached_property
    def _rows(self) -> bg_nbd.Distinct:
        return bg_nbd.distinct(self.history.frequency, self.history.recency, self.history.age)

    @cached_property
    def _weight(self) -> np.ndarray:
        return np.bincount(self._rows.where).astype(float)

    @cached_property
    def _pairs(self) -> bg_nbd.Distinct:
        return bg_nbd.distinct(self._rows.frequency, np.zeros_like(self._rows.age), self._rows.age)

    def _alive(self, values: np.ndarray) -> np.ndarray:
        """Of each distinct history."""
        return bg_nbd.alive(values, *self._rows[:3])

    def _ahead(self, values: np.ndarray, times: np.ndarray, worth: np.ndarray | None = None) -> np.ndarray:
        """Purchases to come of each distinct history, by times; when it ended matters only for being alive."""
        pairs = self._pairs
        bought = bg_nbd.ahead(values, pairs.frequency, pairs.age, times, worth)
        return bought[pairs.where] * self._alive(values)[:, None]

    def _each(self, values: np.ndarray, name: str) -> pd.Series:
        import pandas as pd

        return pd.Series(values, index=self.history.customer, name=name)

    def alive(self) -> pd.Series:
        """Probability that a customer has not left, by customer; 1 for whoever never bought again.

        >>> PurchaseModel.fit(PurchaseModel.example()).alive().between(0, 1).all()
        np.True_
        """
        return self._each(self._alive(self._values)[self._rows.where], "alive")

    def purchases(self, periods: float | None = None) -> pd.Series:
        """Mean number of purchases that each customer will make in the next ``periods``.

        Raises InputError for ``periods`` outside 0 to 10,000.

        >>> PurchaseModel.fit(PurchaseModel.example()).purchases(0).sum()
        np.float64(0.0)
        """
        return self._each(self._purchases(self._until(periods))[self._rows.where], "purchases")

    def _purchases(self, periods: float) -> np.ndarray:
        return self._ahead(self._values, np.array([periods]))[:, 0]

    def spend(self) -> pd.Series:
        """Mean amount of a customer's purchases to come: between the customer's own mean and everybody's.

        Raises InputError where spend was not fitted.

        >>> shop = PurchaseModel.fit(PurchaseModel.example())
        >>> shop.spend()[shop.history.frequency == 0].nunique()                      # nothing known: everybody's mean
        1
        """
        return self._each(self._spend(), "spend")

    def _spend(self) -> np.ndarray:
        if self.p is None:
            text = _("Spend was not fitted: that needs amounts (fit with spend=True; fit_summary with a column spend).")
            raise InputError(text)
        history = self.history
        return gamma_gamma.mean_spend(self._spend_values, history.frequency, history.spend)

    def clv(self, periods: int | None = None, discount: float = 0.1, margin: float = 1) -> pd.Series:
        """Present value of each customer's purchases in the next ``periods``: what a customer is worth from now on.

        A purchase counts at the end of its period, discounted by ``discount`` a year; ``margin`` is the share of an
        amount that is profit (1: revenue). Raises InputError where spend was not fitted, and for numbers that are
        not allowed.

        >>> shop = PurchaseModel.fit(PurchaseModel.example())
        >>> bool(np.allclose(shop.clv(9, discount=0), shop.purchases(9) * shop.spend()))
        True
        """
        spend = self._spend()
        ends = np.arange(1, whole("periods", self.horizon if periods is None else periods, 0, MOST) + 1)
        worth = (1 + real("discount", discount, 0, 10)) ** (-ends * self.unit / DAYS_A_YEAR)
        if not len(ends):
            return self._each(0 * spend, "clv")
        bought = self._ahead(self._values, ends.astype(float), worth)[:, 0]
        return self._each(real("margin", margin, 0, 1) * bought[self._rows.where] * spend, "clv")

    def forecast(self, periods: int | None = None) -> pd.DataFrame:
        """Expected purchases of all these customers together: a row a period, with purchases and their cumulative sum.

        Customers who are still to be won are not in it.

        >>> PurchaseModel.fit(PurchaseModel.example()).forecast(2).columns.tolist()
        ['period', 'purchases', 'cumulative']
        """
        import pandas as pd

        ends = np.arange(1, whole("periods", self.horizon if periods is None else periods, 1, MOST) + 1)
        total = self._weight @ self._ahead(self._values, ends.astype(float))
        return pd.DataFrame({"period": ends, "purchases": np.diff(total, prepend=0.0), "cumulative": total})

    def still_active(self, hiatus: float) -> pd.Series:
        """A manager's rule instead of a model: active is who bought within the last ``hiatus`` periods.

        Wuebben and von Wangenheim (2008) found such rules about as good as this model at sorting single customers.

        >>> shop = PurchaseModel.fit(PurchaseModel.example())
        >>> int(shop.still_active(0).sum()) <= int(shop.still_active(8).sum()) < len(shop.history.age)
        True
        """
        silence = self.history.age - self.history.recency
        return self._each(silence <= real("hiatus", hiatus, 0, 1e7) + 1e-9, "still_active")

    def customers(self, periods: float | None = None) -> pd.DataFrame:
        """All that is known and expected of each customer: a row a customer.

        Columns: customer, frequency, recency, T; alive; purchases (in the next ``periods``); where spend was fitted,
        spend (mean of the repeat purchases), expected_spend and revenue (purchases x expected_spend); where purchases
        were held out, came.

        >>> PurchaseModel.fit(PurchaseModel.example()).customers().columns.tolist()[4:]
        ['alive', 'purchases', 'spend', 'expected_spend', 'revenue']
        """
        import pandas as pd

        history = self.history
        table = {"customer": history.customer, "frequency": history.frequency.astype(np.int64)}
        table |= {"recency": history.recency, "T": history.age, "alive": self.alive().to_numpy()}
        table["purchases"] = self.purchases(periods).to_numpy()
        if self.p is not None:
            expected = self._spend()
            table |= {"spend": history.spend, "expected_spend": expected, "revenue": table["purchases"] * expected}
        if history.came is not None:
            table["came"] = history.came
        return pd.DataFrame(table)

    def counts(self) -> pd.DataFrame:
        """Customers by number of repeat purchases, as observed and as the model has them: does it fit?

        Columns: purchases (text: "0", "1", ..., "7+"), observed, fitted, and low and high, between which nine in ten
        of such firms would lie by chance. Where purchases are many, several numbers make one row.

        >>> PurchaseModel.fit(PurchaseModel.example()).counts()["purchases"].tolist()
        ['0', '1–2', '3–4', '5–6', '7–8', '9–10', '11–12', '13+']
        """
        import pandas as pd

        wide = max(math.ceil(np.quantile(self.history.frequency, 0.95) / BLOCKS), 1)
        edges = np.concatenate([[0], 1 + wide * np.arange(BLOCKS + 1)])  # where each group begins
        observed = np.bincount(np.searchsorted(edges, self.history.frequency, side="right") - 1, minlength=len(edges))
        age, weight = _few(*np.unique(self.history.age, return_counts=True), 2_000_000 // edges[-1])
        single = bg_nbd.chances(self._values, age, int(edges[-1]) - 1)
        chance = np.add.reduceat(single, edges[:-1], axis=1)
        chance = np.column_stack([chance, np.maximum(1 - chance.sum(axis=1), 0)])
        fitted, spread = weight @ chance, np.sqrt(weight @ (chance * np.maximum(1 - chance, 0)))
        return pd.DataFrame(
            {
                "purchases": [*_spans(edges), f"{edges[-1]}+"],
                "observed": observed,
                "fitted": fitted,
                "low": np.maximum(fitted - NINE_IN_TEN * spread, 0),
                "high": fitted + NINE_IN_TEN * spread,
            }
        )

    def summary(self) -> pd.DataFrame:
        """What was counted, fitted and expected: name, value, low, high, meaning.

        Between low and high lie nine in ten: for parameters by the curvature of the likelihood (see ``intervals`` for
        a bootstrap), for the expected numbers with chance added. What was counted has no such ends.

        >>> PurchaseModel.fit(PurchaseModel.example()).summary().query("name == 'alpha'")["value"].round(2).tolist()
        [6.36]
        """
        import pandas as pd

        history, none = self.history, math.nan
        rows = [
            ("customers", len(history.age), none, none),
            ("repeat_buyers", int((history.frequency > 0).sum()), none, none),
            ("repeat_purchases", int(history.frequency.sum()), none, none),
            *self._ends(("r", "alpha", "a", "b"), self._covariance),
            ("log_likelihood", self.log_likelihood, none, none),
        ]
        if self.p is not None:
            rows += self._ends(("p", "q", "v"), self._spend_covariance)
            rows.append(("spend_log_likelihood", self.spend_log_likelihood, none, none))
        rows += self._totals(self.horizon)
        if history.came is not None:
            rows.append(("came", int(history.came.sum()), none, none))
        table = pd.DataFrame(rows, columns=["name", "value", "low", "high"])
        return table.assign(meaning=[_(MEANINGS[name]) for name in table["name"]])

    def _ends(self, names: tuple[str, ...], covariance: np.ndarray) -> list[tuple]:
        factor = np.exp(NINE_IN_TEN * np.sqrt(np.diag(covariance)))
        values = [getattr(self, name) for name in names]
        return [(name, at, at / wide, at * wide) for name, at, wide in zip(names, values, factor, strict=True)]

    def _totals(self, periods: float) -> list[tuple]:
        """Customers active and purchases to come: means, and ends that hold doubt about parameters and chance."""

        def totals(logs: np.ndarray) -> np.ndarray:
            values, time = np.exp(logs), np.array([float(periods)])
            return self._weight @ np.column_stack([self._alive(values), self._ahead(values, time)[:, 0]])

        at, steps = np.log(self._values), 1e-3 * np.eye(4)
        slope = np.array([totals(at + step) - totals(at - step) for step in steps]) / 2e-3
        doubt, still = np.einsum("ik,ij,jk->k", slope, self._covariance, slope), self._alive(self._values)
        chance = np.array([self._weight @ (still * (1 - still)), self._chance(periods, np.random.default_rng(0)) ** 2])
        mean, half = totals(at), NINE_IN_TEN * np.sqrt(doubt + chance)
        most = (float(len(self.history.age)), math.inf)
        return [
            (name, mean[i], max(mean[i] - half[i], 0.0), min(mean[i] + half[i], most[i]))
            for i, name in enumerate(("alive", "purchases"))
        ]

    def _chance(self, periods: float, rng: np.random.Generator) -> float:
        """Standard deviation by chance of the total to come, the parameters given: from purchases drawn."""
        mean = self._purchases(periods)[self._rows.where]
        runs = max(20_000 // len(mean), 1)
        return math.sqrt(sum(np.sum((self._future(periods, rng) - mean) ** 2) for _run in range(runs)) / runs)

    def _future(self, periods: float, rng: np.random.Generator) -> np.ndarray:
        """Purchases in the next ``periods``, drawn once for each customer from what is believed of them."""
        history = self.history
        here = rng.random(len(history.age)) < self._alive(self._values)[self._rows.where]
        rate = rng.standard_gamma(self.r + history.frequency) / (self.alpha + history.age)
        leave = np.clip(rng.beta(self.a, self.b + history.frequency), 1e-12, 1)
        return here * np.minimum(rng.poisson(rate * periods), rng.geometric(leave))

    def intervals(
        self, level: float = 0.9, resamples: int = 200, seed: int | None = 0, periods: float | None = None
    ) -> pd.DataFrame:
        """Bootstrap intervals of each parameter and of the purchases in the next ``periods``: name, value, low, high.

        Customers are drawn anew, with replacement, ``resamples`` times, and everything is fitted again. The interval
        of the purchases is for these customers, not for others like them: it holds the doubt about r, alpha, a and b,
        and the chance in what each customer does; not the doubt whether the model is right.

        >>> PurchaseModel.fit(PurchaseModel.example(), spend=False).intervals(resamples=20)["name"].tolist()
        ['r', 'alpha', 'a', 'b', 'purchases']
        """
        import pandas as pd

        level, resamples = believed(level), whole("resamples", resamples, 10, 10_000)
        rng, ahead, history = np.random.default_rng(seeded(seed)), self._until(periods), self.history
        chance, size, found = self._chance(ahead, rng), len(history.age), []
        worth = np.zeros(size) if history.spend is None else history.spend
        paid = worth > 0
        bought = bg_nbd.Fit(self._values, self.log_likelihood, self._covariance, "")
        spent = bg_nbd.Fit(self._spend_values, self.spend_log_likelihood, self._spend_covariance, "")
        while len(found) < resamples:
            drawn = rng.multinomial(size, np.full(size, 1 / size)).astype(float)
            if self.p is not None and not drawn[paid].any():
                continue
            values = bg_nbd.resampled(self._rows, np.bincount(self._rows.where, drawn), bought)
            if self.p is not None:
                values = np.append(
                    values, gamma_gamma.resampled(history.frequency[paid], worth[paid], drawn[paid], spent)
                )
            mean = self._weight @ self._ahead(values[:4], np.array([ahead]))[:, 0]
            found.append([*values, max(mean + chance * rng.standard_normal(), 0.0)])
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=0)
        names = ["r", "alpha", "a", "b", *(["p", "q", "v"] if self.p is not None else []), "purchases"]
        fitted = [getattr(self, name) for name in names[:-1]]
        value = [*fitted, float(self._weight @ self._purchases(ahead))]
        return pd.DataFrame({"name": names, "value": value, "low": low, "high": high})

    def _until(self, periods: float | None) -> float:
        return real("periods", self.horizon if periods is None else periods, 0, MOST)

    def _span(self, periods: float) -> str:
        text = {7: _("{count} weeks"), 1: _("{count} days")}.get(self.unit, _("{count} periods of {days} days"))
        return text.format(count=short(periods), days=short(self.unit))

    def _draw(self, ax: Axes) -> None:
        table = self.counts()
        place = np.arange(len(table))
        bars = ax.bar(place, table["observed"], 0.62, color=BLUE, label=_("observed"))
        ends = [table["fitted"] - table["low"], table["high"] - table["fitted"]]
        model = ax.errorbar(place, table["fitted"], ends, color=RED, marker="D", markersize=6, linestyle="none",
                            markerfacecolor="white", capsize=6, label=_("model: mean, nine in ten"))  # fmt: skip
        for x, seen, high in zip(place, table["observed"], table["high"], strict=True):
            ax.annotate(number(seen), (x, max(seen, high)), (0, 3), textcoords="offset points", ha="center",
                        va="bottom", fontsize=9, color=BLUE)  # fmt: skip
        ax.set_xticks(place, table["purchases"])
        ax.set(xlim=(-0.6, len(table) - 0.4), ylim=(0, 1.12 * max(table["observed"].max(), table["high"].max(), 1)))
        text = _("repeat purchases of a customer in up to {span}")
        ax.set(xlabel=text.format(span=self._span(self.history.age.max())), ylabel=_("number of customers"))
        ax.legend(handles=[bars, model], loc="upper right", framealpha=0.8, edgecolor="none")
        headline(ax, _("Does the model fit? Customers by number of repeat purchases"))
        thousands(ax)

    def _words(self) -> str:
        history, periods = self.history, self.horizon
        text = _(
            "Of {customers} customers {again} bought again, {purchases} times in all, in up to {span}. If the model is "
            "right, {alive} are still active and will buy {ahead} times in the next {periods}."
        )
        ahead = float(self._weight @ self._purchases(periods))
        words = [text.format(
            customers=number(len(history.age)), again=number((history.frequency > 0).sum()),
            purchases=number(history.frequency.sum()), span=self._span(history.age.max()),
            alive=count(self._weight @ self._alive(self._values)), ahead=count(ahead), periods=self._span(periods),
        )]  # fmt: skip
        if history.came is not None:
            text = _("In the {span} held out they bought {came} times; the model had expected {ahead}.")
            held = float(self._weight @ self._purchases(history.held_out))
            words.append(text.format(span=self._span(history.held_out), came=number(history.came.sum()),
                                     ahead=count(held)))  # fmt: skip
        table = self.counts()
        inside = int(table["observed"].between(table["low"], table["high"]).sum())
        text = _("In the picture {inside} of {groups} numbers lie where the model has them in nine cases of ten.")
        words.append(text.format(inside=number(inside), groups=number(len(table))))
        elsewhere = (table["observed"] - table["fitted"]).abs().sum() / 2 / len(history.age)
        if inside >= len(table) - 2:
            words.append(_("So it describes how often these customers buy."))
        else:
            text = _("Not all of that is chance, but the model puts only {share} of the customers into a wrong group.")
            if elsewhere > MISPLACED:
                text = _(
                    "It puts {share} of the customers into a wrong group, so it does not describe them well; trust its "
                    "forecasts little."
                )
            words.append(text.format(share=percent(elsewhere, 1)))
        if self.p is not None:
            words.append(self._words_of_spend())
        return prose(words)

    def _words_of_spend(self) -> str:
        text = _(
            "A customer spends {spend} a purchase on average; spend hardly goes with frequency (correlation "
            "{correlation}), as the gamma-gamma model assumes."
        )
        if abs(self.correlation) > LOOSE:
            text = _(
                "A customer spends {spend} a purchase on average. But spend and frequency go together (correlation "
                "{correlation}), which the gamma-gamma model rules out: do not trust the amounts."
            )
        mean = gamma_gamma.mean_spend(self._spend_values, np.zeros(1), np.zeros(1))[0]
        return text.format(spend=short(mean, 2), correlation=number(self.correlation, 2))


def _sortable(names: pd.Index | pd.Series) -> bool:
    """Whether these names have an order: numbers and text mixed have none and stay as they come."""
    if names.dtype != object:
        return True
    try:
        sorted(set(names))
    except TypeError:
        return False
    return True


def _counted(names: pd.Series, days: np.ndarray, amounts: np.ndarray | None, until: int, unit: float) -> History:
    """Repeat purchases, recency, age and spend of each customer up to ``until``, and what came after it."""
    import pandas as pd

    who, index = pd.factorize(names, sort=_sortable(names))
    if days.min() > until:
        raise InputError(_("There are no purchases up to that day."))
    first_day, long = days.min(), int(days.max() - days.min()) + 1
    order = np.argsort(who * long + (days - first_day), kind="stable")
    key = (who * long + (days - first_day))[order]
    new = np.concatenate([[True], key[1:] != key[:-1]])
    who, day = key[new] // long, key[new] % long + first_day
    total = None if amounts is None else np.add.reduceat(amounts[order], np.flatnonzero(new))
    seen = day <= until
    begins = np.concatenate([[True], who[1:] != who[:-1]])
    first = np.zeros(len(index), np.int64)
    first[who[begins]] = day[begins]
    known = first <= until
    last = np.zeros(len(index), np.int64)
    np.maximum.at(last, who[seen], day[seen])
    frequency = (np.bincount(who[seen], minlength=len(index)) - 1)[known]
    spend = None
    if total is not None:
        again = seen & ~begins
        spend = np.bincount(who[again], total[again], minlength=len(index))[known] / np.maximum(frequency, 1)
    later = int(day.max()) - until
    came = np.bincount(who[~seen], minlength=len(index))[known] if later > 0 else None
    customer = pd.Index(index[known], name="customer")
    first, last = first[known], last[known]
    return History(customer, frequency.astype(float), (last - first) / unit, (until - first) / unit, spend, came,
                   max(later, 0) / unit)  # fmt: skip


def _plausible(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> None:
    """A complaint about the first row of a summary that no customer can have."""
    wrong = {
        _("Row {row} (counted from 1) has the frequency {frequency}; allowed are whole numbers."): (
            frequency != np.round(frequency)
        ),
        _(
            "Row {row} (counted from 1) has the recency {recency} and the T {age}; the last purchase cannot be later "
            "than now."
        ): recency > age,
        _(
            "Row {row} (counted from 1) has the frequency {frequency} and the recency {recency}; recency is the time "
            "from the first purchase to the last, 0 without a repeat purchase and only then."
        ): (frequency > 0) != (recency > 0),
    }
    for text, bad in wrong.items():
        for row in np.flatnonzero(bad)[:1]:
            numbers = {"frequency": frequency[row], "recency": recency[row], "age": age[row]}
            shown = {name: short(value, 3) for name, value in numbers.items()}
            raise InputError(text.format(row=number(row + 1), **shown))


def _enough(history: History, again: np.ndarray) -> None:
    """A complaint about data that say too little."""
    size, repeat = len(history.age), int(again.sum())
    if size < FEWEST:
        text = _("There are {count} customers; at least {fewest} are needed.")
        raise InputError(text.format(count=number(size), fewest=number(FEWEST)))
    if not history.age.any():
        raise InputError(_("All purchases are of one day; who comes back can only be seen over time."))
    if not repeat:
        raise InputError(_("Nobody bought on a second day, so nothing can be said about who comes back."))
    if repeat < FEWEST_AGAIN:
        text = _("Only {count} customers bought on a second day; at least {fewest} are needed.")
        raise InputError(text.format(count=number(repeat), fewest=number(FEWEST_AGAIN)))


def _spending(history: History, again: np.ndarray) -> tuple:
    """p, q, v, log-likelihood and covariance of the gamma-gamma model, and the correlation that it rules out."""
    paid = again & (history.spend > 0)
    if paid.sum() < FEWEST_AGAIN:
        text = _(
            "Only {count} customers have a repeat purchase worth more than 0; at least {fewest} are needed. "
            "With spend=False the purchases alone are fitted."
        )
        raise InputError(text.format(count=number(paid.sum()), fewest=number(FEWEST_AGAIN)))
    frequency, spend = history.frequency[paid], history.spend[paid]
    if np.ptp(spend) <= 1e-9 * spend.max():
        text = _(
            "All repeat purchases are worth the same, {spend}, so there are no differences to fit. "
            "With spend=False the purchases alone are fitted."
        )
        raise InputError(text.format(spend=short(spend[0], 2)))
    found = gamma_gamma.most_likely(frequency, spend)
    if found.trouble:
        raise InputError(_(found.trouble))
    p, q, v = map(float, found.values)
    if q <= 1:
        text = _(
            "A few customers spend so much more than the others that the gamma-gamma model has no mean (q is {q}, "
            "not above 1). With spend=False the purchases alone are fitted."
        )
        raise InputError(text.format(q=short(q, 3)))
    frequencies = history.frequency[again]
    alike = np.ptp(frequencies) == 0
    correlation = 0.0 if alike else float(np.corrcoef(frequencies, history.spend[again] / spend.max())[0, 1])
    return p, q, v, float(found.log_likelihood), found.covariance, correlation


def _spans(edges: np.ndarray) -> list[str]:
    """The numbers of each group but the last, as text."""
    pairs = zip(edges[:-1], edges[1:] - 1, strict=True)
    return [str(low) if low == high else f"{low}–{high}" for low, high in pairs]


def _few(values: np.ndarray, weight: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """``values`` with their ``weight``, neighbours put together as their mean where there are more than ``most``."""
    most = max(most, 50)
    if len(values) <= most:
        return values, weight
    parts = np.linspace(0, len(values), most, endpoint=False).astype(int)
    total = np.add.reduceat(weight, parts)
    return np.add.reduceat(values * weight, parts) / total, total
