"""What is checked of exercise 1 when it is marked: the answers for this student's own draw, and fresh inputs.

Every right answer is computed here from ``ask.data``; none is stored.
"""

import numpy as np
import pandas as pd

from crmlab.language.text import Text
from crmlab.marking.answers import (
    EXACT,
    YUAN,
    day,
    fresh,
    hit,
    lines,
    listed,
    named,
    near,
    numbers,
    quietly,
    ranking,
    real,
    rows,
    share,
)

SAME = 1e-6
"""Days that are the same, however they were computed."""
ROUND, RESERVE = 12, 0.8
MONTHS = ("2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30")
STALE = Text(
    en="You went by the book of the first day. Since then homes have come over; the log knows them.",
    zh="你照第一天的账本办了。后来有人家改投了他，流水账上才有。",
)


def _tables(ask):
    """The book of the first day with the true days, and the log until 30 June."""
    homes, log = ask.data["households"].copy(), ask.data["refills"]
    homes["days"] = homes["jar"] / (homes["people"] * homes["bowls"])
    log = log[log["date"] <= MONTHS[-1]].sort_values(["household", "date"])
    return homes, log


def _books(ask, homes):
    """The right days of each home, and where the student's own function gives others, those too: for what follows."""
    books = [homes["days"].to_numpy()]
    asked = [homes[name].to_numpy() for name in ("people", "bowls", "jar")]
    own = np.array([real(one) or 0.0 for one in listed(quietly(ask.call, "days", *asked)) or []])
    if len(own) == len(homes) and (own > 0).all() and not np.allclose(own, books[0]):
        books.append(own)
    return books


def _old(homes):
    """Which homes were his from the first day."""
    return homes["merchant"].to_numpy() == 1


def _chance(ask):
    homes = ask.data["households"]
    return fresh(homes["jar"] * homes["household"] * homes["people"])


def q1(ask):
    homes, _log = _tables(ask)
    with ask.part(1):
        chance, right = _chance(ask), 0
        for _time in range(4):
            people, bowls, jar = int(chance.integers(1, 12)), chance.uniform(0.5, 4), int(chance.integers(10, 200))
            right += near(ask.call("days", people, float(bowls), jar), jar / (people * bowls), SAME)
        ask.give(right == 4, 1, Text(en="days is right for other homes.", zh="换别的人家，days 也算得对。"))
    books, old = _books(ask, homes), _old(homes)
    with ask.part(1):
        counts = [int((book > 14).sum()) for book in books]
        answer = ask.value("slow")
        ask.give(named(ask, answer, counts, [
            ("his-homes-only", int((books[0][old] > 14).sum()), Text(
                en="You counted among Minghua's 20 homes. All 120 were asked for.", zh="你只在明华的 20 户里数了。问的是全村 120 口缸。"
            )),
            ("shorter-for-longer", len(homes) - counts[0], Text(
                en="These are the jars that last 14 days or less.", zh="这是最多够吃 14 天的缸。"
            )),
            ("share-for-count", counts[0] / len(homes), Text(
                en="This is a share. The number of jars was asked for.", zh="这是比例。问的是有几口缸。"
            )),
            ("reserve-too-early", int((RESERVE * books[0] > 14).sum()), Text(
                en="You counted the jars that he visits after more than 14 days. How long they last was asked for.",
                zh="你数的是隔 14 天还不用上门的缸。问的是够吃多久。",
            )),
        ], SAME), 1, Text(en="slow is the number of jars that last longer than 14 days.", zh="slow 是够吃超过 14 天的缸数。"))
    with ask.part(1):
        rounds = [float((1 / (RESERVE * book[old])).sum()) for book in books]
        answer, his = ask.value("visits"), books[0][old]
        ask.give(named(ask, answer, rounds, [
            ("average-home", old.sum() / (RESERVE * his.mean()), Text(
                en="You divided by the average days. The small jars need most of the visits: add up what each home needs.",
                zh="你除以了平均天数。路多半是为小缸跑的：要一户一户算出次数，再加起来。",
            )),
            ("average-home", old.sum() / his.mean(), Text(
                en="You divided by the average days, and kept no reserve. Add up what each home needs.",
                zh="你除以了平均天数，也没有留余地。要一户一户算出次数，再加起来。",
            )),
            ("forgot-the-reserve", float((1 / his).sum()), Text(
                en="You forgot the reserve: he comes after 80% of the days.", zh="你忘了留余地：吃到 80% 的天数他就上门。"
            )),
            ("reserve-upside-down", float((RESERVE / his).sum()), Text(
                en="With a reserve he comes more often, not less: the days become fewer, so the visits more.",
                zh="留了余地，跑得更勤，不是更少：隔的天数少了，次数就多了。",
            )),
            ("whole-village", float((1 / (RESERVE * books[0])).sum()), Text(
                en="These are the visits to all 120 homes. His own 20 were asked for.", zh="这是跑遍全村 120 户的次数。问的是他自己的 20 户。"
            )),
            ("mean-for-sum", float((1 / (RESERVE * his)).mean()), Text(
                en="This is what one home needs on average. All 20 together were asked for.", zh="这是平均每户的次数。问的是 20 户合起来。"
            )),
            ("days-for-visits", float(RESERVE * his.mean()), Text(
                en="These are days between visits, not visits a day.", zh="这是隔几天去一次，不是一天去几次。"
            )),
        ], 0.0005), 1, Text(en="visits a day, all 20 homes together.", zh="20 户合起来，平均每天跑几户。"))


