"""The sandbox from outside: bubblewrap around a nursery, one for each worker, and what is asked of it.

Where root starts it, it steps down to a user that nobody else is. What a submission may use is limited by the kernel
(rlimits, sized folders, namespaces, a system call filter); memory over all of its processes by a cgroup where one was
handed to us, and always by the nursery's watch, which reads what they use 30 times a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from crmlab.data.sets import DataSet
from crmlab.language.catalogue import _
from crmlab.language.errors import InputError
from crmlab.marking import codec
from crmlab.marking.draws import told
from crmlab.place import PACKAGE, course

FIRST_USER = 1_900_000_000
"""Far above users and the ranges given to containers; the worker's number is added."""
NOBODY = 65534
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "MPLCONFIGDIR": "/tmp/.mpl",  # noqa: S108
    "IPYTHONDIR": "/tmp/.ipython", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",  # noqa: S108
}  # fmt: skip
INSIDE = Path("/course")
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")


class Unsealed(InputError):  # noqa: N818
    """There is no sandbox here; the message says why."""


class Stopped(Exception):  # noqa: N818
    """The submission's process is gone, or did not answer in time; the message is the reason."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use: bytes, seconds, processes and threads."""

    memory: int = 1 << 30
    disk: int = 64 << 20
    file: int = 32 << 20
    cpu: int = 60
    wall: float = 120.0
    cell: float = 15.0
    ask: float = 10.0
    processes: int = 32
    seccomp: bool = True


