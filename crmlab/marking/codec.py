"""Plain data (see ``plain``) as bytes and back: JSON and raw numbers, nothing that could run.

Whoever reads trusts nothing: sizes, depth, dtypes and shapes are looked at first, and what comes back has exact types.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import time
from typing import Any

import numpy as np

from crmlab.marking.plain import BITS, Table

DEPTH, NODES, TREE, RAW = 30, 300_000, 4 << 20, 32 << 20
"""How deep and how many parts a value may be, and how many bytes its tree and its numbers may take."""
OUTPUT = 100_000
"""How many letters of what a cell puts out are handed over; the rest is dropped."""
HEAD = struct.Struct("<II")
_DTYPE = re.compile(r"[<>|=]?([biuf]\d{1,2}|M8\[s\])")
_KEYS = (type(None), bool, int, float, str)


class NotPlain(ValueError):  # noqa: N818
    """A value that cannot be handed over; the message says why."""


class Malformed(ValueError):  # noqa: N818
    """Bytes that are no plain data."""


def pack(value: Any) -> bytes:
    """Plain data as bytes. Raises NotPlain for what is not plain, too deep or too big.

    >>> unpack(pack({"churn": [0.05, float("inf")], "n": 2**70})) == {"churn": [0.05, float("inf")], "n": 2**70}
    True
    >>> pack((1, 2))
    Traceback (most recent call last):
    ...
    crmlab.marking.codec.NotPlain: tuple
    """
    raw = bytearray()
    tree = json.dumps(_tree(value, raw, 0), allow_nan=False, separators=(",", ":")).encode()
    if len(tree) > TREE or len(raw) > RAW:
        raise NotPlain("too big")
    return HEAD.pack(len(tree), len(raw)) + tree + bytes(raw)


def _tree(value: Any, raw: bytearray, depth: int) -> Any:
    if depth > DEPTH:
        raise NotPlain("too deep")
    kind = type(value)  # isinstance would believe what __class__ says
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        if value.bit_length() > BITS:
            raise NotPlain("too big")
        return value if abs(value) < 2**53 else ["int", hex(value)]
    if kind is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if kind is list:
        return ["list", [_tree(part, raw, depth + 1) for part in value]]
    if kind is dict:
        return ["dict", [[_tree(key, raw, depth + 1), _tree(part, raw, depth + 1)] for key, part in value.items()]]
    if kind is np.ndarray and _DTYPE.fullmatch(value.dtype.str):
        start = len(raw)
        raw += np.ascontiguousarray(value).tobytes()
        return ["array", value.dtype.str, list(value.shape), start]
    if kind is Table:
        return ["table", _tree(value.columns, raw, depth + 1), _tree(value.index, raw, depth + 1)]
    raise NotPlain(kind.__name__[:80])


def unpack(data: bytes) -> Any:
    """The value in ``data``. Raises Malformed for anything that ``pack`` does not write.

    >>> unpack(b"\\x02\\0\\0\\0\\0\\0\\0\\0{}")
    Traceback (most recent call last):
    ...
    crmlab.marking.codec.Malformed: TypeError
    """
    try:
        tree, raw = HEAD.unpack(data[: HEAD.size])
        if len(data) != HEAD.size + tree + raw or tree > TREE or raw > RAW:
            raise Malformed("size")
        body = memoryview(data)[HEAD.size :]
        return _Reader(body[tree:]).value(json.loads(bytes(body[:tree]), parse_constant=_refused), 0)
    except Malformed:
        raise
    except Exception as error:  # a stranger's bytes may fail in any way, RecursionError and MemoryError among them
        raise Malformed(type(error).__name__) from None


def _refused(name: str) -> Any:
    raise Malformed(name)


class _Reader:
    def __init__(self, raw: memoryview) -> None:
        self.raw, self.nodes, self.taken = raw, 0, 0

    def value(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > DEPTH or self.nodes > NODES:
            raise Malformed("depth or size")
        if isinstance(tree, str):
            return tree if tree.isascii() else tree.encode("utf-8", "replace").decode()  # half a pair is no letter
        if tree is None or isinstance(tree, bool | int | float):
            return tree
        if not isinstance(tree, list):
            raise TypeError
        kind, *rest = tree
        return self.READERS[kind](self, depth + 1, *rest)

    def whole(self, _depth: int, text: str) -> int:
        if not re.fullmatch(r"-?0x[0-9a-f]{1,300}", text):
            raise Malformed("int")
        return int(text, 16)

    def real(self, _depth: int, text: str) -> float:
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]

    def items(self, depth: int, parts: list) -> list:
        return [self.value(part, depth) for part in parts]

    def mapping(self, depth: int, pairs: list) -> dict:
        made = {self.value(key, depth): self.value(part, depth) for key, part in pairs}
        if not all(type(key) in _KEYS for key in made):
            raise Malformed("key")
        return made

    def array(self, _depth: int, dtype: str, shape: list, start: int) -> np.ndarray:
        whole = [start, *shape]
        if not _DTYPE.fullmatch(dtype) or any(type(part) is not int or part < 0 for part in whole) or len(shape) > 8:
            raise Malformed("array")
        kind, count = np.dtype(dtype), math.prod(shape)
        self.taken += count * kind.itemsize
        if self.taken > len(self.raw):  # no byte is read twice
            raise Malformed("array")
        if dtype.endswith("b1"):  # a byte of 2 is neither True nor False
            return (np.frombuffer(self.raw, np.uint8, count, start) != 0).reshape(shape)
        return np.frombuffer(self.raw, kind, count, start).reshape(shape).copy()

    def table(self, depth: int, columns: Any, index: Any) -> Table:
        made = Table(self.value(columns, depth), self.value(index, depth))
        parts = [*made.columns.items(), *made.index.items()]
        for name, column in parts:
            fits = type(column) is list or (type(column) is np.ndarray and column.ndim == 1)
            if type(name) is not str or not fits or len(column) != len(made):
                raise Malformed("table")
        return made

    READERS = {"int": whole, "float": real, "list": items, "dict": mapping, "array": array, "table": table}  # noqa: RUF012


def send(pipe: socket.socket, value: Any) -> None:
    """``value`` through a stream socket."""
    pipe.sendall(pack(value))


def receive(pipe: socket.socket, deadline: float = math.inf) -> Any:
    """The next value from a stream socket.

    Raises Malformed for what is no plain data, EOFError at the end, TimeoutError at ``deadline`` (time.monotonic).
    """
    tree, raw = HEAD.unpack(head := _exactly(pipe, HEAD.size, deadline))
    if tree > TREE or raw > RAW:
        raise Malformed("size")
    return unpack(head + _exactly(pipe, tree + raw, deadline))


def _exactly(pipe: socket.socket, size: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        pipe.settimeout(None if left == math.inf else left)
        try:
            part = pipe.recv(min(size - len(data), 1 << 20))
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError
        data += part
    return bytes(data)
