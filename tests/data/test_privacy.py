"""Customers' data protected: pseudonyms, how alone anybody stands, traces, consent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import k_anonymity, load, pseudonymise
from crmlab.data.cards import Card, card
from crmlab.data.privacy import check_export, consenting, telling, traces
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError

KEY = "a secret of this study only"
PHONE, MAIL, CARD, IDENTITY = "13800138000", "li.ming@example.com", "4111 1111 1111 1111", "11010519491231002X"


def hidden(values, key=KEY):
    return pseudonymise(pd.DataFrame({"customer": values}), key)["customer"]


@pytest.mark.parametrize(
    "values",
    [
        [7, 8],
        [7.0, 8.0],
        ["7", "8"],
        [" 7 ", "8.0"],
        pd.array([7, 8], "Int64"),
        pd.Categorical([7, 8]),
        pd.Categorical(["7", "8"]),
        np.array([7, 8], dtype=np.float32),
        np.array([7, 8], dtype=np.uint8),
    ],
)
def test_a_customer_has_one_pseudonym_however_written(values):
    assert hidden(values).tolist() == hidden([7, 8]).tolist()


def test_a_pseudonym_is_the_keyed_hash():
    import hashlib
    import hmac

    assert hidden([7]).iloc[0] == hmac.new(KEY.encode(), b"7", hashlib.sha256).hexdigest()[:16]
    assert hidden([7], KEY.encode()).iloc[0] == hidden([7]).iloc[0]
    assert hidden([7], KEY + "!").iloc[0] != hidden([7]).iloc[0]
    assert hidden(["007"]).iloc[0] != hidden([7]).iloc[0]


def test_empty_cells_stay_empty_and_the_frame_as_it_was():
    frame = pd.DataFrame({"customer": [7.0, np.nan, 7.0], "friend": ["A", None, ""], "amount": 1}, index=[3, 3, 1])
    before = frame.copy()
    found = pseudonymise(frame, KEY, ["customer", "friend"])
    pd.testing.assert_frame_equal(frame, before)
    assert found["customer"].isna().tolist() == [False, True, False]
    assert found["friend"].isna().tolist() == [False, True, False]
    assert found.index.tolist() == [3, 3, 1]
    assert found["customer"].iloc[0] == found["customer"].iloc[2]


@given(st.lists(st.integers(0, 10**12), min_size=1, unique=True))
def test_pseudonyms_part_whom_numbers_part(numbers):
    found = hidden(numbers)
    assert found.is_unique
    assert found.str.fullmatch("[0-9a-f]{16}").all()


@pytest.mark.parametrize("key", ["short", b"fifteen letters", 16, None, ""])
def test_keys_that_could_be_guessed(key):
    with pytest.raises(InputError, match="at least 16 are needed"):
        hidden([7], key)


def test_columns_that_are_not_there():
    with pytest.raises(InputError, match="lacks member"):
        pseudonymise(pd.DataFrame({"customer": [1]}), KEY, "member")
    twice = pd.DataFrame([[1, 2]], columns=["customer", "customer"])
    with pytest.raises(InputError, match="more than once"):
        pseudonymise(twice, KEY)


def test_k_is_the_smallest_group():
    people = pd.DataFrame({"district": ["N"] * 6 + ["S"] * 3 + [None], "age": ["20"] * 10})
    found = k_anonymity(people, ["district", "age"])
    assert (found.smallest, found.alone, found.few, found.rows) == (1, 1, 4, 10)
    assert found.groups["rows"].tolist() == [1, 3, 6]
    assert k_anonymity(people, ["age"]).smallest == 10
    assert k_anonymity(people, "age", wanted=11).few == 10
    mixed = people.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(k_anonymity(mixed, ["district", "age"]).groups, found.groups)
    assert k_anonymity(pd.DataFrame({"rows": [1, "1", None]}), ["rows"]).alone == 3
    with pytest.raises(InputError, match="at least one column"):
        k_anonymity(people, [])
    for code in LANGUAGES:
        with speaking(code):
            assert "k = 1" in repr(found)
            assert "{" not in repr(found)


def test_traces_are_found_by_shape_and_check_digits():
    frame = pd.DataFrame({
        "note": ["fine", f"call {PHONE}", f"{MAIL}!"],
        "paid": [CARD, "4111 1111 1111 1112", "-"],
        "who": [IDENTITY, "110105194912310021", "-"],
        "phone": [np.nan, 1.3800138e10, np.nan],
        "amount": [13800138000.25, 0.113800138000, 5],
        "day": pd.to_datetime(["2026-01-01"] * 3),
    })  # fmt: skip
    found = traces(frame).set_index(["column", "trace"])
    assert found.loc[("note", "a Chinese mobile number")].tolist() == [1, 2]
    assert found.loc[("note", "an e-mail address")].tolist() == [1, 3]
    assert found.loc[("paid", "a payment card's number")].tolist() == [1, 1]
    assert found.loc[("who", "a Chinese identity number")].tolist() == [1, 1]
    assert found.loc[("phone", "a Chinese mobile number")].tolist() == [1, 2]
    assert found.loc[("phone", "a column called as personal data are")].tolist() == [1, 2]
    assert len(found) == 6
    assert traces(frame[["day"]]).empty


@pytest.mark.parametrize("text", ["8,911,407.90", "2026-01-01", "536365", "12345678901", "a@b", "20260101 1234567890"])
def test_what_is_no_trace(text):
    assert not telling(text)


def test_what_is_about_to_be_handed_on(tmp_path):
    plain = pd.DataFrame({"customer": [1, 2], "amount": [5.0, 6.0]})
    check_export(plain)
    plain.to_csv(tmp_path / "plain.csv", index=False)
    check_export(tmp_path / "plain.csv")
    plain.assign(note=PHONE).to_csv(tmp_path / "told.csv", index=False)
    for what in (tmp_path / "told.csv", plain.assign(姓名="李明"), f"Call {MAIL}"):
        with pytest.raises(InputError, match="Not to be handed on") as error:
            check_export(what)
        assert not any(word in str(error.value) for word in (PHONE, MAIL, "李明"))


def test_only_a_clear_yes_is_consent():
    members = pd.DataFrame({"customer": [1, 2, 3, 4, 4], "consent": [True, False, None, True, False]})
    frame = pd.DataFrame({"customer": pd.array([1, 2, 3, 4, 5, None], "Int64")}, index=list("abcdef"))
    assert consenting(frame, members).index.tolist() == ["a", "f"]
    for said in ("yes", 1):
        with pytest.raises(InputError, match="must say True or False"):
            consenting(frame, members.assign(consent=said))
    with pytest.raises(InputError, match="lacks consent"):
        consenting(frame, members[["customer"]])


@pytest.mark.parametrize("said", ["bool", "boolean", object])
@pytest.mark.parametrize("numbers", ["int64", "Int64", "str"])
def test_consent_is_the_same_however_the_columns_are_held(numbers, said):
    members = pd.DataFrame({"customer": [1, 2, 3, 4, 4, 5], "consent": [True, False, True, True, False, True]})
    members = members.astype({"customer": numbers, "consent": said})
    frame = pd.DataFrame({"customer": [1, 1, 2, 3, 4, 5, 6]}, index=list("abcdefg")).astype(numbers)
    assert consenting(frame, members).index.tolist() == ["a", "b", "d", "f"]


def test_a_set_is_loaded_of_those_who_agreed():
    every, agreed = load("supermarket", everyone=True), load("supermarket")
    members = every["members"]
    yes = set(members.loc[members["consent"].eq(True).fillna(False), "customer"])
    assert 0 < len(yes) < len(members)
    assert set(agreed["members"]["customer"]) == yes
    for name, frame in agreed.items():
        assert frame.columns.tolist() == every[name].columns.tolist()
        assert (frame.dtypes == every[name].dtypes).all() or name == "members"
        if "customer" in frame.columns:
            known = every[name]["customer"]
            assert len(frame) == (known.isin(yes) | known.isna()).sum()
            pd.testing.assert_frame_equal(frame, load(f"supermarket.{name}"))
        else:
            assert len(frame) == len(every[name])


def test_a_card_names_its_consent_rightly():
    about = card("supermarket")
    assert about.consent == "members.consent"
    assert "everyone=True" in str(about)
    for wrong in ("members.customer", "members.none", "none.consent", "consent"):
        with pytest.raises(ValueError, match="no yes-or-no column"):
            Card(**{**about.model_dump(), "consent": wrong})
