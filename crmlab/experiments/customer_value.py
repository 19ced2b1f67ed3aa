"""What an offer is worth to a customer: what is got over what is given, against a rival's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crmlab.experiments.base import Experiment, parameter, real
from crmlab.experiments.frames import from_nothing, histories, steady
from crmlab.experiments.picture import BLUE, ORANGE, headline, thousands
from crmlab.language.catalogue import _, about, mark, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

GETS = {"utility": mark("utility"), "experience": mark("experience")}
"""What the customer gets, by field, and what a reader calls it."""
GIVES = {
    "price": mark("price"),
    "time": mark("time"),
    "energy": mark("energy"),
    "emotion": mark("emotional cost"),
}
"""What the customer gives, by field, and what a reader calls it."""
LEVERS = {**GETS, **GIVES}
LEAST = 0.01
"""The least, in yuan, that a customer gives."""
STEP = 0.1
"""By how much the picture and the words improve each lever: a tenth."""


class CustomerValue(Experiment):
    """Customers who choose our offer rather than a rival's, by what each is worth to them.

    The course's equation of customer value, as its slides print it::

        value = (functional utility + emotional gain from shopping) / (price + time + energy + emotional cost)

    Here ``value = (utility + experience) / (price + time + energy + emotion)``, all six in yuan as the customer feels
    them, so value is a pure number: yuan got for each yuan given. ``rival_value`` is the same of the rival's offer. Of
    ``VISITORS`` = 1,000 who compare the two each month, each chooses us with probability (a logit in the logarithm of
    value)::

        share = value^s / (value^s + rival_value^s),   s = sensitivity

    0 means that they do not look (half and half), a large s that the better offer takes all. Because it is a ratio,
    one yuan less of waiting is worth to the customer what one yuan less of price is, and only the second costs the
    firm its price: ``price_equivalent``.

    The other school subtracts: Kotler's delivered value is total customer value less total customer cost
    (``delivered``); Zeithaml (1988), Consumer perceptions of price, quality, and value, Journal of Marketing 52(3),
    speaks of a trade-off of what is got and what is given, and fixes no formula. The two can rank offers differently:
    for 10 against 5 yuan and 100 against 80, the ratio prefers the first offer and the difference the second.

    Source: the equation of the course's own slides. All numbers are assumptions; the logit is ours. Raises InputError
    for a field outside its bounds, and where the customer gives next to nothing: then the ratio has no value.

    >>> offer = CustomerValue(utility=90, experience=30, price=60, time=20, energy=10, emotion=10)
    >>> offer.value, offer.delivered
    (1.2, 20.0)
    >>> CustomerValue(sensitivity=0).share
    0.5
    >>> CustomerValue(price=0, time=0, energy=0, emotion=0)
    Traceback (most recent call last):
    ...
    crmlab.language.errors.InputError: price, time, energy and emotion make 0 yuan; a customer gives at least 0.01.
    """

    horizon: ClassVar[int] = 1
    VISITORS: ClassVar[int] = 1000
    columns: ClassVar = {
        "month": mark("month"),
        "ours": mark("choose us"),
        "rivals": mark("choose the rival"),
    }

    utility: float = parameter(
        100, low=0, high=10**9, slider=(0, 300, 5), label=mark("utility: what the product does for them"),
        unit=mark("yuan"),
    )  # fmt: skip
    experience: float = parameter(
        20, low=0, high=10**9, slider=(0, 150, 5), label=mark("experience: what shopping itself gives them"),
        unit=mark("yuan"),
    )  # fmt: skip
    price: float = parameter(60, low=0, high=10**9, slider=(0, 300, 5), label=mark("price"), unit=mark("yuan"))
    time: float = parameter(
        25, low=0, high=10**9, slider=(0, 150, 5), label=mark("time: looking, going, waiting"), unit=mark("yuan")
    )
    energy: float = parameter(
        10, low=0, high=10**9, slider=(0, 150, 5), label=mark("energy: effort and trouble"), unit=mark("yuan")
    )
    emotion: float = parameter(
        5, low=0, high=10**9, slider=(0, 150, 5), label=mark("emotional cost: worry and annoyance"), unit=mark("yuan")
    )
    rival_value: float = parameter(
        1.3, low=0, above=True, high=10**6, slider=(0.1, 3, 0.1), label=mark("value of the rival's offer"),
        unit=mark("got for one given"),
    )  # fmt: skip
    sensitivity: float = parameter(
        3, low=0, high=1000, slider=(0, 10, 0.5), label=mark("how sharply customers compare"), unit=mark("exponent")
    )

    def __init__(self, /, **values: Any) -> None:
        super().__init__(**values)
        if self.gives < LEAST:
            text = _("price, time, energy and emotion make {gives} yuan; a customer gives at least {least}.")
            raise InputError(text.format(gives=f"{self.gives:g}", least=short(LEAST, 2)))

    @property
    def gets(self) -> float:
        """What the customer gets, in yuan: utility + experience."""
        return self.utility + self.experience

    @property
    def gives(self) -> float:
        """What the customer gives, in yuan: price + time + energy + emotional cost."""
        return self.price + self.time + self.energy + self.emotion

    @property
    def value(self) -> float:
        """What is got for each yuan given: the course's value of the offer."""
        return self.gets / self.gives

    @property
    def delivered(self) -> float:
        """What is got less what is given, in yuan: Kotler's form.

        >>> cheap, dear = CustomerValue(utility=10, experience=0, price=5, time=0, energy=0, emotion=0), CustomerValue(
        ...     utility=100, experience=0, price=80, time=0, energy=0, emotion=0)
        >>> (cheap.value, cheap.delivered), (dear.value, dear.delivered)
        ((2.0, 5.0), (1.25, 20.0))
        """
        return self.gets - self.gives

    @property
    def share(self) -> float:
        """Chance that a customer chooses us.

        >>> CustomerValue(rival_value=1.2).share, CustomerValue(utility=0, experience=0).share
        (0.5, 0.0)
        """
        return self._chosen(self.gets, self.gives, self.rival_value)

    def _chosen(self, gets: float, gives: float, rival: float) -> float:
        """Chance that an offer is chosen against one of the value ``rival``."""
        worth = gets / gives if gives > 0 else math.inf if gets > 0 else 0.0
        if self.sensitivity == 0 or worth == rival:
            return 0.5
        if worth == 0 or rival == 0:
            return float(worth > 0)
        odds = self.sensitivity * (math.log(worth) - math.log(rival))
        return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0

    def price_equivalent(self, lever: str = "time", change: float = 0.1) -> float:
        """The price cut, in yuan, that is worth to the customer what bettering ``lever`` by ``change`` is worth.

        For what the customer gives (price, time, energy, emotion) it is simply as many yuan as are saved; for utility
        and experience, gives * (1 - gets / (gets after)). It can exceed the price: then no price cut does as much.
        Raises InputError for a lever that there is none, and a change that is not between 0 and 1.

        >>> CustomerValue(time=25).price_equivalent("time", 0.2)           # a fifth less waiting
        5.0
        >>> CustomerValue().price_equivalent("colour")
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: There is no 'colour'; there are: utility, experience, price, time, energy, emotion.
        """  # noqa: E501
        change = real("change", change, 0, 1)
        if not isinstance(lever, str) or lever not in LEVERS:
            text = _("There is no {name!r}; there are: {names}.")
            raise InputError(text.format(name=lever, names=", ".join(LEVERS)))
        gain = change * getattr(self, lever)
        if lever in GIVES:
            return gain
        return self.gives * gain / (self.gets + gain) if gain else 0.0

    def levers(self, change: float = STEP) -> pd.DataFrame:
        """What it brings to better each lever by ``change``: a row a lever, exact.

        Columns: lever; yuan (now); elasticity (of value: percent more value for one percent more of it); share (chance
        to be chosen afterwards); gained (further customers a month, of 1,000 visitors); price_equivalent (yuan).
        Elasticities of what is got make 1, those of what is given -1.

        >>> CustomerValue().levers()[["lever", "elasticity", "price_equivalent"]].round(2)
                lever  elasticity  price_equivalent
        0     utility        0.83              7.69
        1  experience        0.17              1.64
        2       price       -0.60              6.00
        3        time       -0.25              2.50
        4      energy       -0.10              1.00
        5     emotion       -0.05              0.50
        """
        import pandas as pd

        change = real("change", change, 0, 1)
        rows = []
        for lever in LEVERS:
            now = getattr(self, lever)
            gets, gives = self.gets, self.gives
            if lever in GETS:
                gets, elasticity = gets + change * now, now / gets if gets else 0.0
            else:
                gives, elasticity = gives - change * now, -now / gives
            share = self._chosen(gets, gives, self.rival_value)
            gained = self.VISITORS * (share - self.share)
            rows.append((lever, now, elasticity, share, gained, self.price_equivalent(lever, change)))
        return pd.DataFrame(rows, columns=["lever", "yuan", "elasticity", "share", "gained", "price_equivalent"])

    def against(self, rival: CustomerValue) -> pd.DataFrame:
        """Two offers side by side, part by part: a row each for ours and the ``rival``'s.

        Columns: offer; the six parts; gets, gives, value, delivered; share (chosen by, with our ``sensitivity``; the
        ``rival_value`` of both is left aside). Raises InputError where ``rival`` is no CustomerValue.

        >>> ours, rival = CustomerValue(), CustomerValue(price=50, time=60)         # cheaper, but one has to wait
        >>> ours.against(rival)[["offer", "price", "time", "value", "share"]].round(2)
           offer  price  time  value  share
        0   ours   60.0  25.0   1.20   0.66
        1  rival   50.0  60.0   0.96   0.34
        """
        import pandas as pd

        if not isinstance(rival, CustomerValue):
            text = _("{name} is {value}; allowed is a CustomerValue.")
            raise InputError(text.format(name="rival", value=repr(rival)))
        share = self._chosen(self.gets, self.gives, rival.value)
        rows = [
            {"offer": name, **{lever: getattr(offer, lever) for lever in LEVERS}, "gets": offer.gets,
             "gives": offer.gives, "value": offer.value, "delivered": offer.delivered, "share": chosen}
            for name, offer, chosen in (("ours", self, share), ("rival", rival, 1 - share))
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def expected(self, months: int | None = None) -> pd.DataFrame:
        """Means by month, in closed form: ``months + 1`` rows, nothing in month 0.

        Columns: month; ours and rivals (of 1,000 visitors a month, those who choose us and the rival).

        >>> CustomerValue(rival_value=1.2).expected(1)["ours"].tolist()
        [0.0, 500.0]
        """
        ours = self.VISITORS * self.share
        return steady({"ours": ours, "rivals": self.VISITORS - ours}, self._ahead(months))

    def _simulate(self, months: int, replicates: int, rng: np.random.Generator) -> pd.DataFrame:
        """Those who choose us are binomial of the 1,000 visitors: exact.

        >>> runs = CustomerValue().simulate(months=12, seed=7, replicates=2)
        >>> len(runs), int(runs["ours"].sum() + runs["rivals"].sum())
        (26, 24000)
        """
        ours = rng.binomial(self.VISITORS, self.share, (months, replicates))
        return histories(from_nothing({"ours": ours, "rivals": self.VISITORS - ours}))

    def _draw(self, ax: Axes, months: int) -> None:
        rows = self.levers()
        gained, y = rows["gained"].to_numpy(), np.arange(len(rows))[::-1]
        most = max(float(gained.max()), 0.5)
        kinds = [
            (GETS, BLUE, "", _("a tenth more of what is got")),
            (GIVES, ORANGE, "//", _("a tenth less of what is given")),
        ]
        bars = []
        for group, colour, hatch, label in kinds:
            here = rows["lever"].isin(group).to_numpy()
            bars.append(ax.barh(y[here], gained[here], 0.6, color=colour, hatch=hatch, edgecolor="white", label=label))
        for place, row in zip(y, rows.itertuples(), strict=True):
            text = _("{gained} more; worth {cut} yuan off the price")
            if row.lever == "price":
                text = _("{gained} more; {cut} yuan off the price")
            text = text.format(gained=short(row.gained), cut=_yuan(row.price_equivalent))
            ax.annotate(text, (row.gained, place), (4, 0), textcoords="offset points", va="center", fontsize=9)
        ax.set_yticks(y, [_(LEVERS[lever]).replace(" ", "\n") for lever in rows["lever"]])
        ax.grid(visible=False, axis="y")
        ax.set(xlim=(0, 2.0 * most), ylim=(-0.6, 6.4))
        ax.set_xlabel(_("further customers a month, of 1,000 who compare"))
        ax.legend(handles=bars, loc="upper right", framealpha=0, edgecolor="none", fontsize=9, ncols=2)
        text = _("Value {value} against the rival's {rival}: {share} choose us. What would a tenth do?")
        headline(ax, text.format(value=_ratio(self.value), rival=_ratio(self.rival_value), share=percent(self.share)))
        thousands(ax, "x")

    def _words(self, months: int) -> str:
        rows = self.levers().set_index("lever")
        text = _(
            "Our customer gets {gets} yuan ({utility} of utility, {experience} of experience) and gives {gives} "
            "({price} of price, {time} of time, {energy} of energy, {emotion} of emotional cost): value {value}, got "
            "for each yuan given. The rival's is {rival}, so {share} choose us: {ours} of {visitors} visitors a month."
        )
        amounts = {lever: _yuan(getattr(self, lever)) for lever in LEVERS}
        words = [text.format(
            gets=_yuan(self.gets), gives=_yuan(self.gives), value=_ratio(self.value), rival=_ratio(self.rival_value),
            share=percent(self.share, 1), ours=number(self.VISITORS * self.share), visitors=number(self.VISITORS),
            **amounts,
        )]  # fmt: skip
        best = rows["gained"].idxmax()
        if rows.loc[best, "gained"] < 0.05:
            words.append(_("A tenth better in any one of the six would change next to nothing."))
        else:
            text = _("Improve one of the six by a tenth: {lever} then gains most, {gained} customers a month.")
            words.append(text.format(lever=_(LEVERS[best]), gained=short(rows.loc[best, "gained"])))
        hidden = self.time + self.energy + self.emotion
        if hidden:
            text = _(
                "A tenth less time, energy and emotional cost together is worth {saved} yuan to the customer, as much "
                "as {saved} yuan off the price; but only the price cut costs the firm that money with every sale."
            )
            words.append(text.format(saved=_yuan(STEP * hidden)))
        text = _("The other school subtracts: what is got less what is given is {delivered} yuan.")
        words.append(text.format(delivered=_yuan(self.delivered)))
        return prose(words)


def _yuan(amount: float) -> str:
    """An amount of money, with decimals where it is small."""
    return number(amount) if abs(amount) >= 100 else short(amount, 2)


def _ratio(value: float) -> str:
    """A ratio to three figures."""
    if value == 0 or 0.01 <= value < 1000:
        return short(value, 2)
    return about(value) if value >= 1000 else f"{value:.2g}"
