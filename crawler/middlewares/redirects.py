"""Answers and pages that lead elsewhere."""

from typing import Self

from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import (
    BaseRedirectMiddleware,
    MetaRefreshMiddleware,
    RedirectMiddleware,
)
from scrapy.http import Request, Response

from crawler.middlewares.refusals import Refusal

_REFRESH_WITHIN = 4096
"""Bytes within which a page says that it leads elsewhere: where Scrapy looks."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _WithoutReferer(BaseRedirectMiddleware):
    """No request says where it comes from, nor does one that was led elsewhere: Scrapy would warn of
    that at every start."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's, without looking for who sets the header once the engine has started."""
        made = cls(crawler.settings)
        made.crawler = crawler
        return made

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002 - Scrapy's
        """Leave it without one."""
        request.headers.pop("Referer", None)


class Redirects(_WithoutReferer, RedirectMiddleware):
    """Scrapy's, except that an address which is none, or none of the web's, is said to be that."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Go where an answer leads, or say why not."""
        try:
            answer = super().process_response(request, response)
        except ValueError as error:
            raise Refusal("bad-redirect") from error
        if answer is response and response.status in REDIRECTS and response.headers.get("Location"):
            raise Refusal("skipped:offsite")
        return _in_its_own_turn(answer)


class PageRedirects(_WithoutReferer, MetaRefreshMiddleware):
    """Scrapy's, for pages that speak of a refresh at all: it decodes every page to look for one."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Go where a page leads, if it leads anywhere."""
        if b"refresh" not in response.body[:_REFRESH_WITHIN].lower():
            return response
        try:
            return _in_its_own_turn(super().process_response(request, response))
        except (LookupError, ValueError):  # it names a charset or an address that is none
            return response


def _in_its_own_turn(answer: Request | Response) -> Request | Response:
    """A request to another host waits with that host's: Scrapy would make it at the pace of the first."""
    if isinstance(answer, Request):
        answer.meta.pop(Downloader.DOWNLOAD_SLOT, None)
    return answer
