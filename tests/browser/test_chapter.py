"""A learner in a real browser: the chapter runs, a slider moves the picture, the quiz is answered by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe


@pytest.fixture
def explorer(chapter):
    """The chapter's first explorer, in view."""
    box = chapter.page.locator(".crmlab.explorer").first
    box.scroll_into_view_if_needed()
    return box


def test_run_all_leaves_no_error_and_asks_nobody_outside(chapter):
    chapter.keep("chapter")
    assert chapter.errors == []
    assert chapter.foreign == []


def test_the_interface_speaks_the_language(chapter):
    menu = chapter.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert ("文件" in " ".join(menu)) == (chapter.lang == "zh")
    assert chapter.page.locator(".jp-Notification-List, .Toastify__toast").count() == 0


def picture(box) -> str:
    return box.locator("img").get_attribute("src")


def test_a_slider_moves_the_picture_and_its_words(chapter, explorer):
    slider = explorer.locator("input[type=range]").nth(1)
    before, words = picture(explorer), explorer.locator("figcaption").text_content()
    slider.focus()
    for _press in range(4):
        chapter.page.keyboard.press("ArrowRight")
    chapter.page.wait_for_function(
        "([node, old]) => node.textContent !== old", arg=[explorer.locator("figcaption").element_handle(), words]
    )
    explorer.evaluate("box => box.scrollIntoView({ block: 'center' })")
    chapter.page.wait_for_timeout(300)
    chapter.keep("explorer")
    assert picture(explorer) != before


def test_every_slider_goes_to_both_ends(chapter):
    for box in chapter.page.locator(".crmlab.explorer").all():
        for slider in box.locator("input[type=range]").all():
            for key, end in (("Home", "min"), ("End", "max")):
                slider.focus()
                chapter.page.keyboard.press(key)
                assert float(slider.input_value()) == pytest.approx(float(slider.get_attribute(end)))
        box.get_by_role("button").first.click()
        chapter.page.wait_for_timeout(300)
        assert box.locator(".problem").inner_text() == ""


def test_what_is_typed_is_checked_and_said_in_the_language(chapter):
    explorer = chapter.page.locator(".crmlab.explorer").filter(has=chapter.page.locator(".unit", has_text="%")).first
    typed = explorer.locator("span.exact", has_text="%").locator("input[type=number]").first
    typed.focus()
    for key in ("Control+a", "1", "5", "0", "Enter"):
        chapter.page.keyboard.press(key)
    problem = explorer.locator(".problem")
    problem.filter(has_text="1.5").wait_for()
    assert ("允许" in problem.inner_text()) == (chapter.lang == "zh")
    explorer.get_by_role("button").first.click()
    chapter.page.wait_for_function("node => node.textContent === ''", arg=problem.element_handle())


def test_the_table_opens_by_keyboard(chapter, explorer):
    button = explorer.get_by_role("button").nth(1)
    button.focus()
    chapter.page.keyboard.press("Enter")
    explorer.locator("td").first.wait_for()
    assert explorer.locator("th").count() >= 2
    chapter.keep("table")
    chapter.page.keyboard.press("Enter")


def test_the_still_picture_makes_room_for_the_living_one(chapter, explorer):
    stills = chapter.page.locator(".crmlab-still")
    assert stills.count() >= 1
    assert not any(still.is_visible() for still in stills.all())


def test_the_quiz_is_answered_by_keyboard(chapter):
    quiz = chapter.page.locator(".crmlab.quiz:has(input[type=radio])").first
    quiz.scroll_into_view_if_needed()
    item = quiz.locator("li:has(input[type=radio])").first
    radios = item.locator("input[type=radio]")
    verdict = item.locator(".verdict")
    item.get_by_role("button").focus()
    chapter.page.keyboard.press("Enter")
    said = verdict.inner_text()
    assert said
    radios.first.focus()
    chapter.page.keyboard.press("Space")
    for place in range(radios.count()):
        if place:
            chapter.page.keyboard.press("ArrowDown")
        chapter.page.keyboard.press("Enter")
        chapter.page.wait_for_function(
            "([node, old]) => node.innerText && node.innerText !== old", arg=[verdict.element_handle(), said]
        )
        said = verdict.inner_text()
        if "✓" in said:
            break
    item.scroll_into_view_if_needed()
    chapter.keep("quiz")
    assert "✓" in said
    assert "1" in quiz.locator(".score").inner_text()


@pytest.mark.parametrize("part", ["explorer", "quiz"])
def test_axe_finds_no_serious_violation(chapter, part):
    found = Axe().run(chapter.page, context=f".crmlab.{part}")
    serious = [row for row in found.response["violations"] if row["impact"] in ("serious", "critical")]
    assert [(row["id"], row["nodes"][0]["html"]) for row in serious] == []
