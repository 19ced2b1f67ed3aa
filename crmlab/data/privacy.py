"""Customers' data protected: keyed pseudonyms, how alone anybody stands in a table, traces of persons, consent."""

from __future__ import annotations

import hashlib
import hmac
import numbers
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlab.experiments.analysis import needed
from crmlab.experiments.base import whole
from crmlab.language.catalogue import _, mark, number, percent
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SHORTEST = 16
"""Bytes that a key has at least: a shorter one could be guessed by trying."""
LETTERS = 16
"""Letters of a pseudonym: 64 bits, so that among a million customers two hardly ever get the same."""
FEW = 5
"""Rows of a group below which it may point at single persons, unless told; a convention."""


class Trace(NamedTuple):
    """What looks like a trace of a person in a text: its name, its pattern, and a sum that must come out."""

    says: str
    pattern: str
    fits: Callable[[str], bool] = bool


def _card(text: str) -> bool:
    """Whether the digits of a payment card's number check (Luhn)."""
    digits = [int(letter) for letter in text if letter.isdigit()][::-1]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10


def _identity(text: str) -> bool:
    """Whether the last letter of a Chinese identity number checks (GB 11643)."""
    return (
        "10X98765432"[sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(text[:17])) % 11] == text[-1].upper()
    )


TRACES = (
    Trace(mark("an e-mail address"), r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    Trace(mark("a Chinese mobile number"), r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d|\.\d)"),
    Trace(mark("a Chinese identity number"), r"(?<!\d)\d{6}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?!\d)", _identity),
    Trace(mark("a payment card's number"), r"(?<![\d.])\d{4}(?:[- ]?\d{4}){3}(?:[- ]?\d{1,3})?(?!\d)", _card),
)
NAMED = mark("a column called as personal data are")
PERSONAL = (
    "name", "full name", "first name", "last name", "surname", "phone", "telephone", "mobile", "phone number", "e-mail",
    "email", "address", "birthday", "date of birth", "passport", "姓名", "名字", "客户姓名", "会员姓名", "电话", "手机",
    "手机号", "手机号码", "联系电话", "邮箱", "电子邮箱", "地址", "收货地址", "住址", "身份证", "身份证号",
    "身份证号码", "生日", "出生日期",
)  # fmt: skip
"""What columns of personal data are called; compared without case, a space for an underscore."""


def pseudonymise(frame: pd.DataFrame, key: str | bytes, columns: str | list[str] = "customer") -> pd.DataFrame:
    """A copy of ``frame`` whose ``columns`` hold pseudonyms: a keyed hash (HMAC-SHA256), 16 letters long.

    The same customer gets the same pseudonym under the same ``key``, in every table of a study, whether written as
    number or text; under another key another. Without the key nobody can find out by trying all customer numbers, as
    they could with a plain hash. Who holds the key can: the data stay personal data for them. An empty cell stays
    empty. Raises InputError for a column that there is not, and a key shorter than 16 bytes.

    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": [7, 7, 8], "amount": [1.0, 2.0, 3.0]})
    >>> hidden = pseudonymise(sales, "a secret of this study only")
    >>> hidden["customer"].nunique(), hidden["amount"].tolist()
    (2, [1.0, 2.0, 3.0])
    >>> pseudonymise(sales, "short")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The key has 5 bytes; at least 16 are needed, made by chance and kept apart.
    """
    import pandas as pd

    secret = key.encode() if isinstance(key, str) else key
    if not isinstance(secret, bytes) or len(secret) < SHORTEST:
        length = len(secret) if isinstance(secret, bytes) else 0
        text = _("The key has {count} bytes; at least {least} are needed, made by chance and kept apart.")
        raise InputError(text.format(count=number(length), least=number(SHORTEST)))
    columns = [columns] if isinstance(columns, str) else list(columns)
    _present(frame, columns)
    hidden = frame.copy()
    for name in columns:
        places, found = pd.factorize(frame[name].to_numpy(dtype=object, na_value=None))
        names = np.array([*(_pseudonym(value, secret) for value in found), None], dtype=object)
        hidden[name] = pd.Series(names[places], frame.index, dtype="str")
    return hidden


def _pseudonym(value: Any, secret: bytes) -> str:
    if isinstance(value, numbers.Real) and value % 1 == 0:
        value = int(value)
    plain = re.sub(r"(?<=\d)\.0$", "", str(value).strip())
    return hmac.new(secret, plain.encode(), hashlib.sha256).hexdigest()[:LETTERS]


@dataclass(frozen=True, eq=False)
class Anonymity:
    """How many rows share each combination of what others may know. Printed, it says so in words.

    ``smallest`` is k: whoever knows these columns of a person finds at least k rows. ``alone`` is the number of rows
    that stand alone, ``few`` of those in groups smaller than ``wanted``. ``groups`` is a table: the columns and rows,
    smallest groups first.
    """

    columns: tuple[str, ...]
    wanted: int
    rows: int
    smallest: int
    alone: int
    few: int
    groups: pd.DataFrame

    def __repr__(self) -> str:
        text = _(
            "By {columns} the smallest group has k = {smallest} rows. {alone} of {rows} rows stand alone, and {few} "
            "({share}) are in groups of fewer than {wanted}."
        )
        return text.format(
            columns=_(", ").join(self.columns), smallest=number(self.smallest), alone=number(self.alone),
            rows=number(self.rows), few=number(self.few), share=percent(self.few / self.rows, 1),
            wanted=number(self.wanted),
        )  # fmt: skip


def k_anonymity(frame: pd.DataFrame, columns: list[str], wanted: int = FEW) -> Anonymity:
    """How alone anybody stands in ``frame`` by ``columns`` that others may know, such as district, age and sex.

    k is the number of rows in the smallest group that shares all these values (Sweeney 2002, k-anonymity: a model for
    protecting privacy). An empty cell counts as a value. It says nothing of what all members of a group share: if all
    five of a group complained, whoever finds the group knows. Raises InputError for a column that there is not.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"district": ["N", "N", "S"], "age": ["20-29", "20-29", "60-69"]})
    >>> k_anonymity(people, ["district", "age"])
    By district, age the smallest group has k = 1 rows. 1 of 3 rows stand alone, and 3 (100%) are in groups of fewer than 5.
    """  # noqa: E501
    columns = [columns] if isinstance(columns, str) else list(columns)
    wanted = whole("wanted", wanted, 1, 10**6)
    if not columns:
        raise InputError(_("Name at least one column that others may know."))
    _present(frame, columns)
    group = frame.groupby(columns, dropna=False, observed=True, sort=False).ngroup().to_numpy()
    _found, first, size = np.unique(group, return_index=True, return_counts=True)
    groups = frame[columns].iloc[first]
    groups.insert(len(columns), "rows", size, allow_duplicates=True)
    order = sorted(range(len(size)), key=lambda at: (size[at], *map(str, groups.iloc[at, :-1])))
    alone, few = int(size[size == 1].sum()), int(size[size < wanted].sum())
    smallest, groups = int(size.min()), groups.iloc[order].reset_index(drop=True)
    return Anonymity(tuple(columns), wanted, len(frame), smallest, alone, few, groups)


def traces(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of ``frame`` that look like traces of a person: column, trace, rows, first_row (counted from 1).

    E-mail addresses, Chinese mobile and identity numbers and payment card numbers, by their shape and their check
    digits; and columns called as personal data are, such as "phone". A name is found by no pattern: an empty answer
    does not prove that there is no personal data. What stands in the cells is not repeated.

    >>> import pandas as pd
    >>> traces(pd.DataFrame({"note": ["call back 13800138000", "fine"]}))[["column", "trace", "rows"]]
      column                    trace  rows
    0   note  a Chinese mobile number     1
    """
    import pandas as pd

    found = []
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        filled = column.notna().to_numpy()
        if str(name).strip().lower().replace("_", " ") in PERSONAL and filled.any():
            found.append((name, _(NAMED), int(filled.sum()), int(filled.argmax()) + 1))
        if not pd.api.types.is_datetime64_any_dtype(column):
            texts = pd.Series([f"{value:.15g}" if isinstance(value, float) else str(value) for value in column])
            for trace in TRACES:
                hits = texts[texts.str.contains(trace.pattern, regex=True)]
                hits = hits[[any(map(trace.fits, re.findall(trace.pattern, text))) for text in hits]]
                if len(hits):
                    found.append((name, _(trace.says), len(hits), int(hits.index[0]) + 1))
    return pd.DataFrame(found, columns=["column", "trace", "rows", "first_row"])


def telling(text: str) -> bool:
    """Whether a text holds what looks like a trace of a person.

    >>> telling("li@example.com"), telling("customer")
    (True, False)
    """
    return any(trace.fits(found) for trace in TRACES for found in re.findall(trace.pattern, text))


def check_export(what: pd.DataFrame | str | Path) -> None:
    """Raise InputError where a table, a file of one (CSV, Excel) or any text about to be handed on holds ``traces``.

    The error says where and what they look like, and does not repeat them. A path is a ``Path``; a ``str`` is a text.

    >>> check_export("Sum: 8,911,407.90 from 4,338 customers.")
    >>> check_export("Write to li@example.com.")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: Not to be handed on: an e-mail address (text: 1 row, the first is row 1).
    """
    import pandas as pd

    from crmlab.data.tables import lines, read_table

    if isinstance(what, str):
        frame = pd.DataFrame({_("text"): what.splitlines()})
    else:
        frame = what if isinstance(what, pd.DataFrame) else read_table(what)
    text = _("{trace} ({column}: {rows}, the first is row {first})")
    found = [
        text.format(trace=row.trace, column=row.column, rows=lines(row.rows), first=number(row.first_row))
        for row in traces(frame).itertuples()
    ]
    if found:
        raise InputError(_("Not to be handed on: {traces}.").format(traces=_("; ").join(found)))


def consenting(frame: pd.DataFrame, members: pd.DataFrame, consent: str = "consent") -> pd.DataFrame:
    """The rows of ``frame`` whose customer agreed to their data being used, by the column ``consent`` of ``members``.

    Only a clear yes (True) counts: an empty cell is no consent, nor is a customer that ``members`` does not have, nor
    one who stands there twice, once with a yes and once without. Rows of no known customer (an empty cell) stay.

    Raises InputError where a column lacks, or where consent is something else than True, False or empty.

    >>> import pandas as pd
    >>> members = pd.DataFrame({"customer": [1, 2, 3], "consent": pd.array([True, False, None], "boolean")})
    >>> consenting(pd.DataFrame({"customer": [1, 2, 3, 4]}), members)["customer"].tolist()
    [1]
    """
    _present(members, ["customer", consent])
    _present(frame, ["customer"])
    clear = _clear(members[consent])
    customers, customer = members["customer"], frame["customer"]
    if customers.dtype == customer.dtype == "int64":
        agreed = np.setdiff1d(customers[clear], customers[~clear])
    else:
        agreed = set(customers[clear]) - set(customers[~clear])
    return frame[(customer.isin(agreed) | customer.isna()).to_numpy()]


def _clear(said: pd.Series) -> np.ndarray:
    """Where a clear yes stands. Raises InputError for what is neither True nor False nor empty."""
    if said.dtype in ("bool", "boolean"):
        return said.to_numpy(dtype=bool, na_value=False)
    values = said.to_numpy(dtype=object, na_value=None)
    if not all(value is None or isinstance(value, bool | np.bool_) for value in values):
        text = _("The column {name} must say True or False, or be empty; clean it first.")
        raise InputError(text.format(name=said.name))
    return np.array([value is not None and bool(value) for value in values], dtype=bool)


def _present(frame: pd.DataFrame, columns: list[str]) -> None:
    """Raise InputError unless ``frame`` is a table with rows and each of these columns once; empty cells may be."""
    import pandas as pd

    known = list(frame.columns) if isinstance(frame, pd.DataFrame) and len(frame) else []
    if any(known.count(name) != 1 for name in columns):
        needed(frame, columns)
