"""Selling once against keeping: written-out sums, the break-even theorem, spread, and runs against means."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.relationship import RelationshipMarketing

FIRMS = [
    RelationshipMarketing(),
    RelationshipMarketing(returns=0.4, retention=0.7, won=3, care=50, winning_cost=150),
    RelationshipMarketing(retention=1, setup=0, won=7.5, care=30),
]
firms = st.builds(
    RelationshipMarketing,
    won=st.floats(0.1, 100),
    winning_cost=st.floats(0, 300),
    margin=st.floats(0, 300),
    care=st.floats(0, 300),
    retention=st.floats(0, 0.95),
    returns=st.floats(0, 0.95),
    setup=st.floats(0, 1e4),
)


def by_hand(firm, months):
    """Profit so far of both firms, month after month."""
    buyers = customers = selling = 0.0
    keeping, rows = -firm.setup, [(0.0, -firm.setup)]
    for _month in range(months):
        buyers = firm.won + firm.returns * buyers
        customers = firm.won + firm.retention * customers
        selling += firm.margin * buyers - firm.winning_cost * firm.won
        keeping += (firm.margin - firm.care) * customers - firm.winning_cost * firm.won
        rows.append((selling, keeping))
    return np.array(rows)


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_means_are_the_months_written_out(firm):
    table = firm.expected(30)
    assert table[["selling", "keeping"]].to_numpy() == pytest.approx(by_hand(firm, 30))
    assert table["lead"].to_numpy() == pytest.approx((table["keeping"] - table["selling"]).to_numpy())
    ahead = np.flatnonzero(by_hand(firm, 600) @ [-1, 1] > 0)
    assert firm.break_even == (ahead[0] if ahead.size else math.inf)


@given(firms)
@settings(max_examples=80)
def test_keeping_overtakes_if_and_only_if_care_is_below_its_limit(firm):
    limit = firm.care_limit
    lead = by_hand(firm, 1200) @ [-1, 1]
    scale = 1 + np.abs(by_hand(firm, 1200)).max()
    if firm.care >= limit:
        assert (lead <= 1e-9 * scale).all()
        assert firm.break_even == math.inf
    elif firm.care < 0.9 * limit and limit > 1:  # else it may take longer than 1,200 months
        assert firm.break_even < math.inf or lead[-1] - lead[-2] > 0


def test_the_limit_is_where_a_customer_is_worth_the_same_either_way():
    firm = RelationshipMarketing(margin=100, retention=0.9, returns=0.5)
    kept = (firm.margin - firm.care_limit) / (1 - firm.retention)
    assert kept == pytest.approx(firm.margin / (1 - firm.returns))
    assert RelationshipMarketing(margin=100, retention=0.9).care_limit == 90
    just_below = firm.model_copy(update={"care": firm.care_limit - 0.5, "setup": 0})
    assert just_below.break_even < math.inf
    assert firm.model_copy(update={"care": firm.care_limit, "setup": 0, "winning_cost": 0}).break_even == math.inf


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_runs_agree_with_means_and_spread(firm):
    replicates = 4000
    runs = firm.simulate(10, seed=5, replicates=replicates)
    means, groups = firm.expected(10).set_index("month"), runs.groupby("month")
    for name in means:
        error = (groups[name].std() / np.sqrt(replicates)).clip(lower=1e-9)
        assert ((groups[name].mean() - means[name]).abs() <= 5 * error + 1e-6).all(), name
    for name, spread in zip(("selling", "keeping"), firm.spread(10), strict=True):
        assert groups[name].std().to_numpy() == pytest.approx(spread, rel=0.07)


def test_both_win_the_same_customers():
    same = RelationshipMarketing(returns=0, retention=0, care=0, setup=0).simulate(6, seed=1, replicates=5)
    assert (same["buyers"] == same["customers"]).all()
    assert (same["lead"] == 0).all()


def test_words():
    words = RelationshipMarketing().describe("en")
    for part in ("19,200", "182,686", "From month 10 on", "less than 90 yuan"):
        assert part in words
    assert "would have to cost less than 90 yuan" in RelationshipMarketing(care=90).describe("en")
    assert "holds nobody" in RelationshipMarketing(returns=0.9).describe("en")
    assert "too dear for so few" in RelationshipMarketing(won=0).describe("en")
    assert "留住客户领先" in RelationshipMarketing().describe("zh")
