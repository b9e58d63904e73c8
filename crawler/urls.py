"""Addresses: one article, one key."""

from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url, url_query_cleaner

# Parameters that name a visitor, a share or a moment, never an article.
_SESSION_PARAMETERS = [
    *("jsessionid", "phpsessid", "aspsessionid", "sessionid", "sid", "token", "_t", "timestamp"),
    *("from", "isappinstalled", "spm", "scene", "share_token"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
]
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_key(url: str) -> str:
    """Reduce an address to what identifies the article behind it.

    Drops the scheme, ``www.``, the default port, the fragment and session parameters; sorts the
    query; keeps the path's case. ``file:`` and other identifiers without a host stay as they are.
    Raises ValueError for something that is no address at all.
    """
    parts = urlsplit(url.strip())
    if not parts.hostname:
        if not parts.scheme:
            raise ValueError(f"not an address: {url!r}")
        return url.strip()
    path = parts.path.partition(";jsessionid=")[0] or "/"
    host = parts.hostname.rstrip(".").removeprefix("www.")
    if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    plain = urlunsplit(("http", host, path, parts.query, ""))
    cleaned = url_query_cleaner(plain, _SESSION_PARAMETERS, remove=True)
    return canonicalize_url(cleaned).removeprefix("http://")


def file_key(url: str) -> str:
    """The canonical key of a file that a page links to; what is no address stands for itself."""
    try:
        return canonical_key(url)
    except ValueError:
        return url


def host_of(url: str) -> str:
    """The host of an address: lower case, without the port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def compact(text: str) -> int:
    """A text as a number of 64 bits: a million of them fit into a crawl's memory."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
