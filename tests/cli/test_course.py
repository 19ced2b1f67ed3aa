"""The commands of the course itself: lab, doctor, claims."""

from __future__ import annotations

import pytest

from crmlab.language.errors import InputError
from crmlab.ledger.book import entries
from crmlab.place import checkout

from ..command import crmlab


def test_doctor_finds_this_machine_well(lang, tmp_path):
    said = crmlab("doctor", "--folder", tmp_path, lang=lang)
    assert "[ OK ]" in said
    assert {"en": "can be worked here", "zh": "可以学习本课程"}[lang] in said


def test_doctor_fails_where_the_folder_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    said = crmlab("doctor", "--folder", tmp_path / "file", code=1)
    assert "[FAIL]" in said
    assert "→" in said


def test_lab_refuses_the_checkout():
    with pytest.raises(InputError, match="checkout"):
        crmlab("lab", "--folder", checkout() / "mine")
    assert not (checkout() / "mine").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", ["Verdict:", "Contradiction (", "Claims: {}"]), ("zh", ["结论：", "矛盾（", "共 {} 条说法"])],
)
def test_claims_are_printed_with_verdict_and_contradictions(code, words):
    said = crmlab("claims", "--lang", code)
    assert [word for word in words if word.format(len(entries())) not in said] == []
    assert said.count(words[0]) == len(entries())


def test_claims_of_a_chapter_a_card_and_what_is_unknown():
    here = [entry for entry in entries().values() if entry["chapter"] == 8]
    assert f"Claims: {len(here)}" in crmlab("claims", "--chapter", 8)
    card = crmlab("claims", "complaint_iceberg")
    assert "Standing: traced" in card
    assert "Contradiction:" in card
    with pytest.raises(InputError, match="'nine_lives'"):
        crmlab("claims", "nine_lives")
