"""Visits by a score against leads drawn one by one, the best number of visits, and plans at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError, VisitPlan

share = st.floats(0, 1)
plans = st.builds(
    VisitPlan,
    leads=st.integers(0, 10**6),
    visits=st.integers(0, 10**6),
    insight=share,
    has_each=share,
    win=share,
    lacking=share,
    margin=st.floats(0, 10**6),
    visit_cost=st.floats(0, 10**6),
)


def lead_by_lead(plan: VisitPlan, replicates: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders of a month with every lead drawn singly; scores and chances of all leads."""
    rng = np.random.default_rng(9)
    shape = (replicates, plan.leads)
    lacking = 3 - rng.binomial(3, plan.has_each, shape)
    guessed = 3 - rng.binomial(3, plan.has_each, shape)
    score = np.where(rng.random(shape) < plan.insight, lacking, guessed)
    chance = plan.win * float(plan.lacking) ** lacking
    first = np.argsort(score + rng.random(shape) / 2, axis=1)[:, : plan.visits]
    return (rng.random(first.shape) < np.take_along_axis(chance, first, 1)).sum(axis=1), score, chance


@pytest.mark.parametrize("visits", [1, 5, 12])
def test_orders_are_those_of_leads_drawn_one_by_one(visits):
    plan = VisitPlan(leads=12, visits=visits, insight=0.7, has_each=0.6, win=0.8, lacking=0.4)
    orders, score, chance = lead_by_lead(plan)
    assert abs(orders.mean() - plan.orders()) < 5 * orders.std() / math.sqrt(len(orders))
    runs = plan.simulate(20, seed=1, replicates=1000).query("month > 0")["orders"]
    assert runs.std() == pytest.approx(orders.std(), rel=0.04)
    said = plan.win * float(plan.lacking) ** score
    assert np.corrcoef(said.ravel(), chance.ravel())[0, 1] == pytest.approx(plan.insight, abs=0.01)
    won = np.random.default_rng(2).random(chance.shape) < chance
    good, bad = score[won][:20_000], score[~won][:20_000]
    better = np.mean(good < bad) + np.mean(good == bad) / 2
    assert better == pytest.approx(plan.auc, abs=0.015)


@pytest.mark.parametrize("leads", [1, 2, 7, 40])
def test_the_best_of_a_binomial_number(leads):
    from scipy.stats import binom

    from crmlab.experiments.visit_plan import _at_most

    number, visits = np.arange(leads + 1), np.arange(leads + 1)
    for share in (0.0, 0.01, 0.5, 0.97, 1.0):
        wanted = [(np.minimum(number, most) * binom.pmf(number, leads, share)).sum() for most in visits]
        assert np.allclose(_at_most(visits, leads, share), wanted, atol=1e-12)


@given(plans)
@settings(max_examples=60, deadline=None)
def test_the_score_goes_insight_of_the_way_from_chance_to_knowledge(plan):
    random, perfect = plan.orders(insight=0), plan.orders(insight=1)
    assert plan.orders() == pytest.approx(random + plan.insight * (perfect - random), rel=1e-6, abs=1e-9)
    assert random <= perfect * (1 + 1e-9) + 1e-9
    assert random == pytest.approx(min(plan.visits, plan.leads) * plan.mean_chance, rel=1e-6, abs=1e-9)
    assert plan.orders(plan.leads) == pytest.approx(plan.leads * plan.mean_chance, rel=1e-6, abs=1e-9)
    assert 0.5 - 1e-9 <= plan.auc <= 1


@given(plans.filter(lambda plan: plan.leads <= 2000))
@settings(max_examples=40, deadline=None)
def test_the_best_number_of_visits_is_the_best_of_all(plan):
    profits = plan.profit(np.arange(plan.leads + 1))
    assert plan.profit(plan.best_visits()) >= profits.max() - 1e-6 * max(abs(profits).max(), 1)


@pytest.mark.parametrize(
    "plan",
    [VisitPlan(), VisitPlan(leads=5, visits=9), VisitPlan(leads=10**9, visits=10**8), VisitPlan(leads=60, lacking=0)],
    ids=["usual", "few", "billion", "all or nothing"],
)
def test_runs_agree_with_means(plan):
    runs, means = plan.simulate(4, seed=6, replicates=3000).query("month > 0"), plan.expected(1).iloc[1]
    for name in ("visited", "orders", "profit"):
        error = runs[name].std() / math.sqrt(len(runs))
        assert abs(runs[name].mean() - means[name]) <= 5 * error + 1e-9 * abs(means[name])


def test_plans_at_the_edges():
    assert VisitPlan(has_each=1).auc == VisitPlan(win=0).auc == VisitPlan(insight=0).auc == 0.5
    assert VisitPlan(win=1, has_each=1, visits=7).orders() == 7
    assert VisitPlan(leads=0).describe("en").startswith("Of 0 leads")
    assert "best number of visits is none" in VisitPlan(margin=0).describe("en")
    assert "一次也不去" in VisitPlan(margin=0).describe("zh")
    assert "that is the best number" in VisitPlan(visits=VisitPlan().best_visits()).describe("en")
    with pytest.raises(InputError, match="visits"):
        VisitPlan().profit(-1)
    with pytest.raises(InputError, match="insight"):
        VisitPlan().orders(insight=1.2)
    lines = VisitPlan().plot().lines
    assert lines[0].get_ydata().max() > lines[1].get_ydata().max() > lines[2].get_ydata().max()
