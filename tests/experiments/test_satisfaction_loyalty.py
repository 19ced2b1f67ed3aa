"""Loyalty by score: the claim's ratio, both bends of the curve, runs against means, and what it takes to hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, SatisfactionLoyalty
from crmlab.language.catalogue import speaking

firms = st.builds(
    SatisfactionLoyalty,
    customers=st.integers(0, 10**9),
    fives=st.floats(0, 1),
    fours=st.floats(0, 1),
    threes=st.floats(0, 1),
    top=st.floats(0, 1),
    ratio=st.floats(1, 1000),
    freedom=st.floats(0, 1),
)


@pytest.mark.parametrize(
    "firm",
    [
        SatisfactionLoyalty(),
        SatisfactionLoyalty(customers=40, freedom=0.01, ratio=4),
        SatisfactionLoyalty(fives=0, freedom=0.02, top=1),
    ],
)
def test_runs_agree_with_means_and_spread(firm):
    months, replicates = 4, 6000
    runs = firm.simulate(months, seed=3, replicates=replicates)
    means = firm.expected(months).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    # every column counts customers each of whom is there or not, independently of the others: binomial
    spread = np.sqrt(means * (1 - means / firm.customers).clip(lower=0))
    assert ((groups.mean() - means).abs() <= 5 * spread / np.sqrt(replicates) + 8 / replicates).all(axis=None)
    common = spread > 0.5
    wrong = (groups.std(ddof=0) / spread.where(common) - 1).abs() > 5 / np.sqrt(2 * replicates)
    assert not wrong.any(axis=None)
    assert common.any(axis=None)
    pd.testing.assert_frame_equal(runs, firm.simulate(months, seed=3, replicates=replicates))


def test_a_history_balances():
    runs = SatisfactionLoyalty().simulate(24, seed=1, replicates=3)
    assert (runs[[f"score_{score}" for score in range(1, 6)]].sum(axis=1) == runs["customers"]).all()
    for _replicate, run in runs.groupby("replicate"):
        assert run["customers"].iloc[0] == 1000
        assert (run["customers"].diff()[1:] == -run["lost"][1:]).all()


@given(firms, st.integers(0, 60))
@settings(max_examples=60)
def test_books_balance_and_more_satisfied_is_never_less_loyal(firm, months):
    table = firm.expected(months)
    groups = table[[f"score_{score}" for score in range(1, 6)]]
    assert np.allclose(groups.sum(axis=1), table["customers"])
    assert table["customers"].iloc[0] == pytest.approx(firm.customers)
    assert table["customers"].iloc[0] - table["lost"].sum() == pytest.approx(table["customers"].iloc[-1], abs=1e-6)
    loyal = [firm.loyalty(score) for score in (1, 2, 3, 4, 5)]
    assert loyal == sorted(loyal)
    assert loyal[-1] == pytest.approx(firm.top)
    assert loyal[4] == pytest.approx(firm.five_to_four * loyal[3])
    assert firm.shares.sum() == pytest.approx(1)
    assert firm.lift_of_fours >= 0
    assert firm.lift_of_lows >= 0


@given(st.floats(0.01, 1), st.floats(1, 1000))
def test_the_ratio_bounds_the_fours(top, ratio):
    firm = SatisfactionLoyalty(top=top, ratio=ratio, freedom=1)
    assert firm.loyalty(5) / firm.loyalty(4) == pytest.approx(ratio)
    assert firm.loyalty(4) <= firm.most_for_fours + 1e-12


def test_the_curve_is_a_choice_between_two():
    """A logit: the odds of staying against leaving, where the 5s' others weigh freedom and every point lost ratio."""
    firm = SatisfactionLoyalty(top=1, ratio=3, freedom=0.25)
    others = {score: 0.25 * (3.0 ** (5 - score) - 1) for score in (1, 2, 3, 4, 5)}
    assert [firm.loyalty(score) for score in others] == pytest.approx([1 / (1 + away) for away in others.values()])


