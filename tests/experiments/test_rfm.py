"""RFM: against plain pandas, ties, returns, any kind of name, and rules that leave nobody out."""

import datetime
from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.rfm import NAMES, RFM, _fifths, group_of
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

SCORES = range(1, 6)


def bought(*rows):
    """A table of (customer, day of January 2026, amount)."""
    frame = pd.DataFrame(rows, columns=["customer", "day", "amount"])
    return frame.assign(date=pd.Timestamp("2025-12-31") + pd.to_timedelta(frame["day"], "D"))


def score_by_words(values):
    """The docstring's words, one customer at a time: the fifth in which the middle place of the alike lies."""
    values = list(values)
    middle = [sum(other < value for other in values) + values.count(value) / 2 for value in values]
    return [int(5 * place / len(values) + 1e-9) + 1 for place in middle]


@pytest.fixture(scope="module")
def cdnow():
    place = next(file for file in files("lifetimes") if file.name == "CDNOW_sample.txt").locate()
    names = ["customer", "sample", "date", "quantity", "amount"]
    return pd.read_csv(place, sep=r"\s+", header=None, names=names, parse_dates=["date"])


def test_cdnow_is_what_pandas_finds(cdnow):
    rfm = RFM.fit(cdnow)
    paid = cdnow[cdnow["amount"] > 0]
    by = paid.groupby("customer")
    table = rfm.table.set_index("customer")
    assert len(table) + rfm.without_purchase == 2357
    assert table["recency"].to_dict() == (cdnow["date"].max() - by["date"].max()).dt.days.to_dict()
    assert table["frequency"].to_dict() == by.size().to_dict()
    assert table["monetary"].to_numpy() == pytest.approx(by["amount"].sum().to_numpy())
    assert rfm.until == datetime.date(1998, 6, 30)
    rows = rfm.summary()
    assert rows["customers"].sum() == len(table)
    assert rows["revenue"].sum() == pytest.approx(cdnow["amount"].sum())
    assert rows["revenue_share"].sum() == pytest.approx(1)
    assert rfm.cells().to_numpy().sum() == len(table)


def test_scores_are_fifths_of_the_customers():
    rows = bought(*[(customer, 1 + customer, 10 * customer) for customer in range(1, 26)])
    table = RFM.fit(rows).table
    for name in "RM":
        assert table[name].value_counts().to_dict() == dict.fromkeys(SCORES, 5)
        assert table[name].is_monotonic_increasing  # later and more is better
    assert table["F"].tolist() == [3] * 25  # all bought once: nobody is better
    assert table["cell"].iloc[-1] == "535"


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_the_alike_get_the_same_score(values):
    scores = _fifths(np.array(values))
    assert scores.tolist() == score_by_words(values)
    assert scores.min() >= 1
    assert scores.max() <= 5
    order = np.argsort(values, kind="stable")
    assert (np.diff(scores[order]) >= 0).all()


def test_the_order_of_rows_and_rounding_part_nobody():
    rows = bought((1, 1, 0.1), (1, 2, 0.2), (1, 3, 0.3), (2, 3, 0.3), (2, 2, 0.2), (2, 1, 0.1), (3, 1, 5))
    for seed in range(6):
        table = RFM.fit(rows.sample(frac=1, random_state=seed)).table.set_index("customer")
        assert table["M"].tolist() == [2, 2, 5]


def test_returns_are_money_but_no_purchase():
    rows = bought((1, 5, 100), (1, 20, -30), (2, 20, 50), (3, 4, -10), (4, 9, 0))
    rfm = RFM.fit(rows)
    table = rfm.table.set_index("customer")
    assert table.index.tolist() == [1, 2]
    assert table.loc[1, ["recency", "frequency", "monetary"]].tolist() == [15, 1, 70]
    assert rfm.without_purchase == 2
    assert "2 customers" in rfm.describe("en")
    assert RFM.fit(rows, monetary="mean").table["monetary"].tolist() == [100, 50]


def test_the_mean_is_that_of_the_purchases():
    rows = bought((1, 1, 10), (1, 2, 30), (2, 1, 15), (1, 3, -12))
    assert RFM.fit(rows, monetary="mean").table["monetary"].tolist() == [20, 15]
    assert RFM.fit(rows, monetary="mean").summary()["revenue"].sum() == 43


@pytest.mark.parametrize(
    "until", ["2026-01-10", datetime.date(2026, 1, 10), pd.Timestamp("2026-01-10 18:00"), np.datetime64("2026-01-10")]
)
def test_one_looks_back_from_a_day(until):
    rows = bought((1, 5, 100), (1, 20, 100), (2, 9, 50), (3, 20, 5))
    rfm = RFM.fit(rows, until=until)
    assert rfm.table["recency"].tolist() == [5, 1]
    assert rfm.table["monetary"].tolist() == [100, 50]
    assert rfm.without_purchase == 0  # 3 came later: not yet a customer
    assert RFM.fit(rows, until="2026-01-30").table["recency"].tolist() == [10, 21, 10]
    assert RFM.fit(rows, until="2026-01-09").table["recency"].tolist() == [4, 0]  # the day itself counts


def test_what_is_no_day_is_refused():
    with pytest.raises(InputError, match="until is"):
        RFM.fit(bought((1, 1, 1)), until="10.1.2026")


def test_nobody_bought_up_to_then():
    with pytest.raises(InputError, match="Nobody bought anything up to 2025-01-01"):
        RFM.fit(bought((1, 1, 1)), until="2025-01-01")
    with pytest.raises(InputError, match="Nobody bought anything"):
        RFM.fit(bought((1, 1, -1)))


