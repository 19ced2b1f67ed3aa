"""otter marks students: told FOLDER and COUNT, each line on stdin marks so many, an ``otter run`` for each.

The answer is the wall seconds, and the points that a student got on average.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER, COUNT = Path(sys.argv[1]), int(sys.argv[2])
ROOT = Path(__file__).parents[2]
TEST = """
from benchmarks.peers.checked import points as earned
from otter.test_files import test_case

OK_FORMAT = False
name = {question!r}
points = {points}

@test_case(points={points}, hidden=True)
def test(env):
    assert earned({question!r}, env) == {points}
"""


def otter(*arguments: str | Path) -> None:
    """One command in the folder of its own."""
    setting = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [Path(sys.executable).with_name("otter"), *arguments]
    done = subprocess.run(command, cwd=place, env=setting, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])


def points(out: Path) -> float:
    """The points in a file of results."""
    results = json.loads((out / "results.json").read_text())
    return sum(test["score"] for test in results["tests"] if "score" in test)


with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    books = sorted(FOLDER.glob("*.ipynb"))[:COUNT]
    for name in ("tests", *(f"out{number}" for number in range(COUNT))):
        (place / name).mkdir()
    for cell in json.loads(books[0].read_text(encoding="utf-8"))["cells"]:
        marks = cell["metadata"]["crmlab"]
        if "question" in marks and cell["cell_type"] == "code":
            (place / "tests" / f"{marks['question']}.py").write_text(TEST.format(**marks))
    otter("generate", "-t", "tests", "-o", "autograder.zip")
    for _line in sys.stdin:
        began = time.perf_counter()
        for number, book in enumerate(books):
            otter("run", "-a", "autograder.zip", "-o", f"out{number}", book)
        taken = time.perf_counter() - began
        print(taken, sum(points(place / f"out{number}") for number in range(COUNT)) / COUNT, flush=True)
