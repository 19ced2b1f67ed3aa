"""A shop that does not exist: its loyalty programme, tried for a year with a control group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.loyalty_programme import LoyaltyProgramme

if TYPE_CHECKING:
    import pandas as pd

LAW = LoyaltyProgramme(customers=2000, control=0.35, spend=180, spread=0.8, uplift=0.15, joining=0.5)
MONTHS = 12


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The table trial: people of a ``LoyaltyProgramme``, in no order."""
    people = LAW.people(MONTHS, seed=int(rng.integers(2**32)))
    people = people.iloc[rng.permutation(len(people))].reset_index(drop=True)
    people["customer"] = np.arange(1, len(people) + 1)
    return {"trial": people}
