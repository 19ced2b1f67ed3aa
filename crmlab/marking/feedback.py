"""What a student gets back: one page of HTML with the marks and the reasons, and nothing of a hidden check."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.gradebook.points import SMALL, sign
from crmlab.language import catalogue
from crmlab.language.catalogue import LANGUAGES, _, mark, prose, short, speaking
from crmlab.language.text import shown
from crmlab.marking import html
from crmlab.marking.ask import UNSEEN
from crmlab.marking.exercise import Exercise, Rubric
from crmlab.marking.names import folder_name, receipt

if TYPE_CHECKING:
    from crmlab.gradebook.book import Gradebook
    from crmlab.gradebook.records import Marked, Part

STOPPED = {
    "time": mark("{what} ran longer than allowed and was stopped."),
    "memory": mark("{what} took more memory than allowed and was stopped."),
    "cpu": mark("{what} took more computing time than allowed and was stopped."),
    "exit": mark("{what} ended the process, as exit() does; nothing behind it could run there."),
    "signal": mark("{what} made Python crash; nothing behind it could run there."),
    "garbled": mark("{what} sent back what could not be read."),
    "not run": mark("{what} was not run, because the time for the whole notebook was used up."),
    "stopped before": mark("{what} could not be reached, because the process had ended before."),
    "lost": mark("{what} was cut off, which need not be your fault; ask your instructor to mark it again."),
}
"""Why something of a student's was stopped, by the sandbox's word for it (a signal has its number behind it)."""
ERRORS = {
    "ZeroDivisionError": mark("something was divided by zero"),
    "KeyError": mark("a column or key that was looked up is not there"),
    "IndexError": mark("a place in a list that was looked up is not there"),
    "NameError": mark("a name was used that stands for nothing yet"),
    "UnboundLocalError": mark("a name was used that stands for nothing yet"),
    "AttributeError": mark("something was asked for that this kind of value does not have"),
    "TypeError": mark("a value is of a kind that does not fit there"),
    "ValueError": mark("a value does not fit there"),
    "SyntaxError": mark("this is not written as Python is written"),
    "IndentationError": mark("the lines are not indented as Python needs it"),
    "RecursionError": mark("a function called itself without end"),
    "MemoryError": mark("it wanted more memory than allowed"),
    "OverflowError": mark("a number became too large"),
    "KeyboardInterrupt": mark("it ran longer than allowed"),
    "TimeoutError": mark("it ran longer than allowed"),
    "SystemExit": mark("it ended the process"),
    "ModuleNotFoundError": mark("a package is not there"),
    "ImportError": mark("something to be imported is not there"),
    "FileNotFoundError": mark("a file is not there"),
    "PermissionError": mark("it is not allowed to do this while it is marked"),
    "OSError": mark("a file or the network could not be reached, which marking does not allow"),
    "AssertionError": mark("an assert did not hold"),
}
"""Python's errors in plain words. Their own messages may hold what a hidden check handed over, and stay out."""
GUARDS = {
    ("sandbox", "bubblewrap"): mark("in a sandbox (bubblewrap)"),
    ("sandbox", "none: the students are trusted"): mark("without a sandbox"),
    ("memory", "watchdog"): mark("memory watched"),
    ("memory", "cgroup and watchdog"): mark("memory limited by the system and watched"),
    ("memory", "per process"): mark("memory limited for each process"),
    ("calls", "seccomp"): mark("system calls filtered (seccomp)"),
    ("calls", "not filtered"): mark("system calls not filtered"),
}


