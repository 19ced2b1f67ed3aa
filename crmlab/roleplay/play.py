"""Playing a scene: a pure step from state to state, and the play that a learner has with it."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from crmlab.data.tokens import checked
from crmlab.language.catalogue import LANGUAGES, _, number, speaking
from crmlab.language.catalogue import language as spoken
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.roleplay.guard import guard
from crmlab.roleplay.scene import Close, Line, Script
from crmlab.roleplay.shelf import find

if TYPE_CHECKING:
    from crmlab.roleplay.transcript import Outcome, Transcript

Mode = Literal["practice", "graded"]
MODES = ("practice", "graded")
LETTERS = "abcdefgh"
ATTEMPTS = 1000
"""How often a scene can be played for it to count."""


class State(NamedTuple):
    """Where a conversation stands: all that its future and its score depend on; hashable.

    ``values`` and ``points`` are in the order of the scene's ``state`` and ``criteria``; ``used`` holds replies that
    can be said once only, as "node.reply". The customer has spoken: ``node`` is where the agent replies, or an ending.
    """

    node: str
    values: tuple[int, ...]
    told: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    points: tuple[int, ...] = ()
    flags: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    steps: frozenset[int] = frozenset()


def start(scene: Script) -> State:
    """The state in which the customer has said the first words and nothing was replied."""
    values = tuple(one.start for one in scene.state.values())
    return settle(scene, State(scene.start, values, points=(0,) * len(scene.criteria)))


def settle(scene: Script, state: State) -> State:
    """``state`` led on by the turns' ``auto`` until the customer speaks, with what is told then.

    Raises InputError where the turns lead round in a circle without a word.
    """
    passed = [state.node]
    while (lead := leading(scene, state)) is not None:
        state = state._replace(node=scene.nodes[state.node].auto[lead].goto)
        if state.node in passed:
            text = _("{scene}: nobody ever speaks, the nodes lead round in a circle: {names}.")
            raise InputError(text.format(scene=scene.id, names=" → ".join([*passed, state.node])))
        passed.append(state.node)
    tells = scene.nodes[state.node].tells if state.node in scene.nodes else ()
    return state._replace(told=state.told.union(tells)) if tells else state


def leading(scene: Script, state: State) -> int | None:
    """Which ``auto`` of the state's node leads on at once, counted from 0; None where the customer speaks."""
    auto = scene.nodes[state.node].auto if state.node in scene.nodes else ()
    now = known(scene, state) if auto else {}
    return next((place for place, lead in enumerate(auto) if guard(lead.when)(now)), None)


def known(scene: Script, state: State) -> dict[str, int]:
    """What guards may ask for: each variable's value, and of each fact whether it was told."""
    now: dict[str, int] = dict(zip(scene.state, state.values, strict=True))
    for fact in scene.facts:
        now[fact] = fact in state.told
    return now


def over(scene: Script, state: State) -> bool:
    """Whether the conversation has come to an ending."""
    return state.node in scene.endings


def offered(scene: Script, state: State) -> list[Line]:
    """The replies on offer, in the file's order; none where the conversation is over."""
    if over(scene, state):
        return []
    now = known(scene, state)
    return [
        reply
        for reply in scene.nodes[state.node].replies
        if (reply.when is None or guard(reply.when)(now))
        and not (reply.once and f"{state.node}.{reply.id}" in state.used)
    ]


def says(scene: Script, state: State) -> Text:
    """The customer's words now: the first variant whose guard holds, else what the node says; or the last words."""
    place: Close = scene.endings.get(state.node) or scene.nodes[state.node]
    variants = getattr(place, "variants", ())
    now = known(scene, state) if variants else {}
    return next((one.say for one in variants if guard(one.when)(now)), place.say)


def step(scene: Script, state: State, reply_id: str) -> State:
    """The state after the reply ``reply_id``: pure, the same for the same.

    Each variable and each criterion's points are held within their bounds at every step. In a student build points
    stay 0. Raises InputError where the reply is not on offer.
    """
    reply = next((one for one in offered(scene, state) if one.id == reply_id), None)
    if reply is None:
        text = _("The reply {reply!r} is not on offer here; on offer: {names}.")
        names = _(", ").join(one.id for one in offered(scene, state)) or "–"
        raise InputError(text.format(reply=reply_id, names=names))
    return settle(scene, follow(scene, state, reply))


