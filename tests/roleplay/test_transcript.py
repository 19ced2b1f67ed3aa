"""A transcript replays to its score; what was forged is refused with the reason."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.roleplay import transcript as module
from crmlab.roleplay.play import Play, seed, total
from crmlab.roleplay.scene import script, student
from crmlab.roleplay.transcript import Transcript, read, replay, write

from .conftest import made as scene_of

ANNA, BO = token(b"proof", "anna"), token(b"proof", "bo")
PICKS = st.lists(st.integers(0, 3), min_size=8, max_size=8)


def played(scene, picks=(1, 0, 2, 1, 0, 2, 1, 0), who=ANNA, attempt=1, mode="graded", language="en"):
    play = Play(scene, language, mode=mode, token=who, attempt=attempt)
    for pick in picks:
        if play.over:
            break
        play.say("abcd"[pick % len(play.replies)])
    while not play.over:
        play.say("abcd"[len(play.replies) - 1])
    return play


def linked(data):
    """The transcript of ``data`` with its chain made new, as a clever forger does."""
    link = module._first(data)
    for event in data["events"]:
        event["prev"] = link
        link = module._link(event)
    return Transcript.model_validate(data | {"head": link})


@given(PICKS, st.integers(1, 40), st.sampled_from(["en", "zh"]))
def test_replay_equals_play(tiny, picks, attempt, language):
    play = played(tiny, picks, attempt=attempt, language=language)
    made = Transcript.model_validate_json(play.transcript().model_dump_json())
    outcome = replay(made, tiny, ANNA, graded=True)
    assert outcome == play.outcome()
    assert outcome.score == total(tiny, play.state) == made.claimed.score
    assert outcome.ending == play.state.node == made.claimed.ending
    assert outcome.points == dict(zip(tiny.criteria, play.state.points, strict=True))
    assert set(outcome.flags) == play.state.flags
    assert outcome.curve[-1] == dict(zip(tiny.state, play.state.values, strict=True))
    assert sum(said.gained for said in outcome.path) == sum(play.state.points)
    assert [said.reply for said in outcome.path] == [move.choice for move in play.moves]


@given(PICKS)
def test_what_a_student_plays_is_marked_with_the_whole_scene(tiny, picks):
    build = script(student(tiny), "tiny.json")
    made = played(build, picks).transcript()
    assert made.claimed.score is None
    assert replay(made, tiny, ANNA).score is not None
    assert replay(made, build, ANNA).score is None


def test_a_claimed_score_is_not_looked_at(tiny):
    made = played(tiny).transcript()
    claimed = made.model_copy(update={"claimed": module.Claim(score=100, ending="happy")})
    assert replay(claimed, tiny, ANNA) == replay(made, tiny, ANNA)
    assert replay(claimed, tiny, ANNA).score != 100


def test_an_edited_choice_breaks_the_chain(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    others = [one for one in data["events"][0]["shown"] if one != data["events"][0]["choice"]]
    data["events"][0]["choice"] = others[0]
    with pytest.raises(InputError, match="edited: its chain breaks before exchange 2"):
        replay(Transcript.model_validate(data), tiny, ANNA)
    data = played(tiny).transcript().model_dump(mode="json")
    data["events"][-1]["choice"] = "abc"[data["events"][-1]["choice"] == "a"]
    with pytest.raises(InputError, match="edited: its chain does not end"):
        replay(Transcript.model_validate(data), tiny, ANNA)


@pytest.mark.parametrize(
    ("field", "value"), [("mode", "practice"), ("language", "zh"), ("attempt", 2), ("token", BO), ("seed", "0")]
)
def test_an_edited_head_is_refused(tiny, field, value):
    made = played(tiny).transcript().model_copy(update={field: value})
    with pytest.raises(InputError, match=r"edited|seed"):
        replay(made, tiny)


def test_dropped_swapped_and_added_events_are_refused(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    events = data["events"]
    assert len(events) > 1
    for changed in (events[1:], events[::-1], [*events, events[-1]]):
        with pytest.raises(InputError, match="edited"):
            replay(Transcript.model_validate(data | {"events": changed}), tiny, ANNA)


def test_another_students_file_is_refused(tiny):
    made = played(tiny, who=BO).transcript()
    with pytest.raises(InputError, match="another student's"):
        replay(made, tiny, ANNA)
    renamed = made.model_dump(mode="json") | {"token": ANNA}
    with pytest.raises(InputError, match="seed is not that of its token and attempt"):
        replay(linked(renamed), tiny, ANNA)
    assert replay(made, tiny, BO.lower()) == replay(made, tiny)
    with pytest.raises(InputError, match="another student's"):
        replay(played(tiny, who=None).transcript(), tiny, ANNA)


def test_with_the_seed_forged_too_the_order_shown_tells(tiny):
    data = played(tiny, who=BO, attempt=3).transcript().model_dump(mode="json")
    data |= {"token": ANNA, "seed": seed("tiny", ANNA, 3)}
    with pytest.raises(InputError, match="can't have been like this"):
        replay(linked(data), tiny, ANNA)


def test_another_attempt_has_another_seed(tiny):
    data = played(tiny).transcript().model_dump(mode="json") | {"attempt": 2}
    with pytest.raises(InputError, match="seed"):
        replay(linked(data), tiny, ANNA)


def test_choices_not_on_offer_are_refused(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    for change in ({"choice": "h"}, {"node": "story"}, {"shown": ["a", "b", "c", "d"]}, {"shown": []}):
        forged = json.loads(json.dumps(data))
        forged["events"][0] |= change
        with pytest.raises(InputError, match="Exchange 1 can't have been like this: at hello"):
            replay(linked(forged), tiny, ANNA)


def test_events_out_of_count_are_refused(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    data["events"][0]["i"] = 5
    with pytest.raises(InputError, match="chain breaks before exchange 1"):
        replay(linked(data), tiny, ANNA)


def test_the_right_path_without_its_condition_is_refused(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    made = Play(tiny, "en", mode="graded", token=ANNA)
    made.say("abc"[[one.id for one in made.shown].index("b")])
    data["events"] = [
        {"i": 0, "node": "hello", "shown": list(made.moves[0].shown), "choice": "b", "prev": ""},
        {"i": 1, "node": "story", "shown": [one.id for one in made.shown], "choice": "b", "prev": ""},
    ]
    with pytest.raises(InputError, match="Exchange 2"):
        replay(linked(data), tiny, ANNA)


def test_an_unfinished_play_is_refused(tiny):
    play = Play(tiny, "en", mode="graded", token=ANNA)
    with pytest.raises(InputError, match="not finished: after 0 exchanges"):
        replay(play.transcript(), tiny, ANNA)
    data = played(tiny).transcript().model_dump(mode="json")
    data["events"].pop()
    with pytest.raises(InputError, match="not finished"):
        replay(linked(data), tiny, ANNA)
    with pytest.raises(InputError, match="not over yet"):
        play.write(".")


def test_a_play_that_goes_on_after_its_end_is_refused(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    data["events"].append(data["events"][-1] | {"i": len(data["events"])})
    with pytest.raises(InputError, match="after the conversation is over"):
        replay(linked(data), tiny, ANNA)


def test_another_scene_or_edition_is_refused(tiny, data):
    made = played(tiny).transcript()
    other = scene_of(data | {"id": "other"})
    with pytest.raises(InputError, match="of tiny, not of other"):
        replay(made, other, ANNA)
    data["nodes"]["hello"]["say"]["en"] = "Well?"
    with pytest.raises(InputError, match="another edition"):
        replay(made, scene_of(data), ANNA)
    data["nodes"]["hello"]["say"]["en"] = "Where is my kettle?"
    data["nodes"]["hello"]["replies"][0]["score"] = {"satisfy": 60}
    assert replay(made, scene_of(data), ANNA)


def test_practice_does_not_count_as_graded(tiny):
    made = played(tiny, mode="practice").transcript()
    assert replay(made, tiny, ANNA).score is not None
    with pytest.raises(InputError, match="it does not count"):
        replay(made, tiny, ANNA, graded=True)


def test_files_are_new_each_time_and_come_back_the_same(tiny, tmp_path):
    play = played(tiny)
    paths = [play.write(tmp_path) for _time in range(3)]
    assert [path.name for path in paths] == [f"tiny_{ANNA}_{count}.play.json" for count in (1, 2, 3)]
    assert all(read(path) == play.transcript() for path in paths)
    assert read(paths[0]).receipt == " ".join(
        play.transcript().head[place : place + 4].upper() for place in (0, 4, 8, 12)
    )
    assert played(tiny, who=None, mode="practice").write(tmp_path).name == "tiny_nobody_1.play.json"
    with pytest.raises(InputError, match="no token"):
        played(tiny, who=None).write(tmp_path)
    with pytest.raises(InputError, match="can't be read or written"):
        write(play.transcript(), tmp_path / "missing")


def test_damaged_files_are_refused(tiny, tmp_path):
    text = played(tiny).write(tmp_path).read_text(encoding="utf-8")
    data = json.loads(text)
    odd = [
        text[:-20], "", "[]", "null", "{}", "\x00", "[" * 100_000, json.dumps(data | {"crmlab": 2}),
        json.dumps(data | {"scene": "../../x"}), json.dumps(data | {"extra": 1}), json.dumps(data | {"attempt": 1.5}),
        json.dumps(data | {"attempt": 10**30}), json.dumps(data | {"events": [data["events"][0]] * 2000}),
        json.dumps(data | {"token": "a/b"}), json.dumps(data | {"events": {"0": data["events"][0]}}),
        json.dumps(data | {"claimed": {"score": "100"}}), '{"a": ' + "9" * 10_000 + "}",
    ]  # fmt: skip
    for number, content in enumerate(odd):
        path = tmp_path / f"odd{number}.play.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"odd\d+.play.json is no transcript"):
            read(path)
    (tmp_path / "odd").write_bytes(b"\xff\xfe" * 10)
    with pytest.raises(InputError, match="is no transcript"):
        read(tmp_path / "odd")
    (tmp_path / "large").write_bytes(b" " * (module.LARGEST + 1))
    with pytest.raises(InputError, match="too large"):
        read(tmp_path / "large")
    with pytest.raises(InputError, match="no file"):
        read(tmp_path / "none")
    with pytest.raises(InputError, match="can't be read"):
        read(tmp_path)


def test_a_token_written_otherwise_is_no_other_seed(tiny):
    data = played(tiny).transcript().model_dump(mode="json")
    data |= {"token": ANNA.replace("-", "")}
    with pytest.raises(InputError, match="not written as it was handed out"):
        replay(linked(data), tiny, ANNA)
