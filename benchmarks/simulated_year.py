"""A year of 33 sources, 13 of which fail in 13 ways: what health misses, cries and how soon it tells.

    uv run python -m benchmarks.simulated_year

What crawls would have found is written into a real database (pages, visits, articles, looks at lists)
under an injected clock, twice a day; once a day every source is judged as the hourly flow does it, which
makes each alarm up to a day later than in use.
The failures begin at seeded times and are over after sixty days. Nothing is crawled: that half is the
tests' on the replica.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert

from crawler.catalogue import Catalogue, Source
from crawler.records import CITY_TIME
from flows.health.days import EVERY_DAY, DayKind, day_kind, hours_between
from flows.health.watching import judge_all
from storage import ledger
from storage.database import Database
from storage.health import Judgement, write_health
from storage.looks import Seen, record_looks
from storage.models import Article, Outcome, Page, Story, Visit, article_id

STEP = timedelta(hours=12)
LASTS = timedelta(days=60)
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
    "goes silent": "office",
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
_LIST_SAYS = {
    "lists empty after a redesign": "the list shows no items: has its layout changed?",
    "403": "http-403",
    "challenge with 200": "challenge",
    "robots.txt 503": "robots-unreachable",
    "host gone": "dns",
}


@dataclass
class Publisher:
    """A source of the simulation."""

    source: Source
    habits: tuple[Habit, ...]
    failure: str | None = None
    onset: datetime | None = None
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def fails(self, at: datetime) -> bool:
        """Whether it is ill at a time."""
        return self.onset is not None and self.onset <= at < self.onset + LASTS


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
class Told:
    """A failure and how it was found out."""

    failure: str
    kind: str
    state: str | None
    evidence: str
    hours: float | None
    """From its beginning to the alarm."""
    intervals: float | None
    """The same in the source's (for dead columns: the column's) expected intervals, on its days."""


@dataclass(frozen=True)
class Result:
    """What came of a simulation."""

    told: list[Told]
    false_alarms: list[str]
    steps: int
    articles: int
    months: float


@dataclass(frozen=True)
class Cast:
    """Who takes part, for how long."""

    start: datetime = datetime(2026, 1, 1, 1, tzinfo=UTC)
    days: int = 365
    past: int = 365
    """Days before the start that a backfill has brought."""
    healthy: tuple[str, ...] = HEALTHY
    failures: tuple[str, ...] = tuple(FAILURES)
    onsets: tuple[float, float] = (0.15, 0.75)
    """When failures begin, in shares of the time."""


def publishers(random: Random, cast: Cast) -> list[Publisher]:
    """The healthy ones, then one for each failure, with the time at which it begins."""
    found = [_publisher(f"well_{n}", kind) for n, kind in enumerate(cast.healthy)]
    for n, failure in enumerate(cast.failures):
        one = _publisher(f"ill_{n}", FAILURES[failure])
        one.failure = failure
        one.onset = cast.start + timedelta(days=random.uniform(*cast.onsets) * cast.days)
        found.append(one)
    return found


def _publisher(name: str, kind: str) -> Publisher:
    silence = {"monthly": "60d", "rare": "120d", "bursts": "45d"}.get(kind, "30d")
    columns = {
        f"c{n}": {
            "name": f"{n}",
            "start": f"http://{name.replace('_', '-')}.example/c{n}/",
            "template": "plain",
            "cadence": {"silence": silence},
        }
        for n, _ in enumerate(HABITS[kind])
    }
    host = f"{name.replace('_', '-')}.example"
    content = {"id": name, "name": kind, "level": "bureau", "hosts": [host], "columns": columns}
    return Publisher(Source.model_validate(content), HABITS[kind])


def arrivals(publisher: Publisher, day: date, seen: datetime, random: Random) -> Iterator[Arrival]:
    """What a publisher shows on a day, as the crawl of that day finds it."""
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


def _ill(found: list[Arrival], publisher: Publisher, now: datetime) -> Iterator[Arrival]:
    """What a failing publisher's day looks like to the crawl."""
    failure = publisher.failure
    if failure in _LIST_SAYS or failure in {"goes silent", "articles time out"}:
        return
    if failure == "flood of copies":
        for n in range(20):
            yield Arrival(
                publisher=publisher,
                column=f"c{n % 2}",
                at=now,
                published=now - timedelta(hours=2),
                outcome=Outcome.DUPLICATE,
            )
        return
    for one in found:
        values = {name: getattr(one, name) for name in Arrival.__dataclass_fields__}
        if failure == "titles gone":
            values["title"] = ""
        elif failure == "dates gone or in the future":
            values["published"] = now + timedelta(days=400) if one.column == "c0" else None
        elif failure == "bodies gone":
            values |= {"characters": 0, "outcome": Outcome.DROPPED}
        elif failure == "old items again":
            values |= {"published": now - timedelta(days=800), "outcome": Outcome.DUPLICATE}
        elif failure == "half of its columns dead" and one.column in {"c0", "c1"}:
            continue
        yield Arrival(**values)


