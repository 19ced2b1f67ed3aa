"""Bass: the closed form against the differential equation, published products, and runs against the curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import BassDiffusion, InputError
from crmlab.experiments.diffusion import PUBLISHED


def by_small_steps(p: float, q: float, years: int, steps: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """F and the part by innovation at each year, by Runge and Kutta's method."""
    step, state, seen = years / steps, np.zeros(2), [np.zeros(2)]

    def slope(state):
        return np.array([(p + q * state[0]) * (1 - state[0]), p * (1 - state[0])])

    for at in range(1, steps + 1):
        a = slope(state)
        b = slope(state + step / 2 * a)
        c = slope(state + step / 2 * b)
        state = state + step / 6 * (a + 2 * b + 2 * c + slope(state + step * c))
        if at % (steps // years) == 0:
            seen.append(state)
    return tuple(np.array(seen).T)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_closed_form_solves_the_equation(name):
    spread = BassDiffusion.published(name, market=1)
    share, alone = by_small_steps(spread.innovation, spread.imitation, 10, 2000)
    assert np.allclose(spread.share(np.arange(11)), share, atol=1e-9)
    assert np.allclose(spread.expected(120)["alone"].cumsum(), alone, atol=1e-9)


def test_published_values_and_their_peaks():
    assert PUBLISHED["black_and_white_tv"] == (0.028, 0.25)
    assert PUBLISHED["air_conditioner"] == (0.010, 0.42)
    assert PUBLISHED["clothes_dryer"] == (0.017, 0.36)
    assert PUBLISHED["mean"] == (0.03, 0.38)
    for name, (p, q) in PUBLISHED.items():
        spread = BassDiffusion.published(name)
        assert spread.peak_year == pytest.approx(math.log(q / p) / (p + q))
        years = np.linspace(0, 20, 20_001)
        new = np.gradient(spread.share(years), years)
        assert years[np.argmax(new)] == pytest.approx(spread.peak_year, abs=0.002)
        assert spread.share(spread.peak_year) == pytest.approx(spread.peak_share)
        assert new.max() == pytest.approx((p + q) ** 2 / (4 * q), rel=1e-5)


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.2, 0.1), (0.05, 0.0), (0.5, 5.0)])
def test_word_of_mouth_multiplies(p, q):
    spread = BassDiffusion(market=1000, innovation=p, imitation=q)
    table = spread.expected(1200)
    assert table["adopters"].iloc[-1] == pytest.approx(1000, rel=0.01)
    assert table["adopters"].iloc[-1] / table["alone"].sum() == pytest.approx(spread.multiplication, rel=0.01)


@given(st.integers(0, 10**9), st.floats(0, 1), st.floats(0, 10), st.integers(0, 240))
@settings(max_examples=60, deadline=None)
def test_the_books_balance(market, p, q, months):
    table = BassDiffusion(market=market, innovation=p, imitation=q).expected(months)
    assert len(table) == months // 12 + 1
    assert np.isfinite(table.to_numpy()).all()
    assert (table >= 0).all(axis=None)
    assert np.allclose(table["new"].cumsum(), table["adopters"], rtol=1e-9, atol=1e-6)
    assert table["adopters"].max() <= market * (1 + 1e-12)
    assert np.allclose(table["alone"] + table["by_word"], table["new"])


@pytest.mark.parametrize(
    "spread",
    [
        BassDiffusion.published("mean", market=200),
        BassDiffusion.published("air_conditioner", market=10**9),
        BassDiffusion(market=30, innovation=0.2, imitation=0.1),
    ],
    ids=["mean", "billion", "few"],
)
def test_runs_agree_with_the_curve_and_its_spread(spread):
    replicates = 4000
    runs, means = spread.simulate(72, seed=4, replicates=replicates), spread.expected(72).set_index("year")
    assert (runs["adopters"] == runs.groupby("replicate")["new"].cumsum()).all()
    for year in (1, 3, 6):
        seen = runs[runs["year"] == year]
        for name in ("alone", "by_word", "new", "adopters"):
            error = seen[name].std() / math.sqrt(replicates)
            assert abs(seen[name].mean() - means.loc[year, name]) < 5 * error + 1e-9 * spread.market
        share = float(spread.share(year))
        assert seen["adopters"].var() == pytest.approx(spread.market * share * (1 - share), rel=0.15)


def test_the_edges():
    assert BassDiffusion(innovation=0).peak_year == BassDiffusion(innovation=0).multiplication == math.inf
    assert "does not begin" in BassDiffusion(innovation=0).describe("en")
    assert "空的" in BassDiffusion(market=0).describe("zh")
    falling = BassDiffusion(innovation=0.3, imitation=0.1)
    assert (falling.peak_year, falling.peak_share) == (0, 0)
    assert "fall from the first year" in falling.describe("en")
    assert "no word of mouth" in BassDiffusion(imitation=0).describe("en")
    assert BassDiffusion(imitation=0).share(1) == pytest.approx(1 - math.exp(-0.03))
    assert np.allclose(BassDiffusion(imitation=1e-15).expected(120)["by_word"], 0, atol=1e-6)
    assert BassDiffusion(innovation=1, imitation=10, market=3).simulate(1200, seed=1)["adopters"].iloc[-1] == 3
    with pytest.raises(InputError, match=r"radio.*clothes_dryer"):
        BassDiffusion.published("radio")
    with pytest.raises(InputError, match="radio"):
        BassDiffusion.published(["radio"])


def test_words_and_picture():
    spread = BassDiffusion.published("air_conditioner")
    assert "8.7 years" in spread.describe("en")
    assert "8.7 年后" in spread.describe("zh")
    axes = spread.plot()
    table = spread.expected(240)
    tops = [patch.get_data().values for patch in axes.patches]
    assert np.allclose(tops[0], table["alone"][1:])
    assert np.allclose(tops[1], table["new"][1:])


@pytest.mark.parametrize("years", ["x", -1, math.nan, None, [1, -2], {}, 10**400])
def test_years_that_are_none_are_refused(years):
    with pytest.raises(InputError, match="years"):
        BassDiffusion().share(years)
