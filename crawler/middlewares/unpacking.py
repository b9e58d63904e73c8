"""Bodies as they were before they were packed for the way."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes

from crawler.errors import Park
from crawler.middlewares.refusals import Refusal
from crawler.unpack import encodings_of, unpacked


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