@pytest.mark.parametrize(
    "name",
    [
        lambda at: at, lambda at: -at, lambda at: at * 10**14, lambda at: f"C{at:03d}", lambda at: at + 0.5,
        lambda at: at if at % 2 else str(at), lambda at: pd.Timestamp("2026-01-01") + pd.Timedelta(at, "D"),
    ],
    ids=["int", "negative", "sparse", "text", "float", "mixed", "date"],
)  # fmt: skip
def test_customers_may_be_named_in_any_way(name):
    rng = np.random.default_rng(2)
    plain = bought(*zip(rng.integers(0, 20, 200), rng.integers(1, 30, 200), rng.integers(-5, 50, 200), strict=True))
    named = plain.assign(customer=[name(int(at)) for at in plain["customer"]])
    expected, found = (RFM.fit(frame).table.set_index("customer") for frame in (plain, named))
    found = found.loc[[name(at) for at in expected.index]]
    for column in expected:
        assert found[column].tolist() == expected[column].tolist()
    again = RFM.fit(named.sample(frac=1, random_state=1)).table
    pd.testing.assert_frame_equal(again, RFM.fit(named).table)


@pytest.mark.parametrize("dtype", ["category", "str", "Int64", "int8", "uint64", object])
def test_columns_of_any_kind_are_read(dtype):
    rows = bought((1, 1, 5), (2, 2, 6), (1, 3, 7))
    table = RFM.fit(rows.astype({"customer": dtype})).table
    assert [str(name) for name in table["customer"]] == ["1", "2"]
    assert table["monetary"].tolist() == [12, 6]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer": [1, None, 2]}, "column customer has an empty cell in row 2"),
        ({"customer": ["a", "b", None]}, "column customer has an empty cell in row 3"),
        ({"amount": [1, 2, None]}, "column amount has an empty cell in row 3"),
        ({"amount": [1, 2, "3"]}, "column amount"),
        ({"amount": [1, 2, np.inf]}, "column amount"),
        ({"date": ["2026-01-01"] * 3}, "holds no dates"),
        ({"date": [None, pd.Timestamp("2026-01-01"), None]}, "column date has an empty cell in row 1"),
    ],
    ids=str,
)
def test_tables_that_are_none_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        RFM.fit(bought((1, 1, 1), (2, 2, 2), (3, 3, 3)).assign(**change))


def test_a_column_twice_or_lacking_is_named():
    rows = bought((1, 1, 1))
    with pytest.raises(InputError, match="lacks customer"):
        RFM.fit(rows.drop(columns="customer"))
    with pytest.raises(InputError, match="customer more than once"):
        RFM.fit(pd.concat([rows, rows[["customer"]]], axis=1))
    with pytest.raises(InputError, match="monetary is 'max'"):
        RFM.fit(rows, monetary="max")


def test_every_cell_has_a_group_and_every_group_a_cell():
    groups = {(r, f, m): group_of(r, f, m) for r in SCORES for f in SCORES for m in SCORES}
    assert set(groups.values()) == set(NAMES)
    assert groups[4, 4, 4] == "best"
    assert groups[4, 4, 3] == groups[3, 5, 5] == "loyal"
    assert groups[5, 1, 5] == "new"
    assert groups[3, 3, 3] == groups[4, 3, 5] == "regular"
    assert groups[2, 4, 1] == groups[1, 1, 4] == "at_risk"
    assert groups[2, 3, 3] == "lost"
    with pytest.raises(InputError, match="1 to 5"):
        group_of(0, 1, 1)
    table = RFM.fit(RFM.example()).table
    assert [groups[tuple(row)] for row in table[["R", "F", "M"]].to_numpy().tolist()] == table["group"].tolist()


def test_rules_and_names_speak_both_languages():
    with speaking("zh"):
        chinese = RFM.rules()["group"].tolist()
    assert RFM.rules()["group"].tolist()[:3] == ["best", "loyal", "new"]
    assert chinese[0] == "最佳"
    rfm = RFM.fit(RFM.example())
    with speaking("zh"):
        rows = rfm.summary()
    assert rows["group"].tolist() == list(NAMES)
    assert rows["name"].tolist()[-1] == "可能已流失"


def test_words_say_what_the_summary_says():
    rfm = RFM.fit(RFM.example())
    rows = rfm.summary().set_index("group")
    said = rfm.describe("en")
    assert f"{100 * rows.loc['best', 'revenue_share']:.1f}%" in said
    assert f"At risk are {rows.loc['at_risk', 'customers']}" in said
    lone = RFM.fit(bought((1, 1, 1)))
    assert lone.table["cell"].tolist() == ["333"]
    assert "risk" not in lone.describe("en")


@pytest.mark.parametrize(
    "rows", [[(1, 1, 5)], [(1, 1, 5), (1, 2, -50), (2, 1, 3)], [(1, 1, 50), (2, 9, 5), (2, 9, -20)]], ids=repr
)
def test_small_and_losing_tables_can_be_drawn(rows, axes, readable, lang):
    rfm = RFM.fit(bought(*rows))
    with speaking(lang):
        rfm.plot(axes)
        assert "nan" not in rfm.describe()
    readable(axes)


def test_the_picture_is_the_same_on_the_same_axes(axes):
    rfm = RFM.fit(RFM.example())
    for _again in range(2):
        rfm.plot(axes)
        assert len(axes.get_legend().get_texts()) == 2


def test_a_return_does_not_take_off_the_groups_of_others():
    rfm = RFM.fit(bought((1, 1, 5), (1, 2, -50), (2, 1, 3)))
    assert rfm.summary()["revenue_share"].isna().all()
    assert "no group has a share" in rfm.describe("en")
