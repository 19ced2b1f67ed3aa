"""Purchases that may stop: the published fits, the formulas by other ways, and data that say too little."""

from __future__ import annotations

import importlib.metadata
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1
from scipy.stats import beta, gamma

from crmlab.experiments import bg_nbd, gamma_gamma, likelihood
from crmlab.experiments.purchase_model import PurchaseModel
from crmlab.language.errors import InputError

CDNOW = np.array([0.243, 4.414, 0.793, 2.426])  # as published


def data(name):
    """A table of the package lifetimes, which is there for its tables only and is never imported."""
    return next(file.locate() for file in importlib.metadata.files("lifetimes") if file.name == name)


@pytest.fixture(scope="module")
def summary():
    table = pd.read_csv(data("cdnow_customers_summary_with_transactions.csv"))
    return table.rename(columns={"ID": "customer", "x": "frequency", "t_x": "recency", "zbar": "spend"})


@pytest.fixture(scope="module")
def published(summary):
    return PurchaseModel.fit_summary(summary)


@pytest.fixture(scope="module")
def log():
    columns = ["customer", "sample", "date", "quantity", "amount"]
    table = pd.read_fwf(data("CDNOW_sample.txt"), header=None, names=columns, dtype={"date": str})
    return table.assign(date=pd.to_datetime(table["date"]))


@pytest.fixture(scope="module")
def shop():
    return PurchaseModel.fit(PurchaseModel.example())


def log_of(*purchases):
    """A table of (customer, date, amount)."""
    table = pd.DataFrame(purchases, columns=["customer", "date", "amount"])
    return table.assign(date=pd.to_datetime(table["date"], format="mixed"))


def test_the_published_fits_are_reproduced(published):
    found = (published.r, published.alpha, published.a, published.b)
    assert [round(value, 3) for value in found] == [0.243, 4.414, 0.793, 2.426]
    assert round(published.log_likelihood, 1) == -9582.4
    assert (round(published.p, 2), round(published.v, 2)) == (6.25, 15.45)
    assert published.q == pytest.approx(3.74, abs=0.005)  # 3.7446; printed 6.25, 3.74, 15.44, a point as likely
    assert round(published.spend_log_likelihood, 2) == -4055.92
    assert (published.history.frequency > 0).sum() == 946
    assert published.purchases(39).sum() == pytest.approx(1653.4, abs=0.05)
    assert round(published.correlation, 2) == 0.11


def test_the_printed_gamma_gamma_is_as_likely(summary, published):
    again = summary[summary["frequency"] > 0]
    score = gamma_gamma._score(again["frequency"].to_numpy(float), again["spend"].to_numpy(), np.ones(len(again)),
                               np.log([6.25, 3.74, 15.44]))  # fmt: skip
    assert score[0] == pytest.approx(published.spend_log_likelihood, abs=0.01)


def test_the_published_customer(published):
    expected = published.purchases(39)
    assert round(expected[1], 3) == 1.226  # x = 2, t = 30.43, T = 38.86
    assert published.alive()[1] == pytest.approx(0.7266, abs=5e-4)
    assert published.customers(39).set_index("customer").loc[1, ["frequency", "recency", "T"]].tolist() == [
        2,
        30.43,
        38.86,
    ]


def test_transactions_give_what_the_published_summary_gives(log, summary, published):
    model = PurchaseModel.fit(log, until="1997-09-30")
    for name, column in {"frequency": "frequency", "recency": "recency", "age": "T", "spend": "spend"}.items():
        counted = np.sort(getattr(model.history, name))
        assert np.allclose(counted, np.sort(summary[column]), atol=0.006)  # printed to two digits
    for name in ("r", "alpha", "a", "b", "p", "q", "v"):
        assert getattr(model, name) == pytest.approx(getattr(published, name), rel=1e-3)
    assert (round(model.log_likelihood, 1), round(model.spend_log_likelihood, 1)) == (-9582.4, -4055.9)
    assert model.horizon == model.history.held_out == 39
    after = log[log["date"] > "1997-09-30"]
    assert model.history.came.sum() == len(after[["customer", "date"]].drop_duplicates())
    assert "1,882 times" in model.describe("en")
    assert model.customers()["came"].sum() == 1882


