"""crmlab: an open course on customer relationship management, in Jupyter.

The names that a notebook uses; each is imported when it is first asked for.

>>> import crmlab
>>> crmlab.LeakyBucket(customers=100).customers
100
>>> list(crmlab.EXPERIMENTS)[:2], "import_module" in dir(crmlab)
(['AcquisitionVersusRetention', 'BassDiffusion'], False)
"""

from importlib import import_module
from typing import Any

EXPERIMENTS = {
    "AcquisitionVersusRetention": "crmlab.experiments.acquisition",
    "BassDiffusion": "crmlab.experiments.diffusion",
    "CallCentre": "crmlab.experiments.call_centre",
    "ComplaintIceberg": "crmlab.experiments.complaints",
    "CustomerBase": "crmlab.experiments.customer_base",
    "CustomerEquity": "crmlab.experiments.customer_equity",
    "CustomerLifetimeValue": "crmlab.experiments.lifetime_value",
    "CustomerValue": "crmlab.experiments.customer_value",
    "HandOff": "crmlab.experiments.hand_off",
    "HeavyBuyers": "crmlab.experiments.heavy_buyers",
    "HostedOrOwned": "crmlab.experiments.hosted",
    "HotlineDemand": "crmlab.experiments.hotline",
    "LeakyBucket": "crmlab.experiments.retention",
    "LossReasons": "crmlab.experiments.loss",
    "LoyaltyProgramme": "crmlab.experiments.loyalty_programme",
    "ProfitConcentration": "crmlab.experiments.profit_concentration",
    "Referrals": "crmlab.experiments.word_of_mouth",
    "RefillRound": "crmlab.experiments.refill",
    "RelationshipLifeCycle": "crmlab.experiments.life_cycle",
    "RelationshipMarketing": "crmlab.experiments.relationship",
    "RepairProcess": "crmlab.experiments.repair",
    "RepurchaseLadder": "crmlab.experiments.complaints",
    "ReturningCustomers": "crmlab.experiments.returning",
    "SatisfactionLoyalty": "crmlab.experiments.satisfaction_loyalty",
    "ServiceGrowth": "crmlab.experiments.service_growth",
    "ServiceProfitChain": "crmlab.experiments.service_profit_chain",
    "VisitPlan": "crmlab.experiments.visit_plan",
    "WordOfMouth": "crmlab.experiments.word_of_mouth",
}
"""What has sliders: each name, and the module that it is in."""
ANALYSES = {
    "Agreement": "crmlab.roleplay.agreement",
    "LeadScore": "crmlab.experiments.lead_score",
    "ProgrammeTrial": "crmlab.experiments.programme_trial",
    "PurchaseModel": "crmlab.experiments.purchase_model",
    "RFM": "crmlab.experiments.rfm",
    "RetentionCurve": "crmlab.experiments.retention_curve",
    "Segments": "crmlab.experiments.segments",
    "ServiceQuality": "crmlab.experiments.service_quality",
    "Survey": "crmlab.experiments.survey",
    "SystemChoice": "crmlab.experiments.system_choice",
    "WhaleCurve": "crmlab.experiments.whale",
}
"""What works on a table."""
TOOLS = {
    "Analysis": "crmlab.experiments.analysis",
    "Experiment": "crmlab.experiments.base",
    "InputError": "crmlab.language.errors",
    "Play": "crmlab.roleplay.play",
    "RatingForm": "crmlab.roleplay.rating_form",
    "RolePlay": "crmlab.roleplay.stage",
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
    "show": "crmlab.notebook.show",
    "submit": "crmlab.marking.submit",
}
"""All else: data, claims, quizzes, exercises, role-plays, and the grammars of the above."""
_HOME = EXPERIMENTS | ANALYSES | TOOLS

__all__ = [*_HOME, "ANALYSES", "EXPERIMENTS", "TOOLS"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'crmlab' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
