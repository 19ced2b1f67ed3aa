"""Item analysis: which questions of an exercise were hard, which told strong from weak, and what went wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import believed
from crmlab.experiments.survey import cronbach, feldt, wilson
from crmlab.gradebook.points import SMALL
from crmlab.language.catalogue import _, number, percent, short, speaking
from crmlab.language.errors import InputError
from crmlab.marking.feedback import failed_words, failure, stopped_words, text_of
from crmlab.marking.names import natural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.gradebook.book import Gradebook
    from crmlab.gradebook.records import Marked
    from crmlab.marking.exercise import Exercise

LEAST = 10
"""With fewer students who have all marks, nothing is said of discrimination and alpha."""
GROUP = 0.27
"""The share of students in the upper and in the lower group (Kelley 1939)."""
WEAK, HARD, EASY, SILENT = 0.2, 0.3, 0.9, 0.25
"""What a remark is made of: a weak discrimination (Ebel and Frisbie 1991), a low or high difficulty, many silent."""
ABSENT: Mapping[str, Any] = {"failed": {"kind": "unanswered"}}
"""The verdict on a question that is not there."""
COLUMNS = ("student", "question", "points", "of")
SOURCE = "made up by crmlab: 60 students, five questions and a letter; the fifth question's check counts the wrong way"


@dataclass(frozen=True, eq=False)
class ItemAnalysis(Analysis):
    """Classical item analysis of a marked exercise, found in a table with one row for each student and question.

    Columns: student; question; points, empty where a person has still to mark; of, the most that the question is worth;
    verdict, where there is one, what the marker found (``Part.verdict``); state, where there is one, "missing" for a
    student who handed in nothing (without this column: whose points are all empty) and is counted as absent only. It
    takes what ``Gradebook.marks`` gives for one activity. A student with rows for some questions only has 0 for the
    others and did not answer them.

    Measures (``summary``, one row a question): difficulty, the mean share of the points (an easy question has a *high*
    one), with Wilson's interval as if each mark were all or nothing, the widest that marks between 0 and ``of`` need;
    discrimination, the correlation of its points with the sum of all *other* questions (corrected item-total
    correlation), with Fisher's interval; upper_lower, its difficulty among the best 27% by total less that among the
    weakest 27%, students with equal totals at the border sharing the places left; alpha_without, Cronbach's alpha of
    the other questions. The last three, and ``alpha`` with Feldt's interval, rest on the students who have all marks;
    with fewer than 10 of them they are nan. Intervals say how far another class like this could differ, at ``level``.

    Raises InputError, naming the column and the row, for points outside 0 to ``of``, a student and question twice, a
    question of two worths, and where nobody has any mark.

    Source: Crocker and Algina (1986), Introduction to Classical and Modern Test Theory; Henrysson (1963), Correction of
    item-total correlations in item analysis, Psychometrika 28; Kelley (1939), The selection of upper and lower groups
    for the validation of test items, Journal of Educational Psychology 30; Ebel and Frisbie (1991), Essentials of
    Educational Measurement; alpha and the intervals as in ``crmlab.experiments.survey``.

    >>> found = ItemAnalysis.fit(ItemAnalysis.example())
    >>> found.summary().round(2)[["question", "difficulty", "low", "high", "discrimination", "upper_lower"]]
      question  difficulty   low  high  discrimination  upper_lower
    0       q1        0.71  0.58  0.81            0.64         0.50
    1       q2        0.55  0.43  0.67            0.63         0.53
    2       q3        0.47  0.35  0.60            0.73         0.63
    3       q4        0.30  0.20  0.43            0.71         0.62
    4       q5        0.54  0.41  0.66           -0.37        -0.15
    5       q6        0.51  0.38  0.65            0.56         0.43
    >>> import pandas as pd
    >>> three = pd.DataFrame({"student": list("abc"), "question": "q1", "points": [4, 4, 4], "of": 4})
    >>> ItemAnalysis.fit(three).summary().round(2)[["difficulty", "low", "high", "discrimination"]]
       difficulty   low  high  discrimination
    0         1.0  0.44   1.0             NaN
    """

    students: tuple[Any, ...]
    questions: tuple[str, ...]
    worth: np.ndarray
    points: np.ndarray
    """A row for each student who handed in, a column for each question; nan where a person has still to mark."""
    verdicts: tuple[dict[str, Mapping[str, Any]], ...]
    """Of each student, by question."""
    unanswered: np.ndarray
    absent: int
    titles: Mapping[str, Any] = field(default_factory=dict)
    name: Any = ""
    """What is analysed, as ``titles`` are."""
    level: float = 0.95

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, *, titles: Mapping[str, Any] | None = None, name: Any = "", level: float = 0.95
    ) -> Self:
        """The analysis of the marks in ``frame``; ``titles`` of questions and the exercise's ``name`` are Text,
        {"en", "zh"} or plain strings.

        Questions come in the order of ``titles``, others behind them by name, q2 before q10.
        """
        needed(frame.notna() if hasattr(frame, "notna") else frame, COLUMNS)
        rows = needed(frame, ["student", "question", "of"])
        rows["of"] = numeric(rows, "of", 0, 1e6)
        given = frame["points"].reset_index(drop=True)
        rows["points"] = np.nan
        known = given.notna().to_numpy()
        held = given[known].to_frame()
        if len(held):
            rows.loc[known, "points"] = numeric(held.infer_objects(), "points", 0)
        _check(rows)
        found = frame["verdict"].tolist() if "verdict" in frame.columns else []
        rows["verdict"] = [one if isinstance(one, Mapping) else {} for one in found] or [{}] * len(rows)
        is_missing = frame["state"].eq("missing").to_numpy() if "state" in frame.columns else ~known
        rows["there"] = ~is_missing
        asked = sorted(rows["question"].unique(), key=natural)
        questions = tuple(dict.fromkeys([*(name for name in titles or {} if name in asked), *asked]))
        of = np.array([rows.loc[rows["question"] == name, "of"].iloc[0] for name in questions])
        students, points, verdicts, absent = [], [], [], 0
        for student, own in rows.groupby("student", sort=False):
            if not own["there"].any():
                absent += 1
                continue
            marks = dict(zip(own["question"], own["points"], strict=True))
            students.append(student)
            points.append([marks.get(name, 0.0) for name in questions])
            verdicts.append(
                {name: ABSENT for name in questions if name not in marks}
                | dict(zip(own["question"], own["verdict"], strict=True))
            )
        table = np.array(points, dtype=float).reshape(len(students), len(questions))
        if np.isnan(table).all():
            raise InputError(_("Nobody has a mark yet, so there is nothing to analyse."))
        silent = np.array([[_silent(one[name]) for name in questions] for one in verdicts]) & ~(table > SMALL)
        return cls(
            tuple(students),
            questions,
            of,
            table,
            tuple(verdicts),
            silent,
            absent,
            dict(titles or {}),
            name,
            believed(level),
        )

    @classmethod
    def of_marked(cls, marked: Iterable[Marked], absent: int = 0, **options: Any) -> Self:
        """The analysis of submissions as the marker made them, one a student, and of ``absent`` more without one."""
        import pandas as pd

        rows = [
            (one.token, part.question, part.points, part.of, part.verdict, "") for one in marked for part in one.parts
        ]
        if not rows:
            raise InputError(_("Nobody has a mark yet, so there is nothing to analyse."))
        found = cls.fit(pd.DataFrame(rows, columns=[*COLUMNS, "verdict", "state"]), **options)
        return cls(**{**found.__dict__, "absent": absent})

    @classmethod
    def of(cls, book: Gradebook, exercise: Exercise) -> Self:
        """The analysis of an exercise by the submissions in ``book`` that count."""
        marks = book.marks(exercise.name)
        absent = marks.loc[marks["state"] == "missing", "token"].nunique()
        titles = {key: exercise.title(key) for key in exercise.questions}
        return cls.of_marked(book.counted(exercise.name), absent, titles=titles, name=exercise.title("title"))

    @classmethod
    def example(cls) -> pd.DataFrame:
        """Marks to try it on, made up: 60 students, six questions; ``attrs["source"]`` says so.

        The letter q6 has no mark yet for 12 students, and q5 runs against the others.
        """
        import pandas as pd

        rng = np.random.default_rng(8)
        skill = rng.normal(0, 1, 60)
        worth, ease, pull = (4, 6, 4, 5, 3, 5), (1.2, 0.4, -0.2, -0.9, 0.3, 0.1), (0.9, 1.2, 1.0, 1.1, -0.5, 0.8)
        steps = (4, 12, 4, 10, 3, 10)
        named = {
            "q2": ("heads-for-money", "Heads were counted, not money.", "数的是人头，不是钱。"),
            "q3": ("divided-months", "The half-year's churn was divided by six.", "把半年的流失率除以六了。"),
            "q5": ("used-churn", "Churn was used where retention is asked.", "问的是保持率，用了流失率。"),
        }
        rows = []
        for place, of in enumerate(worth):
            key = f"q{place + 1}"
            share = 1 / (1 + np.exp(-(ease[place] + 0.9 * pull[place] * skill + rng.normal(0, 1, 60))))
            for student, one in enumerate(share):
                points: float | None = of * round(one * steps[place]) / steps[place]
                verdict: dict[str, Any] = {"given": []}
                if key in named and points < of / 2:
                    name, en, zh = named[key]
                    verdict["misconceptions"] = {name: {"en": en, "zh": zh}}
                if key == "q4" and points < 0.15 * of:
                    points, verdict["failed"] = 0.0, {"kind": "unanswered"}
                if key == "q3" and points < 0.15 * of:
                    verdict["failed"] = {"kind": "error", "name": "over", "error": "ZeroDivisionError"}
                rows.append((2026001 + student, key, None if key == "q6" and student >= 48 else points, of, verdict))
        frame = pd.DataFrame(rows, columns=[*COLUMNS, "verdict"])
        frame.attrs = {"source": SOURCE}
        return frame

    @property
    def complete(self) -> np.ndarray:
        """The points of the students who have all marks, without the questions that nobody has a mark for."""
        counted = self.points[:, self.counted]
        return counted[~np.isnan(counted).any(axis=1)]

    @property
    def alpha(self) -> tuple[float, float, float]:
        """Cronbach's alpha of the exercise and its interval (Feldt); nan where too few have all marks."""
        table = self.complete
        value = cronbach(table) if len(table) >= LEAST else math.nan
        if math.isnan(value):
            return math.nan, math.nan, math.nan
        return float(value), *feldt(float(value), *table.shape, self.level)

    def summary(self) -> pd.DataFrame:
        """A row for each question.

        question; of; students (with a mark); waiting (for a person); mean, the points; difficulty with low and high;
        discrimination with discrimination_low and discrimination_high; upper_lower; alpha_without; shares (0 to 1) of
        those with a mark: unanswered, none (answered, no points), some, full.
        """
        import pandas as pd

        rows, table, counted = [], self.complete, np.flatnonzero(self.counted).tolist()
        for place, name in enumerate(self.questions):
            column, of = self.points[:, place], self.worth[place]
            marks = column[~np.isnan(column)]
            many = len(marks)
            share = float(np.clip(marks.mean() / of, 0, 1)) if many and of else math.nan
            low, high = (math.nan,) * 2 if math.isnan(share) else wilson(share, many, self.level)
            silent = float(self.unanswered[~np.isnan(column), place].mean()) if many else math.nan
            none = float((marks <= SMALL).mean()) if many else math.nan
            some = float(((marks > SMALL) & (marks < of - SMALL)).mean()) if many else math.nan
            full = float((marks >= of - SMALL).mean()) if many else math.nan
            found = (math.nan,) * 5
            if place in counted and len(table) >= LEAST:
                found = _telling(table, counted.index(place), of, self.level)
            rows.append((
                name, float(of), many, len(column) - many, float(marks.mean()) if many else math.nan, share, low, high,
                *found, silent, none - silent, some, full,
            ))  # fmt: skip
        return pd.DataFrame(rows, columns=[
            "question", "of", "students", "waiting", "mean", "difficulty", "low", "high", "discrimination",
            "discrimination_low", "discrimination_high", "upper_lower", "alpha_without", "unanswered", "none", "some",
            "full",
        ])  # fmt: skip

    def misconceptions(self) -> pd.DataFrame:
        """The misconceptions that were named, the most common first.

        question; misconception, its key; text, in the language spoken now; students; share of those who handed in.
        """
        import pandas as pd

        counts: Counter[tuple[str, str]] = Counter()
        texts: dict[tuple[str, str], Any] = {}
        for one in self.verdicts:
            for question, verdict in one.items():
                named = verdict.get("misconceptions")
                for key, text in named.items() if isinstance(named, Mapping) else ():
                    counts[question, key] += 1
                    texts.setdefault((question, key), text)
        order = {name: place for place, name in enumerate(self.questions)}
        rows = [
            (question, key, text_of(texts[question, key]), many, many / len(self.students))
            for (question, key), many in sorted(counts.items(), key=lambda one: (-one[1], order[one[0][0]], one[0][1]))
        ]
        return pd.DataFrame(rows, columns=["question", "misconception", "text", "students", "share"])

    def failures(self) -> pd.DataFrame:
        """What failed, by question and in the language spoken now, the most common first within a question.

        question; kind ("stopped", "failed" or "fault": the check itself); what; students. Questions that were merely
        not answered are no failures.
        """
        import pandas as pd

        counts: Counter[tuple[str, str, str]] = Counter()
        for one in self.verdicts:
            for question, verdict in one.items():
                counts.update((question, kind, what) for kind, what in _failed(verdict))
        order = {name: place for place, name in enumerate(self.questions)}
        rows = [
            (*key, many) for key, many in sorted(counts.items(), key=lambda one: (order[one[0][0]], -one[1], one[0]))
        ]
        return pd.DataFrame(rows, columns=["question", "kind", "what", "students"])

    def remarks(self) -> list[str]:
        """What is worth a look, in sentences of the language spoken now."""
        said, failures = [], self.failures()
        for row in self.summary().itertuples(index=False):
            name = self.title(row.question)
            broken = failures[(failures["question"] == row.question) & (failures["kind"] == "fault")]
            faults = int(broken["students"].sum())
            if faults:
                text = _("{question}: the check itself failed (submissions: {count}). Mend it and mark again.")
                said.append(text.format(question=name, count=number(faults)))
            if not row.students:
                said.append(_("{question}: nobody has a mark yet.").format(question=name))
                continue
            if row.full == 1:
                said.append(
                    _("{question}: everybody has all points, so it tells nothing of who is strong.").format(
                        question=name
                    )
                )
            elif row.full == 0 and row.some == 0:
                said.append(
                    _("{question}: nobody has any points. Look at the task and at the check.").format(question=name)
                )
            elif row.high < HARD:
                text = _("{question}: hard, {share} of the points on average ({low} to {high}).")
                said.append(text.format(question=name, **shares(row)))
            elif row.low > EASY:
                text = _("{question}: easy, {share} of the points on average ({low} to {high}).")
                said.append(text.format(question=name, **shares(row)))
            if row.unanswered > SILENT:
                text = _("{question}: {share} did not answer it.")
                said.append(text.format(question=name, share=percent(row.unanswered)))
            if row.discrimination < 0:
                text = _(
                    "{question}: whoever did well elsewhere rather did worse here (discrimination {value}, {low} to "
                    "{high}). Is the task misleading, or does the check count the wrong way?"
                )
                if row.discrimination_high >= 0:
                    text = _("{question}: discrimination {value}, below zero, which may be chance ({low} to {high}).")
                said.append(text.format(question=name, **telling(row)))
            elif row.discrimination_high < WEAK:
                text = _("{question}: hardly tells strong from weak (discrimination {value}, {low} to {high}).")
                said.append(text.format(question=name, **telling(row)))
        return said

    def plot(self, ax: Axes | None = None, picture: str = "difficulty") -> Axes:
        """Draw one of the pictures: difficulty, discrimination, points, totals or misconceptions; return the Axes.

        Raises InputError for another name, and where there is nothing to draw, with the reason.
        """
        from crmlab.experiments.picture import canvas, headline
        from crmlab.marking.items_pictures import known

        one = known(self, picture)
        ax = canvas(ax)
        one.draw(self, ax)
        headline(ax, _(one.title))
        return ax

    def describe(self, language: str | None = None, picture: str = "difficulty") -> str:
        """A picture in words, in the language spoken now or in ``language``. Raises InputError as ``plot`` does."""
        from crmlab.marking.items_pictures import known

        with speaking(language):
            return known(self, picture).words(self)

    def report(self, path: str | Path, language: str | None = None) -> Path:
        """Write the analysis as one page of HTML to ``path``, in the language spoken now or in ``language``.

        Tables, pictures with their words, and how to read them; no student is named. A file that is there is not
        overwritten: InputError.
        """
        from crmlab.files import write_new
        from crmlab.marking.items_page import page

        path = Path(path).expanduser()
        with speaking(language):
            write_new({path: page(self).encode()})
        return path

    @property
    def counted(self) -> np.ndarray:
        """Whether anybody has a mark for a question."""
        return ~np.isnan(self.points).all(axis=0)

    def title(self, question: str) -> str:
        """What a question is called, in the language spoken now."""
        return text_of(self.titles[question]).replace("`", "") if question in self.titles else str(question)


