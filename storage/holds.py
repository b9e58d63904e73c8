"""Held batches: what a run read of a source and did not load, until a person has looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import Hold, Outcome, Page, Visit

OPEN, RELEASED, DISCARDED = "open", "released", "discarded"


@dataclass(frozen=True, slots=True)
class Held:
    """A batch to hold."""

    run_id: str
    source: str
    segment: str
    floors: tuple[str, ...]
    evidence: tuple[str, ...]
    records: int


def hold(session: Session, held: Held, now: datetime) -> None:
    """Note a held batch; again for the same run and source replaces what was noted."""
    row = {
        "run_id": held.run_id,
        "source": held.source,
        "segment": held.segment,
        "floors": list(held.floors),
        "evidence": list(held.evidence),
        "records": held.records,
        "held_at": now,
        "state": OPEN,
    }
    statement = upsert(session, Hold).values(**row)
    session.execute(
        statement.on_conflict_do_update(index_elements=[Hold.run_id, Hold.source], set_=row)
    )


def open_holds(session: Session) -> Sequence[Hold]:
    """The batches that nobody has settled, the oldest first."""
    return find_holds(session, state=OPEN)


def find_holds(
    session: Session,
    run_id: str | None = None,
    source: str | None = None,
    state: str | None = None,
) -> Sequence[Hold]:
    """Held batches of a run (its id or the beginning of it), a source, a state; the oldest first."""
    query = select(Hold).order_by(Hold.held_at, Hold.source)
    if run_id is not None:
        query = query.where(Hold.run_id.startswith(run_id, autoescape=True))
    if source is not None:
        query = query.where(Hold.source == source)
    if state is not None:
        query = query.where(Hold.state == state)
    return session.scalars(query).all()


def held_keys(session: Session, held: Hold) -> set[str]:
    """The canonical keys that still wait for a batch: no later run has found out more of them."""
    return set(session.scalars(select(Page.key).where(Page.id.in_(_waiting(held)))))


def _waiting(held: Hold) -> Select[int]:
    return (
        select(Page.id)
        .join(Visit, and_(Visit.page_id == Page.id, Visit.run_id == Page.run_id))
        .where(Page.run_id == held.run_id, Page.outcome == Outcome.HELD)
        .where(Visit.source == held.source)
    )


def held_records(session: Session, run_id: str) -> dict[str, tuple[int, str]]:
    """Source → (how many of its records a run has held, why)."""
    query = (
        select(Visit.source, func.count(), func.max(Visit.reason))
        .where(Visit.run_id == run_id, Visit.outcome == Outcome.HELD)
        .group_by(Visit.source)
    )
    return {source: (count, why or "") for source, count, why in session.execute(query)}


def settle_hold(
    session: Session, held: Hold, state: str, now: datetime, note: str | None = None
) -> None:
    """Close a held batch."""
    session.execute(
        update(Hold)
        .where(Hold.run_id == held.run_id, Hold.source == held.source)
        .values(state=state, settled_at=now, note=note)
    )


def discard_pages(session: Session, held: Hold, note: str, now: datetime) -> int:
    """Leave the pages of a batch archived and not loaded, to be asked for again from now on."""
    count = len(held_keys(session, held))
    session.execute(
        update(Page)
        .where(Page.id.in_(_waiting(held)))
        .values(reason=f"discarded: {note}", next_try_at=now)
        .execution_options(synchronize_session=False)
    )
    return count