def follow(scene: Script, state: State, reply: Line) -> State:
    """What a reply that is on offer does, before ``settle``."""
    values, points = state.values, state.points
    if reply.effect:
        values = tuple(
            min(max(value + reply.effect.get(name, 0), one.low), one.high)
            for (name, one), value in zip(scene.state.items(), values, strict=True)
        )
    score, flag = getattr(reply, "score", None), getattr(reply, "flag", None)
    if score:
        points = tuple(
            min(max(point + score.get(name, 0), 0), one.weight)
            for (name, one), point in zip(scene.criteria.items(), points, strict=True)
        )
    return State(
        reply.goto,
        values,
        state.told.union(reply.tells) if reply.tells else state.told,
        state.used | {f"{state.node}.{reply.id}"} if reply.once else state.used,
        points,
        state.flags | {flag} if flag else state.flags,
        state.last.union(getattr(reply, "last", ())),
        state.steps.union(getattr(reply, "steps", ())),
    )


def total(scene: Script, state: State) -> int:
    """The score from 0 to 100: the sum of the points, at most the lowest cap of the critical errors made."""
    return min([sum(state.points), *(scene.critical[flag].cap for flag in state.flags)])


def seed(scene_id: str, token: str | None, attempt: int) -> str:
    """What the order of the replies is drawn from: SHA-256 of scene, token and attempt. Anybody can compute it.

    >>> seed("complaint-a", None, 1)[:8] == seed("complaint-a", None, 2)[:8]
    False
    """
    return hashlib.sha256(f"crmlab role play {scene_id} {token or '-'} {attempt}".encode()).hexdigest()


def shuffled(drawn: str, exchange: int, replies: list[Line]) -> list[Line]:
    """``replies`` in the order in which they are shown at an exchange (counted from 0), drawn from a seed."""

    def lot(reply: Line) -> str:
        return hashlib.sha256(f"{drawn} {exchange} {reply.id}".encode()).hexdigest()

    return sorted(replies, key=lot)


class Move(NamedTuple):
    """One exchange of a play: where, which replies were shown in which order, and which was said."""

    node: str
    shown: tuple[str, ...]
    choice: str


