"""A segment's entries into outcomes: each discovered address gets exactly one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from crawler.catalogue import Catalogue
from crawler.records import Article, Page
from crawler.segment import Unfetched
from crawler.urls import host_of
from flows.health.floors import Judge
from flows.steps.attach import complete, is_incomplete
from flows.steps.extracted import (
    Extracted,
    begun,
    declared_column,
    described,
    owner_of,
    tagged_with,
)
from flows.steps.load import load
from flows.steps.outcomes import (
    incomplete,
    is_late,
    leads_elsewhere,
    result_of,
    without_reading,
)
from flows.steps.placing import article_key, belied, identified, placed_by, without_moved
from flows.steps.reader import Read, Reader, Reading
from flows.steps.waiting import judged
from storage import ledger, tombstones, validators
from storage.ledger import Known, Result, Sighting
from storage.models import Outcome

# A batch is a transaction: big enough to be quick, small enough to be lost without pain.
BATCH = 200
_BATCH_BYTES = 16 * 2**20
FORGOTTEN = "forgotten"
"""Reason of an address that is not to come back: see `storage.tombstones`."""
OVERTAKEN = "overtaken"
"""Reason of a failure in a dead run's segment whose page another machine has fetched since."""
MISSING = "missing"
_Entry = Page | Unfetched


