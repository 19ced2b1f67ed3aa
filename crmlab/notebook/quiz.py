"""A quiz in a cell, each answer explained, in the learner's language."""

from __future__ import annotations

from html import escape
from typing import Any

import traitlets

from crmlab.language.catalogue import _, language, number, speaking
from crmlab.language.errors import InputError
from crmlab.notebook.living import Living, script
from crmlab.notebook.questions import quizzes


class Quiz(Living):
    """One quiz in a cell. The page knows the questions; what is right stays here until it is answered.

    A quiz of one question asks before an explanation: it is headed so, and keeps no score.

    >>> from crmlab.notebook.questions import Number
    >>> with speaking("en"):
    ...     quiz = Quiz([Number(key="k", kind="number", ask={"en": "2 + 2?", "zh": "2 + 2？"}, answer=4)])
    >>> quiz.answer("k", 5), quiz.answer("k", 4)
    (False, True)
    """

    _esm = script("notebook/quiz.js")

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
                "title": _("Check yourself") if len(questions) > 1 else _("Decide first"),
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
        every = len(self._questions)
        self.score = _("{right} of {all} right").format(right=number(right), all=number(every)) if every > 1 else ""


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