@dataclass
class Sandbox:
    """A worker's sandbox, to be used in a ``with``; it marks one submission after another.

    ``trust`` starts the nursery without bubblewrap and hides nothing: for one's own work only. ``cgroup`` is a folder
    of the memory controller (v1 or v2) that was handed to the instructor; no other is touched.
    """

    limits: Limits = field(default_factory=Limits)
    worker: int = 0
    trust: bool = False
    cgroup: Path | None = None
    guards: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Sandbox:
        self._serial, self._process, self._stage, self._group = itertools.count(1), None, None, None
        self._start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def _start(self) -> None:
        place = str(PACKAGE.parent if self.trust else INSIDE)
        start = f"import sys; sys.path.insert(0, {place!r}); from crmlab.marking.nursery import main; main()"
        python = Path(sys.executable)
        line = [str(python if self.trust else _inside(python)), "-I", "-c", start]
        root = os.geteuid() == 0
        step_down = None
        if not self.trust:
            bwrap = shutil.which("bwrap")
            if sys.platform != "linux" or bwrap is None:
                text = _("Student code is only run in a sandbox, and bubblewrap (bwrap) is not installed here.")
                raise Unsealed(text)
            binds = _binds()
            if root:
                self._stage = Path(tempfile.mkdtemp(prefix="crmlab-"))
                self._stage.chmod(0o755)
                step_down = _Down(self._stage, binds, FIRST_USER + self.worker)
                binds = [(self._stage / str(place), where) for place, (_source, where) in enumerate(binds)]
            line = _bwrap(bwrap, binds) + line
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._group = _own_group(self.cgroup, self.limits, self.worker) if self.cgroup else None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by _stop)
        self._process = subprocess.Popen(
            line, stdin=theirs, stdout=subprocess.DEVNULL, stderr=self._errors, close_fds=True, cwd="/",
            env=ENVIRONMENT, preexec_fn=lambda: _before(self._group, step_down), start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._control.settimeout(60)
        try:
            said = json.loads(self._control.recv(4096) or b"{}")
        except OSError:
            said = {}
        if "ready" not in said:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._errors.seek(0)
            why = self._errors.read()[-500:].decode("utf-8", "replace").strip()
            self._stop()
            raise Unsealed(_("The sandbox does not start here: {reason}").format(reason=why))
        if self._group and not _joined(self._group):
            self._group = None  # the watchdog alone remains
        self.guards = {
            "sandbox": "none: the students are trusted" if self.trust else "bubblewrap",
            "user": str(FIRST_USER + self.worker) if root and not self.trust else str(os.geteuid()),
            "memory": ("cgroup and watchdog" if self._group else "watchdog") if not self.trust else "per process",
            "calls": "seccomp" if said["seccomp"] and self.limits.seccomp and not self.trust else "not filtered",
        }

    def _stop(self) -> None:
        self._control.close()
        self._errors.close()
        if self._process is not None:
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        for folder in (self._stage, self._group):
            if folder is not None:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def start(self) -> socket.socket:
        """Fork a child for a submission; the way to it."""
        ours, theirs = socket.socketpair()
        limits = {name: int(getattr(self.limits, name)) for name in
                  ("memory", "disk", "file", "cpu", "processes", "seccomp")}  # fmt: skip
        order = json.dumps({"do": "start", "limits": limits | {"sealed": not self.trust}}).encode()
        try:
            socket.send_fds(self._control, [order], [theirs.fileno()])
        except OSError:  # the nursery itself is gone: a new one
            self._stop()
            self._start()
            socket.send_fds(self._control, [order], [theirs.fileno()])
        theirs.close()
        return ours

    def interrupt(self) -> None:
        """As Ctrl-C in a cell."""
        with contextlib.suppress(OSError):
            self._control.send(b'{"do": "interrupt"}')

    def end(self, lost: bool = False) -> dict[str, Any]:
        """Kill whatever is left of the submission, whose way was ``lost``; how it ended and what it used."""
        report: dict[str, Any] = {"ended": "lost", "signal": 0, "cpu": 0.0, "memory": 0}
        serial = next(self._serial)
        with contextlib.suppress(OSError, ValueError):
            self._control.settimeout(20)
            self._control.send(json.dumps({"do": "end", "serial": serial, "lost": lost}).encode())
            while said := json.loads(self._control.recv(4096) or b"null"):
                report = said if said["ended"] != "before" else report
                if said.get("serial") == serial:
                    break
        return report


class Session:
    """One submission at work: its cells are run and how they ended is frozen, then it is asked.

    ``outcomes`` holds for each cell the ``text`` that it printed, its ``error``, and ``stopped``: why the process ended
    in it.
    A cell that ends the process is left out when the others are run once more.
    """

    def __init__(self, box: Sandbox, cells: list[str], language: str = "en", draw: DataSet | None = None) -> None:
        self.box, self.cells, self.skip = box, cells, set()
        self._about = {"language": language, "draw": [draw.card.name, draw.student, told(draw)] if draw else None}
        self.outcomes: list[dict[str, Any]] = [_outcome("not run") for _cell in cells]
        self.used = {"cpu": 0.0, "memory": 0, "forks": 0}
        self._until = time.monotonic() + box.limits.wall
        self._pipe: socket.socket | None = None
        self._frozen, self._lost_in, self._question = False, None, None
        while not self._run():
            pass
        self._frozen = True

    def _run(self) -> bool:
        """Run the cells; False where one of them ended the process and the rest is to be run without it."""
        self._pipe = self.box.start()
        self.used["forks"] += 1
        place = 0
        try:
            self._send({"cells": self.cells, "skip": sorted(self.skip), **self._about})
            for place in (place for place in range(len(self.cells)) if place not in self.skip):
                said = self._cell()
                if not self._frozen:
                    self.outcomes[place] = _outcome("", said)
            self._receive(self.box.limits.cell)
        except Stopped as stopped:
            if str(stopped) == "lost" and self.used["forks"] < 3:
                return False  # the nursery itself was gone: once more, with a new one
            self.skip.add(place)
            if not self._frozen and self.cells:
                self.outcomes[place] = _outcome(str(stopped))
            return time.monotonic() >= self._until or len(self.skip) >= len(self.cells)
        return True

    def _cell(self) -> Any:
        try:
            return self._receive(self.box.limits.cell, patient=True)
        except TimeoutError:
            self.box.interrupt()
            return self._receive(2.0)

    def question(self, name: str) -> None:
        """From here on the asks belong to this question; one question's crash is not another's."""
        self._question = name

    def ask(self, order: dict[str, Any]) -> Any:
        """The answer to one ask, as a stranger gave it. Raises Stopped."""
        if self._pipe is None:
            if self._lost_in == self._question or time.monotonic() >= self._until:
                raise Stopped("stopped before")
            self._lost_in = self._question
            if not self._run() or self._pipe is None:
                raise Stopped("stopped before")
        try:
            self._send(order)
            return self._receive(self.box.limits.ask)
        except Stopped:
            self._lost_in = self._question
            raise

    def _send(self, what: Any) -> None:
        try:
            self._pipe.settimeout(5)
            codec.send(self._pipe, what)
        except OSError:
            raise Stopped(self._end(lost=True)) from None

    def _receive(self, seconds: float, patient: bool = False) -> Any:
        try:
            return codec.receive(self._pipe, min(time.monotonic() + seconds, self._until))
        except TimeoutError:
            if patient and time.monotonic() < self._until:
                raise
            self._end()
            raise Stopped("time") from None
        except codec.Malformed:
            self._end()
            raise Stopped("garbled") from None
        except EOFError:
            raise Stopped(self._end(lost=True)) from None

    def _end(self, lost: bool = False) -> str:
        report = self.box.end(lost)
        self._pipe.close()
        self._pipe = None
        self.used["cpu"] = round(self.used["cpu"] + report["cpu"], 3)
        self.used["memory"] = max(self.used["memory"], report["memory"])
        if report["ended"] == "itself":
            return f"signal {report['signal']}" if report["signal"] else "exit"
        return report["ended"]

    def close(self) -> None:
        """The submission's processes are killed, and its folders gone with them."""
        if self._pipe is not None:
            self._end()


def _outcome(stopped: str, said: Any = None) -> dict[str, Any]:
    """One cell's outcome with the types it must have, whatever a stranger said."""
    said = said if isinstance(said, dict) else {}
    texts = {name: said[name] if isinstance(said.get(name), str) else "" for name in ("text", "error")}
    return {**{name: text[: codec.OUTPUT] for name, text in texts.items()}, "stopped": stopped}


def _binds() -> list[tuple[Path, Path]]:
    """What the sandbox sees, nothing of it to be written: Python, its packages, crmlab and the course's data."""
    wanted = [*map(Path, SYSTEM), Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parent.parent]
    found: list[tuple[Path, Path]] = []
    seen: list[Path] = []
    for path in wanted:
        if path.exists() and not any(path.is_relative_to(known) for known in seen):
            seen.append(path)
            found.append((path.resolve(), _inside(path)))
    found += [(PACKAGE, INSIDE / PACKAGE.name), (course() / "datasets", INSIDE / "datasets")]
    if (marker := PACKAGE.parent / "pyproject.toml").exists():
        found.append((marker, INSIDE / marker.name))  # by it crmlab knows a checkout
    return found


def _inside(path: Path) -> Path:
    """Where a path of the machine is in the sandbox: the same, but for what lies in /tmp, which is each submission's.

    >>> _inside(Path("/tmp/clone/.venv/bin/python")).as_posix(), _inside(Path("/usr/bin")).as_posix()
    ('/course/tmp/clone/.venv/bin/python', '/usr/bin')
    """
    return INSIDE / path.relative_to("/") if path.is_relative_to("/tmp") else path  # noqa: S108


def _bwrap(bwrap: str, binds: list[tuple[Path, Path]]) -> list[str]:
    knows = subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False).stdout
    line = [
        bwrap, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
        *(["--disable-userns"] if "--disable-userns" in knows else []),  # 0.8 and later; the filter refuses them too
        "--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "marking",
        "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SYS_PTRACE",  # the nursery's, given up in each fork
        "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev",
        *(["--size", str(64 << 20)] if "--size" in knows else []),
        "--tmpfs", "/tmp",  # noqa: S108
    ]  # fmt: skip
    for source, where in binds:
        line += ["--ro-bind", str(source), str(where)]
    return [*line, "--dir", str(INSIDE / "notebooks"), "--remount-ro", "/", "--chdir", "/", "--"]


