"""What an answer is made of when a check sees it: plain data, and nothing that runs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.language.catalogue import _, number

if TYPE_CHECKING:
    import pandas as pd

ITEMS = 200_000
"""Numbers and texts that one answer may hold in all."""
DEPTH = 12
LETTERS = 100_000
BITS = 1024
"""Of a whole number."""


KINDS = ("missing", "unanswered", "error", "refused", "lost")


class Failed(Exception):  # noqa: N818 (what the protocol calls it)
    """A student's answer cannot be had: ``kind`` says why in a word, the message to the learner in a sentence.

    ``missing``: no such name; ``unanswered``: still NotImplementedError; ``error``: the student's code raised, what is
    called ``error``; ``refused``: it is no plain data, or too much; ``lost``: the process that held it is gone for
    ``reason`` (see ``Stopped``). The judge, which knows it, adds the ``name`` that was asked for.
    """

    def __init__(self, kind: str, message: str = "", *, name: str = "", error: str = "", reason: str = "") -> None:
        super().__init__(message or " ".join(filter(None, (name, kind, error, reason))))
        self.kind, self.name, self.error, self.reason = kind, name, error, reason

    def told(self) -> dict[str, str]:
        """What is kept of it with a mark, as data.

        >>> Failed("error", name="retention", error="KeyError").told()
        {'kind': 'error', 'name': 'retention', 'error': 'KeyError', 'reason': ''}
        """
        return {"kind": self.kind, "name": self.name, "error": self.error, "reason": self.reason}


@dataclass
class Table:
    """A table as a check sees it: its columns by name, and those of its index beside them.

    A column is an array of numbers, truths or dates, or a list of what is plain; an index that only counts the rows
    from 0 is left out. A Series is a table of one column, called by its name or "".
    """

    columns: dict[str, Any]
    index: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter({**self.index, **self.columns}.values()), ()))

    def frame(self) -> pd.DataFrame:
        """The table as pandas knows it.

        >>> Table({"n": [4, 5]}, {"shop": ["a", "b"]}).frame().loc["b", "n"].item()
        5
        """
        import pandas as pd

        made = pd.DataFrame({**self.index, **self.columns})
        return made.set_index(list(self.index)) if self.index else made


def plain(value: Any) -> Any:
    """``value`` as plain data: None, bool, int, float, str, list, dict, arrays of numbers and dates, Table.

    Tuples, sets and ranges become lists (sets in order, where they have one), dates text, DataFrame and Series a
    Table. Nothing is shared with ``value``. Raises Failed("refused") for everything else, and for too much of it.

    >>> import numpy as np, pandas as pd
    >>> plain((1, np.float64(0.5), {"a", "b"}))
    [1, 0.5, ['a', 'b']]
    >>> plain(pd.Series([2, 3], index=["x", "y"], name="n"))
    Table(columns={'n': array([2, 3])}, index={'': ['x', 'y']})
    >>> plain(print)
    Traceback (most recent call last):
    ...
    crmlab.marking.plain.Failed: builtin_function_or_method is no answer: numbers, text, lists and tables are.
    """
    return _Made().of(value, DEPTH)


class _Made:
    """One answer being made plain, and how much it may still hold."""

    def __init__(self) -> None:
        self.left = ITEMS

    def take(self, many: int) -> None:
        self.left -= many
        if self.left < 0:
            text = _("The answer holds more than {count} values.")
            raise Failed("refused", text.format(count=number(ITEMS)))

    def of(self, value: Any, depth: int) -> Any:
        self.take(1)
        kind = type(value)
        if kind is Table:
            return value
        if value is None or kind in (bool, float):
            return value
        if kind is int:
            if value.bit_length() > BITS:
                raise Failed("refused", _("The answer holds a whole number that is too large."))
            return value
        if kind is str:
            if len(value) > LETTERS:
                raise Failed("refused", _("The answer holds a text that is too long."))
            self.take(len(value) // 100)
            return value
        if depth == 0:
            raise Failed("refused", _("The answer is lists within lists, too deep."))
        if isinstance(value, np.generic):
            return self.of(value.item(), depth - 1)
        if isinstance(value, (datetime.date, datetime.datetime)):
            return value.isoformat()
        if isinstance(value, np.ndarray):
            return self.array(value, depth)
        if kind in (list, tuple, range, type({}.keys()), type({}.values())):
            return [self.of(one, depth - 1) for one in value]
        if kind in (set, frozenset):
            made = [self.of(one, depth - 1) for one in value]
            try:
                return sorted(made)
            except TypeError:
                return made
        if isinstance(value, dict):
            return {self.name(key): self.of(one, depth - 1) for key, one in value.items()}
        return self.frame(value, depth)

    def name(self, key: Any) -> Any:
        made = self.of(key, DEPTH)
        return made if made is None or isinstance(made, (str, bool, int, float)) else str(made)

    def array(self, value: np.ndarray, depth: int) -> Any:
        if value.dtype.kind in "biufM":
            self.take(value.size)
            fixed = "datetime64[s]" if value.dtype.kind == "M" else value.dtype.newbyteorder("=")
            return np.array(value, dtype=fixed, order="C")
        return [self.of(one, depth - 1) for one in value.tolist()] if value.ndim else self.of(value.item(), depth - 1)

    def frame(self, value: Any, depth: int) -> Any:
        import pandas as pd

        if value is pd.NA or value is pd.NaT:
            return None
        if isinstance(value, pd.DataFrame):
            columns = {str(name): self.column(value.iloc[:, place]) for place, name in enumerate(value.columns)}
            return Table(columns, self.index(value.index))
        if isinstance(value, pd.Series):
            return Table({"" if value.name is None else str(value.name): self.column(value)}, self.index(value.index))
        if isinstance(value, (pd.Index, pd.api.extensions.ExtensionArray)):
            return self.column(pd.Series(value))
        text = _("{kind} is no answer: numbers, text, lists and tables are.")
        raise Failed("refused", text.format(kind=type(value).__name__))

    def index(self, index: Any) -> dict[str, Any]:
        import pandas as pd

        if isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1:
            return {}
        levels = [index.get_level_values(place) for place in range(index.nlevels)]
        return {"" if one.name is None else str(one.name): self.column(pd.Series(one)) for one in levels}

    def column(self, series: Any) -> Any:
        import pandas as pd

        dtype = series.dtype
        if isinstance(dtype, np.dtype) and dtype.kind in "biufM":
            return self.array(series.to_numpy(), DEPTH)
        if pd.api.types.is_bool_dtype(dtype) and not series.isna().any():
            return self.array(series.to_numpy(dtype=bool), DEPTH)
        if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
            whole = pd.api.types.is_integer_dtype(dtype) and not series.isna().any()
            return self.array(
                series.to_numpy(dtype="int64" if whole else "float64", na_value=0 if whole else np.nan), 1
            )
        missing = series.isna().to_numpy()
        return [None if gone else self.of(one, DEPTH) for one, gone in zip(series.tolist(), missing, strict=True)]
