"""Is a scene whole and fair? Everything that can be known of it without playing, found by exhaustive search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from crmlab.gradebook.grades import counting
from crmlab.language.catalogue import LANGUAGES, _, mark, number, percent, short
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.roleplay.guard import guard
from crmlab.roleplay.play import State, known
from crmlab.roleplay.scene import LAST, STEPS, TOTAL, Scene, read
from crmlab.roleplay.search import (
    GOOD,
    PASS,
    PLAYERS,
    WORLDS,
    Graph,
    Search,
    TooLargeError,
    explore,
    heights,
    search,
    stuck,
)

LONGEST = (12, 18)
"""Exchanges of the longest conversation: not fewer, and not more."""
PLAYER, RANDOM, BETWEEN_LANGUAGES, BETWEEN_FORMS, ROUTE = 60, 40, 10, 5, 3
"""Limits: a test-wise player's score, the random mean, differences between languages and forms; other replies."""
SPREAD, LETTERS = 0.15, 2
"""How far a reply's length may lie from its node's mean: this share, and always so many letters."""
WITH_LAST = ("complaint", "practical", "hotline")
KINDS = (
    mark("schema"), mark("size"), mark("unreachable"), mark("dead end"), mark("few replies"), mark("endless"),
    mark("circle"), mark("guard"), mark("never offered"), mark("ending"), mark("critical error"), mark("fact"),
    mark("translation"), mark("numbers"), mark("length"), mark("longest path"), mark("best"), mark("routes"),
    mark("LAST"), mark("steps"), mark("player"), mark("languages"), mark("random"), mark("forms"),
    mark("share"),
)  # fmt: skip
"""What kinds of finding there are."""
NUMBERS = re.compile(r"\d+(?:[.,:]\d+)*")
BRACES = re.compile(r"\{[^{}]*\}")
HAN = re.compile(r"[\u3400-\u9fff]")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Finding(NamedTuple):
    """Something amiss: in which scene, where in it, of what kind, and in words."""

    scene: str
    place: str
    kind: str
    text: str

    def __str__(self) -> str:
        where = _("{scene}, {place}").format(scene=self.scene, place=self.place) if self.place else self.scene
        return f"[{_(self.kind)}] " + _("{name}: {text}").format(name=where, text=self.text)


@dataclass
class Proof:
    """What a check found, and what it measured: ``findings`` is empty where all is well."""

    findings: list[Finding] = field(default_factory=list)
    searches: dict[str, Search] = field(default_factory=dict)
    """By the scene's id, where its scores could be computed."""

    def table(self) -> str:
        """What was measured, a line a scene, with a head."""
        head = [
            _("scene"), _("states"), _("positions"), _("exchanges"), _("best"), _("worst"), _("random mean"),
            _("random passes"), *(f"{_(head)} en/zh" for _rule, head in PLAYERS.values()),
        ]  # fmt: skip
        rows = [head]
        for name, found in self.searches.items():
            players = ["/".join(short(one.mean) for one in found.players[rule].values()) for rule in PLAYERS]
            rows.append(
                [
                    name,
                    number(found.worlds),
                    number(found.positions),
                    number(found.longest),
                    number(found.best),
                    number(found.worst),
                    short(found.random.mean),
                    percent(found.random.passing, 1),
                    *players,
                ]
            )
        return aligned(rows)

    def paths(self) -> str:
        """The best and the worst path of each scene."""
        lines = []
        for name, found in self.searches.items():
            for words, score, path in (
                (_("{scene}: best {score}: {path}"), found.best, found.best_path),
                (_("{scene}: worst {score}: {path}"), found.worst, found.worst_path),
            ):
                told = " ".join(f"{node}.{reply}" for node, reply in path)
                lines.append(words.format(scene=name, score=number(score), path=told))
        return "\n".join(lines)

    def __str__(self) -> str:
        lines = [str(one) for one in self.findings] or [_("Nothing is amiss.")]
        return "\n".join([*lines, "", self.table(), "", self.paths()])

    __repr__ = __str__


