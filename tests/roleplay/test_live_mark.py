"""The mark of a class play: by hand, at its edges, and with parts missing."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.agreement import ALONE, DECIDE, PEERS, Agreement
from crmlab.roleplay.live_mark import live_mark, live_marks
from crmlab.roleplay.ratings import COLUMNS
from crmlab.roleplay.shelf import find

SCENE = find("complaint-a")
CRITERIA = list(SCENE.criteria)


def given_by(rater: str, role: str, level: int | dict[str, int], whole: int | None = None) -> list[tuple]:
    """One rater's rows: the same level for each criterion, or those named."""
    levels = level if isinstance(level, dict) else dict.fromkeys(CRITERIA, level)
    rows = [("G1-R1", "a", rater, role, name, value, "") for name, value in levels.items()]
    return rows + ([("G1-R1", "a", rater, role, "global", whole, "")] if whole is not None else [])


HEARD = [("G1-R1", "a", "c", "customer", "heard", 5, "")]
THREE = [row for rater in "xyz" for row in given_by(rater, "observer", 2, 3)]
TEACHER = given_by("t", "teacher", 4, 3)


def frame(*rows) -> pd.DataFrame:
    return pd.DataFrame([one for part in rows for one in part], columns=list(COLUMNS))


def test_the_mark_by_hand():
    made = live_mark(frame(TEACHER, THREE, HEARD), "G1-R1", SCENE)
    # teacher 0.7 * 100 + 0.3 * 50 = 85, observers 50, customer 100
    assert made.parts == {"teacher": 85, "observer": 50, "customer": 100}
    assert made.shares == {"teacher": 0.6, "observer": 0.3, "customer": 0.1}
    assert made.total == 0.6 * 85 + 0.3 * 50 + 0.1 * 100
    assert made.notes == ()


def test_criteria_weigh_what_the_scene_says():
    only = dict.fromkeys(CRITERIA, 0) | {"satisfy": 4}
    made = live_mark(frame(given_by("t", "teacher", only, 1)), "G1-R1", SCENE, ALONE)
    assert made.total == pytest.approx(0.7 * SCENE.criteria["satisfy"].weight)
    whole = live_mark(frame(given_by("t", "teacher", only, 5)), "G1-R1", SCENE, ALONE, analytic=0)
    assert whole.total == 100


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=5),
    st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.floats(0, 1),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).filter(any),
)  # fmt: skip
def test_a_mark_stays_within_0_and_100_and_shares_make_one(levels, whole, heard, others, analytic, weights):
    rows = [*given_by("t", "teacher", dict(zip(CRITERIA, levels, strict=True)), whole)]
    rows += [row for rater in "xyz" for row in given_by(rater, "observer", others, whole)]
    rows += [("G1-R1", "a", "c", "customer", "heard", heard, "")]
    parts = dict(zip(("teacher", "observer", "customer"), weights, strict=True))
    made = live_mark(frame(rows), "G1-R1", SCENE, parts=parts, analytic=analytic)
    assert 0 <= made.total <= 100
    assert sum(made.shares.values()) == pytest.approx(1)
    assert min(made.parts.values()) - 0.11 <= made.total <= max(made.parts.values()) + 0.11


def test_a_part_that_is_missing_leaves_its_share_in_proportion_and_it_is_said():
    made = live_mark(frame(TEACHER, THREE), "G1-R1", SCENE)
    assert made.shares == pytest.approx({"teacher": 60 / 90, "observer": 30 / 90})
    assert "the customer's player" in made.notes[0]
    made = live_mark(frame(THREE, HEARD), "G1-R1", SCENE)
    assert made.shares == pytest.approx({"observer": 0.75, "customer": 0.25})
    assert "teacher" in made.notes[0]
    part = live_mark(frame(given_by("t", "teacher", {"listen": 4})), "G1-R1", SCENE, ALONE)
    assert part.total == 100
    assert any("Not everything was rated by t" in note for note in part.notes)


