"""Exercise 1: nothing given away, full marks for what is right on every draw, and what wrong answers earn."""

import ast
import datetime
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from crmlab.course import glossary
from crmlab.data.sets import load
from crmlab.data.tokens import token
from crmlab.language.text import shown
from crmlab.marking import exercise
from crmlab.marking.ask import Here, asked, checks
from crmlab.marking.prove import prove, run, solved
from crmlab.place import course

from .wrong01 import WRONG

EXERCISES = Path(__file__).parents[2] / "exercises"
TOKENS = [None, token(b"proof", "1"), token(b"proof", "2")]
NAMES = ["slow", "visits", "caught", "ratio", "off", "early", "too_late"]
NAMES += ["shares", "when", "tour", "load", "extra", "per_visit"]


@pytest.fixture(scope="module")
def one():
    return exercise.read(EXERCISES / "01-rice-merchant.md")


@pytest.fixture(scope="module")
def both(one):
    """The visible and the hidden checks."""
    return checks(one.visible), checks(one.hidden)


@cache
def draw(whose):
    return load("village", student=whose)


@pytest.fixture(scope="module")
def right(one):
    """The namespace of the solution for a token; what a test changes in it is not kept."""

    @cache
    def names(whose):
        made, raised = run(solved(one, whose))
        assert not raised, raised
        return made

    def fresh(whose=None):
        return names(whose) | {"homes": names(whose)["homes"].copy()}

    return fresh


def points(both, key, names, whose=None):
    """What both ends give, and the misconceptions that they name."""
    verdicts = [asked(which[key], Here(key, names, lambda: draw(whose))) for which in both]
    assert [verdict.broken for verdict in verdicts] == [None, None]
    found = {key for verdict in verdicts for key in verdict.misconceptions}
    return sum(verdict.points for verdict in verdicts), found


def test_the_exercise_keeps_its_promises(one):
    assert prove(one, TOKENS) == []


def test_thirty_three_points_in_eight_questions_a_third_of_them_seen_at_once(one):
    assert (one.points, one.data) == (33, "village")
    assert list(one.questions) == [f"q{number}" for number in range(1, 9)]
    assert [key for key, question in one.questions.items() if question.is_text] == ["q8"]
    counted = [question for question in one.questions.values() if not question.is_text]
    assert 0.3 < sum(each.visible for each in counted) / sum(each.points for each in counted) < 0.36


@pytest.mark.parametrize("whose", TOKENS)
def test_wrong_answers_earn_what_they_should(one, both, right, whose):
    code = {cell.key: exercise.solution(cell.code) for cell in one.chapter.cells if cell.code}
    plt.switch_backend("agg")
    for name, question, line, instead, earns, taken_for in WRONG:
        assert code[question].count(line) == 1, (question, name)
        names = right(whose)
        exec(compile(code[question].replace(line, instead), question, "exec"), names)  # noqa: S102 (the tests' own code)
        plt.close("all")
        earned, found = points(both, question, names, whose)
        assert earned < one.questions[question].points, (question, name)
        assert earns is None or earned == pytest.approx(earns), (question, name, earned)
        assert taken_for <= found, (question, name, found)


def test_five_wrong_answers_for_each_question_at_least():
    for number in range(1, 8):
        assert len([each for each in WRONG if each[1] == f"q{number}"]) >= 5


@pytest.mark.parametrize(
    "answers",
    [
        {"days": lambda people, bowls, jar: 1 / 0, "slow": "many", "visits": []},
        {"days": "days", "with_guests": 3, "care_limit": None},
        {"days": lambda *_: None, "with_guests": lambda *_: [1, 2], "care_limit": lambda *_: float("nan")},
        {"days": lambda people, bowls, jar: -(people * bowls), "caught": 10**400},
        {"days": lambda people, bowls, jar: [1, 2], "with_guests": lambda *_: "soon"},
        {"ratio": None, "off": {}, "early": True, "too_late": float("inf")},
        {"early": [[1]], "too_late": "0.1"},
        {"when": None, "picture": {"lines": [{"x": "abc", "y": 5}], "lowest": []}},
        {"when": [], "picture": {"lines": 7}},
        {"when": np.datetime64("NaT"), "picture": {"lines": [{"x": range(7), "y": [None] * 7}]}},
        {"market": print},
        {"market": {"merchant": [["a"], {}, 1], "homes": [1, 2, 3], "refills": [0, 0, 0], "rice": [0, 0, 0]}},
        {"market": {"merchant": [1, 2], "homes": [float("nan"), 2], "refills": [0, 0], "rice": [None, 0]}},
        {"tour": [float("inf"), float("nan"), None, "a", True] * 3, "load": "much"},
        {"tour": list(range(1, 13)), "load": -0.0},
        {"tour": {"a": 1}, "load": None},
        {"tour": [1] * 12},
        {"extra": 0.0, "per_visit": float("inf")},
        {"extra": -5, "per_visit": [3]},
    ],
)
def test_no_check_breaks_on_odd_answers(one, both, right, answers):
    names = right() | answers
    for key, question in one.questions.items():
        if question.is_text:
            continue
        for which, worth in zip(both, (question.visible, question.points - question.visible), strict=True):
            verdict = asked(which[key], Here(key, names, lambda: draw(None)))
            assert verdict.broken is None, (key, verdict.broken)
            assert verdict.of == pytest.approx(worth), key


