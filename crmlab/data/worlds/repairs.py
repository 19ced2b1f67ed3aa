"""A maker of air conditioners that does not exist: its repair tickets, and the visits that each of them took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.repair import RepairProcess

if TYPE_CHECKING:
    import pandas as pd

TICKETS, CUSTOMERS = 600, 480
FIRST, DAYS = np.datetime64("2024-01-01"), 731
SEASON = np.array([2, 2, 2, 3, 6, 12, 18, 17, 8, 3, 2, 3]) / 78
PRODUCTS, PRODUCTS_SHARE = np.array(["economy", "standard", "premium"]), (0.42, 0.38, 0.2)
FIRST_FIX = np.array([0.28, 0.52, 0.52])
DEPARTMENTS, EXPERTS = np.array(["north", "south", "contractor"]), "experts"
SENT = np.array([[0.18, 0.17, 0.65], [0.44, 0.44, 0.12], [0.44, 0.44, 0.12]])
STAYS, SAME = 0.3, 0.7
FAULTS, FAULTS_SHARE = np.array(["sensor", "controller", "gas", "fan", "fitting"]), (0.15, 0.35, 0.2, 0.15, 0.15)
NOTHING = "none found"
MISSED, ORDERED, ASKED, REACHED = 0.4, 0.6, 0.8, (0.5, 0.75)
GAP = 4.0


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables tickets and visits: each visit mends, and each failed one loses the customer, as in ``RepairProcess``."""
    import pandas as pd

    kind = rng.choice(len(PRODUCTS), TICKETS, p=PRODUCTS_SHARE)
    days = FIRST + np.arange(DAYS)
    weight = SEASON[days.astype("datetime64[M]").astype(int) % 12]
    reported = np.sort(rng.choice(DAYS, TICKETS, p=weight / weight.sum()))
    age = np.round(60 + rng.gamma(3, 300, TICKETS)).astype(int)
    customer = rng.integers(1, CUSTOMERS + 1, TICKETS)
    log, lost = _visits(rng, kind, reported)
    reached = rng.random(TICKETS) < np.where(lost, *REACHED)
    tickets = pd.DataFrame(
        {
            "ticket": np.arange(1, TICKETS + 1),
            "customer": customer,
            "product": PRODUCTS[kind],
            "bought": FIRST + (reported - age),
            "reported": FIRST + reported,
            "buy_again": pd.array(np.where(reached, ~lost, None), dtype="boolean"),
        }
    )
    return {"tickets": tickets, "visits": log}


def _visits(rng: np.random.Generator, kind: np.ndarray, reported: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The visits of all tickets, one round of visits after the other, and whose customers are lost."""
    import pandas as pd

    law = RepairProcess()
    mends = 1 - (1 - FIRST_FIX[kind])[:, None] * [1, 1 - law.known_adds, (1 - law.known_adds) * (1 - law.EXPERT)]
    truly = rng.choice(len(FAULTS), TICKETS, p=FAULTS_SHARE)
    steps = np.cumsum(SENT, axis=1)[:, :-1]
    open_, lost, rounds = np.arange(TICKETS), np.zeros(TICKETS, dtype=bool), []
    day, before = reported.astype(float), np.full(TICKETS, -1)
    while open_.size:
        size, expert = open_.size, len(rounds) >= law.escalate_after
        sent = (rng.random(size)[:, None] > steps[kind[open_]]).sum(axis=1)
        where = np.where((before[open_] >= 0) & (rng.random(size) < STAYS), before[open_], sent)
        known = (rng.random(size) < np.where(where == before[open_], SAME, law.shared)) | expert
        fixed = rng.random(size) < mends[open_, 2 if expert else known.astype(int)]
        polite = rng.random(size) < law.politeness
        asked = rng.random(size) < ASKED
        day[open_] += np.maximum(np.round(rng.gamma(GAP, 7 * law.WAIT / GAP, size)), 1)
        wrong = (truly[open_] + rng.integers(1, len(FAULTS), size)) % len(FAULTS)
        found = np.where(fixed, FAULTS[truly[open_]], np.where(rng.random(size) < MISSED, NOTHING, FAULTS[wrong]))
        ordered = ~fixed & (found != NOTHING) & (rng.random(size) < ORDERED)
        lost[open_] |= ~fixed & (rng.random(size) < law.lose * (1 - law.soften * polite))
        rounds.append(
            pd.DataFrame(
                {
                    "ticket": open_ + 1,
                    "visit": len(rounds) + 1,
                    "date": FIRST + day[open_].astype(np.int64),
                    "department": EXPERTS if expert else DEPARTMENTS[where],
                    "knew": known,
                    "found": found,
                    "fixed": fixed,
                    "ordered": ordered,
                    "polite": pd.array(np.where(asked, polite, None), dtype="boolean"),
                }
            )
        )
        before[open_] = -1 if expert else where
        open_ = open_[~fixed]
    return pd.concat(rounds).sort_values(["ticket", "visit"], kind="stable").reset_index(drop=True), lost
