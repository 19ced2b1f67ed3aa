"""What each claim's verdict says, that other numbers make it say something else, and what is particular to one."""

from __future__ import annotations

import re

import pytest

import crmlab
from crmlab.experiments.complaints import LADDER
from crmlab.experiments.loss import LISTS
from crmlab.ledger.book import entries
from crmlab.ledger.claims import Claim

SAYS = {
    "rice_jar": ["are 7.5 days", "makes it 6 days", "51%", "by day 6.3", "16.7%", "48.6%"],
    "ms_suppliers": ["at least 60", "at least 100", "lower bounds", "left of 110", "0.3%", "of 1,000", "7.4%"],
    "pareto_80_20_30": [
        "rises to 140%", "the others make 60%", "make 133%", "rises to 167%", "1.5 times", "4 times", "68% or 20%",
    ],
    "five_vs_four": ["16.7%", "2 at best", "is false", "3.5 if they are half so", "7 times", "14.3%", "85.7%"],
    "satisfied_tells": ["make 3 on average", "8.3%", "one in 4", "one in 20", "25% to 5%", "5 times", "16.7%"],
    "satisfied_brings_new": ["0.25", "= 1.33", "become 133", "100 new ones", "only 0.2.", "1.25", "5 satisfied"],
    "good_service_growth": [
        "return on sales", "42.4%", "18.7%", "25%", "no market", "year 21", "year 6", "79% by year 21",
        "not yet an effect",
    ],
    "loyal_spend_ratio": ["9 more", "11.1%", "9 years", "1.45 times", "worth 21", "no more loyal"],
    "five_percent_doubles": [
        "20 more times", "in month 21", "in month 24", "in month 32", "if 5% or more", "1.45 times and no more",
        "Reichheld",
    ],
    "heavy_buyers": [
        "100,000 people", "13.2 times", "19.2 times", "shape 0.155", "make 89%", "make 75%", "21.9%", "20.8%", "13.6%",
        "What does not follow",
    ],
    "gold_card_members": ["10%", "100,000 people", "4 times", "300,000", "(75%)", "What does not follow"],
    "guinness_reach": ["50 countries", "Share of what?", "cannot be", "20% to all other", "1.6%", "88.9%"],
    "acquisition_cost_ratio": ["13,333", "11,111", "6.7 times"],
    "acquisition_cost_example": ["10,500", "5,714", "(1 min)"],
    "replacement_ratio": ["2.1 make", "1.4 over ten"],
    "dissatisfied_tells": ["make 15", "make 50", "12 if", "2.5%"],
    "complaint_iceberg": ["25 customers", "9 to 116", "3.8%", "16.8", "21.6", "90%"],
    "silent_majority": ["make 100%", "864", "672", "70%", "91%"],
    "negative_offset": ["7.7%", "48 satisfied", "200", "0.5%"],
    "recovery_return": ["70% and 95%: this holds where every problem costs the customer 1 to 5", "24 points", "say 5."],
    "repurchase_ladder": ["82%: this holds where every problem costs the customer over 100", "35 points"],
    "loss_reasons": ["make 100%", "59% to 76%", "54%", "3.3%"],
    "loss_reasons_alt": ["only 99%", "(1%)", "14%"],
    "loss_by_dissatisfaction": ["make 78%", "“at least 68%”", "only if"],
    "foot_problems": ["10,000 answers", "127 shops", "3.5 times", "0.9 points", "What does not follow"],
    "hotline_demand": [
        "more than 3,000 came where 250 were expected", "power of 2,043", "power of 41", "no bad luck", "open day 1.",
        "1 by forecast, 3 for 12 times", "166 agents", "one network 115", "31% fewer",
    ],
}  # fmt: skip
"""What stands in the verdict of each claim, its numbers before all."""
OTHERWISE = [
    ("rice_jar", {"people": 5}, "are 6 days"),
    ("rice_jar", {"jar": 80}, "are 10 days"),
    ("rice_jar", {"merchants": 3}, "among 3 merchants is 33.3%"),
    ("rice_jar", {"merchants": 1}, "nobody to win homes from"),
    ("ms_suppliers", {"over30": 200}, "left of 220"),
    ("ms_suppliers", {"over50": 120}, "the smaller bound then says nothing"),
    ("pareto_80_20_30", {"lost": 0.2}, "rises to 116%"),
    ("pareto_80_20_30", {"bottom": 0.2}, "2.1 times the median margin"),
    ("pareto_80_20_30", {"bottom": 0.9}, "more than all customers"),
    ("pareto_80_20_30", {"lost": 0}, "No lognormal margins and costs give this."),
    ("pareto_80_20_30", {"profit": 1.2, "lost": 1}, "no total to share"),
    ("pareto_80_20_30", {"top": 0.01}, "best 1% make 80%"),
    ("five_vs_four", {"ratio": 1}, "no difference"),
    ("five_vs_four", {"ratio": 1.5}, "hold even where 50%"),
    ("five_vs_four", {"ratio": 2}, "hold even where 50%"),
    ("five_vs_four", {"ratio": 10}, "10% at most"),
    ("five_vs_four", {"ratio": 30}, "3.3%"),
    ("satisfied_tells", {"low": 5}, "make 5 on average"),
    ("satisfied_tells", {"low": 10, "high": 20}, "1 times as many"),
    ("satisfied_tells", {"low": 0, "high": 0}, "cannot both be true"),
    ("satisfied_tells", {"low": 0}, "one telling in 10"),
    ("satisfied_brings_new", {"new": 50}, "= 2 customers"),
    ("satisfied_brings_new", {"new": 100}, "feeds itself, if"),
    ("satisfied_brings_new", {"new": 150}, "Each brings 1.5"),
    ("satisfied_brings_new", {"new": 400}, "cannot both be true"),
    ("satisfied_brings_new", {"satisfied": 10, "new": 0}, "10 become 10"),
    (
        "good_service_growth",
        {"good_growth": 1.06 * 1.01 / 0.98 - 1},
        "fit one market, in which the good firms hold 25%",
    ),
    ("good_service_growth", {"good_growth": 0.01}, "6% a year at no one share"),
    ("good_service_growth", {"good_share": -0.01}, "wins no share"),
    ("good_service_growth", {"good_share": 0.12}, "year 11"),
    ("good_service_growth", {"poor_share": 0.02}, "the others lose at no one share"),
    ("good_service_growth", {"poor_share": -0.06}, "50%"),
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
    ("acquisition_cost_ratio", {"high": 7}, "two ends disagree"),
    ("acquisition_cost_ratio", {"low": 8, "high": 20}, "at both ratios"),
    ("acquisition_cost_example", {"yuan": 1750}, "1,000 yuan a year; with more"),
    ("replacement_ratio", {"new_per_lost": 4}, "it takes 4 only"),
    ("dissatisfied_tells", {"alt_share": 0.1}, "make 30 if"),
    ("complaint_iceberg", {"dissatisfied": 50, "silent": 49}, "where 2% complain"),
    ("silent_majority", {"voice": 0.5, "silent": 0.4}, "50% and 40% make 90%"),
    ("silent_majority", {"never_return": 0.6}, "576 leave"),
    ("negative_offset", {"positive_per_negative": 1}, "50% of all impressions"),
    ("recovery_return", {"handled": 0.62}, "62%: this holds where 50% of the problems"),
    ("recovery_return", {"handled": 0.2}, "20%: no mixture"),
    ("repurchase_ladder", {"unresolved": 0.3}, "no mixture"),
    ("loss_reasons", {"indifference": 0.2}, "make 52%"),
    ("loss_reasons_alt", {"moved": 0.04}, "make 100%"),
    ("loss_by_dissatisfaction", {"at_least": 0.1}, "whichever way one counts"),
    ("loss_by_dissatisfaction", {"at_least": 0.8}, "does not agree"),
    ("foot_problems", {"share": 0.4}, "are 1 times"),
    ("hotline_demand", {"expected_per_year": 60}, "on the second it can have been bad luck"),
    ("hotline_demand", {"expected_per_year": 1}, "prove nothing"),
    ("hotline_demand", {"expected_per_year": 0}, "prove nothing"),
    ("hotline_demand", {"centres": 1}, "nothing to join"),
    ("hotline_demand", {"centres": 2}, "apart they need 12 agents"),
]
"""A claim, as if it had been printed with other numbers, and what its verdict would then say and does not now."""


