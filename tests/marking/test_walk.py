"""A class of sixty from the class list to the learning management system, all by the commands, in both languages."""

from __future__ import annotations

import ast
import csv
import html
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from crmlab.gradebook.book import Gradebook
from crmlab.language.catalogue import LANGUAGES
from crmlab.language.errors import InputError
from crmlab.language.text import shown
from crmlab.marking import exercise as exercises
from crmlab.marking.exercise import secrets

from ..command import crmlab
from . import made_up_class as made_up
from .conftest import EXERCISES

pytestmark = pytest.mark.usefixtures("bubblewrap")
EIGHT = "08-keeping-customers"
SUBMISSIONS = 58
"""Of 56 students, two of whom handed in twice."""
LIMIT = 8
"""How many are stored before marking is killed."""
KILLED = -signal.SIGKILL


@dataclass
class Walked:
    """The class after marking: where everything lies, and what the command said."""

    top: Path
    stored: int
    said: str

    @property
    def book(self) -> Path:
        return self.top / "grades.gradebook"


def grading(top: Path) -> list[str]:
    options = ["--exercise", EIGHT, "--gradebook", top / "grades.gradebook", "--roster", top / "class.tokens.csv"]
    return [sys.executable, "-m", "crmlab", "grade", *map(str, [top / "in", *options])]


def kept(path: Path) -> int:
    """How many submissions are in a gradebook that another process may be writing."""
    with Gradebook(path, new=False) as book:
        return len(book.counted(EIGHT, every=True)) if EIGHT in book.activities() else 0


def running(word: str) -> list[str]:
    lines = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if word in line]


