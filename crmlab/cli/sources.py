"""For authors: what is made of the course's sources."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlab.cli.app import AUTHORS, app
from crmlab.cli.options import Lang
from crmlab.language.catalogue import _


@app.command(
    help=_("Build chapters, exercises and what students get of scenes from their sources, and prove them."),
    rich_help_panel=AUTHORS,
)
def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar=_("NAME"), help=_("Only these: by number (08), name or file; all unless told.")),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help=_("Look at all and write nothing; exit status 1 where anything drifted."))
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="FILE:KEY",
            help=_("The Chinese of this cell (of every one: FILE:*) says what its English says now."),
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """Build, check, or renew the hashes of translations."""
    from crmlab.built import everything, renew
    from crmlab.course.build import home

    top = home()
    for told in accept or []:
        text = _("{name}: nothing to renew")
        typer.echo("\n".join(renew(top, told)) or text.format(name=told))
    result = everything(top, [] if check else names or [])
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
