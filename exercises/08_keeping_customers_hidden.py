"""What is checked of exercise 8 when it is marked: the answers for this student's own draw, and fresh inputs.

Every right answer is computed here from ``ask.data``; none is stored.
"""

import numpy as np
import pandas as pd

from crmlab.language.text import Text
from crmlab.marking.answers import (
    EXACT,
    YUAN,
    fresh,
    hit,
    lines,
    named,
    near,
    numbers,
    quietly,
    ranking,
    real,
    rows,
    share,
)

WHOLE = 0.51
"""A number of people that may have been rounded to whole ones."""
CHURN = Text(en="You used churn where retention is asked.", zh="问的是保持率，你用了流失率。")
RETENTION = Text(en="You used retention where churn is asked.", zh="问的是流失率，你用了保持率。")


def _buyers(baskets, since, until):
    return baskets.loc[baskets["date"].between(since, until), "customer"]


def _halves(ask):
    """The baskets of the first half of 2025, the members who bought in it, and those who bought in the second half."""
    baskets = ask.data["transactions"]
    first = baskets[baskets["date"].between("2025-01-01", "2025-06-30")]
    return first, set(first["customer"]), set(_buyers(baskets, "2025-07-01", "2025-12-31"))


def _chance(ask):
    return fresh(ask.data["transactions"]["amount"])


