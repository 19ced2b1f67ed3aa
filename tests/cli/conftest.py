"""What the commands are given: a class that has its tokens."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlab.data.tokens import token

WHO = [token(b"commands", str(place)) for place in range(6)]


@pytest.fixture
def roster(tmp_path):
    """Six students, called 1 to 6, with their tokens."""
    path = tmp_path / "class.tokens.csv"
    pd.DataFrame({"student": range(1, 7), "name": [*"ABCDE", "李明"], "token": WHO}).to_csv(path, index=False)
    return path
