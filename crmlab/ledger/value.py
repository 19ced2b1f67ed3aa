"""Verdicts on what customers are worth, and on how unequally."""

from __future__ import annotations

from crmlab.experiments.profit_concentration import ProfitConcentration
from crmlab.language.catalogue import _, percent, prose, short
from crmlab.language.errors import InputError
from crmlab.ledger.book import Tried


def _firm(of: str, **asked: float) -> ProfitConcentration | None:
    """The firm for which a reading holds, or None where the model has none."""
    try:
        return ProfitConcentration.matching(of=of, **asked)
    except InputError:
        return None


def _needs(firm: ProfitConcentration | None) -> str:
    """What customers must be like for a reading to hold."""
    if firm is None:
        return _("No lognormal margins and costs give this.")
    text = _(
        "It holds where the upper sixth of the customers have at least {margin} times the median margin, the upper "
        "sixth in cost at least {dear} times the median cost, and serving takes {cost} of all margins."
    )
    return text.format(
        margin=short(firm.margin_spread), dear=short(firm.cost_spread), cost=percent(firm.cost / firm.margin)
    )


def pareto_80_20_30(top: float, profit: float, bottom: float, lost: float) -> Tried:
    """What the sentence says in its two readings, and how unequal customers must be for each."""
    if top + bottom > 1 + 1e-9:
        text = _("The best {top} and the worst {bottom} would be more than all customers: no firm is like this.")
        return Tried(ProfitConcentration(), text.format(top=percent(top, 1), bottom=percent(bottom, 1)))
    loss = profit * lost
    asked = {"best": top, "made": profit, "unprofitable": bottom, "lost": loss}
    of_total, of_made = _firm("total", **asked), _firm("profitable", **asked)
    shown = {name: percent(share, 1) for name, share in
             {"top": top, "bottom": bottom, "profit": profit, "loss": loss}.items()}  # fmt: skip
    text = _(
        "The sentence has two readings. In shares of the total profit: the best {top} make {profit}, the worst "
        "{bottom} lose {loss}, so the others make {rest}, and the whale curve rises to {peak}."
    )
    words = [text.format(**shown, rest=percent(1 + loss - profit, 1), peak=percent(1 + loss, 1)), _needs(of_total)]
    if loss < 1:
        text = _(
            "In shares of what the profitable make: of every 100 yuan the best {top} make {made}, the worst {bottom} "
            "lose {gone}, and {left} remain; in shares of the total the best then make {share}, and the curve rises to "
            "{peak}."
        )
        text = text.format(
            **shown, made=short(100 * profit), gone=short(100 * loss), left=short(100 * (1 - loss)),
            share=percent(profit / (1 - loss)), peak=percent(1 / (1 - loss)),
        )  # fmt: skip
    else:
        text = _(
            "In shares of what the profitable make, the losses ({loss}) would leave nothing, so there is no total to "
            "share."
        ).format(**shown)
    words += [text, _needs(of_made)]
    text = _(
        "(Margin and cost are taken as independent of each other, which is an assumption.) The sentence is false of a "
        "firm whose own curve, sorted by profit after the cost to serve, runs otherwise; sales alone do not show it."
    )
    words.append(text)
    firms = [firm for firm in (of_total, of_made) if firm is not None]
    if firms:
        text = _(
            "Nor does it say that dropping the worst brings back what they lose: in these firms it pays only where "
            "more than {needed} of their costs go with them."
        )
        needed = dict.fromkeys(percent(firm.break_even) for firm in firms)
        words.append(text.format(needed=_(" or ").join(needed)))
    return Tried(firms[0] if firms else ProfitConcentration(), prose(words))
