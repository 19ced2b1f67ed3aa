"""Graded exercises: handing them out, handing them in, marking them, and what becomes of the marks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmlab.cli.app import INSTRUCTORS, LEARNERS, app, group
from crmlab.cli.options import Book, Lang, Language, Roster, Told, Who, at, given, spoken
from crmlab.files import fresh, write_new
from crmlab.language.catalogue import _, language, mark, number, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.exercise import Exercise as Opened

NUMBER = _("Its number or name, such as 08.")
Exercise = Annotated[str, typer.Argument(metavar=_("EXERCISE"), help=NUMBER)]
Activity = Annotated[str, typer.Argument(metavar=_("EXERCISE"), help=_("An exercise's number, or what was marked."))]
READ = _(" First read marking.md in {folder}.").format(folder=f"notebooks/instructor/{language()}")
KINDS = {
    "stored": mark("first mark"), "regrade": mark("marked again"), "hand": mark("marked by hand"),
    "change": mark("changed"), "kept": mark("kept as it was"),
}  # fmt: skip
HEADS = {
    "at": mark("When (UTC)"), "kind": mark("What"), "who": mark("By whom"), "student": mark("Student number"),
    "name": mark("Name"), "activity": mark("Activity"), "question": mark("Question"), "before": mark("Before"),
    "after": mark("After"), "of": mark("Out of"), "why": mark("Why"),
}  # fmt: skip
"""What stands over the columns of a history."""


@app.command(
    help=_("Write an exercise's notebook for each student, with the student's own data."), rich_help_panel=INSTRUCTORS
)
def release(
    exercise: Exercise,
    roster: Roster,
    folder: Annotated[Path, at("--folder", _("Where the notebooks go."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write what is not there yet, and say what was kept as it is."""
    from crmlab.data.roster import tokens
    from crmlab.marking.release import release as write

    done = write(_exercise(exercise), language(), folder, tokens(roster))
    books = [path for path in done.written if path.suffix == ".ipynb"]
    typer.echo(_("Notebooks written: {count}, in {folder}").format(count=len(books), folder=folder))
    for path in done.kept:
        typer.echo(_("{file} is there already and was kept as it is.").format(file=path))


@app.command(
    help=_("Hand in: write one file with what your notebook holds, and a receipt that you keep."),
    rich_help_panel=LEARNERS,
)
def submit(
    notebook: Annotated[Path, given(_("NOTEBOOK"), _("Your notebook, saved."))],
    lang: Lang = None,
) -> None:
    """Write the file beside the notebook."""
    from crmlab.marking.submit import submit as write

    typer.echo(str(write(notebook)))


@app.command(
    help=_("Mark what was handed in, each submission in a sandbox, into the gradebook."), rich_help_panel=INSTRUCTORS
)
def grade(
    submissions: Annotated[list[Path], given(_("SUBMISSIONS..."), _("Files, or folders that hold them."))],
    exercise: Annotated[str, typer.Option("--exercise", help=NUMBER)],
    gradebook: Book,
    roster: Told = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=256, help=_("How many mark side by side."))] = (
        os.cpu_count() or 1
    ),
    who: Who = "crmlab",
    memory: Annotated[
        int, typer.Option("--memory", min=128, help=_("Megabytes that one submission may use at most."))
    ] = 1024,
    cgroup: Annotated[
        Path | None,
        at("--cgroup", _("A folder of the memory controller that was handed to you.") + READ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust-students", help=_("Mark without a sandbox where there can be none.") + READ),
    ] = False,
    lang: Lang = None,
) -> None:
    """Mark what is new or was marked by other checks, then say what came of it."""
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.classwork import Taken, found
    from crmlab.marking.grade import Guard
    from crmlab.marking.marks import marked, waiting
    from crmlab.marking.sandbox import Limits, Unsealed

    source = _exercise(exercise)
    files, others = found(submissions)
    with Gradebook(gradebook) as book:
        taken = Taken(book, who, others)
        taken.enrol(roster)
        left = waiting(taken, source, files)
        results = marked(taken, source, left, workers, Guard(trust, cgroup, Limits(memory=memory << 20)))
        try:
            with typer.progressbar(results, len(left), label=_("Marking"), show_pos=True) as bar:
                for _one in bar:
                    pass
        except Unsealed as unsealed:
            text = _("What to do is told in {page}; --trust-students marks without a sandbox what you trust.")
            page = f"notebooks/instructor/{language()}/marking.md"
            raise InputError(f"{unsealed}\n{text.format(page=page)}") from None
    typer.echo(str(taken))
    raise typer.Exit(1 if taken.apart or taken.faults else 0)


