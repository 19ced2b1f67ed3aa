"""Verdicts on facts of one firm: what was counted, and what cannot be concluded from it."""

from __future__ import annotations

from crmlab.language.catalogue import _, number, percent, short
from crmlab.ledger.book import Tried

SUPPOSED = 0.4
"""A supposition: the share with foot trouble among all people, to show what choosing whom to ask can do."""


def foot_problems(share: float, n: int, stores: int) -> Tried:
    """A shoe firm's survey of feet."""
    text = _(
        "What was counted, according to the case: more than {n} questionnaires on the feet of people in Taiwan, by a "
        "shoe firm with {stores} shops; about {share} had foot trouble. What does not follow: that {share} of all "
        "people have it, for the case does not say how those asked were chosen. Suppose that {supposed} of all people "
        "have it and that they are {times} times as likely to fill in the sheet as the others: the survey would show "
        "{share} just the same. That the number is large does not help: {n} answers cure chance (to within {error} "
        "points, in 19 cases of 20), not asking the wrong people. Nor does it follow that shoes are the cause, as the "
        "case says of most, or that care keeps customers: the survey says nothing about churn."
    )
    words = text.format(
        n=number(n), stores=number(stores), share=percent(share, 1), supposed=percent(SUPPOSED),
        times=short(share / (1 - share) * (1 - SUPPOSED) / SUPPOSED),
        error=short(196 * (share * (1 - share) / n) ** 0.5),
    )  # fmt: skip
    return Tried(None, words)
