"""A scene as a picture: its nodes in layers from the first words down to the endings."""

from __future__ import annotations

import io
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.files import write_new
from crmlab.language.catalogue import _, language
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.roleplay.proof import width
from crmlab.roleplay.scene import OUTCOMES, Ending, Script

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path as MplPath
    from networkx import DiGraph

BOX = (2.0, 0.62)
"""Inches of a node's box."""
GAP, LANE, DOWN = 0.35, 0.3, 1.2
"""Inches between two boxes, of the lane of an arrow that passes a layer, and from one layer to the next."""
LETTERS = 22
"""Columns of a node's words on one line; a Chinese character takes two."""
SWEEPS = 12
ENDINGS = ("svg", "png", "pdf")


def graph(scene: Script) -> DiGraph:
    """The scene's nodes and endings as a networkx graph; an edge holds the ``replies`` that it stands for.

    A reply's id stands for it, and "auto" for a lead without a word.
    """
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from([*scene.nodes, *scene.endings])
    for name, node in scene.nodes.items():
        ways = [("auto", lead.goto) for lead in node.auto] + [(reply.id, reply.goto) for reply in node.replies]
        for reply, goto in ways:
            if made.has_edge(name, goto):
                made.edges[name, goto]["replies"].append(reply)
            else:
                made.add_edge(name, goto, replies=[reply])
    return made


def layers(scene: Script) -> list[list[str]]:
    """The nodes by the longest way from the start, each circle of nodes on one layer, the endings on the last."""
    import networkx as nx

    inner = graph(scene).subgraph(scene.nodes)
    whole = nx.condensation(inner)
    depth: dict[str, int] = {}
    for part in nx.topological_sort(whole):
        before = [depth[one] for ahead in whole.predecessors(part) for one in whole.nodes[ahead]["members"]]
        for one in whole.nodes[part]["members"]:
            depth[one] = max(before, default=-1) + 1
    rows: list[list[str]] = [[] for _depth in range(max(depth.values()) + 1)]
    for name in scene.nodes:
        rows[depth[name]].append(name)
    return [*rows, list(scene.endings)]


Spot = tuple[str, int]
"""A node or ending and its layer; or, with another layer, the lane in which arrows to it pass that layer."""


def _laid_out(scene: Script) -> tuple[dict[str, int], dict[Spot, float], DiGraph]:
    """Each name's layer, each spot's place across in inches, and the graph of spots: no arrow passes through a box."""
    import networkx as nx

    rows = layers(scene)
    depth = {name: number for number, row in enumerate(rows) for name in row}
    made = nx.DiGraph()
    made.add_nodes_from((name, depth[name]) for row in rows for name in row)
    for start, end in graph(scene).edges:
        nx.add_path(made, _way(depth, start, end))
    lines: list[list[Spot]] = [[] for _row in rows]
    for spot in made:
        lines[spot[1]].append(spot)
    across = {spot: float(number) for line in lines for number, spot in enumerate(line)}
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for line in lines if down else lines[::-1]:
            aims = {spot: _aim(made, across, spot, down) for spot in line}
            line.sort(key=lambda spot: (aims[spot], across[spot]))
            across.update({spot: number - (len(line) - 1) / 2 for number, spot in enumerate(line)})
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for line in lines if down else lines[::-1]:
            across.update(_spread(line, [_aim(made, across, spot, down) for spot in line], depth))
    return depth, across, made


def _way(depth: dict[str, int], start: str, end: str) -> list[Spot]:
    """The spots that an arrow passes."""
    return [(start, depth[start]), *((end, layer) for layer in range(depth[start] + 1, depth[end])), (end, depth[end])]


def _aim(made: DiGraph, across: dict[Spot, float], spot: Spot, down: bool) -> float:
    """Where a spot would best stand: amid those that lead to it, or those that it leads to."""
    near = made.predecessors(spot) if down else made.successors(spot)
    places = [across[one] for one in near if one[1] != spot[1]]
    return sum(places) / len(places) if places else across[spot]


