"""The customer's mood over a play: the learner's path against a best one, as a picture and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.language.catalogue import _, number, prose
from crmlab.roleplay.debrief import moods, ways
from crmlab.roleplay.play import start, step
from crmlab.roleplay.scene import Scene, Script
from crmlab.roleplay.transcript import Outcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT, MARGIN = 7.0, 1.75, 0.75
"""Of the picture in inches: its width, the height of a variable's panel, and what titles and labels take."""


def best(scene: Script) -> tuple[tuple[int, ...], ...]:
    """The state's values before the first reply of a best path and after each; empty where none is known.

    None is known of a student build, and of a scene too large to be searched.
    """
    known = ways(scene) if isinstance(scene, Scene) else None
    if known is None:
        return ()
    states = [start(scene)]
    for _node, reply in known.best_path:
        states.append(step(scene, states[-1], reply))
    return tuple(state.values for state in states)


def curves(outcome: Outcome, scene: Script) -> dict[str, tuple[list[int], list[int]]]:
    """By variable the values along the path that was played, and along a best one (empty where none is known)."""
    other = best(scene)
    place = {name: index for index, name in enumerate(scene.state)}
    return {
        name: ([now[name] for now in outcome.curve], [values[place[name]] for values in other]) for name in moods(scene)
    }


def plot(outcome: Outcome, scene: Script) -> Figure | None:
    """Draw a panel for each variable: a whole line with dots for the play, a dashed one with squares for a best path.

    None where the scene has no variable that could be drawn.
    """
    from matplotlib.figure import Figure

    from crmlab.experiments.picture import BLUE, ORANGE, canvas, headline, whole_steps

    found = curves(outcome, scene)
    if not found:
        return None
    figure = Figure(figsize=(WIDTH, MARGIN + HEIGHT * len(found)), layout="constrained")
    panels = figure.subplots(len(found), sharex=True, squeeze=False)[:, 0]
    longest = max(len(values) for pair in found.values() for values in pair) - 1
    for ax, (name, (played, other)) in zip(panels, found.items(), strict=True):
        one = scene.state[name]
        canvas(ax)
        ax.plot(played, color=BLUE, marker="o", markersize=6, linewidth=2.2, label=_("your path"))
        if other:
            style = {"marker": "s", "markersize": 5, "markerfacecolor": "white", "linestyle": "--", "linewidth": 1.5}
            ax.plot(other, color=ORANGE, **style, label=_("a best path"))
        ax.set_ylim(one.low - 0.06 * (one.high - one.low), one.high + 0.06 * (one.high - one.low))
        ax.set_xlim(-0.3, longest + 0.3)
        whole_steps(ax, "x")
        whole_steps(ax, "y")
        headline(ax, str(one.label))
    panels[-1].set_xlabel(_("replies said"))
    if best_known := any(other for _played, other in found.values()):
        # above the panels, where it can hide no line
        panels[0].legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=1 + best_known, frameon=False)
    return figure


def describe(outcome: Outcome, scene: Script) -> str:
    """The picture of ``plot`` in words."""
    words = _("{name} goes from {first} to {last}; its highest is {most}, its lowest {least}.")
    beside = _("On a best path it goes from {first} to {last}; its highest is {most}, its lowest {least}.")
    found = []
    for name, (played, other) in curves(outcome, scene).items():
        found.append(words.format(name=scene.state[name].label, **_edges(played)))
        if other:
            found.append(beside.format(**_edges(other)))
    return prose(found)


def _edges(values: list[int]) -> dict[str, str]:
    numbers = {"first": values[0], "last": values[-1], "most": max(values), "least": min(values)}
    return {name: number(value) for name, value in numbers.items()}
