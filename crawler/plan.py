"""What a crawl is asked to do: everything the child process needs, as one JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crawler.records import Listed

MAX_WAIT = 300.0
"""Seconds that a crawl waits for a host at the most; who asks for more is tried in a later run."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of one crawl; a page over one of them is parked with the limit's name."""

    delay: float = 2.0
    """Seconds between two requests to one host, at the least (a source may ask for more)."""
    concurrency_per_host: int = 1
    timeout: float = 30.0
    max_bytes: int = 20 * 2**20
    max_requests: int = 50_000
    max_seconds: float = 6 * 3600
    max_list_pages: int = 2_000
    """Per column."""
    autothrottle: bool = True
    quiet: tuple[str, ...] = ()
    """Hours of the city in which no host is asked, ``08:00-18:00``; a source may have more."""
    host_bytes: int | None = None
    """How much a host may serve in a day; None: as much as it likes. A source may want less."""


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional request."""
    given = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """One column to walk."""

    source: str
    column: str
    since: date | None = None
    """Oldest day wanted; None: all the way back."""
    until: date | None = None
    walked_back_to: date | None = None
    """Everything from this day on has been seen by an earlier, complete walk: a list page whose
    items are all known ends the walk. None: no complete walk yet."""
    expected: int | None = None
    """How many items the list says it has where nothing of it is missing; None: nobody knows."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """The headers that let the server say that its list is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A known page to ask for again, conditionally where its server honours that."""

    source: str
    column: str | None
    url: str
    etag: str | None = None
    last_modified: str | None = None
    listed: Listed | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that let the server answer "as it was"."""
        return conditions(self.etag, self.last_modified)


@dataclass(frozen=True, slots=True)
class Archived:
    """An answer that the archive holds whole."""

    digest: str
    """Of its bytes as they came, as WARC writes it."""
    at: datetime
    """Its WARC-Date."""
    warc: str
    """``segment@offset``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlPlan:
    """One crawl: which columns, which pages again, what is known, how politely."""

    segment: str
    """Name of the segment to write, unique for ever: ``20261124T120000Z-ab12cd34``."""
    folder: str
    """Where to write it (a local folder, made when missing)."""
    catalogue: tuple[str, ...]
    """Catalogue folders, later ones laid over earlier ones."""
    columns: tuple[ColumnPlan, ...] = ()
    revisits: tuple[Revisit, ...] = ()
    known: str | None = None
    """A file of `crawler.known`: the addresses that need not be fetched again unless their list says
    something new."""
    forgotten: tuple[str, ...] = ()
    """Ids of addresses that are never to be asked for: the digests that `compact` makes of their
    canonical keys, in hexadecimal."""
    files: str | None = None
    """A file of the attachments that are there already (`crawler.known`): asked for again only where
    their server can answer "as it was"."""
    archived: Mapping[str, Archived] = field(default_factory=dict)
    """Address of a list → its answer that the archive has: the same bytes are not written again."""
    contact: str | None = None
    """Put into the User-Agent. Hosts other than loopback are refused without it."""
    starts: Mapping[str, float] = field(default_factory=dict)
    """Source → seconds after which it is asked for the first time; absent: at once."""
    limits: Limits = field(default_factory=Limits)
    private_hosts: bool = False
    """Allow loopback and ``.localhost`` addresses: only for the replica."""
    turns: bool = False
    """Whether the parent knows who else asks hosts: it is asked for each."""
    lists_only: bool = False
    """Ask for the first page of each list, for what is named, and for nothing else: no article that
    a list shows, no later page, no attachment."""
