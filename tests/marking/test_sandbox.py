"""What the sandbox says of itself, and what it does where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crmlab.data.sets import load
from crmlab.data.tokens import token
from crmlab.language.text import Text
from crmlab.marking import sandbox
from crmlab.marking.ask import Ask, Here, asked
from crmlab.marking.judge import Checks, answer, judge, judged
from crmlab.marking.plain import Failed, Table
from crmlab.marking.sandbox import Limits, Sandbox, Unsealed

needs_bwrap = pytest.mark.usefixtures("bubblewrap")
WHY = Text(en="one", zh="一")


def q1(ask):
    ask.give(1, 1, WHY)
    ask.misconception("used-churn", WHY)
    ask.hint(1, WHY)
    ask.give(ask.value("a") == 1, 1, WHY)


def q2(ask):
    ask.give(ask.call("f", [1, 2], 3) == [4, 5], 1, WHY)
    ask.give(ask.value("mine") == int(ask.data["households"]["people"].sum()), 1, WHY)


def q3(ask):
    ask.give(float("nan"), 1, WHY)


def q4(ask):
    ask.give(2 * (ask.value("picture")["lines"][0]["y"] == [1, 4]), 2, WHY)


def q5(ask):
    ask.give(ask.call("rows", Table({"n": [1, 2]})) == 2, 1, WHY)


CHECKS = Checks(("q1", "q2", "q3", "q4", "q5"), ({"q1": q1, "q2": q2, "q3": q3, "q4": q4, "q5": q5},), ("a", "picture"))
CELLS = ["a = 1", "def f(xs, by): return [x + by for x in xs]",
         "import matplotlib.pyplot as plt, crmlab\nfig, ax = plt.subplots()\nax.plot([1, 2], [1, 4])\n"
         "picture = crmlab.drawn(ax)", "def rows(frame): return len(frame.drop(columns='n'))",
         f"mine = int(crmlab.load('village', student='{token(b'judge', '1')}')['households']['people'].sum())",
         ]  # fmt: skip


@pytest.mark.parametrize("trust", [False, True])
def test_a_submission_is_judged(trust: bool, request: pytest.FixtureRequest) -> None:
    trust or request.getfixturevalue("bubblewrap")
    with Sandbox(trust=trust) as box:
        report = judge(box, CELLS, CHECKS, load("village", student=token(b"judge", "1")), "zh")
        verdicts = {question: verdict for question, (verdict,) in report.verdicts.items()}
        assert [verdict.points for verdict in verdicts.values()] == [2, 2, 0, 2, 1]
        assert verdicts["q1"].given[0].because == WHY
        assert verdicts["q1"].hints == {1: WHY}
        assert verdicts["q1"].misconceptions == {"used-churn": WHY}
        assert verdicts["q3"].broken.startswith("ValueError")
        assert report.guards["sandbox"] == ("none: the students are trusted" if trust else "bubblewrap")


@needs_bwrap
def test_cells_speak_magics_and_async_and_what_they_show_is_dropped() -> None:
    cells = ["%matplotlib inline",
             "import pandas as pd\npd.DataFrame({'x': [1]})", "assert list(_.columns) == ['x']\ndisplay(_)",
             "await __import__('asyncio').sleep(0)", "!echo below", "input()", "1/0", "=", "%nothing",
             "%%time\nprint('timed')"]  # fmt: skip
    with Sandbox() as box:
        outcomes = judge(box, cells, Checks((), ())).cells
    kinds = ["", "", "", "", "", "EOFError", "ZeroDivisionError", "SyntaxError", "UsageError", ""]
    assert [outcome["error"].partition(":")[0] for outcome in outcomes] == kinds
    assert [outcome["text"] for outcome in outcomes[:5]] == ["", "", "", "", "below\n"]
    assert "timed" in outcomes[-1]["text"]
    assert not any(outcome["stopped"] for outcome in outcomes)


def test_without_bubblewrap_it_refuses_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda _name: None)
    with pytest.raises(Unsealed, match="bubblewrap"):
        Sandbox().__enter__()


@needs_bwrap
def test_where_it_does_not_start_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_bwrap", lambda bwrap, binds: [bwrap, "--no-such-option"])
    with pytest.raises(Unsealed, match="no-such-option"):
        Sandbox().__enter__()


@needs_bwrap
def test_a_lost_nursery_is_started_again() -> None:
    with Sandbox() as box:
        box._process.kill()
        box._process.wait()
        assert judge(box, CELLS[:1], CHECKS).verdicts["q1"][0].points == 2


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_a_cgroup_that_was_handed_over_is_used(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = {"v1": "memory.limit_in_bytes", "v2": "memory.max"}[kind]
    make = Path.mkdir

    def mkdir(self: Path, *args: object, **named: object) -> None:
        make(self, *args, **named)
        if kind == "v2":
            (self / name).touch()  # as the kernel does

    monkeypatch.setattr(Path, "mkdir", mkdir)
    group = sandbox._own_group(tmp_path, Limits(memory=1 << 30), 0)
    assert int((group / name).read_text()) >= 1 << 30


def test_a_cgroup_that_lets_nobody_in_leaves_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bubblewrap: None
) -> None:
    (tmp_path / "cgroup.procs").mkdir()  # nobody can write there
    monkeypatch.setattr(sandbox, "_own_group", lambda *_about: tmp_path)
    with Sandbox(cgroup=tmp_path) as box:
        assert box.guards["memory"] == "watchdog"


def test_a_folder_that_is_no_cgroup_of_ours_leaves_the_watchdog(tmp_path: Path) -> None:
    assert sandbox._own_group(tmp_path / "none", Limits(), 0) is None


class Said:
    """A far end that answers what it is told to."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), []

    def question(self, name: str) -> None: ...

    def ask(self, order: dict) -> object:
        self.asked.append(order)
        return self.answers.pop(0)


