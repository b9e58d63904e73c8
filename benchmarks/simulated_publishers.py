"""Publishers of a simulated year: how each publishes, and in which ways some of them fail.

No crawl and no database: from a day and a seed to what a crawl of that day finds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from crawler.catalogue import Source
from crawler.records import CITY_TIME
from flows.health.days import DayKind, day_kind
from storage.models import Outcome

LASTS = timedelta(days=60)
WELL_BETWEEN = timedelta(days=45)
RELAPSE_LASTS = timedelta(days=90)
SILENT = "goes silent"
RELAPSE = "– then goes silent"
_SPRING_FESTIVAL = {date(2025, 1, 28) + timedelta(days=n) for n in range(8)} | {
    date(2026, 2, 16) + timedelta(days=n) for n in range(8)
}


@dataclass(frozen=True)
class Habit:
    """How a column publishes on a day of its own: `mean` articles, with what share of oddities."""

    days: str
    """``every``, ``workdays``, ``monthly`` or ``bursts``."""
    mean: float
    festival: bool = False
    """Whether it goes on over the Spring Festival."""
    undated: float = 0.0
    reprints: float = 0.0

    def articles(self, day: date, random: Random) -> int:
        """How many articles appear on a day."""
        kind = day_kind(day)
        if (day in _SPRING_FESTIVAL and not self.festival) or (
            kind is not DayKind.WORK and self.days != "every"
        ):
            return 0
        return (
            _poisson(self._mean(day, kind), random)
            if self.days != "monthly"
            else (2 if 5 <= day.day <= 9 and random.random() < 0.5 else 0)
        )

    def _mean(self, day: date, kind: DayKind) -> float:
        if self.days == "every":
            return self.mean * (1 if kind is DayKind.WORK else 0.6)
        if self.days == "bursts":
            return 3.0 if day.toordinal() % 15 < 3 else 1e-9
        return self.mean


def _poisson(mean: float, random: Random) -> int:
    """Arrivals within one unit of time."""
    count, at = 0, random.expovariate(mean)
    while at < 1:
        count, at = count + 1, at + random.expovariate(mean)
    return count


HABITS: dict[str, tuple[Habit, ...]] = {
    "paper": (Habit("every", 4.0),),
    "news": (
        Habit("every", 3.0, festival=True, reprints=0.3),
        Habit("every", 2.0, festival=True, reprints=0.5),
    ),
    "office": (Habit("workdays", 1.5), Habit("workdays", 0.6), Habit("workdays", 0.3)),
    "bureau": (Habit("workdays", 0.25, undated=0.02), Habit("workdays", 0.12)),
    "county": (
        *(Habit("workdays", 1.0) for _ in range(2)),
        *(Habit("workdays", 0.4, reprints=0.4) for _ in range(2)),
    ),
    "monthly": (Habit("monthly", 0.0),),
    "bursts": (Habit("bursts", 0.0),),
    "rare": (Habit("workdays", 0.03),),
}
HEALTHY = (
    *("paper", "news", "news", "office", "office", "office", "bureau", "bureau", "bureau"),
    *("bureau", "county", "county", "county", "monthly", "monthly", "bursts", "bursts"),
    *("rare", "rare", "office"),
)
FAILURES: dict[str, str] = {
    SILENT: "office",
    "lists empty after a redesign": "county",
    "titles gone": "news",
    "dates gone or in the future": "county",
    "bodies gone": "paper",
    "403": "bureau",
    "challenge with 200": "county",
    "robots.txt 503": "bursts",
    "flood of copies": "news",
    "old items again": "office",
    "half of its columns dead": "county",
    "host gone": "monthly",
    "articles time out": "office",
}
LIST_SAYS = {
    "lists empty after a redesign": "the list shows no items: has its layout changed?",
    "403": "http-403",
    "challenge with 200": "challenge",
    "robots.txt 503": "robots-unreachable",
    "host gone": "dns",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a publisher is ill."""

    failure: str
    begins: datetime
    ends: datetime


