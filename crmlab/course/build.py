"""Chapters built from their sources: one notebook a language, and everything that could have drifted checked."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crmlab.course import glossary, numbers, source, words
from crmlab.language.catalogue import LANGUAGES, _, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import shown
from crmlab.place import checkout

LANGUAGE_CELL = "language"
INSTRUCTOR = "instructor"


@dataclass
class Result:
    """What a build would write, and what it found wrong."""

    files: dict[Path, bytes]
    findings: list[str]

    @property
    def stale(self) -> list[Path]:
        """Files that do not hold what they should."""
        return [path for path, content in self.files.items() if not path.exists() or path.read_bytes() != content]


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


def build(top: Path | None = None) -> Result:
    """Everything derived in the checkout ``top``: the catalogue's files and both notebooks of each chapter."""
    top = top or home()
    result = Result(words.update(), words.findings())
    terms = glossary.read(top / "notebooks/glossary.yml")
    for path in sources(top):
        chapter = source.read(path)
        is_page = path.parent.name == INSTRUCTOR
        found = chapter.findings or [
            *chapter.outdated,
            *broken_terms(chapter, terms),
            *headings(chapter),
            *run(chapter, is_page),
        ]
        result.findings += [f"{path.relative_to(top / 'notebooks')}: {finding}" for finding in found]
        if not chapter.findings:
            for code in LANGUAGES:
                name, content = page(chapter, code) if is_page else notebook(chapter, code)
                result.files[path.parent / code / name] = content
    return result


def page(chapter: source.Chapter, code: str) -> tuple[str, bytes]:
    """An instructor's page in one language: its name and its text, code in fences."""
    text = "\n\n".join(
        shown(cell.text[code]).strip() if cell.code is None else f"```python\n{cell.code.strip()}\n```"
        for cell in chapter.cells
    )
    return chapter.path.name, (text + "\n").encode()


def notebook(chapter: source.Chapter, code: str) -> tuple[str, bytes]:
    """A chapter's notebook in one language: its name and its text.

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
            lines = lines.replace('set_language("en")', f'set_language("{code}")')
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
    return f"{chapter.name}.ipynb", (nbformat.writes(book, indent=1, sort_keys=True) + "\n").encode()


def run(chapter: source.Chapter, is_page: bool = False) -> list[str]:
    """Run the chapter's code and hold every checked expression of its prose and its quizzes against it.

    An instructor's page (``is_page``) is no notebook: it switches no language and holds no outputs to verify, and its
    expressions know crmlab.
    """
    import crmlab

    names: dict[str, Any] = {"__name__": "__main__", "crmlab": crmlab}
    switches = [cell for cell in chapter.cells if cell.key == LANGUAGE_CELL and "set_language(" in (cell.code or "")]
    if not is_page and len(switches) != 1:
        return [f'one code cell with the key {LANGUAGE_CELL} has to hold crmlab.set_language("en")']
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
        texts = [(cell.key, text) for cell in chapter.cells if cell.code is None for text in cell.text.values()]
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
    import yaml

    path = chapter.path.with_suffix(".quiz.yml")
    if not path.exists():
        return []
    found = []
    for name, items in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for item in items:
            key = f"quiz {name}, {item.get('key')}"
            found += [(key, text) for text in _strings(item)]
            if "computed" in item:
                found.append((key, f"{{{{{item['answer']} = {item['computed']}}}}}"))
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in _strings(part)]


def broken_terms(chapter: source.Chapter, terms: dict) -> list[str]:
    """Where a Chinese cell leaves the glossary."""
    prose = [cell for cell in chapter.cells if cell.code is None]
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
