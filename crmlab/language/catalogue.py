"""The catalogue of words: which language is spoken now, and what a word is called in it."""

from __future__ import annotations

import gettext as gnu
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from crmlab.language.errors import InputError

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent / "locale"
LARGE = 1_000_000
SCALES = {"en": ((1e12, "T"), (1e9, "B"), (1e6, "M")), "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))}
"""Large units by language, the largest first, for numbers from ``LARGE`` on."""
_now: str | None = None


def from_environment() -> str:
    """The language of the machine: ``CRMLAB_LANG``, else the locale's, else English.

    >>> from_environment() in LANGUAGES
    True
    """
    for name in ("CRMLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code:
            return code if code in LANGUAGES else "en"
    return "en"


def language() -> str:
    """The language spoken now, ``"en"`` or ``"zh"``.

    >>> with speaking("zh"):
    ...     language()
    'zh'
    """
    return _now or from_environment()


def set_language(code: str) -> None:
    """Speak ``code`` from here on: labels, pictures, descriptions and errors.

    Raises InputError where the course does not speak that language.

    >>> set_language("fr")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: The course speaks en and zh, not 'fr'.
    """
    global _now
    if not isinstance(code, str) or code not in LANGUAGES:
        raise InputError(_("The course speaks en and zh, not {code!r}.").format(code=code))
    _now = code


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Speak ``code`` inside a ``with`` block only; None changes nothing.

    >>> with speaking("zh"):
    ...     number(1234.5, 1)
    '1234.5'
    """
    global _now
    before = _now
    if code is not None:
        set_language(code)
    try:
        yield
    finally:
        _now = before


@cache
def _translations(code: str) -> gnu.NullTranslations:
    return gnu.translation("crmlab", FOLDER, [code], fallback=code == "en")


def _(message: str) -> str:
    """``message`` in the language spoken now.

    >>> with speaking("en"):
    ...     _("month")
    'month'
    """
    return _translations(language()).gettext(message)


def mark(message: str) -> str:
    """Mark ``message`` for the catalogue and leave it as it is, to be translated where it is shown.

    >>> mark("month")
    'month'
    """
    return message


def number(value: float, decimals: int = 0) -> str:
    """A number as the spoken language writes it; infinity as its sign, minus as a minus.

    >>> with speaking("en"):
    ...     number(1234567.891, 2), number(float("inf")), number(-0.5, 1)
    ('1,234,567.89', '∞', '−0.5')
    """
    if value in (float("inf"), float("-inf")):
        text = "∞" if value > 0 else "-∞"
    else:
        text = f"{value:,.{decimals}f}"
        text = text.lstrip("-") if float(text.replace(",", "")) == 0 else text
    return text.replace("-", "−") if language() == "en" else text.replace(",", "").replace("-", "−")


def short(value: float, decimals: int = 1) -> str:
    """A number with as many decimals as it needs and at most ``decimals``.

    >>> short(12.34), short(6.9999), short(0.125, 3)
    ('12.3', '7', '0.125')
    """
    text = number(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float, decimals: int = 0) -> str:
    """A share of one as a percentage, with as many decimals as it needs and at most ``decimals``.

    >>> percent(0.125, 1), percent(0.05, 1)
    ('12.5%', '5%')
    """
    return short(100 * share, decimals) + "%"


def count(value: float) -> str:
    """A mean number of people as text: whole from ten on, else with one decimal where it needs one.

    >>> count(12.3), count(2.4), count(2.0)
    ('12', '2.4', '2')
    """
    return number(value) if value >= 10 else short(value)


def brief(value: float, largest: float | None = None) -> str:
    """A number for a narrow place: from a million on in millions and billions, in Chinese in 万 and 亿.

    ``largest`` is the largest number that stands beside it, whose unit it shares; itself unless told.

    >>> with speaking("en"):
    ...     brief(999_999), brief(2_500_000), brief(-1e9), brief(0.5)
    ('999,999', '2.5M', '−1B', '0.5')
    >>> with speaking("zh"):
    ...     brief(2_500_000), brief(3e8), brief(500_000, 2e6)
    ('250万', '3亿', '50万')
    """
    size = abs(value if largest is None else largest)
    if value and LARGE <= size < float("inf"):
        unit, name = next(scale for scale in SCALES[language()] if scale[0] <= size)
        return short(value / unit, 2) + name
    return short(value, 3)


def about(value: float) -> str:
    """A number to three figures, as ``brief`` writes it.

    >>> with speaking("en"):
    ...     about(12_345_678), about(1234), about(float("inf"))
    ('12.3M', '1,230', '∞')
    """
    return brief(float(f"{value:.3g}"))


def people(value: float) -> str:
    """A mean number of people for a narrow place: as ``count`` writes it, from a million on as ``about`` does.

    >>> with speaking("en"):
    ...     people(2.4), people(123_456), people(12_345_678)
    ('2.4', '123,456', '12.3M')
    """
    return count(value) if value < LARGE else about(value)


def span(months: int) -> str:
    """A time in words, in the language spoken now.

    >>> span(1), span(24)
    ('one month', '24 months')
    """
    return _("one month") if months == 1 else _("{months} months").format(months=number(months))


def prose(sentences: list[str]) -> str:
    """Sentences as one text: with spaces between them in English, without in Chinese.

    >>> prose(["One.", "Two."])
    'One. Two.'
    """
    return ("" if language() == "zh" else " ").join(sentences)
