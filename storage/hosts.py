"""What each host was asked and has served: one row a day, whichever machine asked; and its robots.txt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import HostDay, RobotsTxt


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


@dataclass(frozen=True, slots=True)
class Robots:
    """What a robots.txt said."""

    site: str
    """Its host, with the port where an address names one."""
    text: str
    delay: float
    """Seconds that it asks to leave between two requests; 0 where it asks for none."""
    read_at: datetime


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


def keep_robots(session: Session, host: str, read: Robots) -> None:
    """Keep what a host's robots.txt says, in the place of what it said before."""
    row = {name: getattr(read, name) for name in Robots.__dataclass_fields__}
    row |= {"host": host, "text": read.text.replace("\0", "")}
    statement = upsert(session, RobotsTxt).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=[RobotsTxt.site], set_=row))


def robots_of(session: Session, hosts: Iterable[str], since: datetime) -> list[Robots]:
    """What the robots.txt of hosts said, of those that were read since."""
    names = [getattr(RobotsTxt, name) for name in Robots.__dataclass_fields__]
    wanted = RobotsTxt.host.in_(list(hosts)), RobotsTxt.read_at >= since
    rows = session.execute(select(*names).where(*wanted).order_by(RobotsTxt.site))
    return [Robots(*row) for row in rows]
