"""The learner's folder: what is theirs stays theirs."""

from __future__ import annotations

import pytest

from crmlab.lab import folder as module
from crmlab.lab.folder import RECORD, deliver
from crmlab.lab.launch import arguments, settings
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.place import checkout

NAME = "08.ipynb"


@pytest.fixture
def edition(tmp_path, monkeypatch):
    """A course of one file, whose next edition is set by calling it."""
    source = tmp_path / "course" / NAME
    source.parent.mkdir()
    source.write_text("first")
    monkeypatch.setattr(module, "course_files", lambda language: {NAME: source})
    return source.write_text


@pytest.fixture
def mine(tmp_path, edition):
    """A learner's folder after the first delivery."""
    assert deliver(tmp_path / "mine", "en").written == [f"en/{NAME}"]
    return tmp_path / "mine"


def files(mine) -> dict[str, str]:
    return {path.name: path.read_text() for path in (mine / "en").iterdir()}


def test_a_second_delivery_does_nothing(mine):
    assert deliver(mine, "en") == module.Delivery()


def test_an_untouched_file_is_renewed(mine, edition):
    edition("second")
    assert deliver(mine, "en").written == [f"en/{NAME}"]
    assert files(mine) == {NAME: "second"}


def test_a_changed_file_is_kept_and_the_new_one_laid_beside_it_once(mine, edition):
    (mine / "en" / NAME).write_text("my work")
    assert deliver(mine, "en").beside == {}
    edition("second")
    assert deliver(mine, "en").beside == {f"en/{NAME}": "08 (new edition).ipynb"}
    assert files(mine) == {NAME: "my work", "08 (new edition).ipynb": "second"}
    assert deliver(mine, "en") == module.Delivery()


def test_work_in_the_new_edition_is_kept_too(mine, edition):
    (mine / "en" / NAME).write_text("my work")
    edition("second")
    deliver(mine, "en")
    (mine / "en" / "08 (new edition).ipynb").write_text("more of my work")
    edition("third")
    assert deliver(mine, "en").beside == {f"en/{NAME}": "08 (new edition 2).ipynb"}
    assert set(files(mine).values()) == {"my work", "more of my work", "third"}


def test_a_deleted_file_comes_back(mine):
    (mine / "en" / NAME).unlink()
    assert deliver(mine, "en").written == [f"en/{NAME}"]


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_damaged_record_loses_no_work(mine, edition, damage):
    (mine / "en" / NAME).write_text("my work")
    (mine / RECORD).write_text(damage)
    edition("second")
    deliver(mine, "en")
    assert files(mine)[NAME] == "my work"


def test_a_crash_in_the_middle_leaves_the_old_file_whole(mine, edition, monkeypatch):
    edition("second")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(InputError, match="No space left"):
        deliver(mine, "en")
    assert files(mine) == {NAME: "first"}


@pytest.mark.parametrize("inside", ["", "notebooks", "mine"])
def test_the_checkout_is_refused(inside):
    with speaking("zh"), pytest.raises(InputError, match="源码目录"):
        deliver(checkout() / inside, "zh")


def test_the_real_course_is_delivered_in_both_languages(tmp_path):
    for code in ("en", "zh"):
        chapters = {f"{code}/{path.name}" for path in checkout().glob(f"notebooks/{code}/*.ipynb")}
        exercises = {f"{code}/exercises/{path.name}" for path in checkout().glob(f"exercises/{code}/*.ipynb")}
        assert len(chapters) > 1
        assert len(exercises) > 1
        assert set(deliver(tmp_path, code).written) == chapters | exercises


def test_lab_opens_the_first_chapter_then_what_was_open(mine):
    settings(mine, "zh")
    first = arguments(mine, "en", ["--port", "8899"])
    assert f"--LabApp.default_url=/lab/tree/en/{NAME}" in first
    assert first[-2:] == ["--port", "8899"]
    (mine / ".crmlab/workspaces").mkdir()
    (mine / ".crmlab/workspaces/default").touch()
    assert "--LabApp.default_url=/lab" in arguments(mine, "en", [])
