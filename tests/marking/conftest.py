"""The exercises, read once; their solutions run once a draw."""

from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from crmlab.data.sets import load
from crmlab.data.tokens import token
from crmlab.marking import exercise
from crmlab.marking.ask import Here, Verdict, asked, checks
from crmlab.marking.prove import run, solved

EXERCISES = Path(__file__).parents[2] / "exercises"
TOKENS = [None, token(b"proof", "1"), token(b"proof", "2")]


class Tried:
    """An exercise, its checks, and its solution on each draw."""

    def __init__(self, name: str) -> None:
        self.exercise = exercise.read(EXERCISES / f"{name}.md")
        self.counted = {key: one for key, one in self.exercise.questions.items() if not one.is_text}
        """The questions that checks mark."""

    @cached_property
    def checks(self) -> list[dict]:
        """The visible and the hidden checks; none where all of it is free text."""
        return [checks(path) for path in self.exercise.checks]

    @cached_property
    def wrong(self) -> ModuleType:
        """Its wrong and odd answers: see ``wrong``."""
        return import_module(f".wrong.{self.exercise.name.replace('-', '_')}", __package__)

    @cache  # noqa: B019 (these live as long as the tests)
    def draw(self, whose: str | None) -> Any:
        return load(self.exercise.data, student=whose)

    @cache  # noqa: B019
    def _solved(self, whose: str | None) -> dict[str, Any]:
        names, raised = run(solved(self.exercise, whose))
        assert not raised, raised
        return names

    def right(self, whose: str | None = None) -> dict[str, Any]:
        """The namespace of the solution for a token; what a test changes in it is not kept."""
        names = self._solved(whose)
        return {name: one.copy() if isinstance(one, pd.DataFrame) else one for name, one in names.items()}

    def verdicts(self, question: str, names: dict[str, Any], whose: str | None = None) -> list[Verdict]:
        """What the visible and the hidden check find in a namespace; neither may break."""
        made = [asked(which[question], Here(question, names, lambda: self.draw(whose))) for which in self.checks]
        assert [verdict.broken for verdict in made] == [None, None], question
        return made

    def points(self, question: str, names: dict[str, Any], whose: str | None = None) -> tuple[float, set[str]]:
        """What both give together, and the misconceptions that they name."""
        made = self.verdicts(question, names, whose)
        return sum(one.points for one in made), {key for one in made for key in one.misconceptions}


tried = cache(Tried)


@pytest.fixture(scope="session")
def eight():
    return tried("08-keeping-customers").exercise
