"""Repairs that do not hold: the chain against its matrix and against runs, and what each lever can and cannot do."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.repair import LEVERS, RepairProcess
from crmlab.language.errors import InputError

FIRMS = [
    RepairProcess(),
    RepairProcess(faults=5, first_fix=0.2, shared=0.6, escalate_after=2, politeness=0.4, soften=0.8, lose=0.6),
    RepairProcess(first_fix=0, shared=0, escalate_after=1, lose=1, politeness=0),
    RepairProcess(first_fix=1),
]
shares = st.floats(0, 1)
firms = st.builds(
    RepairProcess, first_fix=shares, shared=shares, known_adds=shares, politeness=shares, soften=shares, lose=shares,
    escalate_after=st.integers(1, 60),
)  # fmt: skip


@pytest.mark.parametrize("firm", FIRMS, ids=repr)
def test_runs_agree_with_means(firm):
    runs, means = firm.simulate(3, seed=11, replicates=4000), firm.expected(3).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = (groups.std() / np.sqrt(4000)).clip(lower=1e-9)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-9 * means.abs()).all(axis=None)
    pd.testing.assert_frame_equal(runs, firm.simulate(3, seed=11, replicates=4000))
    last = runs[runs["month"] == 3]
    lost = means.loc[3, "lost"]  # thinned Poisson: as much variance as mean
    assert last["lost"].var() == pytest.approx(lost, rel=0.13, abs=1e-9)
    assert (last["lost"] <= last["faults"]).all()
    assert (last["escalated"] + last["at_once"] <= last["faults"]).all()


def by_matrix(firm):
    """Visits and the share lost from the fundamental matrix of the chain: a state a visit and mood of the customer."""
    known = 1 - (1 - firm.first_fix) * (1 - firm.known_adds)
    technician = firm.shared * known + (1 - firm.shared) * firm.first_fix
    expert = 1 - (1 - known) * 0.2
    leave = firm.lose * (1 - firm.soften * firm.politeness)
    steps = firm.escalate_after + 1  # the last one is the expert's, again and again
    moves, ends = np.zeros((2 * steps, 2 * steps)), np.zeros((2 * steps, 2))
    for step in range(steps):
        mends, then = (expert, step) if step == firm.escalate_after else (technician, step + 1)
        for mood in (0, 1):
            ends[2 * step + mood, mood] = mends
            moves[2 * step + mood, 2 * then + 1] = (1 - mends) * (1 if mood else leave)
        moves[2 * step, 2 * then] = (1 - mends) * (1 - leave)
    fundamental = np.linalg.inv(np.eye(2 * steps) - moves)
    return fundamental[0].sum(), (fundamental @ ends)[0, 1]


@settings(max_examples=60)
@given(firms)
def test_the_closed_form_is_the_absorbing_chain(firm):
    visits, lost = by_matrix(firm)
    assert firm.course.visits == pytest.approx(visits)
    assert firm.course.lost == pytest.approx(lost, abs=1e-12)
    assert 0 <= firm.course.lost <= 1 + 1e-12
    assert firm.weeks == 2 * firm.course.visits


def test_the_formula_of_the_docstring():
    firm = FIRMS[1]
    a, b, h, n = 1 - firm.visit_fix, 0.8 * 0.5 * 0.2, firm.hazard, 2
    assert firm.course.visits == pytest.approx((1 - a**n) / (1 - a) + a**n / (1 - b))
    stay = a * (1 - h)
    kept = (1 - a) * (1 - stay**n) / (1 - stay) + stay**n * (1 - b) / (1 - b * (1 - h))
    assert 1 - firm.course.lost == pytest.approx(kept)


@settings(max_examples=40)
@given(firms, st.floats(0, 1))
def test_no_lever_does_harm_and_politeness_mends_nothing(firm, step):
    table = firm.levers(step).set_index(np.array(list(LEVERS)))
    assert (table["saved"] >= -1e-9).all()
    assert (table["saved_at_best"] >= table["saved"] - 1e-9).all()
    assert table.loc["politeness", "visits"] == firm.course.visits
    assert (table["weeks"] <= firm.weeks + 1e-9).all()


def test_levers_are_what_a_changed_firm_gives():
    firm, table = RepairProcess(), RepairProcess().levers(0.2).set_index(np.array(list(LEVERS)))
    better = firm.model_copy(update={"first_fix": 0.6})
    assert table.loc["first_fix", "saved"] == pytest.approx(100 * (firm.course.lost - better.course.lost))
    assert table.loc["first_fix", "cost"] * firm.faults == pytest.approx(better.expected(1)["cost"].iloc[1])
    assert table["improved"].tolist() == pytest.approx([1.0, 0.3, 0.6, 3])
    assert RepairProcess(escalate_after=1).levers()["saved"].iloc[3] == 0


def test_that_politeness_does_little_comes_of_the_sizes_and_can_be_turned_round():
    table = RepairProcess().levers().set_index(np.array(list(LEVERS)))
    assert (table["saved_at_best"].drop("politeness") > 10 * table.loc["politeness", "saved_at_best"]).all()
    other = RepairProcess(politeness=0.1, soften=1, known_adds=0.05)
    table = other.levers().set_index(np.array(list(LEVERS)))
    assert table["saved_at_best"].idxmax() in ("politeness", "first_fix")
    assert table.loc["politeness", "saved"] > table.loc["shared", "saved"]


def test_where_politeness_matches_first_time_fix():
    firm = RepairProcess(politeness=0.8)
    match = firm.matching_soften()
    assert 0 < match <= 1
    for soften, more in ((match, True), (match - 0.01, False)):
        saved = firm.model_copy(update={"soften": soften}).levers().set_index(np.array(list(LEVERS)))["saved"]
        assert (saved["politeness"] >= saved["first_fix"] - 1e-9) == more
    assert RepairProcess(politeness=0.2).matching_soften() == math.inf
    assert RepairProcess(politeness=1).matching_soften() == math.inf  # nobody can be politer
    assert "even if" in RepairProcess(politeness=0.2).describe("en")
    assert "polite throughout" in RepairProcess(politeness=1).describe("en")


def test_shared_data_spares_the_telling_and_experts_end_it():
    assert RepairProcess(shared=1).expected(1)["told_again"].iloc[1] == 0
    blind = RepairProcess(shared=0).expected(1).iloc[1]
    assert blind["told_again"] < blind["visits"]
    hopeless = RepairProcess(first_fix=0, shared=0, escalate_after=1).course
    assert hopeless.visits == pytest.approx(1 + 1 / 0.9)
    assert hopeless.escalated == 1


def test_crowds_and_nobody_cost_nothing_to_run():
    crowd = RepairProcess(faults=1e9, first_fix=0, shared=0, escalate_after=60).simulate(1200, seed=1)
    assert crowd["visits"].iloc[-1] / crowd["faults"].iloc[-1] == pytest.approx(60 + 1 / 0.9, rel=1e-4)
    assert RepairProcess(faults=0).simulate(12, seed=1).drop(columns=["month"]).to_numpy().sum() == 0


@pytest.mark.parametrize("change", [{"escalate_after": 0}, {"escalate_after": 1.5}, {"shared": 1.1}, {"lose": -0.1}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        RepairProcess(**change)


@pytest.mark.parametrize("step", [-0.1, 1.1, "0.1", None, True])
def test_a_step_is_a_share(step):
    with pytest.raises(InputError, match="step"):
        RepairProcess().levers(step)
    with pytest.raises(InputError, match="step"):
        RepairProcess().matching_soften(step)


def test_words_in_both_languages():
    words = RepairProcess().describe("en")
    for part in ("18.6 of a hundred", "mended 4.4", "0.7 with politeness at 100%", "with 79.7%", "assumption"):
        assert part in words
    assert "礼貌修不好机器" in RepairProcess().describe("zh")
