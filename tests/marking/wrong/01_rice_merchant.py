"""Wrong and odd answers to exercise 1."""

import numpy as np

DAYS = "return jar / (people * bowls)"
SLOW = 'slow = (homes["days"] > 14).sum()'
VISITS = 'visits = (1 / (0.8 * homes.loc[homes["household"].isin(old), "days"])).sum()'
HIS_DAYS = "homes.loc[homes['household'].isin(old), 'days']"
SHORT = "    if together * stay >= jar:\n        return jar / together\n"
EXTRA = 'extra = brought.loc[~brought["household"].isin(old), "bowls"].sum() / 60 * 20'

WRONG = [
    # q1, 4 points; slow and visits follow from the wrong days in the right way
    ("bowls per home", "q1", DAYS, "return jar / bowls", 2, {"bowls-per-home"}),
    ("people only", "q1", DAYS, "return jar / people", 2, {"forgot-bowls"}),
    ("upside down", "q1", DAYS, "return people * bowls / jar", 2, {"upside-down"}),
    ("his homes only", "q1", SLOW, f"slow = ({HIS_DAYS} > 14).sum()", 3, {"his-homes-only"}),
    ("shorter", "q1", SLOW, "slow = (homes['days'] <= 14).sum()", 3, {"shorter-for-longer"}),
    ("a share", "q1", SLOW, "slow = (homes['days'] > 14).mean()", 3, {"share-for-count"}),
    ("visited late", "q1", SLOW, "slow = (0.8 * homes['days'] > 14).sum()", 3, {"reserve-too-early"}),
    ("average home", "q1", VISITS, f"visits = 20 / (0.8 * {HIS_DAYS}.mean())", 3, {"average-home"}),
    ("no reserve", "q1", VISITS, f"visits = (1 / {HIS_DAYS}).sum()", 3, {"forgot-the-reserve"}),
    ("reserve upside down", "q1", VISITS, f"visits = (0.8 / {HIS_DAYS}).sum()", 3, {"reserve-upside-down"}),
    ("whole village", "q1", VISITS, "visits = (1 / (0.8 * homes['days'])).sum()", 3, {"whole-village"}),
    ("visits of one home", "q1", VISITS, f"visits = (1 / (0.8 * {HIS_DAYS})).mean()", 3, {"mean-for-sum"}),
    # q2, 4 points
    ("guests stay", "q2", SHORT, "    return jar / together\n", 2, {"guests-never-leave"}),
    ("jar below zero", "q2", SHORT, "", 2.25, {"below-zero"}),
    ("stay left out", "q2", "return stay + (jar", "return (jar", 2, {"stay-not-added"}),
    ("guests eat once", "q2", "return stay + (jar - together * stay) / (people * bowls)",
     "return (jar - guests * bowls) / (people * bowls)", None, {"guests-eat-once"}),
    ("whole days", "q2", "< 0.8 * home.days", "< home.days", 3, {"forgot-the-reserve"}),
    ("in time", "q2", "< 0.8 * home.days", ">= 0.8 * home.days", 3, {"in-time-for-caught"}),
    ("one guest, five days", "q2", "home.jar, 5, 1)", "home.jar, 1, 5)", 3, {"guest-days-swapped"}),
    # q3, 4 points
    ("his visits", "q3", "log[log[\"merchant\"] != 1]", "log", 1, {"his-visits"}),
    ("small jars", "q3", "homes.loc[homes[\"days\"] >= 7, [\"household\", \"days\"]]", "homes[['household', 'days']]",
     None, {"small-jars"}),
    ("unknown as no", "q3", ".dropna(subset=\"lasted\")", "", 2.75, {"missing-as-no"}),
    ("upside down", "q3", "ratio = truth.mean()", "ratio = (1 / truth).mean()", 3.25, {"upside-down"}),
    ("errors cancel", "q3", "(truth - 1).abs().mean()", "abs((truth - 1).mean())", 3, {"errors-cancel"}),
    ("deviation", "q3", "(truth - 1).abs().mean()", "truth.std()", 3, {"spread-for-distance"}),
    ("days", "q3", "(truth - 1).abs().mean()", "(waited['lasted'] - waited['days']).abs().mean()", 3,
     {"days-for-share"}),
    ("same day too", "q3", "(truth < 1)", "(truth <= 1)", 3.5, {"same-day-too"}),
    ("late for early", "q3", "(truth < 0.85)", "(truth >= 0.85)", 3, {"late-for-early"}),
    ("rounded", "q3", "early = (truth < 1).mean()", "early = round((truth < 1).mean(), 2)", 3.75, {"rounded-early"}),
    # q4, 5 points
    ("newcomers only", "q4", "(len(old) + (over <= end).sum())", "(over <= end).sum()", 3, {"newcomers-only"}),
    ("old ones twice", "q4", "& ~log[\"household\"].isin(old)]", "]", None, {"old-counted-twice"}),
    ("in the log so far", "q4", "(len(old) + (over <= end).sum()) / len(homes)",
     "log.loc[(log['merchant'] == 1) & (log['date'] <= end), 'household'].nunique() / len(homes)", None,
     {"not-yet-in-log"}),
    ("refills", "q4", "(len(old) + (over <= end).sum()) / len(homes)",
     "(log.loc[log['date'] <= max(end, '2026-01-01'), 'merchant'] == 1).mean()", None, {"refills-for-homes"}),
    ("homes", "q4", "(over <= end).sum()) / len(homes)", "(over <= end).sum())", 2, {"homes-for-share"}),
    ("percent", "q4", "axes.plot(range(7), shares", "axes.plot(range(7), [100 * one for one in shares]", 2,
     {"percent"}),
    ("cut axis", "q4", ", ylim=(0, 1))", ", ylim=(0.1, 0.5))", 4.75, {"cut-axis"}),
    ("the others", "q4", "shares, marker", "[1 - one for one in shares], marker", 3, {"others-for-his"}),
    ("one too many", "q4", "over.iloc[4]", "over[over > over.iloc[4]].iloc[0]", 4, {"one-too-many"}),
    ("a month's end", "q4", "when = over.iloc[4]",
     "when = next(end for end, share in zip(ends, shares, strict=True) if share * 120 >= 25)", 4, {"month-for-day"}),
    # q5, 3 points
    ("the old book", "q5", "now.value_counts()", "homes['merchant'].value_counts()", None, {"stale-book"}),
    ("ever", "q5", "now.value_counts()", "log.groupby('merchant')['household'].nunique()", None, {"homes-ever"}),
    ("counts", "q5", "log[\"merchant\"].value_counts() / len(log)", "log['merchant'].value_counts()", 2,
     {"counts-for-shares"}),
    ("refills for rice", "q5", "log.groupby(\"merchant\")[\"bowls\"].sum() / log[\"bowls\"].sum()",
     "log['merchant'].value_counts() / len(log)", None, {"refills-for-rice"}),
    ("percent", "q5", "log[\"bowls\"].sum(),", "log['bowls'].sum() * 100,", 1.5, {"percent"}),
    # q6, 4 points
    ("upside down", "q6", "cart[\"household\"].tolist()", "cart['household'].tolist()[::-1]", 3, {"reversed-order"}),
    ("most left", "q6", ".head(12)", ".tail(12)[::-1]", None, {"most-left-first"}),
    ("the old book", "q6", "last[\"now\"] == 1", "last['household'].isin(old)", None, {"stale-book"}),
    ("everybody", "q6", "last[last[\"now\"] == 1]", "last", None, {"not-his-homes"}),
    ("longest ago", "q6", "cart = waiting.sort_values([\"left\", \"household\"])",
     "cart = waiting.assign(since=-since).sort_values(['since', 'household'])", None, {"longest-ago"}),
    ("shortest jar", "q6", "[\"left\", \"household\"]", "['days', 'household']", None, {"shortest-jar"}),
    ("until 80%", "q6", "waiting[\"days\"] - since", "0.8 * waiting['days'] - since", None, {"until-the-visit"}),
    ("no limit", "q6", ".head(12)", "", 2.5, {"no-limit"}),
    ("whole jars", "q6", "cart[\"eaten\"].sum()", "cart['jar'].sum()", 3, {"whole-jars"}),
    ("bowls per home", "q6", "waiting[\"people\"] * waiting[\"bowls\"] * since", "waiting['bowls'] * since", 3,
     {"bowls-per-home"}),
    ("a day", "q6", "cart[\"eaten\"].sum()", "(cart['people'] * cart['bowls']).sum()", 3, {"a-day-for-all"}),
    # q7, 4 points
    ("all credit", "q7", "(cared - anyway) / (1 - anyway)", "cared", 2.5, {"all-credit"}),
    ("one month", "q7", "(cared - anyway) / (1 - anyway)", "(cared - anyway)", 2.5, {"one-month-only"}),
    ("all his rice", "q7", EXTRA, "extra = brought['bowls'].sum() / 60 * 20", 3, {"all-credit"}),
    ("revenue", "q7", "/ 60 * 20", "/ 60 * 100", 3, {"revenue-for-margin"}),
    ("a bowl for a sack", "q7", "/ 60 * 20", "* 20", 3, {"bowls-for-sacks"}),
    ("new homes only", "q7", "per_visit = extra / len(brought)",
     "per_visit = extra / (~brought['household'].isin(old)).sum()", 3, {"new-homes-only"}),
    ("everybody's visits", "q7", "per_visit = extra / len(brought)", "per_visit = extra / len(log)", 3, {"wrong-base"}),
    ("a home for a visit", "q7", "per_visit = extra / len(brought)",
     "per_visit = extra / brought['household'].nunique()", 3, {"per-home"}),
]  # fmt: skip

