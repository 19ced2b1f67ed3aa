"""Exhaustive search of a scene: every conversation that it allows, its best and worst score, and test-wise players.

A conversation's future depends on the customer's state only (node, variables, facts told, replies used): a **world**.
What it will earn depends also on the points so far: a **position**. Two positions of one world are one where their
future is the same: points that can no longer meet a bound are added up, and a cap that can no longer bind is forgotten.
All results are exact; nothing is sampled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from crmlab.language.catalogue import _, mark
from crmlab.language.errors import InputError
from crmlab.roleplay.guard import guard
from crmlab.roleplay.play import State, follow, leading, offered, settle
from crmlab.roleplay.scene import LAST, STEPS, TOTAL, Line, Scene, Script

PASS, GOOD = 60, 85
"""A passing score, and what counts as a route that did well."""
WORLDS, POSITIONS = 50_000, 4_000_000
"""More worlds than the first are not looked at; with more positions than the second no scores are computed."""
POLITE = {
    "en": re.compile(r"\b(sorry|apolog\w*|please|thank\w*|pardon|regret\w*|appreciat\w*|kindly|excuse me)\b", re.I),
    "zh": re.compile(r"抱歉|对不起|不好意思|歉意|道歉|致歉|(?<![申邀聘])请|谢谢|感谢|多谢|麻烦您|劳驾|见谅|包涵"),
}
"""The words that the politest player goes by, and the plainest, who shuns them."""
PLAYERS = {
    "longest": (mark("always the longest reply"), mark("longest reply")),
    "shortest": (mark("always the shortest reply"), mark("shortest reply")),
    "first": (mark("always the first reply"), mark("first reply")),
    "last": (mark("always the last reply"), mark("last reply")),
    "politest": (mark("always the most polite words"), mark("polite words")),
    "plainest": (mark("always the fewest polite words"), mark("few polite words")),
}
"""The test-wise players: what each of them goes by, and the same as the head of a column."""
FOLDED, SATURATED = 255, TOTAL + 1

Step = tuple[str, str]
"""A node, and the reply given there."""


class TooLargeError(Exception):
    """A scene with more worlds or positions than can be searched."""


Cares = frozenset[str]
"""Names of variables and facts, and replies that can be said once (as "node.reply")."""


@dataclass
class Graph:
    """Every world of a scene, and the replies that lead from one to another."""

    cares: dict[str, Cares] = field(default_factory=dict)
    """What of a state matters from each node on."""
    worlds: list[State] = field(default_factory=list)
    """The reachable ones, without points, flags, LAST, steps and what no longer matters; the first is the start."""
    offers: list[list[tuple[Line, int]]] = field(default_factory=list)
    """For each world the replies on offer, and the world each leads to (-1 where nobody would ever speak)."""
    told: dict[tuple[str, str, int], set[bool]] = field(default_factory=dict)
    """What each ``auto`` guard was when it was asked for: by node, "auto" and place."""
    circles: list[str] = field(default_factory=list)
    """What is wrong where the turns lead round without a word."""


def explore(scene: Script) -> Graph:
    """Every world that a conversation can come to. Raises TooLargeError beyond ``WORLDS``."""
    cares = _cares(scene)
    bare = {name: [_bare(reply) for reply in node.replies] for name, node in scene.nodes.items()}
    graph, places, before = Graph(cares=cares), {}, set()

    def place(state: State) -> int:
        state = _forget(scene, state, cares)
        if state not in before:
            before.add(state)
            _ask(scene, state, graph.told)
        try:
            state = settle(scene, state)
        except InputError as error:
            if str(error) not in graph.circles:
                graph.circles.append(str(error))
            return -1
        state = _forget(scene, state, cares)
        if state not in places:
            if len(places) >= WORLDS:
                raise TooLargeError
            places[state] = len(places)
            graph.worlds.append(state)
        return places[state]

    place(State(scene.start, tuple(one.start for one in scene.state.values())))
    done = 0
    while done < len(graph.worlds):
        state = graph.worlds[done]
        ids = {reply.id for reply in offered(scene, state)}
        replies = [reply for reply in bare.get(state.node, ()) if reply.id in ids]
        graph.offers.append([(reply, place(follow(scene, state, reply))) for reply in replies])
        done += 1
    return graph


def _bare(reply: Line) -> Line:
    return Line(**{name: getattr(reply, name) for name in Line.model_fields})


def _ask(scene: Script, state: State, told: dict[tuple[str, str, int], set[bool]]) -> None:
    """Note what the guards of the ``auto`` that ``state`` passes are."""
    passed = set()
    while state.node in scene.nodes and state.node not in passed:
        passed.add(state.node)
        lead = leading(scene, state)
        auto = scene.nodes[state.node].auto
        for number in range(len(auto) if lead is None else lead + 1):
            told.setdefault((state.node, "auto", number), set()).add(number == lead)
        if lead is None:
            return
        state = state._replace(node=auto[lead].goto)


def _cares(scene: Script) -> dict[str, Cares]:
    """What of a state matters at each node or ending: names that a guard may still ask for, replies still to come."""
    ways = {name: set() for name in scene.endings}
    own: dict[str, set[str]] = {name: set() for name in scene.endings}
    for name, node in scene.nodes.items():
        ways[name] = {one.goto for one in (*node.auto, *node.replies)}
        asked = [guard(one.when) for one in (*node.variants, *node.auto, *node.replies) if one.when is not None]
        own[name] = {one for test in asked for one in test.facts | test.variables}
        own[name] |= {f"{name}.{reply.id}" for reply in node.replies if reply.once}
    found = {}
    for name in ways:
        there, open_ones = {name}, [name]
        while open_ones:
            new = ways[open_ones.pop()] - there
            there |= new
            open_ones += new
        found[name] = frozenset().union(*(own[one] for one in there))
    return found


def _forget(scene: Script, state: State, cares: dict[str, Cares]) -> State:
    """``state`` without what no longer matters: such variables at their lowest, such facts and replies left out."""
    care = cares[state.node]
    values = tuple(
        value if name in care else one.low for (name, one), value in zip(scene.state.items(), state.values, strict=True)
    )
    return state._replace(values=values, told=state.told & care, used=state.used & care)


def stuck(scene: Script, graph: Graph) -> list[int]:
    """The worlds from which no ending can be reached."""
    parents: list[list[int]] = [[] for _world in graph.worlds]
    for world, offers in enumerate(graph.offers):
        for _reply, child in offers:
            if child >= 0:
                parents[child].append(world)
    fine = [world for world, state in enumerate(graph.worlds) if state.node in scene.endings]
    seen = set(fine)
    while fine:
        for parent in parents[fine.pop()]:
            if parent not in seen:
                seen.add(parent)
                fine.append(parent)
    return [world for world in range(len(graph.worlds)) if world not in seen]


def heights(graph: Graph) -> list[int] | list[tuple[int, str]]:
    """For each world the most replies until an ending; or, where one comes round again, the replies of such a circle.

    A circle is told as pairs of world and reply.
    """
    found: list[int] = [-1] * len(graph.worlds)
    trail: list[tuple[int, int]] = []
    on: set[int] = set()
    for first in range(len(graph.worlds)):
        if found[first] >= 0:
            continue
        trail.append((first, 0))
        on.add(first)
        while trail:
            world, place = trail.pop()
            offers = graph.offers[world]
            if place == len(offers):
                found[world] = max((found[child] + 1 for _reply, child in offers if child >= 0), default=0)
                on.discard(world)
                continue
            trail.append((world, place + 1))
            child = offers[place][1]
            if child in on:
                begin = next(number for number, (one, _place) in enumerate(trail) if one == child)
                return [(one, graph.offers[one][after - 1][0].id) for one, after in trail[begin:]]
            if child >= 0 and found[child] < 0:
                trail.append((child, 0))
                on.add(child)
    return found


class Result(NamedTuple):
    """What playing by a rule comes to: the mean score, and the share of plays that pass."""

    mean: float
    passing: float


@dataclass(frozen=True)
class Search:
    """What an exhaustive search of a scene found."""

    worlds: int
    positions: int
    longest: int
    """Exchanges (replies) of the longest conversation."""
    best: int
    best_path: tuple[Step, ...]
    """Of the paths to the best score one with the most of LAST and the eight steps."""
    worst: int
    worst_path: tuple[Step, ...]
    last: frozenset[str]
    steps: frozenset[int]
    """The letters of LAST, and the steps, seen on ``best_path``."""
    routes: int
    """How many replies a route above ``GOOD`` can have that the best path has not."""
    random: Result
    players: dict[str, dict[str, Result]]
    """longest, shortest, first, last, politest, plainest: by language."""


class _Table:
    """A graph as arrays: the edges of world w are those from ``begin[w]`` to ``begin[w + 1]``."""

    def __init__(self, scene: Scene, graph: Graph, high: list[int]) -> None:
        self.scene = scene
        self.steps: list[Step] = [(name, one.id) for name, node in scene.nodes.items() for one in node.replies]
        number = {step: place for place, step in enumerate(self.steps)}
        replies = [reply for node in scene.nodes.values() for reply in node.replies]
        self.replies = replies
        self.weights = np.array([one.weight for one in scene.criteria.values()], dtype=np.int16)
        self.delta = np.array([[one.score.get(name, 0) for name in scene.criteria] for one in replies], dtype=np.int16)
        self.cap = np.array([scene.critical[one.flag].cap if one.flag else TOTAL for one in replies], dtype=np.int16)
        self.marks = np.array(
            [
                sum(1 << LAST.index(letter) for letter in set(one.last))
                + sum(1 << (len(LAST) + step - STEPS[0]) for step in set(one.steps))
                for one in replies
            ],
            dtype=np.int64,
        )
        sizes = [len(offers) for offers in graph.offers]
        self.begin = np.concatenate([[0], np.cumsum(sizes)])
        self.parent = np.repeat(np.arange(len(sizes)), sizes)
        self.child = np.array([child for offers in graph.offers for _reply, child in offers], dtype=np.int64)
        pairs = zip(graph.worlds, graph.offers, strict=True)
        self.reply = np.array([number[state.node, one.id] for state, offers in pairs for one, _child in offers], int)
        self.ends = np.array([state.node in scene.endings for state in graph.worlds])
        self._bound(np.array(high))

    def _bound(self, high: np.ndarray) -> None:
        """Per world and criterion: how far its points can still rise and fall on the way, and by how much in all."""
        shape = (len(high), len(self.weights))
        self.rise, self.fall, self.gain, self.loss = (np.zeros(shape, np.int32) for _one in range(4))
        order = np.argsort(high[self.parent], kind="stable")
        cuts = np.flatnonzero(np.diff(high[self.parent][order])) + 1
        for edges in np.split(order, cuts):
            at, to, delta = self.parent[edges], self.child[edges], self.delta[self.reply[edges]]
            np.maximum.at(self.rise, at, delta + self.rise[to])
            np.minimum.at(self.fall, at, delta + self.fall[to])
            np.maximum.at(self.gain, at, np.maximum(delta, 0) + self.gain[to])
            np.minimum.at(self.loss, at, np.minimum(delta, 0) + self.loss[to])

    def chosen(self, feature: np.ndarray) -> np.ndarray:
        """The edges that a player takes who goes by the highest ``feature`` (one for each reply) on offer."""
        worth = feature[self.reply]
        most = np.full(len(self.ends), -np.inf)
        np.maximum.at(most, self.parent, worth)
        return worth == most[self.parent]


class _Layer(NamedTuple):
    """The positions after so many replies, and the edges from them to the next layer's, in the positions' order."""

    total: np.ndarray
    """The score where it is over, else -1."""
    chance: np.ndarray
    source: np.ndarray
    target: np.ndarray
    reply: np.ndarray


def _layers(table: _Table, taken: np.ndarray | None = None) -> list[_Layer]:
    """Every position by the number of replies, with the chance that a player gets there.

    The player takes each of the edges ``taken`` (all unless told) of a world with the same chance.
    Raises TooLargeError.
    """
    edges = np.flatnonzero(taken) if taken is not None else np.arange(len(table.reply))
    begin = np.searchsorted(table.parent[edges], np.arange(len(table.ends) + 1))
    count = np.diff(begin)
    world, chance = np.zeros(1, np.int64), np.ones(1)
    points = np.zeros((1, len(table.weights)), np.int16)
    base, cap = np.zeros(1, np.int16), np.full(1, TOTAL, np.int16)
    found, positions = [], 0
    while True:
        points, base, cap = _fold(table, world, points, base, cap)
        world, points, base, cap, inverse = _distinct(table, world, points, base, cap)
        if found:
            found[-1] = found[-1]._replace(target=inverse)
        chance = np.bincount(inverse, chance, len(world))
        positions += len(world)
        ends = table.ends[world]
        total = np.where(ends, np.minimum(base, cap), -1)
        sizes = np.where(ends, 0, count[world])
        source = np.repeat(np.arange(len(world)), sizes)
        if positions + len(source) > POSITIONS:
            raise TooLargeError
        offset = np.arange(len(source)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        edge = edges[begin[world[source]] + offset]
        reply = table.reply[edge]
        found.append(_Layer(total, chance, source, source, reply))
        if not len(source):
            return found
        delta, old = table.delta[reply], points[source]
        folded = old == FOLDED
        full = base[source] == SATURATED
        base = np.where(full, SATURATED, base[source] + np.where(folded, delta, 0).sum(axis=1)).astype(np.int16)
        points = np.where(folded, FOLDED, np.clip(old + delta, 0, table.weights)).astype(np.int16)
        cap = np.minimum(cap[source], table.cap[reply])
        chance = chance[source] / sizes[source]
        world = table.child[edge]


def _fold(
    table: _Table, world: np.ndarray, points: np.ndarray, base: np.ndarray, cap: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Positions whose future is the same, made the same."""
    folded = points == FOLDED
    free = ~folded & (points + table.rise[world] <= table.weights) & (points + table.fall[world] >= 0)
    base = base + np.where(free, points, 0).sum(axis=1)
    points = np.where(free, FOLDED, points)
    folded |= free
    gain, loss = table.gain[world], table.loss[world]
    most = base + np.where(folded, gain, np.minimum(table.weights, points + gain) * ~folded).sum(axis=1)
    least = base + np.where(folded, loss, np.maximum(0, points + loss) * ~folded).sum(axis=1)
    cap = np.where((most <= cap) & (base != SATURATED), TOTAL, cap)
    # a cap that binds whatever comes
    full = (base == SATURATED) | ((least >= cap) & (cap < TOTAL))
    points = np.where(full[:, None], FOLDED, points)
    return points.astype(np.int16), np.where(full, SATURATED, base).astype(np.int16), cap.astype(np.int16)


