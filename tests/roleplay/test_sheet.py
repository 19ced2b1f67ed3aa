"""A scene goes into a spreadsheet and comes back the same; what is wrong is told with file and row."""

from __future__ import annotations

import csv

import pytest
import yaml
from openpyxl import load_workbook

from crmlab.language.errors import InputError
from crmlab.roleplay import scene, sheet
from crmlab.roleplay.proof import check
from crmlab.roleplay.shelf import folder

from .conftest import made


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_there_and_back(tiny, tmp_path, form):
    files = sheet.write(tiny, tmp_path / f"tiny.{form}")
    assert len(files) == (1 if form == "xlsx" else 2)
    back = sheet.read(files[0])
    assert back == tiny
    assert list(back.state) == list(tiny.state)
    assert back.edition == tiny.edition
    with pytest.raises(InputError, match="is there already"):
        sheet.write(tiny, tmp_path / f"tiny.{form}")


@pytest.mark.parametrize("path", sorted(folder().glob("*.yml")), ids=lambda path: path.stem)
def test_the_courses_scenes_go_there_and_back(path, tmp_path):
    one = scene.read(path)
    assert sheet.read(sheet.write(one, tmp_path / "a.csv")[0]) == one
    assert made(yaml.safe_load(sheet.dump(one))) == one


def test_what_a_spreadsheet_program_makes_of_it(tiny, tmp_path):
    path = sheet.write(tiny, tmp_path / "tiny.csv")[0]
    for file, encoding, separator in ((path, "gb18030", ";"), (tmp_path / "tiny.scene.csv", "utf-8", "\t")):
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
        rows[0] = [name.upper().replace(" ", "_") for name in rows[0]]
        with file.open("w", encoding=encoding, newline="") as out:
            csv.writer(out, delimiter=separator).writerows([[], *rows[:3], [""] * len(rows[0]), *rows[3:]])
    assert sheet.read(path) == tiny


def test_cells_may_be_written_as_people_write(data, tmp_path):
    one = data["nodes"]["hello"]["replies"][1]
    one |= {"last": ["L", "A"], "steps": [1, 2], "once": True, "tells": ["receipt"]}
    path = sheet.write(made(data), tmp_path / "tiny.xlsx")[0]
    book = load_workbook(path)
    rows, columns = book["replies"], {cell.value: cell.column for cell in book["replies"][1]}
    row = next(row[0].row for row in rows.iter_rows() if row[0].value == "hello" and row[3].value == "b")
    for name, value in {
        "effect": "anger：−2；trust = 2", "score": "listen  25", "last": "l，a", "steps": "1、2", "once": "是",
        "reply": "B",
    }.items():  # fmt: skip
        rows.cell(row, columns[name]).value = value
    for cells in rows.iter_rows(min_row=row):
        cells[0].value = None if cells[0].value == "hello" else cells[0].value
    book.save(path)
    assert sheet.read(path) == made(data)


