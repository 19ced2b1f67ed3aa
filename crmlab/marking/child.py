"""A fork of the nursery with one student's work: runs its cells, hands over what they put out, then answers.

Nothing here is believed: student code may have changed all of it. What keeps it in is outside, and the judge reads
what it sends as a stranger's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
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

OUTPUT = 100_000
"""How many letters a cell may put out; the rest is dropped and said to be."""
SEEN = ("text/plain", "text/html", "text/markdown")
WARM = """
import numpy as np, pandas as pd, matplotlib.pyplot as plt, crmlab, io
_frame = pd.read_csv(io.StringIO("day,who,sum\\n2026-01-02,a,1.5\\n2026-01-03,b,2"), parse_dates=["day"])
_frame.groupby("who")["sum"].agg(["mean", "count"]).merge(_frame, on="who").sort_values("sum")._repr_html_()
display(_frame.describe())
_ax = plt.subplots()[1]; _ax.plot([1, 2], label="x"); _ax.legend(); plt.close("all")
_frame
"""


class Capped:
    """A text stream that keeps its beginning.

    >>> sink = Capped(3); sink.write("abcd"), sink.text()
    (4, 'abc\\n[...]')
    """

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self, limit: int = OUTPUT) -> None:
        self.left, self.parts, self.cut = limit, [], False

    def write(self, text: str) -> int:
        if self.left and text:
            self.parts.append(text[: self.left])
        self.cut |= len(text) > self.left
        self.left = max(0, self.left - len(text))
        return len(text)

    def text(self) -> str:
        return "".join(self.parts) + "\n[...]" * self.cut

    def flush(self) -> None: ...

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1


class Publisher(DisplayPublisher):
    """Keeps what ``display`` shows."""

    def publish(self, data: dict, *_more: Any, **_named: Any) -> None:
        self.shell.seen.append({kind: data[kind] for kind in SEEN if isinstance(data.get(kind), str)})


class Hook(DisplayHook):
    """Keeps what the last line of a cell shows."""

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, data: dict, _about: Any = None) -> None:
        self.shell.seen.append({kind: data[kind] for kind in SEEN if isinstance(data.get(kind), str)})

    def finish_displayhook(self) -> None:
        self._is_active = False


class Shell(InteractiveShell):
    """IPython without a front end."""

    displayhook_class, display_pub_class = Type(Hook), Type(Publisher)

    def __init__(self, **named: Any) -> None:
        self.seen: list[dict[str, str]] = []
        self.failure = ""
        super().__init__(**named)

    def _showtraceback(self, kind: Any, value: Any, lines: list[str]) -> None:
        self.failure = "\n".join(lines)[-10_000:]

    def enable_gui(self, gui: str | None = None) -> None: ...

    def ask_exit(self) -> None: ...

    def system(self, command: str) -> None:
        self.system_raw(command)


def prepared() -> Shell:
    """Called once in the nursery, before any student's code: imports and a shell that has already run something."""
    import matplotlib as mpl

    mpl.use("agg")
    import crmlab

    for name in ("matplotlib.pyplot", "scipy.optimize", "scipy.special", *sorted(set(crmlab._HOME.values()))):
        with contextlib.suppress(ImportError):  # a notebook's widgets may be missing
            import_module(name)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.update({"colors": "nocolor", "banner1": ""})
    shell = Shell.instance(config=config)
    run(shell, WARM)
    run(shell, "import crmlab\ncrmlab.load('supermarket')\n1/0")
    shell.reset()
    shell.seen, shell.execution_count = [], 1
    return shell


def run(shell: Shell, source: str) -> dict[str, Any]:
    """Run one cell; what it put out, and how it failed if it did."""
    sink, shell.seen, shell.failure, begun = Capped(), [], "", time.monotonic()
    out, err = sys.stdout, sys.stderr
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
    shown, left = [], OUTPUT
    for each in shell.seen[:100]:
        size = sum(map(len, each.values()))
        if size <= left:
            shown.append(each)
            left -= size
    seconds = round(time.monotonic() - begun, 3)
    return {"text": sink.text(), "shown": shown, "error": error, "trace": shell.failure, "seconds": seconds}


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
        except codec.NotPlain as error:
            answer = codec.pack({"failed": "refused", "text": str(error)})
        except BaseException as error:  # SystemExit, RecursionError, what a student's object raises when looked at
            answer = codec.pack({"failed": "error", "text": _named(error)})
        pipe.sendall(answer)


def _below() -> str:
    """What was written past Python to the process's own output."""
    try:
        size = os.fstat(1).st_size
        text = os.pread(1, OUTPUT, 0).decode("utf-8", "replace") if size else ""
        os.ftruncate(1, 0)
    except OSError:
        return ""
    return text + "\n[...]" * (size > OUTPUT)


def _answer(shell: Shell, order: dict[str, Any]) -> dict[str, Any]:
    """What the learner's own kernel would answer: the other end of the protocol is the same."""
    here = Here("", shell.user_ns, dict)
    try:
        if order["do"] == "call":
            return {"value": here.call(order["name"], *order["args"])}
        return {"value": here.value(order["name"])}
    except Failed as failed:
        return {"failed": failed.kind, "text": str(failed)}
