"""The retention curve: the published fit, recovery of what was put in, and tables that are no cohort."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.retention_curve import RetentionCurve
from crmlab.language.errors import InputError


def cohort(*customers):
    return pd.DataFrame({"period": range(len(customers)), "customers": customers})


@pytest.fixture(scope="module")
def high_end():
    return RetentionCurve.fit(RetentionCurve.example("high_end").query("period <= 7"))


def test_the_published_fits_are_reproduced(high_end):
    assert (round(high_end.alpha, 3), round(high_end.beta, 3)) == (0.668, 3.806)
    assert round(high_end.log_likelihood, 1) == -1611.2
    regular = RetentionCurve.fit(RetentionCurve.example("regular").query("period <= 7"))
    assert (round(regular.alpha, 3), round(regular.beta, 3)) == (0.704, 1.182)


def test_the_likelihood_is_the_beta_geometric_one(high_end):
    from scipy.special import betaln

    seen, a, b = np.array(high_end.customers), high_end.alpha, high_end.beta
    t = np.arange(1, len(seen))
    left = np.sum(-np.diff(seen) * (betaln(a + 1, b + t - 1) - betaln(a, b)))
    stayed = seen[-1] * (betaln(a, b + t[-1]) - betaln(a, b))
    assert high_end.log_likelihood == pytest.approx(left + stayed)
    assert high_end.summary()["fitted"].to_numpy()[1:8] == pytest.approx(1000 * np.exp(betaln(a, b + t) - betaln(a, b)))


def test_the_forecast_holds_where_one_rate_fails(high_end):
    later = RetentionCurve.example("high_end").query("period > 7")["customers"].to_numpy()
    forecast = high_end.forecast(5)
    assert forecast["period"].tolist() == [8, 9, 10, 11, 12]
    assert np.abs(forecast["customers"] - later).max() < 20
    assert (later - forecast["constant_rate"]).iloc[-1] > 100
    assert forecast["retention"].is_monotonic_increasing


def test_no_parameters_nearby_are_more_likely(high_end):
    def likelihood(churn, spread):
        rate = churn / (1 + np.arange(7) * spread)
        left = np.array(high_end.customers[1:])
        return np.sum(-np.diff(high_end.customers) * np.log(rate) + left * np.log(1 - rate))

    spread = 1 / (high_end.alpha + high_end.beta)
    assert likelihood(high_end.churn, spread) == pytest.approx(high_end.log_likelihood)
    for churn, wide in ((1.01, 1), (0.99, 1), (1, 1.02), (1, 0.98)):
        assert likelihood(high_end.churn * churn, spread * wide) < high_end.log_likelihood


@pytest.mark.parametrize(("alpha", "beta"), [(0.668, 3.806), (2, 3), (0.3, 0.4), (8, 40)])
def test_what_was_put_in_is_found_again(alpha, beta):
    rng = np.random.default_rng(1)
    lifetime = rng.geometric(rng.beta(alpha, beta, 200_000))
    curve = RetentionCurve.fit(cohort(*[int((lifetime > t).sum()) for t in range(13)]))
    assert curve.alpha == pytest.approx(alpha, rel=0.1)
    assert curve.beta == pytest.approx(beta, rel=0.1)


def test_customers_who_do_not_differ_get_a_constant_rate():
    curve = RetentionCurve.fit(cohort(1000, 800, 630, 490))  # the rate even falls
    assert curve.alpha == curve.beta == math.inf
    assert curve.retention(9) == pytest.approx(curve.constant_rate)
    assert "constant" in curve.describe("en")
    assert curve.summary()["fitted"].to_numpy() == pytest.approx(curve.summary()["constant_rate"].to_numpy())


def test_summary_has_the_observed_then_the_forecast(high_end):
    table = high_end.summary(9)
    assert table["period"].tolist() == list(range(10))
    assert table["customers"].notna().sum() == 8
    assert table["retention"].iloc[1] == pytest.approx(0.869)
    assert table["retention_fitted"].iloc[1] == pytest.approx(1 - 0.668 / (0.668 + 3.806), abs=1e-3)
    assert len(high_end.summary()) == 13
    assert len(high_end.summary(0)) == 1
    gone = RetentionCurve.fit(cohort(100, 60, 30, 0, 0)).summary()
    assert math.isnan(gone["retention"].iloc[4])


def test_order_and_further_columns_do_not_matter(high_end):
    frame = RetentionCurve.example("high_end").query("period <= 7").assign(note="x").sample(frac=1, random_state=2)
    assert RetentionCurve.fit(frame) == high_end
    floats = frame.astype({"period": float, "customers": float})
    assert RetentionCurve.fit(floats) == high_end


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (cohort(100, 80, 85, 70), "Period 2 has 85 customers, more than the 80"),
        (cohort(100, 80, 70), "There are 3 rows; at least 4"),
        (cohort(), "There are 0 rows"),
        (cohort(100, 100, 100, 100), "Nobody was lost in"),
        (cohort(100, 90, 90, 90), "Nobody was lost after"),
        (cohort(100, 0, 0, 0), "Everybody was lost"),
        (cohort(0, 0, 0, 0), "Nobody was lost in"),
        (cohort(100, 86.9, 74.3, 65.3), "86.9; allowed are whole numbers"),
        (cohort(100, "80", 70, 60), "'80'"),
        (cohort(100, float("nan"), 70, 60), "nan"),
        (cohort(100, float("inf"), 70, 60), "inf"),
        (cohort(100, 80, 70, -1), "-1"),
        (cohort(100, True, 1, 0), "True"),
        (cohort(100, None, 1, 0), "nan|None"),
        (cohort(100, 80, 70, 60).assign(period=[1, 2, 3, 4]), "0, 1, 2"),
        (cohort(100, 80, 70, 60).assign(period=[0, 1, 1, 2]), "0, 1, 2"),
        (pd.DataFrame({"period": [0, 1, 2, 3], "kept": [4, 3, 2, 1]}), "columns period and customers"),
        ([100, 80, 70, 60], "columns period and customers"),
    ],
)
def test_what_is_no_cohort_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        RetentionCurve.fit(frame)


@settings(max_examples=40)
@given(st.integers(2, 10**9), st.lists(st.floats(0, 1), min_size=3, max_size=15))
def test_every_cohort_that_is_taken_gets_a_sound_curve(start, shares):
    counts = [start]
    for share in shares:
        counts.append(int(counts[-1] * share))
    try:
        curve = RetentionCurve.fit(cohort(*counts))
    except InputError:
        lost = -np.diff(counts)
        assert lost[0] == start or not lost[1:].any()
        return
    assert 0 < curve.churn < 1
    stays = curve.retention(50)
    assert (np.diff(stays) >= -1e-12).all()
    assert stays.min() >= 0
    assert stays.max() <= 1
    flat = curve.constant_rate  # a constant rate is one of the curves, so the best is no less likely
    left, lost = np.array(counts[1:]), -np.diff(counts)
    naive = float(np.sum(left) * math.log(flat) + np.sum(lost) * math.log1p(-flat)) if 0 < flat < 1 else 0
    assert curve.log_likelihood >= naive - 1e-6 * abs(naive)


def test_the_example_names_its_source():
    frame = RetentionCurve.example()
    assert len(frame) == 13
    assert "Fader" in frame.attrs["source"]
    with pytest.raises(InputError, match="high_end, regular"):
        RetentionCurve.example("vip")


def test_described_in_both_languages(high_end):
    assert "0.668" in high_end.describe("en")
    assert "保持率" in high_end.describe("zh")
    assert "curve" not in high_end.describe("zh")


def test_the_picture_shows_what_came_later(high_end):
    plain = high_end.plot()
    assert len(plain.lines) == 5
    ax = high_end.plot(later=RetentionCurve.example("high_end"))
    assert ax.lines[4].get_xdata().tolist() == [8, 9, 10, 11, 12]
    for periods in (0, 3, 7):
        high_end.plot(periods=periods)
