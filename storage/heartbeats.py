"""Signs of life: what runs for long writes one now and then, whoever looks sees how old it is."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import Heartbeat

RUNNER = "runner"
"""Of the process that starts what is due; ``late`` and ``running`` count flow runs."""
CLOCK = "clock"
"""``skew``: seconds that this machine's clock is ahead of ``hosts`` web servers'."""
HEALTH = "health"
"""Of the last look at all sources."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life."""

    name: str
    at: datetime
    host: str
    details: Mapping[str, Any]


def beat(session: Session, name: str, now: datetime, details: Mapping[str, Any]) -> None:
    """Leave a sign of life in the place of the last one."""
    row = {"name": name, "at": now, "host": socket.gethostname(), "details": dict(details)}
    statement = upsert(session, Heartbeat).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=[Heartbeat.name], set_=row))


def beats(session: Session) -> dict[str, Beat]:
    """The last sign of each."""
    rows = session.scalars(select(Heartbeat))
    return {row.name: Beat(row.name, row.at, row.host, row.details) for row in rows}
