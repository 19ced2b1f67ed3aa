"""What the tests share: one JupyterLab on a learner's folder, one browser, both languages."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import nbformat
import pytest

import crmlab
from crmlab.experiments.base import Experiment
from crmlab.lab.folder import deliver
from crmlab.lab.launch import settings
from crmlab.language.catalogue import LANGUAGES, speaking

# machines are noisy, so no test is timed; the same cases each time, new ones with --hypothesis-profile=explore
hypothesis.settings.register_profile("calm", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("calm")

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "build" / "screenshots"
IN_CI = os.environ.get("CI") == "true"


def missing(part: str) -> None:
    """A part of the system is not there: a failure where CI has to have it, else a skip."""
    text = f"{part} is not installed; see CONTRIBUTING.md"
    pytest.fail(text) if IN_CI else pytest.skip(text)


@pytest.fixture(scope="session")
def bubblewrap() -> None:
    """What student code is run in; for tests that run any."""
    if shutil.which("bwrap") is None:
        missing("bubblewrap")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test begins in English, whatever the machine speaks and an earlier test said."""
    with speaking("en"):
        yield


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return request.param


@dataclass
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path

    def page(self, path: str) -> str:
        """The address of ``path`` with the token."""
        return f"{self.address}/{path}?token={self.token}"


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


READY = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return context?.isReady && context.session?.kernel?.status === 'idle' && !document.querySelector('.jp-Dialog');
}"""
RUN = """async () => {
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
  return window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .flatMap((cell) => cell.outputs ?? [])
    .filter((output) => output.output_type === 'error' || output.name === 'stderr')
    .map((output) => output.text ?? `${output.ename}: ${output.evalue}`);
}"""


@dataclass
class OpenNotebook:
    """A notebook that ran from top to bottom in the browser, and what went wrong on the way."""

    page: object
    lang: str
    errors: list[str]
    foreign: list[str]
    seconds: float

    def keep(self, name: str, part: object = None) -> None:
        """Keep a screenshot of the page, or of a ``part`` of it; playwright makes the folders."""
        (part or self.page).screenshot(path=SCREENSHOTS / f"{name}-{self.lang}.png")


@contextmanager
def run_all(lab: Lab, browser: object, path: str, code: str, height: int = 900) -> Iterator[OpenNotebook]:
    """The notebook at ``path`` in the learner's folder, opened in JupyterLab and run with Run All."""
    settings(lab.folder, code)
    page = browser.new_page(viewport={"width": 1280, "height": height}, locale="zh-CN" if code == "zh" else "en-US")
    foreign: list[str] = []
    page.on("request", lambda ask: None if _own(ask.url, lab) else foreign.append(ask.url))
    page.goto(lab.page(f"lab/tree/{path}") + "&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
    page.wait_for_function(READY, timeout=90_000)
    began = time.perf_counter()
    errors = page.evaluate(RUN)
    page.wait_for_function(READY, timeout=90_000)
    seconds = time.perf_counter() - began
    yield OpenNotebook(page, code, errors, foreign, seconds)
    page.close()


def _own(address: str, lab: Lab) -> bool:
    return address.startswith((lab.address, lab.address.replace("http", "ws", 1), "data:", "blob:"))


CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks/en").glob("*.ipynb"))


@pytest.fixture(scope="session", params=[(chapter, code) for chapter in CHAPTERS for code in LANGUAGES], ids="-".join)
def chapter(request: pytest.FixtureRequest, lab: Lab, browser: object) -> Iterator[OpenNotebook]:
    """Each chapter in each language."""
    name, code = request.param
    with run_all(lab, browser, f"{code}/{name}.ipynb", code) as notebook:
        yield notebook


@pytest.fixture(scope="session", params=LANGUAGES)
def experiments(request: pytest.FixtureRequest, lab: Lab, browser: object) -> Iterator[OpenNotebook]:
    """A notebook with the sliders of every experiment that the package names, in each language."""
    code = request.param
    cells = [f"import crmlab\ncrmlab.set_language({code!r})"]
    kinds = {name: getattr(crmlab, name) for name in crmlab._HOME}
    cells += [f"crmlab.explore(crmlab.{name}())" for name, kind in kinds.items() if _is_experiment(kind)]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.folder / f"experiments-{code}.ipynb")
    with run_all(lab, browser, f"experiments-{code}.ipynb", code, height=1300) as notebook:
        yield notebook


def _is_experiment(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Experiment) and kind is not Experiment
