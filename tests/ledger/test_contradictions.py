"""Where the course's sources disagree: reckoned from the claims' numbers, and shown on every claim that takes part."""

import re

import pytest

import crmlab
from crmlab.language.catalogue import speaking
from crmlab.ledger.book import entries
from crmlab.ledger.contradictions import FOUND, contradictions

each = pytest.mark.parametrize("place", range(len(FOUND)), ids=["-".join(between) for between, _words in FOUND])


def test_the_three_that_everybody_repeats_are_there():
    found = {one.between: one.words for one in contradictions()}
    assert "16.8 customers or 21.6" in found["complaint_iceberg", "silent_majority"]
    assert "that is 15, or 50" in found["dissatisfied_tells",]
    assert "revenue is 1.45 times" in found["five_percent_doubles", "loyal_spend_ratio"]
    assert "worth 21" in found["five_percent_doubles", "loyal_spend_ratio"]


@each
def test_said_in_both_languages_with_numbers(place):
    for code in ("en", "zh"):
        with speaking(code):
            words = contradictions()[place].words
        assert re.search(r"\d", words)
        assert not re.search(r"\{\w*\}|nan", words)
        assert bool(re.search("[\u4e00-\u9fff]", words)) == (code == "zh")


@each
def test_every_claim_that_takes_part_shows_it(place):
    one = contradictions()[place]
    for name in one.between:
        assert one.words in repr(crmlab.claim(name))
        assert one in contradictions(name)


def test_a_claim_that_nobody_contradicts_has_no_such_line():
    assert contradictions("rice_jar") == []
    assert "Contradiction" not in repr(crmlab.claim("rice_jar"))


def test_other_numbers_say_other_things(monkeypatch):
    before = contradictions("silent_majority")[0].words
    monkeypatch.setitem(entries()["silent_majority"]["values"], "never_return", 0.5)
    after = contradictions("silent_majority")[0].words
    assert "12" in after
    assert after != before
