"""The index of a segment as the archive has it: packed, since every look at a list adds to one and few are read."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from storage.archive import Archive, archived_name

PACKED, PLAIN = ".index.jsonl.gz", ".index.jsonl"
"""How its name ends; plain ones are of earlier versions."""


def index_name(archive: Archive, segment: str) -> str:
    """Under which name the archive has the index of a segment, or would have it."""
    packed, plain = (archived_name(f"{segment}{end}") for end in (PACKED, PLAIN))
    return plain if not archive.exists(packed) and archive.exists(plain) else packed


@contextmanager
def open_index(archive: Archive, name: str) -> Iterator[IO[bytes]]:
    """The lines of the index that has a name. Raises Refused where it is not there."""
    with archive.open(name) as file:
        if not name.endswith(PACKED):
            yield file
            return
        with gzip.open(file) as lines:
            yield cast("IO[bytes]", lines)


def as_named(index: Path, name: str) -> Path:
    """The file of an index as it belongs under a name of the archive: packed or as it is."""
    if not name.endswith(PACKED):
        return index
    packed = index.with_name(f"{index.name}.gz")
    with (
        index.open("rb") as lines,
        packed.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as target,
    ):
        shutil.copyfileobj(lines, target)
    return packed
