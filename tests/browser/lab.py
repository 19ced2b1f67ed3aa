"""Notebooks that run in JupyterLab in a real browser, and what is looked at in each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from axe_playwright_python.sync_playwright import Axe

from crmlab.lab.launch import settings

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path

    def page(self, path: str) -> str:
        """The address of ``path`` with the token."""
        return f"{self.address}/{path}?token={self.token}"


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


@contextmanager
def run_cells(lab: Lab, browser: object, name: str, code: str, cells: list[str], height: int) -> Iterator[OpenNotebook]:
    """A notebook of these cells, which speak the language ``code``, made in the learner's folder and run."""
    begin = f"import crmlab\ncrmlab.set_language({code!r})"
    made = [nbformat.v4.new_code_cell(cell) for cell in (begin, *cells)]
    path = f"{name}-{code}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": KERNEL}), lab.folder / path)
    with run_all(lab, browser, path, code, height) as notebook:
        yield notebook


def serious(page: object, part: str) -> list[tuple]:
    """What axe finds in a ``part`` of the page that shuts somebody out."""
    found = Axe().run(page, context=part).response["violations"]
    bad = [row for row in found if row["impact"] in ("serious", "critical")]
    return [(row["id"], row["nodes"][0]["html"], row["nodes"][0]["any"]) for row in bad]
