"""The grammar of every analysis: ``fit(frame)`` gives a result with ``summary``, ``plot`` and ``describe``."""

from __future__ import annotations

import datetime
import math
import numbers
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.language.catalogue import _, number, speaking
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NOT_PLAIN = (list, tuple, dict, set, np.ndarray)
"""What a cell of a table may not hold."""
DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日|(\d{4})(\d\d)(\d\d)", re.ASCII)
"""A day written year, month, day, in the usual spellings."""
CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?( ?[AaPp][Mm])?( ?(Z|[+-]\d\d:?\d\d))?", re.ASCII)
"""The time of day that may stand behind it."""


class Analysis:
    """What is found in a table of customers, purchases or answers.

    A subclass has ``fit`` (with options by name only) and ``example``, class methods, ``summary``, and ``_draw`` and
    ``_words`` for its picture.
    """

    @classmethod
    def fit(cls, frame: pd.DataFrame) -> Self:
        """The result for ``frame``; a table that it cannot work on raises InputError with the reason."""
        raise NotImplementedError

    @classmethod
    def example(cls) -> pd.DataFrame:
        """A table to try it on; ``attrs["source"]`` says where its numbers are from."""
        raise NotImplementedError

    def summary(self) -> pd.DataFrame:
        """What was found, as a tidy table."""
        raise NotImplementedError

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result's one picture, on ``ax`` where one is given, and return the Axes."""
        from crmlab.experiments.picture import canvas

        ax = canvas(ax)
        self._draw(ax)
        return ax

    def describe(self, language: str | None = None) -> str:
        """The picture in words, in the language spoken now or in ``language``."""
        with speaking(language):
            return self._words()

    def _draw(self, ax: Axes) -> None:
        raise NotImplementedError

    def _words(self) -> str:
        raise NotImplementedError


def needed(frame: Any, columns: Iterable[str]) -> pd.DataFrame:
    """These ``columns`` of ``frame``, in this order, rows numbered from 0, none of them empty.

    Raises InputError where ``frame`` is no DataFrame, lacks a column, has one twice, has no rows or an empty cell.

    >>> import pandas as pd
    >>> needed(pd.DataFrame({"customer": [1], "profit": [5.0], "name": ["Li"]}), ["profit", "customer"])
       profit  customer
    0     5.0         1
    >>> needed(pd.DataFrame({"customer": [1]}), ["customer", "profit"])
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The table lacks profit; needed are customer, profit, and it has customer.
    """
    import pandas as pd

    columns = list(columns)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(_("A table (DataFrame) with the columns {columns} is needed.").format(columns=_list(columns)))
    if frame.columns.nlevels > 1:
        raise InputError(_("The table's columns have names in several levels; give each column one plain name."))
    lacking = [name for name in columns if name not in frame.columns]
    if lacking:
        text = _("The table lacks {lacking}; needed are {columns}, and it has {present}.")
        raise InputError(
            text.format(lacking=_list(lacking), columns=_list(columns), present=_list(frame.columns) or _("none"))
        )
    twice = [name for name in columns if list(frame.columns).count(name) > 1]
    if twice:
        raise InputError(_("The table has the column {name} more than once.").format(name=twice[0]))
    if frame.empty:
        raise InputError(_("The table has no rows."))
    kept = frame[columns].reset_index(drop=True)
    for name in columns:
        if kept[name].dtype == object and any(isinstance(value, NOT_PLAIN) for value in kept[name]):
            text = _("The column {name} must hold plain numbers or words, not lists or tables.")
            raise InputError(text.format(name=name))
        empty = np.flatnonzero(kept[name].isna().to_numpy())
        if len(empty):
            text = _("The column {name} has an empty cell in row {row} (counted from 1); {count} in all.")
            raise InputError(text.format(name=name, row=number(empty[0] + 1), count=number(len(empty))))
    return kept


