"""How a crawl says how far it is: a line on standard output, from twice a second to once in two."""

from collections import Counter
from time import monotonic
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request
from twisted.internet.task import LoopingCall

from crawler.middlewares.recording import NOTE
from crawler.progress import Progress, say
from crawler.segment import Note, Role

_INTERVAL = 0.5
_SILENCE = 2.0
"""Seconds after which it is said again though no answer came: whoever listens may want to end the crawl."""


class ProgressReporter:
    """Counts answers and prints the counts."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.lists: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()
        self.said = 0.0
        self._beat: LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the crawl."""
        reporter = cls(crawler)
        crawler.signals.connect(reporter.response_received, signal=signals.response_received)
        crawler.signals.connect(reporter.begin, signal=signals.spider_opened)
        crawler.signals.connect(reporter.end, signal=signals.spider_closed)
        return reporter

    def begin(self) -> None:
        """Say from time to time where the crawl stands, answers or not."""
        self._beat = LoopingCall(self.say)
        self._beat.start(_SILENCE, now=False)

    def end(self) -> None:
        """Say it for the last time."""
        if self._beat is not None:
            self._beat.stop()
        self.say()

    def response_received(self, request: Request) -> None:
        """Count an answer."""
        note: Note | None = request.meta.get(NOTE)
        if note is not None:
            (self.lists if note.role is Role.LIST else self.fetched)[note.source] += 1
        if monotonic() - self.said >= _INTERVAL:
            self.say()

    def say(self) -> None:
        """Print where the crawl stands."""
        self.said = monotonic()
        say(Progress(dict(self.lists), dict(self.fetched), self._waiting()))

    def _waiting(self) -> int:
        """What the scheduler took in and has not given out yet."""
        stats = self.crawler.stats
        assert stats is not None  # noqa: S101 - a crawler that crawls has them
        queued: int = stats.get_value("scheduler/enqueued", 0)
        given: int = stats.get_value("scheduler/dequeued", 0)
        return queued - given
