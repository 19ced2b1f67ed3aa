"""Guards say when a reply is on offer, and run no code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.language.errors import InputError
from crmlab.roleplay.guard import LONGEST, Guard, guard

VALUES = {"anger": 4, "trust": -2, "receipt": True, "told": False}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("receipt", True),
        ("told", False),
        ("not told", True),
        ("anger >= 4", True),
        ("4 < anger", False),
        ("trust == -2", True),
        ("trust > -2", False),
        ("trust <= -2", True),
        ("4 <= anger", True),
        ("anger != 4 or receipt", True),
        ("receipt and told", False),
        ("-3 < trust <= anger < 5", True),
        ("1 < anger < 4", False),
        ("not (receipt and anger > 3) or told", False),
        (" receipt ", True),
    ],
)
def test_what_a_guard_says(text, holds):
    assert guard(text)(VALUES) is holds


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "open('x')", "receipt()", "receipt.real", "anger[0] > 1", "anger + 1 > 2",
        "anger ** 99 > 1", "[x for x in y]", "lambda: 1", "1 if receipt else 0", "'a' < 'b'", "1.5 < anger",
        "True", "None", "3", "anger < True", "(yield)", "x := 3", "f'{anger}' == 1", "anger in (1, 2)",
        "receipt is told",
        "anger >= 4 and 7", "~anger > 1", "receipt == (anger > 3)", "not", "", "anger >=", "receipt\nand told",
        "not " * 60 + "receipt", "x" * (LONGEST + 1), "a\x00b", "anger >= 4; receipt",
        "*receipt", "await receipt", "...", "receipt # told and",
    ],
)  # fmt: skip
def test_a_guard_refuses_what_is_no_guard(text):
    with pytest.raises(InputError):
        Guard(text)


@given(st.text(max_size=60))
def test_any_text_is_a_guard_or_refused(text):
    try:
        made = Guard(text)
    except InputError:
        return
    assert made(dict.fromkeys(made.facts | made.variables, 1)) in (True, False)


def test_what_a_guard_asks_for():
    assert Guard("a and 1 <= b < c or not d").facts == {"a", "d"}
    assert Guard("a and 1 <= b < c or not d").variables == {"b", "c"}
