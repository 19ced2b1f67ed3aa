"""Exercise 8: nothing given away, full marks for what is right on every draw, and what wrong answers earn."""

import ast
import re

import pytest
from matplotlib import pyplot as plt

from crmlab.course import glossary
from crmlab.language.text import shown
from crmlab.marking import exercise
from crmlab.marking.ask import Here, asked
from crmlab.marking.prove import prove

from .conftest import EXERCISES, TOKENS, draw
from .wrong import WRONG


def test_the_exercise_keeps_its_promises(eight):
    assert prove(eight, TOKENS) == []


def test_forty_points_in_nine_questions_with_one_free_text(eight):
    assert eight.points == 40
    assert [key for key, one in eight.questions.items() if one.is_text] == ["q9"]
    assert list(eight.questions) == [f"q{number}" for number in range(1, 10)]


@pytest.mark.parametrize("whose", TOKENS)
def test_wrong_answers_earn_what_they_should(eight, both, right, whose):
    code = {cell.key: exercise.solution(cell.code) for cell in eight.chapter.cells if cell.code}
    plt.switch_backend("agg")
    for name, question, line, instead, points, taken_for in WRONG:
        assert line in code[question], (question, name)
        names = right(whose)
        exec(compile(code[question].replace(line, instead), question, "exec"), names)  # noqa: S102 (the tests' own code)
        plt.close("all")
        verdicts = [asked(checks[question], Here(question, names, lambda: draw(whose))) for checks in both]
        earned = sum(verdict.points for verdict in verdicts)
        found = {key for verdict in verdicts for key in verdict.misconceptions}
        failed = [verdict.failed or verdict.broken for verdict in verdicts]
        assert failed == [None, None], (question, name, failed)
        assert earned < eight.questions[question].points or taken_for is None, (question, name)
        assert points is None or earned == pytest.approx(points), (question, name, earned)
        assert taken_for is None or taken_for <= found, (question, name, found)


def test_three_wrong_answers_for_each_question_at_least():
    for number in range(1, 9):
        assert len([one for one in WRONG if one[1] == f"q{number}"]) >= 3


@pytest.mark.parametrize(
    "answers",
    [
        {"retention": lambda before, after: 1 / 0, "half_year": "many"},
        {"by_channel": print, "overall": float("nan")},
        {"over": lambda *_: None, "monthly": [[1]], "stay": None},
        {"worth": "worth", "stays": 10**400, "margin": {}, "gain": True},
        {"picture": {"lines": [{"x": "abc", "y": 5}], "lowest": []}},
        {"picture": {"lines": 7}},
        {"watch": [float("inf"), float("nan"), None, "a", True] * 2},
        {"watch": {"a": 1}},
        {"complaint_rate": 0.0, "dissatisfied": float("inf")},
        {"ladder": {"outcome": ["resolved"], "complaints": [[1]], "came_back": [None]}, "credit": "all"},
        {"ladder": {"outcome": [["a"], {}, 1], "complaints": [1, 2, 3], "came_back": [0, 0, 0]}, "credit": -0.0},
    ],
)
def test_no_check_breaks_on_odd_answers(eight, both, right, answers):
    names = right() | answers
    for key, question in eight.questions.items():
        if question.is_text:
            continue
        for checks, worth in zip(both, (question.visible, question.points - question.visible), strict=True):
            verdict = asked(checks[key], Here(key, names, lambda: draw(None)))
            assert verdict.broken is None, (key, verdict.broken)
            assert verdict.of == pytest.approx(worth), key
    touched = {key for key in eight.questions if key != "q9" and key != "q3"}
    assert touched


def test_no_check_breaks_where_one_name_is_missing(eight, both, right):
    names = right()
    made = {node.id for key in both[1] for node in ast.walk(ast.parse(exercise.solution(eight.cell(key).code)))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    for name in sorted(made & set(names)):
        left = {key: value for key, value in names.items() if key != name}
        for checks in both:
            for key, check in checks.items():
                verdict = asked(check, Here(key, left, lambda: draw(None)))
                assert verdict.broken is None, (name, key, verdict.broken)


def test_an_empty_notebook_earns_nothing_and_says_so(eight, both):
    for key, question in eight.questions.items():
        if not question.is_text:
            verdicts = [asked(checks[key], Here(key, {}, lambda: draw(None))) for checks in both]
            assert sum(verdict.points for verdict in verdicts) == 0
            assert sum(verdict.of for verdict in verdicts) == pytest.approx(question.points)
            assert {verdict.failed.kind for verdict in verdicts} == {"missing"}


def test_a_wrong_half_does_not_cost_the_right_one(both, right):
    names = right() | {"retention": lambda before, after: 1 / 0}
    verdict = asked(both[1]["q1"], Here("q1", names, lambda: draw(None)))
    assert (verdict.points, verdict.of, verdict.failed.kind) == (1, 2, "error")


def test_what_follows_from_a_wrong_number_earns_its_points(both, right):
    names = right()
    names["overall"] = 0.3
    names["monthly"] = 1 - 0.7 ** (1 / 6)
    names["stay"] = 1 / names["monthly"]
    assert sum(asked(checks["q3"], Here("q3", names, lambda: draw(None))).points for checks in both) == 4


def test_nothing_follows_from_a_made_up_ladder(both, right):
    made_up = {"outcome": ["unresolved", "resolved", "quickly"], "complaints": [0, 0, 0], "came_back": [0, 0, 0]}
    names = right() | {"ladder": made_up, "credit": 0}
    assert asked(both[1]["q8"], Here("q8", names, lambda: draw(None))).points == 0


def test_two_draws_have_two_sets_of_answers(right):
    first, second = right(TOKENS[1]), right(TOKENS[2])
    for name in (
        "half_year",
        "overall",
        "stays",
        "margin",
        "gain",
        "complaint_rate",
        "dissatisfied",
        "credit",
        "watch",
    ):
        assert first[name] != second[name], name


def test_visible_checks_look_at_no_data():
    assert "data" not in re.sub(r'"[^"]*"', "", (EXERCISES / "08_keeping_customers_visible.py").read_text("utf-8"))


def test_chinese_keeps_to_the_glossary_in_tasks_checks_and_rubric(eight):
    from crmlab.place import course

    terms = glossary.read(course() / "notebooks/glossary.yml")
    texts = [(cell.key, cell.text["en"], cell.text["zh"]) for cell in eight.chapter.cells if cell.code is None]
    for path in (eight.visible, eight.hidden):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                said = {one.arg: ast.literal_eval(one.value) for one in node.keywords}
                texts.append((f"{path.name}:{node.lineno}", said["en"], said["zh"]))
    assert len(texts) > 100
    assert [
        (key, found) for key, english, chinese in texts if (found := glossary.broken(terms, english, chinese))
    ] == []
    for sample in eight.rubrics["q9"].samples:
        assert "{{" not in shown(sample.answer.zh) + shown(sample.answer.en)
        assert not re.search(r"[\u4e00-\u9fff] +[\u4e00-\u9fff]", sample.answer.zh)
