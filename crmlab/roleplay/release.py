"""A scene as it is handed out: whole for practice, without what gives answers away where it is graded."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.course.build import Result
from crmlab.files import HandedOut, hand_out
from crmlab.language.errors import InputError
from crmlab.marking.release import folders
from crmlab.roleplay import shelf
from crmlab.roleplay.proof import check
from crmlab.roleplay.scene import Scene, read, student
from crmlab.roleplay.sheet import dump

if TYPE_CHECKING:
    import pandas as pd


def handed_out(scene: Scene) -> tuple[str, bytes]:
    """The name and the content of the file that students get; the same scene always makes the same bytes."""
    if scene.use == "practice":
        return f"{scene.id}.yml", dump(scene).encode()
    return f"{scene.id}.json", (json.dumps(student(scene), ensure_ascii=False, indent=1) + "\n").encode()


def sources(top: Path) -> list[Path]:
    """The scenes in the checkout ``top``."""
    return sorted((top / "exercises/roleplays").glob("*.yml"))


def build(top: Path, only: Collection[Path] | None = None) -> Result:
    """What students receive of each scene in the checkout ``top``, and what the proof finds wrong with the scenes.

    With ``only``, of those among these sources, each proven by itself.
    """
    result, folder = Result(), top / "exercises" / shelf.HANDOUT
    some = sources(top) if only is None else [path for path in sources(top) if path in only]
    for proof in map(check, [top / "exercises/roleplays"] if only is None else some):
        result.findings += [str(finding) for finding in proof.findings]
    for path in some:
        try:
            name, content = handed_out(read(path))
            result.files[folder / name] = content
        except InputError:  # which the proof has said already
            result.unmade |= {folder / f"{path.stem}.yml", folder / f"{path.stem}.json"}
    return result


def release(folder: str | Path, scene: Scene, students: pd.DataFrame | None = None) -> HandedOut:
    """Write the scene's file for students: into ``folder``, or for each of ``students`` into a folder of their own.

    ``students`` has a column student (see ``roster``). What is there already is never overwritten; where it differs it
    is told as kept. Raises InputError where two students would share a folder, or a folder can't be written.
    """
    name, content = handed_out(scene)
    places = [Path(folder)] if students is None else folders(Path(folder), students)
    return hand_out({place / name: content for place in places})
