"""What every chapter owes its readers: tables with heads, pictures with words, the ledger's claims, run in bounds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from crmlab.course import build, source
from crmlab.language.text import shown
from crmlab.ledger.book import entries

ROOT = Path(__file__).parent.parent
CHAPTERS = [path for path in build.sources(ROOT) if path.parent.name == "notebooks"]
PAGES = build.sources(ROOT)


def prose(path: Path, lang: str) -> list[tuple[str, list]]:
    """Key and Markdown tokens of each prose cell."""
    markdown = MarkdownIt("commonmark").enable("table")
    cells = [cell for cell in source.read(path).cells if cell.code is None]
    return [(cell.key, markdown.parse(shown(cell.text[lang]))) for cell in cells]


def flat(tokens: list) -> list:
    return [part for token in tokens for part in (token, *(token.children or []))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_table_has_a_head_for_each_column(path, lang):
    for key, tokens in prose(path, lang):
        heads = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "th_open"]
        assert all(heads), key


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_image_has_its_words_and_no_markup_is_left_raw(path, lang):
    for key, tokens in prose(path, lang):
        for token in flat(tokens):
            assert token.type not in ("html_block", "html_inline"), (key, token.content)
            assert token.type != "image" or token.content, key
            assert token.type != "text" or "**" not in token.content, (key, token.content)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_picture_comes_with_its_description(path):
    for cell in source.read(path).cells:
        if cell.code and re.search(r"\.plot\(|plt\.", cell.code):
            assert ".describe(" in cell.code, cell.key


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_line_of_code_runs_out_of_a_narrow_window(path):
    for cell in source.read(path).cells:
        for line in (cell.code or "").splitlines():
            assert len(line) <= 100, (cell.key, line)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_predict_run_explain_around_every_explorer(path, lang):
    word = {"en": ("Predict", "Explain"), "zh": ("先猜", "再解释")}[lang]
    cells = source.read(path).cells
    for place, cell in enumerate(cells):
        if cell.code and "crmlab.explore(" in cell.code:
            before = "".join(cells[back].text.get(lang, "") for back in range(max(place - 2, 0), place))
            after = "".join(cells[ahead].text.get(lang, "") for ahead in range(place + 1, min(place + 3, len(cells))))
            assert word[0] in before, cell.key
            assert word[1] in after, cell.key


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_claim_of_the_chapter_is_met_in_it(path):
    number = int(path.stem[:2])
    code = "".join(cell.code or "" for cell in source.read(path).cells)
    asked = set(re.findall(r'crmlab\.claim\("(\w+)"\)', code))
    assert {name for name, entry in entries().items() if entry["chapter"] == number} - asked == set(), (
        'meet it in the chapter: crmlab.claim("...")'
    )