def page(
    marked: Marked,
    exercise: Exercise | None,
    language: str | None = None,
    *,
    when: datetime | None = None,
) -> str:
    """One student's feedback as a page of HTML that needs no other file, in ``language`` (the submission's own).

    Points of each question; of visible checks what was given and why; of hidden ones the points lost in sum and nothing
    else; misconceptions, and hints where points were lost; failures in plain words; of a free text the rubric with the
    levels that were reached and the comment, or that it waits. A check that does not say that it is visible counts as
    hidden. What students or their code wrote is escaped, and of an error, which may hold what a check handed over, only
    Python's own name is told. ``when`` is the time of marking; ``exercise`` may be None where there is no source.
    Raises InputError for a language not spoken.
    """
    with speaking(language or (marked.language if marked.language in LANGUAGES else None)):
        parts = {part.question: part for part in marked.parts}
        known = exercise.questions if exercise is not None else {}
        questions = [
            _question(place, key, parts.get(key), exercise)
            for place, key in enumerate([*known, *(key for key in parts if key not in known)], 1)
        ]
        got, most = (math.fsum(one[name] for one in questions) for name in ("earned", "most"))
        waiting = [one for one in questions if one["waits"]]
        return html.render(
            "feedback.html",
            owner=_owner(marked),
            title=_title(exercise, "title", marked.activity),
            total=(_("{points} of {of} points so far") if waiting else _("{points} of {of} points")).format(
                points=short(got, 2), of=short(most, 2)
            ),
            sum=_sum(questions, got),
            waiting=[
                _("{question} waits for your instructor: up to {points} points more.").format(
                    question=one["title"], points=one["of"]
                )
                for one in waiting
            ],
            findings=[text_of(note) for note in marked.notes or ()],
            questions=questions,
            got=short(got, 2),
            of=short(most, 2),
            facts=_facts(marked, when),
            words={
                "findings": _("About the file that you handed in"),
                "overview": _("Points by question"),
                "question": _("question"),
                "earned": _("points earned"),
                "of": _("out of"),
                "together": _("in all"),
                "points": _("points"),
                "given": _("What crmlab.check can see"),
                "hints": _("Hints, one after the other"),
                "answer": _("Your answer"),
                "rubric": _("What it is marked by; a level that was reached carries a ✓"),
                "level": _("what they are given for"),
                "comment": _("What your instructor says"),
                "about": _("About this page"),
                "wrong": _(
                    "If you think that a mark is wrong, tell your instructor the question and the receipt. Whoever has "
                    "this page sees your marks: keep it to yourself."
                ),
            },
        )


def pages(
    book: Gradebook, activity: str, folder: str | Path, language: str | None = None, exercise: Exercise | None = None
) -> list[Path]:
    """Write a page for each student with a submission for ``activity``, in the student's or one ``language``.

    Each is called by the student's number (the token of who is on no class list) and the activity, in ``folder``. A
    page that changed takes the place of the same student's old one in one step; a file that is anything else is never
    touched. Returns the paths that were written, without the pages that stay as they are. Raises InputError where two
    students' numbers make the same name or a file stands in the way, before anything is written, and where there is no
    such exercise.
    """
    from crmlab.marking.exercise import find, read

    exercise = exercise or read(find(activity))
    marks, history = book.marks(activity), book.history(activity=activity)
    numbers = dict(zip(marks["token"], marks["student"], strict=True))
    moments = history.groupby(["token", "content"])["at"].max().to_dict()

    def made() -> Iterator[tuple[str, str, str]]:
        for marked in book.counted(activity):
            student = folder_name(numbers.get(marked.token) or marked.token)
            when = datetime.fromisoformat(moments[marked.token, marked.content])
            text = page(marked, exercise, language, when=when)
            yield f"{student}_{folder_name(activity)}.html", _owner(marked), text

    return html.pages(Path(folder).expanduser(), made())


def _owner(marked: Marked) -> str:
    """What tells whose page it is and of what."""
    return f"{marked.token} {marked.activity}"


def _title(exercise: Exercise | None, key: str, otherwise: str) -> str:
    if exercise is None:
        return otherwise
    try:
        return str(exercise.title(key)).replace("`", "")
    except StopIteration:  # a question of another edition
        return otherwise


