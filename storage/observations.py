"""What the corpus tells of how its sources publish: on which days, and how well filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.among import parts
from storage.models import Article, Outcome, Page, Run, Visit


@dataclass(frozen=True, slots=True)
class PublicationDay:
    """A day, as the city counts, on which a column had something."""

    source: str
    column: str | None
    day: date
    articles: int
    seen_at: datetime
    """When the last of it was found."""


def publication_days(
    session: Session, since: datetime, sources: Sequence[str] | None = None
) -> list[PublicationDay]:
    """The days on which each column (of these sources) published, in order.

    What bears no day, or one later than when it was found, counts on the day it was found.
    """
    late = or_(Article.published_at.is_(None), Article.published_at > Article.first_seen)
    at = case((late, Article.first_seen), else_=Article.published_at)
    day = _city_day(session, at).label("day")
    query = (
        select(Article.source, Article.column, day, func.count(), func.max(Article.first_seen))
        # Nothing counts on a later day than that on which it was found: an index tells of those.
        .where(at >= since, Article.first_seen >= since, *_of(Article.source, sources))
        .group_by(Article.source, Article.column, day)
        .order_by(day)
    )
    return [
        PublicationDay(source, column, date.fromisoformat(str(on)), count, seen)
        for source, column, on, count, seen in session.execute(query)
    ]


def _city_day(session: Session, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The city has no summer time."""
    if session.get_bind().dialect.name == "sqlite":
        return func.date(at, "+8 hours")
    return func.date(func.timezone("Asia/Shanghai", at))


@dataclass(frozen=True, slots=True)
class ReadPage:
    """An article as it came in, or a page whose text could not be found."""

    source: str
    column: str | None
    at: datetime
    run_id: str
    duplicate: bool
    untitled: bool
    undated: bool
    """Without a day, or with one in the future."""
    characters: int
    """Of its body; 0 where it was dropped for having none."""
    found: str
    """Where the body came from: `provenance` of the article."""


def newest_read(
    session: Session, since: datetime, per_column: int, sources: Sequence[str] | None = None
) -> list[ReadPage]:
    """The articles that each column (of these sources) brought in last, the newest first within it.

    What a backfill or an import brought is left out: an old page is filled in other ways.
    """
    placed = _placed(since, sources).subquery()
    future = Article.published_at > Article.first_seen
    columns = (
        *(placed.c.source, placed.c.column, placed.c.at, placed.c.run_id),
        (placed.c.outcome == Outcome.DUPLICATE).label("duplicate"),
        func.coalesce(Article.title == "", False).label("untitled"),
        and_(
            Article.pk.is_not(None),
            or_(Article.published_at.is_(None), func.coalesce(future, False)),
        ).label("undated"),
        func.coalesce(func.length(Article.body), 0).label("characters"),
        Article.provenance.label("found"),
    )
    query = (
        select(*columns)
        .outerjoin(Article, Article.page_id == placed.c.page_id)
        .where(placed.c.place <= per_column)
        .order_by(placed.c.place)
    )
    rows = session.execute(query).all()
    regular = regular_runs(session, sorted({row.run_id for row in rows}))
    return [
        ReadPage(*row[:8], _body_from(row.found))  # type: ignore[call-arg]
        for row in rows
        if row.run_id in regular
    ]


def _placed(since: datetime, sources: Sequence[str] | None) -> Select[Any]:
    """The visits that brought something, each with its place among its column's, the newest first:
    apart from the articles, since ranking them would read every body."""
    brought = Visit.outcome.in_([Outcome.NEW, Outcome.DUPLICATE])
    bodiless = and_(Visit.outcome == Outcome.DROPPED, Visit.reason == "empty")
    order = (Visit.at.desc(), Visit.page_id.desc())
    place = func.row_number().over(partition_by=(Page.source, Page.column), order_by=order)
    return (
        select(
            *(Page.source, Page.column, Visit.page_id, Visit.at, Visit.run_id, Visit.outcome),
            place.label("place"),
        )
        .join(Page, Page.id == Visit.page_id)
        .where(Visit.at >= since, or_(brought, bodiless), *_of(Visit.source, sources))
    )


def _of(
    column: InstrumentedAttribute[str], sources: Sequence[str] | None
) -> list[ColumnElement[bool]]:
    return [] if sources is None else [column.in_(sources)]


def _body_from(provenance: dict[str, str] | None) -> str:
    return (provenance or {}).get("body", "")


def is_regular(kind: str | None, parameters: dict[str, Any]) -> bool:
    """Whether a run asked for what is new, or checked what is there: no backfill and no import."""
    window = parameters.get("since") or parameters.get("until")
    return kind in {"ingest", "recheck"} and not window


def regular_runs(session: Session, run_ids: Sequence[str]) -> set[str]:
    """Those among some runs that asked for what is new."""
    found: set[str] = set()
    for some in parts(run_ids):
        query = select(Run.id, Run.kind, Run.parameters).where(Run.id.in_(some))
        found |= {row.id for row in session.execute(query) if is_regular(row.kind, row.parameters)}
    return found
