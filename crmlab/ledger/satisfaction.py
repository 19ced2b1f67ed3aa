"""Verdicts on what satisfaction does to loyalty and to growth."""

from __future__ import annotations

import math

from crmlab.experiments.satisfaction_loyalty import SatisfactionLoyalty
from crmlab.experiments.service_growth import ServiceGrowth
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried

HALF = 0.5
"""A supposition: half of the 4s buy again, or half of the freedom is there, to show what that does to a ratio."""


def five_vs_four(ratio: float) -> Tried:
    """At which loyalty of 4s, and how free to leave, can 5s be so many times as likely to buy again?"""
    free = SatisfactionLoyalty(ratio=ratio, freedom=1, top=1)
    if ratio == 1:
        return Tried(free, _("Once as likely is no difference: the claim would then say nothing about satisfaction."))
    text = _(
        "A share cannot exceed 100%. Even if every 5 buys again, {ratio} times as likely leaves the 4s {most} at most, "
        "and that is the first condition; each 5 who does not come back lowers it."
    )
    words = [text.format(ratio=short(ratio), most=percent(free.most_for_fours, 1))]
    if free.most_for_fours < HALF:
        text = _("Where {half} of the 4s buy again, the ratio is {times} at best, and the claim is false.")
        words.append(text.format(half=percent(HALF), times=short(1 / HALF)))
    else:
        text = _("So it can hold even where {half} of the 4s buy again.")
        words.append(text.format(half=percent(HALF)))
    partly, captive = (free.model_copy(update={"freedom": freedom}) for freedom in (HALF, 0))
    text = _(
        "The second condition is that customers can leave. In our model (the form of the curve is ours; no points of "
        "the published one are known) the ratio is {ratio} if all are entirely free, {partly} if they are half so, "
        "and {captive} where nobody has a choice."
    )
    words.append(text.format(ratio=short(free.five_to_four), partly=short(partly.five_to_four, 2),
                             captive=short(captive.five_to_four)))  # fmt: skip
    odds = ratio * HALF / (1 - HALF)
    text = _(
        "Two other readings: taken to the letter, the slides' words say {ratio} times “more”, which makes {more} times "
        "and {less} for the 4s; and if odds are meant, not shares, there is no such limit: with {half} of the 4s, "
        "{five} of the 5s would buy again."
    )
    words.append(text.format(ratio=short(ratio), more=short(ratio + 1), less=percent(1 / (ratio + 1), 1),
                             half=percent(HALF), five=percent(odds / (1 + odds), 1)))  # fmt: skip
    text = _(
        "Nor does it follow that a 4 whom you make a 5 becomes so loyal: 5s and 4s are different people, and nobody "
        "was moved."
    )
    return Tried(free, prose([*words, text]))


RETURN_ON_SALES = (0.12, 0.01)
"""What PIMS, as Peters (1987) prints it, gives for good and for poor service: a return on sales, not a growth."""
SAME = 0.005
"""Shares of a market that differ by less are taken for the same."""


def good_service_growth(good_growth: float, good_share: float, poor_growth: float, poor_share: float) -> Tried:
    """Is there a market in which the claim's four numbers fit each other, and how long could it last?"""
    market = ServiceGrowth(
        good_growth=good_growth, poor_growth=poor_growth, good_change=good_share, poor_change=poor_share
    )
    words, fits = [], market.fits()
    if (good_growth, poor_growth) == RETURN_ON_SALES:
        text = _(
            "The source prints {good} and {poor} as return on sales: what a firm keeps of what it sells. That is no "
            "growth, so the first half of the claim is a misreading."
        )
        words.append(text.format(good=percent(good_growth, 1), poor=percent(poor_growth, 1)))
    text = _(
        "Read as growth, {good} against {poor} makes the good firms' share change by {gain} a year {first}, and the "
        "poor firms' share by {loss} {second}; what the ones win is what the others lose {third}."
    )
    words.append(text.format(
        good=percent(good_growth, 1), poor=percent(poor_growth, 1), gain=percent(good_share, 1),
        loss=percent(poor_share, 1), first=_where(fits.growths), second=_where(fits.poor), third=_where(fits.sum),
    ))  # fmt: skip
    shares = [share for share in fits if share is not None]
    if len(shares) == len(fits) and max(shares) - min(shares) < SAME:
        text = _(
            "So the four numbers fit one market, in which the good firms hold {share}; but for one year, since their "
            "share then changes."
        )
        words.append(text.format(share=percent(shares[-1], 1)))
    else:
        words.append(_("So there is no market in which all four numbers hold at once."))
    in_percent, in_points = market.breaks()
    if in_percent < math.inf and in_points < math.inf:
        text = _(
            "Nor can it go on: from {start} of the market (an assumption), {gain} more every year would be over 100% "
            "in year {year}, and {points} points for each of {firms} good firms in year {sooner}. As growth has it, "
            "they would hold {end} by year {year}, and where all firms are good, none gains."
        )
        words.append(text.format(
            start=percent(market.good_share, 1), gain=percent(good_share, 1), year=number(in_percent),
            points=short(100 * good_share), firms=number(market.good_firms), sooner=number(in_points),
            end=percent(market.shares(min(in_percent, 100))[-1], 1),
        ))  # fmt: skip
    else:
        words.append(_("A share that does not grow can go on for ever; but then good service wins no share."))
    words.append(_(
        "As averages over firms in many different markets, which is what PIMS compares, such numbers contradict "
        "nothing. But a comparison is not yet an effect: firms that earn well can also afford good service."
    ))  # fmt: skip
    return Tried(market, prose(words))


def _where(share: float | None) -> str:
    """For which share of the good firms something is so, as a part of a sentence."""
    return (
        _("at no one share")
        if share is None
        else _("only where the good ones hold {share}").format(share=percent(share, 1))
    )
