"""The command, as a person types it."""

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
from typer.testing import CliRunner

from crmlab.cli.app import TEACH, app
from crmlab.data.tokens import token
from crmlab.language.catalogue import speaking
from crmlab.language.errors import InputError
from crmlab.ledger.book import entries

ROOT = Path(__file__).parent.parent


def crmlab(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess:
    setting = {**os.environ, "CRMLAB_LANG": "en", "COLUMNS": "200", **environment}
    command = [sys.executable, "-m", "crmlab", *arguments]
    return subprocess.run(command, cwd=cwd, env=setting, capture_output=True, text=True, encoding="utf-8")


def typed(*arguments: object) -> tuple[int, str]:
    """What the command ends with and says, in this process; what it can't take as well."""
    with speaking("en"):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if done.exception and not isinstance(done.exception, InputError | SystemExit):
        raise done.exception
    return done.exit_code, done.output + (str(done.exception) if isinstance(done.exception, InputError) else "")


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
    environment = {**os.environ, "CRMLAB_LANG": "en", "COLUMNS": "200"}
    run = [sys.executable, "-c", EVERY_HELP]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    every = list(paths(get_command(app)))
    assert len(every) > 25
    for path in every:
        assert done.stdout.count(f"# {path} # 0".replace("  ", " ")) == 2, path
    for english in ("Usage", "Options", "Arguments", "Commands", "required", "default", "Show this", "For "):
        assert english not in done.stdout, english
    assert done.stdout.count("用法：") == 2 * len(every)
    assert "…" not in done.stdout


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
    done = crmlab(*group, "--lang", "zh")
    assert done.returncode == 0
    assert "用法：" in done.stdout


def test_the_help_is_for_three_people_and_begins_quickly():
    said = crmlab("--help").stdout
    places = [said.index(panel) for panel in ("For learners", "For instructors", "For authors")]
    assert places == sorted(places)
    heavy = "import crmlab.cli, sys; print({'numpy', 'pandas', 'matplotlib', 'sqlalchemy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


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
        ("class-pack complaint-a --roster x --out y --size 7", "equal to 6"),
        ("ratings complaint-a x.csv --use me", "teacher"),
    ],
)
def test_what_is_refused_names_the_remedy(command, words):
    code, said = typed(*command.split())
    assert code in (1, 2)
    assert words in said


@pytest.fixture
def roster(tmp_path):
    made = tmp_path / "class.tokens.csv"
    made.write_text(f"student,name,token\n1,Ann,{token(b'cli', '1')}\n", encoding="utf-8")
    return made


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
        code, said = typed(*command)
        assert code == 0, said
        assert str(home) in said
    assert not (tmp_path / "~").exists()
    assert (home / "out" / "1" / "complaint-b.json").exists()


def test_marking_passes_over_what_is_for_the_other_command(tmp_path, roster):
    work, book = tmp_path / "work", tmp_path / "g"
    work.mkdir()
    (work / "a.play-2.json").write_text("{}", encoding="utf-8")
    plans = ["grade", work, "--exercise", "01-relationship-plan", "--gradebook", book, "--roster", roster]
    code, said = typed(*plans)
    assert code == 1
    assert "There are no submissions" in said
    assert "Role plays passed over, which crmlab scenes mark is for: 1" in said
    (work / "b.ipynb").write_text("{}", encoding="utf-8")
    code, said = typed(*plans)
    assert code == 1
    assert "Role plays passed over, which crmlab scenes mark is for: 1" in said
    assert said.count("Not marked:") == said.count("b.ipynb") == 1
    code, said = typed("scenes", "mark", work, "--gradebook", book)
    assert code == 1
    assert "Notebooks passed over, which crmlab grade is for: 1" in said
    assert said.count("Not marked:") == said.count("a.play-2.json") == 1
    _code, said = typed("marks", "history", "--gradebook", book, "--exercise", "complaint-a")
    assert "The gradebook has no activity 'complaint-a'; it has: 01-relationship-plan." in said


@pytest.mark.parametrize(("code", "word"), [("en", "Copy the course"), ("zh", "把课程复制")])
def test_help_speaks_the_language(code, word):
    assert word in crmlab("--help", CRMLAB_LANG=code).stdout


@pytest.mark.parametrize(("code", "word"), [("en", "can be worked here"), ("zh", "可以学习本课程")])
def test_doctor_finds_this_machine_well(code, word, tmp_path):
    done = crmlab("doctor", "--lang", code, "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "[ OK ]" in done.stdout
    assert word in done.stdout


def test_doctor_fails_where_the_folder_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    done = crmlab("doctor", "--folder", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "[FAIL]" in done.stdout
    assert "→" in done.stdout


def test_lab_refuses_the_checkout_in_one_line():
    done = crmlab("lab", "--folder", str(ROOT / "mine"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "checkout" in done.stderr
    assert not (ROOT / "mine").exists()


def test_an_unknown_language_is_named():
    done = crmlab("doctor", "--lang", "fr")
    assert done.returncode == 2
    assert "fr" in done.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", ["Verdict:", "Contradiction (", "Claims: {}"]), ("zh", ["结论：", "矛盾（", "共 {} 条说法"])],
)
def test_claims_are_printed_with_verdict_and_contradictions(code, words):
    done = crmlab("claims", "--lang", code)
    assert done.returncode == 0, done.stderr
    assert [word for word in words if word.format(len(entries())) not in done.stdout] == []
    assert done.stdout.count(words[0]) == len(entries())


def test_claims_of_a_chapter_a_card_and_what_is_unknown():
    here = [entry for entry in entries().values() if entry["chapter"] == 8]
    assert f"Claims: {len(here)}" in crmlab("claims", "--chapter", "8").stdout
    card = crmlab("claims", "complaint_iceberg").stdout
    assert "Standing: traced" in card
    assert "Contradiction:" in card
    unknown = crmlab("claims", "nine_lives")
    assert unknown.returncode == 1
    assert "'nine_lives'" in unknown.stderr
    assert "Traceback" not in unknown.stderr
