"""A segment as the archive has it."""

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.segment import Segment
from storage.archive import Archive, archived_name
from storage.segment_index import index_name, open_index


@contextmanager
def archived_segment(archive: Archive, name: str) -> Iterator[Segment]:
    """A segment to read, while its files are open. Raises Refused where they are not there."""
    with (
        archive.open(archived_name(f"{name}.warc.gz")) as warc,
        open_index(archive, index_name(archive, name)) as index,
    ):
        yield Segment.load(name, warc, index)
