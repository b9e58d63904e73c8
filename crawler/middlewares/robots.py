"""What a host's robots.txt says."""

from http import HTTPStatus
from typing import Any

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from crawler.middlewares.refusals import Refusal
from crawler.middlewares.turns import Channel
from crawler.pace import crawl_delay, wait_at_least
from crawler.plan import MAX_WAIT
from crawler.progress import Rules

_LONGEST = 500 * 1024
"""Bytes: RFC 9309, 2.5, has a crawler read so much; what is longer is read anew in each run."""


class Robots(RobotsTxtMiddleware):
    """Scrapy's, except that a host whose robots.txt cannot be read is not asked at all.

    RFC 9309, 2.3.1: an answer of the 400s means that everything is allowed; none, or one of the
    500s, that nothing is. What is refused for that is tried again in a later run. What was read is told
    to the parent, which remembers it for the runs that follow.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        spider: Any = crawler.spider
        self.channel: Channel | None = spider.channel if spider else None

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
        site = urlparse_cached(request).netloc
        self._recall(site)
        await super().robot_parser(request)
        known = self._parsers[site]
        if isinstance(known, Deferred) or known is None:
            return None
        self._heed_delay(known, request)
        return known

    def _recall(self, site: str) -> None:
        """Take the rules that an earlier run has read."""
        told = self.channel.rules.get(site) if self.channel else None
        if told is not None and site not in self._parsers:
            self._parsers[site] = self._parserimpl.from_crawler(self.crawler, told.text.encode())

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
        read = self._parsers[netloc]
        if self.channel and len(said.body) <= _LONGEST and not isinstance(read, Deferred | None):
            delay = crawl_delay(read, self._robotstxt_useragent or "")
            self.channel.tell(Rules(netloc, said.body.decode(errors="ignore"), delay))
