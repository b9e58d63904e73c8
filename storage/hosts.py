"""What each host was asked and has served: one row a day, whichever machine asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.ledger import upsert
from storage.models import HostDay


@dataclass(frozen=True, slots=True)
class HostAsked:
    """What a host was asked on a day of the city's calendar."""

    host: str
    day: date
    requests: int
    bytes: int
    """That it has served, packed as they came."""
    last_at: datetime
    free_at: datetime | None = None
    """Until when it has asked to be left alone."""


def note_asked(session: Session, asked: Iterable[HostAsked]) -> None:
    """Add what a run asked."""
    for one in sorted(asked, key=lambda one: (one.host, one.day)):
        row = {name: getattr(one, name) for name in HostAsked.__dataclass_fields__}
        statement = upsert(session, HostDay).values(**row)
        new = statement.excluded
        greatest = func.greatest if session.get_bind().dialect.name == "postgresql" else func.max
        added = {
            "requests": HostDay.requests + new.requests,
            "bytes": HostDay.bytes + new.bytes,
            "last_at": greatest(HostDay.last_at, new.last_at),
            "free_at": func.coalesce(new.free_at, HostDay.free_at),
        }
        keys = [HostDay.host, HostDay.day]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=added))


def asked_on(session: Session, day: date) -> Mapping[str, HostAsked]:
    """Host → what it was asked on a day."""
    names = [getattr(HostDay, name) for name in HostAsked.__dataclass_fields__]
    rows = session.execute(select(*names).where(HostDay.day == day))
    return {row.host: HostAsked(*row) for row in rows}


def left_alone(session: Session, now: datetime) -> Mapping[str, datetime]:
    """Host → until when it has asked to be left alone, of those for which that is still to come."""
    free = func.max(HostDay.free_at).label("free_at")
    query = select(HostDay.host, free).where(HostDay.free_at > now).group_by(HostDay.host)
    return {row.host: row.free_at for row in session.execute(query)}


def last_asked(session: Session, host: str) -> tuple[datetime | None, datetime | None]:
    """When a host was asked last, and until when it has asked to be left alone."""
    query = select(func.max(HostDay.last_at), func.max(HostDay.free_at))
    last, free = session.execute(query.where(HostDay.host == host)).one()
    return last, free