def read_entries(
    reader: Reader,
    entries: Iterable[Page | Unfetched],
    clock: Callable[[], datetime],
    on_batch: Callable[[int], None] = lambda _: None,
    judge: Judge | None = None,
) -> Reading:
    """Read, tag and load entries batch by batch; each batch is one transaction.

    Entries that have their outcome in this run already (it died and is run again) are passed over.
    With a judge everything is read before anything is loaded, and what it finds below its floors
    gets the outcome ``held``.
    """
    reading, loaded = Reading(), 0
    # With a judge reading is the first half of the way, loading the second.
    read_so_far = (lambda done: on_batch(done // 2)) if judge else on_batch
    batches = _read_batches(reader, entries, reading, read_so_far)
    for read in judged(reader, batches, reading, judge) if judge else batches:
        if read:
            _write(reader, read, clock())
        for one in read:
            reading.count(one)
        loaded += len(read)
        on_batch((reading.entries + loaded) // 2 if judge else reading.entries)
    on_batch(reading.entries)
    return reading


def _read_batches(
    reader: Reader,
    entries: Iterable[Page | Unfetched],
    reading: Reading,
    on_batch: Callable[[int], None],
) -> Iterator[list[Read]]:
    for size, batch in _begun_ahead(reader, entries, reading):
        read = [one() for one in batch]
        reading.entries += size
        on_batch(reading.entries)
        yield read


def _begun_ahead(
    reader: Reader, entries: Iterable[_Entry], reading: Reading
) -> Iterator[tuple[int, list[Callable[[], Read]]]]:
    """Batches, each with its size, of which the next are being read while one is loaded."""
    waiting: deque[tuple[int, list[Callable[[], Read]]]] = deque()
    for batch in _batches(entries):
        waiting.append((len(batch), _begin_batch(reader, batch, reading)))
        if len(waiting) > reader.ahead:
            yield waiting.popleft()
    yield from waiting


def _batches(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    """Cut entries into batches, bounded in number and in bytes."""
    batch: list[_Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += _bytes(entry) if isinstance(entry, Page) else 0
        if len(batch) >= BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _bytes(page: Page) -> int:
    return len(page.body) + sum(map(_bytes, (*page.continuations, *page.earlier)))


def _begin_batch(
    reader: Reader, batch: Sequence[_Entry], reading: Reading
) -> list[Callable[[], Read]]:
    """Begin to read a batch; add what is only counted to the reading."""
    with reader.database.reading() as session:
        known = ledger.known(session, [entry.key for entry in batch])
        done = ledger.visited(session, reader.run_id, [page.id for page in known.values()])
        forgotten = tombstones.forgotten(session, [entry.key for entry in batch])
    fresh = [entry for entry in batch if not (entry.key in known and known[entry.key].id in done)]
    batch_read: list[Callable[[], Read]] = []
    for entry in fresh:
        if entry.key in forgotten:
            reading.unwritten[entry.source, Outcome.SKIPPED, FORGOTTEN] += 1
        elif isinstance(entry, Unfetched) and _only_counts(entry, known.get(entry.key)):
            reading.unwritten[entry.source, Outcome.SKIPPED, entry.reason] += 1
        elif isinstance(entry, Page) and _is_overtaken(reader, entry, known.get(entry.key)):
            reading.unwritten[entry.source, Outcome.SKIPPED, OVERTAKEN] += 1
        else:
            batch_read.append(_begin(reader, entry, known.get(entry.key)))
    return batch_read


def _only_counts(entry: Unfetched, known: Known | None) -> bool:
    """Whether an entry says nothing new of its page: a cycle without news writes no page."""
    if not entry.skipped or known is None:
        return False
    return known.outcome != Outcome.SKIPPED or known.reason == entry.reason


def _write(reader: Reader, read: Sequence[Read], now: datetime) -> None:
    with reader.database.unit_of_work() as session:
        sightings = [_sighting(reader.catalogue, one.entry) for one in read]
        page_ids = ledger.sight(session, reader.run_id, sightings, now)
        placed = placed_by(session, reader, read, page_ids, now)
        read = [identified(one, placed) for one in read]
        articles = complete(session, [article for one in read for article in one.articles])
        texts = [text for one in read for text in one.described]
        late = {article_key(one, placed) for one in read if one.late}
        rows = [
            tagged_with(
                reader.catalogue,
                one,
                text,
                placed.pages[one.key],
                live=reader.live and one.key not in late,
            )
            for one, text in zip(articles, texts, strict=True)
        ]
        loaded = load(session, rows, now) if rows else {}
        results = [
            one.result or result_of(one.entry, loaded[article_key(one, placed)], late=one.late)
            for one in read
        ]
        for entry in belied(read, results):
            validators.distrust(session, host_of(entry.url), entry.url, now)
        results = without_moved(results, placed, page_ids)
        # One bureau's list may name another's page: a run counts it where it came upon it.
        results = [
            replace(result, source=one.entry.source)
            for result, one in zip(results, read, strict=True)
        ]
        lacking = {article.key for article in articles if _may_come(reader, article)}
        results = [
            incomplete(one) if placed.keys.get(one.key) in lacking else one for one in results
        ]
        ledger.record(session, reader.run_id, results, now)


def _sighting(catalogue: Catalogue, entry: Page | Unfetched) -> Sighting:
    listed = entry.listed
    source, column = owner_of(catalogue, entry)
    return Sighting(
        key=entry.key,
        url=entry.url,
        source=source,
        column=column,
        found_on=listed.found_on if listed else None,
        listed_title=listed.title if listed else None,
        listed_at=listed.published.at if listed and listed.published else None,
        listed_digest=listed.digest if listed else None,
    )


def _begin(reader: Reader, entry: _Entry, known: Known | None) -> Callable[[], Read]:
    """Begin to read an entry, where it is to be read; what it returns waits for what comes of it."""
    if isinstance(entry, Unfetched):
        return partial(_unfetched, entry, known)
    late = (not reader.live or reader.leftover) and is_late(entry, known)
    to_read = late or entry.earlier or leads_elsewhere(entry, known)
    settled = None if to_read else without_reading(entry, known)
    means = reader.means
    if settled is None or _has_new_files(reader, entry, settled[0]):
        found = begun(means, entry)
    else:
        found = partial(_settled, settled)
    earlier = [begun(means, page) for page in entry.earlier]
    return lambda: _read(reader, Read(entry, known, late=late), found(), [one() for one in earlier])


def _unfetched(entry: Unfetched, known: Known | None) -> Read:
    outcome = Outcome.SKIPPED if entry.skipped else Outcome.PARKED
    unread = Result(key=entry.key, outcome=outcome, reason=entry.reason, source=entry.source)
    return Read(entry, known, unread)


def _settled(outcome: tuple[Outcome, str | None]) -> Extracted:
    return outcome, None


def _read(reader: Reader, one: Read, found: Extracted, earlier: Sequence[Extracted]) -> Read:
    """A page with what came of it and of its earlier answers."""
    assert isinstance(one.entry, Page)  # the caller has looked  # noqa: S101
    settled, article = found
    is_missing = settled == (Outcome.DROPPED, MISSING)
    if is_missing and reader.live and one.known and one.known.is_article:
        settled = Outcome.GONE, MISSING
    read = replace(
        one,
        result=result_of(one.entry, *settled, late=one.late) if settled else None,
        article=article,
        earlier=tuple(record for _, record in earlier if record),
        column=declared_column(reader.catalogue, one.entry) if article else None,
    )
    return _described(reader, read)


def _described(reader: Reader, one: Read) -> Read:
    """With what its texts tell, found out while other processes read the next pages: the transaction
    that stores it waits for all of them, and others for it."""
    if not one.articles:
        return one
    tagger = reader.open_tagger()
    texts = tuple(described(reader.catalogue, tagger, article) for article in one.articles)
    return replace(one, described=texts)


def _is_overtaken(reader: Reader, page: Page, known: Known | None) -> bool:
    """Whether a failure that a dead run met with says nothing any more: the page answered since."""
    return reader.leftover and page.status != 200 and is_late(page, known)


def _has_new_files(reader: Reader, page: Page, outcome: Outcome) -> bool:
    """Whether a page that is as it was is read all the same: its files may be what is new."""
    as_it_was = outcome is Outcome.UNCHANGED and page.status == 200
    return as_it_was and page.key in reader.segment.attached_to


def _may_come(reader: Reader, article: Article) -> bool:
    """Whether the crawl should ask again for what an article lacks."""
    return article.source in reader.catalogue.sources and is_incomplete(article)
