"""Verdicts on what loyal customers are worth, and how many of them make the sales. Time and pace are assumptions."""

from __future__ import annotations

import math

from crmlab.experiments.heavy_buyers import HeavyBuyers, lognormal_share, lognormal_sigma
from crmlab.experiments.returning import ReturningCustomers
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.language.errors import InputError
from crmlab.ledger.book import Tried, values

CHURN = 0.03
"""An assumption: returning customers lost in a month."""
AGAIN = 0.5
"""An assumption: the chance of another purchase after each, in a crowd of customers who are all alike."""
RULE = 0.2
"""The part of the customers of whom the rule of thumb 80/20 speaks."""


def _month(month: float) -> str:
    """A month of a number, or that there is none."""
    return _("never") if month == math.inf else _("in month {month}").format(month=number(month))


def five_percent_doubles(share: float, revenue_multiple: float) -> Tried:
    """How often would those who return have to buy, how long does it take, and with which churn never?"""
    firm = ReturningCustomers(share=share, target=revenue_multiple, churn=CHURN)
    worth = values("loyal_spend_ratio")["ratio"]
    reached = [firm.model_copy(update={"churn": churn}).month_of() for churn in (0, 0.01, 0.03)]
    told = {"share": percent(share, 1), "multiple": short(revenue_multiple, 2)}
    text = _(
        "Counted once: if {share} of a crowd of buyers come back and the others never do, each who comes back must buy "
        "{extra} more times for {multiple} times the revenue. Counted month by month: if {share} of every month's "
        "buyers go on to buy every month, they pile up, and revenue is {multiple} times the first month's {none} if "
        "none of them is lost, {slow} if 1% of them are lost a month, and {fast} at 3%."
    )
    words = [text.format(
        extra=short(firm.extra_needed()), none=_month(reached[0]), slow=_month(reached[1]), fast=_month(reached[2]),
        **told,
    )]  # fmt: skip
    edge = firm.churn_allowed()
    if edge <= 1:
        words.append(_("It never happens if {edge} or more of them are lost a month.").format(edge=percent(edge, 1)))
    mean = 1 + share * (worth - 1)
    told["mean"], told["worth"] = short(mean, 2), short(worth)
    if mean >= revenue_multiple - 1e-9:
        text = _(
            "With the same slides' loyal customer, worth {worth} one-time purchases in all, it comes to {mean} times, "
            "which is enough: the two claims agree."
        )
    else:
        text = _(
            "With the same slides' loyal customer, worth {worth} one-time purchases in all, it comes to {mean} times "
            "and no more, however long one waits: the two claims do not agree."
        )
    words.append(text.format(**told))
    text = _(
        "Nor is a share of customers who return the same as points of retention, or revenue the same as profit: "
        "Reichheld and Sasser (1990), who may be the source, write of five points and of profit."
    )
    return Tried(firm, prose([*words, text]))


