"""crmlab: an open course on customer relationship management, in Jupyter.

The names that a notebook uses; each is imported when it is first asked for.

>>> import crmlab
>>> crmlab.LeakyBucket(customers=100).customers
100
"""

from importlib import import_module
from typing import Any

_HOME = {
    "AcquisitionVersusRetention": "crmlab.experiments.acquisition",
    "ComplaintIceberg": "crmlab.experiments.complaints",
    "CustomerLifetimeValue": "crmlab.experiments.lifetime_value",
    "Experiment": "crmlab.experiments.base",
    "InputError": "crmlab.language.errors",
    "LeakyBucket": "crmlab.experiments.retention",
    "LossReasons": "crmlab.experiments.loss",
    "RepurchaseLadder": "crmlab.experiments.complaints",
    "RetentionCurve": "crmlab.experiments.retention_curve",
    "WordOfMouth": "crmlab.experiments.word_of_mouth",
    "claim": "crmlab.ledger.claims",
    "claims": "crmlab.ledger.claims",
    "explore": "crmlab.notebook.explorer",
    "quiz": "crmlab.notebook.quiz",
    "set_language": "crmlab.language.catalogue",
}

__all__ = list(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'crmlab' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
