"""Handing in."""

import json
import re
import sys
from types import SimpleNamespace

import pytest

from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.marking.reading import handed
from crmlab.marking.release import notebook, write
from crmlab.marking.submit import submit

TOKEN = token(b"submit", "7")


@pytest.fixture
def saved(eight, tmp_path):
    """Write a notebook in which ``answers`` stand, and say where."""

    def made(answers=None, whose=TOKEN, language="en", change=None):
        book = notebook(eight, language, whose)
        for cell in book["cells"]:
            if (key := cell["metadata"]["crmlab"].get("question")) in (answers or {}):
                cell["source"] = answers[key]
        if change:
            change(book)
        path = tmp_path / "08-keeping-customers.ipynb"
        path.write_bytes(write(book))
        return path

    return made


def test_one_file_and_a_receipt(saved, tmp_path):
    done = submit(saved({"q1": "# q1\nhalf_year = 0.5"}))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "08-keeping-customers.ipynb",
        f"08-keeping-customers_{TOKEN}_1.crmlab.json",
        f"08-keeping-customers_{TOKEN}_1.receipt.txt",
    ]
    back = handed(done.path)
    assert (back.token, back.exercise, back.language) == (TOKEN, "08-keeping-customers", "en")
    assert (back.content, back.made) == (done.content, done.made)
    assert done.unanswered == tuple(f"q{number}" for number in range(2, 10))
    receipt = done.path.with_name(f"08-keeping-customers_{TOKEN}_1.receipt.txt").read_text(encoding="utf-8")
    assert done.receipt in receipt
    assert done.content in receipt
    assert TOKEN in receipt


def test_nothing_is_overwritten(saved):
    path = saved({"q1": "# q1\nhalf_year = 0.5"})
    first, second = submit(path), submit(path)
    assert first.path != second.path
    assert first.content == second.content
    first.path.unlink()
    assert submit(path).path.name.endswith("_3.crmlab.json")


def test_outputs_do_not_count_and_letters_do(saved):
    def output(book):
        book["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret"}]

    plain, noisy = submit(saved({"q1": "a = 1"})), submit(saved({"q1": "a = 1"}, change=output))
    other = submit(saved({"q1": "a = 2"}))
    assert plain.content == noisy.content != other.content
    assert "secret" not in noisy.notebook


def test_source_as_lines_is_the_same(saved):
    def lines(book):
        for cell in book["cells"]:
            cell["source"] = cell["source"].splitlines(keepends=True)

    assert submit(saved({"q1": "a = 1"})).content == submit(saved({"q1": "a = 1"}, change=lines)).content


def test_no_token_nothing_answered_and_copies_are_refused(saved):
    with speaking("en"):
        with pytest.raises(InputError, match="no token"):
            submit(saved({"q1": "a = 1"}, whose=None))
        with pytest.raises(InputError, match="last saved"):
            submit(saved())
        with pytest.raises(InputError, match="q1 stands twice"):
            submit(saved({"q1": "a = 1"}, change=lambda book: book["cells"].append(dict(book["cells"][5]))))
        with pytest.raises(InputError, match="no exercise"):
            submit(saved({"q1": "a = 1"}, change=lambda book: book["metadata"].pop("crmlab")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_untouched_free_text_is_unanswered_in_both_languages(saved, language):
    with speaking("en" if language == "zh" else "zh"):
        assert "q9" in submit(saved({"q1": "a = 1"}, language=language)).unanswered


def test_what_is_not_saved_is_refused(saved, monkeypatch):
    path = saved({"q1": "# q1\nhalf_year = 0.5"})

    def ran(*codes):
        shell = SimpleNamespace(history_manager=SimpleNamespace(input_hist_raw=["", *codes]))
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))

    ran("# q1\nhalf_year = 0.4", "# q1\nhalf_year = 0.5\n", "half_year")
    submit(path)
    ran("# q1\nhalf_year = 0.5", "# q1\nhalf_year = 0.6")
    with speaking("en"), pytest.raises(InputError, match="ran last for q1"):
        submit(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe", b"[" * 100_000, b'{"cells":[1],"metadata":{}}']
)
def test_damaged_notebooks_are_refused(tmp_path, content):
    path = tmp_path / "08.ipynb"
    path.write_bytes(content)
    with pytest.raises(InputError):
        submit(path)
    with pytest.raises(InputError):
        handed(path)
    with pytest.raises(InputError):
        submit(tmp_path / "none.ipynb")


def test_what_the_file_claims_beside_the_notebook_is_not_believed(saved):
    done = submit(saved({"q1": "a = 1"}))
    held = json.loads(done.path.read_text(encoding="utf-8"))
    done.path.write_text(json.dumps(held | {"token": token(b"submit", "8"), "exercise": "09-x"}), encoding="utf-8")
    assert (handed(done.path).token, handed(done.path).exercise) == (TOKEN, "08-keeping-customers")


def test_the_time_tells_two_in_one_second_apart_and_is_shown_in_seconds(saved):
    done = submit(saved({"q1": "a = 1"}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", done.made)
    assert f"{done.made[:19]} UTC" in str(done)
