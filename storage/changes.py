"""The change feed: what happened to which article, numbered without gaps in commit order."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.bulk import insert_rows
from storage.models import Change, Counter

_NAME = "change"


def hold(session: Session) -> None:
    """Let no other transaction that records changes run beside this one from here on.

    What the corpus holds can then be read and decided upon: nobody else is adding to it. On SQLite
    a transaction that writes is alone anyway.
    """
    session.execute(select(Counter.value).where(Counter.name == _NAME).with_for_update())


def last_change(session: Session) -> int:
    """The number of the latest change; 0 where nothing ever happened."""
    return session.scalar(select(func.max(Change.seq))) or 0


def record_changes(session: Session, happened: Sequence[tuple[str, str]], now: datetime) -> None:
    """Append (article id, `ChangeKind`) pairs to the feed, in this transaction.

    The counter's row stays locked until the transaction ends, so that numbers become visible in
    their order and a rolled back one is given out again.
    """
    if not happened:
        return
    advance = (
        update(Counter).where(Counter.name == _NAME).values(value=Counter.value + len(happened))
    )
    last = session.execute(advance.returning(Counter.value)).scalar_one()
    first = last - len(happened) + 1
    rows = [
        {"seq": seq, "article_id": article_id, "kind": kind, "at": now}
        for seq, (article_id, kind) in enumerate(happened, start=first)
    ]
    insert_rows(session, Change, rows)
