"""Hosted or owned: cost by hand, break-even against a plain count, and the chance of a wrong choice against runs."""

import math

import numpy as np
import pandas as pd
import pytest

from crmlab.experiments.hosted import HostedOrOwned
from crmlab.language.errors import InputError

CHOICES = [
    HostedOrOwned(),
    HostedOrOwned(users=10, vendor_risk=0.6, overrun=1.5, user_growth=0.3, price_growth=-0.1),
    HostedOrOwned(vendor_risk=1, overrun=0, user_growth=-0.2),
]


@pytest.mark.parametrize("choice", CHOICES, ids=repr)
def test_runs_agree_with_means(choice):
    runs, means = choice.simulate(61, seed=5, replicates=4000), choice.expected(61).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    spread = groups.std()
    error = (spread / np.sqrt(4000)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-6 * means.abs()).all(axis=None)
    hosted, owned = choice.spread(61)
    assert spread["hosted_total"].to_numpy()[24:] == pytest.approx(hosted[24:], rel=0.12, abs=1e-3)
    assert spread["owned_total"].to_numpy() == pytest.approx([owned] * 62, rel=0.1, abs=1e-3)
    pd.testing.assert_frame_equal(runs, choice.simulate(61, seed=5, replicates=4000))


@pytest.mark.parametrize("choice", CHOICES, ids=repr)
@pytest.mark.parametrize("months", [12, 61, 96])
def test_the_chance_of_a_wrong_choice_is_that_of_runs(choice, months):
    last = choice.simulate(months, seed=6, replicates=8000).query(f"month == {months}")
    drawn = (last["owned_total"] > last["hosted_total"]).mean()
    assert choice.chance_owned_dearer(months) == pytest.approx(drawn, abs=0.04)


def test_cost_by_hand():
    choice = HostedOrOwned(
        users=10, user_growth=0.21, price=100, price_growth=0, vendor_risk=0, owned_start=10_000, owned_running=1200,
        overrun=0.5,
    )  # fmt: skip
    table = choice.expected(60)
    month = table.index.to_numpy()
    now = 1.06 ** (-month / 12)
    assert table["users"].iloc[[0, 12, 24]].tolist() == pytest.approx([10, 12.1, 14.641])
    assert table["hosted"].iloc[12] == pytest.approx(12.1 * 100 / 1.06)
    assert table["hosted"].iloc[0] == 3 * 10 * 100
    assert table["owned"].iloc[0] == 15_000
    licence = 0.4 * 10_000 / 10 * np.diff(table["users"])
    upgrade = np.where(month == 60, 3000, 0)
    assert table["owned"].to_numpy()[1:] == pytest.approx((now * (100 + upgrade))[1:] + licence * now[1:])
    assert table["hosted_total"].iloc[-1] == pytest.approx(table["hosted"].sum())


def test_fewer_users_give_no_licence_back():
    shrinking = HostedOrOwned(user_growth=-0.5, owned_running=0, overrun=0).expected(59)
    assert (shrinking["owned"].iloc[1:] == 0).all()
    assert shrinking["hosted"].iloc[12] < 0.6 * shrinking["hosted"].iloc[1]


def test_moves_cost_as_they_come():
    calm, stormy = (HostedOrOwned(vendor_risk=risk).expected(24) for risk in (0, 0.5))
    assert 1 - (1 - stormy["moved"].iloc[1]) ** 12 == pytest.approx(0.5)
    assert (stormy["hosted"] / calm["hosted"]).iloc[1:].to_numpy() == pytest.approx(1 + 9 * stormy["moved"].iloc[1])
    assert HostedOrOwned(vendor_risk=0.5).spread(0)[0].tolist() == [0]  # nobody moves before the start
    certain = HostedOrOwned(vendor_risk=1).simulate(12, seed=1)
    assert (certain["moved"].iloc[1:] == 1).all()


def test_break_even_is_the_first_month():
    for choice in (HostedOrOwned(), HostedOrOwned(price=300), HostedOrOwned(users=200)):
        even, table = choice.break_even(), choice.expected(200)
        ahead = table["owned_total"] < table["hosted_total"]
        assert ahead.iloc[even]
        assert not ahead.iloc[:even].any()
    assert HostedOrOwned(users=1).break_even(96) == math.inf
    # a good year, then an upgrade: the order turns back, and the words say so
    turned = HostedOrOwned(price=215, overrun=0, vendor_risk=0, owned_running=80_000)
    table = turned.expected(60)
    assert turned.break_even() < 60
    assert table["owned_total"].iloc[60] > table["hosted_total"].iloc[60]
    assert "turn this round" in turned.describe("en", months=60)


def test_the_overrun_has_the_tail_that_the_words_say():
    runs = HostedOrOwned(overrun=0.5).simulate(0, seed=2, replicates=20_000)
    over = runs["owned"] / 300_000 - 1
    assert (over > 0).all()
    assert (over > -0.5 * math.log(0.05)).mean() == pytest.approx(0.05, abs=0.008)
    assert "costs 2.5 times the plan or more" in HostedOrOwned(overrun=0.5).describe("en")


def test_who_is_cheaper_and_how_sure():
    assert "The owned one is cheaper on average, but in 24.6% of cases" in HostedOrOwned().describe("en")
    assert "The hosted one is cheaper on average" in HostedOrOwned(overrun=2).describe("en")
    assert "never becomes the cheaper" in HostedOrOwned(users=5).describe("en")
    assert "cheaper one from the start" in HostedOrOwned(owned_start=0).describe("en")
    assert "租用更省" in HostedOrOwned(overrun=2).describe("zh")
    assert "现值" in HostedOrOwned().describe("zh")


@pytest.mark.parametrize("change", [{"users": 0}, {"price": -1}, {"vendor_risk": 1.1}, {"user_growth": -1}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        HostedOrOwned(**change)
    with pytest.raises(InputError, match="months"):
        HostedOrOwned().chance_owned_dearer(1201)


@pytest.mark.parametrize("choice", [HostedOrOwned(users=500), HostedOrOwned(price=1000), HostedOrOwned(overrun=2)])
def test_the_picture_can_be_read(choice, axes, readable):
    choice.plot(axes)
    readable(axes)
