"""A segment's entries into outcomes: each discovered address gets exactly one."""

import pickle
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.attachments.document import read_document
from crawler.attachments.kinds import is_document
from crawler.attachments.reader import FileReader
from crawler.catalogue import ArticleLayout, Catalogue
from crawler.errors import Park
from crawler.extract import CONTAINER_MISSING, extract
from crawler.records import CITY_TIME, Article, Dropped, Page
from crawler.segment import Segment, Unfetched
from crawler.urls import canonical_key
from flows.health.floors import Below, Figures, Judge
from flows.steps.attach import attach, complete, is_incomplete
from flows.steps.dedupe import text_digest
from flows.steps.language import language
from flows.steps.load import Tagged, load
from flows.steps.tag import Tagger
from storage import ledger, tombstones
from storage.database import Database
from storage.ledger import Known, Result, Sighting
from storage.models import Article as Stored
from storage.models import Outcome
from storage.observations import ReadPage
from storage.search import searchable

log = structlog.get_logger(__name__)

# A batch is a transaction: big enough to be quick, small enough to be lost without pain.
BATCH = 50
# What is read waits in memory up to this many bytes, then in a temporary file.
_IN_MEMORY = 8 * 2**20
# One page of another kind among many is normal; more of them is a layout that has changed.
_ROTTEN = 0.1
FORGOTTEN = "forgotten"
"""Reason of an address that is not to come back: see `storage.tombstones`."""
OVERTAKEN = "overtaken"
"""Reason of a failure in a dead run's segment whose page another machine has fetched since."""
FRONT_PAGE = "front-page"
MISSING = "missing"
_FRONT = re.compile(r"(?:(?:index|default|home|main)\.(?:s?html?|jsp|aspx?|php))?", re.IGNORECASE)
_T = TypeVar("_T")
_ARTICLES = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE}


@dataclass(frozen=True)
class Means:
    """What it takes to read a page: no database."""

    catalogue: Catalogue
    files: FileReader
    attachment: Callable[[str], Page | str | None]
    """The file at an address, or why there is none."""


@dataclass(frozen=True)
class Reader:
    """What it takes to read a segment and to load it."""

    database: Database
    catalogue: Catalogue
    tagger: Tagger
    run_id: str
    files: FileReader
    segment: Segment
    live: bool = True
    """Whether the pages were fetched for this run; what somebody saved says what was, not what is."""
    leftover: bool = False
    """Whether a run left it that died: others may have been at its pages since then."""

    @property
    def means(self) -> Means:
        """What a page is read with."""
        return Means(self.catalogue, self.files, self.segment.attachment)


@dataclass(slots=True)
class Reading:
    """What came of a segment so far: the outcomes that leave no trace but a number."""

    unwritten: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    entries: int = 0
    declared: Counter[str] = field(default_factory=Counter)
    """Articles read by a declared layout, by publisher and column."""
    missing: Counter[str] = field(default_factory=Counter)
    """Those among them that have none of the containers which the layout declares."""
    below: dict[str, Below] = field(default_factory=dict)
    """The sources whose batch was held."""
    skew: tuple[timedelta, int] | None = None
    """How far our clock is ahead of the servers', of how many hosts."""

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
    earlier: tuple[Article, ...] = ()
    """What the same address said before, in this very segment."""
    late: bool = False
    """Captured before the answer that the ledger remembers."""
    column: str | None = None
    """``publisher/column`` whose declared layout it was read by."""

    def held(self, below: Below) -> "_Read":
        """The same, not to be loaded: a person looks first."""
        reason = f"floor: {', '.join(below.floors)}"
        held = Result(
            key=self.entry.key,
            outcome=Outcome.HELD,
            reason=reason,
            source=self.entry.source,
            warc=self.entry.warc if isinstance(self.entry, Page) else None,
        )
        return _Read(self.entry, held)


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
    for read in _judged(reader, batches, reading, judge) if judge else batches:
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
) -> Iterator[list[_Read]]:
    for batch in _batches(entries):
        read = _read_batch(reader, batch, reading)
        reading.entries += len(batch)
        on_batch(reading.entries)
        yield read


