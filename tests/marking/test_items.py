"""Item analysis: published figures, reckoning by hand, and classes of every size."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from crmlab.data.tokens import token
from crmlab.experiments.survey import wilson
from crmlab.gradebook.book import Gradebook
from crmlab.gradebook.records import Marked, Part
from crmlab.language.catalogue import LANGUAGES
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.marking.items import ItemAnalysis
from crmlab.marking.items_pictures import PICTURES

# answers of 1000 people to five questions of the Law School Admission Test, section 6: how many gave 00000, 00001, ...
# (Bock and Lieberman 1970, Fitting a response model for n dichotomously scored items, Psychometrika 35)
LSAT = (3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61,
        28, 298)  # fmt: skip
MEASURES = ["discrimination", "discrimination_low", "discrimination_high", "upper_lower", "alpha_without"]


def table(rows, of=None):
    """A frame of marks from a row a student."""
    marks = np.asarray(rows, dtype=float)
    of = marks.max(axis=0) if of is None else of
    return pd.DataFrame(
        [(who, f"q{place + 1}", one, of[place]) for who, row in enumerate(marks) for place, one in enumerate(row)],
        columns=["student", "question", "points", "of"],
    )


@pytest.fixture(scope="module")
def lsat():
    rows = [[int(one) for one in f"{code:05b}"] for code, many in enumerate(LSAT) for _person in range(many)]
    return ItemAnalysis.fit(table(rows))


@pytest.fixture(scope="module")
def class_of_60():
    return ItemAnalysis.fit(ItemAnalysis.example())


def test_the_law_school_test_has_its_published_figures(lsat):
    """As the R package ltm prints them by descript(LSAT) (Rizopoulos 2006, Journal of Statistical Software 17)."""
    found = lsat.summary()
    assert found["difficulty"].tolist() == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870])
    assert found["discrimination"].round(4).tolist() == [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
    assert found["alpha_without"].round(4).tolist() == [0.2754, 0.2376, 0.2168, 0.2459, 0.2663]
    assert round(lsat.alpha[0], 4) == 0.2950


def test_part_marks_by_hand():
    """Ten students, two questions: sums reckoned with pen and paper."""
    first, second = [4, 4, 3, 3, 2, 2, 1, 1, 0, 0], [2, 2, 2, 1, 2, 1, 0, 1, 0, 0]
    found = ItemAnalysis.fit(table(list(zip(first, second, strict=True)), of=[4, 2])).summary()
    assert found["difficulty"].tolist() == [0.5, 0.55]
    assert [(found["low"][place], found["high"][place]) for place in (0, 1)] == [wilson(0.5, 10), wilson(0.55, 10)]
    # r = sum of products of deviations 10 / sqrt(20 * 6.9)
    assert found["discrimination"].tolist() == pytest.approx([10 / math.sqrt(20 * 6.9)] * 2)
    # tanh(atanh(r) +- 1.96 / sqrt(7))
    deep = math.atanh(10 / math.sqrt(138))
    assert found["discrimination_low"][0] == pytest.approx(math.tanh(deep - 1.959964 / math.sqrt(7)), abs=1e-6)
    # totals 6 6 5 4 4 3 1 2 0 0, 27% of ten: three; the best have 4, 4, 3 of 4 points, the weakest 1, 0, 0
    assert found["upper_lower"][0] == pytest.approx((11 - 1) / 12)
    assert found["upper_lower"][1] == pytest.approx((6 - 0) / 6)
    assert found["none"].tolist() == pytest.approx([0.2, 0.3])
    assert found["some"].tolist() == pytest.approx([0.6, 0.3])
    assert found["full"].tolist() == pytest.approx([0.2, 0.4])


def test_students_at_the_border_share_the_places():
    rows = [[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], *[[0, 0, 0]] * 6]
    found = ItemAnalysis.fit(table(rows)).summary()
    # three places for one with 3 points and three with 2, of whom two have the first question right
    assert found["upper_lower"].tolist() == pytest.approx([(1 + 2 / 3 * 2) / 3] * 3)
    for order in ([3, 0, 1, 2, *range(4, 10)], list(range(9, -1, -1))):
        again = ItemAnalysis.fit(table([rows[place] for place in order])).summary()
        pd.testing.assert_frame_equal(again, found)


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=30))
def test_numbers_are_possible_whatever_the_marks(rows):
    made = ItemAnalysis.fit(table(rows, of=[4, 4, 4]))
    found = made.summary()
    assert found["difficulty"].between(0, 1).all()
    assert (found["low"] <= found["difficulty"] + 1e-12).all()
    assert (found["difficulty"] <= found["high"] + 1e-12).all()
    for name in ("discrimination", "upper_lower"):
        assert found[name].dropna().between(-1 - 1e-9, 1 + 1e-9).all()
    parts = found[["unanswered", "none", "some", "full"]]
    assert parts.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    if len(rows) < 10:
        assert found[MEASURES].isna().all(axis=None)
    marks = np.array(rows, dtype=float)
    if len(rows) >= 10 and marks[:, 1:].sum(axis=1).std() > 0 and marks[:, 0].std() > 0:
        told = np.corrcoef(marks[:, 0], marks[:, 1:].sum(axis=1))[0, 1]
        assert found["discrimination"][0] == pytest.approx(told, abs=1e-9)
    assert made.describe()
    made.remarks()


def test_the_interval_holds_what_it_promises():
    """Classes drawn from many students: Wilson's interval covers the difficulty at least 93 times in 100."""
    rng, held = np.random.default_rng(5), 0
    for _class in range(150):
        marks = rng.choice([0, 1, 2, 4], size=(25, 1), p=[0.1, 0.2, 0.3, 0.4])
        row = ItemAnalysis.fit(table(marks, of=[4])).summary().iloc[0]
        held += row["low"] <= (0.2 + 0.6 + 1.6) / 4 <= row["high"]
    assert held >= 0.93 * 150


