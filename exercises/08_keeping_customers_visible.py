"""What a learner's own kernel can check of exercise 8: the form of an answer, and what the chapter itself computes.

Nothing here is computed from the learner's data, so nothing here gives an answer away.
"""

from crmlab.language.text import Text
from crmlab.marking.answers import axes, complete, is_share, lines, listed, near, percent, real, rows

CHANNELS = ("till", "app", "friend", "event")
OUTCOMES = ("unresolved", "resolved", "quickly")


def q1(ask):
    ask.hint(1, Text(
        en="Whom do you divide by? Only by those who were there at the start. Newcomers belong in neither number.",
        zh="除以谁？只除以期初就在的人。新来的，分子分母里都没有他们。",
    ))
    ask.hint(2, Text(
        en="A set holds each member once: set(before). Two sets have a common part.",
        zh="集合里每位会员只出现一次：set(before)。两个集合可以求交集。",
    ))
    ask.hint(3, Text(
        en="Members in both sets, divided by members in the first. For half_year, pick the baskets of each half by "
        "their date and hand the column of member numbers to your function.",
        zh="两个集合里都有的会员数，除以第一个集合的会员数。算 half_year 时，按日期挑出上、下半年的购买，把会员号那一列交给函数。",
    ))
    with ask.part(2):
        plain = real(ask.call("retention", [1, 2, 3, 4, 5], [4, 5, 6, 7]))
        ask.give(plain is not None and abs(plain - 0.4) < 1e-9, 1, Text(
            en="retention([1, 2, 3, 4, 5], [4, 5, 6, 7]): two of five came again.",
            zh="retention([1, 2, 3, 4, 5], [4, 5, 6, 7])：五位里有两位再来。",
        ))
        if near(plain, 0.6, 1e-9):
            ask.misconception("used-churn", Text(
                en="You used churn where retention is asked: 0.6 is the share that left.",
                zh="问的是保持率，你用了流失率：0.6 是走掉的比例。",
            ))
        elif near(plain, 0.8, 1e-9):
            ask.misconception("counted-newcomers", Text(
                en="You divided the buyers of the second period by those of the first. The newcomers were never kept: the "
                "chapter's 104% comes about in this way.",
                zh="你拿后一期的人数除以前一期的人数，新来的也被当成留下的了——本章的“保持率 104%”就是这么来的。",
            ))
        elif near(plain, 0.5, 1e-9):
            ask.misconception("wrong-base", Text(
                en="You divided by the buyers of the second period. Retention looks from the start: divide by the first.",
                zh="你拿后一期的人数作了分母。保持率是站在期初往后看的：要除以前一期的人数。",
            ))
        elif near(plain, 2 / 7, 1e-9):
            ask.misconception("wrong-base", Text(
                en="You divided by everybody who bought in either period. Divide by those of the first period only.",
                zh="你拿两期里买过的所有人作了分母。分母只该是前一期的人数。",
            ))
        many = real(ask.call("retention", [1, 1, 1, 2, 3], [2, 2, 4]))
        ask.give(many is not None and abs(many - 1 / 3) < 1e-9, 1, Text(
            en="A member who buys often is one customer: retention([1, 1, 1, 2, 3], [2, 2, 4]) is a third.",
            zh="买得勤也只是一位客户：retention([1, 1, 1, 2, 3], [2, 2, 4]) 等于三分之一。",
        ))
        if many is not None and abs(many - 1 / 3) > 1e-9 and near(plain, 0.4, 1e-9):
            ask.misconception("counted-baskets", Text(
                en="You counted baskets, not customers.", zh="你数的是购买次数，不是客户数。"
            ))


