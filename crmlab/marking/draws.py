"""A student's own draw on its way into the sandbox: made once, by the marker, and told in plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from crmlab.data.cards import card
from crmlab.data.sets import DataSet


def told(draw: DataSet) -> dict[str, Any]:
    """The tables of ``draw`` as plain data: numbers, dates and codes as arrays, what may be missing with its mask.

    >>> from crmlab.data.sets import load
    >>> village = load("village")
    >>> heard("village", None, told(village))["refills"].equals(village["refills"])
    True
    """
    return {name: {str(column): _told(draw[name][column]) for column in draw[name]} for name in draw}


def _told(values: Any) -> Any:
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        return [values.cat.codes.to_numpy()]
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufM":
        return values.to_numpy()
    missing = values.isna().to_numpy()
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_integer_dtype(values.dtype):
        kind = bool if pd.api.types.is_bool_dtype(values.dtype) else np.int64
        return [values.to_numpy(kind, na_value=kind(0)), missing]
    return [None if gone else str(one) for one, gone in zip(values.tolist(), missing, strict=True)]


def heard(name: str, student: str | None, tables: dict[str, Any]) -> DataSet:
    """The data set called ``name`` with the tables that ``told`` gave."""
    import pandas as pd

    about = card(name)
    made = {}
    for table, columns in tables.items():
        kinds = {column.name: column for column in about.tables[table].columns}
        values: dict[str, Any] = {}
        for column, parts in columns.items():
            if isinstance(parts, np.ndarray):
                values[column] = parts
            elif kinds[column].type == "choice":
                values[column] = pd.Categorical.from_codes(parts[0], list(kinds[column].values))
            elif kinds[column].type in ("whole", "yes"):
                array = pd.arrays.BooleanArray if kinds[column].type == "yes" else pd.arrays.IntegerArray
                values[column] = array(*parts)
            else:
                values[column] = pd.array(parts, dtype="str")
        made[table] = pd.DataFrame(values)
    return DataSet(about, made, student)