def _spread(line: list[Spot], aims: list[float], depth: dict[str, int]) -> dict[Spot, float]:
    """The places nearest to ``aims`` at which the spots of a layer stand clear of each other, in their order."""
    import numpy as np
    from scipy.optimize import isotonic_regression

    wide = [BOX[0] + GAP if depth[name] == layer else LANE for name, layer in line]
    clear = np.concatenate([[0], np.cumsum([(one + two) / 2 for one, two in pairwise(wide)])])
    return dict(zip(line, (isotonic_regression(np.array(aims) - clear).x + clear).tolist(), strict=True))


def plot(scene: Script, ax: Axes | None = None) -> Axes:
    """Draw the scene in the language spoken now: a box for a node, with its first words, and an arrow for each way.

    The letters below a box are the replies that an arrow stands for; a dotted one leads on at once, without a word.
    Endings are coloured by how they went, where that is known.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

    from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, RED, canvas
    from crmlab.language.font import families

    depth, across, _spots = _laid_out(scene)
    left, right = (act(across.values()) + side * (BOX[0] / 2 + 0.4) for act, side in ((min, -1), (max, 1)))
    high = max(depth.values())
    if ax is None:
        mpl.rcParams["font.family"] = families()
        figure = Figure(figsize=(max(right - left, 4) + 0.2, (high + 1) * DOWN + 0.6), layout="constrained")
        ax = figure.add_subplot()
    else:
        canvas(ax)
    ax.set_axis_off()
    ax.set_xlim(left, right)
    ax.set_ylim(-high * DOWN - 0.5, 0.6)
    for start in scene.nodes:
        x, y = across[start, depth[start]], -depth[start] * DOWN
        ways = list(graph(scene).out_edges(start, data=True))
        level = [way for way in ways if depth[way[1]] == depth[start]]
        below = sorted((way for way in ways if way not in level), key=lambda way: across[_way(depth, start, way[1])[1]])
        for number, (_start, end, about) in enumerate(below):
            tail = x + (number - (len(below) - 1) / 2) * min(0.45, (BOX[0] - 0.4) / max(len(below) - 1, 1))
            spots = _way(depth, start, end)[1:]
            half = BOX[1] / 2
            points = [(tail, y - half)]
            for spot in spots[:-1]:
                points += [(across[spot], -spot[1] * DOWN + half), (across[spot], -spot[1] * DOWN - half)]
            lean = max(-0.6, min(0.6, (points[-1][0] - across[spots[-1]]) * 0.3))
            points.append((across[spots[-1]] + lean, -spots[-1][1] * DOWN + half))
            style = _style(about["replies"], BLUE, GREY)
            ax.add_patch(FancyArrowPatch(path=_curve(points), arrowstyle="-|>", mutation_scale=8, **style))
            _letters(ax, tail, points[0][1] - 0.13, about["replies"], style["color"])
        for _start, end, about in level:
            style = _style(about["replies"], BLUE, GREY)
            other = across[end, depth[end]]
            side = 1 if other >= x else -1
            shift = 0.12 * side
            tail = (x + side * BOX[0] / 2, y + shift)
            head = (x + side * BOX[0] / 2, y - shift) if start == end else (other - side * BOX[0] / 2, y + shift)
            bend = f"arc3,rad={-1.5 * side if start == end else -0.4}"
            ax.add_patch(
                FancyArrowPatch(
                    tail, head, connectionstyle=bend, arrowstyle="-|>", mutation_scale=8, shrinkA=0, shrinkB=0, **style
                )
            )
            _letters(ax, tail[0] + 0.13 * side, y + 0.24 * side, about["replies"], style["color"])
    colours = {"won": GREEN, "partly": ORANGE, "lost": RED}
    for name, layer in depth.items():
        x, y, end = across[name, layer], -layer * DOWN, scene.endings.get(name)
        edge = colours[end.outcome] if isinstance(end, Ending) else GREY if end else BLUE
        box = FancyBboxPatch(
            (x - BOX[0] / 2, y - BOX[1] / 2), *BOX, boxstyle="round,pad=0,rounding_size=0.08", facecolor="white",
            edgecolor=edge, linewidth=2 if end or name == scene.start else 1, zorder=2,
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(x, y + 0.18, name, fontsize=7.5, family="DejaVu Sans", weight="bold", ha="center", va="center")
        words = "\n".join(_first((end or scene.nodes[name]).say))
        ax.text(x, y - 0.1, words, fontsize=6.5, ha="center", va="center", linespacing=1.1)
    ax.set_title(f"{scene.id}: {scene.title}", loc="left", fontsize=10)
    return ax


def _style(replies: list[str], said: str, silent: str) -> dict[str, object]:
    """An arrow's look: what leads on without a word is grey and dotted."""
    plain = set(replies) == {"auto"}
    return {"color": silent if plain else said, "linestyle": ":" if plain else "-", "linewidth": 0.8, "zorder": 1}


