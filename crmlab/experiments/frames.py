"""What the experiments' tables have in common: rows of months or years, and the range of nine runs in ten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

YEAR = 12
"""Months in it, which is the step of tables by year."""
NINE_IN_TEN = 1.6449
"""Half the width of a normal's middle 90%, in standard deviations."""


def means(columns: Mapping[str, np.ndarray], step: int = 1) -> pd.DataFrame:
    """Means from month 0 on as a tidy frame; where a ``step`` is 12 months, with the year beside the month.

    >>> means({"customers": np.array([100, 50])}, YEAR)
       month  year  customers
    0      0     0        100
    1     12     1         50
    """
    import pandas as pd

    return pd.DataFrame({**_times(np.arange(len(next(iter(columns.values())))), step), **columns})


def steady(flows: Mapping[str, float], months: int) -> pd.DataFrame:
    """Means that are the same every month as a tidy frame: a row of zeros for month 0, then one row a month.

    >>> steady({"lost": 2.5}, 2)["lost"].tolist()
    [0.0, 2.5, 2.5]
    """
    began = np.arange(months + 1) > 0
    return means({name: np.where(began, flow, 0.0) for name, flow in flows.items()})


def histories(columns: Mapping[str, np.ndarray], step: int = 1) -> pd.DataFrame:
    """Arrays of shape (times, replicates), from month 0 on, as one tidy frame: one row a time and replicate.

    >>> histories({"lost": np.array([[0, 0], [3, 4]])})
       replicate  month  lost
    0          0      0     0
    1          0      1     3
    2          1      0     0
    3          1      1     4
    """
    import pandas as pd

    time, replicate = np.indices(next(iter(columns.values())).shape)
    every = {"replicate": replicate, **_times(time, step), **columns}
    return pd.DataFrame({name: values.ravel(order="F") for name, values in every.items()})


def from_nothing(flows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Flows of shape (months, replicates) with a row of zeros before them: in month 0 nothing has happened.

    >>> from_nothing({"lost": np.array([[3, 4]])})["lost"].tolist()
    [[0, 0], [3, 4]]
    """
    return {name: np.pad(flow, ((1, 0), (0, 0))) for name, flow in flows.items()}


def nine_in_ten(mean: np.ndarray, spread: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> tuple:
    """Lower and upper end of the range in which nine runs in ten lie, held between ``low`` and ``high``.

    The normal approximation; ``spread`` is the standard deviation.

    >>> [end.round(1).tolist() for end in nine_in_ten(np.array([10.0, 10.0]), np.array([1.0, 9.0]), 0, np.inf)]
    [[8.4, 0.0], [11.6, 24.8]]
    """
    return np.maximum(mean - NINE_IN_TEN * spread, low), np.minimum(mean + NINE_IN_TEN * spread, high)


def _times(time: np.ndarray, step: int) -> dict[str, np.ndarray]:
    return {"month": step * time} if step == 1 else {"month": step * time, "year": time}
