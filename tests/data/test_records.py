"""A firm's own records: the right answer or a clear error, every row accounted for, nobody's data in a message."""

from __future__ import annotations

import datetime
import importlib.metadata

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import read_transactions
from crmlab.data import tables
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError


@pytest.fixture
def read(tmp_path):
    """What is read from a text."""

    def from_text(text, encoding="utf-8", **options):
        path = tmp_path / "sales.csv"
        path.write_bytes(text.encode(encoding))
        return read_transactions(path, **{"until": "2026-01-01", **options})

    return from_text


def lost(records):
    return dict(zip(records.dropped["reason"], records.dropped["rows"], strict=True))


def cdnow(name):
    return next(file for file in importlib.metadata.files("lifetimes") if file.name == name).locate()


def test_the_cdnow_sample():
    records = read_transactions(cdnow("CDNOW_sample.txt"))
    rows = records.transactions
    assert (len(rows), rows["customer"].nunique(), round(rows["amount"].sum(), 2)) == (6919, 2357, 244091.94)
    assert rows.dtypes.astype(str).tolist() == ["int64", "datetime64[s]", "float64"]
    assert rows.iloc[0].tolist() == [4, pd.Timestamp("1997-01-01"), 29.33]
    assert (records.rows, len(records.dropped), records.repeated) == (6919, 0, 21)
    assert records.took[0] == "Read as CDNOW's fixed-width text: customer, sample, date, quantity, amount."
    again = read_transactions(cdnow("CDNOW_sample.txt"), drop_repeated=True)
    assert len(again.transactions) == 6919 - 21
    assert lost(again) == {"repeated": 21}
    other = read_transactions(cdnow("CDNOW_sample.txt"), customer="sample")
    assert other.transactions["customer"].iloc[4] == 2


def test_the_cdnow_master_form(tmp_path):
    path = tmp_path / "master.txt"
    path.write_text(" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n")
    records = read_transactions(path)
    assert records.transactions["customer"].tolist() == [1, 2, 2]
    assert records.transactions["amount"].sum() == 100.77
    path.write_text(path.read_text() + " 00003 19970102  1   10.00  9\n")
    with pytest.raises(InputError, match=r"can't be read|line 4 has 5 cells|no table"):
        read_transactions(path)


def test_the_online_retailers_lines_are_added_up_to_invoices(read):
    records = read(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,A,x,6,12/1/2010 8:26,2.55,17850.0,UK\n"
        "536365,B,x,6,12/1/2010 8:26,3.39,17850.0,UK\n"
        "536365,B,x,6,12/1/2010 8:26,3.39,17850.0,UK\n"
        "C536379,D,x,-1,12/1/2010 9:41,27.5,14527.0,UK\n"
        "536381,A,x,1,12/13/2010 9:45,2.10,,UK\n"
        "536382,A,x,2,12/13/2010 9:45,1.25,15311.0,UK\n"
    )
    assert records.transactions["customer"].tolist() == [17850, 15311]
    assert records.transactions["amount"].tolist() == [55.98, 2.5]
    assert lost(records) == {"no customer": 1, "cancelled": 1}
    assert records.rows == 6
    assert records.repeated == 1
    assert records.dropped["amount"].tolist() == [2.1, -27.5]
    assert records.dropped["first_row"].tolist() == [5, 4]
    assert records.took[1:] == [
        "Taken: CustomerID as customer, InvoiceDate as date, Quantity times UnitPrice as amount.",
        "Dates such as 12/13/2010: the month first.",
        "Lines with the same InvoiceNo, customer and day were added up, to 2 purchases.",
    ]


def test_a_discount_is_taken_off_its_receipt_and_a_returned_receipt_dropped(read):
    records = read(
        "订单编号,客户,日期,金额\nA1,1,2025-01-01,30\nA1,1,2025-01-01,-5\nA2,1,2025-01-02,-30\nA2,1,2025-01-02,10\n"
        ",1,2025-01-03,7\n,1,2025-01-03,8\nC100001,1,2025-01-04,9\n"
    )
    assert records.transactions["amount"].tolist() == [25, 7, 8, 9]  # no number: purchases of their own
    assert lost(records) == {"returned": 2}
    written = read("order_id,customer,date,amount\nA,1,2025-01-02,0.1\nA,1.0,2025/1/2 9:00,0.2\nA,1,2025-01-03,1\n")
    assert written.transactions["amount"].tolist() == [0.3, 1]