class Simulation:
    """A database that fills up as if crawls ran."""

    def __init__(self, folder: Path, seed: int, cast: Cast) -> None:
        self.random = Random(seed)
        self.start, self.end = cast.start, cast.start + timedelta(days=cast.days)
        self.publishers = publishers(self.random, cast)
        self.catalogue = Catalogue({p.source.id: p.source for p in self.publishers}, {}, {})
        self.database = Database.open(f"sqlite:///{folder / 'year.db'}", create=True)
        self.articles = 0
        with self.database.unit_of_work() as session:
            self.backfill = ledger.start_run(session, "ingest", {"since": "2025-01-01"}, self.start)
            self.run = ledger.start_run(session, "ingest", {}, self.start)

    def fill_the_past(self, days: int) -> None:
        """What a backfill would have brought: the past, all seen at once."""
        for n in range(days, 0, -1):
            day = (self.start - timedelta(days=n)).date()
            found = [a for p in self.publishers for a in arrivals(p, day, self.start, self.random)]
            self.store(found, self.backfill)

    def store(self, found: Sequence[Arrival], run: str) -> None:
        """Write pages, visits and articles as a load does."""
        if not found:
            return
        pages = [self._page(one, run) for one in found]
        pairs = [(p, a) for p, a in zip(pages, found, strict=True) if p["outcome"] != "dropped"]
        rows = [_row(one, article_id(str(page["key"])), page) for page, one in pairs]
        with self.database.unit_of_work() as session:
            session.execute(insert(Page), pages)
            session.execute(insert(Visit), [_visit(page) for page in pages])
            if rows:
                stories = [{"id": row["id"], "canonical_id": row["id"]} for row in rows]
                session.execute(insert(Story), stories)
                session.execute(insert(Article), rows)

    def _page(self, one: Arrival, run: str) -> dict[str, object]:
        self.articles += 1
        key = f"{one.publisher.source.hosts[0]}/{one.column}/{self.articles}"
        return {
            "id": self.articles,
            "key": key,
            "url": f"http://{key}",
            "source": one.publisher.source.id,
            "column": one.column,
            "discovered_at": one.at,
            "outcome": one.outcome,
            "outcome_at": one.at,
            "run_id": run,
        }

    def look(self, now: datetime) -> None:
        """What the lists show now: most are well, some hosts are down for an hour or a night."""
        seen = []
        for one in self.publishers:
            says = self._says(one, now)
            for column in one.source.columns:
                items = 0 if says else 20
                seen.append(Seen(one.source.id, column, items, says))
        with self.database.unit_of_work() as session:
            record_looks(session, seen, now)

    def _says(self, one: Publisher, now: datetime) -> str | None:
        if one.fails(now) and one.failure in _LIST_SAYS:
            return _LIST_SAYS[one.failure]
        # One look in a hundred meets a host that is down, as real ones are.
        return "http-503" if self.random.random() < 0.01 else None

    def step(self, now: datetime, *, new_day: bool) -> list[Judgement]:
        """A crawl of everything; once a day the judgement after it."""
        day = now.astimezone(CITY_TIME).date()
        for one in self.publishers if new_day else ():
            found = list(arrivals(one, day, now, self.random))
            self.store(list(_ill(found, one, now)) if one.fails(now) else found, self.run)
        self.look(now)
        if not new_day:
            return []
        with self.database.reading() as session:
            judged = judge_all(session, self.catalogue, now)
        with self.database.unit_of_work() as session:
            write_health(session, judged, now)
        return judged


