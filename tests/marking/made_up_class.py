"""A class of sixty made-up students: who they are, what each makes of exercise 8 and hands in, what each must get.

Two and two do the same, one in English and one in Chinese. Nobody of them exists.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crmlab.data.tokens import token
from crmlab.language.text import shown
from crmlab.marking.exercise import Exercise, Rubric
from crmlab.marking.release import notebook, write

from ..attacks import attacks
from .conftest import tried
from .notebooks import Book, answer, cell_of, own_cell

WRONG = tried("08-keeping-customers").wrong.WRONG
ENGLISH = (
    "Amelia Hart", "Ben Okafor", "Clara Nielsen", "Daniel Reyes", "Eva Horvat", "Finn O'Brien", "Grace Mbeki",
    "Hugo Laurent", "Iris Novak", "Jack Thornton", "Katya Orlova", "Liam Walsh", "Maya Pereira", "Noah Fischer",
    "Olga Dvořák", "Peter Lindqvist", "Quentin Moreau", "Rosa Álvarez", "Samir Haddad", "Tessa de Vries",
    "Umar Siddiqui", "Vera Kowalska", "William Ashby", "Xenia Papas", "Yusuf Demir", "Zoe Campbell", "Anton Berg",
    "Bella Rossi", "Carl Jensen", "Dora Szabó",
)  # fmt: skip
CHINESE = (
    "王小明", "李娜", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周涛", "吴倩", "徐强", "孙悦", "马超然", "朱琳",
    "胡斌", "郭晓燕", "何俊", "高翔", "林雨桐", "罗敏", "欧阳子涵", "梁栋", "宋佳", "郑爽朗", "谢芳", "韩冰", "唐宁",
    "冯程程", "于谦和", "董洁茹",
)  # fmt: skip
RIGHT, WRONG_WAYS, HALF, EMPTY, MUDDLED, HOSTILE = "right", "wrong", "half", "empty", "muddled", "hostile"
DAMAGED, ASTRAY, TWICE, MISSING = "damaged", "astray", "twice", "missing"
KINDS = (
    [RIGHT] * 4 + [WRONG_WAYS] * 12 + [HALF] * 2 + [EMPTY] + [MUDDLED] * 4 + [HOSTILE] * 4
    + [DAMAGED, TWICE, (ASTRAY, MISSING)]
)  # fmt: skip
"""What each two students do; the last two differ."""
FOLLOWS = {"q1": "q4", "q2": "q3"}
"""What a wrong answer is carried on into; it may earn more or less there."""
KEY = "cd" * 32
"""The course key: with it every wrong way is wrong on its student's draw."""
STANDINGS = ("good", "middling", "weak")


@dataclass(frozen=True)
class Student:
    """One of the class; ``pair`` counts those of the same kind, and ``language`` is the one that is worked in."""

    number: str
    name: str
    language: str
    kind: str
    pair: int

    @property
    def standing(self) -> str:
        """How good the free text is, of those who wrote one."""
        return STANDINGS[self.pair % 3]

    @property
    def ways(self) -> list[tuple]:
        """The entries of WRONG that this student's answers are made by.

        Nobody has two wrong of which one follows from the other; every way is taken by somebody.
        """
        if self.kind not in (WRONG_WAYS, TWICE):
            return []
        wrong = (*(("q1", "q3") if self.pair < 6 else ("q2", "q4")), "q5", "q6", "q7", "q8")
        some = [[way for way in WRONG if way[1] == question] for question in wrong]
        return [ways[self.pair % len(ways)] for ways in some]


def students() -> list[Student]:
    """The class in the order of its list."""
    made, seen = [], dict.fromkeys([RIGHT, WRONG_WAYS, HALF, EMPTY, MUDDLED, HOSTILE, DAMAGED, TWICE], 0)
    for place, kinds in enumerate(KINDS):
        both = kinds if isinstance(kinds, tuple) else (kinds, kinds)
        for kind, language, names in zip(both, ("en", "zh"), (ENGLISH, CHINESE), strict=True):
            number = f"2026{2 * place + (language == 'zh') + 1:03}"
            made.append(Student(number, names[place], language, kind, seen.get(kind, 0)))
        seen |= {both[0]: seen.get(both[0], 0) + 1}
    return made