def test_a_small_class_is_told_no_discrimination(tmp_path, lang):
    rows = [[4, place % 3, 2] for place in range(9)]
    made = ItemAnalysis.fit(table(rows, of=[4, 2, 2]))
    assert made.summary()[MEASURES].isna().all(axis=None)
    assert all(math.isnan(one) for one in made.alpha)
    with pytest.raises(InputError, match="9"):
        made.plot(picture="discrimination")
    text = made.report(tmp_path / "items.html", lang).read_text(encoding="utf-8")
    assert ("With fewer than 10" if lang == "en" else "少于 10 人") in text
    assert ItemAnalysis.fit(table([*rows, [0, 0, 0]], of=[4, 2, 2])).summary()["discrimination"].notna().all()


def test_one_student(tmp_path):
    made = ItemAnalysis.fit(table([[4, 0]], of=[4, 2]))
    assert made.summary()["difficulty"].tolist() == [1, 0]
    assert made.summary()["low"][0] == pytest.approx(0.2065, abs=1e-4)
    text = made.report(tmp_path / "one.html").read_text(encoding="utf-8")
    assert "One student handed in." in text
    assert "1 of them" not in text


def test_everybody_has_all_points(tmp_path):
    made = ItemAnalysis.fit(table([[4, 2]] * 40, of=[4, 2]))
    found = made.summary()
    assert found["discrimination"].isna().all()
    assert found["upper_lower"].isna().all()
    assert math.isnan(made.alpha[0])
    assert found["low"][0] < 1
    assert all("everybody has all points" in one for one in made.remarks())
    with pytest.raises(InputError):
        made.plot(picture="discrimination")
    assert made.report(tmp_path / "all.html").exists()


@pytest.mark.parametrize("rows", [[], [("a", "q1", None, 4.0), ("b", "q1", None, 4.0)]])
def test_nobody(rows):
    with pytest.raises(InputError):
        ItemAnalysis.fit(pd.DataFrame(rows, columns=["student", "question", "points", "of"]))
    with pytest.raises(InputError):
        ItemAnalysis.of_marked([])