def _judged(
    reader: Reader, batches: Iterable[list[_Read]], reading: Reading, judge: Judge
) -> Iterator[list[_Read]]:
    """The same batches, once all of them are read: they wait in a file, not in memory."""
    figures: list[Figures] = []
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        count = 0
        for read in batches:
            figures += _figures(reader, read)
            pickle.dump(read, spool)
            count += 1
        reading.below = judge(figures)
        spool.seek(0)
        for _ in range(count):
            # Written a moment ago by this very function.
            waiting: list[_Read] = pickle.load(spool)  # noqa: S301
            yield [_kept_back(one, reading) for one in waiting]


def _kept_back(one: _Read, reading: Reading) -> _Read:
    """A record of a source that is below its floors, held; what brought nothing new is not."""
    below = reading.below.get(one.entry.source)
    as_it_was = one.result is not None and one.result.outcome is Outcome.UNCHANGED
    if below is None or isinstance(one.entry, Unfetched) or (as_it_was and not one.article):
        return one
    return one.held(below)


def _figures(reader: Reader, read: Sequence[_Read]) -> Iterator[Figures]:
    """What floors are judged by, of the pages of a batch that are articles or should be."""
    digests = {one.entry.key: _digest(one.article) for one in read if one.article}
    with reader.database.reading() as session:
        others = _same_texts(session, [*digests.values()])
    for one in read:
        bodiless = one.result is not None and one.result.reason == "empty"
        if isinstance(one.entry, Page) and (one.article or bodiless):
            keys = others.get((one.entry.source, digests.get(one.entry.key, "")), set())
            yield Figures(_read_page(reader, one.entry, one.article), bool(keys - {one.entry.key}))


def _digest(article: Article) -> str:
    return text_digest(searchable(article.title), searchable(article.body))


