"""How much of SQLite's search index a question may make it read, told before it reads anything.

FTS5 looks for the next match without coming back to SQLite's virtual machine, so that no clock stops
it, and what one character begins it puts together before it looks at all. Its directory tells on which
pages of 4 kB each term stands (the file format of FTS5, `fts5_index.c`): that is a bound of the work.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage import terms
from storage.errors import TooSlow
from storage.limits import seconds_of
from storage.query import All, Either, Not, Text

_A_SECOND = 5_000
"""Pages: of 200,000 articles the characters that stand on so many took 0.6 to 1.2 s of CPU."""

_PAGES = """
WITH wanted AS (
  SELECT CAST('0' || json_extract(value, '$[0]') AS BLOB) AS low,
         CAST('0' || json_extract(value, '$[1]') AS BLOB) AS high FROM json_each(:stretches)
), piece AS (SELECT segid, max(pgno) AS last FROM search_idx GROUP BY segid)
SELECT sum(
  (coalesce((SELECT pgno FROM search_idx i WHERE i.segid = piece.segid AND i.term > wanted.high
             ORDER BY i.term LIMIT 1), piece.last) >> 1)
  - (coalesce((SELECT pgno FROM search_idx i WHERE i.segid = piece.segid AND i.term <= wanted.low
               ORDER BY i.term DESC LIMIT 1), 0) >> 1) + 1
) FROM wanted CROSS JOIN piece
"""


def refuse_endless(session: Session, asked: Any) -> None:
    """Raise TooSlow for a question that would take longer than the session's transactions may."""
    seconds = seconds_of(session)
    if seconds is not None and pages(session, asked) > seconds * _A_SECOND:
        raise TooSlow(
            "this would take too long; ask for less, or for words of two characters or more"
        )


def pages(session: Session, asked: Any) -> int:
    """The pages on which the words of a resolved question stand, or a few more."""
    stretches = sorted(set(_stretches(asked)))
    return session.execute(text(_PAGES), {"stretches": json.dumps(stretches)}).scalar() or 0


def _stretches(node: Any) -> Iterable[tuple[str, str]]:
    if isinstance(node, All | Either):
        return [one for part in node.parts for one in _stretches(part)]
    if isinstance(node, Not):
        return _stretches(node.part)
    return terms.fts_stretches(node.folded) if isinstance(node, Text) else []
