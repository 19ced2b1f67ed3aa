"""RFM of a million purchases of 40,000 customers: ours on a pandas frame, and polars on its own, in turns."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import line, ratio, turns
from benchmarks.peer import peer
from crmlab import RFM

PURCHASES, CUSTOMERS, DAYS = 1_000_000, 40_000, 730
POLARS = ("polars==2.1.0",)


def purchases() -> pd.DataFrame:
    """Made-up purchases of customers who differ, in no order."""
    rng = np.random.default_rng(1)
    weight = rng.standard_gamma(1.0, CUSTOMERS)
    return pd.DataFrame(
        {
            "customer": rng.choice(CUSTOMERS, PURCHASES, p=weight / weight.sum()),
            "date": np.datetime64("2024-01-01") + rng.integers(0, DAYS, PURCHASES).astype("timedelta64[D]"),
            "amount": rng.gamma(2, 50, PURCHASES).round(2),
        }
    )


def main(runs: int = 15) -> None:
    """Print seconds of both and their ratio."""
    data = purchases()

    def ours() -> float:
        began = time.perf_counter()
        RFM.fit(data)
        return time.perf_counter() - began

    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "purchases.csv"
        data.to_csv(file, index=False)
        with peer("polars_rfm", *POLARS, arguments=(file,)) as polars:
            mine, its = turns(runs, ours, polars.seconds)
    print(line(f"crmlab: RFM of {PURCHASES:,} purchases", mine, "ms", 1000))
    print(line(f"{POLARS[0]}: the same", its, "ms", 1000), f"  {ratio(its, mine):.2f} x ours")
