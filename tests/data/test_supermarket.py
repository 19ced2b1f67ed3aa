"""The supermarket: its tables agree, the course's analyses take them, and every draw has its findings."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.data import make
from crmlab.data.privacy import consenting, traces
from crmlab.data.tokens import token
from crmlab.data.worlds.supermarket import complaints as desk
from crmlab.data.worlds.supermarket.members import MEMBERS, MONTHS_OF_POINTS, plan
from crmlab.data.worlds.supermarket.purchases import BLOCK
from crmlab.experiments.complaints import LADDER

ROOT = Path(__file__).parents[2]
DRAWS, FEW = 24, 4
LEAST_RIGHT = 0.99


def _tool():
    spec = importlib.util.spec_from_file_location("draws", ROOT / "tools" / "draws.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


draws = _tool()
WHOSE = [token(b"a key for tests", str(place)) for place in range(DRAWS)]


@pytest.fixture(scope="module")
def many():
    """Two dozen students' own draws."""
    return {whose: crmlab.load(draws.SET, whose, everyone=True) for whose in WHOSE}


@pytest.fixture(scope="module")
def mine(many):
    return many[WHOSE[0]]


@pytest.fixture(scope="module")
def agreed(many):
    """The same, of the members who consent: what ``load`` gives unless told."""
    return {whose: consented(tables) for whose, tables in many.items()}


def consented(tables) -> dict[str, pd.DataFrame]:
    return {name: consenting(frame, tables["members"]) for name, frame in tables.items()}


def pooled(many, table: str) -> pd.DataFrame:
    parts = [tables[table].assign(draw=place) for place, tables in enumerate(many.values())]
    return pd.concat(parts, ignore_index=True)


# shape


def test_the_tables_have_the_sizes_promised(many):
    for tables in many.values():
        assert list(tables) == ["members", "transactions", "survey", "complaints", "calls"]
        assert len(tables["members"]) == MEMBERS
        assert len(tables["transactions"]) == pytest.approx(60_000, rel=0.1)
        assert len(tables["survey"]) == 1500
        assert 250 < len(tables["complaints"]) < 550
        assert len(tables["calls"]) == pytest.approx(6500, rel=0.08)


def test_only_what_may_be_unknown_is_empty(mine):
    empty = {f"{name}.{column}" for name, frame in mine.items() for column in frame if frame[column].isna().any()}
    answers = {f"survey.{kind}{item}" for kind in "ep" for item in range(1, 23)}
    assert empty == answers | {
        "members.consent", "survey.overall", "survey.recommend", "complaints.answered", "complaints.resolved",
        "complaints.came_back", "calls.customer", "calls.reason", "calls.talked", "calls.solved",
    }  # fmt: skip
    consent = mine["members"]["consent"]
    assert consent.eq(False).mean() == pytest.approx(0.13, abs=0.03)
    assert consent.isna().mean() == pytest.approx(0.04, abs=0.02)


def test_ids_are_unique_and_every_customer_is_a_member(mine):
    members = set(mine["members"]["customer"])
    assert len(members) == MEMBERS
    for table, number in {"transactions": "transaction", "complaints": "complaint", "calls": "call"}.items():
        assert mine[table][number].tolist() == list(range(1, len(mine[table]) + 1))
        assert set(mine[table]["customer"].dropna()) <= members
    assert mine["survey"]["customer"].is_unique
    assert set(mine["survey"]["customer"]) <= members


def test_no_cell_looks_like_a_trace_of_a_person(mine):
    for frame in mine.values():
        assert traces(frame.head(2000)).empty


# one consistent world


def test_nobody_buys_before_joining_and_who_joins_at_the_till_buys_on_that_day(many):
    for tables in many.values():
        members = tables["members"].set_index("customer")
        assert members["joined"].is_monotonic_increasing
        sales = tables["transactions"].join(members[["joined", "channel"]], on="customer")
        assert sales["date"].is_monotonic_increasing
        assert sales["date"].between("2024-01-01", "2025-12-31").all()
        assert (sales["date"] >= sales["joined"]).all()
        new = sales[(sales["joined"] >= "2024-01-01") & (sales["channel"] == "till")]
        first = new.groupby("customer")[["date", "joined"]].min()
        assert (first["date"] == first["joined"]).all()


