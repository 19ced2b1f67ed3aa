"""How often customers buy until they leave: the BG/NBD model's likelihood, probabilities and expectations.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2). A customer buys at a
rate lambda of their own (Poisson; gamma with shape r and rate alpha over customers), and after each repeat purchase
leaves for good with a probability p of their own (beta with a and b over customers). ``frequency`` is the number of
repeat purchases, ``recency`` the time from the first to the last purchase, ``age`` the time from the first to now.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from crmlab.experiments.likelihood import Peak, Score, climb, climb_near, runs_away
from crmlab.language.catalogue import mark

NO_END = mark("The search for the best fit came to no end; these data do not say which values fit best.")
STARTS = ((1.0, 1.0, 1.0, 2.0), (0.3, 0.3, 0.5, 3.0), (4.0, 4.0, 2.0, 2.0))
"""Where the search begins: r, alpha over its value for the mean rate, a and b."""
NOBODY_LEAVES = mark(
    "Nobody in these data seems to leave: the chance of leaving runs to zero. "
    "The model cannot say who is still there, and has no best fit."
)
EVERYBODY_LEAVES = mark(
    "Everybody in these data seems to leave at the first repeat purchase, so nothing is known of those who stay. "
    "The model has no best fit."
)
FLAT_WAYS = {
    (0, 0, -1, 0): NOBODY_LEAVES,
    (0, 0, 0, 1): NOBODY_LEAVES,
    (0, 0, 1, 0): EVERYBODY_LEAVES,
    (0, 0, 0, -1): EVERYBODY_LEAVES,
    (0, 0, 1, 1): mark(
        "The customers do not seem to differ in how easily they leave: a and b grow without end. "
        "The model is about such differences and has no best fit to these data."
    ),
    (0, 0, -1, -1): mark(
        "In these data customers seem either to leave at the first repeat purchase or never: a and b run to zero. "
        "The model has no best fit."
    ),
    (1, 1, 0, 0): mark(
        "The customers do not seem to differ in how often they buy: r and alpha grow without end. "
        "The model is about such differences and has no best fit to these data."
    ),
    (-1, -1, 0, 0): mark(
        "In these data customers seem to buy either very often or hardly ever: r and alpha run to zero. "
        "The model has no best fit."
    ),
}
"""Ways in which the likelihood may rise or stay level without end, for r, alpha, a, b, and what each means."""
MANY = 3_000
"""Histories from which it pays to search among a part of them first."""
TILE = 400_000
"""Numbers that are worked on at once."""


class Distinct(NamedTuple):
    """The different histories among customers, and where each customer's stands."""

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    where: np.ndarray


