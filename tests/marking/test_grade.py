"""Marking whole submissions: the honest, the muddled and the hostile, side by side."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.marking import grade as grading
from crmlab.marking.classwork import found
from crmlab.marking.exercise import solution
from crmlab.marking.grade import Guard, asks, grade, mark
from crmlab.marking.reading import handed, preferred
from crmlab.marking.release import notebook, write
from crmlab.marking.sandbox import Sandbox
from crmlab.marking.submit import submit
from crmlab.marking.work import work

pytestmark = pytest.mark.usefixtures("bubblewrap")
TOKEN = token(b"grade", "1")
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def box():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def solved(eight, tmp_path):
    """A notebook with the solution, changed, in a file: as saved, or as handed in."""

    def made(change: Change = lambda _book: None, whose: str = TOKEN, language: str = "en", bare: bool = False) -> Path:
        book = notebook(eight, language, whose)
        for cell in book["cells"]:
            key = cell["metadata"]["crmlab"].get("question")
            if key:
                code = cell["cell_type"] == "code"
                cell["source"] = f"# {key}\n{solution(eight.cell(key).code)}" if code else "Dear manager."
        change(book)
        folder = tmp_path / whose
        folder.mkdir(exist_ok=True)
        path = folder / "08-keeping-customers.ipynb"
        path.write_bytes(write(book))
        return path if bare else submit(path).path

    return made


def cell_of(book: dict[str, Any], key: str) -> dict[str, Any]:
    return next(cell for cell in book["cells"] if cell["id"] == key)


def points(marked: Any) -> dict[str, float | None]:
    return {part.question: part.points for part in marked.parts}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_solution_earns_everything_but_the_free_text(eight, box, solved, language):
    path = solved(language=language)
    marked = mark(box, eight, asks(eight), handed(path))
    assert points(marked) == {key: None if one.is_text else one.points for key, one in eight.questions.items()}
    assert marked.parts[-1].verdict["answer"] == "Dear manager."
    assert marked.token == TOKEN
    assert marked.notes == []
    assert json.loads(json.dumps([part.verdict for part in marked.parts]))


def test_an_empty_notebook_earns_nothing(eight, box, tmp_path):
    path = tmp_path / "empty.ipynb"
    path.write_bytes(write(notebook(eight, "zh", TOKEN)))
    marked = mark(box, eight, asks(eight), handed(path))
    assert set(points(marked).values()) == {0.0}
    assert {part.verdict["failed"]["kind"] for part in marked.parts} == {"unanswered"}


def without_metadata(book: dict[str, Any]) -> None:
    for cell in book["cells"]:
        cell["metadata"] = {}


def without_ids(book: dict[str, Any]) -> None:
    for cell in book["cells"]:
        del cell["id"]


def with_false_metadata(book: dict[str, Any]) -> None:
    book["metadata"]["kernelspec"] = {"name": "ir", "language": "R"}
    for cell in book["cells"]:
        cell["metadata"]["nbgrader"] = {"points": 1000, "grade": True, "solution": True}
        cell["metadata"]["crmlab"]["points"] = 1000


def without_instructors_cells(book: dict[str, Any]) -> None:
    book["cells"] = [cell for cell in book["cells"] if cell["metadata"]["crmlab"]["kind"] in ("answer", "text")]


def with_instructors_cells_emptied(book: dict[str, Any]) -> None:
    for cell in book["cells"]:
        if cell["metadata"]["crmlab"]["kind"] in ("locked", "check", "task"):
            cell["source"] = "raise SystemExit"


def with_another_token_in_the_first_cell(book: dict[str, Any]) -> None:
    start = cell_of(book, "start")
    start["source"] = start["source"].replace(TOKEN, token(b"grade", "2"))


def answered_in_an_own_cell(book: dict[str, Any]) -> None:
    """A helper cell of the student's own, on which an answer builds."""
    q3 = cell_of(book, "q3")
    place = book["cells"].index(q3)
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "ONE = 1", "outputs": []}
    book["cells"].insert(place, own | {"execution_count": None})
    q3["source"] = q3["source"].replace("1 -", "ONE -")


