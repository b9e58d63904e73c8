"""A year of 33 sources, 13 of which fail in 13 ways: what health misses, cries and how soon it tells.

    uv run python -m benchmarks.simulated_year [SEED …]

What crawls would have found is written into a real database (pages, visits, articles, looks at lists)
under an injected clock, twice a day; once a day every source is judged as the hourly flow does it, which
makes each alarm up to a day later than in use. The failures begin at seeded times and are over after
sixty days; forty-five days later the same source goes silent for ninety days, which shows whether the
first failure has dulled what is known of its rhythm. A silence that is over before two intervals need
not be told of. Nothing is crawled: that half is the tests' on the replica.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert

from benchmarks.simulated_publishers import (
    Arrival,
    Cast,
    Publisher,
    Spell,
    arrivals,
    ill,
    publishers,
)
from crawler.catalogue import Catalogue
from crawler.records import city_day
from flows.health.days import EVERY_DAY, DayKind, hours_between
from flows.health.watching import judge_all
from storage import ledger
from storage.database import Database
from storage.health import Judgement, write_health
from storage.looks import Seen, record_looks
from storage.models import Article, Outcome, Page, Story, Visit, article_id

STEP = timedelta(hours=12)


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
        seen: list[Seen] = []
        for one in self.publishers:
            # One look in a hundred meets a host that is down, as real ones are.
            says = one.trouble(now) or ("http-503" if self.random.random() < 0.01 else None)
            items = 0 if says else 20
            seen += [Seen(one.source.id, column, items, says) for column in one.source.columns]
        with self.database.unit_of_work() as session:
            record_looks(session, seen, now)

    def crawl(self, now: datetime) -> None:
        """What a day brings of all publishers."""
        day = city_day(now)
        found: list[Arrival] = []
        for one in self.publishers:
            well, spell = list(arrivals(one, day, now, self.random)), one.spell(now)
            found += ill(well, spell, one, now) if spell else well
        self.store(found, self.run)

    def judge(self, now: datetime) -> list[Judgement]:
        """How everybody stands, as the hourly flow finds and keeps it."""
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


@dataclass(frozen=True)
class Told:
    """A failure and how it was found out."""

    failure: str
    kind: str
    state: str | None
    evidence: str = ""
    hours: float | None = None
    """From its beginning to the alarm."""
    intervals: float | None = None
    """The same in the source's (for dead columns: the column's) intervals, on its days: those that
    were expected before it was ever ill."""
    healed: float | None = None
    """Hours from its end until the source was judged well."""
    due: bool = True
    """Whether it lasted for two intervals, so that it had to be told of."""

    @property
    def missed(self) -> bool:
        """Whether nobody was told, and should have been."""
        return self.state is None and self.due


@dataclass(frozen=True)
class Result:
    """What came of a simulation."""

    told: list[Told]
    false_alarms: list[str]
    steps: int
    articles: int
    months: float


@dataclass
class Watcher:
    """Who hears every judgement, and knows what is really the matter."""

    publishers: dict[str, Publisher]
    alarms: dict[Spell, tuple[datetime, Judgement]] = field(default_factory=dict)
    healed: dict[Spell, datetime] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)
    healthy: dict[str, Judgement] = field(default_factory=dict)
    """How each one that falls ill was judged last before it did."""
    bad: set[str] = field(default_factory=set)

    def hear(self, judged: Iterable[Judgement], now: datetime) -> None:
        """Note which alarms begin, and which end."""
        for one in judged:
            publisher = self.publishers[one.source]
            if publisher.spells and now < publisher.spells[0].begins:
                self.healthy[one.source] = one
            if one.state.is_bad and one.source not in self.bad:
                self._alarm(publisher, one, now)
            elif not one.state.is_bad:
                self._well(publisher, now)

    def _alarm(self, publisher: Publisher, one: Judgement, now: datetime) -> None:
        self.bad.add(one.source)
        spell = publisher.spell(now)
        if spell:
            self.alarms.setdefault(spell, (now, one))
        else:
            kind = publisher.source.name
            self.false.append(f"{now:%Y-%m-%d} {one.source} ({kind}): {'; '.join(one.evidence)}")

    def _well(self, publisher: Publisher, now: datetime) -> None:
        self.bad.discard(publisher.source.id)
        for spell in publisher.spells:
            if spell.ends <= now:
                self.healed.setdefault(spell, now)

    def told(self, publisher: Publisher, spell: Spell) -> Told:
        """How a spell was found out."""
        kind = publisher.source.name
        kinds = EVERY_DAY if kind in {"paper", "news"} else frozenset({DayKind.WORK})
        healthy = self.healthy[publisher.source.id]
        if spell not in self.alarms:
            lasted = hours_between(spell.begins, spell.ends, kinds)
            return Told(spell.failure, kind, None, due=lasted > 2 * (healthy.expected_hours or 0.0))
        at, judgement = self.alarms[spell]
        expected = _expected(healthy, judgement, spell)
        healed = self.healed.get(spell)
        return Told(
            spell.failure,
            kind,
            judgement.state.value,
            "; ".join(judgement.evidence),
            (at - spell.begins) / timedelta(hours=1),
            hours_between(spell.begins, at, kinds) / expected,
            (healed - spell.ends) / timedelta(hours=1) if healed else None,
        )


def _expected(healthy: Judgement, alarm: Judgement, spell: Spell) -> float:
    """The expected interval before all failures, in hours."""
    if spell.failure == "half of its columns dead":
        dead = {c["column"] for c in alarm.columns if c["state"] == alarm.state.value}
        return min(float(c["expected_hours"]) for c in healthy.columns if c["column"] in dead)
    return healthy.expected_hours or 24.0


def simulate(
    folder: Path, seed: int, cast: Cast, said: Callable[[str], None] = lambda _: None
) -> Result:
    """Let the time go by; return what was told, and what was cried. `said` hears how far it is."""
    simulation = Simulation(folder, seed, cast)
    simulation.fill_the_past(cast.past)
    watcher = Watcher({p.source.id: p for p in simulation.publishers})
    now, steps = cast.start, 0
    while now < simulation.end:
        if now.hour == cast.start.hour:
            simulation.crawl(now)
        simulation.look(now)
        if now.hour == cast.start.hour:
            watcher.hear(simulation.judge(now), now)
            if now.day == 1:
                said(
                    f"{now:%Y-%m-%d}: {simulation.articles:,} articles, {len(watcher.alarms)} alarms, "
                    f"{len(watcher.false)} false"
                )
        now, steps = now + STEP, steps + 1
    told = [watcher.told(p, spell) for p in simulation.publishers for spell in p.spells]
    simulation.database.close()
    return Result(told, watcher.false, steps, simulation.articles, cast.days / 30.4)


def table(result: Result) -> str:
    """The result as Markdown."""
    lines = [
        "| failure | source | told as | hours to the alarm | in intervals | hours to well |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in result.told:
        figures = (_figure(one.hours, 0), _figure(one.intervals, 2), _figure(one.healed, 0))
        state = one.state or ("MISSED" if one.missed else "over before two intervals")
        cells = (one.failure, one.kind, state, *figures)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", summary(result)])


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def summary(result: Result) -> str:
    """One line."""
    missed = sum(one.missed for one in result.told)
    late = max((one.intervals for one in result.told if one.intervals is not None), default=0.0)
    rate = len(result.false_alarms) / result.months
    return (
        f"missed {missed} of {len(result.told)}; false alarms {len(result.false_alarms)} "
        f"({rate:.2f} a month); longest {late:.2f} intervals"
    )


def main() -> None:
    """Simulate, print as it goes."""
    for seed in map(int, sys.argv[1:] or ["7"]):
        began, own = time.monotonic(), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            result = simulate(Path(folder), seed, Cast(), lambda line: print(line, flush=True))
        print(f"\nseed {seed}\n\n{table(result)}\n", flush=True)
        for line in result.false_alarms:
            print("false:", line)
        for one in result.told:
            print("told:", one.failure, "→", one.evidence)
        took = f"{time.monotonic() - began:.0f} s, {time.process_time() - own:.0f} s of CPU"
        print(f"{result.steps} steps, {result.articles:,} articles, {took}", flush=True)


if __name__ == "__main__":
    main()
