"""Verdicts on how many people hear of it, on what good talk brings, and on what a bad impression weighs."""

from __future__ import annotations

from crmlab.experiments.word_of_mouth import Referrals, WordOfMouth
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


def _talk(low: int, high: int, satisfied: float, new: float) -> Referrals | None:
    """Satisfied customers who tell and bring as many as claimed; None where more would come than are told."""
    told = satisfied * (low + high) / 2
    if new > told:
        return None
    return Referrals(satisfied=satisfied, told_low=low, told_high=high, won_share=new / told if told else 0)


def _bad_talk() -> WordOfMouth:
    """The slides' dissatisfied customer, whose hearers tell nobody."""
    told = values("dissatisfied_tells")
    return WordOfMouth(told_low=told["low"], told_high=told["high"], pass_on_share=0, generations=0)


def satisfied_tells(low: int, high: int) -> Tried:
    """What else must hold if so many are told, given the other claims of the same slides?"""
    other, bad = values("satisfied_brings_new"), _bad_talk()
    talk = _talk(low, high, **other)
    text = _("{low} to {high} people told make {mean} on average, if each number is as likely as the others.")
    mean = (low + high) / 2
    words = [text.format(low=number(low), high=number(high), mean=short(mean))]
    shown = {
        "satisfied": number(other["satisfied"]), "new": number(other["new"]), "mean": short(mean), "low": number(low),
        "high": number(high),
    }  # fmt: skip
    if talk is None:
        text = _(
            "The same slides have {satisfied} satisfied customers bring {new} new ones: more than hear of it, so the "
            "two cannot both be true."
        )
        words.append(text.format(**shown))
    else:
        text = _(
            "The same slides have {satisfied} satisfied customers bring {new} new ones. Both can be true only where "
            "{share} of those who hear it come: one telling in {one_in} wins a customer."
        )
        words.append(text.format(share=percent(talk.won_share, 1), one_in=_one_in(talk.won_share), **shown))
        ends = [_talk(people, people, **other) for people in (low, high)]
        if None not in ends and low < high:
            text = _("If all told {low} it would be one in {few}, if all told {high} one in {many}: {most} to {least}.")
            words.append(text.format(
                few=_one_in(ends[0].won_share), many=_one_in(ends[1].won_share), most=percent(ends[0].won_share, 1),
                least=percent(ends[1].won_share, 1), **shown,
            ))  # fmt: skip
        words.append(_(
            "The condition is that the hearers need the thing and are not customers yet; in a market where most are "
            "customers already, the same talk wins far fewer."
        ))  # fmt: skip
    text = _(
        "By the slides a dissatisfied customer tells {bad}, {times} times as many. Counting tellings, bad talk is the "
        "louder where more than {edge} of the customers are dissatisfied. TARP as passed on has 4 to 5 told by "
        "customers satisfied with the handling of a complaint and 9 to 10 by the others, about twice as many; Anderson "
        "(1998) finds the gap exaggerated. For {low} to {high} we know of no study."
    )
    if mean:
        times, edge = bad.mean / mean, mean / (mean + bad.mean)
        words.append(text.format(
            bad=short(bad.mean), times=short(times), edge=percent(edge, 1), low=number(low), high=number(high)
        ))  # fmt: skip
    return Tried(talk or Referrals(told_low=low, told_high=high), prose(words))


def satisfied_brings_new(satisfied: float, new: float) -> Tried:
    """What does it come to when the new ones talk too, and what does it take for a firm to live on it?"""
    told, bad = values("satisfied_tells"), _bad_talk()
    talk = _talk(**told, satisfied=satisfied, new=new)
    if talk is None:
        text = _(
            "By the same slides {satisfied} satisfied customers tell {told} people; {new} new customers are more than "
            "hear of it, so the two cannot both be true."
        )
        heard = number(satisfied * (told["low"] + told["high"]) / 2)
        return Tried(
            Referrals(satisfied=satisfied, told_low=told["low"], told_high=told["high"], won_share=1),
            text.format(satisfied=number(satisfied), told=heard, new=number(new)),
        )
    rounds = talk.by_round()
    if talk.brings < 1:
        text = _(
            "Each brings {brings} new customers. If these are satisfied too and bring as many, a second round brings "
            "{second}, a third {third}, and all together 1 / (1 - {brings}) = {times} customers stand where one stood: "
            "{satisfied} become {level}. So word of mouth of this strength multiplies what is won otherwise by "
            "{times}, and runs dry by itself: it feeds itself only where each brings at least one, and that would take "
            "{needed} new ones. If the {new} are meant as the sum of all rounds, each brings only {less}."
        )
        level = talk.multiplication * satisfied
        words = [text.format(
            brings=short(talk.brings, 3), second=short(rounds[2], 2), third=short(rounds[3], 2),
            times=short(talk.multiplication, 2), satisfied=number(satisfied), level=number(level),
            needed=number(satisfied), new=number(new), less=short(talk.brings / (1 + talk.brings), 2),
        )]  # fmt: skip
    else:
        text = _(
            "Each brings {brings} new customers. At one or more the talk feeds itself, if the new ones are satisfied "
            "and bring as many: the firm would grow without winning anybody otherwise, until the market is used up. "
            "Ask how long it went on."
        )
        words = [text.format(brings=short(talk.brings, 3))]
    if talk.won_share:
        text = _(
            "With the {mean} people whom a satisfied customer tells by the same slides, {share} of the hearers must "
            "come. That is the condition, and it counts satisfied customers only: if a dissatisfied one, who tells "
            "{bad}, drives away as great a share of those who hear it (an assumption), that undoes {undone} new "
            "customers, the work of {work} satisfied ones. Above {edge} dissatisfied, talk would cost more customers "
            "than it wins."
        )
        words.append(text.format(
            mean=short(talk.tells), share=percent(talk.won_share, 1), bad=short(bad.mean),
            undone=short(bad.mean * talk.won_share, 2), work=short(bad.mean / talk.tells),
            edge=percent(talk.tells / (talk.tells + bad.mean), 1),
        ))  # fmt: skip
    words.append(_("We know of no study for this number."))
    return Tried(talk, prose(words))


def _one_in(share: float) -> str:
    """So many tellings for each one that wins a customer."""
    return short(1 / share) if share else number(float("inf"))
