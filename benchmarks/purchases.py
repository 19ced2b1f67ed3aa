"""BG/NBD on CDNOW, fitted and forecast for all customers: ours, lifetimes, pymc-marketing's MAP, in turns."""

from __future__ import annotations

import time
from importlib.metadata import files

import pandas as pd

from benchmarks.measure import line, ratio, turns
from benchmarks.peer import Peer, peer
from crmlab import PurchaseModel

LIFETIMES = ("lifetimes==0.11.3", "numpy<2", "pandas<2", "scipy<1.13", "setuptools<81")
PYMC = "pymc-marketing==0.19.2"
"""The newest for Python 3.11."""
WEEKS = 39


def main(runs: int = 15) -> None:
    """Print seconds of each, how many times ours theirs take, and whether all find the same."""
    path = next(file.locate() for file in files("lifetimes") if file.name == "cdnow_customers_summary.csv")
    cdnow = pd.read_csv(path)[["frequency", "recency", "T"]]
    found = {}

    def ours() -> float:
        began = time.perf_counter()
        model = PurchaseModel.fit_summary(cdnow)
        expected = model.purchases(WEEKS)
        taken = time.perf_counter() - began
        found["crmlab"] = (model.r, model.alpha, model.a, model.b, float(expected.sum()))
        return taken

    old, bayes = peer("lifetimes_cdnow", *LIFETIMES, arguments=(path,)), peer("pymc_cdnow", PYMC, arguments=(path,))
    with old as first, bayes as second:

        def theirs(name: str, process: Peer) -> float:
            taken, *found[name] = process.run()
            return taken

        columns = turns(runs, ours, lambda: theirs(LIFETIMES[0], first), lambda: theirs(PYMC, second))
    for name, values in zip(("crmlab", LIFETIMES[0], PYMC), columns, strict=True):
        print(line(f"{name}: fit and forecast", values, "ms", 1000), f"  {ratio(values, columns[0]):.1f} x ours")
        print("  r, alpha, a, b, purchases in 39 weeks:", *(f"{value:.4g}" for value in found[name]))
