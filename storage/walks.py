"""Walks of columns: how far back they went, what stands in their lists, and what nobody has seen of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from storage.ledger import upsert
from storage.models import ColumnWalk, Page, Placement, Walk

_LOOKUP = 500
_T = TypeVar("_T")


# --- how far columns have been walked -----------------------------------------------------------


def set_walk(session: Session, source: str, column: str, back_to: date, now: datetime) -> None:
    """Remember that a column has been walked without a gap back to a day, or further before."""
    statement = upsert(session, Walk).values(
        source=source, column=column, back_to=back_to, completed_at=now
    )
    least = func.least if session.get_bind().dialect.name == "postgresql" else func.min
    further = least(statement.excluded.back_to, Walk.back_to)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Walk.source, Walk.column],
            set_={"back_to": further, "completed_at": now},
        )
    )


def walks(session: Session) -> dict[tuple[str, str], date]:
    """(source, column) → the day back to which it has been walked without a gap."""
    rows = session.execute(select(Walk.source, Walk.column, Walk.back_to))
    return {(row.source, row.column): row.back_to for row in rows}


# --- what a walk came to ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What one walk saw of a column's list."""

    source: str
    column: str
    run_id: str
    at: datetime
    """When its first page came."""
    shown: Mapping[str, str]
    """Canonical key → the list page that shows it."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Canonical key → digest of what the list says of it."""
    said: tuple[int, int] | None
    """How many items the column has at the least and at the most, by its own account."""
    list_pages: int
    whole: bool
    """Whether it went on to the list's end."""
    doubts: tuple[str, ...] = ()
    """Why not all that the list has may have been seen."""
    newer_than: datetime | None
    """All items of later days were on its way; None: nobody knows."""


def note_walk(session: Session, walked: Walked) -> int:
    """Note what stands in a column's list, what stands there no more, and how many of its items
    nobody has seen; return how many stand there for the first time.

    What an older walk saw than the latest changes none of the numbers.
    """
    latest = latest_walk(session, walked.source, walked.column)
    overtaken = latest is not None and latest.last_at > walked.at
    new = _place(session, walked, overtaken=overtaken)
    if not overtaken:
        _sum_up(session, walked, latest)
    return new


def _sum_up(session: Session, walked: Walked, latest: ColumnWalk | None) -> None:
    _leave(session, walked)
    standing = _standing(session, walked.source, walked.column)
    least, most = walked.said or (None, None)
    unseen = max(0, least - standing) if least is not None else 0
    values = {"least": least, "most": most, "standing": standing, "unseen": unseen}
    if latest is None or any(getattr(latest, name) != value for name, value in values.items()):
        latest = _next_row(walked, latest, unseen)
        session.add(latest)
    for name, value in values.items():
        setattr(latest, name, value)
    latest.run_id, latest.last_at, latest.list_pages = walked.run_id, walked.at, walked.list_pages
    if walked.whole:
        latest.whole_at, latest.gap = walked.at, unseen
    if walked.whole or walked.doubts:
        latest.doubts = list(walked.doubts)
    session.flush()


def _next_row(walked: Walked, before: ColumnWalk | None, unseen: int) -> ColumnWalk:
    since = before.unseen_since if before is not None else None
    return ColumnWalk(
        source=walked.source,
        column=walked.column,
        first_at=walked.at,
        unseen_since=(since or walked.at) if unseen else None,
        whole_at=before.whole_at if before is not None else None,
        gap=before.gap if before is not None else None,
        doubts=list(before.doubts or ()) if before is not None else [],
    )


def latest_walk(session: Session, source: str, column: str) -> ColumnWalk | None:
    """What the latest walks of a column came to."""
    mine = (ColumnWalk.source == source, ColumnWalk.column == column)
    order = ColumnWalk.last_at.desc(), ColumnWalk.id.desc()
    return session.scalar(select(ColumnWalk).where(*mine).order_by(*order).limit(1))


def latest_walks(session: Session) -> dict[tuple[str, str], ColumnWalk]:
    """(source, column) → what its latest walks came to."""
    newest = select(func.max(ColumnWalk.id)).group_by(ColumnWalk.source, ColumnWalk.column)
    rows = session.scalars(select(ColumnWalk).where(ColumnWalk.id.in_(newest)))
    return {(row.source, row.column): row for row in rows}


