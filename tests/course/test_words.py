"""The catalogue's findings: what lacks Chinese, and which Chinese would be lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crmlab.course import words

LONG = "A firm keeps a customer where each visit is worth more than what it costs, and loses one where it is not. " * 3


@pytest.fixture
def found(monkeypatch):
    """The findings where the code says ``messages`` and the file holds ``rows``."""

    def findings(messages: list[str], rows: dict[str, str]) -> list[str]:
        monkeypatch.setattr(words, "messages", lambda: tuple(messages))
        monkeypatch.setattr(words, "_read", lambda: [SimpleNamespace(id=one, string=rows[one]) for one in rows])
        return words.findings()

    return findings


def test_a_text_that_changed_is_named_with_its_old_chinese(found):
    assert found(["Who stays, pays {more}."], {"Who stays pays {more}.": "留下的付{more}。", "month": ""}) == [
        "no Chinese for 'Who stays, pays {more}.' in crmlab.po (was 'Who stays pays {more}.': 留下的付{more}。)"
    ]
    (changed,) = found([LONG.replace("visit", "call")], {LONG: "长", "Nothing of the kind": "无关"})[:1]
    assert changed.endswith(f"(was {LONG!r}: 长)")


def test_chinese_that_no_code_says_is_named_before_it_is_dropped(found):
    assert found(["month", "stores"], {"month": "月", "cards": "张"}) == [
        "no Chinese for 'stores' in crmlab.po",
        "dropped from crmlab.po, no code says it: 'cards': 张",
    ]
    assert found(["month"], {"month": "月", "cards": ""}) == []


def test_placeholders_have_to_be_the_same(found):
    assert found(["{count} cards"], {"{count} cards": "{number} 张"}) == [
        "placeholders differ in the Chinese of '{count} cards'"
    ]
