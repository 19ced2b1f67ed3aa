"""The rice merchant's jar and the retailer's suppliers: as printed, and verdicts that follow the numbers."""

import re

import pytest

import crmlab

CHINESE = re.compile("[\u4e00-\u9fff]")
PRINTED = {
    "rice_jar": (1, "arithmetic", "model", {"people": 4, "bowls_each": 2, "jar": 60, "merchants": 6}),
    "ms_suppliers": (2, "case", "fact", {"over50": 60, "over30": 100, "stores": 200, "countries": 30}),
}
every = pytest.mark.parametrize("name", PRINTED)


@every
def test_as_printed(name):
    one = crmlab.claim(name)
    assert (one.chapter, one.standing, one.kind, one.values) == PRINTED[name]
    assert name in crmlab.claims(one.chapter)["id"].tolist()


@every
def test_both_languages(name):
    one = crmlab.claim(name)
    for text in (one.text, one.notes, *one.sources):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
    assert not re.search(r"\{|nan", english + chinese)


def test_experiments():
    village = crmlab.claim("rice_jar").experiment
    assert isinstance(village, crmlab.RefillRound)
    assert (village.refill_days, village.merchants) == (7.5, 6)
    assert crmlab.claim("ms_suppliers").experiment is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rice_jar", ["are 7.5 days", "makes it 6 days", "51%", "by day 6.3", "16.7%", "48.6%"]),
        ("ms_suppliers", ["at least 60", "at least 100", "lower bounds", "left of 110", "0.3%", "of 1,000", "7.4%"]),
    ],
)
def test_verdicts(name, said):
    for part in said:
        assert part in crmlab.claim(name).verdict("en")


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("rice_jar", {"people": 5}, "are 6 days"),
        ("rice_jar", {"jar": 80}, "are 10 days"),
        ("rice_jar", {"merchants": 3}, "among 3 merchants is 33.3%"),
        ("rice_jar", {"merchants": 1}, "nobody to win homes from"),
        ("ms_suppliers", {"over30": 200}, "left of 220"),
        ("ms_suppliers", {"over50": 120}, "the smaller bound then says nothing"),
    ],
)
def test_other_numbers_give_another_verdict(name, values, said):
    one = crmlab.claim(name)
    changed = one.model_copy(update={"values": {**one.values, **values}})
    assert said not in one.verdict("en")
    assert said in changed.verdict("en")