@app.command(help=_("A page of feedback for each student, in the student's language."), rich_help_panel=INSTRUCTORS)
def feedback(
    exercise: Exercise,
    gradebook: Book,
    folder: Annotated[Path, at("--folder", _("Where the pages go."))],
    lang: Annotated[Language | None, spoken(_("All pages in this language."))] = None,
) -> None:
    """Write the pages that changed."""
    from crmlab.marking.feedback import pages

    source = _exercise(exercise)
    with _opened(gradebook) as book:
        written = pages(book, source.name, folder, lang and lang.value, source)
    typer.echo(_("Pages written: {count}, in {folder}").format(count=number(len(written)), folder=folder))


@app.command(
    help=_("Which questions were hard, which tell strong from weak, what went wrong."), rich_help_panel=INSTRUCTORS
)
def items(
    exercise: Exercise,
    gradebook: Book,
    out: Annotated[Path, at("--out", _("Where the page goes."))],
    lang: Lang = None,
) -> None:
    """Write the item analysis as a page of HTML."""
    from crmlab.marking.items import ItemAnalysis

    source = _exercise(exercise)
    with _opened(gradebook) as book:
        found = ItemAnalysis.of(book, source)
    found.report(out)
    typer.echo(found.describe())
    typer.echo(_("Written: {names}").format(names=out))


marks = group(_("The marks in a gradebook: sheets out and in, changes, their history."))
app.add_typer(marks, name="marks", rich_help_panel=INSTRUCTORS)


@marks.command("export", help=_("Write the marks, with a sheet for marking the free texts, as .csv or .xlsx."))
def marks_export(
    activity: Activity,
    gradebook: Book,
    out: Annotated[Path, at("--out", _("A new file that ends in .csv or .xlsx."))],
    columns: Annotated[
        str | None, typer.Option("--columns", help=_("moodle, canvas, or a YAML file that names your LMS's columns."))
    ] = None,
    title: Annotated[str, typer.Option("--title", help=_("What the LMS calls the grade item."))] = "",
    again: Annotated[bool, typer.Option("--again", help=_("Also the free texts that are marked already."))] = False,
    lang: Lang = None,
) -> None:
    """Write what counts; free texts wait in a sheet of their own."""
    from crmlab.gradebook.columns import columns as told
    from crmlab.gradebook.sheets import write

    with _opened(gradebook) as book:
        name, mapping = _known(book, activity), told(columns, title) if columns else None
        for path in write(book, out, name, columns=mapping, again=again):
            typer.echo(_("Written: {names}").format(names=path))


@marks.command("import", help=_("Read a marked sheet of free texts back: all of it, or nothing and what is wrong."))
def marks_import(
    file: Annotated[Path, given(_("FILE"), _("The sheet that was filled in."))],
    gradebook: Book,
    who: Who,
    lang: Lang = None,
) -> None:
    """Take the marks; exit status 1 where nothing was taken."""
    from crmlab.gradebook.sheets import read

    with _opened(gradebook) as book:
        taken = read(book, file, who)
    typer.echo(str(taken))
    raise typer.Exit(1 if taken.findings else 0)


