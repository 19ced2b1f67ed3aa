"""Verdicts on how many people hear of it, and on what a bad impression weighs."""

from __future__ import annotations

from crmlab.experiments.word_of_mouth import WordOfMouth
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried, values


def _readings(alt_low: int, alt_high: int, alt_share: float, alt_tail: int) -> tuple[WordOfMouth, WordOfMouth]:
    """Two readings of "of whom 20% tell 20 more": of those who are told, and of the customers."""
    told = {"told_low": alt_low, "told_high": alt_high}
    hearers = WordOfMouth(**told, pass_on_share=alt_share, pass_on_number=alt_tail, generations=1)
    customers = WordOfMouth(**told, talker_share=alt_share, talker_number=alt_tail, pass_on_share=0, generations=0)
    return hearers, customers


def dissatisfied_tells(low: int, high: int, alt_low: int, alt_high: int, alt_share: float, alt_tail: int) -> Tried:
    """How many people hear of it by each of the claim's sentences, and when would these agree?

    The experiment is the reading that has a second round, so that all of the claim's numbers can be moved in it.
    """
    first = WordOfMouth(told_low=low, told_high=high, pass_on_share=0, generations=0)
    hearers, customers = _readings(alt_low, alt_high, alt_share, alt_tail)
    month = hearers.expected(1).iloc[1]
    agree = (first.mean * month["dissatisfied"] / month["told"] - 1) / alt_tail
    text = _(
        "The course's slides disagree. {low} to {high} people told make {first} on average. {alt_low} to {alt_high}, "
        "“of whom {share} tell {tail} more”, make {hearers} if this means those who were told, and {customers} if it "
        "means the customers."
    )
    words = [text.format(
        low=number(low), high=number(high), first=short(first.mean), alt_low=number(alt_low), alt_high=number(alt_high),
        share=percent(alt_share, 1), tail=number(alt_tail), hearers=short(hearers.mean),
        customers=short(customers.mean),
    )]  # fmt: skip
    if 0 <= agree <= 1:
        text = _(
            "The first reading agrees with the other slides only if {agree} of the hearers pass it on, not {share}."
        )
        words.append(text.format(agree=percent(agree, 1), share=percent(alt_share, 1)))
    text = _(
        "TARP as passed on (9 to 10 told, 13% tell more than 20) comes to {traced} in our model of it, and speaks of "
        "customers who were not satisfied with the handling. Anderson (1998) finds the gap between bad and good talk "
        "exaggerated."
    )
    words.append(text.format(traced=short(WordOfMouth.traced().mean)))
    return Tried(hearers, prose(words))


def negative_offset(positive_per_negative: float) -> Tried:
    """How few bad impressions, and how few dissatisfied customers, could a firm afford if it were so?

    The experiment is the milder reading of the slides on word of mouth, which is probably the one that was meant.
    """
    told = values("dissatisfied_tells")
    strong, mild = (
        reading.model_copy(update={"offset": positive_per_negative})
        for reading in _readings(*(told[name] for name in ("alt_low", "alt_high", "alt_share", "alt_tail")))
    )
    text = _(
        "If one bad impression weighs as much as {offset} good ones, the good ones win only where fewer than {bad} of "
        "all impressions are bad. Talk makes it steeper. Let a bad story reach {mild} people (the milder reading of "
        "the slides) and a satisfied customer tell {tell} (an assumption): then one dissatisfied customer takes "
        "{needed} satisfied ones, and by this reckoning no firm with more than {edge} dissatisfied could have a good "
        "name. In the stronger reading ({strong} people) it takes {strong_needed}, and the limit is {strong_edge}. See "
        "whether you know a firm with more dissatisfied customers than that, and a good name. Bad impressions may well "
        "weigh more than good ones; for this number we know of no study."
    )
    words = text.format(
        offset=short(positive_per_negative), bad=percent(1 / (1 + positive_per_negative), 1), mild=short(mild.mean),
        tell=short(mild.satisfied_tell), needed=short(mild.satisfied_needed), strong=short(strong.mean),
        edge=percent(1 / (1 + mild.satisfied_needed), 1), strong_needed=short(strong.satisfied_needed),
        strong_edge=percent(1 / (1 + strong.satisfied_needed), 1),
    )  # fmt: skip
    return Tried(mild, words)
