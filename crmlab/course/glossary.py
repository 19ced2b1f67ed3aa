"""The course's terms in both languages, held to in every pair of cells."""

from __future__ import annotations

import re
from pathlib import Path

from crmlab import written
from crmlab.language.text import Strict

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


class Term(Strict):
    """A term: a regular expression of its English without the plural, and the Chinese words of which one is used."""

    en: str
    zh: tuple[str, ...]


class Avoided(Strict):
    """Chinese that the course does not use, and why."""

    zh: str
    reason: str


class Glossary(Strict):
    """The course's terms, and what it avoids."""

    terms: tuple[Term, ...] = ()
    avoid: tuple[Avoided, ...] = ()


def read(path: Path) -> Glossary:
    """The glossary in ``path``. Raises InputError, naming the place, where it is not written as it should be."""
    return written.read(path, Glossary)


def broken(glossary: Glossary, english: str, chinese: str) -> list[str]:
    """Where ``chinese`` does not keep to the terms that ``english`` uses, or says what the course avoids.

    What stands as code is no term: a file may be called by one.

    >>> term, misprint = Term(en="churn rate", zh=["流失率"]), Avoided(zh="流逝率", reason="a misprint")
    >>> terms = Glossary(terms=[term], avoid=[misprint])
    >>> broken(terms, "The churn rate fell.", "流失率下降了。")
    []
    >>> broken(terms, "Churn rates fell.", "流逝率下降了。")
    ['流逝率 is avoided: a misprint', "'churn rate' should read 流失率"]
    >>> broken(terms, "Open `churn rate.md`.", "打开 `churn rate.md`。")
    []
    """
    english = CODE.sub("", english)
    found = [f"{one.zh} is avoided: {one.reason}" for one in glossary.avoid if one.zh in chinese]
    for term in glossary.terms:
        used = re.search(rf"\b{term.en}(s|es)?\b", english, re.IGNORECASE)
        if used and not any(word in chinese for word in term.zh):
            found.append(f"{term.en!r} should read {' or '.join(term.zh)}")
    return found