def _guests(people, bowls, jar, guests, stay):
    """Days until the jar is empty, for numbers or arrays."""
    together = (people + guests) * bowls
    return np.where(together * stay >= jar, jar / together, stay + (jar - together * stay) / (people * bowls))


def q2(ask):
    homes, _log = _tables(ask)
    with ask.part(1):
        chance, right = _chance(ask), 0
        for long in (True, False, True, False):
            people, guests, stay = (int(one) for one in chance.integers(1, 8, 3))
            bowls = float(chance.uniform(0.5, 3))
            part = 1.2 + chance.random() if long else 0.3 + 0.5 * chance.random()
            asked = people, bowls, round((people + guests) * bowls * stay * part, 1), guests, stay
            right += near(ask.call("with_guests", *asked), float(_guests(*asked)), SAME)
        quiet = [near(ask.call("with_guests", 4, 2, 60, *nobody), 7.5, SAME) for nobody in ((0, 3), (3, 0))]
        ask.give(0.75 * (right == 4) + 0.25 * all(quiet), 1, Text(
            en="with_guests is right for other homes and guests, and gives the book's days where nobody comes or nobody stays.",
            zh="换别的人家和客人，with_guests 也算得对；没来客人、来了就走，都等于账本上的天数。",
        ))
    people, bowls, jar = (homes[name].to_numpy() for name in ("people", "bowls", "jar"))
    feast, books = _guests(people, bowls, jar, 5, 1), _books(ask, homes)
    with ask.part(1):
        answer = ask.value("caught")
        rights = [int((feast < RESERVE * book).sum()) for book in books]
        if not any(near(answer, right, SAME) for right in rights):
            rights += _own_feast(ask, homes, books)
        old = _old(homes)
        ask.give(named(ask, answer, rights, [
            ("forgot-the-reserve", int((feast < books[0]).sum()), Text(
                en="You compared with the full days of the book: with guests every jar is empty sooner. He comes after 80%.",
                zh="你拿账本上的全部天数去比了：来了客人，哪口缸都空得早。他是吃到 80% 时上门的。",
            )),
            ("in-time-for-caught", int((feast >= RESERVE * books[0]).sum()), Text(
                en="These are the jars that he reaches in time.", zh="这是他赶得及的缸。"
            )),
            ("his-homes-only", int((feast < RESERVE * books[0])[old].sum()), Text(
                en="You counted among Minghua's 20 homes. All 120 were asked for.", zh="你只在明华的 20 户里数了。问的是全村 120 口缸。"
            )),
            ("share-for-count", float((feast < RESERVE * books[0]).mean()), Text(
                en="This is a share. The number of jars was asked for.", zh="这是比例。问的是有几口缸。"
            )),
            ("guest-days-swapped", int((_guests(people, bowls, jar, 1, 5) < RESERVE * books[0]).sum()), Text(
                en="You had one guest for five days. There are five guests for one day.", zh="你算的是一位客人住五天。题目是五位客人住一天。"
            )),
        ], SAME), 1, Text(en="caught is the number of jars that the guests empty before he comes.", zh="caught 是他还没到、客人就已经吃空的缸数。"))


