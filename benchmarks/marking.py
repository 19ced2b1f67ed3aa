"""Marking a class on exercise 8: ``crmlab grade``, nbgrader and ``otter run`` on the same work, by the same checks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from benchmarks.honest import EARNED, honest
from benchmarks.measure import line, ratio
from benchmarks.peer import HERE, Peer, peer
from benchmarks.tree import counted
from crmlab.gradebook.book import Gradebook

CRMLAB = (sys.executable, "-m", "crmlab")
NBGRADER, OTTER = "nbgrader==0.9.6", "otter-grader==7.0.0"
SAME = ("ipykernel", "matplotlib", "numpy", "pandas", "pydantic", "pyyaml")
"""What the work and its checks need in the peers' kernels: there in the versions that we have."""
STUDENTS, SOME, FEW, FEWER = 100, 20, 8, 3
"""How many we mark in one run, are run without a marker, nbgrader marks and otter: so that no run takes too long."""
ALONE = "the work alone, unmarked"


@contextmanager
def here(name: str, *arguments: object) -> Iterator[Peer]:
    """``peers/NAME.py`` in our own environment."""
    found = Peer(Path(sys.executable), HERE / "peers" / f"{name}.py", *map(str, arguments))
    try:
        yield found
    finally:
        found.process.stdin.close()
        found.process.wait()


def ours(folder: Path, workers: int) -> list[float]:
    """Wall seconds of the whole command, and the points that a student got on average."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "marks.gradebook"
        command = [*CRMLAB, "grade", folder / "handed", "--exercise", "08-keeping-customers", "--gradebook", file]
        command += ["--roster", folder / "class.csv", "--workers", str(workers)]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken = time.perf_counter() - began
        with Gradebook(file, new=False) as book:
            return [taken, float(book.totals()["points"].mean())]


def main(runs: int = 3) -> None:
    """Print CPU seconds a student and wall seconds a class of each, and how many times less ours are."""
    same = tuple(f"{name}=={version(name)}" for name in SAME)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # all keep their bytecode, as where people mark
    prepared = "from crmlab.marking.child import prepared; prepared()"  # and the sandbox may not write its own
    subprocess.run([sys.executable, "-c", prepared], check=True)
    with (
        counted() as cpu,
        honest(STUDENTS) as folder,
        peer("nbgrader_class", NBGRADER, *same, arguments=(folder / "plain", FEW)) as nbgrader,
        peer("otter_class", OTTER, *same, arguments=(folder / "plain", FEWER)) as otter,
        here("alone", folder / "plain", SOME) as alone,
    ):

        def used(run: Callable[[], list[float]], students: int) -> tuple[float, float]:
            """CPU and wall seconds a student of one run."""
            before = cpu()
            wall, points = run()
            if round(points, 6) != EARNED:
                raise SystemExit(f"a student got {points} points on average; this work earns {EARNED}")
            return (cpu() - before) / students, wall / students

        runners: dict[str, tuple[Callable[[], list[float]], int]] = {
            "crmlab grade, 1 worker": (lambda: ours(folder, 1), STUDENTS),
            "crmlab grade, 2 workers": (lambda: ours(folder, 2), STUDENTS),
            f"{NBGRADER} autograde": (nbgrader.run, FEW),
            f"{OTTER} run": (otter.run, FEWER),
            ALONE: (alone.run, SOME),
        }
        rounds = [[used(*each) for each in runners.values()] for _run in range(runs + 1)][1:]
    cpus, walls = (
        {name: [each[place][what] for each in rounds] for place, name in enumerate(runners)} for what in (0, 1)
    )
    load = f"load {os.getloadavg()[2]:.1f} on {os.cpu_count()} processors"
    print(f"everybody got the {EARNED} points that such work earns, from each; {load}")
    for name, (_run, students) in runners.items():
        print(line(f"{name}: CPU a student", cpus[name], "s"))
        told = "" if students == STUDENTS else f", from {students} in one run"
        print(line(f"  wall a class of {STUDENTS}{told}", [STUDENTS * one for one in walls[name]], "s"))
    above = {name: [one - alone for one, alone in zip(cpus[name], cpus[ALONE], strict=True)] for name in runners}
    names = list(runners)
    for name in names[:2]:
        for other in names[2:4]:
            processor, wall = ratio(cpus[other], cpus[name]), ratio(walls[other], walls[name])
            print(f"  {other}: {processor:.1f} times the CPU and {wall:.1f} times the wall time of {name};")
            print(f"    of what comes on top of the work alone, {ratio(above[other], above[name]):.1f} times the CPU")
