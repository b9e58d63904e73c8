"""What a crawl's lists showed: how each column's first page did, and what the servers' clocks say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from crawler.errors import Park
from crawler.segment import Note, Role, Segment, read_page

# Not the publisher's doing: the run ended, or its budget did.
_OURS = (
    *("skipped:budget", "skipped:offsite", "skipped:private", "unfinished", "more than"),
    *("budget", "host-busy", "quiet-hours", "host-budget"),
)
_LIST_PAGE = "list page: "
_ENOUGH_HOSTS = 5


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What one crawl saw of a column's list."""

    source: str
    column: str
    items: int
    """On its first page."""
    problem: str | None
    """``http-403``, ``challenge``, ``dns``, ``the list shows no items: …``; None: it could be read."""


def looks(notes: Iterable[Note]) -> list[ColumnLook]:
    """How each column's first list page did, as far as it was asked for.

    A problem on a later page says nothing of the list as such.
    """
    first: dict[tuple[str, str], Note] = {}
    problems: dict[tuple[str, str], str] = {}
    for note in notes:
        if note.column is None:
            continue
        column = note.source, note.column
        if note.role is Role.LIST and note.status == 200:
            first.setdefault(column, note)
        elif note.role is Role.PROBLEM and column not in problems:
            problems[column] = (note.reason or "").removeprefix(_LIST_PAGE)
    found = []
    for column in {**first, **problems}:
        # What was archived before counts were kept has its items only.
        items = max(first[column].shown, len(first[column].items)) if column in first else 0
        problem = None if items else problems.get(column)
        if problem is None or not problem.startswith(_OURS):
            found.append(ColumnLook(*column, items, problem))
    return found


def clock_skew(segment: Segment) -> tuple[timedelta, int] | None:
    """(how far this machine's clock is ahead of the servers', of how many hosts): the median of a
    host each; None where no answer bears a date."""
    skews: dict[str, timedelta] = {}
    for note in _answered(segment.notes):
        host = urlsplit(note.url).hostname or ""
        if host in skews or len(skews) == _ENOUGH_HOSTS:
            continue
        assert note.offset is not None  # `_answered` has looked  # noqa: S101
        try:
            page = read_page(segment.warc, note.offset)
        except Park:
            continue
        if page.served_at is not None:
            skews[host] = page.fetched_at - page.served_at
    ordered = sorted(skews.values())
    return (ordered[len(ordered) // 2], len(ordered)) if ordered else None


def _answered(notes: Sequence[Note]) -> Iterable[Note]:
    return (note for note in notes if note.offset is not None and note.role is Role.LIST)
