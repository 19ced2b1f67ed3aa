"""Feedback: what a student may know and nothing more, in the student's language, from whatever was written."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data.tokens import token
from crmlab.gradebook.book import Gradebook
from crmlab.gradebook.records import Marked, Part
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError
from crmlab.marking import feedback
from crmlab.marking.feedback import failed_words, failure, page, pages, stopped_words

EIGHT = "08-keeping-customers"
TOKEN = token(b"made up", "2026001")
EVIL = "<script>alert('x')</script>&amp;<img src=x onerror=alert(1)>{{ 7 * 7 }}\"'</style></div>"
VOID = {"meta", "img", "br"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "section", "ul", "li", "span",
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "div", "dl", "dt", "dd",
}  # fmt: skip


class Page(HTMLParser):
    """A page's elements, whether they are closed, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data + "\n"

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


def both(en, zh=None):
    return {"en": en, "zh": zh or f"中文：{en}"}


def check(points, of, because, hidden):
    return {"points": points, "of": of, "because": both(because), "hidden": hidden}


def part(question, points, of, *given, **verdict):
    return Part(question, points, of, "check", {"given": list(given), **verdict})


def marked(*parts, **more):
    about = {
        "activity": EIGHT, "token": TOKEN, "language": "en", "content": "3f8a91c07be24d15" + "0" * 48,
        "file": "8.crmlab.json", "edition": "abcd1234", "checks": "c" * 64, "parts": parts,
        "guards": {"sandbox": "bubblewrap", "user": "1900000000", "memory": "watchdog", "calls": "seccomp"},
    }  # fmt: skip
    return Marked(**{**about, **more})


@pytest.fixture(scope="module")
def whole(eight):
    """A mark for every question: full, part, none, failed, stopped, waiting."""
    parts = [
        part("q1", 3.25, 4, check(1, 1, "Two of five came again.", False), check(1, 1, "One customer.", False),
             check(0.25, 1, "SECRET retention for other members is 0.4321", True), check(1, 1, "SECRET two", True),
             misconceptions={"used-churn": both("You used churn.", "你用了流失率。")},
             hints={"1": both("First hint.", "第一条。"), "2": both("Second hint.", "第二条。")}),
        part("q2", 6, 6, check(1, 1, "The table is complete.", False), check(5, 5, "SECRET table", True),
             hints={"1": both("Never shown: all points.")}),
        part("q3", 1, 4, check(1, 2, "A month.", False),
             failed={"kind": "error", "name": "over", "error": "ZeroDivisionError"}),
        part("q4", 0, 5, stopped="time"),
        part("q5", 5 / 3, 5, check(5 / 3, 2, "Axes.", False), fault="NameError: SECRET name in a check"),
        part("q6", 0, 4, failed={"kind": "unanswered"}),
        part("q7", 3, 3, check(1, 1, "A share.", False), check(2, 2, "SECRET seven", True)),
        part("q8", 2, 4, check(1, 1, "Three rows.", False), check(1, 3, "SECRET ladder", True)),
        Part("q9", None, 5, "hand", {"answer": f"Dear Ms Shen, 客户很重要。\n\n{EVIL}"}),
    ]  # fmt: skip
    return marked(*parts, notes=["q4 stands more than once; the last answer counts."])


def words(text):
    return " ".join(unescape(Page(text).text).split())