def _check(rows: pd.DataFrame) -> None:
    """Whether each student has a question once, each question one worth, and no mark is above it."""
    for place in np.flatnonzero(rows.duplicated(["student", "question"]))[:1]:
        text = _("Row {row} (counted from 1): {student} has a mark for {question} already.")
        one = rows.iloc[place]
        raise InputError(
            text.format(row=number(place + 1), student=repr(one["student"]), question=repr(one["question"]))
        )
    worths = rows.groupby("question", sort=False)["of"].transform("first")
    for place in np.flatnonzero((rows["of"] - worths).abs() > SMALL)[:1]:
        text = _(
            "The question {question} is worth {first} points in one row and {second} in row {row} (counted from 1)."
        )
        one = rows.iloc[place]
        raise InputError(text.format(
            question=repr(one["question"]), first=short(worths.iloc[place], 2), second=short(one["of"], 2),
            row=number(place + 1),
        ))  # fmt: skip
    for place in np.flatnonzero(rows["points"] > rows["of"] + SMALL)[:1]:
        text = _("The column {name} has {value} in row {row} (counted from 1); allowed is {low} to {high}.")
        one = rows.iloc[place]
        raise InputError(text.format(
            name="points", value=f"{one['points']:g}", row=number(place + 1), low="0", high=f"{one['of']:g}"
        ))  # fmt: skip


