"""Good and poor service in one market: growth against shares carried forward, and whether the numbers fit."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.service_growth import ServiceGrowth
from crmlab.language.errors import InputError

MARKETS = [
    ServiceGrowth(),
    ServiceGrowth(customers=50, good_share=0.5, good_growth=0.5, poor_growth=-0.3),
    ServiceGrowth(customers=50, good_share=0.6, good_growth=-0.1, poor_growth=0.2),
    ServiceGrowth(customers=7, good_growth=0.1, poor_growth=0.1),
    ServiceGrowth(customers=1),
]
growths = st.floats(-0.9, 2)


@pytest.mark.parametrize("market", MARKETS, ids=repr)
def test_runs_agree_with_means(market):
    runs, means = market.simulate(60, seed=3, replicates=4000), market.expected(60).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(4000)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-9 * means.abs()).all(axis=None)
    spread = market.spread(5)
    assert groups.std()["good"].to_numpy() == pytest.approx(spread, rel=0.06, abs=1e-9)
    assert (runs["good"] + runs["poor"] == market.customers).all()
    assert runs["good"].between(0, market.customers).all()
    pd.testing.assert_frame_equal(runs, market.simulate(60, seed=3, replicates=4000))


def test_sales_that_grow_as_said_give_the_shares():
    good, poor = 30.0, 70.0
    shares = ServiceGrowth().shares(40)
    for year in range(41):
        assert shares[year] == pytest.approx(good / (good + poor))
        good, poor = good * 1.12, poor * 1.01


@settings(max_examples=60)
@given(growths, growths, st.integers(0, 1000))
def test_the_closed_form_is_the_yearly_step(good, poor, first):
    market = ServiceGrowth(customers=1000, good_share=first / 1000, good_growth=good, poor_growth=poor)
    shares = market.shares(20)
    assert ((shares >= 0) & (shares <= 1)).all()
    step = shares[:-1] * (1 + good) / (shares[:-1] * (1 + good) + (1 - shares[:-1]) * (1 + poor))
    assert shares[1:] == pytest.approx(step, abs=1e-9)
    assert market.growth_of_share(float(shares[3])) * shares[3] == pytest.approx(shares[4] - shares[3], abs=1e-9)


def test_the_growth_of_a_share_falls_as_it_rises():
    table = ServiceGrowth().expected(360)
    growth = np.diff(table["share"]) / table["share"].to_numpy()[:-1]
    assert (np.diff(growth) < 0).all()
    assert table["share"].iloc[-1] < 1
    assert (ServiceGrowth(good_share=1).expected(360)["share"] == 1).all()


@settings(max_examples=60)
@given(st.floats(0.001, 1), st.integers(1, 100), st.integers(1, 9))
def test_a_share_breaks_the_market_in_the_year_that_it_is_first_over_it(change, first, firms):
    market = ServiceGrowth(customers=100, good_share=first / 100, good_change=change, good_firms=firms)
    start = first / 100
    compounding, adding = market.breaks()
    assert start * (1 + change) ** compounding > 1 - 1e-9
    assert start * (1 + change) ** (compounding - 1) <= 1 + 1e-9
    assert start + firms * change * adding > 1 - 1e-9
    assert start + firms * change * (adding - 1) <= 1 + 1e-9
    in_percent, in_points = market.carried_forward(min(compounding, 100))
    assert (in_percent[:-1] <= 1 + 1e-9).all()
    assert in_points[-1] == pytest.approx(start + firms * change * (len(in_points) - 1))


def test_breaks_at_the_edges():
    assert (
        ServiceGrowth(good_share=0.25, good_firms=3, good_change=0.25).breaks()[1] == 2
    )  # exactly 100% is not over it
    assert ServiceGrowth(good_share=0.5, good_change=1).breaks()[0] == 2
    assert ServiceGrowth(good_share=1).breaks() == (1, 1)
    assert ServiceGrowth(good_share=0).breaks() == (math.inf, 9)
    for change in (0, -0.5, -1, 1e-300):
        assert ServiceGrowth(good_change=change).breaks() == (math.inf, math.inf)
    assert ServiceGrowth(good_change=-1).carried_forward(2)[1].min() == 0


def test_the_claims_numbers_fit_no_market_and_others_do():
    growths, poor, both = ServiceGrowth().fits()
    at = ServiceGrowth()
    assert at.growth_of_share(growths) == pytest.approx(0.06)
    assert 1.01 / (1 + at.market_growth(poor)) - 1 == pytest.approx(-0.02)
    assert both * 0.06 == pytest.approx((1 - both) * 0.02)
    assert max(growths, poor, both) - min(growths, poor, both) > 0.2
    fitting = ServiceGrowth(good_share=0.25, good_growth=1.06 * 1.01 / 0.98 - 1)
    assert list(fitting.fits()) == pytest.approx([0.25] * 3)
    year = fitting.expected(12)["share"]
    assert year[1] / year[0] == pytest.approx(1.06)
    assert (1 - year[1]) / (1 - year[0]) == pytest.approx(0.98)


def test_fits_where_there_are_none():
    assert ServiceGrowth(poor_change=0.01).fits().sum is None
    assert ServiceGrowth(good_change=0.5).fits().growths is None
    assert ServiceGrowth(good_growth=0.01).fits()[:2] == (None, None)
    assert ServiceGrowth(good_change=0, poor_change=0).fits().sum is None
    assert ServiceGrowth(good_change=-1, poor_change=-1).fits() == (None, None, None)


def test_points_are_counted_by_firm():
    assert ServiceGrowth().points_missing == pytest.approx(0.04)
    assert "4 points are won that nobody loses" in ServiceGrowth().describe("en")
    assert "what some win the others lose" in ServiceGrowth(good_firms=1, poor_firms=3).describe("en")
    assert "10 points are lost that nobody wins" in ServiceGrowth(good_firms=1, poor_firms=8).describe("en")


def test_words_in_both_languages():
    words = ServiceGrowth().describe("en")
    for part in ("30% of a market of", "90.5% after 30 years", "7.4%", "year 21", "year 6"):
        assert part in words
    assert "第 21 年" in ServiceGrowth().describe("zh")
    assert "only" not in ServiceGrowth(good_share=1).describe("en")


@pytest.mark.parametrize("change", [{"good_share": 1.1}, {"good_growth": -1}, {"good_firms": 0}, {"customers": 0.5}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        ServiceGrowth(**change)


def test_years_are_counted_from_months():
    assert ServiceGrowth().expected(35)["year"].tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="years"):
        ServiceGrowth().shares(101)
