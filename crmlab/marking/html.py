"""Pages of HTML that stand alone: one file, no script, nothing fetched, and every word in it escaped."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.data.report import DOTS, HTML, POLICY, STYLE
from crmlab.experiments.picture import SIZE
from crmlab.language.catalogue import _, language
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.axes import Axes

TEMPLATES = Path(__file__).parent / "pages"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, **words: Any) -> str:
    """The page that ``template`` (in ``pages/``) makes of ``words``, all escaped, in the language spoken now."""
    made = _environment().get_template(template)
    return made.render(lang=HTML[language()], policy=POLICY, style=STYLE, **words)


def picture(draw: Callable[[Axes], object], height: float = SIZE[1]) -> dict[str, Any]:
    """What ``draw`` draws on empty axes, ``height`` inches high: ``src``, ``width`` and ``height`` of an image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0], height), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    source = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return {"src": source, "width": round(DOTS * SIZE[0]), "height": round(DOTS * height)}


def write(path: Path, text: str) -> bool:
    """Write ``text`` to ``path``, whole or not at all; whether anything changed.

    A file that says something else is replaced in one step, so that a reader sees the old page or the new one. Raises
    InputError where it can't be written.
    """
    content = text.encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".page-", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)  # noqa: PTH105 (the one step)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        words = _("{file} can't be read or written: {reason}")
        raise InputError(words.format(file=path, reason=error.strerror or error)) from None
    return True


def write_new(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, which is not there yet, whole or not at all.

    Raises InputError where something is there already, and where it can't be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        words = _("{file} is there already and is not overwritten; name another with --out.")
        raise InputError(words.format(file=path)) from None
    except OSError as error:
        words = _("{file} can't be read or written: {reason}")
        raise InputError(words.format(file=path, reason=error.strerror or error)) from None
