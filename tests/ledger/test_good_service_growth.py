"""The claim that good service grows 12% and 6% a year, and poor service 1% and -2%."""

import re

import pytest

import crmlab

CHINESE = re.compile("[\u4e00-\u9fff]")


def claim():
    return crmlab.claim("good_service_growth")


def changed(**values):
    one = claim()
    return one.model_copy(update={"values": {**one.values, **values}})


def test_it_stands_as_printed():
    one = claim()
    assert (one.chapter, one.kind, one.standing, one.model) == (6, "model", "traced", "ServiceGrowth")
    assert one.values == {"good_growth": 0.12, "good_share": 0.06, "poor_growth": 0.01, "poor_share": -0.02}
    assert any("Peters (1987)" in source.en for source in one.sources)
    assert "return on sales" in one.notes.en


def test_the_experiment_carries_its_numbers():
    market = claim().experiment
    assert isinstance(market, crmlab.ServiceGrowth)
    assert (market.good_growth, market.poor_growth, market.good_change, market.poor_change) == (0.12, 0.01, 0.06, -0.02)


@pytest.mark.parametrize(
    "said",
    [
        "return on sales",
        "42.4%",
        "18.7%",
        "25%",
        "no market",
        "year 21",
        "year 6",
        "79% by year 21",
        "not yet an effect",
    ],
)
def test_what_the_verdict_says(said):
    assert said in claim().verdict("en")


@pytest.mark.parametrize(
    ("values", "said", "unsaid"),
    [
        ({"good_growth": 1.06 * 1.01 / 0.98 - 1}, "fit one market, in which the good firms hold 25%", "misreading"),
        ({"good_share": -0.01}, "wins no share", "Nor can it go on"),
        ({"poor_share": 0.02}, "the others lose at no one share", "25%"),
        ({"good_share": 0.12}, "year 11", "year 21"),
        ({"poor_share": -0.06}, "50%", "25%"),
    ],
)
def test_other_numbers_give_another_verdict(values, said, unsaid):
    assert said not in claim().verdict("en")
    assert said in changed(**values).verdict("en")
    assert unsaid not in changed(**values).verdict("en")


@pytest.mark.parametrize("values", [{}, {"good_share": -0.01}, {"poor_share": 0.02}, {"good_growth": 0.01}])
def test_both_languages(values):
    one = changed(**values)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
    for verdict in (english, chinese):
        assert not re.search(r"[{}]|\bnan\b|\binf\b", verdict)
    for text in (one.text, one.notes):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
