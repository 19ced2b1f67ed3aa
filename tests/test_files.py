"""Files: new ones whole or not at all, never over what somebody has; and what somebody hands us."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from crmlab import files
from crmlab.files import create, fresh, hand_out, read_bytes, read_start, read_text, replace, write_new
from crmlab.language.errors import InputError
from crmlab.marking import submit


@pytest.fixture(params=["with links", "without links"])
def links(request, monkeypatch):
    """A file system that knows hard links, and one that does not."""

    def refused(*_names):
        raise OSError(95, "Operation not supported")

    if request.param == "without links":
        monkeypatch.setattr(files.os, "link", refused)


@pytest.fixture
def full(monkeypatch):
    """A disk on which nothing more fits."""

    def refused(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", refused)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: create(path, b"new"),
        lambda path: write_new({path: b"new"}),
        lambda path: hand_out({path: b"new"}),
        lambda path: replace(path, b"new"),
    ],
)
def test_a_full_disk_leaves_nothing_behind(tmp_path, full, write):
    with pytest.raises(InputError, match="No space left"):
        write(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file(tmp_path, full):
    (tmp_path / "one").write_bytes(b"old")
    with pytest.raises(InputError, match="No space left"):
        replace(tmp_path / "one", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.usefixtures("links")
def test_nothing_is_written_over(tmp_path):
    path = tmp_path / "one"
    path.write_bytes(b"work")
    with pytest.raises(FileExistsError):
        create(path, b"new")
    with pytest.raises(InputError, match="one is there already"):
        write_new({tmp_path / "first": b"new", path: b"new"})
    with pytest.raises(InputError, match="one is there already"):
        fresh(tmp_path / "first", path)
    done = hand_out({tmp_path / "a" / "two": b"new", path: b"new"})
    assert (done.written, done.kept) == ([tmp_path / "a" / "two"], [path])
    assert hand_out({tmp_path / "a" / "two": b"new"}) == files.HandedOut([], [])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "one"]
    assert path.read_bytes() == b"work"


@pytest.mark.usefixtures("links")
def test_of_many_at_once_one_writes(tmp_path):
    def attempt(who: int) -> bool:
        try:
            create(tmp_path / "one", str(who).encode() * 100_000)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(attempt, range(8)))
    assert sum(done) == 1
    assert (tmp_path / "one").read_bytes() == str(done.index(True)).encode() * 100_000


def test_a_dangling_link_counts_as_there(tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is there already"):
        write_new({tmp_path / "one": b"new"})
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("write", [hand_out, lambda made: [replace(*one) for one in made.items()]])
def test_a_file_where_a_folder_should_be_is_said(tmp_path, write):
    (tmp_path / "file").write_bytes(b"work")
    with pytest.raises(InputError, match="can't be read or written"):
        write({tmp_path / "file" / "one": b"new"})


def test_a_folder_that_is_not_there_is_not_made_for_one_new_file(tmp_path):
    with pytest.raises(InputError, match="can't be read or written"):
        write_new({tmp_path / "mistyped" / "one": b"new"})


def test_a_file_is_read_up_to_what_is_allowed(tmp_path):
    path = tmp_path / "one"
    path.write_bytes(b"12345")
    assert [read_start(path, size) for size in (3, 9)] == [b"123", b"12345"]
    assert read_bytes(path, 5) == read_text(path, 5).encode() == b"12345"
    with pytest.raises(InputError, match=r"^one is too large: at most 0 MB\.$"):
        read_text(path, 4)
    with path.open("wb") as file:
        file.truncate(submit.LARGEST + 1)
    with pytest.raises(InputError, match=r"one is too large: at most 20 MB\. Clear the outputs"):
        read_bytes(path, submit.LARGEST, submit.TOO_LARGE)


@pytest.mark.parametrize(
    ("name", "says"),
    [("none", "There is no file .*none"), ("", "can't be read"), ("a\0b", "can't be read: .*null")],
)
def test_a_file_that_can_not_be_read_is_said(tmp_path, name, says):
    with pytest.raises(InputError, match=says):
        read_text(tmp_path / name)


def test_a_text_has_to_be_utf_8(tmp_path):
    for content, reads in (("\ufeff王", "王"), ("王\r\n", "王\r\n")):
        (tmp_path / "text").write_bytes(content.encode())
        assert read_text(tmp_path / "text") == reads
    (tmp_path / "text").write_bytes("王".encode("gb18030"))
    with pytest.raises(InputError, match="text is no text in UTF-8"):
        read_text(tmp_path / "text")
