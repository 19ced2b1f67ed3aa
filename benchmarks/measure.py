"""Medians and ratios of things measured in turns, so that a noisy machine is noisy for both."""

from __future__ import annotations

import socket
import statistics
from collections.abc import Callable


def turns(runs: int, *measures: Callable[[], float]) -> list[list[float]]:
    """``runs`` values of each measure, taken A B A B ...; one round first that is not counted."""
    rounds = [[measure() for measure in measures] for _run in range(runs + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def line(name: str, values: list[float], unit: str = "s", scale: float = 1) -> str:
    """Median, 95th percentile and extremes of ``values`` in one line."""
    ordered = sorted(value * scale for value in values)
    high = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    median = statistics.median(ordered)
    ends = f"min {ordered[0]:.3g}, max {ordered[-1]:.3g}"
    return f"{name}: median {median:.3g} {unit}, p95 {high:.3g}, {ends}, n={len(ordered)}"


def ratio(first: list[float], second: list[float]) -> float:
    """Median of the ratios, pair by pair."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
