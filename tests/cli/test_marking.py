"""The commands of marking that the walk of a class (tests/marking/test_walk.py) does not come by."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlab.data.roster import tokens
from crmlab.gradebook.book import Gradebook
from crmlab.language.errors import InputError

from ..command import crmlab

PASSED = "Role plays passed over, which crmlab scenes mark is for: 1"


def test_marking_passes_over_what_is_for_the_other_command(tmp_path, roster):
    work, book = tmp_path / "work", tmp_path / "g"
    work.mkdir()
    (work / "a.play-2.json").write_text("{}", encoding="utf-8")
    plans = ["grade", work, "--exercise", "01-relationship-plan", "--gradebook", book, "--roster", roster]
    with pytest.raises(InputError, match=rf"There are no submissions(.|\n)*{PASSED}"):
        crmlab(*plans)
    (work / "b.ipynb").write_text("{}", encoding="utf-8")
    said = crmlab(*plans, code=1)
    assert PASSED in said
    assert said.count("Not marked:") == said.count("b.ipynb") == 1
    said = crmlab("scenes", "mark", work, "--gradebook", book, code=1)
    assert "Notebooks passed over, which crmlab grade is for: 1" in said
    assert said.count("Not marked:") == said.count("a.play-2.json") == 1
    with pytest.raises(InputError, match="no activity 'complaint-a'; it has: 01-relationship-plan"):
        crmlab("marks", "history", "--gradebook", book, "--exercise", "complaint-a")


def test_course_grades_stay_open_or_count_what_is_missing_as_zero(lang, tmp_path, roster):
    with Gradebook(tmp_path / "g") as book:
        book.enrol(tokens(roster))
        book.activity("08-keeping-customers", {"q1": 4.0})
    for name, more, grade in (("open.csv", [], ""), ("zero.csv", ["--missing-is-zero"], "0.0")):
        said = crmlab("marks", "grades", "--gradebook", tmp_path / "g", "--out", tmp_path / name, *more, lang=lang)
        assert name in said
        rows = pd.read_csv(tmp_path / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        assert rows["name"].tolist() == [*"ABCDE", "李明"]
        assert set(rows["grade"]) == {grade}
