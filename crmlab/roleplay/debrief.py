"""After a play: how the customer's mood went, what each reply brought and why, and how it could have gone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import repeat

from crmlab.language.catalogue import _, number, speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.play import says, start, step
from crmlab.roleplay.proof import width
from crmlab.roleplay.scene import LAST, STEPS, Scene, Script, Variable
from crmlab.roleplay.search import Step, TooLargeError, Ways
from crmlab.roleplay.transcript import Outcome

BARS = "▁▂▃▄▅▆▇█"
_known: dict[str, Ways | None] = {}
"""Of the scene that was last looked at."""


@dataclass(frozen=True)
class Exchange:
    """One exchange, in the language spoken now."""

    customer: str
    reply: str
    points: dict[str, int]
    """By criterion, as it is called."""
    feedback: str
    flag: str
    """The critical error made here, or nothing."""
    before: int | None
    after: int | None
    """The best score that could still be reached, before the reply and after it; None where it is not known."""
    better: str
    """A reply that would have kept the best within reach, where this one did not; else nothing."""


@dataclass(frozen=True)
class Criterion:
    """A criterion: its name, the points out of its weight, and the reasons: points and feedback of each reply."""

    label: str
    points: int
    weight: int
    reasons: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Debrief:
    """All that is to be told after a play, in the language that was spoken when it was made."""

    title: str
    score: int | None
    ending: str
    """The customer's last words."""
    outcome: str
    """won, partly or lost."""
    comment: str
    """What the scene says about this ending."""
    moods: dict[str, tuple[int, ...]]
    """By the variable's name, before the first reply and after each."""
    bounds: dict[str, tuple[int, int]]
    exchanges: tuple[Exchange, ...]
    criteria: tuple[Criterion, ...]
    flags: tuple[tuple[str, int, str], ...]
    """Critical errors made: what it is called, its cap, and why it is one."""
    capped: bool
    last: dict[str, bool]
    steps: dict[int, bool]
    """Seen or missed, where the scene has them at all."""
    best: tuple[tuple[str, str], ...]
    """The customer's words and the reply, along a best path."""
    questions: tuple[str, ...]
    model: str


def moods(scene: Script) -> dict[str, Variable]:
    """The variables that are the customer's mood; one that is only 0 or 1 remembers what was said."""
    return {name: one for name, one in scene.state.items() if one.high - one.low > 1}


def debrief(outcome: Outcome, scene: Script) -> Debrief:
    """What is to be told about ``outcome`` of ``scene``: of a student build only the mood and the last words."""
    whole = isinstance(scene, Scene)
    ending = scene.endings[outcome.ending]
    known = ways(scene) if whole else None
    along = known.along((said.node, said.reply) for said in outcome.path) if known else repeat((None, None, ""))
    exchanges = []
    for said, (before, after, better) in zip(outcome.path, along, strict=False):
        reply = scene.replies[said.node][said.reply]
        fresh = said.after.flags - said.state.flags
        exchanges.append(
            Exchange(
                customer=str(says(scene, said.state)),
                reply=str(reply.text),
                points={str(scene.criteria[name].label): gained for name, gained in said.points.items()},
                feedback=str(reply.feedback) if whole else "",
                flag=_(", ").join(str(scene.critical[name].label) for name in sorted(fresh)),
                before=before,
                after=after,
                better=str(scene.replies[said.node][better].text) if before != after else "",
            )
        )
    seen_last = {letter for node in scene.nodes.values() for one in node.replies for letter in getattr(one, "last", ())}
    seen_steps = {step for node in scene.nodes.values() for one in node.replies for step in getattr(one, "steps", ())}
    return Debrief(
        title=str(scene.title),
        score=outcome.score,
        ending=str(ending.say),
        outcome=ending.outcome if whole else "",
        comment=str(ending.debrief) if whole else "",
        moods={str(one.label): tuple(now[name] for now in outcome.curve) for name, one in moods(scene).items()},
        bounds={str(one.label): (one.low, one.high) for one in moods(scene).values()},
        exchanges=tuple(exchanges),
        criteria=tuple(
            Criterion(
                str(one.label),
                outcome.points[name],
                one.weight,
                tuple(
                    (said.points.get(name, 0), str(scene.replies[said.node][said.reply].feedback))
                    for said in outcome.path
                    if name in said.points or name in scene.replies[said.node][said.reply].score
                ),
            )
            for name, one in scene.criteria.items()
        )
        if whole
        else (),
        flags=tuple(
            (str(scene.critical[name].label), scene.critical[name].cap, str(scene.critical[name].why))
            for name in outcome.flags
        ),
        capped=outcome.cap is not None,
        last={letter: letter in outcome.last for letter in LAST if letter in seen_last},
        steps={step: step in outcome.steps for step in STEPS if step in seen_steps},
        best=_spoken(scene, known.best_path) if known else (),
        questions=tuple(map(str, scene.debrief.questions)) if whole else (),
        model=str(scene.debrief.model) if whole else "",
    )


