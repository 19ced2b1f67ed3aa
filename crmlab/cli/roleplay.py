"""Role plays: playing one, writing and proving scenes, handing them out, marking them, and playing them in class."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crmlab.cli.app import AUTHORS, INSTRUCTORS, LEARNERS, app, group
from crmlab.cli.options import Book, Lang, Roster, Told, Who, at, given, home
from crmlab.files import fresh, write_new
from crmlab.language.catalogue import _, language, number
from crmlab.language.errors import InputError

Scene = Annotated[str, typer.Argument(metavar=_("SCENE"), help=_("A scene's name, or its file."), parser=home)]
scenes = group(_("Scenes of role plays: writing, proving, handing out, marking."))
app.add_typer(scenes, name="scenes", rich_help_panel=INSTRUCTORS)


class Use(StrEnum):
    """Whose ratings make the mark where the teacher decides."""

    peers = "peers"
    teacher = "teacher"


class Form(StrEnum):
    """How a scene may be written."""

    yml = "yml"
    xlsx = "xlsx"
    csv = "csv"


@app.command(help=_("Play a role play in the terminal, letter by letter."), rich_help_panel=LEARNERS)
def play(
    scene: Scene,
    token: Annotated[str | None, typer.Option("--token", help=_("Your token, for a play that counts."))] = None,
    attempt: Annotated[int, typer.Option("--attempt", min=1, help=_("Which of your attempts it is."))] = 1,
    folder: Annotated[Path, at("--folder", _("Where what you hand in is written."))] = Path(),
    lang: Lang = None,
) -> None:
    """Play to the end; with a token, what is to be handed in is written."""
    from crmlab.roleplay.play import Play, terminal
    from crmlab.roleplay.transcript import of, write

    begun = Play(scene, mode="graded" if token else None, token=token, attempt=attempt)
    if terminal(begun, tell=typer.echo) and token:
        made = of(begun)
        typer.echo(_("This is the file to hand in: {file}").format(file=write(made, folder)))
        typer.echo(_("Receipt {receipt}: it changes with every reply.").format(receipt=made.receipt))


@scenes.command(
    "check",
    help=_("Prove scenes: every path searched, every finding named; exit status 1 on any."),
    rich_help_panel=AUTHORS,
)
def scenes_check(
    path: Annotated[
        Path | None, given(_("PATH"), _("A scene's file or a folder; the course's own unless told."))
    ] = None,
    lang: Lang = None,
) -> None:
    """Print findings, table and paths."""
    from crmlab.roleplay.proof import check
    from crmlab.roleplay.shelf import folder

    proof = check(path or folder())
    typer.echo(str(proof))
    raise typer.Exit(1 if proof.findings else 0)


@scenes.command(
    "new", help=_("Begin a scene: a small one that can be played and be built upon."), rich_help_panel=AUTHORS
)
def scenes_new(
    name: Annotated[
        str, typer.Argument(metavar=_("NAME"), help=_("What the scene is called: small letters, digits and hyphens."))
    ],
    form: Annotated[Form, typer.Option("--form", help=_("As text (yml) or as a spreadsheet."))] = Form.yml,
    folder: Annotated[Path, at("--folder", _("Where it goes."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write its files."""
    from crmlab.roleplay.sheet import new

    typer.echo(_("Written: {names}").format(names=_(", ").join(map(str, new(name, folder, form.value)))))


@scenes.command(
    "compile",
    help=_("Make a scene of its spreadsheet, one row a reply; what is wrong is named by row."),
    rich_help_panel=AUTHORS,
)
def scenes_compile(
    sheet: Annotated[Path, given(_("SHEET"), _("The spreadsheet, .xlsx or .csv."))],
    out: Annotated[Path | None, at("--out", _("Where the scene goes; beside it unless told."))] = None,
    lang: Lang = None,
) -> None:
    """Write the scene as YAML."""
    from crmlab.roleplay.sheet import dump, read

    out = out or sheet.with_suffix(".yml")
    fresh(out)
    write_new({out: dump(read(sheet)).encode()})
    typer.echo(_("Written: {names}").format(names=out))


@scenes.command("sheet", help=_("Write a scene as a spreadsheet, to go on from it there."), rich_help_panel=AUTHORS)
def scenes_sheet(
    scene: Scene, out: Annotated[Path, at("--out", _("A new file, .xlsx or .csv."))], lang: Lang = None
) -> None:
    """Write one row a reply."""
    from crmlab.roleplay.sheet import write

    typer.echo(_("Written: {names}").format(names=_(", ").join(map(str, write(_whole(scene), out)))))


@scenes.command("draw", help=_("Draw a scene's graph as .svg, .png or .pdf."), rich_help_panel=AUTHORS)
def scenes_draw(scene: Scene, out: Annotated[Path, at("--out", _("A new file."))], lang: Lang = None) -> None:
    """Draw the graph and say it in words."""
    from crmlab.roleplay.draw import describe, draw
    from crmlab.roleplay.shelf import find

    found = find(scene)
    typer.echo(_("Written: {names}").format(names=draw(found, out)))
    typer.echo(describe(found))


