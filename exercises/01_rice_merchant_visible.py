"""What a learner's own kernel can check of exercise 1: the form of an answer, and what the chapter itself computes.

Nothing here is computed from the learner's data, so nothing here gives an answer away.
"""

from crmlab.language.text import Text
from crmlab.marking.answers import PERCENT, axes, complete, day, is_share, lines, listed, near, percent, real, rows


def q1(ask):
    ask.hint(1, Text(
        en="How many bowls does the whole home eat in a day? The jar holds so many days of that.",
        zh="全家一天一共吃几碗？米缸里装着几天的量？",
    ))
    ask.hint(2, Text(
        en="slow: a column compared with 14 gives yes or no for each home, and the sum of that counts the yes. visits: a "
        "jar of 10 days is visited every 8 days, so it needs 1/8 of a visit a day.",
        zh="slow：一列数和 14 一比，每户得一个“是”或“否”，求和就是“是”的个数。visits：够吃 10 天的缸，8 天去一次，平均每天就是 1/8 次。",
    ))
    ask.hint(3, Text(
        en="The jar divided by people times bowls. For visits, add up what each home needs: pick the days of the old "
        'homes by homes.loc[homes["household"].isin(old), "days"], and sum 1 / (0.8 * them).',
        zh='米缸除以“人口乘每人碗数”。算 visits，要把每一户的次数加起来：用 homes.loc[homes["household"].isin(old), "days"] 挑出那 20 户的天数，再把 1 / (0.8 * 天数) 求和。',
    ))
    with ask.part(1):
        case, other = real(ask.call("days", 4, 2, 60)), real(ask.call("days", 8, 2.5, 30))
        ask.give(0.5 * near(case, 7.5, 1e-9) + 0.5 * near(other, 1.5, 1e-9), 1, Text(
            en="The chapter's homes: 4 people, 2 bowls, 60 in the jar make 7.5 days; 8 people, 2.5 bowls, 30 make 1.5.",
            zh="本章的两户：4 口人、2 碗、缸 60 碗，7.5 天；8 口人、2.5 碗、缸 30 碗，1.5 天。",
        ))
        if near(case, 30, 1e-9):
            ask.misconception("bowls-per-home", Text(
                en="You counted bowls per home where per head is asked: each of the four eats two bowls.",
                zh="你按每户的碗数算了，题目里是每人的：四口人，每人两碗。",
            ))
        elif near(case, 15, 1e-9):
            ask.misconception("forgot-bowls", Text(
                en="You divided by the people only. Each of them eats more than one bowl.",
                zh="你只除以了人口。每个人吃的可不止一碗。",
            ))
        elif near(case, 8 / 60, 1e-9):
            ask.misconception("upside-down", Text(
                en="This is the part of the jar that is eaten in a day. The days are the other way round.",
                zh="这是一天吃掉缸里的几分之几。天数要倒过来。",
            ))
        elif near(case, 6, 1e-9):
            ask.misconception("reserve-too-early", Text(
                en="The day on which the jar is empty is asked for; the reserve comes later, in visits.",
                zh="这里问的是哪天见底；余地到 visits 那里再留。",
            ))


