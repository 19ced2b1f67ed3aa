"""Graded exercises: handing them out, handing them in, marking them, and what becomes of the marks."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmlab.cli.app import Lang, Language, app, speak
from crmlab.files import fresh, write_new
from crmlab.language.catalogue import _, language, mark, number, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook

Exercise = Annotated[str, typer.Argument(metavar=_("EXERCISE"), help=_("Its number or name, such as 08."))]
Activity = Annotated[str, typer.Argument(metavar=_("EXERCISE"), help=_("An exercise's number, or what was marked."))]
Book = Annotated[Path, typer.Option("--gradebook", help=_("The gradebook's file."))]
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


@app.command(help=_("For instructors: write an exercise's notebook for each student, with the student's own data."))
def release(
    exercise: Exercise,
    roster: Annotated[Path, typer.Option("--roster", help=_("The tokens that crmlab roster made."))],
    folder: Annotated[Path, typer.Option("--folder", help=_("Where the notebooks go."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write what is not there yet, and say what was kept as it is."""
    from crmlab.data.roster import tokens
    from crmlab.marking.exercise import find, read
    from crmlab.marking.release import release as write

    speak(lang)
    done = write(read(find(exercise)), language(), folder.expanduser(), tokens(roster.expanduser()))
    books = [path for path in done.written if path.suffix == ".ipynb"]
    typer.echo(_("Notebooks written: {count}, in {folder}").format(count=len(books), folder=folder))
    for path in done.kept:
        typer.echo(_("{file} is there already and was kept as it is.").format(file=path))


@app.command(help=_("Hand in: write one file with what your notebook holds, and a receipt that you keep."))
def submit(
    notebook: Annotated[Path, typer.Argument(metavar=_("NOTEBOOK"), help=_("Your notebook, saved."))],
    lang: Lang = None,
) -> None:
    """Write the file beside the notebook."""
    from crmlab.marking.submit import submit as write

    speak(lang)
    typer.echo(str(write(notebook.expanduser())))


@app.command(help=_("For instructors: mark what was handed in, each submission in a sandbox, into the gradebook."))
def grade(
    submissions: Annotated[
        list[Path], typer.Argument(metavar=_("SUBMISSIONS..."), help=_("Files, or folders that hold them."))
    ],
    exercise: Annotated[str, typer.Option("--exercise", help=_("Its number or name, such as 08."))],
    gradebook: Book,
    roster: Annotated[
        Path | None, typer.Option("--roster", help=_("The tokens that crmlab roster made; told once, it is kept."))
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=256, help=_("How many mark side by side."))] = (
        os.cpu_count() or 1
    ),
    who: Annotated[str, typer.Option("--who", help=_("Who marks, for the history of marks."))] = "crmlab",
    memory: Annotated[
        int, typer.Option("--memory", min=128, help=_("Megabytes that one submission may use at most."))
    ] = 1024,
    cgroup: Annotated[
        Path | None, typer.Option("--cgroup", help=_("A folder of the memory controller that was handed to you."))
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust-students", help=_("Mark without a sandbox where there can be none. Read the docs."))
    ] = False,
    lang: Lang = None,
) -> None:
    """Mark what is new or was marked by other checks, then say what came of it."""
    from crmlab.data.roster import tokens
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.exercise import find, read
    from crmlab.marking.grade import Guard, checked_by
    from crmlab.marking.grade import grade as graded
    from crmlab.marking.reading import found, handed, preferred
    from crmlab.marking.sandbox import Limits, Unsealed

    speak(lang)
    source = read(find(exercise))
    if source.findings:
        text = _("Exercise {name} can't be marked: {finding}")
        raise InputError(text.format(name=source.name, finding=source.findings[0]))
    files, apart, good = found([path.expanduser() for path in submissions]), [], []
    with Gradebook(gradebook) as book:
        if roster:
            book.enrol(tokens(roster.expanduser()))
        points = {key: question.points for key, question in source.questions.items()}
        book.activity(source.name, points, rubrics=source.rubrics)
        enrolled = set(book.students()["token"])
        if not enrolled:
            raise InputError(_("The gradebook knows no students yet; give it their tokens once with --roster."))
        done = book.done(source.name, checked_by(source))
        for path in files:
            try:
                one = handed(path)
                if one.exercise != source.name:
                    text = _("{file} is of exercise {name}.")
                    raise InputError(text.format(file=path.name, name=one.exercise))
                if one.token not in enrolled:
                    text = _("{file} holds the token {token}, which is nobody's in this class.")
                    raise InputError(text.format(file=path.name, token=one.token))
                good.append(one)
            except InputError as error:
                apart.append(_("{error} (in {folder})").format(error=error, folder=path.parent))
        known = {(one.token, one.content): one for one in preferred(good)}
        waiting = [one for key, one in known.items() if key not in done]
        guard = Guard(trust, cgroup, Limits(memory=memory << 20))
        became, faults, guards = Counter[str](), Counter[str](), {}
        results = graded(source, sorted(waiting, key=lambda one: one.attempt), workers, guard)
        try:
            with typer.progressbar(results, len(waiting), label=_("Marking"), show_pos=True) as bar:
                for one, marked in bar:
                    if marked is None:
                        apart.append(_("{file}: its marking ended the worker, twice.").format(file=one.path))
                        continue
                    became[book.store(marked, who)] += 1
                    guards = marked.guards
                    faults.update(part.question for part in marked.parts if part.verdict.get("fault"))
        except Unsealed as unsealed:
            page = f"notebooks/instructor/{language()}/marking.md"
            text = _("What to do is told in {page}; --trust-students marks without a sandbox what you trust.")
            raise InputError(f"{unsealed}\n{text.format(page=page)}") from None
        left = len({(one.token, one.content) for one in good}) - len(known)
        _tell(book, source.name, became, len(known) - len(waiting), left, faults, guards, apart)
    raise typer.Exit(1 if apart or faults else 0)


