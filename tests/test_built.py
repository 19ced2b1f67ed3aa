"""Everything that is built: what is committed is what the sources give, and what an author types is understood."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crmlab.built import everything, left, named, renew, sources
from crmlab.course import build
from crmlab.course.build import Result
from crmlab.course.source import called
from crmlab.language.errors import InputError

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def course():
    """The whole course, built once."""
    return everything(ROOT)


def test_the_course_has_no_finding(course):
    assert course.findings == []


def test_the_committed_files_are_what_the_sources_give(course):
    assert [str(path.relative_to(ROOT)) for path in course.stale] == []


def test_each_source_gives_what_people_get(course):
    places = {str(path.parent.relative_to(ROOT)) for path in course.files}
    for folder in ("notebooks/en", "notebooks/instructor/zh", "exercises/zh", "exercises/handout"):
        assert folder in places
    assert len(course.files) == 2 + sum(1 if path.suffix == ".yml" else 2 for path in sources(ROOT))


def test_code_is_the_same_in_both_languages_but_for_the_switch(course):
    for folder, switch in (("notebooks", "language"), ("exercises", "start")):
        for path in (ROOT / folder / "en").glob("*.ipynb"):
            books = [json.loads(course.files[ROOT / folder / code / path.name]) for code in ("en", "zh")]
            cells = [
                {cell["id"]: "".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"}
                for book in books
            ]
            assert [key for key in cells[0] if cells[0][key] != cells[1][key]] == [switch]
            assert [cell["id"] for cell in books[0]["cells"]] == [cell["id"] for cell in books[1]["cells"]]


def test_building_twice_gives_the_same_bytes(course):
    one = named(ROOT, "notebooks/08-keeping-customers.md")
    again = build.build(ROOT, one).files
    assert len(again) == 2
    assert again.items() <= course.files.items()


def test_what_nothing_builds_any_more_is_found(tmp_path):
    for name in ("08-old.ipynb", "08-new.ipynb", "09-broken.ipynb", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / ".ipynb_checkpoints").mkdir()
    result = Result({tmp_path / "08-new.ipynb": b""}, [], {tmp_path / "09-broken.ipynb"})
    assert left(result) == [tmp_path / "08-old.ipynb"]


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("01-rice-merchant", ["exercises/01-rice-merchant.md"]),
        ("rice-merchant", ["exercises/01-rice-merchant.md"]),
        ("notebooks/08-keeping-customers.md", ["notebooks/08-keeping-customers.md"]),
        (str(ROOT / "exercises/08-keeping-customers.md"), ["exercises/08-keeping-customers.md"]),
        ("complaint-a", ["exercises/roleplays/complaint-a.yml"]),
        ("data", ["notebooks/instructor/data.md"]),
    ],
)
def test_a_source_is_named_by_number_name_or_path(name, means):
    assert [called(path) for path in named(ROOT, name)] == means


def test_a_number_names_all_that_bear_it():
    means = [called(path) for path in named(ROOT, "8")]
    assert means == [called(path) for path in named(ROOT, "08")]
    assert {f"{where}/08-keeping-customers.md" for where in ("notebooks", "notebooks/instructor", "exercises")} <= {
        *means
    }


def test_only_what_is_named_is_built():
    result = everything(ROOT, ["01-relationship-plan"])
    assert sorted(map(called, result.files)) == [
        f"exercises/{code}/01-relationship-plan.ipynb" for code in ("en", "zh")
    ]
    assert result.findings == []
    with pytest.raises(InputError, match=r"'complaints'.*exercises/08-keeping-customers\.md"):
        everything(ROOT, ["complaints"])


def test_a_translation_is_accepted_in_one_file_only(tmp_path):
    (tmp_path / "exercises").mkdir()
    for name in ("01-rice-merchant", "08-keeping-customers"):
        text = (ROOT / f"exercises/{name}.md").read_text(encoding="utf-8")
        changed = text.replace("# Exercise", "# Home exercise", 1).replace("## 1. How many", "## 1. How few", 1)
        (tmp_path / f"exercises/{name}.md").write_text(changed, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"exercises/01-rice-merchant\.md:title, exercises/08-keeping-customers\.md:title"
    ):
        renew(tmp_path, "title")
    assert renew(tmp_path, "q1-task") == ["exercises/08-keeping-customers.md:q1-task"]
    assert renew(tmp_path, "exercises/01-rice-merchant.md:title") == ["exercises/01-rice-merchant.md:title"]
    assert renew(tmp_path, "title") == ["exercises/08-keeping-customers.md:title"]
    assert renew(tmp_path, "exercises/08-keeping-customers.md:*") == []
    with pytest.raises(InputError, match="03-none"):
        renew(tmp_path, "exercises/03-none.md:title")


def test_a_broken_scene_is_a_finding_and_its_file_stays(tmp_path):
    scenes, handed_out = tmp_path / "exercises/roleplays", tmp_path / "exercises/handout"
    scenes.mkdir(parents=True)
    handed_out.mkdir()
    (handed_out / "complaint-a.yml").touch()
    text = (ROOT / "exercises/roleplays/complaint-a.yml").read_text(encoding="utf-8")
    (scenes / "complaint-a.yml").write_text(text.replace("use: practice", "use: fun"), encoding="utf-8")
    result = everything(tmp_path, ["complaint-a"])
    assert any("'fun'" in finding for finding in result.findings)
    assert result.files == {}
    assert left(result) == []


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one exercise, and what the build of it finds."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "exercises").mkdir()
    for path in (ROOT / "notebooks/glossary.yml", ROOT / "notebooks/syllabus.yml"):
        shutil.copy(path, tmp_path / "notebooks")
    for path in (ROOT / "exercises").glob("08*"):
        shutil.copy(path, tmp_path / "exercises")

    def found(name: str, old: str = "", new: str = "") -> list[str]:
        path = tmp_path / "exercises" / f"08{name}"
        if old:
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        else:
            path.unlink()
        findings = everything(tmp_path, ["08"]).findings
        assert all(finding.startswith("exercises/08-keeping-customers.md: ") for finding in findings)
        return [finding.partition(": ")[2] for finding in findings]

    return found


MD, RUBRIC = "-keeping-customers.md", "-keeping-customers.rubric.yml"
SEEN, HIDDEN = "_keeping_customers_visible.py", "_keeping_customers_hidden.py"


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (HIDDEN, "", "", "08_keeping_customers_hidden.py is missing"),
        (HIDDEN, "def q1(", "def q1((", "08_keeping_customers_hidden.py: SyntaxError: "),
        (HIDDEN, "def q1(", "def q19(", "08_keeping_customers_hidden.py: a check is needed that is called q1"),
        (HIDDEN, "def q1(", "def q19(", "08_keeping_customers_hidden.py: no question here needs a check q19"),
        (SEEN, "def q9(", "def q09(", "08_keeping_customers_visible.py: a check is needed that is called q9"),
        (RUBRIC, "points:", "point:", "08-keeping-customers.rubric.yml: q9.criteria.0.levels.0.points: Field required"),
        (SEEN, "def q9(ask):", "def q9(ask):\n    return", "visible.py: q9: three hints are needed"),
        (RUBRIC, "q9:", "q8:", "q8: it has a rubric and is no free text"),
        (RUBRIC, "q9:", "q9: [", "08-keeping-customers.rubric.yml, line "),
        (MD, "points=4 visible=2", 'points="4" visible=2', "q1: points and visible are numbers without"),
        (MD, 'key="q9" lang="zh"', 'key="q9" lang="zh" question="q9"', "q9: question and points stand on the English"),
        (MD, 'set_language("en")', "set_language('en')", 'start: this code cell has to hold once the line crmlab.set'),
        (MD, "TOKEN = None\n", "", "start: this code cell has to hold once the line TOKEN = None"),
        (MD, "# Exercise 8.", "Exercise 8.", "title: a prose cell with this key has to begin with the title"),
        (MD, "start = set(before)", "start = set((before)", "q1: its solution fails: SyntaxError"),
        (MD, 'key="tables-run"', 'key="hand-in-run"', "hand-in-run: every notebook gets this cell by itself"),
    ],
)  # fmt: skip
def test_an_author_s_mistake_is_a_finding(checkout, name, old, new, says):
    found = checkout(name, old, new)
    assert any(says in finding for finding in found), found


def test_what_checks_and_rubrics_say_keeps_to_the_glossary(checkout):
    (found,) = checkout(SEEN, "问的是保持率", "问的是保留率")
    assert found.startswith("08_keeping_customers_visible.py, line ")
    assert "保留率 is avoided" in found
    found = checkout(RUBRIC, "zh: 现在的情况", "zh: 保留率")
    assert any(one.startswith("the rubric of q9, ") and "保留率 is avoided" in one for one in found)