def _letters(ax: Axes, x: float, y: float, replies: list[str], colour: object) -> None:
    """Write which replies an arrow stands for."""
    text = "".join("·" if one == "auto" else one for one in replies) if set(replies) != {"auto"} else ""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    ax.text(x, y, text, fontsize=6.5, color=colour, ha="center", va="center", zorder=3, bbox=ground)


def _curve(points: list[tuple[float, float]]) -> MplPath:
    """A line through ``points`` that leaves and meets each of them upright."""
    from matplotlib.path import Path as MplPath

    spots, codes = [points[0]], [MplPath.MOVETO]
    for (x, y), (to_x, to_y) in pairwise(points):
        spots += [(x, (y + to_y) / 2), (to_x, (y + to_y) / 2), (to_x, to_y)]
        codes += [MplPath.CURVE4] * 3
    return MplPath(spots, codes)


def _first(words: Text) -> list[str]:
    """The first words of a text, on two lines at most."""
    text = str(words)
    if language() == "zh":
        # no line begins with a mark
        cut = LETTERS // 2 + (text[LETTERS // 2 : LETTERS // 2 + 1] in set("，。？！、；：”）…"))
        lines = [text[:cut], text[cut : cut + LETTERS // 2]]
        more = len(text) > len(lines[0]) + len(lines[1])
    else:
        wrapped = textwrap.wrap(text, LETTERS + 6)
        lines, more = wrapped[:2], len(wrapped) > 2
    if more and language() == "en":
        lines[1] = (lines[1].rsplit(" ", 1)[0] if width(lines[1]) > LETTERS else lines[1]).rstrip(" ,.;:") + " …"
    elif more:
        lines[1] = (lines[1][:-1] if width(lines[1]) > LETTERS - 2 else lines[1]).rstrip(" ,.，。；、") + "…"
    return [line for line in lines if line]


def draw(scene: Script, path: str | Path) -> Path:
    """Draw the scene into a new file, ``.svg``, ``.png`` or ``.pdf``, in the language spoken now.

    Raises InputError where the file is there already, can't be written, or is to be of another kind.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in ENDINGS:
        text = _("{file}: a picture's name ends in {names}.")
        raise InputError(text.format(file=path.name, names=_(", ").join(f".{one}" for one in ENDINGS)))
    ax = plot(scene)
    about = {"Date": None, "Description": describe(scene)} if kind == "svg" else None
    file = io.BytesIO()
    ax.figure.savefig(file, format=kind, dpi=150, metadata=about)
    write_new({path: file.getvalue()})
    return path


def describe(scene: Script) -> str:
    """The picture in words: for each node, layer by layer, which replies lead where."""
    made, lines = graph(scene), []
    head = _("{title}: {nodes} nodes, {endings} endings. It begins at {start}.")
    lines.append(head.format(title=scene.title, nodes=len(scene.nodes), endings=len(scene.endings), start=scene.start))
    for row in layers(scene)[:-1]:
        for name in row:
            ways = []
            for _start, goto, about in made.out_edges(name, data=True):
                words = _("{replies} to {goto}")
                replies = _(", ").join(_("at once") if one == "auto" else one for one in about["replies"])
                ways.append(words.format(replies=replies, goto=goto))
            lines.append(_("From {name}: {ways}.").format(name=name, ways=_("; ").join(ways)))
    ends = []
    for name, one in scene.endings.items():
        ends.append(f"{name} ({_(OUTCOMES[one.outcome])})" if isinstance(one, Ending) else name)
    lines.append(_("Endings: {names}.").format(names=_(", ").join(ends)))
    return "\n".join(lines)