def _silent(verdict: Mapping[str, Any]) -> bool:
    """Whether there was no answer to mark."""
    return failure(verdict).get("kind") == "unanswered"


def _failed(verdict: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The kinds of failure and their words."""
    found = []
    if stopped := verdict.get("stopped"):
        found.append(("stopped", stopped_words(str(stopped), _("The cell"))))
    if (failed := failure(verdict)) and not _silent(verdict):
        found.append(("failed", failed_words(failed)))
    if fault := verdict.get("fault"):
        found.append(("fault", _("The check itself failed: {error}").format(error=str(fault)[:300])))
    return found


def _telling(table: np.ndarray, place: int, of: float, level: float) -> tuple[float, float, float, float, float]:
    """Discrimination with its interval, upper less lower group, and alpha of the other questions."""
    from scipy.special import ndtri

    own, others = table[:, place], np.delete(table, place, axis=1)
    rest, many = others.sum(axis=1), len(table)
    value = low = high = math.nan
    if own.std() > SMALL and rest.std() > SMALL:
        value = float(np.clip(np.corrcoef(own, rest)[0, 1], -1, 1))
        half = float(ndtri((1 + level) / 2)) / math.sqrt(many - 3)
        steep = math.atanh(min(max(value, -1 + 1e-12), 1 - 1e-12))
        low, high = math.tanh(steep - half), math.tanh(steep + half)
    without = cronbach(others) if others.shape[1] > 1 else math.nan
    return value, low, high, _upper_lower(own / of if of else own, table.sum(axis=1)), float(without)


def _upper_lower(share: np.ndarray, totals: np.ndarray) -> float:
    """The mean share of the best 27% by total less that of the weakest; nan where all totals are alike.

    Who stands at the border with equal totals shares the places that are left, so no order of rows matters.

    >>> _upper_lower(np.array([1.0, 1, 1, 0, 0, 0, 0, 0, 0, 0]), np.arange(10.0)[::-1])
    1.0
    """
    totals = totals.round(9)
    if totals.min() == totals.max():
        return math.nan
    group = max(1, math.floor(GROUP * len(totals) + 0.5))

    def mean(order: np.ndarray) -> float:
        border = np.sort(order)[group - 1]
        weights = (order < border).astype(float)
        weights[order == border] = (group - weights.sum()) / (order == border).sum()
        return float((weights * share).sum() / group)

    return mean(-totals) - mean(totals)


def shares(row: Any) -> dict[str, str]:
    """A row's difficulty and its interval as percentages."""
    return {"share": percent(row.difficulty), "low": percent(row.low), "high": percent(row.high)}


def telling(row: Any) -> dict[str, str]:
    """A row's discrimination and its interval with two decimals."""
    found = {"value": row.discrimination, "low": row.discrimination_low, "high": row.discrimination_high}
    return {name: number(value, 2) for name, value in found.items()}
