"""Run the benchmarks named on the command line, or all but the slow first start; peers need uv and the network."""

import sys

from benchmarks import customers, data, explorer, first_import, purchases, queue, rfm, scale, start

ALL = {
    "explorer": explorer.main,
    "import": first_import.main,
    "scale": scale.main,
    "customers": customers.main,
    "purchases": purchases.main,
    "queue": queue.main,
    "rfm": rfm.main,
    "data": data.main,
    "start": start.main,
}

for name in sys.argv[1:] or ALL:
    print(f"\n== {name}")
    ALL[name]()
