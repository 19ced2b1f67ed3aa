"""Chapters built from their sources: one notebook a language, and everything that could have drifted checked."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from crmlab.course import glossary, numbers, source, syllabus, words
from crmlab.language.catalogue import LANGUAGES, _, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import shown
from crmlab.ledger.book import entries
from crmlab.notebook.questions import Number, quizzes, read
from crmlab.place import checkout

LANGUAGE_CELL = "language"
INSTRUCTOR = "instructor"
One = TypeVar("One")


@dataclass
class Result:
    """What a build would write, what it found wrong, and the files that it could not make because of that."""

    files: dict[Path, bytes] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    unmade: set[Path] = field(default_factory=set)

    @property
    def stale(self) -> list[Path]:
        """Files that do not hold what they should."""
        return [path for path, content in self.files.items() if not path.exists() or path.read_bytes() != content]

    def taken(self, read: Callable[..., One], *places: Path) -> One | None:
        """What ``read`` makes of what an author wrote; where that is an InputError it is a finding, and this None."""
        try:
            return read(*places)
        except InputError as error:
            self.findings.append(str(error))
            return None


def sources(top: Path) -> list[Path]:
    """The sources of chapters below ``top`` in their order, then those of instructors' pages, on a chapter or not."""
    folder = top / "notebooks"
    return [*sorted(folder.glob("[0-9][0-9]-*.md")), *sorted((folder / INSTRUCTOR).glob("*.md"))]


def home() -> Path:
    """The checkout to build in. Raises InputError where there is none, or the author's tools are missing."""
    top = checkout()
    if top is None:
        raise InputError(
            _("crmlab build works in a checkout of the project; here it is installed without its sources.")
        )
    if any(find_spec(name) is None for name in ("babel", "jupytext")):
        raise InputError(_("The author's tools are missing; python3 run.py test installs them."))
    return top


def build(top: Path, only: Collection[Path] | None = None) -> Result:
    """What is derived of chapters and instructors' pages in the checkout ``top``, and the catalogue's two files.

    With ``only``, of those among these sources and nothing else.
    """
    result = Result() if only is not None else Result(words.update(), words.findings())
    terms = result.taken(glossary.read, top / "notebooks/glossary.yml")
    plan = result.taken(syllabus.read, top / "notebooks/syllabus.yml")
    result.taken(quizzes, top / "notebooks")
    result.taken(entries)
    for path in sources(top):
        if only is not None and path not in only:
            continue
        chapter, is_page = source.read(path), path.parent.name == INSTRUCTOR
        found = chapter.findings or ([] if is_page else switches(chapter))
        places = {code: path.parent / code / (path.name if is_page else f"{path.stem}.ipynb") for code in LANGUAGES}
        if found:
            result.unmade |= set(places.values())
        else:
            make = page if is_page else notebook
            result.files |= {place: make(chapter, code) for code, place in places.items()}
            owed = plan.entries(int(path.name[:2])) if plan and not is_page else []
            found = [
                *chapter.outdated,
                *broken_terms(chapter, terms),
                *headings(chapter),
                *syllabus.broken(owed, chapter),
                *run(chapter, is_page),
            ]
        result.findings += [f"{source.called(path)}: {finding}" for finding in found]
    return result


def switches(chapter: source.Chapter) -> list[str]:
    """What is wrong where the chapter switches its language."""
    cells = [cell for cell in chapter.cells if cell.key == LANGUAGE_CELL and cell.code is not None]
    if len(cells) == 1 and cells[0].code.splitlines().count(source.SWITCH) == 1:
        return []
    return [f"one code cell with the key {LANGUAGE_CELL} has to hold the line {source.SWITCH}"]


def page(chapter: source.Chapter, code: str) -> bytes:
    """An instructor's page in one language, code in fences."""
    text = "\n\n".join(
        shown(cell.text[code]).strip() if cell.code is None else f"```python\n{cell.code.strip()}\n```"
        for cell in chapter.cells
    )
    return (text + "\n").encode()


