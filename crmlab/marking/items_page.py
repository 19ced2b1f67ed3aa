"""An item analysis as one page of HTML: numbers, pictures with their words, and how to read them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.experiments.picture import SIZE
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.language.errors import InputError
from crmlab.marking import html
from crmlab.marking.feedback import text_of
from crmlab.marking.items import LEAST, ItemAnalysis
from crmlab.marking.items_pictures import PICTURES, TOP, few
from crmlab.page import picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def page(items: ItemAnalysis) -> str:
    """``items`` as a page of HTML, in the language spoken now."""
    return html.render(
        "items.html",
        title=_("Item analysis"),
        exercise=text_of(items.name),
        intro=_intro(items),
        overview=_overview(items),
        questions=_table(items),
        remarks=items.remarks(),
        pictures=_pictures(items, "difficulty", "points", "discrimination", "totals"),
        misconceptions=_pictures(items, "misconceptions"),
        named=[
            (items.title(row.question), row.text, number(row.students), percent(row.share))
            for row in items.misconceptions().itertuples()
        ],
        failures=[(items.title(row.question), row.what, number(row.students)) for row in items.failures().itertuples()],
        guide=_guide(items),
        words={
            "overview": _("Overview"),
            "questions": _("Questions"),
            "look": _("What is worth a look"),
            "nothing": _("Nothing stands out."),
            "pictures": _("Pictures"),
            "misconceptions": _("Misconceptions"),
            "failures": _("What failed"),
            "fine": _("Nothing failed."),
            "guide": _("How to read this"),
            "question": _("question"),
            "misconception": _("misconception"),
            "students": _("students"),
            "share": _("share of the students"),
            "what": _("what happened"),
        },
    )


def _intro(items: ItemAnalysis) -> str:
    said = [_("{count} students handed in.").format(count=number(len(items.students)))]
    if len(items.students) == 1:
        said = [_("One student handed in.")]
    if items.absent:
        said.append(_("Nothing came from {count}; that is not counted here.").format(count=number(items.absent)))
    waiting = int(np.isnan(items.points).sum())
    if waiting:
        text = _("Answers that wait for a person: {count}; they are left out until they have a mark.")
        said.append(text.format(count=number(waiting)))
    if len(items.complete) < LEAST:
        said.append(few(items))
    elif len(items.complete) < 3 * LEAST:
        said.append(_("For so few students the intervals are wide; take the numbers as hints, not as findings."))
    return prose(said)


def _overview(items: ItemAnalysis) -> list[tuple[str, str]]:
    totals, most = items.complete.sum(axis=1), items.worth[items.counted].sum()
    rows = [(_("Students with all marks"), number(len(totals))), (_("Points that can be reached"), short(most, 2))]
    if not items.counted.all():
        names = _(", ").join(
            items.title(name) for name, is_in in zip(items.questions, items.counted, strict=True) if not is_in
        )
        rows.append((_("Not in the totals, for nobody has a mark there"), names))
    if len(totals):
        middle = (short(float(np.median(totals)), 2), short(totals.min(), 2), short(totals.max(), 2))
        rows.append((_("Total, mean"), short(totals.mean(), 2)))
        rows.append((_("Total, median (lowest to highest)"), _("{middle} ({low} to {high})").format(
            middle=middle[0], low=middle[1], high=middle[2])))  # fmt: skip
    if len(totals) > 1:
        rows.append((_("Total, standard deviation"), short(totals.std(ddof=1), 2)))
    value, low, high = items.alpha
    if not math.isnan(value):
        rows.append((_("Cronbach's alpha"), _("{middle} ({low} to {high})").format(
            middle=number(value, 2), low=number(low, 2), high=number(high, 2))))  # fmt: skip
        error = totals.std(ddof=1) * math.sqrt(max(0.0, 1 - max(value, 0.0)))
        rows.append((_("Standard error of a total, points"), short(error, 2)))
    return rows


def _table(items: ItemAnalysis) -> dict[str, Any]:
    head = [_("question"), _("out of"), _("students"), _("difficulty"), _("interval"), _("discrimination"),
            _("interval"), _("upper less lower 27%"), _("alpha without it"), _("not answered")]  # fmt: skip
    rows = []
    for row in items.summary().itertuples(index=False):
        rows.append((
            items.title(row.question), short(row.of, 2), number(row.students), _or_none(row.difficulty, percent),
            _span(row.low, row.high, percent), _or_none(row.discrimination, _two),
            _span(row.discrimination_low, row.discrimination_high, _two), _or_none(row.upper_lower, _two),
            _or_none(row.alpha_without, _two), _or_none(row.unanswered, percent),
        ))  # fmt: skip
    return {"caption": _("The questions in numbers; – where nothing can be said"), "head": head, "rows": rows}


def _pictures(items: ItemAnalysis, *names: str) -> list[dict[str, Any]]:
    """Each picture with its words, or the reason why there is none."""
    made = []
    for name in names:
        title = _(PICTURES[name].title)
        try:
            words = items.describe(picture=name)
            drawn = picture(lambda ax, name=name: _untitled(items.plot(ax, name)), _height(items, name))
        except InputError as error:
            made.append({"title": title, "image": None, "words": str(error), "alt": ""})
            continue
        alt = _("Picture: {title}. What it shows stands below it.").format(title=title)
        made.append({"title": title, "image": drawn, "words": words, "alt": alt})
    return made


def _untitled(ax: Axes) -> None:
    """The page has the title as a heading."""
    ax.set_title("", loc="left")


def _height(items: ItemAnalysis, name: str) -> float:
    """Inches: more where there are many questions."""
    many = len(items.misconceptions().head(TOP)) * 1.5 if name == "misconceptions" else len(items.questions)
    return SIZE[1] if name in ("discrimination", "totals") else max(0.42 * many + 1.3, 2.2)


def _two(value: float) -> str:
    return number(value, 2)


def _or_none(value: float, say: Callable[[float], str]) -> str:
    return "–" if math.isnan(value) else say(value)


def _span(low: float, high: float, say: Callable[[float], str]) -> str:
    return "–" if math.isnan(low) else _("{low} to {high}").format(low=say(low), high=say(high))


def _guide(items: ItemAnalysis) -> list[str]:
    return [
        _("Difficulty is the mean share of the points: high means easy. A question in the middle tells most about who "
          "is strong."),
        _("Discrimination says whether those who did well in all other questions did well in this one: from about 0.3 "
          "on good, below 0.2 weak (a rule of thumb, Ebel and Frisbie 1991), below 0 a reason to look at task and "
          "check. A question that everybody masters cannot discriminate and may still be worth asking."),
        _("Upper less lower: the difficulty among the best 27% by total less that among the weakest 27% (Kelley "
          "1939)."),
        _("Alpha says how far the questions go up and down together. “Without it” higher than alpha itself means that "
          "the question pulls another way than the rest; that can be a mistake, or something else worth knowing."),
        _("The standard error says how far a total may lie from what the same student would reach on average with "
          "other questions like these."),
        _("Intervals ({level}) say how far another class like this one could differ by chance. They say nothing of "
          "whether the questions ask for the right things.").format(level=percent(items.level, 1)),
        _("A misconception is named where an answer looks just like what it leads to; others stay unnamed."),
    ]  # fmt: skip