@marks.command("change", help=_("Change one mark by hand; the history keeps who, when and why."))
def marks_change(
    activity: Activity,
    student: Annotated[str, typer.Argument(metavar=_("STUDENT"), help=_("The student's number or token."))],
    question: Annotated[str, typer.Argument(metavar=_("QUESTION"), help=_("Such as q3."))],
    points: Annotated[float, typer.Argument(metavar=_("POINTS"), help=_("What the mark is to be."))],
    gradebook: Book,
    who: Annotated[str, typer.Option("--who", help=_("Who changes it."))],
    why: Annotated[str, typer.Option("--why", help=_("Why."))],
    lang: Lang = None,
) -> None:
    """Change a mark of the submission that counts."""
    with _opened(gradebook) as book:
        name, token = _known(book, activity), book.token_of(student)
        book.change(token, name, question, points, who, why)
        _table(book.history(token, name, question).tail(1))


@marks.command("history", help=_("Every mark that was given or changed: whose, from what to what, by whom, when, why."))
def marks_history(
    gradebook: Book,
    activity: Annotated[str | None, typer.Option("--exercise", help=_("Of one exercise or role play."))] = None,
    student: Annotated[str | None, typer.Option("--student", help=_("Of one student, by number or token."))] = None,
    regraded: Annotated[bool, typer.Option("--regraded", help=_("Only what marking again has changed."))] = False,
    lang: Lang = None,
) -> None:
    """Print the history as a table."""
    with _opened(gradebook) as book:
        rows = book.regraded() if regraded else book.history()
        rows = rows if activity is None else rows[rows["activity"] == _known(book, activity)]
        rows = rows if student is None else rows[rows["token"] == book.token_of(student)]
    _table(rows)


@marks.command("grades", help=_("Each student's course grade so far, by the syllabus."))
def marks_grades(
    gradebook: Book,
    out: Annotated[Path, at("--out", _("A new CSV file."))],
    zero: Annotated[
        bool, typer.Option("--missing-is-zero", help=_("What was not handed in counts as 0 instead of staying open."))
    ] = False,
    lang: Lang = None,
) -> None:
    """Write a row a student."""
    from crmlab.gradebook.cells import table as as_csv
    from crmlab.gradebook.grades import counting

    fresh(out)
    with _opened(gradebook) as book:
        rows = book.grades(missing="zero" if zero else "open")
        others = [name for name in book.activities() if name not in counting()]
    write_new({out: as_csv(rows)})
    typer.echo(_("Written: {names}").format(names=out))
    if others:
        typer.echo(_("No part of the course grade: {names}").format(names=_(", ").join(others)))


def _opened(path: Path) -> Gradebook:
    from crmlab.gradebook.book import Gradebook

    return Gradebook(path, new=False)


def _exercise(name: str) -> Opened:
    """The exercise that is meant. Raises InputError where it is none, not whole, or a role play."""
    from crmlab.marking.exercise import opened
    from crmlab.roleplay import shelf

    if name in shelf.names():
        text = _(
            "{name} is a role play: crmlab scenes release hands it out, crmlab scenes mark marks it, "
            "and --feedback there writes the debriefs."
        )
        raise InputError(text.format(name=name))
    return opened(name)


def _known(book: Gradebook, name: str) -> str:
    """What in the gradebook is meant by a name, or by an exercise's number."""
    from crmlab.marking.exercise import meant

    known = book.activities()
    found = meant(name, known)
    if found is None:
        text = _("The gradebook has no activity {name}; it has: {names}.")
        raise InputError(text.format(name=repr(name), names=_(", ").join(known) or "–"))
    return found


def _table(rows: Any) -> None:
    """Print a history as a table; where there is nothing in it, say so."""
    import pandas as pd

    if not len(rows):
        typer.echo(_("Nothing."))
        return
    points = {
        name: rows[name].map(lambda value: short(value, 4), na_action="ignore") for name in ("before", "after", "of")
    }
    rows = rows.assign(at=rows["at"].str[:19], kind=rows["kind"].map(lambda kind: _(KINDS[kind])), **points)
    rows = rows[list(HEADS)].rename(columns={name: _(head) for name, head in HEADS.items()})
    with pd.option_context("display.unicode.east_asian_width", True):
        typer.echo(rows.to_string(index=False, na_rep="–"))
