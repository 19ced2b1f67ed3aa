"""From marks to grades: the total of an activity, and a course grade from shares that are given as data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from crmlab.language.catalogue import _, percent
from crmlab.language.errors import InputError
from crmlab.language.text import Strict

if TYPE_CHECKING:
    import pandas as pd

PERSON = ["student", "name", "token"]
SUMS = ["earned", "possible", "grade", "open"]
WORST_FIRST = ("missing", "waits", "marked")
"""States: that of a total is the first that one of its marks has."""


class Share(Strict):
    """What one piece of work counts of the course grade: ``share`` of one, for the best of these activities.

    More than one activity stands for parallel forms, of which a student does one. ``part`` is the heading under which
    it is added up.
    """

    part: str = Field(min_length=1)
    activities: tuple[str, ...] = Field(min_length=1)
    share: float = Field(gt=0, le=1)


def _drama(name: str) -> Share:
    return Share(part="skills", activities=(name, f"{name}-a", f"{name}-b"), share=0.02)


SYLLABUS = (
    *map(_drama, ("identify", "keep", "develop", "satisfaction", "loyalty", "complaint")),
    Share(part="skills", activities=("practical",), share=0.08),
    Share(part="file", activities=("customer-file",), share=0.10),
    Share(part="survey", activities=("survey",), share=0.10),
    Share(part="exam", activities=("exam",), share=0.60),
)
"""The syllabus: training of skills 20% (six dramas 2% each, the complaint practical 8%), customer file 10%, survey 10%,
exam 60%."""


def counting(shares: Iterable[Share] = SYLLABUS) -> list[str]:
    """The activities of which one counts in a course grade.

    >>> "complaint-b" in counting(), "08-keeping-customers" in counting()
    (True, False)
    """
    return [name for share in shares for name in share.activities]


def totals(marks: pd.DataFrame) -> pd.DataFrame:
    """Of ``Gradebook.marks`` a row for each student and activity: student, name, token, activity, points, of, state.

    ``points`` is the sum of what is marked so far, missing for who handed nothing in; ``state`` is missing, waits where
    one of its questions waits for a person, else marked.

    >>> import pandas as pd
    >>> rows = [("1", "", "T", "08", "q1", 0.1, 1.0, "marked"), ("1", "", "T", "08", "q2", None, 5.0, "waits")]
    >>> columns = ["student", "name", "token", "activity", "question", "points", "of", "state"]
    >>> totals(pd.DataFrame(rows, columns=columns))["state"].tolist()
    ['waits']
    """
    import pandas as pd

    made: list[tuple] = []
    for keys, group in marks.groupby([*PERSON, "activity"], sort=False):
        state = min(group["state"], key=WORST_FIRST.index)
        points = math.nan if state == "missing" else math.fsum(group["points"].dropna())
        made.append((*keys, points, math.fsum(group["of"]), state))
    return pd.DataFrame(made, columns=[*PERSON, "activity", "points", "of", "state"])


def grades(marks: pd.DataFrame, weights: Iterable[Share | Mapping[str, Any]], missing: str = "open") -> pd.DataFrame:
    """A row for each student: student, name, token, a column for each part of the grade, earned, possible, grade, open.

    Everything is in points of 100. ``earned`` is what the marked work brought, ``possible`` the most that it could
    have; ``grade`` is what was earned where all that counts is marked, and missing otherwise: ``open`` then names the
    work that is lacking. With ``missing="zero"`` what was not handed in counts 0; what waits for a person never does.
    A part of which nothing is marked yet is missing. Raises InputError where the shares are none or exceed the whole.
    """
    import pandas as pd

    shares = checked_shares(weights)
    if missing not in ("open", "zero"):
        raise InputError(_("missing is {value}; allowed are: {known}.").format(value=repr(missing), known="open, zero"))
    parts = list(dict.fromkeys(share.part for share in shares))
    table = totals(marks)
    found = {(row.token, row.activity): row for row in table.itertuples()}
    made = []
    for person in marks[PERSON].drop_duplicates().itertuples(index=False):
        earned: dict[str, list[float]] = {part: [] for part in parts}
        possible, lacking = [], []
        for share in shares:
            rows = [found[person.token, one] for one in share.activities if (person.token, one) in found]
            marked = [row.points / row.of for row in rows if row.state == "marked" and row.of]
            waits = any(row.state == "waits" for row in rows)
            if waits or not (marked or missing == "zero"):
                lacking.append(share.activities[0])
                continue
            earned[share.part].append(100 * share.share * max(marked, default=0.0))
            possible.append(100 * share.share)
        columns = [math.fsum(some) if some else math.nan for some in earned.values()]
        total = math.fsum(one for some in earned.values() for one in some)
        grade = math.nan if lacking else total
        made.append((*person, *columns, total, math.fsum(possible), grade, _(", ").join(lacking)))
    return pd.DataFrame(made, columns=[*PERSON, *parts, *SUMS])


def checked_shares(weights: Iterable[Share | Mapping[str, Any]]) -> list[Share]:
    """Shares as they were given, as data or made already. Raises InputError where one is none or their sum exceeds 1.

    >>> checked_shares([{"part": "exam", "activities": ["exam"], "share": 0.6}])[0].share
    0.6
    """
    try:
        made = [one if isinstance(one, Share) else Share.model_validate(one) for one in weights]
    except (ValidationError, TypeError) as error:
        reason = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        text = _("A share of the grade has part, activities (a list) and share (above 0, at most 1); {where}: {reason}")
        where = ".".join(map(str, reason["loc"])) or "–"
        raise InputError(text.format(where=where, reason=reason["msg"])) from None
    whole = math.fsum(share.share for share in made)
    names = counting(made)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        text = _("{names}: an activity counts once, so it can't stand in two shares of the grade.")
        raise InputError(text.format(names=_(", ").join(twice)))
    taken = sorted({share.part for share in made} & {*PERSON, *SUMS})
    if taken:
        text = _("A part of the grade can't be called {names}: a column is called so already.")
        raise InputError(text.format(names=_(", ").join(taken)))
    if not made or whole > 1 + 1e-9:
        text = _("The shares of the grade come to {whole}; they have to come to more than 0 and at most 100%.")
        raise InputError(text.format(whole=percent(whole, 1)))
    return made
