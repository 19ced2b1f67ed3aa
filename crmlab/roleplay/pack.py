"""The class pack: all that a class play is printed from, in one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.files import write_new
from crmlab.language.catalogue import _, number, speaking
from crmlab.language.catalogue import language as spoken
from crmlab.language.errors import InputError
from crmlab.roleplay.paper import WIDTH, Paper
from crmlab.roleplay.rota import ENOUGH, MINUTES, STEPS, Rota, rota
from crmlab.roleplay.rubric import rubric
from crmlab.roleplay.scene import Measure, Scene

if TYPE_CHECKING:
    import pandas as pd

BOX = "☐"
CRITERION, ANCHORS = 33.0, (WIDTH - 33.0) / 5
"""Widths of a sheet's columns, in millimetres."""
SLIPS, HIGH = 3, 92.0
"""Customers' slips on a page, and how high each of them is, in millimetres."""


@dataclass(frozen=True)
class Part:
    """Some pages of the pack that belong together: what they are, from which page to which, and how often to print."""

    name: str
    first: int
    last: int
    copies: str


@dataclass(frozen=True)
class Pack:
    """A class pack that was written: where, its parts and its rota; ``lacking`` maps what no font has to its text."""

    path: Path
    pages: int
    parts: tuple[Part, ...]
    rota: Rota
    lacking: dict[str, str]
    language: str

    def __str__(self) -> str:
        with speaking(self.language):
            return self._words()

    def _words(self) -> str:
        lines = [_("Class pack with {pages} pages: {file}").format(pages=number(self.pages), file=self.path)]
        lines += [f"- {_line(part)}" for part in self.parts]
        lines += self.rota.notes()
        lines += [_missing(self.lacking)] if self.lacking else []
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def pack(
    scene: Scene | Sequence[Scene],
    roster: pd.DataFrame,
    path: str | Path,
    language: str | None = None,
    seed: int = 0,
    *,
    size: int = 5,
    fonts: Sequence[str | Path] = (),
) -> Pack:
    """Write the class pack of ``scene`` for ``roster`` as a new PDF at ``path``, in ``language``.

    Its parts: for the teacher the rota, the timetable and what to print how often; for each scene the cards of agent,
    customer and observer, each on a sheet of paper of its own even where both sides are printed; an observer's sheet a
    play; a slip a play for who played the customer. The agent's card holds the agent's card and nothing else of the
    scene. Several scenes (parallel forms) are played one after the other: with two, the first half of a group's rounds
    takes the first.

    ``seed`` and ``size`` are the rota's. ``fonts`` are font files in which rare characters of names are looked for,
    before those of the machine; a character that no font has is printed as 〓, and named in ``lacking`` and on the
    first page. The same arguments give the same bytes on the same machine.

    Raises InputError for a scene without cards (a student build), what ``rota`` refuses, a font that is none, and
    where there is a file at ``path``, which is never overwritten.
    """
    path = Path(path)
    with speaking(language):
        scenes = _whole(scene)
        made = rota(roster, size, seed)
        title = _("Class pack: {title}").format(title=_titles(scenes))
        with Paper(title, fonts) as draft:  # the first page tells of pages behind it
            parts = _print(draft, scenes, made, (), {})
        with Paper(title, fonts) as paper:
            parts = _print(paper, scenes, made, parts, draft.lacking)
            write_new({path: paper.content()})
        return Pack(path, paper.pages, parts, made, draft.lacking, spoken())


def scene_of(turn: int, rounds: int, scenes: int) -> int:
    """Which of the ``scenes``, counted from 0, is played in round ``turn`` (from 1) of a group with so many rounds.

    >>> [scene_of(turn, 5, 2) for turn in range(1, 6)]
    [0, 0, 0, 1, 1]
    """
    return (turn - 1) * scenes // rounds


def _whole(scene: Scene | Sequence[Scene]) -> list[Scene]:
    scenes = [scene] if not isinstance(scene, list | tuple) else list(scene)
    if not scenes or not all(isinstance(one, Scene) for one in scenes):
        raise InputError(_("A class pack needs a whole scene with its cards, not what students receive of it."))
    if len({one.id for one in scenes}) < len(scenes):
        raise InputError(_("A scene is named twice; parallel scenes are two of their own."))
    return scenes


