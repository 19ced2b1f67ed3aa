"""A slider's event to the changed picture, in Chromium on a running JupyterLab; against a new figure each time."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat

from benchmarks.measure import free_port, line, ratio

CELLS = {
    "crmlab.explore": "import crmlab\ncrmlab.explore(crmlab.LeakyBucket())",
    "a new figure each time": """
import crmlab, ipywidgets, matplotlib.pyplot as plt
%matplotlib inline
def show(churn):
    crmlab.LeakyBucket(monthly_churn=churn / 100).plot()
    plt.show()
slider = ipywidgets.FloatSlider(value=5, min=0, max=30, step=0.5)
ipywidgets.interactive(show, churn=slider)
""",
}
READY = """() => { const c = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return c?.isReady && c.session?.kernel?.status === 'idle' && !document.querySelector('.jp-Dialog'); }"""
# one move: the event, then the first frame in which the image is another one, decoded; waiting costs no frames
MOVE = """async (which) => {
  const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[which];
  const image = () => cell.querySelector('.crmlab img') ?? cell.querySelector('.jp-RenderedImage img');
  const before = image().src;
  const range = cell.querySelectorAll('input[type=range]')[1];
  const handle = cell.querySelector('.noUi-handle');
  const changed = new Promise((done, fail) => {
    setTimeout(() => fail(new Error('no new picture')), 5000);
    new MutationObserver((_, watch) => {
      if (image() && image().src !== before) { watch.disconnect(); done(); }
    }).observe(cell, { subtree: true, childList: true, attributes: true, attributeFilter: ['src'] });
  });
  const began = performance.now();
  if (range) { range.stepUp(); range.dispatchEvent(new Event('input', { bubbles: true })); }
  else handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'Right', bubbles: true }));
  await changed;
  await image().decode();
  await new Promise(requestAnimationFrame);
  const taken = performance.now() - began;
  await new Promise((done) => setTimeout(done, 200));
  return taken;
}"""


def main(moves: int = 40) -> None:
    """Print both, in turns within one page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code) for code in CELLS.values()],
            metadata={"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}},
        )
        (Path(folder) / "en").mkdir()
        nbformat.write(book, Path(folder) / "en" / "move.ipynb")
        token = secrets.token_hex(8)
        command = [sys.executable, "-m", "crmlab", "lab", "--lang", "en", "--folder", folder, "--no-browser"]
        command += ["--port", str(port), f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}/{{}}?token={token}"
            while True:
                try:
                    urllib.request.urlopen(address.format("api/status"), timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.5)
            with sync_playwright() as playwright:
                flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
                chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
                page = chromium.new_page(viewport={"width": 1280, "height": 1600})
                page.goto(address.format("lab/tree/en/move.ipynb") + "&reset")
                page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
                page.wait_for_function(READY)
                page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
                page.wait_for_function(READY)
                page.wait_for_selector(".crmlab img")
                page.wait_for_selector(".jp-RenderedImage img")
                page.wait_for_timeout(2000)
                rounds = [[page.evaluate(MOVE, which) for which in (0, 1)] for _move in range(moves + 3)][3:]
                chromium.close()
        finally:
            server.terminate()
            server.wait(30)
    columns = [list(column) for column in zip(*rounds, strict=True)]
    for name, values in zip(CELLS, columns, strict=True):
        print(line(f"slider to picture, {name}", values, "ms"))
    print(f"ratio {ratio(*columns):.2f}")
