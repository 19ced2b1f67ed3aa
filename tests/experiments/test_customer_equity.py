"""Customer equity: against sums written out, the published 5 / 1 / 0.1, and elasticities by trying."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmlab.experiments.customer_equity import LEVERS, PUBLISHED, CustomerEquity
from crmlab.experiments.lifetime_value import CustomerLifetimeValue
from crmlab.language.errors import InputError

firms = st.builds(
    CustomerEquity,
    customers=st.integers(0, 10**5),
    won=st.floats(0, 1e4),
    growth=st.floats(-1, 0.05),
    margin=st.floats(1, 1e4),
    retention=st.floats(0.05, 0.98),
    discount=st.floats(0.07, 0.5),
    acquisition_cost=st.floats(0, 1e4),
)


def test_the_published_elasticities_to_the_digits_printed():
    gains = CustomerEquity().elasticities
    assert PUBLISHED == {"retention": 5, "margin": 1, "acquisition_cost": 0.1}
    assert round(gains["retention"]) == 5
    assert round(gains["margin"]) == 1
    assert round(gains["acquisition_cost"], 1) == 0.1
    assert 3 < gains["retention"] < 7


@pytest.mark.parametrize(("retention", "multiple"), [(0.6, 1.15), (0.7, 1.67), (0.8, 2.50), (0.9, 4.09)])
def test_the_multiple_is_the_published_one(retention, multiple):
    assert round(CustomerEquity(retention=retention, discount=0.12).multiple, 2) == multiple


def test_present_customers_are_worth_their_lifetime_values():
    firm = CustomerEquity(won=0, customers=250, retention=0.7, discount=0.1, margin=300)
    one = CustomerLifetimeValue(retention=0.7, discount=0.1, margin=300)
    assert firm.value == firm.present == pytest.approx(250 * one.value)


@given(firms)
@settings(max_examples=40)
def test_value_is_what_the_years_add_up_to(firm):
    last = firm.expected(1200)["value"].iloc[-1]  # what comes after a hundred years weighs 1.07**-100, about 0.1%
    size = firm.present + firm._weight * (firm.margin * firm.multiple + firm.acquisition_cost)
    slow = max((1 + firm.growth) / (1 + firm.discount), firm.retention / (1 + firm.discount)) ** 100
    assert last == pytest.approx(firm.value, abs=(101 * slow + 1e-9) * (size + 1))


@given(firms)
@settings(max_examples=60)
def test_elasticities_are_what_a_little_better_brings(firm):
    assume(firm.value > 0.05 * (firm.present + firm._weight * firm.margin))
    step = 1e-6
    for lever, gain in firm.elasticities.items():
        better = firm.better(lever, step).value / firm.value - 1
        worse = {"retention": 1 - step, "margin": 1 - step}.get(lever, 1 + step)
        less = firm.model_copy(update={lever: getattr(firm, lever) * worse}).value / firm.value - 1
        assert (better - less) / (2 * step) == pytest.approx(gain, rel=1e-3, abs=1e-3), lever


@given(firms)
def test_what_holds_whatever_the_numbers(firm):
    assume(firm._priced)
    gains = firm.elasticities
    assert gains["margin"] == pytest.approx(1 + gains["acquisition_cost"])
    left = 1 + firm.discount - firm.retention
    assert gains["retention"] == pytest.approx(gains["margin"] * (1 + firm.discount) / left)


def test_retention_counts_more_where_there_is_more_of_it():
    gains = [CustomerEquity(retention=r, won=0, discount=0.1).elasticities["retention"] for r in (0.5, 0.8, 0.9, 1)]
    assert gains == pytest.approx([1.1 / 0.6, 1.1 / 0.3, 1.1 / 0.2, 1.1 / 0.1])


@pytest.mark.parametrize(
    "firm",
    [
        CustomerEquity(margin=0),
        CustomerEquity(retention=0, won=0),
        CustomerEquity(customers=0, won=0),
        CustomerEquity(growth=0.2),
        CustomerEquity(growth=0.12, discount=0.12, margin=0, acquisition_cost=0),
        CustomerEquity(growth=0.2, acquisition_cost=0, retention=0, customers=5),
    ],
    ids=repr,
)
def test_no_percentage_of_nothing_or_of_everything(firm):
    with pytest.raises(InputError, match="more than 0 and finite"):
        firm.elasticities  # noqa: B018
    words = firm.describe("en")
    assert "would say nothing" in words
    assert "nan" not in words
    assert np.isfinite(firm.expected(1200).to_numpy()).all()


def test_growth_without_limit_is_told():
    assert CustomerEquity(growth=0.2).value == math.inf
    assert CustomerEquity(growth=0.2, margin=0).value == -math.inf
    assert "no firm grows like this" in CustomerEquity(growth=0.2).describe("en")
    assert CustomerEquity(growth=0.2, won=0).value == CustomerEquity(won=0).value


def test_runs_agree_with_means():
    firm, replicates = CustomerEquity(customers=300, won=40, growth=0.1), 4000
    runs = firm.simulate(60, seed=2, replicates=replicates)
    means, groups = firm.expected(60).set_index("year"), runs.groupby("year")
    for name in ("customers", "kept", "won", "cash", "value"):
        error = (groups[name].std() / np.sqrt(replicates)).clip(lower=1e-9)
        assert ((groups[name].mean() - means[name]).abs() <= 5 * error + 1e-6).all(), name
    stays = firm.retention ** np.arange(6)
    later = np.array([sum(40 * 1.1 ** (k - 1) * stays[t - k] for k in range(1, t + 1)) for t in range(6)])
    spread = np.sqrt(300 * stays * (1 - stays) + later)  # binomial of those of today, Poisson of those won
    assert groups["customers"].std().to_numpy() == pytest.approx(spread, rel=0.07)


def test_levers():
    assert set(LEVERS) == set(CustomerEquity().elasticities)
    assert CustomerEquity().better("discount", 0.5).discount == 0.06
    with pytest.raises(InputError, match="share"):
        CustomerEquity().better("margin", 2)
    with pytest.raises(InputError, match="retention"):
        CustomerEquity(retention=0.99).better("retention", 0.1)


def test_words_and_bars(axes):
    words = CustomerEquity().describe("en")
    for part in ("46,072,727", "4.92%", "1.1%", "0.66%", "0.1%", "3% at a retention of 60%", "7% at 95%"):
        assert part in words
    assert "客户资产" in CustomerEquity().describe("zh")
    CustomerEquity().plot(axes)
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == pytest.approx(list(CustomerEquity().elasticities.values()))
