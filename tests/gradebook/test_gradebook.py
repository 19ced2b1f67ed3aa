"""The gradebook: kept whole, changed by right, and never forgetting who changed what."""

from __future__ import annotations

import dataclasses
import math
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from crmlab import InputError
from crmlab.gradebook.book import Gradebook, Hand, Part
from crmlab.gradebook.grades import SYLLABUS, Share, checked_shares
from crmlab.language.catalogue import speaking

from .made_up_marks import CHECKS, EIGHT, QUESTIONS, marked, part, whose

BOOKS = Path(__file__).with_name("made_up_marks.py")
OTHER = "d" * 64


@pytest.fixture
def path(tmp_path):
    return tmp_path / "class.crmbook"


@pytest.fixture
def book(path):
    with Gradebook(path) as made:
        made.activity(EIGHT, QUESTIONS)
        yield made


def roster(count: int) -> pd.DataFrame:
    rows = [(f"2026{place:03}", f"Student {place}", whose(place)) for place in range(count)]
    return pd.DataFrame(rows, columns=["student", "name", "token"])


def points(book: Gradebook) -> list[tuple]:
    """What counts: place in the class, question, points, state."""
    rows = book.marks(EIGHT)
    students = {token: place for place, token in enumerate(rows["token"].unique())}
    return [
        (students[row.token], row.question, None if math.isnan(row.points) else row.points, row.state)
        for row in rows.itertuples()
    ]


def run(*words: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, BOOKS, *map(str, words)], stdout=subprocess.PIPE, text=True)


# kept whole


def test_a_marker_killed_again_and_again_loses_nothing_and_marks_nothing_twice(path):
    program = run("kill", path, 200, 15)
    output, _none = program.communicate(timeout=100)
    assert program.returncode == 0
    there = [int(word) for word in output.split()]
    assert there == sorted(there)  # what was kept stays
    assert there[-1] == 200
    assert len(there) == 16
    assert len(set(there)) > 5, "the kills did not hit the work"
    with Gradebook(path) as book:
        rows = book.marks(EIGHT)
        kept = book.counted(EIGHT, every=True)
        assert len(book.history()) == 600  # stored, each question once, and never changed
    assert {one.token for one in kept} == {whose(place) for place in range(200)}
    right = {whose(place): [place % 5, place % 4, None] for place in range(200)}
    assert all([part.points for part in one.parts] == right[one.token] for one in kept)
    assert len(rows) == 600
    with sqlite3.connect(path) as direct:
        assert direct.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    direct.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]  # one file, no journal beside it


def test_two_that_write_at_once_lose_nothing(path):
    programs = [run("store", path, first, 30) for first in (0, 20)]  # ten of them are both's
    assert [program.wait(60) for program in programs] == [0, 0]
    for program in programs:
        program.stdout.close()
    with Gradebook(path) as book:
        assert sorted(one.token for one in book.counted(EIGHT, every=True)) == sorted(map(whose, range(50)))


def test_a_gradebook_that_is_written_to_can_be_read(book, path):
    book.store(marked(), "marker")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM part")
        with Gradebook(path, new=False) as reader:
            assert points(reader)[0] == (0, "q1", 4.0, "marked")
        other.execute("ROLLBACK")
    other.close()


def test_what_fails_half_way_has_not_happened(book):
    book.store(marked(), "marker")
    right = Hand(EIGHT, whose(0), marked().content, "q9", 3)
    with pytest.raises(InputError, match="6 points can't be given for q9; allowed are 0 to 5"):
        book.give([right, dataclasses.replace(right, points=6)], "Wang")
    assert points(book)[2] == (0, "q9", None, "waits")
    with pytest.raises(InputError, match="is no token"):
        book.enrol(pd.concat([roster(1), roster(2)[1:].assign(token=["no"])]))
    assert book.enrol(roster(2)) == 2


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b"PK\x03\x04 no gradebook" * 100), "is no gradebook of crmlab"),
        (lambda path: path.write_text("token,points\n"), "is no gradebook of crmlab"),
        (lambda path: path.mkdir(), "can't be read or written"),
        (lambda path: _made(path, "CREATE TABLE about (name TEXT, value TEXT)"), "is no gradebook of crmlab"),
        (lambda path: _made(path, "CREATE TABLE student (token TEXT)"), "is no gradebook of crmlab"),
        (lambda path: _made(path, "CREATE TABLE about (kind TEXT, value TEXT)"), "is no gradebook of crmlab"),
    ],
)
def test_another_file_is_refused_and_left_as_it_is(path, make, says):
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(InputError, match=says):
        Gradebook(path)
    assert before is None or path.read_bytes() == before


