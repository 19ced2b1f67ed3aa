"""The commands ``crmlab data``, ``crmlab roster`` and ``crmlab report``, as a person types them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from crmlab import InputError
from crmlab.data import cards, make
from crmlab.data.roster import course_key, tokens
from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking

from ..command import crmlab

LIST = "学号,姓名\n2026001,张三\n2026002,李四\n"


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A folder of data sets to work in, with two of them and their pages."""
    for module in (cards, make):
        monkeypatch.setattr(module, "folder", lambda: tmp_path)
    real = cards.course() / "datasets"
    for name in ("leads", "village"):
        for path in real.glob(f"{name}*"):
            shutil.copy(path, tmp_path)
    cards.cards.cache_clear()
    crmlab("data", "make")
    yield tmp_path
    cards.cards.cache_clear()


@pytest.mark.parametrize(("code", "words"), [("en", "The rice merchant's village"), ("zh", "米商的村子")])
def test_every_set_and_table_is_listed(code, words):
    said = crmlab("data", "list", "--lang", code)
    assert words in said
    for name, card in cards.cards().items():
        assert f"\n{name}" in f"\n{said}"
        assert all(f"  {name}.{table}" in said for table in card.tables)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_card_is_printed_in_both_languages(code):
    said = crmlab("data", "card", "village", "--lang", code)
    with speaking(code):
        assert said == str(cards.card("village"))


def test_an_unknown_set_is_named_with_those_that_there_are():
    for command in ("card", "make"):
        with pytest.raises(InputError, match=r"no data set 'moon'; there are: .*village"):
            crmlab("data", command, "moon")


def test_making_writes_what_drifted_and_checking_only_names_it(copied):
    assert "nothing, all is up to date" in crmlab("data", "make")
    assert crmlab("data", "make", "--check") == ""
    path = copied / "leads.past.csv"
    right = path.read_bytes()
    path.write_bytes(right + b"1\n")
    said = crmlab("data", "make", "--check", code=1)
    assert "leads.past.csv: stale" in said
    assert "village" not in said
    assert path.read_bytes() == right + b"1\n"
    assert crmlab("data", "make", "village", "--check", code=1).count("stale") == 3  # checksums, pages
    said = crmlab("data", "make", "leads")
    assert "leads.past.csv" in said
    assert path.read_bytes() == right
    assert crmlab("data", "make", "--check") == ""


def test_a_missing_file_and_a_missing_page_are_made(copied):
    missing = ("village.refills.csv", "SHA256SUMS", "README.md", "README.zh-CN.md")
    before = {name: (copied / name).read_bytes() for name in missing}
    for name in missing:
        (copied / name).unlink()
    said = crmlab("data", "make", "--check", code=1)
    assert all(f"{name}: stale" in said for name in missing)
    crmlab("data", "make")
    assert all((copied / name).read_bytes() == content for name, content in before.items())


def test_a_roster_gets_a_token_each_in_a_file_that_excel_reads(tmp_path):
    (tmp_path / "class.csv").write_text(LIST, encoding="gbk")
    key, out = tmp_path / "keys" / "course.key", tmp_path / "out.csv"
    said = crmlab("roster", tmp_path / "class.csv", "--key", key, "--out", out)
    assert "Tokens of 2 students" in said
    assert "The course key is new" in said
    assert str(key) in said
    assert "Keep the key to yourself" in said
    assert course_key(key).hex() not in said
    assert out.read_bytes().startswith(b"\xef\xbb\xbfstudent,name,token")
    table = pd.read_csv(out, dtype=str, encoding="utf-8-sig")
    assert table["name"].tolist() == ["张三", "李四"]
    assert table["token"].tolist() == [token(course_key(key), student) for student in table["student"]]
    assert table["token"][0] not in said


