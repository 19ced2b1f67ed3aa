"""What every experiment promises, tried on each that the package names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.experiments.base import REPLICATES, Experiment
from crmlab.language.catalogue import LANGUAGES, _, speaking

KINDS = [getattr(crmlab, name) for name in crmlab.EXPERIMENTS]
FIELDS = [(kind, name) for kind in KINDS for name in kind.model_fields]
TOGETHER = {"told_low": ["told_high"], "told_high": ["told_low"]}
"""Fields that must follow when another is moved to an end."""

CHINESE = re.compile("[\u4e00-\u9fff]")

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
each_field = pytest.mark.parametrize(("kind", "name"), FIELDS, ids=[f"{kind.__name__}-{name}" for kind, name in FIELDS])


def ends(kind: type[Experiment], name: str) -> Iterator[Experiment]:
    """The experiment with one field at its slider's ends, then at its bounds."""
    about = kind.model_fields[name].json_schema_extra["crmlab"]
    low = about["low"] + 1e-9 if about["above"] else about["low"]
    for value in dict.fromkeys([*(about["slider"] or ())[:2], low, about["high"]]):
        yield kind(**dict.fromkeys([name, *TOGETHER.get(name, [])], value))


def test_the_package_names_every_experiment(subclasses):
    assert subclasses(Experiment) == {kind.__name__ for kind in KINDS}


@each_field
def test_every_end_of_every_slider_runs(kind, name, axes):
    for experiment in ends(kind, name):
        assert np.isfinite(experiment.expected(experiment.horizon).to_numpy()).all()
        runs = experiment.simulate(12, seed=1, replicates=2)
        assert np.isfinite(runs.to_numpy()).all()
        assert runs["month"].max() == 12
        said = {}
        for code in LANGUAGES:
            said[code] = experiment.describe(code)
            with speaking(code):
                experiment.plot(axes)
            assert not re.search(r"\{\w*\}|\bnan\b", said[code] + axes.get_title("left"))
        assert said["en"] != said["zh"]
        assert not CHINESE.search(said["en"])
        assert not re.search(r"[.;:,] |[a-z]{4,} [a-z]", re.sub(r"log-likelihood|Reichheld|Sasser", "", said["zh"]))
    axes.figure.canvas.draw()


@each_kind
def test_the_explorer_moves_every_slider_to_both_ends(kind):
    explorer = crmlab.explore(kind())
    first = dict(explorer.values)
    for control in explorer.controls:
        name = control["name"]
        for value in (control["low"], control["high"]):
            explorer.change(**{**first, name: value})
            moved = getattr(explorer.experiment, name) == pytest.approx(value / control["scale"])
            if name in TOGETHER:  # one cannot pass the other: then the page says so, and nothing changes
                assert moved != bool(explorer.problem)
            else:
                assert moved
                assert explorer.problem == ""
    explorer.reset()
    assert explorer.experiment == kind()


@each_kind
def test_every_column_has_a_name_in_both_languages(kind):
    means, runs = kind().expected(24), kind().simulate(24, seed=1)
    assert set(means.columns) < set(runs.columns)
    assert set(means.columns) <= set(kind.columns)
    assert len({kind.columns[name] for name in means.columns}) == len(means.columns)
    with speaking("zh"):
        chinese = [_(kind.columns[name]) for name in means.columns]
    assert [name for name in chinese if not CHINESE.search(name)] == [], "no Chinese yet? see crmlab build"
    assert len(set(chinese)) == len(chinese)
    explorer = crmlab.explore(kind())
    explorer.table_open = True
    assert explorer.table["head"] == [kind.columns[name] for name in means.columns]
    assert all(len(row) == len(means.columns) for row in explorer.table["rows"])


@each_field
def test_every_slider_has_a_label_and_a_unit_in_both_languages(kind, name):
    field = kind.model_fields[name]
    for text in {field.title, field.json_schema_extra["crmlab"]["unit"]} - {"share"}:
        with speaking("zh"):
            assert CHINESE.search(_(text)), f"no Chinese for {text!r}: is it marked by mark()?"


@each_kind
def test_the_picture_has_title_and_labels(kind, lang, axes):
    with speaking(lang):
        kind().plot(axes)
    named = [axes.get_title("left"), axes.get_xlabel() or axes.get_xticklabels()[0].get_text()]
    named.append(axes.get_ylabel() or axes.texts[0].get_text())
    assert all(named)
    if lang == "zh":
        assert [text for text in named if not CHINESE.search(text)] == [], (
            "no Chinese yet? crmlab build names what lacks"
        )
        with speaking("zh"):
            units = {_(one.model_fields[name].json_schema_extra["crmlab"]["unit"]) for one, name in FIELDS}
        assert units.isdisjoint(named), "a unit counts (位客户), an axis names (客户数): write another text"


@each_kind
def test_nothing_that_is_written_leaves_the_picture_or_lies_on_other_words(kind, lang, axes, readable):
    with speaking(lang):
        kind().plot(axes)
    readable(axes)


@each_kind
@pytest.mark.parametrize("value", ["3", True, None, [1], float("nan"), float("inf")], ids=repr)
def test_what_is_no_number_is_refused(kind, value):
    for name in kind.model_fields:
        with pytest.raises(crmlab.InputError, match=name):
            kind(**{name: value})


@each_kind
def test_table_and_picture_look_equally_far_ahead(kind):
    experiment = kind()
    pd.testing.assert_frame_equal(experiment.expected(), experiment.expected(kind.horizon))
    pd.testing.assert_frame_equal(experiment.simulate(seed=1), experiment.simulate(kind.horizon, seed=1))
    assert experiment.expected()["month"].max() == kind.horizon
    assert experiment.describe() == experiment.describe(months=kind.horizon)


@each_kind
def test_what_no_verb_can_do_is_refused(kind):
    experiment = kind()
    for months in (-1, 1.5, "12", True, 10**9):
        for verb in (experiment.expected, experiment.simulate):
            with pytest.raises(crmlab.InputError, match="months"):
                verb(months)
        with pytest.raises(crmlab.InputError, match="months"):
            experiment.describe(months=months)
        with pytest.raises(crmlab.InputError, match="months"):
            experiment.plot(months=months)
    for replicates in (0, REPLICATES[1] + 1, 2.5, "2", True):
        with pytest.raises(crmlab.InputError, match="replicates"):
            experiment.simulate(12, replicates=replicates)
    with pytest.raises(crmlab.InputError, match="seed"):
        experiment.simulate(12, seed=-1)


@each_kind
@pytest.mark.parametrize("months", [0, 1, 12, 1200])
def test_any_number_of_months_is_looked_ahead(kind, months, axes):
    experiment = kind()
    assert experiment.expected(months)["month"].max() <= months
    assert len(experiment.simulate(months, seed=1, replicates=2)) == 2 * len(experiment.expected(months))
    experiment.plot(axes, months=months)
    axes.figure.canvas.draw()
    assert experiment.describe("zh", months=months)
