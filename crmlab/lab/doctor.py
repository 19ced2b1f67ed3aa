"""A look at the machine: can the course be worked here, and if not, what to do."""

from __future__ import annotations

import importlib.metadata as metadata
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmlab.language.catalogue import LANGUAGES, _

LANGUAGE_PACK = "jupyterlab-language-pack-zh-cn"


@dataclass
class Sign:
    """One line of the report: fine (True), amiss (False), or optional and absent (None), and what to do."""

    fine: bool | None
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = {True: "[ OK ]", False: "[FAIL]", None: "[ -- ]"}[self.fine]
        return f"{mark} {self.what}" + (f"\n       → {self.remedy}" if self.remedy and not self.fine else "")


def examine(folder: Path) -> Iterator[Sign]:
    """All signs, one after the other; ``folder`` is the learner's.

    >>> next(examine(Path.home())).fine
    True
    """
    version = sys.version.split()[0]
    yield Sign(
        sys.version_info >= (3, 11),
        _("Python {version} (3.11 or newer is needed)").format(version=version),
        _("Install Python 3.11 or newer, delete the folder .venv, then: python3 run.py lab"),
    )
    for name in needed():
        yield _package(name)
    yield _chinese_interface()
    yield _chapters()
    yield _fonts()
    yield _folder(folder)
    yield _disk(folder)
    yield Sign(
        shutil.which("uv") is not None or None,
        _("uv, which installs faster than pip (optional)"),
        _("Only if you like: pip install uv"),
    )


def needed() -> list[str]:
    """The packages that the course itself asks for, without those of its extras.

    >>> "pandas" in needed(), "openpyxl" in needed()
    (True, False)
    """
    asked = [one for one in metadata.requires("crmlab") or () if "extra ==" not in one and LANGUAGE_PACK not in one]
    return [re.match(r"[\w.-]+", one)[0] for one in asked]


def _package(name: str) -> Sign:
    try:
        return Sign(True, f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        remedy = _("Delete the folder .venv, then: python3 run.py lab")
        return Sign(False, _("{name} is missing").format(name=name), remedy)


def _chinese_interface() -> Sign:
    sign = _package(LANGUAGE_PACK)
    return sign if sign.fine else Sign(None, _("JupyterLab's Chinese interface (optional)"), sign.remedy)


def _chapters() -> Sign:
    from crmlab.lab.folder import course_files

    counts = {code: len(course_files(code)) for code in LANGUAGES}
    text = _("Chapters and exercises: {english} in English, {chinese} in Chinese")
    remedy = _("Get a fresh copy of the course: see README.md")
    return Sign(all(counts.values()), text.format(english=counts["en"], chinese=counts["zh"]), remedy)


def _fonts() -> Sign:
    try:
        from crmlab.language.font import families

        names = families()
    except (ImportError, OSError) as error:
        return Sign(
            False,
            _("Chinese in pictures: {reason}").format(reason=error),
            _("Get a fresh copy of the course: see README.md"),
        )
    return Sign(True, _("Chinese in pictures: {font}").format(font=names[1]))


def _nearest(folder: Path) -> Path:
    """The folder, or where it would be made."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _folder(folder: Path) -> Sign:
    nearest = _nearest(folder)
    usable = nearest.is_dir() and os.access(nearest, os.W_OK)
    text = _("Your folder {folder} can be written").format(folder=folder)
    return Sign(usable, text, _("Choose another folder: crmlab lab --folder DIR"))


def _disk(folder: Path) -> Sign:
    free = shutil.disk_usage(_nearest(folder)).free / 1e6
    text = _("Free disk space: {free} MB (100 are needed)").format(free=f"{free:.0f}")
    return Sign(free >= 100, text, _("Free some disk space."))
