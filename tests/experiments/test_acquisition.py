"""Winning against keeping: Blattberg and Deighton's curves, the best split, and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.acquisition import AcquisitionVersusRetention
from crmlab.language.errors import InputError

firms = st.builds(
    AcquisitionVersusRetention,
    budget=st.floats(0, 1e9),
    keeping=st.floats(0, 1),
    margin=st.floats(0, 1e6),
    churn=st.floats(0, 1),
    savable=st.floats(0, 1),
    winning_cost=st.floats(1, 1e6),
    cost_ratio=st.floats(0.01, 1000),
    replacement=st.floats(1, 1000),
)


def test_the_response_curves_have_their_starts_and_ceilings():
    firm = AcquisitionVersusRetention(churn=0.3, savable=0.5, winning_cost=10_000, cost_ratio=5)
    one = firm.model_copy(update={"budget": 1.0, "keeping": 0})
    assert 1 / one.won_per_year == pytest.approx(10_000, rel=1e-4)  # the first customer costs winning_cost
    one = firm.model_copy(update={"budget": 1.0, "keeping": 1})
    assert 1 / (1000 * (one.retention - 0.7)) == pytest.approx(firm.cost_of_saved, rel=1e-4)
    flood = firm.model_copy(update={"budget": 1e11})
    assert flood.retention == pytest.approx(0.85)
    assert flood.won_per_year == pytest.approx(300)
    care = firm.model_copy(update={"budget": 2_000_000, "keeping": 1})  # 2,000 yuan each, which is keeping_cost
    assert care.retention == pytest.approx(0.7 + 0.15 * (1 - math.exp(-1)))


def test_a_fifth_of_the_cost_is_not_enough_where_few_can_be_saved():
    firm = AcquisitionVersusRetention(churn=0.3, savable=0.5, cost_ratio=5)
    assert firm.ratio_needed == pytest.approx(1 / 0.15)
    assert firm.cost_of_saved > firm.winning_cost
    enough = firm.model_copy(update={"cost_ratio": firm.ratio_needed})
    assert enough.cost_of_saved == pytest.approx(enough.winning_cost)


def test_the_best_split_is_the_best_and_moves_as_it_should():
    firm = AcquisitionVersusRetention()
    best = firm.best_share(120)
    total = {
        share: firm.model_copy(update={"keeping": share}).expected(120)["total"].iloc[-1] for share in (0, best, 1)
    }
    assert 0 < best < 1
    assert total[best] > max(total[0], total[1])
    assert firm.profits(120)[[0, 1000]].tolist() == pytest.approx([total[0], total[1]])
    for nearby in (best - 0.002, best + 0.002):
        assert firm.model_copy(update={"keeping": nearby}).expected(120)["total"].iloc[-1] <= total[best]
    shares = [firm.model_copy(update={"cost_ratio": ratio}).best_share() for ratio in (1, 3, 5, 6)]
    assert shares == sorted(shares)
    assert firm.model_copy(update={"replacement": 10}).best_share() > best


def test_keeping_is_not_the_better_use_where_nobody_leaves_or_can_be_held():
    for firm in (AcquisitionVersusRetention(churn=0.05), AcquisitionVersusRetention(savable=0)):
        assert firm.best_share() == 0
        assert "not the better use" in firm.describe("en")
    assert AcquisitionVersusRetention(savable=0).cost_of_saved == math.inf
    assert AcquisitionVersusRetention(budget=500_000, replacement=10).best_share() == 1


def test_ten_new_ones_for_one_old_holds_for_a_year_only():
    firm = AcquisitionVersusRetention(replacement=10, keeping=0, churn=0.3)
    assert firm.new_for_old(12) == pytest.approx(10)
    assert firm.new_for_old(24) == pytest.approx(1.7 / 0.8)
    assert firm.new_for_old(1200) == pytest.approx((1 / 0.3) / (1 / 0.3 - 0.9), rel=1e-6)
    assert AcquisitionVersusRetention(replacement=1).new_for_old(12) == 1


def test_the_first_year_written_out():
    firm = AcquisitionVersusRetention(keeping=0.4, replacement=4)
    year = firm.expected(12).iloc[1]
    kept, won = 1000 * firm.retention, firm.won_per_year
    assert year["customers"] == pytest.approx(kept + won)
    assert year["spent"] == pytest.approx(2_000_000)
    assert year["profit"] == pytest.approx(6000 * (kept + won / 4) - 2_000_000)
    later = firm.expected(24).iloc[2]
    assert later["spent"] == pytest.approx(1_200_000 + 800 * year["customers"])
    assert later["kept"] == pytest.approx(firm.retention * year["customers"])


def test_simulation_agrees_with_the_means():
    firm = AcquisitionVersusRetention(replacement=3)
    runs, mean = firm.simulate(120, seed=5, replicates=4000), firm.expected(120)
    for column in ("customers", "kept", "won", "spent", "profit", "total"):
        by_year = runs.groupby("year")[column]
        error = by_year.std().to_numpy() / math.sqrt(4000)
        assert (np.abs(by_year.mean().to_numpy() - mean[column]) <= 5 * error + 1e-6).all(), column
    assert runs["customers"].iloc[1:11].nunique() > 1
    assert firm.simulate(seed=2).equals(firm.simulate(seed=2))


@pytest.mark.parametrize("months", [0, 11, 12, 24])
def test_only_full_years_have_a_row(months):
    firm = AcquisitionVersusRetention()
    assert firm.expected(months)["month"].tolist() == [12 * year for year in range(months // 12 + 1)]
    firm.plot(months=months)
    assert firm.describe("en", months=months)


def test_bounds_are_named():
    with pytest.raises(InputError, match=r"cost_ratio .* is 0; allowed is 0.01 to 1,000"):
        AcquisitionVersusRetention(cost_ratio=0)
    with pytest.raises(InputError, match="months is -1"):
        AcquisitionVersusRetention().best_share(-1)


@given(firms)
def test_every_firm_can_be_described(firm):
    assert firm.describe("en")
    assert 0 <= firm.retention <= 1
    assert np.isfinite(firm.expected().to_numpy()).all()


def test_described_in_both_languages():
    firm = AcquisitionVersusRetention()
    assert "13,333" in firm.describe("en")
    chinese = firm.describe("zh")
    assert "13333" in chinese
    assert "keeping" not in chinese


def test_the_picture_marks_the_best_split_and_the_one_chosen():
    ax = AcquisitionVersusRetention(keeping=0.9).plot()
    curve, best, here = ax.lines
    assert best.get_ydata()[0] == max(curve.get_ydata())
    assert here.get_xdata()[0] == pytest.approx(90)
    assert here.get_ydata()[0] == pytest.approx(curve.get_ydata()[900])
