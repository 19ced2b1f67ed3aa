"""Where the role plays are: whole scenes, and student builds of those that are graded."""

from __future__ import annotations

import json
from pathlib import Path

from crmlab.files import read_text
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.place import checkout, course
from crmlab.roleplay.scene import LARGEST, SPREADSHEETS, Script, read, script

HANDOUT = "handout"
"""The folder beside the scenes' own with what students receive of them."""


def folder() -> Path:
    """The folder of the course's scenes: in a checkout their sources, else what was built of them.

    >>> folder().parent.name
    'exercises'
    """
    return course() / "exercises" / ("roleplays" if checkout() else HANDOUT)


def names() -> list[str]:
    """The scenes there are, in the order of the alphabet."""
    return sorted({path.stem for ending in ("*.yml", "*.json") for path in folder().glob(ending)})


def find(which: str | Path) -> Script:
    """The scene of a name, or in a file: whole (``.yml``) or as students get it (``.json``).

    Raises InputError where there is none, with the names that there are, and where a file is no scene.

    >>> find("moon")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: There is no role play 'moon'; there are: ...
    """
    path = Path(which) if isinstance(which, (str, Path)) else Path()
    if path.suffix in (".yml", *SPREADSHEETS):
        return read(path)
    if path.suffix == ".json":
        return built(path)
    if isinstance(which, str) and which in names():
        whole = folder() / f"{which}.yml"
        return read(whole) if whole.exists() else built(folder() / f"{which}.json")
    text = _("There is no role play {name!r}; there are: {names}. A file of your own is named with its ending.")
    raise InputError(text.format(name=str(which), names=_(", ").join(names()) or "–"))


def built(path: Path) -> Script:
    """A student build from its file. Raises InputError where the file is missing, damaged or none."""
    text = read_text(path, LARGEST)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(_("{file} is damaged: copy it once more.").format(file=path.name)) from None
    return script(data, path.name)