@given(st.lists(st.floats(-2, 2), min_size=4, max_size=4))
@settings(max_examples=25)
def test_the_slope_is_that_of_the_likelihood(at):
    rng = np.random.default_rng(1)
    frequency = rng.poisson(1, 40) * rng.integers(0, 4, 40)
    age = rng.uniform(5, 40, 40)
    rows = bg_nbd.distinct(frequency.astype(float), np.where(frequency > 0, age * rng.uniform(0.1, 1, 40), 0), age)
    data = bg_nbd._prepared(rows, np.bincount(rows.where).astype(float), 20.0)
    check_slope(lambda place: bg_nbd._score(data, place), np.array(at))
    again = frequency > 0
    spend, one = rng.gamma(3, 10, again.sum()), np.ones(again.sum())
    check_slope(
        lambda place: gamma_gamma._score(frequency[again], spend, one, place), np.array([at[0], at[1], at[2] + 3])
    )


def check_slope(score, at):
    height, slope = score(at)
    for place, step in enumerate(1e-5 * np.eye(len(at))):
        rise = (score(at + step)[0] - score(at - step)[0]) / 2e-5
        assert rise == pytest.approx(slope[place], rel=1e-5, abs=1e-5 * (1 + abs(height)))


@pytest.mark.parametrize(("x", "t", "age"), [(0, 0, 30), (1, 2, 30), (4, 25, 30), (12, 11, 39)])
def test_the_likelihood_is_the_mean_over_all_customers(x, t, age):
    r, alpha, a, b = CDNOW

    def mean(function, law):  # over the quantiles, which are finite where the densities are not
        return quad(lambda share: function(law.ppf(share)), 0, 1, limit=400, epsabs=1e-13)[0]

    rates, leaving = gamma(r, scale=1 / alpha), beta(a, b)
    stays = mean(lambda p: (1 - p) ** x, leaving) * mean(lambda rate: rate**x * math.exp(-rate * age), rates)
    left = 0.0
    if x:
        left = mean(lambda p: p * (1 - p) ** (x - 1), leaving)
        left *= mean(lambda rate: rate**x * math.exp(-rate * t), rates)
    rows = bg_nbd.distinct(np.array([float(x)]), np.array([float(t)]), np.array([float(age)]))
    height, _slope = bg_nbd._score(bg_nbd._prepared(rows, np.ones(1), 1.0), np.log(CDNOW))
    assert height == pytest.approx(math.log(stays + left), abs=2e-5)
    alive = bg_nbd.alive(CDNOW, *(np.array([float(value)]) for value in (x, t, age)))[0]
    assert alive == pytest.approx(stays / (stays + left), rel=1e-4)


def closed(values, x, age, time):
    """Purchases to come of one who is alive, as the paper has it."""
    r, alpha, a, b = values
    z = time / (alpha + age + time)
    term = ((alpha + age) / (alpha + age + time)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - term)


@pytest.mark.parametrize("values", [CDNOW, (2.0, 9.0, 0.1, 0.2), (0.3, 5.0, 3.0, 1.5), (5.0, 2.0, 40.0, 90.0)])
def test_the_expectation_is_the_published_one(values):
    x, age, times = np.array([0.0, 1.0, 3.0, 20.0]), np.array([40.0, 9.0, 40.0, 30.0]), np.array([1.0, 39.0, 200.0])
    found = bg_nbd.ahead(np.array(values), x, age, times)
    for place, time in enumerate(times):
        assert found[:, place] == pytest.approx(closed(values, x, age, time), rel=1e-8)


