"""Data: the course's own sets, the class list's tokens, and a report on a firm's purchases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlab.cli.app import AUTHORS, INSTRUCTORS, LEARNERS, app, group
from crmlab.cli.options import Lang, at, given
from crmlab.files import fresh, write_new
from crmlab.language.catalogue import _

KEY = Path.home() / ".crmlab" / "course.key"
data = group(_("The course's data sets: which there are, their cards, making them."))
app.add_typer(data, name="data", rich_help_panel=LEARNERS)


@data.command("list", help=_("Every table that crmlab.load takes, with what it holds."), rich_help_panel=LEARNERS)
def data_list(lang: Lang = None) -> None:
    """Print a line a set, and one a table."""
    from crmlab.data.cards import cards

    for card in cards().values():
        typer.echo(_("{name}: {text}").format(name=card.name, text=card.title))
        for name, table in card.tables.items():
            typer.echo("  " + _("{name}: {text}").format(name=f"{card.name}.{name}", text=table.says))


@data.command(
    "card",
    help=_("A data set's card: what it holds, how it was made, its columns, what to beware of."),
    rich_help_panel=LEARNERS,
)
def data_card(
    name: Annotated[str, typer.Argument(metavar=_("NAME"), help=_("One that crmlab data list names."))],
    lang: Lang = None,
) -> None:
    """Print a card as Markdown."""
    from crmlab.data.cards import card

    typer.echo(str(card(name)), nl=False)


@data.command(
    "make",
    help=_("Make the data sets' files again, byte for byte, and the pages of cards."),
    rich_help_panel=AUTHORS,
)
def data_make(
    names: Annotated[list[str] | None, typer.Argument(metavar=_("[NAME]..."), help=_("All unless told."))] = None,
    check: Annotated[
        bool, typer.Option("--check", help=_("Write nothing; exit status 1 where anything drifted."))
    ] = False,
    lang: Lang = None,
) -> None:
    """Make the tables and checksums, then the pages, which tell of the files as they are."""
    from crmlab.data import make

    stale = _renew(make.files(names or None), check)
    stale += _renew(make.read_me(), check)
    if check:
        for name in stale:
            typer.echo(_("{name}: stale; run crmlab data make").format(name=name), err=True)
        raise typer.Exit(1 if stale else 0)
    typer.echo(_("Written: {names}").format(names=", ".join(stale) or _("nothing, all is up to date")))


def _renew(files: dict[Path, bytes], check: bool) -> list[str]:
    """Write the files that are not as they should be, unless it is only a check; their names."""
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in () if check else stale:
        path.write_bytes(files[path])
    return [path.name for path in stale]


@app.command(
    help=_("A token for each student of a class list, so that each has data of their own."),
    rich_help_panel=INSTRUCTORS,
)
def roster(
    file: Annotated[Path, given(_("FILE"), _("The class list: CSV or Excel, from your LMS."))],
    key: Annotated[Path, at("--key", _("The course key; made where there is none yet."))] = KEY,
    out: Annotated[Path | None, at("--out", _("Where the tokens go; beside the class list unless told."))] = None,
    lang: Lang = None,
) -> None:
    """Write student, name and token as CSV that Excel reads too."""
    from crmlab.data.roster import course_key
    from crmlab.data.roster import roster as tokens
    from crmlab.gradebook.cells import table as as_csv

    out = out or file.with_name(f"{file.stem}.tokens.csv")
    fresh(out)
    made = not key.exists()
    table = tokens(file, course_key(key))
    write_new({out: as_csv(table)})
    typer.echo(_("Tokens of {count} students: {file}").format(count=len(table), file=out))
    text = _("The course key is new: {file}") if made else _("The course key: {file}")
    typer.echo(text.format(file=key))
    typer.echo(
        _(
            "Keep the key to yourself, and a copy of it in a safe place: whoever has it can make every student's "
            "token, and without it nobody can make the same tokens again. Give each student only their own token."
        )
    )


@app.command(
    help=_("A report on a firm's own purchases, from CSV, Excel or CDNOW's text: one page of HTML to print."),
    rich_help_panel=LEARNERS,
)
def report(
    file: Annotated[Path, given(_("FILE"), _("The purchases: a row each."))],
    out: Annotated[Path | None, at("--out", _("Where the report goes; beside the file unless told."))] = None,
    customer: Annotated[
        str | None, typer.Option(help=_("The column of customers, where its name is not known."))
    ] = None,
    date: Annotated[str | None, typer.Option(help=_("The column of dates."))] = None,
    amount: Annotated[str | None, typer.Option(help=_("The column of amounts."))] = None,
    invoice: Annotated[str | None, typer.Option(help=_("The column of invoices, whose lines are added up."))] = None,
    date_order: Annotated[str | None, typer.Option(help=_("Of 3/4/2025: is day or month first?"))] = None,
    decimal: Annotated[str, typer.Option(help=_("The sign before the decimals."))] = ".",
    until: Annotated[
        str | None, typer.Option(help=_("The last day that counts, as 2026-01-31; today unless told."))
    ] = None,
    drop_repeated: Annotated[
        bool, typer.Option("--drop-repeated", help=_("Drop rows like one before them in every cell."))
    ] = False,
    encoding: Annotated[str | None, typer.Option(help=_("The file's encoding, such as gbk."))] = None,
    separator: Annotated[str | None, typer.Option(help=_("What stands between the columns."))] = None,
    sheet: Annotated[str | None, typer.Option(help=_("The Excel sheet; the first unless told."))] = None,
    lang: Lang = None,
) -> None:
    """Read the purchases, say what was taken, and write the page whole or not at all."""
    from crmlab.data.records import read_transactions
    from crmlab.data.report import report as page

    out = out or file.with_name(f"{file.stem}.report.html")
    fresh(out)
    records = read_transactions(
        file, customer=customer, date=date, amount=amount, invoice=invoice, date_order=date_order, decimal=decimal,
        until=until, drop_repeated=drop_repeated, encoding=encoding, separator=separator,
        sheet=0 if sheet is None else sheet,
    )  # fmt: skip
    typer.echo(repr(records))
    write_new({out: page(records).encode()})
    typer.echo(_("Written: {names}").format(names=out))
