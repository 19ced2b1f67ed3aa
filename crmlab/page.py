"""A page of HTML that stands alone: one file, no script, nothing fetched; its style, and pictures inside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from crmlab.experiments.picture import SIZE
from crmlab.language.catalogue import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HTML = {"en": "en", "zh": "zh-Hans"}
"""What the course's languages are called in a page."""
DOTS = 150
"""Of a picture, an inch."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1d2126; line-height: 1.55;
  font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #0072B2; padding-bottom: .2rem; }
p, ul { margin: .5rem 0; } ul { padding-left: 1.3rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .92em;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #d5d9de; vertical-align: top; }
th:first-child { text-align: left; } thead th { border-bottom: 2px solid #5F6368; }
tbody th { font-weight: 400; white-space: nowrap; }
figure { margin: 1rem 0; } img { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: .4rem; }
.wide { overflow-x: auto; }
@page { margin: 16mm; }
@media print { main { max-width: none; padding: 0; font-size: 10pt; } figure, tr, li { break-inside: avoid; }
  h2 { break-after: avoid; } figure img { max-width: 80%; } .wide { overflow: visible; } }
"""


class Png(NamedTuple):
    """A picture as the source of an image, with its size in pixels."""

    source: str
    width: int
    height: int


def whole(title: str, body: str, about: str = "", style: str = "") -> str:
    """A page in the language spoken now: ``body`` is HTML, ``about`` goes into its head, ``style`` after the course's.

    >>> page = whole("Profit & loss", "<h1>Profit</h1>")
    >>> "<title>Profit &amp; loss</title>" in page, "<script" in page
    (True, False)
    """
    return f"""<!DOCTYPE html>
<html lang="{HTML[language()]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
{about}
<title>{escape(title)}</title>
<style>{STYLE}{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def picture(draw: Callable[[Axes], object], height: float = SIZE[1], margins: dict[str, float] | None = None) -> Png:
    """What ``draw`` draws on empty axes, ``height`` inches high; they fill the picture but for ``margins``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0], height), layout=None if margins else "constrained")
    if margins:
        figure.subplots_adjust(**margins)
    draw(figure.add_subplot())
    return png(figure)


def png(figure: Figure, dots: int = DOTS) -> Png:
    """A figure as it is, with so many dots an inch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dots)
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    width, height = (round(dots * size) for size in figure.get_size_inches())
    return Png(f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}", width, height)
