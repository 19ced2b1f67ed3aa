"""Every entry of the syllabus: complete in both languages, and taught by cells that a learner really gets."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from crmlab.course import source, syllabus
from crmlab.language.errors import InputError

TOP = Path(__file__).parents[2]
PLAN = syllabus.read(TOP / "notebooks/syllabus.yml")
WRITTEN = {int(path.name[:2]): path for path in sorted((TOP / "notebooks").glob("[0-9][0-9]-*.md"))}
MINUTES = re.compile(r"^\| ([^|\n]+?) \| *(\d*|homework|课后) \| *(\d*|homework|课后) \|$", re.M)
"""A row of a table of minutes."""
CLOSING = {"Key points", "本节要点", "Terms", "术语", "Sources", "参考文献"}
OWED = (
    "title", "aims", "minutes", "misconceptions", "predictions", "exercise-marks", "quiz-answers", "discussion",
    "short-of-time", "self-learners", "access",
)  # fmt: skip
"""Cells of every chapter's instructor's page, beside a plan for each section."""


def texts(value: object) -> list[syllabus.Text]:
    """Every bilingual text below ``value``."""
    if isinstance(value, syllabus.Text):
        below = [getattr(value, "items", ())]
        return [value, *(text for part in below for text in texts(part))]
    if isinstance(value, tuple):
        return [text for part in value for text in texts(part)]
    if isinstance(value, syllabus.Strict):
        return [text for name in type(value).model_fields for text in texts(getattr(value, name))]
    return []


@pytest.fixture(scope="module", params=sorted(WRITTEN))
def chapter(request):
    """Each chapter that is written."""
    return request.param, source.read(WRITTEN[request.param])


def test_hours():
    assert [plan.n for plan in PLAN.chapters] == list(range(1, 10))
    lecture, practice = (sum(getattr(plan.hours, kind) for plan in PLAN.chapters) for kind in ("lecture", "practice"))
    assert (lecture, practice, lecture + practice) == (30, 24, 54)
    assert PLAN.course.hours == syllabus.Hours(lecture=lecture, practice=practice)


def test_assessment():
    assert sum(part.share for part in PLAN.course.assessment) == pytest.approx(1)
    *coursework, exam = (part.share for part in PLAN.course.assessment)
    assert (sum(coursework), exam) == (pytest.approx(0.4), pytest.approx(0.6))


def test_each_text_is_in_its_language():
    found = texts(PLAN)
    assert len(found) > 250
    assert [
        text.en for text in found if re.search(r"[\u3400-\u9fff]", text.en) or not re.search("[A-Za-z]{3}", text.en)
    ] == []
    assert [text.zh for text in found if not re.search(r"[\u3400-\u9fff]", text.zh)] == []


def test_ids():
    course = PLAN.course
    ids = [entry.id for entry in (*PLAN.entries(), *course.practice_kinds, *course.assessment, *course.rules)]
    assert len(ids) == len(set(ids))
    for plan in PLAN.chapters:
        assert all(entry.id.startswith(f"{plan.n}.") for entry in plan.entries())
        assert [goal.id for goal in plan.objectives] == [f"{plan.n}.o{i + 1}" for i in range(len(plan.objectives))]
        assert [point.id for point in plan.key_points] == [f"{plan.n}.k{i + 1}" for i in range(len(plan.key_points))]
        assert [part.id for part in plan.sections] == [f"{plan.n}.{i + 1}" for i in range(len(plan.sections))]
        for part in plan.sections:
            assert all(item.id.startswith(f"{part.id}.") for item in part.items)
            assert bool(part.items) != bool(part.roleplay), part.id


def test_sections_have_their_number_and_the_cells_that_close_them(chapter, lang):
    n, book = chapter
    keys = [cell.key for cell in book.cells]
    heads = {cell.text[lang].split("\n")[0]: cell.key for cell in book.cells if cell.code is None}
    for part in PLAN.chapters[n - 1].sections:
        core = heads[f"## {part.id} {getattr(part, lang)}"]
        if not part.roleplay:
            closing = [f"{core}-{end}" for end in ("check", "quiz", "points", "terms", "sources")]
            start = keys.index(closing[0])
            assert keys[start : start + len(closing)] == closing


def test_the_instructor_s_page_has_its_cells(chapter):
    _n, book = chapter
    keys = [cell.key for cell in source.read(TOP / f"notebooks/instructor/{book.name}.md").cells]
    parts = [cell.key for cell in book.cells if re.match(r"## \d+\.\d+ (?!Role play)", cell.text.get("en", ""))]
    assert parts
    assert [key for key in (*OWED, *(f"plan-{part}" for part in parts)) if key not in keys] == []


def test_cells_are_in_both_notebooks(chapter, lang):
    n, book = chapter
    cells = json.loads((TOP / f"notebooks/{lang}/{book.name}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = {cell["id"] for cell in cells if cell["cell_type"] == "markdown" and "".join(cell["source"]).strip()}
    assert {key for entry in PLAN.entries(n) for key in entry.cells} <= shown


def test_open_entries_are_those_of_unwritten_chapters(record_property):
    assert 8 in WRITTEN
    owed = {plan.n: [entry.id for entry in PLAN.open_entries(plan.n)] for plan in PLAN.chapters}
    for n, ids in owed.items():
        print(f"chapter {n}: {len(ids)} of {len(PLAN.entries(n))} entries open {' '.join(ids)}")
        record_property(f"open_{n}", len(ids))
        assert len(ids) == (0 if n in WRITTEN else len(PLAN.entries(n)))


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (", cells: [kinds]}", ""),
        (", cells: [kinds, no-such-cell]}", "8.1.kinds: 08-keeping-customers has no cell no-such-cell"),
        (", cells: [bucket-explore]}", "8.1.kinds: bucket-explore is a code cell"),
        (", cells: []}", "no cell teaches 8.1.kinds"),
        ("}", "no cell teaches 8.1.kinds"),
    ],
)
def test_a_broken_mapping_is_noticed(tmp_path, entry, complaint):
    copy = tmp_path / "syllabus.yml"
    shutil.copy(TOP / "notebooks/syllabus.yml", copy)
    line = "{id: 8.1.kinds, en: Kinds of loss, zh: 客户流失的分类"
    text = copy.read_text(encoding="utf-8")
    assert text.count(f"{line}, cells: [kinds]}}") == 1
    copy.write_text(text.replace(f"{line}, cells: [kinds]}}", line + entry), encoding="utf-8")
    found = syllabus.broken(syllabus.read(copy).entries(8), source.read(WRITTEN[8]))
    assert found == ([complaint] if complaint else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", zh: 客户流失的分类,", ","),
        (", zh: 客户流失的分类,", ", zh: '',"),
        ("{id: 8.1.kinds, ", "{"),
        ("level: know, en: Why customers are lost", "level: guess, en: Why customers are lost"),
    ],
)
def test_an_incomplete_entry_is_refused(tmp_path, old, new):
    text = (TOP / "notebooks/syllabus.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "syllabus.yml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=r"syllabus\.yml: chapters\.7\."):
        syllabus.read(tmp_path / "syllabus.yml")


def test_every_heading_of_a_section_has_its_row_of_minutes(chapter, lang):
    _n, book = chapter
    prose = "\n".join(cell.text[lang] for cell in book.cells if cell.code is None)
    sections = [part for part in re.split(r"^## ", prose, flags=re.M) if re.match(r"\d", part) and MINUTES.search(part)]
    assert sections
    for section in sections:
        rows = {row[0] for row in MINUTES.findall(section)}
        heads = set(re.findall(r"^### (.+)$", section, re.M)) - CLOSING
        assert {head for head in heads if not rows & {head, re.sub(r" ?[(（][^()（）]*[)）]$", "", head)}} == set()


def test_minutes_fill_the_hours(chapter, lang):
    """The tables of minutes at the sections' starts add up, and with the role play to class hours of 45 minutes."""
    n, book = chapter
    prose = "\n".join(cell.text[lang] for cell in book.cells if cell.code is None)
    rows, totals = [], [0, 0]
    for first, *cells in MINUTES.findall(prose):
        minutes = [int(cell) if cell.isdigit() else 0 for cell in cells]
        if first not in ("In all", "合计"):
            rows.append(minutes)
            continue
        assert minutes == [sum(column) for column in zip(*rows, strict=True)]
        totals = [total + part for total, part in zip(totals, minutes, strict=True)]
        rows = []
    hours = PLAN.chapters[n - 1].hours
    play = re.search(r"About (\d+) minutes, in groups|约 (\d+) 分钟，.人一组", prose)
    assert totals[0] == 45 * hours.lecture
    assert totals[1] + (int(play[1] or play[2]) if play else 0) == 45 * hours.practice
