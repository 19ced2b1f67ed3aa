"""How long ``crmlab.check`` takes in a student's notebook: the first time in a fresh kernel, and later."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from benchmarks.honest import worked
from benchmarks.measure import line
from crmlab.data.tokens import token
from crmlab.marking.exercise import find, read


def timed(kernel: BlockingKernelClient, code: str) -> float:
    """Milliseconds until the front end has the answer and the kernel is idle."""
    began = time.perf_counter()
    reply = kernel.execute_interactive(code, timeout=120, output_hook=lambda _message: None)
    if reply["content"]["status"] != "ok":
        raise SystemExit(f"{code}\n{reply['content']['evalue']}")
    return (time.perf_counter() - began) * 1000


def main(runs: int = 7) -> None:
    """Print the first check of a kernel, the same again, and the first checks of the other questions."""
    exercise = read(find("08-keeping-customers"))
    start, first, again, others = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(exercise.visible, folder)  # as they are released, beside the notebook
        for run in range(runs + 1):
            book = worked(exercise, "en", token(b"a key for measuring only", str(run)))
            manager, kernel = start_new_kernel(cwd=folder, stderr=subprocess.DEVNULL)
            try:
                taken = [[], []]
                for cell in book["cells"]:
                    if cell["cell_type"] == "code" and cell["id"] != "hand-in-run":
                        is_check = cell["metadata"]["crmlab"]["kind"] == "check"
                        taken[is_check].append(timed(kernel, cell["source"]))
                repeated = [timed(kernel, 'crmlab.check("q1")') for _time in range(5)]
            finally:
                kernel.stop_channels()
                manager.shutdown_kernel(now=True)
            if run:  # the first one is not counted
                start.append(taken[0][0])
                first.append(taken[1][0])
                others += taken[1][1:]
                again += repeated
    print(line("the start cell, with the import and the student's own draw", start, "ms"))
    print(line("the first feedback in a kernel", first, "ms"))
    print(line("the same once more", again, "ms"))
    print(line("the first feedback on each other question", others, "ms"))
