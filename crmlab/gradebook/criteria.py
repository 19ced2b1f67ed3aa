"""What a sheet for marking free texts consists of: its columns, the rubric's criteria among them, and a row's seal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from crmlab.gradebook.book import Gradebook, Marked, Part
from crmlab.language.catalogue import LANGUAGES, _, language, mark
from crmlab.language.text import shown

ACTIVITY, TOKEN, QUESTION, ANSWER = mark("Activity"), mark("Token"), mark("Question"), mark("Answer")
COMMENT, SEAL = mark("Comment for the student"), mark("Seal (do not change)")
FIXED = (ACTIVITY, TOKEN, QUESTION, ANSWER, COMMENT, SEAL)
"""The columns that are always there; those of the criteria stand before the comment."""
BY_A_PERSON = {"en": "Marked by your teacher.", "zh": "由教师评分。"}


@dataclass(frozen=True)
class Criterion:
    """A column of the marking sheet: what may be given in it, and what that says."""

    question: str
    key: str
    title: dict[str, str]
    levels: tuple[tuple[float, dict[str, str]], ...]
    of: float

    @property
    def head(self) -> str:
        """What stands over the column, in the language spoken now; a free text without a rubric has one number."""
        if not self.levels:
            return _("{question}: points (0 to {of})").format(question=self.question, of=f"{self.of:g}")
        title = " ".join(shown(self.title[language()]).split())
        return _("{question}: {title} ({points})").format(question=self.question, title=title, points=self.allowed)

    @property
    def allowed(self) -> str:
        """The points that may be given."""
        return " / ".join(f"{points:g}" for points, _words in self.levels)

    def given(self, points: float) -> dict[str, Any]:
        """What a verdict keeps of the points given."""
        because = BY_A_PERSON
        if self.levels:
            words, colon = dict(self.levels)[points], {"en": ": ", "zh": "："}
            because = {code: shown(self.title[code]) + colon[code] + words[code] for code in LANGUAGES}
        return {"criterion": self.key, "points": points, "of": self.of, "because": because, "hidden": False}


def criteria(book: Gradebook, activity: str) -> dict[str, list[Criterion]]:
    """The columns of each question; those that have no rubric get one for the points."""
    rubrics, made = book.rubrics(activity), {}
    for question, of in book.activities().get(activity, {}).items():
        made[question] = [
            Criterion(
                question,
                one["key"],
                one["title"],
                tuple((level["points"], {code: shown(level[code]) for code in LANGUAGES}) for level in one["levels"]),
                max(level["points"] for level in one["levels"]),
            )
            for one in rubrics.get(question, {}).get("criteria", [])
        ] or [Criterion(question, "points", {}, (), of)]
    return made


def seal(marked: Marked, part: Part) -> str:
    """What ties a row to one answer of one student."""
    words = (marked.activity, marked.token, marked.content, part.question, str(part.verdict.get("answer", "")))
    return hashlib.sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:16]
