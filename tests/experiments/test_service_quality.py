"""SERVQUAL by hand and against long-hand reckoning: items to dimensions, reversal, weights, quadrants, gaps."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, ServiceQuality
from crmlab.experiments.service_quality import DIMENSIONS, ITEMS, NEGATIVE
from crmlab.language.catalogue import speaking


def sheets(answers, customers=3):
    """Answers to all 22 items: ``answers(kind, item, customer)``."""
    columns = {
        f"{kind}{item}": [answers(kind, item, customer) for customer in range(customers)]
        for kind in "ep"
        for item in range(1, 23)
    }
    return pd.DataFrame({"customer": range(customers), **columns})


def by_dimension(quality):
    return quality.summary().set_index("dimension")


def test_the_classic_22_items():
    assert [len(places) for places in ITEMS.values()] == [4, 5, 4, 4, 5]
    assert [item for places in ITEMS.values() for item in places] == list(range(1, 23))
    assert set(NEGATIVE) == {*ITEMS["responsiveness"], *ITEMS["empathy"]}
    # each dimension perceives its own place in the list: an item in the wrong one would show
    places = {item: 1 + place for place, items in enumerate(ITEMS.values()) for item in items}
    quality = ServiceQuality.fit(sheets(lambda kind, item, customer: 6 if kind == "e" else places[item]))
    assert by_dimension(quality)["perception"].tolist() == [1, 2, 3, 4, 5, 3]
    assert by_dimension(quality).loc["overall", "gap"] == -3  # the mean of the five, not of the 22 items


def test_the_gap_is_paired():
    frame = pd.DataFrame({"customer": [1, 2, 3], "e1": [4, 5, 7], "e2": [6, 5, 7], "p1": [3, 5, 6], "p2": [5, 3, 6]})
    row = by_dimension(ServiceQuality.fit(frame, items={"assurance": [1, 2]})).loc["assurance"]
    gaps = np.array([4 - 5, 4 - 5, 6 - 7])
    assert (row["gap"], row["low"], row["high"]) == (-1, -1, -1)
    frame.loc[2, "p2"] = 4
    row = by_dimension(ServiceQuality.fit(frame, items={"assurance": [1, 2]})).loc["assurance"]
    gaps = np.array([-1, -1, -2])
    half = 4.302653 * gaps.std(ddof=1) / math.sqrt(3)
    assert row["gap"] == pytest.approx(gaps.mean())
    assert (row["low"], row["high"]) == pytest.approx((gaps.mean() - half, gaps.mean() + half))


def test_alphas_by_long_hand():
    quality = ServiceQuality.fit(ServiceQuality.example())
    frame, row = ServiceQuality.example(), by_dimension(quality).loc["empathy"]
    perceived = frame[[f"p{item}" for item in ITEMS["empathy"]]].to_numpy()
    difference = perceived - frame[[f"e{item}" for item in ITEMS["empathy"]]].to_numpy()
    for name, answers in (("alpha_perception", perceived), ("alpha_gap", difference)):
        within = np.cov(answers.T)
        assert row[name] == pytest.approx(5 / 4 * (1 - np.trace(within) / within.sum()))


def test_reversal_turns_both_answers_round():
    frame = ServiceQuality.example()
    turned = frame.copy()
    for item in NEGATIVE:
        for kind in "ep":
            turned[f"{kind}{item}"] = 8 - turned[f"{kind}{item}"]
    plain = ServiceQuality.fit(frame).summary()
    pd.testing.assert_frame_equal(ServiceQuality.fit(turned, reverse=NEGATIVE).summary(), plain)
    forgotten = by_dimension(ServiceQuality.fit(turned))
    assert forgotten.loc["responsiveness", "gap"] == pytest.approx(-plain.set_index("dimension").gap["responsiveness"])
    assert forgotten.loc["tangibles", "gap"] == plain.set_index("dimension").gap["tangibles"]


def test_weights_are_each_customers_own():
    frame = pd.DataFrame(
        {
            "customer": [1, 2],
            "e1": [5, 5],
            "p1": [1, 5],
            "e2": [5, 5],
            "p2": [5, 2],
            "speed": [80, 10],
            "care": [20, 90],
        }
    )
    table = by_dimension(ServiceQuality.fit(frame, items={"speed": [1], "care": [2]}))
    assert table.loc["weighted", "gap"] == pytest.approx((0.8 * -4 + 0.9 * -3) / 2)
    assert table.loc["weighted", "perception"] == pytest.approx((0.8 * 1 + 0.2 * 5 + 0.1 * 5 + 0.9 * 2) / 2)
    assert table.loc["overall", "gap"] == pytest.approx((-2 - 1.5) / 2)
    assert table["importance"].tolist() == [45, 55, 100, 100]
    assert math.isnan(table.loc["speed", "alpha_gap"])


def test_the_weighted_gap_is_expectation_and_perception_apart():
    table = by_dimension(ServiceQuality.fit(ServiceQuality.example()))
    assert np.allclose(table["perception"] - table["expectation"], table["gap"])


def test_quadrants():
    frame = pd.DataFrame({"customer": [1, 2], **{f"e{n}": [5, 5] for n in (1, 2, 3, 4)}})
    for name, importance, perception in (("a", 40, 2), ("b", 30, 6), ("c", 10, 3), ("d", 20, 7)):
        frame[name] = importance
        frame[f"p{'abcd'.index(name) + 1}"] = perception
    items = {name: [place + 1] for place, name in enumerate("abcd")}
    quadrants = ServiceQuality.fit(frame, items=items).summary()["quadrant"].tolist()[:4]
    assert quadrants == ["concentrate here", "keep up the good work", "low priority", "possible overkill"]
    with speaking("zh"):
        assert ServiceQuality.fit(frame, items=items).summary()["quadrant"][0] == "重点改进"


def test_five_gaps_and_what_nobody_asked_is_missing():
    quality = ServiceQuality.fit(sheets(lambda kind, item, customer: 6 if kind == "e" else 4))
    table = quality.gaps()
    assert table["gap"].tolist() == [1, 2, 3, 4, 5]
    assert table["size"].isna().tolist() == [True, True, True, True, False]
    full = quality.gaps(managers=5, standards=5.5, delivered=4.5, promised=6.5)
    assert full["size"].tolist() == [-1, 0.5, -1, -2, -2]
    assert full["size"][4] != full["size"][:4].sum()
    with speaking("zh"):
        assert quality.gaps()["name"].tolist() == ["认识差距", "标准差距", "传递差距", "沟通差距", "服务差距"]
    for wrong in (0, 8, "6", True, math.nan):
        with pytest.raises(InputError, match="promised"):
            quality.gaps(promised=wrong)


@given(st.integers(2, 8), st.integers(0, 10**6))
@settings(max_examples=20)
def test_any_answers(customers, seed):
    rng = np.random.default_rng(seed)
    frame = sheets(lambda kind, item, customer: int(rng.integers(1, 8)), customers)
    table = by_dimension(ServiceQuality.fit(frame))
    assert table["gap"].between(-6, 6).all()
    assert (table["low"] <= table["gap"]).all()
    assert table.loc["overall", "gap"] == pytest.approx(table["gap"][list(DIMENSIONS)].mean())


def test_items_in_their_own_order():
    table = ServiceQuality.fit(ServiceQuality.example(), items={"late": [22, 1], "early": [2]}).by_item()
    assert table["item"].tolist() == [1, 2, 22]
    assert table["dimension"].tolist() == ["late", "early", "late"]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"p3": [8, 4, 4]}, {}, "p3 has 8 in row 1"),
        ({"e22": [4, 0, 4]}, {}, "e22 has 0 in row 2"),
        ({"p3": [4, None, 4]}, {}, "p3 has an empty cell in row 2"),
        ({"customer": [1, 2, 1]}, {}, "customer has 1 in row 3"),
        ({"empathy": [20, 20, 20]}, {}, "lacks tangibles"),
        ({**dict.fromkeys(DIMENSIONS, 20), "empathy": [20, 20, 30]}, {}, "row 3 (counted from 1) make 110"),
        ({}, {"reverse": [23]}, "names item 23"),
        ({}, {"reverse": 5}, "reverse is 5"),
        ({}, {"items": {"customer": [1]}}, "items is {'customer'"),
        ({}, {"items": {"e1": [1]}}, "items is {'e1'"),
        ({}, {"items": {"a": []}}, "a has no items"),
        ({}, {"items": {"a": [1, 2], "b": [2]}}, "Item 2 stands"),
        ({}, {"items": {}}, "items is {}"),
        ({}, {"items": [1, 2]}, "items is [1, 2]"),
        ({}, {"items": {"a": [23]}}, "lacks e23"),
        ({}, {"scale": (1, 5, 7)}, "scale is"),
        ({}, {"level": 1}, "level is 1"),
    ],
)
def test_what_is_no_questionnaire_is_refused(change, options, said):
    frame = sheets(lambda kind, item, customer: 4).assign(**change)
    with pytest.raises(InputError) as refused:
        ServiceQuality.fit(frame, **options)
    assert said in str(refused.value)


def test_one_customer_is_not_enough():
    with pytest.raises(InputError, match="Only one customer"):
        ServiceQuality.fit(sheets(lambda kind, item, customer: 4, customers=1))


@pytest.mark.parametrize("top", [(7, 7), (7, 1), (1, 7), (4, 4)], ids=str)
def test_picture_and_words_at_the_ends_of_the_scale(top, axes, readable, lang):
    expected, perceived = top
    quality = ServiceQuality.fit(sheets(lambda kind, item, customer: expected if kind == "e" else perceived))
    with speaking(lang):
        quality.plot(axes)
    readable(axes)
    assert "nan" not in quality.describe(lang)


def test_the_words_name_the_worst_and_leave_the_cause_open():
    words = ServiceQuality.fit(ServiceQuality.example()).describe("en")
    assert "−1.30 (reliability)" in words
    assert "Chance alone could explain it for: assurance, empathy." in words
    assert "cannot tell" in words
