"""What an author writes as data, in YAML: read into its shape, any fault named with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from crmlab.files import read_text
from crmlab.language.errors import InputError


class _Once(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which no name stands twice: by itself it keeps the last and says nothing."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path, shape: Any) -> Any:
    """What stands in the YAML file ``path``, as pydantic makes it of the type ``shape``.

    Raises InputError, naming file and place, for what can't be read, is no YAML or not of that shape, or where a
    name stands twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ages.yml")
    ...     _letters = path.write_text("lin: {age: 20}\\nwu: {age: old}")
    ...     read(path, dict[str, dict[str, int]])
    Traceback (most recent call last):
    crmlab.language.errors.InputError: ages.yml: wu.age: Input should be a valid integer, ...
    """
    text = read_text(path)
    try:
        data = yaml.load(text, Loader=_Once)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path.name}{line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path.name}: {' '.join(str(error).split())}") from None
    return shaped(data, shape, path.name)


def shaped(data: Any, shape: Any, source: str) -> Any:
    """What pydantic makes of ``data`` in the type ``shape``; InputError, naming ``source`` and place, where it can't.

    >>> shaped({"wu": "old"}, dict[str, int], "ages.yml")
    Traceback (most recent call last):
    crmlab.language.errors.InputError: ages.yml: wu: Input should be a valid integer, ...
    """
    try:
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{source}: {place + ': ' if place else ''}{first['msg']}") from None
