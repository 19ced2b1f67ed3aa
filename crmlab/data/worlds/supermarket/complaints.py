"""Problems in the stores: who complains, what becomes of it, and who comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.worlds.supermarket.members import BASE, FIRST, SPAN, People, Plan
from crmlab.data.worlds.supermarket.purchases import Baskets
from crmlab.experiments.complaints import RUNGS, ComplaintIceberg, RepurchaseLadder

if TYPE_CHECKING:
    import pandas as pd

LARGE = 0.7
"""Share of the problems in which the loss is large: an assumption."""
RATES = (ComplaintIceberg().complaint_rate, RepurchaseLadder().complain_share)
"""Share that complains of a small loss, and of a large one."""
LADDERS = tuple(
    RepurchaseLadder(large_loss=large, complain_share=rate, resolved_share=0.62, quick_share=0.45)
    for large, rate in enumerate(RATES)
)
BY_STORE = 0.7
"""Times the share resolved."""
BACK = 60
"""Days within which a customer must buy again to count as come back."""
DAY, HOUR = 86_400, 3_600
"""Seconds."""
REASONS = np.array(["quality", "price", "queue", "staff", "out of stock", "points"])
REASONS_SHARE = np.array([[0.18, 0.24, 0.16, 0.14, 0.16, 0.12], [0.36, 0.18, 0.07, 0.17, 0.05, 0.17]])
"""By size of the loss."""
CHANNELS, CHANNELS_SHARE = np.array(["desk", "app", "letter"]), (0.5, 0.4, 0.1)
LATER = np.array([0, 2, 5])
"""Days after the purchase up to which a complaint comes in, by channel."""
OUTCOMES = np.array(list(RUNGS)[1:])


def complain(
    people: People, baskets: Baskets, drawn: Plan, rng: np.random.Generator
) -> tuple[pd.DataFrame, Baskets]:  # fmt: skip
    """The complaints, and the baskets that are left once whoever went because of a problem is gone."""
    import pandas as pd

    who, day, problem, large = _problems(people, baskets, rng)
    store = people.members["store"].to_numpy()[who[problem]]
    speaks = rng.random(len(problem)) < np.array(RATES)[large]
    resolved = LADDERS[0].resolved_share * np.where(store == drawn.store, BY_STORE, 1)
    rung = np.where(
        speaks, 1 + (rng.random(len(problem)) < resolved) * (1 + (rng.random(len(problem)) < LADDERS[0].quick_share)), 0
    )
    again = np.array([list(ladder.repurchase.values()) for ladder in LADDERS])
    stays = rng.random(len(problem)) < again[large, rung]
    end = np.full(len(people.joined), SPAN)
    np.minimum.at(end, who[problem[~stays]], day[problem[~stays]])
    kept = day <= end[who]
    heard = speaks & kept[problem]
    at, large, rung, stays = problem[heard], large[heard], rung[heard], stays[heard]
    channel = rng.choice(len(CHANNELS), len(at), p=CHANNELS_SHARE)
    received = np.minimum(day[at] + rng.integers(0, LATER[channel] + 1), SPAN - 1)
    customer, who, day = who[at], who[kept], day[kept]
    near = _next(who, day, customer, received)
    visit = received + rng.integers(1, BACK // 2 + 1, len(at))
    extra = stays & (near > received + BACK) & (end[customer] > received) & (visit < SPAN)
    who, day = np.concatenate([who, customer[extra]]), np.concatenate([day, visit[extra]])
    back = _next(who, day, customer, received) <= received + BACK
    table = _table(people, customer, received, large, rung, channel, rng)
    table["came_back"] = pd.arrays.BooleanArray(back, received + BACK >= SPAN)
    table = table.sort_values(["received", "customer"], ignore_index=True)
    table.insert(0, "complaint", np.arange(1, len(table) + 1))
    return table, Baskets(who, day)


def _problems(people: People, baskets: Baskets, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """The baskets in order, the places of those with a problem, and whether the loss was large.

    A member has problems at a rate at which he goes, a month, with the chance that his satisfaction makes him go.
    """
    who, day = np.divmod(np.sort(baskets.who * SPAN + baskets.day), SPAN)
    goes = [1 - sum(law.rungs[rung] * law.repurchase[rung] for rung in RUNGS) for law in LADDERS]
    rate = -np.log1p(-people.goes) / (LARGE * goes[1] + (1 - LARGE) * goes[0])
    pace = np.sqrt(people.rate * BASE.purchase_rate)
    problem = np.flatnonzero(rng.random(len(who)) < (rate / (rate + pace))[who])
    return who, day, problem, (rng.random(len(problem)) < LARGE).astype(np.int64)


def _next(who: np.ndarray, day: np.ndarray, customer: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The day of each customer's first basket after the day given; one far off where there is none."""
    far = 10 * SPAN
    keys = np.sort(who * far + day)
    keys = np.append(keys, (int(who.max(initial=0)) + 2) * far)
    found = keys[np.searchsorted(keys, customer * far + after, side="right")]
    return np.where(found // far == customer, found % far, far)


def _table(
    people: People, customer: np.ndarray, received: np.ndarray, large: np.ndarray, rung: np.ndarray,
    channel: np.ndarray, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """What the complaints' book holds, but whether the customer came back."""
    import pandas as pd

    size, members = len(customer), people.members
    steps = REASONS_SHARE.cumsum(axis=1)[large, :-1]
    reason = (rng.random((size, 1)) > steps).sum(axis=1)
    quick, solved = rung == 3, rung >= 2
    opened = received * DAY + rng.integers(9 * HOUR, 20 * HOUR, size)
    answer = np.where(quick, 0.4, np.where(solved, 20, 60)) * HOUR * rng.lognormal(0, 0.5, size)
    answer = np.where(quick, np.minimum(answer, 4 * HOUR), answer).astype(np.int64)
    slow = DAY + 3 * DAY * rng.lognormal(0, 0.6, size)
    work = np.where(quick, rng.uniform(0.2, 18, size) * HOUR, slow).astype(np.int64)
    answered = solved | (rng.random(size) < 0.7)
    hands = 1 + rng.poisson(np.where(quick, 0.2, np.where(solved, 1.1, 1.8)))
    paid = np.where(large, rng.integers(10, 61, size) * 10, rng.integers(1, 7, size) * 5)
    paid = np.where(solved & (rng.random(size) < 0.55), paid, 0)
    moment = FIRST.astype("datetime64[s]")
    never = np.datetime64("NaT")
    first = moment + (opened + answer).astype("timedelta64[s]")
    last = moment + (opened + answer + work).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "customer": members["customer"].to_numpy()[customer],
            "date": FIRST + received.astype("timedelta64[D]"),
            "store": members["store"].to_numpy()[customer],
            "reason": REASONS[reason],
            "loss": np.array(["small", "large"])[large],
            "channel": CHANNELS[channel],
            "received": moment + opened.astype("timedelta64[s]"),
            "answered": np.where(answered, first, never),
            "resolved": np.where(solved, last, never),
            "hands": hands,
            "outcome": OUTCOMES[rung - 1],
            "compensation": paid,
        }
    )
