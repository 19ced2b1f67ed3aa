"""What every analysis promises, tried on each that the package names."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from fractions import Fraction
from inspect import Parameter, signature

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.experiments.analysis import Analysis, day, needed, numeric
from crmlab.language.catalogue import speaking

KINDS = [getattr(crmlab, name) for name in crmlab.ANALYSES]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def results():
    """Each analysis fitted to its own example once."""
    return {kind: kind.fit(kind.example()) for kind in KINDS}


def test_the_package_names_every_analysis(subclasses):
    assert subclasses(Analysis) <= {kind.__name__ for kind in KINDS}


@each_kind
def test_options_are_named_and_the_result_is_of_its_own_kind(kind):
    fit = signature(kind.fit)
    frame, *options = fit.parameters.values()
    assert frame.name == "frame"
    assert all(option.kind is Parameter.KEYWORD_ONLY and option.default is not Parameter.empty for option in options)
    assert fit.return_annotation == "Self"


@each_kind
def test_an_example_says_where_it_is_from_and_stays_the_same(kind):
    first, second = kind.example(), kind.example()
    pd.testing.assert_frame_equal(first, second)
    assert first.attrs["source"]


@each_kind
def test_the_summary_is_a_table(kind, results):
    summary = results[kind].summary()
    assert isinstance(summary, pd.DataFrame)
    assert len(summary)


@each_kind
def test_the_frame_is_left_as_it_was(kind):
    frame = kind.example()
    before = frame.copy(deep=True)
    kind.fit(frame)
    pd.testing.assert_frame_equal(frame, before)


@each_kind
def test_rows_may_come_in_any_order(kind, results):
    frame = kind.example().sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(kind.fit(frame).summary(), results[kind].summary(), rtol=1e-6)


@each_kind
def test_words_in_both_languages(kind, results):
    said = {code: results[kind].describe(code) for code in ("en", "zh")}
    for words in said.values():
        assert words
        assert not re.search(r"\{\w*\}|\bnan\b", words)
    assert not re.search("[\u4e00-\u9fff]", said["en"])
    assert re.search("[\u4e00-\u9fff]", said["zh"])


@each_kind
def test_the_picture_is_labelled_and_nothing_overlaps(kind, results, lang, axes, readable):
    with speaking(lang):
        assert results[kind].plot(axes) is axes
    assert axes.get_title("left")
    assert axes.get_xlabel() or axes.get_xticklabels()[0].get_text()
    assert axes.get_ylabel() or axes.get_yticklabels()[0].get_text()
    if lang == "zh":
        assert re.search("[\u4e00-\u9fff]", axes.get_title("left"))
    readable(axes)


@each_kind
def test_a_table_it_cannot_work_on_is_refused(kind):
    frame = kind.example()
    for wrong in (None, [1, 2], {"customer": [1]}, frame.iloc[:0], frame.iloc[:, :0]):
        with pytest.raises(crmlab.InputError):
            kind.fit(wrong)


@each_kind
def test_an_empty_cell_in_a_column_it_needs_is_refused(kind):
    frame = kind.example()
    needed = [column for column in frame.columns if refuses(kind, frame.drop(columns=column))]
    assert needed
    for column in needed:
        broken = frame.astype({column: object})
        broken.loc[broken.index[1], column] = None
        assert refuses(kind, broken), column


def refuses(kind: type[Analysis], frame: pd.DataFrame) -> bool:
    """Whether ``fit`` says what is wrong with ``frame``."""
    try:
        kind.fit(frame)
    except crmlab.InputError:
        return True
    return False


@pytest.mark.parametrize(
    "value",
    ["2026-01-10", "2026/1/10", "2026年1月10日", "20260110", "2026-01-10 18:00", "2026-01-10T18:00:00Z",
     datetime.date(2026, 1, 10), pd.Timestamp("2026-01-10 18:00", tz="UTC"), np.datetime64("2026-01-10T18")],
    ids=repr,
)  # fmt: skip
def test_a_day_may_be_written_in_many_ways(value):
    assert day(value) == np.datetime64("2026-01-10")


@pytest.mark.parametrize(
    "value", ["10.1.2026", "2026", "2026-02-30", "2026-01-10 soon", 20260110, True, None, pd.NaT, float("nan"), [1]]
)
def test_what_is_no_day_is_refused(value):
    with speaking("en"), pytest.raises(crmlab.InputError, match="start is"):
        day(value, "start")


@pytest.mark.parametrize("strange", [1j, 10**400, [1], (1, 2), {"a": 1}, True, "5", float("inf")])
def test_what_is_no_number_is_refused(strange):
    frame = pd.DataFrame({"score": pd.Series([1, strange, 2], dtype=object)})
    with speaking("en"), pytest.raises(crmlab.InputError, match="The column score"):
        numeric(needed(frame, ["score"]), "score", 0, 10)


def test_numbers_of_every_kind_are_taken():
    kinds = [1, Decimal("2.5"), Fraction(7, 2)]
    assert numeric(pd.DataFrame({"score": pd.Series(kinds, dtype=object)}), "score").tolist() == [1, 2.5, 3.5]
    with speaking("en"), pytest.raises(crmlab.InputError, match="The column score has"):
        numeric(pd.DataFrame({"score": [1j, 2j]}), "score")


def test_columns_in_levels_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("customer", 1), ("date", 1)]))
    with speaking("en"), pytest.raises(crmlab.InputError, match="several levels"):
        needed(frame, ["customer", "date"])
