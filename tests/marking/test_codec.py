"""Plain data comes back as it was; bytes of a stranger give plain data or Malformed, never anything else."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.marking import codec
from crmlab.marking.codec import HEAD, Malformed, NotPlain, pack, unpack
from crmlab.marking.plain import Table, plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"))
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(SCALARS, inner),
    max_leaves=20,
)
KINDS = ["int", "float", "list", "dict", "array", "table", "text", "<f8", "|b1", "O", "__class__"]
DTYPES = ["<f8", "|b1", "<M8[us]", "O", "f3"]
TREES = st.recursive(
    SCALARS | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=5)
    | st.tuples(st.sampled_from(KINDS), inner, inner).map(list)
    | st.tuples(st.sampled_from(KINDS), inner).map(list)
    | st.tuples(st.just("array"), st.sampled_from(DTYPES), st.lists(st.integers()), inner).map(list),
    max_leaves=30,
)  # fmt: skip


@given(PLAIN)
def test_plain_data_comes_back(value: object) -> None:
    back = unpack(pack(value))
    assert back == value
    assert repr(back) == repr(value)  # 1, 1.0 and True are three things


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"n": [1, 2], "x": [0.5, math.nan], "t": ["a", None], "ok": [True, False]}),
        pd.DataFrame({"day": pd.to_datetime(["2026-01-01", None]), "kind": pd.Categorical(["b", "a"], ordered=True)}),
        pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "b": pd.array([True, None], dtype="boolean")}),
        pd.DataFrame({"x": [1.0]}, index=pd.Index(["a"], name="who")),
        pd.DataFrame({"x": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["p", None])),
        pd.DataFrame(),
    ],
)
def test_tables_come_back(frame: pd.DataFrame) -> None:
    table = plain(frame)
    back = unpack(pack(table))
    assert repr(back) == repr(table)
    assert type(back) is Table


@pytest.mark.parametrize(
    "body",
    [
        b'["table",["dict",[["n",["list",[1]]]]],["dict",[["m",["list",[1,2]]]]]]',
        b'["table",["dict",[["n",3]]],["dict",[]]]', b'["table",["dict",[[1,["list",[]]]]],["dict",[]]]',
        b'["table",["list",[]],["dict",[]]]', b'["table",["dict",[["n",["array","|u1",[1,1],0]]]],["dict",[]]]',
    ],
)  # fmt: skip
def test_crooked_tables_are_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(HEAD.pack(len(body), 1) + body + b"\0")


@pytest.mark.parametrize("dtype", ["i8", "f4", "?", "u1", "M8[s]", ">i4"])
def test_arrays_come_back(dtype: str) -> None:
    array = np.arange(6).astype(dtype).reshape(2, 3)
    back = unpack(pack(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@given(TREES, st.binary(max_size=64))
def test_a_strangers_tree_is_plain_or_malformed(tree: object, raw: bytes) -> None:
    import json

    body = json.dumps(tree).encode()
    try:
        value = unpack(HEAD.pack(len(body), len(raw)) + body + raw)
    except Malformed:
        return
    assert type(value).__module__.partition(".")[0] in ("builtins", "numpy", "pandas")


@given(st.binary())
def test_a_strangers_bytes_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(data)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10**6, b'["array","<f8",[1000000000],0]', b'["array","|O",[1],0]', b'["objects",[1],["list",[]]]',
        b'["index",["list",[null]],["range",0,10000000000,1]]', b'["int","0x' + b"f" * 10**5 + b'"]', b"NaN",
        b'["dict",[[["list",[]],1]]]', b'["__init__",1]', b'["value",1]', b"1" * 5000, b'{"value":1}',
        b'["array","<f8",[-1],0]', b'["array","<i8",[true],0]', pickle.dumps(print),
    ],
)  # fmt: skip
def test_tricks_are_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(HEAD.pack(len(body), 8) + body + b"\0" * 8)


def test_no_byte_is_read_twice() -> None:
    body = b'["list",[' + b",".join([b'["array","|u1",[8],0]'] * 2) + b"]]"
    with pytest.raises(Malformed):
        unpack(HEAD.pack(len(body), 8) + body + b"\0" * 8)


def test_a_byte_of_two_is_true() -> None:
    body = b'["array","|b1",[2],0]'
    value = unpack(HEAD.pack(len(body), 2) + body + b"\2\0")
    assert value.sum() == 1


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, (1,), print, 1j, b"x", type, iter([1]), np.float64(1), pd.Series([1]), np.array(["a"])]
)
def test_what_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(NotPlain):
        pack(value)


def test_subclasses_are_refused() -> None:
    class Odd(float):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    class Fake:
        __class__ = float

        def __float__(self) -> float:
            return 1.0

    for value in (Odd(2), Fake(), [Odd(2)], {"x": Fake()}):
        with pytest.raises(NotPlain):
            pack(value)


def test_limits() -> None:
    deep: list = []
    for _level in range(codec.DEPTH + 2):
        deep = [deep]
    for value in (
        deep,
        ["12345678"] * codec.NODES * 2,
        "x" * (codec.TREE + 1),
        np.zeros(codec.RAW + 1, "u1"),
        10**5000,
    ):
        with pytest.raises(NotPlain):
            pack(value)
