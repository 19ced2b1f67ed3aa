"""Each chapter in a real browser: it runs, looks right, and its sliders stay within their bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmlab.language.catalogue import LANGUAGES

from .lab import Lab, OpenNotebook, run_all, serious

CHAPTERS = sorted(path.stem for path in (Path(__file__).parents[2] / "notebooks/en").glob("*.ipynb"))


@pytest.fixture(scope="module", params=[(chapter, code) for chapter in CHAPTERS for code in LANGUAGES], ids="-".join)
def chapter(request: pytest.FixtureRequest, lab: Lab, browser: object) -> Iterator[OpenNotebook]:
    """Each chapter in each language."""
    name, code = request.param
    with run_all(lab, browser, f"{code}/{name}.ipynb", code) as notebook:
        yield notebook


def test_run_all_leaves_no_error_and_asks_nobody_outside(chapter):
    chapter.keep("chapter")
    assert chapter.errors == []
    assert chapter.foreign == []


def test_no_mark_of_emphasis_or_formula_is_left_over(chapter):
    left = """() => [...document.querySelectorAll(".jp-RenderedMarkdown")].flatMap(cell => {
        const found = [], walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const { data, parentElement } = walk.currentNode;
            if (!parentElement.closest("code, pre, mjx-container") && /[*`$]/.test(data)) found.push(data);
        }
        return found;
    })"""
    assert chapter.page.locator(".jp-RenderedMarkdown").count() > 10
    assert chapter.page.evaluate(left) == []


def test_the_interface_speaks_the_language(chapter):
    menu = chapter.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert ("文件" in " ".join(menu)) == (chapter.lang == "zh")
    assert chapter.page.locator(".jp-Notification-List, .Toastify__toast").count() == 0


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


def test_no_still_picture_is_left_beside_a_living_one(chapter):
    assert not any(still.is_visible() for still in chapter.page.locator(".crmlab-still").all())


def test_axe_finds_no_serious_violation(chapter):
    assert serious(chapter.page, ".crmlab") == []
