"""M/M/c in SimPy: each line on stdin runs so many calls; the answer is seconds, calls, share waiting, mean wait."""

import random
import sys
import time

import simpy

calls, load, agents = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])


def run(seed: int) -> list[float]:
    draw, environment = random.Random(seed), simpy.Environment()  # noqa: S311
    desk, waits = simpy.Resource(environment, agents), []

    def call():
        came = environment.now
        with desk.request() as turn:
            yield turn
            waits.append(environment.now - came)
            yield environment.timeout(draw.expovariate(1))

    def source():
        for _call in range(calls):
            yield environment.timeout(draw.expovariate(load))
            environment.process(call())

    environment.process(source())
    environment.run()
    return waits


for seed, _line in enumerate(sys.stdin):
    began = time.perf_counter()
    waits = run(seed)
    taken = time.perf_counter() - began
    print(taken, len(waits), sum(wait > 0 for wait in waits) / len(waits), sum(waits) / len(waits), flush=True)