def _visit(page: dict[str, object]) -> dict[str, object]:
    names = {"page_id": "id", "run_id": "run_id", "source": "source", "at": "outcome_at"}
    reason = "empty" if page["outcome"] is Outcome.DROPPED else None
    return {n: page[o] for n, o in names.items()} | {"outcome": page["outcome"], "reason": reason}


def _row(one: Arrival, own: str, page: dict[str, object]) -> dict[str, object]:
    return {
        "id": own, "page_id": page["id"], "key": page["key"], "url": page["url"],
        "source": page["source"], "column": one.column, "title": one.title,
        "body": "文" * one.characters, "published_at": one.published, "keywords": [],
        "provenance": {"body": "layout:div.article"}, "lang": "zh-Hans", "story_id": own,
        "duplicate_of": None, "authority": 1, "text_digest": own, "digest": own,
        "first_seen": one.at, "revised_at": one.at, "warc": "s@0",
    }  # fmt: skip


def simulate(folder: Path, seed: int = 7, cast: Cast = Cast()) -> Result:
    """Let the time go by; return what was told, and what was cried."""
    simulation = Simulation(folder, seed, cast)
    simulation.fill_the_past(cast.past)
    alarms: dict[str, tuple[datetime, Judgement]] = {}
    false: list[str] = []
    bad: set[str] = set()
    now, steps = cast.start, 0
    while now < simulation.end:
        for one in simulation.step(now, new_day=now.hour == cast.start.hour):
            if not one.state.is_bad:
                bad.discard(one.source)
            elif one.source not in bad:
                bad.add(one.source)
                _tell(simulation, one, now, alarms, false)
        now, steps = now + STEP, steps + 1
    told = [_told(p, alarms.get(p.source.id)) for p in simulation.publishers if p.failure]
    simulation.database.close()
    return Result(told, false, steps, simulation.articles, cast.days / 30.4)


def _tell(
    simulation: Simulation,
    one: Judgement,
    now: datetime,
    alarms: dict[str, tuple[datetime, Judgement]],
    false: list[str],
) -> None:
    publisher = next(p for p in simulation.publishers if p.source.id == one.source)
    if publisher.fails(now):
        alarms.setdefault(one.source, (now, one))
    elif publisher.onset is None or now < publisher.onset:
        false.append(f"{now:%Y-%m-%d} {one.source} ({publisher.source.name}): {one.evidence[0]}")


def _told(publisher: Publisher, alarm: tuple[datetime, Judgement] | None) -> Told:
    assert publisher.failure
    assert publisher.onset
    kind = publisher.source.name
    if alarm is None:
        return Told(publisher.failure, kind, None, "", None, None)
    at, judgement = alarm
    expected = judgement.expected_hours or 24.0
    if publisher.failure == "half of its columns dead":
        dead = [c for c in judgement.columns if c["state"] == judgement.state.value]
        expected = min(c["expected_hours"] for c in dead)
    resting = kind in {"paper", "news"}
    kinds = EVERY_DAY if resting else frozenset({DayKind.WORK})
    waited = hours_between(publisher.onset, at, kinds)
    hours = (at - publisher.onset).total_seconds() / 3600
    said = judgement.evidence[0] if judgement.evidence else ""
    return Told(publisher.failure, kind, judgement.state.value, said, hours, waited / expected)


def table(result: Result) -> str:
    """The result as Markdown."""
    lines = [
        "| failure | source | told as | hours to the alarm | in expected intervals |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in result.told:
        hours = f"{one.hours:.0f}" if one.hours is not None else "–"
        intervals = f"{one.intervals:.2f}" if one.intervals is not None else "–"
        lines.append(
            f"| {one.failure} | {one.kind} | {one.state or 'MISSED'} | {hours} | {intervals} |"
        )
    missed = sum(one.hours is None for one in result.told)
    late = max((one.intervals for one in result.told if one.intervals is not None), default=0.0)
    rate = len(result.false_alarms) / result.months
    found = f"missed {missed} of {len(result.told)}; false alarms {len(result.false_alarms)}"
    lines += ["", f"{found} ({rate:.2f} a month); longest {late:.2f} intervals"]
    return "\n".join(lines)


def main() -> None:
    """Simulate, print."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = simulate(Path(folder), seed)
    print(table(result), flush=True)
    for line in result.false_alarms:
        print("false:", line)
    for one in result.told:
        print("told:", one.failure, "→", one.evidence)
    print(f"{result.steps} steps, {result.articles} articles, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