def aligned(rows: list[list[str]]) -> str:
    """Rows of cells as text, each column as wide as it must be; Chinese letters count two.

    >>> print(aligned([["a", "bb"], ["客户", "1"]]))
    a     bb
    客户   1
    """
    wide = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *rest = zip(row, wide, strict=True)
        cells = [first[0] + " " * (first[1] - width(first[0]))]
        cells += [" " * (room - width(cell)) + cell for cell, room in rest]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """How many columns of a terminal ``text`` takes.

    >>> width("客户 1")
    6
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def check(where: str | Path | Scene | list[Scene]) -> Proof:
    """Look at one scene's file, at all scenes in a folder, or at scenes already read: what is amiss, and the measures.

    >>> check("nowhere.yml").findings[0].kind
    'schema'
    """
    proof, scenes = Proof(), []
    if isinstance(where, Scene):
        scenes = [where]
    elif isinstance(where, list):
        scenes = where
    else:
        where = Path(where)
        files = sorted(where.glob("*.yml")) if where.is_dir() else [where]
        if not files:
            proof.findings.append(
                Finding(where.name, "", "schema", _("There is no scene in {folder}.").format(folder=where))
            )
        for path in files:
            try:
                scenes.append(read(path))
            except InputError as error:
                proof.findings += [Finding(path.stem, "", "schema", line) for line in str(error).splitlines()]
    for scene in scenes:
        proof.findings += _one(scene, proof)
    proof.findings += _forms(scenes, proof.searches)
    return proof


def _one(scene: Scene, proof: Proof) -> Iterator[Finding]:
    def found(kind: str, place: str, text: str) -> Finding:
        return Finding(scene.id, place, kind, text)

    for place, text in texts(scene):
        yield from (found(kind, place, words) for kind, words in _translation(text))
    for place, words in _lengths(scene):
        yield found("length", place, words)
    if scene.use == "graded" and scene.id not in counting():
        text = _("by this name it counts nothing in the course grade; names that count: {names}.")
        yield found("share", "id", text.format(names=_(", ").join(counting())))
    try:
        graph = explore(scene)
    except TooLargeError:
        text = _("there are more than {count} states; fewer variables, facts or once-only replies are needed.")
        yield found("size", "", text.format(count=number(WORLDS)))
        return
    for kind, place, words in (*_ways(scene, graph), *_guards(scene, graph), *_reached(scene, graph)):
        yield found(kind, place, words)
    try:
        result = proof.searches[scene.id] = search(scene, graph)
    except TooLargeError:
        text = _("the points differ in too many ways to be computed; round them to fewer values.")
        yield found("size", "", text)
    except InputError:
        return
    else:
        for kind, words in _limits(scene, result):
            yield found(kind, "", words)


def texts(scene: Scene) -> Iterator[tuple[str, Text]]:
    """Every text of a scene with its place."""

    def inside(value: Any, place: str) -> Iterator[tuple[str, Text]]:
        if isinstance(value, Text):
            yield place, value
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                yield from inside(getattr(value, name), f"{place}.{name}" if place else name)
        elif isinstance(value, dict):
            for name, one in value.items():
                yield from inside(one, f"{place}.{name}")
        elif isinstance(value, tuple):
            for count, one in enumerate(value, 1):
                yield from inside(one, f"{place}.{getattr(one, 'id', count)}")

    yield from inside(scene, "")


def _translation(text: Text) -> Iterator[tuple[str, str]]:
    english, chinese = (unicodedata.normalize("NFKC", one) for one in (text.en, text.zh))
    if not english.strip() or not chinese.strip():
        yield "translation", _("one of the two languages is empty.")
        return
    if english.strip() == chinese.strip():
        yield "translation", _("English and Chinese are the same: {text}").format(text=text.en)
        return
    if not HAN.search(chinese):
        yield "translation", _("the Chinese has no Chinese character: {text}").format(text=text.zh)
    if HAN.search(english):
        yield "translation", _("the English has Chinese characters: {text}").format(text=text.en)
    here, there = ({one.replace(",", "") for one in NUMBERS.findall(words)} for words in (english, chinese))
    months = {str(place) for place, name in enumerate(MONTHS, 1) if name in english}
    odd = sorted((here - there) | (there - here - months))
    if odd:
        words = _("these numbers stand in one language only: {numbers}")
        yield "numbers", words.format(numbers=_(", ").join(odd))
    odd = sorted(set(BRACES.findall(english)) ^ set(BRACES.findall(chinese)))
    if odd:
        words = _("these placeholders stand in one language only: {names}")
        yield "numbers", words.format(names=_(", ").join(odd))


def _lengths(scene: Scene) -> Iterator[tuple[str, str]]:
    """Replies that are longer or shorter than the others of their node."""
    for name, node in scene.nodes.items():
        for code in LANGUAGES:
            sizes = {reply.id: len(getattr(reply.text, code)) for reply in node.replies}
            mean = sum(sizes.values()) / len(sizes)
            off = {one: size for one, size in sizes.items() if abs(size - mean) > max(SPREAD * mean, LETTERS)}
            if off:
                text = _(
                    "{language}: the replies have {sizes} letters; within {share} of their mean, {mean}, is allowed."
                )
                told = _(", ").join(f"{one} {size}" for one, size in sizes.items())
                yield f"nodes.{name}", text.format(language=code, sizes=told, share=percent(SPREAD), mean=short(mean))


def _told(scene: Scene, state: State, cares: frozenset[str]) -> str:
    """What of a state matters, in words, such as: anger 8, trust 2, told: receipt."""
    parts = [f"{name} {value}" for name, value in zip(scene.state, state.values, strict=True) if name in cares]
    parts += [_("told: {names}").format(names=_(", ").join(sorted(state.told)))] if state.told else []
    parts += [_("said: {names}").format(names=_(", ").join(sorted(state.used)))] if state.used else []
    return _(", ").join(parts) or "–"


def _ways(scene: Scene, graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Dead ends, endless loops, circles, and too few replies; one example a node."""

    def told(world: int) -> str:
        state = graph.worlds[world]
        return _told(scene, state, graph.cares[state.node])

    for words in graph.circles:
        yield "endless", "", words
    few: dict[tuple[str, int], list[int]] = {}
    for world, offers in enumerate(graph.offers):
        node = graph.worlds[world].node
        if node in scene.nodes and len(offers) < 2:
            few.setdefault((node, len(offers)), []).append(world)
    for (node, count), worlds in few.items():
        example = told(worlds[0])
        if count:
            text = _("only one reply is on offer in {count} of its states, such as {state}.")
            yield "few replies", f"nodes.{node}", text.format(count=number(len(worlds)), state=example)
        else:
            text = _("a dead end: no reply is on offer in {count} of its states, such as {state}.")
            yield "dead end", f"nodes.{node}", text.format(count=number(len(worlds)), state=example)
    lost: dict[str, list[int]] = {}
    for world in stuck(scene, graph):
        if graph.offers[world]:
            lost.setdefault(graph.worlds[world].node, []).append(world)
    for node, worlds in lost.items():
        text = _("endless: no ending can be reached from {count} of its states, such as {state}.")
        example = told(worlds[0])
        yield "endless", f"nodes.{node}", text.format(count=number(len(worlds)), state=example)
    high = heights(graph)
    if high and isinstance(high[0], tuple):
        path = " → ".join(f"{graph.worlds[world].node}.{reply}" for world, reply in high)
        state = told(high[0][0])
        text = _("the same state comes round again ({state}): {path}. Nothing that was said made a difference.")
        yield "circle", f"nodes.{graph.worlds[high[0][0]].node}", text.format(state=state, path=path)


