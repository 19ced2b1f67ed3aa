"""100,000 customers over 60 months: as totals, and customer by customer, against an agent a customer in Mesa."""

from __future__ import annotations

import time

from benchmarks.measure import line, ratio, turns
from benchmarks.peer import peer
from crmlab import CustomerBase

CUSTOMERS, MONTHS = 100_000, 60
FIRM = CustomerBase(
    customers=CUSTOMERS, monthly_churn=0.05, new_per_month=3000, referrals=0.02, purchase_rate=0.5, unevenness=1
)
MESA = "mesa==3.3.1"
"""The newest for Python 3.11."""


def totals(seed: int) -> float:
    """Seconds a customer-month of ``simulate``."""
    began = time.perf_counter()
    runs = FIRM.simulate(MONTHS, seed=seed)
    return (time.perf_counter() - began) / runs["customers"][:-1].sum()


def people(seed: int) -> float:
    """Seconds a customer-month of ``people``."""
    began = time.perf_counter()
    everyone = FIRM.people(MONTHS, seed=seed)
    taken = time.perf_counter() - began
    return taken / (everyone["left"].fillna(MONTHS).clip(upper=MONTHS) - everyone["joined"]).sum()


def main(runs: int = 5) -> None:
    """Print customer-months a second of all three, in turns, and how many times Mesa's ours are."""
    law = (FIRM.monthly_churn, FIRM.new_per_month, FIRM.referrals, FIRM.purchase_rate)
    with peer("mesa_customers", MESA, arguments=(CUSTOMERS, MONTHS, *law)) as mesa:

        def agents() -> float:
            taken, lived = mesa.run()
            return taken / lived

        seeds = iter(range(10**6))
        ours, single, theirs = turns(runs, lambda: totals(next(seeds)), lambda: people(next(seeds)), agents)
    for name, values in (("totals", ours), ("customer by customer", single), (MESA, theirs)):
        print(line(f"{name}: million customer-months a second", [1 / value for value in values], "", 1e-6))
        print(f"  {ratio(theirs, values):.0f} times Mesa")
