"""A scene as it is written down: what the customer says, what the agent may reply, and what comes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator
from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as Mark

from crmlab.files import read_text
from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.roleplay.guard import guard

LARGEST = 2 * 2**20
"""Bytes that a scene's file may have."""
TOTAL = 100
SPREADSHEETS = (".xlsx", ".csv")
LAST = "LAST"
STEPS = range(1, 9)
NAME = r"^[a-z][a-z0-9_]*$"
OUTCOMES = {"won": mark("it went well"), "partly": mark("it went partly well"), "lost": mark("it went badly")}
DRAMAS = ("identify", "keep", "develop", "satisfaction", "loyalty", "complaint", "practical", "hotline")
RESERVED = {"and", "or", "not", "in", "is", "if", "else", "for", "lambda", "true", "false", "none", "say"}


Place = tuple[int | str, ...]
"""Where in a scene something stands, by names and by places in lists, counted from 0."""


class MisfitError(InputError):
    """Names that stand for nothing and the like, each with its place."""

    def __init__(self, found: list[tuple[Place, str]]) -> None:
        super().__init__("; ".join(text for _place, text in found))
        self.found = found


def _guarded(text: str) -> str:
    guard(text)
    return text


def _named(name: str) -> str:
    if name in RESERVED:
        raise InputError(_("{name} can't be a name here: it is a word of the guards.").format(name=name))
    return name


When = Annotated[str, Field(min_length=1), AfterValidator(_guarded)]
Name = Annotated[str, Field(pattern=NAME, max_length=40), AfterValidator(_named)]
Points = Annotated[int, Field(strict=True)]


class Variable(Strict):
    """Something about the customer that is a whole number: where it starts and its bounds."""

    start: Points
    low: Points
    high: Points
    label: Text

    @model_validator(mode="after")
    def _ordered(self) -> Variable:
        if not self.low <= self.start <= self.high or self.low == self.high:
            raise InputError(_("start must lie between low and high, and low be less than high."))
        return self


class Measure(Strict):
    """A criterion as the student knows it: its weight and what it is called."""

    weight: Annotated[int, Field(strict=True, ge=1, le=TOTAL)]
    label: Text


class Cap(Strict):
    """A critical error as the student knows it: the most that a play with it earns."""

    cap: Annotated[int, Field(strict=True, ge=0, lt=TOTAL)]
    label: Text


class Critical(Cap):
    """A critical error, and why it is one."""

    why: Text


class Spoken(Strict):
    """What the customer says where the guard holds."""

    when: When
    say: Text


class Lead(Strict):
    """Where the conversation goes on at once where the guard holds."""

    when: When
    goto: str


class Line(Strict):
    """A reply as the student has it: what is said, when it is on offer, what it does, and where it leads."""

    id: Annotated[str, Field(pattern="^[a-h]$")]
    text: Text
    when: When | None = None
    once: bool = False
    tells: tuple[str, ...] = ()
    effect: dict[str, Points] = Field(default_factory=dict)
    goto: str


class Reply(Line):
    """A reply with what it is worth: points by criterion, LAST and steps, a critical error, and why."""

    score: dict[str, Points] = Field(default_factory=dict)
    last: tuple[Literal["L", "A", "S", "T"], ...] = ()
    steps: tuple[Annotated[int, Field(strict=True, ge=STEPS[0], le=STEPS[-1])], ...] = ()
    flag: str | None = None
    feedback: Text


class Turn(Strict):
    """A turn as the student has it: the customer's words, by mood where there are variants, and the replies.

    ``auto``: before the customer speaks, the first whose guard holds leads on at once. ``tells``: facts that are known
    once the customer has spoken; the guards of this turn's own variants and replies see them as told.
    """

    say: Text
    variants: tuple[Spoken, ...] = ()
    tells: tuple[str, ...] = ()
    auto: tuple[Lead, ...] = ()
    replies: tuple[Line, ...] = Field(min_length=2, max_length=8)


class Node(Turn):
    """A turn with what its replies are worth."""

    replies: tuple[Reply, ...] = Field(min_length=2, max_length=8)


class Close(Strict):
    """An ending as the student has it: the customer's last words."""

    say: Text


class Ending(Close):
    """An ending, how the conversation went, and what is to be said about it."""

    outcome: Literal["won", "partly", "lost"]
    debrief: Text


class Customer(Strict):
    """The card of who plays the customer."""

    story: Text
    wants: tuple[Text, ...] = Field(min_length=1)
    hidden: Text
    harder_if: Text
    softer_if: Text
    never: Text


class Cards(Strict):
    """The cards for class play."""

    agent: Text
    customer: Customer
    observer: Text


