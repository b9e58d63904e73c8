"""Answers out of a WARC: our own by their offset, those of any other in order."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from crawler.attachments.kinds import is_document
from crawler.errors import Park
from crawler.records import Page
from crawler.unpack import KNOWN, encodings_of, unpacked

_READ_LIMIT = 64 * 2**20
"""Bytes that one record may unpack to; what claims more is a bomb."""


def read_page(warc: IO[bytes], offset: int) -> Page:
    """The answer at an offset, unpacked; source and key are left for the caller to fill."""
    warc.seek(offset)
    try:
        record = next(ArchiveIterator(warc), None)
    except (ArchiveLoadFailed, zlib.error) as error:
        raise Park(f"no WARC record at {offset}: {error}") from error
    if record is None:
        raise Park(f"no WARC record at {offset}")
    return _page(record)


def _page(record: ArcWarcRecord) -> Page:
    headers: Any = record.http_headers or StatusAndHeaders("200 OK", [])
    body = _body(record, headers)
    record.raw_stream.read()
    if getattr(record.raw_stream, "limit", 0):
        raise Park("the record is shorter than it says")
    status = headers.get_statuscode()
    content_type = headers.get_header("Content-Type") or ""
    if not record.http_headers:
        content_type = record.rec_headers.get_header("Content-Type") or ""
    return Page(
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        key="",
        source="",
        status=int(status) if status.isdigit() else 0,
        content_type=content_type,
        body=body,
        fetched_at=_warc_date(record.rec_headers.get_header("WARC-Date")),
        etag=headers.get_header("ETag"),
        last_modified=headers.get_header("Last-Modified"),
        served_at=_http_date(headers.get_header("Date")),
    )


def _body(record: ArcWarcRecord, headers: Any) -> bytes:
    """What was sent, unchunked and uncompressed. Raises Park where that is not all of it."""
    encodings = encodings_of([headers.get_header("Content-Encoding") or ""])
    if not KNOWN.issuperset(encodings):
        stream = record.content_stream()
    elif (headers.get_header("Transfer-Encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(record.raw_stream)
    else:
        stream = record.raw_stream
    body: bytes = stream.read(_READ_LIMIT + 1)
    if len(body) > _READ_LIMIT:
        raise Park("too-large")
    return unpacked(body, encodings, _READ_LIMIT)


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _warc_date(value: str | None) -> datetime:
    try:
        return datetime.fromisoformat(value or "").astimezone(UTC)
    except ValueError as error:
        raise Park(f"a WARC record has no readable WARC-Date: {value!r}") from error


def read_foreign_warc(file: IO[bytes]) -> Iterator[Page]:
    """The readable answers of any WARC, ours or not: web pages, plain texts and documents with
    status 200.

    Raises Park when the file breaks off or is no WARC, after everything before that was yielded.
    """
    records = ArchiveIterator(file)
    offset = 0
    try:
        for record in records:
            if record.rec_type is None:
                raise Park("is no WARC record")
            page = _page(record) if record.rec_type in {"response", "resource"} else None
            offset = records.get_record_offset()
            if page and page.status == 200 and _readable(page):
                yield page
    except (ArchiveLoadFailed, EOFError, zlib.error, OSError, ValueError, Park) as error:
        raise Park(f"breaks off behind byte {offset}: {error}") from error


def _readable(page: Page) -> bool:
    media = page.content_type.partition(";")[0].strip().lower()
    texts = {"", "text/html", "application/xhtml+xml", "text/plain"}
    return media in texts or is_document(page.body, media)
