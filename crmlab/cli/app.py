"""What all commands share: the command itself, its language, and files that are written whole or not at all."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crmlab.language.catalogue import _, set_language
from crmlab.language.errors import InputError

TEACH = ("fpdf", "jinja2", "jupytext", "krippendorff", "openpyxl", "sqlalchemy", "networkx")
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


@app.callback(help=_("crmlab: an open course on customer relationship management, in Jupyter."))
def about() -> None:
    """The command itself."""


def speak(lang: Language | None) -> None:
    if lang:
        set_language(lang.value)


def main() -> None:
    """Run the command; what can't be taken is said in one line, without a traceback."""
    try:
        app()
    except InputError as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        if error.name not in TEACH:
            raise
        text = _("{name} is missing, which only those need who teach: python3 run.py teach installs it.")
        sys.exit(text.format(name=error.name))
