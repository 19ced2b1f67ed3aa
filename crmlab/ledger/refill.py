"""Verdict on the rice merchant's arithmetic: when is the jar empty, and what follows for his trade?"""

from __future__ import annotations

from crmlab.experiments.refill import VARIATION, RefillRound
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried

SAFE = 0.95
"""Part of the jars that the merchant of the verdict wants to find not yet empty."""
AHEAD = 12
"""Months that the verdict looks ahead."""


def rice_jar(people: int, bowls_each: float, jar: float, merchants: int) -> Tried:
    """How long does the jar last, how sure is that, and does the record book alone win the village?"""
    village = RefillRound(people=people, bowls=bowls_each, jar=jar, merchants=merchants)
    guest = village.model_copy(update={"people": people + 1})
    on_the_day = village.model_copy(update={"reserve": 0})
    text = _(
        "{jar} bowls for {people} at {bowls} bowls a day each are {days} days: so far it is division, and right. It "
        "holds while nobody is away, nobody visits and all eat alike: one more at table makes it {guest} days. Suppose "
        "that the days a jar lasts vary by {variation} (an assumption): who comes on that very day finds {late} of "
        "such jars empty already. To find at most {risk} empty he must come by day {safe}. The record is only as good "
        "as the answers: it must be kept up."
    )
    words = [text.format(
        jar=short(jar), people=number(people), bowls=short(bowls_each), days=short(village.refill_days, 2),
        guest=short(guest.refill_days, 2), variation=percent(VARIATION), late=percent(on_the_day.late),
        risk=percent(1 - SAFE), safe=short(village.day_for(SAFE)),
    )]  # fmt: skip
    if merchants == 1:
        words.append(_("With one merchant there is nobody to win homes from."))
        return Tried(village, prose(words))
    text = _(
        "That it wins the village does not follow from the division. An even share among {merchants} merchants is "
        "{even}. If an empty jar makes {joins} of the homes change to the one who delivers (an assumption), he has "
        "{share} after {months} months while nobody copies him; if it makes none change, he keeps {even}, however good "
        "his book."
    )
    share = village.shares(AHEAD, copiers=0)[-1, 0]
    words.append(text.format(
        merchants=number(merchants), even=percent(1 / merchants, 1), joins=percent(village.joins, 1),
        share=percent(share, 1), months=number(AHEAD),
    ))  # fmt: skip
    return Tried(village, prose(words))