def _question(place: int, key: str, part: Part | None, exercise: Exercise | None) -> dict[str, Any]:
    """One question as the page shows it."""
    asked = exercise.questions.get(key) if exercise is not None else None
    most = part.of if part is not None else asked.points
    verdict = part.verdict if part is not None and isinstance(part.verdict, Mapping) else {}
    points = part.points if part is not None and part.points is not None and not math.isnan(part.points) else None
    is_text = asked.is_text if asked is not None else "answer" in verdict
    waits = part is not None and points is None
    by_hand = part is not None and bool(part.by) and not is_text
    lost = 0.0 if waits else most - (points or 0.0)
    shown_of = short(most, 2)
    one = {
        "id": f"question-{place}",
        "key": key,
        "title": _title(exercise, key, key),
        "earned": points or 0.0,
        "most": most,
        "got": "–" if points is None else short(points, 2),
        "of": shown_of,
        "waits": waits,
        "said": _said(verdict),
        "given": [],
        "hidden": "",
        "misconceptions": [text_of(text) for text in _values(verdict.get("misconceptions"))],
        "hints": _hints(verdict.get("hints")) if lost > SMALL else [],
        "answer": None,
        "rubric": [],
        "comment": "",
    }
    if part is None:
        one["points"] = _("0 of {of} points").format(of=shown_of)
        one["said"] = [_("Nothing that belongs to this question was found in the file that you handed in.")]
        return one
    if waits:
        one["points"] = _("Waits for your instructor: up to {of} points").format(of=shown_of)
    else:
        one["points"] = _("{points} of {of} points").format(points=one["got"], of=shown_of)
    if by_hand:
        one["said"].append(_("Your instructor set this mark by hand."))
    if is_text:
        answer = verdict.get("answer")
        one["answer"] = answer if isinstance(answer, str) and answer.strip() else None
        rubric = exercise.rubrics.get(key) if exercise is not None else None
        one["rubric"] = [] if rubric is None else _rubric(rubric, _list(verdict.get("given")))
        one["comment"] = verdict.get("comment") or ""
        return one
    seen = [given for given in _list(verdict.get("given")) if given.get("hidden") is False]
    one["given"] = [_given(given["points"], given["of"], given.get("because")) for given in seen]
    visible = asked.visible if asked is not None else math.fsum(given["of"] for given in seen)
    unseen = visible - math.fsum(given["of"] for given in seen)
    if unseen > SMALL and not by_hand:
        one["given"].append(_given(0.0, unseen, {"en": UNSEEN.en, "zh": UNSEEN.zh}))
    if not by_hand and most - visible > SMALL:
        hidden = lost - (visible - math.fsum(given["points"] for given in seen))
        if hidden > SMALL:
            text = _("Lost in what is checked only when the work is marked: {points} of {of} points.")
            one["hidden"] = text.format(points=short(hidden, 2), of=short(most - visible, 2))
        else:
            one["hidden"] = _("Nothing was lost in what is checked only when the work is marked.")
    return one


def _given(points: float, of: float, because: Any) -> dict[str, str]:
    got = _("{points} of {of}").format(points=short(points, 2), of=short(of, 2))
    return {"sign": sign(points, of), "got": got, "because": text_of(because)}


