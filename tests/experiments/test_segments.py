"""Segments: groups that were put in are found and trusted, noise of any kind is not, and order does not matter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from crmlab.experiments import segments as segments_module
from crmlab.experiments.segments import MOST, Segments, _by_size, _ironed, _jaccard, _noise, _one_peak, _wrapped
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError


def customers(values, *names):
    values = np.asarray(values, dtype=float)
    values = values.reshape(len(values), -1)
    frame = pd.DataFrame(values, columns=names or [f"x{at}" for at in range(values.shape[1])])
    return frame.assign(customer=range(len(frame)))


def noises(rng, rows=160):
    """Tables without groups, as unlike as tables can be."""
    normal = rng.standard_normal((rows, 3))
    return {
        "normal": normal,
        "correlated": normal @ np.array([[1, 0.8, 0.5], [0, 0.6, 0.4], [0, 0, 0.7]]),
        "even": rng.random((rows, 2)),
        "money": rng.lognormal(0, 1, (rows, 3)),
        "scores": rng.integers(1, 6, (rows, 4)),
        "one factor": np.clip(
            np.round(3 + 1.2 * (normal @ [1, 0, 0])[:, None] + 0.8 * rng.standard_normal((rows, 5))), 1, 5
        ),
        "yes_no": rng.integers(0, 2, (rows, 2)),
        "zeros": np.where(rng.random((rows, 2)) < 0.5, 0, rng.exponential(1, (rows, 2))),
        "alone": rng.random(rows),
    }


@pytest.fixture
def quick(monkeypatch):
    """Few trials, where it is not their outcome that counts."""
    for name in ("STARTS", "RESAMPLES", "NOISES"):
        monkeypatch.setattr(segments_module, name, 3)


@pytest.fixture(scope="module")
def found():
    return Segments.fit(Segments.example())


@pytest.mark.parametrize("kind", noises(np.random.default_rng(0)))
def test_noise_is_not_trusted(kind):
    cut = Segments.fit(customers(noises(np.random.default_rng(4))[kind]), segments=4)
    assert not cut.separate
    assert not cut.trusted
    assert "not to be trusted as kinds of customers" in cut.describe("en")


def test_what_was_put_in_is_found(found):
    kind = np.repeat(range(4), (90, 70, 50, 30))
    order = np.random.default_rng(11)
    order.standard_normal((240, 4))
    truth = pd.Series(kind, index=1 + order.permutation(240)).sort_index()
    assert adjusted_rand_score(truth, found.table["segment"]) > 0.95
    assert found.trusted
    assert found.table["customer"].tolist() == list(range(1, 241))
    assert found.sizes == tuple(found.table["segment"].value_counts().sort_index())
    assert "to be trusted as groups" in found.describe("en")


def test_the_parts_add_up(found):
    frame = Segments.example().set_index("customer")
    by_hand = frame.groupby(found.table.set_index("customer")["segment"]).mean()
    for name in found.features:
        assert found.profile[name].to_numpy() == pytest.approx(by_hand[name].to_numpy())
    scaled = (frame - frame.mean()) / frame.std(ddof=0)
    within = scaled.groupby(found.table.set_index("customer")["segment"]).var(ddof=0)
    inside = (within.sum(axis=1) * np.array(found.sizes)).sum()
    assert found.explained == pytest.approx(1 - inside / (240 * 4), abs=1e-6)
    assert list(found.summary()) == ["segment", "customers", "share", "jaccard", *(f"mean_{x}" for x in found.features)]


def test_groups_on_a_grid_are_trusted_though_the_features_are_independent():
    rng = np.random.default_rng(1)
    cut = Segments.fit(customers(rng.integers(0, 2, (200, 2)) * 6 + rng.standard_normal((200, 2))), segments=4)
    assert cut.trusted
    assert cut.resamples.lowest > 0.9


def test_too_many_segments_are_not_trusted_though_there_are_groups():
    rng = np.random.default_rng(2)
    three = np.array([[0, 0], [8, 0], [0, 8]])[rng.integers(0, 3, 200)] + rng.standard_normal((200, 2))
    cut = Segments.fit(customers(three), segments=4)
    assert cut.separate
    assert not cut.trusted
    assert "by_number" in cut.describe("en")


def test_the_order_of_rows_and_the_names_change_nothing(found):
    frame = Segments.example().sample(frac=1, random_state=3)
    frame["customer"] = "C" + frame["customer"].astype(str)
    again = Segments.fit(frame)
    pd.testing.assert_frame_equal(again.summary(), found.summary())
    mine = again.table.set_index("customer")["segment"]
    assert all(mine[f"C{name}"] == segment for name, segment in found.table.itertuples(index=False))


def test_units_do_not_matter(quick, found):
    frame = Segments.example()
    again = Segments.fit(frame.assign(basket=frame["basket"] * 7.1, orders=frame["orders"] + 1000))
    assert again.table["segment"].tolist() == found.table["segment"].tolist()


def test_another_seed_gives_other_numbers_and_the_same_groups(found):
    other = Segments.fit(Segments.example(), seed=5)
    assert other.resamples != found.resamples
    assert adjusted_rand_score(other.table["segment"], found.table["segment"]) > 0.97


def test_other_numbers_of_segments_are_compared(found):
    table = found.by_number(4)
    assert table["segments"].tolist() == [2, 3, 4]
    assert table["inertia"].is_monotonic_decreasing
    assert table["silhouette"].idxmax() == table["agreement"].idxmax() == 2
    row = table.iloc[2]
    assert (row["explained"], row["noise"]) == pytest.approx((found.explained, found.noise))
    assert row["lowest_jaccard"] == min(found.jaccard)


def test_money_can_enter_as_logarithm(quick):
    rng = np.random.default_rng(6)
    money = np.exp(np.where(np.arange(120) < 60, 2, 6) + 0.3 * rng.standard_normal(120))
    frame = customers(money, "money")
    plain, logged = Segments.fit(frame, segments=2), Segments.fit(frame, segments=2, log=["money"])
    assert logged.sizes == (60, 60)
    assert plain.sizes != (60, 60)
    assert logged.profile["money"].iloc[0] == pytest.approx(money[logged.table["segment"] == 1].mean())
    assert Segments.fit(frame, segments=2, log="money").sizes == (60, 60)


def test_a_large_table_is_tried_on_part_of_it():
    rng = np.random.default_rng(7)
    kind = rng.integers(0, 3, 5000)
    cut = Segments.fit(customers(np.array([[0, 0], [6, 0], [0, 6]])[kind] + rng.standard_normal((5000, 2))), segments=3)
    assert cut.trusted
    assert len(cut.table) == 5000
    assert adjusted_rand_score(kind, cut.table["segment"]) > 0.95


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (customers(np.arange(40)).drop(columns="customer"), {}, "lacks customer"),
        (customers(np.arange(40))[["customer"]], {}, "no column of numbers"),
        (customers(np.arange(40)), {"features": []}, "no column of numbers"),
        (customers(np.arange(40)), {"features": ["x9"]}, "lacks x9"),
        (customers([7] * 40), {}, "x0 has the same number"),
        (customers(np.arange(9)), {"segments": 2}, "There are 9 customers"),
        (customers([1, 2] * 20), {"segments": 3}, "2 of them different"),
        (customers([1, np.nan] * 20), {}, "empty cell in row 2"),
        (customers([1, np.inf] * 20), {}, "inf"),
        (customers(np.arange(40)).assign(customer=1), {}, "39 rows"),
        (customers(np.arange(40)), {"segments": 1}, "segments is 1"),
        (customers(np.arange(400)), {"segments": 9}, "segments is 9"),
        (customers(np.arange(40)), {"segments": 2.5}, "segments is 2.5"),
        (customers(np.arange(40)), {"seed": None}, "seed is None"),
        (customers(np.arange(40) - 3), {"log": ["x0"]}, "x0 has -3"),
        (customers(np.arange(40)), {"log": ["money"]}, "log is 'money'"),
        (customers(np.arange(40)).assign(x0="a"), {"features": ["x0"]}, "x0 has 'a'"),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_refused(frame, options, said):
    with pytest.raises(InputError, match=said):
        Segments.fit(frame, **options)


def test_words_and_the_customers_numbers_are_no_features(quick):
    frame = customers(np.r_[np.zeros(20), np.ones(20)]).assign(city="Xi'an", member=True)
    assert Segments.fit(frame, segments=2).features == ("x0",)
    assert Segments.fit(frame, features="x0", segments=2).sizes == (20, 20)


def test_jaccard_by_hand():
    first, second = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([1, 1, 1, 2, 2, 2, 0])
    assert _jaccard(first, second, 3) == pytest.approx([3 / 4, 2 / 3, 1])


def test_labels_go_by_size():
    assert _by_size(np.array([2, 2, 2, 0, 1, 1]), np.arange(3.0)[:, None]).tolist() == [0, 0, 0, 2, 1, 1]
    assert _by_size(np.array([1, 0]), np.array([[5.0], [1.0]])).tolist() == [0, 1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.data())
@settings(max_examples=40, deadline=None)
def test_ironed_columns_have_one_peak(chance, data):
    width = np.array(data.draw(st.lists(st.integers(1, 5), min_size=len(chance), max_size=len(chance))), dtype=float)
    chance = np.array(chance) / sum(chance)
    ironed = _one_peak(chance, width)
    density = np.diff(ironed) / width
    falls = np.flatnonzero(np.diff(density) < -1e-12)
    assert ironed[-1] == pytest.approx(1)
    assert (np.diff(density)[falls.min() if len(falls) else len(density) :] <= 1e-12).all()
    if len(chance) > 1 and (np.diff(chance / width) <= 0).all():
        assert ironed[1:] == pytest.approx(np.cumsum(chance))  # one peak already: nothing to iron


def test_noise_keeps_the_columns_and_loses_the_groups():
    rng = np.random.default_rng(8)
    points = np.column_stack([rng.lognormal(0, 1, 800), rng.integers(0, 3, 800), rng.integers(0, 2, 800) * 9.0])
    points[:, 1] = np.where(points[:, 0] > 1, 2, points[:, 1])
    table = _noise(_ironed(points, rng), 4000, rng)
    assert np.median(table[:, 0]) == pytest.approx(np.median(points[:, 0]), abs=0.1)
    assert set(np.unique(table[:, 1])) == {0, 1, 2}
    assert table[:, 1].mean() == pytest.approx(points[:, 1].mean(), abs=0.1)
    assert np.corrcoef(table.T) == pytest.approx(np.corrcoef(points.T), abs=0.08)
    high = table[:, 2] > 0
    assert 0.3 < np.mean(high) < 0.7  # a column of two values stays one


def test_pictures_of_any_size_can_be_read(quick, axes, readable, lang):
    rng = np.random.default_rng(9)
    long = customers(rng.standard_normal((80, 11)), *[f"a rather long name {at}" for at in range(11)])
    chinese = customers(rng.standard_normal((60, 2)), "消费金额（元）", "最近一次购买距今天数")
    for frame, segments in ((long, MOST), (chinese, 3), (customers(rng.random(30)), 2)):
        with speaking(lang):
            Segments.fit(frame, segments=segments).plot(axes)
        readable(axes)


def test_long_names_are_wrapped():
    assert _wrapped("days_since_last", 5) == "days\nsince\nlast"
    assert _wrapped("one two three four five", 5) == "one\ntwo\nthre…"
