"""Whether marking keeps its memory over 2000 submissions: the process that marks, its worker, and the sandbox's."""

from __future__ import annotations

import os
import time

from benchmarks.honest import honest
from benchmarks.tree import below, children, memory
from crmlab.data.roster import tokens
from crmlab.gradebook.book import Gradebook
from crmlab.marking.classwork import found
from crmlab.marking.exercise import find, read
from crmlab.marking.grade import grade
from crmlab.marking.reading import handed

STUDENTS, EVERY = 2000, 200


def memories(seconds: float = 1.0) -> list[float]:
    """Megabytes (PSS) of this process, its worker and the nursery, each the most of some moments.

    While a submission is run, its fork takes a part of what the nursery has; in between the nursery has all.
    """
    most, until = [0, 0, 0], time.monotonic() + seconds
    while time.monotonic() < until:
        (worker,) = children(os.getpid())
        inside = [memory(one) for one in below(worker)]
        now = memory(os.getpid()), memory(worker), max(inside, default=0)
        most = [max(pair) for pair in zip(most, now, strict=True)]
        time.sleep(0.02)
    return [one / 1e6 for one in most]


def main() -> None:
    """Print the three every 200 submissions, as the one worker marks all of them into one gradebook."""
    exercise = read(find("08-keeping-customers"))
    points = {key: question.points for key, question in exercise.questions.items()}
    with honest(STUDENTS + 50) as folder, Gradebook(folder / "marks.gradebook") as book:
        book.enrol(tokens(folder / "class.csv"))
        book.activity(exercise.name, points, rubrics=exercise.rubrics)
        submissions = [handed(path) for path in found([folder / "handed"])[0]]
        print(f"{'marked':>7}{'marking':>9}{'worker':>9}{'nursery':>9}  MB{'seconds':>9}", flush=True)
        began = time.perf_counter()
        for count, (_handed, marked) in enumerate(grade(exercise, submissions), 1):
            book.store(marked, "benchmark")
            if count in (1, 20) or (count % EVERY == 0 and count <= STUDENTS):
                sizes = "".join(f"{one:9.1f}" for one in memories())
                print(f"{count:7}{sizes}    {time.perf_counter() - began:9.0f}", flush=True)