def q1(ask):
    with ask.part(1):
        chance, right = _chance(ask), 0
        for size in (7, 40, 300):
            before = chance.integers(1, size, 2 * size).tolist()
            after = chance.integers(size // 2, 2 * size, size).tolist()
            expected = len(set(before) & set(after)) / len(set(before))
            right += near(ask.call("retention", before, after), expected, 1e-9)
        empty = ask.call("retention", [], [1, 2])
        ask.give(0.75 * (right == 3) + 0.25 * (empty is None), 1, Text(
            en="retention is right for other members, and None where nobody was there at the start.",
            zh="换一批会员，retention 也算得对；期初没有人时返回 None。",
        ))
    _first, there, later = _halves(ask)
    everyone = len(ask.data["members"])
    kept = len(there & later)
    with ask.part(1):
        share(ask, ask.value("half_year"), [kept / len(there)], 1, Text(
            en="half_year is your supermarket's retention rate.", zh="half_year 是你的超市的客户保持率。"
        ), [
            ("used-churn", 1 - kept / len(there), CHURN),
            ("counted-newcomers", len(later) / len(there), Text(
                en="You counted the newcomers as if they had been kept: buyers of the second half by buyers of the first.",
                zh="你把新来的也当成留下的了：下半年的人数除以上半年的人数。",
            )),
            ("wrong-base", kept / len(later), Text(
                en="You divided by the buyers of the second half; retention looks from the start.",
                zh="你拿下半年的人数作了分母；保持率是站在期初往后看的。",
            )),
            ("wrong-base", kept / everyone, Text(
                en="You divided by all members; there at the start were those who bought in the first half.",
                zh="你拿全部会员作了分母；期初就在的，是上半年买过的人。",
            )),
        ])


def q2(ask):
    first, there, later = _halves(ask)
    members = ask.data["members"]
    people = first.groupby("customer")["amount"].sum().reset_index()
    people = people.merge(members[["customer", "channel"]], on="customer")
    people["channel"] = people["channel"].astype(str)
    people["gone"] = ~people["customer"].isin(later)
    groups = dict(list(people.groupby("channel")))
    with ask.part(4):
        table = rows(ask.value("by_channel"), "channel", ["customers", "lost", "customer_churn", "revenue_churn"]) or {}
        right = dict.fromkeys(("customers", "customer_churn", "revenue_churn"), 0)
        seen = {"heads": 0, "kept": 0, "retention": 0, "baskets": 0}
        for channel, group in groups.items():
            row = table.get(channel, {})
            gone, paid = group["gone"], group["amount"]
            rate, money = gone.mean(), paid[gone].sum() / paid.sum()
            right["customers"] += near(row.get("customers"), len(group), 0) and near(row.get("lost"), gone.sum(), 0)
            right["customer_churn"] += hit(ask, row.get("customer_churn"), rate)
            right["revenue_churn"] += hit(ask, row.get("revenue_churn"), money)
            seen["heads"] += near(row.get("revenue_churn"), rate, EXACT)
            seen["kept"] += near(row.get("revenue_churn"), 1 - money, EXACT)
            seen["retention"] += near(row.get("customer_churn"), 1 - rate, EXACT)
            baskets = first["customer"].isin(group["customer"])
            seen["baskets"] += near(row.get("customers"), baskets.sum(), 0)
        many = len(groups)
        ask.give(right["customers"] / many, 1, Text(
            en="How many there were in each channel, and how many were lost.", zh="每种途径有多少人，走了多少人。"
        ))
        ask.give(right["customer_churn"] / many, 1, Text(
            en="The customer churn rate of each channel.", zh="每种途径的客户数流失率。"
        ))
        ask.give(2 * right["revenue_churn"] / many, 2, Text(
            en="The revenue churn of each channel.", zh="每种途径的收入流失率。"
        ))
        if right["revenue_churn"] < many and seen["heads"] >= 3:
            ask.misconception("heads-for-money", Text(
                en="Your revenue churn is the customer churn again: heads are counted, not money.",
                zh="你的收入流失率还是客户数流失率：数的是人头，不是钱。",
            ))
        if seen["retention"] >= 3 or seen["kept"] >= 3:
            ask.misconception("used-retention", RETENTION)
        if seen["baskets"] >= 3:
            ask.misconception("counted-baskets", Text(
                en="You counted baskets, not customers.", zh="你数的是购买次数，不是客户数。"
            ))
    rates = [group["gone"].mean() for group in groups.values()]
    with ask.part(1):
        share(ask, ask.value("overall"), [people["gone"].mean()], 1, Text(
            en="overall is the churn rate of the whole supermarket.", zh="overall 是整个超市的客户数流失率。"
        ), [
            ("average-of-ratios", float(np.mean(rates)), Text(
                en="You averaged four rates. The channels differ in size: divide all the lost by all the customers.",
                zh="你把四个比率平均了。各途径人数不同，要用流失总数除以客户总数。",
            )),
            ("used-retention", 1 - people["gone"].mean(), RETENTION),
            ("net-change", (len(there) - len(later)) / len(there), Text(
                en="This is (start - end) / start: the newcomers hide the lost.",
                zh="这是（期初 − 期末）/ 期初：新来的把走掉的盖住了。",
            )),
        ])


def q3(ask):
    with ask.part(1):
        chance, right = _chance(ask), 0
        for _time in range(4):
            churn, months, wanted = chance.uniform(0.01, 0.9), int(chance.integers(1, 30)), int(chance.integers(1, 60))
            right += near(ask.call("over", float(churn), months, wanted), 1 - (1 - churn) ** (wanted / months), 1e-6)
        ends = near(ask.call("over", 0.0, 3, 7), 0, 1e-9) and near(ask.call("over", 1.0, 3, 7), 1, 1e-9)
        ask.give(0.75 * (right == 4) + 0.25 * ends, 1, Text(
            en="over is right for other rates and stretches, for nobody lost and for all lost.",
            zh="换别的流失率和月数，over 也算得对；一个都没走、全都走了，也算得对。",
        ))
    _first, there, later = _halves(ask)
    bases, own = [len(there - later) / len(there)], real(quietly(ask.value, "overall"))
    if own is not None and 0 < own < 1 and not near(own, bases[0], EXACT):
        bases.append(own)
    with ask.part(1):
        share(ask, ask.value("monthly"), [_month(one) for one in bases], 1, Text(
            en="monthly is the half-year's churn converted to a month.", zh="monthly 是半年流失率折成的月流失率。"
        ), [
            wrong
            for one in bases
            for wrong in (
                ("multiplied-months", one / 6, Text(
                    en="You divided the half-year's churn by six. Retention multiplies: take the sixth root of what "
                    "is left.",
                    zh="你拿半年的流失率除以了六。保持率是连乘的：要对剩下的比例开六次方。",
                )),
                ("used-retention", 1 - _month(one), RETENTION),
                ("months-years", 1 - (1 - one) ** (1 / 12), Text(
                    en="You took the half-year's churn as that of a year.", zh="你把半年的流失率当成了一年的。"
                )),
            )
        ])


def _month(half_year):
    return 1 - (1 - half_year) ** (1 / 6)


def q4(ask):
    with ask.part(1):
        chance, right = _chance(ask), 0
        for _time in range(4):
            margin, kept, rate = chance.uniform(10, 900), chance.uniform(0.05, 0.97), chance.uniform(0, 0.3)
            made = margin * kept / (1 + rate - kept)
            right += near(ask.call("worth", float(margin), float(kept), float(rate)), made, 1e-6 * made)
        never = near(ask.call("worth", 100, 0.0, 0.1), 0, 1e-9)
        ask.give(0.75 * (right == 4) + 0.25 * never, 1, Text(
            en="worth is right for other margins, rates of retention and discount, and 0 where nobody stays.",
            zh="换别的毛利、保持率和折现率，worth 也算得对；谁也不留下时等于 0。",
        ))
    baskets = ask.data["transactions"]
    before = set(_buyers(baskets, "2024-01-01", "2024-12-31"))
    year = baskets[baskets["date"].between("2025-01-01", "2025-12-31")]
    after = set(year["customer"])
    stays = len(before & after) / len(before)
    with ask.part(1):
        share(ask, ask.value("stays"), [stays], 1, Text(
            en="stays is the retention rate from 2024 to 2025.", zh="stays 是 2024 年到 2025 年的客户保持率。"
        ), [
            ("used-churn", 1 - stays, CHURN),
            ("counted-newcomers", len(after) / len(before), Text(
                en="You counted the newcomers as if they had been kept.", zh="你把新来的也当成留下的了。"
            )),
            ("wrong-base", len(before & after) / len(after), Text(
                en="You divided by the buyers of 2025; retention looks from the start.",
                zh="你拿 2025 年的人数作了分母；保持率是站在期初往后看的。",
            )),
        ])
    paid = year["amount"].sum()
    with ask.part(1):
        stores = year.groupby("store").agg(paid=("amount", "sum"), people=("customer", "nunique"))
        ask.give(named(ask, ask.value("margin"), [0.2 * paid / len(after)], [
            ("revenue-for-margin", paid / len(after), Text(
                en="This is revenue. Of each yuan paid only 20% is margin.", zh="这是收入。付的每一元里，只有 20% 是毛利。"
            )),
            ("per-basket", 0.2 * year["amount"].mean(), Text(
                en="This is the margin of a basket, not of a customer in a year.",
                zh="这是一篮商品的毛利，不是一位客户一年的毛利。",
            )),
            ("wrong-base", 0.2 * paid / len(ask.data["members"]), Text(
                en="You shared it among all members; asked are those who bought in 2025.",
                zh="你平均到全部会员头上了；问的是 2025 年买过的客户。",
            )),
            ("average-of-ratios", 0.2 * (stores["paid"] / stores["people"]).mean(), Text(
                en="You averaged the stores' averages. Divide the whole margin by all customers.",
                zh="你把各门店的平均数又平均了。要用全部毛利除以全部客户。",
            )),
        ], YUAN), 1, Text(
            en="margin is what a customer of 2025 brought in that year.", zh="margin 是 2025 年的客户平均每人这一年带来的毛利。"
        ))
    mine = real(quietly(ask.value, "stays"))
    bases = [stays, *([mine] if mine is not None and 0 < mine <= 1 and not near(mine, stays, EXACT) else [])]
    gains = [_multiple(base + 0.05) / _multiple(base) - 1 for base in bases]
    with ask.part(1):
        share(ask, ask.value("gain"), gains, 1, Text(
            en="gain is what five points more of retention add to a customer's worth.",
            zh="gain 是保持率提高五个百分点，一位客户的价值增加的比例。",
        ), [
            ("percent-for-points", _multiple(stays * 1.05) / _multiple(stays) - 1, Text(
                en="You raised retention by five percent of itself. Five percentage points were asked for: 0.05 more.",
                zh="你把保持率提高了它自己的百分之五。问的是五个百分点，也就是加 0.05。",
            )),
            ("ratio-for-gain", gains[0] + 1, Text(
                en="This is how many times the old worth; the share by which it rises is 1 less.",
                zh="这是原来价值的多少倍；增加的比例要减 1。",
            )),
            ("paid-at-start", (1.1 - stays) / (1.05 - stays) - 1, Text(
                en="This gain belongs to margins paid at the start of each year.", zh="这是按“年初就收到毛利”算出来的。"
            )),
        ])


def _multiple(retention):
    return retention / (1.1 - retention)


def q5(ask):
    members, baskets = ask.data["members"], ask.data["transactions"]
    cohort = set(members.loc[members["joined"].between("2024-01-01", "2024-03-31"), "customer"])
    theirs = baskets[baskets["customer"].isin(cohort)]
    quarter = 4 * (theirs["date"].dt.year - 2024) + theirs["date"].dt.quarter - 1
    bought = theirs.groupby(quarter)["customer"].nunique().reindex(range(1, 8), fill_value=0).to_numpy()
    with ask.part(3):
        x, y = next(iter(lines(ask.value("picture"))), ([], []))
        drawn = dict(zip(x, y, strict=False))
        right = bought / len(cohort)
        hits = sum(hit(ask, drawn.get(float(number)), share) for number, share in enumerate(right, 1))
        ask.give(3 * hits / 7, 3, Text(
            en="The seven shares of your cohort.", zh="你的同期群的七个比例。"
        ))
        if hits == 7:
            return
        everyone = 4 * (baskets["date"].dt.year - 2024) + baskets["date"].dt.quarter - 1
        buyers = baskets.groupby(everyone)["customer"].nunique().reindex(range(1, 8)).to_numpy()
        visits = theirs.groupby(quarter)["customer"].size().reindex(range(1, 8), fill_value=0).to_numpy()
        for key, wrong, text in (
            ("used-churn", 1 - right, Text(
                en="These are the shares that did not buy.", zh="这是没有来买的人占的比例。"
            )),
            ("chain-rates", bought[1:] / bought[:-1], Text(
                en="You divided each quarter by the one before. Below every share stands the whole cohort.",
                zh="你拿每个季度除以了上一个季度。每个比例的分母都是整个同期群。",
            )),
            ("survivors-only", bought / theirs["customer"].nunique(), Text(
                en="You divided by those of the cohort who ever bought. Whoever joined and never came belongs to it too.",
                zh="你只拿同期群里买过东西的人作了分母。入了会却一次没来的，也属于同期群。",
            )),
            ("not-the-cohort", buyers / len(members), Text(
                en="These are all members, not your cohort.", zh="这是全部会员，不是你的同期群。"
            )),
            ("counted-baskets", visits / len(cohort), Text(
                en="You counted baskets, not customers.", zh="你数的是购买次数，不是客户数。"
            )),
        ):
            places = range(8 - len(wrong), 8)
            if sum(near(drawn.get(float(one)), share, EXACT) for one, share in zip(places, wrong, strict=True)) >= 4:
                ask.misconception(key, text)
                return


def _ranked(days, gaps, longest=90, many=10):
    """Member numbers by silence in usual gaps, the longest first."""
    kept = days[days["silence"].between(28, longest) & (days["days"] >= 10)]
    times = (kept["silence"] / gaps.reindex(kept.index)).rename("times").reset_index()
    return times.sort_values(["times", "customer"], ascending=[False, True])["customer"].head(many).tolist()


def q6(ask):
    baskets = ask.data["transactions"]
    visits = baskets[["customer", "date"]].drop_duplicates()
    days = visits.groupby("customer")["date"].agg(first="min", last="max", days="count")
    days["silence"] = (pd.Timestamp("2025-12-31") - days["last"]).dt.days
    span = (days["last"] - days["first"]).dt.days
    right = _ranked(days, span / (days["days"] - 1))
    with ask.part(3):
        watch = numbers(ask.value("watch"))
        found, ordered = ranking(watch, right)
        ask.give(2 * found, 2, Text(en="The right ten members.", zh="十位会员选对了。"))
        ask.give(ordered, 1, Text(en="In the right order.", zh="顺序排对了。"))
        if watch[:10] == right:
            return
        silent = days[days["silence"].between(28, 90) & (days["days"] >= 10)]["silence"]
        counts = baskets.groupby("customer")["date"].count()
        for key, wrong, text in (
            ("reversed-order", right[::-1], Text(en="The list stands upside down.", zh="名单排反了。")),
            ("long-gone", _ranked(days, span / (days["days"] - 1), longest=10_000), Text(
                en="On your list are those who have been gone for longer than 90 days. That is win-back, not a watch list.",
                zh="你的名单上有沉默超过 90 天的会员。那是客户赢回的事，不是预警。",
            )),
            ("counted-gaps", _ranked(days, span / days["days"]), Text(
                en="Between ten days lie nine gaps, not ten.", zh="十个购买日之间是九个间隔，不是十个。"
            )),
            ("counted-baskets", _ranked(days, span / (counts - 1)), Text(
                en="You counted baskets. Two baskets on one day are one purchase day.",
                zh="你数的是购买次数。同一天的两篮只算一个购买日。",
            )),
        ):
            if watch[:10] == wrong:
                ask.misconception(key, text)
                return
        tenth = silent.nlargest(10).min()
        quiet = silent.reindex([int(one) for one in watch[:10] if one == one // 1])
        if found <= 0.5 and len(watch) >= 10 and (quiet >= tenth).sum() >= 9:
            ask.misconception("own-rhythm", Text(
                en="You took the longest silence in days. Measure it in each customer's own usual gaps.",
                zh="你是按沉默的天数排的。要拿每位客户自己的平时间隔去量。",
            ))


def q7(ask):
    survey, complaints = ask.data["survey"], ask.data["complaints"]
    answered = survey.dropna(subset=["overall"])
    unhappy = set(answered.loc[answered["overall"] <= 3, "customer"])
    before = complaints[complaints["date"].between("2024-01-01", "2025-02-28")]
    heard = set(before["customer"])
    rate = len(unhappy & heard) / len(unhappy)
    with ask.part(1):
        answer = ask.value("complaint_rate")
        known = set(answered["customer"])
        share(ask, answer, [rate], 1, Text(
            en="complaint_rate is the share of the dissatisfied who complained.", zh="complaint_rate 是不满意的会员里投诉过的比例。"
        ), [
            ("complainers-for-dissatisfied", len(unhappy & heard) / len(heard), Text(
                en="This is the share of the complainers who are dissatisfied. Asked for is the share of the dissatisfied "
                "who complained.",
                zh="这是投诉者里不满意的比例。问的是不满意的人里投诉过的比例。",
            )),
            ("complainers-for-dissatisfied", len(unhappy & heard) / max(1, len(known & heard)), Text(
                en="This is the share of the complainers (who answered) who are dissatisfied. Asked for is the share of "
                "the dissatisfied who complained.",
                zh="这是（回答了问卷的）投诉者里不满意的比例。问的是不满意的人里投诉过的比例。",
            )),
            ("wrong-base", len(known & heard) / len(known), Text(
                en="This is the share of all who answered who complained, content or not.",
                zh="这是所有回答者里投诉过的比例，满意的也算进去了。",
            )),
            ("wrong-base", len(heard) / len(ask.data["members"]), Text(
                en="This is the share of all members who complained.", zh="这是全部会员里投诉过的比例。"
            )),
            ("any-time", len(unhappy & set(complaints["customer"])) / len(unhappy), Text(
                en="You took all complaints, those after the survey too.", zh="你把全部投诉都算进去了，连问卷之后的也算了。"
            )),
            ("silent-for-heard", 1 - rate, Text(
                en="This is the share that kept silent.", zh="这是没有投诉的比例。"
            )),
        ])
    with ask.part(1):
        mine, behind = real(quietly(ask.value, "complaint_rate")), real(ask.value("dissatisfied"))
        bases = [base for base in (rate, mine) if base is not None and 0 < base <= 1]
        ask.give(any(near(behind, len(heard) / base, WHOLE) for base in bases), 1, Text(
            en="dissatisfied is the whole iceberg, by your rate.", zh="dissatisfied 是按你的投诉率推出的整座冰山。"
        ))
        if any(near(behind, len(before) / base, WHOLE) for base in bases) and len(before) > len(heard):
            ask.misconception("counted-complaints", Text(
                en="You counted complaints. A member who complained twice is one dissatisfied member.",
                zh="你数的是投诉件数。投诉过两次的会员也只是一位不满意的会员。",
            ))
        elif near(behind, 25 * len(heard), 0.5) or near(behind, 25 * len(before), 0.5):
            ask.misconception("borrowed-rate", Text(
                en="You multiplied by the famous 25. Your own rate says something else.",
                zh="你直接乘了那个有名的 25。你自己的投诉率说的是另一回事。",
            ))


def q8(ask):
    complaints = ask.data["complaints"].astype({"outcome": str, "loss": str})
    large = complaints[complaints["loss"] == "large"]
    right = _rungs(large[large["came_back"].notna()])
    unknown = _rungs(large.assign(came_back=large["came_back"].fillna(False)))
    both = _rungs(complaints[complaints["came_back"].notna()])
    credited, total = [_credit(right)], sum(back for _many, back in right.values())
    with ask.part(1):
        table = rows(ask.value("ladder"), "outcome", ["complaints", "came_back"]) or {}
        counts = sum(near(table.get(rung, {}).get("complaints"), many, 0) for rung, (many, _back) in right.items())
        shares = sum(hit(ask, table.get(rung, {}).get("came_back"), back / n) for rung, (n, back) in right.items())
        ask.give(counts / 6 + shares / 6, 1, Text(
            en="The three rungs: how many, and which share came back.", zh="三级阶梯：各有多少起，回来的占多少。"
        ))
        if shares < 3 and _shares(table, {rung: back / many for rung, (many, back) in unknown.items()}):
            credited.append(_credit(unknown))
            ask.misconception("missing-as-no", Text(
                en="You counted an empty came_back as a no. It is not known yet.",
                zh="你把空着的 came_back 当成“没有回来”了。其实还不知道。",
            ))
        elif shares < 3 and _shares(table, {rung: back / many for rung, (many, back) in both.items()}):
            credited.append(_credit(both))
            ask.misconception("small-losses", Text(
                en="The small losses are in it. They make a ladder of their own.",
                zh="小损失的投诉也混进来了，那是另一架阶梯。",
            ))
        elif shares < 3 and _shares(table, {rung: back / total for rung, (_many, back) in right.items()}):
            ask.misconception("wrong-base", Text(
                en="These are the shares of the rungs among those who came back. Asked is how many of each rung did.",
                zh="这是回来的人里各级占的比例。问的是每一级里有多少人回来。",
            ))
    with ask.part(2):
        answer = ask.value("credit")
        # who went wrong in the ladder and on from there in the right way has these points
        good = any(near(answer, one, YUAN) for one in credited)
        ask.give(2 * good, 2, Text(
            en="credit: what goes beyond those who would have come back after complaining in vain.",
            zh="credit：超出“白投诉也会来”的那部分。",
        ))
        upper = sum(back for rung, (_many, back) in right.items() if rung != "unresolved")
        if not good and (near(answer, upper, YUAN) or near(answer, total, YUAN)):
            ask.misconception("all-credit", Text(
                en="You credited the desk with everybody who came back. Some come back even after complaining in "
                "vain.",
                zh="你把回来的人全算成投诉台的功劳了。白投诉一场，也有人会再来。",
            ))
        elif not good and near(answer, sum(_above(right)), YUAN):
            ask.misconception("average-of-ratios", Text(
                en="You added shares. Multiply each by the number of complaints on its rung.",
                zh="你把比例直接相加了。每个比例要先乘以这一级的投诉件数。",
            ))


def _rungs(table):
    """By outcome, how many complaints there are and after how many of them the member came back."""
    counts = table.groupby("outcome")["came_back"].agg(many="size", back="sum")
    return {rung: (int(row["many"]), int(row["back"])) for rung, row in counts.iterrows()}


def _shares(table, shares):
    """Whether a table says exactly this of every rung."""
    return all(near(table.get(rung, {}).get("came_back"), share, EXACT) for rung, share in shares.items())


def _above(rungs):
    """How far the shares of the two upper rungs lie above that of the unresolved."""
    many, back = rungs["unresolved"]
    return [b / n - back / many for rung, (n, b) in rungs.items() if rung != "unresolved"]


def _credit(rungs):
    upper = [many for rung, (many, _back) in rungs.items() if rung != "unresolved"]
    return sum(many * share for many, share in zip(upper, _above(rungs), strict=True))
