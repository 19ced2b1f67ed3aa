"""Explorer and quiz without a browser: what Python answers, and what stands where no kernel runs."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import crmlab
from crmlab.language.catalogue import speaking
from crmlab.notebook.questions import quizzes


def test_the_explorer_speaks_the_language_it_was_made_in(lang):
    with speaking(lang):
        explorer = crmlab.explore(crmlab.LeakyBucket())
    explorer.change(customers=500)
    assert explorer.words == explorer.experiment.describe(lang)
    assert explorer.picture.startswith(b"\x89PNG")


def test_a_result_is_shown_with_its_words(lang):
    curve = crmlab.RetentionCurve.fit(crmlab.RetentionCurve.example("high_end"))
    with speaking(lang):
        made = crmlab.show(curve)
        later = crmlab.show(curve, later=crmlab.RetentionCurve.example("high_end"))
    html = made._repr_html_()
    assert f'lang="{lang}"' in html
    assert f'alt="{made.title}"' in html
    assert f"<figcaption>{curve.describe(lang)}</figcaption>" in html
    assert repr(made) == curve.describe(lang)
    assert made.png != later.png


def test_one_question_before_an_explanation_is_no_test(lang):
    with speaking(lang):
        one, many = crmlab.quiz("six-merchants"), crmlab.quiz("better-results")
    assert one.captions["title"] != many.captions["title"]
    assert one.score == ""
    assert "6" in many.score


def test_reset_goes_back_to_the_beginning():
    explorer = crmlab.explore(crmlab.LeakyBucket(monthly_churn=0.07))
    first = explorer.picture
    explorer.change(monthly_churn=20)
    assert explorer.picture != first
    explorer.reset()
    assert explorer.experiment.monthly_churn == 0.07
    assert explorer.picture == first


@pytest.mark.parametrize("kind", ["LeakyBucket", "RepurchaseLadder", "ComplaintIceberg", "AcquisitionVersusRetention"])
def test_a_moved_picture_is_the_one_that_a_new_explorer_shows(kind):
    explorer = crmlab.explore(getattr(crmlab, kind)())
    for control in explorer.controls:
        explorer.reset()
        explorer.change(**{control["name"]: control["high"]})
        explorer.change(**{control["name"]: control["start"] + control["step"]})
        assert explorer.picture == crmlab.explore(explorer.experiment).picture


def test_what_is_not_allowed_is_said_and_changes_nothing():
    explorer = crmlab.explore(crmlab.LeakyBucket())
    explorer.change(monthly_churn=150)
    assert "monthly_churn" in explorer.problem
    assert explorer.experiment == crmlab.LeakyBucket()
    explorer.change(monthly_churn=6)
    assert explorer.problem == ""


def test_a_value_beyond_the_slider_widens_it():
    explorer = crmlab.explore(crmlab.LeakyBucket(customers=10**9))
    assert next(control for control in explorer.controls if control["name"] == "customers")["high"] == 10**9


def test_the_table_is_made_only_when_it_is_opened(lang):
    with speaking(lang):
        explorer = crmlab.explore(crmlab.LeakyBucket())
    assert explorer.table == {}
    explorer.table_open = True
    assert len(explorer.table["rows"]) == 25
    assert explorer.table["head"][0] == {"en": "month", "zh": "月份"}[lang]


def test_without_a_kernel_a_picture_with_words_and_the_questions_remain(lang, tmp_path):
    code = f'import crmlab\ncrmlab.set_language("{lang}")\ncrmlab.explore(crmlab.LeakyBucket())'
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell('crmlab.quiz("losing-customers")')]
    )
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    html, _resources = HTMLExporter().from_notebook_node(book)
    assert crmlab.LeakyBucket().describe(lang) in html
    assert re.search(r'<img[^>]*alt="[^"]+"[^>]*src="data:image/png', html)
    assert str(getattr(quizzes()["losing-customers"][0].ask, lang))[:10] in html
    assert "object at 0x" not in html


@pytest.mark.parametrize("name", list(quizzes()))
def test_every_quiz_can_be_answered_right_and_wrong(name, lang):
    with speaking(lang):
        quiz = crmlab.quiz(name)
    for question, item in zip(quizzes()[name], quiz.items, strict=True):
        right, wrong = answers(question, item, lang)
        assert not quiz.answer(item["key"], wrong)
        assert quiz.answer(item["key"], right)
        assert quiz.verdicts[item["key"]]["why"]
    assert quiz.score == "" or str(len(quiz.items)) in quiz.score


def answers(question, item: dict, lang: str) -> tuple:
    """A right and a wrong answer, as the page would send them."""
    with speaking(lang):
        if question.kind == "number":
            return question.answer, question.answer + question.tolerance + 1
        if question.kind == "order":
            right = [item["items"].index(str(text)) for text in question.items]
            return right, right[::-1]
        if question.kind == "match":
            right = [item["rights"].index(str(pair.right)) for pair in question.pairs]
            return right, [right[-1]] * len(right)
        right = [place for place, option in enumerate(question.options) if option.right]
        return right, [place for place, option in enumerate(question.options) if not option.right][:1]


TOLD = {
    "choice": {"options"}, "several": {"options"}, "number": {"unit"}, "order": {"items"}, "match": {"lefts", "rights"},
}  # fmt: skip
"""What the page may know of a question beside its key, kind and text."""


@pytest.mark.parametrize("name", list(quizzes()))
def test_the_page_is_not_told_what_is_right(name, lang):
    with speaking(lang):
        state = crmlab.quiz(name).get_state()
        assert state["verdicts"] == {}
        for item, question in zip(state["items"], quizzes()[name], strict=True):
            told = TOLD[question.kind]
            assert item.keys() == {"key", "kind", "ask", *told}
            assert all(isinstance(text, str) for part in told for text in item[part])
            reasons = [question.why, *(option.why for option in getattr(question, "options", ()))]
            assert [why for why in reasons if why and str(why) in repr(state)] == []


def test_every_quiz_is_shown_in_a_chapter():
    from crmlab.course import build

    shown = "".join(path.read_text(encoding="utf-8") for path in build.sources(build.home()))
    assert [name for name in quizzes() if f'crmlab.quiz("{name}")' not in shown] == []
