"""The course's data: making all sets, a student's own draw, and reading a million rows against pandas alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.measure import line, ratio, turns
from benchmarks.rfm import purchases
from crmlab import load, read_transactions
from crmlab.data.cards import cards
from crmlab.data.make import files
from crmlab.data.tokens import token


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(runs: int = 7) -> None:
    """Print seconds of each."""
    (made,) = turns(3, lambda: timed(files))
    print(line(f"making the files of all {len(cards())} sets", made))
    tokens = iter(token(b"a key for measuring only", str(number)) for number in range(10**6))
    for name in cards():
        drawn, read = turns(
            runs, lambda n=name: timed(lambda: load(n, next(tokens))), lambda n=name: timed(lambda: load(n))
        )
        print(line(f"{name}: a student's own draw", drawn, "ms", 1000))
        print(line(f"{name}: the course's own, read", read, "ms", 1000))
    data = purchases()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "purchases.csv"
        data.to_csv(file, index=False)
        ours, alone = turns(
            runs,
            lambda: timed(lambda: read_transactions(file)),
            lambda: timed(lambda: pd.read_csv(file, parse_dates=["date"])),
        )
    print(line(f"read_transactions, {len(data):,} rows", ours))
    print(line("pandas.read_csv alone", alone), f"  ours takes {ratio(ours, alone):.1f} times that")
