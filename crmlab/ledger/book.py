"""The ledger as it is written down in ``ledger.yml``, and what a verdict is made of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlab import written
from crmlab.language.errors import InputError
from crmlab.place import PACKAGE

if TYPE_CHECKING:
    from crmlab.experiments.base import Experiment

LEDGER = PACKAGE / "ledger/ledger.yml"


class Tried(NamedTuple):
    """A claim put to the test: the experiment set to its numbers (None for a fact), and what comes of it in words."""

    experiment: Experiment | None
    words: str


@cache
def entries() -> dict[str, dict[str, Any]]:
    """The ledger's entries by id, in its order. Raises InputError where it is no YAML or an id stands twice.

    >>> entries()["replacement_ratio"]["values"]
    {'new_per_lost': 10}
    """
    rows = written.read(LEDGER, list[dict[str, Any]])
    ids = [row["id"] for row in rows]
    twice = [one for one in ids if ids.count(one) > 1]
    if twice:
        raise InputError(f"{LEDGER.name}: the claim {twice[0]} stands twice")
    return dict(zip(ids, rows, strict=True))


def values(name: str) -> dict[str, float]:
    """A copy of the numbers of the claim ``name``, for a verdict that sets one claim against another.

    >>> values("silent_majority")["never_return"]
    0.9
    """
    return dict(entries()[name]["values"])
