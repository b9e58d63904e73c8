"""What the lists of a segment show: enough to miss what they leave out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from crawler.segment import Note, Role


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
    page: lists go from new to old.
    """
    whole = {(note.source, note.column) for note in notes if note.role is Role.WALK}
    last: dict[tuple[str, str], date] = {}
    for note in notes:
        if note.role is Role.LIST and note.column and (note.source, note.column) in whole:
            days = [item.listed.published.day for item in note.items if item.listed.published]
            if days:
                last[note.source, note.column] = days[-1]
    return [Walked(source, column, day) for (source, column), day in last.items()]
