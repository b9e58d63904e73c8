"""Answers and pages that lead elsewhere."""

from scrapy.core.downloader import Downloader
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.http import Request, Response

from crawler.middlewares.refusals import Refusal

_REFRESH_WITHIN = 4096
"""Bytes within which a page says that it leads elsewhere: where Scrapy looks."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Redirects(RedirectMiddleware):
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


class PageRedirects(MetaRefreshMiddleware):
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
