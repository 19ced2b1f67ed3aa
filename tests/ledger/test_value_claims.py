"""The claim 80/20/30: as printed, its two readings, and what other numbers would make of it."""

import re

import pytest

import crmlab
from crmlab.ledger.claims import Claim

CHINESE = re.compile("[\u4e00-\u9fff]")


def changed(**values: float) -> Claim:
    """The claim as if it had been printed with other numbers."""
    one = crmlab.claim("pareto_80_20_30")
    return one.model_copy(update={"values": {**one.values, **values}})


def test_the_claim_stands_as_printed():
    one = changed()
    assert (one.chapter, one.standing, one.kind, one.topic) == (3, "traced", "model", "value")
    assert one.values == {"top": 0.2, "profit": 0.8, "bottom": 0.3, "lost": 0.5}
    assert "67.4%" in one.notes.en
    assert "67.4%" in one.notes.zh


def test_the_experiment_is_set_to_the_first_reading():
    firm = changed().experiment
    assert isinstance(firm, crmlab.ProfitConcentration)
    assert firm.made_by(0.2) == pytest.approx(0.8, abs=1e-3)
    assert firm.unprofitable == pytest.approx(0.3, abs=1e-6)
    assert firm.parts.lost / (firm.margin - firm.cost) == pytest.approx(0.4, abs=1e-3)


@pytest.mark.parametrize(
    "said", ["rises to 140%", "the others make 60%", "make 133%", "rises to 167%", "1.5 times", "4 times", "68% or 20%"]
)
def test_the_verdict_says_what_the_model_gives(said):
    assert said in changed().verdict("en")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lost": 0.2}, "rises to 116%"),
        ({"bottom": 0.2}, "2.1 times the median margin"),
        ({"bottom": 0.9}, "more than all customers"),
        ({"lost": 0}, "No lognormal margins and costs give this."),
        ({"profit": 1.2, "lost": 1}, "no total to share"),
        ({"top": 0.01}, "best 1% make 80%"),
    ],
    ids=str,
)
def test_other_numbers_give_another_verdict(values, said):
    assert said not in changed().verdict("en")
    assert said in changed(**values).verdict("en")
    assert isinstance(changed(**values).experiment, crmlab.ProfitConcentration)


@pytest.mark.parametrize("values", [{}, {"lost": 0}, {"bottom": 0.9}, {"profit": 1.2, "lost": 1}], ids=str)
def test_both_languages_are_whole(values):
    one = changed(**values)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english + one.text.en + one.notes.en)
    assert not any(CHINESE.search(source.en) for source in one.sources)
    for verdict in (english, chinese):
        assert not re.search(r"\bnan\b|[{}]", verdict)
