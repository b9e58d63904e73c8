"""How often each column is to be asked: learned from how often there was news, between two bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Pace

FLOOR = timedelta(minutes=30)
"""No column is asked more often by schedule: the shortest schedule that there is."""
_FASTER, _SLOWER = 0.6, 1.2
"""What news and no news make of an interval: two finds outweigh five vain looks, so that a column
that begins to publish is followed at once and one that falls silent is let go slowly."""
_SLACK = timedelta(minutes=10)
"""Due so soon counts as due: the next run may be hours away."""


@dataclass(frozen=True, slots=True)
class Paced:
    """How often a column is asked, and when next."""

    interval: timedelta
    due_at: datetime
    asked_at: datetime
    """When it was read as a whole the last time."""
    etag: str | None = None
    last_modified: str | None = None


def learn(
    session: Session, source: str, column: str, at: datetime, *, news: bool, ceiling: timedelta
) -> None:
    """Note a look at a column and whether it brought anything new. A look that is older than the
    latest changes nothing."""
    row = session.get(Pace, (source, column))
    if row is None:
        row = Pace(source=source, column=column, seconds=ceiling.total_seconds(), asked_at=at)
        session.add(row)
    elif row.asked_at >= at:
        return
    else:
        row.seconds *= _FASTER if news else _SLOWER
    row.seconds = min(max(row.seconds, FLOOR.total_seconds()), ceiling.total_seconds())
    row.asked_at, row.due_at = at, at + timedelta(seconds=row.seconds)


def paces(session: Session) -> Mapping[tuple[str, str], Paced]:
    """(source, column) → how often it is asked."""
    return {
        (row.source, row.column): Paced(
            timedelta(seconds=row.seconds), row.due_at, row.asked_at, row.etag, row.last_modified
        )
        for row in session.scalars(select(Pace))
    }


def note_validators(
    session: Session, source: str, column: str, etag: str | None, last_modified: str | None
) -> None:
    """Keep the validators of a list that is one document."""
    row = session.get(Pace, (source, column))
    if row is not None and (row.etag, row.last_modified) != (etag, last_modified):
        row.etag, row.last_modified = etag, last_modified


def is_due(asked: Paced | None, now: datetime) -> bool:
    """Whether a column is to be asked: one that nobody has asked yet is."""
    return asked is None or asked.due_at <= now + _SLACK
