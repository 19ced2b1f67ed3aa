"""The ledger: claims as printed, verdicts that follow the numbers, both languages, facts without a model."""

import re
import subprocess
import sys

import pytest
from pydantic import ValidationError

import crmlab
from crmlab.experiments.complaints import LADDER
from crmlab.experiments.loss import LISTS
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.ledger.claims import Claim

CHAPTER_8 = {
    "acquisition_cost_ratio": ("folklore", {"low": 5, "high": 6}),
    "acquisition_cost_example": ("folklore", {"yuan": 10000, "minutes": 1}),
    "replacement_ratio": ("folklore", {"new_per_lost": 10}),
    "dissatisfied_tells": (
        "traced",
        {"low": 10, "high": 20, "alt_low": 8, "alt_high": 12, "alt_share": 0.2, "alt_tail": 20},
    ),
    "complaint_iceberg": ("traced", {"complaints": 1, "dissatisfied": 25, "silent": 24, "serious": 6, "defect": 0.7}),
    "silent_majority": ("traced", {"voice": 0.04, "silent": 0.96, "never_return": 0.9}),
    "negative_offset": ("folklore", {"positive_per_negative": 12}),
    "recovery_return": ("traced", {"handled": 0.7, "on_the_spot": 0.95, "tells": 5}),
    "repurchase_ladder": ("traced", {"silent": 0.09, "unresolved": 0.19, "resolved": 0.54, "quickly": 0.82}),
    "loss_reasons": (
        "folklore",
        {
            "died": 0.01, "moved": 0.03, "changed_taste": 0.04, "friends_advice": 0.05, "cheaper_elsewhere": 0.09,
            "product": 0.10, "indifference": 0.68,
        },
    ),
    "loss_reasons_alt": (
        "folklore",
        {"moved": 0.03, "ties_with_rival": 0.05, "price": 0.09, "quality": 0.14, "poor_service": 0.68},
    ),
    "loss_by_dissatisfaction": ("folklore", {"at_least": 0.68}),
    "foot_problems": ("case", {"share": 0.7, "n": 10000, "stores": 127}),
}  # fmt: skip
FACTS = {"foot_problems", "ms_suppliers", "gold_card_members", "guinness_reach"}
OTHERS = {
    1: {"rice_jar": ("arithmetic", {"people": 4, "bowls_each": 2, "jar": 60, "merchants": 6})},
    2: {"ms_suppliers": ("case", {"over50": 60, "over30": 100, "stores": 200, "countries": 30})},
    3: {"pareto_80_20_30": ("traced", {"top": 0.2, "profit": 0.8, "bottom": 0.3, "lost": 0.5})},
    6: {
        "five_vs_four": ("traced", {"ratio": 6}),
        "satisfied_tells": ("folklore", {"low": 1, "high": 5}),
        "satisfied_brings_new": ("folklore", {"satisfied": 100, "new": 25}),
        "good_service_growth": (
            "traced",
            {"good_growth": 0.12, "good_share": 0.06, "poor_growth": 0.01, "poor_share": -0.02},
        ),
    },
    7: {
        "loyal_spend_ratio": ("folklore", {"ratio": 10}),
        "five_percent_doubles": ("folklore", {"share": 0.05, "revenue_multiple": 2}),
        "heavy_buyers": ("case", {"share": 0.025, "sales": 0.33, "customers": 4_000_000}),
        "gold_card_members": ("case", {"members": 400_000, "known": 4_000_000}),
        "guinness_reach": ("case", {"countries": 50, "share": 0.8}),
    },
    9: {"hotline_demand": ("case", {"expected_per_year": 3000, "centres": 29})},
}
CHAPTERS = dict(sorted({**OTHERS, 8: CHAPTER_8}.items()))
CLAIMS = {name: (chapter, *known) for chapter, named in CHAPTERS.items() for name, known in named.items()}
CHINESE = re.compile("[\u4e00-\u9fff]")
every = pytest.mark.parametrize("name", CLAIMS)


def changed(name: str, **values: float) -> Claim:
    """The claim as if it had been printed with other numbers."""
    one = crmlab.claim(name)
    return one.model_copy(update={"values": {**one.values, **values}})


@every
def test_claims_stand_as_printed(name):
    chapter, standing, values = CLAIMS[name]
    one = crmlab.claim(name)
    assert (one.id, one.chapter, one.standing) == (name, chapter, standing)
    assert one.values == values


