"""Customer value: the course's ratio, exact elasticities, the logit, and what a price cut would have to be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import CustomerValue, InputError
from crmlab.experiments.customer_value import GETS, GIVES, LEVERS

yuan = st.floats(0, 10**6)
offers = st.builds(
    CustomerValue,
    utility=yuan,
    experience=yuan,
    price=st.floats(1, 10**6),
    time=yuan,
    energy=yuan,
    emotion=yuan,
    rival_value=st.floats(0.01, 100),
    sensitivity=st.floats(0, 20),
)


def better(offer: CustomerValue, lever: str, change: float) -> CustomerValue:
    """The offer with one lever bettered, as a learner would do it by hand."""
    factor = 1 + change if lever in GETS else 1 - change
    return offer.model_copy(update={lever: factor * getattr(offer, lever)})


def test_the_slides_equation():
    offer = CustomerValue(utility=70, experience=50, price=50, time=25, energy=15, emotion=10)
    assert offer.value == (70 + 50) / (50 + 25 + 15 + 10)
    assert offer.delivered == 20
    assert "value 1.2" in offer.describe("en")
    assert "20 yuan" in offer.describe("en")


def test_the_logit_by_hand():
    offer = CustomerValue(rival_value=1.5, sensitivity=2)
    ours, rivals = math.exp(2 * math.log(offer.value)), math.exp(2 * math.log(1.5))
    assert offer.share == pytest.approx(ours / (ours + rivals))
    assert CustomerValue(rival_value=1.2, sensitivity=1000).share == 0.5
    assert CustomerValue(rival_value=1.3, sensitivity=1000).share < 1e-9
    assert CustomerValue(rival_value=1.1, sensitivity=1000).share > 1 - 1e-9


@given(offers)
@settings(max_examples=60, deadline=None)
def test_elasticities_are_derivatives_and_sum_to_one(offer):
    table = offer.levers(0.1).set_index("lever")
    assert list(table.index) == list(LEVERS)
    if offer.gets > 1e-3:
        assert table.loc[list(GETS), "elasticity"].sum() == pytest.approx(1)
        for lever in LEVERS:
            near = better(offer, lever, 1e-6).value / offer.value - 1
            sign = 1 if lever in GETS else -1
            assert sign * near * 1e6 == pytest.approx(table.loc[lever, "elasticity"], abs=1e-4)
    assert table.loc[list(GIVES), "elasticity"].sum() == pytest.approx(-1)
    for lever in LEVERS:
        share = better(offer, lever, 0.1).share
        assert table.loc[lever, "share"] == pytest.approx(share, abs=1e-9)
        assert table.loc[lever, "gained"] == pytest.approx(1000 * (share - offer.share), abs=1e-6)


@given(offers, st.sampled_from(list(LEVERS)), st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_a_price_cut_of_the_equivalent_gives_the_same_value(offer, lever, change):
    cut = offer.price_equivalent(lever, change)
    assert cut >= 0
    if cut < offer.price - 1:
        cheaper = offer.model_copy(update={"price": offer.price - cut})
        assert cheaper.value == pytest.approx(better(offer, lever, change).value, rel=1e-6)


def test_less_waiting_is_as_good_as_a_lower_price():
    offer = CustomerValue(price=60, time=25)
    assert offer.price_equivalent("time", 0.4) == 10
    faster, cheaper = offer.model_copy(update={"time": 15}), offer.model_copy(update={"price": 50})
    assert faster.share == cheaper.share > offer.share


def test_ratio_and_difference_can_disagree():
    small = CustomerValue(utility=10, experience=0, price=5, time=0, energy=0, emotion=0)
    large = CustomerValue(utility=100, experience=0, price=80, time=0, energy=0, emotion=0)
    assert small.value > large.value
    assert small.delivered < large.delivered


def test_two_offers_side_by_side():
    ours = CustomerValue(sensitivity=4)
    rival = CustomerValue(price=40, time=70, sensitivity=1)
    table = ours.against(rival).set_index("offer")
    assert table.loc["rival", "gives"] == 125
    assert table["share"].sum() == pytest.approx(1)
    assert table.loc["ours", "share"] == pytest.approx(ours.model_copy(update={"rival_value": rival.value}).share)
    worthless = CustomerValue(utility=0, experience=0)
    assert ours.against(worthless)["share"].tolist() == [1, 0]
    assert worthless.against(worthless)["share"].tolist() == [0.5, 0.5]
    with pytest.raises(InputError, match="rival"):
        ours.against(3)


@pytest.mark.parametrize("offer", [CustomerValue(), CustomerValue(sensitivity=0), CustomerValue(utility=300)], ids=repr)
def test_runs_agree_with_means_and_spread(offer):
    runs = offer.simulate(4, seed=2, replicates=5000)
    runs = runs[runs["month"] > 0]
    assert (runs["ours"] + runs["rivals"] == 1000).all()
    mean = offer.expected(1)["ours"].iloc[1]
    spread = math.sqrt(1000 * offer.share * (1 - offer.share))
    assert abs(runs["ours"].mean() - mean) < 5 * spread / math.sqrt(len(runs))
    assert runs["ours"].std() == pytest.approx(spread, rel=0.05)


def test_the_edges():
    free = CustomerValue(price=0)
    assert free.value == 3
    assert free.levers()["price_equivalent"].notna().all()
    nothing = CustomerValue(utility=0, experience=0)
    assert nothing.levers()["elasticity"].tolist()[:2] == [0, 0]
    assert nothing.expected(1)["ours"].tolist() == [0, 0]
    only_price = CustomerValue(time=0, energy=0, emotion=0)
    assert only_price.levers(1).set_index("lever").loc["price", "share"] == 1  # for nothing, and better than any rival
    assert np.isfinite(only_price.levers(1).drop(columns="lever").to_numpy()).all()
    with pytest.raises(InputError, match=r"make 0 yuan.*0\.01"):
        CustomerValue(price=0, time=0, energy=0, emotion=0)
    with pytest.raises(InputError, match="rival_value"):
        CustomerValue(rival_value=0)
    for change in (-0.1, 1.1, "a"):
        with pytest.raises(InputError, match="change"):
            CustomerValue().levers(change)


def test_the_words_name_the_best_lever_in_both_languages():
    assert "utility then gains most" in CustomerValue().describe("en")
    assert "作用最大的是功能效用" in CustomerValue().describe("zh")
    assert "time then gains most" in CustomerValue(time=150, utility=20, experience=20).describe("en")
    assert "next to nothing" in CustomerValue(sensitivity=0).describe("en")


def test_the_picture_has_a_bar_for_each_lever():
    axes = CustomerValue().plot()
    lengths = {round(bar.get_y() + bar.get_height() / 2): bar.get_width() for bar in axes.patches}
    gained = CustomerValue().levers()["gained"]
    assert [lengths[5 - place] for place in range(6)] == pytest.approx(gained.tolist())
