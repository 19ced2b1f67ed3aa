"""Marks out as sheets and back in: what is filled in arrives, what does not fit is named, nothing is half taken."""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from openpyxl import load_workbook

from crmlab import InputError
from crmlab.gradebook.book import Gradebook
from crmlab.gradebook.cells import ENDINGS, Sheet, read_sheets, write_csv, write_xlsx
from crmlab.gradebook.columns import columns
from crmlab.gradebook.sheets import read, write
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.marking.exercise import Rubric

from .made_up_marks import EIGHT, QUESTIONS, marked, whose

RUBRICS = {
    key: Rubric.model_validate(one)
    for key, one in yaml.safe_load(
        (Path(__file__).parents[2] / "exercises" / f"{EIGHT}.rubric.yml").read_text(encoding="utf-8")
    ).items()
}
NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "＝1+1", "\t=1", " =1", '=HYPERLINK("http://x","y")', "\r\n=1"]
NASTY += ["#N/A", "_x0041_", "a;b,c\td", 'say "yes"', "two\nlines", "007", "1e5", "TRUE", "数字：13%，“走的多”😀"]
NASTY += ["x\x00\x0b\udcff"]
ANSWERS = ["The first answer.", "第二个答案。", *NASTY]
FULL = ["1", "1.5", "0.5", "0"]
"""Points that may be given for the four criteria of question 9."""


@pytest.fixture(params=ENDINGS)
def ending(request):
    return request.param


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "class.crmbook"
    with Gradebook(path) as made:
        made.activity(EIGHT, QUESTIONS)
        names = ["Zhang San", "李四", *NASTY[:-1], "Absent"]
        rows = [(f"00{place}", name, whose(place)) for place, name in enumerate(names)]
        made.enrol(pd.DataFrame(rows, columns=["student", "name", "token"]))
        for place, answer in enumerate(ANSWERS[:2]):
            made.store(marked(place, answer=answer), "marker")
    return path


@pytest.fixture
def book(filled, tmp_path):
    with Gradebook(shutil.copy(filled, tmp_path), new=False) as made:
        yield made


class Marking:
    """A marking sheet that can be filled in and written again, as a spreadsheet would."""

    def __init__(self, book: Gradebook, folder: Path, ending: str, language: str = "en", **how: object) -> None:
        written = write(book, folder / f"marks{ending}", EIGHT, RUBRICS, language, **how)
        self.path = folder / f"filled{ending}"
        self.rows = read_sheets(written[1])[0] if ending == ".csv" else read_sheets(written[0])[1]

    def column(self, name: str) -> int:
        return next(place for place, head in enumerate(self.rows[0]) if name in head)

    def row(self, place: int) -> list[str]:
        return next(row for row in self.rows if whose(place) in row)

    def fill(self, place: int, points: list[str], comment: str = "") -> None:
        self.row(place)[4:8] = points
        self.row(place)[8] = comment

    def saved(self) -> Path:
        sheet = Sheet("Sheet1", self.rows)
        self.path.write_bytes(write_csv(sheet) if self.path.suffix == ".csv" else write_xlsx([sheet]))
        return self.path


def given_to(book: Gradebook, place: int) -> tuple:
    part = next(one for one in book.counted(EIGHT) if one.token == whose(place)).parts[2]
    return part.points, part.by, part.verdict.get("comment")


# out


def test_a_row_a_student_with_every_mark(book, tmp_path, ending, lang):
    book.change(whose(0), EIGHT, "q9", 1 / 3, "Wang", "tried")
    path = tmp_path / f"marks{ending}"
    assert write(book, path, EIGHT, RUBRICS, lang)[0] == path
    head, *rows = read_sheets(path)[0]
    words = {
        "en": ["Student number", "Name", "Token", "q1 (of 4)", "q2 (of 3)", "q9 (of 5)", "Total", "Out of", "State"],
        "zh": ["学号", "姓名", "令牌", "q1（满分 4）", "q2（满分 3）", "q9（满分 5）", "总分", "满分", "状态"],
    }
    assert head == words[lang]
    states = {"en": ["marked", "waits for a person", "nothing handed in"], "zh": ["已批改", "等老师批改", "未提交"]}
    assert rows[0] == ["000", "Zhang San", whose(0), "4", "1.5", "0.3333", "5.8333", "12", states[lang][0]]
    assert rows[1] == ["001", "李四", whose(1), "4", "1.5", "", "5.5", "12", states[lang][1]]
    assert rows[-1][3:] == ["", "", "", "", "12", states[lang][2]]
    assert len(rows) == 2 + len(NASTY)


