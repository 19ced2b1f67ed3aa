"""Pages to print: a PDF with its fonts inside, lines broken as either language breaks them, and no character lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from crmlab.language.catalogue import _, language
from crmlab.language.errors import InputError
from crmlab.language.font import BUNDLED, SYSTEM

if TYPE_CHECKING:
    from fpdf import FPDF

LEFT, TOP, WIDTH, BOTTOM = 16.0, 15.0, 178.0, 280.0
"""Where the text of an A4 page stands, in millimetres."""
POINT = 25.4 / 72
LEADING = 1.42
"""Line height in sizes of the letters."""
TOGETHER = 4
"""Lines of a paragraph that are not parted by a page's end."""
INK, PALE, SHADE = (25, 28, 32), (95, 99, 104), (233, 238, 243)
LACKING = "〓"
"""The printer's mark for a type that is not in the case; the bundled font has it."""
RARE = ("SimSun-ExtB", "SimSun", "Songti SC", "Noto Serif CJK SC", "Arial Unicode MS", "WenQuanYi Zen Hei")
"""Further families in which a rare character is looked for."""
NOT_FIRST = set("，。、；：？！）》」』】”’…—·～%％,.;:?!)]}〉")
NOT_LAST = set("（《「『【“‘([{〈#￥¥")
NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)
"""A PDF has to say when it was made; this one says the same each time, so that the same class gives the same bytes."""


