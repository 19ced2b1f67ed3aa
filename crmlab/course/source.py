"""A chapter as it is written: code cells once, prose cells in pairs of English and Chinese."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from crmlab.language.catalogue import LANGUAGES
from crmlab.language.errors import InputError

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHECK_OUTPUT = "nbval-check-output"
SWITCH = 'crmlab.set_language("en")'
"""The line that the build turns for another language."""


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


def called(path: Path) -> str:
    """A source as findings and commands call it: from its folder in the checkout on.

    >>> called(Path("anywhere/notebooks/instructor/data.md")), called(Path("data.md"))
    ('notebooks/instructor/data.md', 'data.md')
    """
    places = [place for place, part in enumerate(path.parts) if part in ("notebooks", "exercises")]
    return "/".join(path.parts[places[-1] :]) if places else path.name


def means(name: str, stem: str) -> bool:
    """Whether ``name`` means the source called ``stem``: by all of it, by its number, or by the rest.

    >>> [means(name, "08-keeping") for name in ("08-keeping", "08", "8", "keeping", "0")]
    [True, True, True, True, False]
    >>> means("a", "complaint-a")
    False
    """
    return name == stem or (bool(re.match(r"\d\d-", stem)) and name in (stem[3:], stem[:2], stem[:2].lstrip("0")))


def with_line(code: str, line: str, instead: str) -> str:
    """``code`` with ``instead`` for its line ``line``. Raises InputError where it has no such line, or several.

    >>> with_line("import crmlab\\nTOKEN = None", "TOKEN = None", "TOKEN = 1")
    'import crmlab\\nTOKEN = 1'
    """
    lines = code.splitlines()
    if lines.count(line) != 1:
        raise InputError(f"this code has to hold once the line {line}")
    return "\n".join(instead if one == line else one for one in lines)


def spoken(code: str, language: str) -> str:
    """``code`` that switches to ``language`` instead of English. Raises InputError as ``with_line`` does."""
    return with_line(code, SWITCH, f'crmlab.set_language("{language}")')


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
    return Chapter(path, list(cells.values()), findings, _outdated(path, list(cells.values())))


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
        if "<!-- #" in source:
            findings.append(f"{key}: a region begins or ends within its text in {code}")
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


def _outdated(path: Path, cells: list[Cell]) -> list[str]:
    """Chinese that was made from another English, or does not say from which, and what then to type."""
    pairs = _pairs(cells)
    if pairs and all(cell.translates is None for cell in pairs):
        mend = _accept("where all says the same", path)
        return [f"no cell says which English its Chinese was made from (of); {mend}"]
    found = []
    for cell in pairs:
        if cell.translates is None:
            mend = _accept("if it says the same", path, cell.key)
            found.append(f"{cell.key}: it is not said which English the Chinese was made from (of); {mend}")
        elif cell.translates != fingerprint(cell.text["en"]):
            mend = _accept("mend it, then", path, cell.key)
            found.append(f"{cell.key}: the Chinese was made from another English; {mend}")
    return found


def _accept(when: str, path: Path, key: str = "*") -> str:
    return f'{when}: crmlab build --accept "{called(path)}:{key}"'


def accept(path: Path, pattern: str) -> list[str]:
    """Record that the Chinese of the cells whose key fits ``pattern`` says what their English says now.

    Returns the keys that were renewed. Only the hashes in ``path`` are written.
    """
    done = [cell for cell in renewable(path) if fnmatchcase(cell.key, pattern)]
    text = path.read_text(encoding="utf-8")
    for cell in done:
        line = re.compile(rf'^(<!-- #region key="{cell.key}" lang="zh")( of="[^"]*")?(.*-->)', re.MULTILINE)
        text = line.sub(rf'\g<1> of="{fingerprint(cell.text["en"])}"\g<3>', text, count=1)
    if done:
        path.write_text(text, encoding="utf-8", newline="\n")
    return [cell.key for cell in done]


def renewable(path: Path) -> list[Cell]:
    """The cells of a source whose Chinese was made from another English, or does not say from which."""
    return [cell for cell in _pairs(read(path).cells) if cell.translates != fingerprint(cell.text["en"])]


def _pairs(cells: list[Cell]) -> list[Cell]:
    """Prose that has its partner."""
    return [cell for cell in cells if cell.code is None and set(cell.text) == set(LANGUAGES)]
