"""The complaint iceberg against Bayes by brute force, the ladder against TARP's table, and runs against means."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.complaints import (
    LADDER,
    RATES,
    ComplaintIceberg,
    RepurchaseLadder,
    believed,
    infer,
    ladder,
)
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

FIRMS = [
    ComplaintIceberg(),
    ComplaintIceberg(complaints=3, complaint_rate=0.69, serious_share=1, silent_leave=0.2),
    ComplaintIceberg(complaints=500, complaint_rate=1, complaining_leave=0.5),
]
DESKS = [
    RepurchaseLadder(),
    RepurchaseLadder(large_loss=0, quick_share=1, margin=30.5),
    RepurchaseLadder(large_loss=0.4, complain_share=0.04, resolved_share=0.9, problems=2000),
]


def agrees(experiment, months=3, replicates=4000):
    """Every column of a run has the mean of ``expected``, within five standard errors."""
    runs = experiment.simulate(months=months, seed=11, replicates=replicates)
    means = experiment.expected(months=months).set_index("month")
    assert set(means.columns) < set(runs.columns)
    assert len(runs) == (months + 1) * replicates
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(replicates)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-9 * means.abs()).all(axis=None)
    pd.testing.assert_frame_equal(runs, experiment.simulate(months=months, seed=11, replicates=replicates))


@pytest.mark.parametrize("experiment", [*FIRMS, *DESKS], ids=repr)
def test_runs_agree_with_means(experiment):
    agrees(experiment)


def test_claim_of_the_iceberg():
    month = ComplaintIceberg(complaints=1).expected(months=1).iloc[1]
    assert month[["dissatisfied", "complaining", "silent", "serious"]].tolist() == [25, 1, 24, 6]
    assert month["lost"] == pytest.approx(24 * 0.9 + 0.3)


def by_brute_force(complaints, rate, most):
    """The posterior of 0 ... ``most`` dissatisfied customers with a flat prior, straight from Bayes' theorem."""
    from scipy.stats import binom

    chance = binom.pmf(complaints, np.arange(most + 1), rate)
    return chance / chance.sum()


@pytest.mark.parametrize(("complaints", "rate"), [(0, 0.04), (1, 0.04), (10, 0.04), (7, 0.69), (40, 0.5)])
def test_inference_is_bayes(complaints, rate):
    chance = by_brute_force(complaints, rate, 3000)
    below = np.cumsum(chance)
    hidden = infer(complaints, rate, 0.90)
    assert hidden.mean == pytest.approx((chance * np.arange(3001)).sum(), rel=1e-6)
    assert (hidden.low, hidden.median, hidden.high) == tuple(np.searchsorted(below, np.array([0.05, 0.5, 0.95]) - 1e-9))
    assert chance[hidden.most_likely] == pytest.approx(chance.max())


