"""Role plays in a real browser: each scene in both languages, a good and a bad path, played by keyboard to its end."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from crmlab.data.tokens import token
from crmlab.language.catalogue import LANGUAGES
from crmlab.roleplay.play import Play, step, total
from crmlab.roleplay.release import handed_out
from crmlab.roleplay.scene import Scene
from crmlab.roleplay.search import Ways
from crmlab.roleplay.shelf import find, names

from .lab import run_cells, serious

WHO = token(b"browser", "1")
CLIPPED = """box => [...box.querySelectorAll('*')]
  .filter((node) => node.getClientRects().length && !node.closest('.unseen'))
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline')
  .map((node) => node.outerHTML.slice(0, 200))"""
UNSEEN = """log => {
  const [frame, last] = [log, log.lastChild].map((node) => node.getBoundingClientRect());
  return last.top < frame.top || Math.min(last.bottom, last.top + frame.height) > frame.bottom + 1;
}"""
DRESS = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
GREW = "([log, count]) => log.querySelectorAll('.customer').length === count"


@dataclass(frozen=True)
class Part:
    """One play of a scene: which scene, how well, and the replies to say."""

    scene: Scene
    good: bool
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.scene.id}-{'good' if self.good else 'bad'}"

    @property
    def shut(self) -> bool:
        """Whether it is played as students have it: a graded scene without what gives answers away."""
        return self.good and self.scene.use == "graded"

    def cell(self, build: str) -> str:
        """The cell that opens it; of a graded scene the token is typed into the page."""
        which = build if self.shut else self.scene.id
        given = f", token={WHO!r}" if self.scene.use == "graded" and not self.shut else ""
        return f"crmlab.RolePlay({which!r}{given})"


def worst(scene: Scene) -> tuple[str, ...]:
    """A path on which each reply is the one that earns least, one with a critical error before all."""
    play = Play(scene)
    while not play.over:
        scores = [(total(scene, after := step(scene, play.state, one.id)), sum(after.points)) for one in play.shown]
        place = scores.index(min(scores))
        play.say("abcdefgh"[place])
    return tuple(move.choice for move in play.moves)


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    """A good and a bad play of each scene that there is."""
    found = []
    for scene in map(find, names()):
        found.append(Part(scene, True, tuple(reply for _node, reply in Ways(scene).best_path)))
        found.append(Part(scene, False, worst(scene)))
    return found


def loose(parts: list[Part]) -> list[Part]:
    """Of one scene for practice and of one that is graded there is a second play, which no test plays to its end."""
    return [next(part for part in parts if part.scene.use == use) for use in ("practice", "graded")]


@pytest.fixture(scope="module", params=LANGUAGES)
def stage(request, lab, browser, parts):
    """A notebook with all of them, in each language."""
    cells = []
    for part in parts:
        name, content = handed_out(part.scene)
        (lab.folder / name).write_bytes(content)
        cells.append(part.cell(name))
    cells += [f"crmlab.RolePlay({part.scene.id!r})" for part in loose(parts)]
    with run_cells(lab, browser, "roleplays", request.param, cells, height=1300) as notebook:
        yield notebook


def test_all_open_without_an_error_and_ask_nobody_outside(stage, parts):
    assert stage.errors == []
    assert stage.foreign == []
    assert stage.page.locator(".crmlab.role-play").count() == len(parts) + len(loose(parts))
    assert not any(still.is_visible() for still in stage.page.locator(".crmlab-still").all())


def test_each_is_played_by_keyboard_to_its_end(stage, parts, lab):
    for place, part in enumerate(parts):
        box = stage.page.locator(".crmlab.role-play").nth(place)
        files = set(handed_in(lab, part))
        played(stage, box, part, attempt=len(files) + 1)
        folder = stage.lang
        assert stage.page.evaluate(CLIPPED, box.element_handle()) == []
        keep(stage, part.name, box)
        for fold in box.locator("details.both, details.criterion").all():
            fold.locator("summary").press("Enter")
        assert stage.page.evaluate(CLIPPED, box.element_handle()) == []
        keep(stage, f"{part.name}-debrief", box.locator(".debrief"))
        assert bool(re.search(r"\d", box.locator(".score").inner_text())) != part.shut
        files = list(lab.folder.glob(f"{part.scene.id}_{WHO}_*.play.json"))
        assert bool(files) == (part.scene.use == "graded"), folder
        assert (box.locator(".handed").is_visible()) == (part.scene.use == "graded")


def keep(stage, name: str, part) -> None:
    """Keep a screenshot of all of ``part``, in a window that is high enough for it."""
    height = 600 + int(part.bounding_box()["height"])
    stage.page.set_viewport_size({"width": 1280, "height": max(1300, height)})
    part.scroll_into_view_if_needed()
    stage.keep(f"roleplays/{name}", part)
    stage.page.set_viewport_size({"width": 1280, "height": 1300})


def test_a_graded_play_is_begun_knowingly_and_with_a_token(stage, parts):
    box, keys = stage.page.locator(".crmlab.role-play").nth(len(parts) + 1), stage.page.keyboard
    box.scroll_into_view_if_needed()
    for hidden in (".log", "fieldset", ".debrief", ".comment"):
        assert box.locator(hidden).is_hidden()
    assert box.get_by_role("button").count() == 1
    box.locator(".gate input").focus()
    keys.type("ABCD")
    keys.press("Tab")
    keys.press("Enter")
    box.locator(".problem", has_text="ABCD").wait_for()
    assert box.locator(".gate").is_visible()
    assert box.locator(".log .line").count() == 0
    assert stage.page.evaluate(CLIPPED, box.element_handle()) == []
    keep(stage, "gate", box)


def test_practice_goes_back_and_begins_anew_by_keyboard_and_each_line_is_told_once(stage, parts):
    box, keys = stage.page.locator(".crmlab.role-play").nth(len(parts)), stage.page.keyboard
    log, lines = box.locator(".log").element_handle(), box.locator(".log .line")
    back, anew = box.get_by_role("button").nth(1), box.get_by_role("button").nth(2)
    assert log.get_attribute("aria-live") == "polite"
    stage.page.evaluate(
        "log => { log.added = []; new MutationObserver(them => them.forEach((one) => "
        "log.added.push(...[...one.addedNodes].map((node) => node.className))))"
        ".observe(log, { childList: true, subtree: true }); }",
        log,
    )
    box.locator("fieldset").focus()
    keys.press("Enter")
    assert box.locator(".problem").inner_text()
    keys.press("b")
    keys.press("Enter")
    stage.page.wait_for_function(GREW, arg=[log, 2])
    assert stage.page.evaluate("log => log.added", log) == ["line you", "line coach", "line customer"]
    assert stage.page.evaluate("document.activeElement.tagName") == "FIELDSET"
    assert stage.page.evaluate("log => log.closest('.jp-Notebook').matches('.jp-mod-editMode')", log) is False
    box.get_by_role("checkbox").press("Space")
    assert lines.nth(2).is_hidden()
    first = lines.first.inner_text()
    back.focus()
    keys.press("Enter")
    stage.page.wait_for_function(GREW, arg=[log, 1])
    assert lines.count() == 1
    assert back.is_hidden()
    box.locator("fieldset").press("a")
    keys.press("Enter")
    stage.page.wait_for_function(GREW, arg=[log, 2])
    anew.focus()
    keys.press("Enter")
    stage.page.wait_for_function(GREW, arg=[log, 1])
    assert lines.first.inner_text() == first


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_no_serious_violation_in_either_theme(stage, parts, theme):
    stage.page.evaluate(DRESS, theme)
    stage.page.wait_for_function("dark => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    stage.page.wait_for_timeout(500)
    assert serious(stage.page, ".crmlab.role-play") == []
    if "Dark" in theme:
        for place, name in enumerate(["practice", "gate"], len(parts)):
            keep(stage, f"{name}-dark", stage.page.locator(".crmlab.role-play").nth(place))
        keep(stage, "debrief-dark", stage.page.locator(".crmlab.role-play").nth(1))
        stage.page.evaluate(
            "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })"
        )


def handed_in(lab, part: Part) -> list:
    """The files to hand in that lie in the learner's folder."""
    return list(lab.folder.glob(f"{part.scene.id}_{WHO}_*.play.json"))


