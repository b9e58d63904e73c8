"""Numbers for the index in the order of publication, so that the newest are read first.

Each day has room for 1,024 articles, numbered as they come; what is more goes where there is room
behind it, however many they are. They are few days that overflow: an index holds the articles that lie
behind their own day, so that who reads from the newest down knows when to expect one. Articles without
a day have the room below all days: they are the oldest.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.orm import Session

from storage.among import parts
from storage.models import OVERFLOWN, SearchEntry

BITS = 10
_FULL = 1 << BITS
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_UNDATED = 1 << 16
"""Days' rooms that articles without a day have: 67 million numbers."""
_DAY = 86_400
_BEGIN = -2_209_017_600
"""When the first day began in the city, in seconds since 1970; by its clocks of today: days of a summer
time began an hour earlier."""


def floor(docid: int) -> int:
    """Articles of this time and later all have a docid from this one on, or an even higher one."""
    number = (docid >> BITS) + 1
    return (number - _UNDATED) * _DAY + _BEGIN if number > _UNDATED else _NO_TIME


_NO_TIME = -(2**62)
END = 2**31 - 1
"""All docids are below it."""


def behind(session: Session, at: int, docid: int) -> int:
    """A docid below which are all articles that are older than an article (its time in seconds since
    1970 and its docid)."""
    if at == _NO_TIME:
        return docid
    day = min(max((at - _BEGIN) // _DAY, 0), (_LAST - _FIRST).days)
    entry = SearchEntry
    farther = select(func.max(entry.docid)).where(text(OVERFLOWN), entry.at <= at)
    own = _below(_UNDATED + day + 1)
    return max(own, (session.scalar(farther) or 0) + 1)


def of_days(session: Session, since: date | None, until: date | None) -> tuple[int, int] | None:
    """From which docid on and below which one the articles of some days are, both days included. None
    where days that are full, or so far away that they share a room, put others there or some elsewhere.
    """
    if not all(_FIRST < day < _LAST for day in (since, until) if day):
        return None
    low = (_room_of(since) if since else _UNDATED) << BITS
    high = _below(_room_of(until)) if until else END
    entry, first, last = SearchEntry, _begin(since, _NO_TIME), _begin(until, -_NO_TIME) + _DAY
    astray = select(entry.docid).where(text(OVERFLOWN), entry.at < last, entry.docid >= low)
    if session.scalar(astray.where(or_(entry.at < first, entry.docid >= high)).limit(1)):
        return None
    return low, high


def _begin(day: date | None, unbounded: int) -> int:
    return unbounded if day is None else _BEGIN + (day - _FIRST).days * _DAY


def articles_at(session: Session, found: Sequence[int]) -> dict[int, int]:
    """The keys of the articles that have these docids, by docid."""
    entry = SearchEntry
    return dict(_looked_up(session, select(entry.docid, entry.article_pk), entry.docid, found))


def of_articles(session: Session, pks: Sequence[int]) -> dict[int, int]:
    """The docids of the articles with these keys, by key."""
    entry = SearchEntry
    return dict(_looked_up(session, select(entry.article_pk, entry.docid), entry.article_pk, pks))


def _looked_up(
    session: Session, query: Select[*tuple[Any, ...]], key: Any, values: Sequence[int]
) -> Iterator[tuple[int, int]]:
    for some in parts(values):
        for row in session.execute(query.where(key.in_(some))):
            yield row[0], row[1]


def _below(number: int) -> int:
    """The first docid behind a room."""
    return (number + 1) << BITS


def assign(session: Session, days: Mapping[int, date | None]) -> dict[int, int]:
    """Free docids for articles that were published on these days."""
    rooms: defaultdict[int, list[int]] = defaultdict(list)
    for pk, day in days.items():
        rooms[_room_of(day)].append(pk)
    found: dict[int, int] = {}
    taken = _taken(session, rooms)
    for number in sorted(rooms):
        for pk in rooms[number]:
            found[pk] = _next(session, number, taken)
    return found


def _room_of(day: date | None) -> int:
    if day is None:
        return 0
    return _UNDATED + (min(max(day, _FIRST), _LAST) - _FIRST).days


def _taken(session: Session, rooms: Collection[int]) -> dict[int, int]:
    """The last number of each room that is taken; where none is, the one before its first."""
    dialect = session.get_bind().dialect.name
    values = list(rooms) if dialect == "postgresql" else json.dumps(list(rooms))
    rows = session.execute(_LAST_TAKEN[dialect], {"rooms": values})
    return {number: last or (number << BITS) for number, last in rows}


# One statement for a batch: asking room by room took a tenth of a load.
_ROOMS = {
    "sqlite": "(SELECT value AS room FROM json_each(:rooms)) AS wanted",
    "postgresql": "unnest(CAST(:rooms AS bigint[])) AS room",
}
_LAST_TAKEN = {
    name: text(
        "SELECT room, (SELECT max(docid) FROM search_entry "  # noqa: S608 - of constants
        f"WHERE docid >= (room << {BITS}) AND docid < ((room + 1) << {BITS})) FROM {rooms}"
    )
    for name, rooms in _ROOMS.items()
}


def _next(session: Session, number: int, taken: dict[int, int]) -> int:
    """The next number of a room, or of the first behind it that is not full. `taken` has the last
    number of each room that was asked for."""
    while True:
        if number not in taken:
            taken |= _taken(session, [number])
        if taken[number] + 1 < (number << BITS) + _FULL:
            taken[number] += 1
            return taken[number]
        number += 1
