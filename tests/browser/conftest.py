"""What the browser tests share: one JupyterLab on a learner's folder, and one browser."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmlab.lab.folder import deliver

from ..conftest import missing
from .lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """``crmlab lab`` as a learner starts it, with the course in both languages in its folder."""
    folder = tmp_path_factory.mktemp("learner") / "course"
    deliver(folder, "zh")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    options = ["--lang", "en", "--folder", str(folder), "--no-browser", "--port", str(port), "--ip", "127.0.0.1"]
    options += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    log = folder.parent / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "crmlab", "lab", *options], stdout=output, stderr=output)
        place = Lab(f"http://127.0.0.1:{port}", token, folder)
        try:
            _wait(process, place.page("api/status"), log)
            yield place
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen, address: str, log: Path) -> None:
    for _second in range(120):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """One Chromium, the system's own."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        missing("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
