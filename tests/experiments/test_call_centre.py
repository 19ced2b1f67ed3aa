"""The call centre: runs against Erlang A and C, against SimPy and against a chain of jumps; pooling; every edge."""

from __future__ import annotations

import random

import numpy as np
import pytest
import simpy

from crmlab.experiments.call_centre import ENDLESS, FLOWS, CallCentre, serve, settled, waits
from crmlab.experiments.queueing import erlang_a, erlang_c
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

DESKS = [
    CallCentre(),
    CallCentre(centres=4, agents=19),
    CallCentre(centres=29),
    CallCentre(agents=12, seconds=0, patience=0.5),
    CallCentre(calls=600, agents=38, patience=1440, seconds=3600),
    CallCentre(calls=90, talk=0.5, agents=1),
    CallCentre(patience=0, agents=15),
    CallCentre(agents=0),
    CallCentre(agents=3, centres=5),
]


@pytest.mark.parametrize("desk", DESKS, ids=repr)
def test_runs_agree_with_means(desk):
    months, replicates = 6, 150
    runs = desk.simulate(months, seed=11, replicates=replicates)
    assert len(runs) == (months + 1) * replicates
    hours, means = runs[runs["month"] > 0], desk.expected(1).iloc[1]
    for name in FLOWS:
        error = hours[name].std() / np.sqrt(len(hours))
        assert abs(hours[name].mean() - means[name]) <= 5 * error + 1e-9 * means[name] + 0.02, name
    # calls are Poisson, and the busy hours of a month independent of those of another
    assert hours["calls"].var() == pytest.approx(means["calls"], rel=5 * np.sqrt(2 / len(hours)))
    again = desk.simulate(months, seed=11, replicates=replicates)
    assert runs.equals(again)


def test_the_hour_begins_in_the_long_run():
    """The first caller of the hour meets what the others meet: there is nothing to warm up."""
    rng, lines = np.random.default_rng(3), 100_000
    for load, agents, patience in [(5, 6, 1.0), (20, 10, 4.0), (9, 10, 1440.0), (1, 2, 0.01), (4, 5, 0.0)]:
        free = settled(lines, load, agents, patience, 1.0, rng)
        wait = free.min(axis=1)
        found = erlang_a(load, agents, patience, target=0.2)
        assert (wait > 0).mean() == pytest.approx(found.waits, abs=5 * np.sqrt(0.25 / lines))
        ends = patience * rng.standard_exponential(lines)
        mean = np.minimum(wait, ends)
        assert mean.mean() == pytest.approx(found.mean_wait, abs=5 * mean.std() / np.sqrt(lines) + 1e-12)
        answered = ((wait <= ends) & (wait <= 0.2)).mean()
        assert answered == pytest.approx(found.answered, abs=5 * np.sqrt(0.25 / lines))


def test_waits_settle_at_erlang_c_and_a():
    calls = waits(1500, rate=5, talk=1, agents=6, seed=2, replicates=400)
    late = calls.wait[1000:]
    by_line = (late > 0).mean(axis=0)
    assert by_line.mean() == pytest.approx(erlang_c(5, 6), abs=5 * by_line.std() / 20)
    assert late.mean() == pytest.approx(erlang_c(5, 6), abs=5 * late.mean(axis=0).std() / 20)  # talk / (6 - 5) = 1
    assert calls.answered.all()
    calls = waits(700, rate=5, talk=1, agents=6, patience=2, seed=2, replicates=400)
    found, late = erlang_a(5, 6, 2), calls.wait[200:]
    assert (~calls.answered[200:]).mean() == pytest.approx(found.gives_up, abs=0.004)
    assert late.mean() == pytest.approx(found.mean_wait, abs=5 * late.mean(axis=0).std() / 20)


def test_call_by_call_as_simpy_does():
    """The same arrivals, talks and patiences, handed to SimPy: the same waits, to the last digit."""
    rng, many, agents = np.random.default_rng(4), 1500, 3
    at = np.cumsum(rng.standard_exponential(many) / 4)
    talk, patience = rng.standard_exponential(many), 0.6 * rng.standard_exponential(many)
    found, desk, env = np.full(many, np.nan), None, simpy.Environment()
    desk = simpy.Resource(env, capacity=agents)

    def caller(one):
        yield env.timeout(at[one])
        with desk.request() as turn:
            came = yield turn | env.timeout(patience[one])
            if turn in came:
                found[one] = env.now - at[one]
                yield env.timeout(talk[one])

    for one in range(many):
        env.process(caller(one))
    env.run()
    wait = serve(np.zeros((1, agents)), at[:, np.newaxis], talk[:, np.newaxis], patience[:, np.newaxis])[:, 0]
    stays = wait <= patience
    assert (stays == ~np.isnan(found)).all()
    assert 0.05 < (~stays).mean() < 0.5
    assert wait[stays] == pytest.approx(found[stays], abs=1e-9)


