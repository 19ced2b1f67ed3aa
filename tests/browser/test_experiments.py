"""Every experiment in a real browser: sliders, picture and words are there, and all follow keys that are pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import crmlab
from crmlab.language.catalogue import LANGUAGES

from .lab import Lab, OpenNotebook, run_cells

SHOWN = "box => box.querySelector('img').src && box.querySelector('figcaption').innerText"
FOLLOWED = """([box, image, words]) =>
  box.querySelector('img').src !== image && box.querySelector('figcaption').innerText !== words"""


@pytest.fixture(scope="module", params=LANGUAGES)
def experiments(request: pytest.FixtureRequest, lab: Lab, browser: object) -> Iterator[OpenNotebook]:
    """A notebook with the sliders of every experiment that the package names, in each language."""
    cells = [f"crmlab.explore(crmlab.{name}())" for name in crmlab.EXPERIMENTS]
    with run_cells(lab, browser, "experiments", request.param, cells, height=1300) as notebook:
        yield notebook


def test_all_run_without_an_error_and_ask_nobody_outside(experiments):
    assert experiments.errors == []
    assert experiments.foreign == []


def test_picture_and_words_of_each_follow_its_first_two_sliders(experiments):
    page, boxes = experiments.page, experiments.page.locator(".crmlab.explorer")
    assert boxes.count() == page.locator(".jp-CodeCell").count() - 1
    for box in boxes.all():
        name, node = box.get_attribute("aria-label"), box.element_handle()
        box.scroll_into_view_if_needed()
        page.wait_for_function(SHOWN, arg=node)
        experiments.keep(f"experiments/{name}", box)
        image, words = box.locator("img").get_attribute("src"), box.locator("figcaption").inner_text()
        for slider in box.locator("input[type=range]").all()[:2]:  # one alone may be a count, the picture its shares
            slider.press("End" if slider.input_value() == slider.get_attribute("min") else "Home")
        page.wait_for_function(FOLLOWED, arg=[node, image, words])
        assert box.locator(".problem").inner_text() == "", name


def test_no_word_runs_out_of_its_place(experiments):
    wide = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"
    for part in (".crmlab .unit", ".crmlab .control", ".crmlab figcaption"):
        assert experiments.page.locator(part).evaluate_all(wide) == [], part