def test_points_are_what_the_till_says_and_nobody_redeems_what_is_not_there(mine):
    sales = mine["transactions"]
    assert (sales["points"] == np.floor(sales["amount"]) * (1 + sales["promotion"])).all()
    assert (sales["redeemed"] % BLOCK == 0).all()
    assert sales["redeemed"].gt(0).sum() > 1000
    by = sales.groupby("customer")
    saved = by["points"].cumsum() - sales["points"]
    assert (by["redeemed"].cumsum() <= saved).all()
    months = np.unique(sales.loc[sales["promotion"], "date"].to_numpy().astype("datetime64[M]"))
    assert months.tolist() == MONTHS_OF_POINTS.tolist()


def test_who_came_back_is_who_the_till_saw_again(many):
    for tables in list(many.values())[:FEW]:
        complaints, sales = tables["complaints"], tables["transactions"]
        pairs = complaints[["complaint", "customer", "date"]].merge(sales[["customer", "date"]], on="customer")
        days = (pairs["date_y"] - pairs["date_x"]).dt.days
        again = complaints["complaint"].isin(pairs.loc[days.between(1, desk.BACK), "complaint"])
        known = complaints["date"] + pd.Timedelta(days=desk.BACK) <= "2025-12-31"
        assert (complaints["came_back"].notna() == known).all()
        assert (complaints.loc[known, "came_back"].astype(bool) == again[known]).all()


def test_a_complaint_follows_a_purchase_and_its_times_are_in_order(many):
    complaints = pooled(many, "complaints")
    sales = pooled(many, "transactions")
    pairs = complaints.merge(sales[["draw", "customer", "date"]], on=["draw", "customer"], suffixes=("", "_bought"))
    since = (pairs["date"] - pairs["date_bought"]).dt.days
    nearest = since[since >= 0].groupby([pairs["draw"], pairs["complaint"]]).min()
    assert len(nearest) == len(complaints)
    assert nearest.max() <= desk.LATER.max()
    assert (complaints["received"].dt.normalize() == complaints["date"]).all()
    assert (complaints["answered"].dropna() > complaints["received"][complaints["answered"].notna()]).all()
    done = complaints.dropna(subset="resolved")
    assert (done["resolved"] > done["answered"]).all()
    assert (complaints["resolved"].isna() == (complaints["outcome"] == "unresolved")).all()
    within_a_day = done["resolved"] - done["received"] <= pd.Timedelta(days=1)
    assert (within_a_day == (done["outcome"] == "quickly")).all()
    assert complaints["resolved"].max() < pd.Timestamp("2026-02-01")
    hands = complaints.groupby("outcome", observed=True)["hands"].mean()
    assert hands["quickly"] < hands["resolved"] < hands["unresolved"]


def test_shares_that_come_back_are_those_of_the_ladder(many):
    complaints = pooled(many, "complaints").dropna(subset="came_back")
    for loss, row in zip(("small", "large"), LADDER.values(), strict=True):
        for rung in ("unresolved", "resolved", "quickly"):
            back = complaints.query("loss == @loss and outcome == @rung")["came_back"].astype(float)
            chance = np.sqrt(row[rung] * (1 - row[rung]) / len(back))
            # a member may have gone for another reason between the purchase and the letter
            assert back.mean() == pytest.approx(row[rung], abs=5 * chance + 0.02), (loss, rung)


