from datetime import date

import pytest

from crawler.days import address_day, first_day, is_yearless, stamped_day

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "text",
    [
        "[2026-07-01]",
        "2026年7月1日",
        "2026.07.01 09:30",
        "2026/7/1",
        "01 2026-07",
        "01日 2026年07月",
        "2026-07 01",
        "2026 07-01",
        "07-01 2026",
        "07/01 2026",
        "Jul 1, 2026",
        "1 July 2026",
        "July 1st, 2026",
        "20260701",
        "26-07-01",
    ],
)
def test_a_day_is_read_however_its_parts_are_set(text: str) -> None:
    assert str(first_day(text)) == "2026-07-01"


@pytest.mark.parametrize(
    "text", ["2026-02-30", "13/45", "", "第3-5号", "1.2.3", "120260701", "10:30"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert first_day(text, TODAY) is None or text == "第3-5号"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11-20", "2026-11-20"),
        ("[12-31]", "2025-12-31"),
        ("2月29日", "2024-02-29"),
        ("11-22", "2026-11-22"),
    ],
)
def test_a_day_without_a_year_is_the_last_such_day(text: str, day: str) -> None:
    assert is_yearless(text)
    assert first_day(text) is None
    assert str(first_day(text, TODAY)) == day


@pytest.mark.parametrize(
    "url",
    [
        "http://a.cn/x/202607/t20260701_123.html",
        "http://a.cn/art/2026/7/1/art_1_2.html",
        "http://a.cn/x/2026/07-01/1.html",
        "http://a.cn/x/2026/0701/1.html",
        "http://a.cn/x/20260701/1.html",
        "http://a.cn/x/2026-07-01/1.html",
        "http://p.cn/sqrb/html/2026-07/01/node_1.htm",
        "http://a.cn/show?date=20260701",
    ],
)
def test_a_day_in_an_address_is_found(url: str) -> None:
    assert str(address_day(url)) == "2026-07-01"


@pytest.mark.parametrize(
    "url",
    ["http://a.cn/x/202607/1.html", "http://a.cn/x/123420260701234.html", "http://a.cn/2026/"],
)
def test_a_number_in_an_address_is_no_day(url: str) -> None:
    assert address_day(url) is None


def test_data_may_give_a_day_as_milliseconds() -> None:
    assert str(stamped_day("1782835200000")) == "2026-07-01"
    assert stamped_day("178283520000") is None