def _made(path: Path, order: str) -> None:
    with sqlite3.connect(path) as direct:
        direct.execute(order)
    direct.close()


def test_a_newer_gradebook_is_refused(path):
    Gradebook(path)
    _made(path, "UPDATE about SET value = '2' WHERE name = 'format'")
    with pytest.raises(InputError, match="was made by a newer crmlab"):
        Gradebook(path)


def test_an_empty_file_and_none_become_a_gradebook_only_where_it_may_be_new(path):
    with pytest.raises(InputError, match="There is no file"):
        Gradebook(path, new=False)
    assert not path.exists()
    path.touch()  # what a kill in the first moment leaves
    with Gradebook(path) as book:
        assert book.activities() == {}
    with Gradebook(path, new=False):
        pass
    with pytest.raises(InputError, match="can't be read or written"):
        Gradebook(path.parent / "nowhere" / "class.crmbook")


# stored, and stored again


def test_storing_again_changes_nothing(book):
    first = marked()
    assert book.store(first, "marker") == "new"
    before = book.history()
    other = dataclasses.replace(first, parts=marked(points=(0, 0, None)).parts)
    assert [book.store(one, "marker") for one in (first, other)] == ["same", "same"]
    pd.testing.assert_frame_equal(book.history(), before)
    assert book.done(EIGHT, CHECKS) == {(first.token, first.content)}
    assert book.done(EIGHT, OTHER) == set()


def test_a_record_comes_out_as_it_went_in(book):
    verdict = {"given": [{"points": 1.5, "of": 3, "because": {"en": "yes", "zh": "对"}, "hidden": True}], "failed": "x"}
    parts = (part("q1", 0.1 + 0.2), part("q2", 1.5, **verdict), part("q9", None, answer="=1+1\x00\udcff\n“好”"))
    one = marked(parts=parts, file="\udce4.json", notes=["a", {"b": 1}], arrived="2026-01-31T23:59:59+08:00")
    book.store(one, "marker")
    (back,) = book.counted(EIGHT)
    assert back == dataclasses.replace(one, arrived="2026-01-31 15:59:59.000000", file="\\udce4.json", parts=back.parts)
    assert back.parts == parts  # to the last bit, and every letter


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((part("q1", 1),), "has the questions q1, q2, q9; 0.json was marked for: q1."),
        ((*marked().parts, part("q1", 1)), "was marked for: q1, q2, q9, q1."),
        ((part("q1", 4.1), *marked().parts[1:]), "4.1 points can't be given for q1; allowed are 0 to 4"),
        ((part("q1", -1), *marked().parts[1:]), "-1 points"),
        ((part("q1", math.nan), *marked().parts[1:]), "nan points"),
        ((part("q1", True), *marked().parts[1:]), "True points"),
        ((part("q1", "many"), *marked().parts[1:]), "many points"),
        ((part("q1", 1, given=math.inf), *marked().parts[1:]), "is no plain data"),
        ((part("q1", 1, given={1, 2}), *marked().parts[1:]), "is no plain data"),
        ((Part("q1", 1, 4, "guess"), *marked().parts[1:]), "not 'guess'"),
        ((Part("q1", 1, math.inf), *marked().parts[1:]), "can't be worth inf points"),
    ],
)
def test_what_is_no_mark_is_refused(book, parts, says):
    with pytest.raises(InputError) as caught:
        book.store(marked(parts=parts), "marker")
    assert says in str(caught.value)
    assert book.counted(EIGHT) == []


def test_unknown_names_are_named(book):
    for wrong, says in [
        (lambda: book.store(marked(activity="09"), "m"), "no activity '09'; it has: 08-keeping-customers."),
        (lambda: book.store(marked(token=EIGHT), "m"), "is no token"),
        (lambda: book.marks("09"), "no activity '09'"),
        (lambda: book.change(whose(0), EIGHT, "q1", 1, "Wang", "late"), "has handed in nothing"),
        (lambda: book.give([Hand(EIGHT, whose(0), "0", "q9", 1)], "Wang"), "is no answer that is marked by hand"),
    ]:
        with pytest.raises(InputError) as caught:
            wrong()
        assert says in str(caught.value)


