"""The four stages: the chain against linear algebra, the leaks against brute force, and runs against means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, RelationshipLifeCycle
from crmlab.experiments.life_cycle import BRINGS, STAGES

LOSSES = ["lost_exploring", "lost_building", "lost_stable", "lost_declining"]
share = st.floats(0, 1)
cycles = st.builds(
    RelationshipLifeCycle,
    newcomers=st.integers(0, 10**9),
    lost_exploring=share,
    lost_building=share,
    lost_stable=share,
    lost_declining=share,
    move_on=share,
    fade=share,
    margin=st.floats(0, 10**6),
)


def chain(cycle: RelationshipLifeCycle) -> np.ndarray:
    """Q, written out by hand."""
    lost = [getattr(cycle, name) for name in LOSSES]
    on = [cycle.move_on, cycle.move_on, cycle.fade, 0]
    table = np.diag([(1 - gone) * (1 - moves) for gone, moves in zip(lost, on, strict=True)])
    for stage in range(3):
        table[stage, stage + 1] = (1 - lost[stage]) * on[stage]
    return table


@pytest.mark.parametrize("discount", [0.0, 0.01, 0.2])
def test_stages_are_the_fundamental_matrix(discount):
    cycle = RelationshipLifeCycle()
    lost = np.array([getattr(cycle, name) for name in LOSSES])
    margin = cycle.margin * np.array(list(BRINGS.values()))
    plain = np.linalg.inv(np.eye(4) - chain(cycle))
    valued = np.linalg.inv(np.eye(4) - chain(cycle) / (1 + discount))
    stages = cycle.stages(discount)
    assert np.allclose(stages["months"], plain[0])
    assert np.allclose(stages["leaves"], plain[0] * lost)
    assert stages["leaves"].sum() == pytest.approx(1)
    assert np.allclose(stages["reached"], plain[0] / np.diag(plain))
    assert np.allclose(stages["brings"], valued[0] * margin)
    assert np.allclose(stages["worth"], valued @ margin)
    assert stages["brings"].sum() == pytest.approx(stages["worth"][0])
    stays = (chain(cycle) / (1 - lost)[:, None]) @ stages["worth"]
    assert np.allclose(stages["loses"], valued[0] * lost * stays / (1 + discount))


def test_the_largest_leak_in_heads_need_not_be_the_largest_in_money():
    leaks = RelationshipLifeCycle().leaks()
    assert leaks["stage"].tolist() == list(STAGES)
    assert leaks["customers"].idxmax() == 3
    assert leaks["value"].idxmax() == 0
    assert leaks["each"].idxmin() == 3
    same = RelationshipLifeCycle(lost_exploring=0.3).leaks()
    assert same["customers"].idxmax() == same["value"].idxmax() == 0
    assert "not where most leave" in RelationshipLifeCycle().describe("en")
    assert "where to look first" in RelationshipLifeCycle(lost_exploring=0.3).describe("en")


def test_leaks_by_brute_force():
    """Value lost is the margin that comes when a leaver is put back into the cohort: run the chain again for each."""
    cycle, months = RelationshipLifeCycle(newcomers=10), 9
    margin = cycle.margin * np.array(list(BRINGS.values()))
    lost = np.array([getattr(cycle, name) for name in LOSSES])
    there, value = np.array([10.0, 0, 0, 0]), np.zeros(4)
    for month in range(months):
        for stage in range(4):
            back = np.eye(4)[stage] @ (chain(cycle) / (1 - lost)[:, None])
            for _later in range(month + 1, months):
                value[stage] += there[stage] * lost[stage] * (back @ margin)
                back = back @ chain(cycle)
        there = there @ chain(cycle)
    leaks = cycle.leaks(months)
    assert np.allclose(leaks["value"], value)
    assert leaks["customers"].sum() == pytest.approx(10 - there.sum())


def test_leaks_of_a_long_look_are_those_of_the_long_run():
    cycle = RelationshipLifeCycle()
    leaks, stages = cycle.leaks(1200), cycle.stages()
    assert np.allclose(leaks["customers"], 1000 * stages["leaves"])
    assert np.allclose(leaks["value"], 1000 * stages["loses"])


@given(cycles, st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_every_customer_is_somewhere(cycle, months):
    table = cycle.expected(months)
    assert len(table) == months + 1
    assert np.allclose(table[[*STAGES, "gone"]].sum(axis=1), cycle.newcomers, rtol=1e-9)
    assert (table["gone"].diff()[1:] >= -1e-6 * max(cycle.newcomers, 1)).all()
    leaks = cycle.leaks(months)
    assert np.isfinite(leaks.drop(columns="stage").to_numpy()).all()
    assert leaks["customers"].sum() == pytest.approx(table["gone"].iloc[-1], rel=1e-6, abs=1e-6 * cycle.newcomers)
    assert not np.isnan(cycle.stages().drop(columns="stage").to_numpy(dtype=float)).any()
    assert np.allclose(cycle.transitions().sum(axis=1), 1)


@pytest.mark.parametrize(
    "cycle",
    [
        RelationshipLifeCycle(),
        RelationshipLifeCycle(newcomers=7, move_on=0.6, fade=0.4),
        RelationshipLifeCycle(newcomers=10**9, lost_stable=0),
    ],
    ids=["usual", "few", "billion"],
)
def test_runs_agree_with_means_and_spread(cycle):
    months, replicates = 12, 4000
    runs = cycle.simulate(months, seed=3, replicates=replicates)
    means = cycle.expected(months).iloc[-1]
    last = runs[runs["month"] == months]
    assert (last[[*STAGES, "gone"]].sum(axis=1) == cycle.newcomers).all()
    for name in [*STAGES, "gone", "margin"]:
        error = last[name].std() / np.sqrt(replicates)
        assert abs(last[name].mean() - means[name]) < 5 * error + 1e-9 * cycle.newcomers
    for name in STAGES:  # multinomial: each customer is there with the same chance, independently
        chance = means[name] / cycle.newcomers
        wanted = cycle.newcomers * chance * (1 - chance)
        assert last[name].var() == pytest.approx(wanted, rel=0.2, abs=0.01)
    assert runs.equals(cycle.simulate(months, seed=3, replicates=replicates))


def test_margin_of_a_run_is_paid_by_those_who_were_there_when_the_month_began():
    run = RelationshipLifeCycle().simulate(6, seed=1)
    paid = 100 * sum(run[stage] * share for stage, share in BRINGS.items())
    assert np.allclose(run["margin"].iloc[1:], paid.iloc[:-1])
    assert run["margin"].iloc[0] == 0


def test_the_edges():
    forever = RelationshipLifeCycle(lost_declining=0).stages()
    assert forever["months"][3] == forever["worth"][0] == float("inf")
    assert np.isfinite(RelationshipLifeCycle(lost_declining=0).stages(0.01)[["brings", "worth", "loses"]]).all(
        axis=None
    )
    stuck = RelationshipLifeCycle(lost_exploring=0, move_on=0).stages()
    assert stuck["reached"].tolist() == [1, 0, 0, 0]
    assert stuck["months"].tolist() == [float("inf"), 0, 0, 0]
    assert RelationshipLifeCycle(lost_exploring=1).stages()["leaves"].tolist() == [1, 0, 0, 0]
    nobody = RelationshipLifeCycle(newcomers=0)
    assert "no leak" in nobody.describe("en")
    assert "没有漏洞" in nobody.describe("zh")
    for cycle in (nobody, RelationshipLifeCycle(margin=0), RelationshipLifeCycle(lost_declining=0)):
        cycle.plot()
        assert "inf" not in cycle.describe("en")
    assert "nothing more" in RelationshipLifeCycle(margin=0).describe("en")
    assert RelationshipLifeCycle().leaks(0)["customers"].sum() == 0


@pytest.mark.parametrize("discount", [-0.1, 2, "a", None, True])
def test_a_discount_that_is_none_is_named(discount):
    with pytest.raises(InputError, match="discount"):
        RelationshipLifeCycle().stages(discount)


def test_the_picture_has_two_bars_for_each_stage():
    axes = RelationshipLifeCycle().plot()
    heights = np.array([bar.get_height() for bar in axes.patches])
    leaks = RelationshipLifeCycle().leaks(120)
    assert np.allclose(heights, 100 * np.concatenate([leaks["share_of_customers"], leaks["share_of_value"]]))
    assert {bar.get_hatch() or "" for bar in axes.patches} == {"", "//"}
