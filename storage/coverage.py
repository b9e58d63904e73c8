"""What is known of each column's items, and what is missing: by column and month."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from storage.models import Article, Outcome, Page, Placement
from storage.records import city_time
from storage.times import city_text
from storage.walks import latest_walks, walks

_NOT_OURS = ("offsite", "robots", "private", "forgotten", "trap")
"""Reasons not to ask for an address that hold whenever it is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many addresses a list has, by what became of them."""

    found: int = 0
    """Addresses that the list shows or showed."""
    held: int = 0
    """Of these, articles in the corpus."""
    aside: int = 0
    """No articles, gone before they were read, or not to be asked for."""
    missing: int = 0
    """Not fetched yet, or not to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCoverage(Counted):
    """A month of a column."""

    month: str | None
    """``2026-07``, as the list dates its items, else as they do themselves; None for what bears no day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCoverage(Counted):
    """A column: what is known of it, and what it says itself."""

    source: str
    column: str
    says: tuple[int, int] | None
    """How many items it has at the least and at the most, by its own account; None where it gives none."""
    standing: int
    """How many addresses stand in its list now, as far as is known."""
    unseen: int
    """How many more it has by its own account, at the least: no list page that was read shows them."""
    unseen_since: str | None
    back_to: str | None
    """The day back to which its list was walked without a gap, ``beginning`` for its very end; None: not yet."""
    walked_at: str | None
    doubts: tuple[str, ...]
    """Why the latest walk through its pages may not have seen all of them."""
    months: tuple[MonthCoverage, ...]
    """The newest first."""


def read_coverage(session: Session, source: str | None = None) -> tuple[ColumnCoverage, ...]:
    """Every column that was ever walked, or those of one source, by their ids."""
    months: dict[tuple[str, str], list[MonthCoverage]] = defaultdict(list)
    for row in session.execute(_months(session, source)):
        months[row.source, row.column].append(_month(row))
    reached, latest = walks(session), latest_walks(session)
    wanted = sorted({*months, *latest})
    return tuple(
        _column(at, months[at], latest.get(at), reached.get(at))
        for at in wanted
        if source in {None, at[0]}
    )


def _months(session: Session, source: str | None) -> Select[Any]:
    dialect = session.get_bind().dialect
    skipped = and_(Page.outcome == Outcome.SKIPPED, Page.reason.in_(_NOT_OURS))
    held = Article.pk.is_not(None)
    aside = and_(~held, or_(Page.outcome.in_([Outcome.DROPPED, Outcome.GONE]), skipped))
    day = case(
        (Page.listed_at.is_not(None), city_text(Page.listed_at, dialect)),
        else_=city_text(Article.published_at, dialect),
    )
    month = func.substr(day, 1, 7).label("month")
    query = (
        select(
            *(Placement.source, Placement.column, month, func.count().label("found")),
            func.sum(case((held, 1), else_=0)).label("held"),
            func.sum(case((aside, 1), else_=0)).label("aside"),
        )
        .join(Page, Page.id == Placement.page_id)
        .outerjoin(Article, Article.page_id == Page.id)
        .group_by(Placement.source, Placement.column, month.name)
    )
    return query.where(Placement.source == source) if source is not None else query


def _month(row: Row[Any]) -> MonthCoverage:
    missing = row.found - row.held - row.aside
    return MonthCoverage(
        month=row.month, found=row.found, held=row.held, aside=row.aside, missing=missing
    )


def _column(
    at: tuple[str, str], months: Sequence[MonthCoverage], walk: Any, reached: date | None
) -> ColumnCoverage:
    back_to = None if reached is None else str(reached)
    return ColumnCoverage(
        source=at[0],
        column=at[1],
        says=(walk.least, walk.most) if walk and walk.least is not None else None,
        standing=walk.standing if walk else 0,
        unseen=walk.unseen if walk else 0,
        unseen_since=city_time(walk.unseen_since) if walk else None,
        back_to="beginning" if reached == date.min else back_to,
        walked_at=city_time(walk.last_at) if walk else None,
        doubts=tuple(walk.doubts or ()) if walk else (),
        months=tuple(sorted(months, key=lambda one: one.month or "", reverse=True)),
        **dict(_sums(months)),
    )


def _sums(months: Sequence[MonthCoverage]) -> Iterator[tuple[str, int]]:
    for name in Counted.__dataclass_fields__:
        yield name, sum(getattr(one, name) for one in months)
