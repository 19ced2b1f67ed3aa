"""A picture with its words: what an analysis found, as one output of a cell."""

from __future__ import annotations

from html import escape
from typing import Any

from crmlab.language.catalogue import _, language
from crmlab.language.errors import InputError
from crmlab.page import Png, png

DOTS_PER_INCH = 100


class Picture:
    """One picture as PNG, its ``title`` and its ``words``; shown in a cell with the words below it."""

    def __init__(self, image: Png, title: str, words: str) -> None:
        self.png, self.title, self.words, self.language = image, title, words, language()

    def _repr_html_(self) -> str:
        image = f'<img alt="{escape(self.title)}" src="{self.png.source}" style="max-width: 700px; width: 100%">'
        return f'<figure lang="{self.language}">{image}<figcaption>{escape(self.words)}</figcaption></figure>'

    def __repr__(self) -> str:
        return self.words


def show(result: Any, **how: Any) -> Picture:
    """The picture of ``result``, an analysis or an experiment, with its description in words; ``how`` is for its plot.

    Raises InputError where it is given what has no picture.

    >>> from crmlab import RetentionCurve
    >>> show(RetentionCurve.fit(RetentionCurve.example("regular"))).title
    'Who is left of a cohort: observed, fitted and forecast'
    >>> show(7)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: show takes the result of an analysis, or an experiment, not 7.
    """
    from matplotlib.figure import Figure

    from crmlab.experiments.picture import SIZE

    if not (hasattr(result, "plot") and hasattr(result, "describe")):
        text = _("show takes the result of an analysis, or an experiment, not {value}.")
        raise InputError(text.format(value=repr(result)))
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = result.plot(figure.add_subplot(), **how)
    return Picture(png(figure, DOTS_PER_INCH), axes.get_title("left"), result.describe())
