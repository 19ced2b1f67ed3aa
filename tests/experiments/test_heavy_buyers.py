"""Heavy buyers: curves against quadrature and plain sums over the NBD, runs against the population's values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.heavy_buyers import (
    HeavyBuyers,
    _gini,
    _lorenz,
    _window,
    gamma_shape,
    lognormal_share,
    lognormal_sigma,
    windows,
)
from crmlab.language.errors import InputError


def nbd(shape, mean, most=4000):
    """Numbers of purchases, the most first, with their chances, term by term."""
    from scipy.stats import nbinom

    count = np.arange(most + 1)
    return count[::-1], nbinom.pmf(count, shape, shape / (shape + mean))[::-1]


def by_hand(shape, mean, top):
    """Share of purchases of the ``top`` customers with the most, counted down number by number."""
    count, chance = nbd(shape, mean)
    taken = np.clip(top - (np.cumsum(chance) - chance), 0, chance)
    return float(taken @ count) / mean


def test_the_claims_shape():
    shape = gamma_shape(0.025, 0.33)
    assert shape == pytest.approx(0.1552, abs=1e-4)
    assert HeavyBuyers.of(0.025, 0.33).lasting() == pytest.approx(0.33, abs=1e-9)
    sigma = lognormal_sigma(0.025, 0.33)
    assert sigma == pytest.approx(1.5201, abs=1e-4)
    assert lognormal_share(sigma, 0.025) == pytest.approx(0.33)


def test_lorenz_curves_by_quadrature():
    from scipy.stats import gamma, lognorm

    for law, share in (
        (gamma(0.3), float(_lorenz(0.3, np.array([0.1]))[0])),
        (lognorm(1.2), lognormal_share(1.2, 0.1)),
    ):
        border = law.isf(0.1)
        assert share == pytest.approx(law.expect(lambda x: x, lb=border) / law.mean(), rel=1e-5)
    assert _lorenz(1, np.array([0.2]))[0] == pytest.approx(0.2 * (1 - math.log(0.2)))  # exponential, in closed form


@pytest.mark.parametrize(("shape", "mean"), [(0.155, 0.2), (0.155, 12), (1, 1), (40, 3), (0.1, 5), (1000, 0.7)])
@pytest.mark.parametrize("top", [0.001, 0.025, 0.2, 0.9, 1])
def test_windows_term_by_term(shape, mean, top):
    assert float(_window(shape, np.array(mean), np.array(top))) == pytest.approx(by_hand(shape, mean, top), abs=1e-9)


@pytest.mark.parametrize(("shape", "mean"), [(0.155, 0.2), (0.155, 12), (1, 1), (40, 3), (0.05, 5), (1000, 0.7)])
def test_gini_term_by_term(shape, mean):
    count, chance = nbd(shape, mean)
    below = np.cumsum(chance[::-1])
    assert float(_gini(shape, np.array([mean]))[0]) == pytest.approx((below * (1 - below)).sum() / mean, abs=1e-9)
    assert count[-1] == 0


def test_a_long_window_shows_the_lasting_differences():
    firm = HeavyBuyers(purchases=1000)
    last = firm.expected(1200).iloc[-1]
    assert last["top_sales"] == pytest.approx(firm.lasting(), abs=1e-5)
    assert last["again"] == pytest.approx(firm.lasting(), abs=1e-5)
    assert last["gini"] == pytest.approx(firm.gini, abs=1e-4)
    assert HeavyBuyers(shape=1).gini == 0.5


@given(st.floats(0.02, 100), st.floats(0.01, 20), st.floats(0.001, 0.5))
@settings(max_examples=50, deadline=None)
def test_the_shorter_the_look_the_more(shape, purchases, top):
    firm = HeavyBuyers(shape=shape, purchases=purchases, top=top)
    table = firm.expected(36).iloc[1:]
    assert (np.diff(table["top_sales"]) <= 1e-9).all()
    assert (table["top_sales"] >= firm.lasting() - 1e-9).all()
    assert (table["again"] <= firm.lasting() + 1e-9).all()
    assert (np.diff(table["bought"]) >= -1e-12).all()
    assert (table["buyers_sales"] <= table["top_sales"] + 1e-9).all()
    assert firm.luck(3) <= firm.seen(3) + 1e-9


def test_luck_is_the_limit_of_likeness():
    alike = HeavyBuyers(shape=1000, purchases=0.4)
    assert alike.seen(2) == pytest.approx(alike.luck(2), abs=2e-3)
    assert HeavyBuyers(purchases=0).luck(12) == 0


def test_of_a_window():
    firm = HeavyBuyers.of(0.025, 0.33, months=6)
    assert firm.seen(6) == pytest.approx(0.33)
    assert firm.lasting() < 0.33
    with pytest.raises(InputError, match="possible is"):
        HeavyBuyers.of(0.025, 0.15, months=1)


@pytest.mark.parametrize(
    "firm",
    [
        HeavyBuyers(customers=200_000),
        HeavyBuyers(customers=50_000, shape=3, purchases=2, top=0.2),
        HeavyBuyers(customers=20_000, shape=0.5, purchases=900, top=0.1),  # numbers in classes
    ],
    ids=repr,
)
def test_runs_agree_with_the_population(firm):
    replicates = 400
    runs = firm.simulate(3, seed=4, replicates=replicates)
    means = firm.expected(3).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / math.sqrt(replicates)).clip(lower=1e-9)
    slack = 20 * means.abs() / firm.customers  # shares of a finite firm are a little biased
    assert ((groups.mean() - means).abs() <= 5 * error + slack).all(axis=None)
    # purchases are sums of like negative binomials: their spread is known
    mean = firm.purchases * 3
    spread = math.sqrt(firm.customers * mean * (1 + mean / firm.shape))
    assert groups.std().loc[3, "purchases"] == pytest.approx(spread, rel=0.18)
    assert runs.equals(firm.simulate(3, seed=4, replicates=replicates))


def test_runs_person_by_person():
    """One window drawn customer by customer, and the next one with the same rates."""
    rng = np.random.default_rng(9)
    firm = HeavyBuyers(customers=100_000)
    rate = rng.gamma(firm.shape, firm.purchases / firm.shape, firm.customers)
    first, second = rng.poisson(rate * 2), rng.poisson(rate * 2)
    heaviest = np.argsort(-first, kind="stable")[: int(firm.top * firm.customers)]
    there = firm.expected(2).iloc[-1]
    assert first[heaviest].sum() / first.sum() == pytest.approx(there["top_sales"], rel=0.03)
    assert second[heaviest].sum() / second.sum() == pytest.approx(there["again"], rel=0.04)
    assert (first > 0).mean() == pytest.approx(there["bought"], rel=0.03)


def test_small_and_large_firms():
    for change in ({"customers": 0}, {"customers": 1}, {"purchases": 0}, {"top": 0}, {"top": 1}, {"shape": 0.01},
                   {"customers": 10**9, "purchases": 1000, "shape": 0.01}):  # fmt: skip
        firm = HeavyBuyers(**change)
        for frame in (firm.expected(30), firm.simulate(30, seed=2, replicates=2)):
            assert np.isfinite(frame.to_numpy()).all()
            shares = frame.drop(columns=["month", "purchases"] + ["replicate"] * ("replicate" in frame))
            assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    assert (HeavyBuyers(top=1).expected(5)["top_sales"][1:] == 1).all()
    assert "Nobody buys" in HeavyBuyers(customers=0).describe("en")


def test_rows_are_windows():
    assert windows(0).tolist() == [0]
    assert windows(35).tolist() == list(range(25))
    assert windows(36).tolist() == [*range(25), 36]
    assert HeavyBuyers().simulate(40, seed=1)["month"].max() == 36


@pytest.mark.parametrize(("top", "sales"), [(0.2, 0.2), (0.2, 0.1), (0, 0.5), (0.2, 1), (0.2, 1.5), (True, 0.5)])
def test_what_no_curve_can_do_is_refused(top, sales):
    for solve in (gamma_shape, lognormal_sigma):
        with pytest.raises(InputError, match=r"top|sales"):
            solve(top, sales)


def test_words():
    words = HeavyBuyers.of(0.025, 0.33).describe("en")
    for part in ("make 33% of the sales", "35.3% of the known", "42.8%", "32.1%"):
        assert part in words
    assert "基尼" not in words
    assert "运气" in HeavyBuyers().describe("zh")
