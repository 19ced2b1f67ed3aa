"""Marks as sheets: out for the instructor and the learning management system, and the marks of free texts back in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.files import write_new
from crmlab.gradebook.book import Gradebook
from crmlab.gradebook.cells import Cell, Sheet, ending, holdable, write_csv, write_xlsx
from crmlab.gradebook.columns import COLUMNS, Columns, cell_of
from crmlab.gradebook.criteria import ACTIVITY, ANSWER, COMMENT, QUESTION, SEAL, TOKEN, Criterion, criteria, seal
from crmlab.gradebook.sheets_back import Taken, read
from crmlab.language.catalogue import _, language, mark, speaking
from crmlab.language.text import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Taken", "read", "write"]

STATES = {"marked": mark("marked"), "waits": mark("waits for a person"), "missing": mark("nothing handed in")}
CSV_NAMES = ("", ".free-text", ".levels")


def write(
    book: Gradebook,
    path: str | Path,
    activity: str,
    rubrics: Mapping[str, Any] | None = None,
    language: str | None = None,
    *,
    columns: Columns | None = None,
    again: bool = False,
) -> list[Path]:
    """Write what counts of an activity into a new CSV or XLSX file, by the ending of ``path``; returns the new files.

    A row a student: number, name, token, the points of each question, their sum, the state. Where free texts wait for
    a person, also the sheet in which they are marked (a row an answer, without names) and the rubrics' levels: in XLSX
    as sheets of the same file, in CSV as files beside it, ``NAME.free-text.csv`` and ``NAME.levels.csv``. ``again``
    puts those in that are marked already. ``rubrics``, as ``Exercise.rubrics`` gives them, are kept in the gradebook.
    With ``columns`` (see ``columns.columns``) it is one table for a learning management system instead. Raises
    InputError where a file is there already, for other endings, and for an unknown activity or column.
    """
    path = Path(path).expanduser()
    kind = ending(path)
    marks = book.marks(activity)
    if rubrics:
        book.activity(activity, book.activities()[activity], rubrics=rubrics)
    with speaking(language):
        if columns is not None:
            sheets = [_mapped(marks, columns)]
        else:
            sheets = [_overview(marks), *_marking(book, activity, again)]
        if kind == ".xlsx":
            files = {path: write_xlsx(sheets)}
        else:
            names = [path.with_name(path.stem + part + path.suffix) for part in CSV_NAMES]
            files = {name: write_csv(sheet) for name, sheet in zip(names, sheets, strict=False)}
    write_new(files)
    return list(files)


def _rounded(points: float) -> Cell:
    """Points as they are shown: at most four decimals; an empty cell where there are none."""
    if math.isnan(points):
        return None
    return int(points) if float(points).is_integer() else round(points, 4)


def _overview(marks: pd.DataFrame) -> Sheet:
    questions = marks.drop_duplicates("question")
    head: list[Cell] = [_("Student number"), _("Name"), _(TOKEN)]
    text = _("{question} (of {points})")
    head += [text.format(question=row.question, points=f"{row.of:g}") for row in questions.itertuples()]
    rows = [[*head, _("Total"), _("Out of"), _("State")]]
    for row in _people(marks):
        name = STATES[row["state"]]
        state = _(name)
        points = [_rounded(row[question]) for question in questions["question"]]
        rows.append([row["student"], row["name"], row["token"], *points, _rounded(row["total"]), row["of"], state])
    return Sheet(_("Marks"), rows, [18, 16, 23, *[12] * len(questions), 10, 10, 20], locked=True)


def _people(marks: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each student with everything that a column may show."""
    from crmlab.gradebook.grades import totals

    points = {(row.token, row.question): row.points for row in marks.itertuples()}
    made = []
    for row in totals(marks).itertuples():
        one = {question: points[row.token, question] for question in dict.fromkeys(marks["question"])}
        one |= {"student": row.student, "name": row.name, "token": row.token, "state": row.state}
        made.append(one | {"total": row.points, "of": _rounded(row.of), "percent": 100 * row.points / row.of})
    return made


def _mapped(marks: pd.DataFrame, columns: Columns) -> Sheet:
    """The table for a learning management system: marks that are not complete stay empty."""
    known = (*COLUMNS, *dict.fromkeys(marks["question"]))
    rows: list[list[Cell]] = [list(columns)]
    for row in _people(marks):
        row |= {key: "" for key in ("total", "percent") if row["state"] != "marked"}
        name = STATES[row["state"]]
        row |= {"state": _(name)}
        values = [cell_of(told, row, known) for told in columns.values()]
        rows.append([value if isinstance(value, str) else _rounded(value) for value in values])
    return Sheet(_("Marks"), rows, [20] * len(columns))


def _marking(book: Gradebook, activity: str, again: bool) -> list[Sheet]:
    """The sheet in which free texts are marked, and the levels; neither, where there is nothing to mark."""
    found = [
        (part.question, marked.token, marked, part)
        for marked in book.counted(activity)
        for part in marked.parts
        if part.source == "hand" and (again or part.points is None)
    ]
    if not found:
        return []
    found.sort(key=lambda one: one[:2])  # by question, then by token: in no order that tells of anybody
    asked = {question for question, *_rest in found}
    columns = [one for key, some in criteria(book, activity).items() if key in asked for one in some]
    levels, cells = _levels(book, activity, columns)
    before = [ACTIVITY, TOKEN, QUESTION, ANSWER]
    rows: list[list[Cell]] = [[*map(_, before), *(one.head for one in columns), _(COMMENT), _(SEAL)]]
    choices = {}
    for place, (question, token, marked, part) in enumerate(found, 2):
        given = {one.get("criterion"): one["points"] for one in part.verdict.get("given", [])} if part.by else {}
        points = [_rounded(given.get(one.key, math.nan)) if one.question == question else None for one in columns]
        comment = part.verdict.get("comment", "") if part.by else ""
        answer = holdable(str(part.verdict.get("answer", "")))
        rows.append([activity, token, question, answer, *points, comment, seal(marked, part)])
        for column, one in enumerate(columns, len(before) + 1):
            if one.question == question:
                choices[place, column] = cells.get((one.question, one.key), "")
        choices[place, len(before) + len(columns) + 1] = ""
    widths = [23, 23, 11, 90, *[18] * len(columns), 40, 24]
    return [Sheet(_("Free text"), rows, widths, choices), levels]


def _levels(book: Gradebook, activity: str, columns: list[Criterion]) -> tuple[Sheet, dict[tuple[str, str], str]]:
    """The sheet of levels, and for each criterion the range of its points in it."""
    name, rubrics = _("Levels"), book.rubrics(activity)
    rows: list[list[Cell]] = [[_(QUESTION), _("Criterion"), _("Points"), _("What earns them")]]
    cells, seen = {}, set()
    for one in columns:
        length = rubrics.get(one.question, {}).get("length")
        if length and one.question not in seen:
            rows.append([one.question, _("Length"), None, shown(length[language()])])
        seen.add(one.question)
        if not one.levels:
            rows.append([one.question, _("Points"), None, one.head])
            continue
        cells[one.question, one.key] = f"'{name}'!$C${len(rows) + 1}:$C${len(rows) + len(one.levels)}"
        title = shown(one.title[language()])
        rows += [[one.question, title, _rounded(points), words[language()]] for points, words in one.levels]
    return Sheet(name, rows, [11, 30, 10, 90], locked=True), cells
