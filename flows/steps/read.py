"""A segment's entries into outcomes: each discovered address gets exactly one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

import structlog

from crawler.attachments.document import read_document
from crawler.attachments.kinds import is_document
from crawler.attachments.reader import FileReader
from crawler.catalogue import ArticleLayout, Catalogue
from crawler.errors import Park
from crawler.extract import extract
from crawler.records import Article, Dropped, Page
from crawler.segment import Segment, Unfetched
from flows.steps.attach import attach, complete, is_incomplete
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
_T = TypeVar("_T")
_ARTICLES = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE}


@dataclass(frozen=True)
class Reader:
    """What reading pages takes."""

    database: Database
    catalogue: Catalogue
    tagger: Tagger
    run_id: str
    files: FileReader
    segment: Segment


@dataclass(slots=True)
class Reading:
    """What came of a segment so far: the outcomes that leave no trace but a number."""

    unwritten: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    entries: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry beside what it turned out to be."""

    entry: Page | Unfetched
    result: Result | None = None
    article: Article | None = None


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
        reading.unwritten.update(_load_batch(reader, batch, clock()))
        reading.entries += len(batch)
        on_batch(reading.entries)
    return reading


def _batches(entries: Iterable[_T]) -> Iterator[list[_T]]:
    walk = iter(entries)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _load_batch(
    reader: Reader, batch: Sequence[Page | Unfetched], now: datetime
) -> Counter[tuple[str, Outcome, str]]:
    """Load a batch; return the outcomes that are only counted."""
    with reader.database.reading() as session:
        known = ledger.known(session, [entry.key for entry in batch])
        done = ledger.visited(session, reader.run_id, [page.id for page in known.values()])
    fresh = [entry for entry in batch if not (entry.key in known and known[entry.key].id in done)]
    counted = [entry for entry in fresh if _only_counts(entry, known.get(entry.key))]
    todo = [entry for entry in fresh if not _only_counts(entry, known.get(entry.key))]
    read = [_read(reader, entry, known.get(entry.key)) for entry in todo]
    if todo:
        _write(reader, read, now)
    return Counter(
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
        articles = complete(session, [one.article for one in read if one.article])
        tagged = [_tagged(reader, article, page_ids) for article in articles]
        loaded = load(session, tagged, now) if tagged else {}
        results = [one.result or _result(one.entry, loaded[one.entry.key]) for one in read]
        lacking = {article.key for article in articles if _may_come(reader, article)}
        results = [_incomplete(one) if one.key in lacking else one for one in results]
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
    if settled is not None and not _has_new_files(reader, entry, settled[0]):
        outcome, reason = settled
        return _Read(entry, _result(entry, outcome, reason))
    return _extracted(reader, entry)


def _has_new_files(reader: Reader, page: Page, outcome: Outcome) -> bool:
    """Whether a page that is as it was is read all the same: its files may be what is new."""
    as_it_was = outcome is Outcome.UNCHANGED and page.status == 200
    return as_it_was and page.key in reader.segment.attached_to


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
    layout = reader.catalogue.layout(page.source, page.column, page.fetched_at.date())
    try:
        found = _found(reader, page, layout)
    except Park as error:
        log.warning("page parked", url=page.url, warc=page.warc, reason=str(error))
        return _Read(page, _result(page, Outcome.PARKED, str(error)))
    except Exception as error:
        log.exception("page could not be read", url=page.url, warc=page.warc)
        return _Read(page, _result(page, Outcome.PARKED, f"{type(error).__name__}: {error}"))
    if isinstance(found, Dropped):
        return _Read(page, _result(page, Outcome.DROPPED, found.reason))
    return _Read(page, article=found)


def _found(reader: Reader, page: Page, layout: ArticleLayout | None) -> Article | Dropped:
    if is_document(page.body, page.content_type):
        return read_document(page, reader.files)
    found = extract(page, layout)
    if isinstance(found, Dropped) or not found.attachments:
        return found
    return attach(found, reader.segment.attachment, reader.files)


def _may_come(reader: Reader, article: Article) -> bool:
    """Whether the crawl should ask again for what an article lacks."""
    return article.source in reader.catalogue.sources and is_incomplete(article)


def _incomplete(result: Result) -> Result:
    """The next answer is to be a whole one: without it the page's files are not known."""
    return replace(result, incomplete=True, etag=None, last_modified=None)


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


def _tagged(reader: Reader, article: Article, page_ids: dict[str, int]) -> Tagged:
    source = reader.catalogue.sources.get(article.source)
    return Tagged(
        article=article,
        page_id=page_ids[article.key],
        authority=source.authority if source else 0,
        lang=language(f"{article.title}\n{article.body}"),
        tags=reader.tagger.tag(article.title, article.body),
        taxonomy=reader.tagger.taxonomy.version,
    )