def q2(ask):
    ask.hint(1, Text(
        en="There are two stretches: first the family and the guests eat together, then the family alone.",
        zh="分两段：先是家里人和客人一起吃，后来只有家里人吃。",
    ))
    ask.hint(2, Text(
        en="How much is eaten while the guests are there? If that is all the jar holds or more, the second stretch never "
        "comes: then it is your function of question 1 with more people.",
        zh="客人在的时候一共吃掉多少？要是不比一缸少，就没有第二段了：等于人口多一些，用第 1 题的算法。",
    ))
    ask.hint(3, Text(
        en="together = (people + guests) * bowls is eaten a day. If together * stay is at least jar, return jar divided "
        "by together; otherwise stay, plus what is left in the jar divided by people * bowls. For caught, go through the "
        "book home by home: for home in homes.itertuples(): ... home.people, home.bowls, home.jar, home.days.",
        zh="客人在的时候，每天吃 together = (people + guests) * bowls。要是 together * stay 不小于 jar，返回 jar 除以 together；否则是 stay，加上缸里剩下的除以 people * bowls。算 caught，就一户一户过一遍账本：for home in homes.itertuples(): ……用 home.people、home.bowls、home.jar、home.days。",
    ))
    with ask.part(2):
        left, short = real(ask.call("with_guests", 4, 2, 60, 3, 2)), real(ask.call("with_guests", 2, 2, 30, 8, 3))
        ask.give(near(left, 6, 1e-9), 1, Text(
            en="with_guests(4, 2, 60, 3, 2): 28 bowls in the first two days, 32 bowls for the four afterwards, 6 days.",
            zh="with_guests(4, 2, 60, 3, 2)：头两天吃掉 28 碗，剩 32 碗给四口人，一共 6 天。",
        ))
        ask.give(near(short, 1.5, 1e-9), 1, Text(
            en="with_guests(2, 2, 30, 8, 3): empty after a day and a half, while the guests are still there.",
            zh="with_guests(2, 2, 30, 8, 3)：一天半就空了，客人还没走。",
        ))
        if near(left, 60 / 14, 1e-9):
            ask.misconception("guests-never-leave", Text(
                en="Your guests never leave: they eat along to the last bowl.", zh="你的客人没走，一直吃到了最后一碗。"
            ))
        elif near(left, 7.5, 1e-9):
            ask.misconception("no-guests", Text(
                en="Your guests eat nothing: this is the book's own 7.5 days.", zh="你的客人什么也没吃：这还是账本上的 7.5 天。"
            ))
        elif near(left, 4, 1e-9):
            ask.misconception("stay-not-added", Text(
                en="You counted the days after the guests have left. The days of their stay belong to it.",
                zh="你只数了客人走后的天数。客人住的那几天也要算上。",
            ))
        elif near(left, 2 + 54 / 8, 1e-9) or near(left, 54 / 8, 1e-9):
            ask.misconception("guests-eat-once", Text(
                en="You took off one helping for the guests, or one bowl each. They eat as the family does, every day of "
                "their stay; and the family eats along.",
                zh="客人的那份你只扣了一顿，或者每人只扣了一碗。他们和家里人吃得一样多，住几天吃几天；家里人这几天也在吃。",
            ))
        if near(left, 6, 1e-9) and not near(short, 1.5, 1e-9):
            ask.misconception("below-zero", Text(
                en="In the second case the jar is empty before the guests leave: there is nothing left for afterwards, and "
                "certainly not less than nothing.",
                zh="第二个例子里，客人没走缸就空了：后面没有米可吃，更不会是负的。",
            ))


def q3(ask):
    ask.hint(1, Text(
        en="Which dates tell when a jar was empty? Only those of homes that wait for it. Minghua comes before.",
        zh="哪些日期说得出缸是哪天空的？只有等缸空了才去买的人家。明华是提前到的。",
    ))
    ask.hint(2, Text(
        en='dropna(subset="lasted") takes out the rows in which lasted is not known; left in, they would count as "not '
        'below". merge brings the days of the book to each row, as in the chapter\'s cell on the round.',
        zh='dropna(subset="lasted") 去掉 lasted 空着的行；留着的话，会被当成“不小于”。merge 把账本上的天数接到每一行后面，本章讲送米路线的单元格里有样子。',
    ))
    ask.hint(3, Text(
        en='waited: log[log["merchant"] != 1], dropna, then merge(homes.loc[homes["days"] >= 7, ["household", "days"]], '
        'on="household"). The mean of a comparison is a share. For off take the distance of each quotient from 1 by '
        ".abs() before the mean, or the errors cancel.",
        zh='先取 log[log["merchant"] != 1]，再 dropna，再 merge(homes.loc[homes["days"] >= 7, ["household", "days"]], on="household")。一个比较式的平均值就是比例。算 off，要先用 .abs() 求每个商离 1 的距离，再平均，不然正负就抵消了。',
    ))
    with ask.part(1):
        ratio, off = real(ask.value("ratio")), real(ask.value("off"))
        early, too_late = real(ask.value("early")), real(ask.value("too_late"))
        shares = [is_share(ask, one) for one in (early, too_late)]
        ask.give(0.25 * (ratio is not None and ratio > 0) + 0.25 * (off is not None and off > 0), 0.5, Text(
            en="ratio and off are numbers above 0.", zh="ratio 和 off 都是大于 0 的数。"
        ))
        ask.give(0.25 * all(shares) + 0.25 * (all(shares) and too_late < early), 0.5, Text(
            en="early and too_late are shares, and a reserve makes fewer jars empty.",
            zh="early 和 too_late 都是比例，而且留了余地，空缸更少。",
        ))


