"""The build of chapters and pages: each kind of drift is found and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmlab.course import build, source
from crmlab.notebook import questions

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
TEXT = "en: Some, zh: 一些"
SYLLABUS = f"""
course:
  {{title: {{{TEXT}}}, hours: {{lecture: 1, practice: 0}}, prerequisites: {{{TEXT}}}, spirit: {{{TEXT}}},
   practice_kinds: [], assessment: [], rules: []}}
chapters:
  - n: 8
    title: {{{TEXT}}}
    hours: {{lecture: 1, practice: 0}}
    objectives: [{{id: 8.o1, {TEXT}, cells: [title], level: know}}]
    key_points: [{{id: 8.k1, {TEXT}, cells: [title]}}]
    sections: [{{id: 8.a1, {TEXT}, cells: [title]}}]
    concepts: [{{id: 8.c1, {TEXT}, cells: [title]}}]
    cases: [{{id: 8.s1, {TEXT}, cells: [title]}}]
"""


@pytest.fixture
def found(tmp_path, monkeypatch):
    """What a build of a chapter with one thing changed finds."""
    monkeypatch.setattr(build.words, "update", dict)
    monkeypatch.setattr(build.words, "findings", list)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/glossary.yml").write_text(
        (ROOT / "notebooks/glossary.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "notebooks/syllabus.yml").write_text(SYLLABUS, encoding="utf-8")

    def findings(old: str = "", new: str = "") -> list[str]:
        assert old in GOOD
        (tmp_path / "notebooks/08-eight.md").write_text(GOOD.replace(old, new) if old else GOOD, encoding="utf-8")
        return build.build(tmp_path).findings

    return findings


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
        (
            "is {{5% = rate}}.",
            "is {{6% = rate}}.",
            "title: the Chinese was made from another English; mend it, then: "
            'crmlab build --accept "notebooks/08-eight.md:title"',
        ),
        ("流失率是 {{5% = rate}}", "流失率是 {{6% = rate}}", "title (zh): 6% = rate gives 0.05"),
        ("流失率是 {{5% = rate}}", "流失率是 {{5% = rat}}", "title (zh): 5% = rat fails: NameError"),
        ("流失率是 {{5% = rate}}", "流失率是 {{rate}}", "title (zh): a {{ that is no checked expression"),
        ("流失率是", "流逝率是", "title: 流逝率 is avoided"),
        ("流失率是", "数值是", "title: 'churn rate' should read 流失率"),
        (ZH_OUTPUT, "", "rate: its partner in zh is missing"),
        ("\n流失率是", "<!-- #region -->\n流失率是", "title: a region begins or ends within its text in zh"),
        (' tags=["nbval-check-output"]', "", "belong together"),
        ("import crmlab\n\n", "", "language: its code fails: NameError"),
        ("print(rate)", "print(rat)", "rate: its code fails: NameError"),
        ("# 八", "## 八", "headings of different levels"),
        ('key="title" lang="zh"', 'key="titel" lang="zh"', "title: its partner in zh is missing"),
        ('python key="rate"', "python", "without a key"),
        ("```python key=\"language\"", "stray\n\n```python key=\"language\"", "a markdown cell without a key"),
        ('set_language("en")', "set_language", "one code cell with the key language"),
        ('set_language("en")', "set_language('en')", "one code cell with the key language"),
    ],
)  # fmt: skip
def test_each_kind_of_drift_is_found_and_named(found, old, new, says):
    findings = found(old, new)
    assert any(says in finding for finding in findings), findings


def test_a_file_whose_chinese_is_new_is_accepted_at_once(found, tmp_path):
    (finding,) = found(source.SWITCH, source.SWITCH) + found(' of="' + GOOD.partition(' of="')[2][:8] + '"')
    assert finding.startswith("notebooks/08-eight.md: no cell says which English its Chinese was made from")
    assert finding.endswith('crmlab build --accept "notebooks/08-eight.md:*"')
    assert source.accept(tmp_path / "notebooks/08-eight.md", "*") == ["title"]
    assert (tmp_path / "notebooks/08-eight.md").read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("syllabus.yml", "8.o1, en: Some, zh: 一些, cells: [title]", "8.o1, en: Some, zh: 一些, cells: [titel]",
         "notebooks/08-eight.md: 8.o1: 08-eight has no cell titel"),
        ("syllabus.yml", "8.k1, en: Some, zh: 一些, cells: [title]", "8.k1, en: Some, zh: 一些",
         "notebooks/08-eight.md: no cell teaches 8.k1"),
        ("syllabus.yml", "{id: 8.c1, ", "{", "syllabus.yml: chapters.0.concepts.0.id: Field required"),
        ("glossary.yml", "terms:", "terms: [", "glossary.yml, line"),
        ("08-eight.quiz.yml", "kind: number", "kind: numbers", "08-eight.quiz.yml: warm-up.0: Input tag 'numbers'"),
        ("08-eight.quiz.yml", "answer: 5", "answer: 6", "quiz warm-up, one: 6 = 100 * rate gives 5"),
        ("08-eight.quiz.yml", "cool-down:", "warm-up:", "08-eight.quiz.yml, line 2: warm-up stands twice"),
        ("08-eight.quiz.yml", "key: three", "key: two", "08-eight.quiz.yml: cool-down: the key two stands twice"),
        ("07-seven.quiz.yml", "before:", "warm-up:", "08-eight.quiz.yml: another chapter has a quiz warm-up already"),
    ],
)  # fmt: skip
def test_what_stands_beside_chapters_is_held_too(found, tmp_path, name, old, new, says):
    ask = "ask: {en: How many?, zh: 多少？}"
    one = f"[{{key: one, kind: number, {ask}, answer: 5, computed: 100 * rate}}]"
    more = ", ".join(f"{{key: {key}, kind: number, {ask}, answer: 5}}" for key in ("two", "three"))
    for file, text in (("08-eight", f"warm-up: {one}\ncool-down: [{more}]\n"), ("07-seven", f"before: {one}\n")):
        (tmp_path / f"notebooks/{file}.quiz.yml").write_text(text, encoding="utf-8")
    assert found() == []
    path = tmp_path / "notebooks" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    questions.quizzes.cache_clear()
    assert [one for one in found() if says in one], found()


PAGE = GOOD.replace(' tags=["nbval-check-output"]', "").partition('\n<!-- #region key="rate" output="en"')[0]


def paged(tmp_path, text: str) -> build.Result:
    """What a build finds where the instructors have a page that no chapter has the name of."""
    (tmp_path / "notebooks/instructor").mkdir(exist_ok=True)
    (tmp_path / "notebooks/instructor/data.md").write_text(text, encoding="utf-8")
    return build.build(tmp_path, [tmp_path / "notebooks/instructor/data.md"])


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
        (PAGE.replace("流失率是 {{5%", "流失率是 {{6%"), "instructor/data.md: title (zh): 6% = rate gives 0.05"),
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
