"""A gradebook's contents as tidy tables: the marks that count, and everything that happened to marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from crmlab.gradebook import stored
from crmlab.gradebook.file import CHANGE, PART, SUBMISSION

if TYPE_CHECKING:
    import pandas as pd


def marks(connection: Connection, activity: str | None) -> pd.DataFrame:
    """What counts, a row for each question of each activity and student: student, name, token, activity, question,
    points, of, source, by, state, content, arrived.

    ``state`` is marked, waits (for a person; the points are missing) or missing (the student handed nothing in). Of a
    student's submissions the latest that arrived counts. Who handed something in and is on no class list comes last,
    without student and name. Raises InputError for an unknown activity.
    """
    import pandas as pd

    made: list[tuple] = []
    people = [(row.student, row.name, row.token) for row in stored.students(connection)]
    known = {token for _student, _name, token in people}
    for name in stored.activities(connection) if activity is None else [activity]:
        questions, counts = stored.questions(connection, name), stored.counting(connection, name)
        parts = {(row.submission, row.question): row for row in stored.parts(connection, name)}
        for person in people + [("", "", token) for token in sorted(set(counts) - known)]:
            row = counts.get(person[-1])
            handed_in = (row.content, row.arrived) if row else ("", "")
            for key, question in questions.items():
                part = parts.get((row.id, key)) if row else None
                mark = (part.points, part.of, part.source, part.by) if part else (None, question.of, "", "")
                state = "missing" if row is None else "waits" if mark[0] is None else "marked"
                made.append((*person, name, key, *mark, state, *handed_in))
    columns = ["student", "name", "token", "activity", "question", "points", "of", "source", "by", "state"]
    return pd.DataFrame(made, columns=[*columns, "content", "arrived"]).astype({"points": float, "of": float})


def history(connection: Connection) -> pd.DataFrame:
    """Everything that happened to marks, in its order: at, kind, who, student, name, token, activity, content,
    question, before, after, of, why.

    ``kind`` is stored, regrade, hand (given to a free text), change (by hand), or kept (a regrade would have given
    other points, but a person had given these). Times are in UTC.
    """
    import pandas as pd

    people = {row.token: (row.student, row.name) for row in stored.students(connection)}
    handed = {row.id: row for row in connection.execute(select(SUBMISSION).order_by(SUBMISSION.c.id))}
    changes = connection.execute(select(CHANGE).order_by(CHANGE.c.id)).all()
    first = {(row.submission, row.question): row for row in reversed(changes)}
    made = []
    for part in connection.execute(select(PART.c.submission, PART.c.question, PART.c.points, PART.c.of)):
        row, change = handed[part.submission], first.get((part.submission, part.question))
        points = change.before if change else part.points
        made.append((row.stored, "stored", row.who, row, part.question, None, points, part.of, ""))
    made.sort(key=lambda one: (one[0], one[3].id))
    for row in changes:
        about = (handed[row.submission], row.question, row.before, row.after, row.of, row.why)
        made.append((row.at, row.kind, row.who, *about))
    made.sort(key=lambda one: one[0])
    rows = [
        (at, kind, who, *people.get(row.token, ("", "")), row.token, row.activity, row.content, *rest)
        for at, kind, who, row, *rest in made
    ]
    columns = ["at", "kind", "who", "student", "name", "token", "activity", "content", "question"]
    frame = pd.DataFrame(rows, columns=[*columns, "before", "after", "of", "why"])
    return frame.astype({"before": float, "after": float, "of": float})
