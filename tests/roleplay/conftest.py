"""A small scene that all tests of role plays share, and ways to spoil it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmlab.roleplay.scene import Scene, compiled, read

TINY = Path(__file__).parent / "tiny.yml"


@pytest.fixture(scope="session")
def tiny() -> Scene:
    """Four exchanges at most, two variables, a fact, a critical error."""
    return read(TINY)


@pytest.fixture
def data() -> dict[str, Any]:
    """The same as plain data, to be spoilt."""
    return copy.deepcopy(yaml.safe_load(TINY.read_text(encoding="utf-8")))


def made(data: dict[str, Any]) -> Scene:
    """The scene of plain data."""
    return compiled(data, "tiny.yml")
