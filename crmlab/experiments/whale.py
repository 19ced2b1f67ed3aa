"""The whale curve: customers sorted by what they bring, and their profit added up from the best to the worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from crmlab.experiments.analysis import Analysis, needed, numeric
from crmlab.experiments.base import real
from crmlab.experiments.picture import headline
from crmlab.experiments.profit_concentration import ProfitConcentration
from crmlab.experiments.whale_picture import BEST, draw_whale
from crmlab.language.catalogue import _, number, percent, prose, short
from crmlab.language.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LARGEST = 1e15
NOTHING = 1e-12
"""A sum this small beside what was added up is rounding, and counts as nothing."""
POINTS = 500
"""Points of the curve that a picture needs, however many customers there are."""


@dataclass(frozen=True, eq=False)
class WhaleCurve(Analysis):
    """Profit added up over the customers, best first, as a share of the total: ``WhaleCurve.fit(frame)`` makes one.

    Where customers who lose money stand at the end, the curve rises above 100% and comes down again, like the back of
    a whale. Between two customers it is a straight line: a part of a customer brings that part of their profit, so
    "the best 20%" of 2,357 customers are the best 471 and four tenths of the next. Profit may be revenue or margin;
    then nobody loses and the curve only rises. A customer whose rows make nothing, but for rounding, loses nothing.

    Attributes: ``profits``, each customer's profit, best first; ``total``; ``made`` by those who bring something;
    ``lost``, what the others lose (a number from 0 on), so ``total = made - lost``.

    Where the total is not more than 0 nothing is a share of it: ``share`` raises InputError, ``peak`` and ``gini`` are
    None, and the curve is drawn in money.

    >>> import pandas as pd
    >>> curve = WhaleCurve.fit(pd.DataFrame({"customer": ["Li", "Wu", "Li", "He"], "profit": [70, 40, 10, -20]}))
    >>> curve.profits.tolist(), curve.total, curve.peak, curve.share(0.5)      # He is the tail; Li and half of Wu
    ([80.0, 40.0, -20.0], 100.0, 1.2, 1.0)
    """

    profits: np.ndarray
    total: float
    made: float
    lost: float

    @classmethod
    def fit(cls, frame: pd.DataFrame) -> Self:
        """The curve of ``frame``, which has the columns ``customer`` and ``profit``; a customer's rows are summed.

        Raises InputError where a column lacks, a cell is empty, or a profit is no number from -1e15 to 1e15.

        >>> import pandas as pd
        >>> WhaleCurve.fit(pd.DataFrame({"customer": [1, 2], "profit": [5, None]}))
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The column profit has an empty cell in row 2 (counted from 1); 1 in all.
        """
        import pandas as pd

        rows = needed(frame, ["customer", "profit"])
        profit = numeric(rows, "profit", -LARGEST, LARGEST)
        customer, known = pd.factorize(rows["customer"])
        order = np.lexsort((profit, customer))  # a sum does not depend on the order of the rows, to the last digit
        customer, profit = customer[order], profit[order]
        sums, sizes = (np.bincount(customer, weights, len(known)) for weights in (profit, np.abs(profit)))
        sums[np.abs(sums) <= NOTHING * sizes] = 0
        profits = -np.sort(-sums)
        profits.setflags(write=False)
        made, lost = float(profits[profits > 0].sum()), float(-profits[profits < 0].sum())
        total = made - lost if abs(made - lost) > NOTHING * (made + lost) else 0.0
        return cls(profits, total, made, lost)

    @classmethod
    def example(cls) -> pd.DataFrame:
        """The margins and costs to serve of 400 customers, two rows each: customer, item, profit (yuan a month).

        Drawn from ``ProfitConcentration`` as it stands, which holds to the claim 80/20/30 on average.

        >>> WhaleCurve.example().shape
        (800, 3)
        """
        import pandas as pd

        margin, cost = ProfitConcentration().people(400, seed=4)
        customer = np.arange(1, len(margin) + 1)
        items = {"margin": margin, "cost to serve": -cost}
        parts = [pd.DataFrame({"customer": customer, "item": item, "profit": yuan}) for item, yuan in items.items()]
        frame = pd.concat(parts, ignore_index=True).round(2)
        frame.attrs["source"] = "made up by crmlab: 400 customers drawn from ProfitConcentration() with seed 4"
        return frame

    @property
    def customers(self) -> int:
        """Number of customers."""
        return len(self.profits)

    @property
    def unprofitable(self) -> float:
        """Share of the customers who lose money.

        >>> import pandas as pd
        >>> WhaleCurve.fit(pd.DataFrame({"customer": [1, 2], "profit": [0, -5]})).unprofitable
        0.5
        """
        return int(np.count_nonzero(self.profits < 0)) / self.customers

    @property
    def peak(self) -> float | None:
        """What the profitable make as a share of the total: 1.4 is "140%". None where the total is not above 0."""
        return self.made / self.total if self.total > 0 else None

    @property
    def gini(self) -> float | None:
        """Gini coefficient: 0 where all bring the same, near 1 where one brings all.

        Twice the area between the curve and the straight line of equal customers. Only where nobody loses and somebody
        brings something; otherwise None, for with losses it may exceed 1 and says nothing any more.

        >>> import pandas as pd
        >>> [WhaleCurve.fit(pd.DataFrame({"customer": [1, 2], "profit": [a, 5]})).gini for a in (5, 0, -1)]
        [0.0, 0.5, None]
        """
        if self.lost or not self.made:
            return None
        rank = np.arange(1, self.customers + 1)
        return max(0.0, float(1 - (2 * np.sum(rank * self.profits) / self.made - 1) / self.customers))

    def money(self, best: float = BEST) -> float:
        """What the best part ``best`` of the customers brings, in the table's own money.

        >>> import pandas as pd
        >>> curve = WhaleCurve.fit(pd.DataFrame({"customer": [1, 2], "profit": [10, -30]}))
        >>> curve.money(0.25), curve.money(0.5), curve.money(1)
        (5.0, 10.0, -20.0)
        """
        return float(self._at(np.array([real("best", best, 0, 1)]))[0])

    def share(self, best: float = BEST) -> float:
        """What the best part ``best`` of the customers brings, as a share of the total profit; may be more than 1.

        Raises InputError where the total is not more than 0.

        >>> import pandas as pd
        >>> WhaleCurve.fit(pd.DataFrame({"customer": [1, 2], "profit": [10, -30]})).share(0.5)
        Traceback (most recent call last):
        ...
        crmlab.language.errors.InputError: The total profit is −20, not more than 0; nothing can be a share of it.
        """
        money = self.money(best)
        if self.total <= 0:
            text = _("The total profit is {total}, not more than 0; nothing can be a share of it.")
            raise InputError(text.format(total=short(self.total, 2)))
        return money / self.total

    def _at(self, best: np.ndarray) -> np.ndarray:
        reached = np.concatenate([[0.0], np.cumsum(self.profits)])
        return np.interp(best * self.customers, np.arange(self.customers + 1), reached)

    def summary(self) -> pd.DataFrame:
        """A row for each tenth of the customers, best first.

        Columns: best (part of the customers, up to this row); customers; profit of this tenth; cumulated (profit so
        far); share (cumulated as a share of the total, missing where the total is not more than 0); share_of_made (as a
        share of what the profitable make, missing where nobody brings anything).

        >>> WhaleCurve.fit(WhaleCurve.example()).summary()["best"].tolist()[:3]
        [0.1, 0.2, 0.3]
        """
        import pandas as pd

        best = np.arange(1, 11) / 10
        reached = self._at(best)
        columns = {
            "best": best,
            "customers": best * self.customers,
            "profit": np.diff(reached, prepend=0.0),
            "cumulated": reached,
            "share": reached / self.total if self.total > 0 else np.nan,
            "share_of_made": reached / self.made if self.made > 0 else np.nan,
        }
        return pd.DataFrame(columns)

    def _draw(self, ax: Axes) -> None:
        top = 1 - self.unprofitable
        best = np.union1d(np.linspace(0, 1, min(self.customers, POINTS) + 1), [BEST, top])
        draw_whale(ax, best, self._at(best), top, self.total)
        text = _("Whale curve: {customers} customers, best first")
        headline(ax, text.format(customers=number(self.customers)))

    def _words(self) -> str:
        text = _(
            "The profit of {customers} customers makes {total} in all. {share} of them lose money, {lost} together; "
            "the others bring {made}."
        )
        words = [text.format(
            customers=number(self.customers), total=_money(self.total), share=percent(self.unprofitable, 1),
            lost=_money(self.lost), made=_money(self.made),
        )]  # fmt: skip
        if self.total > 0:
            text = _("The best {best} bring {share} of the total; the best half brings {half}.")
            words.append(
                text.format(best=percent(BEST), share=percent(self.share(), 1), half=percent(self.share(0.5), 1))
            )
        else:
            text = _(
                "So nothing can be a share of the total; the best {best} bring {money}, and the curve is drawn in "
                "money."
            )
            words.append(text.format(best=percent(BEST), money=_money(self.money())))
        if self.lost and self.total > 0:
            text = _("The curve rises to {peak} of the total before those who lose money pull it down.")
            words.append(text.format(peak=percent(self.peak, 1)))
        if self.lost:
            text = _(
                "It does not follow that the profit would rise by {lost} without them: costs that were only allocated "
                "to them stay and fall on the others. Ask first what it costs to serve them, and whether price or "
                "service can change."
            )
            words.append(text.format(lost=_money(self.lost)))
        elif self.gini is not None:
            text = _("Nobody loses money, so the curve only rises; its Gini coefficient is {gini}.")
            words.append(text.format(gini=number(self.gini, 2)))
        return prose(words)


def _money(value: float) -> str:
    return number(value) if abs(value) >= 100 else short(value, 2)
