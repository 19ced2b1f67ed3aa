"""A scene's file says what it means, or says where it is wrong."""

from __future__ import annotations

import json

import pytest
import yaml

from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.scene import Scene, canonical, read, script, student

from .conftest import TINY, made


def reply(data, node="story", place=0):
    return data["nodes"][node]["replies"][place]


BROKEN = {
    "goto": (lambda data: reply(data).update(goto="nowhere"), "nodes.story.replies.a.goto: there is no node or ending"),
    "auto": (lambda data: data["nodes"]["story"]["auto"][0].update(goto="x"), "nodes.story.auto.1.goto: there is no"),
    "start": (lambda data: data.update(start="nowhere"), "start: there is no node nowhere"),
    "ending as start": (lambda data: data.update(start="gone"), "start: there is no node gone"),
    "flag": (lambda data: reply(data).update(flag="rude"), "there is no critical error rude; there are: insults"),
    "criterion": (lambda data: reply(data).update(score={"lisen": 1}), "there is no criterion lisen"),
    "variable": (lambda data: reply(data).update(effect={"angr": 1}), "there is no variable angr"),
    "fact": (lambda data: reply(data).update(tells=["bill"]), "nodes.story.replies.a.tells: there is no fact bill"),
    "fact of a node": (lambda data: data["nodes"]["hello"].update(tells=["bill"]), "nodes.hello.tells: there is no"),
    "guard's fact": (lambda data: reply(data).update(when="bill"), "replies.a.when: there is no fact bill"),
    "guard's variable": (lambda data: reply(data).update(when="mood > 1"), "there is no variable mood"),
    "variable alone": (lambda data: reply(data).update(when="trust"), "trust is a variable: compare it"),
    "fact compared": (lambda data: reply(data).update(when="receipt > 0"), "receipt is a fact: it stands alone"),
    "variant": (lambda data: data["nodes"]["story"]["variants"][0].update(when="x>1"), "story.variants.1.when: there"),
    "code": (lambda data: reply(data).update(when="exit()"), "The guard \"exit()\" is not allowed"),
    "weights": (lambda data: data["criteria"]["listen"].update(weight=30), "criteria: the weights add up to 90"),
    "zh missing": (lambda data: reply(data)["text"].pop("zh"), "nodes.story.replies.a.text.zh is missing"),
    "zh empty": (lambda data: reply(data)["text"].update(zh=""), "nodes.story.replies.a.text.zh is empty"),
    "misspelt": (lambda data: reply(data).update(gotoo="gone"), "replies.a.gotoo is no name that a scene has here"),
    "no feedback": (lambda data: reply(data).pop("feedback"), "nodes.story.replies.a.feedback is missing"),
    "half points": (lambda data: reply(data).update(score={"listen": 1.5}), "must be a whole number"),
    "bounds": (lambda data: data["state"]["anger"].update(start=11), "start must lie between low and high"),
    "step": (lambda data: reply(data).update(steps=[9]), "nodes.story.replies.a.steps.1 is 9"),
    "LAST": (lambda data: reply(data).update(last=["X"]), "nodes.story.replies.a.last.1 is 'X'"),
    "id that tells": (lambda data: reply(data).update(id="good"), "is 'good'; it must fit"),
    "id twice": (lambda data: reply(data).update(id="b"), "nodes.story.replies.b.id: this reply stands twice"),
    "node and ending": (lambda data: data["endings"].update(hello=data["endings"]["gone"]), "the name of a node, too"),
    "variable and fact": (lambda data: data["facts"].update(trust=data["title"]), "the name of a variable, too"),
    "guard's word": (lambda data: data["facts"].update({"not": data["title"]}), "it is a word of the guards"),
    "drama": (lambda data: data.update(drama="anger"), "drama is 'anger'; allowed: 'identify'"),
    "no list": (lambda data: data["nodes"]["story"].update(replies={}), "nodes.story.replies must be a list"),
    "one reply": (lambda data: data["nodes"]["story"].update(replies=[reply(data)]), "has 1 entries, too few"),
    "cap": (lambda data: data["critical"]["insults"].update(cap=100), "critical.insults.cap is 100, beyond"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named_with_its_place(data, name):
    spoil, says = BROKEN[name]
    spoil(data)
    with pytest.raises(InputError) as caught:
        made(data)
    assert says in str(caught.value)
    assert str(caught.value).startswith("tiny.yml: ")


def test_all_mistakes_are_told_at_once(data):
    reply(data).update(goto="x", flag="y")
    with pytest.raises(InputError) as caught:
        made(data)
    assert len(str(caught.value).splitlines()) == 2


def test_errors_are_in_chinese_too(data):
    reply(data).update(goto="x", when="trust")
    with speaking("zh"), pytest.raises(InputError) as caught:
        made(data)
    assert all(letter >= "一" for letter in str(caught.value) if letter.isalpha() and not letter.isascii())
    assert "没有" in str(caught.value)


FILES = {
    "a name twice": ("  hello:\n", "  hello:\n    say: x\n  hello:\n", "hello stands twice"),
    "an alias": ("zh: 没送到的水壶}", "zh: &x 没送到的水壶}\nbrief: *x", "& and *"),
    "a comma": ('"Sorry, can you', "Sorry, can you", "needs quotation marks"),
    "no YAML": ("start: hello", "start: [hello", "this is no YAML"),
    "tabs": ("start: hello", "start:\n\thello: 1", "this is no YAML"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_refused_with_its_line(tmp_path, name):
    old, new, says = FILES[name]
    path = tmp_path / "tiny.yml"
    text = TINY.read_text(encoding="utf-8")
    if name == "a comma":
        text = text.replace('louder?"', "louder?")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    assert says in str(caught.value)
    assert name == "an alias" or "line " in str(caught.value)


def test_the_line_is_that_of_the_mistake(tmp_path):
    path = tmp_path / "tiny.yml"
    lines = TINY.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if "goto: happy" in line)
    path.write_text("\n".join(lines).replace("goto: happy", "goto: hapy"), encoding="utf-8")
    with pytest.raises(InputError, match=rf"tiny.yml, line {place + 1}: nodes.story.replies.b.goto"):
        read(path)


def test_odd_files_are_refused(tmp_path):
    for content in (b"", b"- 1\n- 2\n", b"\xff\xfe\x00", b"just words", b"null"):
        path = tmp_path / "odd.yml"
        path.write_bytes(content)
        with pytest.raises(InputError):
            read(path)
    with pytest.raises(InputError, match="no file"):
        read(tmp_path / "missing.yml")
    with pytest.raises(InputError, match="can't be read"):
        read(tmp_path)
    path = tmp_path / "other.yml"
    path.write_bytes(TINY.read_bytes())
    with pytest.raises(InputError, match="id is tiny, but must be as the file is called: other"):
        read(path)


def leaves(value, place=""):
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{place}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, place)
    else:
        yield place, value


def test_the_student_build_gives_nothing_away(tiny, data):
    built = student(tiny)
    text = json.dumps(built, ensure_ascii=False)
    names = {name for place, _value in leaves(built) for name in place.split(".")}
    secret = {"score", "flag", "feedback", "last", "steps", "why", "cards", "debrief", "outcome", "hidden", "sources"}
    assert not names & secret
    hidden = [data["cards"]["customer"], data["facts"], data["debrief"]]
    hidden += [one["feedback"] for node in data["nodes"].values() for one in node["replies"]]
    hidden += [one["debrief"] for one in data["endings"].values()]
    found = [value for one in hidden for _place, value in leaves(one)]
    assert len(found) > 20
    assert not [value for value in found if value in text]
    assert all(one["say"]["zh"] in text for one in data["nodes"].values())


def test_the_student_build_is_of_the_same_edition_as_the_whole(tiny, data):
    built = script(json.loads(json.dumps(student(tiny))), "tiny.json")
    assert not isinstance(built, Scene)
    assert built.edition == tiny.edition
    assert student(built) == student(tiny)
    reply(data)["score"] = {"listen": 1}
    assert made(data).edition == tiny.edition
    reply(data)["effect"] = {"anger": -1}
    assert made(data).edition != tiny.edition


def test_canonical_json_does_not_depend_on_order():
    assert canonical({"b": [1], "a": {"d": "字", "c": None}}) == '{"a":{"c":null,"d":"字"},"b":[1]}'


def test_the_fixture_can_be_read_without_libyaml(data):
    assert yaml.load(TINY.read_text(encoding="utf-8"), Loader=yaml.SafeLoader) == data