@scenes.command(
    "release",
    help=_("Hand a scene out, without what gives answers away where it counts."),
    rich_help_panel=INSTRUCTORS,
)
def scenes_release(
    scene: Scene,
    roster: Roster,
    folder: Annotated[Path, at("--folder", _("Where the students' folders are."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write the scene's file into each student's folder."""
    from crmlab.data.roster import tokens
    from crmlab.roleplay.release import release

    done = release(folder, _whole(scene), tokens(roster))
    typer.echo(_("Files written: {count}, in {folder}").format(count=number(len(done.written)), folder=folder))
    for path in done.kept:
        typer.echo(_("{file} is there already and was kept as it is.").format(file=path))


@scenes.command(
    "mark", help=_("Mark role plays that were handed in, by playing them again."), rich_help_panel=INSTRUCTORS
)
def scenes_mark(
    transcripts: Annotated[list[Path], given(_("TRANSCRIPTS..."), _("Files, or folders that hold them."))],
    gradebook: Book,
    roster: Told = None,
    feedback: Annotated[Path | None, at("--feedback", _("A folder for each student's debrief, as a page."))] = None,
    who: Who = "crmlab",
    lang: Lang = None,
) -> None:
    """Put the scores into the gradebook; exit status 1 where a transcript was refused."""
    from crmlab.gradebook.book import Gradebook
    from crmlab.marking.classwork import PLAYS, Taken, found
    from crmlab.roleplay.marks import mark, pages

    files, others = found(transcripts, PLAYS)
    with Gradebook(gradebook) as book:
        taken = Taken(book, who, others)
        taken.enrol(roster)
        plays = mark(taken, files)
        typer.echo(str(taken))
        if feedback:
            written = pages(plays, book, feedback)
            typer.echo(_("Pages written: {count}, in {folder}").format(count=number(len(written)), folder=feedback))
    raise typer.Exit(1 if taken.apart else 0)


@app.command(
    "class-pack",
    help=_("Print a role play for a class: rota, role cards, observers' sheets."),
    rich_help_panel=INSTRUCTORS,
)
def class_pack(
    scene: Annotated[
        list[str], typer.Argument(metavar=_("SCENE..."), help=_("One scene, or parallel ones."), parser=home)
    ],
    roster: Roster,
    out: Annotated[Path, at("--out", _("A new PDF file."))],
    size: Annotated[int, typer.Option("--size", min=4, max=6, help=_("Students in a group."))] = 5,
    seed: Annotated[int, typer.Option("--seed", help=_("Another number draws other groups."))] = 0,
    font: Annotated[list[Path] | None, at("--font", _("A font for names that no font here has."))] = None,
    lang: Lang = None,
) -> None:
    """Write the pack, and a blank sheet of ratings beside it."""
    from crmlab.data.roster import tokens
    from crmlab.roleplay.pack import pack
    from crmlab.roleplay.ratings import blank

    sheet = out.with_suffix(".ratings.csv")
    fresh(sheet)
    made = pack([_whole(one) for one in scene], tokens(roster), out, language(), seed, size=size, fonts=font or ())
    write_new({sheet: blank(made.rota, _whole(scene[0]))})
    typer.echo(str(made))
    typer.echo(_("A blank sheet for the ratings: {file}").format(file=sheet))


@app.command(
    help=_("Do the observers of a class play agree, and what are the plays' marks?"), rich_help_panel=INSTRUCTORS
)
def ratings(
    scene: Scene,
    files: Annotated[list[Path], given(_("FILE..."), _("Ratings as CSV or Excel, or a folder."))],
    out: Annotated[Path | None, at("--out", _("A new CSV file for the marks."))] = None,
    use: Annotated[Use | None, typer.Option("--use", help=_("Where the teacher decides: peers or teacher."))] = None,
    lang: Lang = None,
) -> None:
    """Print the agreement, and write the marks."""
    import pandas as pd

    from crmlab.gradebook.cells import table as as_csv
    from crmlab.roleplay.agreement import agreement
    from crmlab.roleplay.live_mark import live_marks
    from crmlab.roleplay.ratings import read_ratings

    whole = _whole(scene)
    frame = read_ratings(files, whole)
    try:
        found = agreement(frame, whole)
        typer.echo(found.summary().to_string(index=False))
        typer.echo(found.describe())
    except InputError as error:
        if not out:
            raise
        typer.echo(str(error))  # the teacher's marks can be made all the same
    if out:
        fresh(out)
        rows = [
            {"session": one.session, "agent": one.agent, "mark": one.total, "notes": " ".join(one.notes)}
            for one in live_marks(frame, whole, use)
        ]
        write_new({out: as_csv(pd.DataFrame(rows))})
        typer.echo(_("Written: {names}").format(names=out))


@app.command(
    help=_("What a reply holds: phrases of blame, apology, thanks, commitment. A hint, never a mark."),
    rich_help_panel=LEARNERS,
)
def phrases(
    text: Annotated[str, typer.Argument(metavar=_("TEXT"), help=_("What you would say to the customer."))],
    lang: Lang = None,
) -> None:
    """Print the listed phrases that were found."""
    from crmlab.roleplay.phrases import plain

    typer.echo(plain(text))


def _whole(name: str) -> Any:
    """The scene with its scores. Raises InputError where only what students receive of it is here."""
    from crmlab.roleplay.scene import Scene as Whole
    from crmlab.roleplay.shelf import find

    found = find(name)
    if not isinstance(found, Whole):
        raise InputError(
            _("{name} is only what students receive of the scene; this needs the whole.").format(name=name)
        )
    return found
