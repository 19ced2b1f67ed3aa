"""Exercises that were handed in, marked into the gradebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.marking.classwork import Taken
from crmlab.marking.exercise import Exercise
from crmlab.marking.grade import Guard, checked_by, grade
from crmlab.marking.reading import Handed, handed, preferred


def waiting(taken: Taken, exercise: Exercise, paths: Iterable[Path]) -> list[Handed]:
    """The submissions in ``paths`` that are to be marked: readable, of this ``exercise``, and new to these checks."""

    def one(path: Path) -> Handed:
        made = handed(path)
        if made.exercise != exercise.name:
            raise InputError(_("{file} is of exercise {name}.").format(file=path.name, name=made.exercise))
        return made

    points = {key: question.points for key, question in exercise.questions.items()}
    taken.book.activity(exercise.name, points, rubrics=exercise.rubrics)
    good = taken.read(paths, one)
    mine = {(one.token, one.content): one for one in preferred(good)}
    done = taken.book.done(exercise.name, checked_by(exercise))
    taken.before = len(mine.keys() & done)
    taken.aside = len({(one.token, one.content) for one in good}) - len(mine)
    return sorted((one for key, one in mine.items() if key not in done), key=lambda one: one.attempt)


def marked(taken: Taken, exercise: Exercise, submissions: list[Handed], workers: int, guard: Guard) -> Iterator[Handed]:
    """Mark ``submissions`` into the gradebook by so many ``workers``: each as it is done."""
    for one, made in grade(exercise, submissions, workers, guard):
        if made is None:
            taken.apart.append(_("{file}: its marking ended the worker, twice.").format(file=one.path))
        else:
            taken.store(made)
        yield one
    taken.states = taken.book.totals(exercise.name)["state"].value_counts().to_dict()
