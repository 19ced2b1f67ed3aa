"""Chapter 7's claims: as printed, verdicts that follow the numbers, both languages."""

import re

import pytest

import crmlab
from crmlab.ledger.claims import Claim

CHAPTER_7 = {
    "loyal_spend_ratio": ("folklore", {"ratio": 10}),
    "five_percent_doubles": ("folklore", {"share": 0.05, "revenue_multiple": 2}),
    "heavy_buyers": ("case", {"share": 0.025, "sales": 0.33, "customers": 4_000_000}),
    "gold_card_members": ("case", {"members": 400_000, "known": 4_000_000}),
    "guinness_reach": ("case", {"countries": 50, "share": 0.8}),
}
FACTS = {"gold_card_members", "guinness_reach"}
CHINESE = re.compile("[\u4e00-\u9fff]")
every = pytest.mark.parametrize("name", CHAPTER_7)


def changed(name: str, **values: float) -> Claim:
    one = crmlab.claim(name)
    return one.model_copy(update={"values": {**one.values, **values}})


@every
def test_claims_stand_as_printed(name):
    standing, values = CHAPTER_7[name]
    one = crmlab.claim(name)
    assert (one.id, one.chapter, one.standing, one.values) == (name, 7, standing, values)
    assert (one.kind == "fact") == (name in FACTS) == (one.experiment is None)
    if name not in FACTS:
        assert isinstance(one.experiment, getattr(crmlab, one.model))


def test_the_chapter_is_complete():
    assert set(crmlab.claims(7)["id"]) >= set(CHAPTER_7)


@every
def test_both_languages(name):
    one = crmlab.claim(name)
    for text in (one.text, one.notes):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
    for verdict in (english, chinese):
        assert not re.search(r"[{}]|\bnan\b|∞", verdict)


def test_experiments_carry_the_claims_numbers():
    five = crmlab.claim("five_percent_doubles").experiment
    assert (five.share, five.target, five.month_of()) == (0.05, 2, 32)
    loyal = crmlab.claim("loyal_spend_ratio").experiment
    assert loyal.worth == pytest.approx(10)
    assert loyal.ceiling == pytest.approx(1.45)
    heavy = crmlab.claim("heavy_buyers").experiment
    assert (heavy.customers, heavy.top) == (4_000_000, 0.025)
    assert heavy.lasting() == pytest.approx(0.33)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("loyal_spend_ratio", ["9 more", "11.1%", "9 years", "1.45 times", "worth 21", "no more loyal"]),
        ("five_percent_doubles", ["20 more times", "in month 21", "in month 24", "in month 32", "if 5% or more",
                                  "1.45 times and no more", "Reichheld"]),
        ("heavy_buyers", ["100,000 people", "13.2 times", "19.2 times", "shape 0.155", "make 89%", "make 75%",
                          "21.9%", "20.8%", "13.6%", "What does not follow"]),
        ("gold_card_members", ["10%", "100,000 people", "4 times", "300,000", "(75%)", "What does not follow"]),
        ("guinness_reach", ["Share of what?", "cannot be", "20% to all other", "1.6%", "88.9%"]),
    ],
)  # fmt: skip
def test_verdicts_say_what_the_models_give(name, said):
    verdict = crmlab.claim(name).verdict("en")
    for part in said:
        assert part in verdict


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("loyal_spend_ratio", {"ratio": 21}, "makes revenue 2 times"),
        ("loyal_spend_ratio", {"ratio": 1.2}, "hardly does so"),
        ("five_percent_doubles", {"revenue_multiple": 1.45}, "the two claims agree"),
        ("five_percent_doubles", {"share": 0.02}, "50 more times"),
        ("five_percent_doubles", {"share": 0.02}, "never at 3%"),
        ("heavy_buyers", {"sales": 0.02}, "cannot make"),
        ("heavy_buyers", {"sales": 0.15}, "no difference between customers"),
        ("heavy_buyers", {"sales": 0.99}, "No shape"),
        ("gold_card_members", {"members": 80_000}, "not even all of them"),
        ("gold_card_members", {"members": 1_000_000}, "10 times as many"),
        ("guinness_reach", {"share": 0.95}, "impossible"),
        ("guinness_reach", {"share": 0.3}, "the number alone does not tell"),
    ],
)
def test_other_numbers_give_another_verdict(name, values, said):
    assert said not in crmlab.claim(name).verdict("en")
    assert said in changed(name, **values).verdict("en")
    assert CHINESE.search(changed(name, **values).verdict("zh"))


def test_claims_are_set_against_each_other(monkeypatch):
    """Another number in one claim changes what the other one's verdict says."""
    import crmlab.ledger.facts as facts
    import crmlab.ledger.loyalty as loyalty

    monkeypatch.setattr(loyalty, "values", lambda name: {"ratio": 21, "share": 0.1, "revenue_multiple": 3})
    assert "the two claims agree" in crmlab.claim("five_percent_doubles").verdict("en")
    assert "for 3 times" in crmlab.claim("loyal_spend_ratio").verdict("en")
    monkeypatch.setattr(facts, "values", lambda name: {"share": 0.1})
    assert "not even all" in crmlab.claim("gold_card_members").verdict("en")
