"""What students get: practice whole, graded without what gives answers away; nothing is written over."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlab.language.errors import InputError
from crmlab.roleplay.play import Play
from crmlab.roleplay.release import release
from crmlab.roleplay.scene import Scene
from crmlab.roleplay.shelf import find

from .conftest import made


def test_practice_is_handed_out_whole(tiny, tmp_path):
    done = release(tmp_path, tiny)
    assert [path.name for path in done.written] == ["tiny.yml"]
    assert find(done.written[0]) == tiny


def test_graded_is_handed_out_without_answers_to_each_student(data, tmp_path):
    scene = made(data | {"use": "graded"})
    students = pd.DataFrame({"student": ["2026001", "A/7"], "token": ["", ""]})
    done = release(tmp_path, scene, students)
    assert [str(path.relative_to(tmp_path)) for path in done.written] == ["2026001/tiny.json", "A_7/tiny.json"]
    build = find(done.written[0])
    assert not isinstance(build, Scene)
    assert build.edition == scene.edition
    assert "feedback" not in done.written[0].read_text(encoding="utf-8")
    assert Play(done.written[0]).mode == "graded"
    again = release(tmp_path, scene, students)
    assert (again.written, again.kept) == ([], [])
    done.written[0].write_text("mine")
    assert release(tmp_path, scene, students).kept == [done.written[0]]
    assert done.written[0].read_text() == "mine"


def test_students_who_would_share_a_folder_are_refused(tiny, tmp_path):
    with pytest.raises(InputError, match="differ only in signs"):
        release(tmp_path, tiny, pd.DataFrame({"student": ["A/7", "A:7"]}))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be read or written"):
        release(tmp_path / "file", tiny)
