"""BG/NBD in lifetimes: each line on stdin fits a summary and predicts; the answer is seconds and the parameters."""

import sys
import time

import pandas as pd
from lifetimes import BetaGeoFitter

data = pd.read_csv(sys.argv[1])

for _line in sys.stdin:
    began = time.perf_counter()
    model = BetaGeoFitter().fit(data["frequency"], data["recency"], data["T"])
    expected = model.conditional_expected_number_of_purchases_up_to_time(
        39, data["frequency"], data["recency"], data["T"]
    )
    taken = time.perf_counter() - began
    print(taken, *model.params_[["r", "alpha", "a", "b"]], expected.sum(), flush=True)
