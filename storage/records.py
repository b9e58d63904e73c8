"""What the corpus answers with: frozen records of plain values, ready for JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from storage.tabular import Tabular, required

if TYPE_CHECKING:
    import pyarrow as pa

CITY_TIME = ZoneInfo("Asia/Shanghai")


def city_time(at: datetime | None, precision: str | None = "second") -> str | None:
    """A time as the city reads it: ``2024-07-31T09:05:00+08:00``, or the day where that is all."""
    if at is None:
        return None
    local = at.astimezone(CITY_TIME)
    return local.date().isoformat() if precision == "day" else local.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What an article is about, names, cites or states, and the words that show it."""

    kind: str
    value: str
    label: str
    score: float
    evidence: tuple[dict[str, Any], ...]
    amount: float | None = None
    """Of a sum of money, in its currency; of an area, in square metres."""
    roles: tuple[dict[str, Any], ...] = ()
    """Of a person: title, organisation (its id) and body (what the text calls it)."""
    taxonomy: str = ""
    """Version of the taxonomy that gave it."""


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
    body_html: str | None
    """The body as HTML, made safe."""
    published_at: str | None
    source: str
    column: str | None
    origin: str | None
    author: str | None
    editor: str | None
    lang: str | None
    topics: tuple[str, ...]
    places: tuple[str, ...]
    main_place: str | None
    """Where it plays, as narrowly as most of it agrees."""
    organisations: tuple[str, ...]
    people: tuple[str, ...]
    types: tuple[str, ...]
    """What kind of paper it is: 通知, 公示, 新闻 …"""
    document_number: str | None
    issuer: str | None
    index_number: str | None
    validity: str | None
    keywords: tuple[str, ...]
    section: str | None
    """The column's name as the page gives it."""
    needs_ocr: bool
    """Its text, or an attachment's, is in pictures."""
    attachments: tuple[dict[str, str], ...]
    """``url``, ``name``, ``text_status`` and ``text`` of each file."""
    story_id: str
    duplicate_of: str | None
    links: tuple[Link, ...]
    revision: int
    first_seen: str
    withdrawn_at: str | None
    """When its publisher was first found not to show it any more; None while it is there."""
    digest: str
    warc: str
    provenance: dict[str, str]
    tags: tuple[Tag, ...] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)

    def _repr_html_(self) -> str:
        from storage.notebook import article_html

        return article_html(self)


