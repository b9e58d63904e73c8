"""Scrapy's downloader with a limit on what stands before a body: it knows none by itself."""

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HEADER, STATUS, Request
from twisted.web.iweb import IResponse

MAX_HEAD = 256 * 2**10
"""Bytes of status lines and headers, interim answers included; browsers stop at as much."""


class BoundedHandler(HTTP11DownloadHandler):
    """Asks by HTTP/1.1, and hangs up on a server whose headers do not end."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory  # noqa: SLF001 - where Scrapy puts its own


class _Protocol(_LenientHTTP11ClientProtocol):
    _head = 0

    def request(self, request: Request) -> Deferred[IResponse]:
        """Send a request; its answer's head is counted anew."""
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what came, unless it is more of a head than anybody means."""
        if self._parser is not None and self._parser.state in {STATUS, HEADER}:
            self._head += len(data)
            if self._head > MAX_HEAD and self.transport is not None:
                self.transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _Protocol:  # noqa: ARG002, N802 - Twisted's
        """A protocol that counts."""
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