def test_fewer_than_three_observers_leave_the_teacher_alone():
    made = live_mark(frame(TEACHER, THREE[: 2 * len(THREE) // 3], HEARD), "G1-R1", SCENE)
    assert made.shares == {"teacher": 1}
    assert made.total == 85
    assert "Fewer than 3 observers (2)" in made.notes[0]
    with pytest.raises(InputError, match="teacher has not rated"):
        live_mark(frame(THREE[: len(THREE) // 3], HEARD), "G1-R1", SCENE)


def test_the_teachers_critical_errors_cap_and_the_observers_do_not():
    def error(rater, role, name):
        return [("G1-R1", "a", rater, role, f"critical:{name}", 1, "“Ask Wang.”")]

    rows = (TEACHER, THREE, HEARD)
    free = live_mark(frame(*rows), "G1-R1", SCENE)
    ticked = live_mark(frame(*rows, error("x", "observer", "insults")), "G1-R1", SCENE)
    assert ticked.total == free.total
    assert any("x ticked" in note and "“Ask Wang.”" in note for note in ticked.notes)
    capped = live_mark(frame(*rows, error("t", "teacher", "passes_the_buck")), "G1-R1", SCENE)
    assert capped.total == SCENE.critical["passes_the_buck"].cap == 59
    assert capped.capped == ("passes_the_buck",)
    both = [*error("t", "teacher", "passes_the_buck"), *error("t", "teacher", "breaches_privacy")]
    assert live_mark(frame(*rows, both), "G1-R1", SCENE).total == 0
    none = [("G1-R1", "a", "t", "teacher", "critical:insults", 0, "")]
    assert live_mark(frame(*rows, none), "G1-R1", SCENE).total == free.total


def test_weights_can_be_set_and_wrong_ones_are_refused():
    rows = frame(TEACHER, THREE, HEARD)
    assert live_mark(rows, "G1-R1", SCENE, parts={"teacher": 1}).total == 85
    for wrong in ({"friend": 1}, {"teacher": -1}, {"teacher": 0}, {}, {"teacher": "much"}):
        with pytest.raises(InputError):
            live_mark(rows, "G1-R1", SCENE, parts=wrong)
    for wrong in (-0.1, 1.1, None, "half"):
        with pytest.raises(InputError, match="analytic"):
            live_mark(rows, "G1-R1", SCENE, analytic=wrong)
    with pytest.raises(InputError, match="no session 'G9-R9'"):
        live_mark(rows, "G9-R9", SCENE)
    with pytest.raises(InputError, match="nobody whose rating counts"):
        live_mark(frame(HEARD, THREE), "G1-R1", SCENE, parts={"teacher": 1})


def test_where_the_teacher_has_to_decide_nothing_is_decided_for_her():
    example = Agreement.example()
    assert Agreement.fit(example).use == DECIDE
    with pytest.raises(InputError, match="leaves it to the teacher"):
        live_marks(example, SCENE)
    peers, alone = live_marks(example, SCENE, PEERS), live_marks(example, SCENE, ALONE)
    assert len(peers) == len(alone) == 60
    assert all(one.shares == {"teacher": 1} for one in alone)
    assert [one.session for one in peers[:6]] == ["G1-R1", "G1-R2", "G1-R3", "G1-R4", "G1-R5", "G2-R1"]
    with pytest.raises(InputError):
        live_marks(example, SCENE, "me")


def test_a_class_without_two_observers_a_play_is_marked_by_the_teacher():
    assert [one.total for one in live_marks(frame(TEACHER, HEARD), SCENE)] == [85]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_said_in_words(code):
    with speaking(code):
        said = str(live_mark(frame(TEACHER, THREE), "G1-R1", SCENE))
    assert ("教师：85 分，占 66.7%" if code == "zh" else "teacher: 85, counts 66.7%") in said
    assert "{" not in said