def test_excel_knows_the_csv_for_utf_8(book, tmp_path):
    for path in write(book, tmp_path / "marks.csv", EIGHT, RUBRICS, "zh"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_nothing_is_overwritten_and_nothing_half_written(book, tmp_path, ending):
    path = tmp_path / f"marks{ending}"
    written = write(book, path, EIGHT, RUBRICS)
    before = {one: one.read_bytes() for one in written}
    with pytest.raises(InputError, match=f"marks{ending} is there already and is not overwritten"):
        write(book, path, EIGHT, RUBRICS)
    assert {one: one.read_bytes() for one in written} == before
    if ending == ".csv":  # the second of the three is there
        path.unlink()
        with pytest.raises(InputError, match=r"free-text\.csv is there already"):
            write(book, path, EIGHT, RUBRICS)
        assert not path.exists()


@pytest.mark.parametrize(
    ("name", "how", "says"),
    [
        ("marks.xls", {}, "has to end in .csv or .xlsx"),
        ("nowhere/marks.csv", {}, "can't be read or written"),
        ("marks.csv", {"activity": "09"}, "no activity '09'"),
        ("marks.csv", {"columns": {"Grade": "grade"}}, "A column can't hold 'grade'; allowed are: student, name"),
        ("marks.csv", {"language": "fr"}, "speaks en and zh"),
    ],
)
def test_what_can_not_be_written_is_said(book, tmp_path, name, how, says):
    with pytest.raises(InputError) as caught:
        write(book, tmp_path / name, **({"activity": EIGHT, "rubrics": RUBRICS} | how))
    assert says in str(caught.value)
    assert not (tmp_path / name).exists()


def test_texts_are_texts_in_every_spreadsheet(book, tmp_path):
    for place, answer in enumerate(NASTY, 2):
        book.store(marked(place, answer=answer), "marker")
    path = tmp_path / "marks.xlsx"
    write(book, path, EIGHT, RUBRICS)
    for sheet in load_workbook(path).worksheets:
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert kinds <= {"s", "n"}, f"{sheet.title}: a formula or an error"
    for one in write(book, tmp_path / "marks.csv", EIGHT, RUBRICS):
        text = one.read_bytes().decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not any(cell.lstrip()[:1] in tuple("=+-@＝") for cell in row if cell)


def test_the_sheet_lets_choose_the_rubrics_points_only(book, tmp_path, lang):
    path = tmp_path / "marks.xlsx"
    write(book, path, EIGHT, RUBRICS, lang)
    marks, marking, levels = load_workbook(path).worksheets
    lists = [(one.formula1, str(one.sqref)) for one in marking.data_validations.dataValidation]
    name = {"en": "Levels", "zh": "评分标准"}[lang]
    assert [cells for _formula, cells in lists] == ["E2:E3", "F2:F3", "G2:G3", "H2:H3"]
    for (formula, _cells), criterion in zip(lists, RUBRICS["q9"].criteria, strict=True):
        sheet, cells = formula.split("!")
        assert sheet == f"'{name}'"
        found = [row[0].value for row in levels[cells.replace("$", "")]]
        assert found == [level.points for level in criterion.levels]
    assert [marks.protection.sheet, marking.protection.sheet, levels.protection.sheet] == [True, False, True]


# for a learning management system


def test_columns_are_those_that_the_instructor_names(book, tmp_path, ending):
    told = {"OrgDefinedId": "student", "Exercise 8 Points Grade": "total", "End-of-Line Indicator": {"text": "#"}}
    book.change(whose(0), EIGHT, "q9", 2, "Wang", "tried")
    path = tmp_path / f"lms{ending}"
    assert write(book, path, EIGHT, columns=columns(told)) == [path]
    (rows,) = read_sheets(path)
    assert rows[:3] == [list(told), ["000", "7.5", "#"], ["001", "", "#"]]  # what waits or is missing is no mark
    (tmp_path / "lms.yml").write_text(
        "columns:\n  学号: student\n  Share: percent\n  q1: q1\n  Empty:\n", encoding="utf-8"
    )
    (rows,) = read_sheets(write(book, tmp_path / f"own{ending}", EIGHT, columns=columns(tmp_path / "lms.yml"))[0])
    assert rows[:2] == [["学号", "Share", "q1", "Empty"], ["000", "62.5", "4", ""]]


def test_ready_columns_are_those_of_the_systems(book, tmp_path):
    path = tmp_path / "canvas.csv"
    write(book, path, EIGHT, columns=columns("canvas", "Exercise 8 (123)"))
    assert path.read_text(encoding="utf-8-sig").splitlines()[:2] == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 8 (123)", "Zhang San,,000,,,",
    ]  # fmt: skip
    assert columns("moodle", "Exercise 8") == {"ID number": "student", "Exercise 8": "total"}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("moodle", "Say what Moodle calls the grade item"),
        ("nowhere.yml", "There is no file"),
        ({}, "written as a mapping"),
        ({1: "student"}, "written as a mapping"),
    ],
)
def test_columns_that_are_none_are_refused(told, says):
    with pytest.raises(InputError, match=says):
        columns(told)


