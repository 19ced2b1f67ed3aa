"""What several commands ask for, each in one place. Every file and folder may begin with ``~``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crmlab.language.catalogue import _, set_language


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


def _speak(code: Language | None) -> Language | None:
    if code:
        set_language(code.value)
    return code


def _path(text: str | Path) -> Path:
    return Path(text).expanduser()


def home(text: str) -> str:
    """What may be a name or a file, as a file's whole name where it begins with ``~``."""
    return str(_path(text)) if text.startswith("~") else text


def at(name: str, says: str) -> Any:
    """An option that is a file or a folder."""
    return typer.Option(name, help=says, parser=_path, metavar="<path>")


def given(name: str, says: str) -> Any:
    """An argument that is a file or a folder."""
    return typer.Argument(metavar=name, help=says, parser=_path)


def spoken(says: str) -> Any:
    """``--lang``, by which the command speaks at once."""
    return typer.Option("--lang", help=says, show_default=False, callback=_speak)


Lang = Annotated[Language | None, spoken(_("Language: en or zh; yours unless told."))]
Book = Annotated[Path, at("--gradebook", _("The gradebook's file."))]
Roster = Annotated[Path, at("--roster", _("The tokens that crmlab roster made."))]
Told = Annotated[Path | None, at("--roster", _("The tokens that crmlab roster made; told once, it is kept."))]
Who = Annotated[str, typer.Option("--who", help=_("Who marks, for the history of marks."))]
