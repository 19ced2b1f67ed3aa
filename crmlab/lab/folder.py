"""The learner's own folder: the course copied into it, and brought up to date without touching their work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from crmlab.files import replace
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.place import checkout, course

HIDDEN = ".crmlab"
RECORD = f"{HIDDEN}/delivered.json"


@dataclass
class Delivery:
    """What a delivery did: files written, and new editions laid beside files that the learner changed."""

    written: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)


def course_files(language: str) -> dict[str, Path]:
    """What a learner of ``language`` gets: for each name in their folder, the course's file.

    >>> "08-keeping-customers.ipynb" in course_files("zh")
    True
    """
    chapters = sorted((course() / "notebooks" / language).glob("*.ipynb"))
    exercises = sorted((course() / "exercises" / language).glob("*.ipynb"))
    return {path.name: path for path in chapters} | {f"exercises/{path.name}": path for path in exercises}


def deliver(folder: Path, language: str) -> Delivery:
    """Copy the course in ``language`` into ``folder``/``language``, or bring it up to date.

    A file that the learner has not changed since it was delivered is renewed. One that they changed is kept; where
    the course has a new edition of it, that is laid beside it under a free name. Each file is written whole or not
    at all. Raises InputError where ``folder`` lies in the checkout, is a file, or can't be written.
    """
    folder = folder.expanduser().resolve()
    top = checkout()
    if top and (folder == top or top in folder.parents):
        text = _("{folder} lies in the course's own checkout. Choose another folder: crmlab lab --folder DIR")
        raise InputError(text.format(folder=folder))
    delivery = Delivery()
    try:
        (folder / language).mkdir(parents=True, exist_ok=True)
        (folder / HIDDEN).mkdir(exist_ok=True)
        delivered = _record(folder)
        for name, path in course_files(language).items():
            _one(folder, f"{language}/{name}", path.read_bytes(), delivered, delivery)
    except OSError as error:
        text = _("The folder {folder} can't be used: {reason}. Choose another: crmlab lab --folder DIR")
        raise InputError(text.format(folder=folder, reason=error.strerror or error)) from None
    return delivery


def _one(folder: Path, name: str, new: bytes, delivered: dict[str, str], delivery: Delivery) -> None:
    """Deliver one file and note it down."""
    target = folder / name
    now = target.read_bytes() if target.exists() else None
    if now != new:
        untouched = now is None or _digest(now) == delivered.get(name)
        if untouched:
            replace(target, new)
            delivery.written.append(name)
        elif delivered.get(name) != _digest(new):
            aside = _free(target, new)
            replace(aside, new)
            delivery.beside[name] = aside.name
    if delivered.get(name) != _digest(new):
        delivered[name] = _digest(new)
        replace(folder / RECORD, json.dumps(delivered, indent=1, sort_keys=True).encode())


def _record(folder: Path) -> dict[str, str]:
    """What was delivered before, by name: its digest. A damaged record counts as none, so that nothing is lost."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _free(target: Path, new: bytes) -> Path:
    """A name beside ``target`` that is free, or already holds ``new``."""
    for count in range(1, 1000):
        mark = _("new edition") if count == 1 else _("new edition {count}").format(count=count)
        aside = target.with_stem(f"{target.stem} ({mark})")
        if not aside.exists() or aside.read_bytes() == new:
            return aside
    raise OSError(f"no free name beside {target}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