def _tell(
    book: Gradebook,
    name: str,
    became: Counter[str],
    before: int,
    left: int,
    faults: Counter[str],
    guards: Any,
    apart: list[str],
) -> None:
    """What came of a run of marking."""
    from crmlab.marking.feedback import guarded

    states = book.totals(name)["state"].value_counts()
    typer.echo(
        _("Submissions marked: {new} new, {again} marked again, {before} marked before by the same checks.").format(
            new=number(became["new"]), again=number(became["regraded"] + became["same"]), before=number(before)
        )
    )
    if left:
        text = _("Bare notebooks left aside because their students have handed in properly: {count}")
        typer.echo(text.format(count=number(left)))
    if guards:
        typer.echo(_("{name}: {text}").format(name=_("How it was run"), text=guarded(guards)))
    for state, words in (
        ("waits", _("Students whose free texts wait for a person: {count}")),
        ("missing", _("Students who handed in nothing: {count}")),
    ):
        if states.get(state):
            typer.echo(words.format(count=number(int(states[state]))))
    for question, count in sorted(faults.items()):
        text = _("The check of {question} itself failed in {count} submissions; mend it and mark again.")
        typer.echo(text.format(question=question, count=number(count)))
    for line in apart:
        typer.echo(_("Not marked: {line}").format(line=line))


@app.command(help=_("For instructors: a page of feedback for each student, in the student's language."))
def feedback(
    exercise: Exercise,
    gradebook: Book,
    folder: Annotated[Path, typer.Option("--folder", help=_("Where the pages go."))],
    lang: Annotated[
        Language | None, typer.Option("--lang", help=_("All pages in this language."), show_default=False)
    ] = None,
) -> None:
    """Write the pages that changed."""
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.exercise import find, read
    from crmlab.marking.feedback import pages

    speak(lang)
    source = read(find(exercise))
    with Gradebook(gradebook, new=False) as book:
        written = pages(book, source.name, folder, lang and lang.value, source)
    typer.echo(_("Pages written: {count}, in {folder}").format(count=number(len(written)), folder=folder))


