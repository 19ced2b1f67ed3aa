"""The hotline's forecast: chances against sums of the Poisson law, agents, days, runs against means, every edge."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.hotline import WORKDAYS, HotlineDemand, chance, power, rarely
from crmlab.experiments.queueing import erlang_a
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

LINES = [HotlineDemand(), HotlineDemand(forecast=12, multiple=0.5), HotlineDemand(multiple=0)]


def log10_chance(calls, mean):
    """The decimal logarithm of the chance of at least so many, from the sum of the law, largest term first."""
    term, total = Fraction(1), Fraction(1)
    for more in range(1, 400):
        term = term * mean / (calls + more)
        total += term
    first = calls * math.log(mean) - mean - math.lgamma(calls + 1)
    return (first + math.log(float(total))) / math.log(10)


def test_a_year_in_a_month():
    first = HotlineDemand().expected(1).iloc[1]
    assert first[["calls", "total", "forecast_total"]].tolist() == [3000, 3000, 250]
    assert chance(3000, 250) == 0  # too small for a float: so it is bounded
    assert -2046 < log10_chance(3000, 250) < -power(3000, 250)


@given(st.integers(1, 3000), st.integers(1, 500))
def test_the_bound_is_never_too_small(calls, mean):
    bound = power(calls, mean)
    assert bound >= 0
    if calls > mean:
        exact = log10_chance(calls, mean)
        assert exact < -bound + 1e-6
        assert bound > -exact - 6
    else:
        assert bound == 0


@pytest.mark.parametrize(("calls", "mean"), [(1, 1), (20, 5), (0, 3), (2.5, 1)])
def test_chance_is_the_sum_of_the_law(calls, mean):
    whole = math.ceil(calls)
    law = [math.exp(-mean) * mean**many / math.factorial(many) for many in range(whole)]
    assert chance(calls, mean) == pytest.approx(1 - sum(law), abs=1e-12)


def test_rarely_in_both_languages():
    assert rarely(250, 250) == "51%"
    assert rarely(15, 5) == "one in 4,420"
    assert rarely(3000, 250) == "less than one in 10 to the power of 2,043"
    assert rarely(1, 0) == "nil"
    assert rarely(0, 0) == "100%"
    with speaking("zh"):
        assert rarely(3000, 250) == "小于 10 的 2043 次方分之一"
        assert rarely(15, 5) == "4420 分之一"


def test_agents_for_the_busiest_hour():
    line = HotlineDemand(forecast=60_000, multiple=4)
    assert line.load() == pytest.approx(60_000 * 4 / WORKDAYS * 0.15 * 5 / 60)
    for forecast in (False, True):
        load, agents = line.load(forecast=forecast), line.agents(forecast=forecast)
        times = {"target": 20 / 60, "talk": 5}
        assert erlang_a(load, agents, 3, **times).answered >= 0.8 > erlang_a(load, agents - 1, 3, **times).answered
    # four times the calls take less than four times the agents
    assert line.agents() < 4 * line.agents(forecast=True)
    met = line.met()
    assert met.answered < 0.1
    # the agents talk nearly all the time, so who is not served must have given up
    assert met.gives_up == pytest.approx(1 - line.agents(forecast=True) / line.load(), abs=0.01)
    assert HotlineDemand(multiple=1).met().answered >= 0.8


def test_days_to_know():
    """Found anew by adding up the law, day by day."""
    for multiple in (1.2, 2, 12):
        line = HotlineDemand(multiple=multiple)
        day = line.days_to_know()
        for tried, rare in ((day, True), (day - 1, False)):
            if tried:
                come = math.floor(10 * multiple * tried + 1e-9)
                assert (chance(come, 10 * tried) < 0.001) == rare
    assert HotlineDemand(multiple=1).days_to_know() is None
    assert HotlineDemand(multiple=0.5).days_to_know() is None
    assert HotlineDemand(forecast=0).days_to_know() is None
    assert HotlineDemand(multiple=1.2).days_to_know(0.2) < HotlineDemand(multiple=1.2).days_to_know(1e-6)
    with pytest.raises(InputError, match="level"):
        HotlineDemand().days_to_know(1)


@pytest.mark.parametrize("line", LINES, ids=repr)
def test_runs_agree_with_means(line):
    months, replicates = 4, 2000
    runs = line.simulate(months, seed=11, replicates=replicates)
    means = line.expected(months).set_index("month")
    groups = runs.groupby("month")[list(means.columns)]
    error = groups.std() / np.sqrt(replicates)
    assert ((groups.mean() - means).abs() <= 5 * error + 1e-9).all(axis=None)
    assert runs[runs["month"] == 4]["total"].var() == pytest.approx(means["total"][4], rel=0.16)
    assert runs.equals(line.simulate(months, seed=11, replicates=replicates))


@pytest.mark.parametrize("change", [{"forecast": -1}, {"multiple": 1e4}, {"talk": 0}, {"share": 1}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        HotlineDemand(**change)


@pytest.mark.parametrize(
    "line", [*LINES, *(HotlineDemand(multiple=m) for m in (1, 1.5, 3, 40)), HotlineDemand(forecast=10**9)], ids=repr
)
@pytest.mark.parametrize("months", [0, 12, 36])
def test_picture_can_be_read(line, months, lang, axes, readable):
    with speaking(lang):
        line.plot(axes, months=months)
        readable(axes)


def test_words():
    text = HotlineDemand().describe("en")
    for part in (
        "250 a month",
        "36,000 in 12 months",
        "power of 2,043",
        "end of open day 1",
        "forecast 1, for",
        "29.4%",
    ):
        assert part in text
    assert "could have known" not in HotlineDemand(multiple=1).describe("en")
    assert "Agents needed" not in HotlineDemand(forecast=0).describe("en")
    assert "第 1 个营业日" in HotlineDemand().describe("zh")


def test_the_largest_hotline_has_an_answer():
    busy = HotlineDemand(forecast=10**9, multiple=1000, peak=1, talk=600)
    assert busy.agents() > busy.agents(forecast=True) > 0
    assert "Agents needed" in busy.describe("en")