def test_no_check_breaks_where_one_name_is_missing(one, both, right):
    names = right()
    for gone in [*NAMES, "days", "with_guests", "care_limit", "picture", "market"]:
        left = {name: value for name, value in names.items() if name != gone}
        for which in both:
            for key, check in which.items():
                verdict = asked(check, Here(key, left, lambda: draw(None)))
                assert verdict.broken is None, (gone, key, verdict.broken)


def test_an_empty_notebook_earns_nothing_and_says_so(one, both):
    for key, question in one.questions.items():
        if not question.is_text:
            verdicts = [asked(which[key], Here(key, {}, lambda: draw(None))) for which in both]
            assert sum(verdict.points for verdict in verdicts) == 0
            assert sum(verdict.of for verdict in verdicts) == pytest.approx(question.points)
            assert {verdict.failed.kind for verdict in verdicts} == {"missing"}


def test_what_follows_from_wrong_days_earns_its_points(one, both, right):
    """Who counts bowls per home loses what question 1 gives for the function, and nothing anywhere else."""
    code = [(key, text.replace("jar / (people * bowls)", "jar / bowls")) for key, text in solved(one, None)]
    names, raised = run(code)
    assert not raised
    assert names["tour"] != right()["tour"]
    for key, question in one.questions.items():
        if not question.is_text:
            earned, found = points(both, key, names)
            assert earned == pytest.approx(2 if key == "q1" else question.points), key
            assert found == ({"bowls-per-home"} if key == "q1" else set()), key


def test_what_follows_from_guests_who_never_leave_earns_its_point(both, right):
    names = right() | {"with_guests": lambda people, bowls, jar, guests, stay: jar / ((people + guests) * bowls)}
    assert points(both, "q2", names | {"caught": 120}) == (2, {"guests-never-leave"})
    assert points(both, "q2", names | {"caught": 119})[0] == 1


def test_what_follows_from_a_wrong_tour_or_extra_earns_its_point(both, right):
    names = right()
    names |= {"tour": names["waiting"]["household"].head(12).tolist(), "load": 1}
    assert points(both, "q6", names)[0] < 3
    before = points(both, "q6", names)[0]
    names["load"] = names["waiting"].head(12)["eaten"].sum()
    assert points(both, "q6", names)[0] == before + 1
    names |= {"extra": 3000, "per_visit": 1}
    assert points(both, "q7", names)[0] == 2
    names["per_visit"] = 3000 / len(names["brought"])
    assert points(both, "q7", names)[0] == 3


def test_nothing_follows_from_a_round_of_one_home(both, right):
    names = right() | {"tour": [95], "load": right()["cart"].set_index("household")["eaten"][95]}
    assert points(both, "q6", names)[0] < 1


def test_homes_with_the_same_days_left_may_stand_in_any_order(both, right):
    for whose in TOKENS:
        names = right(whose)
        cart = names["cart"].reset_index(drop=True)
        place = next(at for at in range(11) if cart["left"][at] == cart["left"][at + 1])
        tour = list(names["tour"])
        tour[place], tour[place + 1] = tour[place + 1], tour[place]
        assert points(both, "q6", names | {"tour": tour}, whose) == (4, set())
        assert points(both, "q6", names | {"tour": [tour[11], *tour[1:11], tour[0]]}, whose)[0] < 4


@pytest.mark.parametrize("kind", [str, lambda day: day, lambda day: day.date(), lambda day: day.to_datetime64(), list])
def test_a_date_is_taken_however_it_is_given(both, right, kind):
    names = right()
    given = [names["when"]] if kind is list else kind(names["when"])
    assert points(both, "q4", names | {"when": given}) == (5, set())
    assert points(both, "q4", names | {"when": names["when"] + datetime.timedelta(days=1)})[0] == 4


def test_a_column_of_homes_or_a_text_list_is_no_worse_than_a_list(both, right):
    names = right()
    assert points(both, "q6", names | {"tour": names["cart"]["household"]}) == (4, set())
    assert points(both, "q5", names | {"market": names["market"].reset_index()}) == (3, set())


def test_two_draws_have_two_sets_of_answers(right):
    first, second = right(TOKENS[1]), right(TOKENS[2])
    for name in NAMES:
        assert first[name] != second[name], name


def test_visible_checks_look_at_no_data():
    assert "data" not in re.sub(r'"[^"]*"', "", (EXERCISES / "01_rice_merchant_visible.py").read_text("utf-8"))


def test_chinese_keeps_to_the_glossary_in_tasks_checks_and_rubric(one):
    terms = glossary.read(course() / "notebooks/glossary.yml")
    texts = [(cell.key, cell.text["en"], cell.text["zh"]) for cell in one.chapter.cells if cell.code is None]
    for path in (one.visible, one.hidden):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                said = {word.arg: ast.literal_eval(word.value) for word in node.keywords}
                texts.append((f"{path.name}:{node.lineno}", said["en"], said["zh"]))
    for criterion in one.rubrics["q8"].criteria:
        texts += [(criterion.key, level.en, level.zh) for level in criterion.levels]
    assert len(texts) > 120
    broken = [(key, found) for key, english, chinese in texts if (found := glossary.broken(terms, english, chinese))]
    assert broken == []
    for sample in one.rubrics["q8"].samples:
        assert "{{" not in shown(sample.answer.zh) + shown(sample.answer.en)
        assert not re.search(r"[\u4e00-\u9fff] +[\u4e00-\u9fff]", sample.answer.zh)
