"""A fictional supermarket with a loyalty card: its members, what they buy, what they think, complain of and ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.data.worlds.supermarket.calls import ring
from crmlab.data.worlds.supermarket.complaints import complain
from crmlab.data.worlds.supermarket.members import join, plan
from crmlab.data.worlds.supermarket.purchases import buy, till_roll
from crmlab.data.worlds.supermarket.survey import ask

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables members, transactions, survey, complaints and calls, all of the same members.

    A member's satisfaction, which no table holds, governs how often he has a problem (``SatisfactionLoyalty``), and so
    whether he complains and comes back (``RepurchaseLadder``); and what he answers when asked.
    """
    drawn = plan(rng)
    people = join(drawn, rng)
    baskets = buy(people, drawn, rng)
    complaints, baskets = complain(people, baskets, drawn, rng)
    transactions = till_roll(people, baskets, drawn, rng)
    survey = ask(people, transactions, drawn, rng)
    return {
        "members": people.members,
        "transactions": transactions,
        "survey": survey,
        "complaints": complaints,
        "calls": ring(people, baskets, rng),
    }
