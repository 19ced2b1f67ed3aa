"""Explorer and quiz in a real browser: a slider moves the picture, what is typed is checked, a quiz is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmlab.language.catalogue import LANGUAGES

from .lab import Lab, OpenNotebook, run_cells, serious

CELLS = ["crmlab.explore(crmlab.LeakyBucket())", 'crmlab.quiz("losing-customers")']


@pytest.fixture(scope="module", params=LANGUAGES)
def shown(request: pytest.FixtureRequest, lab: Lab, browser: object) -> Iterator[OpenNotebook]:
    """A notebook of an explorer and a quiz, in each language."""
    with run_cells(lab, browser, "widgets", request.param, CELLS, height=900) as notebook:
        yield notebook


@pytest.fixture
def explorer(shown):
    """The explorer, in view."""
    box = shown.page.locator(".crmlab.explorer")
    box.scroll_into_view_if_needed()
    return box


def picture(box) -> str:
    return box.locator("img").get_attribute("src")


def test_a_slider_moves_the_picture_and_its_words(shown, explorer):
    slider = explorer.locator("input[type=range]").nth(1)
    before, words = picture(explorer), explorer.locator("figcaption").text_content()
    slider.focus()
    for _press in range(4):
        shown.page.keyboard.press("ArrowRight")
    shown.page.wait_for_function(
        "([node, old]) => node.textContent !== old", arg=[explorer.locator("figcaption").element_handle(), words]
    )
    explorer.evaluate("box => box.scrollIntoView({ block: 'center' })")
    shown.page.wait_for_timeout(300)
    shown.keep("explorer")
    assert picture(explorer) != before


def test_what_is_typed_is_checked_and_said_in_the_language(shown, explorer):
    typed = explorer.locator("span.exact", has_text="%").locator("input[type=number]").first
    typed.focus()
    for key in ("Control+a", "1", "5", "0", "Enter"):
        shown.page.keyboard.press(key)
    problem = explorer.locator(".problem")
    problem.filter(has_text="1.5").wait_for()
    assert ("允许" in problem.inner_text()) == (shown.lang == "zh")
    explorer.get_by_role("button").first.click()
    shown.page.wait_for_function("node => node.textContent === ''", arg=problem.element_handle())


def test_the_table_opens_by_keyboard(shown, explorer):
    button = explorer.get_by_role("button").nth(1)
    button.focus()
    shown.page.keyboard.press("Enter")
    explorer.locator("td").first.wait_for()
    assert explorer.locator("th").count() >= 2
    shown.keep("table")


def test_the_still_picture_makes_room_for_the_living_one(shown, explorer):
    stills = shown.page.locator(".crmlab-still")
    assert stills.count() == len(CELLS)
    assert not any(still.is_visible() for still in stills.all())


def test_the_quiz_is_answered_by_keyboard(shown):
    quiz = shown.page.locator(".crmlab.quiz:has(input[type=radio])").first
    quiz.scroll_into_view_if_needed()
    item = quiz.locator("li:has(input[type=radio])").first
    radios = item.locator("input[type=radio]")
    verdict = item.locator(".verdict")
    item.get_by_role("button").focus()
    shown.page.keyboard.press("Enter")
    said = verdict.inner_text()
    assert said
    radios.first.focus()
    shown.page.keyboard.press("Space")
    for place in range(radios.count()):
        if place:
            shown.page.keyboard.press("ArrowDown")
        shown.page.keyboard.press("Enter")
        shown.page.wait_for_function(
            "([node, old]) => node.innerText && node.innerText !== old", arg=[verdict.element_handle(), said]
        )
        said = verdict.inner_text()
        if "✓" in said:
            break
    item.scroll_into_view_if_needed()
    shown.keep("quiz")
    assert "✓" in said
    assert "1" in quiz.locator(".score").inner_text()


def test_axe_finds_no_serious_violation_in_what_was_moved_opened_and_answered(shown):
    assert serious(shown.page, ".crmlab") == []
