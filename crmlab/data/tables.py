"""Tables as firms and offices hand them over: CSV in any usual encoding, Excel, fixed width; all cells as text."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.files import read_start
from crmlab.language.catalogue import _, mark, number
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 250_000
"""Rows that are held as text at a time."""
HEAD = 65_536
"""Bytes that are looked at to tell what kind of file it is, and rows of them."""
LOOKED_AT = 100
PART = 1 << 24
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = {",": ",", ";": ";", "\t": mark("tab"), "|": "|"}
EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")
"""How a text starts that a spreadsheet takes for a formula, or that carries a mark against it already."""
CDNOW = re.compile(r"\s*\d+\s+(?P<sample>\d+\s+)?\d{8}\s+\d+\s+\d+\.\d\d\s*", re.ASCII)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it opens a CSV file: one that could be gets a mark before it.

    >>> guarded("=1+1"), guarded("1+1"), guarded("'=1+1")
    ("'=1+1", '1+1', "''=1+1")
    """
    return "'" + text if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given.

    >>> unguarded("'=1+1"), unguarded("=1+1"), unguarded("'tis")
    ('=1+1', '=1+1', "'tis")
    """
    return text[1:] if text[:1] == "'" and FORMULA.match(text) else text


@dataclass(frozen=True)
class Source:
    """A file and how it is read. ``kind`` is csv, excel or cdnow; ``header`` the columns' names as they stand there.

    ``others``: the sheets of an Excel file besides ``sheet``.
    """

    path: Path
    kind: str
    header: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    others: tuple[str, ...] = ()

    def chunks(self) -> Iterator[pd.DataFrame]:
        """The rows as text, some at a time, the columns numbered from 0; a cell that a row lacks is empty.

        Raises InputError where a row has more cells than the header, or the file can't be read to its end.
        """
        import pandas as pd

        if self.kind == "excel":
            _names, rows = _sheet(self.path, self.sheet)
            yield pd.DataFrame(rows[1:], columns=range(len(self.header)), dtype=object)
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                yield from pd.read_csv(
                    self.path,
                    sep=r"\s+" if self.kind == "cdnow" else self.separator,
                    encoding=self.encoding,
                    compression=None,
                    header=None if self.kind == "cdnow" else 0,
                    names=range(len(self.header)),
                    index_col=False,
                    dtype=object,
                    na_filter=False,
                    chunksize=CHUNK,
                )
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            raise InputError(self._crooked(str(error))) from None
        except UnicodeDecodeError:
            raise InputError(_cannot(self.path, self.encoding)) from None

    def _crooked(self, reason: str) -> str:
        """What is wrong with the table's shape, without what stands in its cells."""
        if found := re.search(r"EOF inside string starting at row (\d+)", reason):
            text = _("{file}: a quotation mark is opened in row {row} (of the data, counted from 1) and never closed.")
            return text.format(file=self.path.name, row=number(int(found[1])))
        text = _(
            "{file}: line {line} has {cells} cells, but the table has {count} columns. Perhaps a separator stands in a "
            "cell without quotation marks."
        )
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = csv.reader((re.sub(r"\s+", " ", line).strip() for line in file), delimiter=" ")
            rows = rows if self.kind == "cdnow" else csv.reader(file, delimiter=self.separator)
            try:
                for row in rows:
                    if len(row) > len(self.header):
                        return text.format(
                            file=self.path.name, line=number(rows.line_num), cells=number(len(row)),
                            count=number(len(self.header)),
                        )  # fmt: skip
            except csv.Error:
                pass
        return _("{file} can't be read as a table.").format(file=self.path.name)


