"""Profit concentration: closed forms against drawn customers, the readings of 80/20/30, the trap, and the limits."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from crmlab.experiments.profit_concentration import DRAWN, FORTY_POINTS, ProfitConcentration
from crmlab.language.errors import InputError

FIRMS = [
    ProfitConcentration(),
    ProfitConcentration(margin_spread=4, cost=50, cost_spread=5, correlation=0.5),
    ProfitConcentration(margin=40, margin_spread=2.5, cost_spread=1.3, correlation=-0.7, avoidable=0.9),
]
MONEY = ["made", "lost", "profit", "without"]


def drawn(firm, customers=400_000, seed=5):
    """Customers drawn straight from the words of the docstring, with numpy's own bivariate normal."""
    wide, dear = math.log(firm.margin_spread), math.log(firm.cost_spread)
    together = firm.correlation * wide * dear
    logs = np.random.default_rng(seed).multivariate_normal(
        [-(wide**2) / 2, -(dear**2) / 2], [[wide**2, together], [together, dear**2]], customers
    )
    return firm.margin * np.exp(logs[:, 0]), firm.cost * np.exp(logs[:, 1])


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_the_closed_forms_are_those_of_drawn_customers(firm):
    margin, cost = drawn(firm)
    loses = margin < cost
    columns = [loses, margin * ~loses, cost * ~loses, margin * loses, cost * loses]
    for found, column in zip(firm.parts, columns, strict=True):
        assert abs(found - column.mean()) < 5 * column.std() / math.sqrt(len(column))
    without = np.where(loses, -(1 - firm.avoidable) * cost, margin - cost)
    assert firm.expected(1)["without"].iloc[1] / firm.customers == pytest.approx(
        without.mean(), abs=5 * without.std() / math.sqrt(len(without))
    )
    best = np.array([0.01, 0.2, 0.5, 0.8, 1])
    profit = np.cumsum(-np.sort(cost - margin)) / len(margin)
    at = profit[(best * len(margin)).astype(int) - 1]
    assert np.abs(firm.curve(best) - at).max() < 5 * (margin - cost).std() / math.sqrt(len(margin))


@pytest.mark.parametrize("spread", [1.2, 2, 6])
def test_constant_costs_have_a_curve_in_closed_form(spread):
    firm, wide, best = ProfitConcentration(margin_spread=spread, cost=30, cost_spread=1), math.log(spread), 0.2
    closed = 100 * ndtr(wide - ndtri(1 - best)) - 30 * best
    assert firm.curve(np.array([best]))[0] == pytest.approx(closed, abs=1e-3)
    assert firm.unprofitable == pytest.approx(ndtr((math.log(0.3) + wide**2 / 2) / wide))


def test_the_curve_rises_to_what_the_profitable_make():
    for firm in FIRMS:
        top = 1 - firm.unprofitable
        assert firm.curve(np.array([top]))[0] == pytest.approx(firm.parts.made, rel=1e-4)
        steps = np.diff(firm.curve(np.linspace(0, 1, 60)))
        assert (np.diff(steps) < 2e-4 * firm.parts.made).all()  # best first: it bends one way only
    assert FIRMS[1].peak == pytest.approx(FIRMS[1].parts.made / 50)


def test_the_first_reading_of_80_20_30():
    firm = ProfitConcentration.matching(0.2, 0.8, 0.3, 0.4, of="total")
    assert firm.made_by(0.2) == pytest.approx(0.8, abs=2e-4)
    assert firm.unprofitable == pytest.approx(0.3)
    assert firm.made_by(0.7) == pytest.approx(1.4, abs=2e-3)  # the bottom 30% lose 40 points
    assert firm.peak == pytest.approx(1.4, abs=2e-4)
    assert (firm.margin_spread, firm.cost_spread) == pytest.approx((1.495, 1.571), abs=0.002)


def test_the_second_reading_is_another_firm():
    firm = ProfitConcentration.matching(0.2, 0.8, 0.3, 0.4, of="profitable")
    assert firm.made_by(0.2, of="profitable") == pytest.approx(0.8, abs=2e-4)
    assert firm.unprofitable == pytest.approx(0.3)
    assert firm.made_by(0.2) == pytest.approx(0.8 / 0.6, abs=1e-3)
    assert firm.peak == pytest.approx(1 / 0.6, abs=1e-3)
    assert firm.margin_spread > 2.5 * ProfitConcentration.matching().margin_spread


