"""Looking at all sources: observe, judge, store."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue
from crawler.looks import looks
from crawler.segment import Note
from flows.health.judge import Facts, judge
from flows.health.rhythm import Spell
from flows.health.thresholds import RulesOf, Thresholds, thresholds
from storage.evidence import FEW_ITEMS
from storage.health import Judgement, bad_spells
from storage.heartbeats import CLOCK, beat
from storage.holds import open_holds
from storage.looks import Seen, all_looks, record_looks, usual_items
from storage.models import ColumnWalk, Look
from storage.observations import newest_read, publication_days
from storage.walks import shortfalls

_T = TypeVar("_T")


def judge_all(
    session: Session, catalogue: Catalogue, now: datetime, rules: Thresholds | None = None
) -> list[Judgement]:
    """How every source that is switched on stands."""
    rules = rules or thresholds()
    facts = observed(session, list(catalogue.sources), now, rules)
    return [
        judge(source, facts(source.id), now, rules)
        for source in catalogue.sources.values()
        if source.enabled
    ]


def observed(
    session: Session, sources: Sequence[str], now: datetime, rules: Thresholds
) -> Callable[[str], Facts]:
    """What was observed of each of these sources, by its id."""
    since = now - timedelta(days=rules.rhythm.history_days)
    days = _by_source(publication_days(session, since, sources), lambda one: one.source)
    per_column = rules.fields.newest + rules.fields.before
    read = _by_source(newest_read(session, since, per_column, sources), lambda one: one.source)
    holds = _by_source(open_holds(session), lambda one: one.source)
    bad = bad_spells(session, since)
    seen: dict[str, dict[str, Look]] = defaultdict(dict)
    for (source_id, column), look in all_looks(session).items():
        seen[source_id][column] = look
    short: dict[str, dict[str, ColumnWalk]] = defaultdict(dict)
    for (source_id, column), walk in shortfalls(session).items():
        short[source_id][column] = walk

    def facts(source: str) -> Facts:
        newest = sorted(read[source], key=lambda one: one.at, reverse=True)
        spells = [Spell.of(*one) for one in bad.get(source, ())]
        return Facts(days[source], newest, seen[source], short[source], holds[source], spells)

    return facts


def _by_source(rows: Iterable[_T], source: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for row in rows:
        found[source(row)].append(row)
    return found


def note_looks(
    session: Session,
    notes: Sequence[Note],
    skew: tuple[timedelta, int] | None,
    now: datetime,
    rules_of: RulesOf,
) -> None:
    """Note what a crawl's lists showed, and how our clock stands to the servers'."""
    known = all_looks(session)
    seen = []
    for look in looks(notes):
        floors = rules_of(look.source, look.column).floors
        problem, before = look.problem, known.get((look.source, look.column))
        usual = usual_items(before, floors.items_days, now) if before else None
        if problem is None and usual and usual >= floors.items_usual:
            few = look.items < floors.items_share * usual
            problem = FEW_ITEMS.said(items=look.items, usual=f"{usual:g}") if few else None
        seen.append(Seen(look.source, look.column, look.items, problem))
    record_looks(session, seen, now)
    if skew is not None:
        beat(session, CLOCK, now, {"skew": skew[0].total_seconds(), "hosts": skew[1]})