def _guards(scene: Scene, graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Guards that are always the same, and replies that are never on offer."""
    seen = dict(graph.told)
    offered: dict[str, set[str]] = {}
    for state, offers in zip(graph.worlds, graph.offers, strict=True):
        if state.node not in scene.nodes:
            continue
        node = scene.nodes[state.node]
        offered.setdefault(state.node, set()).update(reply.id for reply, _child in offers)
        now = known(scene, state)
        for place, one in enumerate(node.variants):
            holds = guard(one.when)(now)
            seen.setdefault((state.node, "variants", place), set()).add(holds)
            if holds:
                break
        for place, reply in enumerate(node.replies):
            if reply.when is not None:
                seen.setdefault((state.node, "replies", place), set()).add(guard(reply.when)(now))
    for name, node in scene.nodes.items():
        if name not in offered:
            continue
        for what in ("auto", "variants", "replies"):
            for place, one in enumerate(getattr(node, what)):
                if one.when is None:
                    continue
                spot = f"nodes.{name}.{what}.{getattr(one, 'id', place + 1)}"
                values = seen.get((name, what, place))
                if values == {True}:
                    yield "guard", spot, _('the guard "{guard}" always holds where it is asked.').format(guard=one.when)
                elif values != {True, False}:
                    yield "guard", spot, _('the guard "{guard}" never holds where it is asked.').format(guard=one.when)
        for reply in node.replies:
            if reply.id not in offered[name]:
                yield "never offered", f"nodes.{name}.replies.{reply.id}", _("this reply is never on offer.")


def _reached(scene: Scene, graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Nodes and endings that nobody comes to, critical errors that nobody can make, facts that never come out."""
    there = {state.node for state in graph.worlds}
    passed = {node for node, _what, _place in graph.told}
    for name in scene.nodes:
        if name in passed - there:
            text = _("the customer never speaks here: auto always leads on.")
            yield "unreachable", f"nodes.{name}", text
        elif name not in there:
            yield "unreachable", f"nodes.{name}", _("this node is never reached.")
    for name in scene.endings:
        if name not in there:
            yield "ending", f"endings.{name}", _("this ending is never reached.")
    said = {
        (state.node, reply.id)
        for state, offers in zip(graph.worlds, graph.offers, strict=True)
        for reply, _child in offers
    }
    replies = [scene.replies[node][one] for node, one in said]
    for name in scene.critical:
        if not any(reply.flag == name for reply in replies):
            yield "critical error", f"critical.{name}", _("nobody can make this critical error.")
    for name in scene.facts:
        if not any(name in reply.tells for reply in replies) and not any(
            name in scene.nodes[node].tells for node in there & scene.nodes.keys()
        ):
            yield "fact", f"facts.{name}", _("this fact never comes out.")


def _limits(scene: Scene, found: Search) -> Iterator[tuple[str, str]]:
    """What the scores and the length of the conversation must be."""
    if not LONGEST[0] <= found.longest <= LONGEST[1]:
        text = _("the longest conversation has {count} exchanges; it should have {low} to {high}.")
        yield "longest path", text.format(count=number(found.longest), low=LONGEST[0], high=LONGEST[1])
    if found.best != TOTAL:
        text = _("the best score that can be reached is {score}, not {total}.")
        yield "best", text.format(score=number(found.best), total=TOTAL)
    if found.best >= GOOD and found.routes < ROUTE:
        text = _("there is one way only to {score} or more: no such path has {count} replies that the best has not.")
        yield "routes", text.format(score=GOOD, count=ROUTE)
    if scene.drama in WITH_LAST or any(reply.last for node in scene.nodes.values() for reply in node.replies):
        missing = [letter for letter in LAST if letter not in found.last]
        if missing:
            text = _("no best path has all of LAST; missing on one with the most: {letters}.")
            yield "LAST", text.format(letters=_(", ").join(missing))
    if scene.drama == "practical":
        missing = [str(one) for one in STEPS if one not in found.steps]
        if missing:
            text = _("no best path has all eight steps; missing on one with the most: {steps}.")
            yield "steps", text.format(steps=_(", ").join(missing))
    for name, languages in found.players.items():
        rule, _head = PLAYERS[name]
        for code, one in languages.items():
            if one.mean > PLAYER + 1e-9:
                text = _("a player who takes {rule} ({language}) gets {score}; at most {limit} is allowed.")
                yield "player", text.format(rule=_(rule), language=code, score=short(one.mean), limit=PLAYER)
        apart = abs(languages["en"].mean - languages["zh"].mean)
        if apart > BETWEEN_LANGUAGES + 1e-9:
            text = _("a player who takes {rule} gets {en} in English and {zh} in Chinese; {limit} apart is allowed.")
            scores = {code: short(one.mean) for code, one in languages.items()}
            yield "languages", text.format(rule=_(rule), **scores, limit=BETWEEN_LANGUAGES)
    if found.random.mean > RANDOM + 1e-9:
        text = _("random replies get {score} on the mean (and {share} of them {passing} or more); {limit} is allowed.")
        yield (
            "random",
            text.format(
                score=short(found.random.mean), share=percent(found.random.passing, 1), passing=PASS, limit=RANDOM
            ),
        )


def _forms(scenes: list[Scene], searches: dict[str, Search]) -> Iterator[Finding]:
    """Forms of one drama that are not equally hard."""
    known_ones = [scene for scene in scenes if scene.form and scene.id in searches]
    for one, two in combinations(known_ones, 2):
        if one.drama != two.drama:
            continue
        here, there = searches[one.id], searches[two.id]
        for what, left, right in (
            (_("best"), here.best, there.best),
            (_("random mean"), here.random.mean, there.random.mean),
        ):
            if abs(left - right) > BETWEEN_FORMS + 1e-9:
                text = _("{what}: {left}, but {right} in {other}; two forms may be {limit} apart.")
                yield Finding(
                    one.id,
                    "",
                    "forms",
                    text.format(what=what, left=short(left), right=short(right), other=two.id, limit=BETWEEN_FORMS),
                )
