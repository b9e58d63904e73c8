"""A year of one source, day by day: how much came, and where it was silent longer than it should."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import ceil

_SATURDAY = 5
_REST = 0.05
"""Of its articles: a source with fewer than so many at weekends does not work then."""
LEVELS = (1, 3, 6, 11)
"""How many articles a day each shade begins with."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a source."""

    day: date
    count: int
    silent: bool
    """Nothing came, though by then something should have."""

    @property
    def level(self) -> int:
        """Its shade: 0 for nothing, then one for each of `LEVELS`."""
        return sum(self.count >= least for least in LEVELS)

    @property
    def shade(self) -> str:
        """The class of its cell."""
        return "silent" if self.silent else f"l{self.level}"

    @property
    def week(self) -> int:
        """Its column: weeks begin on Monday, the first one holds the first of January."""
        first = self.day.replace(month=1, day=1)
        return (self.day.timetuple().tm_yday - 1 + first.weekday()) // 7


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a source in a year, up to the last one that was looked at."""

    year: int
    source: str
    expected_hours: float | None
    """The longest silence that is normal; None where nobody knows."""
    days: tuple[Day, ...]

    @property
    def total(self) -> int:
        """Its articles."""
        return sum(day.count for day in self.days)

    @property
    def silent(self) -> tuple[tuple[date, date], ...]:
        """The times of silence, first and last day of each."""
        return tuple(self._silences())

    def _silences(self) -> Iterator[tuple[date, date]]:
        for silent, days in groupby(self.days, key=lambda day: day.silent):
            if silent:
                together = list(days)
                yield together[0].day, together[-1].day

    def months(self) -> list[int]:
        """Articles a month, twelve of them."""
        return [
            sum(day.count for day in self.days if day.day.month == month) for month in range(1, 13)
        ]

    def shades(self) -> Mapping[str, list[tuple[int, int]]]:
        """The strip of the year: for each shade the stretches of days that have it, as the number
        of the first day (from 0) and how many."""
        found: dict[str, list[tuple[int, int]]] = {}
        for shade, days in groupby(self.days, key=lambda day: day.shade):
            together = list(days)
            start = together[0].day.timetuple().tm_yday - 1
            if shade != "l0":
                found.setdefault(shade, []).append((start, len(together)))
        return found


def month_starts(year: int) -> list[int]:
    """The number of the first day of each month, from 0."""
    return [date(year, month, 1).timetuple().tm_yday - 1 for month in range(1, 13)]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a source over all years."""

    counts: Mapping[date, int]
    expected_hours: float | None
    last: date
    """The last day that was looked at: behind it nothing is silence yet."""


def year_of(source: str, year: int, known: Known) -> Year:
    """A source's year. Silence is told from all that is known, so that it may begin before."""
    first, last = date(year, 1, 1), min(date(year, 12, 31), known.last)
    silent = set(_silent_days(known))
    span = range((last - first).days + 1)
    days = (first + timedelta(days=n) for n in span)
    made = tuple(Day(day, known.counts.get(day, 0), day in silent) for day in days)
    return Year(year, source, known.expected_hours, made)


def _silent_days(known: Known) -> Iterator[date]:
    """The days on which the time since the last article, counted in days on which the source
    publishes at all, was already longer than is normal."""
    if known.expected_hours is None or not known.counts:
        return
    allowed = max(1, ceil(known.expected_hours / 24))
    rests = _rests_at_weekends(known.counts)
    for start, end in pairwise([*sorted(known.counts), known.last + timedelta(days=1)]):
        between = (start + timedelta(days=n) for n in range(1, (end - start).days))
        own = [day for day in between if not (rests and day.weekday() >= _SATURDAY)]
        if len(own) > allowed:
            overdue = own[allowed]
            yield from (overdue + timedelta(days=n) for n in range((end - overdue).days))


def _rests_at_weekends(counts: Mapping[date, int]) -> bool:
    weekend = sum(count for day, count in counts.items() if day.weekday() >= _SATURDAY)
    return weekend < _REST * sum(counts.values())