def played(stage, box, part: Part, attempt: int) -> None:
    """Play one part by keyboard alone."""
    keys, graded = stage.page.keyboard, part.scene.use == "graded"
    box.scroll_into_view_if_needed()
    mirror = Play(part.scene, stage.lang, token=WHO if graded else None, attempt=attempt)
    if graded:
        if part.shut:
            box.locator(".gate input").focus()
            keys.type(WHO.lower())
        else:
            box.locator(".gate button").focus()
        keys.press("Enter")
    else:
        box.locator("fieldset").focus()
    log = box.locator(".log").element_handle()
    for count, choice in enumerate(part.path, 1):
        stage.page.wait_for_function(GREW, arg=[log, count])
        assert mirror.says in box.locator(".customer").last.inner_text().replace("\n", " ")
        assert box.locator("input:checked[type=radio]").count() == 0
        assert box.get_by_role("button").first.is_disabled()
        assert box.locator(".debrief").is_hidden()
        shown = [one.id for one in mirror.shown]
        for _press in range(shown.index(choice) + 1):
            keys.press("ArrowDown")
        assert stage.page.evaluate(CLIPPED, box.element_handle()) == []
        assert not stage.page.evaluate(UNSEEN, log)
        if count in (1, 6):
            keep(stage, f"{part.name}-{count}", box)
        keys.press("Enter")
        mirror.say("abcdefgh"[shown.index(choice)])
    box.locator(".debrief .score").wait_for()
    assert "debrief" in stage.page.evaluate("document.activeElement.className")