def _same_texts(session: Session, digests: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """(source, digest of the text) → the keys under which the source has it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    query = select(Stored.source, Stored.text_digest, Stored.key)
    for row in session.execute(query.where(Stored.text_digest.in_(digests))):
        found[row.source, row.text_digest].add(row.key)
    return found


def _read_page(reader: Reader, page: Page, article: Article | None) -> ReadPage:
    """A page as health looks at it."""
    published = article.published.at if article and article.published else None
    return ReadPage(
        source=page.source,
        column=page.column,
        at=page.fetched_at,
        run_id=reader.run_id,
        duplicate=False,
        untitled=article is not None and not article.title,
        undated=article is not None and (published is None or published > page.fetched_at),
        characters=len(article.body) if article else 0,
        found=article.provenance.get("body", "") if article else "",
    )


def _batches(entries: Iterable[_T]) -> Iterator[list[_T]]:
    walk = iter(entries)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _read_batch(reader: Reader, batch: Sequence[Page | Unfetched], reading: Reading) -> list[_Read]:
    """Read a batch; add what is only counted to the reading."""
    with reader.database.reading() as session:
        known = ledger.known(session, [entry.key for entry in batch])
        done = ledger.visited(session, reader.run_id, [page.id for page in known.values()])
        forgotten = tombstones.forgotten(session, [entry.key for entry in batch])
    fresh = [entry for entry in batch if not (entry.key in known and known[entry.key].id in done)]
    read = []
    for entry in fresh:
        if entry.key in forgotten:
            reading.unwritten[entry.source, Outcome.SKIPPED, FORGOTTEN] += 1
        elif isinstance(entry, Unfetched) and _only_counts(entry, known.get(entry.key)):
            reading.unwritten[entry.source, Outcome.SKIPPED, entry.reason] += 1
        elif isinstance(entry, Page) and _is_overtaken(reader, entry, known.get(entry.key)):
            reading.unwritten[entry.source, Outcome.SKIPPED, OVERTAKEN] += 1
        else:
            read.append(_read(reader, entry, known.get(entry.key)))
    return read


def _only_counts(entry: Unfetched, known: Known | None) -> bool:
    """Whether an entry says nothing new of its page: a cycle without news writes no page."""
    if not entry.skipped or known is None:
        return False
    return known.outcome != Outcome.SKIPPED or known.reason == entry.reason


def _write(reader: Reader, read: Sequence[_Read], now: datetime) -> None:
    with reader.database.unit_of_work() as session:
        sightings = [_sighting(one.entry) for one in read]
        page_ids = ledger.sight(session, reader.run_id, sightings, now)
        articles = complete(session, [a for one in read for a in (*one.earlier, one.article) if a])
        late = {one.entry.key for one in read if one.late}
        rows = [
            tagged(
                reader.catalogue,
                reader.tagger,
                one,
                page_ids[one.key],
                live=reader.live and one.key not in late,
            )
            for one in articles
        ]
        loaded = load(session, rows, now) if rows else {}
        results = [
            one.result or _result(one.entry, loaded[one.entry.key], late=one.late) for one in read
        ]
        # One bureau's list may name another's page: a run counts it where it came upon it.
        results = [
            replace(result, source=one.entry.source)
            for result, one in zip(results, read, strict=True)
        ]
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
        return _Read(
            entry, Result(key=entry.key, outcome=outcome, reason=entry.reason, source=entry.source)
        )
    late = (not reader.live or reader.leftover) and _is_late(entry, known)
    settled = None if late or entry.earlier else _without_reading(entry, known)
    article = None
    if settled is None or _has_new_files(reader, entry, settled[0]):
        settled, article = extracted(reader.means, entry)
        if settled == (Outcome.DROPPED, MISSING) and reader.live and known and known.is_article:
            settled = Outcome.GONE, MISSING
    result = _result(entry, *settled, late=late) if settled else None
    earlier = tuple(found for page in entry.earlier if (found := extracted(reader.means, page)[1]))
    column = _declared(reader.catalogue, entry) if article else None
    return _Read(entry, result, article, earlier, late, column)


def _is_late(page: Page, known: Known | None) -> bool:
    """Whether a page was captured before the answer that the ledger remembers."""
    return known is not None and known.fetched_at is not None and page.fetched_at < known.fetched_at


def _is_overtaken(reader: Reader, page: Page, known: Known | None) -> bool:
    """Whether a failure that a dead run met with says nothing any more: the page answered since."""
    return reader.leftover and page.status != 200 and _is_late(page, known)


def _has_new_files(reader: Reader, page: Page, outcome: Outcome) -> bool:
    """Whether a page that is as it was is read all the same: its files may be what is new."""
    as_it_was = outcome is Outcome.UNCHANGED and page.status == 200
    return as_it_was and page.key in reader.segment.attached_to


def _without_reading(page: Page, known: Known | None) -> tuple[Outcome, str | None] | None:
    """The outcome that the status or the bytes decide; None where the page is to be read."""
    stored = known is not None and known.is_article
    if page.status in {404, 410}:
        return Outcome.GONE if stored else Outcome.DROPPED, f"http-{page.status}"
    if page.status == 304:
        return _as_it_was(known) or (Outcome.PARKED, "http-304")
    if page.status != 200:
        return Outcome.PARKED, f"http-{page.status}"
    if stored and _leads_to_front(page):
        return Outcome.GONE, FRONT_PAGE
    # The digest is that of the latest answer: it stands for an article where that was one.
    same_bytes = known is not None and page.digest == known.digest
    told = known is not None and known.outcome in {*_ARTICLES, Outcome.DROPPED}
    return _as_it_was(known) if same_bytes and told else None


def _as_it_was(known: Known | None) -> tuple[Outcome, str | None] | None:
    """The outcome of a page that says what it said the last time."""
    if known is not None and known.outcome == Outcome.DROPPED:
        return Outcome.DROPPED, known.reason
    return (Outcome.UNCHANGED, None) if known is not None and known.is_article else None


def _leads_to_front(page: Page) -> bool:
    """Whether an article's address redirects to a front page, as some servers say "not here"."""
    try:
        final = canonical_key(page.url)
    except ValueError:
        return False
    return final != page.key and bool(_FRONT.fullmatch(final.partition("/")[2]))


def extracted(means: Means, page: Page) -> tuple[tuple[Outcome, str | None] | None, Article | None]:
    """An article, or the outcome of what is none."""
    _, layout = layout_of(means.catalogue, page)
    try:
        found = _found(means, page, layout)
    except Park as error:
        log.warning("page parked", url=page.url, warc=page.warc, reason=str(error))
        return (Outcome.PARKED, str(error)), None
    except Exception as error:
        log.exception("page could not be read", url=page.url, warc=page.warc)
        return (Outcome.PARKED, f"{type(error).__name__}: {error}"), None
    if isinstance(found, Dropped):
        return (Outcome.DROPPED, found.reason), None
    return None, found


def _found(means: Means, page: Page, layout: ArticleLayout | None) -> Article | Dropped:
    if is_document(page.body, page.content_type):
        return read_document(page, means.files)
    found = extract(page, layout)
    if isinstance(found, Dropped) or not found.attachments:
        return found
    return attach(found, means.attachment, means.files)


def _may_come(reader: Reader, article: Article) -> bool:
    """Whether the crawl should ask again for what an article lacks."""
    return article.source in reader.catalogue.sources and is_incomplete(article)


def _incomplete(result: Result) -> Result:
    """The next answer is to be a whole one: without it the page's files are not known."""
    return replace(result, incomplete=True, etag=None, last_modified=None)


def _declared(catalogue: Catalogue, page: Page) -> str | None:
    """The column whose layout says where the text of a page stands; None where none does."""
    column, layout = layout_of(catalogue, page)
    return column if layout and layout.bodies else None


def layout_of(catalogue: Catalogue, page: Page) -> tuple[str | None, ArticleLayout | None]:
    """(``publisher/column``, layout) that a page is read by: that of the day on which it was fetched.

    A page that was not crawled but brought belongs to the column that its address lies in.
    """
    source, column = page.source, page.column
    if column is None:
        source, column = catalogue.column_of(page.url) or (source, None)
    layout = catalogue.layout(source, column, page.fetched_at.astimezone(CITY_TIME).date())
    return (f"{source}/{column}", layout) if layout else (None, None)


def _result(
    entry: Page | Unfetched, outcome: Outcome, reason: str | None = None, *, late: bool = False
) -> Result:
    # It counts where this run discovered it: another run may have made the page meanwhile.
    if isinstance(entry, Unfetched):
        return Result(key=entry.key, outcome=outcome, reason=reason, source=entry.source)
    # "As it was" brings no bytes, and an older capture none that count: what is remembered of the
    # last answer stays.
    fetched = entry.status != 304 and not late
    # What stands in the place of an article that is gone is not to be compared with, nor asked for.
    read = entry.status == 200 and outcome is not Outcome.GONE
    return Result(
        key=entry.key,
        outcome=outcome,
        reason=reason,
        source=entry.source,
        status=entry.status,
        etag=entry.etag if read else None,
        last_modified=entry.last_modified if read else None,
        digest=entry.digest if read else None,
        fetched_at=entry.fetched_at if fetched else None,
        warc=entry.warc,
    )


def _day(article: Article) -> date | None:
    return article.published.day if article.published else None


def tagged(
    catalogue: Catalogue, tagger: Tagger, article: Article, page_id: int, *, live: bool
) -> Tagged:
    """An article with all that is found out about it; `live`: it is what the address says now."""
    source = catalogue.sources.get(article.source)
    return Tagged(
        article=article,
        page_id=page_id,
        authority=source.authority if source else 0,
        lang=language(f"{article.title}\n{article.body}"),
        tags=tagger.tag(
            article.title,
            article.body,
            _day(article),
            home=tagger.home_of(source.name) if source else None,
        ),
        taxonomy=tagger.taxonomy.version,
        captured_at=None if live else article.fetched_at,
    )
