"""What is special in exercise 8; what holds for every exercise stands in ``test_exercises.py``."""

import pytest

from .conftest import tried


@pytest.fixture
def one():
    return tried("08-keeping-customers")


def test_forty_points_in_nine_questions_with_one_free_text(one):
    assert (one.exercise.points, one.exercise.data, len(one.exercise.questions)) == (40, "supermarket", 9)
    assert one.exercise.questions.keys() - one.counted.keys() == {"q9"}


def test_a_wrong_half_does_not_cost_the_right_one(one):
    _seen, hidden = one.verdicts("q1", one.right() | {"retention": lambda before, after: 1 / 0})
    assert (hidden.points, hidden.of, hidden.failed.kind) == (1, 2, "error")


def test_what_follows_from_a_wrong_number_earns_its_points(one):
    monthly = 1 - 0.7 ** (1 / 6)
    names = one.right() | {"overall": 0.3, "monthly": monthly, "stay": 1 / monthly}
    assert one.points("q3", names) == (4, set())


def test_nothing_follows_from_a_made_up_ladder(one):
    made_up = {"outcome": ["unresolved", "resolved", "quickly"], "complaints": [0, 0, 0], "came_back": [0, 0, 0]}
    _seen, hidden = one.verdicts("q8", one.right() | {"ladder": made_up, "credit": 0})
    assert hidden.points == 0
