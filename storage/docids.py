"""Numbers for the index in the order of publication, so that the newest are read first.

Each day has room for 1,024 articles, numbered as they come; what is more goes where there is room
behind it. Articles without a day have the room below all days: they are the oldest.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import SearchEntry

BITS = 10
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_UNDATED = 1 << 16
"""Days' rooms that articles without a day have: 67 million numbers."""


def room(docid: int) -> int:
    """The room that a number is in: rooms are in the order of days."""
    return docid >> BITS


def below(number: int) -> int:
    """The first docid behind a room."""
    return (number + 1) << BITS


def assign(session: Session, days: Mapping[int, date | None]) -> dict[int, int]:
    """Free docids for articles that were published on these days."""
    rooms: defaultdict[int, list[int]] = defaultdict(list)
    for pk, day in days.items():
        rooms[_room_of(day)].append(pk)
    found: dict[int, int] = {}
    taken: dict[int, int] = {}
    for number in sorted(rooms):
        for pk in rooms[number]:
            found[pk] = _next(session, number, taken)
    return found


def _room_of(day: date | None) -> int:
    if day is None:
        return 0
    return _UNDATED + (min(max(day, _FIRST), _LAST) - _FIRST).days


def _next(session: Session, number: int, taken: dict[int, int]) -> int:
    """The next number of a room, or of the first behind it that is not full. `taken` has the last
    number of each room that was asked for."""
    while True:
        if number not in taken:
            docid = SearchEntry.docid
            query = select(func.max(docid)).where(docid >= number << BITS, docid < below(number))
            taken[number] = session.scalar(query) or (number << BITS)
        if taken[number] + 1 < below(number):
            taken[number] += 1
            return taken[number]
        number += 1
