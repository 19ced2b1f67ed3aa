"""Every experiment in a real browser: sliders, picture and words are there, and all follow a key that is pressed."""

from __future__ import annotations

SHOWN = "box => box.querySelector('img').src && box.querySelector('figcaption').innerText"
FOLLOWED = "([box, image, words]) => box.querySelector('img').src !== image || box.innerText !== words"


def test_all_run_without_an_error_and_ask_nobody_outside(experiments):
    assert experiments.errors == []
    assert experiments.foreign == []


def test_each_follows_its_first_slider(experiments):
    page, boxes = experiments.page, experiments.page.locator(".crmlab.explorer")
    assert boxes.count() == page.locator(".jp-CodeCell").count() - 1
    for box in boxes.all():
        name, node = box.get_attribute("aria-label"), box.element_handle()
        box.scroll_into_view_if_needed()
        page.wait_for_function(
            "box => box.querySelector('img').src && box.querySelector('figcaption').innerText", arg=node
        )
        experiments.keep(f"experiments/{name}", box)
        image, words = box.locator("img").get_attribute("src"), box.inner_text()
        slider = box.locator("input[type=range]").first
        slider.press("End" if slider.input_value() == slider.get_attribute("min") else "Home")
        page.wait_for_function(FOLLOWED, arg=[node, image, words])
        assert box.locator(".problem").inner_text() == "", name


def test_no_word_runs_out_of_its_place(experiments):
    wide = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"
    for part in (".crmlab .unit", ".crmlab .control", ".crmlab figcaption"):
        assert experiments.page.locator(part).evaluate_all(wide) == [], part
