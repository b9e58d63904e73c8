"""Figures of how things go, for graphs and alarms: names, labels and numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session

from storage.heartbeats import RUNNER, beats
from storage.models import Article, Health, Hold, Lease, Page, Run, RunState
from storage.records import HealthState

_Row = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of number, by the values of its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    rows: tuple[_Row, ...]


def figures(session: Session, now: datetime) -> Iterator[Figure]:
    """All that the database tells; ages in seconds."""
    by_source = select(Article.source, func.count()).group_by(Article.source)
    yield _counted(session, "articles", "Stored articles.", ("source",), by_source)
    by_outcome = select(Page.outcome, func.count()).group_by(Page.outcome)
    yield _counted(session, "pages", "Discovered addresses.", ("outcome",), by_outcome)
    leases = select(func.count()).select_from(Lease).where(Lease.expires_at > now)
    yield _counted(session, "leases", "Sources that a run is at work on.", (), leases)
    holds = select(func.count()).select_from(Hold).where(Hold.state == "open")
    yield _counted(session, "held_batches", "Batches that wait for a person.", (), holds)
    yield from _sources(session, now)
    yield from _runs(session, now)
    yield from _alive(session, now)


def _counted(
    session: Session, name: str, meaning: str, labels: tuple[str, ...], query: Executable
) -> Figure:
    rows = tuple((tuple(row[:-1]), float(row[-1])) for row in session.execute(query))
    return Figure(name, meaning, labels, rows)


def _sources(session: Session, now: datetime) -> Iterator[Figure]:
    known = session.scalars(select(Health).order_by(Health.source)).all()
    states = tuple(
        ((row.source, state.value), float(row.state == state))
        for row in known
        for state in HealthState
    )
    yield Figure("source_state", "1 for the state of a source.", ("source", "state"), states)
    ages = tuple(
        ((row.source,), (now - row.last_new).total_seconds()) for row in known if row.last_new
    )
    yield Figure("source_last_new_age_seconds", "Since its newest article.", ("source",), ages)


def _runs(session: Session, now: datetime) -> Iterator[Figure]:
    latest = select(func.max(Run.started_at)).group_by(Run.kind)
    rows = session.scalars(select(Run).where(Run.started_at.in_(latest)).order_by(Run.kind)).all()
    lasted = tuple(
        ((run.kind,), ((run.finished_at or now) - run.started_at).total_seconds()) for run in rows
    )
    yield Figure("run_seconds", "How long the latest run of a kind took.", ("kind",), lasted)
    ages = tuple(((run.kind,), (now - run.started_at).total_seconds()) for run in rows)
    yield Figure("run_age_seconds", "Since the latest run of a kind began.", ("kind",), ages)
    failed = tuple(((run.kind,), float(run.state == RunState.FAILED)) for run in rows)
    yield Figure("run_failed", "1 where the latest run of a kind failed.", ("kind",), failed)


def _alive(session: Session, now: datetime) -> Iterator[Figure]:
    known = beats(session)
    ages = tuple(((name,), (now - one.at).total_seconds()) for name, one in sorted(known.items()))
    yield Figure("heartbeat_age_seconds", "Since a part said that it lives.", ("part",), ages)
    if RUNNER in known:
        late = float(known[RUNNER].details.get("late", 0))
        yield Figure("late_flow_runs", "Flow runs that should have begun.", (), (((), late),))
