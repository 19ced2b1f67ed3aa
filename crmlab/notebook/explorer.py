"""Sliders for any experiment, built from its own parameters: picture, description in words, table, reset."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, Any

import traitlets

from crmlab.experiments.base import Experiment
from crmlab.language.catalogue import _, language, number, speaking
from crmlab.language.errors import InputError
from crmlab.notebook.living import Living, script

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DOTS_PER_INCH = 100
ROWS = 25
FINE = 1000
"""Numbers below this are shown with a decimal, in a column that is not whole."""


class Explorer(Living):
    """The sliders of one experiment. ``experiment`` is the one that they show now.

    >>> from crmlab import LeakyBucket
    >>> explorer = Explorer(LeakyBucket())
    >>> explorer.change(monthly_churn=8.0)        # as its label shows it: 8%
    >>> explorer.experiment.monthly_churn
    0.08
    """

    _esm = script("notebook/explorer.js")

    name = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    captions = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True, echo_update=False)
    picture = traitlets.Bytes().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    table = traitlets.Dict().tag(sync=True)
    table_open = traitlets.Bool(False).tag(sync=True)

    def __init__(self, experiment: Experiment) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from crmlab.experiments.picture import MARGINS, SIZE

        self.experiment = self._first = experiment
        figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH)
        figure.subplots_adjust(**MARGINS)
        self._canvas, self._axes = FigureCanvasAgg(figure), figure.add_subplot()
        # fixed places for the axes' labels: to look for them costs a fifth of each drawing
        self._axes.xaxis.set_label_coords(0.5, -0.1)
        self._axes.yaxis.set_label_coords(-0.13, 0.5)
        self._frame, self._paper = None, None
        super().__init__(
            name=type(experiment).__name__,
            language=language(),
            captions={
                "parameters": _("Parameters"),
                "reset": _("Reset"),
                "table": _("Show the numbers as a table"),
            },
            controls=[_control(experiment, name) for name in type(experiment).model_fields],
            values=_shown(experiment),
        )
        self.observe(self._moved, "values")
        self.observe(lambda _change: self._tabulate(), "table_open")
        self._show()

    def change(self, **shown: float) -> None:
        """Move sliders, in the units that they show (percent for a share)."""
        self.values = {**self.values, **shown}

    def reset(self) -> None:
        """Back to the experiment that the explorer began with."""
        self.values = _shown(self._first)

    def still(self) -> str:
        """The picture and its words as plain HTML."""
        source = base64.b64encode(self.picture).decode()
        image = f'<img alt="{escape(self.title)}" src="data:image/png;base64,{source}">'
        return f"<figure>{image}<figcaption>{escape(self.words)}</figcaption></figure>"

    def _moved(self, change: dict) -> None:
        scales = {control["name"]: control["scale"] for control in self.controls}
        with speaking(self.language):
            try:
                values = {name: _exact(value, scales[name]) for name, value in change["new"].items()}
                self.experiment = self._first.model_copy(update=values)
            except (InputError, TypeError, KeyError) as error:
                self.problem = str(error)
                return
            self._show()

    def _show(self) -> None:
        self.experiment.plot(self._axes)
        with self.hold_sync():
            self.picture, self.title = self._png(), self._axes.get_title("left")
            self.words, self.problem = self.experiment.describe(), ""
            self._tabulate()

    def _png(self) -> bytes:
        import matplotlib as mpl
        from PIL import Image

        with mpl.rc_context({"text.hinting": "none"}):  # a tenth faster than the default, and as legible
            self._paint()
        size = self._canvas.get_width_height()
        pixels = Image.frombuffer("RGBA", size, self._canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")
        file = io.BytesIO()
        pixels.save(file, "png", compress_level=1)
        return file.getvalue()

    def _paint(self) -> None:
        """Paint the picture; its frame (axes, numbers, titles) only where that is another one than before."""
        ax = self._axes
        shapes = [*ax.collections, *ax.patches, *ax.lines, *ax.images, *ax.texts]
        shapes += [legend] if (legend := ax.get_legend()) else []
        for shape in shapes:
            shape.set_animated(True)  # left out when the frame is drawn
        numbers = [label.get_text() for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
        frame = (ax.get_xlim(), ax.get_ylim(), ax.get_title("left"), ax.get_xlabel(), ax.get_ylabel(), numbers)
        if frame != self._frame:
            self._canvas.draw()
            self._frame, self._paper = frame, self._canvas.copy_from_bbox(ax.figure.bbox)
        else:
            self._canvas.restore_region(self._paper)
        for shape in sorted(shapes, key=lambda shape: shape.get_zorder()):
            ax.draw_artist(shape)

    def _tabulate(self) -> None:
        if self.table_open:
            with speaking(self.language):
                self.table = _table(self.experiment.expected(self.experiment.horizon), self.experiment.columns)


def explore(experiment: Experiment) -> Explorer:
    """Sliders for ``experiment``, with its picture, its description in words and a table.

    Raises InputError where it is given anything but an experiment.

    >>> from crmlab import LeakyBucket
    >>> explore(LeakyBucket(customers=500)).experiment.customers
    500
    >>> explore("LeakyBucket")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: explore takes an experiment such as crmlab.LeakyBucket(), not 'LeakyBucket'.
    """
    if not isinstance(experiment, Experiment):
        text = _("explore takes an experiment such as crmlab.LeakyBucket(), not {value}.")
        raise InputError(text.format(value=repr(experiment)))
    return Explorer(experiment)


def _control(experiment: Experiment, name: str) -> dict[str, Any]:
    """What the page needs for one slider, in the units that it shows."""
    field = type(experiment).model_fields[name]
    about, value = field.json_schema_extra["crmlab"], getattr(experiment, name)
    unit = about["unit"]
    scale = 100 if unit == "share" else 1
    low, high, step = about["slider"] or (about["low"], about["high"], _step(field.annotation, about))
    low, high = min(low, value), max(high, value)
    return {
        "name": name,
        "label": _(field.title),
        "unit": "%" if unit == "share" else _(unit),
        "scale": scale,
        "low": _exact(low, 1 / scale),
        "high": _exact(high, 1 / scale),
        "step": _exact(step, 1 / scale),
        "start": _exact(value, 1 / scale),
    }


def _step(kind: Any, about: dict[str, Any]) -> float:
    return 1 if kind is int else (about["high"] - about["low"]) / 100


def _exact(value: float, scale: float) -> float:
    """``value / scale`` without the dust of binary fractions."""
    return float(f"{value / scale:.12g}")


def _shown(experiment: Experiment) -> dict[str, float]:
    controls = [_control(experiment, name) for name in type(experiment).model_fields]
    return {control["name"]: control["start"] for control in controls}


def _table(frame: pd.DataFrame, labels: dict[str, str]) -> dict[str, list]:
    """Head and rows of a table, its numbers written as the language does; a long one shows every n-th row."""
    every = -(-(len(frame) - 1) // (ROWS - 1)) if len(frame) > ROWS else 1
    columns = [_cells(frame[name].to_numpy()[::every]) for name in frame.columns]
    head = [_(labels.get(name, name)) for name in frame.columns]
    return {"head": head, "rows": [list(row) for row in zip(*columns, strict=True)]}


def _cells(values: np.ndarray) -> list[str]:
    """A column's numbers, all with the same decimals: none where they are whole or large."""
    whole = (abs(values - values.round()) < 1e-9).all() or abs(values).max() >= FINE
    return [number(value, 0 if whole else 1) for value in values.tolist()]
