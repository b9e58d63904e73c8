"""Compressed bodies as they were, within a limit, and whole: what breaks off is not taken for all."""

import zlib
from collections.abc import Iterable

from crawler.errors import Park

_GZIP = {"gzip", "x-gzip"}
_GZIP_MAGIC = b"\x1f\x8b"
_END = b"</html>"
KNOWN = _GZIP | {"deflate"}
"""The encodings that are unpacked here."""


def encodings_of(headers: Iterable[str]) -> list[str]:
    """The names in ``Content-Encoding`` headers, in the order in which they were applied."""
    return [
        name for header in headers for one in header.split(",") if (name := one.strip().lower())
    ]


def unpacked(body: bytes, encodings: Iterable[str], limit: int) -> bytes:
    """A body without these encodings; what is no encoding, or was never applied, changes nothing.

    Raises Park with a word for the reason: ``too-large`` (more than `limit` bytes), ``damaged``, or
    ``cut-off`` where the data ends early and the page does too.
    """
    for name in reversed(list(encodings)):
        if name in _GZIP and body.startswith(_GZIP_MAGIC):
            body = _inflated(body, zlib.MAX_WBITS | 16, limit)
        elif name == "deflate":
            body = _deflated(body, limit)
    return body


def _deflated(body: bytes, limit: int) -> bytes:
    """Some servers leave out the header that RFC 9110 asks for, some the compression."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            zlib.decompressobj(bits).decompress(body, 1)
        except zlib.error:
            continue
        return _inflated(body, bits, limit)
    return body


def _inflated(body: bytes, bits: int, limit: int) -> bytes:
    found = bytearray()
    while body:
        unpacker = zlib.decompressobj(bits)
        try:
            found += unpacker.decompress(body, limit - len(found) + 1)
        except zlib.error as error:
            raise Park("damaged") from error
        if len(found) > limit:
            raise Park("too-large")
        if not unpacker.eof and not found.rstrip()[-len(_END) :].lower() == _END:
            raise Park("cut-off")
        # Several members are one body (RFC 1952); whatever else stands behind is nothing.
        rest = unpacker.unused_data
        body = rest if bits > zlib.MAX_WBITS and rest.startswith(_GZIP_MAGIC) else b""
    return bytes(found)
