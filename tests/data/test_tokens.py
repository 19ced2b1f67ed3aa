"""Students' tokens: made from the key, typed by people."""

from __future__ import annotations

import hashlib
import hmac
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import InputError
from crmlab.data.tokens import LENGTH, LETTERS, PRIME, _number, checked, token

KEY = b"k" * 32
SOME = [token(KEY, str(number)) for number in range(2026001, 2026013)]


def plain(text: str) -> str:
    return text.replace("-", "")


def refused(letters: str) -> bool:
    try:
        checked(letters)
    except InputError:
        return True
    return False


def test_a_token_is_made_of_letters_that_are_not_misread():
    assert not set(LETTERS) & set("01OILU")
    for one in SOME:
        assert [len(part) for part in one.split("-")] == [4, 4, 4, 2]
        assert set(plain(one)) <= set(LETTERS)


def test_every_single_wrong_letter_is_noticed():
    for one in map(plain, SOME):
        for place, letter in itertools.product(range(len(one)), LETTERS):
            if letter != one[place]:
                assert refused(one[:place] + letter + one[place + 1 :])


def test_every_swap_of_two_letters_is_noticed_wherever_they_stand():
    for one in map(plain, SOME):
        for first, second in itertools.combinations(range(len(one)), 2):
            letters = list(one)
            letters[first], letters[second] = letters[second], letters[first]
            if one[first] != one[second]:
                assert refused("".join(letters)), (one, first, second)


def test_a_letter_too_few_or_too_many_is_noticed():
    for one in map(plain, SOME):
        assert all(refused(one[:place] + one[place + 1 :]) for place in range(len(one)))
        assert all(refused(one[:place] + letter + one[place:]) for place in range(15) for letter in LETTERS)


def test_any_other_letters_pass_once_in_887_times():
    assert all(PRIME % divisor for divisor in range(2, 30))
    passed = sum(not refused(plain(SOME[0])[:11] + "".join(end)) for end in itertools.product(LETTERS, repeat=3))
    assert passed == pytest.approx(27_000 / PRIME, rel=0.3)


@pytest.mark.parametrize(
    "typed", [SOME[0].lower(), f"  {SOME[0]}\n", plain(SOME[0]), SOME[0].replace("-", " "), SOME[0].replace("-", "–"),
              SOME[0].replace("-", "－"), "".join(chr(ord(letter) + 0xFEE0) for letter in plain(SOME[0]))]
)  # fmt: skip
def test_a_token_is_taken_however_it_is_typed(typed):
    assert checked(typed) == SOME[0]


@pytest.mark.parametrize("wrong", [None, 7, b"x", "", "-", "0" * 14, "Ⅷ" * 14, "令牌", "2" * 14 + "\u0301"])
def test_what_is_no_token_is_refused_in_words(wrong, lang):
    from crmlab.language.catalogue import speaking

    with speaking(lang), pytest.raises(InputError, match="XXXX-XXXX-XXXX-XX") as caught:
        checked(wrong)
    assert repr(wrong) in str(caught.value)


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=64), st.text(max_size=40))
def test_a_token_is_its_keys_and_students_own(key, student):
    one = token(key, student)
    assert checked(one) == one == token(key, student)
    assert one != token(key + b"x", student) or key.endswith(b"\0")
    assert one != token(key, student + " ")


def test_the_letters_are_those_of_the_keyed_hash_and_spread_evenly():
    digest = hmac.new(KEY, b"crmlab student 2026001", hashlib.sha256).digest()
    value = int.from_bytes(digest)
    assert plain(SOME[0])[:LENGTH] == "".join(LETTERS[value // 30**place % 30] for place in range(LENGTH))
    many = [plain(token(KEY, str(number)))[:LENGTH] for number in range(3000)]
    assert len(set(many)) == len(many)
    counts = [sum(one.count(letter) for one in many) for letter in LETTERS]
    assert max(abs(count - 1200) for count in counts) < 5 * 1200**0.5
    # neighbours on the list share no more letters than strangers: 1 in 30
    shared = sum(a == b for one, two in itertools.pairwise(many) for a, b in zip(one, two, strict=True))
    assert shared / (2999 * LENGTH) == pytest.approx(1 / 30, rel=0.15)


def test_a_whole_token_leaves_one():
    assert all(_number(plain(one)) % PRIME == 1 for one in SOME)