@dataclass
class _Down:
    """Root's way down: what the sandbox is to see is brought where anybody may look, then root is given up."""

    stage: Path
    binds: list[tuple[Path, Path]]
    user: int

    def __call__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        for result in self._mounted(libc):
            if result != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        os.setgroups([])
        try:
            os.setresgid(self.user, self.user, self.user)
            os.setresuid(self.user, self.user, self.user)
        except OSError:  # a container that has not so many users
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)

    def _mounted(self, libc: ctypes.CDLL) -> Any:
        private, recursive, bind = 1 << 18, 16384, 4096
        yield libc.unshare(0x20000)
        yield libc.mount(b"none", b"/", None, recursive | private, None)
        yield libc.mount(b"tmpfs", bytes(self.stage), b"tmpfs", 0, b"mode=755,size=1m")
        for place, (source, _where) in enumerate(self.binds):
            at = self.stage / str(place)
            at.mkdir() if source.is_dir() else at.touch()
            yield libc.mount(bytes(source), bytes(at), None, bind | recursive, None)


def _own_group(parent: Path, limits: Limits, worker: int) -> Path | None:
    """A cgroup of the worker's own below ``parent``; None where that is not ours to use."""
    room = limits.memory + (512 << 20)  # the nursery's own memory besides
    group = parent / f"crmlab-{os.getpid()}-{worker}"
    try:
        group.mkdir()
        v2 = (group / "memory.max").exists()
        (group / ("memory.max" if v2 else "memory.limit_in_bytes")).write_text(str(room))
        with contextlib.suppress(OSError):  # where there is no swap there is no such file
            (group / ("memory.swap.max" if v2 else "memory.memsw.limit_in_bytes")).write_text("0" if v2 else str(room))
    except OSError:
        with contextlib.suppress(OSError):
            group.rmdir()
        return None
    return group


def _joined(group: Path) -> bool:
    """Whether anybody was let into the cgroup."""
    try:
        return bool((group / "cgroup.procs").read_text().split())
    except OSError:
        return False


def _before(group: Path | None, step_down: _Down | None) -> None:
    """Between fork and exec."""
    if group is not None:
        with contextlib.suppress(OSError):  # the parent looks whether it came in
            (group / "cgroup.procs").write_text(str(os.getpid()))
    if step_down is not None:
        step_down()
