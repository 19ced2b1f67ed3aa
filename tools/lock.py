"""Write the locked requirements files anew: ``python tools/lock.py [--upgrade]`` (needs uv and the network).

Versions stay as they are where they can; ``--upgrade`` takes the newest of each.

``requirements.lock`` holds what a learner needs, ``requirements-teach.lock`` what an instructor needs beyond it, and
``requirements-test.lock`` what the tests need beyond both. All hold the build backend, since the project
itself is installed in a second step without build isolation.
No index address is written, so that each user's own index or mirror serves.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Made by tools/lock.py from pyproject.toml; do not edit.\n"


def resolve(*options: str, requirements: list[str]) -> str:
    """The locked text of ``requirements`` for every platform and every Python from 3.11 on."""
    command = ["uv", "pip", "compile", "-", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet", *options]
    wanted = "\n".join(requirements)
    return subprocess.run(command, check=True, input=wanted, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def main() -> None:
    """Resolve the files, each held to the versions of those before it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of every package")
    newest = ["--upgrade"] if parser.parse_args().upgrade else []
    if not shutil.which("uv"):
        sys.exit("uv is needed: pip install uv")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    backend = project["build-system"]["requires"]
    extras = project["project"]["optional-dependencies"]
    wanted = project["project"]["dependencies"] + backend
    keep, known = _names(resolve(requirements=backend)), []
    for name, more in (("", []), ("-teach", extras["teach"]), ("-test", extras["author"] + extras["test"])):
        wanted += [one for one in more if not one.startswith("crmlab")]
        held = [part for lock in known for part in ("-c", str(lock))]
        theirs = {one for lock in known for one in _names(lock.read_text())}
        omit = [part for one in sorted(theirs - keep) for part in ("--no-emit-package", one)]
        known.append(ROOT / f"requirements{name}.lock")
        resolve(*held, *omit, *newest, "--output-file", str(known[-1]), requirements=wanted)
        known[-1].write_text(HEADER + known[-1].read_text())


def _names(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))


if __name__ == "__main__":
    main()
