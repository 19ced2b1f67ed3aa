"""Pages of HTML that stand alone: one file, no script, nothing fetched, and every word in it escaped."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.data.report import DOTS, HTML, POLICY, STYLE
from crmlab.experiments.picture import SIZE
from crmlab.language.catalogue import language

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
