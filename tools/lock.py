"""Write the two locked requirements files anew: ``python tools/lock.py`` (needs uv and the network).

``requirements.lock`` holds what a learner needs, ``requirements-test.lock`` what the tests need beyond it.
Both hold the build backend, since the project itself is installed in a second step without build isolation.
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
    """Resolve both files, the second held to the versions of the first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    backend = project["build-system"]["requires"]
    learner = project["project"]["dependencies"] + backend
    extras = project["project"]["optional-dependencies"]
    test = [name for name in extras["author"] + extras["test"] if not name.startswith("crmlab")]
    lock, test_lock = ROOT / "requirements.lock", ROOT / "requirements-test.lock"
    lock.write_text(HEADER + resolve(requirements=learner))
    theirs = set(re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE))
    keep = set(re.findall(r"^([\w.-]+)==", resolve(requirements=backend), re.MULTILINE))
    omit = [part for name in sorted(theirs - keep) for part in ("--no-emit-package", name)]
    test_lock.write_text(HEADER + resolve("-c", str(lock), *omit, requirements=learner + test))


if __name__ == "__main__":
    main()
