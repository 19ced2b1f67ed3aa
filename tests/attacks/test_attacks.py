"""Every attack earns nothing for wrong answers and harms nothing: host, marker and next student stay whole."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crmlab.marking.ask import checks
from crmlab.marking.judge import Checks, Report, judge
from crmlab.marking.sandbox import Limits, Sandbox

from . import attacks

pytestmark = pytest.mark.usefixtures("bubblewrap")
CHECKS = Path(__file__).parent / "checks.py"
QUESTIONS = Checks(("q1", "q2", "q3"), (checks(CHECKS),), ("a", "total"))
LIMITS = Limits(memory=400 << 20, cpu=10, wall=24.0, cell=2.0, ask=2.0)
CASES = [(group, name) for group, some in attacks.GROUPS.items() for name in some]


@dataclass
class Host:
    """What could be harmed."""

    files: dict[Path, str]
    victim: subprocess.Popen
    server: socket.socket
    abstract: socket.socket


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("course")
    files = {folder / name: f"CANARY {name}" for name in ("gradebook.db", "course.key", "roster.csv", "other.ipynb")}
    for path, text in files.items():
        path.write_text(text)
        path.chmod(0o666)
    folder.chmod(0o777)
    os.environ["CRMLAB_TEST_KEY"] = "CANARY environment"
    victim = subprocess.Popen(["sleep", "600"])
    server, abstract = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    abstract.bind("\0crmlab-attack")
    abstract.listen()
    yield Host(files, victim, server, abstract)
    victim.kill()
    victim.wait()
    server.close()
    abstract.close()
    del os.environ["CRMLAB_TEST_KEY"]


@pytest.fixture(scope="module")
def box(host: Host) -> Iterator[Sandbox]:
    with Sandbox(limits=LIMITS) as sandbox:
        yield sandbox


def cells_of(group: str, name: str, host: Host) -> list[str]:
    cells = attacks.GROUPS[group][name]
    words = {"paths": repr([*map(str, host.files), str(CHECKS)]), "port": str(host.server.getsockname()[1]),
             "pids": repr([host.victim.pid, os.getpid(), os.getppid()])}  # fmt: skip
    for word, text in words.items():
        cells = [cell.replace("{" + word + "}", text) for cell in cells]
    return cells


def marked(box: Sandbox, cells: list[str]) -> Report:
    return judge(box, cells, QUESTIONS)


def total(report: Report) -> float:
    return sum(points(report))


def points(report: Report) -> list[float]:
    return [verdict.points for (verdict,) in report.verdicts.values()]


def put_out(report: Report) -> str:
    return json.dumps(report.cells)


def unharmed(host: Host, box: Sandbox) -> None:
    assert host.victim.poll() is None
    for path, text in host.files.items():
        assert path.read_text() == text
    assert sorted(path.name for path in next(iter(host.files)).parent.iterdir()) == sorted(p.name for p in host.files)
    users = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 7777" not in users
    bystander = marked(box, ["RIGHTOFBYSTANDER = 'CANARY of the bystander'", *attacks.RIGHT])
    assert total(bystander) == 8, bystander


@pytest.mark.parametrize(("group", "name"), CASES, ids=[f"{group}-{name}" for group, name in CASES])
def test_attack(group: str, name: str, host: Host, box: Sandbox) -> None:
    cells = cells_of(group, name, host)
    report = marked(box, [*attacks.WRONG, *cells])
    assert total(report) == 0
    assert report.used["memory"] < LIMITS.memory + (700 << 20)  # the watch looks every 30 ms
    assert report.seconds < LIMITS.wall + 10
    shown = put_out(report)
    assert "LOOT" not in shown, shown
    assert "RECORDED" not in shown.replace('\\"RECORDED\\"', "")
    assert "CANARY" not in shown
    assert len(shown) < 2_000_000
    unharmed(host, box)


@pytest.mark.parametrize("name", [*attacks.ENDINGS, "infinite loop", "8 GB over processes", "fork bomb"])
def test_the_other_questions_keep_their_marks(name: str, box: Sandbox) -> None:
    cells = attacks.ENDINGS.get(name) or attacks.RESOURCES[name]
    report = marked(box, [*cells[:1], *attacks.RIGHT, *cells[:1]])
    assert total(report) == 8, report


def test_an_ask_that_ends_the_process_costs_its_own_question(box: Sandbox) -> None:
    report = marked(box, [*attacks.RIGHT, "def f(x):\n    import os\n    os._exit(0)"])
    assert points(report) == [2, 0, 2]


def test_the_search_of_all_files_comes_to_its_end(host: Host) -> None:
    with Sandbox(limits=replace(LIMITS, cell=60.0, wall=90.0, cpu=60)) as box:
        assert marked(box, cells_of("reading", "reading all files", host)).cells[0]["text"] == "all read\n"


def test_outputs_are_frozen_before_the_first_ask(box: Sandbox) -> None:
    report = marked(box, [attacks.RECORD.replace("return -1", "return x + 1"), "print(seen)"])
    assert points(report)[1] == 4
    assert report.cells[1]["text"] == "[]\n"


@pytest.mark.parametrize(
    "name",
    [
        "8 GB through many memfds", "8 GB of shared maps over processes", "8 GB over processes",
    ],
)  # fmt: skip
def test_the_watchdog_without_the_filter(name: str, host: Host) -> None:
    with Sandbox(limits=replace(LIMITS, seccomp=False, cell=8.0)) as box:
        assert box.guards["calls"] == "not filtered"
        report = marked(box, [*attacks.WRONG, *attacks.RESOURCES[name], "import time; time.sleep(0.2)"])
        assert total(report) == 0
        assert any(cell["stopped"] == "memory" for cell in report.cells), report.cells
        unharmed(host, box)