def q4(ask):
    ask.hint(1, Text(
        en="Nobody who has come over leaves again. So count: 20, and for each date those who have come by then.",
        zh="改投来的不会再走。所以只要数：20 户，加上到那一天为止来了几户。",
    ))
    ask.hint(2, Text(
        en="When did a home come over? On the date of the first refill with Minghua's rice, for a home that is not among "
        "old. Sort these dates.",
        zh="一户是哪天改投来的？不在 old 里的人家，第一次添明华的米的那天。把这些日期排好。",
    ))
    ask.hint(3, Text(
        en='his = log[(log["merchant"] == 1) & ~log["household"].isin(old)], then groupby("household")["date"].min() and '
        "sort_values(). For each end in ends: 20 plus how many of them are <= end, divided by 120; "
        "axes.plot(range(7), shares), axes.set(xlabel=..., ylabel=..., ylim=(0, 1)). With 20 at the start he has 25 when "
        "the fifth comes.",
        zh='his = log[(log["merchant"] == 1) & ~log["household"].isin(old)]，再 groupby("household")["date"].min()，再 sort_values()。对 ends 里的每个 end：20 加上其中 <= end 的个数，除以 120；axes.plot(range(7), shares)，axes.set(xlabel=..., ylabel=..., ylim=(0, 1))。起初有 20 户，来了第五户就是 25 户。',
    ))
    with ask.part(0.5):
        when = day(ask.value("when"))
        ask.give("2026-01-01" <= when <= "2026-06-30", 0.5, Text(
            en="when is a date from 2026-01-01 to 2026-06-30.", zh="when 是 2026-01-01 到 2026-06-30 之间的一个日期。"
        ))
    with ask.part(1.5):
        picture = ask.value("picture")
        x, y = next(iter(lines(picture)), ([], []))
        shares = len(y) == 7 and all(one is not None and 0 <= one <= 1 for one in y)
        ask.give(len(lines(picture)) == 1 and x == [0, 1, 2, 3, 4, 5, 6] and shares, 1, Text(
            en="One line over the months 0 to 6, made of shares between 0 and 1.",
            zh="一条线，横坐标是第 0 到第 6 个月，纵坐标是 0 到 1 之间的比例。",
        ))
        if len(y) == 7 and None not in y and max(y) > 1 and all(one == int(one) for one in y):
            ask.misconception("homes-for-share", Text(
                en="These are homes. The share of the 120 homes was asked for.", zh="这是户数。问的是在 120 户里占的比例。"
            ))
        elif len(y) == 7:
            percent(ask, *y)
        axes(ask, picture, 0.5)


def q5(ask):
    ask.hint(1, Text(
        en="Three things are counted: homes, lines of the log, and bowls. Each has a total of its own.",
        zh="数的是三样东西：人家、流水账的行、碗数。各有各的总数。",
    ))
    ask.hint(2, Text(
        en='The last line about each home: log.groupby("household")["merchant"].last(). value_counts() counts how often '
        "each merchant stands in a column.",
        zh='每一户的最后一行：log.groupby("household")["merchant"].last()。value_counts() 数一列里每家米商出现几次。',
    ))
    ask.hint(3, Text(
        en='refills: the counts of log["merchant"], divided by the number of lines, len(log). rice: '
        'log.groupby("merchant")["bowls"].sum(), divided by the sum of all bowls. pd.DataFrame({"homes": ..., '
        '"refills": ..., "rice": ...}) puts the three beside each other.',
        zh='refills：log["merchant"] 的计数除以总行数 len(log)。rice：log.groupby("merchant")["bowls"].sum() 除以全部碗数。pd.DataFrame({"homes": ..., "refills": ..., "rice": ...}) 把三列并排放好。',
    ))
    with ask.part(1):
        table = rows(ask.value("market"), "merchant", ["homes", "refills", "rice"])
        whole = complete(table, range(1, 7))
        table = table if whole else {}
        totals = {name: sum(row[name] for row in table.values()) for name in ("homes", "refills", "rice")}
        fits = all(near(totals[name], total, 0.01) for name, total in (("homes", 120), ("refills", 1), ("rice", 1)))
        ask.give(0.5 * whole + 0.5 * fits, 1, Text(
            en="market has a row for each of the six merchants and the three columns; all homes are 120, all shares 1.",
            zh="market 六家米商各有一行，三列齐全；户数合计 120，两种比例合计都是 1。",
        ))
        if totals["homes"] > 120:
            ask.misconception("homes-ever", Text(
                en="You counted each home with every merchant where it ever bought. Where it buys on 30 June was asked.",
                zh="一户人家在哪几家买过，你就数了几遍。问的是 6 月 30 日在哪家买。",
            ))
        if near(totals["refills"], 100, 1) or near(totals["rice"], 100, 1):
            ask.misconception("percent", PERCENT)


