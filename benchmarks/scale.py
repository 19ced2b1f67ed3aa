"""A billion customers against a thousand over 60 months, and ten thousand replicates at once."""

from __future__ import annotations

import time

from benchmarks.measure import line, ratio, turns
from crmlab import LeakyBucket


def seconds(customers: int, replicates: int) -> float:
    """Wall seconds of one simulation over 60 months."""
    firm = LeakyBucket(customers=customers, monthly_churn=0.05, new_per_month=0.04 * customers)
    began = time.perf_counter()
    firm.simulate(60, seed=1, replicates=replicates)
    return time.perf_counter() - began


def main(runs: int = 31) -> None:
    """Print the two sizes, their ratio, and the replicates."""
    for replicates in (1, 1000):
        small, large = turns(runs, lambda r=replicates: seconds(1000, r), lambda r=replicates: seconds(10**9, r))
        print(line(f"a thousand customers, {replicates} replicates", small, "ms", 1000))
        print(
            line(f"a billion customers, {replicates} replicates", large, "ms", 1000),
            f"  ratio {ratio(large, small):.2f}",
        )
    (many,) = turns(7, lambda: seconds(10**6, 10_000))
    print(line("a million customers, 10000 replicates", many, "s"))
