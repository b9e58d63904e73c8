"""What a segment's notes say, and where its files lie."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter

from crawler.records import Listed

NOTE_TYPE = "application/vnd.suqian.note+json"
ANSWERS = frozenset({"response", "revisit", "resource"})
"""Types of WARC records that are answers: a revisit is one that was "not modified", or whose bytes an
earlier one has."""
AGAIN = "again"
"""Decision about an item that is asked for anyway: another list shows it too, or it is due."""


class Role(StrEnum):
    """What an answer was fetched as."""

    LIST = "list"
    ARTICLE = "article"
    CONTINUATION = "continuation"
    ATTACHMENT = "attachment"
    """A file that an article links to; no discovered address of its own."""
    OTHER = "other"
    """robots.txt, a redirect on the way."""
    FAILED = "failed"
    """No answer: the reason is in the note."""
    WALK = "walk"
    """No answer either: a column was walked to its end."""
    PROBLEM = "problem"
    """Nor here: something about a column that a person should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a list page and what was decided: ``fetch``, or why not (``known``, ``again`` …)."""

    url: str
    key: str
    listed: Listed
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the crawl has to say about one answer, or about the lack of one."""

    role: Role
    source: str
    column: str | None = None
    url: str
    key: str = ""
    listed: Listed | None = None
    parent: str | None = None
    """For a continuation or an attachment: the key of the article's first page."""
    reason: str | None = None
    items: tuple[Item, ...] = ()
    shown: int = 0
    """Of a list page: how many items it shows."""
    total: int | None = None
    """Of a list page: how many items its column has, as it says itself."""
    pages: int | None = None
    """Of a list page: how many pages its column's list has, as it says itself."""
    back_to: date | None = None
    whole: bool = False
    """Of a walk: whether it went on to the list's end."""
    down_to: date | None = None
    """Of a walk whose list is in no order: the day from which on it has shown everything."""
    doubts: tuple[str, ...] = ()
    """Of a walk: why not all that the list has may have been seen, sentences."""
    shared: bool = False
    """Of a walk: whether the list runs into another publisher's, whose items it counts."""
    status: int | None = None
    size: int = 0
    at: datetime | None = None
    """When the answer came."""
    free_at: datetime | None = None
    """Until when its host asks to be left alone (``Retry-After``), where no crawl waits for that."""
    digest: str | None = None
    """Of a list that is asked for again and again: of the bytes of its answer, as WARC writes it."""
    same_as: str | None = None
    """Where the archive has those bytes, ``segment@offset``, if the answer was not written whole."""
    offset: int | None = None
    """Where the answer begins in the WARC."""


NOTES: TypeAdapter[Note] = TypeAdapter(Note)


def warc_path(folder: Path, name: str) -> Path:
    """The WARC of a segment."""
    return folder / f"{name}.warc.gz"


def index_path(folder: Path, name: str) -> Path:
    """The index of a segment."""
    return folder / f"{name}.index.jsonl"


def writer_lock(folder: Path, name: str) -> FileLock:
    """Held by who writes a segment; the system lets go of it when that process dies."""
    return FileLock(folder / f"{name}.writing", thread_local=False)
