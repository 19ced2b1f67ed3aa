"""A fork of the nursery with one student's work: runs its cells, says how each ended, then answers.

Nothing here is believed: student code may have changed all of it. What keeps it in is outside, and the judge reads
what it sends as a stranger's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from importlib import import_module
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from crmlab.data import sets
from crmlab.language.catalogue import set_language
from crmlab.marking import codec, draws
from crmlab.marking.ask import Here
from crmlab.marking.plain import Failed

WARM = """
import numpy as np, pandas as pd, matplotlib.pyplot as plt, crmlab, io
_frame = pd.read_csv(io.StringIO("day,who,sum\\n2026-01-02,a,1.5\\n2026-01-03,b,2"), parse_dates=["day"])
_frame.groupby("who")["sum"].agg(["mean", "count"]).merge(_frame, on="who").sort_values("sum")
display(_frame.describe())
_ax = plt.subplots()[1]; _ax.plot([1, 2], label="x"); _ax.legend(); plt.close("all")
"""


class Capped:
    """A text stream that keeps its beginning.

    >>> sink = Capped(3); sink.write("abcd"), sink.text()
    (4, 'abc')
    """

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self, limit: int = codec.OUTPUT) -> None:
        self.left, self.parts = limit, []

    def write(self, text: str) -> int:
        if self.left and text:
            self.parts.append(text[: self.left])
        self.left = max(0, self.left - len(text))
        return len(text)

    def text(self) -> str:
        return "".join(self.parts)

    def flush(self) -> None: ...

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1


class Publisher(DisplayPublisher):
    """Drops what ``display`` shows."""

    def publish(self, *_more: Any, **_named: Any) -> None: ...


class Hook(DisplayHook):
    """Shows nothing of the last line of a cell; ``_`` stands for it all the same."""

    def write_output_prompt(self) -> None: ...

    def compute_format_data(self, _result: Any) -> tuple[dict, dict]:
        return {}, {}

    def finish_displayhook(self) -> None:
        self._is_active = False


class Shell(InteractiveShell):
    """IPython without a front end: what it would show is dropped."""

    displayhook_class, display_pub_class = Type(Hook), Type(Publisher)

    def showtraceback(self, *_more: Any, **_named: Any) -> None: ...

    def showsyntaxerror(self, *_more: Any, **_named: Any) -> None: ...

    def enable_gui(self, gui: str | None = None) -> None: ...

    def ask_exit(self) -> None: ...

    def system(self, command: str) -> None:
        self.system_raw(command)


def prepared() -> Shell:
    """Called once in the nursery, before any student's code: imports and a shell that has already run something."""
    import matplotlib as mpl

    mpl.use("agg")
    import crmlab

    for name in ("matplotlib.pyplot", "scipy.optimize", "scipy.special"):
        import_module(name)
    for name in crmlab.__all__:
        with contextlib.suppress(ImportError):  # a notebook's widgets may be missing
            getattr(crmlab, name)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.update({"colors": "nocolor", "banner1": ""})
    shell = Shell.instance(config=config)
    run(shell, WARM)
    run(shell, "import crmlab\ncrmlab.load('supermarket')\n1/0")
    shell.reset()
    shell.execution_count = 1
    return shell


def run(shell: Shell, source: str) -> dict[str, Any]:
    """Run one cell; what it printed, and how it failed if it did."""
    sink, out, err = Capped(), sys.stdout, sys.stderr
    sys.stdout = sys.stderr = sink
    error = ""
    try:
        done = shell.run_cell(source, store_history=True)
        failed = done.error_before_exec or done.error_in_exec
        error = _named(failed) if failed is not None else ""
    except BaseException as failed:  # KeyboardInterrupt between two lines of IPython, RecursionError, ...
        error = _named(failed)
    finally:
        sys.stdout, sys.stderr = out, err
    if "matplotlib.pyplot" in sys.modules:
        with contextlib.suppress(Exception):
            sys.modules["matplotlib.pyplot"].close("all")
    return {"text": sink.text(), "error": error}


def _named(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:500]
    except Exception:
        return type(error).__name__[:500]


def live(shell: Shell, pipe: socket.socket) -> None:
    """The whole life of the fork; ``pipe`` leads to the judge."""
    os.environ.update(HOME="/tmp", TMPDIR="/tmp", MPLCONFIGDIR="/tmp/.mpl", IPYTHONDIR="/tmp/.ipython")  # noqa: S108
    sys.stdout = sys.stderr = Capped()
    order, me = codec.receive(pipe), os.getpid()
    set_language(order["language"])
    if order["draw"]:
        sets.given(draws.heard(*order["draw"]))
    for place, source in enumerate(order["cells"]):
        if place in order["skip"]:
            continue
        signal.signal(signal.SIGINT, signal.default_int_handler)
        outcome = run(shell, source)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for a cell
        if os.getpid() != me:  # a fork that the cell left running
            os._exit(0)
        if me == 1 and outcome["error"].startswith("KeyboardInterrupt"):
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)  # and what it started
        outcome["text"] += _below()
        codec.send(pipe, {"cell": place, **outcome})
    codec.send(pipe, {"frozen": True})
    while True:
        order = codec.receive(pipe)
        try:
            answer = codec.pack(_answer(shell, order))
        except codec.NotPlain:
            answer = codec.pack({"failed": "refused", "error": ""})
        except BaseException as error:  # SystemExit, RecursionError, what a student's object raises when looked at
            answer = codec.pack({"failed": "error", "error": type(error).__name__})
        pipe.sendall(answer)


def _below() -> str:
    """What was written past Python to the process's own output."""
    try:
        size = os.fstat(1).st_size
        text = os.pread(1, codec.OUTPUT, 0).decode("utf-8", "replace") if size else ""
        os.ftruncate(1, 0)
    except OSError:
        return ""
    return text


def _answer(shell: Shell, order: dict[str, Any]) -> dict[str, Any]:
    """What the learner's own kernel would answer: the other end of the protocol is the same."""
    here = Here("", shell.user_ns, dict)
    try:
        if order["do"] == "call":
            return {"value": here.call(order["name"], *order["args"])}
        return {"value": here.value(order["name"])}
    except Failed as failed:
        return {"failed": failed.kind, "error": failed.error}