def expected(session: Session) -> dict[tuple[str, str], int]:
    """(source, column) → how many items a list says it has where nothing came that is not known, as
    far as one was walked to its end."""
    return {
        column: walk.standing + walk.gap
        for column, walk in latest_walks(session).items()
        if walk.gap is not None
    }


def shortfalls(session: Session) -> dict[tuple[str, str], ColumnWalk]:
    """The columns that have more by their own account than is known of them, although their lists
    were walked to their ends."""
    reached = walks(session)
    return {
        column: walk
        for column, walk in latest_walks(session).items()
        if walk.unseen and reached.get(column) == date.min
    }


def _place(session: Session, walked: Walked, *, overtaken: bool) -> int:
    """Note each address that stands in the list for the first time, again, or otherwise; return how
    many are new. Nothing is written for what is known to stand there as it does."""
    count = 0
    for keys in _chunks(list(walked.shown)):
        known = (Placement.source == walked.source) & (Placement.column == walked.column)
        query = (
            select(
                *(Page.id, Page.key, Placement.seen_at, Placement.left_at),
                Placement.listed_digest,
            )
            .outerjoin(Placement, (Placement.page_id == Page.id) & known)
            .where(Page.key.in_(keys))
        )
        rows = session.execute(query).all()
        new = [
            {
                "page_id": row.id,
                "source": walked.source,
                "column": walked.column,
                "found_on": walked.shown[row.key],
                "seen_at": walked.at,
                "run_id": walked.run_id,
                "listed_digest": walked.digests.get(row.key),
            }
            for row in rows
            if row.seen_at is None
        ]
        if new:
            session.execute(insert(Placement), new)
            count += len(new)
        back = [row.id for row in rows if row.left_at is not None and row.left_at < walked.at]
        if back:
            session.execute(
                update(Placement).where(known, Placement.page_id.in_(back)).values(left_at=None)
            )
        if not overtaken:
            _retell(session, walked, [row for row in rows if row.seen_at is not None])
    return count


def _retell(session: Session, walked: Walked, rows: Iterable[Any]) -> None:
    """Note what the list says of its items where that is another thing than before."""
    said = {row.id: walked.digests.get(row.key, row.listed_digest) for row in rows}
    otherwise = [
        {"page_id": row.id, "source": walked.source, "column": walked.column}
        | {"listed_digest": said[row.id]}
        for row in rows
        if said[row.id] != row.listed_digest
    ]
    if otherwise:
        session.execute(update(Placement), otherwise)


def said_by_lists(session: Session) -> Iterator[tuple[str, str, str, str]]:
    """(source, column, canonical key, digest) of what a list says otherwise than the one whose word
    stands at the page. Streams."""
    query = (
        select(Placement.source, Placement.column, Page.key, Placement.listed_digest)
        .join(Page, Page.id == Placement.page_id)
        .where(Placement.left_at.is_(None), Placement.listed_digest != Page.listed_digest)
    )
    yield from map(tuple, session.execute(query.execution_options(yield_per=5000)))


def _leave(session: Session, walked: Walked) -> None:
    """Note what the walk would have shown and did not."""
    if not walked.whole and walked.newer_than is None:
        return
    query = (
        select(Page.id, Page.key)
        .join(Placement, Placement.page_id == Page.id)
        .where(Placement.source == walked.source, Placement.column == walked.column)
        .where(Placement.left_at.is_(None))
    )
    if not walked.whole:
        query = query.where(Page.listed_at > walked.newer_than)
    gone = [row.id for row in session.execute(query) if row.key not in walked.shown]
    for some in _chunks(gone):
        session.execute(
            update(Placement)
            .where(Placement.source == walked.source, Placement.column == walked.column)
            .where(Placement.page_id.in_(some))
            .values(left_at=walked.at)
        )


def _standing(session: Session, source: str, column: str) -> int:
    query = select(func.count()).select_from(Placement)
    mine = (Placement.source == source, Placement.column == column)
    return session.scalar(query.where(*mine, Placement.left_at.is_(None))) or 0


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _LOOKUP):
        yield values[start : start + _LOOKUP]
