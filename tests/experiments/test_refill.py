"""The rice merchant's round: the jar's arithmetic, the chain against its matrix, and runs against means."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.refill import VARIATION, RefillRound, _apart
from crmlab.language.errors import InputError

VILLAGES = [
    RefillRound(),
    RefillRound(joins=0.05, reserve=0, copied_after=5),
    RefillRound(merchants=2, joins=0.1, reserve=0.05, copied_after=0, homes=37),
    RefillRound(merchants=1),
]
villages = st.builds(
    RefillRound,
    people=st.integers(1, 12),
    bowls=st.floats(0.5, 5),
    jar=st.floats(10, 200),
    merchants=st.integers(1, 9),
    joins=st.floats(0, 1),
    reserve=st.floats(0, 0.9),
    copied_after=st.integers(0, 20),
)


def by_matrix(village, months, copiers):
    """Chances of each state by month, one multiplication a month; rivals who will copy are waiting before they do."""
    rivals, (waits, served) = village.merchants - 1, village._changes
    copiers = min(copiers, rivals)
    own, copier, waiting = 1 / village.merchants, 0.0, rivals / village.merchants
    rows = []
    for month in range(months + 1):
        if month:
            deliver = 1 + (copiers if month > village.copied_after else 0)
            moves = np.array([
                [1 - served, served, 0] if deliver > 1 else [1, 0, 0],
                [served / copiers, 1 - served / copiers, 0] if deliver > 1 else [0, 1, 0],
                [waits / deliver, waits * (deliver - 1) / deliver, 1 - waits],
            ])  # fmt: skip
            own, copier, waiting = np.array([own, copier, waiting]) @ moves
        if copiers and month == village.copied_after:
            copier, waiting = waiting * copiers / rivals, waiting * (1 - copiers / rivals)
        rows.append((own, copier, waiting))
    return np.array(rows)


def test_the_claims_jar():
    home = RefillRound(people=4, bowls=2, jar=60)
    assert home.refill_days == RefillRound.refill_day(4, 2, 60) == 60 / 8 == 7.5
    assert home.expected(0)["share"].iloc[0] == pytest.approx(100 / 6)


def test_a_table_of_homes():
    book = pd.DataFrame({"people": [4, 1, 7], "bowls": [2, 1.5, 2], "jar": [60, 60, 70]}, index=["Li", "Wu", "Ma"])
    days = RefillRound.refill_day(book["people"], book["bowls"], book["jar"])
    assert days.to_dict() == pytest.approx({"Li": 7.5, "Wu": 40, "Ma": 5})
    assert days.name == "refill_day"
    assert RefillRound.refill_day(book["people"].to_numpy(), 2, 60).tolist() == pytest.approx([7.5, 30, 60 / 14])
    assert isinstance(RefillRound.refill_day(4, 2, 60), float)


@pytest.mark.parametrize("bad", [0, -1, "4", True, None, float("nan"), float("inf"), [4, "2"], [1, -3]])
def test_no_day_without_numbers_above_zero(bad):
    with pytest.raises(InputError, match="bowls must be numbers above 0"):
        RefillRound.refill_day(4, bad, 60)


def test_lengths_must_fit():
    with pytest.raises(InputError, match="people 2, bowls 3, jar 1"):
        RefillRound.refill_day([4, 5], [1, 2, 3], 60)


@given(villages, st.integers(0, 8))
@settings(max_examples=60)
def test_closed_form_is_the_chain(village, copiers):
    shares = village.shares(30, copiers=copiers)
    assert shares == pytest.approx(by_matrix(village, 30, copiers), abs=1e-9)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert (shares >= 0).all()


@pytest.mark.parametrize("village", VILLAGES, ids=repr)
def test_runs_agree_with_means_and_spread(village):
    replicates = 4000
    runs = village.simulate(12, seed=3, replicates=replicates)
    assert (runs[["own", "copier", "waiting"]].sum(axis=1) == village.homes).all()
    means, groups = village.expected(12).set_index("month"), runs.groupby("month")
    for name in means:
        error = (groups[name].std() / np.sqrt(replicates)).clip(lower=1e-9)
        assert ((groups[name].mean() - means[name]).abs() <= 5 * error + 1e-9).all(), name
    chance = means["share"] / 100  # homes are independent, so the number is binomial
    assert groups["own"].std().to_numpy() == pytest.approx(np.sqrt(village.homes * chance * (1 - chance)), rel=0.07)


def test_the_reserve_decides_how_many_jars_are_empty():
    days = np.random.default_rng(1).gamma(1 / VARIATION**2, 7.5 * VARIATION**2, 200_000)
    for reserve in (0, 0.1, 0.2):
        village = RefillRound(reserve=reserve)
        assert village.late == pytest.approx((days < village.round_days).mean(), abs=0.004)
    village = RefillRound()
    day = village.day_for(0.95)
    assert village.model_copy(update={"reserve": 1 - day / 7.5}).late == pytest.approx(0.05)


def test_a_perfect_round_keeps_its_lead_and_a_careless_one_loses_it():
    perfect = RefillRound(reserve=0.6, joins=0.05, copied_after=6)
    careless = perfect.model_copy(update={"reserve": 0})
    lead = perfect.shares(6)[-1, 0]
    assert perfect.shares(600, copiers=5)[-1, 0] > lead - 1e-3
    assert careless.shares(600, copiers=5)[-1, 0] == pytest.approx(1 / 6, abs=1e-6)
    assert careless.shares(600)[-1, 0] == pytest.approx(1 / 2, abs=1e-6)


def test_limits():
    assert RefillRound(joins=0).expected(24)["share"].to_numpy() == pytest.approx(100 / 6)
    assert RefillRound(merchants=1).expected(24)["own"].tolist() == [120.0] * 25
    assert RefillRound(copied_after=99).shares(36) == pytest.approx(RefillRound().shares(36, copiers=0))
    assert RefillRound(joins=1, copied_after=99).expected(1)["share"].iloc[1] == pytest.approx(100)


def test_more_copiers_take_more():
    shares = [RefillRound().shares(36, copiers=rivals)[-1, 0] for rivals in range(6)]
    assert shares == sorted(shares, reverse=True)
    assert RefillRound().shares(36, copiers=99)[-1, 0] == shares[-1]
    with pytest.raises(InputError, match="copiers"):
        RefillRound().shares(36, copiers=-1)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=4).map(sorted))
def test_words_are_kept_apart(places):
    moved = _apart(places, 7, 1, 102)
    assert all(b - a >= 7 - 1e-9 for a, b in itertools.pairwise(moved))
    assert max(moved) <= 102


def test_words():
    words = RefillRound().describe("en")
    for part in ("7.5 days", "every 6 days", "1.7%", "80.4%", "60.5% (73 homes)", "47.8%", "takes none of the homes"):
        assert part in words
    assert "lead melts" in RefillRound(reserve=0).describe("en")
    assert "only merchant" in RefillRound(merchants=1).describe("en")
    assert "Nobody does so" in RefillRound(copied_after=36).describe("en")
    assert "No home changes" in RefillRound(joins=0).describe("en")
    assert "7.5 天" in RefillRound().describe("zh")