def _own_feast(ask, homes, books):
    """How many are caught by the student's own ``with_guests`` and days: one number, or none where it fails."""
    own = []
    for people, bowls, jar in zip(homes["people"], homes["bowls"], homes["jar"], strict=True):
        own.append(real(quietly(ask.call, "with_guests", int(people), float(bowls), int(jar), 5, 1)))
        if own[-1] is None:
            return []
    return [int((np.array(own) < RESERVE * books[-1]).sum())]


def _quotients(homes, log, book, shortest=7.0, everybody=False):
    """What each jar lasted, as a part of what the book says; empty where the refill before is not known."""
    log = log.assign(lasted=log.groupby("household")["date"].diff().dt.days)
    days = log["household"].map(dict(zip(homes["household"], book, strict=True)))
    kept = log[(days >= shortest) & (everybody | (log["merchant"] != 1))]
    return (kept["lasted"] / days[kept.index]).to_numpy(), kept["lasted"].to_numpy(), days[kept.index].to_numpy()


def q3(ask):
    homes, log = _tables(ask)
    books = _books(ask, homes)
    all_rows = [_quotients(homes, log, book)[0] for book in books]
    truths = [rows_[~np.isnan(rows_)] for rows_ in all_rows]
    truth, unknown = truths[0], all_rows[0]
    everybody = _quotients(homes, log, books[0], everybody=True)[0]
    everybody = everybody[~np.isnan(everybody)]
    every_jar = _quotients(homes, log, books[0], shortest=0.0)[0]
    every_jar = every_jar[~np.isnan(every_jar)]
    lasted, forecast = _quotients(homes, log, books[0])[1:]
    known = ~np.isnan(lasted)
    visits = Text(
        en="Minghua's own rounds are in it. He comes before the jar is empty, so his dates do not say how long it lasted.",
        zh="明华自己送米的那些行也混进来了。他是缸没空就到的，从他的日期看不出一缸吃了几天。",
    )
    small = Text(
        en="Homes whose jar lasts less than 7 days are in it. There the whole days of the log are too coarse.",
        zh="一缸不够吃 7 天的人家也混进来了。流水账按整天记，对它们太粗。",
    )
    lost = Text(
        en="Rows in which lasted is not known are in it, and count as not below. Leave them out first.",
        zh="lasted 空着的行也算进去了，被当成“不小于”。先把它们去掉。",
    )

    def counted(name, points, measure, because, wrong):
        rights = [measure(one) for one in truths]
        with ask.part(points):
            share(ask, ask.value(name), rights, points, because, [
                *wrong,
                ("his-visits", measure(everybody), visits),
                ("small-jars", measure(every_jar), small),
            ])

    counted("ratio", 0.75, np.mean, Text(en="ratio: how right the book is on average.", zh="ratio：账本平均准不准。"), [
        ("upside-down", float(np.mean(1 / truth)), Text(
            en="You divided the book's days by what happened. Divide what happened by the book.",
            zh="你拿账本除以实际了。要用实际除以账本。",
        )),
        ("ratio-of-means", float(lasted[known].mean() / forecast[known].mean()), Text(
            en="You divided a mean by a mean. Divide row by row, then take the mean.", zh="你拿平均数除平均数了。要一行一行地除，再平均。"
        )),
    ])
    counted("off", 1, lambda one: float(np.abs(one - 1).mean()), Text(
        en="off: how far a single jar lies from the book.", zh="off：单独一口缸离账本有多远。"
    ), [
        ("errors-cancel", float((truth - 1).mean()), Text(
            en="Your errors cancel: a jar that lasts too long makes up for one that is empty too soon. Count both alike.",
            zh="正负抵消了：多吃几天的，把早空几天的补上了。多了少了要一样算。",
        )),
        ("errors-cancel", float(abs((truth - 1).mean())), Text(
            en="Your errors cancelled before you took the distance. Take it row by row, then the mean.",
            zh="先平均，再求距离，正负已经抵消了。要一行一行求距离，再平均。",
        )),
        ("spread-for-distance", float(truth.std(ddof=1)), Text(
            en="This is the standard deviation. The mean distance from 1 was asked for.", zh="这是标准差。问的是离 1 的平均距离。"
        )),
        ("spread-for-distance", float(truth.std()), Text(
            en="This is the standard deviation. The mean distance from 1 was asked for.", zh="这是标准差。问的是离 1 的平均距离。"
        )),
        ("days-for-share", float(np.abs(lasted - forecast)[known].mean()), Text(
            en="These are days. The quotient's distance from 1 was asked for.", zh="这是天数。问的是商离 1 有多远。"
        )),
    ])
    for name, limit, points, because in (
        ("early", 1, 0.5, Text(en="early: empty before the day in the book.", zh="early：没到账本上的那一天就空了。")),
        ("too_late", 0.85, 0.75, Text(en="too_late: empty even with 15% in reserve.", zh="too_late：留了 15% 的余地也还是空了。")),
    ):
        counted(name, points, lambda one, limit=limit: float((one < limit).mean()), because, [
            ("missing-as-no", float((unknown < limit).mean()), lost),
            ("late-for-early", float((truth > limit).mean()), Text(
                en="These are the quotients above, not below.", zh="这是大于的占多少，问的是小于的。"
            )),
            ("late-for-early", float((truth >= limit).mean()), Text(
                en="These are the quotients above, not below.", zh="这是大于的占多少，问的是小于的。"
            )),
            ("same-day-too", float((truth <= limit).mean()), Text(
                en="You counted the jars in it that were empty on the very day. Below means earlier.",
                zh="正好在那一天空的，你也数进去了。小于，是更早。",
            )),
        ])


