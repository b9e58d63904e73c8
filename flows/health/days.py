"""Days as China works them: workdays, weekends and holidays, and time counted on some of them."""

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

import chinese_calendar

from crawler.records import CITY_TIME, city_day

_DAY = timedelta(days=1)
# Where the calendar ends only these are known; the Spring Festival goes by the moon.
_FIXED = {(1, 1), (5, 1), *((10, day) for day in range(1, 8))}


class DayKind(StrEnum):
    """What kind of day it is; a weekend that is worked in a holiday's stead is a workday."""

    WORK = "work"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    FESTIVAL = "festival"
    """The Spring Festival: even papers rest, which print on every other day of the year."""


EVERY_DAY = frozenset(DayKind)


@cache
def known_until() -> date:
    """The last day whose holidays are known."""
    return date(max(chinese_calendar.constants.holidays).year, 12, 31)


@cache
def day_kind(day: date) -> DayKind:
    """What kind of day it is; beyond the calendar weekends and the fixed holidays are all it tells."""
    try:
        rests, holiday = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return _guessed(day)
    if not rests:
        return DayKind.WORK
    if holiday == chinese_calendar.Holiday.spring_festival.value:
        return DayKind.FESTIVAL
    return DayKind.HOLIDAY if holiday else DayKind.WEEKEND


def _guessed(day: date) -> DayKind:
    if (day.month, day.day) in _FIXED:
        return DayKind.HOLIDAY
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORK


def days_between(start: date, end: date, kinds: AbstractSet[DayKind]) -> int:
    """How many days of these kinds lie behind `start`, up to and with `end`."""
    span = range(1, (end - start).days + 1)
    return sum(day_kind(start + timedelta(days=n)) in kinds for n in span)


def hours_between(start: datetime, end: datetime, kinds: AbstractSet[DayKind]) -> float:
    """Hours from one moment to a later one, counted only on days of these kinds."""
    at, until = start.astimezone(UTC), end.astimezone(UTC)
    hours = 0.0
    while at < until:
        day = city_day(at)
        midnight = datetime.combine(day + _DAY, time.min, tzinfo=CITY_TIME).astimezone(UTC)
        step = min(midnight, until)
        if day_kind(day) in kinds:
            hours += (step - at).total_seconds() / 3600
        at = step
    return hours
