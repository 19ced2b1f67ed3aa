"""The worlds behind the small sets: their laws, what the analyses find in them, and that every draw has it."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.data import sets
from crmlab.data.cards import card, cards
from crmlab.data.privacy import traces
from crmlab.data.worlds import crm_offers, dirty, hotline, leads, programme, repairs, village
from crmlab.experiments.queueing import erlang_a

DRAWS = [f"draw {place}" for place in range(10)]


def drawn(name: str, whose: str) -> dict[str, pd.DataFrame]:
    return {table: card(name).tables[table].typed(frame) for table, frame in sets.draw(name, whose).items()}


@pytest.fixture(scope="module")
def many():
    """All small worlds, drawn ten times."""
    return {name: [drawn(name, whose) for whose in DRAWS] for name in cards() if name != "supermarket"}


def pooled(many, name: str, table: str) -> pd.DataFrame:
    return pd.concat([one[table].assign(draw=place) for place, one in enumerate(many[name])], ignore_index=True)


# village


def test_homes_that_wait_refill_when_the_jar_is_empty_and_the_record_keeper_comes_before(many):
    homes, refills = pooled(many, "village", "households"), pooled(many, "village", "refills")
    homes["lasts"] = crmlab.RefillRound.refill_day(homes["people"], homes["bowls"], homes["jar"])
    refills = refills.merge(homes[["draw", "household", "lasts", "jar"]], on=["draw", "household"])
    by = refills.groupby(["draw", "household"])
    gap, stayed = by["date"].diff().dt.days / refills["lasts"], by["merchant"].diff() == 0
    waits, kept = stayed & (refills["merchant"] != village.KEEPER), stayed & (refills["merchant"] == village.KEEPER)
    error = gap[waits].std() / np.sqrt(waits.sum())
    # days are whole, and a home with a long jar may not refill twice in the log: a little slack beside chance
    assert gap[waits].mean() == pytest.approx(1, abs=5 * error + 0.005)
    assert gap[kept].mean() == pytest.approx(1 - crmlab.RefillRound().reserve, abs=0.01)
    brought = refills["bowls"] / refills["jar"]
    assert brought[refills["merchant"] != village.KEEPER].eq(1).all()
    assert brought[refills["merchant"] == village.KEEPER].median() == pytest.approx(0.8, abs=0.01)


def test_homes_change_to_the_record_keeper_alone_as_often_as_the_law_says(many):
    refills = pooled(many, "village", "refills").sort_values(["draw", "household", "date"], kind="stable")
    before = refills.groupby(["draw", "household"])["merchant"].shift()
    moved = before.notna() & (before != refills["merchant"])
    assert set(refills.loc[moved, "merchant"]) == {village.KEEPER}
    law = crmlab.RefillRound(homes=village.HOMES, merchants=village.MERCHANTS)
    waiting = before.notna() & (before != village.KEEPER)
    rate, chance = moved[waiting].mean(), law.joins
    assert rate == pytest.approx(chance, abs=5 * np.sqrt(chance / waiting.sum()))
    first = [one["households"]["merchant"].value_counts() for one in many["village"]]
    assert all((counts == village.HOMES // village.MERCHANTS).all() for counts in first)


# repairs


def test_visits_mend_as_the_law_says(many):
    visits = pooled(many, "repairs", "visits").merge(pooled(many, "repairs", "tickets"), on=["draw", "ticket"])
    law = crmlab.RepairProcess()
    for line, first_fix in zip(repairs.PRODUCTS, repairs.FIRST_FIX, strict=True):
        firm = law.model_copy(update={"first_fix": first_fix})
        for shared in (0, 1):
            chance = firm.model_copy(update={"shared": shared}).visit_fix
            some = visits[(visits["product"] == line) & (visits["knew"] == shared)]
            some = some[some["department"] != repairs.EXPERTS]
            spread = np.sqrt(chance * (1 - chance) / len(some))
            assert some["fixed"].mean() == pytest.approx(chance, abs=5 * spread)
    polite = visits["polite"].dropna()
    assert polite.mean() == pytest.approx(law.politeness, abs=5 * np.sqrt(0.09 / len(polite)))


def test_a_ticket_is_open_until_it_is_mended(many):
    law = crmlab.RepairProcess()
    for one in many["repairs"]:
        tickets, visits = one["tickets"], one["visits"]
        by = visits.groupby("ticket")
        assert by.ngroups == len(tickets) == repairs.TICKETS
        assert (by["fixed"].sum() == 1).all()
        assert by["fixed"].last().all()
        assert (by["visit"].max() == by.size()).all()
        assert (by["date"].diff().dropna().dt.days >= 1).all()
        assert (by["date"].first() > tickets.set_index("ticket")["reported"]).all()
        assert (tickets["bought"] < tickets["reported"]).all()
        assert tickets["reported"].is_monotonic_increasing
        expert = visits["department"] == repairs.EXPERTS
        assert (expert == (visits["visit"] > law.escalate_after)).all()
        assert visits.loc[expert, "knew"].all()
        assert not visits.loc[visits["fixed"], "ordered"].any()
        assert (visits.loc[visits["fixed"], "found"] != repairs.NOTHING).all()
        assert tickets["customer"].duplicated().any()
        assert 0.2 < tickets["buy_again"].isna().mean() < 0.4


def test_weeks_between_visits_and_customers_lost_are_the_laws(many):
    visits, tickets = pooled(many, "repairs", "visits"), pooled(many, "repairs", "tickets")
    gaps = visits.groupby(["draw", "ticket"])["date"].diff().dropna().dt.days
    assert gaps.mean() == pytest.approx(14, abs=5 * gaps.std() / np.sqrt(len(gaps)) + 0.05)
    law = crmlab.RepairProcess()
    count = visits.groupby(["draw", "ticket"])["visit"].max().reset_index()
    known = tickets.merge(count, on=["draw", "ticket"]).dropna(subset="buy_again")
    lost = ~known["buy_again"].astype(bool)
    assert not lost[known["visit"] == 1].any()
    three = known["visit"] == 3
    truly = 1 - (1 - law.hazard) ** 2
    seen = truly * repairs.REACHED[0] / (truly * repairs.REACHED[0] + (1 - truly) * repairs.REACHED[1])
    assert lost[three].mean() == pytest.approx(seen, abs=5 * np.sqrt(seen * (1 - seen) / three.sum()))


def test_every_draw_of_the_repairs_has_what_is_to_be_found(many):
    for one in many["repairs"]:
        visits = one["visits"].merge(one["tickets"], on="ticket")
        visits = visits[visits["department"] != repairs.EXPERTS]
        fixed = visits.groupby("knew")["fixed"].mean()
        assert fixed[True] - fixed[False] > 0.12
        line = visits[~visits["knew"]].groupby("product", observed=True)["fixed"].mean()
        assert line.idxmin() == "economy"
        before = visits.groupby("ticket")["department"].shift()
        same = before.astype("str") == visits["department"].astype("str")
        later = before.notna()
        assert visits.loc[later & same, "fixed"].mean() > visits.loc[later & ~same, "fixed"].mean()


# hotline


def test_calls_are_poisson_and_end_as_erlang_says(many):
    for one in many["hotline"]:
        frame = one["intervals"]
        assert len(frame) == hotline.DAYS * hotline.HOURS * hotline.PARTS
        assert (frame["calls"] == frame["answered"] + frame["gave_up"]).all()
        assert (frame["wait"].isna() == (frame["calls"] == 0)).all()
        assert (frame["talk"].isna() == (frame["answered"] == 0)).all()
        assert frame["start"].is_monotonic_increasing
        assert frame["start"].is_unique
        assert set(frame["start"].dt.hour) == set(range(8, 20))
    calls = pooled(many, "hotline", "intervals")
    start = calls["start"]
    hour, weekday = start.dt.hour - 8, start.dt.day_of_week
    monday = calls[(hour == 2) & (weekday == 0)]
    mean = hotline.CALLS[2] * hotline.WEEK[0] / hotline.PARTS
    assert monday["calls"].mean() == pytest.approx(mean, rel=0.05)
    within = monday.groupby("draw")["calls"]
    ratio = (within.var() / within.mean()).mean()
    assert ratio == pytest.approx(1, abs=5 * np.sqrt(2 / len(monday)))
    agents = monday["agents"].iloc[0]
    minutes = hotline.TALK / 60
    line = erlang_a(mean * hotline.PARTS * minutes / 60, agents, hotline.PATIENCE / 60, talk=minutes)
    assert monday["gave_up"].sum() / monday["calls"].sum() == pytest.approx(line.gives_up, rel=0.15)
    waited = (monday["wait"] * monday["calls"]).sum() / monday["calls"].sum()
    assert waited == pytest.approx(60 * line.mean_wait, rel=0.15)
    talked = calls.dropna(subset="talk")
    assert np.average(talked["talk"].astype(float), weights=talked["answered"]) == pytest.approx(hotline.TALK, rel=0.01)


def test_every_draw_of_the_hotline_has_its_worst_hour_at_the_same_time(many):
    for one in many["hotline"]:
        frame = one["intervals"]
        week = np.where(frame["start"].dt.day_of_week < 5, "week", "weekend")
        sums = frame.groupby([week, frame["start"].dt.hour])[["calls", "gave_up"]].sum()
        share = (sums["gave_up"] / sums["calls"]).sort_values()
        assert share.index[-1] == ("week", 8 + hotline.SHORT)
        assert share.iloc[-1] > 1.7 * share.iloc[-2]


def test_every_draw_of_the_hotline_shows_it_to_the_call_centre(many):
    frame = many["hotline"][0]["intervals"]
    noon = frame[(frame["start"].dt.day_of_week < 5) & (frame["start"].dt.hour == 8 + hotline.SHORT)]
    days = noon["start"].dt.date.nunique()
    desk = crmlab.CallCentre(calls=noon["calls"].sum() / days, talk=4, patience=2.5, agents=int(noon["agents"].iloc[0]))
    assert desk.answered < 0.6
    assert desk.needed() > desk.agents + 2


# programme


def test_the_trial_takes_the_programme_as_it_is_and_finds_its_gain(many):
    found = []
    for one in many["programme"]:
        frame = one["trial"]
        trial = crmlab.ProgrammeTrial.fit(frame)
        found.append(trial.estimates)
        assert trial.customers == programme.LAW.sizes
        assert not frame.loc[frame["group"] == "control", "member"].any()
        assert frame["group"].head(200).nunique() == 2
        assert frame["customer"].tolist() == list(range(1, len(frame) + 1))
        assert trial.estimates["adjusted"].low > 0
        assert trial.estimates["naive"].difference > 1.5 * trial.estimates["per_member"].difference
    truth = programme.MONTHS * programme.LAW.gain
    adjusted = np.array([estimates["adjusted"].difference for estimates in found])
    error = found[0]["adjusted"].error
    assert adjusted.mean() == pytest.approx(truth, abs=5 * error / np.sqrt(len(found)))
    assert adjusted.std() == pytest.approx(error, rel=0.6)


# leads


def test_the_score_learns_from_past_leads_and_ranks_the_open_ones(many):
    for one in many["leads"]:
        score = crmlab.LeadScore.fit(one["past"])
        assert score.useful
        assert score.features == (*leads.FEATURES, "distance")
        assert min(score.weights[:3]) > 0.1 > abs(score.weights[3])
        ranked = score.rank(one["open"], visits=40)
        assert ranked["chance"].is_monotonic_decreasing
        assert set(ranked["lead"]) <= set(one["open"]["lead"])
        assert not set(one["open"]["lead"]) & set(one["past"]["lead"])
    past = pooled(many, "leads", "past")
    mean = leads.LAW.mean_chance
    assert past["won"].mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / len(past)))
    every = past[[*leads.FEATURES]]
    assert set(every.to_numpy().ravel()) == {1, 2, 3, 4, 5}
    assert past["distance"].corr(past["won"]) == pytest.approx(0, abs=5 / np.sqrt(len(past)))


# crm_offers


def test_the_choice_takes_the_scores_as_they_are(many):
    for one in many["crm_offers"]:
        choice = crmlab.SystemChoice.fit(one["scores"])
        assert choice.winners == ("A",)
        assert crmlab.SystemChoice.fit(one["scores"].drop(columns="least")).winners == ("D",)
        assert "F" in choice.dominated()
        first = choice.tipping().iloc[0]
        assert (first["criterion"], first["new_winner"]) == ("price", "B")
        assert one["scores"]["score"].between(1, 10).all()
    scores = pooled(many, "crm_offers", "scores").groupby(["product", "criterion"], observed=True)["score"].mean()
    base = pd.DataFrame(crm_offers.SCORES, crm_offers.PRODUCTS, list(crm_offers.WEIGHTS)).stack()
    assert (scores - base).abs().max() < 5 * crm_offers.APART / np.sqrt(crm_offers.RATERS * len(DRAWS))


def test_the_prices_are_what_hosted_or_owned_asks_for(many):
    for one in many["crm_offers"]:
        prices = one["prices"].set_index("product")
        a, users = prices.loc["A"], 60
        choice = crmlab.HostedOrOwned(
            users=users,
            price=a["price"],
            owned_start=a["licence"] * users + a["introduction"],
            owned_running=a["upkeep"],
        )
        assert 0 < choice.break_even() < float("inf")
        assert prices.loc["C", ["price", "setup"]].isna().all()
        assert prices.loc[["D", "E"], ["licence", "introduction", "upkeep"]].isna().all(axis=None)
        assert prices.notna().any(axis=1).all()


# dirty


def cleaned_id(texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: int(re.sub(r"\D", "", unicodedata.normalize("NFKC", text))))


def cleaned_date(text: str) -> pd.Timestamp:
    if match := re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", text):
        day, month, year = match.groups()
    elif match := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text) or re.fullmatch(r"(\d+)\D(\d+)\D(\d+)\D?", text):
        year, month, day = match.groups()
    try:
        return pd.Timestamp(int(year), int(month), int(day))
    except ValueError:
        return pd.NaT


def cleaned_money(text: str) -> float:
    return float(re.sub(r"[^\d.-]", "", unicodedata.normalize("NFKC", text)))


def cleaned(raw: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """A learner's way through the set, which knows nothing of how it was made."""
    members = raw["members"].assign(
        customer=cleaned_id(raw["members"]["customer"]),
        joined=raw["members"]["joined"].map(cleaned_date),
        district=raw["members"]["district"].str.strip().str.capitalize(),
        consent=raw["members"]["consent"].str.lower().map({"yes": 1, "y": 1, "是": 1, "no": 0, "n": 0, "否": 0}),
    )
    members = members.groupby("customer").agg(joined=("joined", "min"), district=("district", "first"),
                                              consent=("consent", "min")).reset_index()  # fmt: skip
    members["consent"] = members["consent"].map({1.0: True, 0.0: False}).astype("boolean")
    bought = raw["transactions"].assign(
        receipt=cleaned_id(raw["transactions"]["receipt"]),
        customer=cleaned_id(raw["transactions"]["customer"]),
        date=raw["transactions"]["date"].map(cleaned_date),
        amount=raw["transactions"]["amount"].map(cleaned_money),
    )
    # the receipts that both departments have agree once they are clean
    bought = bought.drop(columns="department").drop_duplicates().dropna().sort_values("receipt")
    return {"members": members, "transactions": bought.reset_index(drop=True)}


