"""For a fresh machine: ``python3 run.py lab`` opens the course, ``python3 run.py test`` tests it.

``python3 run.py teach ...`` runs the command crmlab with what an instructor needs. Each first makes the environment
``.venv`` beside this file, or mends or renews it. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENV = ROOT / ".venv"
PYTHON = ENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LEARN, TEACH, TEST = "requirements.lock", "requirements-teach.lock", "requirements-test.lock"
LOCKS = {"lab": [LEARN], "teach": [LEARN, TEACH], "test": [LEARN, TEACH, TEST]}
COMMANDS = {"lab": ["crmlab", "lab"], "teach": ["crmlab"], "test": ["pytest"]}
NEEDED_BYTES = 1_500_000_000
CHINESE = "zh" in sys.argv or "--lang=zh" in sys.argv or os.environ.get("LANG", "").startswith("zh")


def say(english: str, chinese: str) -> None:
    """One line of progress in the user's language."""
    print(chinese if CHINESE else english, flush=True)


def stop(english: str, chinese: str) -> None:
    """What went wrong and what to do, then the end."""
    sys.exit(chinese if CHINESE else english)


def stamp(locks: list[str]) -> str:
    """Changes whenever the environment has to: with the locked files, the project's metadata, its place or Python."""
    parts = [(ROOT / name).read_bytes() for name in [*locks, "pyproject.toml"]]
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode(), sys.version.encode()])).hexdigest()


def call(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command, in the open unless quiet, so that its own progress is seen; whether it went well."""
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=quiet).returncode == 0
    except OSError as error:
        print(error)
        return False


def make(locks: list[str]) -> None:
    """Make the environment, or what is missing of it; the stamp is written last, so half-made is noticed."""
    uv = shutil.which("uv")
    base = sys._base_executable  # not .venv's own Python, where that runs this: it may have to be made anew
    sound = PYTHON.exists() and call(PYTHON, "-c", "import sys", quiet=True)
    if shutil.disk_usage(ROOT).free < (NEEDED_BYTES // 5 if sound else NEEDED_BYTES):
        stop(
            "The disk is too full: the course needs about 1.5 GB. Free some space and run the same command again.",
            "磁盘空间不足：本课程约需 1.5 GB。请先清理磁盘，再运行同一条命令。",
        )
    if not sound:
        say("[1/3] Making the environment .venv ...", "[1/3] 正在创建运行环境 .venv ……")
        shutil.rmtree(ENV, ignore_errors=True)
        made = call(uv, "venv", "--python", base, ENV) if uv else call(base, "-m", "venv", ENV)
    else:  # one that uv made has no pip
        made = uv or call(PYTHON, "-m", "pip", "--version", quiet=True) or call(PYTHON, "-m", "ensurepip")
    if not made:
        stop(
            "Python could not make an environment. On Debian and Ubuntu: sudo apt install python3-venv",
            "Python 无法创建运行环境。Debian、Ubuntu 用户请先执行：sudo apt install python3-venv",
        )
    pip = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install"]
    say(
        "[2/3] Fetching the packages (a few minutes, the first time only) ...",
        "[2/3] 正在下载并安装依赖包（仅第一次需要，约几分钟）……",
    )
    wanted = [part for name in locks for part in ("-r", ROOT / name)]
    fetched = call(*pip, "--require-hashes", *wanted)
    say("[3/3] Installing the course ...", "[3/3] 正在安装课程……")
    if not fetched or not call(*pip, "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT):
        stop(
            "The packages could not be installed; the lines above say why. Most often the network is down or slow:\n"
            "run the same command again, it goes on where it stopped. In China a mirror helps: see README.zh-CN.md.",
            "依赖包没有装好，原因见上。最常见的是网络不通或太慢：再运行一次同样的命令即可接着装。\n"
            "在国内建议使用镜像，方法见 README.zh-CN.md。",
        )
    (ENV / "stamp").write_text(stamp(locks))


def main() -> None:
    """Make the environment where needed, then hand over to the course or to the tests."""
    if sys.version_info < (3, 11):
        stop(
            f"This is Python {sys.version.split()[0]}; the course needs Python 3.11 or newer: see README.md.",
            f"当前 Python 版本是 {sys.version.split()[0]}，本课程需要 3.11 或更高版本，参见 README.zh-CN.md。",
        )
    command, rest = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if command not in LOCKS:
        stop(
            "Usage: python3 run.py lab [--lang en|zh] ... or python3 run.py teach ... or python3 run.py test ...",
            "用法：python3 run.py lab [--lang en|zh] …… 或 python3 run.py teach …… 或 python3 run.py test ……",
        )
    done = (ENV / "stamp").read_text() if (ENV / "stamp").exists() else ""
    enough = [locks for locks in LOCKS.values() if len(locks) >= len(LOCKS[command])]
    if done not in map(stamp, enough) or not PYTHON.exists():
        make(LOCKS[command])
    arguments = [str(PYTHON), "-m", *COMMANDS[command], *rest]
    if command == "test":
        os.chdir(ROOT)
    if os.name == "posix":
        os.execv(PYTHON, arguments)
    sys.exit(subprocess.run(arguments).returncode)


if __name__ == "__main__":
    main()
