"""The command ``crmlab``: one thin function for each thing that it does, by what it is about."""

from crmlab.cli import course, data, marking, roleplay, sources  # noqa: F401 (each adds its commands, in this order)
from crmlab.cli.app import app, main

__all__ = ["app", "main"]
