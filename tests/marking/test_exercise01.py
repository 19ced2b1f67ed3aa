"""What is special in exercise 1; what holds for every exercise stands in ``test_exercises.py``."""

import datetime

import pytest

from crmlab.marking.prove import run, solved

from .conftest import TOKENS, tried


@pytest.fixture
def one():
    return tried("01-rice-merchant")


def test_thirty_three_points_in_eight_questions_a_third_of_them_seen_at_once(one):
    assert (one.exercise.points, one.exercise.data, len(one.exercise.questions)) == (33, "village", 8)
    assert one.exercise.questions.keys() - one.counted.keys() == {"q8"}
    seen = sum(each.visible for each in one.counted.values())
    assert 0.3 < seen / sum(each.points for each in one.counted.values()) < 0.36


def test_what_follows_from_wrong_days_earns_its_points(one):
    """Who counts bowls per home loses what question 1 gives for the function, and nothing anywhere else."""
    code = [(key, text.replace("jar / (people * bowls)", "jar / bowls")) for key, text in solved(one.exercise, None)]
    names, raised = run(code)
    assert not raised
    assert names["tour"] != one.right()["tour"]
    for key, question in one.counted.items():
        earned, found = one.points(key, names)
        assert earned == pytest.approx(2 if key == "q1" else question.points), key
        assert found == ({"bowls-per-home"} if key == "q1" else set()), key


def test_what_follows_from_guests_who_never_leave_earns_its_point(one):
    names = one.right() | {"with_guests": lambda people, bowls, jar, guests, stay: jar / ((people + guests) * bowls)}
    assert one.points("q2", names | {"caught": 120}) == (2, {"guests-never-leave"})
    assert one.points("q2", names | {"caught": 119})[0] == 1


def test_what_follows_from_a_wrong_tour_or_extra_earns_its_point(one):
    names = one.right()
    names |= {"tour": names["waiting"]["household"].head(12).tolist(), "load": 1}
    assert one.points("q6", names)[0] < 3
    before = one.points("q6", names)[0]
    names["load"] = names["waiting"].head(12)["eaten"].sum()
    assert one.points("q6", names)[0] == before + 1
    names |= {"extra": 3000, "per_visit": 1}
    assert one.points("q7", names)[0] == 2
    names["per_visit"] = 3000 / len(names["brought"])
    assert one.points("q7", names)[0] == 3


def test_nothing_follows_from_a_round_of_one_home(one):
    names = one.right() | {"tour": [95], "load": one.right()["cart"].set_index("household")["eaten"][95]}
    assert one.points("q6", names)[0] < 1


def test_homes_with_the_same_days_left_may_stand_in_any_order(one):
    for whose in TOKENS:
        names = one.right(whose)
        cart = names["cart"].reset_index(drop=True)
        place = next(at for at in range(11) if cart["left"][at] == cart["left"][at + 1])
        tour = list(names["tour"])
        tour[place], tour[place + 1] = tour[place + 1], tour[place]
        assert one.points("q6", names | {"tour": tour}, whose) == (4, set())
        assert one.points("q6", names | {"tour": [tour[11], *tour[1:11], tour[0]]}, whose)[0] < 4


@pytest.mark.parametrize("kind", [str, lambda day: day, lambda day: day.date(), lambda day: day.to_datetime64(), list])
def test_a_date_is_taken_however_it_is_given(one, kind):
    names = one.right()
    given = [names["when"]] if kind is list else kind(names["when"])
    assert one.points("q4", names | {"when": given}) == (5, set())
    assert one.points("q4", names | {"when": names["when"] + datetime.timedelta(days=1)})[0] == 4


def test_a_column_of_homes_or_a_text_list_is_no_worse_than_a_list(one):
    names = one.right()
    assert one.points("q6", names | {"tour": names["cart"]["household"]}) == (4, set())
    assert one.points("q5", names | {"market": names["market"].reset_index()}) == (3, set())