def test_a_file_of_columns_that_is_none_is_refused(tmp_path):
    for content in (b"- student\n", b"\xff\xfe\x00", b"{", b"total", b""):
        (tmp_path / "lms.yml").write_bytes(content)
        with pytest.raises(InputError):
            columns(tmp_path / "lms.yml")


# and back


def test_marks_of_free_texts_come_back(book, tmp_path, ending, lang):
    sheet = Marking(book, tmp_path, ending, lang)
    sheet.fill(0, FULL, "=good -- 好")
    sheet.rows[1:] = [[], *reversed(sheet.rows[1:])]  # sorted, and an empty row
    taken = read(book, sheet.saved(), "Wang")
    assert (taken.findings, taken.marked, taken.same, taken.empty) == ([], 1, 0, 1)
    assert str(taken) == "filled" + ending + ": 1 marked, 0 as they were, 1 still empty."
    assert given_to(book, 0) == (3.0, "Wang", "=good -- 好")
    assert given_to(book, 1) == (None, "", None)
    (verdict,) = [one.parts[2].verdict for one in book.counted(EIGHT) if one.token == whose(0)]
    assert [(one["criterion"], one["points"], one["of"], one["hidden"]) for one in verdict["given"]] == [
        ("situation", 1, 1, False), ("measure", 1.5, 1.5, False), ("doubt", 0.5, 1.5, False), ("test", 0, 1, False),
    ]  # fmt: skip
    assert verdict["given"][3]["because"] == {
        "en": "How she will know: No comparison (“we shall watch the churn rate”).",
        "zh": "怎么知道有没有用：没有比较（“继续关注流失率”）。",
    }
    assert read(book, sheet.saved(), "Wang").same == 1  # read again, nothing changes
    assert book.history(question="q9")["kind"].tolist().count("hand") == 1
    with pytest.raises(InputError, match="say who"):
        read(book, sheet.path, " ")


def test_what_is_marked_already_is_put_in_only_where_it_is_wanted(book, tmp_path):
    sheet = Marking(book, tmp_path, ".xlsx")
    sheet.fill(0, FULL, "well")
    read(book, sheet.saved(), "Wang")
    rows = read_sheets(write(book, tmp_path / "more.xlsx", EIGHT)[0])[1]
    assert [row[1] for row in rows[1:]] == [whose(1)]
    rows = read_sheets(write(book, tmp_path / "all.xlsx", EIGHT, again=True)[0])[1]
    assert [row[4:9] for row in rows if whose(0) in row] == [[*FULL, "well"]]
    assert read(book, tmp_path / "all.xlsx", "Li").same == 1
    assert given_to(book, 0) == (3.0, "Wang", "well")


def _swap(sheet: Marking, column: str) -> None:
    place = sheet.column(column)
    first, second = sheet.row(0), sheet.row(1)
    first[place], second[place] = second[place], first[place]


