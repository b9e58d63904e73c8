"""Runs as somebody who looks after them asks for them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.holds import find_holds, open_holds
from storage.models import Hold, Run
from storage.records import RunSummary, city_time
from storage.standing import run_summary


def latest_runs(session: Session, limit: int) -> list[RunSummary]:
    """The latest runs and their outcomes."""
    query = select(Run).order_by(Run.started_at.desc()).limit(limit)
    return [run_summary(session, run) for run in session.scalars(query)]


def held_batches(session: Session) -> list[dict[str, Any]]:
    """The batches that wait for a person, as JSON values."""
    return _as_json(open_holds(session))


def run_with_holds(session: Session, run_id: str) -> dict[str, Any] | None:
    """One run (its id or the beginning of it) with what it held; None where it is not just one."""
    query = select(Run).where(Run.id.startswith(run_id, autoescape=True)).limit(2)
    found = session.scalars(query).all()
    if len(found) != 1:
        return None
    held = _as_json(find_holds(session, found[0].id))
    return asdict(run_summary(session, found[0])) | {"held": held}


def _as_json(holds: Sequence[Hold]) -> list[dict[str, Any]]:
    return [
        {
            "run": hold.run_id,
            "source": hold.source,
            "segment": hold.segment,
            "floors": list(hold.floors),
            "evidence": list(hold.evidence),
            "records": hold.records,
            "held_at": city_time(hold.held_at),
            "state": hold.state,
            "settled_at": city_time(hold.settled_at),
            "note": hold.note,
        }
        for hold in holds
    ]
