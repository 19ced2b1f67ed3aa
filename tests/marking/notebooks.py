"""A student's notebook: the solution written into it, cells found and added, saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from crmlab.marking.exercise import Exercise, solution
from crmlab.marking.release import notebook, write

Book = dict[str, Any]
Change = Callable[[Book], object]


def answer(book: Book, exercise: Exercise, text: str, ways: Iterable[tuple] = (), only: tuple[str, ...] = ()) -> None:
    """Write the solution into a released notebook, spoilt by ``ways`` (see ``wrong``), and ``text`` as the free text.

    ``only`` some questions are answered, if any are named.
    """
    for cell in book["cells"]:
        key = cell["metadata"]["crmlab"].get("question")
        if key is None or (only and key not in only):
            continue
        if cell["cell_type"] == "markdown":
            cell["source"] = text
            continue
        code = solution(exercise.cell(key).code)
        for name, question, line, instead, _points, _taken_for in ways:
            if question == key:
                assert line in code, name
                code = code.replace(line, instead)
        cell["source"] = f"# {key}\n{code}"


def cell_of(book: Book, key: str) -> Book:
    """The cell of this id."""
    return next(cell for cell in book["cells"] if cell.get("id") == key)


def own_cell(source: str) -> Book:
    """A code cell of the student's own."""
    return {"cell_type": "code", "id": "mine", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def saved(folder: Path, exercise: Exercise, whose: str, language: str = "en", change: Change = lambda _: None) -> Path:
    """A notebook with every question answered, changed, saved in the student's part of ``folder``."""
    book = notebook(exercise, language, whose)
    answer(book, exercise, "Dear manager.")
    change(book)
    path = folder / whose / f"{exercise.name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(write(book))
    return path