def test_interval_covers_as_often_as_it_says():
    """Draw the truth from a flat prior, then the complaints: nine in ten intervals must hold the truth."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3000, 20_000)
    heard = rng.binomial(truth, 0.1)
    intervals = {k: infer(int(k), 0.1, 0.90) for k in np.unique(heard)}
    inner = truth < 2000  # away from the edge, where the prior ends
    inside = np.array([intervals[k].low <= n <= intervals[k].high for n, k in zip(truth, heard, strict=True)])
    assert 0.89 < inside[inner].mean() < 0.93


def test_more_months_narrow_the_interval_but_not_the_doubt_about_the_rate():
    firm = ComplaintIceberg(complaints=10)
    one, year = firm.hidden(), firm.hidden(months=12)
    assert (year.high - year.low) / year.mean < 0.4 * (one.high - one.low) / one.mean
    for months in (1, 12):
        likely = firm.by_belief(months=months)["most_likely"]
        assert likely.max() / likely.min() > 60


@given(st.integers(0, 10**6), st.floats(0.001, 1), st.floats(0.01, 0.99))
@settings(max_examples=40)
def test_inference_keeps_its_order(complaints, rate, level):
    hidden = infer(complaints, rate, level)
    assert complaints <= hidden.low <= hidden.median <= hidden.high
    assert complaints <= hidden.most_likely <= hidden.mean + 1e-6


def test_beliefs_name_each_rate_in_print():
    assert ComplaintIceberg().by_belief()["complaint_rate"].tolist() == sorted(RATES)
    assert {0.04, 0.69} < set(RATES)


@pytest.mark.parametrize("level", [0, 1, 90, -0.1, "0.9", True, None, float("nan")])
def test_level_must_be_a_share(level):
    with pytest.raises(InputError, match="level"):
        believed(level)


@pytest.mark.parametrize("change", [{"complaint_rate": 0}, {"complaints": 1.5}, {"serious_share": 2}])
def test_bounds_of_the_iceberg(change):
    with pytest.raises(InputError, match=next(iter(change))):
        ComplaintIceberg(**change)


def test_one_table_two_rows():
    small, large = LADDER.values()
    assert list(large.values()) == [0.09, 0.19, 0.54, 0.82]
    assert list(small.values()) == [0.37, 0.46, 0.70, 0.95]
    assert list(RepurchaseLadder(large_loss=0.5).repurchase.values()) == pytest.approx([0.23, 0.325, 0.62, 0.885])
    with speaking("en"):
        assert ladder().loc["loss over 100 dollars", "resolved quickly"] == 0.82


@pytest.mark.parametrize("desk", DESKS, ids=repr)
def test_money_of_the_desk(desk):
    month = desk.expected(months=1).iloc[1]
    assert sum(desk.rungs.values()) == pytest.approx(1)
    assert month["kept"] + month["lost"] == pytest.approx(desk.problems)
    assert desk.roi == pytest.approx(month["profit"] / month["cost"])
    # what the desk saves is the difference from a desk that resolves nothing
    idle = desk.model_copy(update={"resolved_share": 0}).expected(months=1).iloc[1]
    assert month["saved"] == pytest.approx(month["kept"] - idle["kept"])
    # at its break-even cost the desk earns nothing
    even = desk.model_copy(update={"cost_per_complaint": desk.break_even_cost})
    assert even.roi == pytest.approx(0)
    # speed: all quick against as it is
    quick = desk.model_copy(update={"quick_share": 1}).expected(months=1).iloc[1]
    assert desk.value_of_speed == pytest.approx(desk.margin * (quick["kept"] - month["kept"]))
    # one more complaint in place of a silent customer
    step = 1 / desk.problems
    louder = desk.model_copy(update={"complain_share": desk.complain_share + step}).expected(months=1).iloc[1]
    gain = desk.margin * (louder["kept"] - month["kept"]) - (louder["cost"] - month["cost"])
    assert desk.value_of_a_complaint == pytest.approx(gain)


def test_free_or_idle_desk():
    assert RepurchaseLadder(cost_per_complaint=0).roi == float("inf")
    assert RepurchaseLadder(cost_per_complaint=0, margin=0).roi == 0
    assert RepurchaseLadder(complain_share=0).expected(1)["cost"].tolist() == [0, 0]


@pytest.mark.parametrize("experiment", [*FIRMS, *DESKS, ComplaintIceberg(complaints=0), RepurchaseLadder(problems=0)])
@pytest.mark.parametrize("months", [0, 1, 12])
def test_picture_and_words_at_every_edge(experiment, months):
    import matplotlib.pyplot as plt

    assert experiment.plot(months=months).get_title(loc="left")
    plt.close("all")
    assert "nan" not in experiment.describe("en", months=months)
    assert len(experiment.simulate(months=months, seed=1)) == months + 1


def test_words_in_both_languages():
    firm, desk = ComplaintIceberg(), RepurchaseLadder()
    assert "156 to 420" in firm.describe("en")
    assert "1000" in firm.describe("zh")
    assert "投诉" in firm.describe("zh")
    assert "82%" in desk.describe("en")
    assert "投诉" in desk.describe("zh")
    assert "73" in ComplaintIceberg(complaints=0).describe("en")
    with speaking("zh"):
        assert not any(name.isascii() for name in [*ladder().index, *ladder().columns])
