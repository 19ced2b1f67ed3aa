"""Weighted scores: totals by hand, rank reversal, tipping weights by search, win shares by geometry, odd tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.system_choice import NORMALISATIONS, SystemChoice
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError


def table(scores, weights, least=None):
    """A frame of products A, B, ... and criteria a, b, ... from a matrix of scores."""
    rows = [
        (chr(65 + i), chr(97 + j), score, weights[j], None if least is None else least[j])
        for i, row in enumerate(scores)
        for j, score in enumerate(row)
    ]
    frame = pd.DataFrame(rows, columns=["product", "criterion", "score", "weight", "least"])
    return frame.drop(columns="least") if least is None else frame.astype({"least": float})


@pytest.fixture(scope="module")
def example():
    return SystemChoice.fit(SystemChoice.example())


def test_totals_by_hand(example):
    totals = dict(zip(example.products, example.totals, strict=True))
    assert totals["Teapot"] == pytest.approx(0.30 * 8 + 0.20 * 7 + 0.15 * 7 + 0.15 * 8 + 0.20 * 5)
    assert example.summary()["product"].tolist() == ["Teapot", "Quillfish", "Paperboat", "Lanternfly", "Snowpea"]
    scaled = table([[10, 2], [4, 8], [7, 2]], [3, 1])
    assert SystemChoice.fit(scaled).totals == pytest.approx([8, 5, 5.75])
    assert SystemChoice.fit(scaled, normalisation="min_max").totals == pytest.approx([0.75, 0.25, 0.375])
    assert SystemChoice.fit(scaled, normalisation="share_of_best").totals == pytest.approx([0.8125, 0.55, 0.5875])


def test_a_product_that_nobody_would_choose_decides_who_wins():
    choice = SystemChoice.fit(SystemChoice.example(), normalisation="min_max")
    assert choice.winners == ("Quillfish",)
    assert choice.dominated() == {"Snowpea": "Quillfish"}
    assert choice.summary().set_index("product")["wins_any"]["Snowpea"] == 0
    assert choice.without("Snowpea").winners == ("Teapot",)
    changes = choice.reversals().set_index("change")
    assert changes.loc["without Snowpea", "winner"] == "Teapot"
    assert changes.loc["without Snowpea", ["winner_changes", "order_changes"]].tolist() == [True, True]
    assert not changes.loc["without Paperboat", "order_changes"]


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 10), min_size=3, max_size=3), min_size=2, max_size=5))
def test_scores_as_they_are_know_no_reversal_by_another_product(scores):
    choice = SystemChoice.fit(table(scores, [3, 2, 1]))
    changes = choice.reversals()
    without = changes[changes["change"].str.startswith("without")]
    assert not without["winner_changes"].any()
    assert not without["order_changes"].any()


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=5),
    st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any),
    st.sampled_from(["none", "min_max"]),
)
def test_tipping_weights_are_the_nearest(scores, weights, normalisation):
    choice = SystemChoice.fit(table(scores, weights), normalisation=normalisation)
    if len(choice.winners) > 1:
        assert (choice.tipping()["change"] == 0).all()
        return
    winner = choice.products.index(choice.winners[0])
    for row in choice.tipping().itertuples():
        j = choice.criteria.index(row.criterion)
        rest = np.delete(choice.weights, j)
        rest = rest / rest.sum() if rest.sum() else np.full(2, 0.5)
        for weight in np.linspace(0, 1, 201):
            near = np.insert((1 - weight) * rest, j, weight)
            totals = choice.values @ near
            ahead = totals[winner] >= totals.max() - 1e-9
            if np.isnan(row.change) or abs(weight - row.weight) < abs(row.change) - 1e-9:
                assert ahead
        if not np.isnan(row.change):
            totals = choice.values @ np.insert((1 - row.tips_at) * rest, j, row.tips_at)
            assert totals[choice.products.index(row.new_winner)] == pytest.approx(totals[winner], abs=1e-9)


def test_win_shares_by_geometry():
    # of all weights on a line, A wins where a weighs over a quarter; of a triangle, each of three wins a third
    assert SystemChoice.fit(table([[3, 0], [0, 1]], [1, 1])).win_shares(None) == pytest.approx([0.75, 0.25], abs=0.02)
    three = SystemChoice.fit(table(np.eye(3), [1, 1, 1]))
    assert three.win_shares(None) == pytest.approx([1 / 3] * 3, abs=0.02)
    assert three.win_shares() == pytest.approx([1 / 3] * 3, abs=0.02)
    # the best of two on the first criterion by five to one: Dirichlet(25, 25) puts the weight over 1/6 almost surely
    sure = SystemChoice.fit(table([[5, 0], [0, 1]], [1, 1]))
    assert sure.win_shares()[0] > 0.999
    assert sure.win_shares(1) == pytest.approx([1 - 0.2677, 0.2677], abs=0.02)  # Beta(1/2, 1/2) at 1/6


def test_ties_share_and_dominated_never_win(example):
    same = SystemChoice.fit(table([[5, 5], [5, 5], [4, 5]], [1, 2]))
    assert same.winners == ("A", "B")
    assert same.win_shares() == pytest.approx([0.5, 0.5, 0])
    assert same.summary()["rank"].tolist() == [1, 1, 3]
    assert set(same.dominated()) == {"C"}
    assert "tie" in same.describe("en")
    assert example.win_shares().sum() == pytest.approx(1)


def test_knock_out_criteria():
    frame = table([[9, 2], [6, 6], [5, 7]], [2, 1], [None, 3])
    choice = SystemChoice.fit(frame)
    assert choice.winners == ("B",)
    summary = choice.summary().set_index("product")
    assert pd.isna(summary.loc["A", "rank"])
    assert summary.loc["A", "lacking"] == "b"
    assert summary.index.tolist() == ["B", "C", "A"]
    assert summary.loc["A", "wins_any"] == 0
    assert "Out" in choice.describe("en")
    assert SystemChoice.fit(frame.assign(least=np.nan)).winners == ("A",)
    # what is out does not count in the normalisation
    fit, short = (
        SystemChoice.fit(frame, normalisation="min_max"),
        SystemChoice.fit(frame[frame["product"] != "A"], normalisation="min_max"),
    )
    assert fit.totals[1:] == pytest.approx(short.totals)
    with pytest.raises(InputError, match="No product has the least"):
        SystemChoice.fit(table([[1, 1]], [1, 1], [5, 5]))


def test_one_product_or_one_criterion_or_all_weight_on_one():
    one = SystemChoice.fit(table([[3, 4]], [1, 1]), normalisation="min_max")
    assert one.winners == ("A",)
    assert "Only A" in one.describe("en")
    with pytest.raises(InputError, match="no product is left"):
        one.without("A")
    single = SystemChoice.fit(table([[3], [4]], [1]))
    assert single.tipping()["change"].isna().all()
    assert "No change of a single weight" in single.describe("en")
    loaded = SystemChoice.fit(table([[3, 0, 1], [1, 4, 5]], [1, 0, 0])).tipping().set_index("criterion")
    assert loaded.loc["a", "tips_at"] == pytest.approx(2 / 3)  # with the rest shared alike


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.iloc[1:], "exactly one score for a; it has 0"),
        (lambda f: pd.concat([f, f.iloc[:1]]), "it has 2"),
        (lambda f: f.assign(weight=range(4)), "several values in the column weight"),
        (lambda f: f.assign(weight=0), "All weights are 0"),
        (lambda f: f.assign(weight=-1), "weight has -1"),
        (lambda f: f.assign(score="good"), "'good'"),
        (lambda f: f.assign(score=np.inf), "inf"),
        (lambda f: f.assign(least=[1, 2, 3, 4]), "several values in the column least"),
        (lambda f: f.assign(least="high"), "'high'"),
        (lambda f: f.drop(columns="weight"), "lacks weight"),
    ],
)
def test_what_is_no_choice_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        SystemChoice.fit(change(table([[3, 4], [5, 6]], [1, 1])))


def test_options_that_are_not_there(example):
    with pytest.raises(InputError, match=r"'log'.*min_max"):
        SystemChoice.fit(SystemChoice.example(), normalisation="log")
    with pytest.raises(InputError, match="share of the best"):
        SystemChoice.fit(table([[-1, 4], [5, 6]], [1, 1]), normalisation="share_of_best")
    with pytest.raises(InputError, match="share of the best"):
        SystemChoice.fit(table([[0, 4], [0, 6]], [1, 1]), normalisation="share_of_best")
    with pytest.raises(InputError, match="no product 'Anvil'"):
        example.without("Anvil")
    for certainty in (0, "much", float("nan")):
        with pytest.raises(InputError, match="certainty"):
            example.win_shares(certainty)
    # where scores are negative, the share of the best is not among the changes tried
    assert len(SystemChoice.fit(table([[-1, 4], [5, 6]], [1, 1])).reversals()) == 2


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_and_words_of_any_table(normalisation, language, axes, readable):
    rng = np.random.default_rng(4)
    frame = table(rng.integers(0, 11, (12, 9)), range(1, 10), [None, 2] + [None] * 7)
    frame["product"] = "an unduly long name for a product, " + frame["product"]
    frame["criterion"] = "an unduly long criterion " + frame["criterion"]
    with speaking(language):
        choice = SystemChoice.fit(frame, normalisation=normalisation)
        choice.plot(axes)
        readable(axes)
        assert "nan" not in choice.describe()
        negative = SystemChoice.fit(table([[-3, 4], [2, -5]], [1, 1]))
        negative.plot(axes)
        readable(axes)


def test_the_example_speaks_both_languages():
    with speaking("zh"):
        frame = SystemChoice.example()
        words = SystemChoice.fit(frame, normalisation="min_max").describe()
    assert not any(name.isascii() for name in {*frame["product"], *frame["criterion"]})
    assert "荷兰豆" in words
    assert "made up" in frame.attrs["source"]