def q4(ask):
    homes, log = _tables(ask)
    old = set(homes.loc[_old(homes), "household"])
    his = log[log["merchant"] == 1]
    firsts = his.groupby("household")["date"].min()
    over = firsts[~firsts.index.isin(old)].sort_values()
    right = np.array([len(old) + (over <= end).sum() for end in MONTHS]) / len(homes)
    with ask.part(2):
        x, y = next(iter(lines(ask.value("picture"))), ([], []))
        drawn = dict(zip(x, y, strict=False))
        hits = sum(hit(ask, drawn.get(float(month)), share) for month, share in enumerate(right))
        ask.give(2 * hits / 7, 2, Text(
            en="His share of the village, month by month.", zh="他在村里占的比例，逐月都对。"
        ))
        if hits < 7:
            _wrong_line(ask, drawn, right, homes, log, firsts, over)
    with ask.part(1):
        answer, days = day(ask.value("when")), [str(one.date()) for one in over]
        fifth = days[4]
        ask.give(
            answer == fifth, 1, Text(en="when he had 25 homes for the first time.", zh="他第一次有 25 户的那一天。")
        )
        if answer != fifth:
            month = next((end for end, share in zip(MONTHS, right, strict=True) if share * len(homes) >= 25), None)
            if len(days) >= 25 and answer == days[24]:
                ask.misconception("newcomers-only", Text(
                    en="On this day the 25th home came over. He had 20 before.", zh="这一天来的是第 25 户。他本来就有 20 户。"
                ))
            elif answer == month:
                ask.misconception("month-for-day", Text(
                    en="This is the first end of a month with 25 homes. It happened earlier in this month.",
                    zh="这是第一个有了 25 户的月底。那一天在这个月里更早的时候。",
                ))
            elif answer == next((one for one in days if one > fifth), None):
                ask.misconception("one-too-many", Text(
                    en="On this day he had more than 25.", zh="到这一天，他已经不止 25 户了。"
                ))