@pytest.mark.parametrize("whose", DRAWS[:3])
def test_the_dirty_tables_can_be_cleaned_and_give_the_truth(whose):
    truth = dirty.truth(sets.generator("dirty", whose))
    found = cleaned(drawn("dirty", whose))
    for name, frame in truth.items():
        pd.testing.assert_frame_equal(found[name], frame, check_dtype=False)
    assert len(truth["transactions"]) == dirty.PURCHASES - dirty.IMPOSSIBLE


def test_the_dirty_tables_are_dirty_in_every_way_that_the_card_says(many):
    for one in many["dirty"][:1]:
        members, bought = one["members"], one["transactions"]
        assert len(members) == dirty.CUSTOMERS + dirty.TWICE
        assert len(bought) == dirty.PURCHASES + dirty.AGAIN
        assert members["customer"].nunique() > cleaned_id(members["customer"]).nunique() == dirty.CUSTOMERS
        assert bought["receipt"].duplicated().sum() == dirty.AGAIN
        for column, marks in {"date": ("-", "/", "年", ".", r"^\d{8}$"), "amount": ("¥", "元", "-", "[０-９]")}.items():
            for mark in marks:
                pattern = mark if len(mark) > 1 else re.escape(mark)
                assert bought[column].str.contains(pattern).sum() > 20, mark
        assert bought["date"].map(cleaned_date).isna().sum() == dirty.IMPOSSIBLE
        assert members["consent"].isna().sum() > 20
        by = members.assign(
            customer=cleaned_id(members["customer"]),
            consent=members["consent"].str.lower().map({"yes": 1, "y": 1, "是": 1, "no": 0, "n": 0, "否": 0}),
        )
        assert (by.groupby("customer")["consent"].nunique() == 2).sum() >= 3
        assert set(members.columns) == {"customer", "department", "joined", "district", "phone", "email", "consent"}


def test_persons_in_the_dirty_tables_are_nobody_and_yet_found():
    raw = crmlab.load("dirty")
    found = traces(raw["members"]).set_index("column")["trace"].to_dict()
    assert found == {"phone": "a Chinese mobile number", "email": "an e-mail address"}
    assert raw["members"]["phone"].dropna().str.fullmatch(r"154\d{8}").all()
    assert raw["members"]["email"].dropna().str.endswith("@example.com").all()
    assert traces(raw["transactions"]).empty