def _titles(scenes: list[Scene]) -> str:
    return _(", ").join(str(scene.title) for scene in scenes)


def _print(
    paper: Paper, scenes: list[Scene], made: Rota, parts: Sequence[Part], lacking: dict[str, str]
) -> tuple[Part, ...]:
    """Print the pages; the parts they make. ``parts`` and ``lacking``, for the first page, are what a draft found."""
    groups, plays = number(len(made.sizes)), number(sum(made.sizes))
    watching = max(made.sizes) - 2
    found = [_part(paper, _("For the teacher"), _("once"), lambda: _teacher(paper, scenes, made, parts, lacking))]
    for scene in scenes:
        cards = (
            (_("Agent's card"), _agent, _("{count}, one a group").format(count=groups)),
            (_("Customer's card"), _customer, _("{count}, one a group").format(count=groups)),
            (
                _("Observer's card"), _observer,
                _("{count}, one an observer").format(count=number(sum(max(members - 2, 0) for members in made.sizes))),
            ),
        )  # fmt: skip
        for name, draw, copies in cards:
            _own_sheet(paper)
            title = _("{name} “{title}”").format(name=name, title=scene.title)
            found.append(_part(paper, title, copies, partial(draw, paper, scene, title)))
    _own_sheet(paper)
    copies = _("{count} of each, for the observers and the teacher").format(count=number(watching + 1))
    found.append(_part(paper, _("Observers' sheets"), copies, lambda: _sheets(paper, scenes, made)))
    _own_sheet(paper)
    once = _("once, {count} slips in all").format(count=plays)
    found.append(_part(paper, _("Slips for who played the customer"), once, lambda: _slips(paper, scenes, made)))
    return tuple(found)


def _part(paper: Paper, name: str, copies: str, draw: object) -> Part:
    begin = paper.pages + 1
    draw()
    return Part(name, begin, paper.pages, copies)


def _line(part: Part) -> str:
    """A part in a line."""
    text = _("Pages {first} to {last}: {name}; copies: {copies}")
    if part.first == part.last:
        text = _("Page {first}: {name}; copies: {copies}")
    return text.format(first=part.first, last=part.last, name=part.name, copies=part.copies)


def _missing(lacking: dict[str, str]) -> str:
    """What could not be printed, in words; a name that it stood in tells where, its own sign can't be printed."""
    text = _(
        "No font here has these characters; 〓 stands in their place, write them in by hand or name a font file that "
        "has them: {characters}."
    )
    shown = [f"U+{ord(letter):04X} ({' '.join(words.split())[:40]})" for letter, words in lacking.items()]
    return text.format(characters=_(", ").join(shown).encode(errors="replace").decode())


def _own_sheet(paper: Paper) -> None:
    """Begin on a right-hand page, so that nothing is on the back of what came before."""
    if paper.pages % 2:
        paper.page("")
        paper.text(
            _("This page is empty, so that what follows has a sheet of its own where both sides are printed."),
            9, pale=True,
        )  # fmt: skip