def q6(ask):
    ask.hint(1, Text(
        en="Begin with one row for each home: the date of its last refill, and with whom. Keep those of merchant 1.",
        zh="先做一张每户一行的表：最后一次添米是哪天，在哪家。只留 1 号米商的。",
    ))
    ask.hint(2, Text(
        en='merge brings people, bowls, jar and days from homes. (pd.Timestamp("2026-07-01") - date).dt.days are the days '
        "since. Sort by the days left, then by the home's number.",
        zh='用 merge 从 homes 接上 people、bowls、jar、days。(pd.Timestamp("2026-07-01") - 日期).dt.days 就是隔了几天。先按还剩几天排，再按户号排。',
    ))
    ask.hint(3, Text(
        en="left is days less since; sort_values([\"left\", \"household\"]).head(12) are the twelve, and .tolist() makes a list of "
        "their numbers. Eaten is people * bowls * since, with .clip(upper=...) so that it is never more than the jar; load is "
        "the sum over the twelve.",
        zh="left 是 days 减去隔了几天；sort_values([\"left\", \"household\"]).head(12) 就是那十二户，.tolist() 把户号变成列表。吃掉的是 people * bowls * 隔了几天，用 .clip(upper=...) 封顶，不超过缸；load 是十二户之和。",
    ))
    with ask.part(1):
        tour = listed(ask.value("tour")) or []
        whole = [one for one in map(real, tour) if one is not None and one == int(one) and 1 <= one <= 120]
        once = len(tour) == len(whole) == len(set(whole)) > 0
        load = real(ask.value("load"))
        ask.give(0.5 * (once and len(tour) == 12) + 0.25 * once + 0.25 * (load is not None and load > 0), 1, Text(
            en="tour is a list of twelve homes' numbers, from 1 to 120, each once; load is a number of bowls.",
            zh="tour 是十二个户号的列表，1 到 120 之间，每个只出现一次；load 是碗数。",
        ))


def q7(ask):
    ask.hint(1, Text(
        en="How many more stay because of care? Only they bring something that would not have come anyway.",
        zh="因为关怀，多留下了几位？只有他们带来的，才是本来不会有的。",
    ))
    ask.hint(2, Text(
        en="The key points of the section on relationship marketing have the limit in one line. extra: only the rice for "
        "homes that are not among old.",
        zh="“关系营销”一节的要点里，有一行就是这个上限。extra：只算不在 old 里的人家的米。",
    ))
    ask.hint(3, Text(
        en="margin times (cared less anyway), divided by (1 less anyway); 0 where cared is not above anyway. extra: the "
        "bowls of merchant 1 to homes not in old (~isin), divided by 60, times 20. per_visit: extra divided by the "
        "number of all lines of merchant 1 in the log.",
        zh="margin 乘以（cared 减 anyway），除以（1 减 anyway）；cared 不比 anyway 大时是 0。extra：1 号米商送给不在 old 里的人家（~isin）的碗数，除以 60，乘以 20。per_visit：extra 除以流水账里 1 号米商的全部行数。",
    ))
    with ask.part(1):
        some, none = real(ask.call("care_limit", 100, 0.6, 0.9)), real(ask.call("care_limit", 100, 0.9, 0.9))
        ask.give(0.75 * near(some, 75, 1e-6) + 0.25 * near(none, 0, 1e-9), 1, Text(
            en="The chapter's firm: 100 yuan, 60% anyway, 90% with care allow 75 yuan; with 90% anyway, nothing.",
            zh="本章的那家企业：毛利 100 元，本来有 60% 再来，关怀后 90%，上限 75 元；要是本来就有 90%，上限是 0。",
        ))
        if near(some, 90, 1e-6):
            ask.misconception("all-credit", Text(
                en="You credited care with those who come anyway.", zh="你把本来就会来的人也记在关怀的功劳上了。"
            ))
        elif near(some, 30, 1e-6):
            ask.misconception("one-month-only", Text(
                en="This counts one month only. Whoever stays because of care comes again in later months, too: divide by "
                "(1 - anyway).",
                zh="这只算了一个月。因为关怀留下的人，往后还会再来：要除以（1 − anyway）。",
            ))


def q8(ask):
    ask.hint(1, Text(
        en="A number without its meaning is no information: say what it is a share of, and what follows from it.",
        zh="光有数字不算信息：说清是谁当中的比例，由此该怎么办。",
    ))
    ask.hint(2, Text(
        en="A mean can be right while nearly every single case is off. And who has an empty jar at Minghua's? He chooses: "
        "by the reserve.",
        zh="平均可以是准的，单独一次却几乎都不准。明华的客户缸会不会空？由他自己定，定的就是余地。",
    ))
    ask.hint(3, Text(
        en="What would the homes have done without the book? The log cannot say: nobody was left out by lot. Promise the "
        "round to some lanes first, drawn by lot, and name the day on which you count. And does buying mean liking?",
        zh="没有账本，这些人家会怎么样？流水账答不上来，因为没有抽签留出谁。先只给一部分巷子送，由抽签决定，再定下哪天去数。还有：来买，就等于喜欢吗？",
    ))