def test_missing_parts_are_no_answer_and_missing_students_are_not_counted():
    frame = table([[4, 2], [2, 1], [0, 0]], of=[4, 2]).drop(index=[3])
    frame.loc[len(frame) + 1] = [3, "q1", None, 4.0]
    frame.loc[len(frame) + 1] = [3, "q2", None, 2.0]
    made = ItemAnalysis.fit(frame)
    assert made.absent == 1
    assert len(made.students) == 3
    second = made.summary().iloc[1]
    assert (second["students"], second["mean"], second["unanswered"]) == (3, pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_what_waits_for_a_person_is_left_out(tmp_path):
    frame = table([[place % 5, place % 3, 1] for place in range(12)], of=[4, 2, 2])
    frame["verdict"] = [{"answer": "words"}] * len(frame)
    frame["state"] = "marked"
    frame.loc[frame["question"] == "q3", "points"] = None
    made = ItemAnalysis.fit(frame)
    assert made.complete.shape == (12, 2)
    last = made.summary().iloc[2]
    assert (last["students"], last["waiting"]) == (0, 12)
    assert math.isnan(last["difficulty"])
    assert "q3: nobody has a mark yet." in made.remarks()
    assert made.report(tmp_path / "waits.html").exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"points": 5.0}, "5 in row 2"),
        ({"points": -1.0}, "points"),
        ({"points": "many"}, "many"),
        ({"of": 9.0}, "9"),
        ({"of": None}, "of"),
        ({"student": 0, "question": "q1"}, "already"),
        ({"question": None}, "question"),
    ],
)
def test_a_table_that_cannot_be_is_refused(change, complaint):
    frame = table([[4, 2], [2, 1]], of=[4, 2]).astype(object)
    for name, value in change.items():
        frame.loc[1, name] = value
    with pytest.raises(InputError, match=complaint):
        ItemAnalysis.fit(frame)


def test_columns_that_lack_are_named():
    with pytest.raises(InputError, match="points"):
        ItemAnalysis.fit(pd.DataFrame({"student": [1], "question": ["q1"]}))
    with pytest.raises(InputError):
        ItemAnalysis.fit([1, 2])


