"""Whether observers agree: against Krippendorff's own example, and against what is known by construction."""

from __future__ import annotations

import math
from unittest import mock

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.language.errors import InputError
from crmlab.roleplay import agreement as module
from crmlab.roleplay.agreement import ALONE, DECIDE, PEERS, Agreement, _alpha, agreement
from crmlab.roleplay.ratings import COLUMNS
from crmlab.roleplay.rubric import LEVELS, rubric

PUBLISHED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section D: four observers, twelve units."""


@pytest.fixture
def quickly(monkeypatch):
    """The interval from few draws, where nobody looks at how wide it is."""
    monkeypatch.setattr(module, "REPLICATES", 50)


def published() -> pd.DataFrame:
    """The published table as ratings of one criterion, its values 1 to 5 as levels 0 to 4."""
    rows = []
    for rater, line in enumerate(PUBLISHED.split("\n")[1:-1]):
        for unit, value in enumerate(line.split()):
            if value != ".":
                rows.append((f"G{unit + 1}-R1", f"agent{unit}", f"r{rater}", "observer", "listen", int(value) - 1, ""))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def ratings(table: list[list[int | None]], criterion: str = "listen") -> pd.DataFrame:
    """A row a rater and a column a play, as ratings."""
    rows = [
        (f"G{play + 1}-R1", "agent", f"r{rater}", "observer", criterion, level, "")
        for rater, levels in enumerate(table)
        for play, level in enumerate(levels)
        if level is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_the_published_example_gives_the_published_alpha():
    found = Agreement.fit(published())
    assert round(found.alpha, 3) == 0.815  # ordinal; nominal 0.743, interval 0.849, ratio 0.797
    assert found.use == PEERS
    lines = [line.split() for line in PUBLISHED.strip().split("\n")]
    table = [[float(cell) if cell != "." else math.nan for cell in line] for line in lines]
    for level, alpha in {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}.items():
        assert round(krippendorff.alpha(table, level_of_measurement=level), 3) == alpha


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from([None, 0, 1, 2, 3, 4]), min_size=6, max_size=6), min_size=2, max_size=5
    )
)  # fmt: skip
def test_alpha_of_one_criterion_is_the_librarys(table):
    data = np.array([[math.nan if level is None else level for level in row] for row in table], dtype=float)
    counts = np.stack([(data == level).sum(axis=0) for level in LEVELS], axis=1)
    kept = counts[counts.sum(axis=1) > 1]
    if not len(kept):
        with pytest.raises(InputError, match=r"two observers|no rows"):
            Agreement.fit(ratings(table))
        return
    with mock.patch.object(module, "REPLICATES", 50):
        found = Agreement.fit(ratings(table))
    if (kept.sum(axis=0) > 0).sum() < 2:
        assert math.isnan(found.alpha)
        assert found.use == ALONE
    else:
        expected = krippendorff.alpha(data, value_domain=LEVELS, level_of_measurement="ordinal")
        assert found.alpha == pytest.approx(expected)
        assert found.alpha == pytest.approx(found.pooled)
        assert found.interval[0] <= found.interval[1] or math.isnan(found.interval[0])


def test_a_criterion_that_all_do_worse_lifts_the_pooled_alpha_and_not_ours():
    rng = np.random.default_rng(1)
    low, high = rng.integers(0, 2, (3, 40)).tolist(), rng.integers(3, 5, (3, 40)).tolist()  # pure chance in each
    found = Agreement.fit(pd.concat([ratings(low, "listen"), ratings(high, "own")]))
    assert found.pooled > 0.7
    assert abs(found.alpha) < 0.15
    assert found.use == ALONE


@pytest.mark.parametrize(("noise", "use"), [(0.3, PEERS), (0.85, DECIDE), (2.0, ALONE)])
def test_the_cuts(noise, use):
    rng = np.random.default_rng(4)
    truth = rng.uniform(0, 4, 60)
    table = np.clip(np.rint(truth + rng.normal(0, noise, (3, 60))), 0, 4).astype(int).tolist()
    found = Agreement.fit(ratings(table))
    assert found.use == use
    assert set(found.plays()["use"]) == {use}
    assert found.interval[0] < found.alpha < found.interval[1]


def test_two_observers_never_count_however_they_agree():
    found = Agreement.fit(ratings([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]))
    assert found.alpha == 1
    assert found.use == ALONE
    assert set(found.plays()["use"]) == {ALONE}
    mixed = pd.concat([ratings([[0, 1, 2, 3, 4]] * 3).iloc[:-1]])
    assert Agreement.fit(mixed).plays()["use"].tolist() == [PEERS] * 4 + [ALONE]


def test_the_interval_narrows_with_plays_and_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(9)

    def draw(plays):
        truth = rng.uniform(0, 4, plays)
        return np.clip(np.rint(truth + rng.normal(0, 0.8, (3, plays))), 0, 4).astype(int)

    long = draw(4000)
    true = _alpha(np.stack([(long == level).sum(axis=0) for level in LEVELS], axis=1))
    inside, wide = 0, []
    for _class in range(30):
        low, high = Agreement.fit(ratings(draw(40).tolist())).interval
        inside += low <= true <= high
        wide.append(high - low)
    assert inside >= 24  # 28.5 expected; bootstrap intervals are a little short
    low, high = Agreement.fit(ratings(draw(200).tolist())).interval
    assert high - low < np.mean(wide) / 1.7


def test_few_plays_give_no_interval():
    found = Agreement.fit(ratings([[1, 4], [2, 4], [1, 3]]))
    assert math.isnan(found.interval[0])
    assert "nobody can say" in found.describe("en")
    assert "无法判断" in found.describe("zh")


def test_severity_finds_the_hard_rater_by_hand():
    found = Agreement.fit(ratings([[0, 1, 2], [2, 3, 4], [2, 3, 4], [2, 3, 4]]))
    table = found.severity().set_index("rater")
    assert table["difference"].tolist() == pytest.approx([-2, 2 / 3, 2 / 3, 2 / 3])
    assert table.loc["r0", ["low", "high"]].tolist() == pytest.approx([-2, -2])  # the same in every play
    one = Agreement.fit(ratings([[1], [3]])).severity()
    assert one["difference"].tolist() == [-2, 2]
    assert one["low"].isna().all()


def test_percentages_and_pairs_by_hand():
    found = Agreement.fit(ratings([[0, 4], [0, 2], [1, 2]]))  # pairs: 0 1 1, 2 2 0 apart
    assert found.exact == pytest.approx(2 / 6)
    assert found.within_one == pytest.approx(4 / 6)
    pairs = found.pairs().set_index(["rater", "other"])
    assert pairs.loc[("r0", "r1")].tolist() == [2, 0.5, 0.5]
    assert pairs.loc[("r1", "r2")].tolist() == [2, 0.5, 1.0]


def test_teacher_and_customer_stay_out_of_it():
    frame = published()
    more = [("G1-R1", "agent0", "t", "teacher", "listen", 4, ""), ("G1-R1", "agent0", "c", "customer", "heard", 5, "")]
    more += [("G1-R1", "agent0", "r0", "observer", "global", 5, "")]
    both = pd.concat([frame, pd.DataFrame(more, columns=list(COLUMNS))], ignore_index=True)
    assert agreement(both).alpha == agreement(frame).alpha
    assert agreement(both).plays()["teacher"].iloc[0] == 4


def test_rows_in_any_order_give_the_same_and_the_table_is_left_alone(quickly):
    frame = Agreement.example()
    before = frame.copy(deep=True)
    first = Agreement.fit(frame)
    again = Agreement.fit(frame.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(first.summary(), again.summary())
    pd.testing.assert_frame_equal(first.severity(), again.severity())
    pd.testing.assert_frame_equal(frame, before)


def test_words_and_picture_in_both_languages(lang, quickly):
    from matplotlib import pyplot as plt

    from crmlab.language.catalogue import speaking

    frame = Agreement.example()
    for part in (frame, frame[frame["session"] == "G1-R1"], frame.assign(session="hall " + frame["session"])):
        with speaking(lang):
            found = Agreement.fit(part)
            words, ax = found.describe(), found.plot()
        assert "{" not in words
        assert "nan" not in words
        shown = [label.get_text() for label in ax.get_yticklabels()]
        assert len(shown) == len(rubric().criteria)
        assert ("倾听" in shown[0]) == (lang == "zh")
        plt.close(ax.figure)


@pytest.mark.parametrize(
    "wrong",
    [None, [1], pd.DataFrame(), published().drop(columns="rater"), published().assign(level=9), published().iloc[:0]],
)
def test_a_table_it_cannot_work_on_is_refused(wrong):
    with pytest.raises(InputError):
        Agreement.fit(wrong)
    with pytest.raises(InputError, match="two observers"):
        Agreement.fit(ratings([[1, 2, 3]]))
