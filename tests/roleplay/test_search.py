"""The search agrees with playing every conversation one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from crmlab.language.errors import InputError
from crmlab.roleplay import search as module
from crmlab.roleplay.play import State, offered, over, start, step, total
from crmlab.roleplay.scene import Line, Scene
from crmlab.roleplay.search import POLITE, TooLargeError, explore, features, heights, search, stuck

from .conftest import made


def plays(scene: Scene, pick: Callable[[list[Line]], list[Line]] = list) -> Iterator[tuple[State, float, tuple]]:
    """Every conversation of a player who takes any of the replies picked: its last state, its chance, its path."""
    waiting = [(start(scene), 1.0, ())]
    while waiting:
        state, chance, path = waiting.pop()
        if over(scene, state):
            yield state, chance, path
            continue
        picked = pick(offered(scene, state))
        for reply in picked:
            after = step(scene, state, reply.id)
            waiting.append((after, chance / len(picked), (*path, (state.node, reply.id))))


def highest(worth: Callable[[Line], float]) -> Callable[[list[Line]], list[Line]]:
    return lambda replies: [one for one in replies if worth(one) == max(map(worth, replies))]


def mean(scene: Scene, pick: Callable[[list[Line]], list[Line]]) -> float:
    return sum(total(scene, state) * chance for state, chance, _path in plays(scene, pick))


def agrees(scene: Scene) -> None:
    """Search and brute force say the same of ``scene``."""
    found, every = search(scene), list(plays(scene))
    scores = {path: total(scene, state) for state, _chance, path in every}
    assert found.best == max(scores.values()) == scores[found.best_path]
    assert found.worst == min(scores.values()) == scores[found.worst_path]
    assert found.longest == max(map(len, scores))
    assert found.random.mean == pytest.approx(sum(total(scene, state) * chance for state, chance, _path in every))
    assert found.random.passing == pytest.approx(sum(chance for state, chance, _ in every if total(scene, state) >= 60))
    best = [state for state, _chance, path in every if scores[path] == found.best]
    assert len(found.last) + len(found.steps) == max(len(state.last) + len(state.steps) for state in best)
    ways = [path for path, score in scores.items() if score >= module.GOOD]
    assert found.routes == max((sum(one not in found.best_path for one in path) for path in ways), default=0)
    for code in ("en", "zh"):
        for name, pick in {
            "longest": highest(lambda one, code=code: len(getattr(one.text, code))),
            "shortest": highest(lambda one, code=code: -len(getattr(one.text, code))),
            "politest": highest(lambda one, code=code: len(POLITE[code].findall(getattr(one.text, code)))),
            "plainest": highest(lambda one, code=code: -len(POLITE[code].findall(getattr(one.text, code)))),
            "first": lambda replies: replies[:1],
            "last": lambda replies: replies[-1:],
        }.items():
            assert found.players[name][code].mean == pytest.approx(mean(scene, pick)), (name, code)


def test_the_tiny_scene_agrees_with_playing_all_of_it(tiny):
    agrees(tiny)
    found = search(tiny)
    assert (found.best, found.worst, found.longest) == (100, 0, 4)
    assert found.best_path == (("hello", "b"), ("story", "a"), ("story", "b"))


def drawn(data: dict, seed: int) -> Scene:
    """A scene of six turns whose replies are drawn: points that meet their bounds, caps, facts, once-only replies."""
    draw = random.Random(seed)  # noqa: S311
    data["critical"] |= {
        name: {"cap": cap, "label": {"en": "x", "zh": "字"}, "why": {"en": "x", "zh": "字"}}
        for name, cap in {"breach": 0, "promise": 25}.items()
    }
    template, nodes = data["nodes"]["story"]["replies"][2], {}
    for place in range(5):
        replies = []
        for one in "abcd":
            near = [f"n{place + 1}", f"n{min(place + 2, 4)}"] if place < 3 else ["n4", "happy", "gone"]
            goto = draw.choice(near if place < 4 else ["happy", "gone"])
            reply = {**template, "id": one, "goto": goto}
            reply["effect"] = {"anger": draw.randint(-3, 3), "trust": draw.randint(-2, 3)}
            reply["score"] = {name: draw.choice([-20, -5, 0, 10, 20, 30]) for name in data["criteria"]}
            reply["last"] = draw.sample("LAST", draw.randint(0, 2))
            reply["steps"] = draw.sample(range(1, 9), draw.randint(0, 2))
            reply["text"] = {"en": "sorry " * draw.randint(0, 2) + "x", "zh": "请" * draw.randint(1, 3)}
            reply["tells"] = ["receipt"] if draw.random() < 0.3 else []
            if draw.random() < 0.2:
                reply["flag"] = draw.choice(["insults", "breach", "promise"])
            if one in "cd":
                reply["when"] = draw.choice(["receipt", "not receipt and anger < 7", "3 <= trust or anger != 6"])
            if place < 4 and one == "d" and draw.random() < 0.5:
                reply |= {"once": True, "goto": f"n{place}"}
            replies.append(reply)
        nodes[f"n{place}"] = {"say": {"en": "x", "zh": "字"}, "replies": replies}
        if place > 2:
            nodes[f"n{place}"]["auto"] = [{"when": "anger >= 10", "goto": "gone"}]
    return made(data | {"nodes": nodes, "start": "n0"})


@pytest.mark.parametrize("seed", range(12))
def test_drawn_scenes_agree_with_playing_all_of_them(data, seed):
    agrees(drawn(data, seed))


def test_a_player_goes_by_the_words_of_the_language(tiny):
    polite = features(tiny)["politest"]
    assert polite["en"] == [0, 0, 1, 0, 0, 0, 0]
    assert polite["zh"] == [1, 0, 1, 1, 0, 0, 0]
    assert features(tiny)["plainest"]["en"] == [0, 0, -1, 0, 0, 0, 0]
    assert features(tiny)["shortest"]["zh"][:2] == [-len("请问您的订单号是多少？"), -len("您先说说是怎么一回事？")]


def test_where_a_conversation_comes_round_again_the_circle_is_told(data):
    data["nodes"]["story"]["replies"][0] |= {"once": False, "effect": {}}
    data["nodes"]["story"]["replies"][0].pop("tells")
    data["nodes"]["story"]["replies"][1]["when"] = "trust >= 4"
    scene = made(data)
    graph = explore(scene)
    (world, reply), *rest = heights(graph)
    assert (graph.worlds[world].node, reply, rest) == ("story", "a", [])
    assert not stuck(scene, graph)
    with pytest.raises(InputError):
        search(scene)


def test_too_large_a_scene_is_refused(tiny, monkeypatch):
    monkeypatch.setattr(module, "WORLDS", 5)
    with pytest.raises(TooLargeError):
        explore(tiny)
    monkeypatch.setattr(module, "WORLDS", 5000)
    monkeypatch.setattr(module, "POSITIONS", 5)
    with pytest.raises(TooLargeError):
        search(tiny)
