"""Good talk as a branching process: means, spread and rounds against a process drawn customer by customer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, Referrals


def test_the_claim_by_hand():
    talk = Referrals(satisfied=100, told_low=1, told_high=5, won_share=1 / 12, rounds=3)
    assert talk.by_round() == pytest.approx([100, 25, 6.25, 1.5625])
    assert talk.multiplication == pytest.approx(4 / 3)
    month = talk.expected(1).iloc[1]
    assert month["brought"] == pytest.approx(25)
    assert month["later"] == pytest.approx(7.8125)
    assert month["told"] == pytest.approx(3 * (100 + 25 + 6.25))


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1), st.integers(1, 6), st.floats(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_rounds_add_up_and_never_pass_the_limit(one, other, share, rounds, satisfied):
    low, high = sorted((one, other))
    talk = Referrals(satisfied=satisfied, told_low=low, told_high=high, won_share=share, rounds=rounds)
    month = talk.expected(1).iloc[1]
    assert np.isfinite(month).all()
    assert month["new"] == pytest.approx(month["brought"] + month["later"])
    assert month["new"] == pytest.approx(month["told"] * share, rel=1e-9, abs=1e-9)
    assert satisfied + month["new"] <= talk.multiplication * satisfied * (1 + 1e-9) or satisfied == 0


def test_runs_are_the_process_drawn_customer_by_customer():
    talk, months = Referrals(satisfied=6, told_low=1, told_high=4, won_share=0.3, rounds=3), 4000
    rng = np.random.default_rng(5)
    seen = np.zeros((months, 2))
    for month in range(months):
        talkers = rng.poisson(6)
        for _round in range(3):
            told = rng.integers(1, 5, talkers).sum()
            talkers = rng.binomial(told, 0.3)
            seen[month] += told, talkers
    runs = talk.simulate(12, seed=1, replicates=1000).query("month > 0")
    for place, name in enumerate(("told", "new")):
        mean = talk.expected(1)[name].iloc[1]
        assert abs(runs[name].mean() - mean) < 5 * runs[name].std() / math.sqrt(len(runs))
        assert abs(seen[:, place].mean() - mean) < 5 * seen[:, place].std() / math.sqrt(months)
        assert runs[name].std() == pytest.approx(seen[:, place].std(), rel=0.08)
    assert (runs["brought"] + runs["later"] == runs["new"]).all()


def test_the_edges():
    largest = Referrals(satisfied=10**6, told_low=100, told_high=100, won_share=1, rounds=6)
    run = largest.simulate(2, seed=1)
    assert (run["told"] >= 0).all()
    assert run["new"].iloc[1] == pytest.approx(largest.expected(1)["new"].iloc[1], rel=0.01)
    assert Referrals(rounds=1).simulate(12, seed=1)["later"].sum() == 0
    assert Referrals(told_low=0, told_high=0).expected(1)["new"].tolist() == [0, 0]
    with pytest.raises(InputError, match="told_high"):
        Referrals(told_low=9)


def test_words_and_picture():
    assert "132 in all" in Referrals().describe("en")
    assert "总共 132 位" in Referrals().describe("zh")
    assert "only the end of the market" in Referrals(won_share=0.4).describe("en")
    axes = Referrals().plot()
    assert any(np.allclose(line.get_ydata(), 100 / (1 - 0.24)) for line in axes.lines)
    assert not Referrals(won_share=0.4).plot().lines
