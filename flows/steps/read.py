"""A segment's entries into outcomes: each discovered address gets exactly one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

import structlog

from crawler.catalogue import ArticleLayout, Catalogue
from crawler.errors import Park
from crawler.extract import CONTAINER_MISSING, extract
from crawler.records import CITY_TIME, Article, Dropped, Page
from crawler.segment import Unfetched
from flows.steps.language import language
from flows.steps.load import Tagged, load
from flows.steps.tag import Tagger
from storage import ledger
from storage.database import Database
from storage.ledger import Known, Result, Sighting
from storage.models import Outcome

log = structlog.get_logger(__name__)

# A batch is a transaction: big enough to be quick, small enough to be lost without pain.
BATCH = 50
# One page of another kind among many is normal; more of them is a layout that has changed.
_ROTTEN = 0.1
_T = TypeVar("_T")
_ARTICLES = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE}


@dataclass(frozen=True)
class Reader:
    """What reading pages takes."""

    database: Database
    catalogue: Catalogue
    tagger: Tagger
    run_id: str


@dataclass(slots=True)
class Reading:
    """What came of a segment so far: the outcomes that leave no trace but a number."""

    unwritten: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    entries: int = 0
    declared: Counter[str] = field(default_factory=Counter)
    """Articles read by a declared layout, by publisher and column."""
    missing: Counter[str] = field(default_factory=Counter)
    """Those among them that have none of the containers which the layout declares."""

    def count(self, read: "_Read") -> None:
        """Count an article that was read by a declared layout."""
        if read.article and read.column:
            self.declared[read.column] += 1
            self.missing[read.column] += CONTAINER_MISSING in read.article.provenance.get(
                "body", ""
            )

    @property
    def problems(self) -> list[str]:
        """The columns whose layout is not what the catalogue declares any more."""
        return [
            f"{column}: {missing} of {self.declared[column]} pages have no declared container; "
            "their text was located without it, see `layouts` in docs/sources.md"
            for column, missing in sorted(self.missing.items())
            if missing > _ROTTEN * self.declared[column]
        ]


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry beside what it turned out to be."""

    entry: Page | Unfetched
    result: Result | None = None
    article: Article | None = None
    column: str | None = None
    """``publisher/column`` whose declared layout it was read by."""


def read_entries(
    reader: Reader,
    entries: Iterable[Page | Unfetched],
    clock: Callable[[], datetime],
    on_batch: Callable[[int], None] = lambda _: None,
) -> Reading:
    """Read, tag and load entries batch by batch; each batch is one transaction.

    Entries that have their outcome in this run already (it died and is run again) are passed over.
    """
    reading = Reading()
    for batch in _batches(entries):
        _load_batch(reader, batch, clock(), reading)
        reading.entries += len(batch)
        on_batch(reading.entries)
    return reading


def _batches(entries: Iterable[_T]) -> Iterator[list[_T]]:
    walk = iter(entries)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _load_batch(
    reader: Reader, batch: Sequence[Page | Unfetched], now: datetime, reading: Reading
) -> None:
    """Load a batch; add what is only counted to the reading."""
    with reader.database.reading() as session:
        known = ledger.known(session, [entry.key for entry in batch])
        done = ledger.visited(session, reader.run_id, [page.id for page in known.values()])
    fresh = [entry for entry in batch if not (entry.key in known and known[entry.key].id in done)]
    counted = [entry for entry in fresh if _only_counts(entry, known.get(entry.key))]
    todo = [entry for entry in fresh if not _only_counts(entry, known.get(entry.key))]
    read = [_read(reader, entry, known.get(entry.key)) for entry in todo]
    if todo:
        _write(reader, read, now)
    for one in read:
        reading.count(one)
    reading.unwritten.update(
        (entry.source, Outcome.SKIPPED, entry.reason)
        for entry in counted
        if isinstance(entry, Unfetched)
    )


def _only_counts(entry: Page | Unfetched, known: Known | None) -> bool:
    """Whether an entry says nothing new of its page: a cycle without news writes no page."""
    if not isinstance(entry, Unfetched) or not entry.skipped or known is None:
        return False
    return known.outcome != Outcome.SKIPPED or known.reason == entry.reason


def _write(reader: Reader, read: Sequence[_Read], now: datetime) -> None:
    with reader.database.unit_of_work() as session:
        sightings = [_sighting(one.entry) for one in read]
        page_ids = ledger.sight(session, reader.run_id, sightings, now)
        tagged = [_tagged(reader, one.article, page_ids) for one in read if one.article]
        loaded = load(session, tagged, now) if tagged else {}
        results = [one.result or _result(one.entry, loaded[one.entry.key]) for one in read]
        ledger.record(session, reader.run_id, results, now)


