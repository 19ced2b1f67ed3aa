"""The parent inside the sandbox: the imports are done once, and each submission is a fork of it.

It never sees a student's work: the way to the judge is handed on to the fork unread. It watches over the fork and all
that the fork starts, and says how each one ended. Runs on Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NEW_MOUNTS, NEW_IPC, NEW_PIDS = 0x20000, 0x8000000, 0x20000000
NO_SUID, NO_DEVICES = 2, 4
POLL = 0.03
_libc = ctypes.CDLL(None, use_errno=True)

# ---- calls of the kernel that marked work never needs, by x86-64 and by arm64 number
REFUSED = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "fanotify_init": (300, 262), "quotactl": (179, 60), "acct": (163, 89), "personality": (135, 92),
}  # fmt: skip
MACHINES = {
    "x86_64": (0xC000003E, 0, {"clone": 56, "clone3": 435, "socket": 41, "mmap": 9, "socketpair": 53}),
    "aarch64": (0xC00000B7, 1, {"clone": 220, "clone3": 435, "socket": 198, "mmap": 222, "socketpair": 199}),
}
NAMESPACES = 0x7E020080
"""The flags of clone for every kind of namespace."""
SHARED_NOBODYS = 0x21
"""MAP_SHARED and MAP_ANONYMOUS together: memory that no process would seem to own."""


def filtering() -> bytes | None:
    """The seccomp filter as the kernel reads it; None on a machine whose numbers are not known here."""
    if platform.machine() not in MACHINES:
        return None
    arch, place, calls = MACHINES[platform.machine()]
    load, equal, any_bit, above, answer = 0x20, 0x15, 0x45, 0x35, 0x06
    allow, kill, eperm, enosys, eacces = 0x7FFF0000, 0x80000000, 0x50001, 0x50026, 0x5000D
    code = [(load, 0, 0, 4), (equal, 1, 0, arch), (answer, 0, 0, kill), (load, 0, 0, 0)]
    code += [(above, 0, 1, 0x40000000), (answer, 0, 0, eperm)]  # numbers of x32
    for numbers in REFUSED.values():
        code += [(equal, 0, 1, numbers[place]), (answer, 0, 0, eperm)]
    code += [(equal, 0, 1, calls["clone3"]), (answer, 0, 0, enosys)]  # its flags cannot be read; libc falls back
    code += [(equal, 0, 4, calls["clone"]), (load, 0, 0, 16), (any_bit, 0, 1, NAMESPACES), (answer, 0, 0, eperm),
             (answer, 0, 0, allow)]  # fmt: skip
    code += [(equal, 0, 5, calls["mmap"]), (load, 0, 0, 16 + 8 * 3), (0x54, 0, 0, SHARED_NOBODYS),
             (equal, 0, 1, SHARED_NOBODYS), (answer, 0, 0, eacces), (answer, 0, 0, allow)]  # fmt: skip
    for call in ("socket", "socketpair"):  # AF_UNIX, AF_INET, AF_INET6; a virtual machine's AF_VSOCK knows no namespace
        code += [(equal, 0, 6, calls[call]), (load, 0, 0, 16), (equal, 3, 0, 1), (equal, 2, 0, 2), (equal, 1, 0, 10),
                 (answer, 0, 0, eacces), (answer, 0, 0, allow)]  # fmt: skip
    code.append((answer, 0, 0, allow))
    return b"".join(struct.pack("<HBBI", *line) for line in code)


def _done(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mounted(kind: str, where: str, options: str) -> None:
    flags = NO_SUID | NO_DEVICES | (8 if kind == "proc" else 0)
    _done(_libc.mount(kind.encode(), where.encode(), kind.encode(), flags, options.encode()), f"mount {where}")


def seal(limits: dict[str, int]) -> None:
    """Called in the fork, before a student's first line: own folders, limits, no rights, no way back.

    Where the students are trusted there are only the limits of one process.
    """
    if limits["sealed"]:
        _done(_libc.unshare(NEW_MOUNTS | NEW_IPC), "unshare")
        _mounted("proc", "/proc", "")
        _mounted("tmpfs", "/tmp", f"size={limits['disk']},nr_inodes=4096,mode=700")  # noqa: S108 (its own)
        _mounted("tmpfs", "/dev/shm", f"size={limits['disk'] // 2},nr_inodes=1024,mode=700")  # noqa: S108
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"] + 4,) * 2)
    os.chdir("/tmp")  # noqa: S108
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("1000")
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        for what, amount in (
            (resource.RLIMIT_AS, size + limits["memory"]), (resource.RLIMIT_MSGQUEUE, 0),
            (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_SIGPENDING, 256),
        ):  # fmt: skip
            resource.setrlimit(what, (amount, amount))
    for what, amount in (
        (resource.RLIMIT_CPU, limits["cpu"]), (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, 128), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (amount, amount))
    if not limits["sealed"]:
        return
    _done(_libc.prctl(38, 1, 0, 0, 0), "no new privileges")
    _done(_libc.prctl(47, 4, 0, 0, 0), "ambient capabilities")
    _done(_libc.capset(struct.pack("<Ii", 0x20080522, 0), bytes(24)), "capabilities")
    if limits["seccomp"] and (code := filtering()) is not None:
        lines = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(lines))
        _done(_libc.prctl(22, 2, ctypes.create_string_buffer(program, len(program)), 0, 0), "seccomp")


class Watch:
    """One submission's processes, its child first, and what they use.

    All processes in this /proc but the nursery and bubblewrap's own are the child's: one submission runs at a time.
    """

    def __init__(self, child: int, limits: dict[str, int], known: set[str]) -> None:
        self.child, self.limits, self.known = child, limits, known
        self.most, self.cpu = 0, 0.0

    def over(self) -> str | None:
        """Which limit the processes are over, if any; without a namespace of their own nobody could say."""
        if not self.limits["sealed"]:
            return None
        room = self.limits["memory"] + self.limits["own"]
        memory = self.sum(exactly=False)
        if memory > room:  # what a fork has in common with its parent was counted for both
            memory = self.sum(exactly=True)
        self.most = max(self.most, memory)
        if memory > room:
            return "memory"
        return "cpu" if self.cpu > self.limits["cpu"] else None

    def sum(self, exactly: bool) -> int:
        """Bytes in use, those of files on disk apart; exactly is slower."""
        memory, ticks, shared = 0, 0, {}
        for process in self.processes():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it may just have ended
                folder = Path("/proc") / process
                status = (folder / "status").read_text()
                memory += sum(_kilobytes(status, name) for name in ("VmPTE", "VmSwap"))
                rollup = (folder / "smaps_rollup").read_text() if exactly else ""
                memory += _kilobytes(rollup, "Pss_Anon") if exactly else _kilobytes(status, "RssAnon")
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))  # its own and those of what it started and waited for
                shared |= _shared(folder)
        self.cpu = max(self.cpu, ticks / os.sysconf("SC_CLK_TCK"))
        return memory + sum(shared.values()) + self.disk()

    def processes(self) -> list[str]:
        return [entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and entry.name not in self.known]

    def disk(self) -> int:
        """What lies in the submission's own /tmp and /dev/shm."""
        total = 0
        for where in ("tmp", "dev/shm"):
            with contextlib.suppress(OSError):
                found = os.statvfs(Path("/proc", str(self.child), "root", where))
                total += (found.f_blocks - found.f_bfree) * found.f_frsize
        return total


