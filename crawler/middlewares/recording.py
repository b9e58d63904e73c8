"""Every answer into the segment, as it came."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.headers import Headers

from crawler.middlewares.redirects import REDIRECTS
from crawler.pace import retry_after
from crawler.plan import MAX_WAIT, Archived
from crawler.segment import Exchange, Note, Role, SegmentWriter
from crawler.warc import digest

NOTE = "suqian_note"
"""Key of ``request.meta``: the note that belongs to the answer."""
ANSWER = "suqian_answer"
"""Key of ``request.meta``: the recorded answer's handle and note."""
REPEATED = "suqian_repeated"
"""Key of ``request.meta``: whether each cycle asks for this very address, whose bytes may be there already."""
_LONGEST = 7 * 86400.0
"""Seconds: a host that wants to be left alone for longer is asked whether it still does."""


class Recorder:
    """Writes every answer into the segment before any other middleware changes or drops it."""

    def __init__(
        self,
        writer: SegmentWriter,
        source_of: Callable[[str], str],
        archived: Mapping[str, Archived] = MappingProxyType({}),
    ) -> None:
        self.writer = writer
        self.source_of = source_of
        self.archived = archived

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the spider's writer: Scrapy copies its settings, and a file cannot be copied."""
        spider: Any = crawler.spider
        return cls(spider.writer, spider.source_of, spider.plan.archived)

    def process_response(self, request: Request, response: Response) -> Response:
        """Record the answer with its request, and the note where it is known already."""
        note: Note | None = request.meta.get(NOTE)
        if note is None:
            note = Note(role=Role.OTHER, source=self.source_of(request.url), url=request.url)
        elif response.status in REDIRECTS:
            # On the way to the answer, not the answer: a crawl that dies here has none.
            note = replace(note, role=Role.OTHER, key="")
        note = _answered(note, response)
        same = None
        # What came by a redirect is another address's answer.
        if request.meta.get(REPEATED) and response.status == 200 and response.url == note.url:
            note, same = self._compared(note, response.body)
        # The spider notes what it asked for and got, once it knows what to say of it.
        spiders = response.status == 200 and note.role is not Role.OTHER
        exchange = _exchange(request, response, note.at or datetime.now(UTC), same)
        handle = self.writer.answer(exchange, None if spiders else note)
        request.meta[ANSWER] = (handle, note)
        return response

    def _compared(self, note: Note, body: bytes) -> tuple[Note, Archived | None]:
        """The note with the digest of what came; and the answer that has these bytes, if one has."""
        known, own = self.archived.get(note.url), digest(body)
        same = known if known is not None and known.digest == own else None
        return replace(note, digest=own, same_as=same.warc if same else None), same


def _answered(note: Note, response: Response) -> Note:
    now, wait = datetime.now(UTC), retry_after(response)
    free_at = now + timedelta(seconds=min(wait, _LONGEST)) if wait and wait > MAX_WAIT else None
    size = len(response.body)
    return replace(note, status=response.status, size=size, at=now, free_at=free_at)


def _exchange(
    request: Request, response: Response, at: datetime, same: Archived | None
) -> Exchange:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    return Exchange(
        url=response.url,
        method=request.method,
        request_headers=_pairs(request.headers),
        status=response.status,
        reason=phrase,
        headers=_pairs(response.headers),
        body=response.body,
        at=at,
        same_as=same,
    )


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    """Headers as they came, without how they were chunked: the body stands unchunked."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
        if name.lower() != b"transfer-encoding"
    ]
