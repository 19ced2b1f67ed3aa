"""Lines that a person has labelled, and how well the listed phrases find what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from crmlab.files import read_text
from crmlab.language.catalogue import _, number, percent
from crmlab.language.errors import InputError
from crmlab.language.text import Strict, Text
from crmlab.roleplay.phrases import KINDS, Kind, find, label, limits


class Line(Strict):
    """What an agent says, the kinds that a person found in it by its meaning, and why it is hard, if it is."""

    say: str = Field(min_length=1)
    labels: frozenset[Kind] = Field(alias="is")
    trap: str = ""


class Labelled(Strict):
    """Labelled lines, and who wrote and labelled them and when: what their figures are worth."""

    about: Text
    lines: tuple[Line, ...] = Field(min_length=1)


class Measured(NamedTuple):
    """Of one kind: the lines in which it is found, those in which a person labelled it, and those with both."""

    kind: Kind
    found: int
    labelled: int
    both: int

    def precision(self) -> tuple[float, float, float] | None:
        """Share of the lines found that are labelled, with Wilson's 95% interval; None where none is found.

        >>> Measured("thanks", 0, 5, 0).precision() is None
        True
        """
        return _share(self.both, self.found)

    def recall(self) -> tuple[float, float, float] | None:
        """Share of the lines labelled that are found, with Wilson's 95% interval; None where none is labelled.

        >>> [round(part, 2) for part in Measured("thanks", 5, 10, 5).recall()]
        [0.5, 0.24, 0.76]
        """
        return _share(self.both, self.labelled)


def read(file: Path | str) -> dict[str, Labelled]:
    """The parts of a file of labelled lines by name: YAML, each part {about: {en, zh}, lines: [{say, is, trap}]}.

    Raises InputError where the file can't be read or holds anything else.

    >>> read("no-such-file.yml")
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: There is no file no-such-file.yml.
    """
    content = read_text(Path(file))
    try:
        return TypeAdapter(dict[str, Labelled]).validate_python(yaml.safe_load(content))
    except (yaml.YAMLError, ValidationError, RecursionError) as error:
        text = _("{file} does not hold labelled lines (parts with about: en, zh and lines: say, is): {reason}")
        raise InputError(text.format(file=file, reason=error)) from None


def measured(lines: Iterable[Line]) -> list[Measured]:
    """For each kind, in how many lines ``find`` finds it, a person labelled it, and both.

    >>> measured([Line.model_validate({"say": "Sorry.", "is": ["apology"]})])[1]
    Measured(kind='apology', found=1, labelled=1, both=1)
    """
    pairs = [({found.kind for found in find(line.say)}, line.labels) for line in lines]
    return [
        Measured(
            kind,
            sum(kind in found for found, _labels in pairs),
            sum(kind in labels for _found, labels in pairs),
            sum(kind in found and kind in labels for found, labels in pairs),
        )
        for kind in KINDS
    ]


def report(file: Path | str) -> str:
    """Precision and recall for each part of a file of labelled lines, as plain text in the language spoken now.

    Raises InputError as ``read`` does.
    """
    pages = [_page(name, part) for name, part in read(file).items()]
    meant = _("A label is given by what a line means: what is said in other words counts as missed.")
    return "\n\n".join([*pages, "\n".join([_("In brackets: Wilson's 95% interval."), meant, limits()])])


def _page(name: str, part: Labelled) -> str:
    from crmlab.roleplay.proof import aligned

    head = [_("kind"), _("found"), _("labelled"), _("both"), _("precision"), _("recall")]
    rows = [
        [label(row.kind), *map(number, row[1:]), _interval(row.precision()), _interval(row.recall())]
        for row in measured(part.lines)
    ]
    title = _("{name}: {count} lines").format(name=name, count=number(len(part.lines)))
    return "\n".join([title, str(part.about), aligned([head, *rows])])


def _share(part: int, whole: int) -> tuple[float, float, float] | None:
    from crmlab.experiments.survey import wilson

    return (part / whole, *wilson(part / whole, whole)) if whole else None


def _interval(share: tuple[float, float, float] | None) -> str:
    if share is None:
        return "–"
    middle, low, high = map(percent, share)
    return f"{middle} [{low}, {high}]"
