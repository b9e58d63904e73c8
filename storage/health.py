"""How each source stands: what the health flow judged, kept with the history of its changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import Health, HealthChange
from storage.records import ColumnHealth, HealthState, SourceHealth, city_time
from storage.records import HealthChange as Change

_BAD = frozenset(state.value for state in HealthState if state.is_bad)
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found out about a source just now."""

    source: str
    state: HealthState
    evidence: tuple[str, ...]
    expected_hours: float | None = None
    last_new: datetime | None = None
    columns: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A source that is in another state than before."""

    source: str
    before: HealthState | None
    state: HealthState
    evidence: tuple[str, ...]


def write_health(session: Session, judged: Iterable[Judgement], now: datetime) -> list[Turn]:
    """Store how sources stand; return those whose state is another than before.

    A source that is judged for the first time is a turn only where it does badly.
    """
    before = {row.source: row for row in session.scalars(select(Health))}
    turns = []
    for one in judged:
        old = before.get(one.source)
        changed = old is None or old.state != one.state
        _write(session, one, now if old is None or changed else old.since, now)
        if changed:
            was = HealthState(old.state) if old else None
            turns.append(Turn(one.source, was, one.state, one.evidence))
    _keep_history(session, turns, now)
    return [turn for turn in turns if turn.before is not None or turn.state.is_bad]


def _write(session: Session, one: Judgement, since: datetime, now: datetime) -> None:
    row = {
        "source": one.source,
        "state": one.state,
        "since": since,
        "evidence": list(one.evidence),
        "expected_hours": one.expected_hours,
        "last_new": one.last_new,
        "checked_at": now,
        "columns": list(one.columns),
    }
    statement = upsert(session, Health).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=[Health.source], set_=row))


def _keep_history(session: Session, turns: Iterable[Turn], now: datetime) -> None:
    rows = [
        {
            "source": turn.source,
            "at": now,
            "before": turn.before,
            "state": turn.state,
            "evidence": list(turn.evidence),
        }
        for turn in turns
    ]
    if rows:
        session.execute(insert(HealthChange), rows)


def healths(session: Session) -> tuple[SourceHealth, ...]:
    """How each source stood when it was judged last, by id."""
    return tuple(
        SourceHealth(
            source=row.source,
            state=row.state,
            since=city_time(row.since) or "",
            evidence=tuple(row.evidence),
            expected_hours=row.expected_hours,
            last_new=city_time(row.last_new),
            checked_at=city_time(row.checked_at) or "",
            columns=tuple(map(_column, row.columns)),
        )
        for row in session.scalars(select(Health).order_by(Health.source))
    )


def _column(stored: Mapping[str, Any]) -> ColumnHealth:
    return ColumnHealth(
        column=stored["column"],
        state=stored["state"],
        evidence=tuple(stored.get("evidence", ())),
        expected_hours=stored.get("expected_hours"),
        last_new=stored.get("last_new"),
    )


def bad_spells(session: Session, since: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """From when to when each source did badly, in order; what lasts ends at the end of time, and what
    began earlier at `since`."""
    query = (
        select(HealthChange.source, HealthChange.at, HealthChange.before, HealthChange.state)
        .where(HealthChange.at >= since)
        .order_by(HealthChange.at)
    )
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for source, at, before, state in session.execute(query):
        spells = found[source]
        if before in _BAD:
            begun = spells.pop()[0] if spells else since
            spells.append((begun, _EVER if state in _BAD else at))
        elif state in _BAD:
            spells.append((at, _EVER))
    return {source: spells for source, spells in found.items() if spells}


def state_changes(
    session: Session,
    source: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> tuple[Change, ...]:
    """The states that sources went into, the latest first."""
    query = select(HealthChange).order_by(HealthChange.id.desc()).limit(limit)
    if source is not None:
        query = query.where(HealthChange.source == source)
    if since is not None:
        query = query.where(HealthChange.at >= since)
    return tuple(
        Change(
            source=row.source,
            at=city_time(row.at) or "",
            before=row.before,
            state=row.state,
            evidence=tuple(row.evidence),
        )
        for row in session.scalars(query)
    )
