"""Take the pictures of the instructor's page on marking: ``python tools/pictures.py`` (needs Chromium and bubblewrap).

The made-up class of the tests hands in and is marked in a temporary folder; then a real Chromium looks at a student's
notebook, a page of feedback, the item analysis and the sheet for free texts, in both languages. The pictures are
``notebooks/instructor/pictures/LANGUAGE/NAME.png``, with at most 64 colours, because they are part of the project.
"""

from __future__ import annotations

import html
import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from crmlab.lab.launch import settings  # noqa: E402
from crmlab.language.catalogue import LANGUAGES  # noqa: E402
from crmlab.marking.exercise import find, read  # noqa: E402
from crmlab.marking.submit import submit  # noqa: E402
from tests.marking import made_up_class as made_up  # noqa: E402

EIGHT = "08-keeping-customers"
TARGET = ROOT / "notebooks/instructor/pictures"
WRONG = {"en": "2026009", "zh": "2026010"}
"""Two who did the same, in English and in Chinese: they took churn for retention."""
LARGEST = 120_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
READY = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return context?.isReady && context.session?.kernel?.status === 'idle' && !document.querySelector('.jp-Dialog');
}"""
RUN = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
GRID = """<meta charset="utf-8"><style>
body { margin: 0; font: 13px "Noto Sans CJK SC", sans-serif; } table { border-collapse: collapse; table-layout: fixed; }
td, th { border: 1px solid #c8ccd0; padding: 3px 6px; vertical-align: top; overflow: hidden; overflow-wrap: anywhere; }
th { background: #eef0f2; font-weight: 400; color: #444; } tr.head td { background: #e8eef4; font-weight: 600; }
td div { max-height: 5.8em; overflow: hidden; } tr.head td div { max-height: none; } td.given { background: #fff7d6; }
</style>"""


def crmlab(*arguments: object, lang: str = "en") -> None:
    """One command as a person types it; one that says that something could not be marked is right."""
    setting = {**os.environ, "CRMLAB_LANG": lang}
    subprocess.run([sys.executable, "-m", "crmlab", *map(str, arguments)], env=setting, check=False)


def marked_class(top: Path) -> None:
    """A class of sixty that has handed in and was marked."""
    (top / "class.csv").write_text(made_up.class_list(), encoding="utf-8")
    (top / "course.key").write_text(made_up.KEY, encoding="ascii")
    crmlab("roster", top / "class.csv", "--key", top / "course.key")
    for code in LANGUAGES:
        crmlab("release", EIGHT, "--roster", top / "class.tokens.csv", "--folder", top / code, "--lang", code)
    made_up.hand_in(top, read(find(EIGHT)), lambda path, _language: submit(path).path)
    options = ["--exercise", EIGHT, "--gradebook", top / "grades.gradebook", "--roster", top / "class.tokens.csv"]
    crmlab("grade", top / "in", *options)


def marked_texts(sheet: Path) -> str:
    """Mark the free texts in a workbook; its first rows as a spreadsheet shows them when two are marked."""
    workbook, rubric = openpyxl.load_workbook(sheet), read(find(EIGHT)).rubrics["q9"]
    rows = list(workbook.worksheets[1].iter_rows())
    shown = [[str(cell.value or "") for cell in row] for row in rows[:5]]
    for place, row in enumerate(rows[1:], 1):
        given = made_up.marked_by_hand(rubric, row[3].value)
        for cell, points in zip(row[4:8], given, strict=True):
            cell.value = points
        if place < 3:
            shown[place][4:8] = [f"{points:g}" for points in given]
    workbook.save(sheet)
    widths = (150, 170, 85, 315, 105, 105, 105, 105, 120, 140)
    heads = [f'<th style="width:{width}px">{get_column_letter(place)}' for place, width in enumerate(widths, 1)]
    lines = [f'<tr><th style="width:24px">{"".join(heads)}']
    for place, row in enumerate(shown):
        kinds = [" class=given" if place and 4 <= column <= 8 else "" for column in range(len(row))]
        cells = [f"<td{kind}><div>{html.escape(one)}</div>" for kind, one in zip(kinds, row, strict=True)]
        lines.append(f"<tr{'' if place else ' class=head'}><th>{place + 1}{''.join(cells)}")
    return f"{GRID}<table>{''.join(lines)}</table>"


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """JupyterLab on a learner's folder; its address with {} where a path goes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    options = ["--folder", folder, "--no-browser", "--port", port, "--ip", "127.0.0.1"]
    options += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    command = [sys.executable, "-m", "crmlab", "lab", *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _second in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={token}", timeout=5).close()
                break
            except OSError:
                time.sleep(1)
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?token={token}&reset"
    finally:
        process.terminate()
        process.wait(30)


def keep(picture: bytes, code: str, name: str) -> None:
    """Write a picture with few colours."""
    small = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    target = TARGET / code / f"{name}.png"
    if len(small.getvalue()) > LARGEST:
        raise SystemExit(f"{target} would have {len(small.getvalue())} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(small.getvalue())
    print(target.relative_to(ROOT), len(small.getvalue()))


def of_notebook(page: Page, address: str, folder: Path, top: Path, code: str) -> None:
    """A student's notebook with an answer, its check and the first hint."""
    settings(folder, code)
    shutil.copytree(top / code / WRONG[code], folder / WRONG[code])
    path = folder / WRONG[code] / f"{EIGHT}.ipynb"
    path.write_text(path.read_text().replace('crmlab.check(\\"q1\\")', 'crmlab.check(\\"q1\\", hint=1)'))
    page.goto(address.format(f"{WRONG[code]}/{path.name}"))
    page.wait_for_function(READY, timeout=120_000)
    page.evaluate(RUN)
    page.wait_for_function(READY, timeout=120_000)
    cell = page.locator(".jp-Notebook .jp-CodeCell", has_text='check("q1"').last
    cell.evaluate("cell => cell.scrollIntoView({ block: 'end' })")
    page.wait_for_timeout(1500)
    cell.evaluate("cell => cell.scrollIntoView({ block: 'end' })")
    page.wait_for_timeout(500)
    keep(page.screenshot(), code, "notebook")


def of_language(browser: Browser, address: str, top: Path, code: str) -> None:
    """The pictures in one language; the class as it was marked is copied, and its free texts are marked too."""
    book = Path(shutil.copy(top / "grades.gradebook", top / f"{code}.gradebook"))
    sheet, items, drawn = top / f"{code}.xlsx", top / f"{code}.html", top / f"sheet-{code}.html"
    crmlab("marks", "export", EIGHT, "--gradebook", book, "--out", sheet, lang=code)
    drawn.write_text(marked_texts(sheet), encoding="utf-8")
    crmlab("marks", "import", sheet, "--gradebook", book, "--who", "Ms Li", lang=code)
    crmlab("feedback", EIGHT, "--gradebook", book, "--folder", top / f"feedback-{code}")
    crmlab("items", EIGHT, "--gradebook", book, "--out", items, lang=code)
    told: dict[str, Any] = {"locale": "zh-CN" if code == "zh" else "en-US"}
    page = browser.new_page(viewport={"width": 1100, "height": 800}, **told)
    of_notebook(page, address, top / "course", top, code)
    feedback = top / f"feedback-{code}" / f"{WRONG[code]}_{EIGHT}.html"
    for name, source, width, height in (
        ("feedback", feedback, 860, 1150), ("items", items, 1000, 1000), ("sheet", drawn, 1440, 520),
    ):  # fmt: skip
        page.set_viewport_size({"width": width, "height": height})
        page.goto(source.as_uri())
        keep(page.screenshot(), code, name)
        if name == "items":
            keep(page.locator("figure").last.screenshot(), code, "misconceptions")
    page.close()


def main() -> None:
    """Take all pictures anew."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        top = Path(place)
        marked_class(top)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with lab(top / "course") as address:
            for code in LANGUAGES:
                of_language(browser, address, top, code)
        browser.close()


if __name__ == "__main__":
    main()