WRONG = {
    "unknown token": (lambda sheet: sheet.row(0).__setitem__(1, whose(400)), "nobody with the token"),
    "no token": (lambda sheet: sheet.row(0).__setitem__(1, "RE8K"), "Row 2, column “Token”: 'RE8K' is no token"),
    "missing student": (lambda sheet: sheet.row(0).__setitem__(1, whose(9)), "nobody with the token"),
    "unknown question": (lambda sheet: sheet.row(0).__setitem__(2, "q7"), "has no question 'q7'; it has: q1, q2, q9"),
    "other question": (lambda sheet: sheet.row(0).__setitem__(2, "q1"), "the seal is not that of this student's"),
    "sorted answers": (lambda sheet: _swap(sheet, "Answer"), "not the words that the student handed in"),
    "sorted seals": (lambda sheet: _swap(sheet, "Seal"), "the seal is not that"),
    "sorted tokens": (lambda sheet: _swap(sheet, "Token"), "the seal is not that"),
    "changed answer": (lambda sheet: sheet.row(0).__setitem__(3, "Better."), "not the words"),
    "same row twice": (lambda sheet: sheet.rows.append(list(sheet.row(0))), "Row 4, column “Token”: q9 of"),
    "no level": (
        lambda sheet: sheet.fill(0, ["0.7", *FULL[1:]]),
        "0.7 points can't be given; allowed are 1 / 0.5",
    ),
    "a word": (lambda sheet: sheet.fill(0, ["good", *FULL[1:]]), "good points can't be given"),
    "nan": (lambda sheet: sheet.fill(0, ["nan", *FULL[1:]]), "nan points can't be given"),
    "below nothing": (lambda sheet: sheet.fill(0, ["-1", *FULL[1:]]), "-1 points can't be given"),
    "half-filled": (lambda sheet: sheet.fill(0, ["1", "", "0.5", "0"]), "this is empty, but the answer is marked"),
    "comment only": (lambda sheet: sheet.fill(0, [""] * 4, "good"), "there is a comment, but no points"),
    "failed formula": (lambda sheet: sheet.fill(0, FULL, "#NAME?"), "#NAME? is what a spreadsheet leaves"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named_and_nothing_is_taken(book, tmp_path, ending, name):
    break_it, says = WRONG[name]
    sheet = Marking(book, tmp_path, ending)
    sheet.rows[1:] = sorted(sheet.rows[1:], key=lambda row: row[1] != whose(0))
    sheet.fill(0, FULL)
    sheet.fill(1, FULL)
    break_it(sheet)
    taken = read(book, sheet.saved(), "Wang")
    assert taken.findings
    assert any(says in finding for finding in taken.findings), taken.findings
    assert all(finding.startswith("Row ") for finding in taken.findings)
    assert str(taken).startswith(f"filled{ending}: nothing was taken, because of:\nRow ")
    assert given_to(book, 0) == given_to(book, 1) == (None, "", None)
    assert book.history()["kind"].unique().tolist() == ["stored"]


def test_findings_are_said_in_chinese(book, tmp_path):
    sheet = Marking(book, tmp_path, ".csv", "en")
    sheet.fill(0, ["0.7", *FULL[1:]])
    with speaking("zh"):
        (finding,) = read(book, sheet.saved(), "王").findings
    place = sheet.rows.index(sheet.row(0)) + 1
    assert finding == f"第 {place} 行“q9: What is happening (1 / 0.5 / 0)”列：不能给 0.7 分，可以给的是 1 / 0.5 / 0。"


def test_who_hands_in_again_is_not_marked_by_the_old_words(book, tmp_path, ending):
    sheet = Marking(book, tmp_path, ending)
    sheet.fill(0, FULL)
    book.store(marked(0, answer="Better now.", arrived="2999-01-01"), "marker")
    (finding,) = read(book, sheet.saved(), "Wang").findings
    assert "handed in again after this sheet was written" in finding


def test_a_rubric_that_changed_meanwhile_is_noticed(book, tmp_path):
    sheet = Marking(book, tmp_path, ".csv")
    sheet.fill(0, FULL)
    other = RUBRICS["q9"].model_dump(mode="json")
    other["criteria"][0]["levels"][0]["points"] = 0.9
    book.activity(EIGHT, QUESTIONS, rubrics={"q9": other})
    (finding, *_more) = read(book, sheet.saved(), "Wang").findings
    assert "“q9: What is happening (0.9 / 0.5 / 0)” is missing, or its rubric was changed" in finding


def test_a_free_text_without_a_rubric_has_one_number(book, tmp_path, ending):
    book.activity("diary", {"q1": 10})
    text = dataclasses.replace(marked().parts[2], question="q1", of=10)
    book.store(marked(activity="diary", parts=(text,)), "marker")
    written = write(book, tmp_path / f"diary{ending}", "diary")
    rows = read_sheets(written[1])[0] if ending == ".csv" else read_sheets(written[0])[1]
    assert rows[0][4] == "q1: points (0 to 10)"
    path = tmp_path / f"back{ending}"
    for points, fine in [("10.5", False), ("７，５", True)]:
        rows[1][4] = points
        path.write_bytes(write_csv(Sheet("s", rows)) if ending == ".csv" else write_xlsx([Sheet("s", rows)]))
        assert (not read(book, path, "Wang").findings) == fine
    assert book.totals("diary")["points"].tolist()[0] == 7.5


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8-sig", ";")]
)
def test_csv_comes_back_however_a_spreadsheet_wrote_it(book, tmp_path, encoding, separator):
    sheet = Marking(book, tmp_path, ".csv", "zh")
    sheet.fill(1, FULL, "很好，“不错”")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(sheet.rows)
    sheet.path.write_bytes(text.getvalue().encode(encoding))
    assert read(book, sheet.path, "Wang").findings == []
    assert given_to(book, 1) == (3.0, "Wang", "很好，“不错”")


def test_a_number_that_a_spreadsheet_made_of_points_is_one(book, tmp_path):
    path = tmp_path / "marks.xlsx"
    write(book, path, EIGHT, RUBRICS)
    made = load_workbook(path)
    sheet = made.worksheets[1]
    for column, points in enumerate((1, 1.5, 0.5, "０"), 5):
        sheet.cell(2, column).value = points
    made.save(path)
    taken = read(book, path, "Wang")
    assert (taken.findings, taken.marked) == ([], 1)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", None, "There is no file"),
        ("a.csv", b"", "is no sheet in which free texts are marked"),
        ("a.csv", b"Student,Points\n1,2\n", "it needs each of these columns once: Activity, Token"),
        ("a.csv", b"\x81\x00\xff\xff", "can't be read as a table"),
        ("a.csv", b'"a', "can't be read as a table"),
        ("a.xlsx", b"", "can't be read as an Excel file"),
        ("a.xlsx", b"PK\x03\x04 and no more", "can't be read as an Excel file"),
        ("a.ods", b"", "has to end in .csv or .xlsx"),
    ],
)
def test_what_is_no_sheet_is_refused(book, tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(book, tmp_path / name, "Wang")
    assert says in str(caught.value)


def test_a_sheet_of_the_marks_or_of_another_activity_is_refused(book, tmp_path):
    paths = write(book, tmp_path / "marks.csv", EIGHT, RUBRICS)
    for path in (paths[0], paths[2]):
        with pytest.raises(InputError, match="is no sheet in which free texts are marked"):
            read(book, path, "Wang")
    text = paths[1].read_text(encoding="utf-8-sig")
    (tmp_path / "other.csv").write_text(text.replace(f"\n{EIGHT}", "\n09", 1), encoding="utf-8")
    with pytest.raises(InputError, match="has to name one activity of the gradebook; there stands: 08-keeping-"):
        read(book, tmp_path / "other.csv", "Wang")


# whatever is written

TEXTS = some.text(
    some.characters(exclude_categories=("Cs", "Cc")) | some.sampled_from("=+-@'\n\t;,\"_x0041"), max_size=30
)


@given(
    cells=some.lists(TEXTS | some.sampled_from(NASTY[:-1]), min_size=1, max_size=8), ending=some.sampled_from(ENDINGS)
)
def test_every_text_comes_back_as_it_was(cells, ending, tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / f"a{ending}"
    rows = [["head", "more"], *([cell, "x"] for cell in cells)]
    path.write_bytes(write_csv(Sheet("s", rows)) if ending == ".csv" else write_xlsx([Sheet("s", rows)]))
    right = [cell.replace("\r\n", "\n").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for cell in cells]
    assert [row[0] for row in read_sheets(path)[0][1:]] == right


LEVELS = [[f"{level.points:g}" for level in one.levels] for one in RUBRICS["q9"].criteria]
ONE = some.tuples(
    some.text(max_size=60) | some.sampled_from(NASTY), some.tuples(*map(some.sampled_from, LEVELS)), TEXTS
)
places = count()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    students=some.lists(ONE, min_size=1, max_size=3),
    ending=some.sampled_from(ENDINGS),
    lang=some.sampled_from(LANGUAGES),
)
def test_whatever_is_answered_and_given_arrives(tmp_path, students, ending, lang):
    folder = tmp_path / str(next(places))
    folder.mkdir()
    with Gradebook(folder / "class.crmbook") as book:
        book.activity(EIGHT, QUESTIONS)
        for place, (answer, _points, _comment) in enumerate(students):
            book.store(marked(place, answer=answer), "marker")
        sheet = Marking(book, folder, ending, lang)
        for place, (_answer, points, comment) in enumerate(students):
            sheet.fill(place, list(points), comment)
        taken = read(book, sheet.saved(), "Wang")
        assert (taken.findings, taken.marked) == ([], len(students))
        for place, (_answer, points, comment) in enumerate(students):
            comment = comment.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").strip()
            assert given_to(book, place) == (sum(map(float, points)), "Wang", comment)


def test_a_text_longer_than_a_cell_is_cut_and_still_marked(book, tmp_path, ending):
    book.store(marked(3, answer="“😀”" * 30_000), "marker")
    sheet = Marking(book, tmp_path, ending)
    assert sheet.row(3)[3].endswith("…")
    assert len(sheet.row(3)[3].encode("utf-16-le")) < 2 * 32_767
    sheet.fill(3, FULL)
    assert read(book, sheet.saved(), "Wang").findings == []
