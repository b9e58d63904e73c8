"""Answers out of a WARC, by their offset."""

import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

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
    return page_of(record)


def page_of(record: ArcWarcRecord, *, whole: bool = True) -> Page:
    """A record as a page. Raises Park for a body that breaks off; where it need not be whole, what
    unpacks of it is taken."""
    headers: Any = record.http_headers or StatusAndHeaders("200 OK", [])
    body = _body(record, headers, whole=whole)
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
        fetched_at=warc_date(record.rec_headers.get_header("WARC-Date")),
        etag=headers.get_header("ETag"),
        last_modified=headers.get_header("Last-Modified"),
        served_at=_http_date(headers.get_header("Date")),
    )


def _body(record: ArcWarcRecord, headers: Any, *, whole: bool) -> bytes:
    """What was sent, unchunked and uncompressed. Raises Park where that is not all of it."""
    encodings = encodings_of([headers.get_header("Content-Encoding") or ""])
    if not whole or not KNOWN.issuperset(encodings):
        stream = record.content_stream()
    elif (headers.get_header("Transfer-Encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(record.raw_stream)
    else:
        stream = record.raw_stream
    body: bytes = stream.read(_READ_LIMIT + 1)
    if len(body) > _READ_LIMIT:
        raise Park("too-large")
    return unpacked(body, encodings, _READ_LIMIT) if whole else body


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def warc_date(value: str | None) -> datetime:
    """A record's time. Raises Park for one that is none."""
    try:
        return datetime.fromisoformat(value or "").astimezone(UTC)
    except ValueError as error:
        raise Park(f"a WARC record has no readable WARC-Date: {value!r}") from error
