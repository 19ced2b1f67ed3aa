"""The claim of the hotlines: as printed, tried, and otherwise with other numbers."""

from __future__ import annotations

import re

import pytest

import crmlab


def changed(**values):
    """The claim as if it had been printed with other numbers."""
    one = crmlab.claim("hotline_demand")
    return one.model_copy(update={"values": {**one.values, **values}})


def test_it_stands_as_printed():
    one = crmlab.claim("hotline_demand")
    assert (one.chapter, one.standing, one.kind) == (9, "case", "model")
    assert one.values == {"expected_per_year": 3000, "centres": 29}
    assert one.experiment == crmlab.HotlineDemand(forecast=3000, multiple=12)
    assert "3,000" in one.text.en
    assert "29" in one.text.zh


def test_what_the_verdict_says():
    verdict = crmlab.claim("hotline_demand").verdict("en")
    for part in (
        "more than 3,000 came where 250 were expected", "power of 2,043", "power of 41", "no bad luck", "open day 1.",
        "1 by forecast, 3 for 12 times", "166 agents", "one network 115", "31% fewer",
    ):  # fmt: skip
        assert part in verdict
    apart = crmlab.CallCentre(calls=29 * 60, talk=4, patience=3, centres=29)
    assert (apart.needed(), apart.needed(centres=1)) == (166, 115)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"expected_per_year": 60}, "on the second it can have been bad luck"),
        ({"expected_per_year": 1}, "prove nothing"),
        ({"expected_per_year": 0}, "prove nothing"),
        ({"centres": 1}, "nothing to join"),
        ({"centres": 2}, "apart they need 12 agents"),
    ],
)
def test_other_numbers_give_another_verdict(values, said):
    assert said not in crmlab.claim("hotline_demand").verdict("en")
    assert said in changed(**values).verdict("en")


@pytest.mark.parametrize("values", [{}, {"expected_per_year": 60}, {"expected_per_year": 1}, {"centres": 1}])
def test_both_languages(values):
    one = changed(**values)
    for text in (one.verdict("en"), one.verdict("zh")):
        assert "{" not in text
        assert "nan" not in text
    assert not re.search("[\u4e00-\u9fff]", one.verdict("en"))
    assert re.search("[\u4e00-\u9fff]", one.verdict("zh"))
    assert not re.search(r"[.;:,] |[a-z]{4,} [a-z]", one.verdict("zh"))
