"""Numbers in prose that the code computes: written as the reader sees them, with the expression that must give them.

``{{800 = firm.level}}`` reads 800, and the build fails where ``firm.level`` rounds to anything else.
"""

from __future__ import annotations

import numbers
from typing import Any

from crmlab.language.text import CHECKED

SCALES = {"%": 0.01, "万": 1e4, "亿": 1e8}


def wrong(text: str, names: dict[str, Any]) -> list[str]:
    """What is wrong with the checked expressions in ``text``, each evaluated with ``names``.

    >>> wrong("It heads for {{801 = 40 / 0.05}}, {{5% = 0.05}} a month.", {})
    ['801 = 40 / 0.05 gives 800']
    """
    found = []
    for match in CHECKED.finditer(text):
        try:
            value = eval(match["code"], dict(names))  # noqa: S307 (the author's own expressions)
        except Exception as error:
            found.append(f"{match['shown']} = {match['code']} fails: {type(error).__name__}: {error}")
            continue
        if not agrees(match["shown"], value):
            given = f"{float(value):.10g}" if isinstance(value, numbers.Real) else repr(value)
            found.append(f"{match['shown']} = {match['code']} gives {given}")
    if "{{" in CHECKED.sub("", text):
        found.append("a {{ that is no checked expression such as {{800 = firm.level}}")
    return found


def agrees(written: str, value: Any) -> bool:
    """Whether ``value``, rounded to as many places as ``written`` shows, is what ``written`` says.

    >>> agrees("1,000", 999.6), agrees("12.5%", 0.1249), agrees("−3", -3.2), agrees("1.2万", 12000), agrees("7", 8)
    (True, True, True, True, False)
    """
    if not isinstance(value, numbers.Real):
        return str(value) == written
    plain = written.replace(",", "").replace("−", "-").replace(" ", "").lstrip("+")
    scale = SCALES.get(plain[-1:], 1)
    digits = plain.rstrip("".join(SCALES))
    try:
        said = float(digits)
    except ValueError:
        return False
    places = len(digits.partition(".")[2])
    return abs(float(value) / scale - said) <= 0.5 * 10**-places * (1 + 1e-9)