class Paper:
    """A PDF in the making, in the language spoken now; ``fonts`` are files in which rare characters are looked for.

    A character is printed with DejaVu Sans (matplotlib brings it along), the course's own Chinese font, one of
    ``fonts``, or one that the machine has. Where none holds it, ``〓`` stands in its place, and ``lacking`` says which
    it was and in what text. Its fonts are open files, so it is used in a ``with`` block.
    """

    def __init__(self, title: str, fonts: Sequence[str | Path] = ()) -> None:
        from fpdf import FPDF, ViewerPreferences

        pdf = FPDF(format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margins(LEFT, TOP)
        pdf.c_margin = 0
        pdf.str_alias_nb_pages = None
        pdf.creation_date = NO_DATE
        pdf.set_lang("zh-CN" if language() == "zh" else "en")
        pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.pdf: FPDF = pdf
        self.lacking: dict[str, str] = {}
        self._faces: list[str] = []
        self._widths: dict[str, tuple[str, float]] = {}
        for place, (path, face) in enumerate([(latin(), 0), (BUNDLED, 0), *((path, 0) for path in fonts)]):
            self._add(Path(path), face, told=place > 1)
        if language() == "zh":  # quotation marks and the like are of the width that Chinese gives them
            self._faces[:2] = self._faces[1::-1]
        pdf.set_title(self.printable(title))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for name in self._faces:
            self.pdf.fonts[name].ttfont.close()

    @property
    def pages(self) -> int:
        """How many pages there are so far."""
        return self.pdf.page

    def page(self, foot: str, mark: str | None = None) -> int:
        """Begin a page with ``foot`` below; ``mark`` is its bookmark. Its number, counted from 1."""
        pdf = self.pdf
        pdf.add_page()
        if mark:
            pdf.start_section(self.printable(mark))
        self._foot = foot
        self._set(8, PALE)
        self._line(LEFT, BOTTOM + 3, self.printable(foot), 8)
        count = str(pdf.page)
        self._line(LEFT + WIDTH - self._wide(count, 8), BOTTOM + 3, count, 8)
        pdf.set_xy(LEFT, TOP)
        return pdf.page

    def room(self, height: float) -> None:
        """Go on upon another page where less than ``height`` millimetres are left on this one."""
        if self.pdf.get_y() + height > BOTTOM:
            self.page(self._foot)

    def skip(self, height: float) -> None:
        """Leave ``height`` millimetres free."""
        self.pdf.set_y(self.pdf.get_y() + height)

    def text(
        self, words: str, size: float = 10.5, *, bold: bool = False, pale: bool = False, indent: float = 0.0,
        sign: str = "", after: float = 1.5,
    ) -> None:  # fmt: skip
        """A paragraph in lines; ``sign`` stands before the first of them, ``after`` is the room behind it."""
        high = size * POINT * LEADING
        lines = list(self.lines(words, size, WIDTH - indent))
        self.room(high * len(lines) if len(lines) <= TOGETHER else 0)
        for place, line in enumerate(lines):
            self.room(high)
            self._set(size, PALE if pale else INK)
            if sign and place == 0:
                self._line(LEFT + indent - self._wide(sign, size) - 1.6, self.pdf.get_y(), self.printable(sign), size)
            self._line(LEFT + indent, self.pdf.get_y(), line, size, bold=bold)
            self.skip(high)
        self.skip(after)

    def heading(self, words: str) -> None:
        """A heading that does not stand alone at the end of a page."""
        size = 13.0
        self.room(4 * size * POINT * LEADING)
        self.text(words, size, bold=True, after=1.8)

    def points(self, texts: Sequence[str], size: float = 10.5) -> None:
        """A list."""
        for words in texts:
            self.text(words, size, indent=5, sign="•", after=0.8)
        self.skip(1.5)

    def row(
        self, cells: Sequence[str], widths: Sequence[float], size: float = 8.5, *, bold: bool = False,
        shade: bool = False, least: float = 0.0, bold_first: bool = False,
    ) -> None:  # fmt: skip
        """One row of a table, as high as its highest cell and at least ``least``; ``widths`` in millimetres."""
        pad, high = 1.3, size * POINT * 1.32
        held = [list(self.lines(cell, size, wide - 2 * pad)) for cell, wide in zip(cells, widths, strict=True)]
        tall = max(least, max(map(len, held)) * high + 2 * pad)
        self.room(tall)
        x, y = LEFT, self.pdf.get_y()
        for place, (lines, wide) in enumerate(zip(held, widths, strict=True)):
            self.pdf.set_draw_color(150)
            self.pdf.set_line_width(0.2)
            self.pdf.set_fill_color(*SHADE)
            self.pdf.rect(x, y, wide, tall, style="DF" if shade else "D")
            self._set(size, INK)
            for number, line in enumerate(lines):
                self._line(x + pad, y + pad + number * high, line, size, bold=bold or (bold_first and place == 0))
            x += wide
        self.pdf.set_xy(LEFT, y + tall)

    def rule(self, label: str, wide: float = WIDTH, room: float = 7.0) -> None:
        """A line to write on, behind ``label``."""
        self.room(room)
        y, size = self.pdf.get_y(), 9.0
        self._set(size, INK)
        self._line(LEFT, y + room - size * POINT * LEADING, self.printable(label), size)
        begin = LEFT + self._wide(label, size) + 1.5
        self.pdf.set_draw_color(120)
        self.pdf.set_line_width(0.2)
        self.pdf.line(begin, y + room - 0.6, LEFT + wide, y + room - 0.6)
        self.pdf.set_xy(LEFT, y + room)

    def cut(self, below: float) -> None:
        """A dashed line along which the page is cut, so many millimetres below its first line; then go on below."""
        y = TOP + below - 5
        self.pdf.set_draw_color(120)
        self.pdf.set_dash_pattern(dash=2, gap=2)
        self.pdf.line(0, y, 210, y)
        self.pdf.set_dash_pattern()
        self.pdf.set_xy(LEFT, y + 5)

    def lines(self, words: str, size: float, wide: float) -> Iterator[str]:
        """``words`` as they are printed, cut into lines of at most ``wide`` millimetres.

        English breaks between words; Chinese between any two characters, but for a stop at the start of a line and an
        opening bracket at its end.
        """
        for paragraph in self.printable(words).split("\n"):
            line = ""
            for piece in _pieces(paragraph):
                while piece:
                    if self._wide((line + piece).rstrip(), size) <= wide:
                        line, piece = line + piece, ""
                    elif line.strip():
                        yield line.rstrip()
                        line, piece = "", piece.lstrip()
                    else:  # a word longer than the line
                        fits = max(1, sum(self._wide(piece[:end], size) <= wide for end in range(1, len(piece) + 1)))
                        yield piece[:fits]
                        line, piece = "", piece[fits:]
            yield line.rstrip()

    def printable(self, words: str) -> str:
        """``words`` with the printer's mark for each character that no font has; what has no shape is left out."""
        made = []
        for letter in unicodedata.normalize("NFC", words):
            if letter == "\n":
                made.append(letter)
            elif (kind := unicodedata.category(letter)) == "Cc" or kind.startswith("Z"):
                made.append(" " if letter != "\u3000" else letter)
            elif kind == "Cf" or letter in "\ufe0e\ufe0f":
                continue
            elif self._face(letter):
                made.append(letter)
            else:
                self.lacking[letter] = min(self.lacking.get(letter, words), words, key=len)
                made.append(LACKING)
        return "".join(made)

    def content(self) -> bytes:
        """The PDF."""
        return bytes(self.pdf.output())

    def _add(self, path: Path, face: int, *, told: bool = False) -> None:
        """One font more to look into."""
        name = f"face{len(self._faces)}"
        from fontTools.ttLib import TTFont

        try:
            with path.open("rb") as file:
                TTFont(file, fontNumber=face, lazy=True).getBestCmap()
            self.pdf.add_font(name, fname=path, collection_font_number=face)
        except Exception:
            # fontTools fails on a broken font in many ways; the machine's own may be passed over, not one that was told
            if not told:
                return
            self.__exit__()
            raise InputError(_("{file} can't be read as a font.").format(file=path)) from None
        self._faces.append(name)

    def _face(self, letter: str) -> tuple[str, float] | None:
        """The font that has this character, and how wide it is there in thousandths; None where none has it."""
        if letter not in self._widths:
            code = ord(letter)
            found = next((name for name in self._faces if code in self.pdf.fonts[name].cmap), None)
            if found is None and "\ud800" <= letter <= "\udfff":
                return None
            if found is None and (there := on_the_machine(code)):
                before = len(self._faces)
                self._add(*there)
                found = self._faces[-1] if len(self._faces) > before else None
            if found is None:
                return None
            self._widths[letter] = (found, self.pdf.fonts[found].cw[code])
        return self._widths[letter]

    def _wide(self, words: str, size: float) -> float:
        return sum((self._face(letter) or ("", 1000.0))[1] for letter in words) * size * POINT / 1000

    def _set(self, size: float, colour: tuple[int, int, int]) -> None:
        self.pdf.set_text_color(*colour)
        self.pdf.set_draw_color(*colour)

    def _line(self, x: float, y: float, words: str, size: float, *, bold: bool = False) -> None:
        """Words on one line at a place, each run of them in the font that has it."""
        high = size * POINT * LEADING
        if bold:  # no second weight is shipped: the letters are drawn with their outlines
            self.pdf.text_mode = "FILL_STROKE"
            self.pdf.set_line_width(size * POINT * 0.015)
        for name, run in self._runs(words):
            self.pdf.set_font(name, size=size)
            self.pdf.set_xy(x, y)
            self.pdf.cell(self._wide(run, size), high, run)
            x += self._wide(run, size)
        self.pdf.text_mode = "FILL"
        self.pdf.set_xy(LEFT, y)

    def _runs(self, words: str) -> Iterator[tuple[str, str]]:
        run, of = "", ""
        for letter in words:
            name = self._face(letter)[0] if self._face(letter) else self._faces[0]
            if run and name != of:
                yield of, run
                run = ""
            run, of = run + letter, name
        if run:
            yield of, run


def latin() -> Path:
    """The file of DejaVu Sans that matplotlib brings along.

    >>> latin().name
    'DejaVuSans.ttf'
    """
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@cache
def on_the_machine(code: int) -> tuple[Path, int] | None:
    """A Chinese font of this machine that has the character ``code``: its file, and its place in a collection."""
    return next(((path, face) for path, face, held in _machine() if code in held), None)


@cache
def _machine() -> tuple[tuple[Path, int, frozenset[int]], ...]:
    """The machine's Chinese fonts of a regular weight, with the characters that they have."""
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import fontManager

    found = []
    for family in (*SYSTEM, *RARE):
        entries = [entry for entry in fontManager.ttflist if entry.name == family]
        for entry in sorted(entries, key=lambda entry: (abs(int(entry.weight) - 400), entry.fname))[:1]:
            face: Any = getattr(entry, "index", 0)
            try:
                with TTFont(entry.fname, fontNumber=face, lazy=True) as font:
                    found.append((Path(entry.fname), face, frozenset(font.getBestCmap() or ())))
            except Exception:  # noqa: S112 (a font that can't be read is no help, and no reason to stop)
                continue
    return tuple(found)


def _pieces(text: str) -> list[str]:
    """``text`` cut wherever a line may end.

    >>> _pieces("Say so.")
    ['Say ', 'so.']
    >>> _pieces("他说：“好。”AB 走")
    ['他', '说：', '“好。”', 'AB ', '走']
    """
    ends = [place for place, (a, b) in enumerate(pairwise(text), 1) if _breaks(a, b)]
    return [text[begin:end] for begin, end in pairwise([0, *ends, len(text)])]


def _breaks(a: str, b: str) -> bool:
    """Whether a line may end between two characters."""
    if b == " " or b in NOT_FIRST or a in NOT_LAST:
        return False
    return a in " ”…" or _chinese(a) or _chinese(b)


def _chinese(letter: str) -> bool:
    return letter >= "\u2e80"