def jumps(load, agents, centres, patience, overflow, calls=60_000):
    """Shares that wait and give up where centres help each other out: a chain of jumps, talk time 1."""
    rng, lines, came, waited, gone = random.Random(5), [0] * centres, 0, 0, 0  # noqa: S311
    while came < calls:
        rates = [min(line, agents) + max(line - agents, 0) / patience for line in lines]
        at = rng.random() * (load * centres + sum(rates))
        if at < load * centres:
            came, home = came + 1, int(at / load)
            open_ = [place for place, line in enumerate(lines) if line < agents]
            if lines[home] >= agents and open_ and rng.random() < overflow:
                home = rng.choice(open_)
            waited += lines[home] >= agents
            lines[home] += 1
            continue
        at -= load * centres
        for place, rate in enumerate(rates):
            if at < rate:
                gone += at >= min(lines[place], agents)
                lines[place] -= 1
                break
            at -= rate
    return waited / came, gone / came


@pytest.mark.parametrize("overflow", [0.5, 1])
def test_centres_that_help_each_other_out(overflow):
    desk = CallCentre(calls=120, talk=4, agents=10, centres=2, patience=3)
    runs = desk.simulate(12, seed=5, replicates=100, overflow=overflow).groupby("replicate").sum()
    for name, share in zip(("waited", "gave_up"), jumps(4, 5, 2, 0.75, overflow), strict=True):
        by_run = runs[name] / runs["calls"]
        assert by_run.mean() == pytest.approx(share, abs=5 * by_run.std() / 10 + 0.008)


def test_overflow_lies_between_lines_apart_and_one_network():
    desk = CallCentre(calls=435, agents=50, centres=7)
    shares = []
    for overflow in (0, 0.3, 1):
        runs = desk.simulate(12, seed=5, replicates=20, overflow=overflow)
        shares.append(runs["answered"].sum() / runs["calls"].sum())
    assert shares[0] < shares[1] - 0.02 < shares[2] - 0.04
    assert shares[0] == pytest.approx(desk.answered, abs=0.02)
    # the sizes 8, 7, 7, ... make 50 again
    alone = CallCentre(calls=300, talk=1, agents=0, centres=7).simulate(2, seed=1, overflow=1)
    assert alone["gave_up"].tolist() == alone["calls"].tolist()


def test_pooling():
    apart = CallCentre(calls=580, talk=3, agents=58, centres=29)
    one = apart.model_copy(update={"centres": 1})
    assert apart.answered < one.answered
    assert apart.needed(centres=1) == one.needed()
    assert one.needed() < apart.needed()
    # two centres of equal size are one centre with half the calls
    half = CallCentre(calls=120, agents=9)
    assert CallCentre(calls=240, agents=18, centres=2).answered == pytest.approx(half.answered)


@pytest.mark.parametrize("desk", DESKS[:5], ids=repr)
def test_needed_is_the_least_that_is_enough(desk):
    needed = desk.needed()
    assert desk.model_copy(update={"agents": needed}).answered >= desk.share - 1e-12
    assert desk.model_copy(update={"agents": needed - 1}).answered < desk.share


def test_needed_knows_erlang_c():
    desk = CallCentre(calls=200, talk=3)
    assert desk.needed(patience=ENDLESS) == 14
    assert desk.needed() < 14
    with pytest.raises(InputError, match="centres"):
        desk.needed(centres=0)


def test_every_edge():
    assert CallCentre(calls=0).expected(3).to_numpy()[:, 1:].sum() == 0
    assert CallCentre(calls=0).simulate(3, seed=1).to_numpy()[:, 2:].sum() == 0
    none = CallCentre(agents=0).simulate(5, seed=1)
    assert none["gave_up"].tolist() == none["calls"].tolist()
    assert waits(0, rate=1, talk=1, agents=1).wait.shape == (0, 1)
    gone = waits(5, rate=1, talk=1, agents=0, patience=2, seed=1, replicates=3)
    assert not gone.answered.any()
    big = CallCentre(calls=20_000, agents=1400).simulate(2, seed=1)
    assert 35_000 < big["calls"].sum() < 45_000


@pytest.mark.parametrize(
    ("change", "name"),
    [({"calls": -1}, "calls"), ({"talk": 0}, "talk"), ({"agents": 1.5}, "agents"), ({"share": 1}, "share"),
     ({"centres": 0}, "centres"), ({"patience": float("inf")}, "patience")],
)  # fmt: skip
def test_bounds(change, name):
    with pytest.raises(InputError, match=name):
        CallCentre(**change)


def test_refusals():
    with pytest.raises(InputError, match="overflow"):
        CallCentre().simulate(1, overflow=2)
    with pytest.raises(InputError, match="wait forever"):
        waits(5, rate=1, talk=1, agents=0)
    with pytest.raises(InputError, match="rate"):
        waits(5, rate=0, talk=1, agents=1)


@pytest.mark.parametrize("desk", [*DESKS, CallCentre(calls=0), CallCentre(calls=1200, agents=120)], ids=repr)
def test_picture_can_be_read(desk, lang, axes, readable):
    with speaking(lang):
        desk.plot(axes)
        readable(axes)


def test_words():
    text = CallCentre().describe("en")
    assert "work for 16 agents" in text
    assert "78.9%" in text
    assert "it takes 19 agents" in text
    assert "one network" not in text
    assert "19 agents would do" in CallCentre(centres=29, agents=60).describe("en")
    assert "19 名话务员" in CallCentre().describe("zh")
    assert "Nobody calls" in CallCentre(calls=0).describe("en")
