"""How long customers stay, from how many of a cohort were left: the curve that knows why retention rates rise."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis
from crmlab.experiments.base import MONTHS, whole
from crmlab.experiments.picture import BLUE, GREY, RED
from crmlab.language.catalogue import _, count, number, percent, prose, speaking
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FEWEST = 3
"""Periods after the start that a fit needs: with two, two parameters fit anything."""
AHEAD = 5
"""Periods after the last observed one that are forecast unless told."""
EXAMPLES = {
    "high_end": (1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394),
    "regular": (1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173),
}
SOURCE = (
    "Fader and Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), table 1, "
    "printed as percentages and given here per 1,000 customers; data of Berry and Linoff (2004), business not named."
)


@dataclass(frozen=True)
class RetentionCurve(Analysis):
    """A shifted beta-geometric curve fitted to the survivors of a cohort: ``RetentionCurve.fit(frame)`` makes one.

    Each customer has a churn probability of their own, the same in every period; these differ between customers as a
    beta distribution with ``alpha`` and ``beta``. Those who leave easily leave first, so the cohort's retention rate
    rises though no single customer grows more loyal: after t - 1 periods, (beta + t - 1) / (alpha + beta + t - 1).
    Seen the other way, 1 / (churn rate) grows along a straight line. Where customers do not seem to differ, alpha and
    beta are infinite and the rate is constant, ``1 - churn``.

    Attributes: ``alpha``, ``beta``; ``churn``, the mean churn probability alpha / (alpha + beta), which is the first
    period's churn rate; ``log_likelihood`` (without the constant, as Fader and Hardie print it); ``customers``, the
    observed numbers from period 0 on.

    Source: Fader and Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1).

    >>> seen = RetentionCurve.example("high_end").query("period <= 7")
    >>> curve = RetentionCurve.fit(seen)
    >>> round(curve.alpha, 3), round(curve.beta, 3), round(curve.log_likelihood, 1)        # as published
    (0.668, 3.806, -1611.2)
    """

    alpha: float
    beta: float
    churn: float
    log_likelihood: float
    customers: tuple[int, ...]

    @classmethod
    def fit(cls, frame: pd.DataFrame) -> Self:
        """The curve that makes the observed numbers most likely.

        ``frame`` has a row a period: ``period`` 0, 1, 2, ... without gaps, in any order, and ``customers``, whole
        numbers of those still there. Needs at least 3 periods after the start. Raises InputError where a number is
        none, missing, broken, negative or larger than the one before, and where nobody was lost, or nobody after the
        first period, or everybody in it: there no such curve can be told from others.

        >>> import pandas as pd
        >>> RetentionCurve.fit(pd.DataFrame({"period": [0, 1, 2, 3], "customers": [100, 80, 85, 70]}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: Period 2 has 85 customers, more than the 80 before; a cohort can only shrink.
        """
        counts = _counts(frame)
        left, lost = counts[1:], -np.diff(counts)
        if not lost.any():
            raise InputError(_("Nobody was lost in these periods, so nothing can be said about when customers leave."))
        if lost[0] == counts[0]:
            raise InputError(_("Everybody was lost in the first period, so there is no curve to fit."))
        if not lost[1:].any():
            raise InputError(_("Nobody was lost after the first period, so there is no curve to fit."))
        churn, spread, likelihood = _most_likely(left.astype(float), lost.astype(float))
        alpha, beta = (churn / spread, (1 - churn) / spread) if spread > 0 else (math.inf, math.inf)
        return cls(alpha, beta, churn, likelihood, tuple(int(count) for count in counts))

    @staticmethod
    def example(segment: str = "high_end") -> pd.DataFrame:
        """Published survivors of two segments, "high_end" and "regular": 13 rows of period (years) and customers.

        Fader and Hardie fit the first seven years and forecast the other five. ``attrs["source"]`` names the source.

        >>> RetentionCurve.example("regular").customers.head(3).tolist()
        [1000, 631, 468]
        >>> RetentionCurve.example("gold")
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: There is no example 'gold'; there are: high_end, regular.
        """
        import pandas as pd

        if segment not in tuple(EXAMPLES):
            text = _("There is no example {name!r}; there are: {names}.")
            raise InputError(text.format(name=segment, names=", ".join(EXAMPLES)))
        frame = pd.DataFrame({"period": range(len(EXAMPLES[segment])), "customers": EXAMPLES[segment]})
        frame.attrs["source"] = SOURCE
        return frame

    @property
    def observed(self) -> int:
        """Number of periods observed after the start."""
        return len(self.customers) - 1

    @property
    def constant_rate(self) -> float:
        """The one retention rate that fits best if all periods had the same: all stays over all chances to leave.

        >>> round(RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7")).constant_rate, 3)
        0.897
        """
        return sum(self.customers[1:]) / sum(self.customers[:-1])

    def retention(self, periods: int) -> np.ndarray:
        """The curve's retention rate from each period to the next, for periods 1 to ``periods``.

        >>> curve = RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7"))
        >>> curve.retention(3).round(3).tolist()
        [0.851, 0.878, 0.897]
        """
        step = np.arange(whole("periods", periods, *MONTHS))
        return 1 - self.churn / (1 + step * self._spread)

    @property
    def _spread(self) -> float:
        """1 / (alpha + beta): 0 where all customers are alike."""
        return 1 / (self.alpha + self.beta)

    def _rows(self, periods: int) -> pd.DataFrame:
        """The observed, the curve and the constant rate for periods 0 to ``periods``."""
        import pandas as pd

        stays = self.retention(periods)
        seen = np.full(periods + 1, np.nan)
        shown = min(periods, self.observed) + 1
        seen[:shown] = self.customers[:shown]
        before = np.where(seen[:-1] > 0, seen[:-1], np.nan)
        start = self.customers[0]
        columns = {
            "period": np.arange(periods + 1),
            "customers": seen,
            "fitted": start * np.concatenate([[1.0], np.cumprod(stays)]),
            "retention": np.concatenate([[np.nan], seen[1:] / before]),
            "retention_fitted": np.concatenate([[np.nan], stays]),
            "constant_rate": start * self.constant_rate ** np.arange(periods + 1),
        }
        return pd.DataFrame(columns)

    def summary(self, periods: int | None = None) -> pd.DataFrame:
        """A row a period, from 0 to ``periods`` (default: 5 after the last observed).

        Columns: period; customers (observed, then missing); fitted (the curve's mean, a forecast after the last
        observed period); retention and retention_fitted (rates from the period before); constant_rate (customers if
        one rate held for all periods, the naive forecast).

        >>> curve = RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7"))
        >>> curve.summary().iloc[-1][["period", "fitted", "constant_rate"]].round().tolist()      # 394 were left
        [12.0, 378.0, 270.0]
        """
        return self._rows(self._until(periods))

    def forecast(self, periods: int = AHEAD) -> pd.DataFrame:
        """The next ``periods`` periods after the last observed: period, customers, retention, constant_rate.

        ``customers`` is the curve's own mean, as Fader and Hardie draw it, and not tied to the last observed number.

        >>> curve = RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7"))
        >>> curve.forecast(2).round(3)
           period  customers  retention  constant_rate
        0       8     460.44      0.942        417.892
        1       9     435.78      0.946        374.711
        """
        ahead = whole("periods", periods, 1, MONTHS[1] - self.observed)
        rows = self._rows(self.observed + ahead).iloc[self.observed + 1 :].reset_index(drop=True)
        forecast = rows[["period", "fitted", "retention_fitted", "constant_rate"]]
        return forecast.rename(columns={"fitted": "customers", "retention_fitted": "retention"})

    def plot(self, ax: Axes | None = None, *, periods: int | None = None, later: pd.DataFrame | None = None) -> Axes:
        """Draw observed and fitted customers, the forecast and the naive one, and return the Axes.

        ``later``, a frame as for ``fit``, adds what came after as hollow points: did the forecast hold?

        >>> curve = RetentionCurve.fit(RetentionCurve.example().query("period <= 7"))
        >>> curve.plot(later=RetentionCurve.example()).get_xlabel()
        'period'
        """
        from crmlab.experiments.picture import canvas, headline, thousands, whole_steps

        ax, last = canvas(ax), self._until(periods)
        rows, seen = self._rows(last), min(last, self.observed)
        dots = {"color": RED, "marker": "o", "markersize": 5.5, "linestyle": "none", "zorder": 4, "clip_on": False}
        naive = _("one rate for all periods: {left}").format(left=count(rows.constant_rate.iloc[-1]))
        curve = _("curve: {left}").format(left=count(rows.fitted.iloc[-1]))
        shown = ax.plot(rows.period, rows.constant_rate, color=GREY, linestyle=":", linewidth=1.8, label=naive)
        ax.plot(rows.period[: seen + 1], rows.fitted[: seen + 1], color=BLUE, linewidth=2.2)
        shown += ax.plot(rows.period[seen:], rows.fitted[seen:], color=BLUE, linewidth=2.2, linestyle="--", label=curve)
        shown += ax.plot(rows.period, rows.customers, **dots, label=_("observed"))
        if later is not None:
            came = _counts(later)[: last + 1]
            period = np.arange(len(came))
            after = period > self.observed
            hollow = ax.plot(period[after], came[after], **dots, markerfacecolor="white", label=_("came later"))
            shown = shown[:2] + hollow + shown[2:]
        if last > self.observed:
            ax.axvline(self.observed, color=GREY, linewidth=0.8)
        ax.set(xlim=(0, max(last, 1) * 1.02), ylim=(0, 1.08 * self.customers[0]))
        ax.set(xlabel=_("period"), ylabel=_("customers still there"))
        low = min(rows.fitted.iloc[-1], rows.constant_rate.iloc[-1], rows.customers.min())
        place = "lower left" if low > 0.45 * self.customers[0] else "upper right"
        ax.legend(handles=shown[::-1], loc=place, framealpha=0.8, edgecolor="none")
        headline(ax, _("Who is left of a cohort: observed, fitted and forecast"))
        whole_steps(ax)
        thousands(ax)
        return ax

    def describe(self, language: str | None = None, *, periods: int | None = None) -> str:
        """The picture in words, in the language spoken now or in ``language``.

        >>> curve = RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7"))
        >>> curve.describe("en")[:61]
        'Of 1,000 customers 491 were left after 7 periods. The fitted '
        """
        with speaking(language):
            return self._words(self._until(periods))

    def _until(self, periods: int | None) -> int:
        return whole("periods", self.observed + AHEAD if periods is None else periods, *MONTHS)

    def _words(self, last: int) -> str:
        text = _("Of {start} customers {left} were left after {seen} periods.")
        start, left = number(self.customers[0]), number(self.customers[-1])
        words = [text.format(start=start, left=left, seen=number(self.observed))]
        if self.alpha == math.inf:
            text = _("A constant retention rate of {rate} fits best: these customers do not seem to differ.")
            words.append(text.format(rate=percent(1 - self.churn, 1)))
        else:
            stays = self.retention(max(last, 1))
            text = _(
                "The fitted curve (alpha {alpha}, beta {beta}, log-likelihood {likelihood}) has the retention rate "
                "rise from {first} in period 1 to {final} in period {last}, because those who leave easily leave first."
            )
            words.append(
                text.format(
                    alpha=number(self.alpha, 3),
                    beta=number(self.beta, 3),
                    likelihood=number(self.log_likelihood, 1),
                    first=percent(stays[0], 1),
                    final=percent(stays[-1], 1),
                    last=number(max(last, 1)),
                )
            )
        rows = self._rows(last).iloc[-1]
        text = _(
            "For period {last} it gives {fitted} customers; one rate of {rate} for all periods would give {naive}."
        )
        words.append(
            text.format(
                last=number(last),
                fitted=count(rows.fitted),
                rate=percent(self.constant_rate, 1),
                naive=count(rows.constant_rate),
            )
        )
        return prose(words)


def _counts(frame: Any) -> np.ndarray:
    """The numbers of customers from period 0 on, as whole numbers, or a complaint about what is no cohort."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame) or not {"period", "customers"} <= set(frame.columns):
        raise InputError(_("A table (DataFrame) with the columns period and customers is needed."))
    for column in ("period", "customers"):
        for value in frame[column]:
            fits = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
            if not fits or not 0 <= value <= 10**15 or value != int(value):
                text = _("The column {column} has {value}; allowed are whole numbers from 0 to {high}.")
                shown = value.item() if isinstance(value, np.generic) else value
                raise InputError(text.format(column=column, value=repr(shown), high=number(10**15)))
    rows = frame.reset_index(drop=True).sort_values("period", kind="stable")
    counts, period = rows["customers"].to_numpy(dtype=np.int64), rows["period"].to_numpy(dtype=np.int64)
    if not np.array_equal(period, np.arange(len(period))):
        raise InputError(_("The periods must be 0, 1, 2 and so on, each once; 0 is the start."))
    if len(counts) <= FEWEST:
        text = _("There are {count} rows; at least {fewest} are needed, the start and {periods} periods after it.")
        raise InputError(text.format(count=len(counts), fewest=FEWEST + 1, periods=FEWEST))
    for step in np.flatnonzero(np.diff(counts) > 0)[:1] + 1:
        text = _("Period {period} has {now} customers, more than the {before} before; a cohort can only shrink.")
        raise InputError(text.format(period=step, now=number(counts[step]), before=number(counts[step - 1])))
    return counts


def _most_likely(left: np.ndarray, lost: np.ndarray) -> tuple[float, float, float]:
    """Mean churn, spread 1 / (alpha + beta), and log-likelihood at its greatest.

    The churn rate of period t is churn / (1 + (t - 1) * spread), so the likelihood is that of binomials; no gamma
    functions are needed, and spread = 0, the constant rate, is a point like any other. Searched over the odds of churn
    and the spread, with the exact gradient.
    """
    from scipy.optimize import minimize

    step, total = np.arange(len(left)), float(left[0] + lost[0])

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        churn, wide = 1 / (1 + math.exp(-at[0])), 1 + step * at[1]
        rate = churn / wide
        stays = (1 - churn + step * at[1]) / wide
        slope = left / stays - lost / rate  # of the loss, by the churn rate of each period
        by_spread = float(np.sum(-slope * rate * step / wide))
        gradient = np.array([float(np.sum(slope / wide)) * churn * (1 - churn), by_spread])
        return -float(np.sum(lost * np.log(rate) + left * np.log(stays))) / total, gradient / total

    first = (lost[0] + 0.5) / (total + 1)
    tries = [
        minimize(
            loss,
            [math.log(first / (1 - first)), spread],
            jac=True,
            method="L-BFGS-B",
            bounds=[(-40, 30), (0, 1e6)],
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000},
        )
        for spread in (0.0, 0.2, 5.0)
    ]
    best = min(tries, key=lambda found: found.fun)
    return 1 / (1 + math.exp(-best.x[0])), float(best.x[1]), -float(best.fun) * total
