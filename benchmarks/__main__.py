"""Run the benchmarks named on the command line, or all but marking-memory; peers need uv and the network."""

import sys

from benchmarks import (
    customers,
    data,
    explorer,
    feedback,
    first_import,
    marking,
    marking_memory,
    purchases,
    queue,
    rfm,
    scale,
    start,
)

ALL = {
    "explorer": explorer.main,
    "import": first_import.main,
    "scale": scale.main,
    "customers": customers.main,
    "purchases": purchases.main,
    "queue": queue.main,
    "rfm": rfm.main,
    "data": data.main,
    "feedback": feedback.main,
    "marking": marking.main,
    "start": start.main,
}
ASKED_FOR = {"marking-memory": marking_memory.main}

if unknown := set(sys.argv[1:]) - ALL.keys() - ASKED_FOR.keys():
    sys.exit(f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(ALL | ASKED_FOR)}.")
for name in sys.argv[1:] or ALL:
    print(f"\n== {name}")
    (ALL | ASKED_FOR)[name]()
