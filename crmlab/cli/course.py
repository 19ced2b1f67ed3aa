"""The course itself: opening it, looking at the machine, its claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlab.cli.app import LEARNERS, app
from crmlab.cli.options import Lang, at
from crmlab.language.catalogue import _, language

FOLDER = Path.home() / "crmlab-course"
Folder = Annotated[Path, at("--folder", _("Your own folder for the course."))]


@app.command(
    help=_("Copy the course into your own folder and open it in JupyterLab. What else you write goes to JupyterLab."),
    rich_help_panel=LEARNERS,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(context: typer.Context, lang: Lang = None, folder: Folder = FOLDER) -> None:
    """Deliver the course and start JupyterLab."""
    from crmlab.lab.folder import deliver
    from crmlab.lab.launch import launch

    folder = folder.resolve()
    delivery = deliver(folder, language())
    typer.echo(_("Your course is in {folder}").format(folder=folder))
    for name, aside in delivery.beside.items():
        text = _("You changed {name}: it is kept as it is. Its new edition lies beside it: {aside}")
        typer.echo(text.format(name=name, aside=aside))
    launch(folder, language(), context.args)


@app.command(
    help=_("Look whether the course can be worked on this machine, and what to do where not."),
    rich_help_panel=LEARNERS,
)
def doctor(lang: Lang = None, folder: Folder = FOLDER) -> None:
    """Print the signs; exit status 1 where one of them is amiss."""
    from crmlab.lab.doctor import examine

    fine = True
    for sign in examine(folder):
        typer.echo(str(sign))
        fine = fine and sign.fine is not False
    typer.echo(
        _("The course can be worked here.")
        if fine
        else _("The course can't be worked here yet; see the lines marked FAIL.")
    )
    raise typer.Exit(0 if fine else 1)


@app.command(
    help=_("What the profession repeats about customers: each claim with its standing and its verdict."),
    rich_help_panel=LEARNERS,
)
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
