"""Reading what was handed in: what is damaged, changed or falsely claimed is refused, nothing else happens."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from crmlab.data.tokens import token
from crmlab.language.errors import InputError
from crmlab.marking.reading import handed, preferred
from crmlab.marking.submit import submit

from .notebooks import saved

TOKEN = token(b"reading", "1")


@pytest.fixture
def own(eight, tmp_path):
    """The notebook of a student who answered all."""
    return saved(tmp_path, eight, TOKEN)


def notebook(*cells: str, **metadata: object) -> dict:
    made = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
            for n, cell in enumerate(cells)]  # fmt: skip
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def damaged(folder: Path) -> dict[str, Path]:
    whole = json.dumps(notebook("a = 1")).encode()
    bomb = folder / "bomb.ipynb"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.ipynb", b"0" * (50 << 20))
    contents = {
        "truncated": whole[: len(whole) // 2], "empty": b"", "50 MB": json.dumps(notebook("x" * (50 << 20))).encode(),
        "not UTF-8": whole.replace(b"a = 1", "é".encode("latin-1")), "UTF-16": whole.decode().encode("utf-16"),
        "deep": b"[" * 10**6, "a list": b"[1, 2]", "a number": b"1" * 10**6, "cells that are no list": b'{"cells": 3}',
        "cells that are no cells": b'{"cells": [1, null]}', "null source": json.dumps(notebook(None)).encode(),
        "a million cells": json.dumps(notebook(*[""] * 50_000)).encode(), "gzip": b"\x1f\x8b" + b"\0" * 100,
    }  # fmt: skip
    found = {"zip bomb": bomb, "a folder": folder, "no file": folder / "none.ipynb", "a device": Path("/dev/zero")}
    for name, content in contents.items():
        found[name] = folder / f"{name}.ipynb"
        found[name].write_bytes(content)
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    return found | {"a symlink": folder / "link.ipynb"}


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
def test_damaged_files_are_named_and_nothing_else_happens(tmp_path: Path) -> None:
    for name, path in damaged(tmp_path).items():
        with pytest.raises(InputError):
            print(name, handed(path))


def test_what_was_handed_in_goes_before_its_notebook_and_takes_nobody_elses_away(eight, own, tmp_path):
    submitted, bare = handed(submit(own).path), handed(saved(tmp_path, eight, token(b"reading", "2")))
    assert preferred([handed(own), submitted, bare]) == [submitted, bare]
    assert preferred([handed(own), bare]) == [handed(own), bare]


def test_what_was_changed_after_handing_in_is_refused(own):
    path = submit(own).path
    held = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"notebook": held["notebook"] + " "}, {"content": 5}, {"content": "0" * 64}):
        path.write_text(json.dumps(held | change), encoding="utf-8")
        with pytest.raises(InputError, match=r"changed|damaged"):
            handed(path)


@pytest.mark.parametrize("claim", [{"exercise": "../../etc"}, {"token": "AAAA"}, {"token": 3}, {"exercise": None}])
def test_a_false_claim_is_refused(own, claim):
    book = json.loads(own.read_text(encoding="utf-8"))
    book["metadata"]["crmlab"] |= claim
    own.write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(InputError):
        handed(own)
