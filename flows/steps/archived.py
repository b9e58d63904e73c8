"""A segment as the archive has it."""

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.segment import Segment
from storage.archive import Archive, archived_name


@contextmanager
def archived_segment(archive: Archive, name: str) -> Iterator[Segment]:
    """A segment to read, while its files are open. Raises Refused where they are not there."""
    with (
        archive.open(archived_name(f"{name}.warc.gz")) as warc,
        archive.open(archived_name(f"{name}.index.jsonl")) as index,
    ):
        yield Segment.load(name, warc, index)
