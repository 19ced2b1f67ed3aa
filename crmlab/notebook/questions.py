"""The questions of quizzes: five kinds, each marks and explains its answers; where they are written."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from crmlab import written
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.place import course


class Option(Text):
    """One answer of a choice, and why it is right or wrong."""

    right: bool = False
    why: Text


class Item(Strict):
    """A question; ``right(answer)`` and ``explain(answer)`` mark it."""

    key: str
    ask: Text
    why: Text | None = None

    def explain(self, answer: Any) -> list[str]:
        """Why, a sentence or more."""
        return [str(self.why)] if self.why else []


class Choice(Item):
    """One option, or for ``several`` any number of them, is right; an answer is the list of chosen places from 0.

    >>> why = {"en": "so", "zh": "因为"}
    >>> options = [{**why, "why": why, "right": True}, {**why, "why": why}]
    >>> item = Choice(key="k", kind="choice", ask=why, options=options)
    >>> item.right([0]), item.right([1]), item.right([])
    (True, False, False)
    """

    kind: Literal["choice", "several"]
    options: list[Option] = Field(min_length=2)

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        count = sum(option.right for option in self.options)
        if count < 1 or (self.kind == "choice" and count > 1):
            raise ValueError(f"{self.key}: {count} right options in a question of kind {self.kind}")
        return self

    def right(self, answer: Any) -> bool:
        """Whether the chosen options are all the right ones and no other."""
        return sorted(answer) == [place for place, option in enumerate(self.options) if option.right]

    def explain(self, answer: Any) -> list[str]:
        """Why each chosen option is right or wrong; once all is right, the other options too."""
        shown = range(len(self.options)) if self.right(answer) else sorted(answer)
        chosen = [f"{self.options[place]} {_('–')} {self.options[place].why}" for place in shown]
        return super().explain(answer) + chosen

    def page(self) -> dict[str, Any]:
        """What the page may know: the options, not which are right."""
        return {"options": [str(option) for option in self.options]}


class Number(Item):
    """A number within ``tolerance`` of ``answer`` is right. ``computed`` is the expression that gives the answer.

    >>> item = Number(key="k", kind="number", ask={"en": "How many?", "zh": "多少？"}, answer=800, tolerance=1)
    >>> item.right(800.9), item.right(802), item.right(None)
    (True, False, False)
    """

    kind: Literal["number"]
    answer: float
    tolerance: float = Field(0, ge=0)
    unit: Text | None = None
    computed: str | None = None

    def right(self, answer: Any) -> bool:
        """Whether the number is close enough."""
        return isinstance(answer, int | float) and abs(answer - self.answer) <= self.tolerance + 1e-9

    def page(self) -> dict[str, Any]:
        """What the page may know: the unit."""
        return {"unit": str(self.unit or "")}


class Order(Item):
    """The items, written in their right order and shown in another; an answer is the order of the shown ones, from 0.

    >>> texts = [{"en": str(place), "zh": str(place)} for place in range(3)]
    >>> item = Order(key="k", kind="order", ask={"en": "?", "zh": "？"}, items=texts)
    >>> shown = item.page()["items"]
    >>> item.right([shown.index(text) for text in "012"]), item.right([0, 1, 2])
    (True, False)
    """

    kind: Literal["order"]
    items: list[Text] = Field(min_length=3)

    def right(self, answer: Any) -> bool:
        """Whether every item stands in its place."""
        places = _shuffled(len(self.items), self.key)
        return sorted(answer) == sorted(places) and [places[shown] for shown in answer] == sorted(places)

    def page(self) -> dict[str, Any]:
        """What the page may know: the items in another order."""
        return {"items": [str(self.items[place]) for place in _shuffled(len(self.items), self.key)]}


class Match(Item):
    """Each left belongs to one right; the rights are shown in another order, an answer names one of them for each left.

    >>> texts = [{"en": str(place), "zh": str(place)} for place in range(3)]
    >>> item = Match(key="k", kind="match", ask=texts[0], pairs=[{"left": text, "right": text} for text in texts])
    >>> shown = item.page()["rights"]
    >>> item.right([shown.index(text) for text in "012"]), item.right([0, 1, 2])
    (True, False)
    """

    class Pair(Strict):
        """What belongs together."""

        left: Text
        right: Text

    kind: Literal["match"]
    pairs: list[Pair] = Field(min_length=2)

    def right(self, answer: Any) -> bool:
        """Whether every left has its own right (or one that reads the same)."""
        rights = self.page()["rights"]
        return [rights[shown] for shown in answer] == [str(pair.right) for pair in self.pairs]

    def page(self) -> dict[str, Any]:
        """What the page may know: the lefts, and the rights in another order."""
        rights = [str(self.pairs[place].right) for place in _shuffled(len(self.pairs), self.key)]
        return {"lefts": [str(pair.left) for pair in self.pairs], "rights": rights}


Question = Annotated[Choice | Number | Order | Match, Field(discriminator="kind")]


def _shuffled(count: int, key: str) -> list[int]:
    """The places 0 to ``count - 1`` in an order that depends on ``key`` only and is not the right one."""
    places = list(range(count))
    random.Random(key).shuffle(places)  # noqa: S311 (no secret)
    return places if places != sorted(places) else places[1:] + places[:1]


@cache
def quizzes(folder: Path | None = None) -> dict[str, list[Any]]:
    """All quizzes of the course, or of the chapters in ``folder``, by name: a list of questions each.

    Raises InputError, naming the file, where one is not written as it should be or a name stands twice.
    """
    found: dict[str, list[Any]] = {}
    for path in sorted((folder or course() / "notebooks").glob("*.quiz.yml")):
        for name, items in read(path).items():
            if name in found:
                raise InputError(f"{path.name}: another chapter has a quiz {name} already; call it otherwise")
            found[name] = items
    return found


def read(path: Path) -> dict[str, list[Any]]:
    """The quizzes in one file by name. Raises InputError as ``quizzes`` does."""
    found = written.read(path, dict[str, list[Question]])
    for name, items in found.items():
        keys = [item.key for item in items]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise InputError(f"{path.name}: {name}: the key {twice[0]} stands twice")
    return found