def _wrong_line(ask, drawn, right, homes, log, firsts, over):
    """Name the misconception that gives most of what was drawn."""
    by_month = [log[log["date"].between(*span)] for span in zip(("2025-01-01", *MONTHS), MONTHS, strict=False)]
    so_far = [log[log["date"] <= end] for end in MONTHS]
    seen = np.array([(firsts <= end).sum() for end in MONTHS])
    last = [part.groupby("household")["merchant"].last() for part in so_far]
    for key, wrong, text in (
        ("newcomers-only", (right * len(homes) - 20) / len(homes), Text(
            en="You left out his 20 old homes.", zh="他原来的 20 户，你没有算进去。"
        )),
        ("old-counted-twice", (20 + seen) / len(homes), Text(
            en="You counted his 20 old homes twice: once by 20, once by their refills.",
            zh="他的 20 户老主顾你数了两遍：加了一次 20，又按添米记录数了一次。",
        )),
        ("not-yet-in-log", seen / len(homes), Text(
            en="You counted only homes that stand in the log already. An old home with a large jar is his before its first refill.",
            zh="你只数了流水账上已经出现的人家。老主顾里缸大的，还没添米也是他的客户。",
        )),
        ("not-yet-in-log", np.array([(one == 1).mean() if len(one) else np.nan for one in last]), Text(
            en="You divided by the homes that stand in the log already. Below every share stand all 120.",
            zh="你除以的是流水账上已经出现的人家。每个比例的分母都是全部 120 户。",
        )),
        ("refills-for-homes", np.array([(one["merchant"] == 1).mean() if len(one) else np.nan for one in so_far]), Text(
            en="This is his share of the refills. He comes more often and brings less, so it says something else.",
            zh="这是添米次数的比例。他来得勤、每次送得少，这个数说的是另一回事。",
        )),
        ("refills-for-homes", np.array([(one["merchant"] == 1).mean() if len(one) else np.nan for one in by_month]), Text(
            en="This is his share of each month's refills, not of the homes.", zh="这是当月添米次数的比例，不是户数的比例。"
        )),
        ("month-only", np.array([one.loc[one["merchant"] == 1, "household"].nunique() for one in by_month]) / len(homes), Text(
            en="You counted the homes that he visited in the month. Whoever has a large jar is his all the same.",
            zh="你数的是当月他送过米的人家。缸大的那个月不用送，也还是他的客户。",
        )),
        ("others-for-his", 1 - right, Text(
            en="This is the share of the five others.", zh="这是另外五家的比例。"
        )),
        ("wrong-base", right * len(homes) / (len(homes) - 20), Text(
            en="You divided by the homes that were not his. The village has 120.", zh="你除以了不归他的户数。全村是 120 户。"
        )),
        ("wrong-base", np.array([(over <= end).sum() for end in MONTHS]) / (len(homes) - 20), Text(
            en="This is the share of the rivals' homes that came over. His share of the village was asked for.",
            zh="这是别家的客户里改投来的比例。问的是他在全村占的比例。",
        )),
    ):
        if sum(near(drawn.get(float(month)), share, EXACT) for month, share in enumerate(wrong) if share == share) >= 5:
            ask.misconception(key, text)
            return


