"""The instructor's look at a draw: what a token's sets hold, and what was planted; nothing of it in the package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from crmlab.data.cards import cards
from crmlab.data.tokens import token

ROOT = Path(__file__).parents[2]
MINE = token(b"a key for tests", "1")


@pytest.fixture(scope="module")
def draws():
    spec = importlib.util.spec_from_file_location("draws", ROOT / "tools" / "draws.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("whose", ["course", MINE])
@pytest.mark.parametrize("name", list(cards()))
def test_every_set_can_be_looked_at_and_its_findings_are_recovered(draws, name, whose):
    values, found = draws.measured(name, whose)
    assert np.isfinite(list(values.values())).all()
    found.pop("difference is above nothing", None)  # seven draws of ten have it: a trial this small may miss its effect
    assert all(found.values()), found


def test_every_set_has_its_section_on_the_instructor_s_page():
    page = (ROOT / "notebooks/instructor/data.md").read_text(encoding="utf-8")
    heads = {line.split()[1].strip("`:：") for line in page.splitlines() if line.startswith("## ")}
    assert set(cards()) - heads == set()


def test_a_new_set_is_told_what_to_write(draws):
    with pytest.raises(NotImplementedError, match=r"a function top_ups\(tables\)"):
        draws.measured("top_ups", "course")


def test_students_have_other_numbers(draws):
    for name in cards():
        assert draws.measured(name, MINE)[0] != draws.measured(name, "course")[0]


def told(draws, monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["draws.py", *arguments])
    draws.main()


def test_a_token_tells_what_was_planted(draws, monkeypatch, capsys):
    told(draws, monkeypatch, "--token", MINE.lower().replace("-", " "), "--set", draws.SET)
    printed = capsys.readouterr().out
    assert f"{draws.SET}: {MINE}" in printed
    assert str(draws.planted(MINE)["segment by sales"]) in printed
    assert "not found" not in printed


def test_what_is_no_token_is_said_in_one_line(draws, monkeypatch):
    with pytest.raises(SystemExit, match="'abc' is no token"):
        told(draws, monkeypatch, "--token", "abc")
