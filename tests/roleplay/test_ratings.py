"""Reading ratings: what is taken, and what is refused with file, row and column."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest

from crmlab.gradebook.cells import Sheet, write_xlsx
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.agreement import Agreement
from crmlab.roleplay.ratings import COLUMNS, blank, read_ratings
from crmlab.roleplay.rota import rota
from crmlab.roleplay.shelf import find

GOOD = [
    ["G1-R1", "a", "b", "observer", "listen", "3", "asked twice"],
    ["G1-R1", "a", "c", "customer", "heard", "4", ""],
    ["G1-R1", "a", "t", "teacher", "critical:insults", "1", "“Calm down.”"],
    ["G1-R1", "a", "t", "teacher", "global", "2", ""],
]


def saved(folder, rows, name="ratings.csv", header=COLUMNS, encoding="utf-8"):
    path = folder / name
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([list(header), *rows])
    return path


def test_ratings_are_read_as_they_were_given(tmp_path):
    frame = read_ratings(saved(tmp_path, GOOD), find("complaint-a"))
    assert frame.columns.tolist() == list(COLUMNS)
    assert frame["level"].tolist() == [3, 4, 1, 2]
    assert frame["comment"].iloc[2] == "“Calm down.”"
    assert frame.attrs["not_given"] == 0


def test_a_table_as_a_chinese_spreadsheet_saves_it(tmp_path):
    header = ["评语", "等级", "场次", "客服", "评分人", "角色", "评分项"]
    rows = [["很好", "３.0", "g1-r1", "２０２６", "b", "观察员", "listen"], ["", "", "", "", "", "", ""]]
    rows += [["", "", "G1-R1", "2026", "d", "老师", "listen"]]
    frame = read_ratings(saved(tmp_path, rows, header=header, encoding="gb18030"))
    assert frame.to_numpy().tolist() == [["G1-R1", "2026", "b", "observer", "listen", 3, "很好"]]
    assert frame.attrs["not_given"] == 1


def test_a_folder_holds_a_file_a_rater_and_one_may_be_excel(tmp_path):
    saved(tmp_path, GOOD[:1], "b.csv")
    (tmp_path / "t.xlsx").write_bytes(write_xlsx([Sheet("ratings", [list(COLUMNS), *GOOD[2:]])]))
    saved(tmp_path, [["x"]], ".half.csv")
    (tmp_path / "notes.txt").write_text("mine")
    assert len(read_ratings(tmp_path)) == 3
    assert len(read_ratings([tmp_path / "b.csv", tmp_path / "t.xlsx"])) == 3


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (0, "level", "5", "0 to 4"),
        (0, "level", "2.5", "0 to 4"),
        (0, "level", "good", "'good' is no level"),
        (0, "level", "-1", "0 to 4"),
        (0, "level", "1e0", "no level"),
        (1, "level", "0", "1 to 5"),
        (2, "level", "2", "0 to 1"),
        (2, "comment", " ", "the words that were said"),
        (0, "role", "friend", "'friend' is no role"),
        (0, "criterion", "lisen", "'lisen' is no criterion"),
        (0, "criterion", "heard", "nobody else does"),
        (1, "criterion", "listen", "rates heard"),
        (2, "criterion", "critical:rude", "no criterion"),
        (0, "rater", "a", "own play"),
        (0, "rater", "", "empty"),
        (0, "agent", "2.02E+9", "cut short"),
    ],
)
def test_a_cell_that_is_not_allowed_is_named_by_file_row_and_column(tmp_path, row, column, value, said):
    rows = [list(one) for one in GOOD]
    rows[row][COLUMNS.index(column)] = value
    with pytest.raises(InputError) as found:
        read_ratings(saved(tmp_path, rows), find("complaint-a"))
    text = str(found.value)
    assert re.search(rf"ratings.csv, row {row + 2}, column {column}: .*{re.escape(said)}", text), text
    with speaking("zh"), pytest.raises(InputError, match=f"ratings.csv 第 {row + 2} 行，{column} 列："):
        read_ratings(tmp_path / "ratings.csv", find("complaint-a"))


def test_contradictions_between_rows_name_the_other_row(tmp_path):
    again = [*GOOD, ["G1-R1", "a", "b", "observer", "listen", "2", ""]]
    with pytest.raises(InputError, match=r"row 6, column criterion: b rated listen .* already in ratings.csv, row 2"):
        read_ratings(saved(tmp_path, again))
    other = [*GOOD, ["G1-R1", "z", "d", "observer", "listen", "2", ""]]
    with pytest.raises(InputError, match=r"row 6, column agent: .* another agent in ratings.csv, row 2"):
        read_ratings(saved(tmp_path, other))
    role = [*GOOD, ["G1-R1", "a", "b", "teacher", "own", "2", ""]]
    with pytest.raises(InputError, match=r"row 6, column role: .* another role .* row 2"):
        read_ratings(saved(tmp_path, role))


def test_of_many_mistakes_the_first_are_told_and_the_rest_counted(tmp_path):
    rows = [["G1-R1", "a", f"r{place}", "observer", "listen", "9", ""] for place in range(40)]
    with pytest.raises(InputError) as found:
        read_ratings(saved(tmp_path, rows))
    lines = str(found.value).splitlines()
    assert len(lines) == 6
    assert "35" in lines[-1]


def test_what_is_no_file_of_ratings_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_ratings(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="no CSV or XLSX"):
        read_ratings(tmp_path)
    with pytest.raises(InputError, match="No file"):
        read_ratings([])
    with pytest.raises(InputError, match="lacks the column session"):
        read_ratings(saved(tmp_path, [["1", "2"]], "other.csv", ["x", "level"]))
    with pytest.raises(InputError, match="no ratings in"):
        read_ratings(saved(tmp_path, [], "empty.csv"))
    with pytest.raises(InputError, match="more than one column called level"):
        read_ratings(saved(tmp_path, [], "twice.csv", [*COLUMNS, "level"]))


def test_a_blank_sheet_asks_for_every_rating_and_comes_back(tmp_path):
    made = rota(pd.DataFrame({"student": list("abcde"), "name": ""}))
    scene = find("complaint-a")
    path = tmp_path / "blank.csv"
    path.write_bytes(blank(made, scene))
    with pytest.raises(InputError, match="no ratings in"):
        read_ratings(path, scene)
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 1 + 5 * (4 * 6 + 1)  # three observers and the teacher, one customer
    filled = [[*row[:5], "3", ""] for row in rows[1:]]
    frame = read_ratings(saved(tmp_path, filled), scene)
    assert len(frame) == len(filled)
    assert Agreement.fit(frame).plays()["raters"].tolist() == [3] * 5