def test_the_service_line_is_the_call_centre(many):
    calls = pooled(many, "calls")
    assert calls["time"].dt.hour.between(9, 20).all()
    assert (calls["reason"].isna() == calls["gave_up"]).all()
    assert (calls["talked"].isna() == calls["gave_up"]).all()
    talked = calls["talked"].dropna().astype(float)
    assert talked.mean() == pytest.approx(3.5 * 60, rel=0.02)
    assert talked.std() == pytest.approx(3.5 * 60, rel=0.03)
    peak = calls[calls["time"].dt.hour == 10]
    hour = crmlab.CallCentre(calls=14, talk=3.5, agents=2, patience=3).expected(1).iloc[1]
    # the hour's own state builds up and dies down: near the long run, not in it
    assert peak["gave_up"].mean() == pytest.approx(hour["gave_up"] / hour["calls"], abs=0.02)
    waited = calls.loc[calls["gave_up"], "waited"]
    assert 0 < waited.mean() < 180


def test_the_dissatisfied_and_the_young_stay_silent_and_the_satisfied_stay(many):
    survey = pooled(many, "survey").merge(pooled(many, "members").drop(columns="store"), on=["draw", "customer"])
    answered = survey["overall"].notna()
    by_age = answered.groupby(survey["age"], observed=True).mean()
    assert by_age.is_monotonic_increasing
    assert by_age.iloc[-1] - by_age.iloc[0] > 0.15
    sales = pooled(many, "transactions")
    later = sales[sales["date"] >= "2025-07-01"].drop_duplicates(["draw", "customer"])[["draw", "customer"]]
    survey = survey.merge(later.assign(later=True), on=["draw", "customer"], how="left")
    stays = survey["later"].notna()
    assert stays[survey["overall"].notna()].mean() - stays[survey["overall"].isna()].mean() > 0.03
    by_score = stays.groupby(survey["overall"]).mean()
    assert by_score.loc[2:5].is_monotonic_increasing
    complained = pooled(many, "complaints")
    complained = complained[complained["date"] < "2025-03-01"].drop_duplicates(["draw", "customer"])
    mean = survey.merge(complained[["draw", "customer"]], on=["draw", "customer"])["overall"].mean()
    assert mean < survey["overall"].mean() - 0.15


# the course's analyses take it


def test_the_survey_is_taken_by_survey_and_service_quality(mine):
    survey = mine["survey"]
    found = crmlab.Survey.fit(survey, group="store", items=draws.PERCEIVED, item_scale=(1, 7), population=MEMBERS)
    values = found.summary().set_index("measure")["value"]
    assert 0.45 < values["response"] < 0.57
    assert 0.7 < values["satisfied"] < 0.9
    assert 10 < values["nps"] < 45
    assert 0.85 < values["alpha"] < 0.95
    gaps = crmlab.ServiceQuality.fit(survey.dropna()).summary().set_index("dimension")["gap"]
    assert gaps["reliability"] < gaps["assurance"] < gaps["tangibles"]


def test_the_purchases_are_taken_by_every_analysis_of_the_customer_base(agreed):
    for tables in list(agreed.values())[:FEW]:
        sales = tables["transactions"]
        model = crmlab.PurchaseModel.fit(sales[["customer", "date", "amount"]], until="2025-06-30")
        assert abs(model.correlation) < 0.1
        assert model.purchases(26.3).sum() == pytest.approx(model.history.came.sum(), rel=0.12)
        rfm = crmlab.RFM.fit(sales)
        assert rfm.summary()["customers"].gt(0).all()
        curve = crmlab.WhaleCurve.fit(sales.rename(columns={"amount": "profit"}))
        assert curve.share(0.2) == pytest.approx(0.6, abs=0.05)


def test_a_cohort_has_a_retention_curve(many):
    stays = []
    for tables in many.values():
        members, last = tables["members"], tables["transactions"].groupby("customer")["date"].max()
        cohort = members[members["joined"].between("2024-01-01", "2024-06-30")]
        stays.append((cohort["customer"].map(last) - cohort["joined"]).dt.days.fillna(-1))
    stay = pd.concat(stays)
    left = [len(stay), *(int((stay >= 91 * quarter).sum()) for quarter in range(1, 6))]
    curve = crmlab.RetentionCurve.fit(pd.DataFrame({"period": range(6), "customers": left}))
    assert np.isfinite(curve.alpha)
    assert curve.retention(5)[-1] > curve.retention(5)[0]


