"""Ratings of class plays: read from files, and checked cell by cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.gradebook.cells import Sheet, read_sheets, write_csv
from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError
from crmlab.roleplay.rota import Rota
from crmlab.roleplay.rubric import LEVELS, OVERALL, rubric
from crmlab.roleplay.scene import Script

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("session", "agent", "rater", "role", "criterion", "level", "comment")
HEADERS = {
    "场次": "session", "客服": "agent", "评分人": "rater", "角色": "role", "评分项": "criterion", "等级": "level",
    "评语": "comment",
}  # fmt: skip
"""The columns as a Chinese table may call them."""
ROLES = {"observer": "observer", "customer": "customer", "teacher": "teacher", "观察员": "observer", "客户": "customer",
         "教师": "teacher", "老师": "teacher"}  # fmt: skip
GLOBAL, HEARD, CRITICAL = "global", "heard", "critical:"
"""What is rated besides the criteria: the whole, 'did I feel heard', and critical errors (critical:insults)."""
SHOWN = 5
"""Findings that are told one by one."""


def read_ratings(path: str | Path | Iterable[str | Path], scene: Script | None = None) -> pd.DataFrame:
    """The ratings in a CSV or XLSX file, in a folder of such files, or in several files, as one table.

    A row a rating: session, agent, rater, role (observer, customer or teacher), criterion, level, comment; the columns
    may stand in any order, under these names or their Chinese ones. Criteria have levels 0 to 4, ``global`` and
    ``heard`` 1 to 5; ``critical:NAME`` has 1 where the error was made, and its comment must quote what was said. Who
    played the customer rates ``heard`` and nothing else. A row without a level is a rating not given: it is left out
    and counted in ``attrs["not_given"]``. ``scene`` tells which criteria and critical errors there are.

    Raises InputError where a file can't be read, a column lacks, or a cell is not allowed, naming file, row (as the
    spreadsheet counts them) and column; where a rater rates something twice, or a session has two agents.
    """
    import pandas as pd

    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    files = [file for one in paths for file in (_inside(one) if one.is_dir() else [one])]
    if not files:
        raise InputError(_("No file of ratings was named."))
    rows, places, missing = [], [], 0
    for file in files:
        for line, row in _rows(file):
            if row["level"]:
                rows.append(row)
                places.append(_("{file}, row {row}").format(file=file.name, row=number(line)))
            else:
                missing += 1
    if not rows:
        raise InputError(_("There are no ratings in {files}.").format(files=_(", ").join(file.name for file in files)))
    frame = checked(pd.DataFrame(rows, columns=list(COLUMNS)), lambda place: places[place], scene)
    frame.attrs["not_given"] = missing
    return frame


def blank(made: Rota, scene: Script) -> bytes:
    """A CSV file with a row for every rating that is to be given, levels left empty, for ``read_ratings`` later.

    It has the observers' rows, the customer's player's, and the teacher's under the rater "teacher".
    """
    asked = [*scene.criteria, GLOBAL]
    rows: list[list[str | float | int | None]] = [list(COLUMNS)]
    for session, play in made.table.groupby("session", sort=False):
        agent = play.loc[play["role"] == "agent", "student"].iloc[0]
        raters = [(one.student, one.role) for one in play.itertuples() if one.role != "agent"]
        for rater, role in [*raters, ("teacher", "teacher")]:
            for criterion in [HEARD] if role == "customer" else asked:
                rows.append([session, agent, rater, role, criterion, None, None])
    return write_csv(Sheet("ratings", rows))


def _inside(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".csv", ".xlsx") and file.is_file())
    found = [file for file in found if not file.name.startswith((".", "~$"))]
    if not found:
        raise InputError(_("There is no CSV or XLSX file in {folder}.").format(folder=folder))
    return found


def _rows(file: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a file that hold anything, each with its place, the header being row 1."""
    for cells in read_sheets(file)[:1]:
        names = [plain(name).lower() for name in cells[0]] if cells else []
        names = [HEADERS.get(name, name) for name in names]
        lacking = [name for name in COLUMNS[:-1] if name not in names]
        if lacking:
            text = _("{file} lacks the column {lacking}; needed are {columns}.")
            raise InputError(text.format(file=file.name, lacking=_(", ").join(lacking), columns=_(", ").join(COLUMNS)))
        twice = [name for name in COLUMNS if names.count(name) > 1]
        if twice:
            text = _("{file} has more than one column called {name}.")
            raise InputError(text.format(file=file.name, name=twice[0]))
        for line, row in enumerate(cells[1:], 2):
            held = dict(zip(names, row, strict=False))
            if any(text.strip() for text in row):
                made = {name: plain(held.get(name, "")) for name in COLUMNS[:-1]}
                yield line, {**made, "comment": held.get("comment", "").strip()}


