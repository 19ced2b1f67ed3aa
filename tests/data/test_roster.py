"""The instructor's roster: class lists as they come, and the key that stays."""

from __future__ import annotations

import os
import stat

import pandas as pd
import pytest

from crmlab import InputError
from crmlab.data.roster import course_key, roster
from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking

KEY = b"k" * 32
LIST = [("2026001", "Zhang San"), ("0026002", "李四"), ("2026003", "")]


@pytest.fixture
def write(tmp_path):
    def written(text: str, encoding: str = "utf-8", name: str = "class.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


def text_of(head: str, rows: list = LIST, separator: str = ",") -> str:
    return "\n".join([head, *(separator.join(row) for row in rows)]) + "\n"


def is_right(table: pd.DataFrame, rows: list = LIST) -> bool:
    assert table.columns.tolist() == ["student", "name", "token"]
    assert table["student"].tolist() == [student for student, _name in rows]
    assert table["name"].tolist() == [name for _student, name in rows]
    assert table["token"].tolist() == [token(KEY, student) for student, _name in rows]
    return True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("head", ["学号,姓名", "Student ID,Name", "SIS User ID , FULL NAME", "id,student name"])
def test_a_list_in_any_encoding_and_language(write, head, encoding):
    assert is_right(roster(write(text_of(head), encoding), KEY))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_list_with_another_separator(write, separator):
    assert is_right(roster(write(text_of(f"学号{separator}姓名", separator=separator)), KEY))


@pytest.mark.parametrize("numbers", [str, int])
def test_an_excel_list(tmp_path, numbers):
    rows = [(numbers(2026000 + place), f"学生{place}") for place in range(1, 4)]
    path = tmp_path / "班级.xlsx"
    pd.DataFrame(rows, columns=["学号", "姓名"]).to_excel(path, index=False)
    assert is_right(roster(path, KEY), [(str(student), name) for student, name in rows])


def test_canvas_and_its_gradebook_rows(write):
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section,Essay (12)", "    Points Possible,,,,,10"]
    lines += ['"Li, Si",431,2026002,lisi,A,7', '"Zhang, San",432,2026001,zhangsan,A,', '"Student, Test",433,,,A,']
    table = roster(write("\n".join(lines)), KEY)
    assert is_right(table, [("2026002", "Li, Si"), ("2026001", "Zhang, San")])


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("First name,Last name,ID number,Email address", ["San Zhang", "Si Li"]),
        ("First name,Surname,ID number,Email address", ["San Zhang", "Si Li"]),
        ("名,姓,编号,电子邮件地址", ["ZhangSan", "LiSi"]),
    ],
)
def test_moodle_with_first_and_last_names(write, head, names):
    table = roster(write(f"{head}\nSan,Zhang,2026001,a@example.com\nSi,Li,2026002,b@example.com\n"), KEY)
    assert is_right(table, list(zip(["2026001", "2026002"], names, strict=True)))


def test_a_list_with_a_class_numbers_hidden_from_spreadsheets_and_wide_digits(write):
    text = "序号,班级,学号,姓名,总分\n1,营销一班,\t2026001,张三,88\n2,营销一班,２０２６００２ , 李四,90\n"
    assert is_right(roster(write(text, "gbk"), KEY), [("2026001", "张三"), ("2026002", "李四")])


@pytest.mark.parametrize("head", ["id,student", "student,name", "学号/工号,学生姓名"])
def test_the_column_named_student_is_the_number_only_where_there_is_no_other(write, head):
    assert is_right(roster(write(text_of(head)), KEY))


def test_a_list_without_names(write):
    assert is_right(roster(write("学号,班级\n1,A\n2,A\n"), KEY), [("1", ""), ("2", "")])
    assert is_right(roster(write("学号,姓\n1,张\n2,李\n"), KEY), [("1", "张"), ("2", "李")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,group\nLi,A\n", "no column of student numbers.*It has: name, group"),
        ("学号,姓名\n1,Li\n1,Wu\n", "number 1 stands more than once"),
        ("学号,姓名\n1,Li\n１,Wu\n", "number 1 stands more than once"),
        ("学号,姓名\n1,Li\n ,Wu\n", "Row 2 of class.csv has no student number"),
        ("学号,姓名\n2.026E+11,Li\n", "cut short by a spreadsheet"),
        ("学号,姓名\n", "no rows"),
        ("Student,ID\nPoints Possible,\n", "no rows"),
        ("", "is empty"),
    ],
)
def test_a_list_that_cannot_be_taken_is_refused_in_words(write, text, words, lang):
    path = write(text)
    with pytest.raises(InputError, match=words):
        roster(path, KEY)
    with speaking(lang), pytest.raises(InputError) as caught:
        roster(path, KEY)
    assert "class.csv" in str(caught.value)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"class\.csv"):
        roster(tmp_path / "class.csv", KEY)


def test_the_order_of_the_list_and_who_else_is_on_it_make_no_difference(write):
    one = roster(write(text_of("学号,姓名")), KEY).set_index("student")["token"]
    two = roster(write(text_of("学号,姓名", [*LIST[::-1], ("9", "Wu")])), KEY).set_index("student")["token"]
    assert two[one.index].tolist() == one.tolist()


def test_a_new_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "deep" / "course.key"
    key = course_key(path)
    assert len(key) == 32
    assert course_key(path) == key
    assert key != course_key(tmp_path / "other.key")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text() == key.hex() + "\n"


@pytest.mark.parametrize("content", [b"", b"secret", b"ab" * 31, b"ab" * 33, b"xy" * 32, "密钥".encode(), b"\xff\xfe"])
def test_a_broken_key_is_refused_and_never_overwritten(tmp_path, content, lang):
    path = tmp_path / "course.key"
    path.write_bytes(content)
    with speaking(lang), pytest.raises(InputError, match=r"course\.key.*32"):
        course_key(path)
    assert path.read_bytes() == content


def test_a_key_that_is_a_folder_or_lies_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "course.key"):
        with pytest.raises(InputError, match="can't be read or written"):
            course_key(path)