def distinct(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> Distinct:
    """The different rows, in order of frequency, age and recency.

    >>> distinct(np.array([1.0, 0.0, 1.0]), np.array([2.0, 0.0, 2.0]), np.array([9.0, 9.0, 9.0])).where.tolist()
    [1, 0, 1]
    """
    order = np.lexsort((recency, age, frequency))
    rows = np.stack([frequency, recency, age])[:, order]
    new = np.ones(len(order), bool)
    new[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    where = np.empty(len(order), np.intp)
    where[order] = np.cumsum(new) - 1
    return Distinct(*rows[:, new], where)


class Fit(NamedTuple):
    """Parameters r, alpha, a, b, the log-likelihood, the covariance of the parameters' logarithms, and what failed."""

    values: np.ndarray
    log_likelihood: float
    covariance: np.ndarray
    trouble: str


def most_likely(rows: Distinct, weight: np.ndarray) -> Fit:
    """The parameters that make the histories most likely; ``weight`` is the number of customers of each.

    Time is scaled so that the mean age is 1. Where there are many histories, every few of them say where to begin.
    """
    customers, bought = weight.sum(), weight @ rows.frequency
    scale, rate = weight @ rows.age / customers, bought / customers
    starts = [(r, ratio / rate, a, b) for r, ratio, a, b in STARTS]
    if every := len(weight) // MANY:
        some = Distinct(*(column[::every] for column in rows[:3]), rows.where)
        starts = [np.exp(climb(partial(_score, _prepared(some, weight[::every], scale)), starts).at)]
    score = partial(_score, _prepared(rows, weight, scale))
    peak = climb(score, starts)
    height = peak.height - bought * np.log(scale)
    return Fit(np.exp(peak.at) * [1, scale, 1, 1], height, peak.covariance, _trouble(score, peak))


def resampled(rows: Distinct, weight: np.ndarray, fit: Fit) -> np.ndarray:
    """The most likely parameters for other numbers of customers with each history, close to the first ``fit``."""
    scale = weight @ rows.age / weight.sum()
    score = partial(_score, _prepared(rows, weight, scale))
    per_time = np.array([1, scale, 1, 1])
    return np.exp(climb_near(score, fit.values / per_time, fit.covariance)) * per_time


def _trouble(score: Score, peak: Peak) -> str:
    if peak.ended and np.argmax(np.abs(peak.at)) == 2 and peak.at[2] < 0:  # a
        return NOBODY_LEAVES
    flat = runs_away(score, peak, FLAT_WAYS)
    if flat is None:
        return "" if peak.reached and not peak.ended else NO_END
    said = list(FLAT_WAYS.values())[flat]
    if said in (NOBODY_LEAVES, EVERYBODY_LEAVES):  # where b runs to zero, a may be anything
        return NOBODY_LEAVES if peak.at[2] < peak.at[3] else EVERYBODY_LEAVES
    return said


class _Prepared(NamedTuple):
    """What the likelihood needs of the rows and does not change with the parameters."""

    counts: np.ndarray  # the different frequencies
    by_count: np.ndarray  # customers of each
    customers: float
    frequency: np.ndarray
    age: np.ndarray
    weight: np.ndarray
    again: slice  # the rows of those who bought again; they come last
    recency: np.ndarray  # theirs


def _prepared(rows: Distinct, weight: np.ndarray, scale: float) -> _Prepared:
    counts, place = np.unique(rows.frequency, return_inverse=True)
    again = slice(int(np.searchsorted(rows.frequency, 0.5)), None)
    return _Prepared(
        counts, np.bincount(place, weight), float(weight.sum()), rows.frequency, rows.age / scale, weight,
        again, rows.recency[again] / scale,
    )  # fmt: skip


def _score(data: _Prepared, at: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood and its slope by the logarithms of r, alpha, a and b.

    A customer's is ln G(r+x)/G(r) + r ln alpha + ln B(a,b+x)/B(a,b) - (r+x) ln(alpha+T) + ln(1 + e^d), where the last
    term stands only for x > 0, d = ln a/(b+x-1) + (r+x) ln (alpha+T)/(alpha+t), and 1 - P(alive) = 1 / (1 + e^-d).
    What depends on x alone is reckoned once for each x.
    """
    from scipy.special import expit, gammaln, psi

    r, alpha, a, b = np.exp(at)
    x, n = data.counts, data.by_count
    by_x = gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    both, kept = psi(a + b) - psi(a + b + x), psi(b + x) - psi(b)
    power, now = r + data.frequency, np.log(alpha + data.age)
    power_again, then = power[data.again], np.log(alpha + data.recency)
    since = now[data.again] - then
    left = np.log(a) - np.log(data.frequency[data.again] + (b - 1)) + power_again * since
    weight = data.weight[data.again]
    gone = weight * expit(left)
    height = (
        n @ by_x + data.customers * r * np.log(alpha) - data.weight @ (power * now) + weight @ np.logaddexp(0, left)
    )
    before = np.exp(-then)
    slope = np.array([
        n @ (psi(r + x) - psi(r)) + data.customers * np.log(alpha) - data.weight @ now + gone @ since,
        data.customers * r / alpha - data.weight @ (power / (alpha + data.age))
        + gone @ (power_again * (1 / (alpha + data.age[data.again]) - before)),
        n @ both + gone.sum() / a,
        n @ (both + kept) - gone @ (1 / (data.frequency[data.again] + (b - 1))),
    ])  # fmt: skip
    return float(height), slope * np.exp(at)


def alive(values: np.ndarray, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Probability that a customer with this history has not left; 1 where nobody could: without a repeat purchase.

    >>> cdnow = np.array([0.243, 4.414, 0.793, 2.426])
    >>> alive(cdnow, np.array([0, 2.0]), np.array([0, 30.43]), np.array([38.86, 38.86])).round(3)
    array([1.   , 0.727])
    """
    from scipy.special import expit

    r, alpha, a, b = values
    again = frequency > 0
    since = np.log1p((age - recency) / (alpha + recency))
    odds = np.log(a) - np.log(np.where(again, b + frequency - 1, 1)) + (r + frequency) * since
    return np.where(again, expit(-odds), 1.0)


def ahead(values: np.ndarray, frequency: np.ndarray, age: np.ndarray, times: np.ndarray,
          worth: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """Mean number of purchases of customers who are alive, by the end of each of ``times``: rows x times.

    Where ``worth`` has an entry a time, one column: each purchase counts as much as the first time that it comes
    before is worth. For a new customer frequency and age are 0.

    In closed form (a+b+x-1)/(a-1) [1 - ((alpha+T)/(alpha+T+t))^(r+x) 2F1(r+x, b+x; a+b+x-1; t/(alpha+T+t))], which
    has no value at a = 1, and whose 2F1 overflows for hundreds of purchases or long times. So the mean of
    (1 - (1 + p z)^-(r+x)) / p, z = t/(alpha+T), is taken over p, beta with a and b + x, as a sum over the logit of p:
    smooth whatever the parameters, right to about 10 digits. The straight line between the values at p = 0 and p = 1,
    whose mean is known, is taken off before and added after, which keeps the sum short where a or b is small.

    >>> new = ahead(np.array([0.243, 4.414, 1.0, 2.426]), np.zeros(1), np.zeros(1), np.array([52.0]))
    >>> new.round(4).tolist()
    [[1.29]]
    """
    r, alpha, a, b = values
    power, other, scale = r + frequency, b + frequency, 1 / (alpha + age)
    columns = len(times) if worth is None else 1
    means = np.empty((len(frequency), columns))
    order, done = np.argsort(other, kind="stable"), 0
    while done < len(order):
        logit = _logits(a, other[order[done]], other[order[-1]], power.max() * scale.max() * times.max(initial=0))
        tile = order[done : done + max(TILE // len(logit), 1)]
        means[tile] = _tile(a, other[tile], power[tile], scale[tile], times, worth, logit)
        done += len(tile)
    return means


def _logits(a: float, least: float, most: float, size: float) -> np.ndarray:
    """Places on the logit of p, close enough and wide enough for a beta with ``a`` and ``least`` to ``most``."""
    step = min(0.28, 0.6 * np.sqrt(1 / a + 1 / most))
    low = -38 / (1 + a) - np.log(1 + most + size)
    high = 38 / (1 + least) + np.log1p(a)
    return np.arange(low, high, step)


def _tile(
    a: float, other: np.ndarray, power: np.ndarray, scale: np.ndarray, times: np.ndarray, worth: np.ndarray | None,
    logit: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """``ahead`` for as many customers as fit into the memory at once."""
    from scipy.special import betaln

    small, large = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    p = np.exp(small)
    density = np.exp(a * small + np.multiply.outer(other, large) - betaln(a, other)[:, None]) * (logit[1] - logit[0])
    found = np.empty((len(other), len(times)))
    share = a / (a + other)  # mean of p
    for column, time in enumerate(times):
        z = scale * time
        bought = -np.expm1(-power[:, None] * np.log1p(np.multiply.outer(z, p))) / p
        first, last = power * z, -np.expm1(-power * np.log1p(z))
        line = np.multiply.outer(first, np.exp(large)) + np.multiply.outer(last, p)
        found[:, column] = first * (1 - share) + last * share + np.einsum("ij,ij->i", density, bought - line)
    if worth is None:
        return found
    return (np.diff(found, axis=1, prepend=0.0) @ worth)[:, None]


def chances(values: np.ndarray, age: np.ndarray, highest: int) -> np.ndarray:
    """Probability of 0, 1, ... ``highest`` repeat purchases in the first ``age`` of a customer: rows x counts.

    >>> chances(np.array([0.243, 4.414, 0.793, 2.426]), np.array([0.0, 39.0]), 2).round(3).tolist()
    [[1.0, 0.0, 0.0], [0.574, 0.199, 0.085]]
    """
    from scipy.special import betaln, gammaln

    r, alpha, a, b = values
    x = np.arange(highest + 1)
    with np.errstate(divide="ignore"):
        bought = np.log(age / (alpha + age))
    steps = np.where(x > 0, np.multiply.outer(np.maximum(bought, -1e300), x), 0.0)
    poisson = gammaln(r + x) - gammaln(r) - gammaln(x + 1) + steps + (r * np.log(alpha / (alpha + age)))[:, None]
    poisson = np.exp(poisson)  # negative binomial
    more = 1 - np.cumsum(poisson, axis=1) + poisson  # at least x
    stayed = np.exp(betaln(a, b + x) - betaln(a, b))
    left = np.where(x > 0, np.exp(betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b)), 0.0)
    return stayed * poisson + left * np.maximum(more, 0.0)