def changed(name: str, **values: float) -> Claim:
    """The claim as if it had been printed with other numbers."""
    one = crmlab.claim(name)
    return one.model_copy(update={"values": {**one.values, **values}})


def both(one: Claim) -> None:
    """Hold the verdict to be whole in both languages, each in its own letters."""
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert not re.search("[\u4e00-\u9fff]", english)
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[{}]|\b(nan|inf)\b|∞", english + chinese)
    assert not re.search(r"[,;:] ", chinese)


def test_every_claim_has_its_rows():
    assert entries().keys() - SAYS.keys() == set(), "say in SAYS what its verdict must contain"
    assert entries().keys() - {name for name, _values, _said in OTHERWISE} == set(), (
        "say in OTHERWISE what it must be with other numbers"
    )


@pytest.mark.parametrize("name", SAYS)
def test_the_verdict_says_what_the_model_gives(name):
    verdict = crmlab.claim(name).verdict("en")
    assert [said for said in SAYS[name] if said not in verdict] == []
    both(crmlab.claim(name))


@pytest.mark.parametrize(("name", "values", "said"), OTHERWISE)
def test_other_numbers_give_another_verdict(name, values, said):
    one = changed(name, **values)
    assert values.keys() <= crmlab.claim(name).values.keys()
    assert said not in crmlab.claim(name).verdict("en")
    assert said in one.verdict("en")
    both(one)
    assert type(one.experiment) is type(crmlab.claim(name).experiment)


