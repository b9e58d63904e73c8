"""A segment: what one crawl brought home, as WARC records and an index over them.

``<name>.warc.gz`` is the truth: every answer as the bytes came (WARC 1.1, one gzip member a record; a
``revisit`` record where it was "not modified") and behind it a ``metadata`` record, the *note*: what
was asked for and why, and for a list page each item with the decision about it.
``<name>.index.jsonl`` holds the notes again with the offsets of their answers; it can be made anew
from the WARC at any time. The archive keeps it packed.
"""

from crawler.segment.answers import read_page
from crawler.segment.foreign import read_foreign_warc
from crawler.segment.index import Index, rebuild_index
from crawler.segment.mending import recover
from crawler.segment.note import AGAIN, NOTE_TYPE, Item, Note, Role, index_path, warc_path
from crawler.segment.reading import Segment, Unfetched
from crawler.segment.summary import SourceCost, Summary
from crawler.segment.writing import Exchange, Handle, SegmentWriter

__all__ = [
    "AGAIN",
    "NOTE_TYPE",
    "Exchange",
    "Handle",
    "Index",
    "Item",
    "Note",
    "Role",
    "Segment",
    "SegmentWriter",
    "SourceCost",
    "Summary",
    "Unfetched",
    "index_path",
    "read_foreign_warc",
    "read_page",
    "rebuild_index",
    "recover",
    "warc_path",
]
