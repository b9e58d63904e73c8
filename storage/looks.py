"""What walks of columns showed: kept for as long as it is the latest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Look
from storage.records import CITY_TIME

_DAYS = 20
"""Good days whose number of items is kept: what is usual outlasts a redesign by weeks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one walk saw of a column's list."""

    source: str
    column: str
    items: int
    problem: str | None


def record_looks(session: Session, seen: Iterable[Seen], now: datetime) -> None:
    """Note what walks saw. A problem keeps the time at which it was met first."""
    known = all_looks(session)
    for one in seen:
        row = known.get((one.source, one.column))
        if row is None:
            row = Look(source=one.source, column=one.column, counts=[], problem_looks=0)
            known[one.source, one.column] = row
            session.add(row)
        row.looked_at = now
        row.items = one.items
        _note_problem(row, one, now)


def _note_problem(row: Look, one: Seen, now: datetime) -> None:
    if one.problem is None:
        row.good_at, row.problem, row.problem_since, row.problem_looks = now, None, None, 0
        row.counts = _counted(row.counts, one.items, now)
        return
    if row.problem is None:
        row.problem_since = now
    row.problem = one.problem
    row.problem_looks += 1


def _counted(counts: list[Any], items: int, now: datetime) -> list[Any]:
    """One number a day, the first of it."""
    day = now.astimezone(CITY_TIME).date().isoformat()
    if not items or any(known == day for known, _ in counts):
        return counts
    return [*counts, [day, items]][-_DAYS:]


def usual_items(look: Look, least_days: int, before: datetime) -> float | None:
    """The median of the items that a column's list showed on earlier days; None for too few."""
    day = before.astimezone(CITY_TIME).date().isoformat()
    counts = sorted(items for known, items in look.counts if known < day)
    return float(counts[len(counts) // 2]) if len(counts) >= least_days else None


def all_looks(session: Session) -> dict[tuple[str, str], Look]:
    """(source, column) → what its latest walk showed."""
    return {(row.source, row.column): row for row in session.scalars(select(Look))}
