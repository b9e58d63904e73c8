"""What happens to every request and answer: guarded, recorded as it came, backed off from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic
from typing import Any, Self

from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes
from scrapy.robotstxt import RobotParser
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.challenge import is_challenge
from crawler.errors import Park
from crawler.hosts import is_local_name, is_private
from crawler.pace import crawl_delay, least_delay, wait_at_least
from crawler.segment import Exchange, Note, Role, SegmentWriter
from crawler.unpack import encodings_of, unpacked
from crawler.urls import canonical_key, compact, host_of

NOTE = "suqian_note"
"""Key of ``request.meta``: the note that belongs to the answer."""
ANSWER = "suqian_answer"
"""Key of ``request.meta``: the recorded answer's handle and note."""

MAX_WAIT = 300.0
"""Seconds that a crawl waits for a host at the most; who asks for more is tried in a later run."""

_REFRESH_WITHIN = 4096
"""Bytes within which a page says that it leads elsewhere: where Scrapy looks."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REASONS: dict[type, str] = {
    DownloadTimeoutError: "timeout",
    CannotResolveHostError: "dns",
    DownloadConnectionRefusedError: "refused",
    DownloadCancelledError: "too-large",
    DownloadFailedError: "broken-off",
    ResponseDataLossError: "cut-off",
}
_IGNORED = {
    "robots.txt": "skipped:robots",
    "max redirections": "redirects",
}
"""What Scrapy says where it gives up a request itself, and what that means."""


class Refusal(IgnoreRequest):
    """A request that is not made, or an answer that is not taken; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reason_of(failure: Failure) -> str:
    """Why no answer came, in a word or two: ``timeout``, ``dns``, ``skipped:robots`` …"""
    error = failure.value
    if isinstance(error, Refusal):
        return error.reason
    if isinstance(error, HttpError):
        return f"http-{error.response.status}"
    if isinstance(error, IgnoreRequest):
        return next((reason for said, reason in _IGNORED.items() if said in str(error)), "ignored")
    return _REASONS.get(type(error), type(error).__name__)


class Guard:
    """Lets a crawl ask the hosts of its catalogue and nobody else, and leaves a host that defends
    itself with a challenge alone for the rest of the crawl."""

    def __init__(
        self,
        allowed: frozenset[str],
        *,
        private_hosts: bool,
        max_requests: int,
        forgotten: frozenset[int] = frozenset(),
    ) -> None:
        self.allowed = allowed
        self.forgotten = forgotten
        self.private_hosts = private_hosts
        self.budget = max_requests
        self.challenged: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read what is allowed from the settings."""
        settings = crawler.settings
        return cls(
            frozenset(settings.getlist("ALLOWED_HOSTS")),
            private_hosts=settings.getbool("PRIVATE_HOSTS"),
            max_requests=settings.getint("MAX_REQUESTS"),
            forgotten=frozenset(int(one, 16) for one in settings.getlist("FORGOTTEN")),
        )

    def process_request(self, request: Request) -> None:
        """Refuse what must not be asked for."""
        host = host_of(request.url)
        if host not in self.allowed:
            raise Refusal("skipped:offsite")
        if not self.private_hosts and (is_private(host) or is_local_name(host)):
            raise Refusal("skipped:private")
        if self.forgotten and compact(canonical_key(request.url)) in self.forgotten:
            # However one came upon it: a redirect leads there as well as a list.
            raise Refusal("skipped:forgotten")
        if host in self.challenged:
            raise Refusal("challenge")
        if self.budget <= 0:
            raise Refusal("skipped:budget")
        self.budget -= 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Recognise a challenge page; the host is not asked again. A browser follows redirects by itself:
        what came from elsewhere is not taken."""
        if host_of(response.url) not in self.allowed:
            raise Refusal("skipped:offsite")
        if response.status == 200 and is_challenge(response.body):
            self.challenged.add(host_of(request.url))
            raise Refusal("challenge")
        return response