def test_a_page_stands_alone_and_can_be_read_by_everybody(whole, eight, lang):
    text = page(whole, eight, lang, when=datetime(2026, 11, 22))
    made = Page(text)
    assert made.all("html")[0]["lang"] == {"en": "en", "zh": "zh-Hans"}[lang]
    assert {tag for tag, _attrs in made.elements} <= ALLOWED
    policy = next(one["content"] for one in made.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert any(one.get("name") == "viewport" for one in made.all("meta"))
    assert not re.search(r"https?:|url\(|@import|javascript:", text)
    levels = [int(tag[1]) for tag, _attrs in made.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(one.get("scope") for one in made.all("th"))
    names = [one["id"] for one in made.all("h2")]
    assert len(set(names)) == len(names) == len(eight.questions) + 3
    assert {one["aria-labelledby"] for one in made.all("section")} == set(names)


def test_it_says_what_was_given_and_why(whole, eight):
    said = words(page(whole, eight, when=datetime(2026, 11, 22)))
    assert "16.92 of 40 points so far" in said
    assert "q1 earned 3.25, q2 earned 6, q3 earned 1" in said
    assert "q9 still open; together 16.92." in said
    assert "3.25 of 4 points" in said
    assert "✓ 1 of 1 Two of five came again." in said
    assert "◐ 1 of 2 A month." in said
    assert "Lost in what is checked only when the work is marked: 0.75 of 2 points." in said
    assert "You used churn." in said
    assert "Hint 1 First hint. Hint 2 Second hint." in said
    assert "Never shown" not in said
    assert "3F8A 91C0 7BE2 4D15" in said
    assert "2026-11-22" in said
    assert "in a sandbox (bubblewrap), memory watched, system calls filtered (seccomp)" in said
    assert "q4 stands more than once" in said


def test_failures_are_said_in_plain_words(whole, eight):
    said = words(page(whole, eight))
    assert "over failed: ZeroDivisionError (something was divided by zero)." in said
    assert "This cell ran longer than allowed and was stopped." in said
    assert "A check of this question failed itself, which is not your fault" in said
    assert "This question is not answered" in said
    assert "✗ 0 of 1 This part could not be looked at." in said


def test_nothing_of_a_hidden_check_is_shown(whole, eight, lang):
    text = page(whole, eight, lang)
    assert "SECRET" not in text
    assert "0.4321" not in text


CHECKS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([True, False, None, "missing"])), max_size=6)


@settings(max_examples=60)
@given(questions=st.lists(CHECKS, min_size=1, max_size=4), failed=st.booleans(), lang=st.sampled_from(LANGUAGES))
def test_no_hidden_reason_ever_appears(eight, questions, failed, lang):
    keys, parts, seen = list(eight.questions), [], []
    for place, some in enumerate(questions):
        held = []
        for number, (points, hidden) in enumerate(some):
            because = f"{'VISIBLE' if hidden is False else 'SECRET'}-{place}-{number}"
            one = check(points, 1, because, hidden)
            if hidden == "missing":
                del one["hidden"]
            held.append(one)
            seen += [because] if hidden is False else []
        most = len(some) or 1
        more = {"failed": {"kind": "error", "name": "f", "error": "SECRET"}, "fault": "SECRET"} if failed else {}
        parts.append(part(keys[place], sum(points for points, _hidden in some), most, *held, **more))
    text = page(marked(*parts), eight, lang)
    assert "SECRET" not in text
    assert all(because in text for because in seen)


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ({"kind": "unanswered", "name": "f"}, "This question is not answered, or only in part."),
        ({"kind": "missing", "name": "f"}, "f could not be found or read."),
        ({"kind": "refused", "name": "f"}, "f could not be found or read."),
        ({"kind": "error", "name": "f", "error": "NameError"}, "f failed: NameError (a name was used that"),
        ({"kind": "error", "name": "f", "error": "BlockingIOError"}, "f failed: BlockingIOError (an error of Python)."),
        ({"kind": "error", "name": "f", "error": "SECRET_40"}, "f failed with an error."),
        ({"kind": "lost", "name": "f", "reason": "signal 11"}, "The code, when it was asked, made Python crash;"),
        ({"kind": "lost", "name": "f", "reason": "SECRET"}, "The code, when it was asked, was stopped."),
        ({"kind": "SECRET"}, "The answer failed with an error."),
        ({}, "The answer failed with an error."),
    ],
)
def test_each_kind_of_failure_has_its_words(failed, said):
    assert failed_words(failure({"failed": failed})).startswith(said)


@pytest.mark.parametrize("word", feedback.STOPPED)
def test_whatever_stopped_a_cell_is_told(word, lang):
    with speaking(lang):
        assert stopped_words(word, "It").removeprefix("It")[:12] not in stopped_words("unheard of", "It")


@pytest.mark.parametrize("failed", ["f fails: KeyError", "", None, 3, ["SECRET"]])
def test_what_is_no_failure_is_none(failed, eight):
    assert page(marked(part("q1", 4, 4, failed=failed)), eight) == page(marked(part("q1", 4, 4)), eight)


