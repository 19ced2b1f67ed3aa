"""Pages from templates, every word in them escaped, and each in its owner's file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab import files
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.page import whole

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "pages"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, title: str, **words: Any) -> str:
    """The page that ``template`` (in ``pages/``) makes of ``words``, all escaped, in the language spoken now.

    A template extends ``skeleton`` by the blocks ``body``, ``about`` (for the head) and ``style``.
    """
    blocks = (f"{{% block {name} %}}{{% endblock %}}" for name in ("body", "about", "style"))
    skeleton = _environment().from_string(whole("{{ title }}", *blocks))
    return _environment().get_template(template).render(skeleton=skeleton, title=title, **words)


def pages(folder: Path, made: Iterable[tuple[str, str, str]]) -> list[Path]:
    """Write pages into ``folder``, each told by name, owner and text; those that are new or changed.

    A page's ``crmlab-feedback`` names its owner. A page takes the place of its owner's old one in one step; a file that
    is anything else is never touched. Raises InputError where a file stands in the way, or two owners' pages would have
    one name, before anything is written.
    """
    whole: dict[str, tuple[str, Path, str]] = {}
    for name, owner, text in made:
        path = folder / name
        if whole.get(name.casefold(), (owner,))[0] != owner:
            raise InputError(_("Two students' numbers differ only in signs that no folder's name can have."))
        if not _is_own(path, owner):
            said = _("{file} is there already and is no page of this student's; it is not overwritten.")
            raise InputError(said.format(file=path))
        whole[name.casefold()] = owner, path, text
    return [path for _owner, path, text in whole.values() if files.replace(path, text.encode())]


def _is_own(path: Path, owner: str) -> bool:
    """Whether ``path`` is free, or holds a page of this owner's."""
    from markupsafe import escape

    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(2000)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return f'<meta name="crmlab-feedback" content="{escape(owner)}">' in head
