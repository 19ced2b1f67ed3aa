"""Marking whole submissions one by one and by workers; the muddled and the hostile are in the made-up class."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.marking import grade as grading
from crmlab.marking.classwork import found
from crmlab.marking.grade import Guard, asks, grade, mark
from crmlab.marking.reading import handed
from crmlab.marking.release import notebook, write
from crmlab.marking.sandbox import Sandbox
from crmlab.marking.submit import submit
from crmlab.marking.work import work

from .notebooks import Book, Change, cell_of, saved

TOKEN = token(b"grade", "1")


@pytest.fixture(scope="module")
def box(bubblewrap):
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def solved(eight, tmp_path):
    """A notebook with the solution, changed, in a file: as saved, or as handed in."""

    def made(change: Change = lambda _: None, whose: str = TOKEN, language: str = "en", bare: bool = False) -> Path:
        path = saved(tmp_path, eight, whose, language, change)
        return path if bare else submit(path).path

    return made


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


def test_what_is_missing_or_stands_twice_is_told(eight, solved):
    def twice(book: Book) -> None:
        book["cells"] = [cell for cell in book["cells"] if cell["id"] != "tables-run"]
        book["cells"].append(cell_of(book, "q1") | {"id": "copy", "source": "# q1\nhalf_year = 0"})

    made = work(eight, handed(solved(twice, bare=True)))
    assert len(made.notes) == 2
    assert "tables-run" in made.notes[0]
    assert "q1" in made.notes[1]
    assert made.code[made.answers["q1"]].endswith("half_year = 0")


def test_a_killing_cell_costs_its_own_question(eight, box, solved):
    def killing(book: Book) -> None:
        cell_of(book, "q8")["source"] = "# q8\nimport os\nos._exit(0)"

    marked = mark(box, eight, asks(eight), handed(solved(killing, bare=True)))
    assert marked.parts[7].points == 0
    assert marked.parts[7].verdict["stopped"] == "exit"
    assert sum(points(marked)[f"q{place}"] for place in range(1, 8)) == 35 - eight.questions["q8"].points


def test_a_failure_is_kept_as_data(eight, box, solved):
    def failing(book: Book) -> None:
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


def test_a_class_is_marked_by_workers(eight, solved, bubblewrap):
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
