"""Words in both languages, and a font that has them all."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import crmlab
from crmlab.course import words
from crmlab.language import font
from crmlab.language.catalogue import language, number, speaking

ROOT = Path(__file__).parent.parent.parent


def test_every_word_has_chinese_with_the_same_placeholders():
    assert words.findings() == []


def test_the_catalogue_files_are_what_the_code_gives():
    assert [path.name for path, content in words.update().items() if path.read_bytes() != content] == []


def test_the_language_comes_from_the_machine_unless_set(monkeypatch):
    monkeypatch.setattr("crmlab.language.catalogue._now", None)
    monkeypatch.setenv("CRMLAB_LANG", "zh")
    assert language() == "zh"
    monkeypatch.setenv("CRMLAB_LANG", "")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert language() == "en"


def test_speaking_comes_back_even_after_an_error():
    with pytest.raises(ZeroDivisionError), speaking("zh"):
        raise ZeroDivisionError
    assert language() == "en"


def test_numbers_are_written_as_each_language_does():
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(-0.01, 1) == "0.0"
    with speaking("zh"):
        assert number(1234567) == "1234567"


def course_text() -> str:
    """Every string that a picture of the course could hold."""
    texts = [words.PO.read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in ROOT.glob("notebooks/*.yml")]
    for path in ROOT.glob("notebooks/*/*.ipynb"):
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