def q2(ask):
    ask.hint(1, Text(
        en="Begin with one row for each customer of the first half: what he or she paid in it, and whether he or she "
        "bought again.",
        zh="先做一张表，上半年的客户每位一行：上半年付了多少，下半年有没有再买。",
    ))
    ask.hint(2, Text(
        en="The channel stands in members: merge it by the member's number. Then sum by channel first and divide afterwards.",
        zh="入会途径在 members 里，按会员号合并进来。然后先按途径求和，再相除。",
    ))
    ask.hint(3, Text(
        en="Revenue churn is money over money: what the lost ones paid in the first half / what all paid in it. And "
        "overall is all the lost / all the customers, not the average of four rates.",
        zh="收入流失率是金额除以金额：流失客户上半年付的 / 全部客户上半年付的。overall 是流失总数 / 客户总数，不是四个比率的平均。",
    ))
    with ask.part(1):
        names = ["customers", "lost", "customer_churn", "revenue_churn"]
        table = rows(ask.value("by_channel"), "channel", names)
        whole = complete(table, CHANNELS)
        fits = whole and all(
            0 <= row["lost"] <= row["customers"]
            and 0 <= row["revenue_churn"] <= 1
            and near(row["customer_churn"] * row["customers"], row["lost"], 0.001 * row["customers"])
            for row in table.values()
        )
        ask.give(0.5 * whole + 0.5 * fits, 1, Text(
            en="by_channel has a row for each of the four channels and the four columns, and its numbers fit each other.",
            zh="by_channel 四种途径各有一行，四列齐全，数字彼此对得上。",
        ))
        if whole and not fits:
            flipped = all(
                near((1 - row["customer_churn"]) * row["customers"], row["lost"], 0.001 * row["customers"])
                for row in table.values()
            )
            if flipped:
                ask.misconception("used-retention", Text(
                    en="customer_churn holds the retention rate: it is the share kept.",
                    zh="customer_churn 里放的是保持率：那是留下的比例。",
                ))
            else:
                percent(ask, *(row[name] for row in table.values() for name in ("customer_churn", "revenue_churn")))


def q3(ask):
    ask.hint(1, Text(
        en="Retention multiplies. What is left after two months at 5% is 0.95 times 0.95.",
        zh="保持率是连乘的。每月流失 5%，两个月后剩下 0.95 乘 0.95。",
    ))
    ask.hint(2, Text(
        en="How many times does the known stretch go into the wanted one? That is the power of the retention.",
        zh="要折算的那段时间，是已知那段时间的几倍？这个倍数，就是保持率的指数。",
    ))
    ask.hint(3, Text(
        en="What is left: (1 - churn) to the power of wanted / months. What is lost is the rest. And the average stay "
        "comes from the churn of one month.",
        zh="剩下的是 (1 - churn) 的 wanted / months 次方，其余的就是流失。平均停留的月数要用一个月的流失率来算。",
    ))
    with ask.part(1):
        year, month = real(ask.call("over", 0.05, 1, 12)), real(ask.call("over", 0.2, 12, 1))
        right = [near(year, 1 - 0.95**12, 1e-6), near(month, 1 - 0.8 ** (1 / 12), 1e-6)]
        ask.give(sum(right) / 2, 1, Text(
            en="The chapter's two cases: 5% a month is 46% a year, and 20% a year 1.84% a month.",
            zh="本章的两个例子：每月 5%，一年 46%；每年 20%，一个月 1.84%。",
        ))
        if near(year, 0.6, 1e-6) or near(month, 0.2 / 12, 1e-6):
            ask.misconception("multiplied-months", Text(
                en="You multiplied months, or divided a year by twelve. The second month's share is lost from those who "
                "are left after the first.",
                zh="你直接乘了月数（或者拿一年的除以了十二）。第二个月流失的，是从第一个月剩下的人里扣的。",
            ))
        elif near(year, 0.95**12, 1e-6):
            ask.misconception("used-retention", Text(
                en="This is what is left. The share that is lost was asked for.", zh="这是剩下的比例，问的是流失的比例。"
            ))
        elif near(year, 1 - 0.95 ** (1 / 12), 1e-6):
            ask.misconception("months-years", Text(
                en="You converted the wrong way round: from a year to a month instead of a month to a year.",
                zh="你折算反了：本该从月到年，你从年折成了月。",
            ))
    with ask.part(1):
        monthly, stay = real(ask.value("monthly")), real(ask.value("stay"))
        fits = monthly is not None and monthly > 0 and stay is not None and abs(stay * monthly - 1) < 1e-6
        ask.give(fits, 1, Text(
            en="stay is the average stay that belongs to monthly.", zh="stay 与 monthly 对得上：月流失率是 monthly 时，平均停留的月数就是 stay。"
        ))
        if not fits and monthly and stay is not None and 0 < monthly < 1 and near(stay, 1 / (1 - monthly), 1e-6):
            ask.misconception("used-retention", Text(
                en="You divided by the retention rate; the average stay is 1 / churn.",
                zh="你拿保持率作了分母；平均停留的月数是 1 / 流失率。",
            ))