def test_the_frame_is_left_as_it_was_and_rows_come_in_any_order(class_of_60):
    frame = ItemAnalysis.example()
    before = frame.copy(deep=True)
    again = ItemAnalysis.fit(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(again.summary(), class_of_60.summary())
    assert again.alpha == pytest.approx(class_of_60.alpha)


def test_the_question_that_counts_the_wrong_way_is_found(class_of_60):
    said = [one for one in class_of_60.remarks() if one.startswith("q5")]
    assert len(said) == 1
    assert "does the check count the wrong way?" in said[0]
    found = class_of_60.summary().set_index("question")
    assert found.loc["q5", "alpha_without"] > class_of_60.alpha[0]
    assert found.loc["q6", ["students", "waiting"]].tolist() == [48, 12]


def verdicts():
    """Marks with all that can go wrong."""
    named = {"used-churn": {"en": "Churn <b>used</b>.", "zh": "用了<b>流失率</b>。"}}
    other = {"wrong-base": {"en": "Wrong base.", "zh": "分母错了。"}}
    raised = {"kind": "error", "error": "KeyError"}
    return [
        Part("q1", 4, 4, "check", {"misconceptions": named}),
        Part("q1", 1, 4, "check", {"misconceptions": named | other, "failed": raised | {"name": "f"}}),
        Part("q1", 0, 4, "check", {"failed": raised | {"name": "f", "reason": "SECRET"}}),
        Part("q1", 0, 4, "check", {"failed": {"kind": "unanswered"}}),
        Part("q1", 0, 4, "check", {"stopped": "memory"}),
        Part("q1", 2, 4, "check", {"fault": "TypeError: <script>the check's own</script>"}),
    ]


def submissions():
    return [
        Marked("08", token(b"k", str(place)), "en", f"{place}", "f", "e", "c", (part,))
        for place, part in enumerate(verdicts())
    ]


def test_misconceptions_and_failures_are_counted():
    made = ItemAnalysis.of_marked(submissions(), absent=2, titles={"q1": Text(en="One?", zh="一？")})
    assert made.misconceptions()[["misconception", "students"]].values.tolist() == [
        ["used-churn", 2],
        ["wrong-base", 1],
    ]
    assert made.misconceptions()["share"][0] == pytest.approx(2 / 6)
    failures = made.failures()
    assert failures[["kind", "students"]].values.tolist() == [["failed", 2], ["fault", 1], ["stopped", 1]]
    assert "SECRET" not in failures.to_string()
    assert made.summary()["unanswered"][0] == pytest.approx(1 / 6)
    assert made.absent == 2
    assert made.remarks()[0] == "One?: the check itself failed (submissions: 1). Mend it and mark again."


def test_it_reads_a_gradebook(tmp_path, eight):
    worth = {key: one.points for key, one in eight.questions.items()}
    with Gradebook(tmp_path / "book.db") as book:
        people = [str(place) for place in range(8)]
        book.enrol(pd.DataFrame({"student": people, "token": [token(b"k", one) for one in people]}))
        book.activity(eight.name, worth)
        for one in submissions():
            rest = tuple(Part(key, 0.0, of) for key, of in worth.items() if key != "q1")
            book.store(replace(one, activity=eight.name, parts=one.parts + rest), "marker")
        made = ItemAnalysis.of(book, eight)
        marks = ItemAnalysis.fit(book.marks(eight.name))
    assert (len(made.students), made.absent, marks.absent) == (6, 2, 2)
    assert made.title("q1") == "1. How many come again?"
    assert made.questions == marks.questions == tuple(worth)
    assert marks.summary()["difficulty"].tolist() == made.summary()["difficulty"].tolist()
    assert made.summary()["difficulty"][0] == 7 / 24
    text = made.report(tmp_path / "items.html", "zh").read_text(encoding="utf-8")
    assert "练习八" in text


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_is_drawn_and_described(class_of_60, picture, lang):
    words = class_of_60.describe(lang, picture)
    assert words
    ax = class_of_60.plot(Figure().add_subplot(), picture)
    assert ax.get_title("left")
    assert ax.lines or ax.patches
    with pytest.raises(InputError, match="difficulty"):
        class_of_60.plot(picture="everything")


def test_pictures_show_the_numbers(class_of_60):
    found = class_of_60.summary()
    ax = class_of_60.plot(Figure().add_subplot())
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == pytest.approx((100 * found["difficulty"]).tolist())
    bars = class_of_60.plot(Figure().add_subplot(), "totals").patches
    assert sum(bar.get_height() for bar in bars) == len(class_of_60.complete) == 48
    widths = [bar.get_width() for bar in class_of_60.plot(Figure().add_subplot(), "misconceptions").patches]
    assert widths == class_of_60.misconceptions()["students"].tolist()


def test_a_report_stands_alone(class_of_60, tmp_path, lang):
    class_of_60 = ItemAnalysis.fit(ItemAnalysis.example(), name={"en": "Exercise <8>", "zh": "练习<八>"})
    path = class_of_60.report(tmp_path / "items.html", lang)
    text = path.read_text(encoding="utf-8")
    assert f'lang="{ {"en": "en", "zh": "zh-Hans"}[lang] }"' in text
    assert "Exercise &lt;8&gt;" in text or "练习&lt;八&gt;" in text
    plain = re.sub(r"base64,[^\"]+", "", text)
    assert not re.search(r"<script|https?:|url\(|@import|\son\w+=", plain)
    assert text.count("<img ") == text.count("<figcaption>") == 5
    assert not any(str(student) in plain for student in class_of_60.students)
    with pytest.raises(InputError, match=re.escape(str(path))):
        class_of_60.report(path)
    assert path.read_text(encoding="utf-8") == text


def test_markup_in_what_was_found_is_escaped(tmp_path, lang):
    text = ItemAnalysis.of_marked(submissions()).report(tmp_path / "items.html", lang).read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "<script" not in text
    assert "&lt;script&gt;the check" in text


def test_the_chinese_report_has_no_english_but_names(class_of_60, tmp_path):
    text = class_of_60.report(tmp_path / "items.html", "zh").read_text(encoding="utf-8")
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    left = set(re.findall(r"[A-Za-z]{2,}", text))
    assert left <= {"Cronbach", "Ebel", "Frisbie", "Kelley", "ZeroDivisionError", "over"}
    for picture in PICTURES:
        assert not re.search(r"[a-z]{3,}", class_of_60.describe("zh", picture).replace("Cronbach", ""))
    assert set(LANGUAGES) == {"en", "zh"}
