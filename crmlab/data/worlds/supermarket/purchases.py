"""What members buy, and when: at their own pace, more before a feast, more where points count double."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlab.data.worlds.supermarket.members import AGES, FIRST, MONTHS_OF_POINTS, SPAN, STORES, People, Plan
from crmlab.experiments.customer_base import DAYS_A_MONTH, WITHIN

if TYPE_CHECKING:
    import pandas as pd

BY_WEEKDAY = np.array([0.88, 0.85, 0.86, 0.9, 1.02, 1.28, 1.21])
"""From Monday on."""
FEASTS = (
    ("2024-01-22", 19, 1.5), ("2024-02-10", 8, 0.5), ("2024-10-01", 7, 1.3),
    ("2025-01-10", 19, 1.5), ("2025-01-29", 8, 0.5), ("2025-10-01", 7, 1.3),
)  # fmt: skip
"""First day, days, and times the usual: before the Chinese New Year, during it, and the week of National Day."""
POINTS_DAYS = 28
MORE, EARLIER = 0.27, 0.4
"""In a month of double points: baskets that come on top, or those of the four weeks after that come in it."""
ELSEWHERE = 0.06
"""Share of the baskets bought in another store than one's own."""

CATEGORIES = np.array(
    ["produce", "meat and fish", "dairy and eggs", "grain and oil", "bakery", "snacks", "drinks", "household", "care",
     "baby"]
)  # fmt: skip
CATEGORIES_SHARE = np.array([0.21, 0.16, 0.13, 0.10, 0.08, 0.09, 0.08, 0.07, 0.05, 0.03])
YOUNG = np.array([0.7, 0.8, 0.9, 0.6, 1.2, 1.7, 1.7, 1, 1.5, 0.8])
OLD = np.array([1.4, 1.1, 1.1, 1.6, 1, 0.5, 0.6, 1, 0.7, 0.3])
WITH_CHILDREN = np.array([1, 1, 1.3, 1, 1, 1.1, 1, 1, 1, 4])
WORTH = np.array([0.8, 1.2, 0.85, 1.2, 0.75, 0.85, 0.9, 1.15, 1.3, 1.6])
"""Times the mean basket."""
LEAST = 2.0
SLOPE = 0.034
"""Growth of the mean basket a month, of those who are of a kind, from below the others."""
REDEEM, BLOCK = 0.09, 500
"""Chance that a member redeems points with a basket, and in which blocks."""


class Baskets(NamedTuple):
    """Baskets in no order: place of the member in the members' file, and day of the two years."""

    who: np.ndarray
    day: np.ndarray


def buy(people: People, drawn: Plan, rng: np.random.Generator) -> Baskets:
    """The baskets of all members as if nobody ever left because of a problem."""
    begins = (MONTHS_OF_POINTS.astype("datetime64[D]") - FIRST).astype(np.int64)
    busy = _calendar()
    for place, begin in enumerate(begins):
        if place != drawn.month:
            busy[begin : begin + POINTS_DAYS] *= 1 + MORE
    summed = np.concatenate([[0.0], np.cumsum(busy)]) / DAYS_A_MONTH
    start = np.maximum(people.joined, 0)
    since, until = (np.interp(time, np.arange(SPAN + 1), summed) for time in (start, people.until))
    many = rng.poisson(people.rate * (until - since))
    who = np.repeat(np.arange(len(many)), many)
    at = since[who] + rng.random(len(who)) * (until - since)[who]
    day = np.minimum(np.searchsorted(summed, at, side="right") - 1, SPAN - 1)
    begin = begins[drawn.month]
    after = (day >= begin + POINTS_DAYS) & (day < begin + 2 * POINTS_DAYS) & (people.joined[who] <= begin)
    sooner = after & (rng.random(len(who)) < EARLIER)
    day = np.where(sooner, begin + rng.integers(0, POINTS_DAYS, len(who)), day)
    new = np.flatnonzero((people.joined >= 0) & (people.members["channel"] == "till").to_numpy())
    return Baskets(np.concatenate([who, new]), np.concatenate([day, people.joined[new]]))


