"""The debrief of a play as a part of a page: HTML that Python escapes, with the mood's picture inside."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import zip_longest

from crmlab.language.catalogue import _, mark, number, prose
from crmlab.page import png
from crmlab.roleplay import mood
from crmlab.roleplay.debrief import Debrief, Exchange, debrief, signed
from crmlab.roleplay.scene import LAST, OUTCOMES, STEPS, Scene, Script
from crmlab.roleplay.transcript import Outcome

LAST_NAMES = dict(zip(LAST, (mark("listen"), mark("apologise"), mark("satisfy"), mark("thank")), strict=True))
STEP_NAMES = dict(
    zip(
        STEPS,
        (
            mark("learn to listen"),
            mark("find the cause"),
            mark("take fitting emergency action"),
            mark("dissolve the displeasure"),
            mark("mend the fault"),
            mark("follow up with added value"),
            mark("choose the best moment"),
            mark("turn harm into good"),
        ),
        strict=True,
    )
)
"""As chapter 8 calls them."""


def page(outcome: Outcome, scene: Script, *, unfolded: bool = False) -> str:
    """What is to be told about ``outcome``, as HTML in the language spoken now.

    Of a student build: how the mood went, and that the rest comes with the marks. ``unfolded``: nothing has to be
    opened to be read.
    """
    told = debrief(outcome, scene)
    parts = [_verdict(told), _mood(outcome, scene)]
    if isinstance(scene, Scene):
        parts += [_criteria(told, outcome, scene, unfolded), _seen(told), _paths(told, unfolded), _after(told)]
    return "".join(parts)


def _verdict(told: Debrief) -> str:
    if told.score is None:
        score = _("The score comes with your instructor's marks.")
        rest = _("So do the reasons, a best path and the debrief.")
        return f'<p class="score">{escape(score)}</p><p>{escape(rest)}</p>'
    score = _("Score: {score} of 100").format(score=number(told.score))
    name = _("{name}: {text}").format(name=_("The ending"), text=_(OUTCOMES[told.outcome]))
    html = f'<p class="score">{escape(score)}</p><p><strong>{escape(name)}</strong></p><p>{escape(told.comment)}</p>'
    if told.flags:
        rows = []
        for label, cap, why in told.flags:
            words = prose([why, _("With it the score is {cap} at most.").format(cap=number(cap))])
            rows.append(f"<li><strong>{escape(label)}</strong><br>{escape(words)}</li>")
        html += _section(_("Critical errors"), f'<ul class="errors">{"".join(rows)}</ul>')
    return html


def _mood(outcome: Outcome, scene: Script) -> str:
    figure = mood.plot(outcome, scene)
    if figure is None:
        return ""
    title, words = _("The customer's mood"), mood.describe(outcome, scene)
    image = f'<img alt="{escape(title)}" src="{png(figure).source}">'
    return _section(title, f"<figure>{image}<figcaption>{escape(words)}</figcaption></figure>")


def _criteria(told: Debrief, outcome: Outcome, scene: Scene, unfolded: bool) -> str:
    rows = []
    for name, one in zip(scene.criteria, told.criteria, strict=True):
        # each reason with the number of its reply: those that told.criteria[].reasons holds, in the same order
        places = [
            place
            for place, said in enumerate(outcome.path, 1)
            if name in said.points or name in scene.replies[said.node][said.reply].score
        ]
        reasons = [
            f'<li><span class="gain">{signed(gained)}</span> <span>{escape(_replied(place, why))}</span></li>'
            for place, (gained, why) in zip(places, one.reasons, strict=True)
        ]
        points = _("{points} of {weight}").format(points=number(one.points), weight=number(one.weight))
        share = f'style="width:{100 * one.points // one.weight}%"'
        bar = f'<span class="gauge" aria-hidden="true"><span {share}></span></span>'
        head = f'<span class="name">{escape(one.label)}</span> {bar} <span class="points">{escape(points)}</span>'
        none = _("No reply touched this.")
        inner = f'<ul class="reasons">{"".join(reasons)}</ul>' if reasons else f"<p>{escape(none)}</p>"
        rows.append(_fold(head, inner, unfolded, "criterion"))
    lead = ""
    if told.capped:
        words = _("The points add up to {sum}; the critical error caps the score at {score}.")
        added = sum(one.points for one in told.criteria)
        lead = f"<p>{escape(words.format(sum=number(added), score=number(told.score)))}</p>"
    return _section(_("Criteria"), lead + "".join(rows))


def _seen(told: Debrief) -> str:
    html = ""
    if told.last:
        names = ((letter, _(LAST_NAMES[letter]), there) for letter, there in told.last.items())
        html += _section("LAST", _marks(names))
    if told.steps:
        names = ((number(step), _(STEP_NAMES[step]), there) for step, there in told.steps.items())
        html += _section(_("The eight steps"), _marks(names))
    return html


def _marks(names: Iterable[tuple[str, str, bool]]) -> str:
    rows = []
    for sign, name, there in names:
        tick, kind, word = ("✓", "there", _("seen")) if there else ("✗", "missing", _("missed"))
        words = escape(_("{name}: {text}").format(name=name, text=word))
        rows.append(
            f'<li class="{kind}"><span aria-hidden="true">{tick}</span> <strong>{escape(sign)}</strong> {words}</li>'
        )
    return f'<ul class="marks">{"".join(rows)}</ul>'


def _paths(told: Debrief, unfolded: bool) -> str:
    """Reply by reply the learner's path, and a best path beside it."""
    if not told.best:
        return ""
    rows, same_words = [], _("the same")
    alike = f"<p>{escape(same_words)}</p>"
    for place, (played, other) in enumerate(zip_longest(told.exchanges, told.best), 1):
        left = _exchange(played) if played else ""
        same = played is not None and other == (played.customer, played.reply)
        right = alike if same else _spoken(*other) if other else ""
        rows.append(f'<tr><th scope="row">{number(place)}</th><td>{left}</td><td>{right}</td></tr>')
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in (_("Reply"), _("Your path"), _("A best path")))
    note = _("The two paths part where you said something else; from there on the customer says something else, too.")
    table = f'<table class="paths"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    head = _("Your path beside a best path")
    return _fold(f"<strong>{escape(head)}</strong>", f"<p>{escape(note)}</p>{table}", unfolded, "both")


