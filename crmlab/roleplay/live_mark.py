"""The mark of a class play: what teacher, observers and the customer's player rated, made into one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.experiments.analysis import needed
from crmlab.experiments.base import real
from crmlab.language.catalogue import _, mark, number, percent, short
from crmlab.language.errors import InputError
from crmlab.marking.names import natural
from crmlab.roleplay.agreement import ALONE, DECIDE, PEERS, Agreement
from crmlab.roleplay.ratings import COLUMNS, CRITICAL, GLOBAL, HEARD, checked, counted
from crmlab.roleplay.ratings import analytic as of_criteria
from crmlab.roleplay.rota import ENOUGH
from crmlab.roleplay.rubric import LEVELS, OVERALL
from crmlab.roleplay.scene import Script

if TYPE_CHECKING:
    import pandas as pd

PARTS = {"teacher": 60, "observer": 30, "customer": 10}
"""What each part counts of a play's mark, unless told otherwise."""
ANALYTIC = 0.7
"""The share of the five criteria in one rater's mark; the rest is the rating of the whole."""


@dataclass(frozen=True)
class LiveMark:
    """The mark of one play, out of 100, and what it was made of."""

    session: str
    agent: str
    total: float
    parts: dict[str, float]
    """The mark of each part that there is, out of 100: teacher, observer (their mean), customer."""
    shares: dict[str, float]
    """What each part counted, from 0 to 1, together 1."""
    capped: tuple[str, ...] = ()
    """Critical errors that the teacher found and that lowered the mark."""
    notes: tuple[str, ...] = ()
    """What has to be said of it, whole sentences."""

    def __str__(self) -> str:
        head = _("{session}, agent {agent}: {total} of 100").format(
            session=self.session, agent=self.agent, total=short(self.total)
        )
        text, rows = _("{part}: {mark}, counts {share}"), []
        for part, made in self.parts.items():
            rows.append(text.format(part=_(_PARTS[part]), mark=short(made), share=percent(self.shares[part], 1)))
        return "\n".join([head, *(f"- {row}" for row in rows), *self.notes])

    def __repr__(self) -> str:
        return str(self)


_PARTS = {"teacher": mark("teacher"), "observer": mark("observers' mean"), "customer": mark("the customer's player")}


def live_mark(
    frame: pd.DataFrame,
    session: str,
    scene: Script,
    use: str = PEERS,
    *,
    parts: Mapping[str, float] = PARTS,
    analytic: float = ANALYTIC,
) -> LiveMark:
    """The mark of the play ``session``, from 0 to 100, of the ratings in ``frame``.

    One rater's mark: the criteria's levels (0 to 4) as shares of 4, weighted as in ``scene``, count ``analytic`` (0.7)
    of it and the rating of the whole (1 to 5) the rest. Then teacher, observers' mean and the customer's player ('did I
    feel heard', 1 to 5) count as ``parts`` says, 60 : 30 : 10. Last, the lowest cap of the critical errors that the
    *teacher* found; what observers ticked is told in ``notes`` and caps nothing.

    ``use`` is what ``Agreement.plays`` says: with "teacher", and with fewer than three observers in any case, only the
    teacher's mark counts, the customer's neither. A part that is missing leaves its share to the others, in their
    proportions; a criterion or the whole that a rater left out, to what that rater did rate; ``notes`` say so.

    Raises InputError where there is no such session, where only the teacher's mark counts and there is none, where
    nobody rated, for "teacher decides" (the teacher has to), and for weights that are none.

    >>> from crmlab.roleplay.shelf import find
    >>> made = live_mark(Agreement.example(), "G1-R1", find("complaint-a"))
    >>> made.shares
    {'teacher': 0.6, 'observer': 0.3, 'customer': 0.1}
    """
    weights, analytic = _weights(parts), real("analytic", analytic, 0, 1)
    needed(frame, COLUMNS[:-1])
    rows = checked(frame.reset_index(drop=True), counted, scene)
    rows = rows[rows["session"] == session]
    if rows.empty:
        raise InputError(_("There is no session {session!r} in the ratings.").format(session=session))
    return _mark_of(rows, scene, use, weights, analytic)


def live_marks(
    frame: pd.DataFrame,
    scene: Script,
    decided: str | None = None,
    *,
    parts: Mapping[str, float] = PARTS,
    analytic: float = ANALYTIC,
) -> list[LiveMark]:
    """The marks of all plays, the observers counting as far as their agreement allows.

    ``decided`` is what the teacher decides where alpha lies between 0.40 and 0.67: "peers" or "teacher". Where no two
    observers rated one play, only the teacher's mark counts. Raises InputError as ``live_mark`` does, and where the
    teacher has to decide and has not.
    """
    needed(frame, COLUMNS[:-1])
    rows = checked(frame.reset_index(drop=True), counted, scene)
    shared = of_criteria(rows).groupby(["session", "criterion"]).size()
    use = Agreement.fit(rows, scene=scene).use if len(shared) and shared.max() > 1 else ALONE
    chosen = decided if use == DECIDE and decided is not None else use
    weights, analytic = _weights(parts), real("analytic", analytic, 0, 1)
    plays = dict(list(rows.groupby("session")))
    return [_mark_of(plays[session], scene, chosen, weights, analytic) for session in sorted(plays, key=natural)]


