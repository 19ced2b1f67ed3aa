"""``crmlab build``: what it writes, what it only looks at, and how it ends."""

from __future__ import annotations

import pytest

from crmlab import built
from crmlab.course import build
from crmlab.course.build import Result

from ..command import crmlab


@pytest.fixture
def made(tmp_path, monkeypatch):
    """What is made in a checkout of one file; the names that were asked for are kept in ``asked``."""
    result = Result({tmp_path / "new" / "x.ipynb": b"new"})
    result.asked = []
    monkeypatch.setattr(build, "home", lambda: tmp_path)
    monkeypatch.setattr(built, "everything", lambda _top, names: result.asked.append(names) or result)
    return result


def test_building_writes_and_checking_only_names_what_drifted(lang, tmp_path, made):
    path = tmp_path / "new" / "x.ipynb"
    stale = {"en": f"{path.relative_to(tmp_path)}: stale", "zh": f"{path.relative_to(tmp_path)}：已过时"}[lang]
    assert stale in crmlab("build", "--check", lang=lang, code=1)
    assert not path.exists()
    assert "x.ipynb" in crmlab("build", "08", lang=lang)
    assert path.read_bytes() == b"new"
    assert {"en": "nothing, all is up to date", "zh": "无，全部都是最新的"}[lang] in crmlab("build", lang=lang)
    assert crmlab("build", "--check", lang=lang) == ""
    assert made.asked == [[], ["08"], [], []]


def test_a_finding_is_told_and_fails(lang, made):
    made.findings.append("08-eight: title: wrong")
    assert "08-eight: title: wrong" in crmlab("build", lang=lang, code=1)
    assert "08-eight: title: wrong" in crmlab("build", "--check", lang=lang, code=1)


def test_what_is_accepted_is_told(lang, made, monkeypatch):
    monkeypatch.setattr(built, "renew", lambda _top, told: [told] if told == "08:title" else [])
    said = crmlab("build", "--accept", "08:title", "--accept", "08:none", lang=lang)
    assert said.startswith("08:title\n")
    assert {"en": "08:none: nothing to renew", "zh": "08:none：没有需要更新的"}[lang] in said
