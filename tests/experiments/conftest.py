"""What the tests of experiments share: the classes, the explorer's axes, and whether words on them can be read."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from crmlab import experiments
from crmlab.experiments.picture import MARGINS, SIZE


@pytest.fixture(scope="module")
def axes() -> Axes:
    """Axes as the explorer has them, drawn on again and again."""
    figure = Figure(figsize=SIZE)
    figure.subplots_adjust(**MARGINS)
    FigureCanvasAgg(figure)
    return figure.add_subplot()


@pytest.fixture
def subclasses() -> Callable[[type], set[str]]:
    """The names of all classes of a kind that the modules in ``crmlab/experiments`` hold."""

    def names(kind: type) -> set[str]:
        modules = [import_module(f"crmlab.experiments.{module.name}") for module in iter_modules(experiments.__path__)]
        values = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
        return {value.__name__ for value in values if issubclass(value, kind) and value is not kind}

    return names


@pytest.fixture
def readable() -> object:
    """A check that no words leave a picture or lie on other words."""

    def check(axes: Axes) -> None:
        found = overlaps(axes)
        assert not found, found

    return check


def overlaps(axes: Axes) -> list[str]:
    """Words that leave the picture or lie on other words."""
    axes.figure.canvas.draw()
    paper, found = axes.figure.bbox, []
    labels = [text for axis in (axes.xaxis, axes.yaxis) for text in axis.get_ticklabels()]
    written = [axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title, *axes.texts, *labels]
    boxes = [(text, text.get_window_extent()) for text in written if text.get_text().strip()]
    boxes = [(text, box) for text, box in boxes if text not in labels or _beside(box, axes.bbox)]
    for text, box in boxes:
        where = box.get_points()
        if not ((where >= 0) & (where <= [paper.width, paper.height])).all():
            found.append(f"{_said(text)} leaves the picture")
    for place, (text, box) in enumerate(boxes):
        for other, another in boxes[place + 1 :]:
            if box.padded(-1).overlaps(another.padded(-1)):
                found.append(f"{_said(text)} lies on {_said(other)}")
    return found


def _said(text: Text) -> str:
    return repr(text.get_text())


def _beside(box, area) -> bool:
    """Whether a tick's label stands beside ``area`` and is shown: ticks beyond the limits are not."""
    middle = (box.get_points()[0] + box.get_points()[1]) / 2
    return area.x0 - 1 <= middle[0] <= area.x1 + 1 or area.y0 - 1 <= middle[1] <= area.y1 + 1
