"""A play says what the customer says, and is the same for the same token and attempt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.roleplay import shelf
from crmlab.roleplay.play import Play, State, offered, settle, shuffled, start, step, terminal, total
from crmlab.roleplay.scene import read, script, student

from .conftest import TINY, made

WHO = token(b"proof", "1")


def test_a_step_is_pure_and_hashable(tiny):
    first = start(tiny)
    after = step(tiny, first, "b")
    assert first == start(tiny) == State("hello", (6, 3), points=(0, 0))
    assert after == State("story", (4, 5), points=(25, 0), last=frozenset("L"))
    assert after == step(tiny, first, "b")
    assert len({first, after, step(tiny, first, "b")}) == 2


def test_a_play_by_hand(tiny):
    state = start(tiny)
    for reply in "bab":
        state = step(tiny, state, reply)
    assert (state.node, state.points, total(tiny, state)) == ("happy", (40, 60), 100)
    assert (state.told, state.used, state.last) == ({"receipt"}, {"story.a"}, set("LAST"))


def test_what_is_not_on_offer_is_refused(tiny):
    state = step(tiny, start(tiny), "b")
    assert [one.id for one in offered(tiny, state)] == ["a", "c", "d"]
    with pytest.raises(InputError, match="'b' is not on offer here; on offer: a, c, d"):
        step(tiny, state, "b")
    after = step(tiny, state, "a")
    assert [one.id for one in offered(tiny, after)] == ["b", "c", "d"]
    with pytest.raises(InputError, match="on offer: –"):
        step(tiny, step(tiny, after, "b"), "a")


def test_bounds_hold_and_a_cap_caps(data):
    data["nodes"]["hello"]["replies"][0] |= {"effect": {"anger": -99, "trust": 99}, "score": {"listen": 99}}
    data["nodes"]["story"]["replies"][3]["score"] = {"listen": -99, "satisfy": 60}
    scene = made(data)
    state = step(scene, start(scene), "a")
    assert (state.values, state.points) == ((0, 10), (40, 0))
    state = step(scene, state, "d")
    assert (state.points, total(scene, state)) == ((0, 60), 39)


def test_mood_leads_on_and_changes_the_words(tiny):
    play = Play(tiny, "en")
    angry = settle(tiny, State("story", (9, 3)))
    assert angry.node == "story"
    assert settle(tiny, State("story", (10, 3))).node == "gone"
    while play.state.node == "hello":
        play.say(next(letter for letter, text in play.replies.items() if text.startswith("Sorry")))
    assert play.says == "I want your manager!"


@pytest.mark.parametrize("lang_and_words", [("en", "Where is my kettle?"), ("zh", "我的水壶呢？")])
def test_the_play_speaks_its_own_language(tiny, lang_and_words):
    code, words = lang_and_words
    play = Play(tiny, code)
    assert play.says == words
    assert words in str(play)
    assert set(play.replies) == set("abc")
    assert play.say("A. ").said == [(words, play.scene.replies["hello"][play.moves[0].choice].text.model_dump()[code])]


def test_the_order_depends_on_token_and_attempt_only(tiny):
    orders = {
        (who, attempt): tuple(Play(tiny, "en", token=who, attempt=attempt).replies.values())
        for who in (None, WHO, token(b"proof", "2"))
        for attempt in range(1, 9)
    }
    assert len(set(orders.values())) == 6
    assert orders[WHO, 1] == tuple(Play(tiny, "en", token=WHO.lower()).replies.values())
    replies = list(tiny.nodes["story"].replies)
    assert shuffled("x", 0, replies) == shuffled("x", 0, replies[::-1])
    assert len({tuple(one.id for one in shuffled("x", place, replies)) for place in range(20)}) > 5


def test_each_place_is_as_likely_as_another(tiny):
    first = [Play(tiny, "en", attempt=attempt).shown[0].id for attempt in range(1, 301)]
    assert all(70 < first.count(reply) < 130 for reply in "abc")


@pytest.mark.parametrize("letter", ["d", "z", "", "ab", "1", None, 2, "你", "á"])
def test_a_wrong_letter_is_refused_and_changes_nothing(tiny, letter):
    play = Play(tiny, "en")
    before = play.state
    with pytest.raises(InputError, match=r"There is no reply .*; there are: a, b, c"):
        play.say(letter)
    assert play.state is before
    assert play.moves == []


@pytest.mark.parametrize("letter", [" B ", "b.", "ｂ", "b)"])
def test_a_letter_may_be_typed_in_many_ways(tiny, letter):
    assert Play(tiny, "en").say(letter).moves == Play(tiny, "en").say("b").moves


def test_graded_has_no_way_back_and_no_feedback(tiny):
    play = Play(tiny, "en", mode="graded", token=WHO).say("a")
    assert play.feedback is None
    assert "Feedback" not in str(play)
    with pytest.raises(InputError, match="no way back"):
        play.back()
    practice = Play(tiny, "en", token=WHO)
    practice.say("a")
    assert practice.feedback == tiny.replies["hello"][practice.moves[0].choice].feedback.en
    assert practice.back().moves == []
    assert practice.state == start(tiny)
    with pytest.raises(InputError, match="Nothing was said"):
        practice.back()


def test_odd_input_is_refused(tiny):
    for wrong in ({"language": "fr"}, {"mode": "exam"}, {"token": "XXXX"}, {"attempt": 0}, {"attempt": True}):
        with pytest.raises(InputError):
            Play(tiny, **wrong)
    for wrong in ("moon", "../tiny", "", 7, None):
        with pytest.raises(InputError, match="There is no role play"):
            Play(wrong)


def finish(play, letters="a"):
    for number in range(50):
        if play.over:
            return play
        play.say(letters[number % len(letters)])
    raise AssertionError


def test_when_it_is_over_nothing_more_is_said(tiny):
    play = finish(Play(tiny, "zh"))
    assert play.replies == {}
    with pytest.raises(InputError, match=r"结束"):
        play.say("a")


def test_a_student_build_plays_without_scores(tiny, tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(student(tiny)), encoding="utf-8")
    whole, build = (finish(Play(one, "en", token=WHO, mode="practice"), "cab") for one in (tiny, path))
    assert build.moves == whole.moves
    assert build.said == whole.said
    assert build.feedback is None
    outcome = build.outcome()
    assert (outcome.score, outcome.points, outcome.flags) == (None, {}, ())
    assert outcome.curve == whole.outcome().curve
    assert whole.outcome().score is not None


def test_scenes_are_found_by_name_or_file(tmp_path, monkeypatch, tiny):
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path)
    assert shelf.names() == []
    (tmp_path / "tiny.yml").write_bytes(TINY.read_bytes())
    (tmp_path / "other.json").write_text(json.dumps(student(tiny) | {"id": "other"}), encoding="utf-8")
    assert shelf.names() == ["other", "tiny"]
    assert Play("tiny").scene == tiny
    assert Play("other").scene.id == "other"
    assert Play(TINY).scene == read(TINY)
    for content in (b"{", b"[]", b"null", b'{"schema": 1}', b"\xff", b"[" * 100_000):
        (tmp_path / "odd.json").write_bytes(content)
        with pytest.raises(InputError, match=r"odd.json"):
            Play("odd")


def test_in_the_terminal(tiny):
    said, answers = [], iter(["?", "a", "back", "c", "b", "a", "b", "a", "c", "b", "a", "c"])
    assert terminal(Play(tiny, "en"), lambda _prompt: next(answers), said.append)
    words = "\n".join(said)
    assert "There is no reply '?'" in words
    assert words.count("Where is my kettle?") >= 2
    assert "Debrief: The missing kettle" in words


@pytest.mark.parametrize("leaves", ["q", EOFError, KeyboardInterrupt])
def test_who_leaves_leaves(tiny, leaves):
    def ask(_prompt):
        if isinstance(leaves, str):
            return leaves
        raise leaves

    assert not terminal(Play(tiny, "en"), ask, lambda _text: None)


def test_the_step_of_a_student_build_is_that_of_the_scene(tiny):
    build = script(student(tiny), "tiny.json")

    @given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
    def same(picks):
        one, two = start(tiny), start(build)
        for pick in picks:
            replies = offered(tiny, one)
            assert [reply.id for reply in replies] == [reply.id for reply in offered(build, two)]
            if not replies:
                break
            choice = replies[pick % len(replies)].id
            one, two = step(tiny, one, choice), step(build, two, choice)
            assert (one.node, one.values, one.told, one.used) == (two.node, two.values, two.told, two.used)

    same()
