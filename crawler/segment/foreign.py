"""Any WARC, ours or not: its readable answers in order, and those that it has only by reference."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParserException

from crawler.attachments.kinds import is_document
from crawler.errors import Park
from crawler.records import Page
from crawler.segment.answers import page_of, read_page, warc_date

_BROKEN = (
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    EOFError,
    zlib.error,
    OSError,
    ValueError,
    # warcio takes each header to be there: of a record that misses one it says these.
    AttributeError,
    TypeError,
    Park,
)
_SAME_PAYLOAD = "/revisit/identical-payload-digest"
"""How the profile of ISO 28500, 6.7.2, ends, in whichever version."""


@dataclass(frozen=True, slots=True)
class _Revisit:
    """An answer whose bytes are another record's."""

    url: str
    at: datetime
    of: str
    """The other's digest, else its address."""


def read_foreign_warc(file: IO[bytes]) -> Iterator[Page]:
    """The readable answers of any WARC: web pages, plain texts and documents with status 200, then
    those that are revisits of one of them.

    Raises Park when the file breaks off or is no WARC, or when it has not what revisits refer to,
    after everything else was yielded.
    """
    answers: dict[str, int] = {}
    revisits: list[_Revisit] = []
    records = ArchiveIterator(file)
    offset = 0
    try:
        for record in records:
            if record.rec_type is None:
                raise Park("is no WARC record")
            page = (
                page_of(record, whole=False)
                if record.rec_type in {"response", "resource"}
                else None
            )
            offset = records.get_record_offset()
            if record.rec_type == "revisit":
                revisits += _revisit(record)
            if page and page.status == 200 and _readable(page):
                answers |= dict.fromkeys(filter(None, (_digest(record), page.url)), offset)
                yield page
    except _BROKEN as error:
        raise Park(f"breaks off behind byte {offset}: {error}") from error
    yield from _resolved(file, revisits, answers)


def _resolved(file: IO[bytes], revisits: list[_Revisit], answers: dict[str, int]) -> Iterator[Page]:
    missing = 0
    for one in revisits:
        if (offset := answers.get(one.of)) is None:
            missing += 1
            continue
        original = read_page(file, offset)
        yield replace(original, url=one.url, fetched_at=one.at)
    if missing:
        raise Park(f"{missing} revisit records refer to answers that are in another file")


def _revisit(record: ArcWarcRecord) -> list[_Revisit]:
    """What a revisit stands for; "not modified" says nothing that was not known before."""
    get = record.rec_headers.get_header
    if not (get("WARC-Profile") or "").endswith(_SAME_PAYLOAD):
        return []
    of = _digest(record) or get("WARC-Refers-To-Target-URI") or ""
    return [_Revisit(get("WARC-Target-URI") or "", warc_date(get("WARC-Date")), of)]


def _digest(record: ArcWarcRecord) -> str | None:
    digest: str | None = record.rec_headers.get_header("WARC-Payload-Digest")
    return digest


def _readable(page: Page) -> bool:
    media = page.content_type.partition(";")[0].strip().lower()
    texts = {"", "text/html", "application/xhtml+xml", "text/plain"}
    return media in texts or is_document(page.body, media)
