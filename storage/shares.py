"""How articles are spread over the docids, from which estimates are made."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.changes import last_change
from storage.docids import END
from storage.kept import Kept

_MARKS = 2000
_STALE = 500
"""Marks are set anew after so many changes: to walk through a million docids takes 0.1 s."""
# The index on `duplicate` holds the docids in the fewest bytes; reprints lie among the others.
_OWN = "FROM search_entry INDEXED BY ix_search_entry_duplicate WHERE duplicate = 0"


@dataclass(frozen=True, slots=True)
class Marks:
    """The docid of every so-many-th article, the lowest first."""

    docids: Sequence[int]

    def share_from(self, docid: int, low: int = 0, high: int = END) -> float:
        """About which share of the articles from `low` on and below `high` has a docid from this one
        on; never none."""
        first, at, end = (bisect_left(self.docids, one) for one in (low, docid, high))
        return min(1.0, max(end - at, 0.5) / max(end - first, 0.5))


def marks_of(session: Session, kept: Kept) -> Marks:
    """The marks of a corpus on SQLite, as they are kept."""
    age = last_change(session) // _STALE
    return kept.get(age, "marks", lambda: Marks(list(_walk(session))))


def _walk(session: Session) -> Iterator[int]:
    run = session.connection().execute
    count = run(text(f"SELECT count(*) {_OWN}")).scalar_one()
    step = max(1, count // _MARKS)
    query = text(f"SELECT docid {_OWN} AND docid > :last ORDER BY docid LIMIT 1 OFFSET :skipped")
    last = run(query, {"last": -1, "skipped": 0}).scalar()
    while last is not None:
        yield last
        last = run(query, {"last": last, "skipped": step - 1}).scalar()
