"""The form in which an observer, the customer's player or the teacher rates one play."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.gradebook.cells import Sheet, holdable, write_csv
from crmlab.language.catalogue import _, language, mark, speaking
from crmlab.language.errors import InputError
from crmlab.roleplay.ratings import COLUMNS, CRITICAL, GLOBAL, HEARD, plain, session_name
from crmlab.roleplay.rota import Rota
from crmlab.roleplay.rubric import LEVELS, rubric
from crmlab.roleplay.scene import Script

if TYPE_CHECKING:
    import ipywidgets

ROLES = {"observer": mark("observer"), "customer": mark("the customer's player"), "teacher": mark("teacher")}
ALERT = '<p role="alert" style="border-left:4px solid {colour};padding:0.3em 0.8em;margin:0.5em 0">{text}</p>'


class RatingForm:
    """A form for one rater; shown in a cell, it holds what the rubric asks of that rater's role.

    ``scene`` tells the criteria and critical errors. With a ``rota``, ``rater`` is a student's number (or "teacher")
    and a list offers the plays in which they rate; their role follows from it. Without one, session, agent, rater and
    role are typed in. Nothing is chosen at first. A critical error needs the words that were said.

    ``save`` (the button) writes the ratings as one new CSV file into ``folder``, whole or not at all; a file a rater
    and play, so that nobody's rows can be lost to another's. What is saved is not changed: a second try is refused.
    ``crmlab.roleplay.ratings.read_ratings(folder)`` reads them all.

    Raises InputError for a rater who is not in the rota.
    """

    def __init__(
        self, scene: Script, rota: Rota | None = None, rater: str | None = None, folder: str | Path = "ratings"
    ) -> None:
        import ipywidgets as w

        self.scene, self.folder, self.saved = scene, Path(folder), None
        self._language = language()
        self._plays = _plays(rota, rater)
        wide = w.Layout(width="28em")
        if self._plays:
            self.play = w.Dropdown(options=[(one["text"], one["session"]) for one in self._plays.values()], value=None)
            who: list[Any] = [self._asked(_("Which play?")), self.play]
            self.play.observe(lambda _change: self._turn(), "value")
            self.session = self.agent = self.rater = self.role = None
        else:
            self.play = None
            self.session, self.agent, self.rater = (w.Text(layout=wide) for _field in range(3))
            self.rater.value = rater or ""
            self.role = w.RadioButtons(options=[(_(name), role) for role, name in ROLES.items()], value=None)
            who = []
            for words, field in (
                (_("Session, as it stands on the sheet (such as G1-R2)"), self.session),
                (_("Agent's student number"), self.agent),
                (_("Your own student number"), self.rater),
                (_("You are"), self.role),
            ):
                who += [self._asked(words), field]
            self.role.observe(lambda _change: self._turn(), "value")
        anchors = rubric()
        self.levels = {
            name: self._radio(
                [_("{name}: {text}").format(name=level, text=anchors.levels(name)[level]) for level in LEVELS]
            )
            for name in scene.criteria
        }
        self.overall = self._radio([str(level) for level in anchors.overall.levels], 1)
        self.heard = self._radio([str(level) for level in anchors.heard.levels], 1)
        self.errors = {
            name: w.Checkbox(description=str(error.label), indent=False, layout=w.Layout(width="auto"))
            for name, error in scene.critical.items()
        }
        self.quotes = {name: w.Text(placeholder=_("the words that were said"), layout=wide) for name in scene.critical}
        for name, box in self.errors.items():
            self._ticked(name)
            box.observe(lambda _change, name=name: self._ticked(name), "value")
        self.comment = w.Textarea(layout=w.Layout(width="28em", height="4em"))
        self.button = w.Button(description=_("Save"), button_style="primary")
        self.button.on_click(lambda _button: self._pressed())
        self.said = w.HTML()
        rated: list[Any] = []
        for name, measure in scene.criteria.items():
            rated += [self._asked(str(measure.label)), self.levels[name]]
        rated += [self._asked(str(anchors.overall.ask)), self.overall]
        if scene.critical:
            rated.append(self._asked(_("Critical errors: tick only with the words that were said")))
            rated += [part for name in scene.critical for part in (self.errors[name], self.quotes[name])]
        self._rated = w.VBox(rated)
        self._heard = w.VBox([self._asked(str(anchors.heard.ask)), self.heard])
        self._remark = w.VBox([self._asked(_("What I would say to the agent:")), self.comment])
        title = w.HTML(f'<h3 lang="{self._language}">{escape(_("Rate a play"))}</h3>')
        quiet = w.HTML(f"<p>{escape(_('Rate in silence; talk about it when everybody has saved.'))}</p>")
        parts = [title, quiet, *who, self._rated, self._heard, self._remark, self.button, self.said]
        self.box: ipywidgets.VBox = w.VBox(parts)
        self._turn()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)

    def save(self) -> Path:
        """Write what was rated as a new file in ``folder``. Its path.

        Raises InputError where something is not answered yet, or this rater's rating of this play is saved already.
        """
        session, agent, rater, role = self._who()
        rows = [[session, agent, rater, role, *row] for row in self._given(role)]
        path = self.folder / _name(session, rater)
        _write_whole(path, write_csv(Sheet("ratings", [list(COLUMNS), *rows])))
        self.saved = path
        return path

    def _pressed(self) -> None:
        with speaking(self._language):
            try:
                path = self.save()
            except InputError as error:
                self._say(str(error), "#D55E00")
            else:
                self._say(_("Saved: {file}").format(file=path), "#009E73")
                self.button.disabled = True

    def _say(self, text: str, colour: str) -> None:
        self.said.value = ALERT.format(colour=colour, text=escape(text))

    def _asked(self, words: str) -> Any:
        import ipywidgets as w

        return w.HTML(f'<strong lang="{self._language}">{escape(words)}</strong>')

    def _radio(self, texts: list[str], first: int = 0) -> Any:
        import ipywidgets as w

        options = [(text, level) for level, text in enumerate(texts, first)]
        return w.RadioButtons(options=options, value=None, layout=w.Layout(width="auto"))

    def _turn(self) -> None:
        """Show what this role rates, and begin anew for another play."""
        role = self._role()
        for part, shown in ((self._rated, role != "customer"), (self._heard, role == "customer")):
            part.layout.display = "" if shown else "none"
        if self.saved is not None:
            self.saved = None
            for radio in (*self.levels.values(), self.overall, self.heard):
                radio.value = None
            for name in self.errors:
                self.errors[name].value, self.quotes[name].value = False, ""
            self.comment.value = self.said.value = ""
            self.button.disabled = False

    def _ticked(self, name: str) -> None:
        """The line to quote on is there where the error is ticked."""
        self.quotes[name].layout.display = "" if self.errors[name].value else "none"

    def _role(self) -> str | None:
        if self.play is None:
            return self.role.value
        return self._plays[self.play.value]["role"] if self.play.value else None

    def _who(self) -> tuple[str, str, str, str]:
        """Session, agent, rater, role."""
        if self.play is not None:
            if self.play.value is None:
                raise InputError(_("Choose the play first."))
            one = self._plays[self.play.value]
            return one["session"], one["agent"], one["rater"], one["role"]
        typed = [plain(field.value) for field in (self.session, self.agent, self.rater)]
        if not all(typed) or self.role.value is None:
            raise InputError(_("Fill in session, agent, your own number and who you are."))
        if typed[1] == typed[2]:
            raise InputError(_("Nobody rates their own play."))
        return session_name(typed[0]), typed[1], typed[2], self.role.value

    def _given(self, role: str) -> list[list[Any]]:
        """The rows of what was rated: criterion, level, comment."""
        remark = holdable(self.comment.value.strip())
        if role == "customer":
            if self.heard.value is None:
                raise InputError(_("Not rated yet: {names}").format(names=rubric().heard.ask))
            return [[HEARD, self.heard.value, remark]]
        asked = {**self.levels, GLOBAL: self.overall}
        labels = {**{name: one.label for name, one in self.scene.criteria.items()}, GLOBAL: rubric().overall.ask}
        open_ = [str(labels[name]) for name, radio in asked.items() if radio.value is None]
        if open_:
            raise InputError(_("Not rated yet: {names}").format(names=_("; ").join(open_)))
        bare = [name for name, box in self.errors.items() if box.value and not self.quotes[name].value.strip()]
        if bare:
            text = _("“{error}” is ticked; write the words that were said, or take the tick away.")
            raise InputError(text.format(error=self.scene.critical[bare[0]].label))
        rows = [[name, radio.value, remark if name == GLOBAL else ""] for name, radio in asked.items()]
        quoted = {name: holdable(self.quotes[name].value.strip()) for name, box in self.errors.items() if box.value}
        return rows + [[CRITICAL + name, 1, words] for name, words in quoted.items()]


def _plays(rota: Rota | None, rater: str | None) -> dict[str, dict[str, str]]:
    """The plays in which ``rater`` rates, by session; none without a rota."""
    if rota is None:
        return {}
    table = rota.table
    if rater != "teacher" and rater not in set(table["student"]):
        text = _("{rater} is not in the rota; give a student's number, or 'teacher'.")
        raise InputError(text.format(rater=repr(rater)))
    found = {}
    labels = dict(zip(rota.summary()["session"], rota.summary()["agent"], strict=True))
    for session, play in table.groupby("session", sort=False):
        agent = play.loc[play["role"] == "agent", "student"].iloc[0]
        own = play.loc[play["student"] == rater, "role"]
        role = "teacher" if rater == "teacher" else own.iloc[0] if len(own) else "agent"
        if role != "agent":
            text = _("{session}: agent {agent}, you are {role}")
            shown = text.format(session=session, agent=labels[session], role=_(ROLES[role]))
            found[session] = {"session": session, "agent": agent, "rater": rater, "role": role, "text": shown}
    return found


def _name(session: str, rater: str) -> str:
    """A file's name for what one rater says of one play: safe on every system, its own for every pair.

    >>> _name("G1-R2", "2026001")
    'G1-R2-2026001-87b41c47.csv'
    """
    own = hashlib.sha256(f"{session}\0{rater}".encode()).hexdigest()[:8]
    return "-".join([*(re.sub(r"[^\w-]+", "_", part)[:40] for part in (session, rater)), own]) + ".csv"


def _write_whole(path: Path, content: bytes) -> None:
    """Write a new file that is there whole or not at all; InputError where there is one of that name already."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise FileExistsError
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, path)
            except FileExistsError:
                raise
            except OSError:  # a file system without links: what follows fails, too, where the file has appeared
                with path.open("xb") as file:
                    file.write(content)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        text = _("Your rating of this play is saved already ({file}). To have it changed, ask your teacher.")
        raise InputError(text.format(file=path.name)) from None
    except OSError as error:
        text = _("{file} can't be read or written: {reason}")
        raise InputError(text.format(file=path, reason=error.strerror or error)) from None
