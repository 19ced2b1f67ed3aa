"""What a customer is worth: against the published multiples, sums written out, and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.lifetime_value import CustomerLifetimeValue
from crmlab.language.errors import InputError

shares = st.floats(0, 1)
customers = st.builds(
    CustomerLifetimeValue,
    margin=st.floats(0, 1e6),
    retention=shares,
    discount=shares,
    margin_growth=st.floats(-1, 1),
    acquisition_cost=st.floats(0, 1e5),
    customers=st.integers(1, 10**6),
)


@pytest.mark.parametrize(("retention", "published"), [(0.6, 1.15), (0.7, 1.67), (0.8, 2.50), (0.9, 4.09)])
def test_the_multiple_is_the_published_one_at_12_percent(retention, published):
    assert round(CustomerLifetimeValue(retention=retention, discount=0.12).multiple, 2) == published


@pytest.mark.parametrize(("retention", "gain"), [(0.6, 0.20), (0.93, 0.49)])
def test_five_points_are_worth_far_less_than_85_percent_in_the_plain_model(retention, gain):
    assert round(CustomerLifetimeValue(retention=retention, discount=0.1).gain(0.05), 2) == gain


def test_value_is_the_sum_of_the_years_written_out():
    one = CustomerLifetimeValue(margin=700, retention=0.7, discount=0.08, margin_growth=0.05, acquisition_cost=300)
    years = [700 * 1.05 ** (t - 1) * 0.7**t / 1.08**t for t in range(1, 400)]
    assert one.value == pytest.approx(sum(years) - 300)
    assert one.value_over(3) == pytest.approx(sum(years[:3]) - 300)
    assert one.value_over(0) == -300
    assert one.expected(36)["value"].iloc[-1] == pytest.approx(one.value_over(3))
    assert one.expected(36)["cash"].tolist() == pytest.approx([-300, *years[:3]])


def test_where_the_sum_has_no_limit_it_says_so():
    for endless in (
        CustomerLifetimeValue(retention=1, discount=0),
        CustomerLifetimeValue(retention=0.8, discount=0, margin_growth=0.25),
        CustomerLifetimeValue(retention=0.9, discount=0.1, margin_growth=0.5),
    ):
        assert endless.multiple == endless.value == math.inf
        assert "no limit" in endless.describe("en")
        with pytest.raises(InputError, match="finite"):
            endless.gain(0)
    assert CustomerLifetimeValue(retention=0.99, discount=0).multiple == pytest.approx(99)
    assert CustomerLifetimeValue(retention=1, discount=0, margin=0).value == 0
    assert CustomerLifetimeValue(retention=0.96, discount=0, margin_growth=0.01).gain(0.04) == math.inf


@pytest.mark.parametrize("retention", [0.5, 0.7, 0.9, 0.95])
@pytest.mark.parametrize("cost", [0, 400])
def test_the_growth_found_gives_the_gain_asked_for(retention, cost):
    one = CustomerLifetimeValue(retention=retention, discount=0.1, acquisition_cost=cost)
    growth = one.growth_for(0.85)
    there = one.model_copy(update={"margin_growth": growth})
    assert there.gain() == pytest.approx(0.85)
    assert there.model_copy(update={"margin_growth": growth + 0.001}).gain() > 0.85


def test_some_gains_no_growth_can_give():
    with pytest.raises(InputError, match="No growth"):
        CustomerLifetimeValue(retention=0.8).growth_for(0.06)  # the first margin alone gives 0.85 / 0.80 - 1 = 0.0625
    assert CustomerLifetimeValue(retention=0.8).growth_for(0.07) < -0.8
    for nothing in (CustomerLifetimeValue(margin=0), CustomerLifetimeValue(retention=0)):
        with pytest.raises(InputError, match="No growth"):
            nothing.growth_for(0.85)


def test_a_cost_of_winning_makes_the_same_five_points_a_larger_share():
    plain = CustomerLifetimeValue(retention=0.8, discount=0.1)
    assert plain.gain() == pytest.approx(0.275)
    assert plain.model_copy(update={"acquisition_cost": 1800}).gain() == pytest.approx(0.846, abs=0.001)
    with pytest.raises(InputError, match="more than 0"):
        plain.model_copy(update={"acquisition_cost": 3000}).gain()


def test_payback_is_the_first_year_that_covers_the_cost():
    one = CustomerLifetimeValue(margin=4000, retention=0.8, discount=0.1, acquisition_cost=10000)
    year = int(one.payback)
    assert one.value_over(year - 1) < 0 <= one.value_over(year)
    assert CustomerLifetimeValue(acquisition_cost=10000).payback == math.inf
    assert CustomerLifetimeValue().payback == 0


def test_simulation_agrees_with_the_means_and_the_spread():
    one = CustomerLifetimeValue(margin_growth=0.03, acquisition_cost=500, customers=50)
    runs, mean = one.simulate(120, seed=11, replicates=4000), one.expected(120)
    for column in ("survivors", "cash", "value"):
        by_year = runs.groupby("year")[column]
        error = by_year.std().to_numpy() / math.sqrt(4000)
        assert (np.abs(by_year.mean().to_numpy() - mean[column]) <= 5 * error + 1e-9).all(), column
    assert runs.groupby("year")["value"].std().to_numpy()[1:] == pytest.approx(one.spread(120)[1:], rel=0.06)


def test_the_same_seed_gives_the_same_cohorts_and_another_one_others():
    one = CustomerLifetimeValue()
    assert one.simulate(seed=3).equals(one.simulate(seed=3))
    assert not one.simulate(seed=3).equals(one.simulate(seed=4))


@pytest.mark.parametrize("months", [0, 11, 12, 23, 24])
def test_only_full_years_have_a_row(months):
    one = CustomerLifetimeValue()
    assert one.expected(months)["month"].tolist() == [12 * year for year in range(months // 12 + 1)]
    assert one.simulate(months, seed=1)["month"].tolist() == one.expected(months)["month"].tolist()
    one.plot(months=months)


@pytest.mark.parametrize("points", [0.21, -0.81, "5", True, float("nan")])
def test_points_that_leave_the_range_are_refused(points):
    with pytest.raises(InputError, match="points is"):
        CustomerLifetimeValue(retention=0.8).gain(points)


@given(customers)
def test_every_customer_can_be_described_and_years_add_up(one):
    assert one.describe("en")
    table = one.expected(600)
    assert np.allclose(table["cash"].cumsum(), table["value"], rtol=1e-9, atol=1e-6)
    if one.value < math.inf:
        assert table["value"].iloc[-1] <= one.value + 1e-6 * max(1, abs(one.value))


def test_described_in_both_languages():
    one = CustomerLifetimeValue(retention=0.8, discount=0.1, acquisition_cost=500)
    english, chinese = one.describe("en"), one.describe("zh")
    assert "Reichheld" in english
    assert "27.5%" in one.model_copy(update={"acquisition_cost": 0}).describe("en")
    assert "保持" in chinese
    assert "margin" not in chinese


def test_the_picture_shows_both_curves():
    ax = CustomerLifetimeValue().plot(months=120)
    assert len(ax.lines) == 2
    assert ax.lines[1].get_ydata()[-1] > ax.lines[0].get_ydata()[-1]
    assert len(CustomerLifetimeValue(retention=1).plot(months=120).lines) == 1
