"""Verdicts on why customers are lost."""

from __future__ import annotations

from crmlab.experiments.loss import LossReasons
from crmlab.language.catalogue import _, number, percent, prose
from crmlab.ledger.book import Tried, values

SOME = 0.3
"""An assumption: leavers who do not tell the true reason."""


def _asked(firm: LossReasons) -> str:
    """What interviews would show if the share were right, and what else could lie behind it."""
    seen = firm.interval()
    text = _(
        "The {share} holds for a firm of whose own leavers so many left because of how they were treated. Of {asked} "
        "asked, {blamed} would then blame the service, which fits {low} to {high} with 90% confidence. If {some} of "
        "these said “price” out of politeness, only {reported} would blame it; and if {some} of the other leavers "
        "blamed the service too, a reported {share} would be {true} in truth."
    )
    polite, unfair = (firm.model_copy(update={name: SOME}) for name in ("excuse", "blame"))
    return text.format(
        asked=number(firm.interviews), blamed=number(seen.blamed), low=percent(seen.low), high=percent(seen.high),
        some=percent(SOME), reported=percent(polite.interval().share), share=percent(firm.indifference, 1),
        true=percent(unfair.true_share(firm.indifference)),
    )  # fmt: skip


def _worth(firm: LossReasons) -> str:
    """What the share would be worth if better service kept some of them."""
    text = _(
        "If better service kept {prevented} of them (an assumption), a monthly churn of {churn} would fall to {after}."
    )
    return text.format(
        prevented=percent(firm.prevented), churn=percent(firm.monthly_churn, 1), after=percent(firm.churn_after, 1)
    )


def loss_reasons(**shares: float) -> Tried:
    """Do the shares make a whole, and what would the largest one mean for a firm?"""
    firm = LossReasons(list_number=1, indifference=shares["indifference"])
    other = values("loss_reasons_alt")
    text = _(
        "The shares make {sum}, so the list gives each leaver exactly one reason; leavers often have several. The "
        "course's second list has {other} for poor service where this one has {share} for indifference; we know of no "
        "study behind either."
    )
    words = [text.format(
        sum=percent(sum(shares.values()), 1), other=percent(other["poor_service"], 1),
        share=percent(shares["indifference"], 1),
    )]  # fmt: skip
    return Tried(firm, prose([*words, _asked(firm), _worth(firm)]))


def loss_reasons_alt(**shares: float) -> Tried:
    """Do the shares make a whole, and is this list a second witness?"""
    firm = LossReasons(list_number=2, indifference=shares["poor_service"])
    total = round(sum(shares.values()), 10)
    words = [_("The shares make {sum}.").format(sum=percent(total, 1))]
    if total != 1:
        text = _(
            "What is missing to 100% ({missing}) the slides do not say; English versions have a sixth line, 1% died."
        )
        words = [_("The shares make only {sum}.").format(sum=percent(total, 1))] if total < 1 else words
        words.append(text.format(missing=percent(1 - total, 1)))
    first = values("loss_reasons")
    if abs(first["product"] + first["changed_taste"] - shares["quality"]) < 1e-9:
        text = _(
            "Its {quality} for quality is perhaps the first list's {product} (product) and {taste} (taste) in one. The "
            "two lists look like one list told twice, not like two witnesses."
        )
        words.append(text.format(
            quality=percent(shares["quality"], 1), product=percent(first["product"], 1),
            taste=percent(first["changed_taste"], 1),
        ))  # fmt: skip
    return Tried(firm, prose([*words, _worth(firm)]))


def loss_by_dissatisfaction(at_least: float) -> Tried:
    """What has to count as dissatisfaction for the claim to agree with the same slides' list?"""
    firm = LossReasons(indifference=at_least)
    printed = LossReasons(indifference=values("loss_reasons")["indifference"]).shares
    product, indifference = printed["product"], printed["indifference"]
    text = _(
        "It depends on what counts as dissatisfaction. In the list of the same slides {product} were dissatisfied with "
        "the product, {indifference} met indifference, and the two make {both}."
    )
    words = [text.format(
        product=percent(product, 1), indifference=percent(indifference, 1), both=percent(product + indifference, 1)
    )]  # fmt: skip
    if product >= at_least - 1e-9:
        text = _("So “at least {share}” agrees with the list whichever way one counts.")
    elif product + indifference >= at_least - 1e-9:
        text = _("So “at least {share}” agrees with the list only if whoever met indifference counts as dissatisfied.")
    else:
        text = _("So “at least {share}” does not agree with the list whichever way one counts.")
    words.append(text.format(share=percent(at_least, 1)))
    if indifference == at_least:
        words.append(
            _("It is the list's number read once more, no second finding; and no study is known for the list.")
        )
    return Tried(firm, prose(words))
