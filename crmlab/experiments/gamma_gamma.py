"""What customers spend on a purchase: the gamma-gamma model's likelihood and expectations.

Fader and Hardie (2013), The gamma-gamma model of monetary value, a note at brucehardie.com. A purchase is worth a
gamma amount with shape p and a rate of the customer's own (gamma with shape q and rate v over customers), whatever
the number of purchases: spend and frequency must not go together. ``spend`` is the mean of a customer's repeat
purchases, ``frequency`` their number.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from crmlab.experiments.bg_nbd import MANY, NO_END, Fit
from crmlab.experiments.likelihood import climb, climb_near, runs_away
from crmlab.language.catalogue import mark

STARTS = ((4.0, 4.0, 0.75), (1.0, 3.0, 2.0), (30.0, 10.0, 0.3))
"""Where the search begins: p, q and v, with a mean spend of 1."""
SAME_CUSTOMERS = mark(
    "The customers do not seem to differ in what they spend on a purchase: q and v grow without end. "
    "The gamma-gamma model has no best fit; with spend=False the purchases alone are fitted."
)
FLAT_WAYS = {
    (0, 1, 1): SAME_CUSTOMERS,
    (1, 0, -1): mark(
        "Each customer seems to spend the same on every purchase: p grows without end. "
        "The gamma-gamma model has no best fit; with spend=False the purchases alone are fitted."
    ),
}
"""Ways in which the likelihood may rise or stay level without end, for p, q, v, and what each means."""


def most_likely(frequency: np.ndarray, spend: np.ndarray) -> Fit:
    """The p, q and v that make these mean amounts most likely; only customers with repeat purchases worth something.

    Money is scaled so that the mean is 1.
    """
    scale = spend.mean()
    one, starts = np.ones(len(spend)), STARTS
    if every := len(spend) // MANY:
        starts = [np.exp(climb(partial(_score, frequency[::every], spend[::every] / scale, one[::every]), starts).at)]
    score = partial(_score, frequency, spend / scale, one)
    peak = climb(score, starts)
    flat = runs_away(score, peak, FLAT_WAYS)
    trouble = "" if peak.reached and not peak.ended else NO_END
    if flat is not None:
        trouble = list(FLAT_WAYS.values())[flat]
    return Fit(np.exp(peak.at) * [1, 1, scale], peak.height - len(spend) * np.log(scale), peak.covariance, trouble)


def resampled(frequency: np.ndarray, spend: np.ndarray, weight: np.ndarray, fit: Fit) -> np.ndarray:
    """The most likely parameters for other numbers of these customers, ``weight``, close to the first ``fit``."""
    per_money = np.array([1, 1, weight @ spend / weight.sum()])
    score = partial(_score, frequency, spend / per_money[2], weight)
    return np.exp(climb_near(score, fit.values / per_money, fit.covariance)) * per_money


def _score(x: np.ndarray, spend: np.ndarray, weight: np.ndarray, at: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood and its slope by the logarithms of p, q and v."""
    from scipy.special import gammaln, psi

    p, q, v = np.exp(at)
    total = x * spend
    shape, rate = p * x + q, np.log(v + total)
    heights = (
        gammaln(shape) - gammaln(p * x) - gammaln(q) + q * np.log(v) + p * x * np.log(total) - np.log(spend)
        - shape * rate
    )  # fmt: skip
    slope = [
        weight @ (x * (psi(shape) - psi(p * x) + np.log(total) - rate)),
        weight @ (psi(shape) - psi(q) + np.log(v) - rate),
        weight @ (q / v - shape / (v + total)),
    ]
    return float(weight @ heights), np.array(slope) * np.exp(at)


def mean_spend(values: np.ndarray, frequency: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """What a customer with this history spends on a purchase on average: p (v + x z) / (p x + q - 1).

    Between the customer's own mean and everybody's, p v / (q - 1), which is that of whoever never bought again.

    >>> mean_spend(np.array([6.25, 3.74, 15.44]), np.array([0.0, 1.0, 100.0]), np.array([0.0, 90.0, 90.0])).round(1)
    array([35.2, 73.3, 89.8])
    """
    p, q, v = values
    return p * (v + frequency * spend) / (p * frequency + q - 1)
