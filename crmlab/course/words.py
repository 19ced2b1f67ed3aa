"""The catalogue's two files: the Chinese of every word in the code, and its compiled form."""

from __future__ import annotations

import io
import string
from functools import cache
from pathlib import Path

from crmlab.place import PACKAGE

PO = PACKAGE / "language/locale/zh/LC_MESSAGES/crmlab.po"
MO = PO.with_suffix(".mo")
HEADER = ("Language: zh", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")


class Rows(list):
    """Rows of a catalogue with a header of our own: Babel's names dates and versions, which would drift."""

    charset = "utf-8"


@cache
def messages() -> tuple[str, ...]:
    """Every English text in the package that is marked for the catalogue, in the order of its files."""
    from babel.messages.extract import extract_from_file

    found: dict[str, None] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        rows = extract_from_file("python", path, keywords={"_": None, "mark": None})
        found.update((text, None) for _line, text, _comments, _context in rows if isinstance(text, str))
    return tuple(found)


def update() -> dict[Path, bytes]:
    """What the two files should hold: a row for each message, its Chinese where there is one, no others."""
    from babel.messages.catalog import Catalog, Message
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    known = {row.id: row.string for row in _read()}
    catalog = Catalog(locale="zh")
    for text in messages():
        catalog.add(text, known.get(text, ""))
    po, mo = io.BytesIO(), io.BytesIO()
    po.write(
        "".join(f"{line}\n" for line in ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in HEADER), ""]).encode()
    )
    write_po(po, catalog, omit_header=True, width=118)
    write_mo(mo, Rows([Message("", "".join(f"{line}\n" for line in HEADER)), *list(catalog)[1:]]))
    return {PO: po.getvalue(), MO: mo.getvalue()}


def findings() -> list[str]:
    """Words without Chinese, and Chinese whose placeholders are not those of its English."""
    found, known = [], {row.id: row.string for row in _read()}
    for text in messages():
        if not known.get(text):
            found.append(f"no Chinese for {text!r} in {PO.name}")
        elif _places(text) != _places(known[text]):
            found.append(f"placeholders differ in the Chinese of {text!r}")
    return found


def _places(text: str) -> set[str]:
    return {name for _text, name, _format, _conversion in string.Formatter().parse(text) if name is not None}


def _read() -> list:
    from babel.messages.pofile import read_po

    if not PO.exists():
        return []
    with PO.open("rb") as file:
        return [row for row in read_po(file) if row.id]
