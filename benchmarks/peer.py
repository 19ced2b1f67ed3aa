"""Another program beside ours: in an environment of its own, timed by itself, one run for each time it is asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / "build/peers"


class Peer:
    """A process of ``peers/NAME.py`` that runs once for each line it is sent and answers with a line."""

    def __init__(self, python: Path, script: Path, *arguments: str) -> None:
        command = [python, "-W", "ignore", script, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, order: str = "run") -> list[float]:
        """The numbers that it answers with; the first is the seconds of the run."""
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended with status {self.process.wait()}")
        return [float(part) for part in answer.split()]

    def seconds(self) -> float:
        """Wall seconds of one run."""
        return self.run()[0]


@contextmanager
def peer(name: str, *requirements: str, arguments: tuple[Any, ...] = ()) -> Iterator[Peer]:
    """The peer ``name``, its ``requirements`` installed by uv in an environment that is kept for the next time."""
    place = ENVIRONMENTS / name
    python = place / "bin/python"
    marker = place / "requirements"
    if not marker.exists() or marker.read_text() != "\n".join(requirements):
        subprocess.run(["uv", "venv", "-q", "--clear", "--python", sys._base_executable, place], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, *requirements], check=True)
        marker.write_text("\n".join(requirements))
    found = Peer(python, HERE / "peers" / f"{name}.py", *map(str, arguments))
    try:
        yield found
    finally:
        found.process.stdin.close()
        found.process.wait()
