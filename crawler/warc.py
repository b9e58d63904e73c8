"""WARC 1.1 records as bytes, each a gzip member of its own.

ISO 28500:2017. Reading is warcio's; its writer builds every record out of several streams and takes
three times as long as the compression, in the one thread that must keep up with the downloader.
`warcio check` in the tests holds what is written here.
"""

import zlib
from base64 import b32encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from uuid import uuid4

# Level 4 is within 5% of level 9's size on these pages, at a third of its time.
_COMPRESSION = 4
Headers = Iterable[tuple[str, str]]


def new_id() -> str:
    """A record id: ``<urn:uuid:…>``."""
    return f"<urn:uuid:{uuid4()}>"


def warc_date(at: datetime) -> str:
    """A time as WARC 1.1 writes it, to the microsecond, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(data: bytes) -> str:
    """``sha1:`` and the digest in base 32, as every WARC tool writes it."""
    return f"sha1:{b32encode(sha1(data, usedforsecurity=False).digest()).decode()}"


def http_head(first_line: str, headers: Headers) -> bytes:
    """A status or request line with its headers, as it stands before the body."""
    lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{_one_line(line)}\r\n" for line in lines).encode(
        "latin-1", "backslashreplace"
    ) + (b"\r\n")


def headers_of(record: bytes) -> dict[str, str]:
    """The headers of an unpacked record, by lower-case name."""
    head = record[: record.find(b"\r\n\r\n")].decode("utf-8", "replace")
    pairs = (line.partition(":") for line in head.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def record(
    kind: str, fields: Mapping[str, str], block: bytes, payload: bytes | None = None
) -> bytes:
    """A whole record, compressed. `payload` is the part of the block behind the HTTP headers."""
    named = {"WARC-Type": kind, **fields}
    if payload is not None:
        named["WARC-Payload-Digest"] = digest(payload)
    named |= {"WARC-Block-Digest": digest(block), "Content-Length": str(len(block))}
    lines = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in named.items())
    packer = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    head = f"WARC/1.1\r\n{lines}\r\n".encode()
    return packer.compress(b"".join((head, block, b"\r\n\r\n"))) + packer.flush()


def _one_line(text: str) -> str:
    """What a header holds ends with its line: a line break within it would begin another."""
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