def notebook(chapter: source.Chapter, code: str) -> bytes:
    """A chapter's notebook in one language.

    Cell ids come from the keys; there are no outputs but those to be verified.
    """
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    cells = []
    for cell in chapter.cells:
        if cell.code is None:
            cells.append(new_markdown_cell(shown(cell.text[code]), id=cell.key))
            continue
        lines = cell.code
        if cell.key == LANGUAGE_CELL:
            lines = source.spoken(lines, code)
        outputs = [new_output("stream", name="stdout", text=cell.text[code].strip("\n") + "\n")] if cell.text else []
        metadata = {"tags": cell.tags} if cell.tags else {}
        count = 1 if outputs else None  # nbval asks for one where there are outputs
        cells.append(new_code_cell(lines, id=cell.key, outputs=outputs, metadata=metadata, execution_count=count))
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "crmlab": {"source": chapter.path.name, "language": code},
    }
    book = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(book)
    return (nbformat.writes(book, indent=1, sort_keys=True) + "\n").encode()


def run(chapter: source.Chapter, is_page: bool = False) -> list[str]:
    """Run the chapter's code and hold every checked expression of its prose and its quizzes against it.

    An instructor's page (``is_page``) is no notebook: it holds no outputs to verify, and its expressions know crmlab.
    """
    import crmlab

    names: dict[str, Any] = {"__name__": "__main__"} | ({"crmlab": crmlab} if is_page else {})
    if is_page and (held := [cell.key for cell in chapter.cells if cell.code is not None and cell.text]):
        return [f"{held[0]}: nobody verifies the outputs of an instructor's page; check its numbers in prose"]
    with _quiet():
        for cell in chapter.cells:
            if cell.code is None:
                continue
            try:
                exec(compile(cell.code, cell.key, "exec"), names)  # noqa: S102 (the course's own code)
            except Exception as error:
                return [f"{cell.key}: its code fails: {type(error).__name__}: {error}"]
        prose = [cell for cell in chapter.cells if cell.code is None]
        texts = [(f"{cell.key} ({code})", text) for cell in prose for code, text in cell.text.items()]
        return [
            f"{key}: {finding}" for key, text in texts + _quizzes(chapter) for finding in numbers.wrong(text, names)
        ]


@contextlib.contextmanager
def _quiet() -> Any:
    """Run a chapter's code without a window, without its prints, and without leaving its language behind."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    before = mpl.get_backend()
    plt.switch_backend("agg")
    with speaking("en"), contextlib.redirect_stdout(io.StringIO()), mpl.rc_context({"figure.max_open_warning": 0}):
        try:
            yield
        finally:
            plt.close("all")
            plt.switch_backend(before)


def _quizzes(chapter: source.Chapter) -> list[tuple[str, str]]:
    """The texts of the chapter's quizzes, and for each computed answer the expression that must give it."""
    path, found = chapter.path.with_suffix(".quiz.yml"), []
    if not path.exists():
        return []
    with contextlib.suppress(InputError):  # what is wrong with a quiz, the build has said already
        for name, items in read(path).items():
            for item in items:
                key = f"quiz {name}, {item.key}"
                found += [(key, text) for text in _strings(item.model_dump())]
                if isinstance(item, Number) and item.computed:
                    found.append((key, f"{{{{{item.answer:.12g} = {item.computed}}}}}"))
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in _strings(part)]


def broken_terms(chapter: source.Chapter, terms: glossary.Glossary | None) -> list[str]:
    """Where a Chinese cell leaves the glossary."""
    prose = [cell for cell in chapter.cells if cell.code is None and terms]
    return [
        f"{cell.key}: {finding}"
        for cell in prose
        for finding in glossary.broken(terms, cell.text["en"], cell.text["zh"])
    ]


def headings(chapter: source.Chapter) -> list[str]:
    """Where headings skip a level, or the two languages have not the same ones; a chapter has one title."""
    found, above = [], 0
    for cell in (cell for cell in chapter.cells if cell.code is None):
        levels = {code: [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)] for code, text in cell.text.items()}
        if levels["en"] != levels["zh"]:
            found.append(f"{cell.key}: the two languages have headings of different levels")
        for level in levels["en"]:
            if level > above + 1 or (level == 1 and above):
                found.append(f"{cell.key}: a heading of level {level} after one of level {above}")
            above = level
    return found