def test_every_reason_is_told_and_every_row_accounted_for(read):
    records = read(
        "会员编号,交易日期,实付金额,订单状态\n"
        "1,2025-03-01,10,已完成\n"
        ",2025-03-01,1,\n"
        "NULL,2025-03-01,1,\n"
        "1,2025-03-01,2,已取消\n"
        "1,,3,\n"
        "1,2025-02-30,4,\n"
        "1,２０２５-03-01,4,\n"
        "1,45992,4,\n"
        "1,2025-03-01 25h,4,\n"
        "1,2025-03-01,,\n"
        "1,2025-03-01,￥5,\n"
        '1,2025-03-01,"1,000",\n'
        "1,2025-03-01,=1+1,\n"
        "1,2025-03-01,１２,\n"
        "1,2025-03-01,1e999,\n"
        "1,2025-03-01,nan,\n"
        "1,2025-03-01,1e16,\n"
        "1,2025-03-01,-6,\n"
        "1,2025-03-01,6,已退款\n"
        "1,2026-01-02,7,\n"
        "1,2026-01-01,0,\n"
        "2,2025年3月1日 08:00,.5e1,\n",
        encoding="gbk",
    )
    assert lost(records) == {
        "no customer": 2, "cancelled": 1, "no date": 1, "no amount": 2, "no plain number": 6, "unreadable date": 4,
        "future": 1, "returned": 2,
    }  # fmt: skip
    assert records.transactions["amount"].tolist() == [10, 0, 5]
    assert records.transactions["date"].dt.day.tolist() == [1, 1, 1]
    assert len(records.transactions) + records.dropped["rows"].sum() == records.rows == 22


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_said_in_the_language_spoken_when_it_is_read_out(read, code):
    records = read("客户,日期,金额\n1,2025-01-01,1\n1,2025-01-01,1\n1,2025-01-01,x\n")
    with speaking(code):
        said = repr(records)
    assert said.count("\n") == 4
    assert "{" not in said
    assert ("Dropped" in said) == (code == "en")
    assert ("剔除" in said) == (code == "zh")


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (["7", "10"], [7, 10]),
        (["7.0", "7"], [7, 7]),
        (["007", "010"], ["007", "010"]),
        (["007", "7"], ["007", "7"]),
        (["0", "7"], [0, 7]),
        (["7", "A7"], ["7", "A7"]),
        (["１", "2"], ["１", "2"]),
        (["123456789012345678901", "2"], ["123456789012345678901", "2"]),
        ([" 7 ", "7"], [7, 7]),
        (["NA", "null island"], ["NA", "null island"]),
    ],
)
def test_customers_are_whole_numbers_or_stay_as_written(read, ids, found):
    records = read("customer,date,amount\n" + "".join(f"{one},2025-01-01,1\n" for one in ids))
    assert records.transactions["customer"].tolist() == found


@pytest.mark.parametrize(
    ("dates", "order", "month"),
    [
        (["3/4/2025", "13/4/2025"], None, 4),
        (["3/4/2025", "4/13/2025"], None, 3),
        (["3.4.2025", "4-13-2025"], None, 3),
        (["3/4/2025"], "day", 4),
        (["3/4/2025"], "month", 3),
        (["3/3/2025"], None, 3),
        (["2025/3/4 10:00:00", "2025-03-04T10:00Z", "20250304", "2025.3.4 3:05 PM"], None, 3),
    ],
)
def test_days_and_months(read, dates, order, month):
    text = "customer,date,amount\n" + "".join(f"1,{one},1\n" for one in dates)
    assert read(text, date_order=order).transactions["date"].iloc[0].month == month


def test_days_and_months_that_stay_open(read):
    text = "customer,date,amount\n1,3/4/2025,1\n"
    with pytest.raises(InputError, match="such as 3/4/2025: is the day first"):
        read(text)
    with pytest.raises(InputError, match="others with the month first"):
        read(text + "1,13/4/2025,1\n1,4/13/2025,1\n")
    assert lost(read(text + "1,13/4/2025,1\n", date_order="month")) == {"unreadable date": 1}
    assert lost(read(text + "1,31/13/2025,1\n1,13/4/2025,1\n")) == {"unreadable date": 1}
    with pytest.raises(InputError, match="date_order is 'year'"):
        read(text, date_order="year")


def test_decimal_commas_only_where_told(read):
    text = "customer;date;amount\n1;2025-01-01;12,50\n1;2025-01-01;1.000\n"
    with pytest.raises(InputError, match=r"decimal=','"):
        read(text.replace("1.000", "7,0"))
    records = read(text, decimal=",")
    assert records.transactions["amount"].tolist() == [12.5]
    assert lost(records) == {"no plain number": 1}
    with pytest.raises(InputError, match="decimal is '·'"):
        read(text, decimal="·")


def test_columns_are_told_or_known_or_asked_for(read):
    text = "who,when,paid\n1,2025-01-01,5\n"
    with pytest.raises(InputError, match=r"known as the customer. Name it: customer=...; it has: who, when, paid"):
        read(text)
    assert len(read(text, customer="who", date="when", amount="paid").transactions) == 1
    with pytest.raises(InputError, match="has no column 'whom'"):
        read(text, customer="whom", date="when", amount="paid")
    with pytest.raises(InputError, match=r"several columns that may be the amount: amount, total"):
        read("customer,date,amount,total\n1,2025-01-01,5,6\n")
    assert read("customer,date,amount,total\n1,2025-01-01,5,6\n", amount="total").transactions["amount"].sum() == 6
    with pytest.raises(InputError, match="more than one column called date"):
        read("customer,date,amount,date\n1,2025-01-01,5,6\n")
    assert len(read("customer,date,amount,note,note\n1,2025-01-01,5,6,7\n").transactions) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_message_repeats_what_stands_in_cells(read, code):
    with speaking(code):
        with pytest.raises(InputError) as headless:
            read("李明,13800138000,2025-01-01,30\n王芳,13800138001,2025-01-02,31\n")
        with pytest.raises(InputError) as nothing:
            read("customer,date,amount\n李明,昨天,三十\n")
        with pytest.raises(InputError) as ragged:
            read("customer,date,amount\n李明,2025-01-01,3,13800138000\n")
    for error in (headless, nothing, ragged):
        assert not any(word in str(error.value) for word in ("李明", "王芳", "13800138000", "昨天", "三十"))


