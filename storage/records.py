"""What the corpus answers with: frozen records of plain values, ready for JSON."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


def city_time(at: datetime | None, precision: str | None = "second") -> str | None:
    """A time as the city reads it: ``2024-07-31T09:05:00+08:00``, or the day where that is all."""
    if at is None:
        return None
    local = at.astimezone(CITY_TIME)
    return local.date().isoformat() if precision == "day" else local.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A topic or place of an article and the words that show it."""

    kind: str
    value: str
    label: str
    score: float
    evidence: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another article that has a text in common with one, and what shows it."""

    id: str
    url: str
    title: str
    kind: str
    """``exact`` or ``reprint``: the same story; ``excerpt``: one of the two stands in the other."""
    shared: tuple[float, float]
    """Which share of this text stands in the other one, and of the other one in this."""
    run: int
    """Their longest common stretch, in folded characters."""
    differs: tuple[str, ...]
    """Their first differences, this one's text first: ``−only here``, ``+only there``, ``a→b``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as it stands now. Times are text, as the city reads them."""

    id: str
    url: str
    title: str
    subtitle: str | None
    body: str
    body_raw: str | None
    """The text as extracted, where repair changed it."""
    published_at: str | None
    source: str
    column: str | None
    origin: str | None
    author: str | None
    editor: str | None
    lang: str | None
    topics: tuple[str, ...]
    places: tuple[str, ...]
    organisations: tuple[str, ...]
    people: tuple[str, ...]
    document_number: str | None
    issuer: str | None
    index_number: str | None
    validity: str | None
    keywords: tuple[str, ...]
    attachments: tuple[dict[str, str], ...]
    story_id: str
    duplicate_of: str | None
    links: tuple[Link, ...]
    revision: int
    first_seen: str
    digest: str
    warc: str
    provenance: dict[str, str]
    tags: tuple[Tag, ...] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An article as it stood before a change."""

    number: int
    title: str
    body: str
    fields: dict[str, Any]
    """The other fields that a reader sees."""
    digest: str
    seen_at: str
    """When this version was seen first."""
    warc: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are asked for; what is None does not count."""

    since: date | None = None
    until: date | None = None
    source: str | None = None
    topic: str | None = None
    place: str | None = None


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How many stories (or, with reprints, articles) match, and the asked for part of them."""

    total: int
    items: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why an address is in the corpus, or is not."""

    url: str
    key: str
    source: str
    column: str | None
    discovered_at: str
    discovered_on: str | None
    outcome: str
    reason: str | None
    outcome_at: str
    next_try_at: str | None
    article: str | None
    visits: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source stands."""

    source: str
    articles: int
    latest: str | None
    """When its newest article was published."""
    last_new: str | None
    """When something new was last found."""
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How things stand."""

    articles: int
    stories: int
    revisions: int
    pages: dict[str, int]
    runs: tuple[dict[str, Any], ...]
    sources: tuple[SourceStatus, ...]
