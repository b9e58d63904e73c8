"""Days as lists write them: whole, in pieces, in English, as a number, or without their year."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from crawler.records import Moment, city_day

_YEAR, _MONTH, _DAY = (
    r"(?P<y>20\d{2}|19\d{2})",
    r"(?P<m>1[0-2]|0?[1-9])",
    r"(?P<d>3[01]|[12]\d|0?[1-9])",
)
_NAMED = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# The surest first. Several have their year apart from the day, as lists do that show the day large.
_FORMS = tuple(
    re.compile(rf"(?<![\d.]){form}(?!\d)", re.IGNORECASE)
    for form in (
        rf"{_YEAR}\s*[-/.年]\s*{_MONTH}\s*[-/.月]\s*{_DAY}",
        rf"{_DAY}\s*日?\s+{_YEAR}\s*[-/.年]\s*{_MONTH}(?!\s*[-/.]\s*\d)",
        rf"{_YEAR}\s*[-/.年]\s*{_MONTH}\s*月?\s+{_DAY}",
        rf"{_YEAR}\s*年?\s+{_MONTH}\s*[-/.月]\s*{_DAY}",
        rf"{_MONTH}\s*[-/.月]\s*{_DAY}\s*日?\s+{_YEAR}",
        rf"{_NAMED}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"{_DAY}\s+{_NAMED},?\s+{_YEAR}",
        r"(?P<y>20\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])",
        r"(?P<short>[12]\d)-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])",
    )
)
_YEARLESS = re.compile(rf"(?<![\d\-/.年]){_MONTH}\s*[-/.月]\s*{_DAY}(?![\d\-/.])")
_STAMP = re.compile(r"(?<!\d)(1\d{9})(\d{3})?(?!\d)")
_ADDRESS = tuple(
    re.compile(form)
    for form in (
        r"/(20\d{2})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?=[/_.\-])",
        r"/(20\d{2})[/_](0?[1-9]|1[0-2])[/_\-](0?[1-9]|[12]\d|3[01])(?=[/_\-])",
        r"[/_a-zA-Z\-=](20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.\-&]|$|\d{4,8}[/_.])",
        r"/(20\d{2})/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.\-])",
        r"/(20\d{2})-(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?=[/_.\-])",
    )
)
_AHEAD = timedelta(days=1)
"""How far ahead of the day a list may be: clocks differ."""


def first_day(text: str, before: date | None = None) -> Moment | None:
    """The first calendar day in a text; a day that does not exist is none.

    A day without its year counts only where `before` is given: it is the last such day up to then.
    """
    for form in _FORMS:
        for match in form.finditer(text):
            if found := _moment(match):
                return found
    return _yearless(text, before) if before else None


def stamped_day(text: str) -> Moment | None:
    """The day of a time that is given as seconds or milliseconds since 1970, as data often do."""
    match = _STAMP.search(text)
    if match is None:
        return None
    return Moment.local(city_day(datetime.fromtimestamp(int(match[1]), UTC)))


def address_day(url: str) -> Moment | None:
    """The day that an article's address names: ``t20260701_123.html``, ``/2026/7/1/``."""
    for form in _ADDRESS:
        for match in form.finditer(url):
            if found := _day(*map(int, match.groups())):
                return found
    return None


def is_yearless(text: str) -> bool:
    """Whether a text names a day, but not of which year."""
    return first_day(text) is None and _YEARLESS.search(text) is not None


def without_days(text: str) -> str:
    """A text without the days in it."""
    for form in (*_FORMS, _YEARLESS, re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")):
        text = form.sub("", text)
    return text


def _moment(match: re.Match[str]) -> Moment | None:
    parts = match.groupdict()
    named = parts.get("name")
    month = _MONTHS.index(named.lower()) + 1 if named else int(parts["m"])
    year = 2000 + int(parts["short"]) if parts.get("short") else int(parts["y"])
    return _day(year, month, int(parts["d"]))


def _yearless(text: str, before: date) -> Moment | None:
    for match in _YEARLESS.finditer(text):
        for found in _candidates(int(match["m"]), int(match["d"]), before):
            return found
    return None


def _candidates(month: int, day: int, before: date) -> Iterator[Moment]:
    for year in range(before.year + 1, before.year - 5, -1):
        found = _day(year, month, day)
        if found and found.day <= before + _AHEAD:
            yield found


def _day(year: int, month: int, day: int) -> Moment | None:
    try:
        return Moment.local(date(year, month, day))
    except ValueError:
        return None
