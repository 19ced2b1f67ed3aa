"""Each kind of broken scene is caught, and named."""

from __future__ import annotations

import pytest
import yaml

from crmlab.language.catalogue import speaking
from crmlab.roleplay.proof import Finding, check
from crmlab.roleplay.scene import read
from crmlab.roleplay.sheet import TEMPLATE
from crmlab.roleplay.shelf import folder

from .conftest import TINY, made

THIN = {"longest path", "routes", "languages", "player"}
"""What the small scene lacks."""


def kinds(data) -> set[str]:
    return {one.kind for one in check(made(data)).findings}


def reply(data, node="story", place=0):
    return data["nodes"][node]["replies"][place]


def orphan(data):
    data["nodes"]["lost"] = data["nodes"]["story"]


def silent(data):
    data["nodes"]["story"]["auto"].append({"when": "anger < 10", "goto": "gone"})


def dead(data):
    for one in data["nodes"]["story"]["replies"]:
        one["when"] = "anger < 6"


def few(data):
    for place in (2, 3):
        reply(data, place=place)["when"] = "anger > 5"
    reply(data)["when"] = "anger > 4"


def endless(data):
    replies = data["nodes"]["story"]["replies"]
    for one in replies:
        one.update(goto="story", when="anger < 10", once=False)
    data["nodes"]["story"]["auto"] = []
    for one in data["nodes"]["hello"]["replies"]:
        one["goto"] = "story"
    data["nodes"]["hello"]["replies"][2]["goto"] = "gone"


def circle(data):
    reply(data).update(once=False, effect={})


def mute(data):
    data["nodes"]["story"]["auto"] = [{"when": "anger >= 4", "goto": "hello"}]
    data["nodes"]["hello"]["auto"] = [{"when": "anger >= 4 and trust > 3", "goto": "story"}]


def generous(data):
    for node in data["nodes"].values():
        for one in node["replies"]:
            one["score"] = {"listen": 40, "satisfy": 20}
            one.pop("flag", None)


def longest(data):
    for one, code in ((reply(data, "hello", 1), "en"), (reply(data), "en"), (reply(data, place=1), "en")):
        one["text"][code] += " Really."


def politest(data):
    for one in (reply(data, "hello", 1), reply(data), reply(data, place=1)):
        one["text"]["zh"] += "抱歉，抱歉。"


def shortest(data):
    for one, text in ((reply(data, "hello", 1), "Tell me."), (reply(data), "Yes?"), (reply(data, place=1), "Fine.")):
        one["text"]["en"] = text


def plainest(data):
    right = (reply(data, "hello", 1), reply(data), reply(data, place=1))
    for node in data["nodes"].values():
        for one in node["replies"]:
            text = one["text"]["zh"].replace("请问", "")
            one["text"]["zh"] = text if one in right else "抱歉，" + text


def last(data):
    data["nodes"]["hello"]["replies"].append(data["nodes"]["hello"]["replies"].pop(1))
    replies = data["nodes"]["story"]["replies"]
    data["nodes"]["story"]["replies"] = [replies[2], replies[3], replies[1], replies[0]]


BROKEN = {
    "unreachable": [orphan, silent],
    "dead end": [dead],
    "few replies": [few],
    "endless": [endless, mute],
    "circle": [circle],
    "guard": [
        lambda data: reply(data).update(when="anger > 9"),
        lambda data: reply(data).update(when="trust >= 0"),
        lambda data: data["nodes"]["story"]["variants"][0].update(when="trust > 9"),
        lambda data: data["nodes"]["story"]["auto"].append({"when": "trust > 9", "goto": "gone"}),
    ],
    "never offered": [lambda data: reply(data).update(when="anger > 9")],
    "ending": [lambda data: data["endings"].update(other=data["endings"]["gone"])],
    "critical error": [lambda data: data["critical"].update(other=data["critical"]["insults"])],
    "fact": [lambda data: data["facts"].update(other=data["facts"]["receipt"])],
    "translation": [
        lambda data: reply(data)["text"].update(zh=reply(data)["text"]["en"]),
        lambda data: reply(data)["feedback"].update(zh="   "),
        lambda data: data["title"].update(zh="The kettle!"),
        lambda data: data["brief"].update(en="You answer 客户."),
    ],
    "numbers": [
        lambda data: reply(data)["text"].update(en="Do you still have all 12 of them?"),
        lambda data: data["brief"].update(zh="你在商店接电话。{name}的水壶没有送到。"),
    ],
    "length": [lambda data: reply(data)["text"].update(zh="小票呢？")],
    "best": [lambda data: reply(data, place=1).update(score={"satisfy": 50})],
    "random": [generous],
    "LAST": [lambda data: reply(data, place=0).pop("last")],
    "steps": [lambda data: data.update(drama="practical")],
    "share": [lambda data: data.update(use="graded")],
}


