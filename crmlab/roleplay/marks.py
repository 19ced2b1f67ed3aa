"""Role plays that were handed in, marked by playing them again; the marks go into the gradebook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.gradebook.records import Marked, Part
from crmlab.language.catalogue import _, number, speaking
from crmlab.language.errors import InputError
from crmlab.marking import html
from crmlab.marking.classwork import Taken
from crmlab.marking.names import folder_name
from crmlab.roleplay import debrief_page, shelf, transcript
from crmlab.roleplay.scene import TOTAL, Scene
from crmlab.roleplay.transcript import Outcome, replay

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook

PLAY = "play"
"""What the one question of a role play is called in the gradebook."""


@dataclass(frozen=True)
class Played:
    """A transcript that was taken: its play's mark, what it came to, the scene, and the number of the attempt."""

    mark: Marked
    outcome: Outcome
    scene: Scene
    attempt: int

    @property
    def token(self) -> str:
        """Whose it is."""
        return self.mark.token


def marked(path: Path) -> Played:
    """A transcript's mark, from playing it again; what it claims is not looked at.

    Raises InputError with the reason where it is damaged, edited, of practice, unfinished, or of a scene whose scores
    are not here.
    """
    made = transcript.read(path)
    if made.token is None:
        raise InputError(_("{file} holds no token, so nobody can tell whose it is.").format(file=path.name))
    try:
        scene = shelf.find(made.scene)
        if not isinstance(scene, Scene):
            text = _(
                "The scores of {scene} are not here: marking needs the whole scene, not what students receive of it."
            )
            raise InputError(text.format(scene=made.scene))
        outcome = replay(made, scene, made.token, graded=True)
    except InputError as error:
        raise InputError(_("{name}: {text}").format(name=path.name, text=error)) from None
    with speaking(made.language):
        part = Part(PLAY, float(outcome.score or 0), float(TOTAL), "replay", _verdict(outcome, scene))
    mark = Marked(
        activity=scene.id,
        token=made.token,
        language=made.language,
        content=made.head,
        file=path.name,
        edition=scene.edition,
        checks=hashlib.sha256(scene.model_dump_json().encode()).hexdigest(),
        parts=(part,),
        guards={"replay": "scores computed anew"},
        notes=[_("Attempt {count}, ending: {ending}").format(count=number(made.attempt), ending=outcome.ending)],
    )
    return Played(mark, outcome, scene, made.attempt)


def _verdict(outcome: Outcome, scene: Scene) -> dict:
    """Points by criterion, and the critical errors with their caps."""
    return {
        "given": [
            {"points": outcome.points[key], "of": one.weight, "because": one.label.model_dump(), "hidden": False}
            for key, one in scene.criteria.items()
        ],
        "misconceptions": {flag: scene.critical[flag].why.model_dump() for flag in outcome.flags},
    }


def mark(taken: Taken, paths: Iterable[Path]) -> list[Played]:
    """Mark transcripts into the gradebook, and return those that were taken.

    A student's later attempt is another submission, and the latest counts.
    """
    plays = taken.read(paths, marked)
    for play in plays:
        taken.book.activity(play.scene.id, {PLAY: TOTAL}, "role play")
        taken.store(play.mark)
    return plays


def pages(plays: Iterable[Played], book: Gradebook, folder: Path) -> list[Path]:
    """Write the debrief of each play as a page of HTML; the pages that are new or changed, see ``html.pages``.

    Each is called by the student's number, the scene and the attempt.
    """
    numbers = dict(book.students()[["token", "student"]].itertuples(index=False))
    return html.pages(
        folder,
        (
            (f"{folder_name(numbers[one.token])}_{one.scene.id}_{one.attempt}.html", _owner(one), page(one))
            for one in plays
        ),
    )


def _owner(play: Played) -> str:
    return f"{play.token} {play.scene.id} {play.attempt}"


def page(play: Played) -> str:
    """The debrief of one play as a page that needs no other file."""
    with speaking(play.mark.language):
        title = _("Debrief: {title}").format(title=play.scene.title)
        body = debrief_page.page(play.outcome, play.scene, unfolded=True)
        return html.render("debrief.html", owner=_owner(play), title=title, body=body)
