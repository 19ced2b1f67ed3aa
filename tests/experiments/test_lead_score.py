"""The learned score against scikit-learn, noise and odd tables."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmlab import InputError, LeadScore


def noise(leads: int = 200, features: int = 2, seed: int = 0) -> pd.DataFrame:
    """Past leads whose features have nothing to do with winning."""
    rng = np.random.default_rng(seed)
    columns = {f"feature {place}": rng.normal(size=leads) for place in range(features)}
    return pd.DataFrame({"lead": np.arange(leads), "won": rng.integers(0, 2, leads), **columns})


@pytest.mark.parametrize("ridge", [0.01, 1.0, 50.0])
def test_weights_are_those_of_scikit_learn(ridge):
    from sklearn.linear_model import LogisticRegression

    past = LeadScore.example()
    known = past[["money", "authority", "need"]].to_numpy(dtype=float)
    scaled = (known - known.mean(axis=0)) / known.std(axis=0)
    other = LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=10_000).fit(scaled, past["won"])
    score = LeadScore.fit(past, ridge=ridge)
    assert np.allclose(np.array(score.weights) * known.std(axis=0), other.coef_[0], atol=1e-6)
    assert np.allclose(score.chance(past), other.predict_proba(scaled)[:, 1], atol=1e-6)


def test_it_finds_what_the_example_was_made_with():
    score = LeadScore.fit(LeadScore.example(), ridge=1e-6)
    assert np.allclose(score.weights, (0.5, 0.25, 0.7), atol=0.25)
    assert score.useful
    assert 0.7 < score.auc < 0.9
    assert score.luck < 1e-6
    table = score.coefficients()
    assert np.allclose(table["odds_ratio"], np.exp(score.weights))


def test_the_auc_is_what_one_counts():
    """Two folds by hand: pairs of a won and a lost lead of the same part."""
    from crmlab.experiments.lead_score import _learn, _unseen

    past = noise(40, seed=3)
    known, won = past[["feature 0", "feature 1"]].to_numpy(), past["won"].to_numpy()
    chance, auc, error = _unseen(known, won, 2, 1.0, 1)
    rng, part = np.random.default_rng(1), np.zeros(40, dtype=int)
    for kind in (0, 1):
        here = rng.permutation(np.flatnonzero(won == kind))
        part[here[1::2]] = 1
    pairs = better = 0
    for fold in (0, 1):
        weights, intercept = _learn(known[part != fold], won[part != fold], 1.0)
        score = intercept + known @ weights
        for good in np.flatnonzero((part == fold) & (won == 1)):
            assert chance[good] == pytest.approx(1 / (1 + math.exp(-score[good])))
            for bad in np.flatnonzero((part == fold) & (won == 0)):
                pairs, better = pairs + 1, better + (score[good] > score[bad])
    assert auc == pytest.approx(better / pairs)
    assert 0.05 < error < 0.2


def test_noise_is_seldom_taken_for_a_score():
    scores = [LeadScore.fit(noise(60, 2, seed)) for seed in range(150)]
    assert np.mean([score.useful for score in scores]) <= 0.08
    assert any(score.low > 0.5 and not score.useful for score in scores)  # an AUC alone is too easily pleased
    assert np.mean([score.auc for score in scores]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([score.luck < 0.1 for score in scores]) == pytest.approx(0.1, abs=0.1)
    blind = next(score for score in scores if not score.useful)
    assert "no better than chance" in blind.describe("en")
    assert "不比瞎猜好" in blind.describe("zh")
    assert "No better" in blind.plot().get_title("left")


def test_what_parts_the_leads_without_fault_does_not_explode():
    past = pd.DataFrame({"lead": range(40), "won": [0] * 20 + [1] * 20, "score": range(40)})
    for ridge in (1e-6, 1.0):
        score = LeadScore.fit(past, ridge=ridge)
        assert score.auc == 1
        assert score.useful
        assert np.isfinite([*score.weights, score.intercept]).all()
        assert np.isfinite(score.summary().to_numpy(dtype=float)).all()
    few = LeadScore.fit(past.iloc[[0, 1, 38, 39]])
    assert few.auc == 1
    assert not few.useful  # four leads can be parted by luck


def test_the_gains_add_up():
    score = LeadScore.fit(LeadScore.example())
    table = score.summary()
    assert table["leads"].sum() == score.leads == 300
    assert table["won"].sum() == score.won
    assert table["cumulative"].iloc[-1] == pytest.approx(1)
    assert (table["expected"].diff()[1:] < 0).all()
    assert np.allclose(table["lift"], table["rate"] / (score.won / 300))
    assert table["expected"].sum() == pytest.approx(score.won, rel=0.05)  # calibrated on the whole


def test_order_of_rows_and_scale_of_features_make_no_difference():
    past = LeadScore.example()
    first = LeadScore.fit(past)
    mixed = LeadScore.fit(past.sample(frac=1, random_state=3))
    assert first.auc == mixed.auc
    assert np.allclose(first.weights, mixed.weights)
    grown = LeadScore.fit(past.assign(money=1e6 * past["money"] - 5e5))
    assert grown.auc == pytest.approx(first.auc)
    assert grown.weights[0] * 1e6 == pytest.approx(first.weights[0])


def test_whom_to_visit():
    score = LeadScore.fit(LeadScore.example())
    new = pd.DataFrame({"lead": ["c", "a", "b"], "money": [3, 5, 3], "authority": [3, 5, 3], "need": [3, 5, 3]})
    ranked = score.rank(new)
    assert ranked["lead"].tolist() == ["a", "b", "c"]
    assert ranked["rank"].tolist() == [1, 2, 3]
    assert score.rank(new, 1)["lead"].tolist() == ["a"]
    assert len(score.rank(new, 0)) == 0
    assert ranked["chance"].iloc[0] == pytest.approx(score.chance(new)[1])
    for visits in (-1, 4, 1.5, "2"):
        with pytest.raises(InputError, match="visits"):
            score.rank(new, visits)
    with pytest.raises(InputError, match="need"):
        score.rank(new.drop(columns="need"), 1)


def test_a_feature_that_never_differs_weighs_nothing_and_truth_values_count():
    past = LeadScore.example()
    same = LeadScore.fit(past.assign(same=1e12))
    assert same.weights[-1] == 0
    assert np.allclose(same.weights[:3], LeadScore.fit(past).weights)
    assert LeadScore.fit(past.assign(won=past["won"] == 1)).auc == LeadScore.fit(past).auc
    assert LeadScore.fit(past.assign(budget=past["money"] > 3)).useful
    alone = LeadScore.fit(past[["lead", "won"]].assign(same=1))
    assert (alone.auc, alone.luck, alone.useful) == (0.5, 1, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lead": 1}, "1 occurs more than once"),
        ({"won": 0}, "0 were won"),
        ({"won": 1}, "0 lost"),
        ({"won": 0.5}, "0.5"),
        ({"won": 2}, "won"),
        ({"money": "rich"}, "money"),
        ({"money": float("inf")}, "money"),
        ({"money": 1e13}, "money"),
        ({"need": None}, "need"),
    ],
)
def test_odd_tables_are_named(change, said):
    with pytest.raises(InputError, match=said):
        LeadScore.fit(LeadScore.example().assign(**change))


def test_odd_options_are_named():
    past = LeadScore.example()
    with pytest.raises(InputError, match="no features"):
        LeadScore.fit(past[["lead", "won"]])
    for name, value in (("folds", 1), ("folds", 21), ("ridge", 0), ("seed", -1)):
        with pytest.raises(InputError, match=name):
            LeadScore.fit(past, **{name: value})
