"""Entries of the search index on SQLite, read as columns.

To hand a row of five values over to Python takes longer than to find it. SQLite puts each column
together as one value, which numpy takes apart.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.packed import Numbers, Packed
from storage.windows import UNDATED, Window, joined

_AT_ONCE = 100_000
"""Entries that are read by one statement: SQLite puts no more than 1 GB into one value."""
_TOGETHER = (
    f"SELECT group_concat(docid), group_concat(coalesce(at, {UNDATED})), group_concat(story), "  # noqa: S608 - of constants
    "group_concat(duplicate), group_concat(length(labels)), "
    # To SQLite a text in UTF-8 is any bytes: nothing is turned into anything here.
    "CAST(group_concat(labels, '') AS blob) "
    "FROM json_each(:docids) AS wanted CROSS JOIN search_entry e ON e.docid = wanted.value"
)


def numbers_of(session: Session, rows: str, given: Mapping[str, Any]) -> Numbers:
    """The rows of a statement that gives one number, called ``docid``, in its order."""
    statement = text(f"SELECT group_concat(docid) FROM ({rows})")  # noqa: S608 - names of ours
    return _numbers(session.connection().execute(statement, given).scalar())


def read(session: Session, docids: Numbers) -> Window:
    """The entries with these docids, in this order."""
    starts = range(0, max(1, len(docids)), _AT_ONCE)
    return joined([_read(session, docids[start : start + _AT_ONCE]) for start in starts])


def _read(session: Session, docids: Numbers) -> Window:
    given = {"docids": json.dumps(docids.tolist())}
    found = session.connection().execute(text(_TOGETHER), given).one()
    docid, at, story, duplicate, lengths = map(_numbers, found[:5])
    labels = np.frombuffer(found[5] or b"", "<i4")
    return Window(
        docid=docid,
        at=at,
        story=story,
        duplicate=duplicate.astype(np.bool_),
        labels=Packed.end_to_end(labels, lengths // 4),
        complete=True,
    )


def _numbers(listed: str | None) -> Numbers:
    return np.fromstring(listed, np.int64, sep=",") if listed else np.array([], np.int64)
