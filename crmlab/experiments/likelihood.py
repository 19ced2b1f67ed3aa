"""The top of a likelihood: climbed from several starts along its exact slope, and whether it has a top at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

FARTHEST = math.log(1e5)
"""How far from 1 a parameter may run, as a logarithm; time and money are scaled so that 1 is their mean."""
FLAT = 0.1
"""A step to ten times or a tenth that costs less log-likelihood than this is no step down."""
STRIDE = 2.0
"""The farthest that one step goes along an axis of the hill, as a logarithm."""
LOOK_AROUND, STEPS = 3, 200
"""Steps from each start, to see which is best, and at most from there."""
SMALL = 1e-9
"""A rise of the log-likelihood that is none."""

Score = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Log-likelihood and its slope at the logarithms of the parameters."""


class Peak(NamedTuple):
    """Where a likelihood is greatest: logarithms of the parameters, its height, and their covariance.

    ``reached`` is whether the slope is zero there, ``ended`` whether a parameter has run to the end of the search.
    """

    at: np.ndarray
    height: float
    covariance: np.ndarray
    reached: bool
    ended: bool


def climb(score: Score, starts: Iterable[Iterable[float]]) -> Peak:
    """The highest point that Newton's method reaches from ``starts`` (parameters).

    The second derivatives are differences of the exact slope; where the ground is no hill, their size alone sets the
    stride, so that every step goes up. (scipy's L-BFGS-B needs about as many looks at the likelihood. But it has its
    matrices of this size multiplied by several threads: on a busy machine it took 20 times as long.)

    >>> peak = climb(lambda at: (-np.sum((at - 1) ** 2), -2 * (at - 1)), [[1.0, 5.0]])
    >>> peak.at.round(6).tolist(), peak.reached, peak.ended
    ([1.0, 1.0], True, False)
    """
    places = [np.clip(np.log(np.asarray(start, float)), -FARTHEST, FARTHEST) for start in starts]
    tries = [_ascend(score, place, LOOK_AROUND) for place in places]
    at, height, slope = _ascend(score, max(tries, key=lambda found: found[1])[0], STEPS)
    size, along = _hill(score, at)
    hill = size > 1e-9 * max(size.max(), 1e-300)
    covariance = (along[:, hill] / size[hill]) @ along[:, hill].T
    ended = bool(np.abs(at).max() > FARTHEST - 1e-6)
    return Peak(at, height, covariance, bool(slope @ covariance @ slope < 1e-3), ended)


def climb_near(score: Score, near: Iterable[float], covariance: np.ndarray) -> np.ndarray:
    """The logarithms of the parameters at the peak, close to ``near`` on a hill that is shaped much like another.

    For resamples: the ``covariance`` of the first fit sets the stride, so a step costs one look. Right to a hundredth
    of a standard error. Where that does not converge, ``climb`` does.

    >>> climb_near(lambda at: (-np.sum((at - 1) ** 2), -2 * (at - 1)), [2.0, 2.0], np.eye(2) / 2.5).round(2).tolist()
    [1.0, 1.0]
    """
    at = np.log(np.asarray(near, float))
    height, slope = score(at)
    for _step in range(15):
        move = covariance @ slope
        if slope @ move < 1e-4:
            return at
        after = np.clip(at + move, -FARTHEST, FARTHEST)
        higher, steeper = score(after)
        if higher < height:
            break
        at, height, slope = after, higher, steeper
    return _ascend(score, at, STEPS)[0]


def _ascend(score: Score, at: np.ndarray, steps: int) -> tuple[np.ndarray, float, np.ndarray]:
    height, slope = score(at)
    for _step in range(steps):
        size, along = _hill(score, at)
        stride = np.clip(along.T @ slope / np.maximum(np.abs(size), 1e-12), -STRIDE, STRIDE)
        for _halving in range(20):
            after = np.clip(at + along @ stride, -FARTHEST, FARTHEST)
            higher, steeper = score(after)
            if higher > height:
                break
            stride = stride / 2
        else:
            break
        rise = higher - height
        at, height, slope = after, higher, steeper
        if rise < SMALL:
            break
    return at, float(height), slope


def _hill(score: Score, at: np.ndarray, step: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
    """How strongly the slope falls along each axis of the hill, and the axes: from differences of the slope."""
    moves = step * np.eye(len(at))
    curve = np.array([score(at - move)[1] - score(at + move)[1] for move in moves]) / (2 * step)
    return np.linalg.eigh((curve + curve.T) / 2)


def runs_away(score: Score, peak: Peak, directions: Iterable[Iterable[float]]) -> int | None:
    """The place of the first of ``directions`` along which the likelihood does not fall, or None.

    A direction has an entry a parameter: 1 makes it ten times as large, -1 a tenth, 0 leaves it.

    >>> def slope(at):
    ...     return -at[0] ** 2, np.array([-2 * at[0], 0.0])
    >>> peak = climb(slope, [[2.0, 1.0]])
    >>> runs_away(slope, peak, [[1, 0], [0, 1]])                   # nothing says how large the second one is
    1
    """
    for place, direction in enumerate(directions):
        if score(peak.at + math.log(10) * np.asarray(direction, float))[0] > peak.height - FLAT:
            return place
    return None
