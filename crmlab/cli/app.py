"""The command itself: its groups, for whom each command is, its own words, and what it says where it can't go on."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from crmlab.cli.options import Lang
from crmlab.language.catalogue import _, language
from crmlab.language.errors import InputError

TEACH = ("fontTools", "fpdf", "jinja2", "jupytext", "krippendorff", "networkx", "openpyxl", "sqlalchemy")
"""The packages of the extra ``teach``, as they are imported."""
LEARNERS, INSTRUCTORS, AUTHORS = _("For learners"), _("For instructors"), _("For authors")
"""The panels of the help: for whom a command is."""


class _Spoken:
    """What Typer's help says in English whatever is spoken."""

    def get_help_option(self, context: Any) -> Any:
        option = super().get_help_option(context)  # type: ignore[misc]
        if option:
            option.help = _("Show this message and exit.")
        return option

    def get_usage(self, context: Any) -> str:
        return super().get_usage(context).replace("Usage:", _("Usage:"), 1)  # type: ignore[misc]


class _Command(_Spoken, TyperCommand):
    pass


class _Group(_Spoken, TyperGroup):
    pass


def group(says: str) -> typer.Typer:
    """Commands under one name; alone, with or without ``--lang``, it shows its help."""
    made = typer.Typer(
        cls=_Group, help=says, options_metavar=_("[OPTIONS]"), subcommand_metavar=_("COMMAND [ARGS]..."),
        no_args_is_help=True, invoke_without_command=True, rich_markup_mode="rich", add_completion=False,
        pretty_exceptions_enable=False,
    )  # fmt: skip

    @made.callback()
    def alone(context: typer.Context, lang: Lang = None) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    made.command = partial(made.command, cls=_Command, options_metavar=_("[OPTIONS]"))  # type: ignore[method-assign]
    return made


app = group(_("crmlab: an open course on customer relationship management, in Jupyter."))


def main() -> None:
    """Run the command; what can't be taken is said in one line, without a traceback."""
    if language() != "en":
        _translate()
    try:
        app()
    except InputError as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        if error.name not in TEACH:
            raise
        text = _("{name} is missing, which only those need who teach: python3 run.py teach installs it.")
        sys.exit(text.format(name=error.name))


def _translate() -> None:
    """Put the spoken language's words into Typer, and let lines be folded that have no blanks to break at."""
    from rich import columns
    from rich.table import Table
    from typer import rich_utils

    class Folded(Table):
        def add_row(self, *cells: Any, **more: Any) -> None:
            super().add_row(*cells, **more)
            for column in self.columns:
                column.overflow = "fold"

    rich_utils.Table = columns.Table = Folded

    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.ERRORS_PANEL_TITLE = _("Error")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    rich_utils.RICH_HELP = _("Try [blue]'{command_path} {help_option}'[/] for help.")
