"""The form in which an observer, the customer's player or the teacher rates one play."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import traitlets

from crmlab.files import hand_out
from crmlab.gradebook.cells import Sheet, holdable, write_csv
from crmlab.language.catalogue import _, language, mark, speaking
from crmlab.language.errors import InputError
from crmlab.notebook.living import Living, script
from crmlab.roleplay.ratings import COLUMNS, CRITICAL, GLOBAL, HEARD, plain, session_name
from crmlab.roleplay.rota import Rota
from crmlab.roleplay.rubric import LEVELS, OVERALL, rubric
from crmlab.roleplay.scene import Script

ROLES = {"observer": mark("observer"), "customer": mark("the customer's player"), "teacher": mark("teacher")}


class RatingForm(Living):
    """A form for one rater; shown in a cell, it asks what the rubric asks of that rater's role.

    ``scene`` tells the criteria and critical errors. With a ``rota``, ``rater`` is a student's number (or "teacher")
    and a list offers the plays in which they rate; their role follows from it. Without one, session, agent, rater and
    role are typed in. Nothing is chosen at first. A critical error needs the words that were said.

    ``save`` (the button) writes the ratings as one new CSV file into ``folder``, whole or not at all; a file a rater
    and play, so that nobody's rows can be lost to another's. What is saved is not changed: a second try is refused.
    ``crmlab.roleplay.ratings.read_ratings(folder)`` reads them all.

    Raises InputError for a rater who is not in the rota.
    """

    _esm = script("roleplay/rating_form.js")

    plays = traitlets.List().tag(sync=True)
    rater = traitlets.Unicode().tag(sync=True)
    roles = traitlets.List().tag(sync=True)
    criteria = traitlets.List().tag(sync=True)
    heard = traitlets.Dict().tag(sync=True)
    errors = traitlets.List().tag(sync=True)
    captions = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    asked = traitlets.Int().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    result = traitlets.Dict({"text": "", "saved": False}).tag(sync=True)

    def __init__(
        self, scene: Script, rota: Rota | None = None, rater: str | None = None, folder: str | Path = "ratings"
    ) -> None:
        self.scene, self.folder = scene, Path(folder)
        anchors, text = rubric(), _("{name}: {text}")
        rated = [
            {
                "name": name,
                "ask": str(measure.label),
                "options": [[text.format(name=level, text=anchors.levels(name)[level]), level] for level in LEVELS],
            }
            for name, measure in scene.criteria.items()
        ]
        rated.append({"name": GLOBAL, "ask": str(anchors.overall.ask), "options": _options(anchors.overall.levels)})
        super().__init__(
            language=language(),
            plays=_plays(rota, rater),
            rater=rater or "",
            roles=[[_(name), role] for role, name in ROLES.items()],
            criteria=rated,
            heard={"ask": str(anchors.heard.ask), "options": _options(anchors.heard.levels)},
            errors=[{"name": name, "label": str(error.label)} for name, error in scene.critical.items()],
            captions={
                "title": _("Rate a play"),
                "quiet": _("Rate in silence; talk about it when everybody has saved."),
                "play": _("Which play?"),
                "choose": _("choose"),
                "session": _("Session, as it stands on the sheet (such as G1-R2)"),
                "agent": _("Agent's student number"),
                "rater": _("Your own student number"),
                "role": _("You are"),
                "errors": _("Critical errors: tick only with the words that were said"),
                "quote": _("the words that were said"),
                "comment": _("What I would say to the agent:"),
                "save": _("Save"),
            },
        )
        self.observe(lambda _change: self._pressed(), "asked")

    def save(self, answers: Mapping[str, Any]) -> Path:
        """Write what was rated as a new file in ``folder``, as the button does. Its path.

        ``answers``: play (a session of the rota), or session, agent, rater and role; levels by criterion, the whole
        under "global"; heard; errors, the words that were said by name; comment. Raises InputError where something is
        not answered yet or is no level, or where this rater's rating of this play is saved already.
        """
        session, agent, rater, role = self._who(answers)
        rows = [[session, agent, rater, role, *row] for row in self._given(answers, role)]
        path = self.folder / _name(session, rater)
        if not hand_out({path: write_csv(Sheet("ratings", [list(COLUMNS), *rows]))}).written:
            text = _("Your rating of this play is saved already ({file}). To have it changed, ask your teacher.")
            raise InputError(text.format(file=path.name))
        return path

    def still(self) -> str:
        """What is rated, as plain HTML."""
        rows = "".join(f"<li>{escape(item['ask'])}</li>" for item in [*self.criteria, self.heard])
        return f"<p><strong>{escape(self.captions['title'])}</strong></p><ul>{rows}</ul>"

    def _pressed(self) -> None:
        with speaking(self.language), self.hold_sync():
            try:
                saved = _("Saved: {file}").format(file=self.save(self.answers))
                self.result = {"text": saved, "saved": True}
            except InputError as error:
                self.result = {"text": str(error), "saved": False}
            self.answered = self.asked

    def _who(self, answers: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """Session, agent, rater, role."""
        if self.plays:
            one = next((play for play in self.plays if play["session"] == answers.get("play")), None)
            if one is None:
                raise InputError(_("Choose the play first."))
            return one["session"], one["agent"], self.rater, one["role"]
        typed = [plain(answers.get(name) or "") for name in ("session", "agent", "rater")]
        if not all(typed) or answers.get("role") not in ROLES:
            raise InputError(_("Fill in session, agent, your own number and who you are."))
        if typed[1] == typed[2]:
            raise InputError(_("Nobody rates their own play."))
        return session_name(typed[0]), typed[1], typed[2], answers["role"]

    def _given(self, answers: Mapping[str, Any], role: str) -> list[list[Any]]:
        """The rows of what was rated: criterion, level, comment."""
        remark = holdable(str(answers.get("comment") or "").strip())
        if role == "customer":
            heard = _whole(answers.get("heard"), OVERALL)
            if heard is None:
                raise InputError(_("Not rated yet: {names}").format(names=self.heard["ask"]))
            return [[HEARD, heard, remark]]
        held, rows, still = answers.get("levels") or {}, [], []
        for item in self.criteria:
            level = _whole(held.get(item["name"]), OVERALL if item["name"] == GLOBAL else LEVELS)
            rows.append([item["name"], level, remark if item["name"] == GLOBAL else ""])
            still += [item["ask"]] if level is None else []
        if still:
            raise InputError(_("Not rated yet: {names}").format(names=_("; ").join(still)))
        ticked = answers.get("errors") or {}
        for name, error in self.scene.critical.items():
            if name in ticked:
                words = holdable(str(ticked[name] or "").strip())
                if not words:
                    text = _("“{error}” is ticked; write the words that were said, or take the tick away.")
                    raise InputError(text.format(error=error.label))
                rows.append([CRITICAL + name, 1, words])
        return rows


def _options(levels: tuple[Any, ...]) -> list[list[Any]]:
    return [[str(anchor), level] for level, anchor in zip(OVERALL, levels, strict=True)]


def _whole(value: Any, levels: range) -> int | None:
    """A level as the page or a caller gives it; None where it is none."""
    return int(value) if str(value) in map(str, levels) else None


def _plays(rota: Rota | None, rater: str | None) -> list[dict[str, str]]:
    """The plays in which ``rater`` rates; none without a rota."""
    if rota is None:
        return []
    table = rota.table
    if rater != "teacher" and rater not in set(table["student"]):
        text = _("{rater} is not in the rota; give a student's number, or 'teacher'.")
        raise InputError(text.format(rater=repr(rater)))
    found = []
    labels = dict(zip(rota.summary()["session"], rota.summary()["agent"], strict=True))
    for session, play in table.groupby("session", sort=False):
        agent = play.loc[play["role"] == "agent", "student"].iloc[0]
        own = play.loc[play["student"] == rater, "role"]
        role = "teacher" if rater == "teacher" else own.iloc[0] if len(own) else "agent"
        if role != "agent":
            text = _("{session}: agent {agent}, you are {role}")
            shown = text.format(session=session, agent=labels[session], role=_(ROLES[role]))
            found.append({"session": session, "agent": agent, "role": role, "text": shown})
    return found


def _name(session: str, rater: str) -> str:
    """A file's name for what one rater says of one play: safe on every system, its own for every pair.

    >>> _name("G1-R2", "2026001")
    'G1-R2-2026001-87b41c47.csv'
    """
    own = hashlib.sha256(f"{session}\0{rater}".encode()).hexdigest()[:8]
    return "-".join([*(re.sub(r"[^\w-]+", "_", part)[:40] for part in (session, rater)), own]) + ".csv"
