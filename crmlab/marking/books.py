"""The exercises' notebooks for those who learn alone, built as chapters are: no token, on the course's own draw."""

from __future__ import annotations

from pathlib import Path

from crmlab.course import glossary
from crmlab.course.build import Result, broken_terms, headings
from crmlab.language.catalogue import LANGUAGES
from crmlab.marking.exercise import read, sources
from crmlab.marking.prove import prove
from crmlab.marking.release import notebook, write


def build(top: Path) -> Result:
    """Both notebooks of each exercise in the checkout ``top``, and what is wrong with an exercise or its checks."""
    result = Result({}, [])
    terms = glossary.read(top / "notebooks/glossary.yml")
    for path in sources(top / "exercises").values():
        exercise = read(path)
        found = prove(exercise, [None])
        if not exercise.findings:
            found += [*broken_terms(exercise.chapter, terms), *headings(exercise.chapter)]
            for code in LANGUAGES:
                result.files[path.parent / code / f"{exercise.name}.ipynb"] = write(notebook(exercise, code))
        result.findings += [f"exercises/{path.name}: {finding}" for finding in found]
    return result
