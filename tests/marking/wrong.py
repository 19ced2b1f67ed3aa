"""Typical wrong answers to exercise 8: what is put in place of which line, what it earns, and what it is taken for.

Points hold on every draw; the misconceptions are those that the checks have to name, visible and hidden together.
"""

WRONG = [
    # q1, 4 points
    ("churn", "q1", "return len(start & set(after)) / len(start) if start else None",
     "return 1 - len(start & set(after)) / len(start) if start else None", 0.25, {"used-churn"}),
    ("newcomers", "q1", "return len(start & set(after)) / len(start) if start else None",
     "return len(set(after)) / len(start) if start else None", 0.25, {"counted-newcomers"}),
    ("baskets", "q1", "return len(start & set(after)) / len(start) if start else None",
     "return pd.Series(before).isin(list(after)).mean() if start else None", 1.25, {"counted-baskets"}),
    ("all members", "q1", "half_year = retention(first_half[\"customer\"], second_half[\"customer\"])",
     "half_year = len(set(first_half['customer']) & set(second_half['customer'])) / len(members)", 3, {"wrong-base"}),
    ("rounded", "q1", "half_year = retention(first_half[\"customer\"], second_half[\"customer\"])",
     "half_year = round(retention(first_half['customer'], second_half['customer']), 2)", 3.5, {"rounded-early"}),
    ("nothing at the start", "q1", "if start else None", "if start else 0", 3.75, set()),
    # q2, 6 points
    ("average of ratios", "q2", "overall = paid[\"gone\"].mean()", "overall = by_channel['customer_churn'].mean()",
     5, {"average-of-ratios"}),
    ("heads for money", "q2", "by_channel[\"paid_by_gone\"] / by_channel[\"paid\"]", "by_channel['customer_churn']",
     4, {"heads-for-money"}),
    ("retention", "q2", "paid[\"gone\"] = ~paid", "paid[\"gone\"] = paid", 1, {"used-retention"}),
    ("net change", "q2", "overall = paid[\"gone\"].mean()",
     "overall = 1 - second_half['customer'].nunique() / first_half['customer'].nunique()", 5, {"net-change"}),
    ("rounded table", "q2", "overall = paid", "by_channel = by_channel.round(3)\noverall = paid", None,
     {"rounded-early"}),
    # q3, 4 points
    ("multiplied", "q3", "return 1 - (1 - churn) ** (wanted / months)", "return churn * wanted / months", 1,
     {"multiplied-months"}),
    ("what is left", "q3", "return 1 - (1 - churn) ** (wanted / months)", "return (1 - churn) ** (wanted / months)", 1,
     {"used-retention"}),
    ("wrong way round", "q3", "(wanted / months)", "(months / wanted)", None, {"months-years"}),
    ("stay by retention", "q3", "stay = 1 / monthly", "stay = 1 / (1 - monthly)", 3, {"used-retention"}),
    ("half-year as a year", "q3", "monthly = over(overall, 6, 1)", "monthly = over(overall, 12, 1)", 3,
     {"months-years"}),
    # q4, 5 points
    ("paid at the start", "q4", "return margin * retention / (1 + discount - retention)",
     "return margin * (1 + discount) / (1 + discount - retention)", 2, {"paid-at-start"}),
    ("five percent", "q4", "stays + 0.05", "stays * 1.05", 4, {"percent-for-points"}),
    ("revenue", "q4", "margin = 0.2 * of_2025", "margin = of_2025", 4, {"revenue-for-margin"}),
    ("average of stores", "q4", "margin = 0.2 * of_2025[\"amount\"].sum() / of_2025[\"customer\"].nunique()",
     "margin = 0.2 * of_2025.groupby('store')[['amount']].sum()['amount'].div("
     "of_2025.groupby('store')['customer'].nunique()).mean()", 4, {"average-of-ratios"}),
    ("churn", "q4", "stays = retention(of_2024[\"customer\"], of_2025[\"customer\"])",
     "stays = 1 - retention(of_2024['customer'], of_2025['customer'])", 4, {"used-churn"}),
    ("not discounted", "q4", "return margin * retention / (1 + discount - retention)",
     "return margin / (1 - retention)", None, {"not-discounted"}),
    # q5, 5 points
    ("chain", "q5", "bought / len(cohort)", "bought / bought.shift(1, fill_value=len(cohort))", None, {"chain-rates"}),
    ("everybody", "q5", "theirs = baskets[baskets[\"customer\"].isin(cohort)]", "theirs, cohort = baskets, members",
     2, {"not-the-cohort"}),
    ("cut axis", "q5", ", ylim=(0, 1))", ", ylim=(0.5, 1))", 4.5, {"cut-axis"}),
    ("churn", "q5", "bought / len(cohort)", "1 - bought / len(cohort)", 2, {"used-churn"}),
    ("percent", "q5", "bought / len(cohort), marker", "100 * bought / len(cohort), marker", 1, {"percent"}),
    # q6, 4 points
    ("days of silence", "q6", "[\"times\", \"customer\"]", "[\"silence\", \"customer\"]", None, {"own-rhythm"}),
    ("upside down", "q6", ".tolist()", ".tolist()[::-1]", 3, {"reversed-order"}),
    ("long gone", "q6", ".between(28, 90)", ".ge(28)", None, {"long-gone"}),
    ("ten gaps", "q6", "(days[\"count\"] - 1)", "days[\"count\"]", None, None),
    # q7, 3 points
    ("complainers", "q7", "complaint_rate = unhappy.isin(heard).mean()",
     "complaint_rate = pd.Series(heard).isin(unhappy).mean()", 2, {"complainers-for-dissatisfied"}),
    ("all who answered", "q7", "complaint_rate = unhappy.isin(heard).mean()",
     "complaint_rate = survey.loc[survey['overall'].notna(), 'customer'].isin(heard).mean()", 2, {"wrong-base"}),
    ("borrowed", "q7", "complaint_rate = unhappy.isin(heard).mean()", "complaint_rate = 0.04", 2, {"borrowed-rate"}),
    ("complaints for members", "q7", "\"customer\"].unique()", "\"customer\"]", 2, {"counted-complaints"}),
    # q8, 4 points
    ("empty as no", "q8", "complaints[(complaints[\"loss\"] == \"large\") & complaints[\"came_back\"].notna()]",
     "complaints[complaints['loss'] == 'large'].fillna({'came_back': False})", None, {"missing-as-no"}),
    ("small losses", "q8", "(complaints[\"loss\"] == \"large\") & complaints", "complaints", None, {"small-losses"}),
    ("all credit", "q8", "credit = (ladder[\"complaints\"] * above).sum()",
     "credit = (ladder['complaints'] * ladder['came_back'].astype(float)).sum()", 2, {"all-credit"}),
    ("shares added", "q8", "credit = (ladder[\"complaints\"] * above).sum()", "credit = above.sum()", 2,
     {"average-of-ratios"}),
]  # fmt: skip
