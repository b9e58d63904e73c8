"""Whom a crawl may ask."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.challenge import is_challenge
from crawler.hosts import is_local_name, is_private
from crawler.middlewares.refusals import Refusal
from crawler.pace import call_off
from crawler.urls import canonical_key, compact, host_of


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
        crawler: Crawler | None = None,
    ) -> None:
        self.crawler = crawler
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
            crawler=crawler,
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
            raise Refusal("budget")
        self.budget -= 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Recognise a challenge page; the host is not asked again. A browser follows redirects by itself:
        what came from elsewhere is not taken."""
        if host_of(response.url) not in self.allowed:
            raise Refusal("skipped:offsite")
        if response.status == 200 and is_challenge(response.body):
            self.challenged.add(host_of(request.url))
            if self.crawler is not None and self.crawler.engine is not None:
                call_off(self.crawler.engine.downloader, request, Refusal("challenge"))
            raise Refusal("challenge")
        return response
