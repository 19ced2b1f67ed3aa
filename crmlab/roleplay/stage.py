"""The stage: a role play in a cell, with the customer's words, the replies to choose from, and the debrief."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from crmlab.data.tokens import checked
from crmlab.language.catalogue import _, number, prose, speaking
from crmlab.language.errors import InputError
from crmlab.notebook.living import Living, parts, script
from crmlab.roleplay.debrief_page import page
from crmlab.roleplay.play import ATTEMPTS, Mode, Play
from crmlab.roleplay.scene import Script

if TYPE_CHECKING:
    from crmlab.roleplay.transcript import Outcome, Transcript


class RolePlay(Living):
    """A role play in a cell; ``scene``, ``language``, ``mode`` and ``token`` are as ``Play`` takes them.

    In practice mode each reply is judged at once where the scene says how, and one may step back or begin anew. A
    graded play is begun knowingly (``begin``), knows no way back, and writes at its end what is to be handed in: a new
    file in ``folder``. Its ``attempt`` is, unless told, the one after those whose files lie there.
    Without the mouse or the page: ``replies``, ``say``, ``back``, ``transcript`` and the like, as ``Play`` has them.

    >>> from crmlab.roleplay.sheet import TEMPLATE
    >>> play = RolePlay(TEMPLATE, "en")
    >>> list(play.replies), play.say("b").over
    (['a', 'b', 'c'], False)
    >>> RolePlay(TEMPLATE, "en", mode="graded").say("b")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: This play counts, so it is begun knowingly: say begin() first, ...
    """

    _esm = script("roleplay/stage.js")
    _css = parts("notebook/notebook.css", "roleplay/stage.css")

    captions = traitlets.Dict().tag(sync=True)
    mode = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    """Practice, or which attempt of those that count."""
    brief = traitlets.Unicode().tag(sync=True)
    phase = traitlets.Unicode().tag(sync=True)
    """ready (a graded play before it is begun), play or over."""
    notes = traitlets.List().tag(sync=True)
    """What to know before a graded play is begun."""
    token = traitlets.Unicode().tag(sync=True)
    lines = traitlets.List().tag(sync=True)
    """What was said: pairs of who (customer, you, coach) and the words."""
    replies = traitlets.Dict().tag(sync=True)
    """The replies on offer by the letters under which they are shown."""
    turn = traitlets.Int().tag(sync=True)
    """Goes up whenever the conversation has moved."""
    problem = traitlets.Unicode().tag(sync=True)
    handed = traitlets.List().tag(sync=True)
    """What is to be handed in, in sentences."""
    debrief = traitlets.Unicode().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    """Of the debrief, for who only hears."""
    asked = traitlets.Dict().tag(sync=True, echo_update=False)
    """What the page wants: ``count`` goes up, ``do`` is the name of a method."""
    answered = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        scene: str | Path | Script,
        language: str | None = None,
        *,
        mode: Mode | None = None,
        token: str | None = None,
        attempt: int | None = None,
        folder: str | Path = ".",
    ) -> None:
        self._folder, self._attempt = Path(folder), attempt
        self.play = Play(scene, language, mode, token, 1 if attempt is None else attempt)
        self.path: Path | None = None
        with speaking(self.play.language):
            super().__init__(
                language=self.play.language,
                captions=_captions(self.play),
                mode=self.play.mode,
                brief=self.play.brief,
                token=self.play.token or "",
                phase="ready" if self.play.mode == "graded" else "play",
            )
            self._await() if self.phase == "ready" else self._follow()
        self.observe(self._asked, "asked")

    @property
    def says(self) -> str:
        """The customer's words now."""
        return self.play.says

    @property
    def feedback(self) -> str | None:
        """In practice mode, what is to be said of the last reply."""
        return self.play.feedback

    @property
    def over(self) -> bool:
        """Whether the conversation has come to an ending."""
        return self.play.over

    def begin(self, token: str | None = None) -> Play:
        """Begin the attempt of a graded play, under ``token`` unless the play has one.

        Raises InputError where there is no token, it is none, or the attempt is under way.
        """
        with speaking(self.language):
            if self.phase != "ready":
                raise InputError(_("The conversation has begun."))
            if not (token or self.token):
                text = _("This play holds no token, so nobody could tell whose it is. Play it with your own token.")
                raise InputError(text)
            whose = checked(token or self.token)
            self.play = Play(self.play.scene, self.language, "graded", whose, self._next(whose))
            self.token = whose
            self._follow()
        return self.play

    def say(self, letter: str) -> Play:
        """Give the reply that is shown under ``letter``; at its end a graded play is written into its file.

        Raises InputError where there is no such reply, all is said, or a graded play is not begun.
        """
        with speaking(self.language):
            if self.phase == "ready":
                raise InputError(
                    _("This play counts, so it is begun knowingly: say begin() first, or press the button.")
                )
            self.play.say(letter)
            self._follow()
        return self.play

    def back(self) -> Play:
        """Take the last reply back, in practice mode. Raises InputError in graded mode and at the start."""
        with speaking(self.language):
            self.play.back()
            self._follow()
        return self.play

    def anew(self) -> Play:
        """Begin anew, with the replies in another order. A graded play is played to its end first."""
        with speaking(self.language):
            if self.mode == "graded" and not self.over:
                raise InputError(_("This attempt is played to its end; then another one can be begun."))
            last = self.play
            self._attempt = min(last.attempt + 1, ATTEMPTS)
            self.play = Play(last.scene, self.language, last.mode, last.token, self._attempt)
            if self.mode == "graded":
                self.phase, self.path = "ready", None
                self._await()
            else:
                self._follow()
        return self.play

    def transcript(self) -> Transcript:
        """The play as it is handed in, as far as it went."""
        return self.play.transcript()

    def outcome(self) -> Outcome:
        """What it came to, when it is over; without a score where the scene is a student build."""
        return self.play.outcome()

    def write(self, folder: str | Path | None = None) -> Path:
        """Write the transcript into a new file in ``folder``, the play's own unless told. Raises as ``Play.write``."""
        with speaking(self.language):
            self.path = self.play.write(self._folder if folder is None else folder)
            self.handed = _to_hand_in(self.path, self.transcript())
        return self.path

    def still(self) -> str:
        """The play where it stands, as plain HTML."""
        with speaking(self.language):
            html = f"<p><strong>{escape(self.captions['title'])}</strong></p><p>{escape(self.brief)}</p>"
            html += "".join(f"<p>{escape(note)}</p>" for note in [self.kind, *self.notes])
            who = {"customer": _("Customer: {text}"), "you": _("You: {text}"), "coach": _("Feedback: {text}")}
            html += "".join(f"<p>{escape(who[kind].format(text=text))}</p>" for kind, text in self.lines)
            html += "".join(f"<p>{escape(letter)}. {escape(text)}</p>" for letter, text in self.replies.items())
            return html + (page(self.outcome(), self.play.scene, unfolded=True) if self.over else "")

    def __str__(self) -> str:
        return str(self.play)

    __repr__ = __str__

    def _asked(self, change: dict[str, Any]) -> None:
        """Do what the page wants. A second press of a button, meant for what stands there no longer, does nothing."""
        wish = change["new"]
        with speaking(self.language):
            self.problem = ""
            try:
                if wish.get("turn") == self.turn:
                    self._do(wish)
            except InputError as error:
                self.problem = str(error)
            finally:
                count = wish.get("count")
                self.answered = count if isinstance(count, int) else 0

    def _do(self, wish: dict[str, Any]) -> None:
        if wish.get("do") == "say":
            self.say(wish.get("letter"))
        elif wish.get("do") == "begin":
            self.begin(wish.get("token"))
        elif wish.get("do") in ("back", "anew", "write"):
            getattr(self, wish["do"])()

    def _await(self) -> None:
        """Show what to know before a graded play is begun."""
        notes = [
            _("Once you have begun there is no way back: what was said to a customer stands, and nobody comments."),
            _("It takes about {minutes} minutes. Play it to its end in one go; only then is it written into a file."),
            _("That file is what you hand in. Each attempt gets its own; your instructor says how many count."),
        ]
        with self.hold_sync():
            self.kind = self._kind(self._next(self.play.token))
            self.notes = [note.format(minutes=number(self.play.scene.minutes)) for note in notes]
            self.lines, self.replies, self.handed = [], {}, []
            self.problem, self.debrief, self.summary = "", "", ""
            self.turn += 1

    def _follow(self) -> None:
        """Show where the play stands; at its end write it, where it counts, and work out the debrief."""
        with self.hold_sync():
            self.kind = self._kind(self.play.attempt)
            self.lines = _lines(self.play)
            self.replies = self.play.replies
            self.phase = "over" if self.play.over else "play"
            self.notes, self.handed = [], []
            self.problem, self.debrief, self.summary = "", "", ""
            self.turn += 1
        if not self.play.over:
            return
        try:
            if self.mode == "graded":
                self.write()
        finally:  # a folder that can't be written takes nobody's debrief away
            outcome = self.outcome()
            with self.hold_sync():
                self.debrief = page(outcome, self.play.scene)
                score = _("Score: {score} of 100")
                none = _("The score comes with your instructor's marks.")
                self.summary = none if outcome.score is None else score.format(score=number(outcome.score))

    def _kind(self, attempt: int) -> str:
        if self.mode != "graded":
            return _("Practice: it does not count.")
        if self.play.token is None:
            return _("This play counts.")
        return _("This play counts: it is your attempt {attempt}.").format(attempt=number(attempt))

    def _next(self, token: str | None) -> int:
        """The attempt that comes next: as told, else after those of ``token`` whose files lie in the folder."""
        from crmlab.roleplay.transcript import ENDING, read

        if self._attempt is not None or token is None:
            return self.play.attempt
        found = 0
        for path in self._folder.glob(f"{self.play.scene.id}_{token}_*{ENDING}"):
            try:
                found = max(found, read(path).attempt)
            except InputError:
                continue
        return min(found + 1, ATTEMPTS)


