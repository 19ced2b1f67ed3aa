"""The stage without a browser: what the page's clicks do, what a graded play refuses, what an exported page shows."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay import mood
from crmlab.roleplay.debrief_page import page
from crmlab.roleplay.play import Play
from crmlab.roleplay.scene import canonical, script, student
from crmlab.roleplay.stage import RolePlay
from crmlab.roleplay.transcript import read, replay

from .conftest import TINY, made

WHO, OTHER = token(b"stage", "1"), token(b"stage", "2")
BEST, WORST = "bab", "cd"
SHORT = "ABCD"


def click(stage: RolePlay, what: str, **more) -> None:
    """What a press of a button sends."""
    stage.asked = {"count": stage.answered + 1, "do": what, "turn": stage.turn, **more}


def reply(stage: RolePlay, choice: str) -> None:
    """Click the reply that the scene calls ``choice``, wherever it is shown."""
    place = [one.id for one in stage.play.shown].index(choice)
    click(stage, "say", letter="abcdefgh"[place])


def through(stage: RolePlay, path: str) -> RolePlay:
    """Click the replies of a path."""
    for choice in path:
        reply(stage, choice)
    return stage


def test_practice_by_clicks_judges_each_reply_and_ends_in_the_debrief(tiny, lang):
    stage = RolePlay(tiny, lang)
    assert stage.phase == "play"
    assert [who for who, _text in stage.lines] == ["customer"]
    assert list(stage.replies) == ["a", "b", "c"]
    through(stage, BEST[:2])
    assert [who for who, _text in stage.lines] == ["customer", "you", "coach"] * 2 + ["customer"]
    assert stage.lines[2][1] == getattr(tiny.replies["hello"]["b"].feedback, lang)
    assert stage.debrief == stage.summary == ""
    reply(stage, "b")
    assert (stage.phase, stage.replies, stage.handed, stage.problem) == ("over", {}, [], "")
    assert "100" in stage.summary
    assert str(getattr(tiny.debrief.model, lang)) in stage.debrief


def test_the_mood_is_not_told_while_it_is_played(tiny):
    stage = through(RolePlay(tiny, "en"), "c")
    told = json.dumps({name: value for name, value in stage.get_state().items() if name not in ("_esm", "_css")})
    assert "Anger" not in told
    assert "Trust" not in told


def test_the_plain_calls_are_those_of_a_play(tiny):
    stage, play = RolePlay(tiny, "en"), Play(tiny, "en")
    assert (stage.replies, stage.says, stage.over) == (play.replies, play.says, False)
    assert str(stage.say("b")) == str(play.say("b")) == str(stage) == repr(stage)
    assert stage.feedback == play.feedback
    assert stage.transcript() == play.transcript()
    assert stage.turn == 2
    with pytest.raises(InputError, match="no reply 'x'"):
        stage.say("x")
    with pytest.raises(InputError, match="not finished"):
        stage.outcome()


def test_a_second_click_on_what_stands_there_no_longer_does_nothing(tiny):
    stage = RolePlay(tiny, "en")
    late = {"count": 2, "do": "say", "turn": stage.turn, "letter": "a"}
    click(stage, "say", letter="a")
    stage.asked = late
    assert len(stage.play.moves) == 1
    assert stage.answered == 2


@pytest.mark.parametrize(
    "wish", [{}, {"do": "close"}, {"do": "say"}, {"do": "say", "letter": ["a"]}, {"do": "begin", "token": 7}, {"do": 1}]
)
@pytest.mark.parametrize("mode", ["practice", "graded"])
def test_a_wish_that_makes_no_sense_changes_nothing_and_is_answered(tiny, mode, wish):
    stage = RolePlay(tiny, "en", mode=mode)
    phase = stage.phase
    stage.asked = {"count": 5, "turn": stage.turn, **wish}
    assert (stage.answered, stage.play.moves, stage.phase) == (5, [], phase)
    assert stage.comm is not None


def test_practice_goes_back_also_from_its_end_and_begins_anew_in_another_order(tiny):
    stage = through(RolePlay(tiny, "en"), BEST)
    click(stage, "back")
    assert (stage.phase, stage.debrief, len(stage.play.moves)) == ("play", "", 2)
    orders = set()
    for _time in range(6):
        click(stage, "anew")
        orders.add(tuple(stage.replies.values()))
    assert (len(stage.lines), stage.play.attempt) == (1, 7)
    assert len(orders) > 1
    click(stage, "back")
    assert stage.problem


def test_a_graded_play_is_begun_knowingly_under_a_token(tiny, lang, tmp_path):
    stage = RolePlay(tiny, lang, mode="graded", folder=tmp_path)
    assert (stage.phase, stage.lines, stage.replies) == ("ready", [], {})
    assert len(stage.notes) == 3
    with pytest.raises(InputError):
        stage.say("a")
    click(stage, "say", letter="a")
    assert "begin()" in stage.problem
    click(stage, "begin", token="")
    assert stage.phase == "ready"
    assert stage.problem
    click(stage, "begin", token=SHORT)
    assert SHORT in stage.problem
    click(stage, "begin", token=WHO.lower())
    assert (stage.problem, stage.phase, stage.token, stage.play.token) == ("", "play", WHO, WHO)
    assert {"en": "attempt 1", "zh": "第 1 次"}[lang] in stage.kind
    click(stage, "begin", token=OTHER)
    assert stage.problem
    assert stage.play.token == WHO


def test_a_graded_play_has_no_way_back_and_no_feedback(tiny, tmp_path):
    stage = RolePlay(tiny, "en", mode="graded", token=WHO, folder=tmp_path)
    click(stage, "begin")
    reply(stage, "c")
    for what in ("back", "anew", "write"):
        before = stage.turn
        click(stage, what)
        assert stage.problem
        assert (stage.turn, len(stage.play.moves)) == (before, 1)
    assert [who for who, _text in stage.lines] == ["customer", "you", "customer"]
    assert list(tmp_path.iterdir()) == []


def test_each_attempt_ends_in_a_file_of_its_own_that_replays(tiny, tmp_path, lang):
    for attempt in (1, 2, 3):
        stage = RolePlay(tiny, lang, mode="graded", token=WHO, folder=tmp_path)
        click(stage, "begin")
        through(stage, BEST)
        assert stage.path.name == f"tiny_{WHO}_{attempt}.play.json"
        assert stage.path.name in stage.handed[0]
        assert read(stage.path).receipt in stage.handed[2]
        assert read(stage.path).attempt == attempt
        assert replay(read(stage.path), tiny, WHO, graded=True).score == 100
    click(stage, "anew")
    assert (stage.phase, stage.handed, stage.debrief) == ("ready", [], "")
    click(stage, "begin")
    through(stage, WORST[:1])
    assert stage.play.attempt == 4
    RolePlay(tiny, lang, mode="graded", token=OTHER, folder=tmp_path).begin()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_file_in_the_folder_is_passed_over(tiny, tmp_path):
    (tmp_path / f"tiny_{WHO}_1.play.json").write_text("{")
    stage = RolePlay(tiny, "en", mode="graded", token=WHO, folder=tmp_path)
    stage.begin()
    assert stage.play.attempt == 1
    through(stage, BEST)
    assert stage.path.name == f"tiny_{WHO}_2.play.json"
    assert (tmp_path / f"tiny_{WHO}_1.play.json").read_text() == "{"


def test_a_folder_that_cannot_be_written_is_said_and_the_play_is_not_lost(tiny, tmp_path):
    stage = RolePlay(tiny, "en", mode="graded", token=WHO, folder=tmp_path / "nowhere")
    click(stage, "begin")
    through(stage, BEST)
    assert "nowhere" in stage.problem
    assert stage.handed == []
    assert "100" in stage.debrief
    (tmp_path / "nowhere").mkdir()
    click(stage, "write")
    assert stage.problem == ""
    assert stage.path.exists()


def test_a_student_build_tells_the_mood_and_the_ending_and_nothing_that_gives_answers_away(tiny, tmp_path, lang):
    build = script(json.loads(canonical(student(tiny))), "tiny.json")
    stage = RolePlay(build, lang, mode="graded", token=WHO, folder=tmp_path)
    click(stage, "begin")
    through(stage, WORST)
    told = json.dumps(stage.get_state(), ensure_ascii=False) + stage.still()
    assert (str(getattr(tiny.endings["gone"].say, lang)), "<img" in stage.debrief) == (stage.lines[-1][1], True)
    secret = [one.feedback for node in tiny.nodes.values() for one in node.replies]
    secret += [tiny.debrief.model, *tiny.debrief.questions, *(one.debrief for one in tiny.endings.values())]
    assert [text for text in secret if getattr(text, lang) in told] == []
    assert re.search(r"\d+ of 100|满分", told) is None


def test_a_student_build_can_be_practised_without_feedback(tiny):
    stage = RolePlay(script(json.loads(canonical(student(tiny))), "tiny.json"), "en", mode="practice")
    through(stage, "c")
    assert [who for who, _text in stage.lines] == ["customer", "you", "customer"]
    assert stage.captions["comment"] == ""
    click(stage, "back")
    assert len(stage.lines) == 1


def test_a_bad_play_is_told_its_errors_with_cap_and_reason_and_what_would_have_been_better(tiny, lang):
    outcome = through(RolePlay(tiny, lang), WORST).outcome()
    with speaking(lang):
        html = page(outcome, tiny)
    error = tiny.critical["insults"]
    for text in (error.label, error.why, tiny.nodes["hello"].replies[1].text):
        assert getattr(text, lang) in html
    assert "39" in html
    assert html.count('class="missing"') == 4
    assert html.count('class="there"') == 0
    assert "<details open" not in html
    with speaking(lang):
        assert "<details class" in page(outcome, tiny, unfolded=True)


def test_the_path_stands_beside_a_best_path(tiny):
    html = page(through(RolePlay(tiny, "en"), "bac").outcome(), tiny)
    rows = re.findall(r"<tr>(.*?)</tr>", html)[1:]
    assert len(rows) == 3
    assert ["the same" in row for row in rows] == [True, True, False]
    assert "With that you get it tomorrow." in rows[2]
    assert "It will surely come some day." in rows[2]


def test_reasons_stand_with_the_number_of_their_reply(tiny):
    html = page(through(RolePlay(tiny, "en"), BEST).outcome(), tiny)
    assert re.findall(r'"gain">(.\d+)</span> <span>(Reply \d): ([^<]+)', html) == [
        ("+25", "Reply 1", "You listened."),
        ("+15", "Reply 2", "Now you know."),
        ("+60", "Reply 3", "It fits."),
    ]


def test_switches_are_no_mood(data):
    data["state"]["heard"] = {"start": 0, "low": 0, "high": 1, "label": {"en": "Heard", "zh": "听到了"}}
    scene = made(data)
    assert list(mood.moods(scene)) == ["anger", "trust"]
    outcome = through(RolePlay(scene, "en"), BEST).outcome()
    assert mood.curves(outcome, scene) == {"anger": ([6, 4, 4, 4],) * 2, "trust": ([3, 5, 6, 6],) * 2}
    for name in ("anger", "trust"):
        del data["state"][name]
    for node in data["nodes"].values():
        node["auto"], node["variants"] = [], []
        for one in node["replies"]:
            one["effect"] = {}
            one.pop("when", None)
    bare = made(data)
    assert mood.plot(outcome := through(RolePlay(bare, "en"), BEST).outcome(), bare) is None
    assert "<img" not in page(outcome, bare)


def test_the_picture_tells_the_two_paths_apart_without_colour(tiny, lang):
    outcome = through(RolePlay(tiny, lang), WORST).outcome()
    with speaking(lang):
        figure = mood.plot(outcome, tiny)
        assert [ax.get_title("left") for ax in figure.axes] == {"en": ["Anger", "Trust"], "zh": ["怒气", "信任"]}[lang]
        for ax in figure.axes:
            played, best = ax.lines
            assert played.get_marker() != best.get_marker()
            assert played.get_linestyle() != best.get_linestyle()
        assert list(figure.axes[0].lines[0].get_ydata()) == [6, 9, 10]
        assert len(figure.axes[0].get_legend().get_texts()) == 2
        words = mood.describe(outcome, tiny)
    assert words.startswith(
        {"en": "Anger goes from 6 to 10; its highest is 10", "zh": "怒气从 6 变到 10，最高 10"}[lang]
    )
    assert words in page_of(outcome, tiny, lang)


def page_of(outcome, scene, lang: str) -> str:
    with speaking(lang):
        return page(outcome, scene)


def test_what_an_author_wrote_becomes_no_tag(data):
    bad = "<script>alert(1)</script>"
    for text in (data["title"], data["debrief"]["model"], data["nodes"]["hello"]["replies"][1]["feedback"]):
        text["en"] = bad
    data["criteria"]["listen"]["label"]["en"] = bad
    data["critical"]["insults"]["why"]["en"] = bad
    scene = made(data)
    for path in (BEST, WORST):
        stage = through(RolePlay(scene, "en"), path)
        assert "<script" not in stage.debrief + stage.still()
        assert "&lt;script" in stage.debrief


def test_an_exported_page_shows_where_the_play_stands(tmp_path):
    scene, lang = str(TINY), "zh"
    cells = [
        f"from crmlab.roleplay.stage import RolePlay\nplay = RolePlay({scene!r}, {lang!r})\nplay",
        "for place in range(3):\n    play.say([*play.replies][0]) if not play.over else None",
        "while not play.over:\n    play.say([*play.replies][-1])\nplay",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    html, _resources = HTMLExporter().from_notebook_node(book)
    assert "有一只水壶没有送到" in html
    assert re.search(r'<img[^>]*alt="[^"]+"[^>]*src="data:image/png', html)
    assert "object at 0x" not in html
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [{"scene": "moon"}, {"scene": 7}, {"language": "fr"}, {"mode": "exam"}, {"token": "ABCD"}, {"attempt": 0}],
)
def test_what_makes_no_stage_is_refused(tiny, given):
    with pytest.raises(InputError):
        RolePlay(**{"scene": tiny, **given})
