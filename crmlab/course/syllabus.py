"""The syllabus as data: what the course owes its students, and which cells of which chapter teach it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from crmlab import written
from crmlab.course.source import Chapter
from crmlab.language.catalogue import LANGUAGES
from crmlab.language.text import Strict, Text
from crmlab.place import course


class Entry(Text):
    """One thing to be taught, and the prose cells of its chapter's source that teach it; without any it is open.

    >>> Entry(id="8.1.kinds", en="Kinds of loss", zh="客户流失的分类", cells=["kinds"]).open
    False
    >>> Entry(id="9.c1", en="CRM", zh="客户关系管理").open
    True
    """

    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9]+(-[a-z0-9]+)*)+$")
    cells: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether no cell teaches it yet."""
        return not self.cells


class Objective(Entry):
    """What a student can do after the chapter, at one of three levels: 了解, 掌握, 运用."""

    level: Literal["know", "master", "apply"]


class Section(Entry):
    """A section with its items; a role play is a section without items."""

    items: tuple[Entry, ...] = ()
    roleplay: str | None = None


class Share(Entry):
    """A part of the grade."""

    share: float = Field(gt=0, le=1)


class Hours(Strict):
    """Class hours of lecture and of practice."""

    lecture: int = Field(ge=0)
    practice: int = Field(ge=0)

    @property
    def total(self) -> int:
        """Both together.

        >>> Hours(lecture=30, practice=24).total
        54
        """
        return self.lecture + self.practice


class ChapterPlan(Strict):
    """What one chapter has to teach, and in how many hours."""

    n: int = Field(ge=1)
    title: Text
    hours: Hours
    objectives: tuple[Objective, ...] = Field(min_length=1)
    key_points: tuple[Entry, ...] = Field(min_length=1)
    sections: tuple[Section, ...] = Field(min_length=1)
    concepts: tuple[Entry, ...] = Field(min_length=1)
    cases: tuple[Entry, ...] = Field(min_length=1)

    def entries(self) -> Iterator[Entry]:
        """Objectives, key points, sections with their items, concepts and cases, in that order."""
        yield from (*self.objectives, *self.key_points)
        for section in self.sections:
            yield from (section, *section.items)
        yield from (*self.concepts, *self.cases)


class CoursePlan(Strict):
    """What holds for the course as a whole."""

    title: Text
    hours: Hours
    prerequisites: Text
    spirit: Text
    practice_kinds: tuple[Entry, ...]
    assessment: tuple[Share, ...]
    rules: tuple[Entry, ...]


class Syllabus(Strict):
    """The whole syllabus, as ``read`` returns it."""

    course: CoursePlan
    chapters: tuple[ChapterPlan, ...]

    def entries(self, chapter: int | None = None) -> list[Entry]:
        """Every entry that a chapter has to teach, or those of one ``chapter``; none for a number that no chapter has.

        >>> syllabus = read()
        >>> [entry.id for entry in syllabus.entries(9)[:2]], syllabus.entries(10)
        (['9.o1', '9.o2'], [])
        """
        return [entry for plan in self.chapters if chapter in (None, plan.n) for entry in plan.entries()]

    def open_entries(self, chapter: int | None = None) -> list[Entry]:
        """The entries that no cell teaches yet.

        >>> read().open_entries(8)
        []
        """
        return [entry for entry in self.entries(chapter) if entry.open]


def read(path: Path | None = None) -> Syllabus:
    """The syllabus that stands in ``path``, else the course's own, ``notebooks/syllabus.yml``.

    Raises InputError where there is none, as in an installed package, and, naming the place, where a text has lost a
    language or an entry its id.

    >>> read().course.hours.total
    54
    """
    return written.read(path or course() / "notebooks/syllabus.yml", Syllabus)


def broken(entries: list[Entry], chapter: Chapter) -> list[str]:
    """Where ``entries`` name cells that ``chapter`` has not, that are no prose, or that lack a language, or name none.

    A chapter that is written teaches all that it owes.

    >>> from crmlab.course.source import Cell
    >>> both = {"en": "Kinds of loss", "zh": "客户流失的分类"}
    >>> chapter = Chapter(Path("08-x.md"), [Cell("kinds", text=both), Cell("run", code="1 + 1")], [])
    >>> entry = Entry(id="8.1.kinds", cells=("kinds", "run", "gone"), **both)
    >>> broken([entry, Entry(id="8.1.rate", **both)], chapter)
    ['8.1.kinds: run is a code cell', '8.1.kinds: 08-x has no cell gone', 'no cell teaches 8.1.rate']
    """
    cells = {cell.key: cell for cell in chapter.cells}
    found = []
    for entry in entries:
        for key in entry.cells:
            cell = cells.get(key)
            if cell is None:
                found.append(f"{entry.id}: {chapter.name} has no cell {key}")
            elif cell.code is not None:
                found.append(f"{entry.id}: {key} is a code cell")
            else:
                missing = [code for code in LANGUAGES if not cell.text.get(code, "").strip()]
                found += [f"{entry.id}: {key} has no text in {code}" for code in missing]
    untaught = ", ".join(entry.id for entry in entries if entry.open)
    return [*found, f"no cell teaches {untaught}"] if untaught else found
