"""The commands of role plays, each in both languages: what is said, which file is there."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from crmlab.gradebook.book import Gradebook
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.draw import describe
from crmlab.roleplay.play import Play
from crmlab.roleplay.search import Ways
from crmlab.roleplay.shelf import find, folder
from crmlab.roleplay.transcript import of, write

from ..command import crmlab
from ..roleplay.conftest import TINY
from .conftest import WHO

BEST = "b\na\nb\n"


@pytest.fixture
def graded(tmp_path):
    """The small scene as one that counts."""
    path = tmp_path / "graded" / TINY.name
    path.parent.mkdir()
    path.write_text(TINY.read_text(encoding="utf-8").replace("use: practice", "use: graded"), encoding="utf-8")
    return path


def test_play(lang, tmp_path, graded):
    said = crmlab("play", TINY, "--folder", tmp_path, lang=lang, typed=BEST)
    assert {"en": "Where is my kettle?", "zh": "我的水壶呢？"}[lang] in said
    assert {"en": "Score: 100 of 100", "zh": "得分：100（满分 100）"}[lang] in said
    options = ["--token", WHO[0], "--attempt", 2, "--folder", tmp_path]
    crmlab("play", graded, *options, lang=lang, typed="a\nq\n")  # left before the end
    assert list(tmp_path.glob("*.json")) == []
    said = crmlab("play", graded, *options, lang=lang, typed="a\n" * 20)
    (file,) = tmp_path.glob("*.json")
    assert str(file) in said
    assert {"en": "Receipt ", "zh": "回执 "}[lang] in said
    made = json.loads(file.read_text(encoding="utf-8"))
    assert (made["token"], made["attempt"]) == (WHO[0], 2)


def test_scenes_check(lang):
    assert {"en": "[longest path] tiny", "zh": "[最长路径] tiny"}[lang] in crmlab(
        "scenes", "check", TINY, lang=lang, code=1
    )
    assert "complaint-b" in crmlab("scenes", "check", folder() / "complaint-b.yml", lang=lang)


@pytest.mark.parametrize("form", ["yml", "xlsx", "csv"])
def test_scenes_new_and_compile(lang, tmp_path, form):
    path = tmp_path / f"my-scene.{form}"
    written = {"en": "Written: ", "zh": "已写入："}[lang]
    said = crmlab("scenes", "new", "my-scene", "--form", form, "--folder", tmp_path, lang=lang)
    assert f"{written}{path}" in said
    if form != "yml":
        assert f"{written}{path.with_suffix('.yml')}" in crmlab("scenes", "compile", path, lang=lang)
    assert find(path.with_suffix(".yml")).id == "my-scene"


def test_scenes_sheet(lang, tmp_path):
    sheet, scene = tmp_path / "sheet.xlsx", tmp_path / "again" / TINY.name
    scene.parent.mkdir()
    assert str(sheet) in crmlab("scenes", "sheet", TINY, "--out", sheet, lang=lang)
    assert str(scene) in crmlab("scenes", "compile", sheet, "--out", scene, lang=lang)
    assert find(scene) == find(TINY)


def test_scenes_draw(lang, tmp_path):
    said = crmlab("scenes", "draw", TINY, "--out", tmp_path / "graph.svg", lang=lang)
    with speaking(lang):
        assert describe(find(TINY)) in said
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_scenes_release(lang, tmp_path, roster, graded):
    given = ["scenes", "release", graded, "--roster", roster, "--folder", tmp_path / "out"]
    assert {"en": "Files written: 6,", "zh": "已生成 6 个文件"}[lang] in crmlab(*given, lang=lang)
    build = tmp_path / "out/1/tiny.json"
    with pytest.raises(InputError, match="only what students receive"):
        crmlab("scenes", "sheet", build, "--out", tmp_path / "sheet.csv")
    build.write_text("mine", encoding="utf-8")
    assert str(build) in crmlab(*given, lang=lang)
    assert build.read_text(encoding="utf-8") == "mine"


def test_scenes_mark(lang, tmp_path, roster):
    scene = find("complaint-b")
    play = Play(scene, lang, "graded", WHO[0])
    for _node, reply in Ways(scene).best_path:
        play.say("abcdefgh"[[one.id for one in play.shown].index(reply)])
    path, pages = write(of(play), tmp_path), tmp_path / "pages"
    options = ["--gradebook", tmp_path / "g", "--roster", roster, "--who", "Ms Li"]
    assert str(pages) in crmlab("scenes", "mark", path, *options, "--feedback", pages, lang=lang)
    assert [page.name for page in pages.iterdir()] == ["1_complaint-b_1.html"]
    with Gradebook(tmp_path / "g", new=False) as book:
        assert book.history(activity="complaint-b")["who"].unique().tolist() == ["Ms Li"]
        assert book.marks("complaint-b").set_index("student").loc["1", "points"] == 100
    path.write_text("{}", encoding="utf-8")
    assert path.name in crmlab("scenes", "mark", path, *options, lang=lang, code=1)


def test_class_pack_and_ratings(lang, tmp_path, roster):
    out, sheet, marks = (tmp_path / name for name in ("pack.pdf", "pack.ratings.csv", "marks.csv"))
    options = ["complaint-a", "--roster", roster, "--out", out, "--size", 6]
    said = crmlab("class-pack", *options, lang=lang)
    assert {"en": "Class pack with", "zh": "课堂演练包"}[lang] in said
    assert str(sheet) in said
    assert out.read_bytes().startswith(b"%PDF")
    out.unlink()
    with pytest.raises(InputError, match=r"pack\.ratings\.csv is there already"):
        crmlab("class-pack", *options)
    assert not out.exists()
    given = pd.read_csv(sheet, dtype=str, encoding="utf-8-sig")
    given["level"] = given["session"].str[-1].astype(int) % 4 + 1  # all agree
    given.to_csv(sheet, index=False)
    said = crmlab("ratings", "complaint-a", sheet, "--out", marks, lang=lang)
    assert str(marks) in said
    assert {"en": "Krippendorff's alpha is 1.00", "zh": "克里彭多夫 α 为 1.00"}[lang] in said
    assert len(pd.read_csv(marks)) == 6
    given[given["role"] == "teacher"].to_csv(sheet, index=False)
    marks.unlink()
    said = crmlab("ratings", "complaint-a", sheet, "--out", marks, lang=lang)
    assert {"en": "no agreement to measure", "zh": "一致"}[lang] in said
    assert len(pd.read_csv(marks)) == 6


def test_phrases(lang):
    text = {"en": "That is not my fault.", "zh": "这不归我管。"}[lang]
    assert {"en": "forbidden phrase", "zh": "禁忌语"}[lang] in crmlab("phrases", text, lang=lang)
