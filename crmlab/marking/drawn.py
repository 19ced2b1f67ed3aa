"""The data behind a picture, read off its axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def drawn(axes: Axes) -> dict[str, Any]:
    """What stands in a picture, as plain data: its words, its lines and bars, and where its vertical axis begins.

    ``lines`` are dicts of label, x and y, ``bars`` of x, y (the height) and width. Places that are words (a line over
    names) are numbers from 0. A line that only marks a level (``axhline``) has no data of its own and is left out.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().add_subplot(xlabel="month")
    >>> lines = axes.plot([1, 2], [0.5, 0.25])
    >>> drawn(axes)["lines"][0]["y"], drawn(axes)["xlabel"]
    ([0.5, 0.25], 'month')
    """
    from matplotlib.axes import Axes

    if not isinstance(axes, Axes):
        text = _("drawn takes the axes of a picture, as plt.subplots() gives them, not {kind}.")
        raise InputError(text.format(kind=type(axes).__name__))
    lines = [
        {
            "label": str(line.get_label()),
            "x": _numbers(line.get_xdata(orig=False)),
            "y": _numbers(line.get_ydata(orig=False)),
        }
        for line in axes.lines
        if line.get_transform() == axes.transData
    ]
    bars = [
        {"x": patch.get_x() + patch.get_width() / 2, "y": patch.get_height(), "width": patch.get_width()}
        for container in axes.containers
        for patch in getattr(container, "patches", [])
    ]
    return {
        "title": axes.get_title(),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "lowest": float(axes.get_ylim()[0]),
        "lines": lines,
        "bars": [{name: float(value) for name, value in bar.items()} for bar in bars],
    }


def _numbers(values: Any) -> list[float]:
    import numpy as np

    return np.asarray(values, dtype=float).tolist()