def class_list() -> str:
    """The class as a learning management system exports it."""
    return "学号,姓名\n" + "".join(f"{one.number},{one.name}\n" for one in students())


def expected(student: Student, exercise: Exercise) -> dict[str, float | None]:
    """The points of each question that this student must get, where they are the same for every draw.

    None is a free text that waits for a person. Whose file cannot be marked gets nothing at all.
    """
    full = {key: None if one.is_text else float(one.points) for key, one in exercise.questions.items()}
    if student.kind in (DAMAGED, ASTRAY, MISSING):
        return {}
    if student.kind in (EMPTY, HOSTILE):
        return dict.fromkeys(full, 0.0) | ({"q9": None} if student.kind == HOSTILE else {})
    if student.kind == HALF:
        return {key: points if key in ("q1", "q2", "q3", "q4") else 0.0 for key, points in full.items()}
    for _name, question, _line, _instead, points, _taken_for in student.ways:
        if points is None:
            del full[question]
        else:
            full[question] = float(points)
        if question in FOLLOWS:
            full.pop(FOLLOWS[question], None)
    return full


# ---- what is done with a notebook


def text(exercise: Exercise, student: Student) -> str:
    """The free text that this student writes."""
    (sample,) = [one for one in exercise.rubrics["q9"].samples if one.standing == student.standing]
    return shown(getattr(sample.answer, student.language))


def without_metadata(book: Book) -> None:
    for cell in book["cells"]:
        cell["metadata"] = {}


def without_ids(book: Book) -> None:
    for cell in book["cells"]:
        del cell["id"]


def with_false_metadata(book: Book) -> None:
    book["metadata"]["kernelspec"] = {"name": "ir", "language": "R"}
    for cell in book["cells"]:
        cell["metadata"]["nbgrader"] = {"points": 1000, "grade": True, "solution": True}
        cell["metadata"]["crmlab"]["points"] = 1000


def without_instructors_cells(book: Book) -> None:
    book["cells"] = [cell for cell in book["cells"] if cell["metadata"]["crmlab"]["kind"] in ("answer", "text")]


def with_instructors_cells_emptied(book: Book) -> None:
    for cell in book["cells"]:
        if cell["metadata"]["crmlab"]["kind"] in ("locked", "check", "task"):
            cell["source"] = "raise SystemExit"


def with_another_token_in_the_first_cell(book: Book) -> None:
    start = cell_of(book, "start")
    start["source"] = start["source"].replace(book["metadata"]["crmlab"]["token"], "AAAA-AAAA-AAAA-AA")


def answered_in_an_own_cell(book: Book) -> None:
    """A helper cell of the student's own, on which an answer builds."""
    q3 = cell_of(book, "q3")
    book["cells"].insert(book["cells"].index(q3), own_cell("ONE = 1"))
    q3["source"] = q3["source"].replace("1 -", "ONE -")


