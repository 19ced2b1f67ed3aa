"""A shop that does not exist: its customers and purchases, as two departments wrote them down, to be cleaned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

CUSTOMERS, TWICE, PURCHASES, AGAIN, IMPOSSIBLE = 400, 48, 3000, 60, 15
FIRST, DAYS = np.datetime64("2025-01-01"), 365
JOINED = np.datetime64("2022-01-01")
DISTRICTS, DISTRICTS_SHARE = np.array(["North", "East", "South", "West"]), (0.35, 0.3, 0.2, 0.15)
DESKS = np.array(["shop", "online"])
AGREES, SILENT, RECALLED = 0.62, 0.15, 0.3
SHAPE, RETURNS = 0.7, 0.04
MEDIAN, SPREAD = 45.0, 0.7
WIDE = str.maketrans("0123456789C", "０１２３４５６７８９Ｃ")
PHONE = "1540000{:04d}"
"""154: to our knowledge no operator has these numbers."""

ID_STYLES: tuple[Callable[[int], str], ...] = (
    lambda one: f"C{one:04d}",
    lambda one: f"c{one:04d}",
    lambda one: f" C{one:04d} ",
    lambda one: f"C-{one:04d}",
    lambda one: f"C{one:04d}".translate(WIDE),
)
ID_SHARE = np.array([(0.8, 0.05, 0.08, 0.0, 0.07), (0.45, 0.25, 0.1, 0.15, 0.05)])
MONEY_STYLES: tuple[Callable[[float], str], ...] = (
    lambda one: f"{one:.2f}",
    lambda one: f"¥{one:,.2f}" if one >= 0 else f"-¥{-one:,.2f}",
    lambda one: f"{one:.2f}元",
    lambda one: f" {one:.2f}",
    lambda one: f"{one:.2f}".translate(WIDE),
)
MONEY_SHARE = np.array([(0.7, 0.2, 0.0, 0.05, 0.05), (0.4, 0.1, 0.4, 0.05, 0.05)])
DATE_STYLES: tuple[Callable[[int, int, int], str], ...] = (
    lambda year, month, day: f"{year}-{month:02d}-{day:02d}",
    lambda year, month, day: f"{year}/{month}/{day}",
    lambda year, month, day: f"{day}.{month}.{year}",
    lambda year, month, day: f"{year}{month:02d}{day:02d}",
    lambda year, month, day: f"{year}年{month}月{day}日",
)
DATE_SHARE = np.array([(0.6, 0.25, 0.0, 0.15, 0.0), (0.3, 0.0, 0.3, 0.1, 0.3)])
CONSENT_STYLES = np.array([["no", "No", "否", "N"], ["yes", "Yes", "是", "Y"]], dtype=object)
CONSENT_SHARE = (0.5, 0.1, 0.3, 0.1)


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables members and transactions as they were written down: all cells are text."""
    return _world(rng)[0]


