"""The rota of class play: groups, and who is agent, customer and observer in which round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.experiments.base import whole
from crmlab.language.catalogue import _, mark, number, prose
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

STEPS = (
    (mark("reading the cards"), 2),
    (mark("the play"), 6),
    (mark("silent rating"), 1),
    (mark("the feedback"), 5),
)
"""What a round is made of, and its minutes."""
MINUTES = sum(minutes for _step, minutes in STEPS)
SMALLEST, LARGEST = 4, 6
ENOUGH = 3
"""Observers from whom on a play's peers are heard: see ``crmlab.roleplay.ratings``."""


@dataclass(frozen=True, eq=False)
class Rota:
    """Who plays what when; ``rota`` makes one.

    ``table`` has a row a person and play: session, group, round, student, name, role ("agent", "customer" or
    "observer"). A session is one play, such as G2-R3: group 2, round 3. The groups play at the same time.
    """

    table: pd.DataFrame
    size: int

    @property
    def sizes(self) -> list[int]:
        """The students of each group; as many rounds has it."""
        return self.table.groupby("group")["student"].nunique().tolist()

    @property
    def rounds(self) -> int:
        """The rounds of the largest group."""
        return max(self.sizes)

    @property
    def minutes(self) -> int:
        """The time that all rounds take, without a word before and after."""
        return self.rounds * MINUTES

    def timetable(self) -> pd.DataFrame:
        """A row a round and step: round, step (in the language spoken now), start and end in minutes from the first."""
        import pandas as pd

        rows, now = [], 0
        for turn in range(1, self.rounds + 1):
            for step, minutes in STEPS:
                rows.append((turn, _(step), now, now + minutes))
                now += minutes
        return pd.DataFrame(rows, columns=["round", "step", "start", "end"])

    def summary(self) -> pd.DataFrame:
        """A row a play: session, group, round, agent, customer, observers (labels; the last joined to one text)."""
        import pandas as pd

        rows = []
        for (group, turn, session), play in self.table.groupby(["group", "round", "session"], sort=True):
            labels = play.assign(label=self.labels(play))
            of = {role: labels.loc[labels["role"] == role, "label"].tolist() for role in ("agent", "customer")}
            watching = labels.loc[labels["role"] == "observer", "label"]
            rows.append((session, group, turn, of["agent"][0], of["customer"][0], _(", ").join(watching)))
        return pd.DataFrame(rows, columns=["session", "group", "round", "agent", "customer", "observers"])

    def labels(self, rows: pd.DataFrame) -> list[str]:
        """What people are called on paper: by name, with the number where two share a name, by number without one."""
        people = self.table.drop_duplicates("student")
        twice = set(people.loc[people["name"].duplicated(keep=False), "name"])
        pairs = zip(rows["student"], rows["name"], strict=True)
        return [name if name and name not in twice else f"{name} ({who})" if name else who for who, name in pairs]

    def notes(self) -> list[str]:
        """What the teacher has to know of this rota, a sentence or two each: what could not be had, and what helps."""
        sizes, said = self.sizes, []
        few = [group for group, members in enumerate(sizes, 1) if members - 2 < ENOUGH]
        if few:
            text = _(
                "Fewer than {enough} observers in group {groups} ({observers} a play): there only the teacher's mark "
                "counts."
            )
            counts = sorted({sizes[group - 1] - 2 for group in few})
            said.append(
                text.format(
                    enough=number(ENOUGH), groups=_(", ").join(map(number, few)),
                    observers=_(", ").join(map(number, counts)),
                )
            )  # fmt: skip
        if max(sizes) > LARGEST:
            text = _("{students} students make one group of {students}: groups of {low} and more can't be cut of them.")
            said.append(text.format(students=number(max(sizes)), low=number(SMALLEST)))
        if len(set(sizes)) > 1:
            text = _("The groups of {small} are ready {minutes} minutes before the others; they begin their debrief.")
            small = min(sizes)
            said.append(text.format(small=number(small), minutes=number((max(sizes) - small) * MINUTES)))
        said.append(
            prose(
                [
                    _("Who plays the customer has been agent before, but for the first customer, who is agent last."),
                    _(
                        "Who plays later has seen the plays before: two parallel scenes, one for the earlier and one "
                        "for the later rounds, keep that small, and later agents' marks are read with it in mind."
                    ),
                ]
            )
        )
        return said