def spoilt(tiny, tmp_path, column, value, which="b", second=False):
    """The small scene as CSV with one cell changed, and the row that it stands in."""
    path = sheet.write(tiny, tmp_path / "tiny.csv")[0]
    file = tmp_path / "tiny.scene.csv" if second else path
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    key = 0 if second else 3
    place = next(number for number, row in enumerate(rows) if row[key] == which)
    rows[place][rows[0].index(column)] = value
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path, place + 1


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("goto", "nowhere", "there is no node or ending nowhere"),
        ("goto", "", "nodes.hello.replies.b.goto is missing"),
        ("text zh", "", "nodes.hello.replies.b.text.zh is missing"),
        ("feedback en", "", "nodes.hello.replies.b.feedback.en is missing"),
        ("effect", "anger", "effect: 'anger' is no name with a whole number"),
        ("effect", "anger 1.5", "effect: 'anger 1.5' is no name"),
        ("effect", "anger 1, anger 2", "effect: 'anger 2' is no name"),
        ("score", "lisen 5", "there is no criterion lisen"),
        ("when", "trust > ", 'The guard "trust >" is not allowed'),
        ("once", "perhaps", "once: 'perhaps' is neither yes nor no"),
        ("last", "X", "is 'X'; allowed"),
        ("steps", "9", "is 9, beyond"),
        ("steps", "one", "must be a whole number"),
        ("flag", "rude", "there is no critical error rude"),
        ("reply", "good", "is 'good'; it must fit"),
        ("reply", "", "mean nothing in a row of this kind"),
        ("reply", "a", "this reply stands twice"),
        ("reply", "auto", "mean nothing in a row of this kind (reply: auto)"),
        ("say en", "Again", "nodes.hello.say stands in an earlier row already"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_with_the_row(tiny, tmp_path, column, value, says):
    path, row = spoilt(tiny, tmp_path, column, value)
    with pytest.raises(InputError) as caught:
        sheet.read(path)
    assert any(line.startswith(f"tiny.csv, row {row}: ") and says in line for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("which", "column", "value", "says"),
    [
        ("criterion", "value", "weight 30", "the weights add up to 90"),
        ("criterion", "value", "heavy", "value: 'heavy' is no name with a whole number"),
        ("variable", "value", "start 20, low 0, high 10", "start must lie between low and high"),
        ("drama", "value", "anger", "drama is 'anger'"),
        ("title", "zh", "", "title.zh is missing"),
        ("goal", "part", "gaol", "there is no part 'gaol'"),
        ("minutes", "value", "soon", "minutes must be a whole number"),
        ("ending", "value", "fine", "endings.happy.outcome is 'fine'"),
    ],
)
def test_what_is_wrong_in_the_second_table_is_told_with_the_row(tiny, tmp_path, which, column, value, says):
    path, row = spoilt(tiny, tmp_path, column, value, which, second=True)
    with pytest.raises(InputError) as caught:
        sheet.read(path)
    lines = [line for line in str(caught.value).splitlines() if says in line]
    assert lines
    assert (which == "criterion" and "weights" in says) or f"tiny.csv (tiny.scene.csv), row {row}: " in lines[0]


def test_in_excel_the_sheet_is_named(tiny, tmp_path):
    path = sheet.write(tiny, tmp_path / "tiny.xlsx")[0]
    book = load_workbook(path)
    book["replies"]["Q4"] = "nowhere"
    book.save(path)
    with pytest.raises(InputError, match=r"tiny.xlsx, sheet replies, row 4: nodes.hello.replies.b.goto"):
        sheet.read(path)
    book.remove(book["scene"])
    book.save(path)
    with pytest.raises(InputError, match="has no sheet 'scene'; it has: replies"):
        sheet.read(path)


def test_odd_tables_are_refused(tiny, tmp_path):
    path = sheet.write(tiny, tmp_path / "tiny.csv")[0]
    second = tmp_path / "tiny.scene.csv"
    text = path.read_text(encoding="utf-8-sig")
    for content, says in {
        text.replace("goto", "go", 1): "no column 'go'",
        text.replace("feedback zh", "feedback en", 1): "or it stands twice",
        "reply,node\r\na,b\r\n": "these columns are missing",
        "\r\n\r\n": "is empty",
        text + ',,,x,"never closed\r\n': "tiny.csv",
        text + "," * 17 + "lost\r\n": "'lost' stands in no column",
        text.replace("hello,", ",", 4): "no node is named here or above",
    }.items():
        path.write_text(content, encoding="utf-8", newline="")
        with pytest.raises(InputError) as caught:
            sheet.read(path)
        assert says in str(caught.value)
    path.write_text(text, encoding="utf-8", newline="")
    second.unlink()
    with pytest.raises(InputError, match=r"needs a second table beside it, tiny.scene.csv"):
        sheet.read(path)
    with pytest.raises(InputError, match="no file"):
        sheet.read(tmp_path / "none.xlsx")
    with pytest.raises(InputError, match=r"ends in .xlsx or .csv"):
        sheet.write(tiny, tmp_path / "tiny.ods")


def test_a_text_that_looks_like_a_formula_stays_text(data, tmp_path):
    data["nodes"]["hello"]["say"]["en"] = "=1+1"
    path = sheet.write(made(data), tmp_path / "tiny.xlsx")[0]
    assert load_workbook(path)["replies"]["B2"].data_type == "s"
    assert sheet.read(path).nodes["hello"].say.en == "=1+1"


@pytest.mark.parametrize("form", ["yml", "xlsx", "csv"])
def test_a_new_scene_can_be_played_and_is_never_written_over(tmp_path, form):
    paths = sheet.new("first-try", tmp_path, form)
    one = scene.read(paths[0]) if form == "yml" else sheet.read(paths[0])
    assert one.id == "first-try"
    assert {finding.kind for finding in check(one).findings} == {"longest path", "routes"}
    before = paths[0].read_bytes()
    with pytest.raises(InputError, match="is there already"):
        sheet.new("first-try", tmp_path, form)
    assert paths[0].read_bytes() == before


def test_nothing_is_half_written(tiny, tmp_path):
    (tmp_path / "tiny.scene.csv").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        sheet.write(tiny, tmp_path / "tiny.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.scene.csv"]
    for wrong in ("Tiny", "../x", "", "1a", None, "x" * 99):
        with pytest.raises(InputError, match="can't be a scene's name"):
            sheet.new(wrong, tmp_path)
    with pytest.raises(InputError, match="form is 'ods'"):
        sheet.new("x", tmp_path, "ods")