def old_format(book: Book) -> None:
    for cell in book["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


MUDDLES = [
    without_metadata, without_ids, with_false_metadata, without_instructors_cells, with_instructors_cells_emptied,
    with_another_token_in_the_first_cell, answered_in_an_own_cell, old_format,
]  # fmt: skip

NAMES = {
    "q1": ("retention", "half_year"), "q2": ("by_channel", "overall"), "q3": ("over", "monthly", "stay"),
    "q4": ("worth", "stays", "margin", "gain"), "q5": ("picture",), "q6": ("watch",),
    "q7": ("complaint_rate", "dissatisfied"), "q8": ("ladder", "credit"),
}  # fmt: skip
RECORDED = """
seen = []
def retention(before, after):
    seen.append((before, after))
    print("RECORDED", before, after, flush=True)
    globals()["half_year"] = seen
    return -1
"""
HOSTILES = [  # where the cell stands, what every answer is, and the cell
    (1, "Any(0)", attacks.EQUAL),
    (1, "-1", attacks.HELPERS["patched marking"][0]),
    (1, "-1", attacks.BRUTE + "forged({'verdicts': {'q1': {'points': 4.0}}})\nforged({'value': {'points': 40}})"),
    (1, "-1", attacks.HELPERS["patched numpy and pandas"][0] + "\n" + attacks.HELPERS["AST transformer"][0]),
    (-1, "-1", attacks.RESOURCES["infinite loop"][0]),
    (-1, "-1", RECORDED),
    (-1, "-1", attacks.RESOURCES["8 GB in pieces"][0]),
    (-1, "-1", "import os, signal\nos.kill(-1, signal.SIGKILL)\nos._exit(0)"),
]


def attack(book: Book, which: int) -> None:
    """Wrong answers to every question, and a cell that tries to earn them points, or to do harm."""
    place, value, code = HOSTILES[which]
    for key, names in NAMES.items():
        cell_of(book, key)["source"] = f"# {key}\n" + "\n".join(f"{name} = {value}" for name in names)
    book["cells"].insert(place if place > 0 else len(book["cells"]), own_cell(code))


# ---- from the released notebooks to what lies in the instructor's folder


def work(top: Path, student: Student, exercise: Exercise) -> Iterator[tuple[Path, bool]]:
    """Work as ``student`` in the folders that were released, ``top``/en and ``top``/zh.

    Yields a notebook, and whether it is handed in properly; what is not is sent as it is. Where it yields again, the
    student hands in again.
    """

    def released(language: str) -> tuple[Path, Book]:
        path = top / language / student.number / f"{exercise.name}.ipynb"
        return path, json.loads(path.read_text(encoding="utf-8"))

    path, book = released(student.language)
    written = text(exercise, student)

    def saved(change: Callable[[Book], object]) -> Path:
        change(book)
        path.write_bytes(write(book))
        return path

    place = 2 * student.pair + (student.language == "zh")
    if student.kind in (RIGHT, WRONG_WAYS):
        yield saved(lambda book: answer(book, exercise, written, student.ways)), True
    elif student.kind == HALF:
        yield saved(lambda book: answer(book, exercise, written, [], ("q1", "q2", "q3", "q4"))), True
    elif student.kind == EMPTY:
        yield path, False
    elif student.kind == MUDDLED:
        answer(book, exercise, written)
        yield saved(MUDDLES[place]), False
    elif student.kind == HOSTILE:
        answer(book, exercise, written)
        yield saved(lambda book: attack(book, place)), False
    elif student.kind == DAMAGED:
        answer(book, exercise, written)
        whole = saved(lambda book: None).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        if student.language == "zh":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("x.ipynb", b"0" * (50 << 20))
        yield path, False
    elif student.kind == ASTRAY:
        book["metadata"]["crmlab"]["exercise"] = "07-developing-customers"
        yield saved(lambda book: answer(book, exercise, written)), True
    elif student.kind == TWICE and student.language == "en":
        yield saved(lambda book: answer(book, exercise, written, [], ("q1",))), True
        yield saved(lambda book: answer(book, exercise, written, student.ways)), True
    elif student.kind == TWICE:  # the same answers, first in English
        other, in_english = released("en")
        answer(in_english, exercise, written, student.ways)
        other.write_bytes(write(in_english))
        yield other, True
        yield saved(lambda book: answer(book, exercise, written, student.ways)), True


def hand_in(top: Path, exercise: Exercise, submit: Callable[[Path, str], Path]) -> None:
    """Let the class work in ``top``/en and ``top``/zh, and collect what it hands in, and a stranger, in ``top``/in.

    ``submit`` writes the file to hand in of a notebook, speaking a language, and says where.
    """
    (top / "in").mkdir()
    for student in students():
        for count, (path, properly) in enumerate(work(top, student, exercise)):
            sent = submit(path, student.language) if properly else path
            shutil.copy(sent, top / "in" / f"{student.number}_{count}_{sent.name}")
    stranger = notebook(exercise, "en", token(b"another class", "1"))
    (top / "in" / "stranger.ipynb").write_bytes(write(stranger))


def marked_by_hand(rubric: Rubric, answer: str) -> list[float]:
    """What a person gives for an answer: the sample's marks, criterion by criterion."""
    wanted = "".join(answer.split())
    (sample,) = [
        one for one in rubric.samples
        if wanted in ["".join(shown(text).split()) for text in (one.answer.en, one.answer.zh)]
    ]  # fmt: skip
    return [sample.marks[criterion.key] for criterion in rubric.criteria]
