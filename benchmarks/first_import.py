"""``import crmlab`` and the first expectation against ``import pandas``: CPU time of whole processes, in turns."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.measure import line, ratio, turns

CODES = {
    "import crmlab": "import crmlab",
    "first LeakyBucket().expected()": "import crmlab; crmlab.LeakyBucket().expected()",
    "import pandas": "import pandas",
}


def cpu(code: str) -> float:
    """User and system seconds of a fresh Python that runs ``code``."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(runs: int = 15) -> None:
    """Print the three and the ratios to pandas."""
    columns = turns(runs, *(lambda code=code: cpu(code) for code in CODES.values()))
    for name, values in zip(CODES, columns, strict=True):
        print(line(name, values, "CPU s"), f"  x pandas {ratio(values, columns[-1]):.2f}")