def _exchange(one: Exchange) -> str:
    found = [_("{name} {points}").format(name=label, points=signed(gained)) for label, gained in one.points.items()]
    html = _spoken(one.customer, one.reply)
    if found:
        gains = _("; ").join(found)
        html += f'<p class="gains">{escape(gains)}</p>'
    if one.flag:
        flag = _("{name}: {text}").format(name=_("Critical error"), text=one.flag)
        html += f'<p class="flag">{escape(flag)}</p>'
    html += f'<p class="why">{escape(one.feedback)}</p>'
    if one.better:
        words = _("After this {after} is the most that can be reached ({before} before). Better: {text}")
        words = words.format(text=one.better, after=number(one.after), before=number(one.before))
        html += f'<p class="better">{escape(words)}</p>'
    return html


def _spoken(customer: str, reply: str) -> str:
    said, replied = _("Customer: {text}").format(text=customer), _("You: {text}").format(text=reply)
    return f'<p class="said">{escape(said)}</p><p class="replied">{escape(replied)}</p>'


def _after(told: Debrief) -> str:
    questions = "".join(f"<li>{escape(question)}</li>" for question in told.questions)
    html = _section(_("What a good conversation does"), f"<p>{escape(told.model)}</p>")
    return html + (_section(_("To talk about"), f"<ul>{questions}</ul>") if questions else "")


def _section(title: str, html: str) -> str:
    return f"<h6>{escape(title)}</h6>{html}"


def _fold(head: str, html: str, unfolded: bool, kind: str) -> str:
    return f'<details class="{kind}"{" open" if unfolded else ""}><summary>{head}</summary>{html}</details>'


def _replied(place: int, why: str) -> str:
    return prose([_("Reply {count}:").format(count=number(place)), why])
