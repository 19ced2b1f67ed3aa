"""``python -m crmlab`` is the command ``crmlab``."""

from crmlab.cli import main

main()