def submitted(path: Path, language: str) -> Path:
    said = crmlab("submit", path, lang=language)
    return path.with_name(re.search(r"0\S+\.crmlab\.json", said)[0])


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, bubblewrap: None) -> Walked:
    """The class list, the notebooks, the work of everybody, what was handed in; marked, though killed on the way."""
    top = tmp_path_factory.mktemp("walk")
    eight = exercises.read(EXERCISES / f"{EIGHT}.md")
    (top / "class.csv").write_text(made_up.class_list(), encoding="utf-8")
    (top / "course.key").write_text(made_up.KEY, encoding="ascii")
    assert "60" in crmlab("roster", top / "class.csv", "--key", top / "course.key", lang="zh")
    for code in LANGUAGES:
        options = ["--roster", top / "class.tokens.csv", "--folder", top / code, "--lang", code]
        assert "60" in crmlab("release", EIGHT, *options)
    made_up.hand_in(top, eight, submitted)
    setting = {**os.environ, "CRMLAB_LANG": "zh"}
    process = subprocess.Popen(grading(top), env=setting, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if (top / "grades.gradebook").exists() and kept(top / "grades.gradebook") >= LIMIT:
            break
        time.sleep(0.05)
    process.kill()
    assert process.wait() == KILLED
    until = time.monotonic() + 10
    while running(str(top)) and time.monotonic() < until:
        time.sleep(0.1)
    assert running(str(top)) == []
    stored = kept(top / "grades.gradebook")
    done = subprocess.run(grading(top), env=setting, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # some could not be marked
    return Walked(top, stored, done.stdout)


@pytest.fixture
def book(walked: Walked, tmp_path: Path) -> Path:
    """A gradebook of one's own to change."""
    return Path(shutil.copy(walked.book, tmp_path / "own.gradebook"))


def marks(path: Path) -> dict[str, dict[str, float | None]]:
    """The points of each question of each student who handed in: None where a person is waited for."""
    with Gradebook(path, new=False) as opened:
        rows = opened.marks(EIGHT)
    found: dict[str, dict[str, float | None]] = {}
    for row in rows[rows["state"] != "missing"].itertuples():
        found.setdefault(row.student, {})[row.question] = None if row.state == "waits" else row.points
    return found


def test_marking_that_was_killed_goes_on_where_it_was(walked: Walked) -> None:
    assert LIMIT <= walked.stored < SUBMISSIONS
    with Gradebook(walked.book, new=False) as opened:
        some = opened.counted(EIGHT, every=True)
        history = opened.history(activity=EIGHT)
    assert len({(one.token, one.content) for one in some}) == len(some) == SUBMISSIONS
    assert len(history) == 9 * SUBMISSIONS
    assert set(history["kind"]) == {"stored"}
    assert f"新批改 {SUBMISSIONS - walked.stored} 份" in walked.said
    assert f"批改过的 {walked.stored} 份" in walked.said


def test_everybody_gets_what_they_should(walked: Walked) -> None:
    eight, got = exercises.read(EXERCISES / f"{EIGHT}.md"), marks(walked.book)
    for student in made_up.students():
        expected = made_up.expected(student, eight)
        assert bool(expected) == (student.number in got), student
        earned = {key: got[student.number][key] for key in expected}
        assert earned == pytest.approx(expected), student
    full = [sum(points or 0 for points in one.values()) for one in got.values()]
    assert full.count(35) == 16
    assert full.count(0) == 10


def test_both_languages_earn_the_same(walked: Walked) -> None:
    got, eight = marks(walked.book), exercises.read(EXERCISES / f"{EIGHT}.md")
    both = list(zip(made_up.students()[::2], made_up.students()[1::2], strict=True))
    for english, chinese in both[:-2]:  # the last pairs do not the same
        same = made_up.expected(english, eight)
        assert [got.get(english.number, {}).get(key) for key in same] == pytest.approx(
            [got.get(chinese.number, {}).get(key) for key in same]
        )
    (again,) = [one for one in made_up.students() if one.kind == made_up.TWICE and one.language == "zh"]
    with Gradebook(walked.book, new=False) as opened:
        tries = [one for one in opened.counted(EIGHT, every=True) if one.token == opened.token_of(again.number)]
    assert sorted(one.language for one in tries) == ["en", "zh"]
    first, second = ({part.question: part.points for part in one.parts} for one in tries)
    assert first == second
    assert 0 < sum(points or 0 for points in first.values()) < 35


def test_what_could_not_be_marked_is_told_and_why(walked: Walked) -> None:
    told = [line for line in walked.said.splitlines() if line.startswith("未批改")]
    names = ("2026055_", "2026056_", "07-developing-customers", "stranger")
    for name, line in zip(names, sorted(told, key=lambda line: [name in line for name in names].index(True)),
                          strict=True):  # fmt: skip
        assert name in line
    assert "bubblewrap" in walked.said
    assert "4 人" in walked.said  # who handed in nothing that could be marked


def hidden_reasons() -> set[str]:
    """The reasons of the hidden checks that stand in no visible one, in both languages."""

    def texts(path: Path, which: set[str]) -> set[str]:
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "func", None) and getattr(node.func, "attr", getattr(node.func, "id", ""))
            if isinstance(node, ast.Call) and name in which:
                words = [word for one in node.args if isinstance(one, ast.Call) for word in one.keywords]
                found |= {shown(ast.literal_eval(word.value)) for word in words if word.arg in LANGUAGES}
        return found

    eight = exercises.read(EXERCISES / f"{EIGHT}.md")
    return texts(eight.hidden, {"give", "share"}) - texts(eight.visible, {"give", "_share", "hint", "misconception"})


def test_feedback_tells_everybody_and_nothing_hidden(walked: Walked, tmp_path: Path) -> None:
    said = crmlab("feedback", EIGHT, "--gradebook", walked.book, "--folder", tmp_path)
    pages = {path.name[:7]: html.unescape(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.html")}
    got, reasons = marks(walked.book), hidden_reasons()
    assert f": {len(pages)}," in said
    assert pages.keys() == got.keys()
    assert len(reasons) > 30
    lines = secrets(exercises.read(EXERCISES / f"{EIGHT}.md"))
    for student in made_up.students():
        if student.number in pages:
            page = pages[student.number]
            assert f'<html lang="{"zh-Hans" if student.language == "zh" else "en"}"' in page
            assert student.number in page or student.name in page
            assert [reason for reason in reasons if reason in page] == []
            assert [line for line in lines if line in page] == []
            assert "RECORDED" not in page


def test_free_texts_go_out_and_come_back_as_a_workbook(walked: Walked, book: Path, tmp_path: Path) -> None:
    rubric = exercises.read(EXERCISES / f"{EIGHT}.md").rubrics["q9"]
    sheet = tmp_path / "marks.xlsx"
    crmlab("marks", "export", EIGHT, "--gradebook", book, "--out", sheet)
    workbook = openpyxl.load_workbook(sheet)
    rows = list(workbook["Free text"].iter_rows(min_row=2))
    assert len(rows) == 50
    names = {one.name for one in made_up.students()}
    assert not names & {str(cell.value) for row in rows for cell in row}
    for row in rows:
        for cell, points in zip(row[4:8], made_up.marked_by_hand(rubric, row[3].value), strict=True):
            cell.value = points
        row[8].value = "Well argued. 有理有据。"
    rows[0][4].value = 0.75  # no level
    workbook.save(sheet)
    said = crmlab("marks", "import", sheet, "--gradebook", book, "--who", "Ms Li", code=1)
    assert "0.75" in said
    assert None in {one["q9"] for one in marks(book).values()}  # nothing was taken
    rows[0][4].value = made_up.marked_by_hand(rubric, rows[0][3].value)[0]
    workbook.save(sheet)
    assert "50" in crmlab("marks", "import", sheet, "--gradebook", book, "--who", "Ms Li", lang="zh")
    got = marks(book)
    for student in made_up.students():
        if student.number in got and student.kind not in (made_up.EMPTY, made_up.HALF):
            (sample,) = [one for one in rubric.samples if one.standing == student.standing]
            assert got[student.number]["q9"] == sample.points, student
    crmlab("feedback", EIGHT, "--gradebook", book, "--folder", tmp_path / "pages")
    page = (tmp_path / "pages" / f"2026002_{EIGHT}.html").read_text(encoding="utf-8")
    assert "有理有据。" in page
    to_lms(book, tmp_path, got)


def to_lms(book: Path, folder: Path, got: dict[str, dict[str, float | None]]) -> None:
    """Tables for two systems: the sums of who is marked, and nothing for who is not."""
    crmlab("marks", "export", EIGHT, "--gradebook", book, "--out", folder / "m.csv", "--columns", "moodle",
           "--title", "练习 8")  # fmt: skip
    with (folder / "m.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    for row in rows:
        points = got.get(row["ID number"])
        assert float(row["练习 8"] or -1) == pytest.approx(-1 if points is None else sum(points.values()), abs=1e-4)
    crmlab("marks", "export", EIGHT, "--gradebook", book, "--out", folder / "c.csv", "--columns", "canvas",
           "--title", "Exercise 8 (1234)")  # fmt: skip
    assert "王小明,,2026002,,,40" in (folder / "c.csv").read_text(encoding="utf-8-sig")


def test_free_texts_go_out_and_come_back_as_csv_in_chinese(book: Path, tmp_path: Path) -> None:
    crmlab("marks", "export", EIGHT, "--gradebook", book, "--out", tmp_path / "marks.csv", lang="zh")
    path = tmp_path / "marks.free-text.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        row[4:8] = ["1", "1.5", "1", "0.5"]
    with path.open("w", encoding="gbk", errors="ignore", newline="") as file:  # as a Chinese Excel may save it
        csv.writer(file).writerows(rows)
    assert "50" in crmlab("marks", "import", path, "--gradebook", book, "--who", "李老师", lang="zh")
    assert sum(one["q9"] == 4 for one in marks(book).values()) == 50


@pytest.mark.parametrize(("code", "words"), [("en", "Misconceptions"), ("zh", "误解")])
def test_the_item_analysis_names_what_went_wrong(walked: Walked, tmp_path: Path, code: str, words: str) -> None:
    out = tmp_path / "items.html"
    assert str(out) in crmlab("items", EIGHT, "--gradebook", walked.book, "--out", out, lang=code)
    page = out.read_text(encoding="utf-8")
    assert words in page
    assert "data:image/png" in page or "<svg" in page
    assert not [one.name for one in made_up.students() if one.name in html.unescape(page)]


def test_a_corrected_check_changes_whose_mark_it_should(
    walked: Walked, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who returns 0 where nobody bought is now right; both of them were wrong, and one had a mark by hand."""
    shutil.copytree(EXERCISES, tmp_path / "exercises", ignore=shutil.ignore_patterns("roleplays", "__pycache__"))
    hidden = tmp_path / "exercises" / "08_keeping_customers_hidden.py"
    before = hidden.read_text(encoding="utf-8")
    assert "(empty is None)" in before
    hidden.write_text(before.replace("(empty is None)", "(empty is None or empty == 0)"), encoding="utf-8")
    crmlab("marks", "change", EIGHT, "2026019", "q1", 2, "--gradebook", book, "--who", "李老师", "--why", "口试")
    monkeypatch.setattr(exercises, "course", lambda: tmp_path)
    handed_in = [path for path in (walked.top / "in").iterdir() if path.name.startswith(QUICK)]
    said = crmlab("grade", *handed_in, "--exercise", EIGHT, "--gradebook", book, "--who", "Ms Li")
    assert f"0 new, {len(handed_in)} marked again" in said
    table = crmlab("marks", "history", "--gradebook", book, "--regraded")
    assert re.findall(r"marked again +Ms Li +(\d+) +\S+ +\S+ +(q\d) +(\S+) +(\S+)", table) == [
        ("2026020", "q1", "3.75", "4")
    ]
    history = crmlab("marks", "history", "--gradebook", book, "--student", "2026019", "--exercise", EIGHT)
    assert re.search(r"changed +李老师 +2026019 .* q1 +3.75 +2 +4 +口试", history)
    assert marks(book)["2026019"]["q1"] == 2
    said = crmlab("grade", *handed_in, "--exercise", EIGHT, "--gradebook", book)
    assert f"0 new, 0 marked again, {len(handed_in)} marked before" in said


QUICK = tuple(f"2026{number:03}" for number in (1, 2, 9, 10, 19, 20, 29, 30, 33, 39, 47))
"""Whose work is marked again; not those who wait for a time limit."""


def test_the_course_grade_has_everybody_and_says_what_is_no_part_of_it(walked: Walked, tmp_path: Path) -> None:
    out = tmp_path / "course.csv"
    said = crmlab("marks", "grades", "--gradebook", walked.book, "--out", out, lang="zh")
    assert f"不计入课程成绩：{EIGHT}" in said
    table = pd.read_csv(out)
    assert len(table) == 60
    assert table["earned"].eq(0).all()
    assert table["open"].str.contains("complaint").all()


def test_a_mark_is_changed_by_somebody_for_a_reason(book: Path) -> None:
    with pytest.raises(InputError):
        crmlab("marks", "change", EIGHT, "2026001", "q1", 9, "--gradebook", book, "--who", "A", "--why", "B")
    with pytest.raises(InputError):
        crmlab("marks", "change", EIGHT, "2026060", "q1", 1, "--gradebook", book, "--who", "A", "--why", "B")
    crmlab("marks", "change", EIGHT, "2026001", "q1", 1.5, "--gradebook", book, "--who", "Ms Li", "--why", "read again")
    table = crmlab("marks", "history", "--gradebook", book, "--student", "2026001", lang="zh")
    assert "read again" in table.splitlines()[-1]
    assert "修改" in table.splitlines()[-1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_where_there_is_no_sandbox_it_says_what_to_do(
    walked: Walked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    options = [
        "--exercise",
        EIGHT,
        "--gradebook",
        tmp_path / "new.gradebook",
        "--roster",
        walked.top / "class.tokens.csv",
    ]
    with pytest.raises(InputError, match=rf"bubblewrap(.|\n)*notebooks/instructor/{code}/marking.md.*--trust-students"):
        crmlab("grade", walked.top / "in", *options, lang=code)
    assert (EXERCISES.parent / f"notebooks/instructor/{code}/marking.md").exists()
