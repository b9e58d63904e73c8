"""Taking pages out of a segment for good, so that everything else stays where it is.

Each record of a segment is one gzip member. A member that has to go is replaced by one of the same
size that holds an empty record with its old id and date, padded with the comment that gzip allows in
a header: what is known of the other records by their offsets goes on to be true. A list page that
shows what has to go is such a record too; the note on it stays, but for that item.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from crawler.errors import StopRun
from crawler.segment import NOTE_TYPE
from crawler.urls import canonical_key
from crawler.warc import digest, headers_of

# Small: what lies behind a member in it is copied with each of them.
_CHUNK = 2**15
_COMMENTED = 0x10
"""The flag of a gzip header that a comment follows it."""


@dataclass(frozen=True, slots=True)
class _Member:
    """One record as it lies in the file, and unpacked."""

    raw: bytes
    record: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """The WARC headers, by lower-case name."""
        return headers_of(self.record)

    @property
    def note(self) -> Mapping[str, Any]:
        """What a note says, as it is written; empty for other records."""
        if NOTE_TYPE.encode() not in self.record[:2000]:
            return {}
        found: Mapping[str, Any] = json.loads(self.record.partition(b"\r\n\r\n")[2])
        return found


def erase_from_warc(warc: IO[bytes], target: Path, keys: frozenset[str]) -> int:
    """Write a segment's WARC without the records of these canonical keys; return how many they are.

    Their answers go, the requests for them, the notes on them, the later pages that belong to them
    and the list pages that show them. When there are none, nothing is written.
    """
    doomed, trimmed = _doomed(warc, keys)
    if not doomed:
        return 0
    warc.seek(0)
    with target.open("wb") as file:
        for number, member in enumerate(_members(warc)):
            if number in trimmed:
                file.write(_trimmed(member, keys))
            else:
                file.write(_hole(member) if number in doomed else member.raw)
    return len(doomed)


def erase_from_index(index: IO[bytes], target: Path, keys: frozenset[str]) -> None:
    """Write a segment's index without its lines on these canonical keys, nor their items in others."""
    with target.open("wb") as file:
        for line in index:
            note = json.loads(line)
            if not _concerns(note, keys):
                file.write(_as_line(_without(note, keys)) if _shows(note, keys) else line)


def _doomed(warc: IO[bytes], keys: frozenset[str]) -> tuple[set[int], set[int]]:
    """The numbers of the records that have to go, and among them those that stay in part."""
    warc.seek(0)
    ids: set[str] = set()
    links: list[tuple[str, ...]] = []
    trimmed: set[int] = set()
    for number, member in enumerate(_members(warc)):
        headers, note = member.headers, member.note
        own = headers.get("warc-record-id", "")
        other = headers.get("warc-refers-to") or headers.get("warc-concurrent-to") or ""
        links.append((own, other))
        if _key(headers.get("warc-target-uri", "")) in keys or _concerns(note, keys):
            # A note dooms the answer that it is about, and so all that belongs to that.
            ids.update({own, other} - {""})
        elif _shows(note, keys):
            trimmed.add(number)
            ids.update({own, other} - {""})
    doomed = {number for number, (own, other) in enumerate(links) if own in ids or other in ids}
    return doomed, trimmed


def _shows(note: Mapping[str, Any], keys: frozenset[str]) -> bool:
    """Whether a note on a list page names one of these as an item."""
    return any(_concerns(item, keys) for item in note.get("items", ()))


def _without(note: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """A note on a list page without these items, nor the place of the page, which is gone."""
    left = {**note, "items": [item for item in note["items"] if not _concerns(item, keys)]}
    return {name: value for name, value in left.items() if value != [] and name != "offset"}


def _as_line(note: Mapping[str, Any]) -> bytes:
    return json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _concerns(note: Mapping[str, Any], keys: frozenset[str]) -> bool:
    return bool(note) and (
        note.get("key") in keys or note.get("parent") in keys or _key(note.get("url", "")) in keys
    )


@lru_cache(256)  # an answer, its request and its note follow each other
def _key(url: str) -> str | None:
    try:
        return canonical_key(url)
    except ValueError:
        return None


def _members(file: IO[bytes]) -> Iterator[_Member]:
    raw, record = bytearray(), bytearray()
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while chunk := file.read(_CHUNK):
        while chunk:
            record += unpacker.decompress(chunk)
            rest = unpacker.unused_data
            raw += chunk[: len(chunk) - len(rest)]
            chunk = rest
            if unpacker.eof:
                yield _Member(bytes(raw), bytes(record))
                raw, record = bytearray(), bytearray()
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)


def _hole(member: _Member) -> bytes:
    """A member of the same size that says nothing."""
    kept = {name: member.headers.get(name, "") for name in ("warc-record-id", "warc-date")}
    record = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: {kept['warc-record-id']}\r\n"
        f"WARC-Date: {kept['warc-date']}\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    ).encode()
    filled = _filled(record, len(member.raw))
    if filled is None:
        raise StopRun("a record is too small to be blanked; nothing was changed")
    return filled


def _trimmed(member: _Member, keys: frozenset[str]) -> bytes:
    """A note without these items, or nothing of it, should it not fit into its own place."""
    payload = _as_line(_without(member.note, keys)).rstrip()
    replaced = {"content-length", "warc-block-digest", "warc-payload-digest"}
    lines = member.record[: member.record.find(b"\r\n\r\n")].split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].decode().lower() not in replaced]
    own = digest(payload)
    said = f"WARC-Payload-Digest: {own}|WARC-Block-Digest: {own}|Content-Length: {len(payload)}"
    kept += said.encode().split(b"|")
    record = b"\r\n".join(kept) + b"\r\n\r\n" + payload + b"\r\n\r\n"
    return _filled(record, len(member.raw)) or _hole(member)


def _filled(record: bytes, size: int) -> bytes | None:
    """A gzip member of a size that holds a record; None when it is too small."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(record) + packer.flush()
    tail = struct.pack("<II", zlib.crc32(record), len(record))
    padding = size - len(packed) - len(tail) - 11
    if padding < 0:
        return None
    head = struct.pack("<4BI2B", 0x1F, 0x8B, 8, _COMMENTED, 0, 2, 255)
    return head + b" " * padding + b"\0" + packed + tail
