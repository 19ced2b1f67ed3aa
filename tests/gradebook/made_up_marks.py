"""Made-up marks: students, submissions, gradebooks; and, run by itself, a program that stores them until it is killed.

python made_up_marks.py store FILE FIRST COUNT      store so many submissions, from the first on
python made_up_marks.py kill FILE COUNT TIMES       store so many, in a child that is killed at random moments
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time

from crmlab.data.tokens import token
from crmlab.gradebook.book import Gradebook, Marked, Part

EIGHT = "08-keeping-customers"
QUESTIONS = {"q1": 4.0, "q2": 3.0, "q9": 5.0}
CHECKS = "c" * 64
KEY = b"made up"


def whose(place: int) -> str:
    """The token of the student in this place of the class."""
    return token(KEY, f"2026{place:03}")


def part(question: str, points: float | None, **verdict: object) -> Part:
    return Part(question, points, QUESTIONS[question], "hand" if question == "q9" else "check", verdict)


def marked(place: int = 0, points: tuple = (4, 1.5, None), answer: str = "An answer.", **more: object) -> Marked:
    """The submission of the student in this place; its content is that of its answer, unless told."""
    content = hashlib.sha256(f"{place} {answer}".encode("utf-8", "backslashreplace")).hexdigest()
    parts = tuple(part(key, one) for key, one in zip(("q1", "q2"), points[:2], strict=True))
    parts += (part("q9", points[2], answer=answer),)
    about = {"activity": EIGHT, "token": whose(place), "language": "en", "content": content, "file": f"{place}.json"}
    about |= {"edition": "e" * 64, "checks": CHECKS, "guards": {"memory": "cgroup"}, "seconds": 0.5}
    return Marked(**{**about, "parts": parts, **more})


def fill(path: str, first: int, count: int, told: int | None = None) -> None:
    """Store what is not stored yet, as an interrupted run goes on; a byte goes to ``told`` after each."""
    with Gradebook(path) as book:
        book.activity(EIGHT, QUESTIONS)
        done = book.done(EIGHT, CHECKS)
        for place in range(first, first + count):
            one = marked(place, (place % 5, place % 4, None))
            if (one.token, one.content) not in done:
                book.store(one, "marker")
                if told is not None:
                    os.write(told, b".")


def kill(path: str, count: int, times: int) -> None:
    """Let children fill the gradebook, and kill each of them somewhere on the way; the last one comes to the end.

    Prints how many submissions were there after each of them.
    """
    chance, there = random.Random(7), []  # noqa: S311
    while len(there) <= times:
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            try:
                fill(path, 0, count, told)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(told)
        if len(there) < times:
            if len(there) > 2:  # the first are killed while they make the gradebook
                for _store in range(chance.randrange(1, 20)):
                    os.read(ready, 1)
            time.sleep(chance.uniform(0.0, 0.03))
            os.kill(child, signal.SIGKILL)
        _child, status = os.waitpid(child, 0)
        os.close(ready)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            times = 0
        there.append(whole(path))
    print(*there)


def whole(path: str) -> int:
    """How many submissions there are; every one has all its marks."""
    with Gradebook(path) as book:
        kept = book.counted(EIGHT, every=True) if book.activities() else []
    assert all([part.question for part in one.parts] == list(QUESTIONS) for one in kept)
    return len(kept)


if __name__ == "__main__":
    what, file, *numbers = sys.argv[1:]
    {"store": fill, "kill": kill}[what](file, *map(int, numbers))
