"""Files: new ones, written whole or not at all and never over what somebody has; and what somebody hands us, read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError

LARGEST = 64 * 2**20
"""Bytes of a file that is read whole, where nothing else is told."""
TOO_LARGE = mark("{file} is too large: at most {size} MB.")


@dataclass(frozen=True)
class HandedOut:
    """What ``hand_out`` did: the files that it wrote, and those that were there with another content and stay."""

    written: list[Path]
    kept: list[Path]


def fresh(*paths: Path) -> None:
    """Raise InputError where one of ``paths`` is there already: to be asked before long work whose result they hold."""
    for path in paths:
        if os.path.lexists(path):
            text = _("{file} is there already and is not overwritten; choose another name.")
            raise InputError(text.format(file=path))


def create(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all.

    Raises FileExistsError where something is there already, InputError where the file can't be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     create(Path(folder, "new.txt"), b"one")
    ...     create(Path(folder, "new.txt"), b"two")
    Traceback (most recent call last):
    FileExistsError: ...
    """
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)  # refuses where there is one, which a replacement would not
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            with path.open("xb") as file:
                try:
                    file.write(content)
                    file.flush()
                except BaseException:
                    path.unlink()
                    raise


def write_new(files: Mapping[Path, bytes]) -> list[Path]:
    """Write new files, all of them or none; their paths.

    Raises InputError where one is there already, or can't be written.
    """
    done: list[Path] = []
    try:
        for path, content in files.items():
            create(path, content)
            done.append(path)
    except BaseException as error:
        for one in done:
            one.unlink()
        if isinstance(error, FileExistsError):
            fresh(path)
        raise
    return done


def hand_out(files: Mapping[Path, bytes]) -> HandedOut:
    """Write those of ``files`` that are not there yet, with their folders; what is there stays, it may hold work.

    Raises InputError where one can't be written.
    """
    done = HandedOut([], [])
    for path, content in files.items():
        _make_folder(path)
        try:
            create(path, content)
            done.written.append(path)
        except FileExistsError:
            with _said(path):
                if path.read_bytes() != content:
                    done.kept.append(path)
    return done


def replace(path: Path, content: bytes) -> bool:
    """Write a file of ours, with its folders; whether it changed.

    The new one takes the place of the old in one step: a reader sees the one or the other, whole. Raises InputError
    where it can't be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = Path(folder, "pages", "one.html")
    ...     replace(page, b"old"), replace(page, b"old"), replace(page, b"new"), page.read_bytes()
    (True, False, True, b'new')
    """
    _make_folder(path)
    with _said(path):
        if path.is_file() and path.read_bytes() == content:
            return False
        with _draft(path, content) as draft:
            draft.replace(path)
    return True


def read_start(path: Path, size: int) -> bytes:
    """The first ``size`` bytes of a file, all of them where it has fewer.

    Raises InputError where there is no such file, or it can't be read.

    >>> read_start(Path("no-such-file.yml"), 10)
    Traceback (most recent call last):
    crmlab.language.errors.InputError: There is no file no-such-file.yml.
    """
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        raise InputError(_("There is no file {file}.").format(file=path)) from None
    except (OSError, ValueError) as error:  # a name that holds a zero is no OSError
        text = _("{file} can't be read: {reason}")
        raise InputError(text.format(file=path, reason=getattr(error, "strerror", None) or error)) from None


def read_bytes(path: Path, largest: int = LARGEST, too_large: str = TOO_LARGE) -> bytes:
    """What stands in a file that somebody hands us.

    Raises InputError where there is none, it can't be read, or it has more than ``largest`` bytes, which ``too_large``
    says, a marked message with {file} and {size}.
    """
    found = read_start(path, largest + 1)
    if len(found) > largest:
        raise InputError(_(too_large).format(file=path.name, size=number(largest / 2**20)))
    return found


def read_text(path: Path, largest: int = LARGEST, too_large: str = TOO_LARGE) -> str:
    """What stands in a text that somebody hands us, without a byte order mark.

    Raises InputError as ``read_bytes`` does, and where it is not in UTF-8.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "name.txt")
    ...     replace(path, "\ufeff王".encode()), read_text(path), replace(path, "王".encode("gbk")), read_text(path)
    Traceback (most recent call last):
    crmlab.language.errors.InputError: name.txt is no text in UTF-8.
    """
    try:
        return read_bytes(path, largest, too_large).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(_("{file} is no text in UTF-8.").format(file=path.name)) from None


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """The whole content under another name in the same folder, gone afterwards."""
    draft = path.with_name(f".{secrets.token_hex(8)}.draft")
    with _said(path):
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield draft
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """What the system says of a file, in a person's words; that something is there already is left to the caller."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> InputError:
    text = _("{file} can't be read or written: {reason}")
    return InputError(text.format(file=path, reason=error.strerror or error))
