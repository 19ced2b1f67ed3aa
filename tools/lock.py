"""Write the locked requirements files anew: ``python tools/lock.py`` (needs uv and the network).

``requirements.lock`` holds what a learner needs, ``requirements-teach.lock`` what an instructor needs beyond it, and
``requirements-test.lock`` what the tests need beyond both. All hold the build backend, since the project
itself is installed in a second step without build isolation.
No index address is written, so that each user's own index or mirror serves.
"""

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Made by tools/lock.py from pyproject.toml; do not edit.\n"


def resolve(*options: str, requirements: list[str]) -> str:
    """The locked text of ``requirements`` for every platform and every Python from 3.11 on."""
    with tempfile.NamedTemporaryFile("w", suffix=".in", delete=False) as file:
        file.write("\n".join(requirements))
    command = ["uv", "pip", "compile", file.name, "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def main() -> None:
    """Resolve the files, each held to the versions of those before it."""
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
        known[-1].write_text(HEADER + resolve(*held, *omit, requirements=wanted))


def _names(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))


if __name__ == "__main__":
    main()
