"""The two lists as printed, losses by reason against their means, and what exit interviews can know."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.loss import LISTS, PRICE, REASONS, SERVICE, LossReasons, tables
from crmlab.experiments.retention import LeakyBucket
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

FIRMS = [
    LossReasons(),
    LossReasons(list_number=2, prevented=0.25, customers=400, monthly_churn=0.2),
    LossReasons(prevented=1, indifference=0.9),
    LossReasons(prevented=1, indifference=1),
    LossReasons(monthly_churn=1, prevented=0.3),
]


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_runs_agree_with_means(firm):
    replicates = 4000
    runs = firm.simulate(months=3, seed=2, replicates=replicates)
    means = firm.expected(months=3).set_index("month")
    assert set(means.columns) < set(runs.columns)
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(replicates)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-9).all(axis=None)
    assert (runs[list(firm.shares)].sum(axis=1) == runs["lost"]).all()
    assert runs.groupby("replicate")["lost"].sum().add(runs[runs["month"] == 3].set_index("replicate")["customers"]).eq(
        firm.customers
    ).all()  # fmt: skip
    pd.testing.assert_frame_equal(runs, firm.simulate(months=3, seed=2, replicates=replicates))


def test_lists_are_as_printed():
    assert sum(LISTS[1].values()) == pytest.approx(1.00)
    assert sum(LISTS[2].values()) == pytest.approx(0.99)
    assert list(LISTS[1].values()) == [0.01, 0.03, 0.04, 0.05, 0.09, 0.10, 0.68]
    assert list(LISTS[2].values()) == [0.03, 0.05, 0.09, 0.14, 0.68]
    assert set(LISTS[1]) | set(LISTS[2]) | {"not_stated"} == set(REASONS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_do_not_hide_the_missing_hundredth(language):
    with speaking(language):
        table = tables()
    sums = table.groupby("list").last()
    assert sums["share"].tolist() == [1.0, 0.99]
    assert sums["note"].tolist()[0] == ""
    assert "1%" in sums["note"].tolist()[1]
    assert all(reason.isascii() == (language == "en") for reason in table["reason"])


def test_first_month_of_each_list():
    first = LossReasons(prevented=0, monthly_churn=0.1).expected(months=1).iloc[1]
    assert {reason: first[reason] for reason in LISTS[1]} == pytest.approx({r: 100 * s for r, s in LISTS[1].items()})
    second = LossReasons(list_number=2, prevented=0, monthly_churn=0.1).expected(months=1).iloc[1]
    assert second["not_stated"] == pytest.approx(1)
    assert first["saved"] == second["saved"] == 0


@given(st.sampled_from([1, 2]), *[st.floats(0, 1)] * 4)
def test_shares_make_one(name, indifference, prevented, excuse, blame):
    firm = LossReasons(list_number=name, indifference=indifference, prevented=prevented, excuse=excuse, blame=blame)
    for shares in (firm.shares, firm.reported):
        assert sum(shares.values()) == pytest.approx(1)
        assert min(shares.values()) >= 0
    assert firm.shares[SERVICE[name]] == indifference
    assert firm.churn_after <= firm.monthly_churn
    if abs(1 - excuse - blame) > 0.01:
        assert firm.true_share(min(firm.reported[SERVICE[name]], 1)) == pytest.approx(indifference, abs=1e-6)


def test_halving_indifference_is_a_leaky_bucket_with_less_churn():
    firm = LossReasons(customers=1000, monthly_churn=0.05, prevented=0.5)
    bucket = LeakyBucket(customers=1000, monthly_churn=0.05 * 0.66, new_per_month=0)
    assert firm.churn_after == pytest.approx(0.033)
    assert firm.expected(12)["customers"].tolist() == pytest.approx(bucket.expected(12)["customers"].tolist())
    worse = LeakyBucket(customers=1000, monthly_churn=0.05, new_per_month=0).expected(12)["customers"].iloc[-1]
    assert firm.expected(12)["saved"].iloc[-1] == pytest.approx(bucket.expected(12)["customers"].iloc[-1] - worse)


def test_excuses_and_blame():
    polite = LossReasons(excuse=0.5)
    assert polite.reported[SERVICE[1]] == pytest.approx(0.34)
    assert polite.reported[PRICE[1]] == pytest.approx(0.09 + 0.34)
    assert LossReasons(blame=0.3).true_share(0.68) == pytest.approx(0.38 / 0.7)
    assert LossReasons(blame=0.3).true_share(0.1) == 0
    with pytest.raises(InputError, match="do not depend"):
        LossReasons(excuse=0.4, blame=0.6).true_share(0.5)


@pytest.mark.parametrize("reported", [-0.1, 1.1, "68%", True, None, float("nan")])
def test_reported_must_be_a_share(reported):
    with pytest.raises(InputError, match="reported"):
        LossReasons().true_share(reported)


@pytest.mark.parametrize(("asked", "share"), [(100, 0.68), (30, 0.1), (10, 0.0), (10, 1.0)])
def test_interval_is_exact(asked, share):
    """At either end of the interval what was seen, or more extreme, has a chance of one in twenty."""
    from scipy.stats import binom

    shown = LossReasons(interviews=asked, indifference=share).interval(0.90)
    assert shown.share == pytest.approx(shown.blamed / asked)
    if shown.blamed:
        assert binom.sf(shown.blamed - 1, asked, shown.low) == pytest.approx(0.05)
    if shown.blamed < asked:
        assert binom.cdf(shown.blamed, asked, shown.high) == pytest.approx(0.05)


def test_more_interviews_narrow_around_the_wrong_number():
    many = LossReasons(interviews=100_000, excuse=0.4).interval(0.99)
    assert many.high < 0.42 < 0.68


@pytest.mark.parametrize("change", [{"list_number": 3}, {"indifference": 1.2}, {"interviews": 0}, {"excuse": -1}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        LossReasons(**change)


EDGES = [
    LossReasons(customers=0), LossReasons(monthly_churn=0), LossReasons(indifference=0), LossReasons(interviews=1),
    LossReasons(customers=10**12), LossReasons(excuse=1), LossReasons(blame=1, list_number=2),
]  # fmt: skip


@pytest.mark.parametrize("firm", [*FIRMS, *EDGES], ids=repr)
@pytest.mark.parametrize("months", [0, 12])
def test_picture_and_words_at_every_edge(firm, months):
    import matplotlib.pyplot as plt

    assert firm.plot(months=months).get_title(loc="left")
    plt.close("all")
    assert "nan" not in firm.describe("en", months=months)
    runs = firm.simulate(months=months, seed=1)
    assert len(runs) == months + 1
    assert (runs[list(firm.shares)].to_numpy() >= 0).all()


def test_words_in_both_languages():
    assert "from 5% to 3.3%" in LossReasons().describe("en")
    assert "99%" in LossReasons(list_number=2).describe("en")
    assert "99%" in LossReasons(list_number=2).describe("zh")
    assert "流失" in LossReasons().describe("zh")