def _calendar() -> np.ndarray:
    """How busy each day of the two years is; 1 on an average day."""
    days = FIRST + np.arange(SPAN)
    busy = BY_WEEKDAY[(days.astype(np.int64) + 3) % 7]  # the first of January 1970 was a Thursday
    for first, length, times in FEASTS:
        begin = int((np.datetime64(first) - FIRST).astype(np.int64))
        busy[begin : begin + length] *= times
    return busy / busy.mean()


def till_roll(people: People, baskets: Baskets, drawn: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """The baskets in order of date, with what the till notes of each."""
    import pandas as pd

    day, who = np.divmod(np.sort(baskets.day * len(people.joined) + baskets.who), len(people.joined))
    size, members = len(who), people.members
    own = members["store"].to_numpy()[who]
    others = (own - 1 + rng.integers(1, len(STORES), size)) % len(STORES) + 1
    age, household = members["age"].to_numpy(), members["household"].to_numpy()
    taste = np.tile(CATEGORIES_SHARE, (len(members), 1))
    taste = np.where((age == AGES[0])[:, None], taste * YOUNG, taste)
    taste = np.where((age == AGES[-1])[:, None], taste * OLD, taste)
    taste = np.where(((age == AGES[1]) & (household >= 3))[:, None], taste * WITH_CHILDREN, taste)
    steps = (taste / taste.sum(axis=1, keepdims=True)).cumsum(axis=1)[:, :-1]
    category = (rng.random((size, 1)) > steps[who]).sum(axis=1)
    trend = np.where(people.kind[who], np.exp(SLOPE * (day / DAYS_A_MONTH - 14)), 1)
    spend = people.spend[who] * trend * WORTH[category] / (CATEGORIES_SHARE @ WORTH)
    amount = np.maximum(np.round(spend * rng.standard_gamma(WITHIN, size) / WITHIN, 2), LEAST)
    begins = (MONTHS_OF_POINTS.astype("datetime64[D]") - FIRST).astype(np.int64)
    double = ((day[:, None] >= begins) & (day[:, None] < begins + POINTS_DAYS)).any(axis=1)
    points = np.floor(amount).astype(np.int64) * np.where(double, 2, 1)
    return pd.DataFrame(
        {
            "transaction": np.arange(1, size + 1),
            "customer": members["customer"].to_numpy()[who],
            "date": FIRST + day.astype("timedelta64[D]"),
            "store": np.where(rng.random(size) < ELSEWHERE, others, own),
            "category": pd.Categorical.from_codes(category, CATEGORIES),
            "amount": amount,
            "promotion": double,
            "points": points,
            "redeemed": _redeemed(who, points, rng.random(size) < REDEEM),
        }
    )


def _redeemed(who: np.ndarray, points: np.ndarray, wants: np.ndarray) -> np.ndarray:
    """Points redeemed with each basket: all whole blocks of what was saved before, where a member wants to."""
    order = np.argsort(who, kind="stable")
    mine, earned, asks = who[order], points[order], wants[order]
    first = np.searchsorted(mine, mine)
    before = np.concatenate([[0], np.cumsum(earned)[:-1]])
    before -= before[first]
    so_far = np.where(asks, before // BLOCK * BLOCK, 0)
    # what was redeemed so far is the highest so far within each member: kept apart by a step larger than any sum
    step = int(before.max(initial=0)) + 1
    highest = np.maximum.accumulate(so_far + mine * step) - mine * step
    earlier = np.concatenate([[0], highest[:-1]])
    earlier[first == np.arange(len(mine))] = 0
    redeemed = np.empty(len(who), dtype=np.int64)
    redeemed[order] = highest - earlier
    return redeemed
