"""The tables: the ledger (pages, runs, outcomes), the corpus (articles and all that hangs on them)."""

from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


class ChangeKind(StrEnum):
    """What the change feed tells of an article."""

    ADDED = "added"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    FORGOTTEN = "forgotten"
    RETAGGED = "retagged"
    ATTACHED = "attached"
    """More is known of its files than before."""
    REREAD = "reread"
    """The same page, read better than before: its publisher changed nothing."""
    MOVED = "moved"
    """It stands at another address, and is the same article."""
    MERGED = "merged"
    SPLIT = "split"


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a datetime without a zone, turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a time zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back that SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Naming the constraints lets every later migration find them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own idiom
        datetime: UtcDateTime,
        str: Text,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


def article_id(key: str) -> str:
    """The public id of the article at a canonical key: the same in every copy of the corpus."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


# --- the ledger ---------------------------------------------------------------------------------


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

    __table_args__ = (Index(None, "source", "at"),)


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


class Segment(Base):
    """One archived crawl output; `loaded_at` is set when every record in it has its outcome."""

    __tablename__ = "segment"

    name: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    records: Mapped[int]
    bytes: Mapped[int]
    stored_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]


# --- how things go ------------------------------------------------------------------------------


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


# --- the corpus ---------------------------------------------------------------------------------


class Story(Base):
    """A set of reprints with one canonical article. Its id is minted once and kept."""

    __tablename__ = "story"

    id: Mapped[str] = mapped_column(primary_key=True)
    canonical_id: Mapped[str]
    """Public id of the canonical article."""
    merged_into: Mapped[str | None]
    """The story that this one became a part of; its id goes on to answer."""


class Article(Base):
    """An article as it stands now."""

    __tablename__ = "article"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    source: Mapped[str]
    column: Mapped[str | None]
    title: Mapped[str]
    subtitle: Mapped[str | None]
    body: Mapped[str]
    body_raw: Mapped[str | None]
    body_html: Mapped[str | None]
    """The body as HTML, made safe; None where there is none."""
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    updated_at: Mapped[datetime | None]
    origin: Mapped[str | None]
    author: Mapped[str | None]
    editor: Mapped[str | None]
    document_number: Mapped[str | None] = mapped_column(index=True)
    document_key: Mapped[str | None] = mapped_column(index=True)
    """The document number in its one form (`storage.citations`): what citations of it look like."""
    issuer: Mapped[str | None]
    index_number: Mapped[str | None]
    validity: Mapped[str | None]
    keywords: Mapped[list[Any]]
    section: Mapped[str | None]
    """The column's name as the page gives it."""
    needs_ocr: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its text, or an attachment's, is in pictures."""
    provenance: Mapped[dict[str, Any]]
    lang: Mapped[str | None]
    story_id: Mapped[str] = mapped_column(ForeignKey("story.id"), index=True)
    duplicate_of: Mapped[str | None]
    """Public id of the canonical article; None where this is the canonical one."""
    authority: Mapped[int]
    """The source's rank when it loaded this; decides between two articles of the same moment."""
    text_digest: Mapped[str] = mapped_column(index=True)
    """Digest of the folded text: equal for exact reprints."""
    digest: Mapped[str]
    """Digest of everything a reader sees: a difference makes a revision."""
    revision: Mapped[int] = mapped_column(default=1)
    first_seen: Mapped[datetime]
    revised_at: Mapped[datetime]
    """When the current revision was seen first."""
    withdrawn_at: Mapped[datetime | None]
    """When it was first found missing, where that is confirmed and it has not come back."""
    warc: Mapped[str]

    __table_args__ = (
        Index(None, "published_at"),
        Index(None, "source", "published_at"),
        Index(None, "source", "first_seen"),
        Index(None, "source", "column", "lang"),
        Index(None, "revised_at"),
    )


class Wording(Base):
    """A distinct text: a folded headline and body that one article has, or several."""

    __tablename__ = "wording"

    pk: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """The `text_digest` of its articles."""
    version: Mapped[int]
    """Of the method that found its relatives; what an older one found is found anew."""


class Fingerprint(Base):
    """A key by which a wording is found; wordings with equal keys are compared.

    No foreign key: it would be looked up for each of some thirty keys a text.
    """

    __tablename__ = "fingerprint"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own idiom

    hash: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Signed, 32 bits."""
    wording_pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Link(Base):
    """How two wordings are related. `a_pk` is the smaller."""

    __tablename__ = "link"

    a_pk: Mapped[int] = mapped_column(ForeignKey("wording.pk"), primary_key=True)
    b_pk: Mapped[int] = mapped_column(ForeignKey("wording.pk"), primary_key=True, index=True)
    kind: Mapped[str]
    """``exact``, ``reprint`` or ``excerpt``."""
    evidence: Mapped[dict[str, Any]]
    """Seen from a: ``{"shared": [of a, of b], "run": characters, "differs": [text, …]}``"""


class FoldedText(Base):
    """Folded title, body and attachments: for search and comparison only, never shown."""

    __tablename__ = "folded_text"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    attachments: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The texts of its attachments, a line each."""


