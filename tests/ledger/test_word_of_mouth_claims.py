"""Chapter 6's claims on good talk: as printed, tried together, and with other numbers."""

from __future__ import annotations

import re

import pytest

import crmlab
from crmlab.ledger.claims import Claim

PRINTED = {"satisfied_tells": {"low": 1, "high": 5}, "satisfied_brings_new": {"satisfied": 100, "new": 25}}
every = pytest.mark.parametrize("name", PRINTED)


def changed(name: str, **values: float) -> Claim:
    """The claim as if it had been printed with other numbers."""
    one = crmlab.claim(name)
    return one.model_copy(update={"values": {**one.values, **values}})


@every
def test_claims_stand_as_printed(name):
    one = crmlab.claim(name)
    assert (one.chapter, one.kind, one.standing, one.values) == (6, "model", "folklore", PRINTED[name])
    assert isinstance(one.experiment, crmlab.Referrals)
    assert (one.experiment.told_low, one.experiment.told_high) == (1, 5)
    assert one.experiment.expected(1)["brought"].iloc[1] == pytest.approx(25)
    assert one.experiment.multiplication == pytest.approx(4 / 3)


@every
def test_both_languages_are_clean(name):
    one = crmlab.claim(name)
    for text in (one.text, one.notes):
        assert re.search("[\u4e00-\u9fff]", text.zh)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert not re.search("[\u4e00-\u9fff]", english)
    assert re.search("[\u4e00-\u9fff]", chinese)
    for verdict in (english, chinese):
        assert not re.search(r"\{|\bnan\b|\binf\b|∞", verdict)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("satisfied_tells", ["make 3 on average", "8.3%", "one in 4", "one in 20", "25% to 5%", "5 times", "16.7%"]),
        ("satisfied_brings_new", ["0.25", "= 1.33", "become 133", "100 new ones", "only 0.2.", "1.25", "5 satisfied"]),
    ],
)
def test_verdicts_say_what_the_models_give(name, said):
    verdict = crmlab.claim(name).verdict("en")
    for part in said:
        assert part in verdict


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("satisfied_tells", {"low": 5}, "make 5 on average"),
        ("satisfied_tells", {"low": 10, "high": 20}, "1 times as many"),
        ("satisfied_tells", {"low": 0, "high": 0}, "cannot both be true"),
        ("satisfied_tells", {"low": 0}, "one telling in 10"),
        ("satisfied_brings_new", {"new": 50}, "= 2 customers"),
        ("satisfied_brings_new", {"new": 100}, "feeds itself, if"),
        ("satisfied_brings_new", {"new": 150}, "Each brings 1.5"),
        ("satisfied_brings_new", {"new": 400}, "cannot both be true"),
        ("satisfied_brings_new", {"satisfied": 10, "new": 0}, "10 become 10"),
    ],
)
def test_other_numbers_give_another_verdict(name, values, said):
    assert said not in crmlab.claim(name).verdict("en")
    one = changed(name, **values)
    assert said in one.verdict("en")
    assert isinstance(one.experiment, crmlab.Referrals)
    for verdict in (one.verdict("en"), one.verdict("zh")):
        assert not re.search(r"\{|\bnan\b", verdict)


def test_the_two_claims_are_read_together(monkeypatch):
    from crmlab.ledger import word_of_mouth

    before = crmlab.claim("satisfied_tells").verdict("en")
    others = {"satisfied_brings_new": {"satisfied": 100, "new": 60}, "dissatisfied_tells": {"low": 5, "high": 7}}
    monkeypatch.setattr(word_of_mouth, "values", others.__getitem__)
    after = crmlab.claim("satisfied_tells").verdict("en")
    assert "20% of those who hear it" in after
    assert "tells 6, 2 times" in after
    assert after != before
