"""Making a segment whole whose writer died."""

import zlib
from pathlib import Path

from filelock import Timeout

from crawler.errors import TryLater
from crawler.segment.index import rebuild_index
from crawler.segment.note import warc_path, writer_lock

_LAST_ANSWERS = 90.0
"""Seconds in which a crawl that was told to stop has its last answers: three times a request's limit."""


def recover(folder: Path, name: str) -> None:
    """Make a segment whole whose writer died: cut the torn tail, make the index again.

    A crawl whose parent died goes on until what is on the wire has come: that is waited for. Raises
    TryLater where it takes too long.
    """
    try:
        with writer_lock(folder, name).acquire(timeout=_LAST_ANSWERS):
            path = warc_path(folder, name)
            whole = _whole_members(path)
            with path.open("r+b") as file:
                file.truncate(whole)
            rebuild_index(folder, name)
    except Timeout as error:
        raise TryLater(f"the segment {name} in {folder} is still being written") from error


def _whole_members(path: Path) -> int:
    """Where the last complete gzip member ends, in bytes."""
    whole = at = 0
    with path.open("rb") as file:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while chunk := file.read(2**20):
            while chunk:
                try:
                    unpacker.decompress(chunk)
                except zlib.error:
                    return whole
                at += len(chunk) - len(unpacker.unused_data)
                chunk = unpacker.unused_data
                if unpacker.eof:
                    whole = at
                    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    return whole
