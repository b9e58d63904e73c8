"""Names into addresses: no private network behind a public name, and ``.localhost`` is here."""

from collections.abc import Sequence
from typing import Self

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
from twisted.internet.base import ReactorBase
from twisted.internet.error import DNSLookupError

from crawler.hosts import is_local_name, is_private

LOOPBACK = "127.0.0.1"


class GuardedResolver(CachingThreadedResolver):
    """Resolves names; refuses private answers unless the crawl may ask private hosts."""

    private_hosts = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Take the permission from the settings."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.private_hosts = crawler.settings.getbool("PRIVATE_HOSTS")
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "defer.Deferred[str]":  # noqa: N802 - Twisted's name
        """Resolve a name to an IPv4 address."""
        if is_local_name(name):
            return self._checked(LOOPBACK, name)
        return super().getHostByName(name, timeout).addCallback(self._checked_answer, name)

    def _checked_answer(self, address: str, name: str) -> "defer.Deferred[str] | str":
        return self._checked(address, name)

    def _checked(self, address: str, name: str) -> "defer.Deferred[str]":
        if is_private(address) and not self.private_hosts:
            return defer.fail(DNSLookupError(f"{name} is at {address}, a private address"))
        return defer.succeed(address)
