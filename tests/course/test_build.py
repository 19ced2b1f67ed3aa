"""The build: what is committed is what the sources give, and each kind of drift is found and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmlab.course import build, source

ROOT = Path(__file__).parent.parent.parent
CHAPTER = """<!-- #region key="title" lang="en" -->
# Eight

The churn rate is {{5% = rate}}.
<!-- #endregion -->

<!-- #region key="title" lang="zh" of="HASH" -->
# 八

流失率是 {{5% = rate}}。
<!-- #endregion -->

```python key="language"
import crmlab

crmlab.set_language("en")
```

```python key="rate" tags=["nbval-check-output"]
rate = crmlab.LeakyBucket().monthly_churn
print(rate)
```

<!-- #region key="rate" output="en" -->
0.05
<!-- #endregion -->

<!-- #region key="rate" output="zh" -->
0.05
<!-- #endregion -->
"""
ZH_OUTPUT = '<!-- #region key="rate" output="zh" -->\n0.05\n<!-- #endregion -->\n'
GOOD = CHAPTER.replace("HASH", source.fingerprint("# Eight The churn rate is {{5% = rate}}."))


@pytest.fixture
def found(tmp_path, monkeypatch):
    """What a build of a chapter with one thing changed finds."""
    monkeypatch.setattr(build.words, "update", dict)
    monkeypatch.setattr(build.words, "findings", list)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/glossary.yml").write_text(
        (ROOT / "notebooks/glossary.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )

    def findings(old: str = "", new: str = "") -> list[str]:
        assert old in GOOD
        (tmp_path / "notebooks/08-eight.md").write_text(GOOD.replace(old, new) if old else GOOD, encoding="utf-8")
        return build.build(tmp_path).findings

    return findings


@pytest.fixture(scope="module")
def course():
    """The whole course, built once."""
    return build.build(ROOT)


def test_the_course_has_no_finding(course):
    assert course.findings == []


def test_the_committed_files_are_what_the_sources_give(course):
    assert [str(path.relative_to(ROOT)) for path in course.stale] == []


def test_no_notebook_stands_without_a_source(course):
    committed = {path for code in ("en", "zh") for path in (ROOT / "notebooks" / code).glob("*.ipynb")}
    assert committed == {path for path in course.files if path.suffix == ".ipynb"}


def test_no_instructor_s_page_stands_without_a_source(course):
    folder = ROOT / "notebooks/instructor"
    committed = {path for code in ("en", "zh") for path in (folder / code).iterdir()}
    assert committed == {path for path in course.files if path.parent.parent == folder}


def test_code_is_the_same_in_both_languages_but_for_the_switch(course):
    for path in (ROOT / "notebooks/en").glob("*.ipynb"):
        books = [json.loads(course.files[ROOT / f"notebooks/{code}/{path.name}"]) for code in ("en", "zh")]
        cells = [
            {cell["id"]: "".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"}
            for book in books
        ]
        assert [key for key in cells[0] if cells[0][key] != cells[1][key]] == ["language"]
        assert [cell["id"] for cell in books[0]["cells"]] == [cell["id"] for cell in books[1]["cells"]]


def test_a_good_chapter_is_good(found, tmp_path):
    assert found() == []
    book = json.loads(build.build(tmp_path).files[tmp_path / "notebooks/zh/08-eight.ipynb"])
    assert [cell["id"] for cell in book["cells"]] == ["title", "language", "rate"]
    assert "流失率是 5%。" in "".join(book["cells"][0]["source"])
    assert 'set_language("zh")' in "".join(book["cells"][1]["source"])
    assert book["cells"][2]["outputs"][0]["text"] == ["0.05\n"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("is {{5% = rate}}.", "is {{6% = rate}}.", "title: the Chinese was made from another English"),
        ("流失率是 {{5% = rate}}", "流失率是 {{6% = rate}}", "title: 6% = rate gives 0.05"),
        ("流失率是 {{5% = rate}}", "流失率是 {{5% = rat}}", "title: 5% = rat fails: NameError"),
        ("流失率是 {{5% = rate}}", "流失率是 {{rate}}", "title: a {{ that is no checked expression"),
        ("流失率是", "流逝率是", "title: 流逝率 is avoided"),
        ("流失率是", "数值是", "title: 'churn rate' should read 流失率"),
        (ZH_OUTPUT, "", "rate: its partner in zh is missing"),
        (' tags=["nbval-check-output"]', "", "belong together"),
        ("print(rate)", "print(rat)", "rate: its code fails: NameError"),
        ("# 八", "## 八", "headings of different levels"),
        ('key="title" lang="zh"', 'key="titel" lang="zh"', "title: its partner in zh is missing"),
        ('python key="rate"', "python", "without a key"),
        ("```python key=\"language\"", "stray\n\n```python key=\"language\"", "a markdown cell without a key"),
        ('set_language("en")', "set_language", "one code cell with the key language"),
    ],
)  # fmt: skip
def test_each_kind_of_drift_is_found_and_named(found, old, new, says):
    findings = found(old, new)
    assert any(says in finding for finding in findings), findings


PAGE = GOOD.replace(' tags=["nbval-check-output"]', "").partition('\n<!-- #region key="rate" output="en"')[0]


def paged(tmp_path, text: str) -> build.Result:
    """What a build finds where the instructors have a page that no chapter has the name of."""
    (tmp_path / "notebooks/instructor").mkdir(exist_ok=True)
    (tmp_path / "notebooks/instructor/data.md").write_text(text, encoding="utf-8")
    return build.build(tmp_path)


def test_an_instructor_s_page_needs_no_chapter_and_shows_its_code(found, tmp_path):
    result = paged(tmp_path, PAGE)
    assert result.findings == []
    assert result.files.keys() == {tmp_path / f"notebooks/instructor/{code}/data.md" for code in ("en", "zh")}
    text = result.files[tmp_path / "notebooks/instructor/zh/data.md"].decode()
    assert text.startswith("# 八\n\n流失率是 5%。\n\n```python\nimport crmlab\n")
    assert text.endswith("```python\nrate = crmlab.LeakyBucket().monthly_churn\nprint(rate)\n```\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PAGE.replace("流失率是 {{5%", "流失率是 {{6%"), "instructor/data.md: title: 6% = rate gives 0.05"),
        (PAGE.replace("print(rate)", "print(rat)"), "instructor/data.md: rate: its code fails: NameError"),
        (GOOD, "instructor/data.md: rate: nobody verifies the outputs of an instructor's page"),
    ],
)
def test_an_instructor_s_page_is_checked_like_a_chapter(found, tmp_path, text, says):
    assert any(says in finding for finding in paged(tmp_path, text).findings)


def test_accepting_renews_the_hash_and_nothing_else(found, tmp_path):
    path = tmp_path / "notebooks/08-eight.md"
    assert found('of="' + source.fingerprint("# Eight The churn rate is {{5% = rate}}.") + '"', 'of="00000000"')
    assert source.accept(path, "nothing") == []
    assert source.accept(path, "title") == ["title"]
    assert path.read_text(encoding="utf-8") == GOOD


def test_building_twice_gives_the_same_bytes(course):
    assert build.build(ROOT).files == course.files
