"""A chapter as it is written: code cells once, prose cells in pairs of English and Chinese."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from crmlab.language.catalogue import LANGUAGES

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHECK_OUTPUT = "nbval-check-output"


@dataclass
class Cell:
    """One cell of a chapter: prose with a text for each language, or code with the outputs to be verified."""

    key: str
    code: str | None = None
    tags: list[str] = field(default_factory=list)
    text: dict[str, str] = field(default_factory=dict)
    translates: str | None = None
    """The fingerprint of the English that the Chinese was made from."""


@dataclass
class Chapter:
    """A chapter's cells in their order, and what is wrong with the way they are written.

    ``findings`` make it impossible to build; ``outdated`` names the Chinese that was made from another English.
    """

    path: Path
    cells: list[Cell]
    findings: list[str]
    outdated: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The chapter's name, such as ``08-keeping-customers``."""
        return self.path.stem


def fingerprint(text: str) -> str:
    """Eight hex digits that change with the words of ``text``, not with its line breaks.

    >>> fingerprint("Two words") == fingerprint("Two\\nwords"), fingerprint("Two words") == fingerprint("Three words")
    (True, False)
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:8]


def read(path: Path) -> Chapter:
    """The chapter that stands in ``path``, a Markdown file as jupytext reads it.

    Prose stands in regions with ``key`` and ``lang``, code in fences with ``key``; a region with ``key`` and
    ``output`` holds what the code cell of that key prints in that language. CONTRIBUTING.md shows all three.
    """
    import jupytext

    cells: dict[str, Cell] = {}
    findings: list[str] = []
    for raw in jupytext.read(path).cells:
        key, line = raw.metadata.get("key"), raw.source.strip().split("\n")[0][:60]
        if not isinstance(key, str) or not KEY.fullmatch(key):
            findings.append(f"a {raw.cell_type} cell without a key such as two-words: {line!r}")
        elif raw.cell_type == "code":
            if key in cells:
                findings.append(f"{key}: this key stands twice")
            cells[key] = Cell(key, code=raw.source, tags=list(raw.metadata.get("tags", [])))
        else:
            _take(cells, findings, key, raw.source, dict(raw.metadata))
    findings += [finding for cell in cells.values() for finding in _incomplete(cell)]
    return Chapter(path, list(cells.values()), findings, [text for cell in cells.values() for text in _outdated(cell)])


def _take(cells: dict[str, Cell], findings: list[str], key: str, source: str, marks: dict) -> None:
    """Add a prose cell or an output to ``cells``."""
    is_output = "output" in marks
    code = marks.get("output" if is_output else "lang")
    cell = cells.get(key) if is_output else cells.setdefault(key, Cell(key))
    if code not in LANGUAGES:
        findings.append(f"{key}: lang or output has to be one of {', '.join(LANGUAGES)}")
    elif cell is None or is_output != (cell.code is not None):
        findings.append(f"{key}: an output stands after its code cell, and prose has a key of its own")
    elif code in cell.text:
        findings.append(f"{key}: this key stands twice in {code}")
    else:
        cell.text[code] = source
        if code == "zh" and not is_output:
            cell.translates = marks.get("of")


def _incomplete(cell: Cell) -> list[str]:
    """A missing partner, or a checked cell without an output to check."""
    checked = CHECK_OUTPUT in cell.tags
    missing = [code for code in LANGUAGES if code not in cell.text]
    if cell.code is not None and checked != bool(cell.text):
        return [f"{cell.key}: the tag {CHECK_OUTPUT} and a stored output belong together"]
    if missing and (cell.code is None or checked):
        return [f"{cell.key}: its partner in {missing[0]} is missing"]
    return []


def _outdated(cell: Cell) -> list[str]:
    """Chinese that was made from another English."""
    if cell.code is not None or "en" not in cell.text or cell.translates == fingerprint(cell.text["en"]):
        return []
    mend = f"mend it, then: crmlab build --accept {cell.key}"
    return [f"{cell.key}: the Chinese was made from another English; {mend}"]


def accept(path: Path, pattern: str) -> list[str]:
    """Record that the Chinese of the cells whose key fits ``pattern`` says what their English says now.

    Returns the keys that were renewed. Only the hashes in ``path`` are written.
    """
    chapter = read(path)
    text = path.read_text(encoding="utf-8")
    done = []
    for cell in chapter.cells:
        if cell.code is not None or set(cell.text) != set(LANGUAGES) or not fnmatchcase(cell.key, pattern):
            continue
        if cell.translates != (now := fingerprint(cell.text["en"])):
            line = re.compile(rf'<!-- #region key="{cell.key}" lang="zh"( of="\w*")? -->')
            text = line.sub(f'<!-- #region key="{cell.key}" lang="zh" of="{now}" -->', text, count=1)
            done.append(cell.key)
    if done:
        path.write_text(text, encoding="utf-8")
    return done
