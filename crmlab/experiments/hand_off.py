"""Hand-offs: what becomes of a client's question that passes from hotline to branch to counter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, GREY, RED, SKY, headline
from crmlab.language.catalogue import _, count, mark, number, percent, prose, short, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LIMIT = 50
"""Contacts after which a client who still has no answer is taken to give up: nobody asks without end."""
SHOWN = 8
"""Contacts that the picture shows one by one."""
CLIENTS = 100
"""Clients of whom the picture speaks."""
FLOWS = ("questions", "solved_first", "solved", "gave_up", "contacts", "hours")


class HandOff(Experiment):
    """Clients' questions that are solved, handed on or given up, contact by contact, and the clients' time.

    A question is solved at the first contact with probability ``first_time``, at each later one with probability
    ``later``. Who is not helped is handed on. With probability ``promise`` somebody takes the question over, settles
    it with the other department and calls back: the client need not do anything, and stays. Otherwise the client has
    to ask again, and with probability ``gives_up`` does not. A contact that the client makes takes ``chasing``
    minutes of the client's time (finding out whom to ask, waiting, telling it all again, going there), a call-back
    ``called`` minutes. After 50 contacts (``LIMIT``) whoever has no answer is counted as having given up.

    It is a Markov chain that ends in "solved" or "gave up". With r = promise + (1 - promise) * (1 - gives_up), the
    share who go on after a contact in vain, contact k is reached by (1 - first_time) * r * ((1 - later) * r) ** (k - 2)
    of the clients (k = 2, 3, ..., 50); sums over k give all else. Whatever becomes of a question is counted in the
    month in which it is first asked; questions are Poisson.

    All defaults are made up; put in your own. The story is the course's case of a bank's hotline, in which hotline
    and branch pass a question on and nobody looks it up. Raises InputError, naming the field, its value and bounds.

    >>> bank = HandOff()
    >>> round(bank.mean_contacts, 3), round(bank.share_solved, 3), round(bank.minutes, 1)
    (1.869, 0.748, 35.5)
    >>> round(HandOff(promise=1).share_solved, 6)           # nobody has to chase, so nobody gives up
    1.0
    >>> HandOff(first_time=0, later=0, gives_up=0).mean_contacts
    50.0
    """

    horizon: ClassVar[int] = 1
    columns: ClassVar = {
        "month": mark("month"),
        "questions": mark("clients with a question"),
        "solved_first": mark("solved at the first contact"),
        "solved": mark("solved in all"),
        "gave_up": mark("gave up without an answer"),
        "contacts": mark("contacts in all"),
        "hours": mark("hours of the clients' time"),
    }

    questions: float = parameter(
        1000, low=0, high=10**9, slider=(0, 5000, 100), label=mark("clients with a question a month"),
        unit=mark("clients"),
    )  # fmt: skip
    first_time: float = parameter(
        0.4, low=0, high=1, slider=(0, 1, 0.05), label=mark("solved at the first contact"), unit="share"
    )
    later: float = parameter(
        0.4, low=0, high=1, slider=(0, 1, 0.05), label=mark("solved at each later contact"), unit="share"
    )
    promise: float = parameter(
        0.1, low=0, high=1, slider=(0, 1, 0.05), label=mark("handed on with a promise to call back, which is kept"),
        unit="share",
    )  # fmt: skip
    gives_up: float = parameter(
        0.25, low=0, high=1, slider=(0, 1, 0.05), label=mark("give up rather than ask again"), unit="share"
    )
    chasing: float = parameter(
        20, low=0, high=10_000, slider=(0, 120, 5), label=mark("client's time for a contact of the client's making"),
        unit=mark("minutes"),
    )  # fmt: skip
    called: float = parameter(
        3, low=0, high=10_000, slider=(0, 30, 1), label=mark("client's time for a call-back"), unit=mark("minutes")
    )

    @property
    def reached(self) -> np.ndarray:
        """Share of the clients who come to contact 1, 2, ..., 50.

        >>> HandOff(first_time=0.5, later=1, promise=0, gives_up=0.2).reached[:3].tolist()
        [1.0, 0.4, 0.0]
        """
        goes_on = self.promise + (1 - self.promise) * (1 - self.gives_up)
        later = (1 - self.first_time) * goes_on * ((1 - self.later) * goes_on) ** np.arange(LIMIT - 1)
        return np.concatenate([[1.0], later])

    @property
    def _solves(self) -> np.ndarray:
        return np.concatenate([[self.first_time], np.full(LIMIT - 1, float(self.later))])

    @property
    def solved(self) -> np.ndarray:
        """Share of the clients whose question is solved at contact 1, 2, ..., 50.

        >>> HandOff(first_time=0.5, later=1, promise=0, gives_up=0.2).solved[:3].tolist()
        [0.5, 0.4, 0.0]
        """
        return self.reached * self._solves

    @property
    def share_solved(self) -> float:
        """Share of the questions that are ever solved."""
        return min(float(self.solved.sum()), 1.0)

    @property
    def mean_contacts(self) -> float:
        """Mean number of contacts of a client, whether the question is solved or given up."""
        return float(self.reached.sum())

    @property
    def contacts_to_solution(self) -> float:
        """Mean number of contacts of those whose question is solved; 0 if none is.

        >>> HandOff(first_time=1).contacts_to_solution, HandOff(first_time=0, later=0).contacts_to_solution
        (1.0, 0.0)
        """
        solved = self.solved
        return float(solved @ np.arange(1, LIMIT + 1) / solved.sum()) if solved.sum() else 0.0

    @property
    def minutes(self) -> float:
        """Mean minutes of a client's time, from the first contact to the last.

        >>> HandOff(first_time=1, chasing=20).minutes
        20.0
        """
        goes_on = self.promise + (1 - self.promise) * (1 - self.gives_up)
        by_promise = self.promise / goes_on if goes_on else 0.0
        again = by_promise * self.called + (1 - by_promise) * self.chasing
        return self.chasing + float(self.reached[1:].sum()) * again

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means of the questions first asked in a month, exact: ``months + 1`` rows, nothing in month 0.

        Columns: month; questions; solved_first; solved; gave_up; contacts (of all clients); hours (of their time).

        >>> HandOff(first_time=1).expected(1)[["solved", "gave_up", "contacts"]].iloc[1].tolist()
        [1000.0, 0.0, 1000.0]
        """
        asked = float(self.questions)
        solved = asked * self.share_solved
        flows = {"questions": asked, "solved_first": asked * self.first_time, "solved": solved}
        more = {"gave_up": asked - solved, "contacts": asked * self.mean_contacts, "hours": asked * self.minutes / 60}
        return steady({**flows, **more}, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Contact by contact the numbers solved, called back and given up are binomial: exact, for any number of
        clients.

        >>> runs = HandOff().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), bool((runs["solved"] + runs["gave_up"] == runs["questions"]).all())
        (26, True)
        """
        asked = rng.poisson(self.questions, (months, replicates))
        here, solved, first = asked, np.zeros_like(asked), np.zeros_like(asked)
        contacts, minutes = asked.copy(), asked * float(self.chasing)
        for contact, chance in enumerate(self._solves, start=1):
            helped = rng.binomial(here, chance)
            solved += helped
            if contact == 1:
                first = helped
            left = here - helped
            if contact == LIMIT or not left.any():
                break
            promised = rng.binomial(left, self.promise)
            asks = rng.binomial(left - promised, 1 - self.gives_up)
            here = promised + asks
            contacts += here
            minutes += promised * float(self.called) + asks * float(self.chasing)
        flows = (asked, first, solved, asked - solved, contacts, minutes / 60)
        return histories(from_nothing(dict(zip(FLOWS, flows, strict=True))))

    def _draw(self, ax: Axes, months: int) -> None:
        solved = np.cumsum(self.solved)[:SHOWN] * CLIENTS
        waiting = np.append(self.reached[1:], 0)[:SHOWN] * CLIENTS
        gone = CLIENTS - solved - waiting
        x = np.arange(1, SHOWN + 1)
        styles = (solved, BLUE, ""), (waiting, SKY, ".."), (gone, RED, "//")
        bottom = np.zeros(SHOWN)
        for heights, colour, hatch in styles:
            ax.bar(x, heights, 0.72, bottom=bottom, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
            bottom = bottom + heights
        self._name(ax, (solved[-1], waiting[-1], max(gone[-1], 0)))
        ax.set(xlim=(0.4, SHOWN + 3.4), ylim=(0, 105), xlabel=_("after contact"), ylabel=_("number of clients"))
        ax.set_xticks(x, [number(contact) for contact in x])
        headline(ax, _("What becomes of {clients} clients with a question").format(clients=number(CLIENTS)))

    @staticmethod
    def _name(ax: Axes, heights: tuple[float, float, float]) -> None:
        """What the parts of the last bar are called, beside it and apart from each other."""
        texts = (_("solved: {clients}"), _("still open: {clients}"), _("gave up: {clients}"))
        ends = np.cumsum([0.0, *heights])
        middles = (ends[:-1] + ends[1:]) / 2
        at = np.array([middles[0], max(middles[1], middles[0] + 9), 0.0])
        at[2] = min(max(middles[2], at[1] + 9), 99)
        at[1] = min(at[1], at[2] - 9)
        at[0] = min(at[0], at[1] - 9)
        for place, text, height, colour in zip(at, texts, heights, (BLUE, GREY, RED), strict=True):
            ax.text(SHOWN + 0.55, place, text.format(clients=count(height)), color=colour, va="center", fontsize=9.5)

    def _words(self, months: int) -> str:
        text = _(
            "Of {clients} clients {first} have their answer after the first contact and {solved} in the end; {lost} "
            "give up without one. On average the contacts of a client number {contacts} and take {minutes} minutes."
        )
        words = [text.format(
            clients=number(CLIENTS), first=count(CLIENTS * self.first_time), solved=count(CLIENTS * self.share_solved),
            lost=count(CLIENTS * (1 - self.share_solved)), contacts=short(self.mean_contacts, 2),
            minutes=short(self.minutes),
        )]  # fmt: skip
        if self.first_time < 1:
            text = _(
                "If the first contact looked it up and solved {more} at once, {by_knowing} would give up and a client "
                "would spend {knowing_minutes} minutes; if every question handed on had an owner who calls back, "
                "{by_promise} would give up and it would be {promise_minutes} minutes."
            )
            more = min(self.first_time + 0.2, 1)
            knowing = self.model_copy(update={"first_time": more})
            promised = self.model_copy(update={"promise": 1})
            words.append(text.format(
                more=percent(more), by_knowing=count(CLIENTS * (1 - knowing.share_solved)),
                knowing_minutes=short(knowing.minutes), by_promise=count(CLIENTS * (1 - promised.share_solved)),
                promise_minutes=short(promised.minutes),
            ))  # fmt: skip
        if months:
            total = self.expected(months).sum()
            text = _(
                "In {span} {questions} clients ask: {lost} of them give up, and they all spend {hours} hours on it."
            )
            words.append(text.format(span=span(months), questions=count(total["questions"]),
                                     lost=count(total["gave_up"]), hours=count(total["hours"])))  # fmt: skip
        return prose(words)