def test_activities_can_be_told_again_and_keep_what_has_marks(book):
    book.store(marked(), "marker")
    with pytest.raises(InputError, match="there are marks for q2, q9"):
        book.activity(EIGHT, {"q1": 4})
    book.activity(EIGHT, {**QUESTIONS, "q10": 1})
    assert book.activities() == {EIGHT: {**QUESTIONS, "q10": 1.0}}
    assert points(book)[-1] == (0, "q10", None, "waits")  # it has to be marked again
    for wrong in ({}, {"q1": 0}, {"q1": math.nan}, {"q1": True}):
        with pytest.raises(InputError):
            book.activity("09", wrong)
    assert list(book.activities()) == [EIGHT]


# regraded, and changed by hand


def test_a_regrade_changes_what_differs_and_says_so(book):
    book.enrol(roster(2))
    for place in range(2):
        book.store(marked(place), "marker")
    again = [marked(0, (4, 3, None), checks=OTHER), marked(1, checks=OTHER)]
    assert [book.store(one, "Li") for one in again] == ["regraded", "regraded"]
    (row,) = book.regraded().itertuples()
    assert (row.student, row.name, row.question, row.before, row.after, row.of) == (
        "2026000",
        "Student 0",
        "q2",
        1.5,
        3,
        3,
    )
    assert (row.who, row.why) == ("Li", f"Marked again, edition {'e' * 12}, checks {'d' * 12}.")
    assert book.done(EIGHT, OTHER) == {(one.token, one.content) for one in again}
    assert book.done(EIGHT, CHECKS) == set()


def test_a_mark_given_by_hand_outlives_every_regrade(book):
    one = marked()
    book.store(one, "marker")
    given = [{"criterion": "doubt", "points": 3.5, "of": 5, "because": {"en": "yes", "zh": "对"}, "hidden": False}]
    assert book.give([Hand(EIGHT, one.token, one.content, "q9", 3.5, given, "Well done")], "Wang") == 1
    assert book.give([Hand(EIGHT, one.token, one.content, "q9", 3.5, given, "Well done")], "Wang") == 0
    book.change(one.token, EIGHT, "q2", 3, "Wang", "His way is right too")
    again = marked(points=(2, 0, None), checks=OTHER)
    again = dataclasses.replace(again, parts=(*again.parts[:1], part("q2", 0, failed="Error"), again.parts[2]))
    book.store(again, "marker")
    assert points(book) == [(0, "q1", 2.0, "marked"), (0, "q2", 3.0, "marked"), (0, "q9", 3.5, "marked")]
    (back,) = book.counted(EIGHT)
    assert back.parts[1].verdict == {"failed": "Error"}  # what the new checks say, to be read
    assert back.parts[2].verdict == {"answer": "An answer.", "given": given, "comment": "Well done"}
    assert [part.by for part in back.parts] == ["", "Wang", "Wang"]
    rows = book.history(question="q2")
    assert rows["kind"].tolist() == ["stored", "change", "kept"]
    assert rows["after"].tolist() == [1.5, 3, 3]
    assert rows["why"].tolist()[1] == "His way is right too"
    assert "would give 0" in rows["why"].tolist()[2]
    assert book.regraded()["question"].tolist() == ["q1"]


def test_a_mark_taken_back_waits_and_is_the_checks_again(book):
    book.store(marked(), "marker")
    book.change(whose(0), EIGHT, "q1", None, "Wang", "To be talked over")
    assert points(book)[0] == (0, "q1", None, "waits")
    book.store(marked(checks=OTHER), "marker")
    assert points(book)[0] == (0, "q1", 4.0, "marked")


@pytest.mark.parametrize(("who", "why"), [("", "why"), ("who", " ")])
def test_a_change_has_somebody_and_a_reason(book, who, why):
    book.store(marked(), "marker")
    with pytest.raises(InputError, match="say who and why"):
        book.change(whose(0), EIGHT, "q1", 1, who, why)


# what counts


def test_the_latest_counts_and_who_handed_in_nothing_is_missing(book):
    book.enrol(roster(2))
    good = marked(0, (4, 3, None), "first", arrived="2026-03-01 10:00")
    worse = marked(0, (1, 1, None), "second", arrived="2026-03-02 10:00")
    for one in (worse, good):  # stored in another order than handed in
        book.store(one, "marker")
    assert [mark for _place, _question, mark, _state in points(book)[:2]] == [1, 1]
    assert len(book.counted(EIGHT)) == 1
    assert len(book.counted(EIGHT, every=True)) == 2
    assert points(book)[3:] == [(1, key, None, "missing") for key in QUESTIONS]
    # handed in again as it was at first: that is the latest now, and storing it once more changes nothing
    assert book.store(dataclasses.replace(good, arrived="2026-03-03 10:00"), "marker") == "same"
    assert book.store(dataclasses.replace(good, arrived="no time"), "marker") == "same"
    assert points(book)[0] == (0, "q1", 4.0, "marked")