class Debrief(Strict):
    """What a class talks about afterwards: questions, and in words what a good conversation did."""

    questions: tuple[Text, ...] = Field(min_length=1)
    model: Text


class Script(Strict):
    """A scene as the student has it: it can be played, and does not say what a reply is worth.

    ``edition`` tells one wording, or one way of playing, from another; it is the same for the whole scene.
    """

    version: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
    drama: Literal[DRAMAS]
    form: Annotated[str, Field(pattern="^[a-z]?$")] = ""
    use: Literal["practice", "graded"]
    title: Text
    minutes: Annotated[int, Field(strict=True, ge=1, le=60)]
    goals: tuple[Text, ...] = Field(min_length=1)
    brief: Text
    state: dict[Name, Variable] = Field(min_length=1)
    facts: tuple[Name, ...] = ()
    criteria: dict[Name, Measure] = Field(min_length=1)
    critical: dict[Name, Cap] = Field(default_factory=dict)
    start: str
    nodes: dict[Name, Turn] = Field(min_length=1)
    endings: dict[Name, Close] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Script:
        if found := list(_misfits(self)):
            raise MisfitError(found)
        return self

    @cached_property
    def edition(self) -> str:
        """SHA-256 of the student build's canonical JSON."""
        return hashlib.sha256(canonical(student(self)).encode()).hexdigest()

    @cached_property
    def replies(self) -> dict[str, dict[str, Line]]:
        """The replies by turn and id."""
        return {name: {reply.id: reply for reply in node.replies} for name, node in self.nodes.items()}


class Scene(Script):
    """A whole scene, with what gives answers away."""

    sources: tuple[Text, ...] = Field(min_length=1)
    facts: dict[Name, Text] = Field(default_factory=dict)
    critical: dict[Name, Critical] = Field(default_factory=dict)
    cards: Cards
    nodes: dict[Name, Node] = Field(min_length=1)
    endings: dict[Name, Ending] = Field(min_length=1)
    debrief: Debrief


OPEN = (
    "schema", "id", "drama", "form", "use", "title", "minutes", "goals", "brief", "state", "facts", "criteria",
    "critical", "start", "nodes", "endings",
)  # fmt: skip
"""What of a scene students get; of the cards only the agent's, which says what ``brief`` does."""


