"""Eight weeks of the service line: who called and why, how long they waited, and whether one call was enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.worlds.supermarket.members import FIRST, People
from crmlab.data.worlds.supermarket.purchases import Baskets
from crmlab.experiments.call_centre import HOUR, CallCentre, serve

if TYPE_CHECKING:
    import pandas as pd

BEGIN, DAYS, OPENS = np.datetime64("2025-10-13"), 56, 9
BY_HOUR = np.array([8, 14, 13, 8, 7, 8, 9, 9, 10, 13, 11, 6])
"""Calls an hour, from nine to nine."""
LINE = CallCentre(calls=float(BY_HOUR.max()), talk=3.5, agents=2, patience=3)
LATELY = 120
"""Callers are members who bought in so many days before."""
KNOWN = 0.78
REASONS = np.array(["points", "card", "delivery", "product", "opening hours", "other"])
REASONS_SHARE = (0.27, 0.14, 0.21, 0.17, 0.09, 0.12)
SOLVED = np.array([0.82, 0.74, 0.58, 0.66, 0.98, 0.7])


def ring(people: People, baskets: Baskets, rng: np.random.Generator) -> pd.DataFrame:
    """The calls in order of time; each day is a line of its own that opens with all agents free."""
    import pandas as pd

    many = rng.poisson(BY_HOUR.sum(), DAYS)
    rows, open_for = int(many.max()), HOUR * len(BY_HOUR)
    share = np.concatenate([[0], np.cumsum(BY_HOUR)]) / BY_HOUR.sum()
    at = np.interp(rng.random((rows, DAYS)), share, HOUR * np.arange(len(share)))
    at[np.arange(rows)[:, None] >= many] = 2 * open_for
    at = np.floor(60 * np.sort(at, axis=0)) / 60
    talk = LINE.talk * rng.standard_exponential(at.shape)
    patience = LINE.patience * rng.standard_exponential(at.shape)
    faced = serve(np.zeros((DAYS, LINE.agents)), at, talk, patience)
    there = at < open_for
    begins = (BEGIN - FIRST).astype(np.int64)
    lately = np.unique(baskets.who[(baskets.day >= begins - LATELY) & (baskets.day < begins)])
    weight = 6 - people.mood[lately]
    size = int(there.sum())
    caller = people.members["customer"].to_numpy()[rng.choice(lately, size, p=weight / weight.sum())]
    day = np.broadcast_to(np.arange(DAYS), at.shape)[there]
    second = day * 86_400 + OPENS * 3_600 + np.round(60 * at[there]).astype(np.int64)
    gave_up = (faced > patience)[there]
    waited = np.round(60 * np.minimum(faced, patience)[there]).astype(np.int64)
    talked = np.maximum(np.round(60 * talk[there]), 1).astype(np.int64)
    reason = rng.choice(len(REASONS), size, p=REASONS_SHARE)
    solved = rng.random(size) < SOLVED[reason]
    table = pd.DataFrame(
        {
            "time": BEGIN.astype("datetime64[s]") + second.astype("timedelta64[s]"),
            "customer": pd.arrays.IntegerArray(caller, rng.random(size) >= KNOWN),
            "reason": pd.Categorical.from_codes(np.where(gave_up, -1, reason), REASONS),
            "waited": waited,
            "gave_up": gave_up,
            "talked": pd.arrays.IntegerArray(talked, gave_up),
            "solved": pd.arrays.BooleanArray(solved, gave_up.copy()),
        }
    )
    table = table.sort_values(["time", "waited"], kind="stable", ignore_index=True)
    table.insert(0, "call", np.arange(1, size + 1))
    return table