def _kilobytes(status: str, name: str) -> int:
    found = status.partition(f"\n{name}:")[2]
    return int(found.split(None, 1)[0]) << 10 if found else 0


def _shared(folder: Path) -> dict[str, int]:
    """Memory that belongs to no file and to no process alone: shared maps, and memfds nobody has mapped."""
    found = {}
    for line in (folder / "maps").read_text().splitlines():
        if "s " in line[:80] and ("/dev/zero" in line or "/memfd:" in line or "/SYSV" in line):
            span, _rights, _offset, device, inode = line.split()[:5]
            low, high = (int(part, 16) for part in span.split("-"))
            found[device + inode] = max(found.get(device + inode, 0), high - low)
    for entry in os.scandir(folder / "fd"):
        with contextlib.suppress(OSError):
            handle = Path(entry.path)
            if str(handle.readlink()).startswith("/memfd:"):
                about = handle.stat()
                found[f"fd{about.st_ino}"] = about.st_blocks * 512
    return found


def serve(control: socket.socket) -> None:
    """Take orders until the other end is closed: start a submission, interrupt it, end it."""
    from crmlab.marking import child

    shell = child.prepared()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _done(_libc.prctl(36, 1, 0, 0, 0), "reaper")
    known = {entry.name for entry in os.scandir("/proc")} if sys.platform == "linux" else set()
    own = _kilobytes(Path("/proc/self/status").read_text(), "RssAnon") if known else 0
    watch: Watch | None = None
    _say(control, {"ready": os.getpid(), "seccomp": filtering() is not None})
    while True:
        readable, _w, _x = select.select([control], [], [], POLL if watch else None)
        if readable:
            data, handles, _flags, _address = socket.recv_fds(control, 4096, 1)
            if not data:
                return
            order = json.loads(data)
            if order["do"] == "start" and watch is None:
                limits = order["limits"] | {"own": own}
                watch = Watch(_born(child, shell, handles[0], limits), limits, known)
                os.close(handles[0])
            elif order["do"] == "interrupt" and watch:
                os.kill(watch.child, signal.SIGINT)
            elif order["do"] == "end":
                said = _ended(watch, _why(watch, order["lost"])) if watch else {"ended": "before"}
                _say(control, said | {"serial": order["serial"]})
                watch = None
        elif watch:
            reason = watch.over()
            if reason or _is_over(watch.child):
                _say(control, _ended(watch, reason or "itself"))
                watch = None


