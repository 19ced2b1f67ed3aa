"""The checks of exercise 8 in a peer's own kernel, as both peers mark: by what the notebook's process says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from crmlab.marking.ask import Here, asked, checks

EXERCISES = Path(__file__).parents[2] / "exercises"


@cache
def parts() -> list[dict]:
    """The checks that students have, and the hidden ones, read once a kernel."""
    return [checks(EXERCISES / f"08_keeping_customers_{kind}.py") for kind in ("visible", "hidden")]


def points(question: str, names: Mapping[str, Any]) -> float:
    """What an answer earns by both; the student's own tables are taken, so that no draw is made again."""
    asks = [(part[question], Here(question, names, lambda: names["shop"])) for part in parts()]
    return sum(asked(check, ask).points for check, ask in asks)
