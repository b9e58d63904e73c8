"""What the lists of each kind look like: a path in, an answer out."""

from collections.abc import Callable, Mapping

from crawler.demo.kinds.apis import api, search
from crawler.demo.kinds.epapers import epaper
from crawler.demo.kinds.feeds import feed
from crawler.demo.kinds.listed import Asked, Listed
from crawler.demo.kinds.scripts import scripted
from crawler.demo.kinds.sitemaps import sitemap

_KINDS: Mapping[str, Callable[[Listed, Asked], str | bytes | None]] = {
    "feed": feed,
    "sitemap": sitemap,
    "epaper": epaper,
    "api": api,
    "search": search,
    "browser": scripted,
}


def list_of_kind(listed: Listed, asked: Asked) -> tuple[bytes, str] | None:
    """Body and media type of what a column shows at a path; None where it has nothing there."""
    shown = _KINDS[listed.column.kind](listed, asked)
    if shown is None:
        return None
    body = shown if isinstance(shown, bytes) else shown.encode()
    return body, media_of(body)


def media_of(body: bytes) -> str:
    """The media type that a server would send with it."""
    if body.startswith(b"\x1f\x8b"):
        return "application/x-gzip"
    if body.startswith(b"<?xml"):
        return "text/xml; charset=utf-8"
    return "application/json" if body.startswith(b"{") else "text/html; charset=utf-8"
