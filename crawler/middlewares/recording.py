"""Every answer into the segment, as it came."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.headers import Headers

from crawler.middlewares.redirects import REDIRECTS
from crawler.pace import retry_after
from crawler.plan import MAX_WAIT
from crawler.segment import Exchange, Note, Role, SegmentWriter

NOTE = "suqian_note"
"""Key of ``request.meta``: the note that belongs to the answer."""
ANSWER = "suqian_answer"
"""Key of ``request.meta``: the recorded answer's handle and note."""
_LONGEST = 7 * 86400.0
"""Seconds: a host that wants to be left alone for longer is asked whether it still does."""


class Recorder:
    """Writes every answer into the segment before any other middleware changes or drops it."""

    def __init__(self, writer: SegmentWriter, source_of: Callable[[str], str]) -> None:
        self.writer = writer
        self.source_of = source_of

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the spider's writer: Scrapy copies its settings, and a file cannot be copied."""
        spider: Any = crawler.spider
        return cls(spider.writer, spider.source_of)

    def process_response(self, request: Request, response: Response) -> Response:
        """Record the answer with its request, and the note where it is known already."""
        note: Note | None = request.meta.get(NOTE)
        if note is None:
            note = Note(role=Role.OTHER, source=self.source_of(request.url), url=request.url)
        elif response.status in REDIRECTS:
            # On the way to the answer, not the answer: a crawl that dies here has none.
            note = replace(note, role=Role.OTHER, key="")
        note = _answered(note, response)
        # The spider notes what it asked for and got, once it knows what to say of it.
        spiders = response.status == 200 and note.role is not Role.OTHER
        handle = self.writer.answer(_exchange(request, response), None if spiders else note)
        request.meta[ANSWER] = (handle, note)
        return response


def _answered(note: Note, response: Response) -> Note:
    now, wait = datetime.now(UTC), retry_after(response)
    free_at = now + timedelta(seconds=min(wait, _LONGEST)) if wait and wait > MAX_WAIT else None
    size = len(response.body)
    return replace(note, status=response.status, size=size, at=now, free_at=free_at)


def _exchange(request: Request, response: Response) -> Exchange:
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
        at=datetime.now(UTC),
    )


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    """Headers as they came, without how they were chunked: the body stands unchunked."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
        if name.lower() != b"transfer-encoding"
    ]
