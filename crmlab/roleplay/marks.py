"""Role plays that were handed in, marked by playing them again; the marks go into the gradebook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab import files
from crmlab.gradebook.records import Marked, Part
from crmlab.language.catalogue import _, number, speaking
from crmlab.language.errors import InputError
from crmlab.marking import html
from crmlab.marking.reading import found as submissions
from crmlab.marking.release import folder_name
from crmlab.roleplay import debrief_page, shelf, transcript
from crmlab.roleplay.scene import Scene
from crmlab.roleplay.transcript import ENDING, Outcome, replay

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook

PLAY = "play"
"""What the one question of a role play is called in the gradebook."""
TOTAL = 100.0


@dataclass
class Taken:
    """What came of the transcripts: how many were new, marked again, or known, and which were refused and why.

    ``plays`` holds each file that was taken, with its mark, its outcome and its scene.
    """

    became: dict[str, int] = field(default_factory=lambda: {"new": 0, "regraded": 0, "same": 0})
    refused: list[str] = field(default_factory=list)
    plays: list[tuple[Path, Marked, Outcome, Scene]] = field(default_factory=list)


def marked(path: Path) -> tuple[Marked, Outcome, Scene]:
    """A transcript's mark, from playing it again; what it claims is not looked at.

    Raises InputError with the reason where it is damaged, edited, of practice, unfinished, or of a scene whose scores
    are not here.
    """
    made = transcript.read(path)
    if made.token is None:
        raise InputError(_("{file} holds no token, so nobody can tell whose it is.").format(file=path.name))
    scene = shelf.find(made.scene)
    if not isinstance(scene, Scene):
        text = _("The scores of {scene} are not here: marking needs the whole scene, not what students receive of it.")
        raise InputError(text.format(scene=made.scene))
    outcome = replay(made, scene, made.token, graded=True)
    with speaking(made.language):
        part = Part(PLAY, float(outcome.score or 0), TOTAL, "replay", _verdict(outcome, scene))
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
    return mark, outcome, scene


def _verdict(outcome: Outcome, scene: Scene) -> dict:
    """Points by criterion, and the critical errors with their caps."""
    return {
        "given": [
            {"points": outcome.points[key], "of": one.weight, "because": one.label.model_dump(), "hidden": False}
            for key, one in scene.criteria.items()
        ],
        "misconceptions": {flag: scene.critical[flag].why.model_dump() for flag in outcome.flags},
    }


def plays(places: Iterable[Path]) -> list[Path]:
    """The transcripts among ``places``: files, and in folders, however deep, what ends as they do."""
    files: list[Path] = []
    for place in places:
        files += sorted(place.rglob(f"*{ENDING}")) if place.is_dir() else submissions([place])
    return list(dict.fromkeys(files))


def mark(paths: Iterable[Path], book: Gradebook, who: str) -> Taken:
    """Mark transcripts into the gradebook; a student's later attempt is another submission, and the latest counts.

    What cannot be is refused with the reason, and the others are marked all the same.
    """
    taken, known = Taken(), set(book.students()["token"])
    for path in paths:
        try:
            made, outcome, scene = marked(path)
            if made.token not in known:
                text = _("{file} holds the token {token}, which is nobody's in this class.")
                raise InputError(text.format(file=path.name, token=made.token))
            book.activity(scene.id, {PLAY: TOTAL}, "role play")
            taken.became[book.store(made, who)] += 1
            taken.plays.append((path, made, outcome, scene))
        except InputError as error:
            taken.refused.append(f"{path}: {error}")
    return taken


def pages(taken: Taken, book: Gradebook, folder: Path) -> Iterator[Path]:
    """Write the debrief of each play that was taken as a page of HTML; yields the pages that are new or changed.

    It is called by the student's number, the scene and the attempt.
    """
    numbers = dict(book.students()[["token", "student"]].itertuples(index=False))
    for path, made, outcome, scene in taken.plays:
        name = f"{folder_name(numbers[made.token])}_{path.name.removesuffix(ENDING)}.html"
        target = Path(folder).expanduser() / name
        if files.replace(target, page(outcome, scene, made.language).encode()):
            yield target


def page(outcome: Outcome, scene: Scene, language: str) -> str:
    """The debrief of one play as a page that needs no other file."""
    with speaking(language):
        title = _("Debrief: {title}").format(title=scene.title)
        return html.render("debrief.html", title=title, body=debrief_page.page(outcome, scene, unfolded=True))
