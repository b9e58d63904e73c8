"""The tables of the crawl: what its lists showed, how hosts are asked, who is at work."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Walk(Base):
    """How far back a column has been walked without a gap."""

    __tablename__ = "walk"

    source: Mapped[str] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    back_to: Mapped[date]
    completed_at: Mapped[datetime]


class Placement(Base):
    """That an address stands in a column's list: an address may stand in several."""

    __tablename__ = "placement"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    found_on: Mapped[str]
    """The list page that showed it there first."""
    seen_at: Mapped[datetime]
    """When."""
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"))
    """In which run; None where nobody noted that."""
    left_at: Mapped[datetime | None]
    """The walk that should have shown it and did not; None while it stands there."""
    listed_digest: Mapped[str | None]
    """Of what this list says of it; None where nobody noted that."""

    __table_args__ = (Index(None, "source", "column"),)


class ColumnWalk(Base):
    """What walks of a column came to: one row for as long as they all come to the same."""

    __tablename__ = "column_walk"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    column: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    """The run of the latest of them."""
    least: Mapped[int | None]
    """How many items the column has at the least, by its own account; None where it gives none."""
    most: Mapped[int | None]
    """How many at the most: more than `least` where it tells only its pages."""
    standing: Mapped[int]
    """How many the ledger knows to stand in its list."""
    unseen: Mapped[int]
    """How many more its own account has, at the least."""
    unseen_since: Mapped[datetime | None]
    """Since when there are any."""
    list_pages: Mapped[int]
    """How many list pages the latest walk read."""
    whole_at: Mapped[datetime | None]
    """When a walk went on to the list's end the last time; None: none has yet."""
    gap: Mapped[int | None]
    """How many more the list said then that it has than stood in it: counted twice, or out of reach."""
    doubts: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why the latest walk through its pages may not have seen all of them: sentences."""

    __table_args__ = (Index(None, "source", "column", "last_at"),)


class Pace(Base):
    """How often a column is asked: learned from its news."""

    __tablename__ = "pace"

    source: Mapped[str] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[float]
    """Between two looks at it."""
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    """Of a list that is one document, such as a feed: as it was when it was read last."""


class HostDay(Base):
    """What a host was asked and has served on a day of the city's calendar."""

    __tablename__ = "host_day"

    host: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    requests: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Packed as they came."""
    last_at: Mapped[datetime]
    free_at: Mapped[datetime | None]
    """Until when it has asked to be left alone (``Retry-After``)."""


class ListAnswer(Base):
    """Where the archive has the last answer of a list as a whole."""

    __tablename__ = "list_answer"

    url: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """Of its bytes as they came: SHA-1 in base 32, as WARC writes it."""
    at: Mapped[datetime]
    """When it came: its WARC-Date."""
    warc: Mapped[str]
    """``segment@offset``."""


class RobotsTxt(Base):
    """What the robots.txt of a site said when it was read last."""

    __tablename__ = "robots_txt"

    site: Mapped[str] = mapped_column(primary_key=True)
    """Its host, with the port where an address names one."""
    host: Mapped[str]
    text: Mapped[str]
    """Empty where there is none."""
    delay: Mapped[float]
    """Seconds that it asks to leave between two requests; 0 where it asks for none."""
    read_at: Mapped[datetime]


class Distrust(Base):
    """A host that gave the same validators for a page that read otherwise."""

    __tablename__ = "distrust"

    host: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    """The page by which it showed."""
    since: Mapped[datetime]


class Lease(Base):
    """One run a source at a time: who holds it, until when."""

    __tablename__ = "lease"

    source: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]


class Backfill(Base):
    """A source's past as somebody asked for it: it goes on where it stopped until it is complete."""

    __tablename__ = "backfill"

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    columns: Mapped[list[Any]]
    since: Mapped[date]
    until: Mapped[date]
    recrawl: Mapped[bool]
    asked: Mapped[str] = mapped_column(index=True)
    """Digest of what was asked for: who asks the same again goes on with this one."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BackfillMonth(Base):
    """One month of a backfill: how it stands."""

    __tablename__ = "backfill_month"

    backfill_id: Mapped[str] = mapped_column(ForeignKey("backfill.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    state: Mapped[str]
    """``waiting``, ``done``, or ``failed``: to be tried again."""
    run_id: Mapped[str | None]
    """The latest run that was at work on it."""
    problems: Mapped[list[Any]]
    """Why it is not done, a line each."""
    at: Mapped[datetime]
