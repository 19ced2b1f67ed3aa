"""Every experiment in a real browser: sliders, picture and words are there, and all follow a key that is pressed."""

from __future__ import annotations

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
        image, words = box.locator("img").get_attribute("src"), box.inner_text()
        assert box.locator("figcaption").inner_text(), name
        slider = box.locator("input[type=range]").first
        at_end = slider.input_value() == slider.get_attribute("max")
        slider.press("ArrowLeft" if at_end else "ArrowRight")
        page.wait_for_function(FOLLOWED, arg=[node, image, words])
        assert box.locator(".problem").inner_text() == "", name
        experiments.keep(f"experiments/{name}", box)
