"""A seller of office machines that does not exist: past leads with what became of them, and those open now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.visit_plan import VisitPlan

if TYPE_CHECKING:
    import pandas as pd

PAST, OPEN = 400, 150
LAW = VisitPlan(leads=OPEN, visits=40, win=0.7, lacking=0.3)
FEATURES = ("money", "authority", "need")
HAS, LACKS = (0.02, 0.06, 0.17, 0.35, 0.4), (0.4, 0.35, 0.17, 0.06, 0.02)
NEAR = (2.0, 15.0)


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables past and open: money, authority and need as in ``VisitPlan``, each read off as a score from 1 to 5."""
    import pandas as pd

    size = PAST + OPEN
    has = rng.random((size, len(FEATURES))) < LAW.has_each
    read = [np.cumsum(shares)[:-1] for shares in (LACKS, HAS)]
    drawn = rng.random((size, len(FEATURES), 1))
    scores = 1 + np.where(has, (drawn > read[1]).sum(axis=2), (drawn > read[0]).sum(axis=2))
    won = rng.random(size) < LAW.win * LAW.lacking ** (~has).sum(axis=1)
    distance = np.round(rng.gamma(*NEAR, size)).astype(np.int64)
    features = dict(zip(FEATURES, scores.T, strict=True))
    lead, won = np.arange(1, size + 1), won.astype(np.int64)
    every = pd.DataFrame({"lead": lead, "won": won, **features, "distance": distance})
    past, rest = every.iloc[:PAST], every.iloc[PAST:].drop(columns="won")
    return {"past": past, "open": rest.reset_index(drop=True)}