class Robots(RobotsTxtMiddleware):
    """Scrapy's, except that a host whose robots.txt cannot be read is not asked at all.

    RFC 9309, 2.3.1: an answer of the 400s means that everything is allowed; none, or one of the
    500s, that nothing is. What is refused for that is tried again in a later run.
    """

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Refuse what robots.txt forbids, and all where it could not be read."""
        if rp is None:
            raise Refusal("robots-unreachable")
        super().process_request_2(rp, request)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The host's rules; None where they could not be read.

        Of several requests that wait for one robots.txt Scrapy 2.19 answers the first and tells
        the others that there is none: what it keeps is right, what it returns is not.
        """
        await super().robot_parser(request)
        known = self._parsers[urlparse_cached(request).netloc]
        if isinstance(known, Deferred) or known is None:
            return None
        self._heed_delay(known, request)
        return known

    def _heed_delay(self, rules: RobotParser, request: Request) -> None:
        """Ask as seldom as a host wants; one that hardly wants to be asked is left alone."""
        seconds = crawl_delay(rules, self._robotstxt_useragent or "")
        if seconds > MAX_WAIT:
            raise Refusal("skipped:crawl-delay")
        if seconds and self.crawler.engine is not None:
            downloader = self.crawler.engine.downloader
            wait_at_least(downloader, downloader.get_slot_key(request), seconds)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Refusal(f"http-{response.status}")
        said = response if response.status < 400 else response.replace(body=b"")
        await super()._parse_robots(said, netloc, request)


class Redirects(RedirectMiddleware):
    """Scrapy's, except that an address which is none, or none of the web's, is said to be that."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Go where an answer leads, or say why not."""
        try:
            answer = super().process_response(request, response)
        except ValueError as error:
            raise Refusal("bad-redirect") from error
        if (
            answer is response
            and response.status in _REDIRECTS
            and response.headers.get("Location")
        ):
            raise Refusal("skipped:offsite")
        return answer


class PageRedirects(MetaRefreshMiddleware):
    """Scrapy's, for pages that speak of a refresh at all: it decodes every page to look for one."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Go where a page leads, if it leads anywhere."""
        if b"refresh" not in response.body[:_REFRESH_WITHIN].lower():
            return response
        try:
            return super().process_response(request, response)
        except (LookupError, ValueError):  # it names a charset or an address that is none
            return response


class Unpacker:
    """Undoes the compression that we ask for: only what the archive's readers can undo as well."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the limit from the settings."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say what is welcome."""
        request.headers.setdefault("Accept-Encoding", "gzip, deflate")

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - Scrapy names it
        """Unpack a body, or refuse one that is too large or not whole."""
        encodings = encodings_of(_values(response.headers, "Content-Encoding"))
        if not encodings:
            return response
        try:
            body = unpacked(response.body, encodings, self.limit)
        except Park as error:
            raise Refusal(str(error)) from error
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        return response.replace(cls=kind, body=body)


def _values(headers: Headers, name: str) -> list[str]:
    return [value.decode("latin-1") for value in headers.getlist(name)]


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
        elif response.status in _REDIRECTS:
            # On the way to the answer, not the answer: a crawl that dies here has none.
            note = replace(note, role=Role.OTHER, key="")
        note = _answered(note, response)
        # The spider notes what it asked for and got, once it knows what to say of it.
        spiders = response.status == 200 and note.role is not Role.OTHER
        handle = self.writer.answer(_exchange(request, response), None if spiders else note)
        request.meta[ANSWER] = (handle, note)
        return response


def _answered(note: Note, response: Response) -> Note:
    return replace(note, status=response.status, size=len(response.body), at=datetime.now(UTC))


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


class Backoff(RetryMiddleware):
    """Tries again what may pass, and slows a host down that says it is too much.

    A host that answers 429 or 503 is asked half as often each time, at least as late as its
    ``Retry-After`` says, and twice as often again with each good answer.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.usual: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the crawler: the delays are its downloader's."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Slow down or speed up, then do as Scrapy does."""
        if response.status in {429, 503}:
            wait = _retry_after(response)
            if wait is not None and wait > MAX_WAIT:
                return response
            self._slow_down(request, wait)
        elif response.status < 400:
            self._speed_up(request)
        return super().process_response(request, response)

    def _slow_down(self, request: Request, wait: float | None) -> None:
        key, slot = self._slot(request)
        usual = self.usual.setdefault(key, slot.delay)
        slot.lastseen = monotonic()  # it counts from its answer, not from our request
        slot.delay = min(
            max(slot.delay * 2, wait if wait is not None else max(usual, 1.0)), MAX_WAIT
        )

    def _speed_up(self, request: Request) -> None:
        key, slot = self._slot(request)
        if key in self.usual:
            usual = max(self.usual[key], least_delay(self._downloader, key))
            slot.delay = max(slot.delay / 2, usual)
            if slot.delay == usual:
                del self.usual[key]

    @property
    def _downloader(self) -> Downloader:
        assert self.crawler.engine is not None  # noqa: S101 - a response came through it
        return self.crawler.engine.downloader

    def _slot(self, request: Request) -> tuple[str, Slot]:
        key = self._downloader.get_slot_key(request)
        return key, self._downloader.slots[key]


def _retry_after(response: Response) -> float | None:
    """Seconds that a host asks to be left alone for."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