def q5(ask):
    homes, log = _tables(ask)
    now = log.groupby("household")["merchant"].last()
    bowls = log.groupby("merchant")["bowls"].sum()
    refills = log["merchant"].value_counts()
    first, ever = homes["merchant"].value_counts(), log.groupby("merchant")["household"].nunique()
    with ask.part(2):
        table = rows(ask.value("market"), "merchant", ["homes", "refills", "rice"]) or {}
        right = dict.fromkeys(("homes", "refills", "rice"), 0)
        seen = dict.fromkeys(("first", "ever", "counts", "refills", "mean", "days"), 0)
        mean = log.groupby("merchant")["bowls"].mean()
        for merchant in range(1, 7):
            row = table.get(merchant, {})
            right["homes"] += near(row.get("homes"), int((now == merchant).sum()), 0)
            right["refills"] += hit(ask, row.get("refills"), refills[merchant] / len(log))
            right["rice"] += hit(ask, row.get("rice"), bowls[merchant] / bowls.sum())
            seen["first"] += near(row.get("homes"), first[merchant], 0)
            seen["ever"] += near(row.get("homes"), ever[merchant], 0)
            counts = near(row.get("refills"), refills[merchant], 0), near(row.get("rice"), bowls[merchant], 0)
            seen["counts"] += any(counts)
            seen["refills"] += near(row.get("rice"), refills[merchant] / len(log), EXACT)
            seen["mean"] += near(row.get("rice"), mean[merchant] / mean.sum(), EXACT)
        for name, points, because in (
            ("homes", 0.5, Text(en="Where the homes buy on 30 June.", zh="6 月 30 日各家有几户。")),
            ("refills", 0.5, Text(en="The shares of the refills.", zh="添米次数的比例。")),
            ("rice", 1, Text(en="The shares of the rice.", zh="米的比例。")),
        ):
            ask.give(points * right[name] / 6, points, because)
        if right["homes"] < 6 and seen["first"] == 6:
            ask.misconception("stale-book", STALE)
        elif right["homes"] < 6 and seen["ever"] >= 5:
            ask.misconception("homes-ever", Text(
                en="You counted each home with every merchant where it ever bought. Where it buys on 30 June was asked.",
                zh="一户人家在哪几家买过，你就数了几遍。问的是 6 月 30 日在哪家买。",
            ))
        if seen["counts"] >= 5:
            ask.misconception("counts-for-shares", Text(
                en="These are counts. Shares were asked for: divide by the total.", zh="这是个数。问的是比例，要除以总数。"
            ))
        if right["rice"] < 6 and seen["refills"] >= 5:
            ask.misconception("refills-for-rice", Text(
                en="Your shares of the rice are those of the refills. Minghua comes more often and brings less each time.",
                zh="你的米的比例，还是添米次数的比例。明华来得勤，每次送得少。",
            ))
        elif right["rice"] < 6 and seen["mean"] >= 5:
            ask.misconception("refill-size", Text(
                en="You compared the average refill. Add up the bowls.", zh="你比的是平均每次添多少。要把碗数加起来。"
            ))


def _waiting(homes, log, book, whose=1):
    """The homes that buy from merchant ``whose`` now (from anybody where it is None), the most urgent first."""
    last = log.groupby("household").agg(date=("date", "max"), now=("merchant", "last"))
    table = homes.set_index("household").assign(days=book).join(last)
    table = table if whose is None else table[table["now"] == whose]
    since = (pd.Timestamp("2026-07-01") - table["date"]).dt.days
    eaten = (table["people"] * table["bowls"] * since).clip(upper=table["jar"])
    table = table.assign(since=since, left=table["days"] - since, eaten=eaten)
    return table.reset_index().sort_values(["left", "household"])


def _is_round(tour, table):
    """Whether ``tour`` keeps the rules; whose days are the same may stand in any order, for rounding decides there."""
    left = table.set_index("household")["left"]
    if len(tour) != ROUND or len(set(tour)) < ROUND or not set(tour) <= set(left.index):
        return False
    there, rest = left.loc[tour].to_numpy(), left.drop(tour)
    return bool((np.diff(there) >= -SAME).all() and (rest >= there[-1] - SAME).all())


