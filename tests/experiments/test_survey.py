"""The survey against published intervals and alphas, likelihood by brute force, and coverage by simulation."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, Survey
from crmlab.experiments.survey import cronbach, feldt, net_interval, wilson

# nine complete answer sheets to eleven yes-or-no questions, from the Real Statistics example
SHEETS = np.array(
    [
        [int(mark) for mark in row]
        for row in (
            "11111111111", "11111111010", "11101101100", "11111000100", "11110010000", "11111000000", "01011000010",
            "11100000000", "10010000000",
        )
    ]
)  # fmt: skip


def asked(overall, **more):
    return pd.DataFrame({"customer": range(len(overall)), "overall": overall, **more})


def measures(survey):
    return survey.summary().set_index("measure")


def test_alpha_of_a_published_example():
    assert cronbach(SHEETS) == pytest.approx(0.8016949152542373)


@pytest.mark.parametrize(
    (
        "alpha",
        "persons",
        "items",
        "low",
        "high",
        "off",
    ),  # the second source prints another number of degrees of freedom
    [(0.913, 873, 20, 0.9044024, 0.9211588, 5e-8), (0.85, 89, 7, 0.7971254, 0.8931436, 1e-4)],
)
def test_published_intervals_of_alpha(alpha, persons, items, low, high, off):
    assert feldt(alpha, persons, items) == pytest.approx((low, high), abs=off)


def test_alpha_by_hand():
    # variances 1, 7/3, 1 and totals 4, 9, 11 with variance 13: 3/2 * (1 - (13/3) / 13) = 1
    matrix = np.array([[1, 2, 1], [2, 5, 2], [3, 5, 3]])
    items, total = matrix.var(axis=0, ddof=1).sum(), matrix.sum(axis=1).var(ddof=1)
    assert (items, total) == (pytest.approx(5), pytest.approx(13))
    assert cronbach(matrix) == pytest.approx(1.5 * (1 - 5 / 13))
    # two items: alpha is twice the covariance over half the variance of the total, here below zero
    assert cronbach(np.array([[1, 3], [2, 1], [3, 2]])) == pytest.approx(2 * (1 - 2 / 1))
    assert math.isnan(cronbach(np.array([[1, 2], [2, 1]])))


def test_alpha_of_parallel_items_is_spearman_and_brown():
    rng = np.random.default_rng(1)
    answers = rng.normal(size=(200_000, 1)) + rng.normal(size=(200_000, 4))
    assert cronbach(answers) == pytest.approx(4 * 0.5 / (1 + 3 * 0.5), abs=0.005)
    low, high = feldt(cronbach(answers), 200_000, 4)
    assert low < 0.8 < high


def test_feldt_covers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    inside = 0
    for _run in range(500):
        answers = rng.normal(size=(20, 1)) + rng.normal(size=(20, 4))
        low, high = feldt(cronbach(answers), 20, 4, 0.9)
        inside += low <= 0.8 <= high
    assert 0.86 < inside / 500 < 0.94


@pytest.mark.parametrize(
    ("hits", "answers", "low", "high"),  # Newcombe (1998), Statistics in Medicine 17, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals_of_a_share(hits, answers, low, high):
    assert wilson(hits / answers, answers) == pytest.approx((low, high), abs=6e-5)


def by_brute_force(promoters, detractors, answers, level=0.95):
    """The values not refused by the score test, with the most likely shares searched on a grid."""
    from scipy.special import ndtri

    z, observed, passive = ndtri((1 + level) / 2), promoters - detractors, 1 - promoters - detractors
    kept = []
    for truth in np.linspace(-1, 1, 1601):
        q = np.linspace(max(0.0, -truth), (1 - truth) / 2, 4001)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            terms = [
                np.where(share == 0, 0.0, share * np.log(np.maximum(chance, 1e-300)))
                for share, chance in ((promoters, q + truth), (detractors, q), (passive, 1 - truth - 2 * q))
            ]
        best = q[np.argmax(sum(terms))]
        if abs(observed - truth) <= z * math.sqrt(max(2 * best + truth - truth**2, 0) / answers) + 1e-9:
            kept.append(truth)
    return min(kept), max(kept)


@pytest.mark.parametrize(
    ("promoters", "detractors", "answers"), [(0.25, 0.125, 160), (0.9, 0.0, 10), (0, 0.4, 15), (0, 0, 12), (1, 0, 8)]
)
def test_the_interval_of_the_nps_is_the_score_interval(promoters, detractors, answers):
    found = net_interval(promoters, detractors, answers)
    assert found == pytest.approx(by_brute_force(promoters, detractors, answers), abs=0.0021)


def test_for_many_answers_the_nps_has_the_textbook_interval():
    p, q, n = 0.45, 0.2, 40_000
    half = 1.959964 * math.sqrt((p + q - (p - q) ** 2) / n)
    assert net_interval(p, q, n) == pytest.approx((p - q - half, p - q + half), abs=2e-5)
    assert net_interval(1, 0, 20)[0] < 0.7  # where Wald's would be a point


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 0.999))
@settings(max_examples=60)
def test_the_interval_of_the_nps_holds_it_and_mirrors(passive, promoters, detractors, level):
    n = passive + promoters + detractors
    p, q = promoters / n, detractors / n
    low, high = net_interval(p, q, n, level)
    assert -1 <= low <= p - q <= high <= 1
    assert net_interval(q, p, n, level) == pytest.approx((-high, -low), abs=1e-9)


def test_measures_by_hand():
    frame = asked([5, 4, 4, 3, 1, None, None, None], recommend=[10, 9, 8, 7, 0, 6, None, None])
    rows = measures(Survey.fit(frame))
    assert rows.loc["response", ["value", "answers"]].tolist() == [6 / 8, 8]  # the sixth answered one question
    assert rows.loc["satisfied", ["value", "answers"]].tolist() == [0.6, 5]
    assert rows.loc["very_satisfied", "value"] == 0.2
    assert rows.loc["mean", "value"] == pytest.approx(3.4)
    error = np.std([5, 4, 4, 3, 1], ddof=1) / math.sqrt(5)
    assert rows.loc["mean", "low"] == pytest.approx(3.4 - 2.776445 * error)
    assert rows.loc["mean", "high"] == 5  # held at the end of the scale
    assert rows.loc["nps", "value"] == pytest.approx(100 * (2 - 2) / 6)
    # the silent at worst and at best, of all eight
    assert rows.loc["satisfied_bounds", ["low", "high"]].tolist() == [3 / 8, 6 / 8]
    assert rows.loc["mean_bounds", ["low", "high"]].tolist() == [(17 + 3) / 8, (17 + 15) / 8]
    assert rows.loc["nps_bounds", ["low", "high"]].tolist() == [-25, 25]


def test_weighting_by_group_by_hand():
    frame = asked([5, 5, 4, 1, 2, None, None, None, None], group=list("aaabbbbbb"))
    rows = measures(Survey.fit(frame))
    assert rows.loc["mean", "value"] == pytest.approx(17 / 5)
    assert rows.loc["mean_weighted", "value"] == pytest.approx((3 * 14 / 3 + 6 * 1.5) / 9)
    variance = (3 / 9) ** 2 * np.var([5, 5, 4], ddof=1) / 3 + (6 / 9) ** 2 * np.var([1, 2], ddof=1) / 2
    assert rows.loc["mean_weighted", "high"] == pytest.approx(23 / 9 + 1.959964 * math.sqrt(variance), abs=1e-5)
    table = Survey.fit(frame).by_group()
    assert table["response"].tolist() == [1, pytest.approx(2 / 6)]


def test_weighting_mends_what_the_groups_explain():
    """Silence depends on the group only: the plain share is wrong, the weighted interval holds the truth."""
    rng = np.random.default_rng(4)
    wrong = held = 0
    for _run in range(50):
        group = rng.random(900) < 0.5
        happy = rng.random(900) < np.where(group, 0.8, 0.3)
        silent = rng.random(900) > np.where(group, 0.7, 0.2)
        rows = measures(Survey.fit(asked(np.where(silent, np.nan, np.where(happy, 5, 2)), group=group.astype(int))))
        truth = 0.8 * group.mean() + 0.3 * (1 - group.mean())
        wrong += not rows.loc["satisfied", "low"] <= truth <= rows.loc["satisfied", "high"]
        held += rows.loc["satisfied_weighted", "low"] <= truth <= rows.loc["satisfied_weighted", "high"]
    assert wrong > 47
    assert held > 42


@given(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=4, max_size=60))
@settings(max_examples=25)
def test_bounds_hold_whatever_the_silent_think(overall):
    given_ = [score for score in overall if score is not None]
    if len(given_) < 2:
        return
    rows = measures(Survey.fit(asked([math.nan if score is None else score for score in overall])))
    for opinion in (1, 3, 4, 5):
        full = [opinion if score is None else score for score in overall]
        assert rows.loc["mean_bounds", "low"] - 1e-9 <= np.mean(full) <= rows.loc["mean_bounds", "high"] + 1e-9
        share = np.mean([score >= 4 for score in full])
        assert rows.loc["satisfied_bounds", "low"] - 1e-9 <= share <= rows.loc["satisfied_bounds", "high"] + 1e-9
    assert (rows["low"] <= rows["value"] + 1e-9).all()
    assert (rows["value"] <= rows["high"] + 1e-9).all()


@pytest.mark.parametrize(
    ("population", "answers"),  # Krejcie and Morgan (1970), table 1, which rounds: 44 for 50, 217 for 500
    [(10, 10), (50, 45), (100, 80), (1000, 278), (3000, 341), (10_000, 370), (1_000_000, 384), (500, 218)],
)
def test_sample_sizes_in_print(population, answers):
    assert Survey.sample_size(0.05, population=population) == answers


def test_sample_size_and_its_limits():
    assert Survey.sample_size(0.05) == 385
    assert Survey.sample_size(0.03) == 1068
    assert Survey.sample_size(0.05, 0.99) == 664
    assert Survey.sample_size(0.05, population=1) == 1
    assert Survey.sample_size(0.999, 0.001) == 1
    for wrong in ({"margin": 5}, {"margin": 0}, {"margin": "5%"}, {"margin": 0.05, "level": 95},
                  {"margin": 0.05, "share": 1}, {"margin": 0.05, "population": 0}):  # fmt: skip
        with pytest.raises(InputError, match=list(wrong)[-1]):
            Survey.sample_size(**wrong)


def test_a_population_that_is_all_asked_leaves_no_chance():
    frame = asked([5, 4, 2, 1], recommend=[10, 9, 3, 8])
    rows, endless = (measures(Survey.fit(frame, population=many)) for many in (4, None))
    for name in ("response", "satisfied", "mean", "nps"):
        assert rows.loc[name, "low"] == pytest.approx(rows.loc[name, "value"])
        assert rows.loc[name, "high"] == pytest.approx(rows.loc[name, "value"])
    almost = measures(Survey.fit(frame, population=10**15))
    pd.testing.assert_frame_equal(almost, endless)
    half = measures(Survey.fit(frame, population=8)).loc["nps"]
    assert rows.loc["nps", "value"] < half["high"] < endless.loc["nps", "high"]


def test_the_mean_of_a_finite_population_is_covered():
    rng = np.random.default_rng(3)
    everybody = rng.integers(1, 6, 300).astype(float)
    inside = 0
    for _run in range(100):
        sample = rng.choice(everybody, 200, replace=False)
        row = measures(Survey.fit(asked(sample), population=300)).loc["mean"]
        inside += row["low"] <= everybody.mean() <= row["high"]
    assert 0.88 < inside / 100 < 1


def test_items():
    frame = pd.DataFrame({"customer": range(9), **{f"q{n + 1}": SHEETS[:, n] for n in range(11)}})
    survey = Survey.fit(frame, item_scale=(0, 1))
    assert survey.items[-1] == "q11"
    row = measures(survey).loc["alpha"]
    assert (row["value"], row["answers"]) == (pytest.approx(0.8016949), 9)
    assert (row["low"], row["high"]) == pytest.approx(feldt(0.80169491525, 9, 11))
    table = survey.by_item()
    assert table.loc[2, "alpha_without"] == pytest.approx(cronbach(np.delete(SHEETS, 2, axis=1)))
    others = np.delete(SHEETS, 2, axis=1).sum(axis=1)
    assert table.loc[2, "rest"] == pytest.approx(np.corrcoef(SHEETS[:, 2], others)[0, 1])
    assert measures(Survey.fit(frame, items=["q3", "q1"], item_scale=(0, 1))).loc["alpha", "answers"] == 9


def test_a_sheet_with_a_gap_counts_for_all_but_alpha():
    frame = asked([5, 4, 3, 2], q1=[5, 4, 3, None], q2=[4, 4, 2, 1])
    survey = Survey.fit(frame)
    assert measures(survey).loc["alpha", "answers"] == 3
    assert survey.by_item()["answers"].tolist() == [3, 4]
    assert survey.response == 1


@pytest.mark.parametrize("kind", ["object", "Int64", "float64", "category"])
def test_empty_cells_of_any_kind_are_silence(kind):
    frame = asked(pd.array([5, 4, None, 2], dtype="Int64"))
    frame["overall"] = frame["overall"].astype(object) if kind == "object" else frame["overall"].astype(kind)
    assert measures(Survey.fit(frame)).loc["satisfied", "value"] == pytest.approx(2 / 3)


def test_other_names_and_scales():
    frame = pd.DataFrame({"id": list("abcd"), "csat": [7, 6, 5, 1], "shop": [1, 1, 2, 2]})
    rows = measures(Survey.fit(frame, customer="id", overall="csat", group="shop", scale=(1, 7)))
    assert rows.loc["satisfied", "value"] == 0.5
    assert rows.loc["mean_bounds", ["low", "high"]].tolist() == [4.75, 4.75]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"overall": [5, 6, None, 4]}, {}, "overall has 6.0 in row 2"),
        ({"overall": [5, 0, None, 4]}, {}, "overall has 0.0 in row 2"),
        ({"overall": [None, 4.5, 3, 4]}, {}, "overall has 4.5 in row 2"),
        ({"overall": [5, "good", None, 4]}, {}, "'good' in row 2"),
        ({"overall": [5, True, None, 4]}, {}, "True in row 2"),
        ({"recommend": [5, 11, None, 4]}, {}, "recommend has 11.0 in row 2"),
        ({"overall": [None] * 4}, {}, "Nobody answered: overall"),
        ({"overall": [None, 3, None, None]}, {}, "overall: 1 answers"),
        ({"customer": [1, 2, 2, 3]}, {}, "customer has 2 in row 3"),
        ({"customer": [1, None, 2, 3]}, {}, "customer has an empty cell in row 2"),
        ({"group": ["a", None, "b", "b"]}, {}, "group has an empty cell in row 2"),
        ({"group": ["a", "b", "b", "b"]}, {}, "1 answers in the group a"),
        ({}, {"overall": "score"}, "lacks score"),
        ({}, {"group": "shop"}, "lacks shop"),
        ({}, {"overall": None}, "no answers"),
        ({"q1": [1, 2, 3, 4]}, {}, "at least two items"),
        ({}, {"items": "q1"}, "list of column names"),
        ({}, {"items": 4}, "list of column names"),
        ({}, {"items": [["q1"]]}, "list of column names"),
        ({}, {"group": ["group"]}, "group is ['group']"),
        ({}, {"customer": None}, "lacks None"),
        ({"q1": [1, 2, 3, 4]}, {"items": ["q1", "q1"]}, "at least two items"),
        ({"q1": [1, 2, 3, 4], "q2": [4, 3, 2, 1]}, {}, "no alpha"),
        ({"q1": [1, 2, None, None], "q2": [None, None, 2, 1]}, {}, "0 people answered all"),
        ({}, {"scale": 5}, "scale is 5"),
        ({}, {"scale": (5, 1)}, "scale is 1"),
        ({}, {"level": 95}, "level is 95"),
        ({}, {"population": 3}, "population is 3"),
    ],
)
def test_what_is_no_survey_is_refused(change, options, said):
    frame = asked([5, 4, 2, 1]).assign(**change)
    with pytest.raises(InputError) as refused:
        Survey.fit(frame, **options)
    assert said in str(refused.value)


def test_views_that_were_not_asked_for_are_refused():
    survey = Survey.fit(asked([5, 4, 2]))
    with pytest.raises(InputError, match="group="):
        survey.by_group()
    with pytest.raises(InputError, match="items="):
        survey.by_item()


def test_the_example_shows_what_silence_does():
    frame = Survey.example()
    survey = Survey.fit(frame)
    rows, truth = measures(survey), frame.attrs["satisfied"]
    assert survey.response == pytest.approx(0.4, abs=0.02)
    assert rows.loc["satisfied", "low"] > truth  # the interval for chance misses it
    assert rows.loc["satisfied_bounds", "low"] < truth < rows.loc["satisfied_bounds", "high"]
    assert truth < rows.loc["satisfied_weighted", "value"] < rows.loc["satisfied", "value"]


def test_words_and_picture_of_small_surveys(axes, readable, lang):
    from crmlab.language.catalogue import speaking

    for survey in (
        Survey.fit(asked([5, 5, 5])),
        Survey.fit(asked([1, 1, None], recommend=[0, 0, None])),
        Survey.fit(asked([5, 5, 5, 5], recommend=[10, 10, 10, 10], group=[1, 1, 2, 2]), population=4),
        Survey.fit(asked([None] * 3, q1=[1, 2, 3], q2=[1, 3, 3]), overall=None),
    ):
        with speaking(lang):
            survey.plot(axes)
        readable(axes)
        words = survey.describe(lang)
        assert "nan" not in words
        assert "{" not in words


def test_the_words_name_the_silent():
    words = Survey.fit(Survey.example()).describe("en")
    assert "24.9% to 84.1%" in words
    assert "5.6 times" in words
    assert "5.6 倍" in Survey.fit(Survey.example()).describe("zh")
    assert "silent" not in Survey.fit(asked([5, 4, 3])).describe("en")


@pytest.mark.parametrize(
    ("interval", "told"),
    [(wilson, (81, 263)), (wilson, (0.5, 0)), (wilson, ("x", 3)), (net_interval, (50, 20, 100)),
     (net_interval, (0.9, 0.5, 10)), (net_interval, (0.5, 0.2, 0)), (feldt, (2, 100, 5)), (feldt, (0.8, 1, 5))],
)  # fmt: skip
def test_what_is_no_share_has_no_interval(interval, told):
    with pytest.raises(InputError):
        interval(*told)


@pytest.mark.parametrize(
    ("hits", "answers", "printed"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_as_newcombe_1998_prints_it(hits, answers, printed):
    assert wilson(hits / answers, answers) == pytest.approx(printed, abs=5e-5)
