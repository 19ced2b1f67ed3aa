"""Role plays: playing one, writing and proving scenes, handing them out, marking them, and playing them in class."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crmlab.cli.app import Lang, app, speak
from crmlab.cli.marking import Book
from crmlab.files import fresh, write_new
from crmlab.language.catalogue import _, language, number
from crmlab.language.errors import InputError

Scene = Annotated[str, typer.Argument(metavar=_("SCENE"), help=_("A scene's name, or its file."))]
Roster = Annotated[Path, typer.Option("--roster", help=_("The tokens that crmlab roster made."))]
scenes = typer.Typer(no_args_is_help=True, help=_("Scenes of role plays: writing, proving, handing out, marking."))
app.add_typer(scenes, name="scenes")


class Form(StrEnum):
    """How a scene may be written."""

    yml = "yml"
    xlsx = "xlsx"
    csv = "csv"


@app.command(help=_("Play a role play in the terminal, letter by letter."))
def play(
    scene: Scene,
    token: Annotated[str | None, typer.Option("--token", help=_("Your token, for a play that counts."))] = None,
    attempt: Annotated[int, typer.Option("--attempt", min=1, help=_("Which of your attempts it is."))] = 1,
    folder: Annotated[Path, typer.Option("--folder", help=_("Where what you hand in is written."))] = Path(),
    lang: Lang = None,
) -> None:
    """Play to the end; with a token, what is to be handed in is written."""
    from crmlab.roleplay.play import Play, terminal
    from crmlab.roleplay.transcript import of, write

    speak(lang)
    begun = Play(scene, mode="graded" if token else None, token=token, attempt=attempt)
    if terminal(begun, tell=typer.echo) and token:
        made = of(begun)
        typer.echo(_("This is the file to hand in: {file}").format(file=write(made, folder)))
        typer.echo(_("Receipt {receipt}: it changes with every reply.").format(receipt=made.receipt))


@scenes.command("check", help=_("Prove scenes: every path searched, every finding named; exit status 1 on any."))
def scenes_check(
    path: Annotated[
        Path | None,
        typer.Argument(metavar=_("PATH"), help=_("A scene's file or a folder; the course's own unless told.")),
    ] = None,
    lang: Lang = None,
) -> None:
    """Print findings, table and paths."""
    from crmlab.roleplay.check import check
    from crmlab.roleplay.shelf import folder

    speak(lang)
    proof = check(path or folder())
    typer.echo(str(proof))
    raise typer.Exit(1 if proof.findings else 0)


@scenes.command("new", help=_("Begin a scene: a small one that can be played and be built upon."))
def scenes_new(
    name: Annotated[str, typer.Argument(metavar=_("NAME"))],
    form: Annotated[Form, typer.Option("--form", help=_("As text (yml) or as a spreadsheet."))] = Form.yml,
    folder: Annotated[Path, typer.Option("--folder", help=_("Where it goes."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write its files."""
    from crmlab.roleplay.sheet import new

    speak(lang)
    typer.echo(_("Written: {names}").format(names=_(", ").join(map(str, new(name, folder, form.value)))))


@scenes.command("compile", help=_("Make a scene of its spreadsheet, one row a reply; what is wrong is named by row."))
def scenes_compile(
    sheet: Annotated[Path, typer.Argument(metavar=_("SHEET"), help=_("The spreadsheet, .xlsx or .csv."))],
    out: Annotated[Path | None, typer.Option("--out", help=_("Where the scene goes; beside it unless told."))] = None,
    lang: Lang = None,
) -> None:
    """Write the scene as YAML."""
    from crmlab.roleplay.sheet import dump, read

    speak(lang)
    out = out or sheet.with_suffix(".yml")
    fresh(out)
    write_new({out: dump(read(sheet)).encode()})
    typer.echo(_("Written: {names}").format(names=out))


@scenes.command("sheet", help=_("Write a scene as a spreadsheet, to go on from it there."))
def scenes_sheet(
    scene: Scene, out: Annotated[Path, typer.Option("--out", help=_("A new file, .xlsx or .csv."))], lang: Lang = None
) -> None:
    """Write one row a reply."""
    from crmlab.roleplay.sheet import write

    speak(lang)
    typer.echo(_("Written: {names}").format(names=_(", ").join(map(str, write(_whole(scene), out)))))


@scenes.command("draw", help=_("Draw a scene's graph as .svg, .png or .pdf."))
def scenes_draw(
    scene: Scene, out: Annotated[Path, typer.Option("--out", help=_("A new file."))], lang: Lang = None
) -> None:
    """Draw the graph and say it in words."""
    from crmlab.roleplay.draw import describe, draw
    from crmlab.roleplay.shelf import find

    speak(lang)
    found = find(scene)
    typer.echo(_("Written: {names}").format(names=draw(found, out)))
    typer.echo(describe(found))


