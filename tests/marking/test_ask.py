"""Plain data, and the learner's end of the protocol."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.language.text import Text
from crmlab.marking.answers import listed, near, real, rows
from crmlab.marking.ask import Here, asked
from crmlab.marking.check import check
from crmlab.marking.drawn import drawn
from crmlab.marking.plain import Failed, Table, plain

WHY = Text(en="why", zh="为什么")


class Sly(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def test_plain_keeps_what_is_plain():
    value = [None, True, 3, 0.5, "text", {"a": [1, 2]}]
    assert plain(value) == value
    assert np.isnan(plain(float("nan")))


def test_plain_copies():
    numbers = np.arange(3)
    made = plain(numbers)
    numbers[0] = 9
    assert made.tolist() == [0, 1, 2]


def test_plain_takes_pandas_apart():
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "kind": pd.Categorical(["a", None])})
    frame["yes"], frame["day"] = pd.array([True, None], dtype="boolean"), pd.to_datetime(["2025-01-01", "2025-01-02"])
    made = plain(frame.set_index("kind"))
    assert made.index == {"kind": ["a", None]}
    assert made.columns["n"][0] == 1
    assert np.isnan(made.columns["n"][1])
    assert made.columns["yes"] == [True, None]
    assert made.columns["day"].dtype == np.dtype("datetime64[s]")


@pytest.mark.parametrize("value", [print, Sly(1), object(), 1j, 10**400, "x" * 100_001, list(range(200_001)), [Sly(2)]])
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(Failed) as failed:
        plain(value)
    assert failed.value.kind == "refused"


def test_a_list_within_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(Failed):
        plain(value)


@given(some.recursive(
    some.none() | some.booleans() | some.integers(-(2**80), 2**80) | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=5), inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_plain_data_stays_as_it_is(value):
    assert plain(value) == value


def test_numbers_lists_and_rows_are_found_in_many_dresses():
    assert real(plain(pd.Series([0.5]))) == real(plain(np.float64(0.5))) == real(plain([0.5])) == 0.5
    assert (
        listed(plain(pd.Index([3, 1]))) == listed(plain((3, 1))) == listed(plain(pd.Series([3, 1], [7, 8]))) == [3, 1]
    )
    wanted = {"a": {"n": 1.0}, "b": {"n": 2.0}}
    frame = pd.DataFrame({"shop": pd.Categorical(["a", "b"]), "n": [1, 2]})
    for made in (frame, frame.set_index("shop"), frame.to_dict("list"), frame.set_index("shop").rename_axis(None)):
        assert rows(plain(made), "shop", ["n"]) == wanted
    assert rows(Table({"shop": ["a", "a"], "n": [1, 2]}), "shop", ["n"]) is None
    assert not near(float("inf"), 1, 1)


def test_what_fails_comes_back_as_a_plain_sentence():
    def broken(_value):
        raise KeyError("till")

    def unwritten():
        raise NotImplementedError("q1")

    ask = Here("q1", {"broken": broken, "unwritten": unwritten, "text": "text"}, dict)
    for call, kind in (
        (lambda: ask.call("broken", 1), "error"),
        (lambda: ask.call("unwritten"), "unanswered"),
        (lambda: ask.call("text"), "refused"),
        (lambda: ask.value("nothing"), "missing"),
    ):
        with pytest.raises(ask.Failed) as failed:
            call()
        assert failed.value.kind == kind
        assert str(failed.value)


def test_a_function_cannot_change_what_it_is_asked_with():
    ask, numbers = Here("q1", {"clear": lambda numbers: numbers.clear()}, dict), [1, 2]
    ask.call("clear", numbers)
    assert numbers == [1, 2]


def test_a_failure_in_one_part_leaves_the_others():
    def question(ask):
        with ask.part(2):
            ask.give(1, 1, WHY)
            ask.value("missing")
        with ask.part(1):
            ask.give(1, 1, WHY)

    verdict = asked(question, Here("q1", {}, dict))
    assert (verdict.points, verdict.of, verdict.failed.kind) == (2, 3, "missing")


def test_points_stay_within_what_a_part_is_worth():
    ask = Here("q1", {}, dict)
    ask.give(9, 2, WHY)
    ask.give(-1, 2, WHY)
    assert (ask.verdict.points, ask.verdict.of) == (2, 4)
    with pytest.raises(ValueError, match="because"):
        ask.give(1, 1, "why")


def test_a_check_that_breaks_is_not_the_students_fault():
    verdict = asked(lambda ask: 1 / 0, Here("q1", {}, dict))
    assert verdict.failed is None
    assert "ZeroDivisionError" in verdict.broken


def test_check_shows_points_misconception_and_hints(eight, monkeypatch):
    monkeypatch.chdir(eight.visible.parent)
    names = {
        "EXERCISE": eight.name,
        "retention": lambda before, after: 1 - len(set(before) & set(after)) / len(set(before)),
    }
    with speaking("en"):
        text = str(check("q1", names=names))
        assert "0 of 2 points that can be checked here" in text
        assert "You used churn" in text
        assert "hint=1" in text
        assert str(check("q1", 2, names=names)).count("Hint ") == 2
    with speaking("zh"):
        assert "你用了流失率" in check("q1", names=names)._repr_markdown_()


def test_check_explains_itself_where_it_cannot_be_used(eight, monkeypatch):
    monkeypatch.chdir(eight.visible.parent)
    begun = {"EXERCISE": eight.name}
    for names in ({}, {"EXERCISE": "../x"}, {"EXERCISE": "09-nothing"}):
        with pytest.raises(InputError):
            check("q1", names=names)
    for question, hint in (("q77", 0), ("q1", True), ("q1", -1)):
        with pytest.raises(InputError):
            check(question, hint, names=begun)


def test_drawn_reads_lines_and_bars_and_leaves_marks_out():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    axes.plot([1, 2], [3, 4], label="shop")
    axes.axhline(3)
    axes.bar([0, 1], [5, 6])
    made = drawn(axes)
    assert [line["label"] for line in made["lines"]] == ["shop"]
    assert [bar["y"] for bar in made["bars"]] == [5, 6]
    assert plain(made) == made
    with pytest.raises(InputError):
        drawn(Figure())
