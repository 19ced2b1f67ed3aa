"""The grammar: numbers only, bounds that nothing steps around, errors in the learner's words."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import Experiment, InputError, LeakyBucket
from crmlab.experiments.base import parameter
from crmlab.language.catalogue import speaking


@pytest.mark.parametrize("value", ["5", "5%", b"5", True, np.bool_(True), None, [5], Decimal(5), 5 + 0j, np.array([5])])
@pytest.mark.parametrize("name", ["customers", "monthly_churn"])
def test_only_numbers_are_taken(name, value):
    with pytest.raises(InputError, match=f"{name} .* must be a number"):
        LeakyBucket(**{name: value})


@pytest.mark.parametrize("value", [1e6, np.int32(1_000_000), np.float64(1e6), np.uint64(10**6), Fraction(10**6)])
def test_whole_numbers_are_taken_in_every_guise(value):
    firm = LeakyBucket(customers=value)
    assert firm == LeakyBucket(customers=1_000_000)
    assert type(firm.customers) is int


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1.0000001, -1e-12, 10**400])
def test_what_is_no_share_is_refused(value):
    with pytest.raises(InputError, match="monthly_churn"):
        LeakyBucket(monthly_churn=value)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_whatever_number_comes_is_kept_within_bounds_or_named(value):
    if 0 <= value <= 1:
        assert LeakyBucket(monthly_churn=value).monthly_churn == value
    else:
        with pytest.raises(InputError, match=r"monthly_churn .* 0 to 1"):
            LeakyBucket(monthly_churn=value)


WAYS_AROUND = {
    "model_copy": lambda firm: firm.model_copy(update={"monthly_churn": 2}),
    "copy": lambda firm: firm.copy(update={"monthly_churn": 2}),
    "replace": lambda firm: firm.__replace__(monthly_churn=2),
    "construct": lambda firm: type(firm).model_construct(monthly_churn=2),
    "validate": lambda firm: type(firm).model_validate({"monthly_churn": 2}),
    "validate_json": lambda firm: type(firm).model_validate_json('{"monthly_churn": 2}'),
    "setattr": lambda firm: setattr(firm, "monthly_churn", 2),
    "delattr": lambda firm: delattr(firm, "monthly_churn"),
}


@pytest.mark.parametrize("way", WAYS_AROUND)
def test_no_way_leads_around_the_bounds(way):
    firm = LeakyBucket()
    with pytest.raises(InputError, match="monthly_churn"):
        WAYS_AROUND[way](firm)
    assert firm == LeakyBucket()


def test_honest_copies_are_equal():
    firm = LeakyBucket(customers=7)
    for other in (copy.copy(firm), copy.deepcopy(firm), pickle.loads(pickle.dumps(firm)), firm.model_copy()):  # noqa: S301
        assert other == firm
        assert hash(other) == hash(firm)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("en", "monthly_churn (customers lost each month) is 5; allowed is 0 to 1."),
        ("zh", "monthly_churn（每月流失的客户比例）的值是 5，允许范围是 0 到 1。"),
    ],
)
def test_the_error_names_field_value_and_bounds_in_the_language(code, says):
    with speaking(code), pytest.raises(InputError) as error:
        LeakyBucket(monthly_churn=5)
    assert str(error.value) == says
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert "http" not in str(error.value)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(InputError, match=r"churn.*customers, monthly_churn, new_per_month"):
        LeakyBucket(churn=0.1)


def test_a_bound_that_is_not_included_is_said_so():
    class Positive(Experiment):
        size: float = parameter(1, low=0, high=9, above=True, label="size", unit="doors")

    with pytest.raises(InputError, match="more than 0, up to 9"):
        Positive(size=0)


def test_an_author_is_told_what_an_experiment_lacks():
    with pytest.raises(TypeError, match=r"Shop\.doors: make it with parameter"):

        class Shop(Experiment):
            doors: int = 2

    class Half(Experiment):
        doors: int = parameter(2, low=1, high=9, label="doors", unit="doors")

    with pytest.raises(NotImplementedError, match="Half lacks expected"):
        Half().expected()