def numeric(frame: pd.DataFrame, name: str, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    """The column ``name`` as floats within ``low`` and ``high``, both allowed; text and truth values are no numbers.

    Raises InputError, naming the first row that is not allowed.

    >>> import pandas as pd
    >>> numeric(pd.DataFrame({"score": [1, 5, 9]}), "score", 1, 7)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The column score has 9 in row 3 (counted from 1); allowed is 1 to 7.
    """
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    column = frame[name]
    if is_numeric_dtype(column) and not is_bool_dtype(column) and not is_complex_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = np.array([_as_float(value) for value in column], dtype=float)
    bad = ~np.isfinite(values) | (values < low) | (values > high)
    for row in np.flatnonzero(bad)[:1]:
        value = column.iloc[row]
        shown = value.item() if isinstance(value, np.generic) else value
        if low == -np.inf and high == np.inf:
            text = _("The column {name} has {value} in row {row} (counted from 1); a number is needed.")
        elif high == np.inf:
            text = _("The column {name} has {value} in row {row} (counted from 1); allowed is a number from {low} on.")
        else:
            text = _("The column {name} has {value} in row {row} (counted from 1); allowed is {low} to {high}.")
        raise InputError(
            text.format(name=name, value=repr(shown), row=number(row + 1), low=f"{low:g}", high=f"{high:g}")
        )
    return values


def dated(frame: pd.DataFrame, name: str = "date") -> np.ndarray:
    """The column ``name`` as days (``datetime64[D]``); real dates are taken, never text that looks like one.

    Raises InputError where the column holds no dates.

    >>> import pandas as pd
    >>> dated(pd.DataFrame({"date": pd.to_datetime(["2026-11-22 18:00"])})).tolist()
    [datetime.date(2026, 11, 22)]
    >>> dated(pd.DataFrame({"date": ["22.11.2026"]}))
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The column date holds no dates; turn it into dates first: pandas.to_datetime.
    """
    from pandas.api.types import is_datetime64_any_dtype

    column = frame[name]
    if not is_datetime64_any_dtype(column):
        text = _("The column {name} holds no dates; turn it into dates first: pandas.to_datetime.")
        raise InputError(text.format(name=name))
    if getattr(column.dt, "tz", None) is not None:
        column = column.dt.tz_localize(None)
    return column.to_numpy().astype("datetime64[D]")


def day(value: Any, name: str = "until") -> np.datetime64:
    """``value`` as a day: a date, a time, or text that begins with year, month, day; the time of day is left out.

    Anything else raises InputError, which calls it ``name``.

    >>> day("2026-11-22 18:00"), day("2026/1/31")
    (np.datetime64('2026-11-22'), np.datetime64('2026-01-31'))
    >>> day("22.11.2026")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: until is '22.11.2026'; allowed is a date, or text such as "2026-01-31".
    """
    try:
        date = value
        if isinstance(value, str):
            text, _gap, clock = value.strip().replace("T", " ", 1).partition(" ")
            found = DAY.fullmatch(text)
            if not found or (clock and not CLOCK.fullmatch(clock)):
                raise ValueError
            date = datetime.date(*(int(part) for part in found.groups() if part and part.isdecimal()))
        elif isinstance(value, datetime.datetime):
            date = value.date()
        known = np.datetime64(date if isinstance(date, datetime.date | np.datetime64) else "NaT", "D")
    except (TypeError, ValueError):  # a TypeError: pandas' NaT, which Python takes for a date
        known = np.datetime64("NaT")
    if np.isnat(known):
        text = _('{name} is {value}; allowed is a date, or text such as "2026-01-31".')
        raise InputError(text.format(name=name, value=repr(value)))
    return known


def _as_float(value: Any) -> float:
    """A real number as a float, infinite where it is too large for one; what is no number is not a number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | Decimal):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _list(names: Iterable[Any]) -> str:
    return _(", ").join(map(str, names))
