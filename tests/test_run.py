"""run.py: what it does with a missing Python, a full disk, a broken network, a half-made environment."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run.py as a module, in a place of its own, doing nothing for real."""
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in (*module.LOCKS["test"], "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    python = tmp_path / ".venv" / "python"
    python.symlink_to(sys.executable)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "ENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", python)
    monkeypatch.setattr(module, "CHINESE", False)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    module.calls, module.ended = [], []
    monkeypatch.setattr(module, "call", lambda *command, quiet=False: pretend(module, list(map(str, command)), quiet))
    module.broken = ()
    monkeypatch.setattr(module.os, "execv", lambda path, arguments: module.ended.append(arguments) or sys.exit(0))
    monkeypatch.setattr(module.os, "chdir", lambda path: None)
    return module


def pretend(run, command: list[str], quiet: bool) -> bool:
    """Note the command down, unless it only asks, and do as if it had gone well; but for those with a broken word."""
    if set(run.broken) & set(command):
        return False
    if not quiet:
        run.calls.append(command)
    run.ENV.mkdir(exist_ok=True)
    return True


def start(run, monkeypatch, *arguments: str) -> str:
    """Run the command; what it ends with."""
    monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
    with pytest.raises(SystemExit) as end:
        run.main()
    return str(end.value.code)


def test_it_stays_small_and_needs_nothing():
    text = (ROOT / "run.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    nodes = list(ast.walk(ast.parse(text)))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_arguments_go_through_and_a_second_start_installs_nothing(run, monkeypatch):
    start(run, monkeypatch, "lab", "--lang", "zh", "--port", "8899")
    first = len(run.calls)
    assert first == 2
    start(run, monkeypatch, "lab", "--lang", "zh", "--port", "8899")
    assert len(run.calls) == first
    assert run.ended[-1][1:] == ["-m", "crmlab", "lab", "--lang", "zh", "--port", "8899"]


def test_tests_need_more_and_then_serve_the_course_too(run, monkeypatch):
    start(run, monkeypatch, "test", "-k", "leaky")
    assert run.ended[-1][1:] == ["-m", "pytest", "-k", "leaky"]
    assert any("requirements-test.lock" in part for part in run.calls[0])
    count = len(run.calls)
    start(run, monkeypatch, "lab")
    assert len(run.calls) == count


def test_teaching_needs_less_than_tests_and_runs_the_command(run, monkeypatch):
    start(run, monkeypatch, "lab")
    start(run, monkeypatch, "teach", "roster", "class.csv")
    assert run.ended[-1][1:] == ["-m", "crmlab", "roster", "class.csv"]
    assert any("requirements-teach.lock" in part for part in run.calls[2])
    count = len(run.calls)
    start(run, monkeypatch, "lab")
    assert len(run.calls) == count


def test_a_changed_lock_renews_the_environment(run, monkeypatch, tmp_path):
    start(run, monkeypatch, "lab")
    (tmp_path / "requirements.lock").write_text("changed")
    count = len(run.calls)
    start(run, monkeypatch, "lab")
    assert len(run.calls) > count


def test_the_index_settings_are_left_alone(run, monkeypatch):
    start(run, monkeypatch, "lab")
    assert not any(part.startswith(("--index", "-i", "--extra-index")) for command in run.calls for part in command)


def test_uv_is_used_where_it_is(run, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: "/somewhere/uv" if name == "uv" else None)
    start(run, monkeypatch, "lab")
    assert all(command[0] == "/somewhere/uv" for command in run.calls)


def test_a_half_made_environment_is_made_anew(run, monkeypatch, tmp_path):
    run.PYTHON.unlink()
    (tmp_path / ".venv" / "rubbish").touch()
    start(run, monkeypatch, "lab")
    assert run.calls[0][1:3] == ["-m", "venv"]
    assert [path.name for path in (tmp_path / ".venv").iterdir()] == ["stamp"]


def test_an_environment_without_pip_gets_one_and_is_kept(run, monkeypatch):
    run.broken = ("--version",)
    start(run, monkeypatch, "lab")
    assert run.calls[0] == [str(run.PYTHON), "-m", "ensurepip"]
    assert run.PYTHON.exists()
    (run.ENV / "stamp").unlink()
    run.broken = ("--version", "ensurepip")
    assert "python3-venv" in start(run, monkeypatch, "lab")
    assert run.PYTHON.exists()


def test_a_new_environment_is_made_by_a_python_outside_it(run, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(run.PYTHON))
    run.PYTHON.unlink()
    start(run, monkeypatch, "lab")
    assert run.calls[0][:3] == [sys._base_executable, "-m", "venv"]


@pytest.mark.parametrize(("chinese", "word"), [(False, "Python 3.11"), (True, "3.11 或更高版本")])
def test_an_old_python_is_told_what_to_do(run, monkeypatch, chinese, word):
    monkeypatch.setattr(run, "CHINESE", chinese)
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    assert word in start(run, monkeypatch, "lab")


def test_a_full_disk_is_told_before_anything_is_done(run, monkeypatch):
    usage = namedtuple("usage", "total used free")(1, 1, 1000)
    monkeypatch.setattr(run.shutil, "disk_usage", lambda path: usage)
    assert "too full" in start(run, monkeypatch, "lab")
    assert run.calls == []


def test_a_broken_network_is_told_and_leaves_no_stamp(run, monkeypatch, tmp_path):
    run.broken = ("install",)
    assert "network" in start(run, monkeypatch, "lab")
    assert not (tmp_path / ".venv" / "stamp").exists()


def test_another_word_is_told_the_usage(run, monkeypatch):
    assert "run.py lab" in start(run, monkeypatch, "play")
