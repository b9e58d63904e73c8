"""The records that leave this room: frozen, with real types from parser to table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from hashlib import sha256
from typing import Self
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


def city_day(at: datetime) -> date:
    """The day that it is in the city at a moment: between 16:00 and 24:00 by UTC, UTC's next."""
    return at.astimezone(CITY_TIME).date()


class Precision(StrEnum):
    """How exactly a page states a time."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page gives it: an aware UTC datetime and how exact it is.

    A day without a time is stored as that day's midnight in the city.
    """

    at: datetime
    precision: Precision

    @classmethod
    def local(cls, day: date, clock: time | None = None, *, seconds: bool = False) -> Self:
        """Build from city time; without a clock the moment is exact to the day only."""
        if clock is None:
            precision = Precision.DAY
        else:
            precision = Precision.SECOND if seconds else Precision.MINUTE
        local = datetime.combine(day, clock or time.min, tzinfo=CITY_TIME)
        return cls(local.astimezone(UTC), precision)

    @property
    def day(self) -> date:
        """The calendar day in the city."""
        return city_day(self.at)

    def __str__(self) -> str:
        local = self.at.astimezone(CITY_TIME)
        if self.precision is Precision.DAY:
            return local.date().isoformat()
        return local.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list page said of one item."""

    found_on: str
    title: str | None = None
    published: Moment | None = None
    modified: Moment | None = None
    """When the page was changed last, as feeds and sitemaps tell."""
    known_as: str | None = None
    """The digest of what a list said, where only that is known."""

    @property
    def digest(self) -> str:
        """Changes when the list shows another title or date for the same address."""
        if self.known_as:
            return self.known_as
        said = f"{self.title}\n{self.published}" + (f"\n{self.modified}" if self.modified else "")
        return sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One archived answer to one address, as the bytes came (decompressed, not decoded)."""

    url: str
    key: str
    """The canonical key (`crawler.urls.canonical_key`): one article, one key."""
    source: str
    column: str | None = None
    status: int = 200
    content_type: str = ""
    """The Content-Type header as sent, empty when there was none."""
    body: bytes
    fetched_at: datetime
    warc: str = ""
    """Where the record lies: ``segment-name@offset``."""
    etag: str | None = None
    last_modified: str | None = None
    served_at: datetime | None = None
    """What the server's own clock said (``Date``)."""
    listed: Listed | None = None
    continuations: tuple["Page", ...] = ()
    """The second and later pages of an article that is spread over several, in order."""
    earlier: tuple["Page", ...] = ()
    """Other answers of the same address that came before this one, in order."""

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes of all its pages, hexadecimal."""
        whole = sha256(self.body)
        for page in self.continuations:
            whole.update(page.body)
        return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that an article links to, and what it says once it was read."""

    url: str
    name: str
    text: str = ""
    text_status: str = "not fetched"
    """``read``, ``needs_ocr``, ``unreadable: <reason>``, or ``not fetched`` with or without one."""
    digest: str | None = None
    """SHA-256 of its bytes, hexadecimal; None where they were never fetched."""
    etag: str | None = None
    last_modified: str | None = None
    warc: str | None = None
    """Where its bytes lie: ``segment-name@offset``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says, field by field. `provenance` names where each filled field came from."""

    url: str
    key: str
    source: str
    column: str | None = None
    title: str
    subtitle: str | None = None
    body: str
    body_raw: str | None = None
    """The text as extracted, kept only where repair changed it."""
    body_html: str | None = None
    """The body as HTML that is safe to show: tables, links and pictures by absolute address."""
    published: Moment | None = None
    updated: Moment | None = None
    origin: str | None = None
    author: str | None = None
    editor: str | None = None
    document_number: str | None = None
    issuer: str | None = None
    index_number: str | None = None
    validity: str | None = None
    keywords: tuple[str, ...] = ()
    section: str | None = None
    """The column's name as the page gives it; `column` is the catalogue's."""
    attachments: tuple[Attachment, ...] = ()
    needs_ocr: bool = False
    """Its text is in pictures, or in attachments that are scans."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Field name → ``meta:PubDate``, ``label:来源``, ``table:文号``, ``list``, ``url``, ``trafilatura`` …
    `charset` is there where the page's bytes were damaged or decoded wrongly once before, and says how."""
    fetched_at: datetime
    warc: str = ""
    canonical: str | None = None
    """The address that the page names as its own, as it is written."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Fetched and archived, but not an article."""

    url: str
    key: str
    reason: str
    """A short stable word: ``list``, ``home``, ``placeholder``, ``missing``, ``login``, ``empty`` …"""