@pytest.mark.parametrize(
    ("values", "unsaid"),
    [
        ({"good_growth": 1.06 * 1.01 / 0.98 - 1}, "misreading"),
        ({"good_share": -0.01}, "Nor can it go on"),
        ({"good_share": 0.12}, "year 21"),
        ({"poor_share": 0.02}, "25%"),
        ({"poor_share": -0.06}, "25%"),
    ],
)
def test_of_service_growth_no_more_is_said_than_follows(values, unsaid):
    assert unsaid in crmlab.claim("good_service_growth").verdict("en")
    assert unsaid not in changed("good_service_growth", **values).verdict("en")


def test_another_model_gives_another_verdict(monkeypatch):
    before = crmlab.claim("repurchase_ladder").verdict()
    small, large = LADDER
    monkeypatch.setitem(LADDER, large, {**LADDER[large], "quickly": 0.6})
    assert crmlab.claim("repurchase_ladder").verdict() != before
    assert "no mixture" in crmlab.claim("repurchase_ladder").verdict()
    monkeypatch.setitem(LADDER, small, {**LADDER[small], "resolved": 0.8})
    assert "70%: this holds where 38%" in crmlab.claim("recovery_return").verdict()


@pytest.mark.parametrize(
    ("other", "values", "name", "said"),
    [
        ("loyal_spend_ratio", {"ratio": 21}, "five_percent_doubles", "the two claims agree"),
        ("five_percent_doubles", {"revenue_multiple": 3}, "loyal_spend_ratio", "for 3 times"),
        ("heavy_buyers", {"share": 0.1}, "gold_card_members", "not even all"),
        ("satisfied_brings_new", {"new": 60}, "satisfied_tells", "20% of those who hear it"),
        ("dissatisfied_tells", {"low": 5, "high": 7}, "satisfied_tells", "tells 6, 2 times"),
    ],
)
def test_claims_are_read_together(other, values, name, said, monkeypatch):
    assert said not in crmlab.claim(name).verdict("en")
    monkeypatch.setitem(entries()[other], "values", {**entries()[other]["values"], **values})
    assert said in crmlab.claim(name).verdict("en")


def test_the_loss_tables_are_the_models_and_sum_as_said():
    first, second = crmlab.claim("loss_reasons"), crmlab.claim("loss_reasons_alt")
    assert (first.values, second.values) == (LISTS[1], LISTS[2])
    assert sum(first.values.values()) == pytest.approx(1.00)
    assert sum(second.values.values()) == pytest.approx(0.99)
    assert "99%" in second.verdict("zh")


def test_the_hotlines_apart_and_joined_are_the_call_centres():
    apart = crmlab.CallCentre(calls=29 * 60, talk=4, patience=3, centres=29)
    assert (apart.needed(), apart.needed(centres=1)) == (166, 115)