@pytest.mark.parametrize("where", ["because", "misconceptions", "hints", "answer", "notes", "file", "comment"])
def test_markup_is_escaped_wherever_it_comes_from(eight, lang, where):
    text, plain = both(EVIL, EVIL), {"hidden": False, "points": 0, "of": 1}
    verdict = {"given": [{**plain, "because": text if where == "because" else both("x")}]}
    verdict |= {"misconceptions": {EVIL: text}, "hints": {"1": text, EVIL: text}} if where != "because" else {}
    verdict |= {"failed": dict.fromkeys(("kind", "name", "error", "reason"), EVIL), "stopped": EVIL}
    parts = [part("q1", 0, 4), Part("q9", 1, 5, "hand", {"answer": EVIL, "comment": EVIL}, "Wu")]
    parts[0].verdict.update(verdict)
    made = page(marked(*parts, notes=[EVIL, text], file=EVIL, edition=EVIL), eight, lang)
    assert {tag for tag, _attrs in Page(made).elements} <= ALLOWED
    assert "<script" not in made
    assert "onerror=alert(1)>" not in made
    assert "{{ 7 * 7 }}" in made
    assert not [name for _tag, attrs in Page(made).elements for name in attrs if name.startswith("on")]


def test_a_free_text_waits_or_shows_the_level_that_was_reached(whole, eight):
    waiting = page(whole, eight)
    assert "9. A letter to the manager waits for your instructor: up to 5 points more." in words(waiting)
    assert not any(one.get("class") == "reached" for one in Page(waiting).all("tr"))
    reached = {"situation": 1, "measure": 1, "doubt": 0, "test": 0.5}
    given = [{"criterion": key, "points": points, "of": 1.5, "because": both(key)} for key, points in reached.items()]
    verdict = {**whole.parts[-1].verdict, "given": given, "comment": "Think of selection."}
    done = page(marked(*whole.parts[:-1], Part("q9", 2.5, 5, "hand", verdict, "Wu")), eight)
    rows = re.findall(r'<tr class="reached"><td>(.*?)</td><td>(.*?)</td>', done)
    assert [points for points, _words in rows] == ["✓ 1", "✓ 1", "✓ 0", "✓ 0.5"]
    assert unescape(rows[2][1]) == eight.rubrics["q9"].criteria[2].levels[-1].en
    assert "Think of selection." in words(done)
    assert "waits" not in words(done)


def test_a_mark_set_by_hand_is_said_to_be(eight):
    one = part("q1", 4, 4, check(0, 1, "Not so.", False), check(0, 3, "SECRET", True))
    text = page(marked(Part(one.question, 4, 4, "check", one.verdict, "Wu")), eight)
    assert "Your instructor set this mark by hand." in words(text)
    assert "Lost in what" not in text
    assert "SECRET" not in text


def test_a_question_that_is_not_there_earns_nothing_and_an_unknown_one_is_shown(eight):
    said = words(page(marked(part("q1", 4, 4, check(2, 2, "Fine.", False)), part("q77", 1, 2)), eight))
    assert said.count("Nothing that belongs to this question was found") == 8
    assert "5 of 42 points" in said
    assert "q77" in said
    alone = words(page(marked(part("listen", 18, 20), activity="complaint-b", guards=None), None))
    assert "18 of 20 points" in alone
    assert "listen" in alone


def test_rounding_is_owned_up_to(eight):
    thirds = marked(*[part(f"q{place}", 1 / 3, 4) for place in (1, 3, 6)])
    assert "together 1. Each number is rounded where it is shown" in words(page(thirds, eight))


def test_the_chinese_page_has_no_english_but_names(whole, eight):
    made = page(
        marked(*whole.parts[:-1], Part("q9", None, 5, "hand", {"answer": ""}), language="zh"),
        eight, when=datetime(2026, 11, 22),
    )  # fmt: skip
    known = {"crmlab", "check", "Python", "ZeroDivisionError", "SHA", "bubblewrap", "seccomp", "crmlab.json", "over",
             "retention", "half_year", "by_channel", "overall", EIGHT, "json", "exit"}  # fmt: skip
    left = Page(made).text
    for name in ("3f8a91c07be24d15" + "0" * 48, "3F8A 91C0 7BE2 4D15", TOKEN, EIGHT, "8.crmlab.json", "abcd1234"):
        left = left.replace(name, " ")
    left = re.sub(r"中文：.*", "", left.replace("q4 stands more than once; the last answer counts.", ""))
    words_left = {word for word in re.findall(r"[A-Za-z_]{2,}", left) if not re.fullmatch(r"q\d", word)}
    assert words_left <= known
    assert re.search(r"得 16\.92 分", left) or "目前得 16.92 分" in left


