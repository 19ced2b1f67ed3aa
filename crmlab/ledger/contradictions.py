"""Where the course's own sources do not agree, with each other or with themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crmlab.language.catalogue import _, number, percent, short
from crmlab.ledger.book import values


class Contradiction(NamedTuple):
    """The claims that do not agree, and in words what their numbers make of each other."""

    between: tuple[str, ...]
    words: str


def _lost() -> str:
    iceberg, silent = values("complaint_iceberg"), values("silent_majority")
    text = _(
        "Of those who stay silent, how many are lost? One set of slides says that {defect} of shoppers go elsewhere, "
        "the other that {never} of the silent never return. For the {quiet} silent behind one complaint that is "
        "{few} customers or {many}. About the rate itself they agree: {voices} of {all} complain."
    )
    quiet = iceberg["silent"]
    return text.format(
        defect=percent(iceberg["defect"]), never=percent(silent["never_return"]), quiet=number(quiet),
        few=short(quiet * iceberg["defect"]), many=short(quiet * silent["never_return"]),
        voices=number(iceberg["complaints"]), all=number(iceberg["dissatisfied"]),
    )  # fmt: skip


def _told() -> str:
    told = values("dissatisfied_tells")
    text = _(
        "How many people hear of it? {low} to {high}, says one set of slides; {alt_low} to {alt_high}, of whom {share} "
        "tell {tail} more, says the other. Middle for middle that is {one}, or {two} if the hearers pass it on."
    )
    first, second = (told["low"] + told["high"]) / 2, (told["alt_low"] + told["alt_high"]) / 2
    return text.format(
        low=number(told["low"]), high=number(told["high"]), alt_low=number(told["alt_low"]),
        alt_high=number(told["alt_high"]), share=percent(told["alt_share"]), tail=number(told["alt_tail"]),
        one=short(first), two=short(second * (1 + told["alt_share"] * told["alt_tail"])),
    )  # fmt: skip


def _doubled() -> str:
    five, ten = values("five_percent_doubles"), values("loyal_spend_ratio")
    text = _(
        "If {share} of the customers return and each is worth {ratio} one-time purchases in all, revenue is "
        "{multiple} times what it was, and not {claimed} times. For {claimed} times each would have to be worth "
        "{needed}. Both sentences stand in the same slides."
    )
    share = five["share"]
    return text.format(
        share=percent(share), ratio=number(ten["ratio"]), claimed=short(five["revenue_multiple"]),
        multiple=short(1 + share * (ten["ratio"] - 1), 2), needed=short(1 + (five["revenue_multiple"] - 1) / share),
    )  # fmt: skip


def _reasons() -> str:
    first, second = values("loss_reasons"), values("loss_reasons_alt")
    text = _(
        "Two lists of why customers leave: the first has {first} reasons and makes {whole}, the second {second} and "
        "makes {part}. They share {same} for indifference or poor service, and differ in the rest: the product is "
        "{product} in one, quality {quality} in the other."
    )
    return text.format(
        first=number(len(first)), whole=percent(sum(first.values()), 1), second=number(len(second)),
        part=percent(sum(second.values()), 1), same=percent(second["poor_service"]), product=percent(first["product"]),
        quality=percent(second["quality"]),
    )  # fmt: skip


def _dissatisfied() -> str:
    listed, said = values("loss_reasons"), values("loss_by_dissatisfaction")
    text = _(
        "Is indifference dissatisfaction? “At least {least} of the loss has to do with dissatisfaction”, say the "
        "slides; their own list gives {indifference} to indifference and a further {product} to dissatisfaction with "
        "the product. With the one it is {both}, without it {product}."
    )
    return text.format(
        least=percent(said["at_least"]), indifference=percent(listed["indifference"]),
        product=percent(listed["product"]), both=percent(listed["indifference"] + listed["product"]),
    )  # fmt: skip


def _returned() -> str:
    spot, ladder = values("recovery_return"), values("repurchase_ladder")
    text = _(
        "How many come back once the complaint is resolved? {handled}, and {spot} on the spot, says one set of slides; "
        "{resolved}, and {quickly} if quickly, by the other's ladder. Here nobody is wrong: they are two rows of one "
        "table, small losses and large ones, printed without saying so."
    )
    return text.format(
        handled=percent(spot["handled"]), spot=percent(spot["on_the_spot"]), resolved=percent(ladder["resolved"]),
        quickly=percent(ladder["quickly"]),
    )  # fmt: skip


FOUND: tuple[tuple[tuple[str, ...], Callable[[], str]], ...] = (
    (("complaint_iceberg", "silent_majority"), _lost),
    (("dissatisfied_tells",), _told),
    (("five_percent_doubles", "loyal_spend_ratio"), _doubled),
    (("loss_reasons", "loss_reasons_alt"), _reasons),
    (("loss_reasons", "loss_by_dissatisfaction"), _dissatisfied),
    (("recovery_return", "repurchase_ladder"), _returned),
)


def contradictions(claim: str | None = None) -> list[Contradiction]:
    """Where claims of the course do not agree, reckoned from their numbers; with a ``claim``'s id, where it takes part.

    A claim with itself where its two sources differ. Seeming contradictions are listed too, and resolved.

    >>> [found.between for found in contradictions("loyal_spend_ratio")]
    [('five_percent_doubles', 'loyal_spend_ratio')]
    >>> contradictions("five_percent_doubles")[0].words[:83]
    'If 5% of the customers return and each is worth 10 one-time purchases in all, reven'
    """
    return [Contradiction(between, words()) for between, words in FOUND if claim in (None, *between)]
