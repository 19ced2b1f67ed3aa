"""The trial of a programme: means, spread and power against many random trials, and what selection does."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.loyalty_programme import LoyaltyProgramme, critical, power_of, size_for
from crmlab.language.errors import InputError

TRIALS = [
    LoyaltyProgramme(customers=2000),
    LoyaltyProgramme(customers=900, control=0.5, joining=1, spread=0.3, uplift=0.03),
    LoyaltyProgramme(customers=3000, control=0.3, joining=0.6, selection=50, uplift=-0.2, spread=0),
]


@pytest.mark.parametrize("trial", TRIALS, ids=repr)
def test_runs_agree_with_means(trial):
    replicates = 4000
    runs = trial.simulate(4, seed=5, replicates=replicates)
    means = trial.expected(4).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / math.sqrt(replicates)).clip(lower=1e-9)
    # Wald's estimate is a ratio: its mean is off by the order of one customer
    slack = np.where(means.columns == "per_member", 0.02 * abs(trial.effect), 1e-9 * means.abs().max())
    # a power by the normal approximation
    slack = np.where(means.columns == "found", 0.01, slack)
    assert ((groups.mean() - means).abs() <= 5 * error + slack).all(axis=None)
    for month in (1, 4):
        assert groups.std().loc[month, "gain"] == pytest.approx(trial.standard_error(month), rel=0.06)
    assert runs.equals(trial.simulate(4, seed=5, replicates=replicates))


def test_person_by_person_gives_the_same():
    """The means and variances of single customers, drawn one by one."""
    trial = LoyaltyProgramme(customers=200_000, control=0.5, uplift=0.3)
    people = trial.people(6, seed=8)
    monthly = people["amount"] / 6
    invited, held = (monthly[people["group"] == name] for name in ("programme", "control"))
    error = math.sqrt(invited.var() / len(invited) + held.var() / len(held))
    assert error == pytest.approx(trial.standard_error(6), rel=0.02)
    assert invited.mean() - held.mean() == pytest.approx(trial.gain, abs=5 * error)
    naive = monthly[people["member"]].mean() - monthly[~people["member"]].mean()
    assert naive == pytest.approx(trial.naive, rel=0.02)
    before = people["before"] / 6
    gap = before[people["member"]].mean() - before[~people["member"]].mean()
    assert gap == pytest.approx(trial.selected, rel=0.06)
    assert not people.loc[people["group"] == "control", "member"].any()


def test_the_naive_eye_sees_effect_and_selection():
    for trial in [*TRIALS, LoyaltyProgramme()]:
        assert trial.naive == pytest.approx(trial.effect + trial.selected)
        assert trial.gain == pytest.approx(trial.effect * trial.joining)
    assert LoyaltyProgramme(uplift=0).naive > 100
    assert LoyaltyProgramme(selection=1).selected == pytest.approx(0)
    assert LoyaltyProgramme(selection=0.2).selected < 0


@given(st.floats(0, 1), st.floats(0.01, 100))
@settings(max_examples=100)
def test_those_who_join_are_as_many_as_said(joining, selection):
    trial = LoyaltyProgramme(joining=joining, selection=selection)
    heavy, light = trial.joins
    assert 0.2 * heavy + 0.8 * light == pytest.approx(joining, abs=1e-9)
    assert 0 <= min(heavy, light) <= max(heavy, light) <= 1
    for whole in (0, 1):
        assert LoyaltyProgramme(joining=whole, selection=selection).joins == (whole, whole)
    if 0 < max(heavy, light) < 1:
        assert heavy == pytest.approx(selection * light, rel=1e-6, abs=1e-9)


def test_power_and_size_as_in_the_textbooks():
    assert critical(0.95) == pytest.approx(1.959964, abs=1e-6)
    # two groups of 63 find half a standard deviation with 80% (normal approximation)
    assert size_for(0.5, 4) == 126
    assert size_for(0.5, 4, power=0.01) == 2
    assert power_of(0.5, math.sqrt(2 / 63)) == pytest.approx(0.8013, abs=5e-4)
    trial = LoyaltyProgramme()
    size = trial.sample_size(power=0.9, months=6)
    there = trial.model_copy(update={"customers": int(size)})
    assert there.power(months=6) == pytest.approx(0.9, abs=1e-3)
    assert trial.power(0.99) < trial.power(0.9)
    assert LoyaltyProgramme(uplift=0).power() == pytest.approx(0.05)


def test_trials_without_two_groups_find_nothing():
    for trial in (LoyaltyProgramme(control=0), LoyaltyProgramme(control=1), LoyaltyProgramme(customers=1)):
        assert trial.standard_error() == math.inf
        assert trial.power() == 0
        assert (trial.expected(12)[["gain", "per_member", "found"]] == 0).all(axis=None)
        assert (trial.simulate(12, seed=1)[["gain", "per_member", "found"]] == 0).all(axis=None)
    assert LoyaltyProgramme(control=0).sample_size() == math.inf
    assert LoyaltyProgramme(customers=0).people(seed=1).empty
    assert "by lot" in LoyaltyProgramme(control=0).describe("en")


def test_odd_ends_stay_finite():
    for change in (
        {"joining": 1, "selection": 100}, {"joining": 0}, {"joining": 1e-9}, {"spread": 100, "customers": 2},
        {"spread": 1e-9}, {"uplift": -1}, {"spend": 0}, {"customers": 10**9, "spend": 10**9},
    ):  # fmt: skip
        trial = LoyaltyProgramme(**change)
        assert np.isfinite(trial.expected(3).to_numpy()).all()
        assert np.isfinite(trial.simulate(3, seed=1, replicates=3).to_numpy()).all()
        assert "nan" not in trial.describe("en")
    assert LoyaltyProgramme(control=0, joining=1).naive == 0


def test_what_pays():
    trial = LoyaltyProgramme(benefit=5)
    assert trial.margin_needed * trial.effect == pytest.approx(5)
    assert LoyaltyProgramme(uplift=-0.1).margin_needed == math.inf
    assert LoyaltyProgramme(benefit=0, uplift=0).margin_needed == 0
    assert "never pay" in LoyaltyProgramme(uplift=0).describe("en")
    assert "17.5%" in trial.describe("en")
    assert "对照组" in trial.describe("zh")


def test_what_is_no_level_month_or_sample_is_refused():
    with pytest.raises(InputError, match="level"):
        LoyaltyProgramme().power(95)
    with pytest.raises(InputError, match="power"):
        LoyaltyProgramme().sample_size(power=1)
    with pytest.raises(InputError, match="months"):
        LoyaltyProgramme().standard_error(0)
    with pytest.raises(InputError, match="1,000,000,000"):
        LoyaltyProgramme(customers=10**9).people()
