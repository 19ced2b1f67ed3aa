"""BG/NBD in pymc-marketing by MAP with flat priors, as published; each line on stdin fits and predicts once."""

import logging
import sys
import time
import warnings

import pandas as pd
from pymc_extras.prior import Prior
from pymc_marketing import clv

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
data = pd.read_csv(sys.argv[1]).rename(columns={"ID": "customer_id"})
flat = {name: Prior("HalfFlat") for name in ("r", "alpha", "a", "b")}

for _line in sys.stdin:
    began = time.perf_counter()
    model = clv.BetaGeoModel(data=data, model_config={**flat})
    model.fit(method="map", progressbar=False)
    expected = model.expected_purchases(future_t=39)
    taken = time.perf_counter() - began
    fitted = model.fit_summary()
    print(taken, *(float(fitted[name]) for name in ("r", "alpha", "a", "b")), float(expected.sum()), flush=True)
