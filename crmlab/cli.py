"""The command ``crmlab``: one thin function for each thing that it does."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crmlab.language.catalogue import _, language, set_language
from crmlab.language.errors import InputError

FOLDER = Path.home() / "crmlab-course"
KEY = Path.home() / ".crmlab" / "course.key"


class Language(StrEnum):
    """The languages of the course."""

    en = "en"
    zh = "zh"


def _spoken(arguments: list[str]) -> None:
    """Speak the language of ``--lang`` before the help texts are made."""
    for place, argument in enumerate(arguments):
        code = argument.removeprefix("--lang=") if argument != "--lang" else "".join(arguments[place + 1 : place + 2])
        if argument.startswith("--lang") and code in Language.__members__:
            set_language(code)


_spoken(sys.argv[1:])

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", add_completion=False, pretty_exceptions_enable=False)
Lang = Annotated[
    Language | None, typer.Option("--lang", help=_("Language: en or zh; yours unless told."), show_default=False)
]
Folder = Annotated[Path, typer.Option("--folder", help=_("Your own folder for the course."))]
data = typer.Typer(no_args_is_help=True, help=_("The course's data sets: which there are, their cards, making them."))
app.add_typer(data, name="data")


@app.callback(help=_("crmlab: an open course on customer relationship management, in Jupyter."))
def about() -> None:
    """The command itself."""


@app.command(
    help=_("Copy the course into your own folder and open it in JupyterLab. What else you write goes to JupyterLab."),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(context: typer.Context, lang: Lang = None, folder: Folder = FOLDER) -> None:
    """Deliver the course and start JupyterLab."""
    from crmlab.lab.folder import deliver
    from crmlab.lab.launch import launch

    _speak(lang)
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

    _speak(lang)
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

    top = course_build.home()
    for pattern in accept or []:
        done = [key for path in course_build.sources(top) for key in source.accept(path, pattern)]
        typer.echo(f"{pattern}: " + (", ".join(done) or _("nothing to renew")))
    result = course_build.build(top)
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

    _speak(lang)
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


@data.command("list", help=_("Every table that crmlab.load takes, with what it holds."))
def data_list(lang: Lang = None) -> None:
    """Print a line a set, and one a table."""
    from crmlab.data.cards import cards

    _speak(lang)
    for card in cards().values():
        typer.echo(_("{name}: {text}").format(name=card.name, text=card.title))
        for name, table in card.tables.items():
            typer.echo("  " + _("{name}: {text}").format(name=f"{card.name}.{name}", text=table.says))


@data.command("card", help=_("A data set's card: what it holds, how it was made, its columns, what to beware of."))
def data_card(name: Annotated[str, typer.Argument(metavar=_("NAME"))], lang: Lang = None) -> None:
    """Print a card as Markdown."""
    from crmlab.data.cards import card

    _speak(lang)
    typer.echo(str(card(name)), nl=False)


@data.command("make", help=_("For authors: make the data sets' files again, byte for byte, and the pages of cards."))
def data_make(
    names: Annotated[list[str] | None, typer.Argument(metavar=_("[NAME]..."), help=_("All unless told."))] = None,
    check: Annotated[
        bool, typer.Option("--check", help=_("Write nothing; exit status 1 where anything drifted."))
    ] = False,
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


@app.command(help=_("For instructors: a token for each student of a class list, so that each has data of their own."))
def roster(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("The class list: CSV or Excel, from your LMS."))],
    key: Annotated[Path, typer.Option("--key", help=_("The course key; made where there is none yet."))] = KEY,
    out: Annotated[
        Path | None, typer.Option("--out", help=_("Where the tokens go; beside the class list unless told."))
    ] = None,
    lang: Lang = None,
) -> None:
    """Write student, name and token as CSV that Excel reads too."""
    from crmlab.data.roster import course_key
    from crmlab.data.roster import roster as tokens

    _speak(lang)
    key, file = key.expanduser(), file.expanduser()
    out = (out or file.with_name(f"{file.stem}.tokens.csv")).expanduser()
    _fresh(out)
    made = not key.exists()
    table = tokens(file, course_key(key))
    _write_new(out, table.to_csv(index=False), "utf-8-sig")
    typer.echo(_("Tokens of {count} students: {file}").format(count=len(table), file=out))
    text = _("The course key is new: {file}") if made else _("The course key: {file}")
    typer.echo(text.format(file=key))
    typer.echo(
        _(
            "Keep the key to yourself, and a copy of it in a safe place: whoever has it can make every student's "
            "token, and without it nobody can make the same tokens again. Give each student only their own token."
        )
    )


@app.command(help=_("A report on a firm's own purchases, from CSV, Excel or CDNOW's text: one page of HTML to print."))
def report(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("The purchases: a row each."))],
    out: Annotated[
        Path | None, typer.Option("--out", help=_("Where the report goes; beside the file unless told."))
    ] = None,
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

    _speak(lang)
    file = file.expanduser()
    out = (out or file.with_name(f"{file.stem}.report.html")).expanduser()
    _fresh(out)
    records = read_transactions(
        file, customer=customer, date=date, amount=amount, invoice=invoice, date_order=date_order, decimal=decimal,
        until=until, drop_repeated=drop_repeated, encoding=encoding, separator=separator,
        sheet=0 if sheet is None else sheet,
    )  # fmt: skip
    typer.echo(repr(records))
    _write_new(out, page(records), "utf-8")
    typer.echo(_("Written: {names}").format(names=out))


def _fresh(out: Path) -> None:
    if out.exists():
        raise InputError(_("{file} is there already and is not overwritten; name another with --out.").format(file=out))


def _write_new(out: Path, text: str, encoding: str) -> None:
    """Write a file that is not there yet, whole or not at all."""
    try:
        with out.open("x", encoding=encoding, newline="") as target:
            try:
                target.write(text)
                target.flush()
            except BaseException:
                out.unlink()
                raise
    except OSError as error:
        message = _("{file} can't be read or written: {reason}")
        raise InputError(message.format(file=out, reason=error.strerror or error)) from None


def _speak(lang: Language | None) -> None:
    if lang:
        set_language(lang.value)


def main() -> None:
    """Run the command; what can't be taken is said in one line, without a traceback."""
    try:
        app()
    except InputError as error:
        sys.exit(str(error))