def _lines(play: Play) -> list[list[str]]:
    """Who said what so far, each reply followed in practice mode by what is to be said of it."""
    lines = []
    for (customer, reply), move in zip(play.said, play.moves, strict=True):
        lines += [["customer", customer], ["you", reply]]
        text = getattr(play.scene.replies[move.node][move.choice], "feedback", None)
        if play.mode == "practice" and text is not None:
            lines.append(["coach", str(text)])
    return [*lines, ["customer", play.says]]


def _to_hand_in(path: Path, made: Transcript) -> list[str]:
    """What to hand in, and how."""
    return [
        _("This is the file to hand in: {file}").format(file=path.name),
        _("It lies in the folder {folder}. Hand it in as it is: a file that was edited is refused.").format(
            folder=path.resolve().parent
        ),
        _("Receipt {receipt}: keep it; it is this conversation's and no other's.").format(receipt=made.receipt),
    ]


def _captions(play: Play) -> dict[str, str]:
    whole = any(hasattr(reply, "feedback") for node in play.scene.nodes.values() for reply in node.replies)
    return {
        "title": _("Role play: {title}").format(title=play.scene.title),
        "debrief": _("Debrief: {title}").format(title=play.scene.title),
        "brief": _("What you know"),
        "log": _("The conversation"),
        "customer": _("Customer"),
        "you": _("You"),
        "coach": _("Feedback"),
        "reply": _("Your reply"),
        "say": _("Say it"),
        "keys": prose([_("Arrow keys or the letter choose a reply, Enter says it."), _("What was said stands.")])
        if play.mode == "graded"
        else _("Arrow keys or the letter choose a reply, Enter says it."),
        "choose": _("Choose a reply first."),
        "back": _("Take it back"),
        "taken": _("The last reply is taken back."),
        "anew": _("Another attempt") if play.mode == "graded" else _("Begin anew"),
        "comment": _("Feedback after each reply") if play.mode == "practice" and whole else "",
        "token": _("Your token"),
        "begin": _("Begin the attempt"),
        "write": _("Write the file once more"),
        "working": _("The debrief is being worked out ..."),
        "silent": _("Python does not answer. Is the kernel running, or busy with another cell?"),
    }
