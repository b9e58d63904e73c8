"""The tables of how things go: each source's state, what is held, who has been told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Look(Base):
    """What the latest walk of a column's list showed."""

    __tablename__ = "look"

    source: Mapped[str] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    good_at: Mapped[datetime | None]
    """When its list was last read without a problem."""
    items: Mapped[int]
    """How many items its first page showed."""
    counts: Mapped[list[Any]]
    """``[[day, items], …]`` of its last good days: what is usual."""
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]
    problem_looks: Mapped[int] = mapped_column(default=0)
    """How many looks in a row had a problem."""


class Health(Base):
    """How a source stands, as it was judged last."""

    __tablename__ = "health"

    source: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime]
    evidence: Mapped[list[Any]]
    """Sentences."""
    expected_hours: Mapped[float | None]
    last_new: Mapped[datetime | None]
    checked_at: Mapped[datetime]
    columns: Mapped[list[Any]]
    """The same of each column, as JSON values."""


class HealthChange(Base):
    """A source went from one state into another."""

    __tablename__ = "health_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[str | None]
    state: Mapped[str]
    evidence: Mapped[list[Any]]

    __table_args__ = (Index(None, "source", "at"), Index(None, "at"))


class Hold(Base):
    """What a run read of one source and did not load: a person looks."""

    __tablename__ = "hold"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    segment: Mapped[str]
    floors: Mapped[list[Any]]
    """Which floors it did not reach: names."""
    evidence: Mapped[list[Any]]
    records: Mapped[int]
    held_at: Mapped[datetime]
    state: Mapped[str]
    """``open``, ``released`` or ``discarded``."""
    settled_at: Mapped[datetime | None]
    note: Mapped[str | None]
    """Why it was discarded."""

    __table_args__ = (Index(None, "state", "source"),)


class Alert(Base):
    """A message to whoever looks after this: written with what it tells of, sent afterwards."""

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """``source:<id>`` or ``check:<name>``."""
    kind: Mapped[str]
    """``broken`` or ``healed``."""
    at: Mapped[datetime]
    text: Mapped[str]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    error: Mapped[str | None]

    __table_args__ = (Index(None, "key", "id"), Index(None, "sent_at"))


class Heartbeat(Base):
    """When a long-running part of the system said last that it lives, and what it saw."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    host: Mapped[str]
    details: Mapped[dict[str, Any]]