def test_no_name_becomes_a_formula_in_a_spreadsheet_and_it_is_read_as_it_was(tmp_path):
    name = '=HYPERLINK("x")'
    pd.DataFrame({"学号": ["1"], "姓名": [name]}).to_csv(tmp_path / "class.csv", index=False)
    crmlab("roster", tmp_path / "class.csv", "--key", tmp_path / "course.key")
    out = tmp_path / "class.tokens.csv"
    assert pd.read_csv(out)["name"].tolist() == ["'" + name]
    assert tokens(out)["name"].tolist() == [name]


def test_a_roster_is_written_beside_the_list_and_never_over_anything(tmp_path):
    (tmp_path / "class.csv").write_text(LIST, encoding="utf-8")
    key = tmp_path / "course.key"
    crmlab("roster", tmp_path / "class.csv", "--key", key)
    out = tmp_path / "class.tokens.csv"
    before = out.read_bytes()
    (tmp_path / "class.csv").write_text("学号,姓名\n7,Wu\n", encoding="utf-8")
    for extra in ([], ["--out", tmp_path / "class.csv"]):
        with pytest.raises(InputError, match="is there already and is not overwritten"):
            crmlab("roster", tmp_path / "class.csv", "--key", key, *extra)
    assert out.read_bytes() == before
    other = tmp_path / "again.csv"
    assert "The course key: " in crmlab("roster", tmp_path / "class.csv", "--key", key, "--out", other)
    assert token(course_key(key), "7") in other.read_text(encoding="utf-8-sig")


def test_what_cannot_be_taken_leaves_no_file(tmp_path):
    (tmp_path / "class.csv").write_text("name\nLi\n", encoding="utf-8")
    with pytest.raises(InputError):
        crmlab("roster", tmp_path / "class.csv", "--key", tmp_path / "course.key")
    with pytest.raises(InputError):
        crmlab("roster", tmp_path / "nobody.csv", "--key", tmp_path / "course.key")
    (tmp_path / "class.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "course.key").write_text("secret")
    with pytest.raises(InputError, match="no course key"):
        crmlab("roster", tmp_path / "class.csv", "--key", tmp_path / "course.key")
    with pytest.raises(InputError, match="can't be read or written"):
        crmlab("roster", tmp_path / "class.csv", "--key", tmp_path / "new.key", "--out", tmp_path / "no" / "out.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"class.csv", "course.key", "new.key"}
    assert (tmp_path / "course.key").read_text() == "secret"


@pytest.mark.parametrize(("code", "words"), [("en", "not overwritten"), ("zh", "不会覆盖")])
def test_a_refusal_is_one_line_without_a_traceback(tmp_path, code, words):
    (tmp_path / "class.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "class.tokens.csv").touch()
    done = subprocess.run(
        [sys.executable, "-m", "crmlab", "roster", str(tmp_path / "class.csv"), "--lang", code],
        env={**os.environ, "CRMLAB_LANG": "en", "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".crmlab").exists()


def test_a_report_is_a_page_and_never_written_over_another(tmp_path):
    path, out = tmp_path / "sales.csv", tmp_path / "page.html"
    path.write_text("customer,date,amount\n" + "".join(f"{one},2025-01-01,5\n" for one in range(9)))
    assert "已写入" in crmlab("report", path, "--out", out, "--lang", "zh")
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    out.write_text("mine")
    with pytest.raises(InputError, match="not overwritten"):
        crmlab("report", path, "--out", out)
    assert out.read_text() == "mine"


def test_a_report_takes_what_reading_takes_and_leaves_nothing_where_it_fails(tmp_path):
    path = tmp_path / "eu.csv"
    path.write_text("kunde;tag;wert\n" + "".join(f"{one};3.4.2025;1,5\n" for one in range(9)), encoding="utf-8")
    options = ["--customer", "kunde", "--date", "tag", "--amount", "wert", "--decimal", ",", "--separator", ";"]
    with pytest.raises(InputError):
        crmlab("report", path, *options)
    assert [file.name for file in tmp_path.iterdir()] == ["eu.csv"]
    crmlab("report", path, *options, "--date-order", "day", "--until", "2026-01-01")
    assert (tmp_path / "eu.report.html").exists()
