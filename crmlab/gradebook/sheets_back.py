"""Sheets with the marks of free texts, back from the people who filled them in: looked through, then taken whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmlab.data.tokens import checked
from crmlab.gradebook.book import Gradebook, Hand, Marked, Part
from crmlab.gradebook.cells import ERRORS, guarded, holdable, points_in, read_sheets
from crmlab.gradebook.criteria import ACTIVITY, ANSWER, COMMENT, FIXED, QUESTION, SEAL, TOKEN, Criterion, criteria, seal
from crmlab.language.catalogue import LANGUAGES, _, speaking
from crmlab.language.errors import InputError


@dataclass
class Taken:
    """What came of reading a marking sheet: how many answers were marked anew, were so already, and are still empty.

    Where there are ``findings``, nothing was taken.
    """

    path: Path
    marked: int = 0
    same: int = 0
    empty: int = 0
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.findings:
            text = _("{file}: nothing was taken, because of:")
            return "\n".join([text.format(file=self.path.name), *self.findings])
        text = _("{file}: {marked} marked, {same} as they were, {empty} still empty.")
        return text.format(file=self.path.name, marked=self.marked, same=self.same, empty=self.empty)


def read(book: Gradebook, path: str | Path, who: str) -> Taken:
    """Take the marks of free texts from a marking sheet that ``write`` wrote, in any language: all of them or none.

    Every row has to be of a known student, question and answer, that counts and is as it was when the sheet was
    written; all its criteria marked by the rubric's levels, or none. What is not so is named in ``findings``, row and
    column. Rows may be sorted, left out, and left empty; columns may be added. Raises InputError where the file is no
    marking sheet, and where ``who`` is empty.
    """
    path = Path(path).expanduser()
    if not who.strip():
        raise InputError(_("Marks are given by somebody: say who."))
    code, rows = _sheet(path)
    with speaking(code):
        head = [" ".join(name.split()) for name in rows[0]]
        fixed = {name: head.index(_(name)) for name in FIXED}
    there = [(place, row) for place, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    names = {row[fixed[ACTIVITY]].strip() for _place, row in there}
    if len(names) != 1 or not names <= set(book.activities()):
        text = _("{file}: the column “{column}” has to name one activity of the gradebook; there stands: {names}.")
        written = _(", ").join(sorted(names)) or "–"
        raise InputError(text.format(file=path.name, column=rows[0][fixed[ACTIVITY]], names=written))
    activity = names.pop()
    asked = criteria(book, activity)
    with speaking(code):
        places = {(one.question, one.key): _place(head, one, path) for some in asked.values() for one in some}
    reader = _Rows(path, rows[0], fixed, places, asked, book, activity)
    for place, row in there:
        reader.take(place, row)
    taken = reader.taken
    if not taken.findings:
        taken.marked = book.give(reader.hands, who)
        taken.same = len(reader.hands) - taken.marked
    return taken


def _sheet(path: Path) -> tuple[str, list[list[str]]]:
    """The language and the rows of the sheet in which free texts are marked."""
    for rows in read_sheets(path):
        head = [" ".join(name.split()) for name in rows[0]] if rows else []
        for code in LANGUAGES:
            with speaking(code):
                known = [_(name) for name in FIXED]
            if all(head.count(name) == 1 for name in known):
                width = len(head)
                return code, [(row + [""] * width)[: max(width, len(row))] for row in rows]
    text = _("{file} is no sheet in which free texts are marked: it needs each of these columns once: {names}.")
    raise InputError(text.format(file=path.name, names=_(", ").join(map(_, FIXED))))


def _place(head: list[str], one: Criterion, path: Path) -> int | None:
    """Where a criterion's column stands; None where its question was not to be marked in this sheet."""
    if head.count(one.head) > 1:
        raise InputError(_("{file} has more than one column called {name}.").format(file=path.name, name=one.head))
    return head.index(one.head) if one.head in head else None


