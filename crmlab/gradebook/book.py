"""The gradebook: every mark of every student, what became of it later, and who changed it, when and why."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Row, delete, insert, select, update

from crmlab.data.tokens import checked
from crmlab.gradebook import listed, stored
from crmlab.gradebook.file import ACTIVITY, QUESTION, STUDENT, SUBMISSION, opened, reading, writing
from crmlab.gradebook.records import Hand, Marked, Part, clean, fits, moment, now, real_points
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.gradebook.grades import Share

__all__ = ["Gradebook", "Hand", "Marked", "Part"]


class Gradebook:
    """The gradebook in the file ``path``; a new one where there is none, unless ``new`` is False.

    Every method is one transaction: killed in the middle of it, nothing of it has happened. Several programs may write
    at once. Raises InputError where the file is none, is something else, or was made by a newer crmlab.
    """

    def __init__(self, path: str | Path, new: bool = True) -> None:
        self.path = Path(path).expanduser()
        self._engine = opened(self.path, new)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._engine.dispose()

    def _reading(self) -> Any:
        return reading(self._engine, self.path)

    def _writing(self) -> Any:
        return writing(self._engine, self.path)

    # the class, and what it is marked in

    def enrol(self, students: pd.DataFrame) -> int:
        """Put a class list in: student, token and perhaps name, as ``roster`` gives them; returns how many are new.

        Who is in already stays, under the name given last; nobody is taken out. Raises InputError where a column is
        missing, a token is none, or a student or a token is known as another's.
        """
        missing = [name for name in ("student", "token") if name not in students]
        if missing:
            text = _("The class list has no column {names}; crmlab roster makes one that has.")
            raise InputError(text.format(names=_(", ").join(missing)))
        names = students["name"] if "name" in students else [""] * len(students)
        new = 0
        with self._writing() as connection:
            rows = stored.students(connection)
            student_of, token_of = {row.token: row.student for row in rows}, {row.student: row.token for row in rows}
            for student, token, name in zip(students["student"], students["token"], names, strict=True):
                student, token = clean(student).strip(), checked(token)
                name = clean(name).strip() if isinstance(name, str) else ""
                if student_of.get(token, student) != student or token_of.get(student, token) != token:
                    text = _(
                        "The student {student} with the token {token} is known otherwise in the gradebook: was the "
                        "class list made with another course key?"
                    )
                    raise InputError(text.format(student=student, token=token))
                if token in student_of:
                    connection.execute(update(STUDENT).where(STUDENT.c.token == token).values(name=name))
                    continue
                row = {"token": token, "student": student, "name": name, "place": len(student_of)}
                connection.execute(insert(STUDENT).values(row))
                student_of[token], token_of[student], new = student, token, new + 1
        return new

    def students(self) -> pd.DataFrame:
        """The class list in its order: student, name, token."""
        import pandas as pd

        with self._reading() as connection:
            rows = [(row.student, row.name, row.token) for row in stored.students(connection)]
        return pd.DataFrame(rows, columns=["student", "name", "token"]).astype("str")

    def token_of(self, who: str) -> str:
        """The token of the student with this number or token. Raises InputError where it is nobody's."""
        with self._reading() as connection:
            known = {row.student: row.token for row in stored.students(connection)}
        try:
            token = known.get(who.strip()) or checked(who)
        except InputError:
            token = ""
        if token not in known.values():
            raise InputError(_("No student of this class has the number or the token {who}.").format(who=repr(who)))
        return token

    def activity(
        self, name: str, points: Mapping[str, float], kind: str = "exercise", rubrics: Mapping[str, Any] | None = None
    ) -> None:
        """Say which questions an activity has and what each is worth; said again, what changed is put right.

        ``rubrics`` are those of the free texts, as ``Exercise.rubrics`` gives them; those not given stay. Raises
        InputError where there is no question, one is worth nothing, or one that has marks would be left out.
        """
        rubrics = {key: _plain(rubric) for key, rubric in (rubrics or {}).items()}
        for key, of in points.items():
            if isinstance(of, bool) or not (math.isfinite(of) and of > 0):
                raise InputError(_("{question} can't be worth {points} points.").format(question=key, points=of))
        if not points:
            raise InputError(_("{activity} has no questions.").format(activity=name))
        with self._writing() as connection:
            before = select(QUESTION).where(QUESTION.c.activity == name)
            known = {row.question: row.rubric for row in connection.execute(before)}
            if not known:
                place = len(stored.activities(connection))
                connection.execute(insert(ACTIVITY).values(activity=name, kind=kind, place=place))
            lost = {row.question for row in stored.parts(connection, name)} - set(points)
            if lost:
                text = _("{activity}: there are marks for {names}, so these questions can't be left out.")
                raise InputError(text.format(activity=name, names=_(", ").join(sorted(lost))))
            connection.execute(delete(QUESTION).where(QUESTION.c.activity == name))
            for place, (key, of) in enumerate(points.items()):
                row = {"activity": name, "question": key, "place": place, "of": float(of)}
                connection.execute(insert(QUESTION).values(row | {"rubric": rubrics.get(key, known.get(key))}))

    def activities(self) -> dict[str, dict[str, float]]:
        """What each question of each activity is worth, in the order in which they came."""
        with self._reading() as connection:
            return {
                name: {key: row.of for key, row in stored.questions(connection, name).items()}
                for name in stored.activities(connection)
            }

    def rubrics(self, activity: str) -> dict[str, dict[str, Any]]:
        """The rubrics of an activity's free texts as plain data. Raises InputError where there is no such activity."""
        with self._reading() as connection:
            known = stored.questions(connection, activity)
        return {key: row.rubric for key, row in known.items() if row.rubric}

    # marks in

    def store(self, marked: Marked, who: str) -> str:
        """Keep one submission's marks: ``"new"``, ``"same"`` or ``"regraded"``.

        A content that is kept already and was marked by the same checks changes nothing (but when it last arrived).
        Other checks make a regrade: marks that differ are changed and the change is kept; what a person gave by hand
        stays. Raises InputError where the activity is unknown, its questions are others, or a mark is none.
        """
        token, arrived = checked(marked.token), moment(marked.arrived)
        about = {name: clean(getattr(marked, name)) for name in ("language", "file", "edition", "checks")}
        about |= {"guards": marked.guards, "seconds": float(marked.seconds), "notes": marked.notes}
        with self._writing() as connection:
            fits(marked, stored.questions(connection, marked.activity))
            before = stored.submission(connection, marked.activity, token, marked.content)
            if before is None:
                about |= {"activity": marked.activity, "token": token, "content": marked.content, "arrived": arrived}
                made = connection.execute(insert(SUBMISSION).values(about | {"who": clean(who), "stored": now()}))
                for part in marked.parts:
                    stored.put(connection, made.inserted_primary_key[0], part)
                return "new"
            same = before.checks == about["checks"]
            news = {} if same else about
            if marked.arrived and arrived > before.arrived:
                news |= {"arrived": arrived}
            if news:
                connection.execute(update(SUBMISSION).where(SUBMISSION.c.id == before.id).values(news))
            if not same:
                _regrade(connection, before.id, marked, who)
            return "same" if same else "regraded"

    def done(self, activity: str, checks: str) -> set[tuple[str, str]]:
        """Token and content of every submission marked by these checks: an interrupted run goes on without them."""
        with self._reading() as connection:
            rows = stored.submissions(connection, activity)
        return {(row.token, row.content) for row in rows if row.checks == checks}

    def change(self, token: str, activity: str, question: str, points: float | None, who: str, why: str) -> None:
        """Change one mark by hand, of the submission that counts; None takes it back, so that it waits for a person.

        From then on no regrade changes it. Raises InputError where the student handed nothing in, the question is
        unknown, the points are not from 0 to what it is worth, or ``who`` or ``why`` is empty.
        """
        token = checked(token)
        if not (who.strip() and why.strip()):
            raise InputError(_("A mark is changed by somebody for a reason: say who and why."))
        with self._writing() as connection:
            known = stored.questions(connection, activity)
            if question not in known:
                text = _("{activity} has no question {name}; it has: {names}.")
                raise InputError(text.format(activity=activity, name=repr(question), names=_(", ").join(known)))
            counts = stored.counting(connection, activity).get(token)
            if counts is None:
                text = _("{token} has handed in nothing for {activity}.")
                raise InputError(text.format(token=token, activity=activity))
            before = stored.part(connection, counts.id, question)
            was = _part(before) if before else Part(question, None, known[question].of, "hand")
            by = "" if points is None else who
            after = dataclasses.replace(was, points=real_points(question, points, was.of), by=by)
            stored.note(connection, counts.id, "change", before, after, who, why)
            stored.put(connection, counts.id, after)

    def give(self, hands: Iterable[Hand], who: str) -> int:
        """Give marks to free texts, all of them or none; returns how many were not so before.

        Raises InputError where a submission or a question is unknown or is not marked by hand, or the points are not
        from 0 to what it is worth.
        """
        changed = 0
        with self._writing() as connection:
            for hand in hands:
                kept = stored.submission(connection, hand.activity, checked(hand.token), hand.content)
                before = kept and stored.part(connection, kept.id, hand.question)
                if before is None or before.source != "hand":
                    text = _("{question} of {token} in {activity} is no answer that is marked by hand.")
                    raise InputError(text.format(question=hand.question, token=hand.token, activity=hand.activity))
                points = real_points(hand.question, hand.points, before.of)
                verdict = before.verdict | {"given": list(hand.given), "comment": clean(hand.comment)}
                if before.by and (before.points, before.verdict) == (points, verdict):
                    continue
                after = Part(hand.question, points, before.of, "hand", verdict, who)
                stored.note(connection, kept.id, "hand", before, after, who, "")
                stored.put(connection, kept.id, after)
                changed += 1
        return changed

    # marks out

    def counted(self, activity: str, every: bool = False) -> list[Marked]:
        """The submissions that count, the latest of each student, in the order of the class list; or ``every`` one.

        Raises InputError for an unknown activity.
        """
        with self._reading() as connection:
            order = {key: place for place, key in enumerate(stored.questions(connection, activity))}
            rows = stored.submissions(connection, activity)
            if not every:
                rows = list(stored.counting(connection, activity).values())
            places = {row.token: row.place for row in stored.students(connection)}
            parts: dict[int, list[Part]] = {row.id: [] for row in rows}
            for row in stored.parts(connection, activity, verdicts=True):
                if row.submission in parts:
                    parts[row.submission].append(_part(row))
        names = [field.name for field in dataclasses.fields(Marked) if field.name != "parts"]
        return [
            Marked(
                **{name: getattr(row, name) for name in names},
                parts=tuple(sorted(parts[row.id], key=lambda part: order[part.question])),
            )
            for row in sorted(rows, key=lambda row: places.get(row.token, len(places)))
        ]

    def marks(self, activity: str | None = None) -> pd.DataFrame:
        """What counts, a row for each question of each activity and student: see ``listed.marks``."""
        with self._reading() as connection:
            return listed.marks(connection, activity)

    def totals(self, activity: str | None = None) -> pd.DataFrame:
        """What counts, a row for each activity and student: see ``grades.totals``."""
        from crmlab.gradebook.grades import totals

        return totals(self.marks(activity))

    def grades(self, weights: Iterable[Share | Mapping[str, Any]] | None = None, missing: str = "open") -> pd.DataFrame:
        """A course grade for each student, by the syllabus unless other weights are given: see ``grades.grades``."""
        from crmlab.gradebook.grades import SYLLABUS, grades

        return grades(self.marks(), SYLLABUS if weights is None else weights, missing)

    def history(
        self, token: str | None = None, activity: str | None = None, question: str | None = None
    ) -> pd.DataFrame:
        """Everything that ever happened to marks, or to those that are named: see ``listed.history``."""
        wanted = {"token": None if token is None else checked(token), "activity": activity, "question": question}
        with self._reading() as connection:
            made = listed.history(connection)
        for name, value in wanted.items():
            made = made if value is None else made[made[name] == value]
        return made.reset_index(drop=True)

    def regraded(self) -> pd.DataFrame:
        """Whose mark regrades changed, from what to what: rows as in ``history``."""
        made = self.history()
        changed = made["before"].ne(made["after"]) & ~(made["before"].isna() & made["after"].isna())
        return made[(made["kind"] == "regrade") & changed].reset_index(drop=True)


def _plain(rubric: Any) -> Any:
    return rubric.model_dump(mode="json") if hasattr(rubric, "model_dump") else rubric


def _part(row: Row) -> Part:
    return Part(row.question, row.points, row.of, row.source, row.verdict, row.by)


def _regrade(connection: Connection, number: int, marked: Marked, who: str) -> None:
    """Put the marks of other checks in. What a person gave stays, and of a free text all that belongs to it."""
    why = _("Marked again, edition {edition}, checks {checks}.")
    why = why.format(edition=marked.edition[:12], checks=marked.checks[:12])
    for part in marked.parts:
        before = stored.part(connection, number, part.question)
        points = real_points(part.question, part.points, part.of)
        after = dataclasses.replace(part, points=points, by="")
        if before is not None and before.by:
            after = _part(before)
            if before.source != "hand":
                after = dataclasses.replace(after, verdict=part.verdict)
            if points is not None and points != before.points:
                text = _("A person gave these points, so they stay; the checks would give {points}.")
                stored.note(connection, number, "kept", before, after, who, text.format(points=f"{points:g}"))
        elif before is None or (before.points, before.of) != (points, part.of):
            stored.note(connection, number, "regrade", before, after, who, why)
        stored.put(connection, number, after)