def _rubric(rubric: Rubric, given: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rubric's levels, and which of them was reached in each criterion that has a mark."""
    reached = {one.get("criterion"): one.get("points") for one in given}
    made = []
    for criterion in rubric.criteria:
        mark_of = reached.get(criterion.key)
        levels = []
        for level in criterion.levels:
            is_it = mark_of is not None and abs(level.points - mark_of) <= SMALL
            points = short(level.points, 2)
            levels.append({"points": f"✓ {points}" if is_it else points, "text": str(level), "reached": is_it})
        made.append({"title": str(criterion.title), "levels": levels})
    return made


def _hints(hints: Any) -> list[dict[str, str]]:
    if not isinstance(hints, Mapping):
        return []
    steps = sorted(hints, key=lambda step: (len(str(step)), str(step)))
    return [{"name": _("Hint {step}").format(step=step), "text": text_of(hints[step])} for step in steps]


def _said(verdict: Mapping[str, Any]) -> list[str]:
    """What went wrong, in plain words."""
    lines = []
    if stopped := verdict.get("stopped"):
        lines.append(stopped_words(str(stopped), _("This cell")))
    if failed := failure(verdict):
        lines.append(failed_words(failed))
    if verdict.get("fault"):
        lines.append(_("A check of this question failed itself, which is not your fault; your instructor is told."))
    return lines


def stopped_words(reason: str, what: str) -> str:
    """Why ``what`` was stopped, in the language spoken now; ``reason`` is the sandbox's word for it.

    >>> stopped_words("signal 11", "This cell")
    'This cell made Python crash; nothing behind it could run there.'
    """
    word = reason.rstrip(" 0123456789")
    return _(STOPPED.get(word, mark("{what} was stopped."))).format(what=what)


def failure(verdict: Mapping[str, Any]) -> Mapping[str, str]:
    """How the answer that a verdict is about failed: kind, name, error and reason, as in ``Failed``; {} if it did not.

    >>> failure({"failed": {"kind": "lost", "reason": "time"}})["name"], failure({"failed": "what is none"})
    ('', {})
    """
    found = verdict.get("failed")
    if not isinstance(found, Mapping):
        return {}
    return {key: str(found.get(key) or "") for key in ("kind", "name", "error", "reason")}


def failed_words(failed: Mapping[str, str]) -> str:
    """How an answer failed (see ``failure``) when it was asked for; of an error only Python's own are named.

    Others may be called what a student likes, who can call one like what a hidden check has handed over.

    >>> failed_words(failure({"failed": {"kind": "error", "name": "retention", "error": "ZeroDivisionError"}}))
    'retention failed: ZeroDivisionError (something was divided by zero).'
    >>> failed_words(failure({"failed": {"kind": "error", "name": "retention", "error": "Secret_7_1"}}))
    'retention failed with an error.'
    """
    kind, name, error = failed["kind"], failed["name"] or _("The answer"), failed["error"]
    if kind == "unanswered":
        return _("This question is not answered, or only in part.")
    if kind == "lost":
        return stopped_words(failed["reason"], _("The code, when it was asked,"))
    if kind in ("missing", "refused"):
        text = _(
            "{what} could not be found or read. Did its cell run to the end, is it called exactly so, and does it hold "
            "numbers, text, lists or a table?"
        )
        return text.format(what=name)
    if not is_error(error):
        return _("{what} failed with an error.").format(what=name)
    reason = _(ERRORS[error]) if error in ERRORS else _("an error of Python")
    return _("{what} failed: {error} ({reason}).").format(what=name, error=error, reason=reason)


def is_error(word: str) -> bool:
    """Whether ``word`` is the name of one of Python's own errors.

    >>> is_error("KeyError"), is_error("Secret"), is_error("print")
    (True, False, False)
    """
    kind = getattr(builtins, word, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _sum(questions: list[dict[str, Any]], got: float) -> str:
    """The total as a sum in words."""
    parts = [
        _("{question} still open").format(question=one["key"])
        if one["waits"]
        else _("{question} earned {points}").format(question=one["key"], points=short(one["earned"], 2))
        for one in questions
    ]
    words = [_("{parts}; together {points}.").format(parts=_(", ").join(parts), points=short(got, 2))]
    if abs(math.fsum(round(one["earned"], 2) for one in questions) - round(got, 2)) > 0.005:
        words.append(_("Each number is rounded where it is shown, the sum is not."))
    return prose(words)


def _facts(marked: Marked, when: datetime | None) -> list[tuple[str, str]]:
    content = marked.content or ""
    facts = [
        (_("Exercise"), marked.activity),
        (_("Token"), marked.token),
        (_("File"), re.split(r"[/\\]", str(marked.file or ""))[-1]),
        (_("Receipt"), receipt(content)),
        (_("SHA-256 of the content"), content),
        (_("Marked on"), "" if when is None else f"{when:%Y-%m-%d}"),
        (_("Edition"), marked.edition or ""),
        (_("How it was run"), guarded(marked.guards)),
    ]
    return [(name, text) for name, text in facts if text]


def guarded(guards: Mapping[str, str] | None) -> str:
    """Under which guards a submission was run, in words."""
    known = [_(GUARDS[guard]) for guard in (guards or {}).items() if guard in GUARDS]
    return _(", ").join(known)


def text_of(words: Any) -> str:
    """What is written in both languages, in the one spoken now; a plain string as it is."""
    if isinstance(words, Mapping):
        words = words.get(catalogue.language()) or next(iter(words.values()), "")
    return shown(str(words or ""))


def _values(held: Any) -> list[Any]:
    return list(held.values()) if isinstance(held, Mapping) else []


def _list(held: Any) -> list[Mapping[str, Any]]:
    return [one for one in held if isinstance(one, Mapping)] if isinstance(held, list | tuple) else []
