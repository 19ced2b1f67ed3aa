"""The rubric of class play: what observers rate, and the anchors of each level."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from crmlab.language.text import Strict, Text

FILE = Path(__file__).with_name("rubric.yml")
LEVELS = range(5)
"""The levels of a criterion."""
OVERALL = range(1, 6)
"""The levels of the rating of the whole, and of 'did I feel heard'."""


class Criterion(Strict):
    """What a criterion is called, also in one word, and one anchor a level, the lowest first."""

    label: Text
    short: Text
    levels: tuple[Text, ...] = Field(min_length=len(LEVELS), max_length=len(LEVELS))


class Question(Strict):
    """A rating of the whole, with one anchor a level."""

    ask: Text
    levels: tuple[Text, ...] = Field(min_length=len(OVERALL), max_length=len(OVERALL))


class Rubric(Strict):
    """All that is rated in class play."""

    criteria: dict[str, Criterion]
    any: tuple[Text, ...] = Field(min_length=len(LEVELS), max_length=len(LEVELS))
    overall: Question = Field(alias="global")
    heard: Question

    def levels(self, name: str) -> tuple[Text, ...]:
        """The anchors of a criterion, those of ``any`` where it is none of the five.

        >>> len(rubric().levels("listen")), rubric().levels("patience") == rubric().any
        (5, True)
        """
        return self.criteria[name].levels if name in self.criteria else self.any

    def label(self, name: str) -> str:
        """What a criterion is called; its own name where it is none of the five.

        >>> rubric().label("listen"), rubric().label("patience")
        ('Listen', 'patience')
        """
        return str(self.criteria[name].label) if name in self.criteria else name

    def short(self, name: str) -> str:
        """What a criterion is called in one word; its own name where it is none of the five."""
        return str(self.criteria[name].short) if name in self.criteria else name

    def order(self, names: Iterable[str]) -> list[str]:
        """Criteria in the rubric's order, those of other names behind by the alphabet.

        >>> rubric().order(["own", "patience", "listen"])
        ['listen', 'own', 'patience']
        """
        known = list(self.criteria)
        return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))


@cache
def rubric() -> Rubric:
    """The course's rubric.

    >>> list(rubric().criteria)
    ['listen', 'empathise', 'satisfy', 'own', 'close']
    """
    return Rubric.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
