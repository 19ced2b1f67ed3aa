"""The ledger: every claim in both languages, with its card and its experiment; what is wrong is named."""

import re
import subprocess
import sys

import pytest
from pydantic import ValidationError

import crmlab
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.ledger import book
from crmlab.ledger.book import entries

CHINESE = re.compile("[\u4e00-\u9fff]")
every = pytest.mark.parametrize("name", entries())


def test_entries_stand_by_chapter():
    chapters = [entry["chapter"] for entry in entries().values()]
    assert chapters == sorted(chapters), "put the new entry among those of its chapter"


def test_an_id_that_stands_twice_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "LEDGER", tmp_path / "ledger.yml")
    book.LEDGER.write_text("- id: one\n- id: two\n- id: one\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ledger\.yml: the claim one stands twice"):
        entries.__wrapped__()


@every
def test_text_and_notes_and_sources_are_in_both_languages(name):
    one = crmlab.claim(name)
    for text in filter(None, (one.text, one.notes)):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
    assert [source.en for source in one.sources if CHINESE.search(source.en)] == []


@every
def test_a_model_has_its_experiment_and_a_fact_has_none(name):
    one = crmlab.claim(name)
    assert (one.kind == "model") == (one.model in crmlab.EXPERIMENTS)
    assert type(one.experiment).__name__ == (one.model or "NoneType")


@every
def test_the_card_speaks_the_language_and_shows_everything(name, lang):
    with speaking(lang):
        one = crmlab.claim(name)
        for card in (repr(one), one._repr_markdown_()):
            for part in (str(one.text), str(one.sources[0]), str(one.notes or ""), one.verdict()):
                assert part in card
            assert bool(CHINESE.search(card)) == (lang == "zh")
            assert ("crmlab.explore" in card) == (one.kind == "model")


@pytest.mark.parametrize("chapter", [None, 8])
def test_the_table_has_a_row_a_claim(chapter, lang):
    known = {name: crmlab.claim(name) for name in entries() if entries()[name]["chapter"] == chapter or not chapter}
    with speaking(lang):
        rows = crmlab.claims(chapter)
        assert rows["id"].tolist() == list(known)
        for name, standing, kind, text, verdict in rows.drop(columns="chapter").itertuples(index=False):
            assert (text, verdict) == (str(known[name].text), known[name].verdict())
            assert bool(CHINESE.search(standing + kind)) == (lang == "zh")
    assert set(rows["chapter"]) == {one.chapter for one in known.values()}


def test_experiments_carry_the_claims_numbers():
    assert crmlab.claim("acquisition_cost_ratio").experiment.cost_ratio == 6
    assert crmlab.claim("acquisition_cost_example").experiment.acquisition_cost == 10_000
    assert crmlab.claim("replacement_ratio").experiment.new_for_old(12) == pytest.approx(10)
    iceberg = crmlab.claim("complaint_iceberg").experiment.expected(1).iloc[1]
    assert iceberg[["complaining", "dissatisfied", "silent", "serious"]].tolist() == [1, 25, 24, 6]
    silent = crmlab.claim("silent_majority").experiment
    assert (silent.complaint_rate, silent.silent_leave) == (0.04, 0.9)
    assert crmlab.claim("negative_offset").experiment.offset == 12
    assert crmlab.claim("dissatisfied_tells").experiment == crmlab.WordOfMouth.eight_to_twelve()
    handled = crmlab.claim("recovery_return").experiment.repurchase
    assert (handled["resolved"], handled["quickly"]) == (0.70, 0.95)
    ladder = crmlab.claim("repurchase_ladder")
    assert ladder.experiment.repurchase == ladder.values
    village = crmlab.claim("rice_jar").experiment
    assert (village.refill_days, village.merchants) == (7.5, 6)
    firm = crmlab.claim("pareto_80_20_30").experiment
    assert firm.made_by(0.2) == pytest.approx(0.8, abs=1e-3)
    assert firm.unprofitable == pytest.approx(0.3, abs=1e-6)
    assert firm.parts.lost / (firm.margin - firm.cost) == pytest.approx(0.4, abs=1e-3)
    scores = crmlab.claim("five_vs_four").experiment
    assert scores.loyalty(5) / scores.loyalty(4) == pytest.approx(6)
    for name in ("satisfied_tells", "satisfied_brings_new"):
        talk = crmlab.claim(name).experiment
        assert (talk.told_low, talk.told_high) == (1, 5)
        assert talk.expected(1)["brought"].iloc[1] == pytest.approx(25)
        assert talk.multiplication == pytest.approx(4 / 3)
    market = crmlab.claim("good_service_growth").experiment
    assert (market.good_growth, market.poor_growth, market.good_change, market.poor_change) == (0.12, 0.01, 0.06, -0.02)
    five = crmlab.claim("five_percent_doubles").experiment
    assert (five.share, five.target, five.month_of()) == (0.05, 2, 32)
    loyal = crmlab.claim("loyal_spend_ratio").experiment
    assert loyal.worth == pytest.approx(10)
    assert loyal.ceiling == pytest.approx(1.45)
    heavy = crmlab.claim("heavy_buyers").experiment
    assert (heavy.customers, heavy.top) == (4_000_000, 0.025)
    assert heavy.lasting() == pytest.approx(0.33)
    assert crmlab.claim("hotline_demand").experiment == crmlab.HotlineDemand(forecast=3000, multiple=12)


def test_unknown_claims_and_chapters_are_named_with_what_there_is():
    with pytest.raises(InputError, match=r"no claim 'pareto'.*complaint_iceberg.*foot_problems"):
        crmlab.claim("pareto")
    with pytest.raises(InputError, match="no claim 8"):
        crmlab.claim(8)
    with pytest.raises(InputError, match=r"chapter 99.*8"):
        crmlab.claims(99)
    with pytest.raises(InputError, match="'fr'"):
        crmlab.claim("foot_problems").verdict("fr")
    with speaking("zh"), pytest.raises(InputError, match="没有 'pareto'"):
        crmlab.claim("pareto")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("standing", "heard", r"ledger.yml: rice_jar: standing: Input"), ("notse", 1, r"rice_jar: notse: Extra inputs")],
)
def test_an_entry_with_a_fault_is_named(key, value, words, monkeypatch):
    monkeypatch.setitem(entries()["rice_jar"], key, value)
    with pytest.raises(InputError, match=words):
        crmlab.claims()


def test_a_claim_stays_as_it_is():
    one = crmlab.claim("complaint_iceberg")
    with pytest.raises(ValidationError, match="frozen"):
        one.standing = "folklore"
    one.values["dissatisfied"] = 3
    assert crmlab.claim("complaint_iceberg").values["dissatisfied"] == 25


def test_importing_the_wing_hides_no_function_and_wakes_no_experiment():
    code = (
        "import sys, crmlab, crmlab.ledger.claims, crmlab.ledger.facts\n"
        "assert callable(crmlab.claims) and callable(crmlab.claim)\n"
        "assert crmlab.claim('foot_problems').id == 'foot_problems'\n"
    )
    lazy = (
        "import sys, crmlab; crmlab.claim('complaint_iceberg')\n"
        "heavy = {'pandas', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert not [name for name in sys.modules if name.startswith(('crmlab.notebook', 'crmlab.experiments'))]\n"
    )
    for lines in (code, lazy):
        subprocess.run([sys.executable, "-c", lines], check=True)
