"""A firm's customers: exact means and spread, and three ways to draw them that agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import CustomerBase, InputError, LeakyBucket, PurchaseModel
from crmlab.experiments.customer_base import ORIGINS

REPLICATES = 4000
firms = st.builds(
    CustomerBase,
    customers=st.integers(0, 10**6),
    monthly_churn=st.floats(0, 1),
    new_per_month=st.floats(0, 10**5),
    referrals=st.floats(0, 0.5),
    purchase_rate=st.floats(0, 50),
    unevenness=st.floats(0, 10),
)


@pytest.mark.parametrize(
    "firm",
    [
        CustomerBase(),
        CustomerBase(customers=60, monthly_churn=0.15, new_per_month=2, referrals=0.2, unevenness=2),
        CustomerBase(customers=10**9, new_per_month=4e7, unevenness=0),
    ],
)
def test_simulation_agrees_with_the_means_and_the_spread(firm):
    months = 12
    runs = firm.simulate(months, seed=8, replicates=REPLICATES)
    last, expected = runs[runs["month"] == months], firm.expected(months).iloc[-1]
    for name in ("customers", *ORIGINS, "left", "won", "purchases"):
        drawn = last[name].to_numpy(float)
        assert abs(drawn.mean() - expected[name]) < 5 * drawn.std() / np.sqrt(REPLICATES) + 1e-9, name
    spread = firm.spread(months)[-1]
    assert last["customers"].std() == pytest.approx(spread, rel=5 / np.sqrt(2 * REPLICATES))


def test_one_by_one_and_by_totals_are_the_same_firm():
    firm = CustomerBase(customers=80, monthly_churn=0.1, new_per_month=3, referrals=0.05, unevenness=2)
    months, times = 12, 700
    runs = firm.simulate(months, seed=5, replicates=REPLICATES)
    totals = runs.groupby("replicate")[["left", "purchases"]].sum()
    totals["customers"] = runs.loc[runs["month"] == months, "customers"].to_numpy()
    singles = []
    rng = np.random.default_rng(6)
    for _time in range(times):
        drawn = firm._people(months, rng)
        there = drawn.left > months
        singles.append([(~there).sum(), drawn.bought.sum(), there.sum()])
    singles = np.array(singles, float)
    for place, name in enumerate(totals):
        one, all_at_once = singles[:, place], totals[name].to_numpy(float)
        error = np.sqrt(one.var() / times + all_at_once.var() / REPLICATES)
        assert abs(one.mean() - all_at_once.mean()) < 5 * error, name
        assert one.std() == pytest.approx(all_at_once.std(), rel=0.16), name
    alike = firm.model_copy(update={"unevenness": 0}).simulate(months, seed=5, replicates=REPLICATES)
    assert alike.groupby("replicate")["purchases"].sum().std() < 0.7 * totals["purchases"].std()


def test_the_rates_of_those_who_stay_are_a_random_part_of_all():
    firm = CustomerBase(customers=10, monthly_churn=0.5, new_per_month=0, referrals=0, unevenness=2)
    runs = firm.simulate(2, seed=4, replicates=40_000)
    second = runs.loc[runs["month"] == 2, "purchases"]
    left, rate = 5, 0.5  # 5 of 10 are left on average, with the variance 2.5; a rate has the standard deviation 1
    assert second.mean() == pytest.approx(left * rate, rel=0.03)
    assert second.var() == pytest.approx(left * 1**2 + 2.5 * rate**2 + left * rate, rel=0.06)


def test_people_are_the_firm_they_are_drawn_from():
    firm = CustomerBase(customers=40_000, new_per_month=900, referrals=0.03)
    table, expected = firm.people(36, seed=3), firm.expected(36)
    assert table["customer"].tolist() == list(range(1, len(table) + 1))
    assert table["joined"].is_monotonic_increasing
    for month in (0, 1, 12, 36):
        there = (table["joined"] <= month) & (table["left"].isna() | (table["left"] > month))
        for origin in ORIGINS:
            mean = expected[origin][month]
            assert abs((there & (table["origin"] == origin)).sum() - mean) <= 6 * np.sqrt(mean)
    assert table["purchases"].sum() == pytest.approx(expected["purchases"].sum(), rel=0.02)
    assert table["rate"].mean() == pytest.approx(0.5, rel=0.03)
    assert table["rate"].std() == pytest.approx(0.5, rel=0.03)
    busy = table["rate"].sort_values(ascending=False).head(len(table) // 5).sum() / table["rate"].sum()
    assert busy == pytest.approx(firm.top_fifth, abs=0.01)
    lifetimes = (table["left"] - table["joined"])[table["joined"] == 0].dropna()
    assert (lifetimes >= 1).all()
    assert (lifetimes == 1).sum() == pytest.approx(2000, abs=220)
    pd.testing.assert_frame_equal(table, firm.people(36, seed=3))


def test_every_purchase_is_made_by_a_customer_who_is_there():
    firm = CustomerBase(customers=2000)
    people, log = firm.people(24, seed=9).set_index("customer"), firm.purchases(24, seed=9, amount=80)
    made = log["customer"].value_counts()
    assert made.reindex(people.index, fill_value=0).tolist() == people["purchases"].tolist()
    month = (log["date"] - pd.Timestamp("2025-01-01")).dt.days / (365.25 / 12)
    assert (month > people["joined"].reindex(log["customer"]).to_numpy() - 0.04).all()
    left = people["left"].fillna(24).astype(float).reindex(log["customer"]).to_numpy()
    assert (month < left).all()
    assert log["amount"].mean() == pytest.approx(80, rel=0.06)
    assert log["amount"].min() > 0
    assert firm.purchases(1, seed=1, start="2020-02-28")["date"].min() >= pd.Timestamp("2020-02-28")


def test_its_purchases_are_a_table_for_the_purchase_model():
    log = CustomerBase(customers=1000, referrals=0.01, new_per_month=10).purchases(24, seed=2)
    model = PurchaseModel.fit(log, until="2025-12-31")
    assert model.history.came.sum() > 0
    assert "2024" not in model.describe("en")


def test_without_referrals_it_is_the_leaky_bucket():
    plain = {"customers": 1000, "monthly_churn": 0.05, "new_per_month": 40}
    firm, bucket = CustomerBase(**plain, referrals=0), LeakyBucket(**plain)
    assert np.allclose(firm.expected(24)["customers"], bucket.expected(24)["customers"])
    assert np.allclose(firm.spread(24), bucket.spread(24))
    assert firm.level == bucket.level == 800


@given(firms, st.integers(0, 24), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_the_books_balance(firm, months, seed):
    mean, runs = firm.expected(months), firm.simulate(months, seed=seed, replicates=2)
    assert np.isfinite(mean.to_numpy()).all()
    for table in (mean, *(run.reset_index() for _replicate, run in runs.groupby("replicate"))):
        assert (table >= 0).all(axis=None)
        by_origin = table["first"] + table["acquired"] + table["referred"]
        assert np.allclose(table["customers"], by_origin, rtol=1e-12)
        balance = table["customers"].shift(1) - table["left"] + table["won"]
        assert np.allclose(balance[1:], table["customers"][1:], rtol=1e-9, atol=1e-6)
    assert runs.equals(firm.simulate(months, seed=seed, replicates=2))


def test_the_edges():
    nobody = CustomerBase(customers=0, new_per_month=0)
    assert nobody.level == 0
    assert nobody.people(12, seed=1).empty
    assert nobody.purchases(12, seed=1).empty
    assert nobody.simulate(1200, seed=1)["customers"].sum() == 0
    assert CustomerBase(monthly_churn=0.07, referrals=0.07).level == float("inf")
    assert CustomerBase(monthly_churn=0.07, referrals=0.07, new_per_month=0).level == 1000
    assert CustomerBase(monthly_churn=0, referrals=0, new_per_month=0).people(12, seed=1)["left"].isna().all()
    assert len(CustomerBase().people(0, seed=1)) == 1000
    assert CustomerBase().people(0, seed=1)["purchases"].sum() == 0
    assert CustomerBase().simulate(1200, seed=1)["customers"].iloc[-1] == pytest.approx(1333, rel=0.2)


def test_what_is_too_large_is_refused():
    grows = CustomerBase(monthly_churn=0, referrals=0.5)
    for verb in (grows.expected, grows.simulate, grows.people, grows.describe):
        with pytest.raises(InputError, match="more than 1,000T customers"):
            verb(months=1200)
    with pytest.raises(InputError, match="customers would be drawn one by one"):
        CustomerBase(customers=10**9).people(12)
    with pytest.raises(InputError, match="purchases would be drawn one by one"):
        CustomerBase(purchase_rate=1000).purchases(60)
    with pytest.raises(InputError, match="start is"):
        CustomerBase().purchases(1, start="soon")
    with pytest.raises(InputError, match="amount"):
        CustomerBase().purchases(1, amount=0)


def test_the_words_say_where_it_heads():
    assert "heads for 1,333" in CustomerBase().describe("en")
    assert "without end" in CustomerBase(referrals=0.05).describe("en")
    assert "stays as it is" in CustomerBase(referrals=0.05, new_per_month=0).describe("en")
    assert "make 52%" in CustomerBase().describe("en")
    assert "make 20%" in CustomerBase(unevenness=0).describe("en")
    assert "趋向 1333" in CustomerBase().describe("zh")


def test_the_picture_shows_the_mean_and_its_parts():
    axes = CustomerBase().plot()
    assert np.allclose(axes.lines[0].get_ydata(), CustomerBase().expected(60)["customers"])
    assert len(axes.collections) == 3
    assert len(axes.get_legend().get_texts()) == 4