def labels_of(tags: Iterable[Tag]) -> dict[str, Any]:
    """The fields of an article that show the labels of its tags."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        found.setdefault(tag.kind, []).append(tag.label)
    return {field: tuple(found.get(kind, ())) for kind, field in _LABELS.items()} | {
        "main_place": next(iter(found.get("main_place", ())), None)
    }


_LABELS = {
    "topic": "topics",
    "place": "places",
    "organisation": "organisations",
    "person": "people",
    "type": "types",
}


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


_TAG_KINDS = ("topic", "place", "main_place", "organisation", "person", "document", "type")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are asked for; what is None does not count."""

    since: date | None = None
    until: date | None = None
    source: str | None = None
    topic: str | None = None
    place: str | None = None
    main_place: str | None = None
    organisation: str | None = None
    person: str | None = None
    document: str | None = None
    """A document number that is cited, in any spelling."""
    type: str | None = None
    open_on: date | None = None
    """Notices with a deadline that has not passed on this day."""

    def tags(self) -> Iterator[tuple[str, str]]:
        """The kinds and values of tags that are asked for."""
        for kind in _TAG_KINDS:
            if value := getattr(self, kind):
                yield kind, value


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it was written, and whether the query found it."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that a search found, and where the words stand in it."""

    article: Article
    title: tuple[Piece, ...]
    """The whole title, in pieces."""
    snippet: tuple[Piece, ...]
    """The part of the body, or of an attachment, that shows most of the query, in pieces."""
    files: tuple[str, ...] = ()
    """Names of the attachments where a word stands in none of the article's own lines."""
    reprints: int = 0
    """How many other articles of its story the search found, too."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that hits have, and how many of them."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult(Tabular):
    """What a search found: stories or, with reprints, articles."""

    total: int
    exact: bool
    """Whether `total` and `facets` are counted; else they are estimates."""
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """Facet → its commonest values, the commonest first."""
    next: str | None = None
    """What to pass as `after` for the hits behind these; None where there are none."""

    @property
    def items(self) -> tuple[Article, ...]:
        """The articles of the hits."""
        return tuple(hit.article for hit in self.hits)

    def to_arrow(self) -> "pa.Table":
        """The articles of the hits as `Corpus.articles` gives them. Needs the extra ``arrow``."""
        required("pyarrow", "arrow")
        from storage.arrow.records import article_table

        return article_table(self.items)

    def _repr_html_(self) -> str:
        from storage.notebook import search_html

        return search_html(self)


class Story(tuple[Article, ...]):  # noqa: SLOT001 - a tuple has no room for slots
    """The articles of a story, the canonical one first."""

    id: str

    def __new__(cls, story_id: str, articles: Iterable[Article]) -> Self:
        """The story with this id."""
        made = super().__new__(cls, articles)
        made.id = story_id
        return made

    @property
    def canonical(self) -> Article | None:
        """The article that the others tell again; None in a story that is not there."""
        return self[0] if self else None

    @property
    def reprints(self) -> tuple[Article, ...]:
        """The others."""
        return self[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list that an address stands or stood in."""

    source: str
    column: str
    found_on: str
    """The list page."""
    seen_at: str | None
    run: str | None
    """Of the walk that saw it there first."""
    left_at: str | None
    """None: it stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What became of an address in a run."""

    run: str
    source: str
    outcome: str
    reason: str | None
    at: str | None
    warc: str | None


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
    lists: tuple[Listed, ...] = ()
    visits: tuple[Visited, ...]
    """Its outcomes, in order."""


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
class Totals:
    """How much there is."""

    articles: int
    stories: int
    revisions: int
    """Earlier versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run and what came of it. Times are text, as the city reads them."""

    id: str
    kind: str
    state: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Totals):
    """How things stand."""

    pages: dict[str, int]
    runs: tuple[RunSummary, ...]
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfSource:
    """What one source cost in a run and came to."""

    source: str
    discovered: int
    requests: int
    bytes: int
    seconds: float
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class RunReason:
    """How many addresses of a source ended in one outcome for one reason."""

    outcome: str
    reason: str
    source: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetails:
    """A run, source by source. Times are text, as the city reads them."""

    id: str
    kind: str
    state: str
    error: str | None
    started_at: str
    finished_at: str | None
    sources: tuple[RunOfSource, ...]
    reasons: tuple[RunReason, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The outcomes that occurred."""
        return tuple(sorted({name for one in self.sources for name in one.outcomes}))


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an article."""

    seq: int
    """Its number: without gaps, in the order in which changes became visible."""
    article_id: str
    kind: str
    """``added``, ``revised``, ``withdrawn``, ``restored``, ``forgotten``, ``retagged``,
    ``attached``, ``merged`` or ``split``."""
    at: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles there are of one kind."""

    key: tuple[str | None, ...]
    """One part for each thing that is counted by: a day as ``2026-07-31``, a tag by its id, a
    person by name; None where articles have none."""
    count: int


class Counts(tuple[Count, ...], Tabular):  # noqa: SLOT001 - a tuple has no room for slots
    """What `Corpus.counts` found, sorted by key; None comes last."""

    by: tuple[str, ...]
    """What the parts of each key are."""

    def __new__(cls, by: Sequence[str], counts: Iterable[Count]) -> Self:
        """The counts by these things."""
        made = super().__new__(cls, counts)
        made.by = tuple(by)
        return made

    def rows(self) -> Iterator[dict[str, str | int | None]]:
        """Each count as a row: what is counted by, then ``count``."""
        for one in self:
            yield dict(zip(self.by, one.key, strict=True)) | {"count": one.count}

    def to_arrow(self) -> "pa.Table":
        """A column for each thing that is counted by, and ``count``. Needs the extra ``arrow``."""
        required("pyarrow", "arrow")
        from storage.arrow.records import count_table

        return count_table(self)

    def _repr_html_(self) -> str:
        from storage.notebook import counts_html

        return counts_html(self)


class HealthState(StrEnum):
    """How a source stands; `docs/health.md` says what each means."""

    OK = "ok"
    LATE = "late"
    SILENT = "silent"
    BROKEN = "broken"
    BLOCKED = "blocked"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_bad(self) -> bool:
        """Whether somebody should be told."""
        return self in {HealthState.SILENT, HealthState.BROKEN, HealthState.BLOCKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnHealth:
    """How one column of a source stands."""

    column: str
    state: str
    """A `HealthState`."""
    evidence: tuple[str, ...] = ()
    expected_hours: float | None = None
    last_new: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source stands, since when, and what shows it. Times are text, as the city reads them."""

    source: str
    state: str
    """A `HealthState`."""
    since: str
    evidence: tuple[str, ...]
    """Sentences, the weightiest first."""
    expected_hours: float | None
    """Within so many hours of its own days something new is to be expected; None: not known yet."""
    last_new: str | None
    """When its newest article appeared."""
    checked_at: str
    columns: tuple[ColumnHealth, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChange:
    """A source went from one state into another."""

    source: str
    at: str
    before: str | None
    state: str
    evidence: tuple[str, ...]
