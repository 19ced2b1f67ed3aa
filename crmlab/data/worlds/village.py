"""The rice merchant's village: its homes, and half a year of refills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.refill import VARIATION, RefillRound

if TYPE_CHECKING:
    import pandas as pd

HOMES, MERCHANTS, DAYS = 120, 6, 182
FIRST = np.datetime64("2026-01-01")
PEOPLE, PEOPLE_SHARE = np.arange(1, 9), (0.05, 0.12, 0.2, 0.25, 0.18, 0.1, 0.06, 0.04)
BOWLS, BOWLS_SHARE = np.array([1, 1.5, 2, 2.5, 3]), (0.1, 0.2, 0.4, 0.2, 0.1)
JARS, JARS_SHARE = np.array([30, 40, 60, 80, 120]), (0.15, 0.2, 0.4, 0.15, 0.1)
KEEPER = 1


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables households and refills: jars last as in ``RefillRound``, and homes change as there."""
    import pandas as pd

    law = RefillRound(homes=HOMES, merchants=MERCHANTS)
    people = rng.choice(PEOPLE, HOMES, p=PEOPLE_SHARE)
    bowls = rng.choice(BOWLS, HOMES, p=BOWLS_SHARE)
    jar = rng.choice(JARS, HOMES, p=JARS_SHARE)
    merchant = rng.permutation(np.arange(HOMES) % MERCHANTS + 1)
    lasts = law.refill_day(people, bowls, jar)
    log, day, now = [], rng.random(HOMES) * lasts, merchant.copy()
    while (day < DAYS).any():
        here = np.flatnonzero(day < DAYS)
        kept = now[here] == KEEPER
        brought = np.where(kept, np.round(jar[here] * (1 - law.reserve)), jar[here])
        log.append((here + 1, np.floor(day[here]), now[here].copy(), brought))
        until_empty = lasts * rng.gamma(VARIATION**-2, VARIATION**2, HOMES)
        delivered = (1 - law.reserve) * lasts
        empty = ~((now == KEEPER) & (until_empty > delivered))
        moves = empty & (now != KEEPER) & (rng.random(HOMES) < law.joins)
        day = day + np.where(empty, until_empty, delivered)
        now = np.where(moves, KEEPER, now)
    home, when, who, brought = (np.concatenate(part) for part in zip(*log, strict=True))
    order = np.lexsort((home, when))
    households = pd.DataFrame(
        {"household": np.arange(1, HOMES + 1), "people": people, "bowls": bowls, "jar": jar, "merchant": merchant}
    )
    refills = pd.DataFrame(
        {
            "date": (FIRST + when.astype("timedelta64[D]"))[order],
            "household": home[order],
            "merchant": who[order],
            "bowls": brought[order].astype(np.int64),
        }
    )
    return {"households": households, "refills": refills}
