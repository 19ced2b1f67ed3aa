"""A font that has every character of the course."""

from __future__ import annotations

import json
import warnings

from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import crmlab
from crmlab.course import words
from crmlab.language import font
from crmlab.language.catalogue import speaking
from crmlab.place import checkout


def course_text() -> str:
    """Every string that a picture of the course could hold."""
    texts = [words.PO.read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in checkout().glob("notebooks/*.yml")]
    for path in checkout().glob("notebooks/*/*.ipynb"):
        texts += ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return "".join(texts)


def test_the_bundled_font_has_every_character_of_the_course():
    held = TTFont(font.BUNDLED).getBestCmap().keys() | TTFont(font_manager.findfont("DejaVu Sans")).getBestCmap().keys()
    lacking = {character for character in course_text() if ord(character) >= 32} - {chr(code) for code in held}
    assert lacking == set(), "run tools/font.py"


def test_no_glyph_is_missing_where_the_machine_has_no_chinese_font(monkeypatch):
    monkeypatch.setattr(font, "SYSTEM", ())
    font.families.cache_clear()
    try:
        with speaking("zh"), warnings.catch_warnings():
            warnings.simplefilter("error")
            canvas = FigureCanvasAgg(Figure(figsize=(30, 30), dpi=30))
            characters = "".join(sorted(set(course_text())))
            for row in range(0, len(characters), 60):
                text = characters[row : row + 60].replace("$", "").replace("\n", "")
                canvas.figure.text(0, row / len(characters), text, family=font.families(), parse_math=False)
            canvas.draw()
            axes = crmlab.LeakyBucket().plot()
            axes.figure.canvas.draw()
            assert axes.get_xlabel() == "月份"
            axes.figure.clf()
    finally:
        font.families.cache_clear()


def test_the_bundled_font_is_small_and_licensed():
    assert 0.5e6 < font.BUNDLED.stat().st_size < 1.5e6
    assert "SIL OPEN FONT LICENSE" in (font.BUNDLED.parent / "OFL.txt").read_text(encoding="utf-8")
    assert font.families()[-1] == "crmlab Sans SC"
