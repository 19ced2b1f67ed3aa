"""The whale curve: CDNOW's concentration as reckoned from its data, curves by hand, and totals that are no base."""

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.whale import WhaleCurve
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError


def profits(*values):
    return pd.DataFrame({"customer": range(len(values)), "profit": values})


@pytest.fixture(scope="module")
def cdnow():
    """The purchases of CDNOW's sample of 2,357 customers, January 1997 to June 1998."""
    place = next(file for file in files("lifetimes") if file.name == "CDNOW_sample.txt").locate()
    names = ["customer", "sample", "date", "quantity", "profit"]
    return pd.read_csv(place, sep=r"\s+", header=None, names=names)


def test_the_best_fifth_of_cdnow_brought_two_thirds(cdnow):
    curve = WhaleCurve.fit(cdnow)
    assert curve.customers == 2357
    assert round(100 * curve.share(0.2), 1) == 67.4
    assert curve.unprofitable == 0
    assert "67.4%" in curve.describe("en")


def test_a_curve_by_hand():
    curve = WhaleCurve.fit(profits(50, -20, 0, 30, 40))
    assert curve.profits.tolist() == [50, 40, 30, 0, -20]
    assert (curve.total, curve.made, curve.lost) == (100, 120, 20)
    assert curve.peak == 1.2
    assert curve.unprofitable == 0.2
    assert [curve.share(best) for best in (0, 0.2, 0.3, 0.8, 0.9, 1)] == pytest.approx([0, 0.5, 0.7, 1.2, 1.1, 1])
    table = curve.summary()
    assert table["cumulated"].tolist() == pytest.approx([25, 50, 70, 90, 105, 120, 120, 120, 110, 100])
    assert table["profit"].sum() == pytest.approx(100)
    assert table["share_of_made"].iloc[-1] == pytest.approx(100 / 120)


def test_rows_of_a_customer_are_summed_whatever_the_name():
    rows = pd.DataFrame({"customer": ["a", 1, "a", 1.5, 1], "profit": [1, 2, 3, -4, 5]})
    assert WhaleCurve.fit(rows).profits.tolist() == [7, 4, -4]


def test_rounding_makes_no_loser():
    rows = pd.DataFrame({"customer": [1, 1, 1, 2], "profit": [0.1, 0.2, -0.3, 5]})
    for order in ([0, 1, 2, 3], [2, 1, 0, 3], [1, 2, 3, 0]):
        curve = WhaleCurve.fit(rows.iloc[order])
        assert curve.profits.tolist() == [5, 0]
        assert curve.unprofitable == 0
    assert WhaleCurve.fit(profits(0.1, 0.2, -0.3)).total == 0


def test_the_order_of_rows_changes_no_digit():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"customer": rng.integers(0, 9, 300), "profit": rng.lognormal(0, 4, 300)})
    first = WhaleCurve.fit(rows)
    for seed in range(3):
        again = WhaleCurve.fit(rows.sample(frac=1, random_state=seed))
        assert again.profits.tolist() == first.profits.tolist()


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_curve_keeps_its_promises(values):
    curve = WhaleCurve.fit(profits(*values))
    assert curve.total == pytest.approx(sum(values))
    assert curve.made - curve.lost == pytest.approx(curve.total)
    best = np.linspace(0, 1, 23)
    money = np.array([curve.money(share) for share in best])
    assert money.max() <= curve.made + 1e-9
    assert (money >= best * curve.total - 1e-9).all()  # nowhere below the line of equal customers
    assert (np.diff(money, 2) <= 1e-9).all()
    assert curve.money(1 - curve.unprofitable) == pytest.approx(curve.made)
    for code in ("en", "zh"):
        assert "nan" not in curve.describe(code)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
@settings(max_examples=40, deadline=None)
def test_gini_is_half_the_mean_difference(values):
    values = np.array(values, dtype=float)
    pairs = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert WhaleCurve.fit(profits(*values)).gini == pytest.approx(pairs, abs=1e-12)


@pytest.mark.parametrize("values", [(10, -10), (5, -20, -1), (-3,), (0, 0)])
def test_a_total_that_is_no_base(values, axes, readable):
    curve = WhaleCurve.fit(profits(*values))
    assert curve.peak is None
    assert curve.gini is None
    assert curve.summary()["share"].isna().all()
    assert curve.summary()["cumulated"].iloc[-1] == sum(values)
    with pytest.raises(InputError, match="nothing can be a share"):
        curve.share(0.2)
    assert "drawn in money" in curve.describe("en")
    curve.plot(axes)
    assert axes.get_ylabel() == "profit so far"
    assert axes.get_lines()[0].get_ydata()[-1] == sum(values)
    readable(axes)


@pytest.mark.parametrize(
    "values",
    [
        (5,),
        (100, -1) * 3,
        tuple(range(1, 200)),
        (900_000, 5, -200_000),
        (-900_000, 5),
        (1000, *[-1] * 20),
        (1e15, -1e14),
    ],
    ids=lambda values: repr(values[:3]),
)
def test_any_curve_can_be_read(values, axes, readable, lang):
    with speaking(lang):
        WhaleCurve.fit(profits(*values)).plot(axes)
    readable(axes)


def test_a_large_table_is_drawn_with_few_points(axes):
    curve = WhaleCurve.fit(profits(*np.random.default_rng(1).normal(1, 2, 20_000)))
    curve.plot(axes)
    assert len(axes.get_lines()[0].get_xdata()) < 600
    assert axes.get_lines()[0].get_ydata().max() == pytest.approx(100 * curve.peak)


def test_the_example_is_near_its_claim():
    curve = WhaleCurve.fit(WhaleCurve.example())
    assert 0.65 < curve.share(0.2) < 0.95
    assert 0.25 < curve.unprofitable < 0.35
    assert set(WhaleCurve.example()["item"]) == {"margin", "cost to serve"}


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"customer": [1]}), "lacks profit"),
        (profits(1, None), "empty cell in row 2"),
        (profits(1, "2"), "a number|allowed"),
        (profits(1, np.inf), "inf"),
        (profits(1, 1e16), "1e\\+16"),
        (profits(True, False), "True"),
    ],
    ids=str,
)
def test_tables_that_are_none_are_refused(frame, said):
    with pytest.raises(InputError, match=said):
        WhaleCurve.fit(frame)


@pytest.mark.parametrize("best", [-0.1, 1.1, 20, "20%", None, float("nan")])
def test_a_share_of_customers_is_from_0_to_1(best):
    with pytest.raises(InputError, match="best"):
        WhaleCurve.fit(profits(1, 2)).share(best)


def test_the_result_stays_as_it_is():
    curve = WhaleCurve.fit(profits(1, 2))
    with pytest.raises(ValueError, match="read-only"):
        curve.profits[0] = 9
