import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import first_moment, moments, url_day


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("发布日期：2024-07-31", "2024-07-31"),
        ("[2024-07-31]", "2024-07-31"),
        ("2024年7月31日", "2024-07-31"),
        ("2024/7/31", "2024-07-31"),
        ("2024.07.31", "2024-07-31"),
        ("20240731", "2024-07-31"),
        ("2024-07-31 09:05", "2024-07-31T09:05:00+08:00"),
        ("2024-07-31 09:05:07", "2024-07-31T09:05:07+08:00"),
        ("2024年07月31日 下午3:20", "2024-07-31T15:20:00+08:00"),
        ("2024年07月31日09时05分", "2024-07-31T09:05:00+08:00"),
        ("2024-07-31T01:05:00Z", "2024-07-31T09:05:00+08:00"),
        ("2024-07-31T09:05:00+08:00", "2024-07-31T09:05:00+08:00"),
        ("2024-02-30，2024-03-01", "2024-03-01"),
    ],
)
def test_a_time_is_read_as_exactly_as_it_is_written(text: str, shown: str) -> None:
    assert str(first_moment(text)) == shown


@pytest.mark.parametrize("text", ["", "7月31日", "12345678901", "0527-84352024", "1.2.3", "2024年"])
def test_what_names_no_day_is_no_date(text: str) -> None:
    assert first_moment(text) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.cn/sqyw/2024/0731/12.shtml", "2024-07-31"),
        ("http://a.cn/2024-07-31/x.html", "2024-07-31"),
        ("http://a.cn/x/202407/abcdef.shtml", None),
        ("http://a.cn/20249931/x", None),
    ],
)
def test_an_address_names_a_day_or_none(url: str, day: str | None) -> None:
    found = url_day(url)
    assert (str(found) if found else None) == day


@pytest.mark.parametrize(
    "broken", ["2024年5月6日{}x", "2024年5月6日{}上午{}x", "2024-05-06 12:30{}x", "2024{}x"]
)
def test_blanks_are_not_shared_out_in_every_way_there_is(broken: str) -> None:
    """Of forty thousand, what took the cube of their number would not end."""
    list(moments(broken.replace("{}", "\u3000" * 40_000)))


@given(st.text())
def test_no_text_is_too_odd_to_look_for_dates_in(text: str) -> None:
    list(moments(text))