def test_segments_are_cut_and_say_honestly_what_they_are_worth(mine):
    rfm = crmlab.RFM.fit(mine["transactions"]).table
    frame = rfm.loc[::10, ["customer", "recency", "frequency", "monetary"]]
    found = crmlab.Segments.fit(frame, segments=4, log=["recency", "frequency", "monetary"])
    assert sum(found.sizes) == len(frame)
    assert not found.trusted  # buyers differ by degree, as gamma laws have it; there are no kinds to be found


# what is planted


def test_what_is_planted_is_found(agreed):
    right = pd.DataFrame([
        {name: found == draws.planted(whose)[name] for name, found in draws.findings(tables).items()}
        for whose, tables in agreed.items()
    ])  # fmt: skip
    assert list(right) == list(draws.planted(WHOSE[0]))
    missed = (~right).sum()
    assert (missed <= 1).all(), missed  # with a chance of 1% each, two misses of 24 come once in fifty
    assert right.to_numpy().mean() > LEAST_RIGHT


def test_double_points_moved_purchases_in_one_month_and_brought_more_in_the_others(many):
    ratios = {"moved": [], "more": []}
    for whose, tables in many.items():
        month = draws.planted(whose)["month of points"]
        for name, found in draws.points_months(tables["transactions"]).items():
            ratios["moved" if name == month else "more"].append(found)
    moved, more = (np.mean(ratios[name], axis=0) for name in ("moved", "more"))
    assert moved[0] > more[0] > 1.2
    assert moved[1] < 0.7
    assert more[1] == pytest.approx(1, abs=0.03)
    assert moved[2] == pytest.approx(1, abs=0.03)
    assert more[2] > 1.1


def test_the_segment_is_loyal_and_growing_and_not_among_the_largest(many):
    kept, others, size = [], [], []
    for whose, tables in many.items():
        age, household = draws.planted(whose)["segment by sales"]
        members = tables["members"]
        mine = members[(members["age"] == age) & (members["household"] == household)]["customer"]
        sales = tables["transactions"]
        first = sales[sales["date"] < "2024-04-01"]["customer"].unique()
        last = sales[sales["date"] >= "2025-10-01"]["customer"].unique()
        kept.append(np.isin(first[np.isin(first, mine)], last).mean())
        others.append(np.isin(first[~np.isin(first, mine)], last).mean())
        bought = sales[sales["date"] < "2024-07-01"].groupby("customer")["amount"].mean()
        size.append(bought[bought.index.isin(mine)].mean() / bought.mean())
    assert np.mean(kept) > np.mean(others) + 0.1
    assert np.mean(size) < 0.9


def test_students_have_other_tables_and_other_answers(agreed):
    truths = [tuple(draws.planted(whose).values()) for whose in WHOSE]
    assert len(set(truths)) > 0.9 * DRAWS
    values = pd.DataFrame([draws.asked(tables) for tables in list(agreed.values())[:FEW]]).round(6)
    shares = values.loc[:, (values % 1 > 0).any()]
    assert len(shares.columns) > 20
    assert (shares.nunique() == FEW).all(), shares.nunique()


def test_a_plan_uses_every_store_dimension_kind_and_month():
    plans = [plan(np.random.default_rng(seed)) for seed in range(400)]
    assert {one.store for one in plans} == set(range(1, 7))
    assert {one.dimensions for one in plans} == {(low, high) for high in range(5) for low in range(high)}
    assert len({(one.age, one.household) for one in plans}) == 16
    assert {one.month for one in plans} == set(range(4))


def test_the_course_s_own_draw_is_in_the_files():
    for path, content in make.tables("supermarket").items():
        assert path.read_bytes() == content, path.name
