"""Answers that are far too much: bodies, headers, and what unpacks to more than it is."""

import gzip
import zlib

from tests.faults.hostile.case import Case, article_html, says
from tests.faults.server import HTML, Asked, Wire, head

_TWO_GB = 2 * 2**30
_PIECE = b"<p>\xe5\xae\xbf\xe8\xbf\x81</p>" * 4096


def _announced(wire: Wire, _: Asked) -> None:
    wire.send(head("200 OK", HTML, f"Content-Length: {_TWO_GB}"))
    _pour(wire)


def _endless(wire: Wire, _: Asked) -> None:
    wire.send(head("200 OK", HTML))
    _pour(wire)


def _endless_chunks(wire: Wire, _: Asked) -> None:
    wire.send(head("200 OK", HTML, "Transfer-Encoding: chunked"))
    chunk = b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE)
    for _number in range(_TWO_GB // len(_PIECE)):
        wire.send(chunk)


def _pour(wire: Wire) -> None:
    """Two gigabytes, a piece at a time: who takes them all has no limit."""
    for _number in range(_TWO_GB // len(_PIECE)):
        wire.send(_PIECE)


def _bomb(pack: str) -> bytes:
    """64 MB of nothing in 64 KB."""
    bits = zlib.MAX_WBITS | 16 if pack == "gzip" else zlib.MAX_WBITS
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(bytes(64 * 2**20)) + packer.flush()


def _packed(kind: str) -> bytes:
    return gzip.compress(article_html(kind).encode())


def _long_header(wire: Wire, asked: Asked) -> None:
    wire.page(_article(asked), "200 OK", f"X-Long: {'a' * 2**20}")


def _many_headers(wire: Wire, asked: Asked) -> None:
    wire.page(_article(asked), "200 OK", *(f"X-{number}: {number}" for number in range(100_000)))


def _article(asked: Asked) -> bytes:
    return article_html(asked.host.partition(".")[0]).encode()


def _headers_for_ever(wire: Wire, _: Asked) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(_TWO_GB // 1024):
        wire.send(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def _packed_twice(wire: Wire, asked: Asked) -> None:
    body = gzip.compress(gzip.compress(_article(asked)))
    wire.page(body, "200 OK", "Content-Encoding: gzip, gzip")


def _packed_unsaid(wire: Wire, asked: Asked) -> None:
    wire.page(_article(asked), "200 OK", "Content-Encoding: gzip")


_GZIP = "Content-Encoding: gzip"
CASES = (
    Case("body-of-2-gb", "parked:too-large", _announced),
    Case("body-without-end", "parked:too-large", _endless),
    Case("chunks-without-end", "parked:too-large", _endless_chunks),
    Case("header-of-1-mb", "parked:broken-off", _long_header),
    Case("headers-100000", "parked:broken-off", _many_headers),
    Case("headers-without-end", "parked:broken-off", _headers_for_ever),
    Case("gzip-bomb", "parked:too-large", says(_bomb("gzip"), "200 OK", _GZIP)),
    Case("gzip-bomb-twice", "parked:too-large", says(gzip.compress(_bomb("gzip")), "200 OK", "Content-Encoding: gzip, gzip")),
    Case("deflate-bomb", "parked:too-large", says(_bomb("deflate"), "200 OK", "Content-Encoding: deflate")),
    Case("gzip-in-a-file", "parked:has NUL bytes: no text", says(_bomb("gzip"), "200 OK", "Content-Type: application/gzip")),
    Case("gzip-cut", "parked:cut-off", says(_packed("gzip-cut")[:-300], "200 OK", _GZIP)),
    Case("gzip-damaged", "parked:damaged", says(_packed("gzip-damaged")[:-8] + bytes(8), "200 OK", _GZIP)),
    Case("gzip-twice", "new", _packed_twice),
    Case("gzip-unsaid", "new", _packed_unsaid),
    Case("encoding-unknown", "parked:has NUL bytes: no text", says(b"\x07\x01\x00" * 500, "200 OK", "Content-Encoding: x-snappy")),
)  # fmt: skip