def test_who_is_on_no_list_is_not_lost(book):
    book.enrol(roster(1))
    book.store(marked(5), "marker")
    rows = book.marks()
    assert rows["student"].tolist() == ["2026000"] * 3 + [""] * 3
    assert rows["token"].tolist()[-1] == whose(5)


def test_a_class_list_can_be_read_again_but_not_with_other_tokens(book):
    assert [book.enrol(roster(2)), book.enrol(roster(3))] == [2, 1]
    book.enrol(roster(1).assign(name="Zhang San"))
    assert book.marks()["name"].unique().tolist() == ["Zhang San", "Student 1", "Student 2"]
    for wrong in (roster(1).assign(token=whose(9)), roster(1).assign(student="other")):
        with pytest.raises(InputError, match="another course key"):
            book.enrol(wrong)
    assert book.students().iloc[1].tolist() == ["2026001", "Student 1", whose(1)]
    assert book.token_of(" 2026001 ") == book.token_of(whose(1).lower()) == whose(1)
    for nobody in ("2026009", whose(9), ""):
        with pytest.raises(InputError, match="No student of this class"):
            book.token_of(nobody)
    with pytest.raises(InputError, match="no column token"):
        book.enrol(roster(1).drop(columns="token"))


def test_sums_are_exact(book):
    book.activity("ten", {f"q{place}": 1 for place in range(10)})
    parts = tuple(Part(f"q{place}", 0.1, 1) for place in range(10))
    book.store(marked(activity="ten", parts=parts), "marker")
    assert book.totals("ten")["points"].tolist() == [1.0]


# a course grade


def test_the_syllabus_is_the_whole_grade():
    assert math.fsum(share.share for share in SYLLABUS) == 1
    assert math.fsum(share.share for share in SYLLABUS if share.part == "skills") == 0.2


def test_a_grade_needs_everything_that_counts(book):
    book.enrol(roster(3))
    for name in ("complaint-a", "complaint-b", "exam"):
        book.activity(name, {"score": 100}, "roleplay")
    weights = [Share(part="skills", activities=("complaint-a", "complaint-b"), share=0.2)]
    weights += [{"part": "exam", "activities": ["exam"], "share": 0.8}]

    def store(place: int, name: str, score: float | None) -> None:
        book.store(marked(place, activity=name, parts=(Part("score", score, 100, "replay"),)), "marker")

    store(0, "complaint-a", 50)
    store(0, "complaint-b", 80)
    store(0, "exam", 75)
    store(1, "complaint-a", 50)
    store(2, "complaint-b", 50)
    store(2, "exam", None)
    rows = book.grades(weights).set_index("student")
    assert rows.loc["2026000", ["skills", "exam", "earned", "possible", "grade", "open"]].tolist() == [
        16, 60, 76, 100, 76, "",
    ]  # fmt: skip
    assert rows.loc["2026001", ["skills", "earned", "possible", "open"]].tolist() == [10, 10, 20, "exam"]
    assert rows.loc[["2026001", "2026002"], ["exam", "grade"]].isna().all(axis=None)
    zero = book.grades(weights, missing="zero").set_index("student")
    assert zero.loc["2026001", ["exam", "grade", "open"]].tolist() == [0, 10, ""]
    assert zero.loc["2026002", "open"] == "exam"  # what waits for a person is never 0
    assert book.grades()["open"].iloc[0].startswith("identify, ")


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([], "come to 0%"),
        ([{"part": "exam", "activities": ["exam"], "share": 0.6}] * 2, "exam: an activity counts once"),
        ([{"part": "a", "activities": ["a"], "share": 0.6}, {"part": "a", "activities": ["b"], "share": 0.6}], "120%"),
        ([{"part": "exam", "activities": ["exam"], "share": 2}], "share"),
        ([{"part": "name", "activities": ["exam"], "share": 1}], "can't be called name"),
        ({"exam": 0.6}, "has part, activities"),
        (0.6, "has part, activities"),
    ],
)
def test_shares_that_are_none_are_refused(weights, says):
    with pytest.raises(InputError) as caught:
        checked_shares(weights)
    assert says in str(caught.value)


def test_errors_are_said_in_chinese(book):
    with speaking("zh"), pytest.raises(InputError) as caught:
        book.marks("09")
    assert "成绩册" in str(caught.value)
