"""Tables in every usual form: all cells come back, or it is said what is wrong and where."""

from __future__ import annotations

import datetime

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlab.data import tables
from crmlab.data.tables import read_table, source
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

TEXT = "客户,日期\n1,二〇二五\n"


@pytest.fixture
def file(tmp_path):
    """A file of text in some encoding, or of bytes."""

    def write(content, encoding="utf-8", name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(file, encoding, separator):
    table = read_table(file(TEXT.replace(",", separator), encoding))
    assert table.to_dict("list") == {"客户": ["1"], "日期": ["二〇二五"]}


def test_chinese_far_behind_the_beginning_is_still_seen(file):
    rows = "a,b\n" + "1,2\n" * 40_000
    assert source(file(rows + "1,客户\n", "gbk")).encoding == "gb18030"
    assert source(file(rows + "1,客户\n")).encoding == "utf-8"


@pytest.mark.parametrize("encoding", ["latin-1", "big5", "shift_jis"])
def test_other_encodings_are_not_taken_for_chinese(file, encoding):
    text = {
        "latin-1": "Béla,Zoé\nRené,Anaïs\n",
        "big5": "顧客,時間\n臺灣,購買\n",
        "shift_jis": "カード,ポイント\nあ,い\n",
    }
    path = file(text[encoding], encoding)
    with pytest.raises(InputError, match=r"encoding='latin-1'"):
        source(path)
    assert list(read_table(path, encoding=encoding).columns) == text[encoding].split("\n")[0].split(",")


def test_a_wrong_encoding_is_said_wherever_it_breaks(file):
    path = file("a,b\n" + "1,2\n" * 40_000 + "1,客户\n", "gbk")
    with pytest.raises(InputError, match="can't be read as ascii"):
        read_table(path, encoding="ascii")
    with pytest.raises(InputError, match="can't be read as klingon"):
        source(path, encoding="klingon")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_line_ends_and_blank_lines(file, end):
    path = file(f'\n a ,b{end}"x, ""y""",1{end}{end}"two{end}lines",2')
    found = read_table(path)
    assert list(found.columns) == ["a", "b"]
    assert found["a"].str.replace("\r\n", "\n").str.replace("\r", "\n").tolist() == ['x, "y"', "two\nlines"]


def test_a_short_row_has_empty_cells(file):
    assert read_table(file("a,b,c\n1\n1,2\n")).to_numpy().tolist() == [["1", "", ""], ["1", "2", ""]]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5])
def test_a_long_row_is_never_cut_and_its_line_is_named(file, rows, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 2)
    path = file("a,b\n" + "1,2\n" * rows + '"1\n1",李明,13800138000\n1,2\n')
    with pytest.raises(InputError, match=f"line {rows + 3} has 3 cells, but the table has 2 columns") as error:
        read_table(path)
    assert "李明" not in str(error.value)


def test_empty_cells_beyond_the_header_lose_nothing_but_full_ones_are_refused(file):
    assert len(read_table(file("a,b\n1,2,\n3,4,\n"))) == 2
    with pytest.raises(InputError, match="line 2 has 3 cells"):
        read_table(file("a,b\n1,2,\n3,4,5\n"))


def test_a_quotation_mark_that_is_never_closed(file):
    with pytest.raises(InputError, match="opened in row 2"):
        read_table(file('a,b\n1,2\n1,"2\n1,2\n'))


def test_names_that_stand_twice(file):
    with pytest.raises(InputError, match="more than one column called a"):
        read_table(file("a,a\n1,2\n"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"one column\n1\n", "no column separator"),
        (b"a,b\n", "has no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "can't be read as utf-8"),
        (b"a,b\x00\n1,2\n", "bytes that no text has"),
        ("a,b\n1,2\n".encode("utf-16-le"), "bytes that no text has"),
        (b"PK\x03\x04 no workbook", "can't be read as an Excel file"),
        (b"a;b,c\n1;2,3\n", "more than one way"),
    ],
)
def test_what_is_no_table(file, content, words):
    path = file(content)
    with pytest.raises(InputError, match=words):
        read_table(path)
    with speaking("zh"), pytest.raises(InputError) as error:
        read_table(path)
    assert "table.csv" in str(error.value)
    assert not any(word in str(error.value) for word in ("can't", "empty", "has"))


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        source(tmp_path / "none.csv")
    with pytest.raises(InputError, match="can't be read"):
        source(tmp_path)


def test_a_separator_told_is_taken(file):
    assert source(file("a;b,c\n1;2,3\n"), separator=";").header == ("a", "b,c")
    with pytest.raises(InputError, match="allowed is one character"):
        source(file("a;b\n"), separator="::")


@pytest.fixture
def book(tmp_path):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "销售"
    sheet.append(["customer", "date", "amount"])
    sheet.append([17850, datetime.datetime(2025, 11, 2, 8, 26), 30.5])
    sheet.append(["007", datetime.date(2025, 11, 3), "=1+1"])
    sheet.append([None, None, None])
    sheet.append([3, 45992, True])
    made.create_sheet("空")
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def test_excel_cells_are_what_they_say(book):
    found = source(book)
    assert (found.sheet, found.others) == ("销售", ("空",))
    rows = next(found.chunks()).to_numpy().tolist()
    assert rows[0] == ["17850", "2025-11-02 08:26:00", "30.5"]
    assert rows[1] == ["007", "2025-11-03", ""]  # a formula that no program has reckoned
    assert rows[2] == ["3", "45992", "True"]


def test_excel_sheets_are_named(book):
    assert source(book, sheet="销售").header == source(book, sheet=0).header
    for sheet in ("Sheet9", 2, -1):
        with pytest.raises(InputError, match="it has: 销售, 空"):
            source(book, sheet=sheet)
    with pytest.raises(InputError, match=r"book.xlsx \(空\) is empty"):
        source(book, sheet=1)


LETTERS = st.text(st.characters(codec="gb18030", exclude_categories=["C", "Z"]), max_size=6)
CELLS = st.lists(st.tuples(LETTERS, LETTERS, LETTERS), min_size=1, max_size=8)


@settings(max_examples=40)
@given(
    rows=CELLS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
@example(rows=[("a,b;c|d", 'say "x"', "")], encoding="utf-8", separator=",")
def test_what_pandas_writes_comes_back(tmp_path_factory, rows, encoding, separator):
    path = tmp_path_factory.mktemp("any") / "table.csv"
    frame = pd.DataFrame(rows, columns=["客户编号", "日期", "金额"])
    frame.to_csv(path, index=False, sep=separator, encoding=encoding)
    told = "gb18030" if encoding == "gb18030" else None  # rare letters alone could be of any encoding
    found = read_table(path, encoding=told, separator=separator)
    assert found.to_numpy().tolist() == frame.to_numpy().tolist()
    assert source(path, encoding=told).separator == separator
