"""That an exercise holds what it promises: nothing given away, and full marks for its solution on any draw."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from typing import Any

from crmlab.course.numbers import wrong
from crmlab.data.sets import load
from crmlab.gradebook.points import SMALL
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.marking.ask import Here, Verdict, asked, checks, said
from crmlab.marking.exercise import START, Exercise, begun, secrets, solution
from crmlab.marking.release import notebook


def run(cells: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], dict[str, BaseException]]:
    """The namespace after the code of ``cells`` (key, code), and what each cell raised, by its key.

    In this process and without any guard: for the course's own code, not for a student's.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__"}
    raised: dict[str, BaseException] = {}
    before = mpl.get_backend()
    plt.switch_backend("agg")
    try:
        with speaking("en"), contextlib.redirect_stdout(io.StringIO()):
            for key, code in cells:
                try:
                    exec(compile(code, key, "exec"), names)  # noqa: S102 (the course's own code)
                except Exception as error:
                    raised[key] = error
    finally:
        plt.close("all")
        plt.switch_backend(before)
    return names, raised


def solved(exercise: Exercise, token: str | None) -> list[tuple[str, str]]:
    """The exercise's code with its solution for ``token``."""
    cells = []
    for cell in exercise.chapter.cells:
        if cell.code is not None:
            code = solution(cell.code)
            cells.append((cell.key, begun(code, "en", token) if cell.key == START else code))
    return cells


def marked(exercise: Exercise, names: dict[str, Any], token: str | None) -> dict[str, tuple[Verdict, Verdict]]:
    """What the visible and the hidden checks find in a namespace, by question; free text is not looked at."""
    if exercise.is_text:
        return {}
    data = load(exercise.data, student=token)
    seen, hidden = map(checks, exercise.checks)
    return {
        key: tuple(asked(which[key], Here(key, names, lambda: data)) for which in (seen, hidden))
        for key, question in exercise.questions.items()
        if not question.is_text
    }


def prove(exercise: Exercise, tokens: Iterable[str | None]) -> list[str]:
    """What is wrong: the student's version in both languages, and the solution on the draw of each of ``tokens``."""
    found = list(exercise.findings)
    if found:
        return found
    for language in LANGUAGES:
        found += [f"{language}: {finding}" for finding in unsolved(exercise, language)]
    found += _unmatched(exercise)
    if found:
        return found
    for token in tokens:
        names, raised = run(solved(exercise, token))
        found += [f"{token}: {key}: its solution fails: {said(error)}" for key, error in raised.items()]
        for key, verdicts in marked(exercise, names, token).items():
            found += [f"{token}: {key}: {finding}" for finding in _full(exercise, key, *verdicts)]
        if token is None:
            found += list(_samples(exercise, names))
    return found


def unsolved(exercise: Exercise, language: str) -> list[str]:
    """What is wrong with the student's version: it gives something away, or fails otherwise than it should."""
    book, found = notebook(exercise, language), []
    shipped = "\n".join(cell["source"] for cell in book["cells"])
    shipped += "".join("\n" + path.read_text(encoding="utf-8") for path in exercise.checks[:1])
    lines = {line.strip() for line in shipped.splitlines()}
    found += [f"it holds a line of the solution: {line}" for line in sorted(secrets(exercise) & lines)]
    code = [(cell["id"], cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    answers = {cell["id"] for cell in book["cells"] if cell["metadata"]["crmlab"]["kind"] == "answer"}
    _names, raised = run([(key, source) for key, source in code if not key.endswith("-check")])
    for key, error in raised.items():
        if key not in answers or not isinstance(error, NotImplementedError):
            found.append(f"{key}: {said(error)}")
    found += [f"{key}: it runs without an answer" for key in sorted(answers - set(raised))]
    return found


def _unmatched(exercise: Exercise) -> list[str]:
    """Checks that are not there or can't be read, checks of no question, and free texts without hints."""
    found = []
    for path in exercise.checks:
        wanted = [key for key, one in exercise.questions.items() if path == exercise.visible or not one.is_text]
        try:
            known = checks(path)
        except Exception as error:
            found.append(f"{path.name}: {said(error)}")
            continue
        found += [f"{path.name}: a check is needed that is called {key}" for key in wanted if key not in known]
        found += [f"{path.name}: no question here needs a check {key}" for key in known if key not in wanted]
        for key in (key for key in wanted if key in known and exercise.questions[key].is_text):
            hints = asked(known[key], Here(key, {}, dict)).hints
            found += [f"{path.name}: {key}: three hints are needed, 1 to 3"] if sorted(hints) != [1, 2, 3] else []
    return found


def _samples(exercise: Exercise, names: dict[str, Any]) -> list[str]:
    """Numbers in the rubrics' samples that the solution does not compute on the course's own draw."""
    return [
        f"{key}: the {sample.standing} sample: {finding}"
        for key, rubric in exercise.rubrics.items()
        for sample in rubric.samples
        for text in (sample.answer.en, sample.answer.zh, sample.why.en, sample.why.zh)
        for finding in wrong(text, names)
    ]


def _full(exercise: Exercise, key: str, seen: Verdict, hidden: Verdict) -> list[str]:
    question, found = exercise.questions[key], []
    for verdict, worth in ((seen, question.visible), (hidden, question.points - question.visible)):
        if verdict.broken or verdict.failed:
            found.append(f"its check fails: {verdict.broken or verdict.failed}")
        elif abs(verdict.of - worth) > SMALL:
            found.append(f"its checks are worth {verdict.of:g} where the question says {worth:g}")
        elif abs(verdict.points - worth) > SMALL:
            lost = [one.because.en for one in verdict.given if one.points < one.of]
            found.append(f"its solution earns {verdict.points:g} of {worth:g}: {lost}")
        if verdict.misconceptions:
            found.append(f"its solution is taken for {', '.join(verdict.misconceptions)}")
    if sorted(seen.hints) != [1, 2, 3]:
        found.append("three hints are needed, 1 to 3")
    return found
