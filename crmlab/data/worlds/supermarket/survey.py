"""A survey of 1,500 members: what they expect, what they find, and who stays silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.worlds.supermarket.members import AGES, MOOD, People, Plan
from crmlab.experiments.service_quality import ITEMS

if TYPE_CHECKING:
    import pandas as pd

INVITED = 1500
DAY, LATELY = np.datetime64("2025-03-01"), 180
"""The day of the invitation; asked are members who bought in so many days before it."""
EXPECTED, FOUND = (5.4, 6.3, 6.0, 5.9, 5.3), (5.6, 5.4, 5.3, 5.5, 5.2)
BY_STORE = -0.9
ANSWERS_BY_AGE = np.array([-0.6, -0.2, 0.2, 0.6])
ANSWERS, ANSWERS_BY_MOOD = 0.05, 0.7
STOPS, SKIPS = 0.06, 0.04
"""Those who stop before the items, and who skip the recommendation."""


def ask(people: People, transactions: pd.DataFrame, drawn: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """A row for each member asked, in order of their numbers; empty where no answer came."""
    import pandas as pd

    bought = transactions["date"].to_numpy()
    lately = (bought >= DAY - LATELY) & (bought < DAY)
    asked = np.unique(transactions["customer"].to_numpy()[lately]) - 1
    asked = np.sort(rng.permutation(asked)[:INVITED])
    members, mood = people.members, people.mood[asked]
    store = members["store"].to_numpy()[asked]
    size, bad = len(asked), store == drawn.store
    overall = np.clip(np.round(mood + 0.45 * rng.standard_normal(size)), 1, 5)
    recommend = np.clip(np.round(10.2 - 2.3 * (5 - mood) + 1.2 * rng.standard_normal(size)), 0, 10)
    strict, share = 0.45 * rng.standard_normal(size), 0.35 * rng.standard_normal(size)
    items = {}
    for kind, middles in (("e", EXPECTED), ("p", FOUND)):
        for place, (numbers, middle) in enumerate(zip(ITEMS.values(), middles, strict=True)):
            person = strict if kind == "e" else share + 0.55 * (mood - MOOD)
            if kind == "p" and place in drawn.dimensions:
                person = person + BY_STORE * bad
            person = middle + person + 0.35 * rng.standard_normal(size)
            scores = person[:, None] + 0.7 * rng.standard_normal((size, len(numbers)))
            scores = np.clip(np.round(scores), 1, 7)
            items |= {f"{kind}{number}": column for number, column in zip(numbers, scores.T, strict=True)}
    age = np.searchsorted(AGES, members["age"].to_numpy()[asked])
    odds = ANSWERS + ANSWERS_BY_MOOD * (mood - MOOD) + ANSWERS_BY_AGE[age]
    answers = rng.random(size) < 1 / (1 + np.exp(-odds))
    whole = answers & (rng.random(size) >= STOPS)
    given = {"overall": (overall, answers), "recommend": (recommend, answers & (rng.random(size) >= SKIPS))}
    given |= {name: (scores, whole) for name, scores in items.items()}
    said = {
        name: pd.arrays.IntegerArray(scores.astype(np.int64), ~there) for name, (scores, there) in given.items()
    }  # fmt: skip
    return pd.DataFrame({"customer": members["customer"].to_numpy()[asked], "store": store, **said})
