"""Archived pages read again by the present extractor: no database, so that any process can do it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO

import structlog

from crawler.attachments.reader import FileReader
from crawler.catalogue import Catalogue
from crawler.errors import Park
from crawler.records import Article, Page
from crawler.segment import Index, Segment, read_page
from flows.steps.extracted import Means, extracted
from storage.archive import Archive, archived_name
from storage.errors import Refused
from storage.models import Outcome
from storage.segment_index import index_name, open_index

log = structlog.get_logger(__name__)

MISSING = "not in the archive"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer to read again."""

    key: str
    warc: str
    files: tuple[tuple[str, str], ...] | None = ()
    """Of the current version: (address, ``segment@offset``) of what was fetched of its files. None
    for an earlier version, of whose files only the addresses are kept."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a segment: what one task reads."""

    archive: str
    """Folder or fsspec URL."""
    segment: str
    wanted: tuple[Wanted, ...]
    catalogue: Catalogue = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reread:
    """What an answer says now: an article, or an outcome and its reason."""

    key: str
    warc: str
    article: Article | None = None
    outcome: Outcome = Outcome.PARKED
    reason: str | None = MISSING


def read_slice(job: Slice) -> list[Reread]:
    """Read what is wanted of a segment, in the order of the slice.

    What cannot be read any more says so in its reason; nothing of the slice is left out.
    """
    wanted = {(one.key, one.warc): one for one in job.wanted}
    with _opened(job) as reader:
        found = dict(reader.read(wanted)) if reader else {}
    return [found.get(where, Reread(*where)) for where in wanted]


class LastIndex:
    """The index that was read last: slices of one segment follow each other. It is no open file, since
    what is forgotten meanwhile must leave the disk."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[str, str, str], Index] | None = None

    def of(self, archive: Archive, segment: str) -> Index:
        """A segment's index, read unless it is the one that is kept. Raises Refused where there is
        none."""
        name = index_name(archive, segment)
        version = (archive.url, name, archive.version(name))
        kept = self._kept
        if kept is None or kept[0] != version:
            self._kept = None  # before the next is read: a large one takes 0.6 kB a note
            with open_index(archive, name) as lines:
                self._kept = kept = (version, Index.load(lines))
        return kept[1]


_LAST = LastIndex()
"""Of this process, which may be one of a pool's that is given slice after slice."""


@dataclass(frozen=True)
class _Slicing:
    """An open segment, and the others in which files of its articles lie."""

    job: Slice
    segment: Segment
    files: FileReader
    open_warc: Callable[[str], IO[bytes]]

    def read(
        self, wanted: Mapping[tuple[str, str], Wanted]
    ) -> Iterator[tuple[tuple[str, str], Reread]]:
        """What came of each answer that is wanted and there."""
        # By where it lies: what has moved since was fetched under another key, and an address
        # that leads on to another shares its answer.
        by_warc: defaultdict[str, list[Wanted]] = defaultdict(list)
        for one in wanted.values():
            by_warc[one.warc].append(one)
        for page in self._pages(by_warc):
            for one in by_warc.get(page.warc, ()):
                yield (one.key, one.warc), self._read(one, page)

    def _pages(self, warcs: Iterable[str]) -> Iterator[Page]:
        """The answers at these places, and the others under the same keys."""
        keys = (self.segment.index.keys.get(int(warc.rpartition("@")[2])) for warc in warcs)
        for key in dict.fromkeys(key for key in keys if key):
            try:
                entry = self.segment.entry(key)
                if isinstance(entry, Page):
                    yield from (entry, *entry.earlier)
            except Park as error:  # its record is torn
                log.warning("record not readable", key=key, segment=self.job.segment, error=error)

    def _read(self, one: Wanted, page: Page) -> Reread:
        means = Means(self.job.catalogue, self.files, partial(self._file, one))
        settled, article = extracted(means, page)
        article = replace(article, key=one.key) if article else None
        outcome, reason = settled or (Outcome.UNCHANGED, None)
        return Reread(one.key, one.warc, article, outcome, reason)

    def _file(self, one: Wanted, url: str) -> Page | str | None:
        """A file as it was fetched last, whichever crawl did that."""
        if one.files is None:
            return None
        warc = dict(one.files).get(url)
        if warc is None:
            return self.segment.attachment(url)
        name, _, offset = warc.rpartition("@")
        try:
            page = read_page(self.open_warc(name), int(offset))
        except Refused as error:
            raise Park(str(error)) from error
        return replace(page, source=page.source, warc=warc)


@contextmanager
def _opened(job: Slice) -> Iterator[_Slicing | None]:
    """The segment of a slice; None where the archive does not have it."""
    archive = Archive.open_at(job.archive)
    with ExitStack() as stack, FileReader() as files:
        opened: dict[str, IO[bytes]] = {}

        def open_warc(name: str) -> IO[bytes]:
            if name not in opened:
                opened[name] = stack.enter_context(archive.open(archived_name(f"{name}.warc.gz")))
            return opened[name]

        try:
            warc = open_warc(job.segment)
            index = _LAST.of(archive, job.segment)
        except Refused as error:
            log.warning("segment not readable", segment=job.segment, error=str(error))
            yield None
            return
        yield _Slicing(job, Segment(job.segment, warc, index), files, open_warc)