def plain(cell: Any) -> str:
    """A cell as text: full-width letters and digits plain, no spaces to spare; a whole number without a point.

    >>> plain(" ２０２６００１ "), plain(3.0)
    ('2026001', '3')
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def session_name(text: str) -> str:
    """A session as the rota writes it, however it was typed; another name as it is.

    >>> session_name("g2-r3"), session_name("north")
    ('G2-R3', 'north')
    """
    return text.upper() if re.fullmatch(r"g\d+-r\d+", text, re.IGNORECASE | re.ASCII) else text


def checked(frame: pd.DataFrame, place: Callable[[int], str], scene: Script | None) -> pd.DataFrame:
    """The ratings with whole levels. Raises InputError with the first few findings."""
    import pandas as pd

    found: list[str] = []
    rows: list[tuple[Any, ...]] = []
    seen: dict[tuple[str, ...], int] = {}
    agents: dict[str, tuple[str, int]] = {}
    roles: dict[tuple[str, str], tuple[str, int]] = {}

    def amiss(row: int, column: str, text: str) -> None:
        found.append(_("{place}, column {column}: {text}").format(place=place(row), column=column, text=text))

    for row, given in enumerate(frame.itertuples(index=False)):
        session, agent, rater, role, criterion, level = (plain(getattr(given, name)) for name in COLUMNS[:-1])
        session = session_name(session)
        before, role = len(found), ROLES.get(role.lower(), role.lower())
        for name, value in (("session", session), ("agent", agent), ("rater", rater)):
            if not value:
                amiss(row, name, _("the cell is empty."))
            elif re.fullmatch(r"[\d.]+E\+?\d+", value, re.IGNORECASE):
                amiss(row, name, _("{value} was cut short by a spreadsheet; write it as text.").format(value=value))
        if role not in ROLES:
            text = _("{value} is no role; allowed are {names}.")
            amiss(row, "role", text.format(value=repr(role), names=_(", ").join(dict.fromkeys(ROLES.values()))))
        elif (role == "customer") != (criterion == HEARD):
            text = _("who played the customer rates {heard}, and nobody else does.")
            amiss(row, "criterion", text.format(heard=HEARD))
        if rater and rater == agent:
            amiss(row, "rater", _("nobody rates their own play."))
        whole = _level(level)
        low, high = _bounds(criterion, scene)
        if low is None:
            names = _(", ").join([*(scene.criteria if scene else rubric().criteria), GLOBAL, HEARD])
            text = _("{value} is no criterion; there are {names} and {critical} with an error's name.")
            amiss(row, "criterion", text.format(value=repr(criterion), names=names, critical=CRITICAL))
        elif whole is None or not low <= whole <= high:
            text = _("{value} is no level; allowed is a whole number from {low} to {high}.")
            amiss(row, "level", text.format(value=repr(level), low=number(low), high=number(high)))
        comment = getattr(given, "comment", "")
        comment = "" if pd.isna(comment) else str(comment).strip()
        if criterion.startswith(CRITICAL) and whole and not comment and "comment" in frame:
            amiss(row, "comment", _("a critical error needs the words that were said."))
        for key, value, text in (
            ((session,), agent, _("session {session} has another agent in {other}.")),
            ((session, rater), role, _("this rater has another role in session {session}, in {other}.")),
        ):
            known = (agents if len(key) == 1 else roles).setdefault(key if len(key) > 1 else session, (value, row))
            if known[0] != value:
                amiss(row, "agent" if len(key) == 1 else "role", text.format(session=session, other=place(known[1])))
        first = seen.setdefault((session, rater, criterion), row)
        if first != row:
            text = _("{rater} rated {criterion} of session {session} already in {other}.")
            amiss(row, "criterion", text.format(rater=rater, criterion=criterion, session=session, other=place(first)))
        if len(found) == before:
            rows.append((session, agent, rater, role, criterion, whole, comment))
    if found:
        more = [_("... and {count} more.").format(count=number(len(found) - SHOWN))] if len(found) > SHOWN else []
        raise InputError("\n".join(found[:SHOWN] + more))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"level": int})


def _level(text: str) -> int | None:
    return int(float(text)) if re.fullmatch(r"[+-]?\d{1,3}(\.0*)?", text, re.ASCII) else None


def _bounds(criterion: str, scene: Script | None) -> tuple[int, int] | tuple[None, None]:
    """The lowest and the highest level of a criterion; None where there is none of that name."""
    if criterion in (GLOBAL, HEARD):
        return OVERALL[0], OVERALL[-1]
    if criterion.startswith(CRITICAL):
        name = criterion.removeprefix(CRITICAL)
        known = name in scene.critical if scene else bool(re.fullmatch(r"\w+", name))
        return (0, 1) if known else (None, None)
    known = criterion in scene.criteria if scene else bool(re.fullmatch(r"[a-z]\w*", criterion))
    return (LEVELS[0], LEVELS[-1]) if known else (None, None)


def counted(row: int) -> str:
    """A row of a table in words, for ``checked``."""
    return _("row {row} (counted from 1)").format(row=number(row + 1))


def special(criterion: str) -> bool:
    """Whether what is rated is none of the criteria: the whole, 'did I feel heard', a critical error."""
    return criterion in (GLOBAL, HEARD) or criterion.startswith(CRITICAL)


def analytic(rows: pd.DataFrame) -> pd.DataFrame:
    """The observers' levels of criteria."""
    return rows[(rows["role"] == "observer") & ~rows["criterion"].map(special)]
