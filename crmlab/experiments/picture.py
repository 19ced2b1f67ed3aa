"""The house style of every picture: colours that colour-blind people can tell apart, a font that has Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.language.catalogue import number
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


def canvas(ax: Axes | None = None) -> Axes:
    """An empty Axes in the house style: a new one, or ``ax`` wiped clean.

    >>> ax = canvas()
    >>> ax.spines["top"].get_visible()
    False
    """
    import matplotlib as mpl

    mpl.rcParams["font.family"] = families()
    if ax is None:
        import matplotlib.pyplot as plt

        _figure, ax = plt.subplots(figsize=SIZE, layout="constrained")
    else:
        ax.clear()
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#E3E6EA", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def thousands(ax: Axes) -> None:
    """Write the upright axis' numbers as the spoken language does.

    >>> ax = canvas(); thousands(ax); ax.yaxis.get_major_formatter()(1500)
    '1,500'
    """
    from matplotlib.ticker import FuncFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0 if value == int(value) else 1)))
