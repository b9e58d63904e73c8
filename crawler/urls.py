"""Addresses: one article, one key."""

import re
from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url, url_query_cleaner

# Parameters that name a visitor, a share or a moment, never an article.
_SESSION_PARAMETERS = frozenset(
    [
        *("jsessionid", "phpsessid", "aspsessionid", "sessionid", "sid"),
        *("token", "_t", "timestamp"),
        *("from", "isappinstalled", "spm", "scene", "share_token"),
        *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    ]
)
_SESSION_IN_PATH = re.compile(r"/\((?:[AFS]\([^()/]*\))+\)(?=/)|;jsessionid=[^/]*", re.IGNORECASE)
"""How ASP.NET and servlets name a visitor who takes no cookie."""
_LONGEST, _DEEPEST, _MOST_PARAMETERS, _MOST_REPEATS = 2000, 20, 20, 4
"""Characters, folders, parameters and the same folder over again: no article of the catalogue comes near."""
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
    path = _SESSION_IN_PATH.sub("", parts.path) or "/"
    host = parts.hostname.rstrip(".").removeprefix("www.")
    if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    plain = urlunsplit(("http", host, path, parts.query, ""))
    named = (one.partition("=")[0] for one in parts.query.split("&"))
    sessions = [name for name in named if name.lower() in _SESSION_PARAMETERS]
    cleaned = url_query_cleaner(plain, sessions, remove=True)
    return canonicalize_url(cleaned).removeprefix("http://")


def is_trap(url: str) -> bool:
    """Whether an address looks like one of a space without an end: of a length, depth or number of parameters
    that nobody writes, or with the same folder in it again and again, as relative links make it that
    lack a slash."""
    path, _, query = url.partition("?")
    folders = path.split("/")[3:-1]
    return (
        len(url) > _LONGEST
        or len(folders) > _DEEPEST
        or query.count("&") >= _MOST_PARAMETERS
        or any(folders.count(one) >= _MOST_REPEATS for one in set(folders) if one)
    )


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
