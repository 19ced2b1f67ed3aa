"""The rota of class play: fair, balanced, and plain about what it could not do."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.rota import ENOUGH, LARGEST, MINUTES, SMALLEST, rota, sizes_of


def class_of(students: int) -> pd.DataFrame:
    """A roster of this many."""
    return pd.DataFrame({"student": [f"{place:04}" for place in range(students)], "name": "", "token": "x"})


few = settings(max_examples=40)
classes = given(students=st.integers(2, 70), size=st.integers(SMALLEST, LARGEST), seed=st.integers(0, 2**40))


@few
@classes
def test_everyone_is_agent_once_and_customer_once_and_else_observes(students, size, seed):
    table = rota(class_of(students), size, seed).table
    for role in ("agent", "customer"):
        players = table.loc[table["role"] == role, "student"]
        assert sorted(players) == sorted(class_of(students)["student"])
    assert not table.duplicated(["session", "student"]).any()
    assert (table.groupby("student")["group"].nunique() == 1).all()
    for _session, play in table.groupby("session"):
        roles = play["role"].value_counts()
        assert roles["agent"] == roles["customer"] == 1
        assert roles.get("observer", 0) == len(play) - 2


@few
@classes
def test_groups_are_even_and_within_bounds(students, size, seed):
    made = rota(class_of(students), size, seed)
    assert sum(made.sizes) == students
    assert max(made.sizes) - min(made.sizes) <= 1
    if students > LARGEST + 1:
        assert min(made.sizes) >= SMALLEST
        assert max(made.sizes) <= LARGEST
    assert made.rounds == max(made.sizes)
    assert made.timetable()["end"].iloc[-1] == made.minutes == made.rounds * MINUTES


@few
@classes
def test_nobody_reads_the_customers_card_before_being_agent_but_the_first_customer(students, size, seed):
    table = rota(class_of(students), size, seed).table
    turn = {
        role: table[table["role"] == role].set_index("student")["round"].sort_index() for role in ("agent", "customer")
    }
    early = turn["customer"] < turn["agent"]
    assert early.sum() == table["group"].nunique()
    assert (turn["customer"][early] == 1).all()


@few
@given(students=st.integers(2, 60), seed=st.integers(0, 99))
def test_the_order_of_the_rows_is_no_matter_and_the_seed_is(students, seed):
    roster = class_of(students)
    first = rota(roster, seed=seed).table
    pd.testing.assert_frame_equal(rota(roster.sample(frac=1, random_state=1), seed=seed).table, first)
    if students > 10:
        assert not rota(roster, seed=seed + 1).table.equals(first)


@given(students=st.integers(10, 400))
def test_three_observers_wherever_they_can_be_had(students):
    small = [members for members in sizes_of(students, 5) if members - 2 < ENOUGH]
    assert not small or students in (13, 14, 19)


@pytest.mark.parametrize("students", [2, 3, 4, 5, 7, 8, 13, 60])
def test_where_three_cannot_be_had_it_says_so_in_both_languages(students):
    made = rota(class_of(students))
    few = min(made.sizes) - 2 < ENOUGH
    for code in LANGUAGES:
        with speaking(code):
            notes = " ".join(made.notes())
        assert not re.search(r"\{\w*\}", notes)
        assert ("Fewer than 3 observers" if code == "en" else "观察员不足 3 人") in notes or not few
        assert few or "Fewer than 3 observers" not in notes


def test_people_with_one_name_are_told_apart():
    roster = pd.DataFrame({"student": ["1", "2", "3", "4"], "name": ["李明", "李明", "", "Ann\n Lee"]})
    made = rota(roster, 4)
    labels = dict(zip(made.table["student"], made.labels(made.table), strict=True))
    assert labels == {"1": "李明 (1)", "2": "李明 (2)", "3": "3", "4": "Ann Lee"}


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        (None, "DataFrame"),
        (class_of(9).drop(columns="student"), "lacks student"),
        (class_of(0), "no rows"),
        (class_of(1), "two students at least"),
        (pd.concat([class_of(4), class_of(1)]), "0000 stands more than once"),
        (class_of(4).assign(student=["1", "2", " ", "3"]), "has no number"),
    ],
)
def test_a_roster_it_cannot_work_on_is_refused(roster, said):
    with pytest.raises(InputError, match=said):
        rota(roster)


@pytest.mark.parametrize("wrong", [3, 7, 4.5, "five", None, True])
def test_a_size_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="size is"):
        rota(class_of(9), wrong)
