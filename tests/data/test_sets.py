"""The course's data sets: every card, every file, everybody's own draw."""

from __future__ import annotations

import itertools
import re
import shutil
from functools import cache

import numpy as np
import pandas as pd
import pytest

from crmlab import InputError, load
from crmlab.data import cards, make, sets
from crmlab.data.privacy import traces
from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking

SETS = list(cards.cards())
TABLES = [f"{about.name}.{table}" for about in cards.cards().values() for table in about.tables]
MINE, YOURS = token(b"a key", "1"), token(b"a key", "2")
LARGEST = 5_000_000
DTYPES = {"whole": "int64", "number": "float64", "date": "datetime64[s]", "time": "datetime64[s]", "yes": "bool"}


@cache
def every(name: str, whose: str | None = None) -> sets.DataSet:
    """The whole set, read or drawn once for all tests."""
    return load(name, whose, everyone=True)


def chinese(text: str) -> bool:
    return bool(re.search("[一-鿿]", text))


@pytest.mark.parametrize("name", SETS)
def test_files_are_made_again_byte_for_byte(name):
    for path, content in make.files([name]).items():
        assert path.read_bytes() == content, path.name


def test_every_file_has_its_checksum_and_nothing_else_lies_there():
    there = {path.name for path in cards.folder().glob("*.csv")}
    assert there == set(cards.sums()) == {f"{name}.csv" for name in TABLES}
    assert list(cards.sums()) == sorted(cards.sums())


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_typed_as_its_card_says(name):
    frame, card = every(name.split(".")[0])[name.split(".")[1]], cards.card(name.split(".")[0])
    columns = card.tables[name.split(".")[1]].columns
    assert list(frame.columns) == [column.name for column in columns]
    assert 0 < frame.memory_usage(deep=True).sum() < 20 * LARGEST
    assert 0 < card.path(name.split(".")[1]).stat().st_size < LARGEST
    for column in columns:
        values = frame[column.name]
        empty = values.isna().any()
        if column.type == "choice":
            assert list(values.cat.categories) == list(column.values)
            assert set(values.dropna()) <= set(column.values)
        elif column.type == "text":
            assert isinstance(values.dtype, pd.StringDtype)
        else:
            missing = {"whole": "Int64", "yes": "boolean"}.get(column.type, DTYPES[column.type])
            assert values.dtype == (missing if empty else DTYPES[column.type]), column.name
        if column.decimals is not None:
            assert np.allclose(values.dropna(), values.dropna().round(column.decimals), rtol=0, atol=1e-9)
        if column.type == "date":
            assert (values.dropna() == values.dropna().dt.normalize()).all()


@pytest.mark.parametrize("name", SETS)
def test_a_student_has_a_draw_of_their_own_and_always_the_same(name):
    everybody, mine, yours = (every(name, whose) for whose in (None, MINE, YOURS))
    again = load(name, student=MINE.lower(), everyone=True)
    assert list(mine) == list(everybody)
    differs = {}
    for table, frame in everybody.items():
        pd.testing.assert_frame_equal(mine[table], again[table])
        assert list(mine[table].columns) == list(frame.columns)
        assert (mine[table].dtypes == frame.dtypes).all(), table
        assert 0.8 < len(mine[table]) / len(frame) < 1.25
        differs[table] = not (mine[table].equals(frame) or mine[table].equals(yours[table]))
    assert all(differs.values()), differs


@pytest.mark.parametrize("name", SETS)
def test_a_file_read_and_its_draw_are_the_same(name):
    """What a student gets and what stands in a file differ in nothing but the draw."""
    drawn, read = sets.draw(name, make.COURSE), every(name)
    for table, about in cards.card(name).tables.items():
        pd.testing.assert_frame_equal(read[table], about.typed(drawn[table]))
        content = cards.card(name).path(table).read_bytes()
        assert content.endswith(b"\n")
        assert b"\r" not in content


def test_who_did_not_agree_is_left_out_unless_everyone_is_asked_for():
    asked = [about for about in cards.cards().values() if about.consent]
    assert asked
    for about, whose in itertools.product(asked, (None, MINE)):
        table, column = about.consent.split(".")
        full, agreed = every(about.name, whose), load(about.name, whose)
        said = full[table].set_index("customer")[column]
        no = set(said.index[~said.eq(True).fillna(False).astype(bool)])
        assert 0 < len(no) < len(said) / 2
        for name, frame in full.items():
            left = frame[~frame["customer"].isin(no)].reset_index(drop=True)
            pd.testing.assert_frame_equal(agreed[name], left)
        table = next(name for name in full if name != table)
        pd.testing.assert_frame_equal(load(f"{about.name}.{table}", whose), agreed[table])


@pytest.mark.parametrize(
    "name", ["moon", "", ".", "village.", "village.cows", "village.refills.bowls", 7, None, "Village"]
)
def test_a_name_that_there_is_not_lists_what_there_is(name):
    with pytest.raises(InputError, match=r"village|households, refills"):
        load(name)


def test_a_set_is_shown_as_its_card_and_its_tables_are_asked_for_by_name():
    village = load("village")
    assert repr(village) == village._repr_markdown_() == str(cards.card("village"))
    assert "cows" not in village
    assert "refills" in village
    assert village.get("cows") is None
    assert len(village) == 2
    with pytest.raises(InputError, match="no table 'cows'"):
        village["cows"]


