"""Listed phrases in what an agent says: forbidden ones, apology, thanks, commitment. A hint, never a mark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Literal

import yaml
from pydantic import Field

from crmlab.language.catalogue import _, mark, number, prose, speaking
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.place import PACKAGE

LONGEST = 20_000
"""Characters of a text that are looked through at most."""
AROUND = 80
"""Characters before and after a phrase in which an exception is looked for."""
GAP = {"en": 30, "zh": 10}
"""Characters that ``…`` in a phrase stands for at most, by the phrase's language."""
FOLDED = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)} | {0x3000: 0x20} | dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
"""What is written in many ways and read as one: each sign becomes one sign, so that places stay."""
QUOTED = re.compile(
    r"“[^“”\n]*”|「[^「」\n]*」|『[^『』\n]*』|\"[^\"\n]*\"|‘(?:[^‘’\n]|(?<=[A-Za-z])’(?=[A-Za-z]))*’"
    r"|(?<![A-Za-z0-9])'(?:[^'\n]|(?<=[A-Za-z])'(?=[A-Za-z]))*'(?![A-Za-z0-9])"
)
"""What stands in quotation marks; an apostrophe inside a word closes nothing."""
SENTENCE = re.compile(r"[.!?。！？\n]")
CLAUSE = r"(?!\b(?:but|and|so|because|which)\b|但|可是|不过|所以|因为)[^.,;:!?，。；：！？、\n]"
"""A sign of the same clause."""
TAKEN = "▁"
"""Stands for every sign of a phrase where the words before another are looked at: it negates and quotes nothing."""
STYLES = {
    "forbidden": "text-decoration: underline wavy #b3261e 2px; background: #b3261e22",
    "apology": "text-decoration: underline solid #005a9c 2px; background: #005a9c22",
    "thanks": "text-decoration: underline double #00734f 2px; background: #00734f22",
    "commitment": "text-decoration: underline dashed #8a5a00 2px; background: #8a5a0022",
}
LIMITS = (
    mark("This is a hint, never a mark."),
    mark("It finds only the phrases listed and misses the same thing in other words, a polite refusal most of all."),
    mark(
        "It doesn't see whether the answer is right, whether the promise can be kept, or in what tone it is said: "
        "a person has to judge that."
    ),
)
"""What every hint says of itself."""

Kind = Literal["forbidden", "apology", "thanks", "commitment"]
KINDS: tuple[Kind, ...] = ("forbidden", "apology", "thanks", "commitment")


class Group(Strict):
    """Phrases that say the same: why they are shown, what would be better, and the phrases by language."""

    why: Text
    better: Text | None = None
    en: tuple[str, ...] = Field(min_length=1)
    zh: tuple[str, ...] = Field(min_length=1)


class Listed(Strict):
    """A kind of phrases: what it is called, and its groups."""

    label: Text
    groups: dict[str, Group]


