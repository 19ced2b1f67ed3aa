"""A student's token: made from the course key, which stays with the instructor; it names nobody and tells of nobody."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: what is easily misread is left out."""
LENGTH = 12
CHECK = 2
PRIME = 887
"""The largest prime number that two letters can count to: a token read as one number leaves 1 when divided by it."""


def token(key: bytes, student: str) -> str:
    """The token of the student with this number: 12 letters from HMAC-SHA256 under ``key``, and two to check them.

    The same key and number give the same token; without the key, one token says nothing of another. The check notices
    every single wrong letter and every swap of two neighbours, and of all other mistakes all but one in 887.

    >>> token(b"the instructor's own", "2026001")
    'RE8K-N9DD-88TT-FW'
    """
    digest = hmac.new(key, f"crmlab student {student}".encode(), hashlib.sha256).digest()
    value, body = int.from_bytes(digest), ""
    for _place in range(LENGTH):
        value, rest = divmod(value, len(LETTERS))
        body += LETTERS[rest]
    first, second = divmod((1 - _number(body) * len(LETTERS) ** CHECK) % PRIME, len(LETTERS))
    return _grouped(body + LETTERS[first] + LETTERS[second])


def checked(text: str) -> str:
    """``text`` as a token, however it was typed; InputError where a letter is wrong or missing.

    >>> checked("re8k n9dd 88tt fw")
    'RE8K-N9DD-88TT-FW'
    >>> checked("RE8K-N9DD-88TT-FX")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: 'RE8K-N9DD-88TT-FX' is no token; copy yours once more, like XXXX-XXXX-XXXX-XX.
    """
    plain = unicodedata.normalize("NFKC", text) if isinstance(text, str) else ""
    plain = re.sub(r"[\s\u2010-\u2015-]", "", plain).upper()
    if len(plain) != LENGTH + CHECK or not set(plain) <= set(LETTERS) or _number(plain) % PRIME != 1:
        words = _("{token} is no token; copy yours once more, like {shape}.")
        raise InputError(words.format(token=repr(text), shape=_grouped("X" * (LENGTH + CHECK))))
    return _grouped(plain)


def _number(letters: str) -> int:
    """Letters read as the digits of a number."""
    value = 0
    for letter in letters:
        value = len(LETTERS) * value + LETTERS.index(letter)
    return value


def _grouped(letters: str) -> str:
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))
