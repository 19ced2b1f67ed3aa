"""How much the supermarket's draws differ, and whether what is planted is found: ``python tools/draws.py [count]``.

Prints, over so many students' draws (1000 unless told), the mean, standard deviation, smallest and largest value of
what is asked for, and the share of draws in which each finding is recovered by the simple analysis of ``findings``.
"""

from __future__ import annotations

import hashlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from crmlab.data.sets import load
from crmlab.data.tokens import token
from crmlab.data.worlds.supermarket.members import AGES, HOUSEHOLDS, MONTHS_OF_POINTS, plan
from crmlab.experiments.service_quality import DIMENSIONS, ITEMS
from crmlab.experiments.survey import cronbach

SET, PROCESSES = "supermarket", 2
PERCEIVED = [f"p{item}" for items in ITEMS.values() for item in items]
SEGMENT = ["age", "household"]
WEEKS, DAY = pd.Timedelta(weeks=1), pd.Timedelta(days=1)


def planted(whose: str) -> dict[str, object]:
    """What the draw was made with, under the names of ``findings``."""
    digest = hashlib.sha256(f"crmlab:{SET}:{whose}".encode()).digest()
    drawn = plan(np.random.default_rng(int.from_bytes(digest)))
    names = list(DIMENSIONS)
    return {
        "store by service scores": drawn.store,
        "store by complaints": drawn.store,
        "store by members lost": drawn.store,
        "store by sales": drawn.store,
        "two dimensions": tuple(names[place] for place in drawn.dimensions),
        "segment by sales": (str(AGES[drawn.age]), int(HOUSEHOLDS[drawn.household])),
        "month of points": str(MONTHS_OF_POINTS[drawn.month]),
    }


def findings(tables: dict[str, pd.DataFrame]) -> dict[str, object]:
    """The planted findings as a student finds them in the tables that ``crmlab.load`` gives.

    - the store: lowest mean of the 22 perceptions; most complaints a member; most members lost, of those who bought in
      the first quarter of 2024 the share that did not in the last of 2025; sales of the second half of 2025 against
      those of the first of 2024;
    - two dimensions: where its perceptions fall farthest behind the other stores';
    - the segment, age by household: sales of those who joined before 2024, second half of 2025 against first of 2024;
    - the month of points after whose four weeks sales a day are lowest, four weeks after against four before.
    """
    members, sales, complaints = tables["members"], tables["transactions"], tables["complaints"]
    by_store = tables["survey"].dropna().groupby("store")[PERCEIVED].mean()
    worst = int(by_store.mean(axis=1).idxmin())
    behind = by_store.drop(index=worst).mean() - by_store.loc[worst]
    parts = {name: behind[[f"p{item}" for item in items]].mean() for name, items in ITEMS.items()}
    two = sorted(parts, key=parts.__getitem__)[-2:]
    months = points_months(sales)
    return {
        "store by service scores": worst,
        "store by complaints": (complaints.groupby("store").size() / members.groupby("store").size()).idxmax(),
        "store by members lost": kept(tables, "store").idxmin(),
        "store by sales": growth(sales, "store").idxmin(),
        "two dimensions": tuple(name for name in ITEMS if name in two),
        "segment by sales": by_segment(tables).idxmax(),
        "month of points": min(months, key=lambda month: months[month][1]),
    }


