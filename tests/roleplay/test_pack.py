"""The class pack: what is on which page, and that nobody's name is lost in print."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import NameObject

from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError
from crmlab.language.font import BUNDLED
from crmlab.roleplay import paper as paper_of
from crmlab.roleplay.pack import pack, scene_of
from crmlab.roleplay.paper import LACKING, WIDTH, Paper, latin
from crmlab.roleplay.rota import rota
from crmlab.roleplay.rubric import FILE, rubric
from crmlab.roleplay.scene import Text, student
from crmlab.roleplay.shelf import find, folder, names

NAMES = [
    "李明",
    "王小红",
    "Ann Lee",
    "欧阳靖雯",
    "赵鑫",
    "Søren Åkesson",
    "陈昊天",
    "刘珺",
    "孙媛媛",
    "周淼",
    "{nb}",
]
ROSTER = pd.DataFrame({"student": [f"2026{place:03}" for place in range(11)], "name": NAMES, "token": "x"})


def tight(text: str) -> str:
    """Text without spaces and line ends, which are no matter in a PDF."""
    return re.sub(r"\s+", "", text)


def pages(path) -> list[str]:
    """Each page's text. pypdf reads two-byte codes by no table of a PDF's own, so it is told that they are such."""
    texts = []
    with PdfReader(path) as reader:
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                font.get_object()[NameObject("/Encoding")] = NameObject("/Identity-H")
            texts.append(tight(page.extract_text()))
    return texts


@pytest.fixture(scope="module", params=LANGUAGES)
def printed(request, tmp_path_factory):
    """A pack of both complaint scenes, its pages as text, and the language."""
    path = tmp_path_factory.mktemp("pack") / "pack.pdf"
    made = pack([find("complaint-a"), find("complaint-b")], ROSTER, path, request.param, seed=7)
    return made, pages(path), request.param


def written(card: object, code: str) -> list[str]:
    """Every text in a part of a scene, in one language."""
    if isinstance(card, Text):
        return [getattr(card, code)]
    parts = card if isinstance(card, tuple) else card.__dict__.values()
    return [text for part in parts for text in written(part, code)]


@pytest.mark.parametrize("which", ["complaint-a", "complaint-b"])
def test_an_agents_page_holds_the_agents_card_and_nothing_of_the_customers(printed, which):
    _made, texts, code = printed
    scene = find(which)
    agents = [page for page in texts if tight(getattr(scene.cards.agent, code)) in page]
    assert len(agents) == 1
    closed = [*written(scene.cards.customer, code), *written(scene.cards.observer, code)]
    closed += [getattr(fact, code) for fact in scene.facts.values()] + [getattr(scene.debrief.model, code)]
    for text in closed:
        assert tight(text) not in agents[0]
    customers = [page for page in texts if tight(getattr(scene.cards.customer.hidden, code)) in page]
    assert len(customers) == 1
    for text in written(scene.cards.customer, code):
        assert tight(text) in customers[0]
    assert tight(getattr(scene.cards.agent, code)) not in customers[0]
    elsewhere = "".join(page for page in texts if page not in customers)
    for text in written(scene.cards.customer, code):
        assert tight(text) not in elsewhere


def test_every_card_has_a_sheet_of_its_own_where_both_sides_are_printed(printed):
    made, texts, _code = printed
    cards = made.parts[1:-2]
    assert len(cards) == 6
    for part in made.parts:
        assert part.first % 2 == 1
    for part in cards:
        assert part.first == part.last
        assert len(texts[part.first]) < 120  # its back


def test_every_play_has_one_sheet_with_all_that_is_rated_and_a_slip(printed):
    made, texts, code = printed
    plays = made.rota.summary()
    sheets = texts[made.parts[-2].first - 1 : made.parts[-2].last]
    slips = "".join(texts[made.parts[-1].first - 1 :])
    assert len(sheets) == len(plays) == 11
    for play, sheet in zip(plays.itertuples(), sheets, strict=True):
        size = made.rota.sizes[play.group - 1]
        scene = find(("complaint-a", "complaint-b")[scene_of(play.round, size, 2)])
        assert play.session in sheet
        assert tight(play.agent) in sheet
        assert play.session in slips
        for name, measure in scene.criteria.items():
            assert tight(getattr(measure.label, code)) in sheet
            for anchor in rubric().levels(name):
                assert tight(getattr(anchor, code)) in sheet
        for level in rubric().overall.levels:
            assert tight(getattr(level, code)) in sheet
        for error in scene.critical.values():
            assert tight(getattr(error.label, code)) in sheet
        assert sheet.count("☐") == 25 + 5 + len(scene.critical) + 2
        assert tight(getattr(rubric().heard.ask, code)) not in sheet
    assert slips.count(tight(getattr(rubric().heard.ask, code))) == 11


def test_the_first_pages_name_everybody_and_the_parts(printed):
    made, texts, _code = printed
    first = "".join(texts[: made.parts[0].last])
    for name in NAMES:
        assert tight(name) in first
    for part in made.parts:
        assert tight(part.name) in first
    assert tight(made.rota.notes()[0] if _code == "en" else "轮换表") in first
    assert made.lacking == {}


def test_the_pdf_says_what_it_is_and_is_the_same_each_time(printed, tmp_path):
    made, _texts, code = printed
    reader = PdfReader(io.BytesIO(made.path.read_bytes()))
    assert reader.metadata.title.startswith("Class pack" if code == "en" else "课堂演练包")
    assert reader.trailer["/Root"]["/Lang"] == {"en": "en", "zh": "zh-CN"}[code]
    assert reader.metadata.creation_date.year == 1980
    assert len(reader.outline) == 8 + 11
    with speaking("zh" if code == "en" else "en"):  # whatever was spoken around it
        pack([find("complaint-a"), find("complaint-b")], ROSTER, tmp_path / "again.pdf", code, seed=7)
    assert (tmp_path / "again.pdf").read_bytes() == made.path.read_bytes()
    said = str(made)
    assert str(made.path) in said
    assert said.startswith({"en": "Class pack with", "zh": "课堂演练包"}[code])
    assert bool(re.search("[\u4e00-\u9fff]", said)) == (code == "zh")


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path):
    there = tmp_path / "pack.pdf"
    there.write_bytes(b"mine")
    with pytest.raises(InputError, match="not overwritten"):
        pack(find("complaint-a"), ROSTER.head(2), there)
    assert there.read_bytes() == b"mine"
    with pytest.raises(InputError, match="can't be read or written"):
        pack(find("complaint-a"), ROSTER.head(2), tmp_path / "nowhere" / "pack.pdf")


def test_a_rare_character_is_named_and_marked_never_a_box(tmp_path, monkeypatch):
    monkeypatch.setattr(paper_of, "_machine", lambda: ())
    paper_of.on_the_machine.cache_clear()
    people = ROSTER.head(5).assign(name=["周龘", "ﷺ", "भारत", "李\ud83d明", "王\u200b\tB🧿"])
    try:
        made = pack(find("complaint-a"), people, tmp_path / "pack.pdf", "zh")
    finally:
        paper_of.on_the_machine.cache_clear()
    assert {"龘", "भ", "\ud83d", "🧿"} <= set(made.lacking)
    assert made.lacking["龘"] == "周龘"
    texts = pages(made.path)
    assert "周〓" in texts[0]
    assert "U+9F98" in texts[0]
    assert "王B〓" in "".join(texts)
    assert "U+9F98" in str(made)


def test_a_font_that_is_named_lends_its_characters(tmp_path, monkeypatch):
    monkeypatch.setattr(paper_of, "_machine", lambda: ())
    monkeypatch.setattr(paper_of, "BUNDLED", latin())  # as if the course had no Chinese font
    paper_of.on_the_machine.cache_clear()
    try:
        with Paper("x") as bare, Paper("x", [BUNDLED]) as more:
            assert bare.printable("中") == LACKING
            assert more.printable("中") == "中"
    finally:
        paper_of.on_the_machine.cache_clear()
    wrong = tmp_path / "font.ttf"
    wrong.write_bytes(b"no font")
    for path in (wrong, tmp_path / "missing.ttf"):
        with pytest.raises(InputError, match="can't be read as a font"):
            pack(find("complaint-a"), ROSTER.head(2), tmp_path / "pack.pdf", fonts=[path])


def test_the_fonts_that_come_along_have_every_character_of_every_scene_and_rubric():
    held = TTFont(BUNDLED).getBestCmap().keys() | TTFont(latin()).getBestCmap().keys()
    course = [FILE, *(folder() / f"{name}.yml" for name in names())]
    lacking = {letter for file in course for letter in file.read_text(encoding="utf-8") if letter > " "}
    assert {letter for letter in lacking if ord(letter) not in held} == set(), "run tools/font.py"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("which", names())
def test_every_scene_fits_its_pages(which, code, tmp_path):
    made = pack(find(which), ROSTER.head(2), tmp_path / "pack.pdf", code)
    for part in made.parts[1:-2]:
        assert part.first == part.last, part.name
    assert made.parts[-2].last - made.parts[-2].first == 1
    assert made.lacking == {}


def test_a_class_of_two_gets_its_pack(tmp_path):
    made = pack(find("bank-card"), ROSTER.head(2), tmp_path / "two.pdf")
    assert "Fewer than 3 observers" in str(made)
    assert "copies: 1 of each" in str(made)


def test_what_is_no_whole_scene_is_refused(tmp_path):
    from crmlab.roleplay.scene import script

    open_ = script(student(find("complaint-a")), "x")
    for wrong in (open_, None, "complaint-a", [], [find("complaint-a"), open_]):
        with pytest.raises(InputError, match="whole scene"):
            pack(wrong, ROSTER, tmp_path / "pack.pdf")
    with pytest.raises(InputError, match="named twice"):
        pack([find("complaint-a"), find("complaint-a")], ROSTER, tmp_path / "pack.pdf")
    with pytest.raises(InputError, match="speaks en and zh"):
        pack(find("complaint-a"), ROSTER, tmp_path / "pack.pdf", "fr")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("客户说：“这事儿我找谁？”（他把信封放下）。" * 6, 40),
        ("Who is that woman? " * 20, 33),
        ("a" * 300, 20),
        ("", 9),
    ],
)
def test_lines_hold_all_the_text_within_their_width(text, wide):
    with speaking("zh"), Paper("x") as paper:
        lines = list(paper.lines(text, 10, wide))
        assert all(paper._wide(line, 10) <= wide for line in lines)
    assert tight("".join(lines)) == tight(text)
    for line in lines:
        assert not line.startswith(tuple("，。？！”）"))
        assert not line.endswith(tuple("“（"))
    if " " in text:
        assert all(word in text.split() for line in lines for word in line.split())


def test_a_long_text_goes_on_upon_a_page_of_the_same_kind():
    with Paper("x") as paper:
        paper.page("Foot", "Mark")
        paper.text("Word. " * 4000)
        content = paper.content()
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert len(texts) > 2
    assert all("Foot" in text for text in texts)
    assert sum(text.count("Word.") for text in texts) == 4000
    assert WIDTH < 210


def test_groups_of_two_sizes_share_scenes_as_the_sheet_says():
    made = rota(ROSTER)
    assert made.sizes == [6, 5]
    assert [scene_of(turn, 6, 2) for turn in range(1, 7)] == [0, 0, 0, 1, 1, 1]
