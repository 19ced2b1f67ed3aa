"""Words in both languages, and which language is spoken."""

from __future__ import annotations

import pytest

from crmlab.course import words
from crmlab.language.catalogue import language, number, speaking


def test_every_word_has_chinese_with_the_same_placeholders():
    assert words.findings() == []


def test_the_catalogue_files_are_what_the_code_gives():
    assert [path.name for path, content in words.update().items() if path.read_bytes() != content] == []


def test_the_language_comes_from_the_machine_unless_set(monkeypatch):
    monkeypatch.setattr("crmlab.language.catalogue._now", None)
    monkeypatch.setenv("CRMLAB_LANG", "zh")
    assert language() == "zh"
    monkeypatch.setenv("CRMLAB_LANG", "")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert language() == "en"


def test_speaking_comes_back_even_after_an_error():
    with pytest.raises(ZeroDivisionError), speaking("zh"):
        raise ZeroDivisionError
    assert language() == "en"


def test_numbers_are_written_as_each_language_does():
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(-0.01, 1) == "0.0"
    with speaking("zh"):
        assert number(1234567) == "1234567"