class Around(Strict):
    """What stands right before or after a phrase, by language."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class Rule(Strict):
    """An exception: why a phrase of these ``kinds`` is passed over, and what stands before, after or around it then."""

    why: Text
    kinds: tuple[Kind, ...] = KINDS
    marks: bool = False
    before: Around = Around()
    after: Around = Around()


class Book(Strict):
    """The whole of ``phrases.yml``."""

    kinds: dict[Kind, Listed]
    exceptions: dict[str, Rule]


@dataclass(frozen=True)
class Found:
    """A phrase in a text: its kind, its words as written, ``text[start:end]``, why it is shown, and what is better.

    ``why`` and ``better`` are in both languages, and as strings in the one spoken when they are read.
    """

    kind: Kind
    words: str
    start: int
    end: int
    why: Text
    better: Text | None = None


def find(text: str) -> list[Found]:
    """The listed phrases in ``text``, English, Chinese or both mixed, in their order; none overlaps another.

    Passed over is what an exception says: what is negated, quotes somebody, is asked, or is no apology ("sorry you
    feel that way", or one that goes on to blame the customer). It finds phrases and not meanings: what is said in
    other words is missed. Raises InputError where ``text`` is no text or has more than 20,000 characters.

    >>> [(found.kind, found.words) for found in find("Sorry, the parcel is lost. 明天上午给您回电话。")]
    [('apology', 'Sorry'), ('commitment', '给您回电话')]
    >>> find("I'm sorry you feel that way."), find("")
    ([], [])
    """
    return [found for found, passed in _seen(text) if passed is None]


def passed_over(text: str) -> list[Found]:
    """The listed phrases in ``text`` that don't count; ``why`` says because of which exception.

    >>> [(found.words, found.why.en) for found in passed_over("We're sorry, but you never rang.")]
    [('sorry', 'what follows puts the blame on the customer')]
    """
    return [Found(found.kind, found.words, found.start, found.end, why) for found, why in _seen(text) if why]


def label(kind: Kind) -> str:
    """What a kind of phrases is called, in the language spoken now.

    >>> with speaking("zh"):
    ...     label("apology")
    '道歉'
    """
    return str(_book().kinds[kind].label)


def limits() -> str:
    """What a hint is worth, in the language spoken now; it stands under every one.

    >>> with speaking("en"):
    ...     limits()[:29]
    'This is a hint, never a mark.'
    """
    return prose([_(sentence) for sentence in LIMITS])


def shown(text: str, language: str | None = None) -> str:
    """``text`` as safe HTML: phrases marked by colour, an underline of their own and a word; why; what it is worth.

    ``language`` is that of the words around it, the one spoken now unless told. Raises InputError as ``find`` does.

    >>> page = shown("<b>Sorry</b>", "en")
    >>> "<b>" in page, 'class="apology"' in page, "never a mark" in page
    (False, True, True)
    """
    with speaking(language):
        said = "".join(escape(piece) if found is None else _marked(found) for piece, found in _pieces(text))
        notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(text))
        return (
            f'<p class="said" style="white-space: pre-wrap; overflow-wrap: anywhere">{said}</p>'
            f'<ul>{notes}</ul><p class="limits">{escape(limits())}</p>'
        )


def plain(text: str, language: str | None = None) -> str:
    """The same in plain text, for a terminal: each phrase in brackets with the name of its kind.

    >>> plain("Thanks!", "en").splitlines()[0]
    '[Thanks: thanks]!'
    """
    with speaking(language):
        named = _("{name}: {text}")
        said = [
            piece if found is None else f"[{named.format(name=piece, text=label(found.kind))}]"
            for piece, found in _pieces(text)
        ]
        return "\n".join(["".join(said), *(f"- {note}" for note in _notes(text)), limits()])


def _seen(text: str) -> list[tuple[Found, Text | None]]:
    """Every phrase, the longest where they overlap, each with why it is passed over or None."""
    if not isinstance(text, str):
        raise InputError(_("What the agent says must be text, not {value}.").format(value=repr(text)))
    if len(text) > LONGEST:
        message = _("The text has {count} characters; at most {most} are looked through.")
        raise InputError(message.format(count=number(len(text)), most=number(LONGEST)))
    folded = text.translate(FOLDED)
    hits = [(hit.start(), hit.end(), kind, group) for kind, group, one in _phrases() for hit in one.finditer(folded)]
    taken, free = [], list(folded)
    for hit in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        start, end, *_rest = hit
        if TAKEN not in free[start:end]:
            free[start:end] = TAKEN * (end - start)
            taken.append(hit)
    bare, quotations = "".join(free), [hit.span() for hit in QUOTED.finditer(text)]
    seen = []
    for start, end, kind, group in sorted(taken, key=lambda hit: hit[0]):
        before = SENTENCE.split(bare[max(0, start - AROUND) : start])[-1]
        quoted = any(low < start and end < high for low, high in quotations)
        found = Found(kind, text[start:end], start, end, group.why, group.better)
        seen.append((found, _exception(kind, before, folded[end : end + AROUND], quoted)))
    return seen


def _exception(kind: Kind, before: str, after: str, quoted: bool) -> Text | None:
    """Why a phrase with this before and after it, in quotation marks or not, is passed over; None where it counts.

    >>> _exception("thanks", "there is no need for ", "", False).en
    'it is negated'
    """
    for rule, behind, ahead in _rules(kind):
        fits = any(one.search(before) for one in behind) or any(one.match(after) for one in ahead)
        if fits or (rule.marks and quoted):
            return rule.why
    return None


def _pieces(text: str) -> list[tuple[str, Found | None]]:
    """``text`` cut into phrases found and what lies between them."""
    pieces: list[tuple[str, Found | None]] = []
    at = 0
    for found in find(text):
        pieces += [(text[at : found.start], None), (found.words, found)]
        at = found.end
    return [*pieces, (text[at:], None)]


def _marked(found: Found) -> str:
    style = f"color: inherit; text-underline-offset: 3px; {STYLES[found.kind]}"
    named = f'<small style="white-space: nowrap"> [{escape(label(found.kind))}]</small>'
    return f'<mark class="{found.kind}" style="{style}">{escape(found.words)}</mark>{named}'


def _notes(text: str) -> list[str]:
    """A note for each phrase found, then for each passed over; where there is neither, a note that says so."""
    notes = []
    for found in find(text):
        note = _('"{words}" ({kind}): {why}')
        sentences = [note.format(words=found.words, kind=label(found.kind), why=found.why)]
        if found.better:
            sentences.append(_("Better: {text}").format(text=found.better))
        notes.append(prose(sentences))
    for found in passed_over(text):
        note = _('"{words}" doesn\'t count here ({kind}): {why}.')
        notes.append(note.format(words=found.words, kind=label(found.kind), why=found.why))
    return notes or [_("None of the listed phrases is in it; the same may still be there in other words.")]


@cache
def _book() -> Book:
    return Book.model_validate(yaml.safe_load((PACKAGE / "roleplay/phrases.yml").read_text(encoding="utf-8")))


@cache
def _phrases() -> list[tuple[Kind, Group, re.Pattern[str]]]:
    groups = [(kind, group) for kind, listed in _book().kinds.items() for group in listed.groups.values()]
    return [
        (kind, group, re.compile(_pattern(phrase, language), re.IGNORECASE))
        for kind, group in groups
        for language in GAP
        for phrase in getattr(group, language)
    ]


@cache
def _rules(kind: Kind) -> list[tuple[Rule, list[re.Pattern[str]], list[re.Pattern[str]]]]:
    def compiled(around: Around, form: str) -> list[re.Pattern[str]]:
        phrases = [_pattern(phrase, language) for language in GAP for phrase in getattr(around, language)]
        return [re.compile(form % phrase, re.IGNORECASE) for phrase in phrases]

    rules = [rule for rule in _book().exceptions.values() if kind in rule.kinds]
    return [(rule, compiled(rule.before, r"%s\s*$"), compiled(rule.after, r"\s*%s")) for rule in rules]


def _pattern(phrase: str, language: str) -> str:
    """A phrase of ``phrases.yml`` as a regular expression.

    >>> [bool(re.search(_pattern("(very |)busy", "en"), text)) for text in ("busy", "very  busy", "busybody")]
    [True, True, False]
    """
    gap = rf"(?:{CLAUSE}){{0,{GAP[language]}}}?"
    # a space may follow one that is there already: "I'm (very|) busy" is "I'm busy" too
    signs = {"(": "(?:", ")": ")", "|": "|", "…": gap, " ": r"(?:\s+|(?<=[\s,]))", ",": r"\s*,\s*", "?": r"\s*\?"}
    whole = "".join(signs.get(sign, re.escape(sign)) for sign in phrase.translate(FOLDED))
    letter = "[A-Za-z0-9]"
    return rf"(?:(?<!{letter})|(?!{letter}))(?:{whole})(?:(?<!{letter})|(?!{letter}))"
