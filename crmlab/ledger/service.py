"""Verdicts on service: what lines and hotlines take."""

from __future__ import annotations

from crmlab.experiments.call_centre import CallCentre
from crmlab.experiments.frames import YEAR
from crmlab.experiments.hotline import WORKDAYS, HotlineDemand, chance, rarely
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried

UNLIKELY = 0.001
"""Chances below this are not put down to bad luck."""
LOCAL_CALLS, LOCAL_TALK, LOCAL_PATIENCE = 60, 4, 3
"""Suppositions: calls in the busy hour of a local centre, minutes of a talk, minutes of a caller's patience."""
DOUBLE = 2
"""Suppositions: what "far exceeded" would be at least, if a month's share of the forecast is meant."""


def hotline_demand(expected_per_year: float, centres: int) -> Tried:
    """Can chance explain a forecast so far exceeded, and what do lines cost that are kept apart?"""
    desk = HotlineDemand(forecast=expected_per_year, multiple=YEAR)
    told = expected_per_year / YEAR
    text = _(
        "The case gives no number for the calls that came. If the first month exceeded the estimate for the year, "
        "more than {year} came where {month} were expected, at least {multiple} times as many; if the forecast were "
        "right, the chance would be: {chance}. If it exceeded only that month's share, and “far” means twice, it would "
        "be: {mild}."
    )
    words = [text.format(
        year=short(expected_per_year), month=short(told), multiple=number(YEAR), chance=rarely(desk.forecast, told),
        mild=rarely(DOUBLE * told, told),
    )]  # fmt: skip
    if chance(DOUBLE * told, told) < UNLIKELY:
        words.append(_("So on either reading the forecast was wrong; it was no bad luck."))
    elif chance(expected_per_year, told) < UNLIKELY:
        words.append(_("So on the first reading the forecast was wrong; on the second it can have been bad luck."))
    else:
        words.append(_("So few calls prove nothing: it can have been bad luck on either reading."))
    if days := desk.days_to_know():
        text = _("On the first reading, one could have known by the end of open day {days}.")
        words.append(text.format(days=number(days)))
    text = _(
        "Suppose {days} open days a year, {peak} of a day's calls in its busiest hour, {talk} minutes a call, and "
        "callers who give up after {patience} minutes on average. Agents needed then to answer {share} within "
        "{seconds} seconds: {planned} by forecast, {needed} for {multiple} times the calls."
    )
    words.append(text.format(
        peak=percent(desk.peak, 1), talk=short(desk.talk), share=percent(desk.share, 1), seconds=short(desk.seconds),
        needed=number(desk.agents()), multiple=number(YEAR), planned=number(desk.agents(forecast=True)),
        days=number(WORKDAYS), patience=short(desk.patience),
    ))  # fmt: skip
    if centres == 1:
        words.append(_("With one centre there are no lines apart, and nothing to join."))
        return Tried(desk, prose(words))
    apart = CallCentre(
        calls=LOCAL_CALLS * centres, talk=LOCAL_TALK, patience=LOCAL_PATIENCE, centres=centres, agents=centres
    )
    local, one = apart.needed(), apart.needed(centres=1)
    text = _(
        "That lines were engaged with {centres} centres has a reason in their number, too, though the case gives "
        "neither calls nor agents. Suppose that each has {calls} calls of {talk} minutes in its busy hour, and callers "
        "of the same patience: apart they need {local} agents together for the same aim over all calls, in one "
        "network {one}, which is {saved} fewer for the same calls. It holds if calls come independently and any agent "
        "can serve any caller; if all cities are busy for the same cause, or each needs its own dialect and its own "
        "file, joining saves less."
    )
    words.append(text.format(
        centres=number(centres), calls=number(LOCAL_CALLS), talk=number(LOCAL_TALK), local=number(local),
        one=number(one), saved=percent(1 - one / local),
    ))  # fmt: skip
    return Tried(desk, prose(words))