def q4(ask):
    ask.hint(1, Text(
        en="The chapter writes the value as margin times one fraction: its margin multiple, with r above and 1 + i - r "
        "below.",
        zh="本章把价值写成毛利乘一个分式，叫毛利倍数：分子是 r，分母是 1 + i - r。",
    ))
    ask.hint(2, Text(
        en="For margin: all that was paid in 2025, a fifth of it, shared among the customers who bought in 2025. Five "
        "points more than 80% is 85%.",
        zh="算 margin：2025 年付的全部金额，取五分之一，平均到 2025 年买过的每位客户。80% 提高五个百分点是 85%。",
    ))
    ask.hint(3, Text(
        en="gain: the worth with stays + 0.05, divided by the worth with stays, less 1. The margin cancels.",
        zh="gain：按 stays + 0.05 算的价值，除以按 stays 算的价值，再减 1。毛利会约掉。",
    ))
    with ask.part(1):
        value = real(ask.call("worth", 1000, 0.8, 0.1))
        ask.give(near(value, 1000 * 0.8 / 0.3, 0.01), 1, Text(
            en="The chapter's newcomer: 1,000 yuan, 80%, 10% are worth 2,667 yuan.",
            zh="本章的新客户：1000 元、80%、10%，值 2667 元。",
        ))
        if near(value, 1000 * 1.1 / 0.3, 0.01):
            ask.misconception("paid-at-start", Text(
                en="This is the worth of margins paid at the start of each year. Here they come at its end, and only if "
                "the customer has stayed.",
                zh="这是年初就收到毛利的算法。这里的毛利年末才有，而且客户留下来才有。",
            ))
        elif near(value, 5000, 0.01) or near(value, 4000, 0.01):
            ask.misconception("not-discounted", Text(
                en="Nothing is discounted here: a yuan in five years counts as much as one today.",
                zh="这里没有折现：五年后的一元和今天的一元算成一样了。",
            ))
        elif near(value, 1000 * 0.2 / (1.1 - 0.2), 0.01):
            ask.misconception("used-churn", Text(
                en="You used churn where retention is asked.", zh="问的是保持率，你用了流失率。"
            ))


def q5(ask):
    ask.hint(1, Text(
        en="How many members are in the cohort? This one number stands below every share.",
        zh="同期群一共有多少会员？每个比例的分母都是这一个数。",
    ))
    ask.hint(2, Text(
        en="Number the quarters: 4 times the years since 2024, plus the quarter of the year, less 1. Count each "
        "member once in a quarter (nunique).",
        zh="给季度编号：4 乘以“2024 年以来的年数”，加上当年第几季度，再减 1。每个季度里每位会员只数一次（nunique）。",
    ))
    ask.hint(3, Text(
        en="Take the baskets of the cohort's members only, group them by that number, count the members, divide by "
        "the size of the cohort; axes.plot(numbers, shares), then axes.set(xlabel=..., ylabel=..., ylim=(0, 1)).",
        zh="只取同期群会员的购买，按编号分组，数会员数，除以同期群的人数；axes.plot(编号, 比例)，再用 axes.set(xlabel=..., ylabel=..., ylim=(0, 1))。",
    ))
    with ask.part(2):
        picture = ask.value("picture")
        x, y = next(iter(lines(picture)), ([], []))
        shares = len(y) == 7 and all(one is not None and 0 <= one <= 1 for one in y)
        ask.give(len(lines(picture)) == 1 and x == [1, 2, 3, 4, 5, 6, 7] and shares, 1, Text(
            en="One line over the quarters 1 to 7, made of shares between 0 and 1.",
            zh="一条线，横坐标是第 1 到第 7 个季度，纵坐标是 0 到 1 之间的比例。",
        ))
        if len(y) == 7:
            percent(ask, *y)
        if len(y) == 8 or x[:1] == [0]:
            ask.misconception("joining-quarter", Text(
                en="The quarter of joining is not asked for. Whoever joined at the till bought on that day, so it says "
                "little.",
                zh="入会那个季度不用画。在收银台入会的人当天就买了东西，那一点说明不了什么。",
            ))
        axes(ask, picture, 1)


