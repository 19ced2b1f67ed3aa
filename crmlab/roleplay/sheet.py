"""A scene in a spreadsheet: a row for each reply, and a second table with all that is not a reply."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from crmlab.data.tables import source
from crmlab.files import write_new
from crmlab.language.catalogue import _, number
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.roleplay.scene import Place, Scene, compiled

COLUMNS = (
    "node", "say en", "say zh", "reply", "text en", "text zh", "when", "once", "effect", "score", "last", "steps",
    "flag", "tells", "feedback en", "feedback zh", "goto",
)  # fmt: skip
"""Of the table of replies. A row without a reply says what the customer says; reply may be auto or variant, too."""
HEAD_COLUMNS = ("part", "name", "en", "zh", "value")
"""Of the table of all the rest."""
SHEETS = ("replies", "scene")
"""What the two are called in an Excel file; as CSV the second is NAME.scene.csv beside NAME.csv."""
HEAD = ".scene.csv"
YES, NO = ("1", "yes", "y", "true", "x", "是"), ("", "0", "no", "n", "false", "否")
PLAIN = ("schema", "id", "drama", "form", "use", "minutes", "start")
TEXTS = ("title", "brief")
LISTS = {"goal": "goals", "source": "sources"}
CUSTOMER = ("story", "hidden", "harder if", "softer if", "never")
PARTS = (
    *PLAIN, *TEXTS, *LISTS, "variable", "fact", "criterion", "critical", "critical why", "card", "card customer",
    "card customer wants", "ending", "ending debrief", "question", "model",
)  # fmt: skip
TEMPLATE = Path(__file__).with_name("my-scene.yml")


class Row(NamedTuple):
    """A row of a table: where it stands, and its cells by the columns' names."""

    where: str
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:  # type: ignore[override]
        return self.cells.get(name, "")