@pytest.mark.parametrize(
    ("a", "x", "time"), [(1.0, 2, 39), (0.793, 3000, 39), (0.02, 5, 1e4), (0.793, 0, 1e5), (300, 40, 9)]
)
def test_the_expectation_where_the_published_formula_has_no_value(a, x, time):
    r, alpha, _a, b = CDNOW
    z, power, other = time / (alpha + 38.86), r + x, b + x
    law = beta(a, other)

    def bought(share):
        p = max(law.ppf(share), 1e-300)
        return -math.expm1(-power * math.log1p(p * z)) / p

    mean = quad(bought, 0, 1, limit=1000, epsrel=1e-10, points=[1e-6, 1e-3, 0.1, 0.9, 0.999])[0]
    values = np.array([r, alpha, a, b])
    found = bg_nbd.ahead(values, np.array([float(x)]), np.array([38.86]), np.array([float(time)]))[0, 0]
    assert found == pytest.approx(mean, rel=1e-5)
    if a == 1:
        around = [closed((r, alpha, near, b), x, 38.86, time) for near in (0.999, 1.001)]
        assert min(around) < found < max(around)


def test_expectation_and_chance_agree_with_purchases_drawn(shop):
    rng = np.random.default_rng(3)
    runs = np.array([shop._future(26, rng).sum() for _run in range(600)])
    mean, spread = shop.purchases(26).sum(), shop._chance(26, np.random.default_rng(4))
    assert abs(runs.mean() - mean) < 5 * spread / math.sqrt(600)
    assert runs.std() == pytest.approx(spread, rel=0.2)


def test_counts_add_up_and_have_the_mean_of_a_new_customer():
    age, x = np.array([3.0, 39.0, 300.0]), np.arange(3001)
    chances = bg_nbd.chances(CDNOW, age, 3000)
    assert chances.sum(axis=1) == pytest.approx(1)
    new = bg_nbd.ahead(CDNOW, np.zeros(1), np.zeros(1), age)[0]
    assert chances @ x == pytest.approx(new, rel=1e-9)


def test_what_was_drawn_is_found_again():
    put = {"r": 0.8, "alpha": 9.0, "a": 0.7, "b": 2.5, "p": 5.0, "q": 4.0, "v": 60.0}
    log = PurchaseModel.draw(15_000, **put, periods=78, joining=13, seed=5)
    table = PurchaseModel.fit(log).summary().set_index("name")
    for name, value in put.items():  # days are whole and bought twice is bought once: so no closer
        assert table.loc[name, "value"] == pytest.approx(value, rel=0.15), name
    first = log.groupby("customer")["date"].min()
    assert first.min() == pd.Timestamp("2025-01-01")
    assert first.max() < pd.Timestamp("2025-01-01") + pd.Timedelta(days=13 * 7)


def test_the_curvature_and_the_bootstrap_say_the_same(published):
    boot = published.intervals(resamples=40, seed=1).set_index("name")
    table = published.summary().set_index("name")
    for name in ("r", "alpha", "p", "q"):
        wide = np.log(boot.loc[name, "high"] / boot.loc[name, "low"])
        assert wide == pytest.approx(np.log(table.loc[name, "high"] / table.loc[name, "low"]), rel=0.5)
    assert (boot["low"] < boot["value"]).all()
    assert (boot["value"] < boot["high"]).all()
    ends = ["low", "high"]
    assert boot.loc["purchases", ends].tolist() == pytest.approx(table.loc["purchases", ends].tolist(), rel=0.06)
    pd.testing.assert_frame_equal(published.intervals(resamples=10), published.intervals(resamples=10))
    assert (published.intervals(0.5, 40, 1).eval("high - low") < boot.reset_index().eval("high - low")).all()


def test_what_is_counted_of_a_customer():
    log = [("Li", "2026-01-01", 50), ("Li", "2026-01-08", 30), ("Li", "2026-01-08 21:00", 10), ("Li", "2026-01-22", 20)]
    log += [("Wu", "2026-01-15", 5), ("Wu", "2026-02-12", 9), ("Xu", "2026-02-26", 7)]
    days = np.array(
        [
            pd.Timestamp(day).normalize().to_datetime64().astype("datetime64[D]").astype(int)
            for _name, day, _amount in log
        ]
    )
    frame = log_of(*log)
    from crmlab.experiments.purchase_model import _counted

    seen = _counted(frame["customer"], days, frame["amount"].to_numpy(float), days[4] + 14, 7)
    assert seen.customer.tolist() == ["Li", "Wu"]  # Xu began later
    assert seen.frequency.tolist() == [2, 0]
    assert seen.recency.tolist() == [3, 0]
    assert seen.age.tolist() == [4, 2]
    assert seen.spend.tolist() == [30, 0]  # (30 + 10) and 20; the first 50 is not counted
    assert seen.came.tolist() == [0, 1]
    assert seen.held_out == 4


