"""The debrief says what was earned and why, what was missed, and what could have been reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.roleplay import debrief
from crmlab.roleplay.play import offered, over, start, step, total
from crmlab.roleplay.scene import script, student
from crmlab.roleplay.search import Ways
from crmlab.roleplay.transcript import Move, outcome


def moves(scene, choices):
    state, found = start(scene), []
    for choice in choices:
        found.append(Move(state.node, tuple(one.id for one in offered(scene, state)), choice))
        state = step(scene, state, choice)
    return found


def highest(scene, state):
    """The best score from a state on, by trying everything."""
    if over(scene, state):
        return total(scene, state)
    return max(highest(scene, step(scene, state, one.id)) for one in offered(scene, state))


def test_a_good_path(tiny):
    told = debrief.debrief(outcome(tiny, moves(tiny, "bab")), tiny)
    assert (told.score, told.outcome, told.flags, told.capped) == (100, "won", (), False)
    assert told.moods == {"Anger": (6, 4, 4, 4), "Trust": (3, 5, 6, 6)}
    assert [(one.label, one.points, one.weight) for one in told.criteria] == [("Listen", 40, 40), ("Solve", 60, 60)]
    assert told.criteria[0].reasons == ((25, "You listened."), (15, "Now you know."))
    assert told.last == dict.fromkeys("LAST", True)
    assert told.steps == {}
    assert [one.better for one in told.exchanges] == ["", "", ""]
    assert [reply for _says, reply in told.best] == [one.reply for one in told.exchanges]


def test_a_bad_path_says_what_it_cost(tiny):
    told = debrief.debrief(outcome(tiny, moves(tiny, "cab")), tiny)
    assert (told.score, sum(one.points for one in told.criteria), told.capped) == (39, 75, True)
    words = debrief.text(outcome(tiny, moves(tiny, "cac")), tiny, "en")
    assert "Critical error: Insult. With it the score is 39 at most. Nobody stays after that." in words
    assert "After this 39 is the most that can be reached (100 before). Better: Tell me what happened first." in words
    assert "missed L S T" in words


@pytest.mark.parametrize("choices", ["cad", "bac"])
def test_paths_that_end_early(tiny, choices):
    state = start(tiny)
    for choice in choices:
        state = step(tiny, state, choice)
    assert over(tiny, state)
    assert debrief.debrief(outcome(tiny, moves(tiny, choices)), tiny).outcome == "lost"


def test_what_can_still_be_reached_is_right(tiny):
    ways = Ways(tiny)

    @given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
    def right(picks):
        state, path, states = start(tiny), [], []
        for pick in picks:
            if over(tiny, state):
                break
            states.append(state)
            choice = offered(tiny, state)[pick % len(offered(tiny, state))].id
            path.append((state.node, choice))
            state = step(tiny, state, choice)
        for (before, after, better), here, (_node, choice) in zip(ways.along(path), states, path, strict=True):
            assert before == highest(tiny, here) == highest(tiny, step(tiny, here, better))
            assert after == highest(tiny, step(tiny, here, choice))

    right()


def test_a_student_build_tells_mood_and_words_only(tiny):
    build = script(student(tiny), "tiny.json")
    words = debrief.text(outcome(build, moves(build, "bab")), build, "en")
    assert "The score comes with your instructor's marks." in words
    assert "of 100" not in words
    assert "A best path" not in words
    assert "from 6 to 4 (bounds 0 and 10)" in words


def test_the_text_speaks_one_language(tiny):
    words = debrief.text(outcome(tiny, moves(tiny, "cac")), tiny, "zh")
    letters = [letter for letter in words.replace("LAST", "") if letter.isascii() and letter.isalpha()]
    assert set(letters) <= set("LAST")
