"""What this process and all that it starts use: CPU by a control group, which nothing gets out of, and memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NONE = """\
CPU of whole process trees is counted by a control group, because a sandbox's processes are not in getrusage; and none
can be made here: there is no writable cpuacct group (v1) and no writable group of v2. Root may; others may try
    systemd-run --user --scope -p Delegate=yes python -m benchmarks marking"""
GROUPS = Path("/proc/self/cgroup")
MOUNTS = Path("/proc/self/mountinfo")


def _v1(group: Path) -> float:
    return int((group / "cpuacct.usage").read_text()) / 1e9


def _v2(group: Path) -> float:
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6  # usage_usec comes first


def _places() -> Iterator[tuple[Path, Callable[[Path], float]]]:
    """Where a group could be made: below this process's own, or below all of them where its own is not in sight."""
    lines = (line.split(":", 2) for line in (GROUPS.read_text().splitlines() if GROUPS.exists() else ()))
    own = {name: path.lstrip("/") for _number, names, path in lines for name in names.split(",")}
    mounts = [line.split(" - ") for line in (MOUNTS.read_text().splitlines() if MOUNTS.exists() else ())]
    for kind, controller, usage in (("cgroup", "cpuacct", _v1), ("cgroup2", "", _v2)):
        for where, about in mounts:
            system, _source, options = about.split(" ", 2)
            if system == kind and (not controller or controller in options.split(",")):
                mounted = Path(where.split()[4])
                yield mounted / own.get(controller, ""), usage
                yield mounted, usage


def _joined(place: Path) -> Path | None:
    """A new group below ``place`` with this process in it; None where that is not allowed."""
    group = place / f"crmlab-{os.getpid()}"
    with suppress(OSError):
        group.mkdir()
        try:
            (group / "cgroup.procs").write_text(str(os.getpid()))
            return group
        except OSError:
            group.rmdir()
    return None


@contextmanager
def counted() -> Iterator[Callable[[], float]]:
    """Counts CPU seconds of this process and of what it starts, however deep and whoever waits for it.

    For this the process is in a control group of its own; afterwards it is where it was, and the group is gone.
    """
    found = ((place, usage, _joined(place)) for place, usage in _places())
    place, usage, group = next((one for one in found if one[2]), (None, None, None))
    if group is None:
        raise SystemExit(NONE)
    try:
        yield lambda: usage(group)
    finally:
        (place / "cgroup.procs").write_text(str(os.getpid()))
        for _time in range(100):  # until the last that was started has ended
            with suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)


def children(process: int) -> list[int]:
    """The numbers of the processes that ``process`` started."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def below(process: int) -> list[int]:
    """The numbers of all processes that ``process`` started, and those started, and so on."""
    return [one for child in children(process) for one in (child, *below(child))]


def memory(process: int) -> int:
    """Resident bytes of a process, what it shares counted in parts (PSS); 0 where it is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return 0
