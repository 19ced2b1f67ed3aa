"""How much the draws of the course's data differ, whether what is planted is found, and what one student's draw holds.

``python tools/draws.py [count]`` prints for every set, over so many students' draws (1000 unless told), the mean,
standard deviation, smallest and largest value of what is asked for, and the share of draws in which each finding is
recovered by a simple analysis; ``--set NAME`` does so for one set. ``python tools/draws.py --token TOKEN`` prints the
same quantities of that student's draw and, of the supermarket, what was planted and what is found; ``--token course``
those of the course's own. For instructors: what it prints are answers.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd

import crmlab
from crmlab.data.cards import cards
from crmlab.data.make import COURSE
from crmlab.data.sets import generator, load
from crmlab.data.tokens import checked, token
from crmlab.data.worlds import dirty
from crmlab.data.worlds.supermarket.members import AGES, HOUSEHOLDS, MONTHS_OF_POINTS, plan
from crmlab.experiments.service_quality import DIMENSIONS, ITEMS
from crmlab.experiments.survey import cronbach
from crmlab.language.errors import InputError

SET, PROCESSES = "supermarket", 2
PERCEIVED = [f"p{item}" for items in ITEMS.values() for item in items]
SEGMENT = ["age", "household"]
WEEKS, DAY = pd.Timedelta(weeks=1), pd.Timedelta(days=1)


def planted(whose: str) -> dict[str, object]:
    """What the draw was made with, under the names of ``findings``."""
    drawn = plan(generator(SET, whose))
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


def repairs(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """Who mends, and who seems to; without the experts' visits, who come last and always know."""
    visits = tables["visits"].merge(tables["tickets"][["ticket", "product"]], on="ticket")
    visits["before"] = visits.groupby("ticket")["department"].shift()
    visits = visits[visits["department"] != "experts"]
    knew = visits.groupby("knew")["fixed"].mean()
    line = visits.groupby("product", observed=True)["fixed"].mean()
    who = visits.groupby("department", observed=True)["fixed"].mean()
    outside = visits["department"] == "contractor"
    within = [
        part.loc[outside, "fixed"].mean() - part.loc[~outside, "fixed"].mean()
        for _name, part in visits.groupby("product", observed=True)
    ]
    later = visits.dropna(subset="before")
    same = later["before"].astype("str") == later["department"].astype("str")
    fixed, known = (later.groupby(same)[name].mean() for name in ("fixed", "knew"))
    polite = visits.dropna(subset="polite").groupby("polite")["fixed"].mean()
    values = {
        "visits": len(tables["visits"]),
        "mended: history known": knew[True],
        "mended: not known": knew[False],
        "mended: economy line": line["economy"],
        "mended: the next line": line.drop("economy").min(),
        "mended: contractor": who["contractor"],
        "mended: north and south": visits.loc[~outside, "fixed"].mean(),
        "contractor less the others, within the lines": np.mean(within),
        "mended: same department again": fixed[True],
        "mended: handed off": fixed[False],
        "history known: same department again": known[True],
        "history known: handed off": known[False],
        "mended: polite less not polite": polite[True] - polite[False],
        "would buy again, of those reached": tables["tickets"]["buy_again"].mean(),
        "not reached": tables["tickets"]["buy_again"].isna().mean(),
    }
    found = {
        "who knows the history mends more": knew[True] > knew[False],
        "the economy line is mended worst": line.idxmin() == "economy",
        "the contractor looks worst": who.drop("experts", errors="ignore").idxmin() == "contractor",
        "the same department mends better than the next": fixed[True] > fixed[False],
    }
    return values, found


