"""Points that were added up by parts: when two are the same, and the sign of how much of them was earned."""

from __future__ import annotations

SMALL = 1e-9
"""Points that are not further apart than this are the same."""


def sign(points: float, of: float) -> str:
    """Whether all of the points, none or a part was earned.

    >>> sign(0.1 + 0.2, 0.3), sign(0, 2), sign(1, 2)
    ('✓', '✗', '◐')
    """
    return "✓" if of - points <= SMALL else "✗" if points <= SMALL else "◐"
