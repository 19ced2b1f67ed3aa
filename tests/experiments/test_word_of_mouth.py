"""Word of mouth against brute force: the branching process, its moments, its distribution and its end."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.word_of_mouth import WordOfMouth
from crmlab.language.errors import InputError

TALK = [
    WordOfMouth(),
    WordOfMouth.ten_to_twenty(),
    WordOfMouth.one_in_five(),
    WordOfMouth.traced(),
    WordOfMouth(generations=2, pass_on_share=0.1, pass_on_number=5, talker_share=0.3, talker_number=1, dissatisfied=3),
    WordOfMouth(told_low=0, told_high=3, generations=3, pass_on_share=0.5, pass_on_number=2),
]
EDGES = [
    WordOfMouth(told_low=0, told_high=0),
    WordOfMouth(dissatisfied=0),
    WordOfMouth(pass_on_share=1, pass_on_number=1, generations=3),
    WordOfMouth(pass_on_share=0, pass_on_number=100, generations=3),
    WordOfMouth(talker_share=1, talker_number=0),
    WordOfMouth(told_low=0, told_high=30, pass_on_number=30, generations=3, pass_on_share=1),  # the sliders' far end
]


@pytest.mark.parametrize("talk", TALK, ids=repr)
def test_runs_agree_with_means(talk):
    replicates = 4000
    runs = talk.simulate(months=2, seed=3, replicates=replicates)
    means = talk.expected(months=2).set_index("month")
    assert set(means.columns) < set(runs.columns)
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(replicates)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error).all(axis=None)
    # the sum over a Poisson number of customers has variance: rate * (variance + mean squared)
    spread = runs.loc[runs["month"] == 1, "reached"].var()
    assert spread == pytest.approx(talk.dissatisfied * (talk.variance + talk.mean**2), rel=0.15)
    pd.testing.assert_frame_equal(runs, talk.simulate(months=2, seed=3, replicates=replicates))


def test_what_the_documents_say():
    assert WordOfMouth.ten_to_twenty().mean == 15
    assert WordOfMouth.eight_to_twelve().mean == 10 + 10 * 0.2 * 20
    assert WordOfMouth.one_in_five().mean == pytest.approx(0.8 * 10 + 0.2 * 20)
    assert WordOfMouth.satisfied().mean == 3
    assert 4 <= WordOfMouth.handled().mean <= 5
    traced = WordOfMouth.traced()
    assert 9 <= traced.mean <= 10
    chances = traced.distribution().set_index("reached")["probability"]
    assert chances[chances.index > 20].sum() == pytest.approx(0.13)


def story(talk, rng):
    """One customer's story, told person by person."""
    talker = rng.random() < talk.talker_share
    hearers = talk.talker_number if talker else rng.integers(talk.told_low, talk.told_high + 1)
    reached = hearers
    for _round in range(talk.generations):
        hearers = sum(talk.pass_on_number for _hearer in range(hearers) if rng.random() < talk.pass_on_share)
        reached += hearers
    return reached


@pytest.mark.parametrize("talk", [TALK[0], TALK[4], TALK[5]], ids=repr)
def test_distribution_against_single_stories(talk):
    rng = np.random.default_rng(8)
    told = np.array([story(talk, rng) for _customer in range(4000)])
    exact = talk.distribution()
    assert set(told) <= set(exact["reached"])
    below = np.searchsorted(np.sort(told), exact["reached"], side="right") / len(told)
    assert np.abs(below - exact["probability"].cumsum()).max() < 0.035  # Kolmogorov: 2.2 / sqrt(4000)


@given(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted),
    st.floats(0, 1),
    st.integers(0, 12),
    st.floats(0, 1),
    st.integers(0, 8),
    st.integers(0, 3),
)
@settings(max_examples=60)
def test_moments_are_those_of_the_distribution(told, talkers, number, share, people, generations):
    talk = WordOfMouth(
        told_low=told[0], told_high=told[1], talker_share=talkers, talker_number=number, pass_on_share=share,
        pass_on_number=people, generations=generations,
    )  # fmt: skip
    table = talk.distribution()
    mean = (table["reached"] * table["probability"]).sum()
    assert table["probability"].sum() == pytest.approx(1, abs=1e-9)
    assert talk.mean == pytest.approx(mean, rel=1e-6, abs=1e-8)
    assert talk.variance == pytest.approx(
        ((table["reached"] - mean) ** 2 * table["probability"]).sum(), rel=1e-5, abs=1e-6
    )
    assert talk.quantile(0.01) <= talk.median <= talk.quantile(0.99) <= talk.farthest
    assert 0 <= talk.dies_out <= 1


def test_mean_is_not_typical_where_few_talk_much():
    rare = WordOfMouth(pass_on_share=0.02, pass_on_number=20)
    assert rare.mean == pytest.approx(14)
    assert rare.median < 12


def test_end_of_a_story():
    assert WordOfMouth(pass_on_share=0.05, pass_on_number=20).dies_out == 1  # growth exactly 1
    assert WordOfMouth(pass_on_share=1, pass_on_number=1).dies_out == 0
    assert WordOfMouth(pass_on_share=1, pass_on_number=0).dies_out == 1
    assert WordOfMouth(told_low=0, told_high=0).dies_out == 1
    # binary splitting with chance s dies out behind each hearer with chance (1 - s) / s
    split = WordOfMouth(told_low=1, told_high=1, pass_on_share=0.8, pass_on_number=2)
    assert split.dies_out == pytest.approx(0.25)
    assert "Beware" in split.describe("en")
    assert "Beware" not in WordOfMouth(pass_on_share=0.05).describe("en")


def test_offset():
    assert WordOfMouth.eight_to_twelve().satisfied_needed == 200
    assert WordOfMouth.ten_to_twenty().satisfied_needed == 60
    assert WordOfMouth(told_low=0, told_high=0, satisfied_tell=0).satisfied_needed == 0


MAKERS = {
    "new": lambda fields: WordOfMouth(**fields),
    "validated": WordOfMouth.model_validate,
    "copied": lambda fields: WordOfMouth().model_copy(update=fields),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_least_above_most(make):
    with pytest.raises(InputError, match="told_low is 20 and told_high is 12"):
        make({"told_low": 20})


@pytest.mark.parametrize("share", [0, 1, 50, "half", None])
def test_quantile_wants_a_share(share):
    with pytest.raises(InputError, match="share"):
        WordOfMouth().quantile(share)


def test_a_story_too_far():
    with pytest.raises(InputError, match="2,000,000"):
        WordOfMouth(told_high=1000, pass_on_number=100, generations=3)


@pytest.mark.parametrize("talk", [*TALK, *EDGES], ids=repr)
@pytest.mark.parametrize("months", [0, 2])
def test_picture_and_words_at_every_edge(talk, months):
    import matplotlib.pyplot as plt

    assert talk.plot(months=months).get_title(loc="left")
    plt.close("all")
    assert "nan" not in talk.describe("en", months=months)
    runs = talk.simulate(months=months, seed=1)
    assert len(runs) == months + 1
    assert (runs["told"] + runs["passed_on"] == runs["reached"]).all()


def test_words_in_both_languages():
    assert "reaches 50 people on average" in WordOfMouth().describe("en")
    assert "12,000 people" in WordOfMouth().describe("en")
    assert "12000 个人" in WordOfMouth().describe("zh")
    assert "不满的客户" in WordOfMouth().describe("zh")
