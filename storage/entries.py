"""Entries of the search index, read as columns.

To hand a row of five values over to Python takes longer than to find it. The database puts each column
together as one value, which numpy takes apart.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.arrays import int4_array
from storage.packed import Numbers, Packed
from storage.windows import UNDATED, Window, joined

_AT_ONCE = 100_000
"""Entries that are read by one statement: no database puts more than 1 GB into one value."""
_NUMBERS = {"sqlite": "group_concat(docid)", "postgresql": "string_agg(CAST(docid AS text), ',')"}
_TOGETHER = {
    "sqlite": (
        f"SELECT group_concat(docid), group_concat(coalesce(at, {UNDATED})), group_concat(story), "  # noqa: S608 - of constants
        "group_concat(duplicate), group_concat(length(labels)), "
        # To SQLite a text in UTF-8 is any bytes: nothing is turned into anything here.
        "CAST(group_concat(labels, '') AS blob) "
        "FROM json_each(:docids) AS wanted CROSS JOIN search_entry e ON e.docid = wanted.value"
    ),
    "postgresql": (
        "SELECT string_agg(CAST(docid AS text), ','), "  # noqa: S608 - of constants
        f"string_agg(CAST(coalesce(at, {UNDATED}) AS text), ','), "
        "string_agg(CAST(story AS text), ','), string_agg(CAST(CAST(duplicate AS int) AS text), ','), "
        "string_agg(CAST(length(labels) AS text), ','), string_agg(labels, '') FROM "
        "(SELECT docid, at, story, duplicate, labels FROM search_entry "
        "WHERE docid = ANY(CAST(:docids AS integer[])) ORDER BY docid DESC) AS found"
    ),
}


def numbers_of(session: Session, rows: str, given: Mapping[str, Any]) -> Numbers:
    """The rows of a statement that gives one number, called ``docid``, in its order."""
    connection = session.connection()
    together = _NUMBERS[connection.dialect.name]
    statement = text(f"SELECT {together} FROM ({rows}) AS found")  # noqa: S608 - names of ours
    return _numbers(connection.execute(statement, given).scalar())


def read(session: Session, docids: Numbers) -> Window:
    """The entries with these docids, which are in order, the newest first."""
    starts = range(0, max(1, len(docids)), _AT_ONCE)
    return joined([_read(session, docids[start : start + _AT_ONCE]) for start in starts])


def _read(session: Session, docids: Numbers) -> Window:
    connection = session.connection()
    name = connection.dialect.name
    listed = json.dumps(docids.tolist()) if name == "sqlite" else int4_array(docids)
    found = connection.execute(text(_TOGETHER[name]), {"docids": listed}).one()
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
