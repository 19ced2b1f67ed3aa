"""What a class handed in: found, looked through file by file, and told when it is marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crmlab.data.roster import tokens
from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook
    from crmlab.gradebook.records import Marked

One = TypeVar("One")


@dataclass(frozen=True)
class Sort:
    """One sort of what is handed in: how its files end, and what is said of files of the other sort."""

    endings: tuple[str, ...]
    others: str


EXERCISES = Sort((".json", ".ipynb"), mark("Role plays passed over, which crmlab scenes mark is for: {count}"))
PLAYS = Sort((".play.json",), mark("Notebooks passed over, which crmlab grade is for: {count}"))
PLAY = re.compile(r"\.play(\W[^.]*)?\.json$", re.I)


def sort_of(path: Path) -> Sort | None:
    """The sort that a file's name says it is of.

    A learning management system renames files, and leaves of their endings only the end and a part before it.

    >>> sort_of(Path("complaint-a_1.play (2).json")) is PLAYS, sort_of(Path("08_1.crmlab-2.json")) is EXERCISES
    (True, True)
    >>> sort_of(Path("letter.docx"))
    """
    return PLAYS if PLAY.search(path.name) else EXERCISES if path.suffix.lower() in EXERCISES.endings else None


def found(places: Iterable[Path], sort: Sort = EXERCISES) -> tuple[list[Path], str]:
    """The submissions of one ``sort`` among ``places``, and what is to be said of those of the other, if any.

    Of folders, however deep, what ends as it does and is not hidden; a file that is named itself, whatever it ends in,
    unless it is of the other sort. Raises InputError for a place that there is not, and where there is nothing in any.
    """
    inside: list[Path] = []
    for place in places:
        if place.is_dir():
            here = [path for path in place.rglob("*") if sort_of(path) and not _is_hidden(path.relative_to(place))]
            inside += sorted(here)
        elif place.exists():
            inside.append(place)
        else:
            raise InputError(_("There is no file or folder {name}.").format(name=place))
    files = dict.fromkeys(path for path in inside if sort_of(path) in (sort, None))
    others = len(set(inside)) - len(files)
    said = _(sort.others).format(count=number(others)) if others else ""
    if not files:
        text = _("There are no submissions in {names}: no files that end in {endings}. Unpack what is packed.")
        text = text.format(names=_(", ").join(map(str, places)), endings=_(", ").join(sort.endings))
        raise InputError("\n".join(filter(None, [text, said])))
    return list(files), said


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@dataclass
class Taken:
    """A class's submissions on their way into a gradebook, and what came of them; as text, what a person is told.

    ``others`` is what ``found`` says of files of another sort. ``before`` counts submissions that were marked before
    by the same checks, ``aside`` bare notebooks of who handed in properly, ``faults`` by question the submissions on
    which a check itself failed; ``apart`` tells which files were not marked and why, ``states`` how many students'
    marks wait or are missing.
    """

    book: Gradebook
    who: str
    others: str = ""
    known: frozenset[str] = frozenset()
    became: Counter[str] = field(default_factory=Counter)
    before: int = 0
    aside: int = 0
    guards: Any = None
    states: Mapping[str, int] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    apart: list[str] = field(default_factory=list)

    def enrol(self, roster: Path | None) -> None:
        """Put the class list in where there is one. Raises InputError where the gradebook knows no students then."""
        if roster:
            self.book.enrol(tokens(roster))
        self.known = frozenset(self.book.students()["token"])
        if not self.known:
            raise InputError(_("The gradebook knows no students yet; give it their tokens once with --roster."))

    def read(self, paths: Iterable[Path], one: Callable[[Path], One]) -> list[One]:
        """Each file as ``one`` reads it, which has to have a ``token``; what can't be taken is put ``apart``."""
        good = []
        for path in paths:
            try:
                made = one(path)
                if made.token not in self.known:
                    text = _("{file} holds the token {token}, which is nobody's in this class.")
                    raise InputError(text.format(file=path.name, token=made.token))
                good.append(made)
            except InputError as error:
                self.apart.append(_("{error} (in {folder})").format(error=error, folder=path.parent))
        return good

    def store(self, marked: Marked) -> None:
        """Put one submission's marks into the gradebook and count it."""
        self.became[self.book.store(marked, self.who)] += 1
        self.guards = marked.guards
        self.faults.update(part.question for part in marked.parts if part.verdict.get("fault"))

    def __str__(self) -> str:
        from crmlab.marking.feedback import guarded

        text = _("Submissions marked: {new} new, {again} marked again, {before} marked before by the same checks.")
        before = number(self.before + self.became["same"])
        lines = [text.format(new=number(self.became["new"]), again=number(self.became["regraded"]), before=before)]
        if self.aside:
            text = _("Bare notebooks left aside because their students have handed in properly: {count}")
            lines.append(text.format(count=number(self.aside)))
        if how := guarded(self.guards):
            lines.append(_("{name}: {text}").format(name=_("How it was run"), text=how))
        for state, words in (
            ("waits", _("Students whose free texts wait for a person: {count}")),
            ("missing", _("Students who handed in nothing: {count}")),
        ):
            if self.states.get(state):
                lines.append(words.format(count=number(self.states[state])))
        for question, count in sorted(self.faults.items()):
            text = _("The check of {question} itself failed in {count} submissions; mend it and mark again.")
            lines.append(text.format(question=question, count=number(count)))
        lines += [self.others] if self.others else []
        return "\n".join([*lines, *(_("Not marked: {line}").format(line=line) for line in self.apart)])
