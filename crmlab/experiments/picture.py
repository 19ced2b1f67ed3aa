"""The house style of every picture: colours that colour-blind people can tell apart, a font that has Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.language.catalogue import brief
from crmlab.language.font import families

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette (2008), without its yellow, which is too faint on white
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#5F6368",
)  # fmt: skip
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
SIZE = (7.0, 4.2)
MARGINS = {"left": 0.14, "right": 0.96, "bottom": 0.15, "top": 0.91}
"""Where the axes stand in the explorer's picture: room for long numbers, and for names of three lines below."""
WHITE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
"""The ground of a word that stands on lines."""


def canvas(ax: Axes | None = None) -> Axes:
    """An empty Axes in the house style: a new one, or ``ax`` wiped clean.

    >>> ax = canvas()
    >>> ax.spines["top"].get_visible()
    False
    """
    import matplotlib as mpl

    family = mpl.rcParams["font.family"] = families()
    mpl.rcParams["axes.titley"] = 1.0
    if ax is None:
        import matplotlib.pyplot as plt

        _figure, ax = plt.subplots(figsize=SIZE, layout="constrained")
    else:
        wipe(ax)
        ax.set_title("", loc="left", fontfamily=family)
        ax.set_xlabel("", fontfamily=family)
        ax.set_ylabel("", fontfamily=family)
        ax.tick_params(labelfontfamily=family)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#E3E6EA", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def wipe(ax: Axes) -> None:
    """Empty ``ax`` for the next picture and keep its ticks, whose making costs more than all the rest.

    >>> ax = canvas(); _line = ax.plot([0, 9]); wipe(ax); len(ax.lines), ax.get_ylim() == (0, 1)
    (0, True)
    """
    from matplotlib.ticker import AutoLocator, ScalarFormatter

    for artist in [*ax.lines, *ax.collections, *ax.patches, *ax.texts, *ax.images]:
        artist.remove()
    ax.containers.clear()
    if legend := ax.get_legend():
        legend.remove()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(AutoLocator())
        axis.set_major_formatter(ScalarFormatter())
        if axis.get_scale() != "linear":
            ax.set(**{f"{axis.axis_name}scale": "linear"})
    ax.set_prop_cycle(None)
    ax.relim()
    ax.set(xlim=(0, 1), ylim=(0, 1), autoscale_on=True)


def thousands(ax: Axes, axis: str = "y", *, highest: float = float("inf"), signed: bool = True) -> None:
    """Write an axis' numbers as the spoken language does; large ones short, and none above ``highest``.

    Where ``signed`` is False, numbers below zero are written like those above it.

    >>> ax = canvas(); thousands(ax); ax.yaxis.get_major_formatter()(1500)
    '1,500'
    >>> _limits = ax.set_ylim(0, 2e6); ax.yaxis.get_major_formatter()(500_000)
    '0.5M'
    """
    from matplotlib.ticker import FuncFormatter

    line = getattr(ax, f"{axis}axis")

    def write(value: float, _place: int | None = None) -> str:
        if value > highest:
            return ""
        return brief(value if signed else abs(value), max(map(abs, line.get_view_interval())))

    line.set_major_formatter(FuncFormatter(write))


def whole_steps(ax: Axes, axis: str = "x") -> None:
    """Set an axis' ticks at whole numbers only.

    >>> ax = canvas(); whole_steps(ax); _limits = ax.set_xlim(0, 2); ax.get_xticks().tolist()
    [0.0, 1.0, 2.0]
    """
    getattr(ax, f"{axis}axis").get_major_locator().set_params(integer=True)


def headline(ax: Axes, text: str) -> None:
    """Write a picture's title, at the left.

    >>> ax = canvas(); headline(ax, "Customers"); ax.get_title("left")
    'Customers'
    """
    ax.set_title(text, loc="left", fontsize=11)
