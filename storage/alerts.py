"""Messages to whoever looks after this: written with what they tell of, sent afterwards.

What was told last of a source or a check stands in the table, so that it is told once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.models import Alert

BROKEN, HEALED = "broken", "healed"


def last_told(session: Session) -> dict[str, str]:
    """Key (``source:kjj``, ``check:disk``) → what was said of it last."""
    latest = select(func.max(Alert.id)).group_by(Alert.key)
    rows = session.execute(select(Alert.key, Alert.kind).where(Alert.id.in_(latest)))
    return {row.key: row.kind for row in rows}


def tell(session: Session, key: str, kind: str, text: str, now: datetime) -> None:
    """Write a message that is to be sent."""
    session.add(Alert(key=key, kind=kind, text=text, at=now, next_try_at=now, attempts=0))


def unsent(session: Session, now: datetime, not_before: datetime) -> Sequence[Alert]:
    """The messages whose time to be sent has come, the oldest first."""
    waits = (Alert.sent_at.is_(None), Alert.next_try_at <= now, Alert.at >= not_before)
    return session.scalars(select(Alert).where(*waits).order_by(Alert.id)).all()


def mark_sent(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Note that messages have arrived."""
    session.execute(update(Alert).where(Alert.id.in_(ids)).values(sent_at=now, error=None))


def mark_failed(
    session: Session, alerts: Sequence[Alert], error: str, waits: Sequence[timedelta], now: datetime
) -> None:
    """Note that messages have not arrived; each is tried again after the wait for its attempt."""
    for alert in alerts:
        wait = waits[min(alert.attempts, len(waits) - 1)]
        values = {"attempts": alert.attempts + 1, "next_try_at": now + wait, "error": error}
        session.execute(update(Alert).where(Alert.id == alert.id).values(**values))


def failing_since(session: Session) -> tuple[int, str | None]:
    """(how many messages could not be sent so far, the latest reason)."""
    failed = (Alert.sent_at.is_(None), Alert.attempts > 0)
    count = session.scalar(select(func.count()).select_from(Alert).where(*failed)) or 0
    query = select(Alert.error).where(*failed).order_by(Alert.id.desc()).limit(1)
    return count, session.scalar(query)
