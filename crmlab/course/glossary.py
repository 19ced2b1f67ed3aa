"""The course's terms in both languages, held to in every pair of cells."""

from __future__ import annotations

import re
from pathlib import Path

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def read(path: Path) -> dict[str, list[dict]]:
    """The glossary: ``terms`` (en, zh) and ``avoid`` (zh, reason)."""
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def broken(glossary: dict[str, list[dict]], english: str, chinese: str) -> list[str]:
    """Where ``chinese`` does not keep to the terms that ``english`` uses, or says what the course avoids.

    What stands as code is no term: a file may be called by one.

    >>> terms = {"terms": [{"en": "churn rate", "zh": ["流失率"]}], "avoid": [{"zh": "流逝率", "reason": "a misprint"}]}
    >>> broken(terms, "The churn rate fell.", "流失率下降了。")
    []
    >>> broken(terms, "Churn rates fell.", "流逝率下降了。")
    ['流逝率 is avoided: a misprint', "'churn rate' should read 流失率"]
    >>> broken(terms, "Open `churn rate.md`.", "打开 `churn rate.md`。")
    []
    """
    english = CODE.sub("", english)
    found = [f"{entry['zh']} is avoided: {entry['reason']}" for entry in glossary["avoid"] if entry["zh"] in chinese]
    for term in glossary["terms"]:
        used = re.search(rf"\b{term['en']}(s|es)?\b", english, re.IGNORECASE)
        if used and not any(word in chinese for word in term["zh"]):
            found.append(f"{term['en']!r} should read {' or '.join(term['zh'])}")
    return found