def _texts(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def student(scene: Script) -> dict[str, Any]:
    """The student build of a scene as plain data: texts, guards, effects and ways, and nothing that gives answers away.

    Left out: points, LAST and steps, critical errors, feedback, the texts of facts, cards, outcomes, debriefs, sources.
    """
    lines = {
        name: {
            "say": _texts(node.say),
            "variants": [{"when": one.when, "say": _texts(one.say)} for one in node.variants],
            "tells": list(node.tells),
            "auto": [{"when": one.when, "goto": one.goto} for one in node.auto],
            "replies": [
                {
                    "id": reply.id,
                    "text": _texts(reply.text),
                    "when": reply.when,
                    "once": reply.once,
                    "tells": list(reply.tells),
                    "effect": dict(reply.effect),
                    "goto": reply.goto,
                }
                for reply in node.replies
            ],
        }
        for name, node in scene.nodes.items()
    }
    return {
        "schema": scene.version,
        "id": scene.id,
        "drama": scene.drama,
        "form": scene.form,
        "use": scene.use,
        "title": _texts(scene.title),
        "minutes": scene.minutes,
        "goals": [_texts(goal) for goal in scene.goals],
        "brief": _texts(scene.brief),
        "state": {
            name: {"start": one.start, "low": one.low, "high": one.high, "label": _texts(one.label)}
            for name, one in scene.state.items()
        },
        "facts": list(scene.facts),
        "criteria": {name: {"weight": one.weight, "label": _texts(one.label)} for name, one in scene.criteria.items()},
        "critical": {name: {"cap": one.cap, "label": _texts(one.label)} for name, one in scene.critical.items()},
        "start": scene.start,
        "nodes": lines,
        "endings": {name: {"say": _texts(one.say)} for name, one in scene.endings.items()},
    }


def canonical(data: Any) -> str:
    """Plain data as JSON that is always the same for the same: keys in order, no spaces.

    >>> canonical({"b": 1, "a": "信"})
    '{"a":"信","b":1}'
    """
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _misfits(scene: Script) -> Iterator[tuple[Place, str]]:
    """Each name that stands for nothing, with its place, and what else does not fit together."""
    places = {**scene.nodes, **scene.endings}

    def known(where: Place, name: str, there: Mapping[str, Any] | tuple[str, ...], what: str) -> Iterator[tuple]:
        if name not in there:
            text = _("there is no {what} {name}; there are: {names}")
            yield where, text.format(what=_(what), name=name, names=_(", ").join(there) or "–")

    def holds(where: Place, text: str) -> Iterator[tuple]:
        for name in sorted(guard(text).variables):
            if name in scene.facts:
                yield where, _("{name} is a fact: it stands alone, without a comparison").format(name=name)
            else:
                yield from known(where, name, scene.state, mark("variable"))
        for name in sorted(guard(text).facts):
            if name in scene.state:
                yield where, _("{name} is a variable: compare it, such as {name} >= 4").format(name=name)
            else:
                yield from known(where, name, tuple(scene.facts), mark("fact"))

    for name in sorted(set(scene.nodes) & set(scene.endings)):
        yield ("endings", name), _("this is the name of a node, too")
    for name in sorted(set(scene.state) & set(scene.facts)):
        yield ("facts", name), _("this is the name of a variable, too")
    yield from known(("start",), scene.start, scene.nodes, mark("node"))
    total = sum(one.weight for one in scene.criteria.values())
    if total != TOTAL:
        text = _("the weights add up to {sum}, not to {total}")
        yield ("criteria",), text.format(sum=number(total), total=number(TOTAL))
    for name, node in scene.nodes.items():
        at = ("nodes", name)
        for place, one in enumerate(node.variants):
            yield from holds((*at, "variants", place, "when"), one.when)
        for place, one in enumerate(node.auto):
            yield from holds((*at, "auto", place, "when"), one.when)
            yield from known((*at, "auto", place, "goto"), one.goto, places, mark("node or ending"))
        for fact in node.tells:
            yield from known((*at, "tells"), fact, tuple(scene.facts), mark("fact"))
        ids = [reply.id for reply in node.replies]
        for place, reply in enumerate(node.replies):
            spot = (*at, "replies", place)
            if reply.id in ids[:place]:
                yield (*spot, "id"), _("this reply stands twice")
            if reply.when is not None:
                yield from holds((*spot, "when"), reply.when)
            for fact in reply.tells:
                yield from known((*spot, "tells"), fact, tuple(scene.facts), mark("fact"))
            for variable in reply.effect:
                yield from known((*spot, "effect"), variable, scene.state, mark("variable"))
            for criterion in getattr(reply, "score", ()):
                yield from known((*spot, "score"), criterion, scene.criteria, mark("criterion"))
            flag = getattr(reply, "flag", None)
            if flag is not None:
                yield from known((*spot, "flag"), flag, scene.critical, mark("critical error"))
            yield from known((*spot, "goto"), reply.goto, places, mark("node or ending"))


def read(path: str | Path) -> Scene:
    """The scene in a YAML file. Raises InputError that names file, line and place, and says what is wrong there.

    Every mistake in the file's form is told at once, a line each.
    """
    path = Path(path)
    if path.suffix in SPREADSHEETS:
        text = _("{file} is a spreadsheet; make the scene of it first: crmlab scenes compile {file}")
        raise InputError(text.format(file=path))
    tree, data = _yaml(path)
    scene = compiled(data, path.name, lambda place: _line(tree, place))
    if scene.id != path.stem:
        text = _("{file}: the scene's id is {id}, but must be as the file is called: {stem}.")
        raise InputError(text.format(file=path.name, id=scene.id, stem=path.stem))
    return scene


def compiled(data: Any, file: str, line: Callable[[Place], str] = lambda _place: "") -> Scene:
    """The scene that plain ``data`` describes; errors call it ``file`` and say by ``line(place)`` where in it."""
    if not isinstance(data, dict):
        raise InputError(_("{file} is no scene: it must be names with values.").format(file=file))
    try:
        return Scene.model_validate(data)
    except ValidationError as error:
        found = []
        for place, words in _complaints(error, data):
            text = _("{file}{line}: {complaint}")
            found.append(text.format(file=file, line=line(place), complaint=words))
        raise InputError("\n".join(dict.fromkeys(found))) from None


def script(data: Any, file: str) -> Script:
    """The student build in plain ``data``; InputError where it is none."""
    try:
        return Script.model_validate(data)
    except ValidationError as error:
        _where, words = _complaints(error, data)[0]
        text = _("{file} is no role play as it was handed out: {complaint}")
        raise InputError(text.format(file=file, complaint=words)) from None


def _complaints(error: ValidationError, data: Any) -> list[tuple[Place, str]]:
    """Each mistake with its place, in the language spoken now."""
    found = []
    for one in error.errors(include_url=False):
        inner = one.get("ctx", {}).get("error")
        if isinstance(inner, MisfitError):
            text = _("{place}: {complaint}.")
            found += [(at, text.format(place=_spot(data, at), complaint=words)) for at, words in inner.found]
        else:
            found.append((one["loc"], _complaint(one, _spot(data, one["loc"]))))
    return found


def _spot(data: Any, place: Place) -> str:
    """Where in a scene, as its author finds it: replies by their id, other things in a list counted from 1."""
    found = []
    for key in place:
        there = key in data if isinstance(data, dict) else isinstance(data, list) and key in range(len(data))
        data = data[key] if there else None
        if isinstance(key, int):
            name = data.get("id") if isinstance(data, dict) else None
            found.append(str(name or key + 1))
        elif key != "[key]" and not key.startswith(("tuple[", "dict[")):
            found.append(key)
    return ".".join(found)


SAID = {
    "missing": mark("is missing"),
    "extra_forbidden": mark("is no name that a scene has here; is it misspelt?"),
    "string_too_short": mark("is empty"),
    "invalid_key": mark("must be text (numbers and yes or no in quotation marks)"),
    "string_type": mark("must be text (numbers and yes or no in quotation marks)"),
    "int_type": mark("must be a whole number"),
    "int_parsing": mark("must be a whole number"),
    "bool_type": mark("must be true or false"),
    "bool_parsing": mark("must be true or false"),
    "dict_type": mark("must be names with values"),
    "model_type": mark("must be names with values"),
    "tuple_type": mark("must be a list"),
    "model_attributes_type": mark("must be names with values"),
}


def _complaint(one: Any, place: str) -> str:
    """One mistake in the language spoken now."""
    kind, context = one["type"], one.get("ctx", {})
    if kind == "value_error":
        words = str(context["error"])
        return f"{place}: {words}" if place else words
    if kind == "literal_error":
        words = _("is {value}; allowed: {names}").format(value=repr(one["input"]), names=context["expected"])
    elif kind in ("greater_than_equal", "less_than_equal", "less_than", "greater_than"):
        words = _("is {value}, beyond what is allowed").format(value=repr(one["input"]))
    elif kind == "string_pattern_mismatch":
        words = _("is {value}; it must fit {pattern}").format(value=repr(one["input"]), pattern=context["pattern"])
    elif kind in ("too_short", "too_long"):
        words = _("has {count} entries, too few or too many").format(count=number(context["actual_length"]))
    elif kind == "extra_forbidden" and " " in str(one["loc"][-1]):
        words = _("looks like the rest of a text; a text that holds a comma or a colon needs quotation marks")
    else:
        words = _(SAID[kind]) if kind in SAID else one["msg"]
    return _("{place} {complaint}.").format(place=place, complaint=words.rstrip("."))


def _yaml(path: Path) -> tuple[Mark | None, Any]:
    """A YAML file as its tree, which knows the lines, and as plain data."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = read_text(path, LARGEST)
    try:
        tree = yaml.compose(text, Loader=loader)
        _plain(tree, path.name, set())
        return tree, yaml.load(text, Loader=loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        at = getattr(error, "problem_mark", None)
        text = _("{file}{line}: this is no YAML: {reason}")
        reason = getattr(error, "problem", None) or str(error)
        where = _(", line {line}").format(line=number(at.line + 1)) if at else ""
        raise InputError(text.format(file=path.name, line=where, reason=reason)) from None


def _plain(tree: Mark | None, file: str, known: set[int]) -> None:
    """Refuse a name that stands twice, of which YAML would keep the last, and an alias for another part."""
    if id(tree) in known:
        raise InputError(_("{file}: a part that stands for another (& and *) is not for scenes.").format(file=file))
    known.add(id(tree))
    if isinstance(tree, MappingNode):
        seen = set()
        for key, value in tree.value:
            if isinstance(key, ScalarNode):
                if key.value in seen:
                    text = _("{file}, line {line}: {name} stands twice.")
                    raise InputError(text.format(file=file, line=number(key.start_mark.line + 1), name=key.value))
                seen.add(key.value)
            _plain(value, file, known)
    elif isinstance(tree, SequenceNode):
        for value in tree.value:
            _plain(value, file, known)


def _line(tree: Mark | None, loc: Place) -> str:
    """The line of a place, or of the last part of it that is there."""
    for key in loc:
        if isinstance(tree, MappingNode):
            inner = next((value for name, value in tree.value if name.value == str(key)), None)
        elif isinstance(tree, SequenceNode) and isinstance(key, int) and key < len(tree.value):
            inner = tree.value[key]
        else:
            inner = None
        if inner is None:
            break
        tree = inner
    return _(", line {line}").format(line=number(tree.start_mark.line + 1)) if tree is not None else ""
