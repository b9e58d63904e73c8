"""Which hosts' validators can be trusted: an answer "as it was" is believed until one proves wrong."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import Distrust, Watch


def distrust(session: Session, host: str, url: str, now: datetime) -> None:
    """Note that a host gave the same validators for a page that reads otherwise.

    Whatever else of it was "as it was" may not have been: its pages that are still checked are due.
    """
    row = {"host": host, "url": url, "since": now}
    known = session.get(Distrust, host)
    if known is not None:
        return
    session.execute(upsert(session, Distrust).values(**row).on_conflict_do_nothing())
    waiting = (Watch.host == host, Watch.check_at > now)
    session.execute(update(Watch).where(*waiting).values(check_at=now))


def distrusted(session: Session) -> frozenset[str]:
    """The hosts whose validators have lied."""
    return frozenset(session.scalars(select(Distrust.host)))