@pytest.mark.parametrize("wrong", ["", "AAAA", "x" * 200, 7, MINE[:-1], MINE + "2", MINE.replace("-", "-0", 1)])
def test_what_is_no_token_is_refused(wrong):
    with pytest.raises(InputError, match="is no token"):
        load("village", student=wrong)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A folder of data sets to be damaged, with the village in it."""
    for path in cards.folder().glob("village*"):
        shutil.copy(path, tmp_path)
    shutil.copy(cards.folder() / cards.SUMS, tmp_path)
    for module in (cards, make):
        monkeypatch.setattr(module, "folder", lambda: tmp_path)
    cards.cards.cache_clear()
    yield tmp_path
    cards.cards.cache_clear()


def test_a_damaged_file_is_refused_and_a_whole_one_read(copied):
    path = copied / "village.refills.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"60", b"61", 1))
    with pytest.raises(InputError, match=r"village.refills.csv is damaged"):
        load("village")
    assert len(load("village.households")) == 120
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    with pytest.raises(InputError, match="damaged"):
        load("village.refills")
    path.write_bytes(content)
    assert len(load("village.refills")) > 1000


def test_a_missing_file_or_checksum_is_said_but_a_students_draw_needs_none(copied, lang):
    (copied / "village.refills.csv").unlink()
    with speaking(lang), pytest.raises(InputError, match=r"village\.refills\.csv"):
        load("village.refills")
    (copied / cards.SUMS).unlink()
    with pytest.raises(InputError, match="damaged"):
        load("village.households")
    assert len(load("village.refills", student=MINE)) > 1000
    assert "0 rows, SHA-256 `-`" in str(cards.card("village"))


def test_checksums_of_other_sets_stay_when_one_is_made(copied):
    before = cards.sums()["village.households.csv"]
    (copied / "village.refills.csv").unlink()
    made = make.files(["village"])
    assert {path.name for path in made} == {"village.households.csv", "village.refills.csv", cards.SUMS}
    assert made[copied / cards.SUMS].decode().startswith(before)
    assert made[copied / cards.SUMS] == make.files()[copied / cards.SUMS]


def test_a_world_that_does_not_make_what_its_card_says_is_refused(monkeypatch):
    real = sets.draw("village", "x")
    refills, households = real["refills"], real["households"]
    wrong = {
        "the world makes": {"households": households},
        "has": {"households": households.drop(columns="jar"), "refills": refills},
    }
    for words, tables in wrong.items():
        monkeypatch.setattr(make, "draw", lambda *_, tables=tables: tables)
        with pytest.raises(ValueError, match=words):
            make.tables("village")
    tickets = sets.draw("repairs", "x")["tickets"].assign(product="unheard of")
    with pytest.raises(ValueError, match="not among its values"):
        make.text(cards.card("repairs"), "tickets", tickets)


@pytest.mark.parametrize("name", SETS)
def test_a_card_speaks_both_languages(name):
    about = cards.card(name)
    texts = [about.title, about.what, about.made, *about.caveats]
    for table in about.tables.values():
        texts += [table.says, *(column.says for column in table.columns)]
        texts += [column.unit for column in table.columns if column.unit]
    for text in texts:
        assert chinese(text.zh), text.zh
        # fullwidth forms are what a dirty table holds, but an English text has no Chinese letters
        assert not re.search("[，。；：（）、]", text.en), text.en
        assert not re.search(r"[a-z一-鿿][,;] |\. ", text.zh), text.zh
    assert about.licence == "CC BY 4.0"
    assert "crmlab" in about.made.en
    assert "crmlab" in about.made.zh


@pytest.mark.parametrize("name", SETS)
def test_a_card_is_markdown(name, lang):
    about = cards.card(name)
    with speaking(lang):
        page = str(about)
        assert page == repr(about) == about._repr_markdown_()
    assert page.startswith("## ")
    assert chinese(page) or lang == "en"
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 4 and line.endswith("|") for line in rows)
    assert len(rows) == sum(len(table.columns) + 2 for table in about.tables.values())
    for table in about.tables:
        assert cards.sums()[f"{name}.{table}.csv"] in page
        with speaking(lang):
            from crmlab.language.catalogue import number

            assert number(len(every(name)[table])) in page


@pytest.mark.parametrize("name", [name for name in SETS if name != "dirty"])
def test_no_table_holds_traces_of_persons(name):
    for frame in every(name).values():
        assert traces(frame).empty


def test_a_column_that_contradicts_itself_is_refused():
    base = {"name": "x", "en": "x", "zh": "甲"}
    for wrong in (
        {"type": "choice"},
        {"type": "whole", "values": ("a",)},
        {"type": "hours"},
        {"type": "text", "unti": 1},
    ):
        with pytest.raises(ValueError, match="validation error"):
            cards.Column(**base, **wrong)


@pytest.mark.parametrize(
    ("wrong", "words"), [("lisence: MIT", "village.yml: lisence: Extra inputs"), ("what: {", "village.yml, line")]
)
def test_a_card_with_a_fault_is_named_with_its_file(copied, wrong, words):
    path = copied / "village.yml"
    path.write_text(path.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        cards.cards()


def test_the_pages_of_cards_hold_every_set():
    pages = make.read_me()
    assert {path.name for path in pages} == {"README.md", "README.zh-CN.md"}
    for path, content in pages.items():
        assert content.decode().count("\n## ") == len(SETS)
        assert chinese(content.decode()) == (path.name == "README.zh-CN.md") or "supermarket" in content.decode()
