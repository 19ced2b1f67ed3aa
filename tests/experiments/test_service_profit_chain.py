"""The service-profit chain: products by hand, lognormal quantiles against draws, Sears, and the time it takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.service_profit_chain import LINKS, STATIONS, ServiceProfitChain
from crmlab.language.errors import InputError

links = st.floats(0, 3)


@given(links, links, links, links, links, st.floats(0, 0.5))
def test_percentages_multiply(a, b, c, d, e, improvement):
    chain = ServiceProfitChain(
        improvement=improvement, employees=a, value=b, satisfaction=c, loyalty=d, profit=e, spread=0
    )
    assert chain.effect == pytest.approx(improvement * a * b * c * d * e)
    steps = 100 * improvement * np.array([1, a, a * b, a * b * c, a * b * c * d, a * b * c * d * e])
    assert chain.changes == pytest.approx(steps)
    assert chain.interval() == pytest.approx(np.column_stack([steps, steps]))


def test_sears_as_published():
    chain = ServiceProfitChain.sears()
    assert chain.changes[1] == pytest.approx(5)
    assert chain.changes[3] == pytest.approx(1.3)
    assert chain.changes[5] == pytest.approx(0.5)
    assert "0.5%" in chain.describe("en")


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.8])
def test_runs_agree_with_mean_spread_and_interval(spread):
    chain, replicates = ServiceProfitChain(spread=spread, lag=1), 40_000
    runs = chain.simulate(5, seed=4, replicates=replicates)
    last = runs[runs["month"] == 5]
    means = chain.expected(5).iloc[-1]
    for steps, name in enumerate(STATIONS):
        error = max(last[name].std() / np.sqrt(replicates), 1e-12)
        assert abs(last[name].mean() - means[name]) <= 5 * error, name
        low, high = chain.interval(0.9)[steps]
        if steps:
            assert ((last[name] >= low) & (last[name] <= high)).mean() == pytest.approx(0.9, abs=0.01)
            assert (last[name] < low).mean() == pytest.approx(0.05, abs=0.007)
    assert np.log(last["profit"]).std() == pytest.approx(np.sqrt(5 * np.log1p(spread**2)), rel=0.02)
    assert last["profit"].median() == pytest.approx(100 * chain.median, rel=0.03)
    if spread < 0.5:  # the sample spread of a wide lognormal is no use
        assert last["profit"].std() / last["profit"].mean() == pytest.approx(
            np.sqrt((1 + spread**2) ** 5 - 1), rel=0.05
        )


def test_the_elasticities_are_drawn_once_a_chain_and_independently():
    runs = ServiceProfitChain(lag=0).simulate(3, seed=1, replicates=3000)
    assert (runs.groupby("replicate")["profit"].nunique() == 1).all()
    first = runs[runs["month"] == 0]
    passed = first["value"] / first["employees"]
    assert abs(np.corrcoef(first["employees"], passed)[0, 1]) < 5 / np.sqrt(3000)


def test_each_station_waits_for_the_one_before():
    table = ServiceProfitChain(lag=4).expected(20)
    first = [int(table.loc[table[name] > 0, "month"].iloc[0]) for name in STATIONS]
    assert first == [0, 4, 8, 12, 16, 20]
    assert "profit has not moved" in ServiceProfitChain(lag=4).describe("en", months=19)
    assert "It takes 20 months to get there." in ServiceProfitChain(lag=4).describe("en", months=20)


@pytest.mark.parametrize("link", LINKS)
def test_a_broken_link_passes_on_nothing(link):
    chain = ServiceProfitChain(**{link: 0})
    assert chain.effect == chain.median == 0
    assert "passes on nothing" in chain.describe("en")


def test_doubt_widens_along_the_chain():
    low, high = ServiceProfitChain().interval().T
    assert (np.diff(high[:] / low[:]) > 0).all()
    assert ServiceProfitChain().median < ServiceProfitChain().effect


@pytest.mark.parametrize("level", [0, 1, 90, "0.9", None])
def test_level_must_be_a_share(level):
    with pytest.raises(InputError, match="level"):
        ServiceProfitChain().interval(level)


def test_what_has_not_arrived_is_hollow(axes):
    ServiceProfitChain(lag=12).plot(axes, months=24)
    assert any("hollow" in text.get_text() for text in axes.texts)
    ServiceProfitChain(lag=1).plot(axes, months=24)
    assert not any("hollow" in text.get_text() for text in axes.texts)


def test_words():
    words = ServiceProfitChain().describe("en")
    for part in ("10% × 0.6 × 0.5 × 0.7 × 0.4 × 2", "1.7%", "0.46% to 4%", "1.4%", "customer satisfaction to loyalty"):
        assert part in words
    assert "客户忠诚" in ServiceProfitChain().describe("zh")