@scenes.command(
    "release", help=_("For instructors: hand a scene out, without what gives answers away where it counts.")
)
def scenes_release(
    scene: Scene,
    roster: Roster,
    folder: Annotated[Path, typer.Option("--folder", help=_("Where the students' folders are."))] = Path(),
    lang: Lang = None,
) -> None:
    """Write the scene's file into each student's folder."""
    from crmlab.data.roster import tokens
    from crmlab.roleplay.release import release

    speak(lang)
    done = release(folder, _whole(scene), tokens(roster.expanduser()))
    typer.echo(_("Files written: {count}, in {folder}").format(count=number(len(done.written)), folder=folder))
    for path in done.kept:
        typer.echo(_("{file} is there already and was kept as it is.").format(file=path))


@scenes.command("mark", help=_("For instructors: mark role plays that were handed in, by playing them again."))
def scenes_mark(
    transcripts: Annotated[
        list[Path], typer.Argument(metavar=_("TRANSCRIPTS..."), help=_("Files, or folders that hold them."))
    ],
    gradebook: Book,
    roster: Annotated[
        Path | None, typer.Option("--roster", help=_("The tokens that crmlab roster made; told once, it is kept."))
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option("--feedback", help=_("A folder for each student's debrief, as a page."))
    ] = None,
    who: Annotated[str, typer.Option("--who", help=_("Who marks, for the history of marks."))] = "crmlab",
    lang: Lang = None,
) -> None:
    """Put the scores into the gradebook; exit status 1 where a transcript was refused."""
    from crmlab.data.roster import tokens
    from crmlab.gradebook.book import Gradebook
    from crmlab.roleplay.marks import mark, pages, plays

    speak(lang)
    paths = plays([path.expanduser() for path in transcripts])
    with Gradebook(gradebook) as book:
        if roster:
            book.enrol(tokens(roster.expanduser()))
        taken = mark(paths, book, who)
        counts = {name: number(count) for name, count in taken.became.items()}
        typer.echo(_("Role plays marked: {new} new, {regraded} changed, {same} as before.").format(**counts))
        for line in taken.refused:
            typer.echo(_("Refused: {line}").format(line=line))
        if feedback:
            written = list(pages(taken, book, feedback))
            typer.echo(_("Pages written: {count}, in {folder}").format(count=number(len(written)), folder=feedback))
    raise typer.Exit(1 if taken.refused else 0)


@app.command(
    "class-pack", help=_("For instructors: print a role play for a class: rota, role cards, observers' sheets.")
)
def class_pack(
    scene: Annotated[list[str], typer.Argument(metavar=_("SCENE..."), help=_("One scene, or parallel ones."))],
    roster: Roster,
    out: Annotated[Path, typer.Option("--out", help=_("A new PDF file."))],
    size: Annotated[int, typer.Option("--size", min=2, help=_("Students in a group."))] = 5,
    seed: Annotated[int, typer.Option("--seed", help=_("Another number draws other groups."))] = 0,
    font: Annotated[
        list[Path] | None, typer.Option("--font", help=_("A font for names that no font here has."))
    ] = None,
    lang: Lang = None,
) -> None:
    """Write the pack, and a blank sheet of ratings beside it."""
    from crmlab.data.roster import tokens
    from crmlab.roleplay.pack import pack
    from crmlab.roleplay.ratings import blank

    speak(lang)
    sheet = out.with_suffix(".ratings.csv")
    fresh(sheet)
    made = pack(
        [_whole(one) for one in scene], tokens(roster.expanduser()), out, language(), seed, size=size, fonts=font or ()
    )
    write_new({sheet: blank(made.rota, _whole(scene[0]))})
    typer.echo(str(made))
    typer.echo(_("A blank sheet for the ratings: {file}").format(file=sheet))


@app.command(help=_("For instructors: do the observers of a class play agree, and what are the plays' marks?"))
def ratings(
    scene: Scene,
    files: Annotated[list[Path], typer.Argument(metavar=_("FILE..."), help=_("Ratings as CSV or Excel, or a folder."))],
    out: Annotated[Path | None, typer.Option("--out", help=_("A new CSV file for the marks."))] = None,
    use: Annotated[str | None, typer.Option("--use", help=_("Where the teacher decides: peers or teacher."))] = None,
    lang: Lang = None,
) -> None:
    """Print the agreement, and write the marks."""
    import pandas as pd

    from crmlab.roleplay.agreement import agreement
    from crmlab.roleplay.live_mark import live_marks
    from crmlab.roleplay.ratings import read_ratings

    speak(lang)
    whole = _whole(scene)
    frame = read_ratings(files, whole)
    found = agreement(frame, whole)
    typer.echo(found.summary().to_string(index=False))
    typer.echo(found.describe())
    if out:
        fresh(out)
        rows = [
            {"session": one.session, "agent": one.agent, "mark": one.total, "notes": " ".join(one.notes)}
            for one in live_marks(frame, whole, use)
        ]
        write_new({out: pd.DataFrame(rows).to_csv(index=False).encode("utf-8-sig")})
        typer.echo(_("Written: {names}").format(names=out))


@app.command(help=_("What a reply holds: phrases of blame, apology, thanks, commitment. A hint, never a mark."))
def phrases(
    text: Annotated[str, typer.Argument(metavar=_("TEXT"), help=_("What you would say to the customer."))],
    lang: Lang = None,
) -> None:
    """Print the listed phrases that were found."""
    from crmlab.roleplay.phrases import plain

    speak(lang)
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