def old_format(book: dict[str, Any]) -> None:
    for cell in book["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


MUDDLES = [
    without_metadata, without_ids, with_false_metadata, without_instructors_cells, with_instructors_cells_emptied,
    with_another_token_in_the_first_cell, answered_in_an_own_cell, old_format,
]  # fmt: skip


@pytest.mark.parametrize("muddle", MUDDLES, ids=lambda one: one.__name__)
def test_muddled_notebooks_keep_their_marks(eight, box, solved, muddle):
    path = solved(muddle, bare=True)
    marked = mark(box, eight, asks(eight), handed(path))
    earned = points(marked)
    assert earned.pop("q9") is None
    assert "Dear manager." in marked.parts[-1].verdict["answer"]
    assert sum(earned.values()) == 35, marked


def test_what_is_missing_or_stands_twice_is_told(eight, solved):
    def twice(book: dict[str, Any]) -> None:
        book["cells"] = [cell for cell in book["cells"] if cell["id"] != "tables-run"]
        book["cells"].append(cell_of(book, "q1") | {"id": "copy", "source": "# q1\nhalf_year = 0"})

    made = work(eight, handed(solved(twice, bare=True)))
    assert len(made.notes) == 2
    assert "tables-run" in made.notes[0]
    assert "q1" in made.notes[1]
    assert made.code[made.answers["q1"]].endswith("half_year = 0")


def test_a_killing_cell_costs_its_own_question(eight, box, solved):
    def killing(book: dict[str, Any]) -> None:
        cell_of(book, "q8")["source"] = "# q8\nimport os\nos._exit(0)"

    marked = mark(box, eight, asks(eight), handed(solved(killing, bare=True)))
    assert marked.parts[7].points == 0
    assert marked.parts[7].verdict["stopped"] == "exit"
    assert sum(points(marked)[f"q{place}"] for place in range(1, 8)) == 35 - eight.questions["q8"].points


def test_a_failure_is_kept_as_data(eight, box, solved):
    def failing(book: dict[str, Any]) -> None:
        cell_of(book, "q3")["source"] = "# q3\ndef over(*_): raise KeyError('SECRET')\nmonthly, stay = 0.02, 50"
        cell_of(book, "q4")["source"] = "# q4\nimport os\ngain = 0.3\ndef worth(*_): os._exit(0)"
        cell_of(book, "q6")["source"] = "# q6\nwatch = print"
        cell_of(book, "q7")["source"] = "# q7\nnothing = 0"

    parts = mark(box, eight, asks(eight), handed(solved(failing, bare=True))).parts
    failed = {part.question: tuple(part.verdict["failed"].values()) for part in parts if part.verdict.get("failed")}
    assert failed == {
        "q3": ("error", "over", "KeyError", ""),
        "q4": ("lost", "worth", "", "exit"),
        "q6": ("refused", "watch", "", ""),
        "q7": ("missing", "complaint_rate", "", ""),
    }
    assert "SECRET" not in json.dumps([part.verdict for part in parts])


def test_a_class_is_marked_by_workers(eight, solved):
    paths = [solved(whose=token(b"grade", str(student)), bare=True) for student in range(4)]
    done = dict(grade(eight, [handed(path) for path in paths], 2))
    assert {one.path for one in done} == set(paths)
    assert all(points(marked)["q1"] == 4 for marked in done.values())


def test_a_submission_that_ends_its_worker_takes_no_other_with_it(eight, solved, monkeypatch):
    ends = token(b"grade", "ends")
    paths = [solved(whose=whose, bare=True) for whose in (token(b"grade", "1"), ends, token(b"grade", "3"))]
    monkeypatch.setattr(grading, "mark", lambda _box, _exercise, _by, one: os._exit(1) if one.token == ends else one)
    done = {one.token: marked for one, marked in grade(eight, [handed(path) for path in paths], 2, Guard(trust=True))}
    assert done.pop(ends) is None
    assert len(done) == 2
    assert all(done.values())


def test_folders_are_searched_for_what_may_be_a_submission_under_any_name(solved, tmp_path, monkeypatch):
    path = solved()
    renamed = path.with_name("hart_123_" + path.name.replace(".json", "-1.json"))
    path.rename(renamed)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.ipynb").write_text("")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "08.ipynb").write_text("")
    there = [path.with_name("08-keeping-customers.ipynb"), renamed, tmp_path / "alone" / "08.ipynb"]
    assert sorted(found([tmp_path])[0]) == sorted(there)
    monkeypatch.chdir(tmp_path / "alone")
    assert len(found([Path("..")])[0]) == 3
    with pytest.raises(InputError, match="none"):
        found([tmp_path / "none"])
    with pytest.raises(InputError, match="no submissions"):
        found([])


def test_what_was_handed_in_goes_before_its_notebook_and_takes_nobody_elses_away(solved):
    path = solved()
    own = handed(path.with_name("08-keeping-customers.ipynb"))
    bare = handed(solved(whose=token(b"grade", "2"), bare=True))
    assert preferred([own, handed(path), bare]) == [handed(path), bare]
    assert preferred([own, bare]) == [own, bare]


def test_what_was_changed_after_handing_in_is_refused(solved):
    path = solved()
    held = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"notebook": held["notebook"] + " "}, {"content": 5}, {"content": "0" * 64}):
        path.write_text(json.dumps(held | change), encoding="utf-8")
        with pytest.raises(InputError, match=r"changed|damaged"):
            handed(path)


@pytest.mark.parametrize("claim", [{"exercise": "../../etc"}, {"token": "AAAA"}, {"token": 3}, {"exercise": None}])
def test_a_false_claim_is_refused(solved, claim):
    path = solved(bare=True)
    book = json.loads(path.read_text(encoding="utf-8"))
    book["metadata"]["crmlab"] |= claim
    path.write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(InputError):
        handed(path)
