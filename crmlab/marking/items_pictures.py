"""The pictures of an item analysis, each with its words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.experiments.picture import BLUE, GREEN, GREY, ORANGE, SKY, whole_steps
from crmlab.language.catalogue import _, language, mark, number, percent, prose, short
from crmlab.language.errors import InputError
from crmlab.marking.items import LEAST, WEAK, ItemAnalysis, shares, telling

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP = 10
"""Misconceptions in a picture."""


@dataclass(frozen=True)
class Picture:
    """A picture: what it is called, how it is drawn, and what it says."""

    title: str
    draw: Callable[[ItemAnalysis, Axes], None]
    words: Callable[[ItemAnalysis], str]


def known(items: ItemAnalysis, name: str) -> Picture:
    """The picture called ``name``. Raises InputError where there is none, or ``items`` have nothing for it."""
    if name not in PICTURES:
        text = _("There is no picture {name}; there are: {names}.")
        raise InputError(text.format(name=repr(name), names=_(", ").join(PICTURES)))
    if name == "discrimination" and len(items.complete) < LEAST:
        raise InputError(few(items))
    if name == "discrimination" and items.summary()["discrimination"].isna().all():
        raise InputError(_("No question's marks differ together with the others', so none has a discrimination."))
    if name == "totals" and not len(items.complete):
        raise InputError(_("Nobody has all marks yet, so there are no totals."))
    if name == "misconceptions" and items.misconceptions().empty:
        raise InputError(_("No misconception was named."))
    return PICTURES[name]


def few(items: ItemAnalysis) -> str:
    """Why nothing is said of discrimination."""
    text = _(
        "Students with all marks: {count}. With fewer than {least}, discrimination and alpha would be chance, and are "
        "left out."
    )
    return text.format(count=number(len(items.complete)), least=number(LEAST))


def _draw_difficulty(items: ItemAnalysis, ax: Axes) -> None:
    rows = items.summary()
    for place, row in enumerate(rows.itertuples(index=False)):
        if math.isnan(row.difficulty):
            continue
        ax.plot([100 * row.low, 100 * row.high], [place, place], color=BLUE, linewidth=5, alpha=0.45,
                solid_capstyle="butt")  # fmt: skip
        ax.plot([100 * row.difficulty], [place], color=BLUE, marker="o", markersize=8, linestyle="none")
        ax.annotate(percent(row.difficulty), (100 * row.difficulty, place), (0, 8), textcoords="offset points",
                    ha="center", color=BLUE, fontsize=9)  # fmt: skip
    _named(ax, items.questions)
    ax.set(xlim=(-2, 104))
    ax.set_xlabel(_("share of the points reached (%), with its interval"))


def _words_difficulty(items: ItemAnalysis) -> str:
    rows = items.summary().dropna(subset="difficulty").sort_values("difficulty", kind="stable")
    text = _("Of the points of each question the students reached on average: {list}.")
    parts = [
        _("{question} {share} ({low} to {high})").format(question=row.question, **shares(row))
        for row in rows.itertuples(index=False)
    ]
    said = [text.format(list=_(", ").join(parts))]
    if len(rows) > 1 and rows["difficulty"].iloc[0] < rows["difficulty"].iloc[-1]:
        text = _("{hard} was the hardest, {easy} the easiest.")
        said.append(text.format(hard=rows["question"].iloc[0], easy=rows["question"].iloc[-1]))
    said.append(
        _("The bars are {level} intervals for another class like this one, as wide as they can be.").format(
            level=percent(items.level, 1)
        )
    )
    return prose(said)


def _draw_discrimination(items: ItemAnalysis, ax: Axes) -> None:
    rows = items.summary().dropna(subset="discrimination")
    for level, style in ((0.0, "-"), (WEAK, ":")):
        ax.axhline(level, color=GREY, linewidth=1, linestyle=style)
    for row in rows.itertuples(index=False):
        ax.plot([100 * row.difficulty] * 2, [row.discrimination_low, row.discrimination_high], color=SKY, linewidth=1.5)
    ax.plot(100 * rows["difficulty"], rows["discrimination"], color=BLUE, marker="o", markersize=8, linestyle="none")
    for row in rows.itertuples(index=False):
        ax.annotate(str(row.question), (100 * row.difficulty, row.discrimination), (7, 4), textcoords="offset points")
    ax.set(xlim=(0, 108), ylim=(min(-0.25, rows["discrimination_low"].min() - 0.05), 1.05))
    ax.set_xlabel(_("share of the points reached (%): easy questions at the right"))
    ax.set_ylabel(_("discrimination, with its interval"))


def _words_discrimination(items: ItemAnalysis) -> str:
    rows = items.summary().dropna(subset="discrimination").sort_values("discrimination", ascending=False, kind="stable")
    parts = [
        _("{question} {value} ({low} to {high})").format(question=row.question, **telling(row))
        for row in rows.itertuples(index=False)
    ]
    text = _(
        "How a question's points go together with those of all others, from −1 to 1, the strongest first: {list}. "
        "Below the dotted line at {weak} a question hardly tells strong from weak, below 0 it tells them the wrong way "
        "round."
    )
    said = [text.format(list=_(", ").join(parts), weak=short(WEAK))]
    value, low, high = items.alpha
    if not math.isnan(value):
        text = _("Cronbach's alpha of the exercise is {value} ({low} to {high}).")
        said.append(text.format(value=number(value, 2), low=number(low, 2), high=number(high, 2)))
    return prose(said)


def _draw_points(items: ItemAnalysis, ax: Axes) -> None:
    rows = items.summary()
    left = np.zeros(len(rows))
    for name, label, colour, hatch in (
        ("full", _("all points"), BLUE, ""), ("some", _("some points"), SKY, ""),
        ("none", _("none, though answered"), ORANGE, "//"), ("unanswered", _("not answered"), "#D5D9DE", ""),
    ):  # fmt: skip
        width = 100 * rows[name].fillna(0).to_numpy()
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": label}
        ax.barh(range(len(rows)), width, left=left, height=0.62, **look)
        left += width
    _named(ax, items.questions)
    ax.set(xlim=(0, 100))
    ax.grid(visible=False)
    ax.set_xlabel(_("share of the students with a mark (%)"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16 * 4.2 / max(ax.figure.get_figheight(), 1)), ncols=4,
              frameon=False, fontsize=9)  # fmt: skip


def _words_points(items: ItemAnalysis) -> str:
    said = []
    for row in items.summary().itertuples(index=False):
        if not row.students:
            said.append(_("{question}: nobody has a mark yet.").format(question=row.question))
            continue
        text = _("{question}: all points {full}, some {some}, none {none}, not answered {unanswered}.")
        parts = {name: percent(getattr(row, name)) for name in ("full", "some", "none", "unanswered")}
        said.append(text.format(question=row.question, **parts))
    return prose(said)


def _draw_totals(items: ItemAnalysis, ax: Axes) -> None:
    totals, most = items.complete.sum(axis=1), float(items.worth[items.counted].sum())
    width = max(1.0, math.ceil(most / 20)) if most else 1.0
    edges = np.arange(0, most + width, width)
    edges = edges if len(edges) > 1 else np.array([0.0, 1.0])
    ax.hist(np.minimum(totals, edges[-1]), bins=edges, color=BLUE, edgecolor="white")
    mean = _("mean {value}").format(value=short(totals.mean(), 1))
    ax.axvline(totals.mean(), color=ORANGE, linewidth=2, linestyle="--", label=mean)
    ax.legend(frameon=False)
    ax.set(xlim=(0, edges[-1]))
    whole_steps(ax, "y")
    ax.set_xlabel(_("points in all, of {most}").format(most=short(most, 2)))
    ax.set_ylabel(_("students"))


def _words_totals(items: ItemAnalysis) -> str:
    totals, most = items.complete.sum(axis=1), items.worth[items.counted].sum()
    low, middle, high = (short(value, 1) for value in np.quantile(totals, [0.25, 0.5, 0.75]))
    text = _(
        "{count} students have all marks. Of {most} points they reached {mean} on average, from {least} to {best}; "
        "half of them lie between {low} and {high}, the median is {middle}."
    )
    if len(totals) == 1:
        text = _("One student has all marks and reached {mean} of {most} points.")
    return text.format(
        count=number(len(totals)), most=short(most, 2), mean=short(totals.mean(), 1), least=short(totals.min(), 1),
        best=short(totals.max(), 1), low=low, high=high, middle=middle,
    )  # fmt: skip


def _draw_misconceptions(items: ItemAnalysis, ax: Axes) -> None:
    rows, wide = items.misconceptions().head(TOP), 22 if language() == "zh" else 40
    ax.barh(range(len(rows)), rows["students"], height=0.6, color=GREEN)
    for place, many in enumerate(rows["students"]):
        ax.annotate(number(many), (many, place), (4, 0), textcoords="offset points", va="center")
    _named(
        ax,
        [fill(_("{question}: {text}").format(question=row.question, text=row.text), wide) for row in rows.itertuples()],
    )
    ax.tick_params(axis="y", labelsize=8.5)
    ax.set(xlim=(0, 1.12 * rows["students"].max()))
    whole_steps(ax)
    ax.set_xlabel(_("students"))


def _words_misconceptions(items: ItemAnalysis) -> str:
    rows = items.misconceptions()
    parts = [
        _("{question}: {text} ({count}, {share} of the students)").format(
            question=row.question, text=row.text.rstrip(".。"), count=number(row.students), share=percent(row.share)
        )
        for row in rows.head(TOP).itertuples()
    ]
    said = [_("Most often named: {list}.").format(list=_("; ").join(parts))]
    if len(rows) > TOP:
        said.append(_("{count} more were named; the table has them.").format(count=number(len(rows) - TOP)))
    return prose(said)


def _named(ax: Axes, names: Iterable[Any]) -> None:
    """One line a name, the first at the top."""
    names = [str(name) for name in names]
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.4, -0.75))
    ax.set_ylabel("")
    ax.grid(visible=False, axis="y")


PICTURES = {
    "difficulty": Picture(mark("How hard were the questions?"), _draw_difficulty, _words_difficulty),
    "discrimination": Picture(
        mark("Which questions tell strong from weak?"), _draw_discrimination, _words_discrimination
    ),
    "points": Picture(mark("No points, some, or all of them?"), _draw_points, _words_points),
    "totals": Picture(mark("How many points did the students reach?"), _draw_totals, _words_totals),
    "misconceptions": Picture(mark("What was misunderstood?"), _draw_misconceptions, _words_misconceptions),
}
"""The pictures by name."""
