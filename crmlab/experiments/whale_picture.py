"""The picture of a whale curve, for customers counted and for customers modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.picture import BLUE, GREY, ORANGE, RED, WHITE, thousands
from crmlab.language.catalogue import LARGE, _, brief, percent, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEST = 0.2
"""The best part of the customers of which pictures and words speak: the 20 of "80/20"."""
LONG = 100_000
"""From here on a sum is too long to stand beside an axis in full."""


def draw_whale(ax: Axes, best: np.ndarray, money: np.ndarray, top: float, total: float) -> float:
    """Draw cumulated ``money`` over the ``best`` shares of customers; ``top`` is the share who lose nothing.

    In percent of ``total``, or in money where that is not more than 0. Returns what one yuan is on the picture's axis.

    >>> from crmlab.experiments.picture import canvas
    >>> draw_whale(canvas(), np.array([0, 0.5, 1]), np.array([0.0, 250.0, 200.0]), 0.5, 200.0)
    0.5
    """
    shares = total > 0
    unit = 100 / total if shares else 1.0
    x, y = 100 * best, unit * money
    peak, end = float(np.interp(100 * top, x, y)), float(y[-1])
    loses = top < 1 and peak > end
    ax.plot(x, y, color=BLUE, linewidth=2.4, zorder=3)
    ax.plot([0, 100], [0, end], color=GREY, linestyle=":", linewidth=1.5, label=_("if all customers were alike"))
    if loses:
        tail = x >= 100 * top
        ax.fill_between(x[tail], y[tail], peak, facecolor="none", edgecolor=RED, hatch="///", linewidth=0,
                        label=_("lost by the unprofitable"))  # fmt: skip
        ax.hlines(peak, 100 * top, 100, color=RED, linewidth=1, linestyle="--")
    low, high = min(0.0, end), max(peak, 0.0)
    room = (high - low) or 1.0
    say = {"textcoords": "offset points", "fontsize": 9.5, "zorder": 6}
    mark_at = {"linestyle": "none", "zorder": 5, "clip_on": False}
    at = float(np.interp(100 * BEST, x, y))
    ax.plot(100 * BEST, at, marker="o", markersize=7, color=ORANGE, **mark_at)
    text = _("best {best}:\n{figure}").format(best=percent(BEST), figure=figure(at, shares))
    over = top < 1.2 * BEST  # the top lies left of the point, or right above it: write below the falling curve
    ax.annotate(text, (100 * BEST, at), (7, -6) if over else (-7, 2), ha="left" if over else "right",
                va="top" if over else "bottom", bbox=WHITE, **say)  # fmt: skip
    if loses and top > 0:
        ax.plot(100 * top, peak, marker="^", markersize=8, color=RED, **mark_at)
        text = _("top: {figure}").format(figure=figure(peak, shares))
        side = "left" if top < 0.5 else "right" if top > 0.85 else "center"
        ax.annotate(text, (100 * top, peak), (0, 7), ha=side, va="bottom", **say)
    ax.plot(100, end, marker="s", markersize=7, color=BLUE, **mark_at)
    text = _("all: {figure}").format(figure=figure(end, shares))
    ax.annotate(text, (100, end), (-9, -7 if end > low + 0.1 * room else 5), ha="right",
                va="top" if end > low + 0.1 * room else "bottom", bbox=WHITE, **say)  # fmt: skip
    ax.set(xlim=(0, 101.5), ylim=(low - 0.04 * room, high + 0.24 * room))
    ax.set_xlabel(_("customers, best first (%)"))
    ax.set_ylabel(_("profit so far (% of the total)") if shares else _("profit so far"))
    place = "lower right" if end > 0 else "lower left" if top > 0.4 else "upper right"
    ax.legend(loc=place, framealpha=0.8, edgecolor="none", fontsize=9)
    thousands(ax)
    if LONG <= max(high, -low) < LARGE:
        ax.yaxis.set_major_formatter(lambda value, _place: brief(value, LARGE))
    return unit


def figure(value: float, share: bool) -> str:
    """A point's height in words: a percentage, or money.

    >>> figure(140.2, True), figure(1234.5, False)
    ('140%', '1,234')
    """
    if share:
        return (brief(round(value)) if abs(value) >= 10 else short(value)) + "%"
    return brief(round(value, 2 if abs(value) < 100 else None))