def rota(roster: pd.DataFrame, size: int = 5, seed: int = 0) -> Rota:
    """Groups of about ``size`` students drawn by lot, in which everyone is agent once and customer once.

    ``roster`` has the columns student and name (as ``crmlab.data.roster`` gives it), one row a student. ``size`` is 4
    to 6; the groups differ by at most one. From a size of 5 on, as few groups as can be have fewer than three
    observers. Up to 6 students are one group, and so are 7, of whom no two groups can be made. The same students and
    ``seed`` give the same rota, in whatever order the rows stand.

    In every group the agents follow one another by lot, and the customer is who was agent in the round before. Nobody
    so reads the customer's card before being agent; only the first customer does, there being no agent before.

    Raises InputError for a roster without these columns, with an empty or repeated student number, or of one student.

    >>> import pandas as pd
    >>> eleven = pd.DataFrame({"student": [str(place) for place in range(11)], "name": ""})
    >>> made = rota(eleven, seed=7)
    >>> made.sizes, made.minutes
    ([6, 5], 84)
    >>> rota(eleven.head(3)).notes()[0]
    "Fewer than 3 observers in group 1 (1 a play): there only the teacher's mark counts."
    >>> rota(eleven.head(1))
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: A role play needs two students at least, an agent and a customer.
    """
    import pandas as pd

    people = _people(roster)
    size, seed = whole("size", size, SMALLEST, LARGEST), whole("seed", seed, 0, 2**63 - 1)
    order = np.random.default_rng(seed).permutation(len(people))
    drawn = [people[place] for place in order]
    rows, begin = [], 0
    for group, members in enumerate(sizes_of(len(people), size), 1):
        inside = drawn[begin : begin + members]
        begin += members
        for turn in range(members):
            for place, (student, name) in enumerate(inside):
                role = "agent" if place == turn else "customer" if place == (turn - 1) % members else "observer"
                rows.append((f"G{group}-R{turn + 1}", group, turn + 1, student, name, role))
    columns = ["session", "group", "round", "student", "name", "role"]
    return Rota(pd.DataFrame(rows, columns=columns), size)


def sizes_of(students: int, size: int) -> list[int]:
    """The sizes of the groups that ``students`` make, the largest first.

    >>> sizes_of(60, 5) == [5] * 12, sizes_of(23, 5), sizes_of(8, 5), sizes_of(7, 5)
    (True, [6, 6, 6, 5], [4, 4], [7])
    """

    def cut(groups: int) -> list[int]:
        each, more = divmod(students, groups)
        return [each + 1] * more + [each] * (groups - more)

    def worth(groups: int) -> tuple[float, float, int]:
        few = sum(members for members in cut(groups) if members - 2 < ENOUGH)
        return (few if size - 2 >= ENOUGH else 0, abs(students / groups - size), groups)

    fitting = [groups for groups in range(2, students // SMALLEST + 1) if max(cut(groups)) <= LARGEST]
    return cut(min(fitting, key=worth)) if fitting and students > LARGEST else [students]


def _people(roster: Any) -> list[tuple[str, str]]:
    """Students' numbers and names, in the order of the numbers."""
    from crmlab.experiments.analysis import needed

    table = needed(roster, ["student", "name"]).astype("str")
    people = sorted((student.strip(), " ".join(name.split())) for student, name in table.to_numpy().tolist())
    for place, (student, _name) in enumerate(people):
        if not student:
            raise InputError(_("A student in the roster has no number."))
        if place and people[place - 1][0] == student:
            raise InputError(
                _("The student number {student} stands more than once in the roster.").format(student=student)
            )
    if len(people) < 2:
        raise InputError(_("A role play needs two students at least, an agent and a customer."))
    return people
