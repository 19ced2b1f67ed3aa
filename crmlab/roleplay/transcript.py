"""A play as it is handed in: which replies were said, chained by hashes, and what playing it again comes to.

The score is always computed anew from the replies; what a transcript claims is not looked at. The chain tells of a file
that was damaged or edited by hand. It does not tell who sat at the keyboard, and a path that a program worked out is a
path like any other: no file that a student's own computer writes can prove more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from crmlab.data.tokens import checked
from crmlab.files import create, read_bytes
from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError
from crmlab.language.text import Strict
from crmlab.marking.names import receipt
from crmlab.roleplay.play import ATTEMPTS, Move, State, offered, over, seed, shuffled, start, step, total
from crmlab.roleplay.scene import Scene, Script, canonical

if TYPE_CHECKING:
    from crmlab.roleplay.play import Play

FORMAT = 1
LARGEST = 2**20
"""Bytes that a transcript's file may have."""
LONGEST = 1000
"""Exchanges that it may have."""
ENDING = ".play.json"
NOBODY = "nobody"
"""Stands for the token in the name of a file that has none."""

Short = Annotated[str, Field(max_length=100)]


class Event(Strict):
    """One exchange: its number from 0, the node, the replies in the order shown, the one said, and the link before."""

    i: Annotated[int, Field(strict=True, ge=0, lt=LONGEST)]
    node: Short
    shown: tuple[Short, ...] = Field(max_length=8)
    choice: Short
    prev: Short


class Claim(Strict):
    """What the student's own computer made of it; nobody believes it."""

    score: Annotated[int, Field(strict=True)] | None = None
    ending: Short | None = None


class Transcript(Strict):
    """A play as it is handed in. ``head`` is the last link of the chain that begins with all the rest."""

    crmlab: Literal[1]
    kind: Literal["role play"]
    scene: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$", max_length=60)]
    edition: Short
    """SHA-256 of the scene as students have it."""
    language: Literal["en", "zh"]
    mode: Literal["practice", "graded"]
    token: Annotated[str, Field(pattern="^[0-9A-Z-]+$", max_length=40)] | None
    attempt: Annotated[int, Field(strict=True, ge=1, le=ATTEMPTS)]
    seed: Short
    events: tuple[Event, ...] = Field(max_length=LONGEST)
    head: Short
    claimed: Claim | None = None

    @property
    def receipt(self) -> str:
        """Sixteen letters of ``head`` in fours: two transcripts with the same receipt hold the same play."""
        return receipt(self.head)


@dataclass(frozen=True)
class Said:
    """One exchange played again: the reply, and what it brought."""

    node: str
    reply: str
    state: State
    """Before the reply."""
    after: State
    points: dict[str, int]
    """By criterion what was really gained or lost, the bounds being kept."""

    @property
    def gained(self) -> int:
        """The sum of ``points``."""
        return sum(self.points.values())


@dataclass(frozen=True)
class Outcome:
    """What a play came to. Without a score (None) where only the student build was at hand."""

    scene: str
    score: int | None
    points: dict[str, int]
    """By criterion."""
    flags: tuple[str, ...]
    """Critical errors, in the order in which they were first made."""
    cap: int | None
    """The lowest cap of them, where it lowered the score."""
    ending: str
    curve: tuple[dict[str, int], ...]
    """The customer's state before the first reply and after each."""
    path: tuple[Said, ...]
    last: tuple[str, ...]
    steps: tuple[int, ...]

    def __str__(self) -> str:
        if self.score is None:
            return _("{scene}: ending {ending}").format(scene=self.scene, ending=self.ending)
        return _("{scene}: {score} of 100").format(scene=self.scene, score=number(self.score))


def _link(data: Any) -> str:
    return hashlib.sha256(canonical(data).encode("utf-8", "surrogatepass")).hexdigest()


def _first(made: Transcript | dict[str, Any]) -> str:
    """The chain's first link: everything but the events, the head and the claim."""
    about = made if isinstance(made, dict) else made.model_dump()
    names = ("crmlab", "kind", "scene", "edition", "language", "mode", "token", "attempt", "seed")
    return _link({name: about[name] for name in names})


def of(play: Play) -> Transcript:
    """The transcript of ``play`` as far as it went."""
    about: dict[str, Any] = {
        "crmlab": FORMAT,
        "kind": "role play",
        "scene": play.scene.id,
        "edition": play.scene.edition,
        "language": play.language,
        "mode": play.mode,
        "token": play.token,
        "attempt": play.attempt,
        "seed": play.seed,
    }
    link, events = _first(about), []
    for place, move in enumerate(play.moves):
        event = {"i": place, "node": move.node, "shown": list(move.shown), "choice": move.choice, "prev": link}
        link = _link(event)
        events.append(event)
    claimed = None
    if play.over:
        score = total(play.scene, play.state) if isinstance(play.scene, Scene) else None
        claimed = {"score": score, "ending": play.state.node}
    return Transcript.model_validate(about | {"events": events, "head": link, "claimed": claimed})