def test_both_readings_hold_for_drawn_customers():
    for of, base in (("total", 1.4), ("profitable", 1)):
        margin, cost = drawn(ProfitConcentration.matching(of=of), 1_000_000)
        profit = np.sort(margin - cost)[::-1]
        made = profit[profit > 0].sum()
        assert profit[:200_000].sum() / made == pytest.approx(0.8 / base, abs=0.01)
        assert -profit[700_000:].sum() / made == pytest.approx(0.4 / base, abs=0.01)


def test_the_other_telling_takes_far_more_unlike_customers():
    table = ProfitConcentration.tellings()
    last = table.iloc[-1]
    assert last["best_20"] == pytest.approx(1.4, abs=0.005)
    assert ProfitConcentration(**FORTY_POINTS).made_by(0.8) == pytest.approx(1.4, abs=0.005)
    assert last["margin_spread"] > 20 * table["margin_spread"].iloc[1]


@pytest.mark.parametrize("correlation", [-0.6, 0.4, 0.9])
@pytest.mark.parametrize("of", ["total", "profitable"])
def test_readings_can_be_matched_whatever_the_correlation(of, correlation):
    firm = ProfitConcentration.matching(of=of, correlation=correlation)
    assert firm.correlation == correlation
    assert firm.made_by(0.2, of=of) == pytest.approx(0.8, abs=1e-3)
    assert firm.unprofitable == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(
    "asked",
    [
        {"of": "all"}, {"best": 1.2}, {"made": -1}, {"lost": 0}, {"unprofitable": 0.9}, {"unprofitable": 0},
        {"made": 0.1}, {"best": "a"}, {"correlation": 2}, {"made": 1, "of": "profitable"},
    ],
    ids=repr,
)  # fmt: skip
def test_what_no_such_firm_can_do_is_refused(asked):
    with pytest.raises(InputError):
        ProfitConcentration.matching(**asked)


def test_dropping_the_unprofitable_is_a_trap():
    firm = ProfitConcentration(avoidable=0.5)
    last = firm.expected(12).iloc[-1]
    assert last["without"] < last["profit"] < last["made"]
    even = firm.model_copy(update={"avoidable": firm.break_even}).expected(1).iloc[1]
    assert even["without"] == pytest.approx(even["profit"])
    full = firm.model_copy(update={"avoidable": 1}).expected(1).iloc[1]
    assert full["without"] == pytest.approx(full["made"])
    assert "66.9% of their costs" in firm.describe("en")


def test_months_only_add_up():
    table = ProfitConcentration().expected(24)
    for name in MONEY:
        assert table[name].to_numpy() == pytest.approx(table["month"] * table[name].iloc[1])
    runs = ProfitConcentration(customers=50).simulate(24, seed=1)
    assert runs["unprofitable"].nunique() == 1
    assert runs["profit"].to_numpy() == pytest.approx(runs["month"] * runs["profit"].iloc[1])


@pytest.mark.parametrize("customers", [1, 40, DRAWN + 1, 10**9])
def test_runs_agree_with_means_and_with_the_spread(customers):
    """Mean by z-test; the variance of the profit is known in closed form, also where luck is scaled."""
    firm = FIRMS[0].model_copy(update={"customers": customers})
    replicates = 4000 if customers < DRAWN else 200
    runs = firm.simulate(1, seed=3, replicates=replicates).query("month == 1")
    mean = firm.expected(1).iloc[1]
    for name in ["profitable", "unprofitable", *MONEY]:
        error = max(runs[name].std() / math.sqrt(replicates), 1e-12 * abs(mean[name]))
        assert abs(runs[name].mean() - mean[name]) < 5 * error
    wide, dear = math.log(firm.margin_spread), math.log(firm.cost_spread)
    variance = customers * (firm.margin**2 * math.expm1(wide**2) + firm.cost**2 * math.expm1(dear**2))
    assert runs["profit"].var() == pytest.approx(variance, rel=5 * math.sqrt(2.5 / replicates))
    share = firm.unprofitable
    assert runs["unprofitable"].var() == pytest.approx(
        customers * share * (1 - share), rel=5 * math.sqrt(2 / replicates)
    )
    assert (runs["made"] - runs["lost"]).to_numpy() == pytest.approx(runs["profit"].to_numpy())
    assert (runs["profitable"] + runs["unprofitable"] == customers).all()
    assert (runs[["made", "lost", "profitable", "unprofitable"]] >= 0).all(axis=None)


