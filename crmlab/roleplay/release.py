"""A scene as it is handed out: whole for practice, without what gives answers away where it is graded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.course.build import Result
from crmlab.files import HandedOut, hand_out
from crmlab.marking.release import folders
from crmlab.roleplay import shelf
from crmlab.roleplay.check import check
from crmlab.roleplay.scene import Scene, read, student
from crmlab.roleplay.sheet import dump

if TYPE_CHECKING:
    import pandas as pd


def handed_out(scene: Scene) -> tuple[str, bytes]:
    """The name and the content of the file that students get; the same scene always makes the same bytes."""
    if scene.use == "practice":
        return f"{scene.id}.yml", dump(scene).encode()
    return f"{scene.id}.json", (json.dumps(student(scene), ensure_ascii=False, indent=1) + "\n").encode()


def build(top: Path) -> Result:
    """What students receive of each scene in the checkout ``top``, and what the proof finds wrong with the scenes."""
    proof = check(top / "exercises" / "roleplays")
    files = (handed_out(read(path)) for path in sorted((top / "exercises" / "roleplays").glob("*.yml")))
    made = {top / "exercises" / shelf.HANDOUT / name: content for name, content in files}
    return Result(made, [str(finding) for finding in proof.findings])


def release(folder: str | Path, scene: Scene, students: pd.DataFrame | None = None) -> HandedOut:
    """Write the scene's file for students: into ``folder``, or for each of ``students`` into a folder of their own.

    ``students`` has a column student (see ``roster``). What is there already is never overwritten; where it differs it
    is told as kept. Raises InputError where two students would share a folder, or a folder can't be written.
    """
    name, content = handed_out(scene)
    places = [Path(folder)] if students is None else folders(Path(folder), students)
    return hand_out({place / name: content for place in places})