def _teacher(paper: Paper, scenes: list[Scene], made: Rota, parts: Sequence[Part], lacking: dict[str, str]) -> None:
    """The rota and how it goes; nothing of it is secret, it may hang on the wall."""
    paper.page(_("For the teacher; may be shown to the class"), _("For the teacher"))
    paper.text(_titles(scenes), 17, bold=True, after=1)
    about = _("{students} students, groups: {groups}, rounds: {rounds}, {minutes} minutes and the debrief.")
    paper.text(
        about.format(
            students=number(sum(made.sizes)), groups=number(len(made.sizes)), rounds=number(made.rounds),
            minutes=number(made.minutes),
        ),
        pale=True, after=3,
    )  # fmt: skip
    if lacking:
        paper.text(_missing(lacking), bold=True, after=3)
    paper.heading(_("What to print"))
    paper.text(_("Print the sheets and slips on one side only: each of them is handed in by another person."))
    paper.points([_line(part) for part in parts])
    paper.heading(_("How it goes"))
    steps = _(", ").join(f"{_(step)} {number(minutes)}" for step, minutes in STEPS)
    paper.points(
        [
            _("A round takes {minutes} minutes ({steps}); all groups play at the same time.").format(
                minutes=number(MINUTES), steps=steps
            ),
            _("Nobody talks before the ratings are collected; the feedback comes after. Begin it with the agent."),
            _("Leave about a third of the lesson for the debrief of all: that is where most is learnt."),
            _(
                "Collect the cards after each round. The customer keeps to the card: harder and softer as it says, and "
                "what is hidden comes out only when it is asked for."
            ),
            *made.notes(),
        ]
    )
    if len(scenes) > 1:
        rows = [
            _("“{scene}”: rounds {rounds} in groups of {size}").format(
                scene=scene.title, size=number(size),
                rounds=_(", ").join(
                    number(turn) for turn in range(1, size + 1) if scene_of(turn, size, len(scenes)) == place
                ) or "–",
            )
            for place, scene in enumerate(scenes) for size in sorted(set(made.sizes))
        ]  # fmt: skip
        paper.text(_("The scenes are parallel and follow one another:"))
        paper.points(rows)
    paper.heading(_("Timetable, in minutes from the start"))
    table, wide = made.timetable(), (22.0, *[39.0] * len(STEPS))
    paper.row([_("Round"), *[_(step) for step, _minutes in STEPS]], wide, bold=True, shade=True)
    for turn, steps_of in table.groupby("round"):
        times = [f"{row.start}–{row.end}" for row in steps_of.itertuples()]
        paper.row([number(turn), *times], wide)
    paper.skip(4)
    paper.heading(_("What the marks are made of"))
    paper.points(
        [
            _(
                "Of each rater's mark, 70% are the five criteria and 30% the rating of the whole; then the teacher "
                "counts 60%, the observers' mean 30%, the customer's player 10%. A part that is missing leaves its "
                "share to the others."
            ),
            _("A critical error caps the mark where the teacher finds it; observers' ticks are shown with the quote."),
            _(
                "From Krippendorff's alpha 0.67 on, the observers' mean counts; from 0.40 on, the teacher decides; "
                "below, or with fewer than {enough} observers, only the teacher's mark counts."
            ).format(enough=number(ENOUGH)),
        ]
    )  # fmt: skip
    paper.heading(_("Rota"))
    wide = (22.0, 38.0, 38.0, WIDTH - 98.0)
    for group, rows in made.summary().groupby("group"):
        paper.room(9 + 7 * min(len(rows), 8))
        paper.text(_("Group {group}").format(group=number(group)), 11, bold=True, after=1)
        paper.row([_("Session"), _("Agent"), _("Customer"), _("Observers")], wide, bold=True, shade=True)
        for play in rows.itertuples():
            paper.row([play.session, play.agent, play.customer, play.observers or "–"], wide)
        paper.skip(4)


def _agent(paper: Paper, scene: Scene, title: str) -> None:
    paper.page(_("Agent's card; collect it after the round"), title)
    paper.text(_("Agent's card"), 11, pale=True)
    paper.text(str(scene.title), 17, bold=True, after=4)
    paper.text(str(scene.cards.agent), 12, after=4)
    paper.text(_("You have two minutes to read and six to play. The customer speaks first."), 10.5, pale=True)


def _customer(paper: Paper, scene: Scene, title: str) -> None:
    card = scene.cards.customer
    paper.page(_("Customer's card; never show it to an agent, collect it after the round"), title)
    paper.text(_("Customer's card: only for who plays the customer"), 11, pale=True)
    paper.text(str(scene.title), 17, bold=True, after=4)
    paper.text(str(card.story), 11.5, after=3)
    paper.heading(_("What you want"))
    paper.points([str(want) for want in card.wants], 11)
    for head, words in (
        (_("What you tell only when it is asked for"), card.hidden),
        (_("You get harder to talk to where"), card.harder_if),
        (_("You soften where"), card.softer_if),
        (_("What you never do"), card.never),
        (_("Your first words"), scene.nodes[scene.start].say),
    ):
        paper.heading(head)
        paper.text(str(words), 11, after=3)