def points_months(sales: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Of each month of double points, sales a day against those of the four weeks before.

    In its four weeks, in the four weeks after, and in all eight.
    """
    by_day = sales.groupby("date").agg(amount=("amount", "sum"), promotion=("promotion", "any"))
    begins = by_day.index[by_day["promotion"] & ~by_day["promotion"].shift(fill_value=False)]
    found = {}
    for begin in begins:
        spans = [(begin + low * WEEKS, begin + (low + 4) * WEEKS - DAY) for low in (-4, 0, 4)]
        before, during, after = (by_day.loc[first:last, "amount"].sum() for first, last in spans)
        found[f"{begin:%Y-%m}"] = (during / before, after / before, (during + after) / before / 2)
    return found


def growth(sales: pd.DataFrame, by: str | list[str]) -> pd.Series:
    """Sales of the second half of 2025 against those of the first of 2024."""
    halves = sales[sales["date"] >= "2025-07-01"], sales[sales["date"] < "2024-07-01"]
    later, before = (half.groupby(by, observed=True)["amount"].sum() for half in halves)
    return later / before


def by_segment(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The same by age and household, of the members who joined before 2024."""
    members, sales = tables["members"], tables["transactions"]
    earlier = members.loc[members["joined"] < "2024-01-01", ["customer", *SEGMENT]]
    return growth(sales[["customer", "date", "amount"]].merge(earlier, on="customer"), SEGMENT)


def kept(tables: dict[str, pd.DataFrame], by: str | list[str]) -> pd.Series:
    """Of the members who bought in the first quarter of 2024, the share that bought in the last of 2025."""
    members, sales = tables["members"], tables["transactions"]
    first, last = (sales.loc[when, "customer"].unique() for when in (
        sales["date"] < "2024-04-01", sales["date"] >= "2025-10-01"
    ))  # fmt: skip
    here = members[members["customer"].isin(first)]
    return here["customer"].isin(last).groupby([here[name] for name in np.atleast_1d(by)], observed=True).mean()


def asked(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """What the chapters ask for."""
    members, sales = tables["members"], tables["transactions"]
    complaints, calls, survey = tables["complaints"], tables["calls"], tables["survey"]
    by_customer = sales.groupby("customer")["amount"].sum().sort_values(ascending=False)
    answered = survey.dropna(subset="overall")
    recommend = answered["recommend"].dropna().astype(int)
    whole = answered.dropna(subset=["p1"])
    seen = complaints.dropna(subset="came_back")
    back = seen["came_back"].astype(bool).groupby(seen["outcome"], observed=True).mean()
    year = sales.groupby(sales["date"].dt.year)["amount"].sum()
    later = sales.loc[sales["date"] >= "2025-07-01", "customer"].unique()
    after = answered["customer"].isin(later).groupby(answered["overall"]).mean()
    stores, sold = kept(tables, "store").sort_values(), growth(sales, "store").sort_values()
    grown, loyal = by_segment(tables).sort_values(), kept(tables, SEGMENT)
    months = points_months(sales)
    lowest = min(months, key=lambda month: months[month][1])
    others = np.mean([months[month] for month in months if month != lowest], axis=0)
    everybody = sales["customer"].unique()
    return {
        "members who consent": len(members),
        "members who bought": len(everybody),
        "members who bought in the last quarter": sales.loc[sales["date"] >= "2025-10-01", "customer"].nunique(),
        "baskets": len(sales),
        "mean basket (yuan)": sales["amount"].mean(),
        "sales 2025 against 2024": year[2025] / year[2024],
        "share of sales of the best fifth": by_customer.iloc[: round(len(by_customer) / 5)].sum() / by_customer.sum(),
        "kept from 2024 Q1 to 2025 Q4: the worst store": stores.iloc[0],
        "kept: the second worst store": stores.iloc[1],
        "kept: the segment that grew most": loyal[grown.index[-1]],
        "kept: the other segments, mean": loyal.drop(index=grown.index[-1:]).mean(),
        "sales 2025 H2 against 2024 H1: the worst store": sold.iloc[0],
        "sales against: the second worst store": sold.iloc[1],
        "sales against: the segment that grew most": grown.iloc[-1],
        "sales against: the second": grown.iloc[-2],
        "response": len(answered) / len(survey),
        "CSAT (4 and 5)": (answered["overall"] >= 4).mean(),
        "NPS": 100 * ((recommend >= 9).mean() - (recommend <= 6).mean()),
        "alpha of the perceptions": cronbach(whole[PERCEIVED].to_numpy(dtype=float)),
        "bought in 2025 H2: scores of 4": after[4],
        "bought in 2025 H2: scores of 5": after[5],
        "complaints": len(complaints),
        "came back after unresolved": back["unresolved"],
        "came back after resolved": back["resolved"],
        "came back after resolved quickly": back["quickly"],
        "calls": len(calls),
        "gave up": calls["gave_up"].mean(),
        "answered within 20 seconds": ((calls["waited"] <= 20) & ~calls["gave_up"]).mean(),
        "solved at first contact": calls["solved"].dropna().astype(bool).mean(),
        "points that moved purchases: during": months[lowest][0],
        "points that moved purchases: after": months[lowest][1],
        "points that moved purchases: both": months[lowest][2],
        "points in the other months: during": others[0],
        "points in the other months: after": others[1],
        "points in the other months: both": others[2],
    }


def one(place: int) -> tuple[dict[str, float], dict[str, bool]]:
    """What is asked of the draw of one made-up student, and which findings are recovered."""
    whose = token(b"a key for trying draws only", str(place))
    tables = load(SET, whose)
    truth, found = planted(whose), findings(tables)
    return asked(tables), {name: found[name] == truth[name] for name in truth}


def main(count: int = 1000) -> None:
    """Print both tables."""
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as workers:
        results = list(workers.map(one, range(count), chunksize=10))
    values = pd.DataFrame([values for values, _right in results])
    right = pd.DataFrame([right for _values, right in results])
    table = values.agg(["mean", "std", "min", "max"]).T
    print(table.map(lambda value: f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}").to_string())
    print()
    print(right.mean().map("{:.1%}".format).to_string())
    print(f"all: {right.all(axis=1).mean():.1%}")
    print(f"{count} draws in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