def outcome(scene: Script, moves: Sequence[Move]) -> Outcome:
    """What ``moves`` come to. Raises InputError where a reply was not on offer, or there is no ending."""
    state = start(scene)
    states, flags = [state], []
    for move in moves:
        if over(scene, state):
            raise InputError(_("The transcript goes on after the conversation is over."))
        state = step(scene, state, move.choice)
        flags += sorted(state.flags - states[-1].flags)
        states.append(state)
    if not over(scene, state):
        text = _("The play is not finished: after {count} exchanges there is no ending yet.")
        raise InputError(text.format(count=number(len(moves))))
    whole = isinstance(scene, Scene)
    score = total(scene, state) if whole else None
    path = [
        Said(
            move.node,
            move.choice,
            here,
            after,
            {
                name: new - old
                for name, old, new in zip(scene.criteria, here.points, after.points, strict=True)
                if new != old
            },
        )
        for move, here, after in zip(moves, states[:-1], states[1:], strict=True)
    ]
    return Outcome(
        scene=scene.id,
        score=score,
        points=dict(zip(scene.criteria, state.points, strict=True)) if whole else {},
        flags=tuple(flags),
        cap=score if whole and score < sum(state.points) else None,
        ending=state.node,
        curve=tuple(dict(zip(scene.state, one.values, strict=True)) for one in states),
        path=tuple(path),
        last=tuple(letter for letter in "LAST" if letter in state.last),
        steps=tuple(sorted(state.steps)),
    )


def replay(made: Transcript, scene: Script, token: str | None = None, *, graded: bool = False) -> Outcome:
    """What the play in a transcript came to, by playing it again; what it claims is not looked at.

    ``token``: whose play it has to be; ``graded``: no practice play counts. Raises InputError with the reason where it
    is of another scene, edition or student, is of another seed than its token and attempt have, was edited (the chain
    is broken), has other replies than were on offer, or is not finished.
    """
    if made.scene != scene.id:
        text = _("The transcript is of {scene}, not of {expected}.")
        raise InputError(text.format(scene=made.scene, expected=scene.id))
    if made.edition != scene.edition:
        text = _("The transcript is of another edition of {scene} ({edition}… instead of {expected}…).")
        raise InputError(text.format(scene=scene.id, edition=made.edition[:8], expected=scene.edition[:8]))
    if token is not None and (made.token is None or checked(made.token) != checked(token)):
        text = _("The transcript is another student's: its token is {token}, not {expected}.")
        raise InputError(text.format(token=made.token or "–", expected=checked(token)))
    if made.token is not None and checked(made.token) != made.token:
        raise InputError(_("The token {token} is not written as it was handed out.").format(token=made.token))
    if graded and made.mode != "graded":
        raise InputError(_("The transcript is of practice, where there is feedback and a way back; it does not count."))
    drawn = seed(scene.id, made.token, made.attempt)
    if made.seed != drawn:
        text = _("The transcript's seed is not that of its token and attempt {attempt}.")
        raise InputError(text.format(attempt=number(made.attempt)))
    state, link = start(scene), _first(made)
    for place, event in enumerate(made.events):
        if event.i != place or event.prev != link:
            text = _("The transcript was edited: its chain breaks before exchange {count}.")
            raise InputError(text.format(count=number(place + 1)))
        link = _link(event.model_dump(mode="json"))
    if link != made.head:
        text = _("The transcript was edited: its chain does not end as it says after exchange {count}.")
        raise InputError(text.format(count=number(len(made.events))))
    moves = []
    for place, event in enumerate(made.events):
        shown = tuple(reply.id for reply in shuffled(drawn, place, offered(scene, state)))
        if over(scene, state):
            raise InputError(_("The transcript goes on after the conversation is over."))
        if event.node != state.node or event.shown != shown or event.choice not in shown:
            text = _("Exchange {count} can't have been like this: at {node} the replies {names} were on offer.")
            names = _(", ").join(shown)
            raise InputError(text.format(count=number(place + 1), node=state.node, names=names))
        moves.append(Move(event.node, event.shown, event.choice))
        state = step(scene, state, event.choice)
    return outcome(scene, moves)


def write(made: Transcript, folder: str | Path = ".") -> Path:
    """Write a transcript into a new file in ``folder``, under the first number that is free; nothing is overwritten.

    Raises InputError where the folder can't be written.
    """
    text = json.dumps(made.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"
    for count in range(1, 1000):
        path = Path(folder) / f"{made.scene}_{made.token or NOBODY}_{count}{ENDING}"
        try:
            create(path, text.encode())
        except FileExistsError:
            continue
        return path
    raise InputError(_("There are 999 transcripts in {folder} already.").format(folder=folder))


def read(path: str | Path) -> Transcript:
    """A transcript from its file, as it says; ``replay`` looks whether it can be true.

    Raises InputError where the file is missing, too large, damaged, or no transcript.
    """
    path = Path(path)
    content = read_bytes(path, LARGEST)
    try:
        return Transcript.model_validate_json(content)
    except ValidationError as error:
        one = error.errors(include_url=False, include_input=False)[0]
        place = re.sub(r"[^\w.]", "", ".".join(map(str, one["loc"])))[:60]
        text = _("{file} is no transcript of a role play, or it is damaged ({place}).")
        raise InputError(text.format(file=path.name, place=place or "JSON")) from None