def _distinct(
    table: _Table, world: np.ndarray, points: np.ndarray, base: np.ndarray, cap: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The distinct positions, and for each one given its place among them."""
    columns = [(base, SATURATED + 1), (cap, TOTAL + 1)]
    columns += [
        (np.where(points[:, place] == FOLDED, weight + 1, points[:, place]), int(weight) + 2)
        for place, weight in enumerate(table.weights)
    ]
    key, size = world, len(table.ends)
    for column, radix in columns:
        if size * radix >= 2**62:
            kept, key = np.unique(key, return_inverse=True)
            size = len(kept)
        key, size = key * radix + column, size * radix
    _keys, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return world[first], points[first], base[first], cap[first], inverse


def _result(layers: list[_Layer]) -> Result:
    mean = passing = 0.0
    for layer in layers:
        ends = layer.total >= 0
        mean += float((layer.total[ends] * layer.chance[ends]).sum())
        passing += float(layer.chance[ends & (layer.total >= PASS)].sum())
    return Result(mean, passing)


def _values(layers: list[_Layer], most: bool) -> list[np.ndarray]:
    """For each position the best (or worst) score that can be reached from it."""
    found: list[np.ndarray] = []
    for layer in reversed(layers):
        value = layer.total.copy()
        if found:
            value[layer.total < 0] = -1 if most else TOTAL + 1
            (np.maximum if most else np.minimum).at(value, layer.source, found[-1][layer.target])
        found.append(value)
    return found[::-1]


def _path(table: _Table, layers: list[_Layer], values: list[np.ndarray]) -> tuple[tuple[Step, ...], int]:
    """A path that keeps its value to the end, with the most marks (LAST, steps) of all such paths; and its marks."""
    width = 1 << (len(LAST) + len(STEPS))
    aim = values[0][0]
    keys, trail, ended = np.zeros(1, np.int64), [], []
    for depth, layer in enumerate(layers):
        rows, marks = keys // width, keys % width
        for place in np.flatnonzero(layer.total[rows] >= 0):
            ended.append((int(marks[place]).bit_count(), depth, int(place), int(marks[place])))
        if not len(layer.source):
            break
        keep = values[depth + 1][layer.target] == aim
        source, target, reply = layer.source[keep], layer.target[keep], layer.reply[keep]
        begin = np.searchsorted(source, rows)
        sizes = np.searchsorted(source, rows, side="right") - begin
        parent = np.repeat(np.arange(len(rows)), sizes)
        edge = begin[parent] + np.arange(len(parent)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        made = target[edge] * width + (marks[parent] | table.marks[reply[edge]])
        keys, first = np.unique(made, return_index=True)
        trail.append((parent[first], reply[edge][first]))
    _most, depth, place, marks = max(ended, key=lambda one: (one[0], -one[1]))
    path = []
    for parent, reply in reversed(trail[:depth]):
        path.append(table.steps[reply[place]])
        place = parent[place]
    return tuple(path[::-1]), marks


def _routes(table: _Table, layers: list[_Layer], path: tuple[Step, ...]) -> int:
    """The most replies of a path to ``GOOD`` or more that are not on ``path``."""
    strange = np.array([step not in path for step in table.steps])
    most = np.zeros(0, np.int64)
    for layer in reversed(layers):
        after, most = most, np.where(layer.total >= GOOD, 0, -len(layers) - 1)
        if len(layer.source):
            np.maximum.at(most, layer.source, strange[layer.reply] + after[layer.target])
    return max(int(most[0]), 0)


def features(scene: Scene) -> dict[str, dict[str, list[float]]]:
    """What each test-wise player goes by, by name and language: a number for each reply of the scene in its order."""
    replies = [(place, reply) for node in scene.nodes.values() for place, reply in enumerate(node.replies)]
    found: dict[str, dict[str, list[float]]] = {name: {} for name in PLAYERS}
    for code, words in POLITE.items():
        texts = [getattr(reply.text, code) for _place, reply in replies]
        found["longest"][code] = [len(text) for text in texts]
        found["shortest"][code] = [-len(text) for text in texts]
        found["first"][code] = [-place for place, _reply in replies]
        found["last"][code] = [place for place, _reply in replies]
        found["politest"][code] = [len(words.findall(text)) for text in texts]
        found["plainest"][code] = [-len(words.findall(text)) for text in texts]
    return found


def search(scene: Scene, graph: Graph | None = None) -> Search:
    """The best and worst score with a path each, and what players come to who know nothing of customers.

    A player who finds more than one reply as long or as polite takes any of them with the same chance. Raises
    TooLargeError where there is too much to look at, and InputError where a conversation may never end.
    """
    graph = graph or explore(scene)
    table, high = _table(scene, graph)
    layers = _layers(table)
    most, least = _values(layers, True), _values(layers, False)
    best_way, marks = _path(table, layers, most)
    worst_way, _marks = _path(table, layers, least)
    players: dict[str, dict[str, Result]] = {}
    for name, languages in features(scene).items():
        for code, feature in languages.items():
            taken = table.chosen(np.array(feature, float))
            players.setdefault(name, {})[code] = _result(_layers(table, taken))
    return Search(
        worlds=len(graph.worlds),
        positions=sum(len(layer.total) for layer in layers),
        longest=high[0],
        best=int(most[0][0]),
        best_path=best_way,
        worst=int(least[0][0]),
        worst_path=worst_way,
        last=frozenset(letter for place, letter in enumerate(LAST) if marks >> place & 1),
        steps=frozenset(step for place, step in enumerate(STEPS, len(LAST)) if marks >> place & 1),
        routes=_routes(table, layers, best_way),
        random=_result(layers),
        players=players,
    )


class Ways:
    """The best that can still be reached, wherever a conversation stands. Raises as ``search`` does."""

    def __init__(self, scene: Scene) -> None:
        self._table, _high = _table(scene, explore(scene))
        self._layers = _layers(self._table)
        self._values = _values(self._layers, True)
        self.best_path, _marks = _path(self._table, self._layers, self._values)

    def along(self, path: Iterable[Step]) -> list[tuple[int, int, str]]:
        """For each reply of ``path``: the best score before it and after it, and a reply that keeps the best."""
        found, row = [], 0
        for depth, step in enumerate(path):
            layer, after = self._layers[depth], self._values[depth + 1]
            edges = slice(*np.searchsorted(layer.source, [row, row + 1]))
            replies, targets = layer.reply[edges], layer.target[edges]
            best = self._table.steps[replies[int(np.argmax(after[targets]))]][1]
            target = targets[[self._table.steps[one] for one in replies].index(step)]
            found.append((int(self._values[depth][row]), int(after[target]), best))
            row = int(target)
        return found


def _table(scene: Scene, graph: Graph) -> tuple[_Table, list[int]]:
    """The graph as arrays, and each world's height."""
    high = heights(graph)
    if graph.circles or stuck(scene, graph) or isinstance(high[0], tuple):
        text = _("{scene}: a conversation may go on without end; crmlab scenes check says where.")
        raise InputError(text.format(scene=scene.id))
    return _Table(scene, graph, high), high
