"""JupyterLab on the learner's folder, its interface in their language, quiet and offline."""

from __future__ import annotations

import json
import os
from pathlib import Path

from crmlab.lab.folder import HIDDEN

LOCALES = {"en": "default", "zh": "zh_CN"}
TRANSLATION = "@jupyterlab/translation-extension/plugin.jupyterlab-settings"
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 30},
}


def settings(folder: Path, language: str) -> None:
    """Write JupyterLab's settings for this course into the folder; the learner's own settings elsewhere stay."""
    defaults = folder / HIDDEN / "settings" / "overrides.json"
    defaults.parent.mkdir(parents=True, exist_ok=True)
    defaults.write_text(json.dumps(OVERRIDES), encoding="utf-8")
    translation = folder / HIDDEN / "user-settings" / TRANSLATION
    translation.parent.mkdir(parents=True, exist_ok=True)
    translation.write_text(json.dumps({"locale": LOCALES[language]}), encoding="utf-8")


def arguments(folder: Path, language: str, more: list[str]) -> list[str]:
    """The command line of JupyterLab on ``folder``; ``more`` goes through as it is.

    The first start opens the first chapter, later ones what was open before.
    """
    hidden = folder / HIDDEN
    workspaces = hidden / "workspaces"
    chapters = sorted((folder / language).glob("*.ipynb"))
    again = workspaces.is_dir() and any(workspaces.iterdir())
    start = "/lab" if again or not chapters else f"/lab/tree/{language}/{chapters[0].name}"
    options = {
        "ServerApp.root_dir": folder,
        "LabApp.app_settings_dir": hidden / "settings",
        "LabApp.user_settings_dir": hidden / "user-settings",
        "LabApp.workspaces_dir": workspaces,
        "LabApp.default_url": start,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": "None",
    }
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*(f"--{name}={value}" for name, value in options.items()), *root, *more]


def launch(folder: Path, language: str, more: list[str]) -> None:
    """Start JupyterLab and stay until it ends."""
    from jupyterlab.labapp import LabApp

    settings(folder, language)
    os.environ["CRMLAB_LANG"] = language
    LabApp.launch_instance(arguments(folder, language, more))
