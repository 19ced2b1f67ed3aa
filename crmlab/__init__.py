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
    "Agreement": "crmlab.roleplay.agreement",
    "BassDiffusion": "crmlab.experiments.diffusion",
    "CallCentre": "crmlab.experiments.call_centre",
    "ComplaintIceberg": "crmlab.experiments.complaints",
    "CustomerBase": "crmlab.experiments.customer_base",
    "CustomerEquity": "crmlab.experiments.customer_equity",
    "CustomerLifetimeValue": "crmlab.experiments.lifetime_value",
    "CustomerValue": "crmlab.experiments.customer_value",
    "Experiment": "crmlab.experiments.base",
    "HandOff": "crmlab.experiments.hand_off",
    "HeavyBuyers": "crmlab.experiments.heavy_buyers",
    "HostedOrOwned": "crmlab.experiments.hosted",
    "HotlineDemand": "crmlab.experiments.hotline",
    "InputError": "crmlab.language.errors",
    "LeadScore": "crmlab.experiments.lead_score",
    "LeakyBucket": "crmlab.experiments.retention",
    "LossReasons": "crmlab.experiments.loss",
    "LoyaltyProgramme": "crmlab.experiments.loyalty_programme",
    "Play": "crmlab.roleplay.play",
    "ProfitConcentration": "crmlab.experiments.profit_concentration",
    "ProgrammeTrial": "crmlab.experiments.programme_trial",
    "PurchaseModel": "crmlab.experiments.purchase_model",
    "RFM": "crmlab.experiments.rfm",
    "RatingForm": "crmlab.roleplay.rating_form",
    "Referrals": "crmlab.experiments.word_of_mouth",
    "RefillRound": "crmlab.experiments.refill",
    "RelationshipLifeCycle": "crmlab.experiments.life_cycle",
    "RelationshipMarketing": "crmlab.experiments.relationship",
    "RepairProcess": "crmlab.experiments.repair",
    "RepurchaseLadder": "crmlab.experiments.complaints",
    "RetentionCurve": "crmlab.experiments.retention_curve",
    "ReturningCustomers": "crmlab.experiments.returning",
    "RolePlay": "crmlab.roleplay.stage",
    "SatisfactionLoyalty": "crmlab.experiments.satisfaction_loyalty",
    "Segments": "crmlab.experiments.segments",
    "ServiceGrowth": "crmlab.experiments.service_growth",
    "ServiceProfitChain": "crmlab.experiments.service_profit_chain",
    "ServiceQuality": "crmlab.experiments.service_quality",
    "Survey": "crmlab.experiments.survey",
    "SystemChoice": "crmlab.experiments.system_choice",
    "VisitPlan": "crmlab.experiments.lead_score",
    "WhaleCurve": "crmlab.experiments.whale",
    "WordOfMouth": "crmlab.experiments.word_of_mouth",
    "check": "crmlab.marking.check",
    "claim": "crmlab.ledger.claims",
    "claims": "crmlab.ledger.claims",
    "drawn": "crmlab.marking.drawn",
    "explore": "crmlab.notebook.explorer",
    "free_text": "crmlab.roleplay.free_text",
    "hints": "crmlab.roleplay.free_text",
    "k_anonymity": "crmlab.data.privacy",
    "load": "crmlab.data.sets",
    "pseudonymise": "crmlab.data.privacy",
    "quiz": "crmlab.notebook.quiz",
    "read_transactions": "crmlab.data.records",
    "set_language": "crmlab.language.catalogue",
    "submit": "crmlab.marking.submit",
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
