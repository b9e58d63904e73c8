"""Times as Chinese pages write them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from crawler.records import Moment, Precision

# Blanks are taken once for all (`*+`): parts that may be absent would share them in every way there is.
WHEN = re.compile(
    r"(?<![\d.])(?P<year>19\d{2}|20\d{2})\s*+(?:[-/.]|年)\s*+(?P<month>\d{1,2})\s*+(?:[-/.]|月)\s*+"
    r"(?P<day>\d{1,2})(?!\d)\s*+[日号]?"
    r"(?:\s*+(?:T|星期.|周.)?\s*+(?P<half>上午|下午|晚上?|凌晨)?\s*+"
    r"(?P<hour>\d{1,2})\s*+[:：时点]\s*+(?P<minute>\d{2})分?(?:\s*+[:：]?\s*+(?P<second>\d{2})(?!\d)秒?)?"
    r"(?:\.\d+)?\s*+(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
# A date that is set in parts: "2019 / 09/07 / 21:30".
_COMPOSED = re.compile(
    r"(?<!\d)(20\d{2})\s+(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)日?(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?"
)
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_URL_DAY = re.compile(
    r"/(20\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?=[/_\-.t])|/(20\d{2})/(\d{2})(\d{2})/"
)


def moments(text: str) -> Iterator[Moment]:
    """Every time that a text names with a year, in order; what does not exist is passed over."""
    for match in WHEN.finditer(text):
        moment = _moment(match)
        if moment is not None:
            yield moment


def first_moment(text: str) -> Moment | None:
    """The first time in a text; a bare ``20240731`` counts where there is nothing better."""
    found = next(moments(text), None)
    if found is None and (match := _COMPACT.search(text)):
        return _day(*match.groups())
    return found


def composed(text: str) -> Iterator[Moment]:
    """Every time whose year is set apart from its day: ``2019 09/07 21:30``."""
    for match in _COMPOSED.finditer(text):
        year, month, day, hour, minute = match.groups()
        try:
            clock = time(int(hour), int(minute)) if hour else None
            yield Moment.local(date(int(year), int(month), int(day)), clock)
        except ValueError:
            continue


def url_day(url: str) -> Moment | None:
    """The day that an address names."""
    match = _URL_DAY.search(url)
    return _day(*(part for part in match.groups() if part)) if match else None


def _day(year: str, month: str, day: str) -> Moment | None:
    try:
        return Moment.local(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _moment(match: re.Match[str]) -> Moment | None:
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if parts["hour"] is None:
            return Moment.local(day)
        clock = time(
            _hour(int(parts["hour"]), parts["half"]),
            int(parts["minute"]),
            int(parts["second"] or 0),
        )
    except ValueError:
        return None
    if parts["zone"]:
        zoned = datetime.fromisoformat(f"{day.isoformat()}T{clock.isoformat()}{parts['zone']}")
        return Moment(
            zoned.astimezone(UTC), Precision.SECOND if parts["second"] else Precision.MINUTE
        )
    return Moment.local(day, clock, seconds=parts["second"] is not None)


def _hour(hour: int, half: str | None) -> int:
    return hour + 12 if half in {"下午", "晚", "晚上"} and hour < 12 else hour