def truth(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The clean tables behind the same draw: what is left to find when everything has been cleaned.

    members: customer (number), joined (the earliest that was written), district, consent (a clear yes and no no: True;
    any no: False; nothing written: missing). transactions: receipt (number), customer, date, amount; each receipt once,
    returns negative, receipts with an impossible date left out.
    """
    return _world(rng)[1]


def _world(rng: np.random.Generator) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables as they were written down, and those behind them."""
    members, clean_members = _members(rng)
    transactions, clean_transactions = _transactions(rng)
    written = {"members": members, "transactions": transactions}
    return written, {"members": clean_members, "transactions": clean_transactions}


def _members(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each customer once, ``TWICE`` of them also in the other department's list, and what is true of them."""
    import pandas as pd

    desk = rng.integers(0, 2, CUSTOMERS)
    joined = np.sort(rng.integers(0, int((FIRST - JOINED).astype(int)), CUSTOMERS))
    district = DISTRICTS[rng.choice(len(DISTRICTS), CUSTOMERS, p=DISTRICTS_SHARE)]
    said = np.where(rng.random(CUSTOMERS) < SILENT, -1, rng.random(CUSTOMERS) < AGREES).astype(int)
    other = np.sort(rng.choice(CUSTOMERS, TWICE, replace=False))
    later = joined[other] + rng.integers(0, 200, TWICE)
    recalled = rng.random(TWICE) < RECALLED
    again = np.where(recalled & (said[other] >= 0), 1 - said[other], said[other])
    who = np.concatenate([np.arange(CUSTOMERS), other])
    where = np.concatenate([desk, 1 - desk[other]])
    consent = np.concatenate([said, again])
    written = pd.DataFrame(
        {
            "customer": _styled(rng, ID_STYLES, ID_SHARE[where], who + 1),
            "department": DESKS[where],
            "joined": _dates(rng, where, JOINED + np.concatenate([joined, later])),
            "district": _cased(rng, district[who]),
            "phone": np.where(rng.random(who.size) < 0.9, [PHONE.format(one + 1) for one in who], None),
            "email": np.where(rng.random(who.size) < 0.7, [f"member{one + 1:04d}@example.com" for one in who], None),
            "consent": _consents(rng, consent),
        }
    ).iloc[rng.permutation(who.size)]
    agreed = np.full(CUSTOMERS, -1)
    agreed[said == 1], agreed[said == 0] = 1, 0
    agreed[other[again == 0]] = 0
    clean = pd.DataFrame(
        {
            "customer": np.arange(1, CUSTOMERS + 1),
            "joined": (JOINED + joined).astype("datetime64[s]"),
            "district": district,
            "consent": pd.array(np.where(agreed < 0, None, agreed == 1), dtype="boolean"),
        }
    )
    return written.reset_index(drop=True), clean


def _transactions(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each purchase once, ``AGAIN`` of them also in the other department's book, and what is true of them."""
    import pandas as pd

    eager = rng.gamma(SHAPE, size=CUSTOMERS)
    who = rng.choice(CUSTOMERS, PURCHASES, p=eager / eager.sum())
    day = np.sort(rng.integers(0, DAYS, PURCHASES))
    amount = np.round(MEDIAN * np.exp(SPREAD * rng.standard_normal(PURCHASES)), 2)
    amount = np.where(rng.random(PURCHASES) < RETURNS, -amount, amount)
    desk = rng.integers(0, 2, PURCHASES)
    both = rng.choice(PURCHASES, AGAIN + IMPOSSIBLE, replace=False)
    twice, broken = np.sort(both[:AGAIN]), np.sort(both[AGAIN:])
    row = np.concatenate([np.arange(PURCHASES), twice])
    where = np.concatenate([desk, 1 - desk[twice]])
    date = _dates(rng, where, FIRST + day[row])
    date[broken] = [f"2025-{month:02d}-{last}" for month, last in zip(*_no_days(rng, IMPOSSIBLE), strict=True)]
    written = pd.DataFrame(
        {
            "receipt": [f"R{one + 1:05d}" for one in row],
            "customer": _styled(rng, ID_STYLES, ID_SHARE[where], who[row] + 1),
            "department": DESKS[where],
            "date": date,
            "amount": _styled(rng, MONEY_STYLES, MONEY_SHARE[where], amount[row]),
        }
    )
    order = np.lexsort((rng.random(row.size), day[row]))
    kept = np.setdiff1d(np.arange(PURCHASES), broken)
    clean = pd.DataFrame(
        {
            "receipt": kept + 1,
            "customer": who[kept] + 1,
            "date": (FIRST + day[kept]).astype("datetime64[s]"),
            "amount": amount[kept],
        }
    )
    return written.iloc[order].reset_index(drop=True), clean


def _no_days(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Months and days that no calendar of 2025 has."""
    months = rng.choice([2, 4, 6, 9, 11], size)
    return months, np.where(months == 2, rng.integers(29, 32, size), 31)


def _chosen(rng: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """For each row of ``shares`` the number of a style, drawn with them."""
    steps = np.cumsum(shares, axis=1)[:, :-1]
    return (rng.random(len(shares))[:, None] > steps).sum(axis=1)


def _styled(rng: np.random.Generator, styles: tuple, shares: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Each value as text in a style of its own."""
    chosen = _chosen(rng, shares)
    texts = [styles[style](value) for style, value in zip(chosen.tolist(), values.tolist(), strict=True)]
    return np.array(texts, dtype=object)


def _dates(rng: np.random.Generator, where: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Days as text, in the styles of the department."""
    months = days.astype("datetime64[M]")
    parts = (
        days.astype("datetime64[Y]").astype(int) + 1970,
        months.astype(int) % 12 + 1,
        (days - months.astype("datetime64[D]")).astype(int) + 1,
    )
    chosen = _chosen(rng, DATE_SHARE[where]).tolist()
    rows = zip(chosen, *(part.tolist() for part in parts), strict=True)
    return np.array([DATE_STYLES[style](*date) for style, *date in rows], dtype=object)


def _cased(rng: np.random.Generator, texts: np.ndarray) -> np.ndarray:
    """Words with the case and the spaces that hurried people give them."""
    other = np.strings.lower(texts), np.strings.upper(texts), np.strings.add(texts, " ")
    forms = np.array([texts, *other], dtype=object)
    return forms[rng.choice(len(forms), texts.size, p=(0.75, 0.1, 0.08, 0.07)), np.arange(texts.size)]


def _consents(rng: np.random.Generator, consent: np.ndarray) -> np.ndarray:
    """Yes and no in several words; nothing where nothing was asked."""
    style = rng.choice(len(CONSENT_SHARE), consent.size, p=CONSENT_SHARE)
    return np.where(consent < 0, None, CONSENT_STYLES[np.maximum(consent, 0), style])