def _observer(paper: Paper, scene: Scene, title: str) -> None:
    paper.page(_("Observer's card"), title)
    paper.text(_("Observer's card"), 11, pale=True)
    paper.text(str(scene.title), 17, bold=True, after=4)
    paper.text(str(scene.cards.observer), 11, after=3)
    paper.heading(_("How to rate"))
    paper.points(
        [
            _("Rate what you saw and heard, by the anchors; of two levels that both fit, take the lower."),
            _("Each criterion for itself: a warm voice is no solution, and a good solution is no listening."),
            _("Rate in silence, and show your sheet to nobody before it is collected."),
            _("Tick a critical error only where you can quote it. It is the teacher who decides on it."),
        ],
        11,
    )
    paper.heading(_("Criteria and what they weigh"))
    paper.points([_weighed(measure) for measure in scene.criteria.values()], 11)
    if scene.critical:
        paper.heading(_("Critical errors"))
        text, errors = _("{name}: {text}"), scene.critical.values()
        paper.points([text.format(name=error.label, text=error.why) for error in errors], 10)


def _weighed(measure: Measure) -> str:
    return _("{criterion} ({weight})").format(criterion=measure.label, weight=number(measure.weight))


def _sheets(paper: Paper, scenes: list[Scene], made: Rota) -> None:
    """A page a play: who is rated, five criteria with anchors, the whole, critical errors with a line to quote."""
    rated = rubric()
    for play in made.summary().itertuples():
        scene = scenes[scene_of(play.round, made.sizes[play.group - 1], len(scenes))]
        title = _("Observer's sheet {session}").format(session=play.session)
        paper.page(_("Rate in silence, then hand this in"), title)
        paper.text(title, 15, bold=True, after=0.5)
        paper.text(_("“{scene}”, agent: {agent}").format(scene=scene.title, agent=play.agent), 10.5, after=0)
        paper.rule(_("{box} observer  {box} teacher, name:").format(box=BOX), wide=120)
        paper.skip(3)
        paper.row(
            [_("Tick one box a row"), "0", "1", "2", "3", "4"], [CRITERION] + 5 * [ANCHORS], bold=True, shade=True
        )
        for name, measure in scene.criteria.items():
            cells = [f"{BOX} {anchor}" for anchor in rated.levels(name)]
            paper.row([str(measure.label), *cells], [CRITERION] + 5 * [ANCHORS], 8.8, least=21, bold_first=True)
        paper.skip(3)
        cells = [f"{BOX} {anchor}" for anchor in rated.overall.levels]
        paper.row([str(rated.overall.ask), *cells], [CRITERION] + 5 * [ANCHORS], 8.8, least=13, bold_first=True)
        paper.skip(4)
        if scene.critical:
            paper.text(_("Critical errors: tick only with the words that were said"), 10, bold=True, after=0)
            for error in scene.critical.values():
                paper.rule(_("{box} {error}:").format(box=BOX, error=error.label), room=9)
            paper.skip(3)
        paper.rule(_("What I would say to the agent:"), room=9)
        paper.rule("", room=9)


def _slips(paper: Paper, scenes: list[Scene], made: Rota) -> None:
    heard = rubric().heard
    for place, play in enumerate(made.summary().itertuples()):
        if place % SLIPS == 0:
            paper.page(_("Cut along the lines; one slip a play"), _("Slips") if place == 0 else None)
        else:
            paper.cut(place % SLIPS * HIGH)
        title = _("Slip {session}, for who played the customer").format(session=play.session)
        paper.text(title, 13, bold=True)
        text = _("Customer: {customer}; agent: {agent}")
        paper.text(text.format(customer=play.customer, agent=play.agent), after=3)
        paper.text(str(heard.ask), 11, bold=True)
        paper.row([f"{BOX} {level}" for level in heard.levels], 5 * [WIDTH / 5], 9, least=10)
        paper.skip(3)
        paper.rule(_("Where I softened, and what had been said:"), room=9)
        paper.rule(_("Where I grew harder, and what had been said:"), room=9)