def test_captive_customers_bend_the_curve_down_and_free_ones_up():
    scores = np.arange(1, 6)
    captive, free = (
        np.diff([SatisfactionLoyalty(freedom=freedom).loyalty(score) for score in scores]) for freedom in (0.0005, 1)
    )
    assert (np.diff(captive) < 0).all()
    assert (np.diff(free) > 0).all()


def test_where_an_effort_pays_depends_on_freedom():
    free, captive = SatisfactionLoyalty(freedom=1), SatisfactionLoyalty(freedom=0.002)
    assert free.lift_of_fours > 10 * free.lift_of_lows
    assert captive.lift_of_lows > 10 * captive.lift_of_fours
    assert "make the satisfied very satisfied" in free.describe("en")
    assert "look after the dissatisfied" in captive.describe("en")


def test_lifts_are_what_moving_customers_brings():
    firm = SatisfactionLoyalty(customers=1000, fives=0.2, fours=0.5, threes=0.5)
    low, three, four, five = 0.1, 0.2, 0.4, 0.2
    assert firm.shares.tolist() == pytest.approx([low, low, three, four, five])
    # ten of the 4s become 5s: other shares of the same customers
    moved = firm.model_copy(update={"fives": 0.21, "fours": 0.39 / 0.79, "threes": 0.5})
    more = moved.expected(1)["customers"][1] - firm.expected(1)["customers"][1]
    assert more == pytest.approx(10 * firm.lift_of_fours)
    # five 1s and five 2s become 3s
    moved = firm.model_copy(update={"threes": 0.5 + 0.01 / 0.4})
    more = moved.expected(1)["customers"][1] - firm.expected(1)["customers"][1]
    assert more == pytest.approx(10 * firm.lift_of_lows)


def test_who_is_left_are_the_fives():
    table = SatisfactionLoyalty().expected(12)
    assert table["score_5"].iloc[-1] / table["customers"].iloc[-1] > 0.99
    assert "nobody has become happier" in SatisfactionLoyalty().describe("en")
    assert "nobody has become happier" not in SatisfactionLoyalty(freedom=0).describe("en")


def test_limits():
    assert SatisfactionLoyalty(customers=0).simulate(12, seed=1)["customers"].sum() == 0
    assert SatisfactionLoyalty(top=0).expected(1)["customers"].tolist() == [1000, 0]
    assert SatisfactionLoyalty(top=1, freedom=0).expected(1200)["customers"].iloc[-1] == pytest.approx(1000)
    assert SatisfactionLoyalty(ratio=1).five_to_four == 1
    assert "Nobody buys again" in SatisfactionLoyalty(top=0).describe("en")
    assert "All buy again equally" in SatisfactionLoyalty(ratio=1).describe("en")
    for wrong in (0, 6, "5", True):
        with pytest.raises(InputError, match="score"):
            SatisfactionLoyalty().loyalty(wrong)


def test_the_words_state_the_bound():
    words = SatisfactionLoyalty().describe("en")
    assert "2 times as likely" in words
    assert "16.7%" in words
    assert "16.7%" in SatisfactionLoyalty(freedom=1).describe("zh")


@pytest.mark.parametrize(
    "firm",
    [
        SatisfactionLoyalty(freedom=0, ratio=9.5),
        SatisfactionLoyalty(freedom=0.99, ratio=9.5),
        SatisfactionLoyalty(freedom=0.01, top=1, ratio=10),
        SatisfactionLoyalty(top=0),
    ],
    ids=repr,
)
def test_the_picture_can_be_read_and_shows_the_curve(firm, axes, readable, lang):
    with speaking(lang):
        firm.plot(axes)
    readable(axes)
    dots = axes.lines[-1].get_ydata()
    assert dots == pytest.approx([100 * firm.loyalty(score) for score in (1, 2, 3, 4, 5)])
    legend = axes.get_legend().get_window_extent()
    assert axes.figure.bbox.x0 <= legend.x0
    assert legend.x1 <= axes.figure.bbox.x1
