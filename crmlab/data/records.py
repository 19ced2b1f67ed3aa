"""A firm's own purchases, read from its file: what was taken, what was dropped and why, nothing guessed in silence."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.privacy import telling
from crmlab.data.tables import SEPARATORS, Source, lines, source, twice
from crmlab.experiments.analysis import CLOCK, DAY, day
from crmlab.experiments.purchase_model import PurchaseModel
from crmlab.experiments.rfm import RFM
from crmlab.experiments.whale import LARGEST, WhaleCurve
from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

KNOWN = {
    "customer": (
        "customer", "customerid", "customer id", "customer_id", "customer number", "cust_id", "client_id", "member_id",
        "客户", "客户编号", "客户号", "客户代码", "客户id", "会员", "会员编号", "会员号", "会员卡号", "会员id",
        "顾客编号",
    ),
    "date": (
        "date", "invoicedate", "invoice date", "invoice_date", "order date", "order_date", "orderdate", "purchase date",
        "purchase_date", "transaction date", "transaction_date",
        "日期", "购买日期", "消费日期", "订单日期", "下单日期", "下单时间", "交易日期", "交易时间", "开票日期",
        "销售日期",
    ),
    "amount": (
        "amount", "totalprice", "total price", "total_price", "total", "sales", "revenue", "order amount",
        "order_amount", "net amount",
        "金额", "购买金额", "消费金额", "订单金额", "交易金额", "实付金额", "销售金额", "销售额", "总价",
    ),
    "quantity": ("quantity", "qty", "数量", "购买数量"),
    "price": ("unitprice", "unit price", "unit_price", "price", "单价", "价格"),
    "invoice": (
        "invoiceno", "invoice", "invoice no", "invoice_no", "order id", "order_id", "orderid", "order number",
        "订单编号", "订单号", "发票号", "发票号码", "单号", "流水号",
    ),
    "status": ("status", "order status", "order_status", "状态", "订单状态"),
}  # fmt: skip
"""What columns are called in files that are known; compared without case."""
ROLES = {"customer": mark("customer"), "date": mark("date"), "amount": mark("amount")}
EMPTY = frozenset({"", "NULL", "null", "NaN", "nan", "None", "#N/A", "<NA>", "\\N"})
"""What programs write into a cell that holds nothing."""
CANCELLING = ("invoiceno", "invoice")
"""What the column is called in which C and six digits stand for a cancellation (the online retailer's form)."""
CANCELLED = ("cancelled", "canceled", "已取消", "取消")
RETURNED = ("returned", "refunded", "已退货", "退货", "已退款", "退款")
REASONS = {
    "no customer": mark("no customer"),
    "cancelled": mark("cancelled"),
    "no date": mark("no date"),
    "no amount": mark("no amount"),
    "no plain number": mark(
        "an amount that is no plain number (currency signs, thousands' marks, a formula, text) up to 1e15"
    ),
    "unreadable date": mark("a date that can't be read"),
    "future": mark("in the future"),
    "returned": mark("returned: the status says so, or the amount is below zero"),
    "repeated": mark("a row like one before it"),
}
"""Why a row is dropped; the first reason that holds counts."""
SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ORDERS = {
    "day": mark("Dates such as {example}: the day first."),
    "month": mark("Dates such as {example}: the month first."),
}
CENTS = 6
"""Decimals that are kept where amounts are multiplied or added up: what lies below is rounding."""
MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Reading:
    """How a file was read: the ``columns`` taken by their roles, ``order`` of day and month with an ``example``.

    ``invoices`` is the number of purchases that its lines were added up to, 0 where they were not.
    """

    table: Source
    columns: dict[str, str]
    order: str = ""
    example: str = ""
    invoices: int = 0

    def sentences(self) -> list[str]:
        """The same in words, in the language spoken now."""
        said = [_read_as(self.table)]
        text = _("Taken: {customer} as customer, {date} as date, {amount} as amount.")
        if "quantity" in self.columns:
            text = _("Taken: {customer} as customer, {date} as date, {quantity} times {price} as amount.")
        said.append(text.format(**self.columns))
        if self.order:
            said.append(_(ORDERS[self.order]).format(example=self.example))
        if self.invoices:
            text = _("Lines with the same {invoice}, customer and day were added up, to {count} purchases.")
            said.append(text.format(invoice=self.columns["invoice"], count=number(self.invoices)))
        return said


@dataclass(frozen=True, eq=False)
class Records:
    """Purchases read from a file. Printed, it says what was taken and what was dropped.

    ``transactions``: a row a purchase, columns customer, date, amount, in the file's order. ``rows``: how many the
    file has; each of them is in a purchase or was dropped. ``repeated``: rows that are like one before them in every
    cell. ``how``: how the file was read. Customers are whole numbers where all are written so, without zeros before
    them; otherwise they stay text, as written, for "007" and "7" may be two. (CDNOW's zeros only fill the width.)
    """

    transactions: pd.DataFrame
    rows: int
    repeated: int
    how: Reading
    lost: tuple[tuple[str, int, float, int], ...]

    @property
    def took(self) -> list[str]:
        """How the file was read, in sentences."""
        return self.how.sentences()

    @property
    def dropped(self) -> pd.DataFrame:
        """A row a reason: reason (in English, for use in code), why (in words), rows, amount, first_row.

        The amount is the sum of those that are numbers; the first row is one of the data, counted from 1.
        """
        import pandas as pd

        found = [(reason, _(REASONS[reason]), *counted) for reason, *counted in self.lost]
        return pd.DataFrame(found, columns=["reason", "why", "rows", "amount", "first_row"])

    @property
    def without(self) -> list[str]:
        """What was dropped, and why, in sentences; and how many rows are alike."""
        said = []
        for row in self.dropped.itertuples():
            text = _("Dropped: {rows}, {reason}; the first is row {first}.")
            said.append(text.format(rows=lines(row.rows), reason=row.why, first=number(row.first_row)))
        if self.repeated and "repeated" not in self.dropped["reason"].tolist():
            text = _("Rows like one before them in every cell: {count}. They were kept; drop_repeated=True drops them.")
            said.append(text.format(count=number(self.repeated)))
        return said

    def __repr__(self) -> str:
        rows = self.transactions
        text = _("Purchases: {rows}. Customers: {customers}. Sum: {total}. From {first} to {last}.")
        kept = text.format(
            rows=number(len(rows)), customers=number(rows["customer"].nunique()), total=number(rows["amount"].sum(), 2),
            first=rows["date"].min().date(), last=rows["date"].max().date(),
        )  # fmt: skip
        return "\n".join([*self.took, kept, *self.without])

    def rfm(self) -> RFM:
        """The customers scored by recency, frequency and money, looking back from the last purchase."""
        return RFM.fit(self.transactions)

    def whale(self) -> WhaleCurve:
        """The whale curve of revenue: costs are not in these records, so what it calls profit is revenue here."""
        return WhaleCurve.fit(self.transactions.rename(columns={"amount": "profit"}))

    def purchases(self) -> PurchaseModel:
        """Who is still a customer, and what they will buy; InputError, with the reason, where too little is known."""
        return PurchaseModel.fit(self.transactions)


def read_transactions(
    path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    invoice: str | None = None,
    date_order: str | None = None,
    decimal: str = ".",
    until: datetime.date | str | None = None,
    drop_repeated: bool = False,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: int | str = 0,
) -> Records:
    """A firm's purchases from a CSV, an Excel file or CDNOW's fixed-width text, as ``Records``.

    ``customer``, ``date`` and ``amount`` name the columns; those that are not named are recognised where the file
    calls them by a known name, in English or Chinese. Without an amount, quantity times unit price is taken. Rows of
    one ``invoice`` (named, or recognised), customer and day are added up to one purchase. Days are read as
    year-month-day in the usual spellings; of 3/4/2025 ``date_order`` ("day" or "month" first) tells the order, unless
    other dates of the file do; the time of day is left out. ``decimal`` is the sign before the decimals.

    Dropped and reported are rows without customer, date or plain number, cancelled (the status says so; in the online
    retailer's form an InvoiceNo of C and six digits), returned (the status says so, or the purchase is below zero) or
    after ``until`` (today unless told). Rows alike in every cell are reported, and dropped only on request. An amount
    of zero is kept. Large files are read in parts: memory grows with their purchases, not with their columns.

    Raises InputError where the file can't be read, a row has more cells than the header, a column is not found or
    found twice, the order of day and month stays open, no row is left, or memory runs out. Errors name rows, and never their contents.

    >>> import tempfile; from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "sales.csv"
    >>> _written = file.write_text("客户编号,日期,金额\\n1,2025-11-02,30\\n2,2025/11/03,￥25\\n", encoding="gbk")
    >>> read_transactions(file)
    Read as GB18030, columns separated by “,”.
    Taken: 客户编号 as customer, 日期 as date, 金额 as amount.
    Purchases: 1. Customers: 1. Sum: 30.00. From 2025-11-02 to 2025-11-02.
    Dropped: 1 row, an amount that is no plain number (currency signs, thousands' marks, a formula, text) up to 1e15; the first is row 2.
    """  # noqa: E501
    if date_order not in (None, *ORDERS):
        text = _("date_order is {value}; allowed are 'day' and 'month', the one that comes first.")
        raise InputError(text.format(value=repr(date_order)))
    if decimal not in (".", ","):
        raise InputError(_("decimal is {value}; allowed are '.' and ','.").format(value=repr(decimal)))
    last = day(datetime.date.today() if until is None else until)
    table = source(path, encoding=encoding, separator=separator, sheet=sheet)
    roles = _roles(table, {"customer": customer, "date": date, "amount": amount, "invoice": invoice})
    statuses = [place for place, name in enumerate(table.header) if name.lower() in KNOWN["status"]]
    gathered = _Gathered(table, roles, statuses, decimal)
    try:
        for chunk in table.chunks():
            gathered.add(chunk)
        if not gathered.rows:
            raise InputError(_("{file} has no rows.").format(file=table.path.name))
        return gathered.records(date_order, last, drop_repeated)
    except MemoryError:
        text = _("{file} has more purchases than this machine's memory holds; cut it by years or by customers first.")
        raise InputError(text.format(file=table.path.name)) from None


def _roles(table: Source, told: dict[str, str | None]) -> dict[str, int]:
    """In which column what stands: as told, else by its known name."""
    header, file = table.header, table.path.name
    roles = {}
    for role, names in KNOWN.items():
        name = told.get(role)
        found = [at for at, one in enumerate(header) if (one.lower() in names if name is None else one == name)]
        if name is not None and not found:
            _named(table)
            text = _("{file} has no column {name!r}; it has: {present}.")
            raise InputError(text.format(file=file, name=name, present=_(", ").join(header)))
        if len(found) == 1:
            roles[role] = found[0]
        elif found and role in told:
            names = [header[at] for at in found]
            if len(set(names)) == 1:
                raise InputError(twice(table, names[0]))
            text = _("{file} has several columns that may be the {what}: {names}. Name one, such as {role}={first!r}.")
            what = _(ROLES.get(role, role))
            raise InputError(text.format(file=file, what=what, role=role, names=_(", ").join(names), first=names[0]))
    if "amount" in roles or not {"quantity", "price"} <= set(roles):
        roles.pop("quantity", None)
    elif told["amount"] is None:
        roles["amount"] = roles["price"]
    for role, what in ROLES.items():
        if role not in roles:
            _named(table)
            text = _("{file} has no column that is known as the {what}. Name it: {role}=...; it has: {present}.")
            raise InputError(text.format(file=file, what=_(what), role=role, present=_(", ").join(header)))
    return {role: roles[role] for role in ("customer", "date", "amount", "quantity", "invoice") if role in roles}


def _named(table: Source) -> None:
    """Raise InputError where the first row holds data instead of names; what stands there is not told."""
    if any(PLAIN.fullmatch(cell) or DAY.match(cell) or SLASHED.match(cell) or telling(cell) for cell in table.header):
        text = _("The first row of {file} seems to hold data, not the names of its columns; write them above it.")
        raise InputError(text.format(file=table.path.name))


def _read_as(table: Source) -> str:
    if table.kind == "cdnow":
        return _("Read as CDNOW's fixed-width text: {names}.").format(names=_(", ").join(table.header))
    if table.others:
        text = _("Read as an Excel file, sheet “{sheet}” (not read: {others}).")
        return text.format(sheet=table.sheet, others=_(", ").join(table.others))
    if table.kind == "excel":
        return _("Read as an Excel file, sheet “{sheet}”.").format(sheet=table.sheet)
    text = _("Read as {encoding}, columns separated by “{separator}”.")
    encoding = table.encoding.upper().replace("-SIG", "")
    return text.format(encoding=encoding, separator=_(SEPARATORS.get(table.separator, table.separator)))


class _Gathered:
    """A file's rows as small numbers: each different text is read once, so that large files fit."""

    def __init__(self, table: Source, roles: dict[str, int], statuses: list[int], decimal: str) -> None:
        self.table, self.roles, self.statuses, self.decimal, self.rows = table, roles, statuses, decimal, 0
        self.customers: dict[str, int] = {}
        self.days: dict[str, int] = {}
        self.clocks = {"": True}
        self.parts: dict[str, list[np.ndarray]] = {}
        self.cancels = "invoice" in roles and table.header[roles["invoice"]].lower() in CANCELLING

    def add(self, chunk: pd.DataFrame) -> None:
        """Some more rows."""
        import pandas as pd

        columns, alike = {}, np.zeros(len(chunk), dtype=np.uint64)
        for place in chunk.columns:
            codes, found = pd.factorize(chunk[place].to_numpy())
            texts = [text.strip() for text in found]
            hashes = pd.util.hash_array(np.array(texts, dtype=object), categorize=False)
            columns[place] = codes, texts, hashes
            alike = (alike ^ hashes[codes]) * MIX

        def each(place: int, read: Callable[[str], object], kind: type) -> np.ndarray:
            codes, texts, _hashes = columns[place]
            return np.array([read(text) for text in texts], dtype=kind)[codes]

        def has(place: int, words: Iterable[str]) -> np.ndarray:
            return each(place, lambda text: text.lower() in words, bool)

        roles, none = self.roles, np.zeros(len(chunk), dtype=bool)
        empty = {role: each(place, EMPTY.__contains__, bool) for role, place in roles.items()}
        part = {
            "customer": each(roles["customer"], self._customer, np.int32),
            "day": each(roles["date"], self._day, np.int32),
            "amount": each(roles["amount"], self._plain, float),
            "alike": alike,
        }
        if "quantity" in roles:
            part["amount"] = np.round(part["amount"] * each(roles["quantity"], self._plain, float), CENTS)
            empty["amount"] |= empty["quantity"]
        cancelled, returned = (
            np.logical_or.reduce([none, *(has(place, words) for place in self.statuses)])
            for words in (CANCELLED, RETURNED)
        )
        if "invoice" in roles:
            codes, _texts, hashes = columns[roles["invoice"]]
            part["invoice"] = np.where(empty["invoice"], np.uint64(0), hashes[codes])
            if self.cancels:
                cancelled |= each(roles["invoice"], lambda text: bool(re.fullmatch(r"[Cc][0-9]{6}", text)), bool)
        tests = {
            "no customer": empty["customer"],
            "cancelled": cancelled,
            "no date": empty["date"],
            "no amount": empty["amount"],
            "no plain number": ~(np.abs(part["amount"]) <= LARGEST),
            "returned": returned,
        }
        part["why"] = _first(tests, np.full(len(chunk), -1, dtype=np.int8))
        for name, values in part.items():
            self.parts.setdefault(name, []).append(values)
        self.rows += len(chunk)

    def _customer(self, text: str) -> int:
        """The place of a customer's id among those that are kept; 17850.0 is 17850, written by a program."""
        plain = text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text
        return self.customers.setdefault(plain, len(self.customers))

    def _day(self, text: str) -> int:
        """The place of a date's text, without its time, among the texts that are kept."""
        day, _gap, clock = text.replace("T", " ", 1).partition(" ")
        if clock not in self.clocks:
            self.clocks[clock] = bool(CLOCK.fullmatch(clock.strip()))
        return self.days.setdefault(day if self.clocks[clock] else text, len(self.days))

    def _plain(self, text: str) -> float:
        """A plain number's value; of all other texts, not a number."""
        if self.decimal == ",":
            text = "" if "." in text else text.replace(",", ".")
        return float(text) if PLAIN.fullmatch(text) else math.nan

    def records(self, order: str | None, until: np.datetime64, drop: bool) -> Records:
        """What remains, and why the rest does not."""
        import pandas as pd

        every = {}
        for name in list(self.parts):
            every[name] = np.concatenate(self.parts.pop(name))
        amount, why, alike = every["amount"], every["why"], every.pop("alike")
        days, order, example = _days(list(self.days), order, self.table.path.name)
        _first({"unreadable date": np.isnat(days)[every["day"]], "future": (days > until)[every["day"]]}, why)
        if "invoice" not in every:
            _first({"returned": amount < 0}, why)
        if drop:
            kept = np.flatnonzero(why < 0)
            why[kept[pd.Series(alike[kept]).duplicated().to_numpy()]] = list(REASONS).index("repeated")
        left, money, invoices = np.flatnonzero(why < 0), amount, 0
        if "invoice" in every and len(left):
            left, money, invoices = _added(every, days, left)
        lost = _lost(why, amount)
        if not len(left):
            raise InputError(self._nothing(lost))
        alike = np.sort(alike[why < 0])
        repeated = sum(rows for reason, rows, *_more in lost if reason == "repeated")
        repeated = repeated or int(np.count_nonzero(alike[1:] == alike[:-1]))
        del alike
        columns = {
            "customer": self._ids().take(every.pop("customer")[left]),
            "date": days.astype("datetime64[s]")[every.pop("day")[left]],
            "amount": money[left],
        }
        frame = pd.DataFrame(columns, copy=False)
        names = {role: self.table.header[place] for role, place in self.roles.items()}
        names["price"] = names["amount"]
        return Records(frame, self.rows, repeated, Reading(self.table, names, order, example, invoices), lost)

    def _nothing(self, lost: tuple) -> str:
        why = [f"{_(REASONS[reason])} ({lines(rows)})" for reason, rows, *_more in lost]
        text = _("No row of {file} is left: {reasons}.").format(file=self.table.path.name, reasons=_("; ").join(why))
        if self.decimal == "." and any(reason == "no plain number" for reason, *_more in lost):
            text = _("{text} Where a comma stands before the decimals, say decimal=','.").format(text=text)
        return text

    def _ids(self) -> pd.api.extensions.ExtensionArray:
        """Customers' ids by their places: whole numbers where all are written so, else text."""
        import pandas as pd

        filled = self.table.kind == "cdnow"
        plain = ["0" if text in EMPTY else text for text in self.customers]
        if all(re.fullmatch(r"[0-9]{1,18}" if filled else r"0|[1-9][0-9]{0,17}", text) for text in plain):
            return pd.array(np.array(plain, dtype=np.int64), dtype="int64")
        return pd.array(list(self.customers), dtype="str")


def _first(tests: dict[str, np.ndarray], why: np.ndarray) -> np.ndarray:
    """``why``, the place of each row's reason or -1, filled in with the first reason that holds."""
    reasons = list(REASONS)
    for reason, holds in tests.items():
        why[(why < 0) & holds] = reasons.index(reason)
    return why


def _added(every: dict[str, np.ndarray], days: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The lines of an invoice, customer and day added up; purchases below zero are marked in ``why`` as returned.

    Gives each purchase's first row, the amounts with the sums in these rows, and the number of purchases (0 where no
    lines were added up).
    """
    import pandas as pd

    invoice, customer = every["invoice"][left], every["customer"][left].astype(np.uint64)
    day = days.astype(np.int64).astype(np.uint64)[every["day"][left]]
    key = ((invoice ^ customer) * MIX ^ day) * MIX
    purchase, known = pd.factorize(key)
    alone = invoice == 0  # without a number a row is a purchase of its own
    purchase[alone] = len(known) + np.arange(np.count_nonzero(alone))
    _found, begins, purchase, size = np.unique(purchase, return_index=True, return_inverse=True, return_counts=True)
    begins, money = left[begins], every["amount"].copy()
    sums = np.where(size == 1, money[begins], np.round(np.bincount(purchase, money[left]), CENTS))
    every["why"][left[(sums < 0)[purchase]]] = list(REASONS).index("returned")
    money[begins] = sums
    begins = np.sort(begins[sums >= 0])
    return begins, money, len(begins) if size.max() > 1 else 0


def _days(texts: list[str], order: str | None, file: str) -> tuple[np.ndarray, str, str]:
    """Each different text as a day, NaT where it is none; which of day and month is first, and a date to show it."""
    days = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[D]")
    both: dict[int, dict[str, np.datetime64]] = {}
    for place, text in enumerate(texts):
        if found := DAY.fullmatch(text):
            days[place] = _day(*(int(part) for part in found.groups() if part and part.isdecimal()))
        elif found := SLASHED.fullmatch(text):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            both[place] = {"day": _day(year, second, first), "month": _day(year, first, second)}
    only = {"day": [], "month": []}
    open_ones = []
    for place, read in both.items():
        can = [name for name, day in read.items() if not np.isnat(day)]
        if len(can) == 1:
            only[can[0]].append(texts[place])
        elif can and read["day"] != read["month"]:
            open_ones.append(texts[place])
    example = next(iter([*only["day"], *only["month"], *open_ones]), "")
    if order is None:
        fits = [name for name in ORDERS if only[name]]
        if len(fits) == 2:
            text = _(
                "{file} has dates with the day first and others with the month first. Say date_order='day' or 'month'."
            )
            raise InputError(text.format(file=file))
        if not fits and open_ones:
            text = _(
                "{file} has dates such as {example}: is the day first, or the month? Say date_order='day' or 'month'."
            )
            raise InputError(text.format(file=file, example=example))
        order = fits[0] if fits else "day"
    for place, read in both.items():
        days[place] = read[order]
    return days, order if example else "", example


def _day(year: int, month: int, day: int) -> np.datetime64:
    try:
        return np.datetime64(datetime.date(year, month, day), "D")
    except ValueError:
        return np.datetime64("NaT")


def _lost(why: np.ndarray, amount: np.ndarray) -> tuple[tuple[str, int, float, int], ...]:
    """Of each reason that dropped rows: how many, their amounts' sum, the first of them."""
    found = []
    for place, reason in enumerate(REASONS):
        here = np.flatnonzero(why == place)
        if len(here):
            found.append((reason, len(here), float(np.nansum(amount[here])), int(here[0]) + 1))
    return tuple(found)
