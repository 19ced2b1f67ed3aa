"""The command, called as a person types it, without the start of a process."""

from __future__ import annotations

from typer.testing import CliRunner

from crmlab import InputError
from crmlab.cli import app
from crmlab.language.catalogue import speaking


def crmlab(*words: object, lang: str = "en", code: int = 0, typed: str = "") -> str:
    """What the command prints where a machine speaks ``lang``, and ``typed`` is typed in; it ends with ``code``.

    InputError is left for the caller.
    """
    with speaking(lang):
        done = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    if isinstance(done.exception, InputError):
        raise done.exception
    assert done.exit_code == code, (done.output, done.exception)
    return done.output
