"""Verdicts on what winning and losing a customer costs. Money, churn and discount are assumptions, not the claims'."""

from __future__ import annotations

from crmlab.experiments.acquisition import AcquisitionVersusRetention
from crmlab.experiments.lifetime_value import CustomerLifetimeValue
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.ledger.book import Tried


def acquisition_cost_ratio(low: float, high: float) -> Tried:
    """Is the first customer saved cheaper than the first one won, at the claim's ratios?"""
    firm = AcquisitionVersusRetention(cost_ratio=high, churn=0.3, savable=0.5)
    needed, churn_needed = firm.ratio_needed, firm.churn * firm.ratio_needed / high
    text = _(
        "The ratio sets one customer won against one customer cared for. But care goes to all, since nobody knows "
        "beforehand who would leave. Suppose that {churn} would leave in a year and that care can hold {savable} of "
        "these. Then the first customer saved costs {dear} yuan at {low} times and {cheap} yuan at {high} times, and "
        "the first one won costs {won}."
    )
    words = [text.format(
        churn=percent(firm.churn, 1), savable=percent(firm.savable, 1), low=short(low), high=short(high),
        dear=number(firm.model_copy(update={"cost_ratio": low}).cost_of_saved), cheap=number(firm.cost_of_saved),
        won=number(firm.winning_cost),
    )]  # fmt: skip
    if needed > high:
        words.append(_("So at neither ratio is saving the cheaper way; it is from {needed} times on.").format(
            needed=short(needed)
        ))  # fmt: skip
        if churn_needed < 1:
            text = _(
                "Or the other way round: at {high} times it is cheaper where more than {churn} would leave in a year."
            )
            words.append(text.format(high=short(high), churn=percent(churn_needed)))
    elif needed > low:
        words.append(_("So the claim's two ends disagree: saving is the cheaper way from {needed} times on.").format(
            needed=short(needed)
        ))  # fmt: skip
    else:
        words.append(_("So at both ratios saving is the cheaper way; it is from {needed} times on.").format(
            needed=short(needed)
        ))  # fmt: skip
    words.append(_("Which ratio a firm has, no model can say; its books can."))
    return Tried(firm, prose(words))


def acquisition_cost_example(yuan: float, minutes: float) -> Tried:
    """What is lost with a customer: the price once paid, or what was still to come?"""
    customer = CustomerLifetimeValue(margin=6000, retention=0.7, discount=0.1, acquisition_cost=yuan)
    text = _(
        "The {yuan} yuan are spent, and no minute can spend them again. What a lost customer takes along is what was "
        "still to come: with a margin of {margin} yuan a year, {retention} of customers kept each year and a discount "
        "rate of {discount} (assumptions) it is {ahead} yuan. It equals the price once paid only where the margin is "
        "{edge} yuan a year; with more, more is lost, and with less, less."
    )
    words = [text.format(
        yuan=number(yuan), margin=number(customer.margin), retention=percent(customer.retention, 1),
        discount=percent(customer.discount, 1), ahead=number(customer.value + customer.acquisition_cost),
        edge=number(yuan / customer.multiple),
    )]  # fmt: skip
    text = _("The time in the claim ({minutes} min) is a figure of speech: we know of no count behind it.")
    words.append(text.format(minutes=short(minutes)))
    return Tried(customer, prose(words))


def replacement_ratio(new_per_lost: float) -> Tried:
    """How many new customers make good one lost, by how far one looks ahead?"""
    firm = AcquisitionVersusRetention(replacement=new_per_lost, keeping=0, churn=0.3)
    nobody_stays = firm.model_copy(update={"churn": 1})
    text = _(
        "Counted in heads, one new customer makes good one lost. Counted in money, {one} are needed if a new customer "
        "brings {share} of an old one's margin in the first year, and if one looks only that year ahead. But new "
        "customers become old ones. If {retention} stay from year to year (an assumption), {two} make good one lost "
        "over two years and {ten} over ten. However far one looks it takes {always} only where nobody ever stays. The "
        "number says how far its author looked ahead."
    )
    words = text.format(
        one=short(firm.new_for_old(12)), share=percent(1 / new_per_lost, 1), retention=percent(firm.retention, 1),
        two=short(firm.new_for_old(24)), ten=short(firm.new_for_old(120)), always=short(nobody_stays.new_for_old(120)),
    )  # fmt: skip
    return Tried(firm, words)
