"""The rating form in JupyterLab, filled in by keyboard alone, in both languages."""

from __future__ import annotations

import pytest

from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.roleplay.ratings import read_ratings
from crmlab.roleplay.shelf import find

from .lab import run_cells

CODE = """
import pandas as pd
from crmlab.roleplay.rating_form import RatingForm
from crmlab.roleplay.rota import rota
from crmlab.roleplay.shelf import find
names = ["李明", "王小红", "Ann Lee", "欧阳靖雯", "赵鑫"]
plays = rota(pd.DataFrame({{"student": [str(2026001 + place) for place in range(5)], "name": names}}))
RatingForm(find("complaint-a"), plays, "2026001", {folder!r})
"""


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_play_is_rated_by_keyboard(lab, browser, code):
    folder = lab.folder / f"ratings-{code}"
    with run_cells(lab, browser, "form", code, [CODE.format(folder=str(folder))], height=1700) as notebook:
        assert notebook.errors == []
        page, form = notebook.page, notebook.page.locator(".rating")
        form.wait_for()
        assert form.locator("input:checked").count() == 0
        form.locator("select").focus()
        page.keyboard.press("ArrowDown")
        for _criterion in range(6):  # five criteria and the whole
            page.keyboard.press("Tab")
            for key in ("Space", "ArrowDown", "ArrowDown"):
                page.keyboard.press(key)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first critical error, without a quote
        button, said = form.locator("button"), form.locator("[role=status]")
        button.press("Enter")
        with speaking(code):
            label = str(next(iter(find("complaint-a").critical.values())).label)
        told = "text => document.querySelector('.rating [role=status]').textContent.includes(text)"
        page.wait_for_function(told, arg=label)
        assert not folder.exists()
        form.locator("input[type=checkbox]").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.type("“Ask my colleague.”")
        button.press("Enter")
        form.locator("[role=status].right").wait_for()
        notebook.keep("rating-form", form)
        assert button.is_disabled()
        assert str(folder.name) in said.inner_text()
        frame = read_ratings(folder)
        assert frame["criterion"].tolist()[-2:] == ["global", "critical:passes_the_buck"]
        assert frame["level"].tolist() == [2, 2, 2, 2, 2, 3, 1]
        assert frame["comment"].iloc[-1] == "“Ask my colleague.”"
        form.locator("select").select_option(index=2)
        assert form.locator("input:checked").count() == 0
        assert button.is_enabled()
