"""What a check makes of an answer, however it was written: a number, a list, a column of a table, or None."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from crmlab.marking.plain import Table


def real(value: Any) -> float | None:
    """``value`` as one finite number: itself, or the only one in a list, an array or a table; else None.

    >>> real(3), real([0.5]), real(True), real(float("nan")), real([1, 2])
    (3.0, 0.5, None, None, None)
    """
    if isinstance(value, Table) and len(value.columns) == 1:
        value = next(iter(value.columns.values()))
    if isinstance(value, (list, np.ndarray)) and np.size(value) == 1:
        value = value.reshape(-1)[0].item() if isinstance(value, np.ndarray) else value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        made = float(value)
    except OverflowError:
        return None
    return made if math.isfinite(made) else None


def near(value: Any, right: float, tolerance: float) -> bool:
    """Whether ``value`` is a number at most ``tolerance`` from ``right``.

    >>> near(0.5004, 0.5, 0.001), near("0.5", 0.5, 0.001), near(None, 0.5, 0.001)
    (True, False, False)
    """
    made = real(value)
    return made is not None and abs(made - right) <= tolerance * (1 + 1e-9)


def listed(value: Any) -> list | None:
    """``value`` as a list: a list, an array of one dimension, the only column of a table; else None.

    >>> import numpy as np
    >>> listed(np.array([3, 1])), listed(Table({"n": [2]})), listed("31")
    ([3, 1], [2], None)
    """
    if isinstance(value, Table) and len(value.columns) == 1:
        value = next(iter(value.columns.values()))
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    return list(value) if isinstance(value, list) else None


def rows(value: Any, key: str, names: Sequence[str]) -> dict[Any, dict[str, float | None]] | None:
    """A table's rows by what stands in its column ``key``, each with the numbers in its columns ``names``.

    ``key`` may be a column or the table's index; a dict of columns is a table too. None where it is no table, a column
    is missing, or a key stands twice.

    >>> rows(Table({"n": [4, 5]}, {"shop": ["a", "b"]}), "shop", ["n"])
    {'a': {'n': 4.0}, 'b': {'n': 5.0}}
    """
    if isinstance(value, dict) and all(isinstance(one, (list, np.ndarray)) for one in value.values()):
        value = Table(dict(value))
    if not isinstance(value, Table):
        return None
    index = value.index if key in value.index or len(value.index) != 1 else {key: next(iter(value.index.values()))}
    known = {**index, **value.columns}
    if key not in known or any(name not in known for name in names):
        return None
    columns = {name: list(known[name]) for name in (key, *names)}
    keys = [one.item() if isinstance(one, np.generic) else one for one in columns[key]]
    if any(len(column) != len(keys) for column in columns.values()):
        return None
    if any(isinstance(one, (list, dict)) for one in keys) or len(set(keys)) != len(keys):
        return None
    return {one: {name: real(_item(columns[name][place])) for name in names} for place, one in enumerate(keys)}


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
