"""What the lists of a segment show: enough to miss what they leave out, and what nobody has seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crawler.segment import Item, Note, Role


@dataclass(frozen=True, slots=True)
class Walked:
    """A column whose list was walked to the end of what was wanted."""

    source: str
    column: str
    down_to: date
    """Day of the last item that was seen: whatever is newer than that day was on the way."""


def listed_keys(notes: Iterable[Note]) -> set[str]:
    """The canonical keys of everything that any list shows."""
    return {item.key for note in notes for item in note.items}


def walked_columns(notes: Sequence[Note]) -> list[Walked]:
    """The columns that were walked without a break, as far as their lists show dates.

    Items that are pinned on top may be of any age, so the day is that of the last item of the last
    page: lists go from new to old. Where they do not, the walk says what it has seen.
    """
    whole = {(note.source, note.column): note for note in notes if note.role is Role.WALK}
    last: dict[tuple[str, str], date] = {}
    for note in notes:
        if note.role is Role.LIST and note.column and (note.source, note.column) in whole:
            days = [item.listed.published.day for item in note.items if item.listed.published]
            if days:
                walk = whole[note.source, note.column]
                last[note.source, note.column] = walk.down_to or days[-1]
    return [Walked(source, column, day) for (source, column), day in last.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnWalk:
    """What one walk of a column's list came to."""

    source: str
    column: str
    at: datetime
    """When its first list page came."""
    items: tuple[Item, ...]
    """What its pages show, each address once, in order."""
    list_pages: int
    total: int | None
    """How many items the column has, as it says itself."""
    pages: int | None
    """How many list pages, as it says itself."""
    per_page: int
    """How many items its first page shows."""
    whole: bool
    """Whether it went on to the list's end."""
    doubts: tuple[str, ...]
    """Why not all that the list has may have been seen."""
    shared: bool
    """Whether the list runs into another publisher's."""

    @property
    def said(self) -> tuple[int, int] | None:
        """How many items the column has at the least and at the most, by its own account; None where
        it gives none."""
        if self.shared:
            return None
        if self.total is not None:
            return self.total, self.total
        if self.pages is None:
            return None
        return (self.pages - 1) * self.per_page + 1, self.pages * self.per_page


def column_walks(notes: Iterable[Note]) -> list[ColumnWalk]:
    """The walks of a segment, as far as their first pages could be read."""
    shown: dict[tuple[str, str], list[Note]] = defaultdict(list)
    ends: dict[tuple[str, str], Note] = {}
    for note in notes:
        if note.column is None:
            continue
        if note.role is Role.LIST and note.status == 200:
            shown[note.source, note.column].append(note)
        elif note.role is Role.WALK:
            ends[note.source, note.column] = note
    return [_walk(lists, ends.get(column)) for column, lists in shown.items()]


def _walk(lists: Sequence[Note], end: Note | None) -> ColumnWalk:
    first = lists[0]
    assert first.column and first.at  # an answer to a list's request  # noqa: S101, PT018
    return ColumnWalk(
        source=first.source,
        column=first.column,
        at=first.at,
        items=tuple({item.key: item for note in lists for item in note.items}.values()),
        list_pages=len(lists),
        total=first.total,
        pages=first.pages,
        per_page=first.shown,
        whole=end is not None and end.whole,
        doubts=end.doubts if end is not None else (),
        shared=end is not None and end.shared,
    )