ODD = [
    {"days": lambda people, bowls, jar: 1 / 0, "slow": "many", "visits": []},
    {"days": "days", "with_guests": 3, "care_limit": None},
    {"days": lambda *_: None, "with_guests": lambda *_: [1, 2], "care_limit": lambda *_: float("nan")},
    {"days": lambda people, bowls, jar: -(people * bowls), "caught": 10**400},
    {"days": lambda people, bowls, jar: [1, 2], "with_guests": lambda *_: "soon"},
    {"ratio": None, "off": {}, "early": True, "too_late": float("inf")},
    {"early": [[1]], "too_late": "0.1"},
    {"when": None, "picture": {"lines": [{"x": "abc", "y": 5}], "lowest": []}},
    {"when": [], "picture": {"lines": 7}},
    {"when": np.datetime64("NaT"), "picture": {"lines": [{"x": range(7), "y": [None] * 7}]}},
    {"market": print},
    {"market": {"merchant": [["a"], {}, 1], "homes": [1, 2, 3], "refills": [0, 0, 0], "rice": [0, 0, 0]}},
    {"market": {"merchant": [1, 2], "homes": [float("nan"), 2], "refills": [0, 0], "rice": [None, 0]}},
    {"tour": [float("inf"), float("nan"), None, "a", True] * 3, "load": "much"},
    {"tour": list(range(1, 13)), "load": -0.0},
    {"tour": {"a": 1}, "load": None},
    {"tour": [1] * 12},
    {"extra": 0.0, "per_visit": float("inf")},
    {"extra": -5, "per_visit": [3]},
]