class SearchLabel(Base):
    """What articles are filtered and counted by: a source, a tag, a year, month or day."""

    __tablename__ = "search_label"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]


OVERFLOWN = "(at + 2209017600) / 86400 < (docid >> 10) - 65536"
"""Of a `SearchEntry`: its day, counted from 1900 on, is earlier than the one whose room it is in."""


class SearchEntry(Base):
    """What the search index knows of an article beside its words.

    On PostgreSQL its words are in a column `terms` of this table, on SQLite in the FTS5 table
    `search` under the same number: neither is known to SQLAlchemy.
    """

    __tablename__ = "search_entry"

    docid: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place in the order of publication: see `storage.docids`."""
    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), unique=True)
    at: Mapped[int | None] = mapped_column(BigInteger)
    """When it was published, in seconds since 1970."""
    story: Mapped[int] = mapped_column(BigInteger)
    """A digest of its story's id."""
    duplicate: Mapped[bool] = mapped_column(index=True)
    labels: Mapped[bytes]
    """The numbers of its labels, four bytes each, the small end first."""

    __table_args__ = (
        Index(
            "ix_search_entry_overflown",
            "at",
            "docid",
            sqlite_where=text(OVERFLOWN),
            postgresql_where=text(OVERFLOWN),
        ),
    )


class Revision(Base):
    """An earlier version of an article, whole."""

    __tablename__ = "revision"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    fields: Mapped[dict[str, Any]]
    """The other fields, as JSON values."""
    tags: Mapped[list[Any] | None]
    """The tags that it had, each with the columns of `tag`; None where nobody kept them."""
    digest: Mapped[str]
    seen_at: Mapped[datetime]
    seen_until: Mapped[datetime | None]
    """When it was last seen; None where nobody noted that."""
    warc: Mapped[str]


class Withdrawal(Base):
    """A time for which an article was not to be found at its publisher."""

    __tablename__ = "withdrawal"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    gone_at: Mapped[datetime]
    """The check that missed it first."""
    confirmed_at: Mapped[datetime]
    """The check that missed it again, hours later: from here on the corpus says so."""
    reason: Mapped[str]
    """``http-404``, ``http-410``, ``front-page`` or ``missing``."""
    restored_at: Mapped[datetime | None]


class Move(Base):
    """An article that stands at another address than before: it keeps its id and its key."""

    __tablename__ = "move"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    from_url: Mapped[str]
    to_url: Mapped[str]
    to_key: Mapped[str] = mapped_column(index=True)
    """The canonical key of its new address."""
    how: Mapped[str]
    """How it showed: ``redirect``, ``canonical`` (the old page names the new one as its own), ``host`` (the
    catalogue says that its host was renamed) or ``text`` (the same text in its place in the list)."""
    moved_at: Mapped[datetime]
    """When that was seen."""


class Attachment(Base):
    """A file that an article links to, and what it says."""

    __tablename__ = "attachment"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default=text("''"))
    text_status: Mapped[str] = mapped_column(default="not fetched", server_default="not fetched")
    """``read``, ``needs_ocr``, ``unreadable: <reason>`` or ``not fetched``, with a reason as well."""
    digest: Mapped[str | None]
    """SHA-256 of its bytes; None where they were never fetched."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    warc: Mapped[str | None]
    """Where its bytes lie."""


class Tag(Base):
    """What an article is about, names, cites or states (`docs/tagging.md`), with its evidence."""

    __tablename__ = "tag"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    score: Mapped[float]
    evidence: Mapped[list[Any]]
    """``[{"field": "title" | "body", "start": int, "end": int, "text": str, "rule": str}, …]``"""
    taxonomy: Mapped[str]
    """Version of the taxonomy that gave it."""
    amount: Mapped[float | None]
    """Of a sum of money, in its currency; of an area, in square metres."""
    roles: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a person: ``[{"title": str, "organisation": id | null, "body": str}, …]``"""

    __table_args__ = (Index(None, "kind", "value", "article_pk"),)


class Change(Base):
    """What happened to which article, numbered without gaps in commit order."""

    __tablename__ = "change"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    at: Mapped[datetime]


class Counter(Base):
    """A number that is given out in the transaction that uses it, so that none is ever missing."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