@pytest.mark.parametrize(("kind", "spoil"), [(kind, spoil) for kind, ways in BROKEN.items() for spoil in ways])
def test_a_broken_scene_is_caught_by_name(data, kind, spoil):
    assert kind not in kinds(data)
    spoil(data)
    assert kind in kinds(data)


RULES = {
    longest: "always the longest reply (en)",
    shortest: "always the shortest reply (en)",
    politest: "always the most polite words (zh)",
    plainest: "always the fewest polite words (zh)",
    last: "always the last reply (zh)",
}


@pytest.mark.parametrize("spoil", RULES)
def test_a_player_who_knows_nothing_must_not_pass(data, spoil):
    def words():
        return " ".join(one.text for one in check(made(data)).findings if one.kind == "player")

    assert RULES[spoil] not in words()
    spoil(data)
    assert RULES[spoil] in words()


def test_the_small_scene_is_whole_and_thin(tiny):
    proof = check(tiny)
    assert {one.kind for one in proof.findings} == THIN
    assert proof.searches["tiny"].best == 100


def test_a_start_to_work_from_is_whole_and_says_what_is_thin():
    assert {one.kind for one in check(TEMPLATE).findings} == {"longest path", "routes"}


def test_a_finding_names_scene_place_and_reason(data):
    reply(data).update(when="anger > 9")
    words = [str(one) for one in check(made(data)).findings]
    assert not [line for line in words if "always holds" in line]
    assert '[guard] tiny, nodes.story.replies.a: the guard "anger > 9" never holds where it is asked.' in words


def test_a_guard_that_always_holds_is_called_that(data):
    reply(data).update(when="trust >= 0")
    words = [str(one) for one in check(made(data)).findings]
    assert '[guard] tiny, nodes.story.replies.a: the guard "trust >= 0" always holds where it is asked.' in words


def test_a_state_is_told_by_what_matters_in_it(data):
    dead(data)
    words = " ".join(one.text for one in check(made(data)).findings if one.kind == "dead end")
    assert "such as anger 9" in words
    assert "trust" not in words


def test_months_and_grouped_numbers_are_the_same_in_both_languages(data):
    data["brief"].update(en="By May 3 it cost 1,200 yuan.", zh="到5月3日，一共是1200元。")
    assert "numbers" not in kinds(data)
    data["brief"].update(zh="到6月3日，一共是1200元。")
    assert "numbers" in kinds(data)


def test_two_forms_must_be_equally_hard(data):
    one = made(data | {"id": "one", "form": "a"})
    two = made(data | {"id": "two", "form": "b"})
    assert "forms" not in {finding.kind for finding in check([one, two]).findings}
    generous(data)
    harder = made(data | {"id": "two", "form": "b"})
    found = [finding for finding in check([one, harder]).findings if finding.kind == "forms"]
    assert [finding.scene for finding in found] == ["one"]
    other = made(data | {"id": "two", "form": "b", "drama": "keep"})
    assert "forms" not in {finding.kind for finding in check([one, other]).findings}


def test_files_that_cannot_be_read_are_findings(tmp_path):
    assert [one.kind for one in check(tmp_path).findings] == ["schema"]
    (tmp_path / "tiny.yml").write_bytes(TINY.read_bytes())
    (tmp_path / "odd.yml").write_text("schema: 2\n")
    proof = check(tmp_path)
    assert {one.scene for one in proof.findings if one.kind == "schema"} == {"odd"}
    assert list(proof.searches) == ["tiny"]
    assert check(tmp_path / "none.yml").findings[0] == Finding(
        "none", "", "schema", f"There is no file {tmp_path / 'none.yml'}."
    )


def test_too_large_a_scene_is_a_finding(tiny, monkeypatch):
    monkeypatch.setattr("crmlab.roleplay.search.WORLDS", 5)
    assert "size" in {one.kind for one in check(tiny).findings}
    monkeypatch.undo()
    monkeypatch.setattr("crmlab.roleplay.search.POSITIONS", 5)
    assert "size" in {one.kind for one in check(tiny).findings}


def test_the_table_speaks_both_languages(tiny, lang):
    with speaking(lang):
        proof = check(tiny)
        lines = proof.table().splitlines()
        assert len(lines) == 2
        assert lines[1].split()[:6] == ["tiny", "11", "27", "4", "100", "0"]
        words = str(proof)
    assert ("tiny: best 100: hello.b story.a story.b" if lang == "en" else "tiny：最佳 100：hello.b") in words


SCENES = sorted(folder().glob("*.yml"))


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_a_scene_of_the_course_reads_the_same_without_libyaml(path):
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text) == yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_a_scene_of_the_course_can_be_read(path):
    assert read(path).id == path.stem
