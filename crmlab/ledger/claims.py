"""A claim with its standing, its sources, its experiment and its verdict: ``crmlab.claim`` and ``crmlab.claims``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from crmlab import written
from crmlab.language.catalogue import _, mark, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.ledger.book import LEDGER, Tried, entries
from crmlab.ledger.contradictions import contradictions

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.experiments.base import Experiment

STANDINGS = {
    "traced": mark("traced"),
    "folklore": mark("folklore"),
    "arithmetic": mark("arithmetic"),
    "case": mark("case"),
}
MEANINGS = {
    "traced": mark("a published study is known, though what is repeated may differ from it"),
    "folklore": mark("widely repeated; we know of no study that shows it"),
    "arithmetic": mark("it follows from other numbers"),
    "case": mark("only a teaching case of the course says so; never checked"),
}
KINDS = {"model": mark("model"), "fact": mark("fact")}


def _both(value: Any) -> Any:
    return {"en": value, "zh": value} if isinstance(value, str) else value


Source = Annotated[Text, BeforeValidator(_both)]
"""A reference; one that reads the same in both languages is written once."""


class Claim(Strict):
    """A claim of the ledger: what is said, how well it is founded, and what comes of it when it is tried.

    Attributes: ``id``; ``chapter``; ``text``, ``sources`` and ``notes`` (bilingual, as strings in the language spoken
    now); ``standing``: traced, folklore, arithmetic or case; ``kind``: model or fact; ``values``, the claim's numbers.
    Shown in a cell it is a card with all of this and the verdict.

    >>> iceberg = claim("complaint_iceberg")
    >>> iceberg.standing, iceberg.values["dissatisfied"], iceberg.experiment.complaint_rate
    ('traced', 25, 0.04)
    >>> claim("foot_problems").experiment is None              # a fact has nothing to run
    True
    """

    id: str
    chapter: int
    kind: Literal["model", "fact"]
    standing: Literal["traced", "folklore", "arithmetic", "case"]
    topic: str
    model: str | None = Field(None, alias="experiment")
    text: Text
    values: dict[str, int | float]
    sources: tuple[Source, ...] = Field(min_length=1)
    notes: Text | None = None

    def _try(self) -> Tried:
        return getattr(import_module(f"crmlab.ledger.{self.topic}"), self.id)(**self.values)

    @property
    def experiment(self) -> Experiment | None:
        """The experiment set to the claim's numbers, ready for ``crmlab.explore``; None for a fact.

        >>> claim("replacement_ratio").experiment.replacement
        10.0
        """
        return self._try().experiment

    def verdict(self, language: str | None = None) -> str:
        """When the claim holds, reckoned from its experiment; for a fact, what was counted and what does not follow.

        In the language spoken now or in ``language``. Raises InputError for a language that the course does not speak.

        >>> claim("replacement_ratio").verdict("en")[:48]
        'Counted in heads, one new customer makes good on'
        """
        with speaking(language):
            return self._try().words

    def _lines(self) -> list[tuple[str, str]]:
        """The card's lines after the text: what each is called, and what it says."""
        standing = _("{standing} ({meaning})").format(
            standing=_(STANDINGS[self.standing]), meaning=_(MEANINGS[self.standing])
        )
        lines = [(_("Standing"), standing), (_("Sources"), _("; ").join(str(source) for source in self.sources))]
        if self.notes:
            lines.append((_("Note"), str(self.notes)))
        lines.append((_("Verdict"), self.verdict()))
        lines += [(_("Contradiction"), found.words) for found in contradictions(self.id)]
        if self.model:
            lines.append((_("Try it"), f'crmlab.explore(crmlab.claim("{self.id}").experiment)'))
        return lines

    def __repr__(self) -> str:
        lines = (_("{name}: {text}").format(name=name, text=text) for name, text in self._lines())
        return "\n".join([str(self.text), *lines])

    __str__ = __repr__

    def _repr_markdown_(self) -> str:
        card = [f"**{self.text}**"]
        for name, text in self._lines():
            said = f"`{text}`" if text.startswith("crmlab.") else text
            card.append(_("{name}: {text}").format(name=f"*{name}*", text=said))
        return "\n>\n".join(f"> {line}" for line in card)


def claim(id: str) -> Claim:
    """The claim with this ``id``; ``claims()`` lists them.

    Raises InputError for an id that the ledger does not have, and lists those that it has; for an entry that is not
    written as it should be, and names it.

    >>> print(claim("silent_majority").text)
    Of a hundred dissatisfied customers four tell you; ninety-six leave in silence, and 90% of these never return.
    """
    known = entries()
    if not isinstance(id, str) or id not in known:
        text = _("The ledger has no claim {id!r}; it has: {known}.")
        raise InputError(text.format(id=id, known=", ".join(known)))
    return written.shaped(known[id], Claim, f"{LEDGER.name}: {id}")


def claims(chapter: int | None = None) -> pd.DataFrame:
    """The claims of the ledger, or of one ``chapter``: one row a claim, in the language spoken now.

    Columns: id, chapter, standing, kind, text, verdict. Raises InputError for a chapter without claims.

    >>> claims(8).columns.tolist()
    ['id', 'chapter', 'standing', 'kind', 'text', 'verdict']
    >>> claims(99)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The ledger has no claims for chapter 99; it has some for: 1, ...
    """
    import pandas as pd

    every = [claim(name) for name in entries()]
    chapters = sorted({one.chapter for one in every})
    if chapter is not None and chapter not in chapters:
        text = _("The ledger has no claims for chapter {chapter!r}; it has some for: {known}.")
        raise InputError(text.format(chapter=chapter, known=", ".join(map(str, chapters))))
    rows = [
        (one.id, one.chapter, _(STANDINGS[one.standing]), _(KINDS[one.kind]), str(one.text), one.verdict())
        for one in every
        if chapter in (None, one.chapter)
    ]
    return pd.DataFrame(rows, columns=["id", "chapter", "standing", "kind", "text", "verdict"])
