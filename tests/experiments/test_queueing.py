"""Erlang's and Palm's formulas against printed figures and against the balance of states, reckoned in fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.experiments.queueing import agents_needed, erlang_a, erlang_b, erlang_c, least, line
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

ENDLESS = float("inf")


def states(load, agents, patience, states=400):
    """Shares of time with 0, 1, 2, ... callers in the line, from the balance of coming and going, exactly."""
    load, patience, shares = Fraction(load), Fraction(patience), [Fraction(1)]
    for many in range(1, states):
        leave = min(many, agents) + (Fraction(max(many - agents, 0)) / patience)
        shares.append(shares[-1] * load / leave)
    total = sum(shares)
    return [share / total for share in shares]


def by_states(load, agents, patience):
    """Share that waits, share that gives up, mean wait: from the states, with talk time 1."""
    shares = states(load, agents, patience)
    queue = sum((many - agents) * share for many, share in enumerate(shares) if many > agents)
    return (
        float(sum(shares[agents:])),
        float(queue / Fraction(patience) / Fraction(load)),
        float(queue / Fraction(load)),
    )


@pytest.mark.parametrize(("load", "agents", "printed"), [(5, 6, 0.587516), (10, 11, 0.682118)])
def test_erlang_c_as_printed(load, agents, printed):
    assert round(erlang_c(load, agents), 6) == printed


@pytest.mark.parametrize(
    ("load", "agents", "printed"), [(1, 1, 0.5), (1, 2, 0.2), (2, 2, 0.4), (10, 10, 0.2146), (5, 10, 0.0184)]
)
def test_erlang_b_as_printed(load, agents, printed):
    assert round(erlang_b(load, agents), 4) == printed


def test_a_textbook_desk():
    """200 calls an hour of 3 minutes, 80% within 20 seconds: 14 agents, who reach 88.8%."""
    desk = erlang_a(10, 14, ENDLESS, target=20, talk=180)
    assert round(desk.waits, 3) == 0.174
    assert round(desk.answered, 3) == 0.888
    assert round(desk.mean_wait, 1) == 7.8
    assert agents_needed(10, 0.8, target=20, talk=180) == 14
    assert erlang_a(10, 13, ENDLESS, target=20, talk=180).answered < 0.8


def test_impatient_callers_as_in_garnett_mandelbaum_reiman():
    """48 calls a minute of one minute, 50 agents: nobody gives up, or after two minutes on average."""
    endless, two = erlang_a(48, 50, ENDLESS), erlang_a(48, 50, 2)
    assert round(60 * endless.mean_wait, 1) == 20.8
    assert round(60 * two.mean_wait, 1) == 3.7
    assert round(two.gives_up, 3) == 0.031


@pytest.mark.parametrize(
    ("load", "agents"), [("1/1000", 1), ("5", 6), ("100", 120), ("100", 60), ("3", 40), ("200", 2)]
)
def test_erlang_b_by_its_recursion_in_fractions(load, agents):
    load, blocked = Fraction(load), Fraction(1)
    for many in range(1, agents + 1):
        blocked = load * blocked / (many + load * blocked)
    assert erlang_b(float(load), agents) == pytest.approx(float(blocked), rel=1e-12)
    waits = blocked / (1 - load / agents * (1 - blocked)) if load < agents else 1
    assert erlang_c(float(load), agents) == pytest.approx(float(waits), rel=1e-12)


@pytest.mark.parametrize(
    ("load", "agents", "patience"),
    [("5", 6, "1"), ("20", 10, "1/2"), ("1", 10, "1/10"), ("1/1000", 1, "3"), ("30", 1, "1/1000"), ("9", 10, "8"),
     ("100", 3, "1/200"), ("12", 12, "2")],
)  # fmt: skip
def test_erlang_a_by_the_balance_of_states(load, agents, patience):
    found = erlang_a(float(Fraction(load)), agents, float(Fraction(patience)))
    assert found[:3] == pytest.approx(by_states(load, agents, patience), rel=1e-9)


@pytest.mark.parametrize(("load", "agents", "patience", "target"), [(5, 6, 1, 0.3), (20, 10, 0.5, 0.4), (4, 5, 9, 1.5)])
def test_answered_in_time_by_the_states_that_callers_find(load, agents, patience, target):
    """Who finds k before him waits a sum of exponentials: add up the chances, step by step, with talk time 1."""
    shares = [float(share) for share in states(load, agents, patience, 120)]
    # a caller ahead leaves at rate agents + j / patience, and the caller himself gives up at rate 1 / patience
    steps, size = 4000, len(shares) - agents
    now, answered, step = np.array(shares[agents:]), sum(shares[:agents]), target / 4000
    place = np.arange(size)
    ahead, gone = agents + place / patience, 1 / patience
    for _step in range(steps):  # midpoint rule
        half = now + step / 2 * (np.append(ahead[1:] * now[1:], 0) - (ahead + gone) * now)
        answered += step * ahead[0] * half[0]
        now = now + step * (np.append(ahead[1:] * half[1:], 0) - (ahead + gone) * half)
    found = erlang_a(load, agents, patience, target=target)
    assert found.answered == pytest.approx(answered, abs=2e-6)
    assert found.still_waiting == pytest.approx(now.sum(), abs=2e-6)
    assert found.missed == pytest.approx(1 - found.answered)


def test_the_ends_of_the_family():
    agents = np.arange(1, 30)
    assert erlang_a(10, agents, 0).waits == pytest.approx(erlang_b(10, agents), rel=1e-12)
    assert erlang_a(10, agents, 0).gives_up == pytest.approx(erlang_b(10, agents), rel=1e-12)
    assert erlang_a(10, 12, 1e9, target=0.1)[:5] == pytest.approx(erlang_a(10, 12, ENDLESS, target=0.1)[:5], abs=1e-8)
    full = erlang_a(10, 10, ENDLESS)
    assert full == (1, 0, math.inf, 0, 1, 1)
    assert erlang_a(10, 0, 2, target=2) == pytest.approx((1, 1, 2, 0, 1, math.exp(-1)))
    assert erlang_a(0, 3, 2) == (0, 0, 0, 1, 0, 0)
    assert line(6, 0, 4, 2, 0, 1).full == pytest.approx(erlang_b(6, 4))


@pytest.mark.parametrize("agents", [10_000, 100_000])
def test_many_agents(agents):
    blocked = 1.0
    for many in range(1, agents + 1):
        blocked = agents * blocked / (many + agents * blocked)
    assert erlang_b(agents, agents) == pytest.approx(blocked, rel=1e-9)
    crowd = erlang_a(1.5 * agents, agents, 2.0)
    assert crowd.gives_up == pytest.approx(1 / 3, abs=1e-6)
    assert crowd.waits == pytest.approx(1)
    assert erlang_a(0.5 * agents, agents, 2.0).waits == 0


@given(
    st.floats(0, 1e6), st.integers(0, 10**6), st.floats(0, 1e6) | st.just(ENDLESS), st.floats(0, 1e4),
    st.floats(1e-3, 1e3),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_shares_are_shares_and_balance(load, agents, patience, target, talk):
    found = erlang_a(load, agents, patience, target=target, talk=talk)
    for share in (found.waits, found.gives_up, found.answered, found.missed, found.still_waiting):
        assert 0 <= share <= 1 + 1e-12
    assert found.gives_up <= found.waits + 1e-12
    assert found.missed <= found.waits + 1e-12
    assert found.missed >= found.still_waiting * (1 - 1e-9) - 1e-300
    if patience < ENDLESS:
        assert found.mean_wait == pytest.approx(found.gives_up * patience, rel=1e-6, abs=1e-300)
    if patience < ENDLESS:
        assert load * (1 - found.gives_up) <= agents * (1 + 1e-9) + 1e-11 * load


@given(st.floats(0.01, 500), st.floats(0, 0.999), st.floats(0, 3), st.floats(0, 50) | st.just(ENDLESS))
@settings(max_examples=60, deadline=None)
def test_needed_is_the_least_that_is_enough(load, share, target, patience):
    needed = agents_needed(load, share, target=target, patience=patience)
    assert erlang_a(load, needed, patience, target=target).missed <= 1 - share
    if needed:
        assert erlang_a(load, needed - 1, patience, target=target).missed > 1 - share


def test_needed_without_rounding():
    exact = agents_needed(10, 0.8, target=20, talk=180, fraction=True)
    assert 13 < exact < 14
    assert erlang_a(10, exact, ENDLESS, target=20, talk=180).answered == pytest.approx(0.8, abs=1e-9)
    # a load that is not whole is not rounded up on the way
    by_load = [agents_needed(load, 0.8, target=20, talk=180, fraction=True) for load in (9.7, 9.9, 10)]
    assert all(less < more for less, more in pairwise(by_load))
    assert agents_needed(5, 0.0) == 0
    assert agents_needed(0, 0.9) == 0
    assert agents_needed(1e9, 0.8) > 1e9


def test_least_wherever_it_starts():
    for truth in (0, 1, 5, 1000, 10**7):
        for start in (0, 3, 999, 10**6):
            assert least(lambda many, truth=truth: many >= truth, start) == truth


@pytest.mark.parametrize("bad", [-1, float("nan"), "5", True, None, [1, -2]])
def test_what_is_no_number_from_0_on_is_refused(bad):
    for call in (lambda: erlang_b(bad, 3), lambda: erlang_c(3, bad), lambda: erlang_a(3, 3, bad)):
        with pytest.raises(InputError, match=r"load|agents|patience"):
            call()


def test_other_refusals():
    with pytest.raises(InputError, match="load is inf"):
        erlang_b(ENDLESS, 1)
    with pytest.raises(InputError, match="talk is 0"):
        erlang_a(1, 1, 1, talk=0)
    with pytest.raises(InputError, match="below 1"):
        agents_needed(5, 1)
    with pytest.raises(InputError, match="share"):
        agents_needed(5, 80)
    with speaking("zh"), pytest.raises(InputError, match="不小于 0"):
        erlang_b(-1, 1)


@pytest.mark.parametrize("patience", [1e21, 1e50, 1e300])
def test_patience_beyond_measure_overflows_nowhere(patience):
    calm = erlang_a(16, 18, patience, target=0.1)
    assert calm.mean_wait == pytest.approx(erlang_a(16, 18, math.inf).mean_wait)
    assert erlang_a(16, 12, patience).gives_up == pytest.approx(0.25)
    assert erlang_a(16, 16, patience).waits == pytest.approx(1)


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [(5, 1.657, 0.02), (10, 4.461, 0.01), (20, 12.031, 0.01), (100, 84.064, 0.01), (30, 16.684, 0.001)],
)
def test_erlang_b_as_the_traffic_tables_print_it(agents, load, blocked):
    assert erlang_b(load, agents) == pytest.approx(blocked, rel=1e-3)
