"""Whether a segment is whole: every record as it was written, and the index in step with them.

A record's gzip member carries a checksum and its headers a digest of the block, so that one byte that
differs is found. Behind a damaged record the walk goes on at the next one that can be read.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from crawler.segment.index import index_line
from crawler.segment.note import ANSWERS, NOTE_TYPE, NOTES, Note
from crawler.warc import digest, headers_of

_CHUNK = 2**16
_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Damage:
    """A place of the WARC that cannot be read as it was written."""

    offset: int
    """Where the record begins, in bytes."""
    said: str


@dataclass(slots=True)
class Inspection:
    """What a WARC holds."""

    answers: set[int] = field(default_factory=set)
    """Where answers begin."""
    erased: set[int] = field(default_factory=set)
    """Where a record was blanked (`crawler.erase`)."""
    damages: list[Damage] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    """In order, each with the offset of its answer."""

    def holds(self, offset: int) -> bool:
        """Whether an answer begins there, or did until it was erased."""
        return offset in self.answers or offset in self.erased

    def is_indexed_by(self, index: IO[bytes]) -> bool:
        """Whether an index says of every note what the WARC says."""
        try:
            return [NOTES.validate_json(line) for line in index] == self.notes
        except (ValueError, OSError, EOFError, zlib.error):
            return False  # no notes, or no file that can be unpacked

    def write_index(self, target: Path) -> None:
        """Write the index that belongs to this WARC."""
        with target.open("w", encoding="utf-8") as file:
            file.writelines(index_line(note, note.offset) for note in self.notes)


def inspect(warc: IO[bytes]) -> Inspection:
    """Read every record of a segment's WARC."""
    found = Inspection()
    ids: dict[str, int] = {}
    for one in _records(warc):
        if isinstance(one, Damage):
            found.damages.append(one)
        elif said := _add(found, one, ids):
            found.damages.append(Damage(one.offset, said))
    return found


def payload_digest(warc: IO[bytes], offset: int) -> str | None:
    """The digest of the bytes of the answer that begins there; empty where it was erased, None where no
    answer can be read."""
    warc.seek(offset)
    try:
        raw, _ = _member(warc)
    except (zlib.error, EOFError):
        return None
    headers = headers_of(raw)
    if headers.get("warc-type") == "metadata" and headers.get("content-length") == "0":
        return ""
    return headers.get("warc-payload-digest") if headers.get("warc-type") == "response" else None


def _add(found: Inspection, one: "_Record", ids: dict[str, int]) -> str:
    """Take a record in; say what is wrong with it."""
    headers = headers_of(one.raw)
    kind = headers.get("warc-type", "")
    if said := one.wrong(headers):
        return said
    if kind in ANSWERS:
        ids[headers.get("warc-record-id", "")] = one.offset
        found.answers.add(one.offset)
    elif headers.get("content-type") == NOTE_TYPE:
        answer = ids.get(headers.get("warc-refers-to", ""))
        try:
            found.notes.append(replace(NOTES.validate_json(one.block), offset=answer))
        except ValueError:
            return "its note cannot be read"
    elif kind == "metadata" and not one.block:
        found.erased.add(one.offset)
    return ""


@dataclass(frozen=True, slots=True)
class _Record:
    """One record, unpacked."""

    offset: int
    raw: bytes

    @property
    def block(self) -> bytes:
        """What the record holds."""
        return self.raw[self.raw.find(b"\r\n\r\n") + 4 : -4]

    def wrong(self, headers: Mapping[str, str]) -> str:
        """What is not as the headers say; empty where all is."""
        if headers.get("content-length") != str(len(self.block)):
            return "its block is not as long as it says"
        said = headers.get("warc-block-digest")
        if said and said != digest(self.block):
            return "its block has another digest than it says"
        return ""


def _records(file: IO[bytes]) -> Iterator[_Record | Damage]:
    at = 0
    while True:
        file.seek(at)
        try:
            raw, size = _member(file)
        except (zlib.error, EOFError) as error:
            yield Damage(at, str(error) or "the file ends within it")
            following = _next_record(file, at + 1)
            if following is None:
                return
            at = following
            continue
        if not size:
            return
        yield _Record(at, raw)
        at += size


def _member(file: IO[bytes]) -> tuple[bytes, int]:
    """The gzip member that begins here, unpacked, and how long it is; nothing at the file's end.

    Raises zlib.error where it is damaged, EOFError where the file ends within it.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    unpacked, size = bytearray(), 0
    while chunk := file.read(_CHUNK):
        unpacked += unpacker.decompress(chunk)
        size += len(chunk)
        if unpacker.eof:
            return bytes(unpacked), size - len(unpacker.unused_data)
    if size:
        raise EOFError("the file ends within it")
    return b"", 0


def _next_record(file: IO[bytes], start: int) -> int | None:
    """Where the next readable record begins, from a place on."""
    file.seek(start)
    at, held = start, b""
    while chunk := file.read(_CHUNK):
        window = held + chunk
        place = window.find(_MAGIC)
        while place >= 0:
            if _begins_record(file, at - len(held) + place):
                return at - len(held) + place
            place = window.find(_MAGIC, place + 1)
        at += len(chunk)
        file.seek(at)
        held = window[-len(_MAGIC) + 1 :]
    return None


def _begins_record(file: IO[bytes], offset: int) -> bool:
    file.seek(offset)
    try:
        head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read(_CHUNK), 5)
    except zlib.error:
        return False
    return head == b"WARC/"
