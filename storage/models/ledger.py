"""The tables of the ledger: what was fetched when, by which run, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Outcome(StrEnum):
    """What became of a discovered address; `docs/architecture.md` says what each means."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    GONE = "gone"
    SKIPPED = "skipped"
    DROPPED = "dropped"
    HELD = "held"
    PARKED = "parked"


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Page(Base):
    """One discovered address: where it was seen, what became of it last, when to try again."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    source: Mapped[str]
    column: Mapped[str | None]
    discovered_at: Mapped[datetime]
    discovered_on: Mapped[str | None]
    """The list page that named it first; None for an import or a link."""
    listed_title: Mapped[str | None]
    listed_at: Mapped[datetime | None]
    listed_digest: Mapped[str | None]
    """Digest of what the list said last: a difference is a reason to fetch again."""
    outcome: Mapped[str]
    """The latest outcome; a mere ``skipped:known`` does not overwrite it."""
    reason: Mapped[str | None]
    outcome_at: Mapped[datetime]
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    """The run that gave the latest outcome."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Failed tries since the last good one."""
    next_try_at: Mapped[datetime | None]
    status: Mapped[int | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    digest: Mapped[str | None]
    """SHA-256 of the bytes last fetched."""
    fetched_at: Mapped[datetime | None]
    warc: Mapped[str | None]

    __table_args__ = (
        Index(None, "source", "column"),
        Index(None, "outcome", "next_try_at"),
        Index(None, "next_try_at"),
        Index(None, "url"),
    )


class Watch(Base):
    """When an article's page is to be checked again, and whether it is missed."""

    __tablename__ = "watch"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    source: Mapped[str]
    host: Mapped[str]
    """Whom a check would ask: checks are rationed by host."""
    since: Mapped[datetime]
    """From when the intervals count: first seen, later withdrawn or restored."""
    seen_at: Mapped[datetime]
    """When the article was last seen as it reads now."""
    checked_at: Mapped[datetime]
    check_at: Mapped[datetime | None]
    """When it is due; None: not any more."""
    gone_since: Mapped[datetime | None]
    """The first of the checks that did not find it; None when one finds it again, and once it is
    withdrawn."""
    unlisted_at: Mapped[datetime | None]
    """Since when its list leaves it out."""

    __table_args__ = (
        Index(None, "source", "check_at"),
        Index(None, "host", "since"),
        Index(None, "checked_at"),
        Index(None, "gone_since"),
    )


class Tombstone(Base):
    """A forgotten address: nothing that it said, only that it is not to come back."""

    __tablename__ = "tombstone"

    key_digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the canonical key, hexadecimal."""
    article_id: Mapped[str] = mapped_column(unique=True)
    """The public id that the article had or would have."""
    forgotten_at: Mapped[datetime]
    reason: Mapped[str]


class Run(Base):
    """One run of a flow or an import. Its tallies add up to what it discovered."""

    __tablename__ = "run"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str]
    error: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]


class RunSource(Base):
    """What one source cost in one run."""

    __tablename__ = "run_source"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    discovered: Mapped[int] = mapped_column(default=0)
    """Counted when an address is first seen, apart from the tallies: so that the sum can be checked."""
    requests: Mapped[int] = mapped_column(default=0)
    list_pages: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class Tally(Base):
    """How many of a run's discovered addresses ended in one outcome, for one reason."""

    __tablename__ = "tally"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True, default="")
    count: Mapped[int]


class Visit(Base):
    """One outcome of one page in one run: the page's history. ``skipped:known`` leaves none."""

    __tablename__ = "visit"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source: Mapped[str]
    """Whose list named it in this run: one bureau's list may name another's page."""
    outcome: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    warc: Mapped[str | None]

    __table_args__ = (Index(None, "source", "at"), Index(None, "run_id"))


class Segment(Base):
    """One archived crawl output; `loaded_at` is set when every record in it has its outcome."""

    __tablename__ = "segment"

    name: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    records: Mapped[int]
    bytes: Mapped[int]
    stored_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]
