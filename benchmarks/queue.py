"""Waits in M/M/6 with a load of 5: ours, many lines at once, and a process a call in SimPy, in turns."""

from __future__ import annotations

import time

from benchmarks.measure import line, ratio, turns
from benchmarks.peer import peer
from crmlab.experiments.call_centre import waits
from crmlab.experiments.queueing import erlang_c

LOAD, AGENTS = 5, 6
CALLS, LINES = 2000, 1000
SIMPY = "simpy==4.1.2"


def main(runs: int = 15) -> None:
    """Print calls a second, how many times SimPy's ours are, and the share that waited beside Erlang C."""
    seeds, shares = iter(range(10**6)), []

    def ours() -> float:
        began = time.perf_counter()
        found = waits(CALLS, rate=LOAD, talk=1, agents=AGENTS, replicates=LINES, seed=next(seeds))
        taken = time.perf_counter() - began
        shares.append(float((found.wait[CALLS // 2 :] > 0).mean()))
        return taken / found.wait.size

    with peer("simpy_queue", SIMPY, arguments=(50_000, LOAD, AGENTS)) as simpy:
        theirs_shares = []

        def theirs() -> float:
            taken, calls, share, _wait = simpy.run()
            theirs_shares.append(share)
            return taken / calls

        mine, its = turns(runs, ours, theirs)
    print(line("crmlab: thousand calls a second", [1 / value for value in mine], "", 1e-3))
    print(line(f"{SIMPY}: thousand calls a second", [1 / value for value in its], "", 1e-3))
    print(f"  {ratio(its, mine):.0f} times SimPy; waited: {sum(shares) / len(shares):.4f} (second half of each line),")
    print(f"  SimPy {sum(theirs_shares) / len(theirs_shares):.4f}, Erlang C {erlang_c(LOAD, AGENTS):.4f}")
