"""Verdicts on how many stand behind a complaint, and on who buys again."""

from __future__ import annotations

from crmlab.experiments.complaints import LADDER, ComplaintIceberg, RepurchaseLadder
from crmlab.experiments.word_of_mouth import WordOfMouth
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried, values

PRINTED = 26
"""Dissatisfied customers for each complaint received, as popular versions of TARP print it."""
HEADS = 1000
"""Dissatisfied customers of whom a verdict speaks where the claim gives shares only."""


def _lost_in_silence(firm: ComplaintIceberg, leave: float) -> float:
    """Silent customers lost in a month if ``leave`` of the silent leave."""
    return firm.model_copy(update={"silent_leave": leave, "complaining_leave": 0}).expected(1)["lost"].iloc[1]


def complaint_iceberg(complaints: int, dissatisfied: float, silent: float, serious: float, defect: float) -> Tried:
    """At which complaint rate do so many stand behind a complaint, and what else fits one complaint?"""
    firm = ComplaintIceberg(
        complaints=complaints, complaint_rate=complaints / dissatisfied, serious_share=serious / silent,
        silent_leave=defect,
    )  # fmt: skip
    month, hidden, beliefs = firm.expected(1).iloc[1], firm.hidden(), firm.by_belief()
    text = _(
        "Complaints received: {complaints}. Counting those who complained, {dissatisfied} customers are dissatisfied, "
        "{silent} of them silent, where {rate} complain; this rate is the condition. ({printed}, as popular versions "
        "of the study have it, would be a rate of {printed_rate}.) Even with the right rate, chance leaves {low} to "
        "{high} possible in nine cases of ten. Rates in print run from {least} to {most}, for different problems and "
        "different ears; with them it would most likely be {many}, or {few}. So measure your own."
    )
    words = [text.format(
        complaints=number(complaints), dissatisfied=short(month["dissatisfied"]), silent=short(month["silent"]),
        rate=percent(firm.complaint_rate, 1), printed=number(PRINTED), printed_rate=percent(1 / PRINTED, 1),
        low=number(hidden.low), high=number(hidden.high), least=percent(beliefs["complaint_rate"].min()),
        most=percent(beliefs["complaint_rate"].max()), many=number(beliefs["most_likely"].max()),
        few=number(beliefs["most_likely"].min()),
    )]  # fmt: skip
    other = values("silent_majority")["never_return"]
    text = _(
        "Of whom {defect} is a share, the slides do not say. Of the silent it is {of_silent} customers lost, of all "
        "dissatisfied {of_all}; the course's other slides have {other} of the silent leave, which is {by_other}."
    )
    words.append(text.format(
        defect=percent(defect), of_silent=short(_lost_in_silence(firm, defect)),
        of_all=short(month["dissatisfied"] * defect), other=percent(other),
        by_other=short(_lost_in_silence(firm, other)),
    ))  # fmt: skip
    return Tried(firm, prose(words))


def silent_majority(voice: float, silent: float, never_return: float) -> Tried:
    """How many leave in silence, and do the claim's shares belong to the same kind of purchase?"""
    firm = ComplaintIceberg(complaints=round(HEADS * voice), complaint_rate=voice, silent_leave=never_return)
    most = firm.by_belief()["complaint_rate"].max()
    loud = firm.model_copy(update={"complaints": round(HEADS * most), "complaint_rate": most})
    other = values("complaint_iceberg")
    text = _(
        "{voice} and {silent} make {sum}. Of {heads} dissatisfied customers {quiet} then say nothing, and {lost} leave "
        "in silence for good. The course's other slides put the complaint rate at {other_rate}, and those who go "
        "elsewhere at {defect}; if of the silent, that would be {other_lost}. The condition is a small purchase and a "
        "complaint that has to reach the maker. Where {most} tell someone, as households with a serious problem did "
        "(TARP 1979), {few} are silent, and {few_lost} of these would leave."
    )
    words = [text.format(
        voice=percent(voice, 1), silent=percent(silent, 1), sum=percent(voice + silent, 1), heads=number(HEADS),
        quiet=number(firm.expected(1)["silent"].iloc[1]), lost=number(_lost_in_silence(firm, never_return)),
        other_rate=percent(other["complaints"] / other["dissatisfied"], 1), defect=percent(other["defect"]),
        other_lost=number(_lost_in_silence(firm, other["defect"])), most=percent(most),
        few=number(loud.expected(1)["silent"].iloc[1]), few_lost=number(_lost_in_silence(loud, never_return)),
    )]  # fmt: skip
    small, large = (1 - row["silent"] for row in LADDER.values())
    text = _(
        "In TARP's table {small} of the silent will not buy again after a loss of 1 to 5 dollars, {large} after one of "
        "over 100."
    )
    words.append(text.format(small=percent(small), large=percent(large)))
    if abs(never_return - large) < abs(never_return - small):
        text = _(
            "{never} is near the large losses, while {voice} belongs to small ones: perhaps the sentence joins two "
            "kinds of purchase. We cannot prove it."
        )
        words.append(text.format(never=percent(never_return), voice=percent(voice, 1)))
    return Tried(firm, prose(words))


