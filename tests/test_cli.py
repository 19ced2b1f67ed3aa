"""The command, as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def crmlab(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess:
    setting = {**os.environ, "CRMLAB_LANG": "en", "COLUMNS": "200", **environment}
    command = [sys.executable, "-m", "crmlab", *arguments]
    return subprocess.run(command, cwd=cwd, env=setting, capture_output=True, text=True, encoding="utf-8")


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