def source(
    path: str | Path, *, encoding: str | None = None, separator: str | None = None, sheet: int | str = 0
) -> Source:
    """What kind of table ``path`` is; what is not told is looked for: encoding and separator.

    The encoding is a byte order mark's, else UTF-8, else GB 18030 (GBK and GB 2312 are parts of it) where what is read
    so is mostly common Chinese. Of an Excel file the first sheet is taken unless ``sheet`` names another or its place,
    counted from 0. Raises InputError where the file is missing, empty, no table, or may be read in more than one way.
    """
    path = Path(path).expanduser()
    head = read_start(path, HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \x00"):
        raise InputError(_("{file} is empty.").format(file=path.name))
    if head.startswith(EXCEL):
        return _excel(path, sheet)
    encoding = encoding or _encoding(path, head)
    try:
        first = codecs.getincrementaldecoder(encoding)().decode(head).removeprefix("\ufeff")
    except (UnicodeError, LookupError):
        raise InputError(_cannot(path, encoding)) from None
    if "\x00" in first:
        raise InputError(_("{file} is no table: it holds bytes that no text has.").format(file=path.name))
    cut = len(head) == HEAD
    lines = [line for line in first.splitlines() if line.strip()]
    shapes = [CDNOW.fullmatch(line) for line in (lines[:-1] if cut and len(lines) > 1 else lines)]
    if separator is None and all(shapes) and len({bool(shape["sample"]) for shape in shapes}) == 1:
        ids = ("customer", "sample") if shapes[0]["sample"] else ("customer",)
        return Source(path, "cdnow", (*ids, "date", "quantity", "amount"), encoding)
    separator, header = _separated(path, first, cut, separator)
    return Source(path, "csv", header, encoding, separator)


def _encoding(path: Path, head: bytes) -> str:
    """The encoding in which the whole file can be read."""
    for order, name in MARKS.items():
        if head.startswith(order):
            return name
    for name in ("utf-8", "gb18030"):
        decoder, common, strange = codecs.getincrementaldecoder(name)(), 0, 0
        try:
            with path.open("rb") as file:
                while part := file.read(PART):
                    text = decoder.decode(part)
                    if name == "gb18030" and not part.isascii():
                        chinese = [letter for letter in text if letter > "\x7f"]
                        known = len("".join(chinese).encode("gb2312", "ignore")) // 2
                        common, strange = common + known, strange + len(chinese) - known
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        if common >= strange:  # other encodings' letters, read as GB 18030, make rare characters
            return name
    raise InputError(_cannot(path, "utf-8, gb18030"))


def _cannot(path: Path, encoding: str) -> str:
    text = _("{file} can't be read as {encoding}. Name its encoding, such as encoding='latin-1'.")
    return text.format(file=path.name, encoding=encoding)


def _separated(path: Path, first: str, cut: bool, told: str | None) -> tuple[str, tuple[str, ...]]:
    """The separator that makes a table of the first rows, and the cells of the first of them."""
    if told is not None and (not isinstance(told, str) or len(told) != 1 or told in '"\r\n'):
        raise InputError(_("separator is {value}; allowed is one character.").format(value=repr(told)))
    rows = {}
    for separator in SEPARATORS if told is None else [told]:
        text = io.StringIO(first, newline=None)
        found = list(islice(filter(_holds, csv.reader(text, delimiter=separator)), LOOKED_AT))
        rows[separator] = found[:-1] if cut and 1 < len(found) < LOOKED_AT else found
    there = [separator for separator, found in rows.items() if found and len(found[0]) > 1]
    even = [separator for separator in there if len(set(map(len, rows[separator]))) == 1]
    for fitting in (even, there):
        if len(fitting) == 1:
            return fitting[0], tuple(name.strip() for name in rows[fitting[0]][0])
    if not there:
        text = _("{file} is no table: its first line has no column separator (, ; | or tab).")
        raise InputError(text.format(file=path.name))
    text = _("{file} can be read in more than one way ({marks}). Name its separator, such as separator=';'.")
    raise InputError(text.format(file=path.name, marks=" ".join(_(SEPARATORS[separator]) for separator in there)))


def _holds(row: list[str]) -> bool:
    """Whether a line is more than blank."""
    return len(row) > 1 or bool("".join(row).strip())


def _excel(path: Path, sheet: int | str) -> Source:
    names, rows = _sheet(path, sheet)
    taken = names[sheet] if isinstance(sheet, int) else sheet
    if not rows:
        raise InputError(_("{file} is empty.").format(file=f"{path.name} ({taken})"))
    others = tuple(name for name in names if name != taken)
    return Source(path, "excel", tuple(rows[0]), sheet=taken, others=others)


def _sheet(path: Path, sheet: int | str) -> tuple[list[str], list[list[str]]]:
    """The names of the sheets, and the rows of one that hold anything, as text."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if sheet not in (range(len(names)) if isinstance(sheet, int) else names):
            text = _("{file} has no sheet {sheet}; it has: {names}.")
            raise InputError(text.format(file=path.name, sheet=repr(sheet), names=_(", ").join(names)))
        found = book.get_sheet_by_index(sheet) if isinstance(sheet, int) else book.get_sheet_by_name(sheet)
        rows = [[_cell(value) for value in row] for row in found.to_python()]
    except CalamineError:
        raise InputError(_("{file} can't be read as an Excel file.").format(file=path.name)) from None
    return names, [row for row in rows if any(row)]


def _cell(value: object) -> str:
    """A cell as text: whole numbers without a point, dates as year-month-day."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value).strip()


def read_table(path: str | Path, **how: str | int) -> pd.DataFrame:
    """A small table whole, every cell as text; options and errors as for ``source``."""
    import pandas as pd

    found = source(path, **how)
    for name in found.header:
        if name and found.header.count(name) > 1:
            raise InputError(twice(found, name))
    table = pd.concat(found.chunks(), ignore_index=True).set_axis(list(found.header), axis=1)
    if table.empty:
        raise InputError(_("{file} has no rows.").format(file=found.path.name))
    return table.astype("str")


def twice(table: Source, name: str) -> str:
    """That a name stands over more than one column."""
    return _("{file} has more than one column called {name}.").format(file=table.path.name, name=name)


def lines(count: int) -> str:
    """A number of rows in words.

    >>> lines(1), lines(1200)
    ('1 row', '1,200 rows')
    """
    return _("1 row") if count == 1 else _("{count} rows").format(count=number(count))
