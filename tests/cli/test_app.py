"""The command itself: its help in both languages, what it advises, what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from typer.main import get_command

from crmlab.cli.app import TEACH, app
from crmlab.language.errors import InputError

from ..command import crmlab

ROOT = Path(__file__).parents[2]


def started(*words: str, **environment: str) -> str:
    """What a process of its own prints."""
    setting = {**os.environ, "CRMLAB_LANG": "en", "COLUMNS": "200", **environment}
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=setting, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


EVERY_HELP = """
import sys
sys.argv = ["crmlab", "--lang", "zh"]
from typer.main import get_command
from crmlab.cli import app, main

def walk(command, path):
    yield path
    for name, one in getattr(command, "commands", {}).items():
        yield from walk(one, [*path, name])

for path in walk(get_command(app), []):
    for more in (["--lang", "zh", "--help"], ["--help", "--lang", "zh"]):
        sys.argv = ["crmlab", *path, *more]
        try:
            main()
        except SystemExit as end:
            print("#", *path, "#", end.code)
"""


def paths(command, path=""):
    """Every command and group, as it is typed."""
    yield path
    for name, one in getattr(command, "commands", {}).items():
        yield from paths(one, f"{path} {name}".strip())


def test_every_help_is_chinese_with_lang_before_and_after():
    said = started("-c", EVERY_HELP)
    every = list(paths(get_command(app)))
    assert len(every) > 25
    for path in every:
        assert said.count(f"# {path} # 0".replace("  ", " ")) == 2, path
    for english in ("Usage", "Options", "Arguments", "Commands", "required", "default", "Show this", "For "):
        assert english not in said, english
    assert said.count("用法：") == 2 * len(every)
    assert "…" not in said


def test_every_argument_and_option_says_what_it_is():
    def silent(command, path):
        for one in command.params:
            if not one.help:
                yield f"{path} {one.name}"
        for name, sub in getattr(command, "commands", {}).items():
            yield from silent(sub, f"{path} {name}")

    assert list(silent(get_command(app), "crmlab")) == []


@pytest.mark.parametrize("group", [[], ["marks"]])
def test_a_group_with_nothing_but_a_language_shows_its_help(group):
    assert "用法：" in crmlab(*group, "--lang", "zh")


PANELS = {"en": ["For learners", "For instructors", "For authors"], "zh": ["供学习者使用", "供教师使用", "供作者使用"]}


def test_the_help_is_for_three_people_in_the_language_of_the_machine(lang):
    said = started("-m", "crmlab", "--help", CRMLAB_LANG=lang)
    places = [said.index(panel) for panel in PANELS[lang]]
    assert places == sorted(places)
    assert {"en": "Copy the course", "zh": "把课程复制"}[lang] in said


def test_the_command_begins_quickly():
    heavy = "import crmlab.cli, sys; print({'numpy', 'pandas', 'matplotlib', 'sqlalchemy'} & sys.modules.keys())"
    assert started("-c", heavy) == "set()\n"


def test_what_teachers_are_advised_to_install_is_what_the_advice_installs():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    known = packages_distributions()
    assert {re.match(r"[\w-]+", one)[0] for one in extras["teach"]} == {known[name][0].lower() for name in TEACH}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("feedback complaint-b --gradebook x --folder y", "scenes mark marks it, and --feedback"),
        ("items complaint-b --gradebook x --out y", "is a role play"),
        ("feedback 77 --gradebook x --folder y", "01-relationship-plan"),
        ("feedback 01 --gradebook x --folder y", "01-relationship-plan, 01-rice-merchant: give the whole name"),
        ("scenes sheet keep-first --out x.csv", "is named with its ending"),
    ],
)
def test_what_can_not_be_taken_names_the_remedy(command, words):
    with pytest.raises(InputError, match=re.escape(words)):
        crmlab(*command.split())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("class-pack complaint-a --roster x --out y --size 7", "equal to 6"),
        ("ratings complaint-a x.csv --use me", "teacher"),
        ("doctor --lang fr", "fr"),
    ],
)
def test_what_an_option_does_not_allow_is_named(command, words):
    assert words in crmlab(*command.split(), code=2)


def test_a_tilde_is_home_in_every_command(tmp_path, roster, monkeypatch):
    home = tmp_path / "home"
    (home / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for command in (
        ["scenes", "new", "my-scene", "--folder=~/in"],
        ["scenes", "sheet", "~/in/my-scene.yml", "--out=~/sheet.csv"],
        ["scenes", "compile", "~/sheet.csv", "--out=~/again.yml"],
        ["scenes", "release", "complaint-b", "--roster", roster, "--folder=~/out"],
    ):
        assert str(home) in crmlab(*command)
    assert not (tmp_path / "~").exists()
    assert (home / "out" / "1" / "complaint-b.json").exists()
