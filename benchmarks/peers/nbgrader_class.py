"""nbgrader marks a class: told FOLDER and COUNT, each line on stdin runs ``nbgrader autograde`` over so many students.

The answer is the wall seconds, and the points that a student got on average.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

FOLDER, COUNT = Path(sys.argv[1]), int(sys.argv[2])
ROOT = Path(__file__).parents[2]
NAME = "keeping"
TEST = "from benchmarks.peers.checked import points\npoints({question!r}, globals())"


def marked(cell: dict) -> list[dict]:
    """A cell with nbgrader's marks, and behind an answer in code the cell that tests it."""
    marks = cell["metadata"].pop("crmlab")
    question, is_code = marks.get("question"), cell["cell_type"] == "code"
    if question is None:
        return [cell]

    def about(name: str, grade: bool, solution: bool) -> dict:
        points = {"points": marks["points"]} if grade else {}
        return {"schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "task": False,
                "locked": not solution, **points}  # fmt: skip

    cell["metadata"] = {"nbgrader": about(question, not is_code, True)}
    if not is_code:
        return [cell]
    test = {"cell_type": "code", "id": f"{question}-test", "source": TEST.format(question=question), "outputs": [],
            "execution_count": None, "metadata": {"nbgrader": about(f"{question}-test", True, False)}}  # fmt: skip
    return [cell, test]


def book(path: Path) -> str:
    """A notebook that was worked on, as nbgrader would have handed it out."""
    held = json.loads(path.read_text(encoding="utf-8"))
    held["cells"] = [one for cell in held["cells"] for one in marked(cell)]
    return json.dumps(held)


def nbgrader(*arguments: str) -> None:
    """One command in the course's folder."""
    programs = Path(sys.executable).parent  # alembic, which nbgrader starts by name, is there too
    setting = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [programs / "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=setting, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])


def points() -> float:
    """The points of what was marked last, on average."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as kept:
        marks = [
            grade.auto_score or 0 for one in kept.assignment_submissions(NAME) for grade in one.notebooks[0].grades
        ]
        return sum(marks) / len(kept.assignment_submissions(NAME))


with tempfile.TemporaryDirectory() as place:
    course = Path(place)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'crm'\n")
    books = [book(path) for path in sorted(FOLDER.glob("*.ipynb"))[:COUNT]]
    for to in ("source", *(f"submitted/s{number}" for number in range(COUNT))):
        (course / to / NAME).mkdir(parents=True)
    (course / "source" / NAME / "keeping.ipynb").write_text(books[0])
    nbgrader("generate_assignment", NAME)
    for number, text in enumerate(books):
        (course / f"submitted/s{number}" / NAME / "keeping.ipynb").write_text(text)
    for _line in sys.stdin:
        began = time.perf_counter()
        nbgrader("autograde", NAME, "--force")
        print(time.perf_counter() - began, points(), flush=True)
