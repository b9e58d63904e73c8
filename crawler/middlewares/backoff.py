"""What a host's answers make of how often it is asked."""

from time import monotonic
from typing import Self

from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Request, Response

from crawler.middlewares.refusals import Refusal
from crawler.pace import call_off, least_delay, retry_after
from crawler.plan import MAX_WAIT
from crawler.urls import host_of


class Backoff(RetryMiddleware):
    """Tries again what may pass, and slows a host down that says it is too much.

    A host that answers 429 or 503 is asked half as often each time, at least as late as its
    ``Retry-After`` says, and twice as often again with each good answer. One that says more than
    `MAX_WAIT` is not asked any more, by this crawl or by another until then.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.usual: dict[str, float] = {}
        self.left_alone: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the crawler: the delays are its downloader's."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Refuse what is on a host that wants to be left alone for longer than a crawl waits."""
        if host_of(request.url) in self.left_alone:
            raise Refusal("retry-after")

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Slow down or speed up, then do as Scrapy does."""
        if response.status in {429, 503}:
            wait = retry_after(response)
            if wait is not None and wait > MAX_WAIT:
                self.left_alone.add(host_of(request.url))
                call_off(self._downloader, request, Refusal("retry-after"))
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