def test_the_language_is_the_students_unless_told_and_comes_back(whole, eight):
    chinese = marked(*whole.parts, language="zh")
    assert '<html lang="zh-Hans">' in page(chinese, eight)
    assert '<html lang="en">' in page(chinese, eight, "en")
    assert '<html lang="en">' in page(marked(*whole.parts, language="xx"), eight)
    with pytest.raises(InputError):
        page(whole, eight, "fr")


@pytest.fixture
def book(tmp_path, whole, eight):
    with Gradebook(tmp_path / "book.db") as made:
        people = ["2026001", "2026002", "2026003"]
        made.enrol(pd.DataFrame({"student": people, "token": [token(b"made up", one) for one in people]}))
        made.activity(EIGHT, {key: one.points for key, one in eight.questions.items()})
        for place, code in enumerate(("en", "zh")):
            mine = marked(*whole.parts, token=token(b"made up", people[place]), language=code)
            made.store(mine, "marker")
        yield made


def test_a_file_a_student_and_a_changed_page_replaces_its_own(book, eight, tmp_path):
    folder = tmp_path / "pages"
    first = pages(book, EIGHT, folder, exercise=eight)
    assert [path.name for path in first] == [f"2026001_{EIGHT}.html", f"2026002_{EIGHT}.html"]
    assert ['lang="en"' in first[0].read_text(encoding="utf-8"), 'lang="zh-Hans"' in first[1].read_text("utf-8")] == [
        True, True,
    ]  # fmt: skip
    assert pages(book, EIGHT, folder, exercise=eight) == []
    book.change(TOKEN, EIGHT, "q1", 4, "Wu", "seen by eye")
    before = first[0].stat().st_ino
    assert pages(book, EIGHT, folder, exercise=eight) == [first[0]]
    assert first[0].stat().st_ino != before
    assert "Your instructor set this mark by hand." in first[0].read_text(encoding="utf-8")
    assert sorted(folder.iterdir()) == sorted(first)
    assert len(pages(book, EIGHT, tmp_path / "all-zh", "zh", eight)) == 2


@pytest.mark.parametrize("content", ["my notes", "", "another's page"])
def test_what_is_not_the_same_students_page_stays(book, eight, tmp_path, content):
    folder = tmp_path / "pages"
    folder.mkdir()
    theirs = folder / f"2026001_{EIGHT}.html"
    if content == "another's page":
        content = page(marked(part("q1", 4, 4), token=token(b"made up", "2026002")), eight)
    theirs.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="2026001"):
        pages(book, EIGHT, folder, exercise=eight)
    assert theirs.read_text(encoding="utf-8") == content
    assert len(list(folder.iterdir())) == 1


def test_two_students_never_share_a_file(book, eight, tmp_path):
    for number in ("a/1", "a:1"):
        made = token(b"made up", number)
        book.enrol(pd.DataFrame({"student": [number], "token": [made]}))
        book.store(marked(*[Part(key, 0.0, one.points) for key, one in eight.questions.items()], token=made), "marker")
    with pytest.raises(InputError):
        pages(book, EIGHT, tmp_path / "pages", exercise=eight)
    assert not (tmp_path / "pages").exists()


def test_who_is_on_no_list_gets_a_page_by_token(book, eight, tmp_path):
    stranger = token(b"made up", "9999")
    book.store(marked(*[Part(key, 0.0, one.points) for key, one in eight.questions.items()], token=stranger), "marker")
    assert f"{stranger}_{EIGHT}.html" in {path.name for path in pages(book, EIGHT, tmp_path / "p", exercise=eight)}


def test_a_folder_that_cannot_be_written_is_said_to_be(book, eight, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="file"):
        pages(book, EIGHT, tmp_path / "file", exercise=eight)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
