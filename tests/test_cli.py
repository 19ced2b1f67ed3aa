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


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", ["Verdict:", "Contradiction (", "Claims: 26"]), ("zh", ["结论：", "矛盾（", "共 26 条说法"])],
)
def test_claims_are_printed_with_verdict_and_contradictions(code, words):
    done = crmlab("claims", "--lang", code)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in words)
    assert done.stdout.count(words[0]) == 26


def test_claims_of_a_chapter_a_card_and_what_is_unknown():
    assert "Claims: 13" in crmlab("claims", "--chapter", "8").stdout
    card = crmlab("claims", "complaint_iceberg").stdout
    assert "Standing: traced" in card
    assert "Contradiction:" in card
    unknown = crmlab("claims", "nine_lives")
    assert unknown.returncode == 1
    assert "'nine_lives'" in unknown.stderr
    assert "Traceback" not in unknown.stderr