def _born(child: Any, shell: Any, handle: int, limits: dict[str, int]) -> int:
    """The number of the new child. Only forks of who asked for a new namespace are in it: one between, which ends."""
    here, there = os.pipe()
    between = os.fork()
    if between:
        os.close(there)
        os.waitpid(between, 0)
        with os.fdopen(here) as told:
            return int(told.read())
    try:
        if limits["sealed"]:
            _done(_libc.unshare(NEW_PIDS), "unshare")
        if born := os.fork():
            os.write(there, str(born).encode())
            os._exit(0)
        pipe = os.dup2(handle, 9)
        os.setsid()  # a signal to one's own process group would reach the nursery
        os.closerange(3, 9)
        os.closerange(10, 1024)
        seal(limits)
        empty = os.open("/dev/null", os.O_RDONLY)
        with tempfile.TemporaryFile("a+b", buffering=0, dir="/tmp") as below:
            for place, source in enumerate((empty, below.fileno(), below.fileno())):
                os.dup2(source, place)
        child.live(shell, socket.socket(fileno=pipe))
    except BaseException as error:  # read by whoever seeks why it does not start; later it goes nowhere
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def _is_over(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _why(watch: Watch, lost: bool) -> str:
    """Why it is to be ended; where the way to it was ``lost``, it may be about to end itself."""
    if reason := watch.over():
        return reason
    until = time.monotonic() + 0.1 * lost
    while not (over := _is_over(watch.child)) and time.monotonic() < until:
        time.sleep(0.002)
    return "itself" if over else "asked"


def _ended(watch: Watch, reason: str) -> dict[str, Any]:
    """Kill what is left, wait until all of it is gone, and say what it was."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(watch.child, signal.SIGKILL)  # the first process of its namespace: all others go with it
        if not watch.limits["sealed"]:
            os.killpg(watch.child, signal.SIGKILL)
    _pid, status, used = os.wait4(watch.child, 0)
    cpu = max(watch.cpu, used.ru_utime + used.ru_stime)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"ended": reason, "signal": killed, "cpu": round(cpu, 3), "memory": watch.most}


def _say(control: socket.socket, what: dict[str, Any]) -> None:
    control.send(json.dumps(what).encode())


def main() -> None:
    """Start serving on the socket that was handed over as standard input."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    serve(socket.socket(fileno=os.dup(0)))
    sys.exit()