def ways(scene: Scene) -> Ways | None:
    """What could be reached in the scene, worked out once; None where it is too large to be searched."""
    key = hashlib.sha256(scene.model_dump_json().encode()).hexdigest()
    if key not in _known:
        _known.clear()
        try:
            _known[key] = Ways(scene)
        except (TooLargeError, InputError):
            _known[key] = None
    return _known[key]


def _spoken(scene: Scene, way: tuple[Step, ...]) -> tuple[tuple[str, str], ...]:
    state, lines = start(scene), []
    for node, reply in way:
        lines.append((str(says(scene, state)), str(scene.replies[node][reply].text)))
        state = step(scene, state, reply)
    return tuple(lines)


def text(outcome: Outcome, scene: Script, language: str | None = None) -> str:
    """The debrief as plain text in ``language``, the one spoken now unless told."""
    with speaking(language):
        return _told(debrief(outcome, scene))


def _told(told: Debrief) -> str:
    lines = [_("Debrief: {title}").format(title=told.title)]
    if told.score is None:
        lines.append(_("The score comes with your instructor's marks."))
    else:
        lines.append(_("Score: {score} of 100").format(score=number(told.score)))
    for label, cap, why in told.flags:
        words = _("Critical error: {label}. With it the score is {cap} at most. {why}")
        lines.append(words.format(label=label, cap=number(cap), why=why))
    lines += [told.comment] if told.comment else []
    lines += ["", _("The customer's mood")]
    wide = max(map(width, told.moods), default=0)
    for label, values in told.moods.items():
        low, high = told.bounds[label]
        bars = "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in values)
        words = _("from {first} to {last} (bounds {low} and {high})")
        numbers = {"first": number(values[0]), "last": number(values[-1]), "low": number(low), "high": number(high)}
        lines.append(f"  {label}{' ' * (wide - width(label))}  {bars}  " + words.format(**numbers))
    if told.criteria:
        lines += ["", _("Criteria")]
    for one in told.criteria:
        points = _("{points} of {weight}").format(points=number(one.points), weight=number(one.weight))
        lines.append("  " + _("{name}: {text}").format(name=one.label, text=points))
        lines += [f"    {signed(gained):>3}  {feedback}" for gained, feedback in one.reasons]
    if told.last:
        lines += ["", _("{name}: {text}").format(name="LAST", text=_seen(told.last))]
    if told.steps:
        lines += ["", _("{name}: {text}").format(name=_("The eight steps"), text=_seen(told.steps))]
    lines += ["", _("What was said")]
    for place, one in enumerate(told.exchanges, 1):
        lines.append(f"  {place}. " + _("Customer: {text}").format(text=one.customer))
        lines.append("     " + _("You: {text}").format(text=one.reply))
        if one.points:
            found = [f"{label} {signed(gained)}" for label, gained in one.points.items()]
            lines.append("     → " + _(", ").join(found))
        if one.flag:
            lines.append("     → " + _("{name}: {text}").format(name=_("Critical error"), text=one.flag))
        if one.better:
            words = _("After this {after} is the most that can be reached ({before} before). Better: {text}")
            numbers = {"after": number(one.after), "before": number(one.before)}
            lines.append("     → " + words.format(text=one.better, **numbers))
    lines.append("  " + _("Customer: {text}").format(text=told.ending))
    if told.best:
        lines += ["", _("A best path")]
        for place, (customer, reply) in enumerate(told.best, 1):
            lines.append(f"  {place}. " + _("Customer: {text}").format(text=customer))
            lines.append("     " + _("You: {text}").format(text=reply))
    if told.model:
        lines += ["", _("What a good conversation does"), f"  {told.model}"]
    if told.questions:
        lines += ["", _("To talk about"), *(f"  - {question}" for question in told.questions)]
    return "\n".join(lines)


def _seen(marks: dict) -> str:
    """Which were seen and which missed, in words."""
    there, missed = ([str(one) for one, found in marks.items() if found is want] for want in (True, False))
    parts = [_("seen {names}").format(names=" ".join(there))] if there else []
    parts += [_("missed {names}").format(names=" ".join(missed))] if missed else []
    return _("; ").join(parts)


def signed(value: int) -> str:
    """Points with their sign.

    >>> signed(3), signed(-2), signed(0)
    ('+3', '−2', '0')
    """
    return f"+{value}" if value > 0 else number(value)