class Play:
    """A conversation with a scene's customer, reply by reply; shown in a cell it is where it stands.

    ``scene`` is a scene's name, a file, or a scene already read; ``language`` and ``mode`` are the spoken one and the
    scene's own unless told. In practice mode each reply is judged at once where the scene says how, and there is a way
    back. The order of the replies is drawn for ``token`` and ``attempt``. Raises InputError for what there is not.

    >>> from crmlab.roleplay.sheet import TEMPLATE
    >>> play = Play(TEMPLATE, "en")
    >>> play.says, list(play.replies)
    ('My order should have been here on Monday. Where is it?', ['a', 'b', 'c'])
    >>> play.say("b").over
    False
    """

    def __init__(
        self,
        scene: str | Path | Script,
        language: str | None = None,
        mode: Mode | None = None,
        token: str | None = None,
        attempt: int = 1,
    ) -> None:
        if language is not None and language not in LANGUAGES:
            raise InputError(_("The course speaks en and zh, not {code!r}.").format(code=language))
        self.language = language or spoken()
        with speaking(self.language):
            self.scene = scene if isinstance(scene, Script) else find(scene)
            if mode is not None and mode not in MODES:
                text = _("mode is {value}; allowed: {names}.")
                raise InputError(text.format(value=repr(mode), names=_(", ").join(MODES)))
            if type(attempt) is not int or not 1 <= attempt <= ATTEMPTS:
                text = _("{name} is {value}; allowed is a whole number from {low} to {high}.")
                raise InputError(text.format(name="attempt", value=repr(attempt), low=1, high=number(ATTEMPTS)))
            self.token = None if token is None else checked(token)
        self.mode: Mode = mode or self.scene.use
        self.attempt = attempt
        self.seed = seed(self.scene.id, self.token, attempt)
        self.moves: list[Move] = []
        self._states = [start(self.scene)]

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._states[-1]

    @property
    def over(self) -> bool:
        """Whether it has come to an ending."""
        return over(self.scene, self.state)

    @property
    def brief(self) -> str:
        """What the agent knows before the first line."""
        return self._read(self.scene.brief)

    @property
    def says(self) -> str:
        """The customer's words now; at the end the last ones."""
        return self._read(says(self.scene, self.state))

    @property
    def shown(self) -> list[Line]:
        """The replies on offer in the order in which they are shown."""
        return shuffled(self.seed, len(self.moves), offered(self.scene, self.state))

    @property
    def replies(self) -> dict[str, str]:
        """The replies on offer by the letters under which they are shown; none when it is over."""
        return {letter: self._read(reply.text) for letter, reply in zip(LETTERS, self.shown, strict=False)}

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was said so far: pairs of the customer's words and the reply to them."""
        pairs = zip(self._states, self.moves, strict=False)
        return [
            (self._read(says(self.scene, state)), self._read(self.scene.replies[move.node][move.choice].text))
            for state, move in pairs
        ]

    @property
    def feedback(self) -> str | None:
        """In practice mode, what is to be said of the last reply; None where the scene does not say it."""
        if self.mode != "practice" or not self.moves:
            return None
        text = getattr(self.scene.replies[self.moves[-1].node][self.moves[-1].choice], "feedback", None)
        return None if text is None else self._read(text)

    def say(self, letter: str) -> Play:
        """Give the reply that is shown under ``letter``. Raises InputError where none is, or all is said."""
        with speaking(self.language):
            if self.over:
                raise InputError(_("The conversation is over."))
            shown = self.shown
            plain = unicodedata.normalize("NFKC", letter).strip().strip(".)").lower() if isinstance(letter, str) else ""
            if len(plain) != 1 or plain not in LETTERS[: len(shown)]:
                text = _("There is no reply {letter}; there are: {letters}.")
                raise InputError(text.format(letter=repr(letter), letters=_(", ").join(LETTERS[: len(shown)])))
            choice = shown[LETTERS.index(plain)].id
            after = step(self.scene, self.state, choice)
        self.moves.append(Move(self.state.node, tuple(one.id for one in shown), choice))
        self._states.append(after)
        return self

    def back(self) -> Play:
        """Take the last reply back, in practice mode. Raises InputError in graded mode and at the start."""
        with speaking(self.language):
            if self.mode != "practice":
                raise InputError(_("What was said to a customer stands: there is no way back in a graded play."))
            if not self.moves:
                raise InputError(_("Nothing was said yet."))
        self.moves.pop()
        self._states.pop()
        return self

    def transcript(self) -> Transcript:
        """The play as it is handed in, with what it claims to have scored where the scene knows that."""
        from crmlab.roleplay.transcript import of

        return of(self)

    def outcome(self) -> Outcome:
        """What it came to, when it is over; without a score where the scene is a student build."""
        from crmlab.roleplay.transcript import outcome

        with speaking(self.language):
            return outcome(self.scene, self.moves)

    def write(self, folder: str | Path = ".") -> Path:
        """Write the transcript into a new file in ``folder``, which is the file to hand in.

        Raises InputError where the play is not over, a graded one has no token, or the file can't be written.
        """
        from crmlab.roleplay.transcript import write

        with speaking(self.language):
            if not self.over:
                raise InputError(_("The conversation is not over yet; play it to its end, then hand it in."))
            if self.mode == "graded" and self.token is None:
                text = _("This play holds no token, so nobody could tell whose it is. Play it with your own token.")
                raise InputError(text)
            return write(self.transcript(), folder)

    def _read(self, text: Text) -> str:
        with speaking(self.language):
            return str(text)

    def __str__(self) -> str:
        with speaking(self.language):
            lines = [] if self.moves else [str(self.scene.title), self.brief, ""]
            if self.feedback:
                lines += [_("Feedback: {text}").format(text=self.feedback), ""]
            lines.append(_("Customer: {text}").format(text=self.says))
            lines += ["", *(f"{letter}. {text}" for letter, text in self.replies.items())]
            if self.over:
                lines.append(_("The conversation is over."))
        return "\n".join(lines)

    __repr__ = __str__


def terminal(play: Play, ask: Callable[[str], str] = input, tell: Callable[[str], None] = print) -> bool:
    """Play in the terminal by letters; True when it came to an ending, False where the player left off.

    In practice mode "back" takes the last reply back. The debrief follows where the scene has its scores.
    """
    from crmlab.roleplay.debrief import text

    with speaking(play.language):
        quit_words, back_words = ("q", "quit", _("quit")), ("back", _("back"))
        hint = _("A letter and Enter; {quit} leaves.").format(quit="q")
        if play.mode == "practice":
            hint = _("A letter and Enter; {back} takes the last reply back, {quit} leaves.").format(
                back="back", quit="q"
            )
        tell(hint)
        tell("")
        tell(str(play))
        while not play.over:
            try:
                answer = ask("> ").strip().lower()
            except (EOFError, KeyboardInterrupt):
                answer = "q"
            if answer in quit_words:
                return False
            try:
                play.back() if answer in back_words else play.say(answer)
            except InputError as error:
                tell(str(error))
                continue
            tell("")
            tell(str(play))
        tell("")
        tell(text(play.outcome(), play.scene, play.language))
    return True
