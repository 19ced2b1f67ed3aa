"""The course itself: opening it, looking at the machine, building it, its claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlab.cli.app import Lang, app, speak
from crmlab.language.catalogue import _, language

FOLDER = Path.home() / "crmlab-course"
Folder = Annotated[Path, typer.Option("--folder", help=_("Your own folder for the course."))]


@app.command(
    help=_("Copy the course into your own folder and open it in JupyterLab. What else you write goes to JupyterLab."),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(context: typer.Context, lang: Lang = None, folder: Folder = FOLDER) -> None:
    """Deliver the course and start JupyterLab."""
    from crmlab.lab.folder import deliver
    from crmlab.lab.launch import launch

    speak(lang)
    folder = folder.expanduser().resolve()
    delivery = deliver(folder, language())
    typer.echo(_("Your course is in {folder}").format(folder=folder))
    for name, aside in delivery.beside.items():
        text = _("You changed {name}: it is kept as it is. Its new edition lies beside it: {aside}")
        typer.echo(text.format(name=name, aside=aside))
    launch(folder, language(), context.args)


@app.command(help=_("Look whether the course can be worked on this machine, and what to do where not."))
def doctor(lang: Lang = None, folder: Folder = FOLDER) -> None:
    """Print the signs; exit status 1 where one of them is amiss."""
    from crmlab.lab.doctor import examine

    speak(lang)
    fine = True
    for sign in examine(folder.expanduser()):
        typer.echo(str(sign))
        fine = fine and sign.fine is not False
    typer.echo(
        _("The course can be worked here.")
        if fine
        else _("The course can't be worked here yet; see the lines marked FAIL.")
    )
    raise typer.Exit(0 if fine else 1)


@app.command(help=_("For authors: build the chapters' notebooks and the catalogue of words from their sources."))
def build(
    check: Annotated[
        bool, typer.Option("--check", help=_("Write nothing; exit status 1 where anything drifted."))
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept", metavar="KEY", help=_("The Chinese of this cell (or 'part-*') says what its English says now.")
        ),
    ] = None,
) -> None:
    """Build, check, or renew the hashes of translations."""
    from crmlab.course import build as course_build
    from crmlab.course import source
    from crmlab.marking import books
    from crmlab.marking.exercise import sources
    from crmlab.roleplay import release

    top = course_build.home()
    for pattern in accept or []:
        paths = [*course_build.sources(top), *sources(top / "exercises").values()]
        done = [key for path in paths for key in source.accept(path, pattern)]
        typer.echo(f"{pattern}: " + (", ".join(done) or _("nothing to renew")))
    result = course_build.build(top)
    for more in (books.build(top), release.build(top)):
        result.files |= more.files
        result.findings += more.findings
    stale = [str(path.relative_to(top)) for path in result.stale]
    for finding in result.findings:
        typer.echo(finding, err=True)
    if check:
        for name in stale:
            typer.echo(_("{name}: stale; run crmlab build").format(name=name), err=True)
        raise typer.Exit(1 if stale or result.findings else 0)
    for path in result.stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(result.files[path])
    typer.echo(_("Written: {names}").format(names=", ".join(stale) or _("nothing, all is up to date")))
    raise typer.Exit(1 if result.findings else 0)


@app.command(help=_("What the profession repeats about customers: each claim with its standing and its verdict."))
def claims(
    names: Annotated[list[str] | None, typer.Argument(metavar=_("[CLAIM]..."), help=_("All unless told."))] = None,
    chapter: Annotated[int | None, typer.Option("--chapter", help=_("Those of one chapter."))] = None,
    lang: Lang = None,
) -> None:
    """Print the ledger's rows, or whole cards of the claims named."""
    from rich.console import Console

    from crmlab.ledger.claims import claim
    from crmlab.ledger.claims import claims as table
    from crmlab.ledger.contradictions import contradictions

    speak(lang)
    say = Console(highlight=False, markup=False).print
    if names:
        for card in map(claim, names):
            say(str(card), end="\n\n")
        return
    rows = table(chapter)
    for place, row in enumerate(rows.itertuples(), 1):
        head = _("{place}. {id} (chapter {chapter}, {kind}, {standing})")
        say(head.format(place=place, id=row.id, chapter=row.chapter, kind=row.kind, standing=row.standing))
        say(row.text)
        say(_("{name}: {text}").format(name=_("Verdict"), text=row.verdict), end="\n\n")
    known = set(rows["id"])
    for found in contradictions():
        if known.issuperset(found.between):
            name = _("Contradiction ({claims})").format(claims=_(", ").join(found.between))
            say(_("{name}: {text}").format(name=name, text=found.words), end="\n\n")
    say(_("Claims: {count}").format(count=len(rows)))