class _Compiler:
    """Two tables on their way to a scene: the plain data, and the row that each place of it came from."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: dict[str, Any] = {}
        self.rows: dict[Place, str] = {}
        self.wrong: list[str] = []

    def line(self, place: Place) -> str:
        """The row of a place, or of what holds it."""
        while place and place not in self.rows:
            place = place[:-1]
        return self.rows.get(place, "")

    def refuse(self, row: Row, words: str) -> None:
        """Note what is wrong with a row."""
        text = _("{file}{line}: {complaint}")
        self.wrong.append(text.format(file=self.file, line=row.where, complaint=words))

    def put(self, row: Row, value: Any, *place: str) -> None:
        """Set one value; a row that sets it once more is refused."""
        data = self.data
        for key in place[:-1]:
            data = data.setdefault(key, {})
        if place[-1] in data:
            return self.refuse(row, _("{name} stands in an earlier row already.").format(name=".".join(place)))
        data[place[-1]] = value
        self.rows[place] = row.where
        return None

    def add(self, row: Row, value: Any, *place: str) -> None:
        """Add to a list."""
        data = self.data
        for key in place[:-1]:
            data = data.setdefault(key, {})
        values = data.setdefault(place[-1], [])
        self.rows[(*place, len(values))] = row.where
        values.append(value)

    def pairs(self, row: Row, column: str) -> dict[str, int]:
        """Names with whole numbers, such as "anger -1, trust +2"."""
        found: dict[str, int] = {}
        for part in _parts(row[column], r"[,;、\n]"):
            match = re.fullmatch(r"(\w+?)\s*[:=]?\s*([+-]?\d+)", part.replace("−", "-"))
            if match is None or match[1] in found:
                text = _("{column}: {part} is no name with a whole number, such as trust +2 (a name once only).")
                self.refuse(row, text.format(column=column, part=repr(part)))
                continue
            found[match[1]] = int(match[2])
        return found


def _parts(cell: str, signs: str = r"[,;、\s]") -> list[str]:
    """The parts of a cell that holds several."""
    plain = unicodedata.normalize("NFKC", cell)
    return [part.strip() for part in re.split(signs, plain) if part.strip()]


def _both(row: Row, before: str = "") -> dict[str, str]:
    """The cells of both languages; one that is empty is left out, and then missed by its name."""
    return {code: row[f"{before}{code}"] for code in ("en", "zh") if row[f"{before}{code}"]}


def read(path: str | Path) -> Scene:
    """The scene in a spreadsheet: Excel with the sheets ``SHEETS``, or CSV (UTF-8 or GBK) with its second file beside.

    Raises InputError that names file, row and what is wrong, all mistakes at once.
    """
    path = Path(path)
    replies, head = _tables(path)
    made = _Compiler(path.name)
    for row in head:
        _head(made, row)
    node = ""
    for row in replies:
        node = row["node"] or node
        if node:
            _reply(made, row, node)
        else:
            made.refuse(row, _("no node is named here or above."))
    made.data.setdefault("schema", 1)
    try:
        scene = compiled(made.data, path.name, made.line)
    except InputError as error:
        raise InputError("\n".join(dict.fromkeys([*made.wrong, *str(error).splitlines()]))) from None
    if made.wrong:
        raise InputError("\n".join(made.wrong))
    return scene


def _head(made: _Compiler, row: Row) -> None:
    """One row of the second table."""
    part, name, texts = row["part"].lower(), row["name"], _both(row)
    if part in PLAIN:
        value: Any = row["value"] or name
        made.put(row, int(value) if re.fullmatch(r"\d{1,6}", value) and part in ("schema", "minutes") else value, part)
    elif part in TEXTS:
        made.put(row, texts, part)
    elif part in LISTS:
        made.add(row, texts, LISTS[part])
    elif part == "fact":
        made.put(row, texts, "facts", name)
    elif part in ("variable", "criterion", "critical"):
        place = {"variable": "state", "criterion": "criteria"}.get(part, part)
        for key, value in made.pairs(row, "value").items():
            made.put(row, value, place, name, key)
        made.put(row, texts, place, name, "label")
        made.rows[place, name] = row.where
    elif part == "critical why":
        made.put(row, texts, "critical", name, "why")
    elif part == "card":
        made.put(row, texts, "cards", name)
    elif part == "card customer":
        made.put(row, texts, "cards", "customer", name.replace(" ", "_"))
    elif part == "card customer wants":
        made.add(row, texts, "cards", "customer", "wants")
    elif part == "ending":
        made.put(row, row["value"], "endings", name, "outcome")
        made.put(row, texts, "endings", name, "say")
        made.rows["endings", name] = row.where
    elif part == "ending debrief":
        made.put(row, texts, "endings", name, "debrief")
    elif part == "question":
        made.add(row, texts, "debrief", "questions")
    elif part == "model":
        made.put(row, texts, "debrief", "model")
    else:
        text = _("there is no part {part}; there are: {names}.")
        made.refuse(row, text.format(part=repr(row["part"]), names=_(", ").join(PARTS)))


def _reply(made: _Compiler, row: Row, node: str) -> None:
    """One row of the table of replies."""
    kind, at = row["reply"].lower(), ("nodes", node)
    made.rows.setdefault(at, row.where)
    says = _both(row, "say ")
    if kind == "auto":
        _only(made, row, "when", "goto")
        made.add(row, {name: row[name] for name in ("when", "goto") if row[name]}, *at, "auto")
        return
    if kind == "variant":
        _only(made, row, "when", "say en", "say zh")
        made.add(row, {name: value for name, value in (("when", row["when"]), ("say", says)) if value}, *at, "variants")
        return
    if says:
        made.put(row, says, *at, "say")
    if not kind:
        _only(made, row, "say en", "say zh", "tells")
        if row["tells"]:
            made.put(row, _parts(row["tells"]), *at, "tells")
        return
    reply: dict[str, Any] = {"id": kind, "text": _both(row, "text "), "feedback": _both(row, "feedback ")}
    reply |= {name: row[name] for name in ("when", "flag", "goto") if row[name]}
    reply |= {name: made.pairs(row, name) for name in ("effect", "score") if row[name]}
    if row["tells"]:
        reply["tells"] = _parts(row["tells"])
    if row["last"]:
        reply["last"] = [letter for letter in row["last"].upper() if letter not in " ,;、，；"]
    if row["steps"]:
        steps = _parts(row["steps"])
        reply["steps"] = [int(step) if re.fullmatch(r"\d{1,3}", step) else step for step in steps]
    once = row["once"].lower()
    if once not in (*YES, *NO):
        made.refuse(row, _("once: {value} is neither yes nor no.").format(value=repr(row["once"])))
    if once in YES:
        reply["once"] = True
    made.add(row, reply, *at, "replies")


def _only(made: _Compiler, row: Row, *names: str) -> None:
    """Refuse cells that mean nothing in such a row."""
    strange = [name for name in COLUMNS if row[name] and name not in ("node", "reply", *names)]
    if strange:
        text = _("{columns} mean nothing in a row of this kind (reply: {reply}); is the letter of the reply missing?")
        made.refuse(row, text.format(columns=_(", ").join(strange), reply=row["reply"] or "–"))


def _tables(path: Path) -> tuple[list[Row], list[Row]]:
    """The rows of both tables."""
    first = source(path)
    if first.kind == "excel":
        names = (first.sheet, *first.others)
        lacking = [name for name in SHEETS if name not in names]
        if lacking:
            text = _("{file} has no sheet {sheet}; it has: {names}.")
            raise InputError(text.format(file=path.name, sheet=repr(lacking[0]), names=_(", ").join(names)))
        replies, head = (list(_excel(path, name)) for name in SHEETS)
    else:
        beside = path.with_name(path.stem + HEAD)
        if not beside.exists():
            text = _("{file} needs a second table beside it, {beside}, with title, criteria, endings and the like.")
            raise InputError(text.format(file=path.name, beside=beside.name))
        replies = list(_csv(path, first.encoding, first.separator, ""))
        second = source(beside)
        head = list(_csv(beside, second.encoding, second.separator, beside.name))
    return _rows(path.name, replies, COLUMNS), _rows(path.name, head, HEAD_COLUMNS)


def _excel(path: Path, sheet: str) -> Iterator[tuple[str, list[str]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    for place, row in enumerate(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), 1):
        where = _(", sheet {sheet}, row {row}").format(sheet=sheet, row=number(place))
        yield where, [str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in row]


def _csv(path: Path, encoding: str, separator: str, name: str) -> Iterator[tuple[str, list[str]]]:
    text = path.read_text(encoding=encoding).removeprefix("\ufeff")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator or ",")
    place = 0
    try:
        for place, row in enumerate(rows, 1):
            where = _(", row {row}").format(row=number(place))
            yield (_(" ({file}), row {row}").format(file=name, row=number(place)) if name else where), row
    except csv.Error:
        words = _("{file}{line}: {complaint}")
        line = _(", row {row}").format(row=number(place + 1))
        complaint = _("this is no CSV: is a quotation mark never closed?")
        raise InputError(words.format(file=path.name, line=line, complaint=complaint)) from None


def _rows(file: str, found: list[tuple[str, list[str]]], known: tuple[str, ...]) -> list[Row]:
    """Rows with their cells by the known columns, which stand in the first row that holds anything."""
    found = [(where, [cell.strip() for cell in cells]) for where, cells in found]
    found = [(where, cells) for where, cells in found if any(cells)]
    if not found:
        raise InputError(_("{file} is empty.").format(file=file))
    where, head = found[0][0], [re.sub(r"[\s_]+", " ", name).lower() for name in found[0][1]]
    for name in head:
        if name and (name not in known or head.count(name) > 1):
            words = _("there is no column {name}, or it stands twice; there are: {names}.")
            text = _("{file}{line}: {complaint}")
            complaint = words.format(name=repr(name), names=_(", ").join(known))
            raise InputError(text.format(file=file, line=where, complaint=complaint))
    missing = [name for name in known if name not in head and name not in ("tells", "flag", "steps", "last", "once")]
    if missing:
        text = _("{file}{line}: these columns are missing: {names}.")
        raise InputError(text.format(file=file, line=where, names=_(", ").join(missing)))
    rows = []
    for where, cells in found[1:]:
        extra = [cell for cell in cells[len(head) :] if cell] + [
            cell for name, cell in zip(head, cells, strict=False) if cell and not name
        ]
        if extra:
            text = _("{file}{line}: {cell} stands in no column; is a comma outside quotation marks?")
            raise InputError(text.format(file=file, line=where, cell=repr(extra[0])))
        rows.append(Row(where, dict(zip(head, cells, strict=False))))
    return rows


def tables(scene: Scene) -> tuple[list[list[str]], list[list[str]]]:
    """The two tables of a scene, replies and all the rest, with their heads; ``read`` makes the same scene of them."""
    head: list[list[str]] = [list(HEAD_COLUMNS)]

    def tell(part: str, name: str = "", text: Text | None = None, value: object = "") -> None:
        head.append([part, name, text.en if text else "", text.zh if text else "", str(value)])

    for part in PLAIN:
        tell(part, value=getattr(scene, "version" if part == "schema" else part))
    for part in TEXTS:
        tell(part, text=getattr(scene, part))
    for part, name in LISTS.items():
        for one in getattr(scene, name):
            tell(part, text=one)
    for name, one in scene.state.items():
        tell("variable", name, one.label, f"start {one.start}, low {one.low}, high {one.high}")
    for name, one in scene.facts.items():
        tell("fact", name, one)
    for name, one in scene.criteria.items():
        tell("criterion", name, one.label, f"weight {one.weight}")
    for name, one in scene.critical.items():
        tell("critical", name, one.label, f"cap {one.cap}")
        tell("critical why", name, one.why)
    tell("card", "agent", scene.cards.agent)
    tell("card", "observer", scene.cards.observer)
    for name in CUSTOMER:
        tell("card customer", name, getattr(scene.cards.customer, name.replace(" ", "_")))
    for one in scene.cards.customer.wants:
        tell("card customer wants", "", one)
    for name, one in scene.endings.items():
        tell("ending", name, one.say, one.outcome)
        tell("ending debrief", name, one.debrief)
    for one in scene.debrief.questions:
        tell("question", "", one)
    tell("model", "", scene.debrief.model)
    rows: list[list[str]] = [list(COLUMNS)]

    def line(node: str, **cells: str) -> None:
        row = {"node": node} | {name.replace("_", " "): value for name, value in cells.items()}
        rows.append([row.get(name, "") for name in COLUMNS])

    def pairs(values: dict[str, int]) -> str:
        return ", ".join(f"{name} {value:+d}" for name, value in values.items())

    for name, node in scene.nodes.items():
        line(name, say_en=node.say.en, say_zh=node.say.zh, tells=", ".join(node.tells))
        for one in node.auto:
            line(name, reply="auto", when=one.when, goto=one.goto)
        for one in node.variants:
            line(name, reply="variant", when=one.when, say_en=one.say.en, say_zh=one.say.zh)
        for one in node.replies:
            line(
                name,
                reply=one.id,
                text_en=one.text.en,
                text_zh=one.text.zh,
                when=one.when or "",
                once="yes" if one.once else "",
                effect=pairs(one.effect),
                score=pairs(one.score),
                last=" ".join(one.last),
                steps=", ".join(map(str, one.steps)),
                flag=one.flag or "",
                tells=", ".join(one.tells),
                feedback_en=one.feedback.en,
                feedback_zh=one.feedback.zh,
                goto=one.goto,
            )
    return rows, head


def write(scene: Scene, path: str | Path) -> list[Path]:
    """Write ``scene`` as a spreadsheet into new files: ``.xlsx``, or ``.csv`` with its second file; their paths.

    Raises InputError where a file is there already, can't be written, or is to be of another kind.
    """
    path = Path(path)
    replies, head = tables(scene)
    if path.suffix == ".xlsx":
        return write_new({path: _book(replies, head)})
    if path.suffix == ".csv":
        return write_new({path: _comma(replies), path.with_name(path.stem + HEAD): _comma(head)})
    text = _("{file}: a spreadsheet's name ends in .xlsx or .csv.")
    raise InputError(text.format(file=path.name))


def _comma(rows: list[list[str]]) -> bytes:
    """CSV that Excel opens as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _book(replies: list[list[str]], head: list[list[str]]) -> bytes:
    """An Excel file: heads that stay in sight, long texts wrapped, all cells text."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.remove(book.active)
    for name, rows in zip(SHEETS, (replies, head), strict=True):
        sheet = book.create_sheet(name)
        for place, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                cell = sheet.cell(place, column)
                # a text that begins with = is no formula
                cell.value, cell.data_type = value or None, "s" if value else "n"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=place == 1)
        sheet.freeze_panes = "B2"
        for column, title in enumerate(rows[0], 1):
            wide = any(word in title for word in ("say", "text", "feedback")) or title in ("en", "zh")
            letter = sheet.cell(1, column).column_letter
            sheet.column_dimensions[letter].width = 40 if wide else 14
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def plain(scene: Scene) -> dict[str, Any]:
    """A scene as the plain data of its YAML file: what has its usual value is left out, all else in its order."""
    data = scene.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {name: data[name] for name in _ORDER if name in data}


_ORDER = (
    "schema", "id", "drama", "form", "use", "title", "minutes", "goals", "sources", "brief", "state", "facts",
    "criteria", "critical", "cards", "start", "nodes", "endings", "debrief",
)  # fmt: skip


def dump(scene: Scene) -> str:
    """A scene as YAML that ``crmlab.roleplay.scene.read`` takes; the same scene always makes the same text."""
    import yaml

    return yaml.safe_dump(plain(scene), allow_unicode=True, sort_keys=False, width=1000)


def new(name: str, folder: str | Path = ".", form: str = "yml") -> list[Path]:
    """Begin a scene: a small one that can be played, called ``name``, as ``yml``, ``xlsx`` or ``csv``; its files.

    Raises InputError for a name that no scene can have, and where a file is there already.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,59}", name):
        text = _("{name} can't be a scene's name: small letters, digits and - are allowed, a letter first.")
        raise InputError(text.format(name=repr(name)))
    if form not in ("yml", "xlsx", "csv"):
        text = _("form is {value}; allowed: {names}.")
        raise InputError(text.format(value=repr(form), names="yml, xlsx, csv"))
    text = TEMPLATE.read_text(encoding="utf-8").replace("id: my-scene", f"id: {name}", 1)
    path = Path(folder) / f"{name}.{form}"
    if form == "yml":
        return write_new({path: text.encode()})
    import yaml

    return write(compiled(yaml.safe_load(text), TEMPLATE.name), path)
