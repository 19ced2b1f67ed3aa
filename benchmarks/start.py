"""First and second start of ``run.py lab`` on a fresh clone, until the server answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.measure import free_port, line

ROOT = Path(__file__).parent.parent


def start(clone: Path, home: Path) -> float:
    """Seconds until JupyterLab answers; it is ended then."""
    port = free_port()
    setting = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    setting.pop("VIRTUAL_ENV", None)
    command = [sys._base_executable, "run.py", "lab", "--no-browser", "--port", str(port)]
    began = time.perf_counter()
    log = (home / "log").open("ab")
    process = subprocess.Popen(command, cwd=clone, env=setting, stdout=log, stderr=log, start_new_session=True)
    try:
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/lab", timeout=5).close()
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
            else:
                break
        else:
            raise SystemExit((home / "log").read_text()[-2000:])
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def main() -> None:
    """Print one first start with pip, one with uv where there is one, and five second starts."""
    for tool in ("pip", "uv"):
        if tool == "uv" and not shutil.which("uv"):
            continue
        path = os.environ["PATH"]
        if tool == "pip" and (uv := shutil.which("uv")):
            os.environ["PATH"] = os.pathsep.join(
                part for part in path.split(os.pathsep) if part != str(Path(uv).parent)
            )
        with tempfile.TemporaryDirectory() as place:
            clone, home = Path(place) / "crmlab", Path(place) / "home"
            home.mkdir()
            subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
            print(line(f"first start with {tool}", [start(clone, home)], "s"))
            print(line("second start", [start(clone, home) for _run in range(5)], "s"))
        os.environ["PATH"] = path
