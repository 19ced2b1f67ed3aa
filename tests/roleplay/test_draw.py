"""The picture of a scene shows each node once, where it belongs, and says it in words."""

from __future__ import annotations

import copy
import logging
from itertools import pairwise

import pytest
from PIL import Image

from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay import draw
from crmlab.roleplay.scene import read, script, student
from crmlab.roleplay.shelf import folder

from .conftest import made


def test_layers_go_down_to_the_endings(tiny):
    assert draw.layers(tiny) == [["hello"], ["story"], ["happy", "gone"]]
    edges = draw.graph(tiny).edges
    assert edges["story", "gone"]["replies"] == ["auto", "c"]
    assert edges["story", "story"]["replies"] == ["a", "d"]


def test_what_is_far_away_stands_below_all_that_leads_there(data):
    story = data["nodes"]["story"]
    data["nodes"]["late"] = copy.deepcopy(story) | {"auto": []}
    data["nodes"]["story"]["replies"][2]["goto"] = "late"
    data["nodes"]["hello"]["replies"][0]["goto"] = "late"
    for one in (0, 3):
        data["nodes"]["late"]["replies"][one]["goto"] = "gone"
    rows = draw.layers(made(data))
    assert rows[:3] == [["hello"], ["story"], ["late"]]


@pytest.mark.parametrize("path", sorted(folder().glob("*.yml")), ids=lambda path: path.stem)
def test_no_box_of_the_courses_scenes_touches_another_or_an_arrow_that_passes(path):
    scene = read(path)
    depth, across, made_of = draw._laid_out(scene)
    for layer in set(depth.values()):
        spots = sorted((across[spot], spot[0]) for spot in made_of if spot[1] == layer)
        for (left, one), (right, other) in pairwise(spots):
            wide = sum((draw.BOX[0] + draw.GAP if depth[name] == layer else draw.LANE) / 2 for name in (one, other))
            assert right - left > wide - 1e-6
    assert {depth[name] for name in scene.endings} == {max(depth.values())}


def test_pictures_in_both_languages(tiny, tmp_path, lang, caplog):
    with speaking(lang), caplog.at_level(logging.WARNING):
        svg, png = (draw.draw(tiny, tmp_path / f"tiny.{kind}") for kind in ("svg", "png"))
        ax = draw.plot(tiny)
    said = {text.get_text() for text in ax.texts}
    assert {"hello", "story", "happy", "gone", "abc"} <= said
    assert ({"Where is my kettle?"} if lang == "en" else {"我的水壶呢？"}) <= said
    assert not caplog.records
    assert svg.read_text(encoding="utf-8").rstrip().endswith("</svg>")
    with Image.open(png) as image:
        assert min(image.size) > 300


def test_the_picture_in_words(tiny, lang):
    with speaking(lang):
        words = draw.describe(tiny)
    assert len(words.splitlines()) == 4
    assert all(name in words for name in (*tiny.nodes, *tiny.endings))
    if lang == "en":
        assert "From story: at once, c to gone; a, d to story; b to happy." in words.splitlines()


def test_a_student_build_is_drawn_without_outcomes(tiny, tmp_path):
    build = script(student(tiny), "tiny.json")
    assert "it went" in draw.describe(tiny)
    assert "it went" not in draw.describe(build)
    assert draw.draw(build, tmp_path / "a.svg").exists()


def test_nothing_is_overwritten(tiny, tmp_path):
    path = draw.draw(tiny, tmp_path / "tiny.svg")
    before = path.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        draw.draw(tiny, path)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match=r"ends in .svg, .png, .pdf"):
        draw.draw(tiny, tmp_path / "tiny.doc")
    with pytest.raises(InputError, match="can't be read or written"):
        draw.draw(tiny, tmp_path / "none" / "tiny.svg")
