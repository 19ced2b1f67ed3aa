"""Verdicts on facts of one firm: what was counted, and what cannot be concluded from it."""

from __future__ import annotations

from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried, values

SUPPOSED = 0.4
"""A supposition: the share with foot trouble among all people, to show what choosing whom to ask can do."""
STOUT = 0.02
"""A supposition: stout as a part of all beer, to show what the choice of a market does to a share of it."""
HELD = 0.9
"""A supposition: what the countries where a beer is sold hold of its market."""
LARGE_SHARE = 0.5
"""Above this a share of all the world's beer is called impossible: a judgement, not a count."""


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


def ms_suppliers(over50: int, over30: int, stores: int, countries: int) -> Tried:
    """A retailer's suppliers who stayed for decades, and those of whom nothing is said."""
    least = max(over50, over30)
    few, many = round(1.1 * least), 10 * least
    text = _(
        "What was counted, according to the case: at least {over50} suppliers of more than 50 years, at least {over30} "
        "of more than 30, one of more than 100; over {stores} shops; goods sold in over {countries} countries. All are "
        "lower bounds, without a date. What does not follow: how long a supplier usually stays. One sees only those "
        "who stayed. {least} who are still there after 30 years may be left of {few} who began, which is a loss of "
        "{slow} a year, or of {many}, which is {fast}. Nor can one bound be divided by the other to say how many of 30 "
        "years reach 50: of both the true number may be larger, and they began at different times. Nor is it shown "
        "that long relations made the firm successful: a successful firm is also one that suppliers do not leave, and "
        "one that buys almost all of a supplier's goods is hard to leave."
    )
    slow, fast = (1 - (least / began) ** (1 / 30) for began in (few, many))
    words = [text.format(
        over50=number(over50), over30=number(over30), stores=number(stores), countries=number(countries),
        least=number(least), few=number(few), many=number(many), slow=percent(slow, 1), fast=percent(fast, 1),
    )]  # fmt: skip
    if over50 > over30:
        words.append(_("Whoever has stayed for 50 years has stayed for 30: the smaller bound then says nothing."))
    return Tried(None, prose(words))


def gold_card_members(members: int, known: int) -> Tried:
    """A department store's card: how many hold it, and how many of them can be the heaviest buyers."""
    heavy = values("heavy_buyers")["share"]
    few = round(heavy * known)
    told = {
        "members": number(members), "known": number(known), "share": percent(members / known, 1),
        "heavy": percent(heavy, 1), "few": number(few), "times": short(members / few, 1),
    }  # fmt: skip
    text = _(
        "What was counted, according to the case: {members} holders of the gold card a year after it began, of {known} "
        "customers known to the firm, which is {share}."
    )
    words = [text.format(**told)]
    if members > few:
        text = _(
            "The card was meant to keep the {heavy} who buy most, {few} people; the holders are {times} times as many. "
            "Even if all of those hold it, {others} of the holders ({part}) are somebody else, and the case does not "
            "say who: customers who buy less, or people who were not known before."
        )
        words.append(text.format(**told, others=number(members - few), part=percent(1 - few / members, 1)))
    else:
        text = _("The card was meant to keep the {heavy} who buy most, {few} people: not even all of them hold it.")
        words.append(text.format(**told))
    text = _(
        "What does not follow: that the card brought sales, for that many hold it does not show. The "
        "case says that holders spent more than a control group, but not how much more, nor how many were in it, nor "
        "how it was chosen. If holders chose to hold and the control group did not, they differed before: those "
        "invited, whether they joined or not, are to be set against the control group."
    )
    return Tried(None, prose([*words, text]))


def guinness_reach(countries: int, share: float) -> Tried:
    """A brewer's share of a market that is not named."""
    told = {"countries": number(countries), "share": percent(share, 1), "rest": percent(1 - share, 1)}
    text = _(
        "What was counted, according to the case: a stout sold in more than {countries} countries, with {share} of the "
        "world market. Share of what? The case does not say."
    )
    words = [text.format(**told)]
    if share > LARGE_SHARE:
        text = _(
            "Of all beer it cannot be: it would leave {rest} to all other brewers of the world together, and the same "
            "case tells of cheaper brands that press it hard. At most it is a share of stout, or of some kind of stout."
        )
    else:
        text = _("It would leave {rest} to all others; whether of beer or of stout, the number alone does not tell.")
    words.append(text.format(**told))
    text = _(
        "The narrower one draws a market, the larger the share: of its own brand every firm has 100%. Suppose that "
        "{stout} of all beer is stout: {share} of stout would be {beer} of beer."
    )
    words.append(text.format(**told, stout=percent(STOUT), beer=percent(STOUT * share, 1)))
    there = share / HELD
    text = (
        _(
            "Suppose further that the countries where it is sold hold {held} of the market, whichever it is: there its "
            "share would have to be {there}."
        )
        if there <= 1
        else _(
            "Suppose further that the countries where it is sold hold {held} of the market, whichever it is: there its "
            "share would have to be {there}, which is impossible."
        )
    )
    words.append(text.format(held=percent(HELD), there=percent(there, 1)))
    text = _(
        "What does not follow: that it is strong in any one place, for the case itself is about one where sales fall; "
        "that its drinkers are loyal; or how many they are, for the firm did not know who its customers were."
    )
    return Tried(None, prose([*words, text]))