def _large_losses(share: float, rung: str) -> float | None:
    """The part of problems over 100 dollars at which ``share`` on this rung buy again; None where there is none."""
    small, large = (RepurchaseLadder(large_loss=part).repurchase[rung] for part in (0, 1))
    part = round((small - share) / (small - large), 9)
    return part if 0 <= part <= 1 else None


def _condition(numbers: str, part: float | None) -> str:
    """For which losses the numbers hold, as a sentence; ``part`` of the problems cost over 100 dollars."""
    if part is None:
        text = _("{numbers}: no mixture of these two kinds of loss gives this.")
    elif part == 0:
        text = _("{numbers}: this holds where every problem costs the customer 1 to 5 dollars.")
    elif part == 1:
        text = _("{numbers}: this holds where every problem costs the customer over 100 dollars.")
    else:
        text = _(
            "{numbers}: this holds where {part} of the problems cost the customer over 100 dollars, the rest 1 to 5."
        )
    return text.format(numbers=numbers, part=percent(part or 0))


def _conditions(claimed: dict[str, float | None]) -> list[str]:
    """A sentence for each number, or one for all where the condition is the same."""
    if len(set(claimed.values())) == 1:
        claimed = {_(" and ").join(claimed): next(iter(claimed.values()))}
    return [_condition(numbers, part) for numbers, part in claimed.items()]


def recovery_return(handled: float, on_the_spot: float, tells: float) -> Tried:
    """For which losses do so many come back, and how much of it is the answer's work?"""
    parts = _large_losses(handled, "resolved"), _large_losses(on_the_spot, "quickly")
    shop = RepurchaseLadder(large_loss=parts[0] or 0)
    small, large = (shop.model_copy(update={"large_loss": part}).repurchase for part in (0, 1))
    text = _(
        "In TARP's table the share who will buy again depends on the loss: {slow_large} to {slow_small} once the "
        "complaint is resolved, {quick_large} to {quick_small} if quickly; the first of each for a loss over 100 "
        "dollars, the second for one of 1 to 5."
    )
    words = [text.format(
        slow_large=percent(large["resolved"]), slow_small=percent(small["resolved"]),
        quick_large=percent(large["quickly"]), quick_small=percent(small["quickly"]),
    )]  # fmt: skip
    words += _conditions({percent(handled, 1): parts[0], percent(on_the_spot, 1): parts[1]})
    buys, talk = shop.repurchase, WordOfMouth.handled()
    if parts[0] is not None:
        text = _(
            "Where the first number holds, {vain} of those who complained in vain buy again too; so the answer adds "
            "{answer} points at most, a quick one {quick}."
        )
        words.append(text.format(
            vain=percent(buys["unresolved"], 1), answer=short(100 * (buys["resolved"] - buys["unresolved"])),
            quick=short(100 * (buys["quickly"] - buys["unresolved"])),
        ))  # fmt: skip
    text = _(
        "People said what they would do; nobody checked what they did. As for talk, TARP as passed on has {low} to "
        "{high} people told, {mean} on average; the slides say {tells}."
    )
    words.append(text.format(
        low=number(talk.told_low), high=number(talk.told_high), mean=short(talk.mean), tells=short(tells)
    ))  # fmt: skip
    return Tried(shop, prose(words))


def repurchase_ladder(silent: float, unresolved: float, resolved: float, quickly: float) -> Tried:
    """For which losses does the ladder stand, and which of its steps may a firm put down to its answers?"""
    claimed = {"silent": silent, "unresolved": unresolved, "resolved": resolved, "quickly": quickly}
    part = _large_losses(resolved, "resolved")
    shop = RepurchaseLadder(large_loss=1 if part is None else part)
    buys, small = shop.repurchase, RepurchaseLadder(large_loss=0).repurchase
    if any(abs(buys[rung] - share) > 0.005 for rung, share in claimed.items()):
        part = None
    listed = {rung: percent(share, 1) for rung, share in claimed.items()}
    words = [_condition(_("{silent}, {unresolved}, {resolved} and {quickly}").format(**listed), part)]
    if part is not None:
        words.append(_(
            "The slides print the first three without labels and credit McKinsey, which we could not verify; the "
            "labels and the fourth number are TARP's."
        ))  # fmt: skip
    text = _(
        "For losses of 1 to 5 dollars the same rungs are {silent}, {unresolved}, {resolved} and {quickly}. The step "
        "from silent to unresolved, {first} points, need not be the firm's merit: perhaps those complain who would "
        "rather stay. Resolving adds {second} points and speed {third} more, if the table shows cause and effect. It "
        "is a survey of intentions, no experiment."
    )
    words.append(text.format(
        **{rung: percent(share, 1) for rung, share in small.items()},
        first=short(100 * (buys["unresolved"] - buys["silent"])),
        second=short(100 * (buys["resolved"] - buys["unresolved"])),
        third=short(100 * (buys["quickly"] - buys["resolved"])),
    ))  # fmt: skip
    return Tried(shop, prose(words))