def q6(ask):
    ask.hint(1, Text(
        en="Six weeks are long for somebody who came weekly and short for somebody who came every second month.",
        zh="六周不来，对每周都来的人算很久，对两个月来一次的人不算什么。",
    ))
    ask.hint(2, Text(
        en="First drop the second basket of the same member on the same day; then take for each member the first day, "
        "the last day and the number of days.",
        zh="先把同一会员同一天的第二篮去掉；再求每位会员的第一天、最后一天和天数。",
    ))
    ask.hint(3, Text(
        en="Between ten purchase days lie nine gaps. Divide the silence by the usual gap, keep the silences from 28 to "
        "90 days, sort downwards, take ten.",
        zh="十个购买日之间只有九个间隔。沉默除以平时间隔，只留 28 到 90 天的，从大到小排，取前十。",
    ))
    with ask.part(1):
        watch = listed(ask.value("watch")) or []
        whole = [one for one in map(real, watch) if one is not None and one == int(one)]
        ask.give(0.5 * (len(watch) == 10) + 0.5 * (len(watch) == len(whole) == len(set(whole)) > 0), 1, Text(
            en="watch holds ten member numbers, each once.", zh="watch 里是十个会员号，每个只出现一次。"
        ))


def q7(ask):
    ask.hint(1, Text(
        en="Of whom is it a share? Of the dissatisfied. Who gave no answer is not among them.",
        zh="是谁当中的比例？是不满意的会员。没有回答的不算在内。",
    ))
    ask.hint(2, Text(
        en="isin tells which of the dissatisfied stand among those who complained in time; the mean of that is "
        "a share.",
        zh="用 isin 看不满意的会员里，哪些在这段时间的投诉者当中；它的平均值就是比例。",
    ))
    ask.hint(3, Text(
        en="The iceberg: heard / rate. Heard are members here, not complaints: each counts once.",
        zh="冰山：听到的 / 投诉率。这里“听到的”是会员，不是投诉件数，每人只算一次。",
    ))
    with ask.part(1):
        rate, behind = real(ask.value("complaint_rate")), real(ask.value("dissatisfied"))
        shared = is_share(ask, rate)
        whole = rate is not None and behind is not None and abs(rate * behind - round(rate * behind)) < 0.01
        ask.give(0.5 * shared + 0.5 * (shared and whole and behind > 0), 1, Text(
            en="complaint_rate is a share, and dissatisfied times this share is a whole number of members.",
            zh="complaint_rate 是一个比例；dissatisfied 乘以它，得到的会员数正好是整数。",
        ))
        if near(rate, 0.04, 1e-9):
            ask.misconception("borrowed-rate", Text(
                en="This is the famous 4%, not your own rate.", zh="这是那个有名的 4%，不是你自己的投诉率。"
            ))


def q8(ask):
    ask.hint(1, Text(
        en="An empty came_back is not a no: the 60 days were not over. Leave these complaints out first.",
        zh="came_back 空着不等于没有回来：60 天还没到。先把这些投诉去掉。",
    ))
    ask.hint(2, Text(
        en="The mean of a column of yes and no is the share of yes. Group by outcome.",
        zh="一列“是”和“否”的平均值，就是“是”的比例。按 outcome 分组。",
    ))
    ask.hint(3, Text(
        en="For each of the two upper rungs: the number of complaints times (its share less the share of the "
        "unresolved). Add the two.",
        zh="上面两级各算一次：投诉件数乘以（这一级的比例减去没解决那一级的比例），再把两级加起来。",
    ))
    with ask.part(1):
        table = rows(ask.value("ladder"), "outcome", ["complaints", "came_back"])
        whole = complete(table, OUTCOMES)
        fits = whole and all(
            0 <= row["came_back"] <= 1
            and abs(row["came_back"] * row["complaints"] - round(row["came_back"] * row["complaints"])) < 0.05
            for row in table.values()
        )
        ask.give(0.5 * whole + 0.5 * fits, 1, Text(
            en="ladder has a row for each outcome; came_back is a share, and of each rung a whole number came back.",
            zh="ladder 每种结果一行；came_back 是比例，乘以投诉件数是整数。",
        ))
        if whole:
            percent(ask, *(row["came_back"] for row in table.values()))


def q9(ask):
    ask.hint(1, Text(
        en="A number without its meaning is no information: say what it is a share of, and what follows from it.",
        zh="光有数字不算信息：说清是谁当中的比例，由此该怎么办。",
    ))
    ask.hint(2, Text(
        en="Who was answered quickly was not drawn by lot. In what may these cases have differed beforehand?",
        zh="哪些投诉答复得快，不是抽签抽出来的。这些投诉事先可能就有什么不同？",
    ))
    ask.hint(3, Text(
        en="The limit of cost is the value still to come times the part that can be held, or the chapter's line: share "
        "of the margin below share of the churn prevented. The proof is a control group, and a date.",
        zh="花钱的上限：今后的价值乘以能留住的部分；或者用本章那句话：花掉毛利的比例要低于防住流失的比例。要证明有用，得有对照组，还要定下日期。",
    ))
