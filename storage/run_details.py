"""What one run found and could not read, and what is usual for its sources."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import Article, Outcome, Page, Run, RunSource, RunState, Tally, Visit


@dataclass(frozen=True, slots=True)
class Told:
    """An article that a run stored or changed."""

    id: str
    title: str
    source: str
    outcome: Outcome


def told(
    session: Session, run_id: str, outcomes: Sequence[Outcome], limit: int
) -> tuple[list[Told], int]:
    """The canonical articles that a run brought, the newest first, and how many there are in all."""
    brought = [
        Visit.run_id == run_id,
        Visit.outcome.in_(outcomes),
        Article.page_id == Visit.page_id,
        Article.duplicate_of.is_(None),
    ]
    query = select(Article.id, Article.title, Article.source, Visit.outcome).where(*brought)
    rows = session.execute(query.order_by(Article.published_at.desc(), Article.pk).limit(limit))
    found = [Told(row.id, row.title, row.source, Outcome(row.outcome)) for row in rows]
    whole = session.scalar(select(func.count()).select_from(Visit).where(*brought)) or 0
    return found, whole


def parked(session: Session, run_id: str, limit: int) -> tuple[list[tuple[str, str]], int]:
    """(address, reason) of the pages that a run could not read, and how many there are in all."""
    those = [Visit.run_id == run_id, Visit.outcome == Outcome.PARKED, Page.id == Visit.page_id]
    query = select(Page.url, Visit.reason).where(*those).order_by(Visit.source, Page.id)
    found = [(row.url, row.reason or "") for row in session.execute(query.limit(limit))]
    whole = session.scalar(select(func.count()).select_from(Visit).where(*those)) or 0
    return found, whole


@dataclass(frozen=True, slots=True)
class Usual:
    """The medians of a source's latest runs of one kind."""

    runs: int
    discovered: float
    seconds: float
    outcomes: Mapping[Outcome, float]


def usual(session: Session, run_id: str, sources: Sequence[str], runs: int) -> dict[str, Usual]:
    """Source → what its latest complete runs of the same kind came to, without this one."""
    this = session.get(Run, run_id)
    if this is None:
        return {}
    earlier = (
        select(Run.id)
        .where(
            Run.kind == this.kind,
            Run.state == RunState.COMPLETED,
            Run.id != run_id,
            Run.started_at <= this.started_at,
        )
        # A source need not have been in each of them.
        .order_by(Run.started_at.desc())
        .limit(runs * 5)
    )
    ids = list(session.scalars(earlier))
    rows = session.scalars(
        select(RunSource).where(RunSource.run_id.in_(ids), RunSource.source.in_(sources))
    )
    latest: dict[str, list[RunSource]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: ids.index(row.run_id)):
        if len(latest[row.source]) < runs:
            latest[row.source].append(row)
    counts = _counts(session, ids)
    return {source: _usual(latest[source], counts) for source in latest}


def _counts(session: Session, run_ids: Sequence[str]) -> dict[tuple[str, str], dict[Outcome, int]]:
    query = (
        select(Tally.run_id, Tally.source, Tally.outcome, func.sum(Tally.count))
        .where(Tally.run_id.in_(run_ids))
        .group_by(Tally.run_id, Tally.source, Tally.outcome)
    )
    counts: dict[tuple[str, str], dict[Outcome, int]] = defaultdict(dict)
    for run_id, source, outcome, count in session.execute(query):
        counts[run_id, source][Outcome(outcome)] = count
    return counts


def _usual(
    rows: Sequence[RunSource], counts: Mapping[tuple[str, str], Mapping[Outcome, int]]
) -> Usual:
    each = [counts.get((row.run_id, row.source), {}) for row in rows]
    return Usual(
        runs=len(rows),
        discovered=median(row.discovered for row in rows),
        seconds=median(row.seconds for row in rows),
        outcomes={outcome: median(one.get(outcome, 0) for one in each) for outcome in Outcome},
    )
