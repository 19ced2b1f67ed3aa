"""A report on a firm's own purchases: one page of HTML that stands alone, with sums only and nobody's number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING

from crmlab.data.privacy import FEW, check_export
from crmlab.data.records import Records
from crmlab.experiments.picture import MARGINS
from crmlab.experiments.purchase_model import DAYS_A_YEAR
from crmlab.language.catalogue import _, count, number, percent, prose, short, speaking
from crmlab.language.errors import InputError
from crmlab.page import picture, whole

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.experiments.purchase_model import PurchaseModel
    from crmlab.experiments.whale import WhaleCurve

RESAMPLES = 100
"""Bootstrap samples for the range of the purchases to come."""


def report(records: Records, lang: str | None = None) -> str:
    """A page of HTML on these purchases, in the language spoken now or in ``lang``, that needs no other file.

    What was read and dropped, an overview, groups by RFM, the whale curve of revenue, who is still active (or the
    reason why the model cannot say), and what all this cannot show. Pictures stand in the page, each with its words.
    There are only numbers of groups: no customer's number, and nothing that ``traces`` finds; otherwise InputError.
    Fewer than 5 customers raise InputError too, for every number would tell of single persons.
    """
    with speaking(lang):
        rows = records.transactions
        customers = rows["customer"].nunique()
        if customers < FEW:
            text = _("The records are of {count} customers; a report on fewer than {least} would tell of persons.")
            raise InputError(text.format(count=number(customers), least=number(FEW)))
        title = _("Report on purchases")
        body = [
            f"<h1>{escape(title)}</h1>",
            *_overview(rows, customers),
            *_section(_("What was read, and what was dropped"), lambda: _reading(records)),
            *_section(_("Groups by RFM: who bought last, most often and for most"), lambda: _groups(records)),
            *_section(_("Whale curve: how much of the revenue the best customers bring"), lambda: _whale(records)),
            *_section(_("Who is still a customer, and what will they buy?"), lambda: _model(records)),
            *_section(_("What this report cannot show"), lambda: _caveats(records)),
        ]
        page = whole(title, "\n".join(body))
        check_export(re.sub(r"base64,[^\"]+", "", page))
        return page


def _section(title: str, write: Callable[[], list[str]]) -> list[str]:
    """A heading and what is under it, or the reason why that cannot be."""
    try:
        body = write()
    except InputError as error:
        body = [_p(_("This cannot be said of these records. {reason}").format(reason=error))]
    return [f"<h2>{escape(title)}</h2>", *body]


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _table(caption: str, head: list[str], rows: Iterable[Iterable[str]]) -> str:
    """A table whose first column names the rows; without a ``head`` it has no line of names."""
    above = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    above = f"<thead><tr>{above}</tr></thead>" if head else ""
    body = f"<caption>{escape(caption)}</caption>{above}<tbody>{''.join(lines)}</tbody>"
    return f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>{body}</table></div>'


def _figure(draw: Callable[[Axes], object], title: str, words: str) -> str:
    """A picture with its words below."""
    source, width, height = picture(draw, margins=MARGINS)
    alt = escape(_("Picture: {title}. What it shows stands below it.").format(title=title))
    image = f'<img src="{source}" alt="{alt}" width="{width}" height="{height}">'
    return f"<figure>{image}<figcaption>{escape(words)}</figcaption></figure>"


def _overview(rows: pd.DataFrame, customers: int) -> list[str]:
    sums = rows.groupby("customer")["amount"].agg(["size", "sum"])
    again = float((sums["size"] > 1).mean())
    text = _("From {first} to {last}")
    period = text.format(first=rows["date"].min().date(), last=rows["date"].max().date())
    table = _table(_("Overview"), [], [
        (_("Customers"), number(customers)),
        (_("Purchases"), number(len(rows))),
        (_("Period"), period),
        (_("Revenue, in the file's currency"), number(rows["amount"].sum(), 2)),
        (_("Revenue of a purchase, mean"), number(rows["amount"].mean(), 2)),
        (_("Revenue of a customer, median"), number(sums["sum"].median(), 2)),
        (_("Purchases of a customer, mean"), number(sums["size"].mean(), 2)),
        (_("Customers with more than one purchase"), percent(again, 1)),
    ])  # fmt: skip
    return [_p(_("Made by crmlab from a file of purchases. It holds numbers of groups only, nobody's own.")), table]


def _reading(records: Records) -> list[str]:
    text = _("The file has {rows} rows. Each of them is in one of the purchases or was dropped.")
    parts = [_list([*records.took, text.format(rows=number(records.rows))])]
    lost = records.dropped
    if len(lost):
        head = [_("reason"), _("rows"), _("share of the rows"), _("sum of the amounts")]
        lines = [
            (row.why, number(row.rows), percent(row.rows / records.rows, 1), number(row.amount, 2))
            for row in lost.itertuples()
        ]
        parts.append(_table(_("Dropped rows, by the first reason that holds"), head, lines))
    else:
        parts.append(_p(_("No row was dropped.")))
    if records.repeated and "repeated" not in lost["reason"].tolist():
        text = _("Rows like one before them in every cell: {count}. They were kept: booked twice, or bought twice?")
        parts.append(_p(text.format(count=number(records.repeated))))
    return parts


def _groups(records: Records) -> list[str]:
    rfm = records.rfm()
    groups = rfm.summary()
    title = _("Groups by RFM")
    head = [_("group"), _("number of customers"), _("share"), _("revenue"), _("share of the revenue"),
            _("days since the last purchase"), _("purchases of a customer")]  # fmt: skip
    lines = [
        (row.name, number(row.customers), percent(row.share, 1), number(row.revenue, 2),
         _or_none(row.revenue_share, lambda share: percent(share, 1)),
         _or_none(row.recency, count), _or_none(row.frequency, lambda times: short(times, 1)))
        for row in groups.itertuples(index=False)
    ]  # fmt: skip
    return [
        _figure(rfm.plot, title, rfm.describe()),
        _table(_("Groups by RFM; days and purchases are means"), head, lines),
    ]


def _or_none(value: float, say: Callable[[float], str]) -> str:
    return "–" if value != value else say(value)


def _whale(records: Records) -> list[str]:
    curve = records.whale()
    if curve.total <= 0:
        return [_p(_("All amounts are zero, so nobody has a share of the revenue."))]
    text = _(
        "The best {best} of the customers bring {share} of the revenue, the best half {half}. If all were alike, the "
        "curve would be the dotted line. It only rises, for it shows revenue: what a customer costs is not in these "
        "records, and a customer with much revenue may bring a loss. Gini coefficient: {gini} (0: all alike; near 1: "
        "one brings all)."
    )
    words = text.format(
        best=percent(0.2), share=percent(curve.share(0.2), 1), half=percent(curve.share(0.5), 1),
        gini=number(curve.gini, 2),
    )  # fmt: skip
    tenths = curve.summary()
    head = [_("best customers, up to"), _("revenue of this tenth"), _("revenue so far"), _("share of the revenue")]
    lines = [
        (percent(row.best), number(row.profit, 2), number(row.cumulated, 2), percent(row.share, 1))
        for row in tenths.itertuples()
    ]
    title = _("Whale curve of revenue")
    return [
        _figure(lambda ax: _draw_revenue(curve, ax), title, words),
        _table(_("Revenue by tenths of the customers, best first"), head, lines),
    ]


def _draw_revenue(curve: WhaleCurve, ax: Axes) -> None:
    """The whale curve under the name of what it shows here."""
    ax = curve.plot(ax)
    ax.set_ylabel(_("revenue so far (% of the total)"))


def _model(records: Records) -> list[str]:
    model = records.purchases()
    ahead = min(DAYS_A_YEAR / model.unit, float(model.history.age.max()))
    alive = model.summary().set_index("name").loc["alive"]
    bought = model.intervals(resamples=RESAMPLES, periods=ahead).set_index("name").loc["purchases"]
    weeks = number(ahead)
    lines = [
        (name, number(row["value"]), number(row["low"]), number(row["high"]))
        for name, row in (
            (_("customers still active"), alive),
            (_("purchases in the next {weeks} weeks").format(weeks=weeks), bought),
        )
    ]
    head = ["", _("expected"), _("nine in ten: from"), _("nine in ten: to")]
    return [_figure(model.plot, _("Does the model fit?"), _expectation(model, weeks)),
            _table(_("What the model expects of these customers"), head, lines)]  # fmt: skip


def _expectation(model: PurchaseModel, weeks: str) -> str:
    text = _(
        "The table looks {weeks} weeks ahead, a year or as far as the records reach back, and counts these customers "
        "only: new ones come on top. It holds the doubt about the model's numbers and chance, not the doubt whether "
        "the model is right."
    )
    return prose([model.describe(), text.format(weeks=weeks)])


def _caveats(records: Records) -> list[str]:
    said = [
        _("Revenue is not profit: what the goods, the service and the returns cost is not in these records."),
        _("Who never bought is not in them, nor who bought elsewhere. Only those who stayed can have bought often; "
          "what they have in common may not be why they stayed."),
        _("Who bought before the first day stands here as if new; how long they have been customers is not known."),
        _("Returned and cancelled purchases were dropped where the file shows them: who returns much may look better "
          "than they are."),
        _("A customer under two numbers counts twice, and two under one number count once."),
        _("Groups and curves describe; they do not say why, nor what a discount or a call would change. For that, try "
          "it on some, drawn by lot, and compare them with the others."),
        _("Use customers' data only for what they agreed to or the law allows. Whether they agreed is not in these "
          "records."),
    ]  # fmt: skip
    try:
        sizes = records.rfm().summary()
    except InputError:
        return [_list(said)]
    small = sizes.loc[sizes["customers"].between(1, FEW - 1), "name"]
    if len(small):
        text = _("Groups of fewer than {least} customers tell of single persons ({groups}): do not hand this page on.")
        said.append(text.format(least=number(FEW), groups=_(", ").join(small)))
    return [_list(said)]
