"""Hand-offs: the closed form against the Markov chain's fundamental matrix, runs against means, what helps and how."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.experiments.hand_off import LIMIT, HandOff
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError

BANKS = [
    HandOff(),
    HandOff(questions=20, first_time=0.1, later=0.2, promise=0.5, gives_up=0.6),
    HandOff(first_time=0, later=0, promise=0.3, gives_up=0.02, called=0.5),
    HandOff(first_time=0.9, promise=1, chasing=0),
    HandOff(promise=0, gives_up=1),
]
shares = st.floats(0, 1)


def by_matrix(bank):
    """Solved, contacts and minutes of a client from the chain's fundamental matrix, with a state for each contact."""
    made, called = 2 * np.arange(LIMIT), 2 * np.arange(LIMIT) + 1  # contact k made by the client, or by a call-back
    move, solves = np.zeros((2 * LIMIT, 2 * LIMIT)), np.full(2 * LIMIT, bank.later)
    solves[0] = bank.first_time
    for kind in (made, called):
        vain = 1 - solves[kind[:-1]]
        move[kind[:-1], called[1:]] = vain * bank.promise
        move[kind[:-1], made[1:]] = vain * (1 - bank.promise) * (1 - bank.gives_up)
    visits = np.linalg.inv(np.eye(2 * LIMIT) - move)[0]
    return visits @ solves, visits.sum(), visits[made].sum() * bank.chasing + visits[called].sum() * bank.called


@pytest.mark.parametrize("bank", BANKS, ids=repr)
def test_closed_form_is_the_chain(bank):
    solved, contacts, minutes = by_matrix(bank)
    assert bank.share_solved == pytest.approx(solved)
    assert bank.mean_contacts == pytest.approx(contacts)
    assert bank.minutes == pytest.approx(minutes)


def test_endless_series():
    """Without the limit of 50 contacts the sums are geometric; at the defaults the limit makes no difference."""
    bank = HandOff()
    on = bank.promise + (1 - bank.promise) * (1 - bank.gives_up)
    later = (1 - bank.first_time) * on / (1 - (1 - bank.later) * on)
    assert bank.mean_contacts == pytest.approx(1 + later, rel=1e-12)
    assert bank.share_solved == pytest.approx(bank.first_time + bank.later * later, rel=1e-12)


@pytest.mark.parametrize("bank", BANKS, ids=repr)
def test_runs_agree_with_means(bank):
    runs = bank.simulate(3, seed=11, replicates=1500)
    months, means = runs[runs["month"] > 0], bank.expected(1).iloc[1]
    for name in means.index.drop("month"):
        error = months[name].std() / np.sqrt(len(months))
        assert abs(months[name].mean() - means[name]) <= 5 * error + 1e-9 * means[name] + 1e-6, name
    # thinned Poisson numbers are Poisson
    for name in ("questions", "solved", "gave_up"):
        assert months[name].var() == pytest.approx(means[name], rel=5 * np.sqrt(2 / len(months)), abs=0.1)
    assert runs.equals(bank.simulate(3, seed=11, replicates=1500))


@given(shares, shares, shares, shares)
def test_shares_keep_their_bounds(first_time, later, promise, gives_up):
    bank = HandOff(first_time=first_time, later=later, promise=promise, gives_up=gives_up)
    assert 0 <= bank.share_solved <= 1
    assert 1 <= bank.mean_contacts <= LIMIT
    assert bank.solved[0] == first_time
    assert (np.diff(bank.reached) <= 1e-15).all()
    assert bank.contacts_to_solution <= LIMIT
    assert bank.minutes >= bank.chasing


@given(shares, shares, shares, shares)
def test_levers_work_the_right_way(first_time, later, promise, gives_up):
    bank = HandOff(first_time=first_time, later=later, promise=promise, gives_up=gives_up)
    owner = bank.model_copy(update={"promise": 1})
    assert owner.share_solved >= bank.share_solved - 1e-12
    if later <= first_time:
        knows = bank.model_copy(update={"first_time": 1})
        assert knows.share_solved >= bank.share_solved
        assert knows.minutes <= bank.minutes


def test_contacts_to_a_solution():
    assert HandOff(first_time=0.5, later=1, promise=1).contacts_to_solution == 1.5
    assert HandOff(first_time=0, later=0, gives_up=0).mean_contacts == LIMIT
    assert HandOff(first_time=0, later=0, gives_up=0).share_solved == 0
    assert HandOff(first_time=0, gives_up=1, promise=0).mean_contacts == 1


def test_a_thousand_million_clients():
    runs = HandOff(questions=10**9).simulate(2, seed=1)
    assert runs["solved"].iloc[1] == pytest.approx(10**9 * HandOff().share_solved, rel=1e-3)


@pytest.mark.parametrize("change", [{"first_time": 1.1}, {"questions": -1}, {"chasing": float("nan")}])
def test_bounds(change):
    with pytest.raises(InputError, match=next(iter(change))):
        HandOff(**change)


@pytest.mark.parametrize("bank", [*BANKS, HandOff(questions=0), HandOff(first_time=1)], ids=repr)
def test_picture_can_be_read(bank, lang, axes, readable):
    with speaking(lang):
        bank.plot(axes)
        readable(axes)


def test_words():
    text = HandOff().describe("en")
    for part in ("40 have their answer after the first contact", "75 in the end", "number 1.87", "35.5 minutes"):
        assert part in text
    assert "looked it up" not in HandOff(first_time=1).describe("en")
    assert "专人" in HandOff().describe("zh")