def loyal_spend_ratio(ratio: float) -> Tried:
    """How long must a customer stay for it, who is counted, and what does it make of the claim about 5%?"""
    further, other = ratio - 1, values("five_percent_doubles")
    share, claimed = other["share"], other["revenue_multiple"]
    pace = 1 if further >= 1 else max(further, 0)
    firm = ReturningCustomers(share=share, target=claimed, pace=pace, churn=1 / further if further >= 1 else 1)
    words = []
    if further >= 1:
        half = firm.model_copy(update={"churn": firm.churn / 2})
        text = _(
            "Worth {ratio} one-time purchases in all: the first, and {further} more. Of customers who buy once a month "
            "this holds if {churn} of them are lost each month, so that they stay {further} months on average; of "
            "those who buy once a year, if they stay {further} years. With half that churn it would be {more}."
        )
        words.append(text.format(
            ratio=short(ratio, 2), further=short(further, 2), churn=percent(firm.churn, 1), more=short(half.worth, 2)
        ))  # fmt: skip
    else:
        text = _("Worth {ratio} one-time purchases in all: at that, a customer who returns hardly does so.")
        words.append(text.format(ratio=short(ratio, 2)))
    bought = math.floor(ratio - AGAIN / (1 - AGAIN))  # the mean above it lies one chance's worth higher
    if bought >= 2:
        text = _(
            "Or it is a matter of whom one counts. Let all customers be alike, each purchase being followed by another "
            "with a chance of {again} (an assumption): on average they buy {mean} times. Those among them who have "
            "bought {bought} times or more have bought {found} times on average, and are no more loyal than the rest. "
            "Who calls loyal whoever has bought much will always find that the loyal have bought much."
        )
        words.append(text.format(
            again=percent(AGAIN), mean=short(1 / (1 - AGAIN)), bought=number(bought),
            found=short(bought + AGAIN / (1 - AGAIN)),
        ))  # fmt: skip
    text = _(
        "With {share} of the customers returning, as the same slides have it, it makes revenue {mean} times what it "
        "was; for {claimed} times each would have to be worth {needed}."
    )
    words.append(text.format(
        share=percent(share, 1), mean=short(firm.ceiling, 2), claimed=short(claimed, 2),
        needed=short(1 + firm.extra_needed()),
    ))  # fmt: skip
    return Tried(firm, prose(words))


def heavy_buyers(share: float, sales: float, customers: int) -> Tried:
    """How unlike must customers be for it, and how much of it may be the luck of a short look?"""
    told = {"share": percent(share, 1), "sales": percent(sales, 1), "people": number(share * customers)}
    if not 0 < share < sales < 1:
        text = _("The heaviest {share} cannot make {sales} of the sales: it must be more than their own part, not all.")
        return Tried(HeavyBuyers(customers=customers, top=share), text.format(**told))
    try:
        firm = HeavyBuyers.of(share, sales, customers=customers)
    except InputError as error:
        return Tried(HeavyBuyers(customers=customers, top=share), str(error))
    text = _(
        "{share} of {customers} are {people} people. Each of them would buy {times} times what an average customer "
        "buys, and {rest} times what one of the others does. So much difference is possible: it holds if the rates at "
        "which customers buy are spread as a gamma distribution with shape {shape}, in which the heaviest {rule} make "
        "{gamma}; or as a lognormal one, in which these make {lognormal}. One point does not give the curve."
    )
    words = [text.format(
        **told, customers=number(customers), times=short(sales / share),
        rest=short(sales / share * (1 - share) / (1 - sales)), shape=short(firm.shape, 3), rule=percent(RULE),
        gamma=percent(firm.lasting(RULE)), lognormal=percent(lognormal_share(lognormal_sigma(share, sales), RULE)),
    )]  # fmt: skip
    luck = firm.luck(1)
    text = _(
        "Over which time the sales were counted the case does not say, and a short look shows more than there is. At "
        "{pace} purchases a month for each known customer (an assumption) a month of chance alone, among customers who "
        "are all alike, gives the luckiest {share} {luck} of the sales."
    )
    words.append(text.format(**told, pace=short(firm.purchases, 2), luck=percent(luck, 1)))
    try:
        seen = HeavyBuyers.of(share, sales, months=1, customers=customers)
    except InputError:
        words.append(_("So {sales} seen in one month would show no difference between customers.").format(**told))
    else:
        text = _(
            "If the {sales} were those of one month, the heaviest by their lasting habit would make {lasting}, and "
            "those seen on top {again} of the next month's sales."
        )
        again = seen.expected(1)["again"].iloc[1]
        words.append(text.format(**told, lasting=percent(seen.lasting(), 1), again=percent(again, 1)))
    text = _(
        "What does not follow: that these customers are loyal, for they may buy as much elsewhere; or that a card "
        "would make them buy more, for they buy much already."
    )
    return Tried(firm, prose([*words, text]))
