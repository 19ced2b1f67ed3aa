"""The ledger as it is written down in ``ledger.yml``, and what a verdict is made of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from crmlab.place import PACKAGE

if TYPE_CHECKING:
    from crmlab.experiments.base import Experiment


class Tried(NamedTuple):
    """A claim put to the test: the experiment set to its numbers (None for a fact), and what comes of it in words."""

    experiment: Experiment | None
    words: str


@cache
def entries() -> dict[str, dict[str, Any]]:
    """The ledger's entries by id, in its order.

    >>> entries()["replacement_ratio"]["values"]
    {'new_per_lost': 10}
    """
    rows = yaml.safe_load((PACKAGE / "ledger/ledger.yml").read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


def values(name: str) -> dict[str, float]:
    """A copy of the numbers of the claim ``name``, for a verdict that sets one claim against another.

    >>> values("silent_majority")["never_return"]
    0.9
    """
    return dict(entries()[name]["values"])