@pytest.mark.parametrize("firm", FIRMS[1:], ids=repr)
def test_runs_agree_with_means_where_margin_and_cost_go_together(firm):
    runs = firm.model_copy(update={"customers": 400}).simulate(1, seed=8, replicates=1500).query("month == 1")
    mean = firm.model_copy(update={"customers": 400}).expected(1).iloc[1]
    for name in ["unprofitable", *MONEY]:
        assert abs(runs[name].mean() - mean[name]) < 5 * runs[name].std() / math.sqrt(1500)


def test_the_same_seed_gives_the_same_customers():
    firm = ProfitConcentration(customers=30)
    pd.testing.assert_frame_equal(firm.simulate(3, seed=4, replicates=5), firm.simulate(3, seed=4, replicates=5))
    margin, cost = firm.people(30, seed=4)
    assert firm.simulate(1, seed=4)["profit"].iloc[1] == pytest.approx((margin - cost).sum())


def test_batches_join(monkeypatch):
    from crmlab.experiments import profit_concentration

    monkeypatch.setattr(profit_concentration, "AT_ONCE", 70)
    runs = ProfitConcentration(customers=30).simulate(1, seed=4, replicates=5).query("month == 1")
    assert runs["made"].nunique() == 5


@given(st.floats(0, 1e9), st.floats(1, 1000), st.floats(0, 1e9), st.floats(1, 1000), st.floats(-1, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_sums_hold_at_any_parameters(margin, margin_spread, cost, cost_spread, correlation, avoidable):
    firm = ProfitConcentration(
        margin=margin, margin_spread=margin_spread, cost=cost, cost_spread=cost_spread, correlation=correlation,
        avoidable=avoidable,
    )  # fmt: skip
    parts, size = firm.parts, max(margin, cost)
    assert 0 <= parts.unprofitable <= 1
    assert parts.made - parts.lost == pytest.approx(margin - cost, abs=1e-6 * size + 1e-12)
    assert parts.made <= margin + 1e-9 * size
    assert parts.lost <= cost + 1e-9 * size
    assert 0 <= firm.break_even <= 1 + 1e-9
    ends = firm.curve(np.array([0.0, 1.0]))
    assert ends == pytest.approx([0, margin - cost], abs=1e-6 * size + 1e-9)
    assert np.isfinite(firm.expected(1).to_numpy()).all()


def test_customers_who_are_alike():
    alike = ProfitConcentration(margin_spread=1, cost_spread=1)
    assert (alike.unprofitable, alike.made_by(0.2), alike.peak) == (0, 0.2, 1)
    assert alike.model_copy(update={"cost": 200}).unprofitable == 1
    same = ProfitConcentration(margin_spread=3, cost_spread=3, correlation=1, cost=40)  # one ratio for all
    assert (same.unprofitable, same.parts.made) == (0, 60)


def test_without_profit_there_are_no_shares():
    firm = ProfitConcentration(cost=100)
    assert firm.made_by(0.2) == math.inf
    assert firm.peak == math.inf
    assert ProfitConcentration(margin=0).made_by(0.2) == -math.inf
    assert ProfitConcentration(margin=0, cost=0).made_by(0.2) == 0
    assert "not more than 0" in firm.describe("en")
    assert "no customers" in ProfitConcentration(customers=0).describe("en")
    with pytest.raises(InputError, match="of is 'both'"):
        firm.made_by(0.2, of="both")
    with pytest.raises(InputError, match="best is 20"):
        firm.made_by(20)


def test_the_picture_shows_the_curve_in_percent_or_in_money(axes, readable):
    for firm, label in ((ProfitConcentration(), "% of the total"), (ProfitConcentration(cost=150), "a customer and")):
        firm.plot(axes)
        assert label in axes.get_ylabel()
        readable(axes)
    ProfitConcentration(avoidable=1).plot(axes)
    readable(axes)
    said = [text.get_text() for text in axes.texts]
    assert "best 20%:\n80%" in said
    assert "all: 100%" in said
    assert axes.get_lines()[0].get_ydata().max() == pytest.approx(100 * ProfitConcentration().peak, rel=1e-9)
