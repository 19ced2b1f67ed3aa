"""Who holds the supermarket's card: what the members' file says of them, and what no file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlab.experiments.customer_base import BETWEEN, DAYS_A_MONTH, CustomerBase
from crmlab.experiments.satisfaction_loyalty import SatisfactionLoyalty

if TYPE_CHECKING:
    import pandas as pd

MEMBERS = 3000
FIRST, LAST = np.datetime64("2024-01-01"), np.datetime64("2025-12-31")
SPAN = int((LAST - FIRST).astype(np.int64)) + 1
"""Days of the two years."""
EARLIER, EARLIER_DAYS = 0.62, 3 * 365
"""Share of the members who joined before the two years, and how long before at most."""
LAST_TO_JOIN = 700
"""Day of the two years after which nobody joins."""

STORES, STORES_SHARE = np.arange(1, 7), np.array([0.20, 0.18, 0.17, 0.16, 0.15, 0.14])
SHUN = 0.6
DISTRICTS, NEAR = np.array(["north", "east", "south", "west", "centre", "riverside"]), 0.7
AGES, AGES_SHARE = np.array(["18-29", "30-44", "45-59", "60+"]), (0.24, 0.27, 0.26, 0.23)
HOUSEHOLDS = np.arange(1, 5)
HOUSEHOLDS_SHARE = np.array(
    [[0.29, 0.26, 0.23, 0.22], [0.22, 0.23, 0.29, 0.26], [0.22, 0.27, 0.27, 0.24], [0.26, 0.29, 0.22, 0.23]]
)
"""By age: those who live alone, in twos, in threes, in fours or more."""
CHANNELS, CHANNELS_SHARE = np.array(["till", "app", "friend", "event"]), (0.55, 0.25, 0.12, 0.08)
CONSENT = (0.83, 0.96)
"""Up to the first a yes, up to the second a no, beyond nothing noted."""

LAW = SatisfactionLoyalty(top=0.996, ratio=6, freedom=0.0019)
"""A month is an occasion to stay or go: assumptions, as is what follows."""
BASE = CustomerBase(purchase_rate=1.28, unevenness=0.85)
SPEND = 118.0
"""Yuan that a basket is worth on average, in a household of middle size."""
MOOD, MOOD_SPREAD = 4.0, 0.68
MOOD_BY_AGE = np.array([-0.1, -0.05, 0.05, 0.1])
MOOD_BY_STORE, MOOD_BY_KIND = -0.7, 0.75
RATHER = np.array([0.8, 0.95, 1.08, 1.2])
"""Times the mean basket, by size of household."""

MONTHS_OF_POINTS = np.array(["2024-04", "2024-07", "2025-04", "2025-07"], dtype="datetime64[M]")


class Plan(NamedTuple):
    """What differs from draw to draw besides chance: a store, two dimensions, a kind of member, a month."""

    store: int
    dimensions: tuple[int, int]
    age: int
    household: int
    month: int


class People(NamedTuple):
    """The members' file, and of each member, in its order, what it does not hold.

    ``joined`` and ``until`` are days of the two years (below 0: before them); ``rate`` is baskets a month, ``spend``
    the mean basket; ``mood`` the satisfaction, 1 to 5; ``goes`` the chance a month of going because of a problem.
    """

    members: pd.DataFrame
    joined: np.ndarray
    until: np.ndarray
    rate: np.ndarray
    spend: np.ndarray
    mood: np.ndarray
    goes: np.ndarray
    kind: np.ndarray


def plan(rng: np.random.Generator) -> Plan:
    """The first numbers of a draw."""
    store = int(rng.integers(1, len(STORES) + 1))
    first, second = sorted(rng.permutation(5)[:2].tolist())
    age, household = int(rng.integers(len(AGES))), int(rng.integers(len(HOUSEHOLDS)))
    return Plan(store, (first, second), age, household, int(rng.integers(len(MONTHS_OF_POINTS))))


def join(drawn: Plan, rng: np.random.Generator) -> People:
    """The members, numbered in the order in which they joined."""
    import pandas as pd

    earlier = round(EARLIER * MEMBERS)
    joined = np.sort(np.concatenate([
        rng.integers(-EARLIER_DAYS, 0, earlier), rng.integers(0, LAST_TO_JOIN, MEMBERS - earlier)
    ]))  # fmt: skip
    store = rng.choice(rng.permutation(STORES), MEMBERS, p=STORES_SHARE)
    elsewhere = (joined >= 0) & (store == drawn.store) & (rng.random(MEMBERS) < SHUN)
    store = np.where(elsewhere, (store - 1 + rng.integers(1, len(STORES), MEMBERS)) % len(STORES) + 1, store)
    home = np.where(rng.random(MEMBERS) < NEAR, store - 1, rng.integers(len(DISTRICTS), size=MEMBERS))
    age = rng.choice(len(AGES), MEMBERS, p=AGES_SHARE)
    steps = HOUSEHOLDS_SHARE.cumsum(axis=1)[age, :-1]
    household = (rng.random((MEMBERS, 1)) > steps).sum(axis=1)
    said = rng.random(MEMBERS)
    consent = pd.array(said < CONSENT[0], dtype="boolean")
    consent[said >= CONSENT[1]] = pd.NA
    members = pd.DataFrame(
        {
            "customer": np.arange(1, MEMBERS + 1),
            "store": store,
            "district": DISTRICTS[home],
            "sex": np.where(rng.random(MEMBERS) < 0.61, "female", "male"),
            "age": AGES[age],
            "household": household + 1,
            "joined": FIRST + joined.astype("timedelta64[D]"),
            "channel": rng.choice(CHANNELS, MEMBERS, p=CHANNELS_SHARE),
            "consent": consent,
        }
    )
    kind = (age == drawn.age) & (household == drawn.household)
    mood = MOOD + MOOD_BY_AGE[age] + MOOD_SPREAD * rng.standard_normal(MEMBERS)
    mood = np.clip(mood + MOOD_BY_STORE * (store == drawn.store) + MOOD_BY_KIND * kind, 1, 5)
    scores = np.linspace(1, 5, 81)
    stays = np.interp(mood, scores, [LAW.loyalty(score) for score in scores]) / LAW.top
    shape = BASE.unevenness**-2
    away = rng.standard_exponential(MEMBERS) * DAYS_A_MONTH / -np.log(LAW.top)
    return People(
        members,
        joined=joined,
        until=np.minimum(np.maximum(joined, 0) + away, SPAN),
        rate=BASE.purchase_rate * rng.standard_gamma(shape, MEMBERS) / shape,
        spend=SPEND * RATHER[household] * (BETWEEN - 1) / rng.standard_gamma(BETWEEN, MEMBERS),
        mood=mood,
        goes=1 - stays,
        kind=kind,
    )
