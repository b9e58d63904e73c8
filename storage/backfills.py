"""Backfills: what was asked for, how each month stands, and what the ledger knows of its days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.models import Backfill, BackfillMonth, Outcome, Page


class MonthState(StrEnum):
    """How a month of a backfill stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for. `until` None: up to the day on which it was asked first."""

    source: str
    columns: tuple[str, ...]
    since: date
    until: date | None
    recrawl: bool

    @property
    def digest(self) -> str:
        """The same for the same wish, whatever the order of its columns."""
        parts = (self.source, sorted(self.columns), self.since, self.until, self.recrawl)
        return sha256(repr(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Span:
    """A month, or the part of one that is wanted: both days are included."""

    since: date
    until: date

    @property
    def month(self) -> date:
        """Its first day: what it is known by."""
        return self.since.replace(day=1)


def months(since: date, until: date) -> list[Span]:
    """The months from one day to another, the first and the last cut to what is wanted."""
    spans = []
    first = since
    while first <= until:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append(Span(first, min(until, following - timedelta(days=1))))
        first = following
    return spans


@dataclass(frozen=True, slots=True)
class Progress:
    """A backfill that was begun: when, its last day, and the state of each month."""

    id: str
    since: date
    until: date
    started_at: datetime
    states: dict[date, MonthState]
    problems: dict[date, tuple[str, ...]]

    @property
    def open(self) -> list[Span]:
        """What is not done yet, the oldest first."""
        spans = months(self.since, self.until)
        return [span for span in spans if self.states[span.month] is not MonthState.DONE]


def find(session: Session, asked: Asked) -> Progress | None:
    """The backfill that was asked for like this and is not complete."""
    query = select(Backfill).where(Backfill.asked == asked.digest, Backfill.finished_at.is_(None))
    found = session.scalars(query.order_by(Backfill.started_at.desc()).limit(1)).first()
    return _progress(session, found) if found else None


def begin(session: Session, asked: Asked, today: date, now: datetime) -> Progress:
    """Go on with the backfill that was asked for like this, or begin one."""
    found = find(session, asked)
    if found is not None:
        return found
    row = Backfill(
        id=uuid4().hex,
        source=asked.source,
        columns=list(asked.columns),
        since=asked.since,
        until=asked.until or today,
        recrawl=asked.recrawl,
        asked=asked.digest,
        started_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        BackfillMonth(
            backfill_id=row.id, month=span.month, state=MonthState.WAITING, problems=[], at=now
        )
        for span in months(row.since, row.until)
    )
    session.flush()
    return _progress(session, row)


def _progress(session: Session, row: Backfill) -> Progress:
    query = select(BackfillMonth).where(BackfillMonth.backfill_id == row.id)
    rows = list(session.scalars(query.order_by(BackfillMonth.month)))
    return Progress(
        row.id,
        row.since,
        row.until,
        row.started_at,
        {one.month: MonthState(one.state) for one in rows},
        {one.month: tuple(one.problems) for one in rows},
    )


def settle_month(
    session: Session,
    backfill: Progress,
    month: date,
    problems: Sequence[str],
    now: datetime,
    run_id: str | None = None,
) -> None:
    """Note that a run was at work on a month: it is done where nothing was wrong."""
    state = MonthState.FAILED if problems else MonthState.DONE
    session.execute(
        update(BackfillMonth)
        .where(BackfillMonth.backfill_id == backfill.id, BackfillMonth.month == month)
        .values(state=state, problems=list(problems), run_id=run_id, at=now)
    )


def finish(session: Session, backfill: Progress, now: datetime) -> None:
    """Close a backfill of which every month is done: who asks again begins another."""
    session.execute(update(Backfill).where(Backfill.id == backfill.id).values(finished_at=now))


# --- what the ledger knows of the days ------------------------------------------------------------


def outcomes(
    session: Session, source: str, columns: Iterable[str], days: tuple[datetime, datetime]
) -> dict[tuple[Outcome, str], int]:
    """How many pages that lists date in a time (its end excluded) stand at which (outcome, reason)."""
    query = select(Page.outcome, Page.reason, func.count()).where(
        *_of(source, columns), Page.listed_at >= days[0], Page.listed_at < days[1]
    )
    rows = session.execute(query.group_by(Page.outcome, Page.reason))
    return {(Outcome(outcome), reason or ""): count for outcome, reason, count in rows}


@dataclass(frozen=True, slots=True)
class Missing:
    """A page of the time that is not in the corpus."""

    url: str
    title: str | None
    outcome: Outcome
    reason: str | None
    next_try_at: datetime | None


_MISSING = (Outcome.PARKED, Outcome.HELD, Outcome.DROPPED, Outcome.SKIPPED)


def missing(
    session: Session,
    source: str,
    columns: Iterable[str],
    days: tuple[datetime, datetime],
    limit: int,
) -> list[Missing]:
    """The pages of a time that are not in the corpus, and why; the newest first."""
    query = select(Page.url, Page.listed_title, Page.outcome, Page.reason, Page.next_try_at).where(
        *_of(source, columns),
        Page.outcome.in_(_MISSING),
        Page.listed_at >= days[0],
        Page.listed_at < days[1],
    )
    rows = session.execute(query.order_by(Page.listed_at.desc(), Page.id).limit(limit))
    return [Missing(url, title, Outcome(o), reason, again) for url, title, o, reason, again in rows]


def _of(source: str, columns: Iterable[str]) -> list[Any]:
    wanted = list(columns)
    return [Page.source == source, *([Page.column.in_(wanted)] if wanted else [])]
