"""Quizzes: five kinds of question, each answer explained, in the learner's language."""

from __future__ import annotations

import random
from functools import cache
from html import escape
from typing import Annotated, Any, Literal, Self

import traitlets
import yaml
from pydantic import Field, TypeAdapter, model_validator

from crmlab.language.catalogue import _, language, number, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.notebook.living import Living, script
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
def quizzes() -> dict[str, list[Any]]:
    """All quizzes of the course by name: a list of questions each."""
    found: dict[str, list[Any]] = {}
    read = TypeAdapter(dict[str, list[Question]])
    for path in sorted((course() / "notebooks").glob("*.quiz.yml")):
        found |= read.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


class Quiz(Living):
    """One quiz in a cell. The page knows the questions; what is right stays here until it is answered.

    >>> with speaking("en"):
    ...     quiz = Quiz([Number(key="k", kind="number", ask={"en": "2 + 2?", "zh": "2 + 2？"}, answer=4)])
    >>> quiz.answer("k", 5), quiz.answer("k", 4), quiz.score
    (False, True, '1 of 1 right')
    """

    _esm = script("quiz.js")

    items = traitlets.List().tag(sync=True)
    captions = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    verdicts = traitlets.Dict().tag(sync=True)
    score = traitlets.Unicode().tag(sync=True)

    def __init__(self, questions: list[Any]) -> None:
        self._questions = {question.key: question for question in questions}
        super().__init__(
            language=language(),
            items=[{"key": q.key, "kind": q.kind, "ask": str(q.ask), **q.page()} for q in questions],
            captions={
                "title": _("Check yourself"),
                "check": _("Check"),
                "choose": _("choose"),
                "right": _("Right."),
                "wrong": _("Not yet."),
                "several": _("More than one can be right."),
                "number": _("Your number"),
                "incomplete": _("Answer first, then check."),
            },
        )
        self._count()
        self.observe(self._answered, "answers")

    def answer(self, key: str, answer: Any) -> bool:
        """Answer the question ``key`` as the page would; whether it is right."""
        self.answers = {**self.answers, key: answer}
        return self.verdicts[key]["right"]

    def still(self) -> str:
        """The questions as plain HTML."""
        rows = "".join(f"<li>{escape(item['ask'])}</li>" for item in self.items)
        return f"<p><strong>{escape(self.captions['title'])}</strong></p><ol>{rows}</ol>"

    def _answered(self, change: dict) -> None:
        with speaking(self.language):
            for key, answer in change["new"].items():
                if key in self._questions and change["old"].get(key) != answer:
                    question = self._questions[key]
                    verdict = {"right": question.right(answer), "why": question.explain(answer)}
                    self.verdicts = {**self.verdicts, key: verdict}
            self._count()

    def _count(self) -> None:
        right = sum(verdict["right"] for verdict in self.verdicts.values())
        self.score = _("{right} of {all} right").format(right=number(right), all=number(len(self._questions)))


def quiz(name: str) -> Quiz:
    """The quiz ``name`` of the course, in the language spoken now.

    Raises InputError where there is none of that name.

    >>> quiz("nothing")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: There is no quiz 'nothing'; ...
    """
    if name not in quizzes():
        text = _("There is no quiz {name!r}; there are: {names}.")
        raise InputError(text.format(name=name, names=", ".join(quizzes())))
    return Quiz(quizzes()[name])
