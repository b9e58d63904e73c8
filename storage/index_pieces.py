"""The pieces of SQLite's search index, and how they are made one.

FTS5 writes each batch as a piece of its own and merges pieces of like size as it goes: many small ones
stay, in which every term stands again. In one piece the index is an eighth smaller, and quicker to ask.
To make it one is to write all of it, so it is done where enough has come to it, and a little at a time.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.database import Database

_STRUCTURE = 10
"""The row of `search_data` that lists the pieces (the file format of FTS5, `fts5_index.c`)."""
_SECOND_FORMAT = b"\xff\x00\x00\x01"
_PAGES = 500
"""Of 4 kB, written in one transaction: some 70 ms, for which a batch that is loaded waits."""
_GROWN = 0.2
"""Share of the index beside its largest piece from which on it is worth the writing: each article is
then written again about five times, however long the corpus grows."""
_REST = 1.0
"""For so many times as long as a step took others have the database to themselves."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The sizes of an index's pieces, in pages, the largest first."""

    sizes: tuple[int, ...]

    @property
    def due(self) -> bool:
        """Whether there is enough beside the largest to make them one."""
        return len(self.sizes) > 1 and sum(self.sizes[1:]) > _GROWN * sum(self.sizes)


def pieces_of(session: Session) -> Pieces:
    """The pieces of the search index on SQLite."""
    query = text("SELECT block FROM search_data WHERE id = :row")
    block = session.execute(query, {"row": _STRUCTURE}).scalar_one()
    return Pieces(tuple(sorted(_sizes(block), reverse=True)))


def _sizes(block: bytes) -> Iterator[int]:
    second = block[4:8] == _SECOND_FORMAT
    numbers = _numbers(block[8 if second else 4 :])
    levels, _pieces, _written = (next(numbers) for _ in range(3))
    for _ in range(levels):
        _merging, pieces = next(numbers), next(numbers)
        for _ in range(pieces):
            _number, first, last = (next(numbers) for _ in range(3))
            # The second format adds what is known of removed entries.
            _more = [next(numbers) for _ in range(5 if second else 0)]
            yield last - first + 1 if first else 0


def _numbers(packed: bytes) -> Iterator[int]:
    """SQLite's integers of variable length: seven bits a byte, the highest first."""
    value = length = 0
    for byte in packed:
        length += 1
        if length == 9:
            value, length, done = value << 8 | byte, 0, True
        else:
            value, done = value << 7 | byte & 0x7F, byte < 0x80
        if done:
            yield value
            value = length = 0


def make_one(
    database: Database, seconds: float = 600.0, rest: Callable[[float], None] = time.sleep
) -> int:
    """Merge the pieces of the search index where that is due, for so long at the most; what is left is
    for the next time. Returns how many steps were made. PostgreSQL sees to its index by itself.
    """
    if database.engine.dialect.name != "sqlite":
        return 0
    with database.reading() as session:
        if not pieces_of(session).due:
            return 0
    steps, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        with database.unit_of_work() as session:
            # A negative number has FTS5 treat all pieces as ones to be merged.
            merge = text("INSERT INTO search (search, rank) VALUES ('merge', :pages)")
            session.execute(merge, {"pages": -_PAGES})
            left = len(pieces_of(session).sizes)
        steps += 1
        if left == 1:
            break
        rest(_REST * (time.monotonic() - began))
    return steps