def test_the_list_is_complete():
    table = crmlab.claims()
    assert len(table) == 26
    assert table["id"].tolist() == list(CLAIMS)
    assert table["standing"].tolist() == [standing for _chapter, standing, _values in CLAIMS.values()]
    assert set(table.loc[table["kind"] == "fact", "id"]) == FACTS
    assert crmlab.claims(8)["id"].tolist() == list(CHAPTER_8)


@every
def test_both_languages_are_there_and_differ(name):
    one = crmlab.claim(name)
    for text in (one.text, one.notes):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
    for source in one.sources:
        assert not CHINESE.search(source.en)
    english, chinese = one.verdict("en"), one.verdict("zh")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
    for verdict in (english, chinese):
        assert "{" not in verdict
        assert "nan" not in verdict


@every
def test_an_experiment_for_each_model_and_none_for_a_fact(name):
    one = crmlab.claim(name)
    assert (one.kind == "fact") == (name in FACTS)
    if name in FACTS:
        assert one.experiment is None
        assert one.model is None
    else:
        assert isinstance(one.experiment, getattr(crmlab, one.model))


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("acquisition_cost_ratio", ["13,333", "11,111", "6.7 times"]),
        ("acquisition_cost_example", ["10,500", "5,714"]),
        ("replacement_ratio", ["2.1 make", "1.4 over ten"]),
        ("dissatisfied_tells", ["make 15", "make 50", "12 if", "2.5%"]),
        ("complaint_iceberg", ["25 customers", "9 to 116", "3.8%", "16.8", "21.6", "90%"]),
        ("silent_majority", ["make 100%", "864", "672", "70%", "91%"]),
        ("negative_offset", ["7.7%", "48 satisfied", "200", "0.5%"]),
        ("recovery_return", ["70% and 95%: this holds where every problem costs the customer 1 to 5", "24 points"]),
        ("repurchase_ladder", ["82%: this holds where every problem costs the customer over 100", "35 points"]),
        ("loss_reasons", ["make 100%", "59% to 76%", "54%", "3.3%"]),
        ("loss_reasons_alt", ["only 99%", "(1%)", "14%"]),
        ("loss_by_dissatisfaction", ["make 78%", "only if"]),
        ("foot_problems", ["3.5 times", "0.9 points", "What does not follow"]),
    ],
)
def test_verdicts_say_what_the_models_give(name, said):
    verdict = crmlab.claim(name).verdict()
    for part in said:
        assert part in verdict


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
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
    ],
)
def test_other_numbers_give_another_verdict(name, values, said):
    assert said not in crmlab.claim(name).verdict()
    assert said in changed(name, **values).verdict()


def test_another_model_gives_another_verdict(monkeypatch):
    before = crmlab.claim("repurchase_ladder").verdict()
    small, large = LADDER
    monkeypatch.setitem(LADDER, large, {**LADDER[large], "quickly": 0.6})
    assert crmlab.claim("repurchase_ladder").verdict() != before
    assert "no mixture" in crmlab.claim("repurchase_ladder").verdict()
    monkeypatch.setitem(LADDER, small, {**LADDER[small], "resolved": 0.8})
    assert "70%: this holds where 38%" in crmlab.claim("recovery_return").verdict()


def test_loss_tables_are_the_models_and_sum_as_said():
    first, second = crmlab.claim("loss_reasons"), crmlab.claim("loss_reasons_alt")
    assert (first.values, second.values) == (LISTS[1], LISTS[2])
    assert sum(first.values.values()) == pytest.approx(1.00)
    assert sum(second.values.values()) == pytest.approx(0.99)
    assert "99%" in second.verdict("zh")


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


@every
def test_the_card_speaks_the_language_and_shows_everything(name, lang):
    with speaking(lang):
        one = crmlab.claim(name)
        for card in (repr(one), one._repr_markdown_()):
            for part in (str(one.text), str(one.sources[0]), str(one.notes), one.verdict()):
                assert part in card
            assert bool(CHINESE.search(card)) == (lang == "zh")
            assert ("crmlab.explore" in card) == (one.kind == "model")
        row = crmlab.claims(one.chapter).set_index("id").loc[name]
        assert (row["text"], row["verdict"]) == (str(one.text), one.verdict())


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
