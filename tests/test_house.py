"""The house itself: floors, style, what is locked and what is packed."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from importlinter.cli import lint_imports

import crmlab
from crmlab.data.cards import cards
from crmlab.roleplay import shelf

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-teach.lock", "requirements-test.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_nothing_imports_upward(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=str(tmp_path)) == 0


@pytest.mark.parametrize("what", [["check"], ["format", "--check"]])
def test_the_style_is_kept(what):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *what, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", line)[0].lower() for line in requirements if not line.startswith("crmlab")}


def test_the_locks_hold_what_the_project_names():
    learner, teacher, test = map(locked, LOCKS)
    backend = names(PROJECT["build-system"]["requires"])
    extras = PROJECT["project"]["optional-dependencies"]
    assert names(PROJECT["project"]["dependencies"]) | backend <= learner.keys()
    assert names(extras["teach"]) | backend <= learner.keys() | teacher.keys()
    assert names(extras["author"] + extras["test"]) | backend <= learner.keys() | teacher.keys() | test.keys()
    assert backend <= teacher.keys() & test.keys()
    for one, other in itertools.combinations((learner, teacher, test), 2):
        assert {name: one[name] for name in one.keys() & other.keys()} == {
            name: other[name] for name in one.keys() & other.keys()
        }


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_conda_takes_the_same_steps():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip = environment["dependencies"][0], environment["dependencies"][-1]["pip"]
    assert python == "python " + PROJECT["project"]["requires-python"]
    assert pip == ["--require-hashes", "-r requirements.lock"]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_tables_of_the_front_page_hold_all_that_there_is(page):
    rows = re.findall(r"^\|.*", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    exercises = {path.stem for path in (ROOT / "exercises").glob("[0-9][0-9]-*.md")}
    there = {*crmlab.EXPERIMENTS, *crmlab.ANALYSES, *cards(), *exercises, *shelf.names()}
    assert there - named == set(), "add its row to its table"
    assert named - there == set(), "there is no such thing any more"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel as it would be handed out."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_course_and_no_answers(wheel):
    held = zipfile.ZipFile(wheel).namelist()
    owed = [f"{folder}/{code}/*.ipynb" for folder in ("notebooks", "exercises") for code in ("en", "zh")]
    owed += ["notebooks/*.quiz.yml", "exercises/*_visible.py", "exercises/handout/*", "datasets/*.*"]
    for pattern in owed:
        there = [f"crmlab/_course/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob(pattern)]
        assert there, pattern
        assert set(there) - set(held) == set()
    assert "crmlab/language/locale/zh/LC_MESSAGES/crmlab.mo" in held
    assert "crmlab/language/fonts/crmlab-sans-sc.otf" in held
    assert [
        name
        for name in held
        if re.search(r"instructor|solution|hidden|\.rubric|roleplays|(^|/)tests?/|s/\d\d-[^/]*\.md", name)
    ] == []


def test_the_wheel_works_from_any_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = f"""
import sys; sys.path.insert(0, {str(tmp_path / "site")!r})
import crmlab, crmlab.place
from crmlab.lab.folder import deliver
from pathlib import Path
assert crmlab.__file__.startswith({str(tmp_path)!r}), crmlab.__file__
assert crmlab.place.checkout() is None
crmlab.set_language("zh")
assert crmlab.quiz("losing-customers").items
written = deliver(Path({str(tmp_path / "mine")!r}), "zh").written
assert {{"zh/08-keeping-customers.ipynb", "zh/exercises/08-keeping-customers.ipynb"}} <= set(written), written
assert crmlab.Play("complaint-a").over is False
assert not hasattr(crmlab.Play("complaint-b").scene, "debrief")
half_year = 0.5
EXERCISE = "08-keeping-customers"
assert "q1" in str(crmlab.check("q1"))
assert "客户" in crmlab.LeakyBucket().describe()
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="looks at the files that git holds")
def test_no_machine_and_no_registry_is_named():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    hosts = re.compile("files.python" + "hosted|registry.npm" + r"js|deb\.deb" + "ian|/ro" + "ot/|/ho" + "me/[a-z]")
    named = []
    for name in done.stdout.decode().split("\0"):
        path = ROOT / name
        if (
            name
            and path.is_file()
            and path.suffix not in {".png", ".otf", ".mo", ".xlsx"}
            and hosts.search(path.read_text(encoding="utf-8"))
        ):
            named.append(name)
    assert named == []