@app.command(help=_("For instructors: which questions were hard, which tell strong from weak, what went wrong."))
def items(
    exercise: Exercise,
    gradebook: Book,
    out: Annotated[Path, typer.Option("--out", help=_("Where the page goes."))],
    lang: Lang = None,
) -> None:
    """Write the item analysis as a page of HTML."""
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.exercise import find, read
    from crmlab.marking.items import ItemAnalysis

    speak(lang)
    source = read(find(exercise))
    with Gradebook(gradebook, new=False) as book:
        found = ItemAnalysis.of(book, source)
    found.report(out.expanduser())
    typer.echo(found.describe())
    typer.echo(_("Written: {names}").format(names=out))


marks = typer.Typer(
    no_args_is_help=True, help=_("The marks in a gradebook: sheets out and in, changes, their history.")
)
app.add_typer(marks, name="marks")


@marks.command("export", help=_("Write the marks, with a sheet for marking the free texts, as .csv or .xlsx."))
def marks_export(
    activity: Activity,
    gradebook: Book,
    out: Annotated[Path, typer.Option("--out", help=_("A new file that ends in .csv or .xlsx."))],
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

    speak(lang)
    with _opened(gradebook) as book:
        name, mapping = _known(book, activity), told(columns, title) if columns else None
        for path in write(book, out, name, columns=mapping, again=again):
            typer.echo(_("Written: {names}").format(names=path))


@marks.command("import", help=_("Read a marked sheet of free texts back: all of it, or nothing and what is wrong."))
def marks_import(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("The sheet that was filled in."))],
    gradebook: Book,
    who: Annotated[str, typer.Option("--who", help=_("Who marks, for the history of marks."))],
    lang: Lang = None,
) -> None:
    """Take the marks; exit status 1 where nothing was taken."""
    from crmlab.gradebook.sheets import read

    speak(lang)
    with _opened(gradebook) as book:
        taken = read(book, file, who)
    typer.echo(str(taken))
    raise typer.Exit(1 if taken.findings else 0)


@marks.command("change", help=_("Change one mark by hand; the history keeps who, when and why."))
def marks_change(
    activity: Activity,
    student: Annotated[str, typer.Argument(metavar=_("STUDENT"), help=_("The student's number or token."))],
    question: Annotated[str, typer.Argument(metavar=_("QUESTION"), help=_("Such as q3."))],
    points: Annotated[float, typer.Argument(metavar=_("POINTS"))],
    gradebook: Book,
    who: Annotated[str, typer.Option("--who", help=_("Who changes it."))],
    why: Annotated[str, typer.Option("--why", help=_("Why."))],
    lang: Lang = None,
) -> None:
    """Change a mark of the submission that counts."""
    speak(lang)
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
    speak(lang)
    with _opened(gradebook) as book:
        rows = book.regraded() if regraded else book.history()
        rows = rows if activity is None else rows[rows["activity"] == _known(book, activity)]
        rows = rows if student is None else rows[rows["token"] == book.token_of(student)]
    _table(rows)


@marks.command("grades", help=_("Each student's course grade so far, by the syllabus."))
def marks_grades(
    gradebook: Book,
    out: Annotated[Path, typer.Option("--out", help=_("A new CSV file."))],
    zero: Annotated[
        bool, typer.Option("--missing-is-zero", help=_("What was not handed in counts as 0 instead of staying open."))
    ] = False,
    lang: Lang = None,
) -> None:
    """Write a row a student."""
    speak(lang)
    fresh(out.expanduser())
    with _opened(gradebook) as book:
        rows = book.grades(missing="zero" if zero else "open")
    write_new({out.expanduser(): rows.to_csv(index=False).encode("utf-8-sig")})
    typer.echo(_("Written: {names}").format(names=out))


def _opened(path: Path) -> Gradebook:
    from crmlab.gradebook.book import Gradebook

    return Gradebook(path, new=False)


def _known(book: Gradebook, name: str) -> str:
    """An activity of the gradebook by its name, or an exercise's by its number."""
    from crmlab.marking.exercise import find

    return name if name in book.activities() else find(name).stem


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
