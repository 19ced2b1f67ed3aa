"""Everything that is built from a source: chapters, instructors' pages, exercises, and what students get of scenes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from crmlab.course import build as chapters
from crmlab.course.build import Result
from crmlab.course.source import accept, called, means, renewable
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.marking import build as notebooks
from crmlab.marking.exercise import sources as exercises
from crmlab.roleplay import release as scenes


def everything(top: Path, names: Iterable[str] = ()) -> Result:
    """What is built in the checkout ``top`` (of what ``names`` mean, where there are any), and all that is wrong.

    A file that lies among what is built, and that nothing builds any more, is a finding: people would still get it.
    Raises InputError for a name of no source.
    """
    only = {path for name in names for path in named(top, name)} or None
    result = Result()
    for wing in (chapters.build, notebooks.build, scenes.build):
        made = wing(top, only)
        result.files |= made.files
        result.findings += [finding for finding in made.findings if finding not in result.findings]
        result.unmade |= made.unmade
    stems = {path.stem for path in only or ()}
    needless = [path for path in left(result) if only is None or path.stem in stems]
    result.findings += [
        f"{path.relative_to(top).as_posix()}: nothing builds this any more; remove it" for path in needless
    ]
    return result


def left(result: Result) -> list[Path]:
    """The files beside those of a build that it does not build."""
    known = result.files.keys() | result.unmade
    beside = [path for folder in {path.parent for path in known} for path in folder.glob("[!.]*") if path.is_file()]
    return sorted(set(beside) - known)


def sources(top: Path) -> list[Path]:
    """All sources: chapters, instructors' pages, exercises, scenes."""
    return [*chapters.sources(top), *exercises(top / "exercises").values(), *scenes.sources(top)]


def named(top: Path, name: str) -> list[Path]:
    """The sources that ``name`` means: all of a number or a name, with or without its number, or the one of a path.

    Raises InputError where there is none.
    """
    known = sources(top)
    found = [path for path in known if name in (called(path), str(path)) or Path(name).absolute() == path]
    found = found or [path for path in known if means(name, path.stem)]
    if not found:
        text = _("There is no source {name}; there are: {names}.")
        raise InputError(text.format(name=repr(name), names=_(", ").join(map(called, known))))
    return found


def renew(top: Path, told: str) -> list[str]:
    """Record that Chinese says what its English says now, by FILE:KEY, or by KEY alone where one file only has it open.

    Returns what was renewed, as FILE:KEY. Raises InputError for no source, and for a key that several files have open.
    """
    name, colon, key = told.rpartition(":")
    texts = [path for path in sources(top) if path.suffix == ".md"]
    some = [path for path in named(top, name) if path in texts] if colon else texts
    return [f"{called(path)}:{one}" for path in _single(some, key) for one in accept(path, key)]


def _single(paths: Collection[Path], key: str) -> list[Path]:
    """The one of ``paths`` in which a cell that fits ``key`` is open, if any."""
    found = [path for path in paths if any(fnmatchcase(cell.key, key) for cell in renewable(path))]
    if len(found) > 1:
        text = _("{key} is to be renewed in several files; say in which: {names}.")
        raise InputError(text.format(key=key, names=_(", ").join(f"{called(path)}:{key}" for path in found)))
    return found
