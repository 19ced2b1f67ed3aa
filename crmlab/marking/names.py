"""What exercises, what belongs to them and what belongs to a student are called, and in what order names stand."""

from __future__ import annotations

import re
from pathlib import Path

EXERCISE = "EXERCISE"
"""The variable by which a notebook says of which exercise it is."""
VISIBLE = "visible.py"
"""How the file of checks ends that students get."""


def is_exercise(name: object) -> bool:
    """Whether an exercise can be called so.

    >>> is_exercise("08-keeping-customers"), is_exercise("../08-x"), is_exercise("08-Keeping"), is_exercise(8)
    (True, False, False, False)
    """
    return isinstance(name, str) and bool(re.fullmatch(r"[0-9]{2}-[a-z0-9-]{1,80}", name))


def beside(path: Path, what: str) -> Path:
    """A Python file that belongs to the exercise in ``path``.

    >>> beside(Path("08-keeping-customers.md"), VISIBLE).name
    '08_keeping_customers_visible.py'
    """
    return path.with_name(f"{path.stem.replace('-', '_')}_{what}")


def folder_name(student_number: str) -> str:
    """A student's number as the name of a file or folder, on every system.

    >>> folder_name("2026/007"), folder_name(" ..")
    ('2026_007', '_')
    """
    name = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", student_number).strip(" .")
    return name or "_"


def natural(name: object) -> tuple[tuple[int, int, str], ...]:
    """A key by which q2 comes before q10.

    >>> sorted(["q10", "q2", "hand"], key=natural), sorted(["north", "G10-R1", "G2-R1"], key=natural)
    (['hand', 'q2', 'q10'], ['G2-R1', 'G10-R1', 'north'])
    """
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", str(name))
    return tuple((0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts)


def receipt(digest: str) -> str:
    """Sixteen letters of a SHA-256 in fours: what has the same receipt is the same.

    >>> receipt("d41d8cd98f00b2043f5e"), receipt("")
    ('D41D 8CD9 8F00 B204', '')
    """
    return " ".join(re.findall(".{4}", digest[:16].upper()))
