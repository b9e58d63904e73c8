"""What a cron line says of a column: how long it waits at the most."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = 70
"""Days to look through: two whole months, whatever they are."""


@cache
def longest_gap(line: str) -> timedelta:
    """The longest time between two moments that a cron line names; a day where it names fewer than
    two in two months."""
    moments = list(_moments(line))
    gaps = (later - earlier for earlier, later in pairwise(moments))
    return max(gaps, default=timedelta(days=1))


def _moments(line: str) -> Iterator[datetime]:
    minutes, hours, days, months, weekdays = (
        _numbers(field, *bounds) for field, bounds in zip(line.split(), _RANGES, strict=True)
    )
    weekdays |= {0} if 7 in weekdays else set()
    either = "*" not in {line.split()[2], line.split()[4]}
    first = datetime(2026, 1, 1)  # noqa: DTZ001 - distances only; any year would do
    for number in range(_MONTHS):
        day = first + timedelta(days=number)
        in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays
        # Cron takes a day that either field names where both of them name some.
        wanted = in_month or in_week if either else in_month and in_week
        if day.month in months and wanted:
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    yield day.replace(hour=hour, minute=minute)


def _numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else int(first)
        end = int(last) if last else high if first == "*" or step else start
        found |= set(range(start, end + 1, int(step or 1)))
    return found
