"""What a gradebook asks of its tables in a transaction: questions, submissions, which of them counts, marks."""

from __future__ import annotations

from sqlalchemy import Connection, Row, insert, select, update

from crmlab.gradebook.file import ACTIVITY, CHANGE, PART, QUESTION, STUDENT, SUBMISSION
from crmlab.gradebook.records import Part, clean, now, real_points
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError


def students(connection: Connection) -> list[Row]:
    """The class in its order."""
    return list(connection.execute(select(STUDENT).order_by(STUDENT.c.place)))


def activities(connection: Connection) -> list[str]:
    """The activities' names in the order in which they came."""
    return list(connection.execute(select(ACTIVITY.c.activity).order_by(ACTIVITY.c.place)).scalars())


def questions(connection: Connection, activity: str) -> dict[str, Row]:
    """An activity's questions in their order; InputError where there is no activity of this name."""
    this = select(QUESTION).where(QUESTION.c.activity == activity).order_by(QUESTION.c.place)
    found = {row.question: row for row in connection.execute(this)}
    if not found:
        text = _("The gradebook has no activity {name}; it has: {names}.")
        names = _(", ").join(activities(connection)) or "–"
        raise InputError(text.format(name=repr(activity), names=names))
    return found


def submission(connection: Connection, activity: str, token: str, content: str) -> Row | None:
    """The submission with this content."""
    this = (SUBMISSION.c.activity == activity) & (SUBMISSION.c.token == token) & (SUBMISSION.c.content == content)
    return connection.execute(select(SUBMISSION).where(this)).first()


def submissions(connection: Connection, activity: str) -> list[Row]:
    """All submissions of an activity in the order in which they arrived."""
    order = (SUBMISSION.c.arrived, SUBMISSION.c.id)
    return list(connection.execute(select(SUBMISSION).where(SUBMISSION.c.activity == activity).order_by(*order)))


def counting(connection: Connection, activity: str) -> dict[str, Row]:
    """Of each token the submission that counts: the latest."""
    return {row.token: row for row in submissions(connection, activity)}


def parts(connection: Connection, activity: str, *, verdicts: bool = False) -> list[Row]:
    """The marks of all submissions of an activity; what was found out about each only where it is wanted."""
    columns = [column for column in PART.c if verdicts or column is not PART.c.verdict]
    return list(connection.execute(select(*columns).join(SUBMISSION).where(SUBMISSION.c.activity == activity)))


def part(connection: Connection, number: int | None, question: str) -> Row | None:
    """One mark of the submission with this number."""
    this = (PART.c.submission == number) & (PART.c.question == question)
    return connection.execute(select(PART).where(this)).first()


def put(connection: Connection, number: int, mark: Part) -> None:
    """Set one mark of a submission."""
    row = {"points": real_points(mark.question, mark.points, mark.of), "of": float(mark.of), "source": mark.source}
    row |= {"by": clean(mark.by), "verdict": dict(mark.verdict)}
    this = (PART.c.submission == number) & (PART.c.question == mark.question)
    if part(connection, number, mark.question) is None:
        connection.execute(insert(PART).values(row | {"submission": number, "question": mark.question}))
    else:
        connection.execute(update(PART).where(this).values(row))


def note(connection: Connection, number: int, kind: str, before: Row | None, after: Part, who: str, why: str) -> None:
    """Keep a change of a mark: what it was, what it is, who, when, why."""
    points = real_points(after.question, after.points, after.of)
    row = {"submission": number, "question": after.question, "kind": kind, "of": float(after.of), "at": now()}
    row |= {"before": before.points if before else None, "after": points, "who": clean(who), "why": clean(why)}
    connection.execute(insert(CHANGE).values(row))
