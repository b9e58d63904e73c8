"""How often a source has something new, learned from the days on which it had."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Self

from crawler.records import city_day
from flows.health.days import EVERY_DAY, DayKind, day_kind, days_between, hours_between
from flows.health.thresholds import RhythmRules
from storage.evidence import EXPECTED_TO, USED_TO


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Within `expected_days` of its kinds of days a source has something new, nearly always."""

    expected_days: float
    kinds: frozenset[DayKind]
    factor: float
    """After so many of these intervals it is silent."""
    learned: bool
    """From its own past; else declared in the catalogue, or assumed."""
    gaps: int = 0
    """Of how many silences that its past had."""

    @property
    def expected_hours(self) -> float:
        """The same in hours."""
        return self.expected_days * 24

    def silent_hours(self, rules: RhythmRules) -> float:
        """After so many hours without anything new it is silent; never more than two intervals."""
        return min(
            self.expected_hours * self.factor + rules.slack_hours,
            self.expected_hours * rules.unsure_factor,
        )

    def waited(self, last_new: datetime, at: datetime) -> float:
        """Hours on its own days since it had something new."""
        return hours_between(last_new, at, self.kinds)

    def said(self, last_new: str) -> str:
        """The rhythm in words, beside when it had something new at last."""
        days = "workdays" if self.kinds == {DayKind.WORK} else "days"
        if DayKind.WEEKEND in self.kinds and DayKind.HOLIDAY not in self.kinds:
            days = "days that are no holidays"
        usual = USED_TO if self.learned else EXPECTED_TO
        return usual.said(count=f"{self.expected_days:g}", days=days, newest=last_new)


class Spell(NamedTuple):
    """A time in which a source was found to be silent, broken or blocked."""

    begins: date
    """The day of the alarm."""
    ends: date
    """The day on which it was well again; the last of all days where it is not."""
    onset: date = date.max
    """The day since which a part of it was dead, where that is known: before the alarm."""

    def holds(self, start: date, end: date) -> bool:
        """Whether a gap lies in it: before the alarm, or after it."""
        return (self.onset <= start and end <= self.begins) or (
            self.begins <= start and end <= self.ends
        )

    @classmethod
    def of(cls, begins: datetime, ends: datetime) -> Self:
        """From moments; the end of time is no day of the city's."""
        lasts = ends.date() == date.max
        return cls(city_day(begins), date.max if lasts else city_day(ends))

    def reaching_back(self, columns: Sequence[Sequence[date]]) -> Self:
        """With its onset: these are the days, in order, on which each column had something new.

        Dead is a column that at the alarm, and for a time after it, had nothing for longer than ever
        before. As long as nobody knows that it is, what the others bring comes with longer gaps.
        """
        until = min(self.ends, max((days[-1] for days in columns if days), default=self.ends))
        died = [at for days in columns if (at := _died(days, self.begins, until)) is not None]
        return self._replace(onset=min(died, default=self.onset))


def _died(days: Sequence[date], begins: date, until: date) -> date | None:
    """The last day of a column before a spell, where what follows is its longest silence."""
    before = bisect_left(days, begins)
    if before < 2:
        return None
    last = days[before - 1]
    back = days[before] if before < len(days) else until
    longest = max(end - start for start, end in pairwise(days[:before]))
    return last if back - last > longest else None


def learn(
    days: Sequence[date],
    declared_days: int | None,
    rules: RhythmRules,
    spells: Sequence[Spell] = (),
) -> Rhythm:
    """The rhythm of a source that had something new on these days, in order.

    Nothing is learned from `spells`, in order, in which it did badly, nor from the time before an alarm
    since their onset: half of its columns may be dead then, and what comes in little. The gap in which one begins counts up to the alarm: what came after
    is no habit but the failure. The longest of these gaps counts for nothing: one failure is no habit
    at all, and would make the next one be told of late; a source that has slowed down has a second
    one. What has been so for long is its habit all the same.

    The expected interval is the longest gap that is no lone exception: the longest one where the
    second is at least half of it, else twice the second. An average would be exceeded every week
    by whoever publishes in bursts; a quantile of few gaps is their maximum, of whatever cause. As
    long as little is known nothing shorter than what the catalogue declares is a silence.
    """
    kinds = working_kinds(days, rules)
    gaps = sorted(_gaps(days, _bounded(spells, rules), kinds), reverse=True)
    if len(gaps) < rules.least_gaps:
        expected = declared_days or rules.default_silence_days
        return Rhythm(float(expected), EVERY_DAY, rules.unsure_factor, False, len(gaps))
    longest = float(min(gaps[0], 2 * gaps[1]))
    sure = len(gaps) >= rules.sure_gaps
    factor = rules.sure_factor if sure else rules.unsure_factor
    if not sure and declared_days:
        longest = max(longest, days_in(declared_days, days[-1], kinds) / factor)
    return Rhythm(longest, kinds, factor, True, len(gaps))


def _bounded(spells: Sequence[Spell], rules: RhythmRules) -> list[Spell]:
    """The spells, none of them longer than a failure may be."""
    longest = timedelta(days=rules.habit_days)
    return [
        one._replace(ends=one.begins + longest) if one.ends - one.begins > longest else one
        for one in spells
    ]


def _gaps(
    days: Sequence[date], spells: Sequence[Spell], kinds: AbstractSet[DayKind]
) -> Iterator[int]:
    """How long it had nothing new while it was well, in days of its kinds, time and again."""
    told: list[int] = []
    for start, end in pairwise(days):
        if any(one.holds(start, end) for one in spells):
            continue
        alarm = next((one.begins for one in spells if start < one.begins < end), None)
        gap = days_between(start, alarm or end, kinds)
        if alarm is not None:
            told.append(gap)
        elif gap > 0:
            yield gap
    yield from (gap for gap in sorted(told)[:-1] if gap > 0)


def days_in(calendar_days: int, end: date, kinds: AbstractSet[DayKind]) -> float:
    """How many days of these kinds the calendar days before one hold."""
    return float(days_between(end - timedelta(days=calendar_days), end, kinds))


def working_kinds(days: Sequence[date], rules: RhythmRules) -> frozenset[DayKind]:
    """The kinds of days on which a source works: workdays, and those that are nearly as busy."""
    if not days:
        return EVERY_DAY
    span = range((days[-1] - days[0]).days + 1)
    there = Counter(day_kind(days[0] + timedelta(days=n)) for n in span)
    busy = Counter(day_kind(day) for day in set(days))
    rate = {kind: busy[kind] / there[kind] for kind in DayKind if there[kind]}
    least = rules.rest_share * rate.get(DayKind.WORK, 0.0)
    works = {
        kind for kind in rate if there[kind] >= rules.least_days and rate[kind] > max(least, 0.0)
    }
    return frozenset(works | {DayKind.WORK})
