"""Walks of columns: how far back they went, what stands in their lists, and what nobody has seen of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from storage.among import parts
from storage.bulk import upsert
from storage.models import ColumnWalk, Page, Placement, Walk

# --- how far columns have been walked -----------------------------------------------------------


def set_walks(session: Session, back_to: Mapping[tuple[str, str], date], now: datetime) -> None:
    """Remember that columns (source, column) have been walked without a gap back to a day each, or
    further before."""
    rows = [
        {"source": source, "column": column, "back_to": day, "completed_at": now}
        for (source, column), day in back_to.items()
    ]
    if not rows:
        return
    statement = upsert(session, Walk)
    least = func.least if session.get_bind().dialect.name == "postgresql" else func.min
    further = least(statement.excluded.back_to, Walk.back_to)
    updated = {"back_to": further, "completed_at": statement.excluded.completed_at}
    session.execute(
        statement.on_conflict_do_update(index_elements=[Walk.source, Walk.column], set_=updated),
        rows,
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

    @property
    def where(self) -> tuple[str, str]:
        """(source, column)"""
        return self.source, self.column


def note_walks(session: Session, walked: Sequence[Walked]) -> list[int]:
    """Note what stands in the lists of columns, each of which was walked once, what stands there no
    more, and how many of their items nobody has seen; return of each how many stand there for the
    first time.

    What an older walk saw than the latest changes none of the numbers. What is known of all of them is
    read at once: most have nothing new, and to ask for each would be most of their cost.
    """
    sources = {one.source for one in walked}
    latest, pages = latest_walks(session, sources), _pages(session, walked)
    news, current = [], []
    for one in walked:
        overtaken = _is_overtaken(one, latest)
        news.append(_place(session, one, pages, overtaken=overtaken))
        if not overtaken:
            _leave(session, one)
            current.append(one)
    standing = _standing(session, sources)
    for one in current:
        _sum_up(session, one, latest.get(one.where), standing.get(one.where, 0))
    session.flush()
    return news


def _is_overtaken(walked: Walked, latest: Mapping[tuple[str, str], ColumnWalk]) -> bool:
    known = latest.get(walked.where)
    return known is not None and known.last_at > walked.at


def _sum_up(session: Session, walked: Walked, latest: ColumnWalk | None, standing: int) -> None:
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


def latest_walks(
    session: Session, sources: Collection[str] | None = None
) -> dict[tuple[str, str], ColumnWalk]:
    """(source, column) → what its latest walks came to; of all sources or of these."""
    # The newest row has the latest walk: one that was overtaken gets none.
    newest = select(func.max(ColumnWalk.id)).group_by(ColumnWalk.source, ColumnWalk.column)
    if sources is not None:
        newest = newest.where(ColumnWalk.source.in_(sources))
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


def _pages(session: Session, walked: Sequence[Walked]) -> dict[str, list[Any]]:
    """Canonical key → the places of a page that these lists show: one row a list, or one without a list
    for a page that stands in none."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    places = (Placement.source, Placement.column, Placement.left_at, Placement.listed_digest)
    query = select(Page.id, Page.key, *places).outerjoin(Placement, Placement.page_id == Page.id)
    for keys in parts(list({key for one in walked for key in one.shown})):
        for row in session.execute(query.where(Page.key.in_(keys))):
            found[row.key].append(row)
    return found


def _place(
    session: Session, walked: Walked, pages: Mapping[str, Sequence[Any]], *, overtaken: bool
) -> int:
    """Note each address that stands in the list for the first time, again, or otherwise; return how
    many are new. Nothing is written for what is known to stand there as it does."""
    rows = [row for key in walked.shown for row in pages.get(key, ())]
    here = [row for row in rows if (row.source, row.column) == walked.where]
    known = {row.key for row in here}
    ids = {row.key: row.id for row in rows if row.key not in known}
    if ids:
        session.execute(insert(Placement), [_placement(walked, *one) for one in ids.items()])
    back = [row.id for row in here if row.left_at is not None and row.left_at < walked.at]
    for some in parts(back):
        session.execute(
            update(Placement)
            .where(Placement.source == walked.source, Placement.column == walked.column)
            .where(Placement.page_id.in_(some))
            .values(left_at=None)
        )
    if not overtaken:
        _retell(session, walked, here)
    return len(ids)


def _placement(walked: Walked, key: str, page_id: int) -> dict[str, Any]:
    return {
        "page_id": page_id,
        "source": walked.source,
        "column": walked.column,
        "found_on": walked.shown[key],
        "seen_at": walked.at,
        "run_id": walked.run_id,
        "listed_digest": walked.digests.get(key),
    }


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
    for some in parts(gone):
        session.execute(
            update(Placement)
            .where(Placement.source == walked.source, Placement.column == walked.column)
            .where(Placement.page_id.in_(some))
            .values(left_at=walked.at)
        )


def _standing(session: Session, sources: Collection[str]) -> dict[tuple[str, str], int]:
    """(source, column) → how many items stand in the lists of these sources."""
    column = (Placement.source, Placement.column)
    query = select(*column, func.count()).where(Placement.source.in_(sources))
    rows = session.execute(query.where(Placement.left_at.is_(None)).group_by(*column))
    return {(source, name): count for source, name, count in rows}
