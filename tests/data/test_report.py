"""The report: one page that stands alone, right numbers, both languages, nobody's data."""

from __future__ import annotations

import base64
import importlib.metadata
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from crmlab import read_transactions
from crmlab.data.privacy import traces
from crmlab.data.report import report
from crmlab.language.catalogue import LANGUAGES, speaking
from crmlab.language.errors import InputError

CDNOW = next(file for file in importlib.metadata.files("lifetimes") if file.name == "CDNOW_sample.txt").locate()
VOID = {"meta", "img"}


class Page(HTMLParser):
    """A page's elements in order, whether they are closed, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data + "\n"

    def all(self, *tags):
        return [(tag, attrs) for tag, attrs in self.elements if tag in tags]


@pytest.fixture(scope="module")
def records():
    return read_transactions(CDNOW)


@pytest.fixture(scope="module")
def pages(records):
    return {code: report(records, code) for code in LANGUAGES}


@pytest.fixture
def sales(tmp_path):
    def write(rows, name="sales.csv"):
        path = tmp_path / name
        path.write_text("customer,date,amount,note\n" + rows, encoding="utf-8")
        return path

    return write


def test_a_page_stands_alone_and_can_be_read_by_everybody(pages, lang):
    text = pages[lang]
    page = Page(text)
    assert page.all("html")[0][1]["lang"] == {"en": "en", "zh": "zh-Hans"}[lang]
    assert [tag for tag, _attrs in page.all("h1", "h2", "h3")] == ["h1", *["h2"] * 5]
    assert not page.all("script", "link", "iframe", "a")
    assert not re.search(r"https?:|url\(|@import|\son\w+=", re.sub(r"base64,[^\"]+", "", text))
    images = page.all("img")
    assert len(images) == len(page.all("figcaption")) == 3
    for _tag, image in images:
        assert len(image["alt"]) > 10
        assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert len(page.all("table")) == len(page.all("caption")) == 4
    assert all(attrs.get("scope") in ("row", "col") for _tag, attrs in page.all("th"))
    assert "nan" not in page.text.split()
    assert "{" not in page.text


def test_the_numbers_are_those_of_the_file(pages):
    for number in ("6,919", "2,357", "244,091.94", "1997-01-01", "1998-06-30", "67.5%", "67.4%", "89.4%", "1,855"):
        assert number in Page(pages["en"]).text
    assert "244091.94" in Page(pages["zh"]).text


def test_it_speaks_one_language(pages, sales):
    assert not re.search("[一-鿿]", Page(pages["en"]).text)
    latin = re.findall(r"[A-Za-z]{4,} [A-Za-z]{2,}", Page(pages["zh"]).text)
    assert not latin
    with speaking("zh"):
        page = report(read_transactions(sales("".join(f"{one},2025-01-01,0,\n" for one in range(9)))))
    assert '<html lang="zh-Hans">' in page


def test_revenue_is_called_revenue(pages):
    text = Page(pages["en"]).text
    assert "revenue so far" in text
    assert text.count("profit") == 1  # "Revenue is not profit"
    assert Page(pages["zh"]).text.count("利润") == 1


def test_nothing_of_a_person_is_on_the_page(sales):
    people = [f"cust-{one}7f3a,2025-0{1 + one % 9}-01,{10 + one},13800138{one:03d} 李明" for one in range(40)]
    page = report(read_transactions(sales("\n".join(people)), until="2026-01-01"), "zh")
    text = re.sub(r"base64,[^\"]+", "", page)
    assert "7f3a" not in text
    assert "李明" not in text
    assert traces(pd.DataFrame({"page": text.splitlines()})).empty


def test_a_file_that_would_tell_is_refused(tmp_path):
    path = tmp_path / "sales.csv"
    rows = "".join(f"{one},2025-01-01,5\n" for one in range(9))
    path.write_text("li@example.com,date,amount\n" + rows, encoding="utf-8")
    records = read_transactions(path, customer="li@example.com")
    with pytest.raises(InputError, match="an e-mail address") as error:
        report(records)
    assert "li@" not in str(error.value)


def test_few_customers_are_persons(sales):
    four = read_transactions(sales("".join(f"{one},2025-01-01,5,\n" for one in range(4))))
    with pytest.raises(InputError, match="4 customers; a report on fewer than 5"):
        report(four)


def test_what_cannot_be_said_is_said_and_the_rest_stands(sales):
    day = read_transactions(sales("".join(f"{one},2025-01-01,{one % 7},\n" for one in range(60))))
    free = read_transactions(sales("".join(f"{one},2025-01-{1 + one % 9:02d},0,\n" for one in range(60))))
    english, chinese = report(day, "en"), report(free, "zh")
    assert english.count("This cannot be said of these records. All purchases are of one day") == 1
    assert english.count("<figure>") == 2
    assert chinese.count("从这份记录里得不出来。") == 2  # no groups, no model; the whale curve says it in its own words
    assert "所有金额都是零" in chinese
    assert chinese.count("<figure>") == 0


def test_small_groups_are_pointed_out(sales):
    rows = "".join(f"{one},2025-01-{1 + one % 28:02d},{5 + one},\n" for one in range(8))
    assert "do not hand this page on" in report(read_transactions(sales(rows)), "en")


def test_names_of_columns_are_escaped(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("<script>alert(1)</script>,date,amount\n" + "".join(f"{one},2025-01-01,5\n" for one in range(9)))
    page = report(read_transactions(path, customer="<script>alert(1)</script>"))
    assert "<script" not in page
