"""Returning customers: the months of the known figures, closed forms against a plain recursion, runs against means."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.returning import ReturningCustomers
from crmlab.language.errors import InputError

FIRMS = [
    ReturningCustomers(buyers=200),
    ReturningCustomers(buyers=40, share=0.5, churn=0.3, pace=2.5),
    ReturningCustomers(buyers=300, share=0.2, churn=1),
    ReturningCustomers(buyers=300, share=1, churn=0),
]


def by_recursion(firm, months):
    """Revenue multiples of months 1 to ``months``: who joins buys from the next month and may leave after that."""
    returning, multiples = 0.0, []
    for _month in range(months):
        multiples.append(1 + firm.pace * returning)
        returning = returning * (1 - firm.churn) + firm.share
    return multiples


@pytest.mark.parametrize(("churn", "month"), [(0, 21), (0.01, 24), (0.03, 32), (0.05, math.inf), (0.08, math.inf)])
def test_months_to_double(churn, month):
    firm = ReturningCustomers(share=0.05, churn=churn)
    assert firm.month_of(2) == firm.month_of() == month


def test_leaving_before_the_first_return_would_give_another_month():
    """The convention matters: 33, not 32, if returners could leave before they have come back once."""
    returning, month = 0.0, 1
    while 1 + returning < 2:
        returning = (returning + 0.05) * 0.97
        month += 1
    assert month == 33


def test_one_off_reading_and_the_tenfold_customer():
    firm = ReturningCustomers(share=0.05, churn=1 / 9)
    assert firm.extra_needed(2) == 20
    assert firm.worth == pytest.approx(10)
    assert firm.ceiling == pytest.approx(1.45)
    assert ReturningCustomers(churn=0.05).ceiling == 2
    assert firm.churn_allowed(2) == pytest.approx(0.05)


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_closed_form_is_the_recursion(firm):
    table = firm.expected(40)
    assert table["multiple"].tolist()[1:] == pytest.approx(by_recursion(firm, 40))
    assert (table["revenue"] == table["new"] + firm.pace * table["returning"]).all()
    assert table.iloc[0].tolist() == [0] * 5


@given(
    st.floats(0.001, 1), st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-6, 0.9)), st.floats(0.1, 5),
    st.floats(1.001, 20),
)  # fmt: skip
@settings(max_examples=200)
def test_the_month_is_the_first_that_reaches_it(share, churn, pace, multiple):
    firm = ReturningCustomers(share=share, churn=churn, pace=pace)
    month = firm.month_of(multiple)
    if month == math.inf:
        assert firm.ceiling <= multiple * (1 + 1e-9)
    elif month <= 1200:
        reached = firm.expected(int(month))["multiple"]
        assert reached.iloc[-1] >= multiple * (1 - 1e-6)
        assert month == 1 or reached.iloc[-2] < multiple * (1 + 1e-6)


@given(st.one_of(st.just(0.0), st.floats(1e-9, 0.5)), st.floats(1.01, 5), st.integers(2, 60))
@settings(max_examples=50)
def test_share_needed_does_it(churn, multiple, month):
    firm = ReturningCustomers(churn=churn)
    share = firm.share_needed(multiple, month)
    if share <= 1:
        there = firm.model_copy(update={"share": share}).expected(month)["multiple"].iloc[-1]
        assert there == pytest.approx(multiple)
    if churn > 0 and firm.share_needed(multiple) <= 1:
        assert firm.model_copy(update={"share": firm.share_needed(multiple)}).ceiling == pytest.approx(multiple)


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_runs_agree_with_means_and_spread(firm):
    replicates = 3000
    runs = firm.simulate(8, seed=3, replicates=replicates)
    means = firm.expected(8).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(replicates)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error).all(axis=None)
    spread = firm.spread(8)[1:]
    assert groups.std()["multiple"].to_numpy()[1:] == pytest.approx(spread, rel=5 / math.sqrt(2 * replicates))
    assert runs.equals(firm.simulate(8, seed=3, replicates=replicates))


def test_limits():
    nobody = ReturningCustomers(buyers=0)
    assert (nobody.expected(12)[["new", "returning", "revenue", "multiple"]] == 0).all(axis=None)
    assert (nobody.simulate(12, seed=1)["revenue"] == 0).all()
    assert ReturningCustomers(share=0).ceiling == 1
    assert ReturningCustomers(share=0).month_of(2) == math.inf
    assert ReturningCustomers(share=0).month_of(1) == 1
    assert ReturningCustomers(share=0).extra_needed(2) == math.inf
    assert ReturningCustomers(pace=0).share_needed(2) == math.inf
    assert ReturningCustomers(share=1, churn=1).month_of(2) == 2
    assert ReturningCustomers(share=1e-300, churn=1e-300).ceiling == 2
    assert ReturningCustomers(buyers=1e9, share=1, churn=0, pace=1000).expected(1200)["multiple"].iloc[-1] == 1 + 1199e3


@pytest.mark.parametrize("wrong", [0.9, "2", float("nan"), True])
def test_a_multiple_is_a_number_from_one_on(wrong):
    for verb in ("month_of", "extra_needed", "share_needed", "churn_allowed"):
        with pytest.raises(InputError, match="multiple"):
            getattr(ReturningCustomers(), verb)(wrong)


def test_words_follow_the_numbers():
    assert "in month 32, and 2.67 times" in ReturningCustomers().describe("en")
    assert "never reaches 2 times" in ReturningCustomers(churn=0.1).describe("en")
    assert "without end" in ReturningCustomers(churn=0).describe("en")
    assert "nothing is bought again" in ReturningCustomers(pace=0).describe("en")
    assert "Nobody buys" in ReturningCustomers(buyers=0).describe("en")
    assert "第 32 个月达到 2 倍" in ReturningCustomers().describe("zh")