@dataclass
class Publisher:
    """A source of the simulation."""

    source: Source
    habits: tuple[Habit, ...]
    spells: tuple[Spell, ...] = ()
    """Those that it goes through, in order."""

    def spell(self, at: datetime) -> Spell | None:
        """The one at a time."""
        return next((one for one in self.spells if one.begins <= at < one.ends), None)

    def trouble(self, at: datetime) -> str | None:
        """What its lists say of themselves at a time while it is ill."""
        spell = self.spell(at)
        return LIST_SAYS.get(spell.failure) if spell else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a crawl finds of one address."""

    publisher: Publisher
    column: str
    at: datetime
    published: datetime | None
    title: str = "关于某事的通知"
    characters: int = 400
    outcome: Outcome = Outcome.NEW


@dataclass(frozen=True)
class Cast:
    """Who takes part, for how long."""

    start: datetime = datetime(2026, 1, 1, 1, tzinfo=UTC)
    days: int = 365
    past: int = 365
    """Days before the start that a backfill has brought."""
    healthy: tuple[str, ...] = HEALTHY
    failures: tuple[str, ...] = tuple(FAILURES)
    onsets: tuple[float, float] = (0.12, 0.45)
    """When failures begin, in shares of the time."""
    relapses: bool = True
    """Whether each of them goes silent, a while after it was well again."""


def publishers(random: Random, cast: Cast) -> list[Publisher]:
    """The healthy ones, then one for each failure."""
    found = [_publisher(f"well_{n}", kind) for n, kind in enumerate(cast.healthy)]
    for n, failure in enumerate(cast.failures):
        onset = cast.start + timedelta(days=random.uniform(*cast.onsets) * cast.days)
        one = _publisher(f"ill_{n}", FAILURES[failure])
        found.append(replace(one, spells=tuple(_spells(failure, onset, relapses=cast.relapses))))
    return found


def _spells(failure: str, onset: datetime, *, relapses: bool) -> Iterator[Spell]:
    first = Spell(failure, onset, onset + LASTS)
    yield first
    if relapses:
        again = first.ends + WELL_BETWEEN
        yield Spell(RELAPSE, again, again + RELAPSE_LASTS)


def _publisher(name: str, kind: str) -> Publisher:
    silence = {"monthly": "60d", "rare": "120d", "bursts": "45d"}.get(kind, "30d")
    host = f"{name.replace('_', '-')}.example"
    columns = {
        f"c{n}": {
            "name": f"{n}",
            "start": f"http://{host}/c{n}/",
            "template": "plain",
            "cadence": {"silence": silence},
        }
        for n, _ in enumerate(HABITS[kind])
    }
    content = {"id": name, "name": kind, "level": "bureau", "hosts": [host], "columns": columns}
    return Publisher(Source.model_validate(content), HABITS[kind])


def arrivals(publisher: Publisher, day: date, seen: datetime, random: Random) -> Iterator[Arrival]:
    """What a publisher shows on a day when it is well, as the crawl of that day finds it."""
    for n, habit in enumerate(publisher.habits):
        for _ in range(habit.articles(day, random)):
            at = datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)
            yield Arrival(
                publisher=publisher,
                column=f"c{n}",
                at=seen,
                published=None if random.random() < habit.undated else at,
                outcome=Outcome.DUPLICATE if random.random() < habit.reprints else Outcome.NEW,
            )


def ill(found: Sequence[Arrival], spell: Spell, one: Publisher, now: datetime) -> list[Arrival]:
    """What becomes of a day's arrivals in a spell."""
    failure = spell.failure
    if failure in LIST_SAYS or failure in {SILENT, RELAPSE, "articles time out"}:
        return []
    if failure == "flood of copies":
        return [_copy(one, f"c{n % 2}", now) for n in range(20)]
    if failure == "half of its columns dead":
        return [each for each in found if each.column not in {"c0", "c1"}]
    return [_spoilt(each, failure, now) for each in found]


def _copy(publisher: Publisher, column: str, now: datetime) -> Arrival:
    return Arrival(
        publisher=publisher,
        column=column,
        at=now,
        published=now - timedelta(hours=2),
        outcome=Outcome.DUPLICATE,
    )


def _spoilt(one: Arrival, failure: str, now: datetime) -> Arrival:
    match failure:
        case "titles gone":
            return replace(one, title="")
        case "dates gone or in the future":
            ahead = now + timedelta(days=400) if one.column == "c0" else None
            return replace(one, published=ahead)
        case "bodies gone":
            return replace(one, characters=0, outcome=Outcome.DROPPED)
        case _:
            old = now - timedelta(days=800)
            return replace(one, published=old, outcome=Outcome.DUPLICATE)