def _sighting(entry: Page | Unfetched) -> Sighting:
    listed = entry.listed
    return Sighting(
        key=entry.key,
        url=entry.url,
        source=entry.source,
        column=entry.column,
        found_on=listed.found_on if listed else None,
        listed_title=listed.title if listed else None,
        listed_at=listed.published.at if listed and listed.published else None,
        listed_digest=listed.digest if listed else None,
    )


def _read(reader: Reader, entry: Page | Unfetched, known: Known | None) -> _Read:
    if isinstance(entry, Unfetched):
        outcome = Outcome.SKIPPED if entry.skipped else Outcome.PARKED
        return _Read(entry, Result(key=entry.key, outcome=outcome, reason=entry.reason))
    settled = _without_reading(entry, known)
    if settled is not None:
        outcome, reason = settled
        return _Read(entry, _result(entry, outcome, reason))
    return _extracted(reader, entry)


def _without_reading(page: Page, known: Known | None) -> tuple[Outcome, str | None] | None:
    """The outcome that the status or the bytes decide; None where the page is to be read."""
    was_article = known is not None and known.outcome in _ARTICLES
    if page.status in {404, 410}:
        gone = was_article or (known is not None and known.outcome == Outcome.GONE)
        return (Outcome.GONE, None) if gone else (Outcome.DROPPED, f"http-{page.status}")
    if page.status == 304:
        return (Outcome.UNCHANGED, None) if was_article else (Outcome.PARKED, "http-304")
    if page.status != 200:
        return Outcome.PARKED, f"http-{page.status}"
    if known is not None and page.digest == known.digest:
        if was_article:
            return Outcome.UNCHANGED, None
        if known.outcome == Outcome.DROPPED:
            return Outcome.DROPPED, known.reason
    return None


def _extracted(reader: Reader, page: Page) -> _Read:
    column, layout = layout_of(reader.catalogue, page)
    try:
        found = extract(page, layout)
    except Park as error:
        log.warning("page parked", url=page.url, warc=page.warc, reason=str(error))
        return _Read(page, _result(page, Outcome.PARKED, str(error)))
    except Exception as error:
        log.exception("page could not be read", url=page.url, warc=page.warc)
        return _Read(page, _result(page, Outcome.PARKED, f"{type(error).__name__}: {error}"))
    if isinstance(found, Dropped):
        return _Read(page, _result(page, Outcome.DROPPED, found.reason))
    return _Read(page, article=found, column=column if layout and layout.bodies else None)


def layout_of(catalogue: Catalogue, page: Page) -> tuple[str | None, ArticleLayout | None]:
    """(``publisher/column``, layout) that a page is read by: that of the day on which it was fetched.

    A page that was not crawled but brought belongs to the column that its address lies in.
    """
    source, column = page.source, page.column
    if column is None:
        source, column = catalogue.column_of(page.url) or (source, None)
    layout = catalogue.layout(source, column, page.fetched_at.astimezone(CITY_TIME).date())
    return (f"{source}/{column}", layout) if layout else (None, None)


def _result(entry: Page | Unfetched, outcome: Outcome, reason: str | None = None) -> Result:
    if isinstance(entry, Unfetched):
        return Result(key=entry.key, outcome=outcome, reason=reason)
    # "As it was" brings no bytes: what is remembered of the last answer stays.
    fetched = entry.status != 304
    return Result(
        key=entry.key,
        outcome=outcome,
        reason=reason,
        status=entry.status,
        etag=entry.etag,
        last_modified=entry.last_modified,
        digest=entry.digest if entry.status == 200 else None,
        fetched_at=entry.fetched_at if fetched else None,
        warc=entry.warc,
    )


def _day(article: Article) -> date | None:
    return article.published.day if article.published else None


def _tagged(reader: Reader, article: Article, page_ids: dict[str, int]) -> Tagged:
    source = reader.catalogue.sources.get(article.source)
    return Tagged(
        article=article,
        page_id=page_ids[article.key],
        authority=source.authority if source else 0,
        lang=language(f"{article.title}\n{article.body}"),
        tags=reader.tagger.tag(
            article.title,
            article.body,
            _day(article),
            home=reader.tagger.home_of(source.name) if source else None,
        ),
        taxonomy=reader.tagger.taxonomy.version,
    )
