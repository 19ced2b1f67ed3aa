"""The work alone, nobody marking: told FOLDER and COUNT, each line on stdin runs so many students' cells and checks.

All in one warm process, one after another. The answer is the wall seconds, and the points of a student on average.
"""

import json
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers.checked import points

FOLDER, COUNT = Path(sys.argv[1]), int(sys.argv[2])


def earned(book: dict) -> float:
    """The points of a notebook whose cells are run here."""
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    names: dict = {}
    for cell in code:
        exec(cell["source"], names)  # noqa: S102
    plt.close("all")
    marks = [cell["metadata"]["crmlab"] for cell in code]
    return sum(points(one["question"], names) for one in marks if "question" in one)


plt.switch_backend("agg")
books = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.ipynb"))[:COUNT]]
for _line in sys.stdin:
    began = time.perf_counter()
    total = sum(map(earned, books))
    print(time.perf_counter() - began, total / COUNT, flush=True)
