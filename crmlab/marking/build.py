"""The exercises' notebooks for those who learn alone, built as chapters are: no token, on the course's own draw."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from crmlab.course import glossary
from crmlab.course.build import Result, broken_terms, headings
from crmlab.course.source import called
from crmlab.language.catalogue import LANGUAGES
from crmlab.marking import answers
from crmlab.marking.exercise import Exercise, read, sources
from crmlab.marking.prove import prove
from crmlab.marking.release import notebook, write


def build(top: Path, only: Collection[Path] | None = None) -> Result:
    """Both notebooks of each exercise in the checkout ``top``, and what is wrong with an exercise or its checks.

    With ``only``, of those among these sources.
    """
    result = Result()
    terms = result.taken(glossary.read, top / "notebooks/glossary.yml") or glossary.Glossary()
    for path in sources(top / "exercises").values():
        if only is not None and path not in only:
            continue
        exercise = read(path)
        found = prove(exercise, [None])
        books = {code: path.parent / code / f"{exercise.name}.ipynb" for code in LANGUAGES}
        if exercise.findings:
            result.unmade |= set(books.values())
        else:
            found += [*broken_terms(exercise.chapter, terms), *headings(exercise.chapter)]
            found += [f"{place}: {one}" for place, *pair in said(exercise) for one in glossary.broken(terms, *pair)]
            result.files |= {place: write(notebook(exercise, code)) for code, place in books.items()}
        result.findings += [f"{called(path)}: {finding}" for finding in found]
    return result


def said(exercise: Exercise) -> Iterator[tuple[str, str, str]]:
    """What checks and rubrics say, in both languages, each with its place."""
    for path in (*exercise.checks, Path(answers.__file__)) if exercise.checks else ():
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError:  # which the proof has said already
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                words = {word.arg: word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)}
                if words.keys() == set(LANGUAGES):
                    yield f"{path.name}, line {node.lineno}", words["en"], words["zh"]
    for key, rubric in exercise.rubrics.items():
        for criterion in rubric.criteria:
            for text in (criterion.title, *criterion.levels):
                yield f"the rubric of {key}, {criterion.key}", text.en, text.zh
