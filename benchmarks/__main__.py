"""Run the benchmarks named on the command line, or all but the slow first start."""

import sys

from benchmarks import explorer, first_import, scale, start

ALL = {"explorer": explorer.main, "import": first_import.main, "scale": scale.main, "start": start.main}

for name in sys.argv[1:] or ALL:
    print(f"\n== {name}")
    ALL[name]()
