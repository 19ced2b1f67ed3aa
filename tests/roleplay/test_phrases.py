"""Listed phrases: what is found, what is passed over and why, and how often it agrees with a person."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError
from crmlab.roleplay import labelled, phrases
from crmlab.roleplay.phrases import KINDS, find, limits, passed_over, plain, shown

HERE = Path(__file__).parent

# (kind, found, labelled, both): what the phrases listed achieve on lines that they were not tuned on
PINNED = {
    ("en", "held"): [(14, 21, 14), (14, 16, 13), (10, 13, 10), (12, 17, 12)],
    ("zh", "held"): [(17, 22, 16), (13, 16, 13), (10, 13, 10), (11, 16, 10)],
    ("en", "scenes"): [(0, 12, 0), (15, 15, 12), (7, 6, 6), (11, 27, 11)],
    ("zh", "scenes"): [(0, 12, 0), (14, 18, 13), (8, 7, 7), (10, 20, 9)],
}


def parts(lang):
    return labelled.read(HERE / f"phrases_{lang}.yml")


def kinds(text):
    return [found.kind for found in find(text)]


@pytest.mark.parametrize(("lang", "part"), PINNED)
def test_precision_and_recall_are_what_is_claimed(lang, part):
    assert [tuple(row) for row in labelled.measured(parts(lang)[part].lines)] == [
        (kind, *counts) for kind, counts in zip(KINDS, PINNED[lang, part], strict=True)
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_labelled_set_is_large_and_half_of_it_is_without_a_label(lang):
    own = [line for name in ("tune", "held") for line in parts(lang)[name].lines]
    assert len(own) >= 200
    assert 0.4 < sum(not line.labels for line in own) / len(own) < 0.6
    assert sum(bool(line.trap) for line in own) >= 60
    every = [line.say for part in parts(lang).values() for line in part.lines]
    assert len(every) == len(set(every))
    for part in parts(lang).values():
        assert {kind for line in part.lines for kind in line.labels} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I'm SORRY about that.", ["apology"]),
        ("I\u2019ll call you back.", ["commitment"]),
        ("抱歉，this is not my department。我今天给您回电话，谢谢您", ["apology", "forbidden", "commitment", "thanks"]),
        ("ＳＯＲＲＹ！", ["apology"]),
        ("对不起谢谢您我们会给您回电话", ["apology", "thanks", "commitment"]),
        ("Sorrythanks, thanksgiving, busybody", []),
        ("I can't thank you enough.", ["thanks"]),
        ("Don't worry, I'll call you tomorrow.", ["commitment"]),
        ("It is not open, but that's impossible to change.", ["forbidden"]),
        ("", []),
        ("\n\t \u200b", []),
    ],
)
def test_phrases_are_found_in_either_language_or_both(text, found):
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("quoting", "You said “it's not my department”, is that right."),
        ("quoting", "He told you 'I can't look that up' and hung up."),
        ("quoting", "You were told it is not my department."),
        ("quoting", "您听到的是“不归我管”这句话。"),
        ("quoting", "他当时说不归我管。"),
        ("negation", "I won't tell you that's the rule."),
        ("negation", "There is no need to say sorry."),
        ("negation", "您千万别不好意思。"),
        ("denial", "我没法保证。"),
        ("past", "上次给您寄的不是这一款"),
        ("question", "Can it be that he is sorry?"),
        ("question", "要我给您寄过去吗"),
        ("excuse", "Sorry, could you say that again."),
        ("excuse", "不好意思，请问您贵姓。"),
        ("hollow", "I'm sorry you feel that way."),
        ("hollow", "We apologise if anyone was hurt."),
        ("hollow", "如果您这样想，那很抱歉。"),
        ("blame", "Sorry, but you never rang."),
        ("blame", "不好意思，可是您自己弄坏的。"),
        ("sympathy", "I'm sorry to hear it."),
        ("other_sense", "Better safe than sorry."),
        ("because_of", "Thanks to the new system it is quick."),
        ("because_of", "感谢信已经收到"),
    ],
)
def test_an_exception_passes_a_phrase_over_and_says_why(rule, text):
    assert phrases._book().exceptions[rule].why in [found.why for found in passed_over(text)]


def test_every_exception_is_tried_here():
    (tried,) = test_an_exception_passes_a_phrase_over_and_says_why.pytestmark
    assert {rule for rule, _text in tried.args[1]} == set(phrases._book().exceptions)


def test_the_phrases_of_the_hotline_case_are_found():
    for text in (
        "Do you know?", "They must have got it wrong, they always do.", "I can't look that up.",
        "I'm not in charge here.", "I'd have to go upstairs and search, it's a lot of trouble.",
        "你知道吗？", "一定是支行做错了，他们经常错。", "我查不到。", "我不是这里负责的。",
        "我还要上楼去找，很麻烦的！",
    ):  # fmt: skip
        assert "forbidden" in kinds(text), text


def test_a_forbidden_phrase_comes_with_a_better_way_in_both_languages():
    for group in phrases._book().kinds["forbidden"].groups.values():
        assert group.better
        assert group.better.en != group.better.zh
    (found,) = find("我查不到。")
    with speaking("zh"):
        assert str(found.better).startswith("先去查")


def test_every_listed_phrase_finds_itself():
    for kind, listed in phrases._book().kinds.items():
        for group in listed.groups.values():
            for phrase in (*group.en, *group.zh):
                text = phrase.replace("…", "")
                while "(" in text:  # the first of each choice
                    text = re.sub(r"\(([^()|]*)(?:\|[^()]*)?\)", r"\1", text)
                seen = [(one.kind, one.words) for one in (*find(text), *passed_over(text))]
                assert kind in [one for one, _words in seen], (phrase, text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "Sorry, it's not my fault.", "对不起，不归我管。", "I'm sorry you feel that way."]
)
def test_every_output_says_that_it_is_a_hint(lang, text):
    with speaking(lang):
        assert limits() in plain(text)
        assert limits() in shown(text).replace("&#x27;", "'")
        assert "mark" in limits() if lang == "en" else "评分" in limits()


class Read(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words, self.inside = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.inside.append("said" if ("class", "said") in attributes else tag)

    def handle_endtag(self, tag):
        assert self.inside.pop() in (tag, "said")

    def handle_data(self, data):
        if self.inside[:1] == ["said"] and "small" not in self.inside:
            self.words.append(data)


SAID = st.lists(
    st.sampled_from(
        ["sorry", " ", "<b>", "&", "\"'", "对不起", "不归我管", "“", "”", "you said ", "，", "?", "\n", "\0"]
    )
    | st.text(max_size=5),
    max_size=12,
).map("".join)


@given(SAID)
def test_any_text_is_shown_whole_and_safely(text):
    hits = [*find(text), *passed_over(text)]
    for hit in hits:
        assert text[hit.start : hit.end] == hit.words != ""
    ends = sorted((hit.start, hit.end) for hit in hits)
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
    page = Read()
    page.feed(shown(text, "en"))
    assert set(page.tags) <= {"p", "mark", "small", "ul", "li"}
    assert page.inside == []
    assert "".join(page.words).replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_what_stands_inside_a_phrase_is_escaped_too():
    text = "给您带来<b>不便"
    assert kinds(text) == ["apology"]
    assert "<b>" not in shown(text)


def test_marks_are_told_apart_without_colour():
    styles = {kind: re.search(r"underline (\w+)", style)[1] for kind, style in phrases.STYLES.items()}
    assert set(styles) == set(KINDS)
    assert len(set(styles.values())) == len(KINDS)
    with speaking("zh"):
        assert "[道歉]" in shown("抱歉")


@pytest.mark.parametrize("text", [None, 7, b"sorry", ["sorry"], "x" * 20_001])
def test_what_is_no_text_or_too_long_is_refused(text, lang):
    with speaking(lang), pytest.raises(InputError):
        find(text)


@pytest.mark.parametrize(
    "text", ["sorry " * 3333, "you said " * 2222, "not " * 5000, "如果，" * 6666, "'" * 20_000, "“" * 20_000]
)
def test_the_longest_text_is_looked_through_at_once(text):
    find(text[:20_000])


@pytest.mark.parametrize(
    "content",
    [
        *("", "- 7", "held: 3", "held: {lines: []}", "\x00", "[" * 2000),
        "held: {about: {en: a, zh: b}, lines: [{say: x, is: [joke]}]}",
    ],
)
def test_a_file_without_labelled_lines_is_refused(content, tmp_path, lang):
    file = tmp_path / "set.yml"
    file.write_text(content, encoding="utf-8")
    with speaking(lang), pytest.raises(InputError, match=r"set\.yml"):
        labelled.read(file)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_shows_every_part_with_its_worth(lang):
    with speaking(lang):
        report = labelled.report(HERE / f"phrases_{lang}.yml")
        for name, part in parts(lang).items():
            assert name in report
            assert str(part.about) in report
        assert limits() in report