def q6(ask):
    homes, log = _tables(ask)
    tables = [_waiting(homes, log, book) for book in _books(ask, homes)]
    table = tables[0]
    with ask.part(2):
        tour = numbers(ask.value("tour"))
        right = tour if any(_is_round(tour, one) for one in tables) else _first(table)
        found, ordered = ranking(tour, right)
        ask.give(found, 1, Text(en="The right twelve homes.", zh="十二户选对了。"))
        ask.give(ordered, 1, Text(en="In the right order.", zh="次序排对了。"))
        if tour != right:
            _wrong_round(ask, tour, right, homes, log, table)
    with ask.part(1):
        own = numbers(quietly(ask.value, "tour"))
        every = _waiting(homes, log, homes["days"].to_numpy(), None).set_index("household")
        cart = every.loc[own] if len(set(own)) == len(own) == ROUND and set(own) <= set(every.index) else None
        carts = [every.loc[_first(table)], *([] if cart is None else [cart])]
        mine = carts[-1]
        ask.give(named(ask, ask.value("load"), [float(one["eaten"].sum()) for one in carts], [
            ("whole-jars", float(mine["jar"].sum()), Text(
                en="You loaded a whole jar for each home. What it has eaten since goes on the cart.",
                zh="你给每户都装了满满一缸。车上只装隔的这几天里吃掉的。",
            )),
            ("bowls-per-home", float((mine["bowls"] * mine["since"]).clip(upper=mine["jar"]).sum()), Text(
                en="You counted bowls per home where per head is asked.", zh="你按每户的碗数算了，题目里是每人的。"
            )),
            ("a-day-for-all", float((mine["people"] * mine["bowls"]).sum()), Text(
                en="This is what the twelve homes eat in one day.", zh="这是十二户一天吃的。"
            )),
            ("left-for-eaten", float((mine["jar"] - mine["eaten"]).sum()), Text(
                en="This is what is still in the jars.", zh="这是缸里还剩的。"
            )),
            ("all-homes", float(table["eaten"].sum()), Text(
                en="This is what all his homes have eaten. The carriers visit twelve.", zh="这是他全部客户吃掉的。明天只跑十二户。"
            )),
            ("reserve-for-eaten", float((RESERVE * mine["jar"]).sum()), Text(
                en="You loaded 80% of each jar. What each home has eaten depends on the days since its refill.",
                zh="你给每户都装了缸的 80%。吃掉多少，要看隔了几天。",
            )),
        ], YUAN), 1, Text(en="load is what goes on the cart for these homes.", zh="load 是给这些人家装车的碗数。"))


def _first(table):
    """The numbers of the first homes of a table, as many as the carriers can visit."""
    return table["household"].head(ROUND).tolist()


def _wrong_round(ask, tour, right, homes, log, table):
    """Name the misconception that gives this round."""
    old = table["household"].isin(homes.loc[_old(homes), "household"])
    until_visit = table.assign(left=RESERVE * table["days"] - table["since"])
    for key, wrong, text in (
        ("reversed-order", right[::-1], Text(en="The round stands upside down.", zh="路线排反了。")),
        ("most-left-first", _first(table[::-1]), Text(
            en="These homes have the most days left. Begin with the fewest.", zh="这些人家还剩的天数最多。要从最少的开始。"
        )),
        ("most-left-first", _first(table.sort_values(["left", "household"], ascending=[False, True])), Text(
            en="These homes have the most days left. Begin with the fewest.", zh="这些人家还剩的天数最多。要从最少的开始。"
        )),
        ("stale-book", _first(table[old]), STALE),
        ("not-his-homes", _first(_waiting(homes, log, homes["days"].to_numpy(), None)), Text(
            en="Homes are on it that buy from the five who wait.", zh="名单上有在另外五家买米的人家。"
        )),
        ("longest-ago", _first(table.sort_values(["since", "household"], ascending=[False, True])), Text(
            en="You began with those whom nobody has visited for longest. A large jar may wait, a small one may not.",
            zh="你先去了隔得最久的人家。缸大的可以等，缸小的等不得。",
        )),
        ("shortest-jar", _first(table.sort_values(["days", "household"])), Text(
            en="You began with the jars that last shortest. It depends on when they were filled, too.",
            zh="你先去了够吃天数最少的人家。还要看上一次是哪天添的。",
        )),
        ("until-the-visit", _first(until_visit.sort_values(["left", "household"])), Text(
            en="You sorted by the days until 80%. The days until the jar is empty were asked for.",
            zh="你按离 80% 还有几天排了。问的是离见底还有几天。",
        )),
    ):
        if tour == wrong:
            ask.misconception(key, text)
            return
    if len(tour) > ROUND and tour[:ROUND] == right:
        ask.misconception("no-limit", Text(
            en="The carriers can visit twelve homes. Your round is longer.", zh="一天只能跑十二户，你的路线太长了。"
        ))


