"""Where the course's own files are: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def checkout() -> Path | None:
    """The checkout that this package runs from; None where it is installed.

    >>> checkout() is None or (checkout() / "notebooks").is_dir()
    True
    """
    top = PACKAGE.parent
    return top if (top / "pyproject.toml").exists() and (top / "notebooks").is_dir() else None


def course() -> Path:
    """The folder that holds ``notebooks`` and what else the course consists of.

    >>> (course() / "notebooks").is_dir()
    True
    """
    return checkout() or PACKAGE / "_course"