def test_the_unit_only_changes_the_scale(shop):
    daily = PurchaseModel.fit(PurchaseModel.example(), unit=1)
    assert daily.alpha == pytest.approx(7 * shop.alpha, rel=1e-4)
    assert (daily.r, daily.a, daily.b) == pytest.approx((shop.r, shop.a, shop.b), rel=1e-4)
    shift = shop.history.frequency.sum() * math.log(7)
    assert daily.log_likelihood == pytest.approx(shop.log_likelihood - shift, abs=1e-5)
    assert daily.purchases(70).sum() == pytest.approx(shop.purchases(10).sum(), rel=1e-5)
    assert "363 days" in daily.describe("en")
    assert "weeks" not in daily.describe("en")


def test_a_summary_and_its_transactions_are_the_same_thing(shop):
    known = shop.customers().rename(columns={"alive": "x"}).sample(frac=1, random_state=1)
    known.loc[known["frequency"] == 0, "spend"] = np.nan
    model = PurchaseModel.fit_summary(known)
    pd.testing.assert_frame_equal(model.summary(), shop.summary(), rtol=1e-6)
    pd.testing.assert_series_equal(model.purchases(9), shop.purchases(9), rtol=1e-6)
    alone = PurchaseModel.fit_summary(known.drop(columns=["spend", "customer"]))
    assert (alone.p, alone.correlation) == (None, None)
    assert alone.r == pytest.approx(shop.r, rel=1e-6)
    assert "spends" not in alone.describe("en")
    for verb in (alone.spend, alone.clv):
        with pytest.raises(InputError, match="Spend was not fitted"):
            verb()


def test_names_of_any_kind(shop):
    frame = PurchaseModel.example()
    mixed = frame.assign(customer=[name if name % 2 else f"c{name}" for name in frame["customer"]])
    assert PurchaseModel.fit(mixed).alpha == pytest.approx(shop.alpha)


def test_value_is_purchases_times_spend_discounted(shop):
    value, ends = 0, np.arange(1, 27)
    before = shop.purchases(0)
    for end in ends:
        after = shop.purchases(int(end))
        value = value + (after - before) * 1.1 ** (-7 * end / 365.25)
        before = after
    assert np.allclose(shop.clv(26, discount=0.1), value * shop.spend(), rtol=1e-8)
    assert np.allclose(shop.clv(26, margin=0.3), 0.3 * shop.clv(26))
    assert shop.clv(0).sum() == 0
    assert shop.forecast(26)["cumulative"].iloc[-1] == pytest.approx(shop.purchases(26).sum())
    assert shop.forecast(26)["purchases"].is_monotonic_decreasing


def test_spend_lies_between_ones_own_mean_and_everybodys(shop):
    history, everybody = shop.history, shop.p * shop.v / (shop.q - 1)
    expected, again = shop.spend().to_numpy(), history.frequency > 0
    assert expected[~again] == pytest.approx(everybody)
    low, high = np.minimum(history.spend, everybody)[again], np.maximum(history.spend, everybody)[again]
    assert ((low <= expected[again]) & (expected[again] <= high)).all()


def test_the_rule_of_silence(shop):
    silence = shop.history.age - shop.history.recency
    assert shop.still_active(4).sum() == (silence <= 4 + 1e-9).sum()
    assert shop.still_active(1000).all()
    with pytest.raises(InputError, match="hiatus"):
        shop.still_active(-1)


