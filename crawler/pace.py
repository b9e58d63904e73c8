"""How fast a host is asked: never faster than the plan, its source and its robots.txt say."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.core.downloader import Downloader
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.spiders import Spider
from twisted.python.failure import Failure

_MOST_ASKED = 86400.0
"""Seconds: a ``Crawl-delay`` may be written as any number, and as none that ends."""


def least_delay(downloader: Downloader, key: str) -> float:
    """Seconds that have to lie between two requests to a host."""
    own: float = downloader.per_slot_settings.get(key, {}).get("delay", 0.0)
    return max(own, downloader.settings.getfloat("DOWNLOAD_DELAY"))


def wait_at_least(downloader: Downloader, key: str, seconds: float) -> None:
    """From now on leave so much time between two requests to a host, one after the other.

    It is kept where the downloader makes its slots from: a slot that was idle is thrown away.
    """
    if seconds <= least_delay(downloader, key):
        return
    own = {"delay": seconds, "concurrency": 1}
    downloader.per_slot_settings[key] = downloader.per_slot_settings.get(key, {}) | own
    if (slot := downloader.slots.get(key)) is not None:
        slot.delay = max(slot.delay, seconds)
        slot.concurrency = 1


def call_off(downloader: Downloader, request: Request, why: Exception) -> None:
    """Make none of the requests to this one's host that wait for their time: they have passed everybody
    who could refuse them."""
    slot = downloader.slots.get(downloader.get_slot_key(request))
    while slot is not None and slot.queue:
        _, waiting = slot.queue.popleft()
        waiting.errback(Failure(why))  # type: ignore[no-untyped-call]


def crawl_delay(rules: RobotParser, agent: str) -> float:
    """Seconds that a robots.txt asks to leave between two requests; 0 where it asks for none.

    It is no part of RFC 9309, but sites write it and mean it.
    """
    asked = rules.rp.crawl_delay(agent) if isinstance(rules, ProtegoRobotParser) else None
    return min(float(asked), _MOST_ASKED) if asked is not None and asked > 0 else 0.0


def retry_after(response: Response) -> float | None:
    """Seconds that an answer asks to leave its host alone for; None where it does not."""
    if response.status not in {429, 503}:
        return None
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return None


class Throttle(AutoThrottle):
    """Scrapy's, except that a host's own delay stays the least: Scrapy's goes below it, down to that
    of the whole crawl."""

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        key, slot = self._get_slot(request, spider)
        if key is not None and slot is not None and self.crawler.engine is not None:
            slot.delay = max(slot.delay, least_delay(self.crawler.engine.downloader, key))