@pytest.mark.parametrize("said", [None, 3, [], {}, {"value": 1, "failed": "x"}, {"failed": 3}, {"points": 9}])
def test_an_answer_that_is_none_is_a_failure(said: object) -> None:
    with pytest.raises(Failed) as failed:
        answer(Said(said), {"do": "value", "name": "a"})
    assert failed.value.kind == "refused"


def test_values_are_fetched_before_the_first_call() -> None:
    def q1(ask: Ask) -> None:
        ask.call("f", 12345)
        ask.give(ask.value("a") == 1, 1, WHY)

    far = Said({"value": 1}, {"value": 0})
    (verdict,) = judged(far, Checks(("q1",), ({"q1": q1},), ("a",)), {})["q1"]
    assert verdict.points == 1
    assert [order["do"] for order in far.asked] == ["value", "call"]


def test_a_students_failure_is_the_same_here_and_there() -> None:
    cells = ["def f(x): return 1 / x", "b = print", "def g(): raise SystemExit"]

    def failures(ask: Ask) -> None:
        said.clear()
        for one in (lambda: ask.call("f", 0), lambda: ask.value("b"), lambda: ask.value("c"), lambda: ask.call("b2")):
            with pytest.raises(Failed) as failed:
                one()
            said.append(f"{failed.value.kind} {failed.value.error}")
        ask.give(0, 1, Text(en="|".join(said), zh="|".join(said)))

    said: list[str] = []
    names: dict[str, object] = {}
    exec("\n".join(cells), names)  # noqa: S102
    asked(failures, Here("q1", names, dict))
    here = "|".join(said)
    with Sandbox(trust=True) as box:
        ((verdict,),) = judge(box, cells, Checks(("q1",), ({"q1": failures},))).verdicts.values()
    assert verdict.given[0].because.en == here


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
@pytest.mark.parametrize(("machine", "known"), [("x86_64", True), ("aarch64", True), ("riscv64", False)])
def test_the_filter_is_well_formed_where_the_machine_is_known(
    machine: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmlab.marking import nursery

    monkeypatch.setattr(nursery.platform, "machine", lambda: machine)
    code = nursery.filtering()
    assert (code is not None) == known
    assert len(code or b"") % 8 == 0
    assert len(code or b"") // 8 < 4096