def test_the_counts_are_the_customers(published):
    table = published.counts()
    assert table["observed"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert table["fitted"].sum() == pytest.approx(2357)
    assert table["purchases"].iloc[-1] == "7+"


def test_the_words_warn_where_the_model_is_wrong(shop):
    assert "8 of 8 numbers" in shop.describe("en")
    assert "describes how often" in shop.describe("en")
    frame = PurchaseModel.example()
    many = frame.groupby("customer")["date"].transform("nunique")
    richer = PurchaseModel.fit(frame.assign(amount=frame["amount"] * many))
    assert "do not trust the amounts" in richer.describe("en")
    assert "金额的预测不可信" in richer.describe("zh")
    hardly = PurchaseModel.draw(800, r=50, alpha=2500, seed=1)  # two kinds of customers, none between them
    often = PurchaseModel.draw(800, r=50, alpha=100, a=0.5, b=8, seed=2)
    both = pd.concat([hardly, often.assign(customer=often["customer"] + 800)])
    assert "trust its forecasts little" in PurchaseModel.fit(both).describe("en")


DATES = pd.date_range("2026-01-01", periods=50, freq="3D")


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (log_of(*[(who, DATES[who], 9) for who in range(40)]), "Nobody bought on a second day"),
        (log_of(*[(who, DATES[0], 9) for who in range(40)]), "of one day"),
        (log_of(*[(who, day, 9) for who in range(5) for day in DATES]), "5 customers; at least 30"),
        (log_of(*[(who, day, 9) for who in range(40) for day in DATES[:4]]), "same history"),
        (log_of(*[(who, DATES[who + k], 9) for who in range(40) for k in range(1 + (who < 3))]), "Only 3 customers"),
        (log_of(*[(who, DATES[0], -9) for who in range(40)]), "amount has -9"),
        (PurchaseModel.draw(2000, a=1e-4, b=1e6), "Nobody in these data seems to leave"),
        (PurchaseModel.draw(2000, a=1e5, b=1), "Everybody in these data seems to leave"),
        (PurchaseModel.draw(2000, r=1e5, alpha=1e6), "differ in how often they buy"),
        (PurchaseModel.draw(200, a=1e5, b=4e5, seed=1), "differ in how easily they leave"),
        (PurchaseModel.draw(2000, q=0.7, v=10), "has no mean"),
        (PurchaseModel.draw(2000, p=1e6, v=0.0003), "the same on every purchase"),
        (PurchaseModel.example().drop_duplicates(["customer", "date"]).assign(amount=5.0), "worth the same, 5"),
        (PurchaseModel.example().assign(amount=0.0), "Only 0 customers have"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_data_that_say_too_little_are_refused_with_the_reason(frame, said):
    with pytest.raises(InputError, match=said):
        PurchaseModel.fit(frame)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"frequency": 1.5}, "whole numbers"),
        ({"recency": 50.0}, "cannot be later than now"),
        ({"recency": 0.0}, "0 without a repeat purchase"),
        ({"frequency": 0.0}, "0 without a repeat purchase"),
        ({"frequency": -1.0}, "frequency"),
        ({"customer": 2}, "more than one row"),
        ({"spend": np.nan}, "empty cell"),
    ],
)
def test_a_summary_that_no_customer_can_have_is_refused(summary, row, said):
    broken = summary.astype({"frequency": float}).copy()
    for name, value in row.items():
        broken.loc[0, name] = value
    with pytest.raises(InputError, match=said):
        PurchaseModel.fit_summary(broken)


@pytest.mark.parametrize(
    ("option", "said"),
    [({"until": "soon"}, "until is"), ({"until": "1990-01-01"}, "no purchases"), ({"unit": 0}, "unit")],
)
def test_options_that_make_no_sense(option, said):
    with pytest.raises(InputError, match=said):
        PurchaseModel.fit(PurchaseModel.example(), **option)


def test_a_likelihood_without_a_top_is_told(shop):
    peak = likelihood.climb(lambda at: (-float(np.exp(-at[0])), np.exp(-at)), [[1.0]])
    assert likelihood.runs_away(lambda at: (-float(np.exp(-at[0])), np.exp(-at)), peak, [[1]]) == 0
    assert betaln(shop.a, shop.b) < np.inf