def _mark_of(rows: pd.DataFrame, scene: Script, use: str, weights: dict[str, float], analytic: float) -> LiveMark:
    """The mark of the one play that is in ``rows``."""
    if use not in (PEERS, ALONE):
        text = _("Alpha leaves it to the teacher whether the observers count: say {peers} or {alone} (--use).")
        raise InputError(text.format(peers=repr(PEERS), alone=repr(ALONE)))
    session, agent, notes = rows["session"].iloc[0], rows["agent"].iloc[0], []
    marks, gaps = _raters(rows, scene, analytic)
    made = {role: float(np.mean(values)) for role, values in marks.items() if values}
    observers = len(marks["observer"])
    if use == PEERS and observers < ENOUGH and weights["observer"]:
        text = _("Fewer than {enough} observers ({count}): only the teacher's mark counts.")
        notes.append(text.format(enough=number(ENOUGH), count=number(observers)))
        use = ALONE
    elif use == ALONE:
        notes.append(_("The observers do not count here: only the teacher's mark does."))
    counting = [part for part in PARTS if weights[part] and (use == PEERS or part == "teacher")]
    held = [part for part in counting if part in made]
    if not held:
        if use == ALONE:
            text = _("Session {session}: only the teacher's mark counts, and the teacher has not rated it.")
        else:
            text = _("Session {session}: nobody whose rating counts has rated it.")
        raise InputError(text.format(session=session))
    lacking = [_(_PARTS[part]) for part in counting if part not in made]
    if lacking:
        text = _("Missing: {parts}. The share goes to the other parts, in their proportions.")
        notes.append(text.format(parts=_(", ").join(lacking)))
    if gaps:
        text = _("Not everything was rated by {raters}; what they did rate counts for all of it.")
        notes.append(text.format(raters=_(", ").join(gaps)))
    whole = sum(weights[part] for part in held)
    shares = {part: weights[part] / whole for part in held}
    total = sum(shares[part] * made[part] for part in held)
    total, capped = _capped(total, rows, scene, notes)
    kept = {part: round(made[part], 1) for part in PARTS if part in made and part in held}
    return LiveMark(session, agent, round(total, 1), kept, shares, capped, tuple(notes))


def _weights(parts: Mapping[str, float]) -> dict[str, float]:
    """The parts' weights, 0 for one that is not named."""
    strange = [str(part) for part in parts if part not in PARTS]
    if strange:
        text = _("{name} is {value!r}; allowed is one of {names}.")
        raise InputError(text.format(name="parts", value=strange[0], names=_(", ").join(PARTS)))
    weights = {part: real(part, parts.get(part, 0), 0, 1e6) for part in PARTS}
    if not sum(weights.values()):
        raise InputError(_("At least one part has to count."))
    return weights


def _raters(rows: pd.DataFrame, scene: Script, analytic: float) -> tuple[dict[str, list[float]], list[str]]:
    """Each rater's mark out of 100 by role, and the raters who left something out."""
    marks: dict[str, list[float]] = {part: [] for part in PARTS}
    gaps = []
    for (role, rater), given in rows.groupby(["role", "rater"], sort=True):
        levels = dict(zip(given["criterion"], given["level"], strict=True))
        if role == "customer":
            marks[role].append(100 * (levels[HEARD] - OVERALL[0]) / (OVERALL[-1] - OVERALL[0]))
            continue
        rated = [name for name in scene.criteria if name in levels]
        found: list[tuple[float, float]] = []
        if rated:
            weight = sum(scene.criteria[name].weight for name in rated)
            points = sum(scene.criteria[name].weight * levels[name] / LEVELS[-1] for name in rated)
            found.append((analytic, 100 * points / weight))
        if GLOBAL in levels:
            found.append((1 - analytic, 100 * (levels[GLOBAL] - OVERALL[0]) / (OVERALL[-1] - OVERALL[0])))
        weight = sum(share for share, _mark in found)
        if not weight:
            continue
        marks[role].append(sum(share * mark for share, mark in found) / weight)
        if len(rated) < len(scene.criteria) or GLOBAL not in levels:
            gaps.append(str(rater))
    return marks, gaps


def _capped(total: float, rows: pd.DataFrame, scene: Script, notes: list[str]) -> tuple[float, tuple[str, ...]]:
    """The mark under the caps of what the teacher found; what observers alone ticked goes into ``notes``."""
    ticked = rows[rows["criterion"].str.startswith(CRITICAL) & (rows["level"] > 0)]
    teachers, observers = ticked[ticked["role"] == "teacher"], ticked[ticked["role"] == "observer"]
    found = sorted(set(teachers["criterion"].str.removeprefix(CRITICAL)))
    for name in found:
        cap = scene.critical[name].cap
        text = _("Critical error, found by the teacher: {error}; the mark is at most {cap}.")
        notes.append(text.format(error=scene.critical[name].label, cap=number(cap)))
    for row in observers.itertuples():
        name = row.criterion.removeprefix(CRITICAL)
        if name not in found:
            text = _("{rater} ticked a critical error that the teacher did not: {error} ({quote}). It caps nothing.")
            notes.append(text.format(rater=row.rater, error=scene.critical[name].label, quote=row.comment))
    lowering = tuple(name for name in found if scene.critical[name].cap < total)
    return min([total, *(scene.critical[name].cap for name in found)]), lowering