class _Rows:
    """The rows of one marking sheet as they are gone through: what they give, and what is wrong with them."""

    def __init__(
        self,
        path: Path,
        head: list[str],
        fixed: dict[str, int],
        places: dict[tuple[str, str], int | None],
        criteria: dict[str, list[Criterion]],
        book: Gradebook,
        activity: str,
    ) -> None:
        self.head, self.fixed, self.places, self.criteria, self.activity = head, fixed, places, criteria, activity
        self.taken, self.hands = Taken(path), []
        self._seen: dict[tuple[str, str], int] = {}
        self._answers = {}
        self._tokens = set()
        counts = {(marked.token, marked.content) for marked in book.counted(activity)}
        for marked in book.counted(activity, every=True):
            self._tokens.add(marked.token)
            for part in marked.parts:
                if part.source == "hand":
                    fits = (marked.token, marked.content) in counts
                    self._answers[marked.token, part.question, seal(marked, part)] = (marked, part, fits)

    def _wrong(self, row: int, column: int, what: str) -> None:
        text = _("Row {row}, column “{column}”: {what}")
        self.taken.findings.append(text.format(row=row, column=" ".join(self.head[column].split()), what=what))

    def take(self, place: int, row: list[str]) -> None:
        """Look at one row; what is right with it is put aside to be given."""
        before = len(self.taken.findings)
        found = self._answer(place, row)
        if found is None:
            return
        marked, part = found
        given = self._given(place, row, part.question)
        comment = row[self.fixed[COMMENT]].strip()
        if comment in ERRORS:
            what = _("{value} is what a spreadsheet leaves of a formula. Write the comment with ' before it.")
            self._wrong(place, self.fixed[COMMENT], what.format(value=comment))
        if len(self.taken.findings) > before:
            return
        if given:
            points = math.fsum(one["points"] for one in given)
            about = (self.activity, marked.token, marked.content, part.question)
            self.hands.append(Hand(*about, points, given, comment))
        elif comment:
            what = _("there is a comment, but no points. Give the points too, or leave both empty.")
            self._wrong(place, self.fixed[COMMENT], what)
        else:
            self.taken.empty += 1

    def _answer(self, place: int, row: list[str]) -> tuple[Marked, Part] | None:
        """The answer that a row is about; None where there is something wrong with it."""
        question = row[self.fixed[QUESTION]].strip()
        try:
            token = checked(row[self.fixed[TOKEN]])
        except InputError as error:
            return self._wrong(place, self.fixed[TOKEN], str(error))
        if token not in self._tokens:
            what = _("nobody with the token {token} has handed in {activity}.")
            return self._wrong(place, self.fixed[TOKEN], what.format(token=token, activity=self.activity))
        if question not in self.criteria:
            what = _("{activity} has no question {name}; it has: {names}.")
            names = _(", ").join(self.criteria)
            what = what.format(activity=self.activity, name=repr(question), names=names)
            return self._wrong(place, self.fixed[QUESTION], what)
        if (token, question) in self._seen:
            what = _("{question} of {token} stands in row {row} already.")
            what = what.format(question=question, token=token, row=self._seen[token, question])
            return self._wrong(place, self.fixed[TOKEN], what)
        self._seen[token, question] = place
        marked, part, counts = self._answers.get((token, question, row[self.fixed[SEAL]].strip()), (None, None, False))
        if part is None:
            what = _("the seal is not that of this student's answer: cells were moved or changed. Write a new sheet.")
            return self._wrong(place, self.fixed[SEAL], what)
        if not counts:
            what = _("the student handed in again after this sheet was written. Take the row out; write a new sheet.")
            return self._wrong(place, self.fixed[SEAL], what)
        answer, there = holdable(str(part.verdict.get("answer", ""))), row[self.fixed[ANSWER]]
        if "".join(there.split()) not in ("".join(answer.split()), "".join(guarded(answer).split())):
            what = _("these are not the words that the student handed in: cells were moved or changed.")
            return self._wrong(place, self.fixed[ANSWER], what)
        return marked, part

    def _given(self, place: int, row: list[str], question: str) -> list[dict[str, Any]]:
        """What the criteria of a row were given; empty where none was, or where something is wrong."""
        given, empty, before = [], [], len(self.taken.findings)
        for (key, _name), column in self.places.items():
            if key != question and column is not None and row[column].strip():
                what = _("this column belongs to {question}; leave it empty here.").format(question=key)
                self._wrong(place, column, what)
        for one in self.criteria[question]:
            column = self.places[question, one.key]
            if column is None:
                text = _("the column “{column}” is missing, or its rubric was changed. Write a new sheet.")
                self._wrong(place, self.fixed[QUESTION], text.format(column=one.head))
                continue
            text = row[column].strip()
            points = points_in(text)
            if not text:
                empty.append(column)
            elif points is None or not (points <= one.of and (not one.levels or points in dict(one.levels))):
                allowed = one.allowed or _("0 to {of}").format(of=f"{one.of:g}")
                what = _("{value} points can't be given; allowed are {allowed}.").format(value=text, allowed=allowed)
                self._wrong(place, column, what)
            else:
                given.append(one.given(points))
        if given and empty:
            for column in empty:
                self._wrong(place, column, _("this is empty, but the answer is marked elsewhere in the row."))
        return given if len(self.taken.findings) == before else []
