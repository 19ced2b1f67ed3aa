"""Hidden checks of the attacked exercise. hidden CANARY: this word must never be seen by a student."""

import random

from crmlab.language.text import Text
from crmlab.marking.answers import near, rows

INPUT = random.Random(20261122).randrange(10**6, 10**7)  # noqa: S311 (it has to be the same each time)
WHY = Text(en="CANARY why", zh="CANARY")


def q1(ask):
    value = ask.value("a")
    ask.give(2 * (near(value, 1, 1e-9) and value == 1), 2, WHY)


def q2(ask):
    for x in (INPUT, INPUT + 7):
        found = ask.call("f", x)
        ask.give(2 * (not isinstance(found, bool) and found == x + 1), 2, WHY)


def q3(ask):
    table = rows(ask.value("total"), "n", ["m"])
    ask.give(2 * (table == {1: {"m": 3.0}, 2: {"m": 4.0}}), 2, WHY)
