"""What the tests share: the language, what a machine may lack, how cases are made up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import hypothesis
import pytest

from crmlab.language.catalogue import LANGUAGES, speaking

# machines are noisy, so no test is timed; the same cases each time, new ones with --hypothesis-profile=explore
hypothesis.settings.register_profile("calm", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("calm")

IN_CI = os.environ.get("CI") == "true"


def missing(part: str) -> None:
    """A part of the system is not there: a failure where CI has to have it, else a skip."""
    text = f"{part} is not installed; see CONTRIBUTING.md"
    pytest.fail(text) if IN_CI else pytest.skip(text)


@pytest.fixture(scope="session")
def bubblewrap() -> None:
    """What student code is run in; for tests that run any."""
    if shutil.which("bwrap") is None:
        missing("bubblewrap")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test begins in English, whatever the machine speaks and an earlier test said."""
    with speaking("en"):
        yield


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return request.param