def hotline(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """The hour in which most give up, and Mondays."""
    frame = tables["intervals"]
    day = frame["start"].dt.day_of_week
    sums = frame.groupby([day < 5, frame["start"].dt.hour])[["calls", "gave_up"]].sum()
    share = (sums["gave_up"] / sums["calls"]).sort_values()
    by_day = frame.groupby(day)["calls"].sum()
    values = {
        "calls": frame["calls"].sum(),
        "gave up: all": frame["gave_up"].sum() / frame["calls"].sum(),
        "gave up: the worst hour": share.iloc[-1],
        "gave up: the next": share.iloc[-2],
        "calls: Monday against Tuesday to Friday": by_day[0] / by_day[1:4].mean(),
    }
    return values, {"weekdays from 12 to 13 are worst": share.index[-1] == (True, 12)}


def programme(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """The four comparisons of a trial, in yuan a year."""
    estimates = crmlab.ProgrammeTrial.fit(tables["trial"]).estimates
    values = {name: estimate.difference for name, estimate in estimates.items()}
    found = {f"{name} is above nothing": estimates[name].low > 0 for name in ("adjusted", "difference")}
    return values, found | {"naive is above per_member": values["naive"] > values["per_member"]}


def leads(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """What the score learns."""
    score = crmlab.LeadScore.fit(tables["past"])
    table = score.coefficients().set_index("feature")
    weights = table["per_deviation"]
    values = {"won": score.won / score.leads, "AUC": score.auc}
    values |= {f"weight: {name}": weight for name, weight in table["weight"].items()}
    return values, {"the score is useful": score.useful, "distance is weakest": weights.abs().idxmin() == "distance"}


def crm_offers(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """Totals, who is out, and what tips the choice first."""
    choice = crmlab.SystemChoice.fit(tables["scores"])
    totals = dict(zip(choice.products, choice.totals, strict=True))
    first = choice.tipping().iloc[0]
    values = {f"total: {name}": total for name, total in totals.items()} | {
        "first tips at a weight of": first["tips_at"]
    }
    found = {
        "A wins": choice.winners == ("A",),
        "D has the highest total and is out": max(totals, key=totals.__getitem__) == "D" and "D" not in choice.winners,
        "F is dominated": "F" in choice.dominated(),
        "price tips it to B first": (first["criterion"], first["new_winner"]) == ("price", "B"),
    }
    return values, found


def village(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, bool]]:
    """How long a jar lasts in homes that wait, and who has the homes in the end."""
    homes, refills = tables["households"], tables["refills"].sort_values(["household", "date"])
    refills = refills.merge(homes[["household", "people", "bowls", "jar"]], on="household", suffixes=("", "_a_day"))
    by = refills.groupby("household")
    refills["gap"] = by["date"].diff().dt.days
    lasts = crmlab.RefillRound.refill_day(refills["people"], refills["bowls_a_day"], refills["jar"])
    stayed = by["merchant"].diff() == 0
    ratio = (refills["gap"] / lasts)[stayed].groupby(refills["merchant"] == 1).mean()
    last = by["merchant"].last().value_counts()
    values = {
        "refills": len(refills),
        "days between refills / days that the jar lasts: homes that wait": ratio[False],
        "the same: merchant 1": ratio[True],
        "homes of merchant 1 in the end": last[1],
        "homes of the next in the end": last.drop(1).max(),
    }
    return values, {"merchant 1 has most homes in the end": last.idxmax() == 1}


def clean(whose: str) -> tuple[dict[str, float], dict[str, bool]]:
    """What is left of the dirty set once it is clean."""
    tables = dirty.truth(generator("dirty", whose))
    members, bought = tables["members"], tables["transactions"]
    agreed = members.loc[members["consent"].fillna(value=False), "customer"]
    values = {
        "customers": len(members),
        "customers who clearly agree": len(agreed),
        "customers of whom nothing is noted": members["consent"].isna().sum(),
        "receipts with a possible date": len(bought),
        "sum of their amounts (yuan)": bought["amount"].sum(),
        "of these, of customers who agree (yuan)": bought.loc[bought["customer"].isin(agreed), "amount"].sum(),
        "customers with a receipt": bought["customer"].nunique(),
        "receipts returned": (bought["amount"] < 0).sum(),
    }
    return values, {}


def supermarket(tables: dict[str, pd.DataFrame], whose: str) -> tuple[dict[str, float], dict[str, bool]]:
    """What is asked of the supermarket, and which findings are recovered."""
    truth, found = planted(whose), findings(tables)
    return asked(tables), {name: found[name] == truth[name] for name in truth}


def measured(name: str, whose: str) -> tuple[dict[str, float], dict[str, bool]]:
    """What is asked of a set in the draw of this token (or of "course"), and which findings are recovered."""
    if name not in globals():
        raise NotImplementedError(f"write here a function {name}(tables): what is asked of the set, and its findings")
    if name == "dirty":
        return clean(whose)
    tables = load(name, None if whose == COURSE else whose)
    return supermarket(tables, whose) if name == SET else globals()[name](tables)


def student(name: str, place: int) -> tuple[dict[str, float], dict[str, bool]]:
    """The same of a made-up student."""
    return measured(name, token(b"a key for trying draws only", str(place)))


def spread(name: str, count: int) -> None:
    """Print both tables of a set."""
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as workers:
        results = list(workers.map(partial(student, name), range(count), chunksize=10))
    table = pd.DataFrame([values for values, _right in results]).agg(["mean", "std", "min", "max"]).T
    print(f"\n{name}: {count} draws in {time.perf_counter() - began:.0f} s\n")
    print(table.map(shown).to_string())
    right = pd.DataFrame([right for _values, right in results])
    if len(right.columns):
        print()
        print(right.mean().map("{:.1%}".format).to_string())
        print(f"all: {right.all(axis=1).mean():.1%}")


def tell(name: str, whose: str) -> None:
    """Print what one draw of a set holds."""
    values, found = measured(name, whose)
    print(f"\n{name}: {whose}\n")
    if name == SET:
        print(pd.Series(planted(whose)).map(str).to_string(), end="\n\n")
    print(pd.Series(values).map(shown).to_string())
    if missed := [finding for finding, right in found.items() if not right]:
        print("not found by the simple analysis:", ", ".join(missed))


def shown(value: float) -> str:
    """A number as the tables show it."""
    return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=1000, help="students' draws to try")
    parser.add_argument("--token", help="one student's draw instead, or course for the course's own")
    parser.add_argument("--set", choices=list(cards()), help="one set only")
    told = parser.parse_args()
    try:
        whose = told.token and (COURSE if told.token == COURSE else checked(told.token))
    except InputError as error:
        sys.exit(str(error))
    for name in [told.set] if told.set else cards():
        if whose:
            tell(name, whose)
        else:
            spread(name, told.count)


if __name__ == "__main__":
    main()
