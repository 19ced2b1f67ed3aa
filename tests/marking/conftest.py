"""Exercise 8, read once; its solution run once a draw."""

from functools import cache
from pathlib import Path

import pytest

from crmlab.data.sets import load
from crmlab.data.tokens import token
from crmlab.marking import exercise
from crmlab.marking.ask import checks
from crmlab.marking.prove import run, solved

EXERCISES = Path(__file__).parents[2] / "exercises"
SOURCE = EXERCISES / "08-keeping-customers.md"
TOKENS = [None, token(b"proof", "1"), token(b"proof", "2")]


@pytest.fixture(scope="session")
def eight():
    return exercise.read(SOURCE)


@pytest.fixture(scope="session")
def both(eight):
    """The visible and the hidden checks."""
    return checks(eight.visible), checks(eight.hidden)


@cache
def draw(whose):
    return load("supermarket", student=whose)


@pytest.fixture(scope="session")
def right(eight):
    """The namespace of the solution for a token; what a test changes in it is not kept."""

    @cache
    def names(whose):
        made, raised = run(solved(eight, whose))
        assert not raised, raised
        return made

    return lambda whose=None: dict(names(whose))
