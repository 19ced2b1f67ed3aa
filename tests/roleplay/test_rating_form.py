"""The rating form: what it asks, what it refuses, and that no row is ever lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.rating_form import RatingForm
from crmlab.roleplay.ratings import read_ratings
from crmlab.roleplay.rota import rota
from crmlab.roleplay.shelf import find

SCENE = find("complaint-a")
ROTA = rota(pd.DataFrame({"student": list("abcde"), "name": ["李明", "", "Ann", "Bo", "Cy"]}))
LEVELS = {**dict.fromkeys(SCENE.criteria, "3"), "global": "4"}


def role_of(rater: str, role: str) -> str:
    """A session in which the rater has this role."""
    table = ROTA.table
    return table.loc[(table["student"] == rater) & (table["role"] == role), "session"].iloc[0]


def test_a_rater_is_offered_the_plays_in_which_they_rate_and_not_their_own(tmp_path):
    form = RatingForm(SCENE, ROTA, "a", tmp_path)
    assert len(form.plays) == 4
    assert role_of("a", "agent") not in [play["session"] for play in form.plays]
    assert sorted(play["role"] for play in form.plays) == ["customer", "observer", "observer", "observer"]
    assert [play["role"] for play in RatingForm(SCENE, ROTA, "teacher", tmp_path).plays] == ["teacher"] * 5
    with pytest.raises(InputError, match="not in the rota"):
        RatingForm(SCENE, ROTA, "zz", tmp_path)


def test_nothing_is_chosen_at_first_and_all_has_to_be(tmp_path):
    form = RatingForm(SCENE, ROTA, "a", tmp_path)
    play = role_of("a", "observer")
    for answers, said in (
        ({}, "Choose the play"),
        ({"play": role_of("a", "agent"), "levels": LEVELS}, "Choose the play"),
        ({"play": play}, "Listen"),
        ({"play": play, "levels": {**LEVELS, "close": None}}, "Not rated yet: Close"),
        ({"play": play, "levels": {**LEVELS, "close": "5"}}, "Not rated yet"),
        ({"play": play, "levels": {**LEVELS, "global": "0"}}, "All in all"),
        ({"play": play, "levels": LEVELS, "errors": {"insults": " "}}, "“Insults the customer” is ticked"),
        ({"play": role_of("a", "customer"), "levels": LEVELS}, "did I feel heard"),
    ):
        with pytest.raises(InputError, match=said):
            form.save(answers)
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_what_is_read(tmp_path):
    for rater in "abcde":
        form = RatingForm(SCENE, ROTA, rater, tmp_path / "in" / "ratings")
        for play in form.plays:
            answers = {"play": play["session"], "levels": LEVELS, "heard": "5", "comment": '=1+1, "so"\nand so'}
            form.save(answers | {"errors": {"insults": "“您别急”"}})
    frame = read_ratings(tmp_path / "in" / "ratings", SCENE)
    assert len(frame) == 5 * (3 * 7 + 1)
    assert frame.loc[frame["criterion"] == "heard", "level"].tolist() == [5] * 5
    assert set(frame.loc[frame["criterion"] == "global", "comment"]) == {'=1+1, "so"\nand so'}
    assert set(frame.loc[frame["criterion"] == "critical:insults", "comment"]) == {"“您别急”"}
    assert set(frame.loc[frame["role"] == "observer", "criterion"]) == {*LEVELS, "critical:insults"}


def test_a_second_save_is_refused_and_the_first_stays(tmp_path):
    form = RatingForm(SCENE, ROTA, "a", tmp_path)
    answers = {"play": role_of("a", "observer"), "levels": LEVELS}
    path = form.save(answers)
    before = path.read_bytes()
    with pytest.raises(InputError, match="saved already"):
        RatingForm(SCENE, ROTA, "a", tmp_path).save({**answers, "levels": {**LEVELS, "own": "0"}})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_many_at_once_lose_nothing(tmp_path):
    forms = [RatingForm(SCENE, ROTA, rater, tmp_path) for rater in "abcde" for _try in range(3)]

    def rate(form: RatingForm) -> int:
        done = 0
        for play in form.plays:
            try:
                form.save({"play": play["session"], "levels": LEVELS, "heard": 3})
            except InputError:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(15) as pool:
        done = list(pool.map(rate, forms))
    assert sum(done) == 20  # each play and rater once, whoever came first
    assert len(read_ratings(tmp_path, SCENE)) == 5 * (3 * 6 + 1)


def test_without_a_rota_everything_is_typed(tmp_path):
    form = RatingForm(SCENE, folder=tmp_path)
    who = {"session": " ｇ1-r2 ", "agent": "２０２６001", "rater": "../../x", "role": "teacher"}
    for name in who:
        with pytest.raises(InputError, match="Fill in"):
            form.save({**who, name: "", "levels": LEVELS})
    with pytest.raises(InputError, match="own play"):
        form.save({**who, "rater": "2026001", "levels": LEVELS})
    path = form.save({**who, "levels": LEVELS})
    assert path.parent == tmp_path
    assert read_ratings(path)[["session", "agent", "rater"]].iloc[0].tolist() == ["G1-R2", "2026001", "../../x"]


def test_the_button_says_what_happened_in_the_forms_own_language(tmp_path):
    with speaking("zh"):
        form = RatingForm(SCENE, ROTA, "a", tmp_path)
    form.answers, form.asked = {"play": ""}, 1
    assert (form.result["text"], form.result["saved"], form.answered) == ("请先选场次。", False, 1)
    form.answers, form.asked = {"play": role_of("a", "customer"), "heard": "2"}, 2
    assert form.result["text"].startswith("已保存：")
    assert form.result["saved"]
    assert "倾听" in form.still()
