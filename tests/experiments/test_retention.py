"""The leaking bucket: exact means and spread, and a simulation that agrees with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, LeakyBucket

REPLICATES = 20_000
buckets = st.builds(
    LeakyBucket,
    customers=st.integers(0, 10**9),
    monthly_churn=st.floats(0, 1),
    new_per_month=st.floats(0, 10**6),
)


@pytest.mark.parametrize(
    "firm",
    [
        LeakyBucket(),
        LeakyBucket(customers=0, monthly_churn=0.5, new_per_month=3),
        LeakyBucket(customers=50, monthly_churn=0.01, new_per_month=0.2),
        LeakyBucket(customers=10**9, monthly_churn=0.05, new_per_month=4e7),
    ],
)
def test_simulation_agrees_with_the_expectation_and_the_spread(firm):
    months = 12
    runs = firm.simulate(months, seed=8, replicates=REPLICATES)
    last = runs[runs["month"] == months]["customers"].to_numpy(dtype=float)
    mean, spread = firm.expected(months)["customers"].iloc[-1], firm.spread(months)[-1]
    assert abs(last.mean() - mean) < 5 * spread / np.sqrt(REPLICATES)
    assert last.std() == pytest.approx(spread, rel=5 / np.sqrt(2 * REPLICATES))
    for flow in ("left", "won"):
        seen = runs[runs["month"] == months][flow]
        assert abs(seen.mean() - firm.expected(months)[flow].iloc[-1]) < 5 * seen.std() / np.sqrt(REPLICATES) + 1e-9


@given(buckets, st.integers(0, 60))
@settings(max_examples=60)
def test_the_books_balance_and_the_number_moves_towards_its_level(firm, months):
    table = firm.expected(months)
    assert len(table) == months + 1
    assert (table["customers"] >= 0).all()
    balance = table["customers"].shift(1) - table["left"] + table["won"]
    assert np.allclose(balance[1:], table["customers"][1:], rtol=1e-9, atol=1e-6)
    if np.isfinite(firm.level):
        distance = (table["customers"] - firm.level).abs()
        assert (distance.diff()[1:] <= 1e-6 * max(firm.level, firm.customers, 1)).all()


@given(buckets, st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_history_balances_and_its_seed_repeats_it(firm, seed):
    runs = firm.simulate(6, seed=seed, replicates=2)
    assert runs.equals(firm.simulate(6, seed=seed, replicates=2))
    for _replicate, run in runs.groupby("replicate"):
        later = run["customers"].iloc[:-1].to_numpy() - run["left"].iloc[1:].to_numpy() + run["won"].iloc[1:].to_numpy()
        assert (later == run["customers"].iloc[1:].to_numpy()).all()
        assert run["customers"].iloc[0] == firm.customers


def test_five_percent_a_month_is_46_percent_a_year():
    year = LeakyBucket(customers=1000, monthly_churn=0.05, new_per_month=0).expected(12)
    assert 1 - year["customers"].iloc[-1] / 1000 == pytest.approx(1 - 0.95**12)
    assert round(1 - 0.95**12, 2) == 0.46


def test_the_edges():
    assert LeakyBucket(monthly_churn=0, new_per_month=0).level == 1000
    assert LeakyBucket(monthly_churn=0, new_per_month=1).level == float("inf")
    assert LeakyBucket(monthly_churn=1).expected(3)["customers"].tolist() == [1000, 40, 40, 40]
    assert LeakyBucket(customers=0, new_per_month=0).simulate(5, seed=1)["customers"].sum() == 0
    assert LeakyBucket().expected(0)["customers"].tolist() == [1000]
    tiny = LeakyBucket(customers=0, monthly_churn=1e-12, new_per_month=1).expected(1200)
    assert tiny["customers"].iloc[-1] == pytest.approx(1200, rel=1e-9)


def test_the_words_say_where_it_heads():
    assert "heads for 800" in LeakyBucket().describe()
    assert "趋向 800" in LeakyBucket().describe("zh")
    assert "without end" in LeakyBucket(monthly_churn=0).describe()
    assert "stays as it is" in LeakyBucket(monthly_churn=0, new_per_month=0).describe()


def test_the_picture_shows_the_mean_the_band_and_the_level():
    axes = LeakyBucket().plot()
    mean = axes.lines[0].get_ydata()
    assert np.allclose(mean, LeakyBucket().expected(24)["customers"])
    assert any(np.allclose(line.get_ydata(), 800) for line in axes.lines[1:])
    assert len(axes.collections) == 1


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_a_seed_that_is_none_is_named(seed):
    with pytest.raises(InputError, match="seed"):
        LeakyBucket().simulate(seed=seed)