@pytest.mark.parametrize(
    ("text", "words"),
    [("customer,date,amount\n", "has no rows"), ("customer,date,amount\n1,2030-01-01,1\n", r"in the future \(1 row\)")],
)
def test_nothing_is_left(read, text, words):
    with pytest.raises(InputError, match=words):
        read(text)


def test_one_customer_on_one_day(read):
    records = read("customer,date,amount\n1,2025-01-01,5\n")
    assert len(records.rfm().table) == 1
    assert records.whale().total == 5
    with pytest.raises(InputError):
        records.purchases()


@pytest.mark.parametrize(
    "until", ["2025-01-01", datetime.date(2025, 1, 1), datetime.datetime(2025, 1, 1, 9), pd.Timestamp("2025-01-01")]
)
def test_until(read, until):
    text = "customer,date,amount\n1,2025-01-01,5\n1,2025-01-02,6\n"
    assert lost(read(text, until=until)) == {"future": 1}


@pytest.mark.parametrize("until", ["soon", 2025, "2025"])
def test_until_is_a_day(read, until):
    with pytest.raises(InputError, match="until is"):
        read("customer,date,amount\n1,2025-01-01,5\n", until=until)


def test_today_is_the_last_day_unless_told(read):
    tomorrow = datetime.date.today() + datetime.timedelta(2)
    records = read(f"customer,date,amount\n1,2025-01-01,5\n1,{tomorrow},6\n", until=None)
    assert lost(records) == {"future": 1}


def test_excel(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["客户编号", "日期", "金额"])
    for row in [(17850, datetime.datetime(2025, 11, 2), 30.5), (3, 45992, 9), (3, datetime.date(2025, 1, 1), "=1+1")]:
        sheet.append(row)
    book.create_sheet("其他")
    path = tmp_path / "sales.xlsx"
    book.save(path)
    records = read_transactions(path, until="2026-01-01")
    assert records.transactions.to_numpy().tolist() == [[17850, pd.Timestamp("2025-11-02"), 30.5]]
    assert lost(records) == {"unreadable date": 1, "no amount": 1}
    assert records.took[0] == "Read as an Excel file, sheet “Sheet” (not read: 其他)."


def test_parts_make_the_same_as_the_whole(monkeypatch):
    whole = read_transactions(cdnow("CDNOW_sample.txt"))
    monkeypatch.setattr(tables, "CHUNK", 1000)
    parts = read_transactions(cdnow("CDNOW_sample.txt"))
    pd.testing.assert_frame_equal(whole.transactions, parts.transactions)
    assert parts.repeated == whole.repeated


ROWS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 10**9).map(str), st.text("ABC客户019", max_size=4)),
        st.one_of(st.dates(datetime.date(1990, 1, 1), datetime.date(2027, 1, 1)).map(str), st.just(""), st.just("x")),
        st.one_of(st.floats(-1e9, 1e9).map(repr), st.sampled_from(["", "¥1", "1,2", "=1", "0"])),
        st.sampled_from(["", "A1", "A2"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(rows=ROWS, invoices=st.booleans(), drop=st.booleans())
def test_no_row_is_lost(tmp_path_factory, rows, invoices, drop):
    path = tmp_path_factory.mktemp("any") / "sales.csv"
    names = ["customer", "date", "amount", "order_id" if invoices else "note"]
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    try:
        records = read_transactions(path, until="2026-12-31", drop_repeated=drop)
    except InputError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert "No row of sales.csv is left" in refused
        return
    found = records.transactions
    assert records.rows == len(rows)
    assert found.notna().all().all()
    if invoices:
        assert len(found) + records.dropped["rows"].sum() <= len(rows)
        money = pd.to_numeric([row[2] for row in rows], errors="coerce")
        assert found["amount"].sum() <= np.nansum(np.abs(money)) + 1
    else:
        assert len(found) + records.dropped["rows"].sum() == len(rows)
        plain = [float(row[2]) for row in rows if row[2] not in ("", "¥1", "1,2", "=1")]
        assert set(found["amount"]) <= set(plain)  # to the last digit


def test_where_memory_runs_out_it_is_said(read, monkeypatch):
    def full(*_arguments):
        raise MemoryError

    monkeypatch.setattr("crmlab.data.records._Gathered.add", full)
    with pytest.raises(InputError, match=r"sales.csv has more purchases than this machine's memory holds"):
        read("customer,date,amount\n1,2025-01-02,3\n")
