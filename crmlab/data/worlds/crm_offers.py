"""Six CRM products that do not exist, as a buying firm has scored them, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

PRODUCTS = np.array(["A", "B", "C", "D", "E", "F"])
WEIGHTS = {"functions": 25, "ease": 15, "technology": 10, "protection": 15, "vendor": 15, "price": 20}
LEAST = {"protection": 5.0}
SCORES = np.array(
    [
        [8.5, 7.0, 7.2, 7.3, 8.2, 5.0],
        [6.2, 7.2, 6.8, 7.0, 7.2, 7.6],
        [8.8, 4.4, 8.0, 6.8, 6.2, 4.2],
        [8.8, 8.2, 7.6, 3.9, 7.4, 8.0],
        [5.2, 8.8, 5.0, 6.0, 5.8, 7.0],
        [5.6, 5.6, 6.0, 6.2, 6.4, 4.2],
    ]
)
RATERS, APART = 8, 0.35
PRICES = np.array([180, 110, np.nan, 90, 70, 150])
LICENCES = np.array([4200, 2600, 5000, np.nan, np.nan, 3300])
SETUPS = np.array([20_000, 12_000, np.nan, 8_000, 5_000, 16_000])
INTRODUCTIONS = np.array([160_000, 120_000, 240_000, np.nan, np.nan, 140_000])
UPKEEPS = np.array([48_000, 38_000, 66_000, np.nan, np.nan, 45_000])
BARGAIN = 0.06


def make(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables scores and prices: each score is the mean of eight raters, each price as this firm was offered it."""
    import pandas as pd

    score = np.round(SCORES + rng.normal(0, APART / np.sqrt(RATERS), SCORES.shape), 1)
    product, criterion = (part.ravel() for part in np.indices(SCORES.shape))
    scores = pd.DataFrame(
        {
            "product": PRODUCTS[product],
            "criterion": np.array(list(WEIGHTS))[criterion],
            "score": score.ravel(),
            "weight": np.array(list(WEIGHTS.values()))[criterion],
            "least": np.array([LEAST.get(name, np.nan) for name in WEIGHTS])[criterion],
        }
    )

    def offered(list_price: np.ndarray, step: int) -> pd.Series:
        share = rng.uniform(1 - BARGAIN, 1 + BARGAIN, len(PRODUCTS))
        return pd.Series(np.round(list_price * share / step) * step).astype("Int64")

    prices = pd.DataFrame(
        {
            "product": PRODUCTS,
            "price": offered(PRICES, 1),
            "setup": offered(SETUPS, 500),
            "licence": offered(LICENCES, 50),
            "introduction": offered(INTRODUCTIONS, 1000),
            "upkeep": offered(UPKEEPS, 500),
        }
    )
    return {"scores": scores, "prices": prices}
