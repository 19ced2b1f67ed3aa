"""Every exercise: nothing given away, full marks for what is right on every draw, and what wrong answers earn.

An exercise with checks has ``wrong/NN_name.py``, and what is special in it stands in ``test_exerciseNN.py``. Of typical
wrong answers, WRONG holds a name, the question, a line of its solution, what is put in its place, the points that this
earns on every draw (None: less than full, but each draw gives others) and the misconceptions that the checks have to
name, visible and hidden together (None: on some draw it may pass for right). ODD holds answers, by their names, at
which no check may break.
"""

import ast
import re

import pytest
from matplotlib import pyplot as plt

from crmlab.marking import exercise
from crmlab.marking.grade import asks
from crmlab.marking.plain import plain
from crmlab.marking.prove import prove

from .conftest import EXERCISES, TOKENS, tried

EVERY = list(exercise.sources(EXERCISES))
CHECKED = [name for name in EVERY if not tried(name).exercise.is_text]
ODD = [
    None, True, 0, -1, float("nan"), float("inf"), 10**400, "much", [], {}, [[1]], [None] * 7, print,
    lambda *_: None, lambda *_: [1, 2], lambda *_: float("nan"), lambda *_: "soon", lambda *_: 1 / 0,
]  # fmt: skip
"""What may stand in place of all answers at once."""


@pytest.fixture
def one(request):
    return tried(request.param)


def each(names):
    return pytest.mark.parametrize("one", names, indirect=True)


def made(one):
    """The variables and functions that the checks look at."""
    code = [exercise.solution(one.exercise.cell(key).code) for key in one.counted]
    functions = [node.name for text in code for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return [*asks(one.exercise).names, *functions]


@each(EVERY)
def test_it_keeps_its_promises(one):
    assert prove(one.exercise, TOKENS) == []
    assert list(one.exercise.questions) == [f"q{number}" for number in range(1, len(one.exercise.questions) + 1)]


@each(CHECKED)
@pytest.mark.parametrize("whose", TOKENS)
def test_wrong_answers_earn_what_they_should(one, whose):
    code = {cell.key: exercise.solution(cell.code) for cell in one.exercise.chapter.cells if cell.code}
    plt.switch_backend("agg")
    for name, question, line, instead, points, taken_for in one.wrong.WRONG:
        assert code[question].count(line) == 1, (question, name)
        names = one.right(whose)
        exec(compile(code[question].replace(line, instead), question, "exec"), names)  # noqa: S102 (the tests' own code)
        plt.close("all")
        verdicts = one.verdicts(question, names, whose)
        assert [verdict.failed for verdict in verdicts] == [None, None], (question, name)
        earned = sum(verdict.points for verdict in verdicts)
        found = {key for verdict in verdicts for key in verdict.misconceptions}
        assert earned < one.counted[question].points or taken_for is None, (question, name)
        assert points is None or earned == pytest.approx(points), (question, name, earned)
        assert taken_for is None or taken_for <= found, (question, name, found)


@each(CHECKED)
def test_three_wrong_answers_for_each_question_at_least(one):
    asked = [question for _name, question, *_rest in one.wrong.WRONG]
    assert {key: asked.count(key) for key in one.counted if asked.count(key) < 3} == {}


@each(CHECKED)
def test_no_check_breaks_on_odd_answers(one):
    for odd in [*getattr(one.wrong, "ODD", []), *(dict.fromkeys(made(one), value) for value in ODD)]:
        names = one.right() | odd
        for key, question in one.counted.items():
            worth = [verdict.of for verdict in one.verdicts(key, names)]
            assert worth == pytest.approx([question.visible, question.points - question.visible]), (key, odd)


@each(CHECKED)
def test_no_check_breaks_where_one_name_is_missing(one):
    names, missed = one.right(), 0
    for gone in made(one):
        left = {name: value for name, value in names.items() if name != gone}
        missed += any(verdict.failed for key in one.counted for verdict in one.verdicts(key, left))
    assert missed >= len(one.counted)


@each(CHECKED)
def test_an_empty_notebook_earns_nothing_and_says_so(one):
    for key, question in one.counted.items():
        verdicts = one.verdicts(key, {})
        assert sum(verdict.points for verdict in verdicts) == 0
        assert sum(verdict.of for verdict in verdicts) == pytest.approx(question.points)
        assert {verdict.failed.kind for verdict in verdicts} == {"missing"}


@each(CHECKED)
def test_two_draws_have_two_sets_of_answers(one):
    first, second = (one.right(whose) for whose in TOKENS[1:])
    assert [name for name in asks(one.exercise).names if repr(plain(first[name])) == repr(plain(second[name]))] == []


@each(CHECKED)
def test_visible_checks_look_at_no_data(one):
    assert "data" not in re.sub(r'"[^"]*"', "", one.exercise.visible.read_text("utf-8"))


@each(EVERY)
def test_chinese_samples_have_no_spaces_between_words(one):
    for rubric in one.exercise.rubrics.values():
        for sample in rubric.samples:
            assert not re.search(r"[\u4e00-\u9fff] +[\u4e00-\u9fff]", sample.answer.zh)
