"""The claim that 5s are six times as likely to buy again as 4s: as printed, its verdict, and other numbers."""

import re

import pytest

import crmlab


def said(ratio, language="en"):
    return crmlab.claim("five_vs_four").model_copy(update={"values": {"ratio": ratio}}).verdict(language)


def test_it_stands_as_printed():
    one = crmlab.claim("five_vs_four")
    assert (one.chapter, one.kind, one.standing, one.topic) == (6, "model", "traced", "satisfaction")
    assert one.values == {"ratio": 6}
    assert isinstance(one.experiment, crmlab.SatisfactionLoyalty)
    assert one.experiment.loyalty(5) / one.experiment.loyalty(4) == pytest.approx(6)


def test_the_verdict_says_when_it_holds_and_what_would_make_it_false():
    verdict = crmlab.claim("five_vs_four").verdict("en")
    for part in ("16.7%", "2 at best", "is false", "3.5 if they are half so", "7 times", "14.3%", "85.7%"):
        assert part in verdict


@pytest.mark.parametrize(
    ("ratio", "part"),
    [(1.5, "hold even where 50%"), (2, "hold even where 50%"), (10, "10% at most"), (1, "no difference")],
)
def test_other_numbers_give_another_verdict(ratio, part):
    assert part not in said(6)
    assert part in said(ratio)


@pytest.mark.parametrize("ratio", [1, 1.5, 6, 30])
def test_both_languages(ratio):
    english, chinese = said(ratio), said(ratio, "zh")
    assert not re.search("[\u4e00-\u9fff]", english)
    assert re.search("[\u4e00-\u9fff]", chinese)
    for verdict in (english, chinese):
        assert "{" not in verdict
        assert "nan" not in verdict
