"""The catalogue's two files: the Chinese of every word in the code, and its compiled form."""

from __future__ import annotations

import io
import string
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from crmlab.place import PACKAGE

PO = PACKAGE / "language/locale/zh/LC_MESSAGES/crmlab.po"
MO = PO.with_suffix(".mo")
ALIKE = 0.6
"""From this share of common letters on, an old text is offered for a new one."""
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
    """Words without Chinese, Chinese whose placeholders are not those of its English, and Chinese to be dropped.

    ``update`` drops what no code says any more; it is named here, beside the word that it seems to have been for.
    """
    found, known = [], {row.id: row.string for row in _read()}
    gone = {text: known[text] for text in known.keys() - set(messages()) if known[text]}
    offered = set()
    for text in messages():
        if not known.get(text):
            finding = f"no Chinese for {text!r} in {PO.name}"
            if old := _nearest(text, gone):
                finding += f" (was {old!r}: {gone[old]})"
                offered.add(old)
            found.append(finding)
        elif _places(text) != _places(known[text]):
            found.append(f"placeholders differ in the Chinese of {text!r}")
    dropped = sorted(gone.keys() - offered)
    return found + [f"dropped from {PO.name}, no code says it: {text!r}: {gone[text]}" for text in dropped]


def _nearest(text: str, among: Iterable[str]) -> str | None:
    """The text most like this one; None where none is much like it."""
    alike = {other: SequenceMatcher(None, text, other, autojunk=False).ratio() for other in among}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] > ALIKE else None


def _places(text: str) -> set[str]:
    return {name for _text, name, _format, _conversion in string.Formatter().parse(text) if name is not None}


def _read() -> list:
    from babel.messages.pofile import read_po

    if not PO.exists():
        return []
    with PO.open("rb") as file:
        return [row for row in read_po(file) if row.id]
