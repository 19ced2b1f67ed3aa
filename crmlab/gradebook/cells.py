"""Sheets of cells in CSV and XLSX: every text arrives as text, whatever it starts with, and comes back as it was."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.data.tables import FORMULA, guarded, unguarded
from crmlab.files import read_bytes
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Cell = str | float | int | None
ENDINGS = (".csv", ".xlsx")
LONGEST = 32_000
"""Letters (UTF-16 units) that a cell of a spreadsheet is given at most; it holds 32,767."""
CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What an XLSX file would take for a coded letter."""
NO_LETTER = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ERRORS = ("#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!")
"""What a spreadsheet leaves of a formula that fails, such as a comment that was typed with = or - before it."""


@dataclass
class Sheet:
    """A sheet by its name: rows of cells, the first of them the header.

    ``widths`` in letters, ``choices`` (row, column) to a range of cells that holds what may be chosen there; both, and
    ``locked``, are for XLSX only.
    """

    name: str
    rows: list[list[Cell]]
    widths: Sequence[int] = ()
    choices: dict[tuple[int, int], str] = field(default_factory=dict)
    locked: bool = False


def holdable(text: str) -> str:
    """A text as a cell can hold it: no control characters, lines end alike, cut where it is longer than a cell.

    >>> holdable("one\\r\\ntwo\\x00")
    'one\\ntwo�'
    """
    text = NO_LETTER.sub("\ufffd", re.sub("\r\n?", "\n", text))
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * LONGEST else units[: 2 * LONGEST].decode("utf-16-le", "ignore") + "…"


def ending(path: Path) -> str:
    """The kind of sheet by the ending of its name. Raises InputError where it is no other than CSV and XLSX."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(_("{file} is no name for a sheet: it has to end in .csv or .xlsx.").format(file=path.name))
    return path.suffix.lower()


def write_csv(sheet: Sheet) -> bytes:
    """A sheet as CSV: UTF-8 with a byte order mark, by which Excel knows it."""
    made = io.StringIO(newline="")
    rows = ([guarded(holdable(cell)) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows)
    csv.writer(made).writerows(rows)
    return codecs.BOM_UTF8 + made.getvalue().encode()


def table(frame: pd.DataFrame) -> bytes:
    """A frame as CSV, its columns as the header; an empty cell for what is missing.

    >>> import pandas as pd
    >>> table(pd.DataFrame({"name": ["=1+1", "Li"], "points": [0.5, None]})).decode("utf-8-sig").split()
    ['name,points', "'=1+1,0.5", 'Li,']
    """
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return write_csv(Sheet("", [list(frame.columns), *rows]))


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as one XLSX file. Cells with texts are texts, never formulas."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        made = book.create_sheet(sheet.name)
        lists: dict[tuple[int, str], list[int]] = {}
        for place, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row, 1):
                cell = made.cell(place, column)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if isinstance(value, str) or value is None:
                    cell.value = CODED.sub("_x005F_", holdable(value or "")) or None
                    cell.data_type = "s" if cell.value else "n"
                    cell.number_format = "General" if (place, column) in sheet.choices else "@"
                    cell.quotePrefix = bool(value) and bool(FORMULA.match(value))
                else:
                    cell.value = value
                if place == 1:
                    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF4")
                if (place, column) in sheet.choices:
                    cell.fill = PatternFill("solid", fgColor="FFF7D6")
                    cell.protection = Protection(locked=False)
                    lists.setdefault((column, sheet.choices[place, column]), []).append(place)
        for (column, cells), places in lists.items():
            letter = get_column_letter(column)
            choice = DataValidation("list", formula1=cells, allow_blank=True, showErrorMessage=True)
            for _gap, run in groupby(enumerate(places), lambda one: one[1] - one[0]):  # rows that follow each other
                rows = [place for _count, place in run]
                choice.add(f"{letter}{rows[0]}:{letter}{rows[-1]}")
            if cells:
                made.add_data_validation(choice)
        for column, width in enumerate(sheet.widths, 1):
            made.column_dimensions[get_column_letter(column)].width = width
        made.freeze_panes = "A2"
        made.protection.sheet = sheet.locked
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_sheets(path: Path) -> list[list[list[str]]]:
    """The sheets of a CSV (one) or an XLSX file: rows of cells as text, each row in its place.

    CSV is read as spreadsheets write it again: UTF-8, UTF-16 or GB 18030, with commas, semicolons or tabs. Raises
    InputError where the file can't be read.
    """
    kind = ending(path)
    content = read_bytes(path)
    return [_read_csv(path, content)] if kind == ".csv" else _read_xlsx(path, content)


def _read_csv(path: Path, content: bytes) -> list[list[str]]:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(_("{file} can't be read as a table.").format(file=path.name))
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise InputError(_("{file} can't be read as a table.").format(file=path.name)) from None
    return [[unguarded(re.sub("\r\n?", "\n", cell)) for cell in row] for row in rows]


def _read_xlsx(path: Path, content: bytes) -> list[list[list[str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.escape import unescape

    try:
        with warnings.catch_warnings():  # of what it leaves out: pictures, a spreadsheet's own extensions
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError):
        raise InputError(_("{file} can't be read as an Excel file.").format(file=path.name)) from None
    sheets = []
    for sheet in book.worksheets:
        rows = [[_text(cell.value) for cell in row] for row in sheet.iter_rows()]
        sheets.append([[re.sub("\r\n?", "\n", unescape(cell)) for cell in row] for row in rows])
    return sheets


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def points_in(text: str) -> float | None:
    """A number as it was typed, with a point or a comma, in plain or full-width digits; None where it is none.

    >>> points_in(" ０．５ "), points_in("1,5"), points_in("good")
    (0.5, 1.5, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", ".")
    return float(plain) if re.fullmatch(r"\d+(\.\d*)?|\.\d+", plain, re.ASCII) else None