def q7(ask):
    with ask.part(1):
        chance, right = _chance(ask), 0
        for better in (True, True, True, False):
            margin, anyway = float(chance.uniform(10, 300)), float(chance.uniform(0.05, 0.8))
            cared = float(anyway + (0.95 - anyway) * chance.random() if better else anyway * chance.random())
            limit = margin * (cared - anyway) / (1 - anyway) if better else 0.0
            right += near(ask.call("care_limit", margin, anyway, cared), limit, 1e-6 * margin)
        always = near(quietly(ask.call, "care_limit", 50, 1, 1), 0, 1e-9)
        ask.give(0.75 * (right == 4) + 0.25 * always, 1, Text(
            en="care_limit is right for other firms, and 0 where care holds nobody more, even where all come anyway.",
            zh="换别的企业，care_limit 也算得对；关怀没有多留下谁时是 0，人人都会再来时也是 0。",
        ))
    homes, log = _tables(ask)
    his = log[log["merchant"] == 1]
    is_old = his["household"].isin(homes.loc[_old(homes), "household"])
    new, all_rice = float(his.loc[~is_old, "bowls"].sum()), float(his["bowls"].sum())
    extra, many = new / 3, len(his)
    with ask.part(1):
        ask.give(named(ask, ask.value("extra"), [extra], [
            ("all-credit", all_rice / 3, Text(
                en="You credited the book with all his rice. His old homes would have bought it anyway.",
                zh="你把他卖的全部米都记在账本的功劳上了。老主顾的那一份，本来就有。",
            )),
            ("all-credit", (all_rice - new) / 3, Text(
                en="This is the margin on his old homes, which he would have had anyway.", zh="这是老主顾那一份的毛利，没有账本也有。"
            )),
            ("revenue-for-margin", new / 60 * 100, Text(
                en="This is what the rice was sold for. Of a sack only 20 yuan are margin.", zh="这是卖米的钱。一袋里只有 20 元是毛利。"
            )),
            ("bowls-for-sacks", new * 20, Text(
                en="You took 20 yuan for each bowl. They are for a sack of 60.", zh="你按每碗 20 元算了。20 元是一袋 60 碗的毛利。"
            )),
            ("bowls-for-sacks", new, Text(
                en="These are bowls, not yuan.", zh="这是碗数，不是钱。"
            )),
            ("other-merchants-rice", float(log.loc[~log["household"].isin(homes.loc[_old(homes), "household"]), "bowls"].sum()) / 3, Text(
                en="Rice of the other five is in it. Only what Minghua brought counts.", zh="另外五家卖的米也算进去了。只算明华送的。"
            )),
        ], YUAN), 1, Text(en="extra is the margin that he owes to the book.", zh="extra 是靠账本多得的毛利。"))
    with ask.part(1):
        own = real(quietly(ask.value, "extra"))
        rights = [base / many for base in (extra, own) if base]
        ask.give(named(ask, ask.value("per_visit"), rights, [
            ("new-homes-only", extra / (~is_old).sum(), Text(
                en="You divided by the visits to the new homes. The old ones are visited, too.", zh="你只除以了到新客户家的次数。老主顾家也要上门。"
            )),
            ("all-credit", all_rice / 3 / many, Text(
                en="This is the margin on a visit's rice, whether it would have been sold anyway or not.",
                zh="这是平均一次上门卖出的米的毛利，连本来就有的也算进去了。",
            )),
            ("wrong-base", extra / len(log), Text(
                en="You divided by all refills of the village. Only Minghua makes visits.", zh="你除以了全村的添米次数。上门的只有明华。"
            )),
            ("per-home", extra / his["household"].nunique(), Text(
                en="This is what each home may cost, not each visit.", zh="这是每户最多能花多少，不是每次。"
            )),
        ], 0.001), 1, Text(en="per_visit is what a visit may have cost at most.", zh="per_visit 是上一次门最多能花多少。"))
