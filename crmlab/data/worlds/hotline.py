"""A hotline that does not exist: its calls by five minutes, and who was there to answer them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.call_centre import CallCentre
from crmlab.experiments.queueing import erlang_a

if TYPE_CHECKING:
    import pandas as pd

FIRST, DAYS = np.datetime64("2026-03-02T08:00:00"), 28
HOURS, PARTS = 12, 12
TALK, PATIENCE = 240.0, 150.0
CALLS = np.array([70, 110, 150, 160, 150, 120, 115, 130, 120, 95, 70, 50])
WEEK = np.array([1.25, 1, 1, 1, 1, 0.6, 0.45])
LEVEL = (0.96, 1.04)
SHORT, LEFT = 4, 0.65


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The table intervals: Poisson calls, and of these who waits and who gives up as Erlang A has it."""
    import pandas as pd

    rates = rng.uniform(*LEVEL) * CALLS[None, :] * WEEK[:, None] / 60
    agents = _agents()
    line = erlang_a(rates * TALK / 60, agents, PATIENCE, talk=TALK)
    day, hour = (part.ravel() for part in np.indices((DAYS, HOURS)))
    at = np.repeat(day % 7, PARTS), np.repeat(hour, PARTS)
    calls = rng.poisson(rates[at] * 60 / PARTS)
    waited = rng.binomial(calls, line.waits[at])
    gave_up = rng.binomial(waited, (line.gives_up / line.waits)[at])
    answered = calls - gave_up
    seconds = rng.standard_gamma(waited) * (line.mean_wait / line.waits)[at]
    talked = rng.standard_gamma(answered) * TALK
    with np.errstate(invalid="ignore"):
        wait, talk = np.round(seconds / calls), np.round(talked / answered)
    minutes = np.arange(DAYS * HOURS * PARTS) % (HOURS * PARTS) * (60 // PARTS)
    start = FIRST + np.repeat(day, PARTS).astype("timedelta64[D]") + minutes.astype("timedelta64[m]")
    columns = {"start": start, "calls": calls, "answered": answered, "gave_up": gave_up}
    whole = {name: pd.array(values, dtype="Int64") for name, values in (("wait", wait), ("talk", talk))}
    return {"intervals": pd.DataFrame({**columns, **whole, "agents": agents[at]})}


@cache
def _agents() -> np.ndarray:
    """Agents by weekday and hour: as many as ``CallCentre`` needs for the usual calls, but for one hour."""
    days = np.array([[_needed(calls * part) for calls in CALLS] for part in (1.0, *WEEK[5:])])
    days[0, SHORT] = round(LEFT * days[0, SHORT])
    return days[[0, 0, 0, 0, 0, 1, 2]]


def _needed(calls: float) -> int:
    return CallCentre(calls=calls, talk=TALK / 60, patience=PATIENCE / 60).needed()
