"""A corpus from one database into another, whichever two: SQLite to PostgreSQL and back.

Rows go table by table in the order of their primary keys, a transaction a batch, so that after a kill
the same copy goes on behind the last row that is there. At the end every table is read on both sides
and compared; only then does the copy count as a database of its own.
"""

import json
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from storage import search, terms_index
from storage.database import COPYING, Database, State
from storage.errors import Refused, StorageError
from storage.models import Base, Counter
from storage.settings import masked

_BATCH = 500
_BYTES = 16
TABLES = tuple(
    table for table in Base.metadata.sorted_tables if not table.name.startswith("search")
)
"""What is copied, what others refer to first. The search index is made anew: each database has its
own kind."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that is the same on both sides."""

    table: str
    rows: int
    digest: str
    """Of all its rows in any order: the sum of their BLAKE2b digests, hexadecimal."""


OnRows = Callable[[str, int, int], None]
"""Hears how many rows of how many a table has on the other side, in a stage that is named."""


def copy(
    source: str, target: str, on_rows: OnRows = lambda _what, _done, _all: None
) -> list[Copied]:
    """Copy the database at one address into an empty one at another, or finish doing so.

    Raises Refused for a source of another version and for a target that holds anything else, and
    StorageError where the two differ in the end, since the source was written to meanwhile.
    """
    here = Database.open(source, readonly=True)
    try:
        there = _target(here, target)
        try:
            with here.standing() as session:
                rows = session.connection()
                for table in TABLES:
                    _copy_table(rows, there, table, on_rows)
                found = [_compared(rows, there, table, on_rows) for table in TABLES]
            on_rows("search index", 0, 1)
            _finish(there)
            on_rows("search index", 1, 1)
        finally:
            there.close()
    finally:
        here.close()
    return found


def _target(source: Database, url: str) -> Database:
    """The other side: marked as unfinished, and with nothing in it but what this copy put there."""
    database = Database.for_copy(url)
    try:
        name = blake2b(source.url.encode(), digest_size=8).hexdigest()
        with database.unit_of_work() as session:
            if database.state() is State.COPYING:
                _require_same(session, name, url)
            else:
                _require_empty(session, url)
                session.execute(delete(Counter))
                session.execute(text(f"CREATE TABLE {COPYING} (source text)"))
                session.execute(text(f"INSERT INTO {COPYING} VALUES (:name)"), {"name": name})  # noqa: S608
    except BaseException:
        database.close()
        raise
    return database


def _require_same(session: Session, name: str, url: str) -> None:
    if session.scalar(text(f"SELECT source FROM {COPYING}")) != name:  # noqa: S608
        raise Refused(
            f"{masked(url)} holds an unfinished copy of another database; finish that one, "
            "or copy into an empty database"
        )


def _require_empty(session: Session, url: str) -> None:
    for table in TABLES:
        if table.name != Counter.__tablename__ and (rows := _count(session.connection(), table)):
            raise Refused(
                f"{masked(url)} is not empty: it holds {rows:,} rows in {table.name!r}; "
                "copy into an empty database"
            )


# --- rows -----------------------------------------------------------------------------------------


def _copy_table(rows: Connection, target: Database, table: Table, on_rows: OnRows) -> None:
    total = _count(rows, table)
    with target.reading() as session:
        done = _count(session.connection(), table)
    on_rows(table.name, done, total)
    # A server's cursor is to be closed also where a batch fails.
    with closing(_batches(rows, _ordered(table).offset(done))) as batches:
        for batch in batches:
            with target.unit_of_work() as session:
                session.connection().execute(insert(table), batch)
            done += len(batch)
            on_rows(table.name, done, total)


def _ordered(table: Table) -> Select[*tuple[Any, ...]]:
    return select(table).order_by(*table.primary_key.columns)


def _batches(
    connection: Connection, query: Select[*tuple[Any, ...]]
) -> Generator[list[dict[str, Any]], None, None]:
    """The rows of a query in batches, by a cursor of the server."""
    with connection.execute(query.execution_options(yield_per=_BATCH)) as result:
        for part in result.mappings().partitions():
            yield [dict(row) for row in part]


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


# --- at the end -----------------------------------------------------------------------------------


def _compared(rows: Connection, target: Database, table: Table, on_rows: OnRows) -> Copied:
    on_rows(f"compare {table.name}", 0, 1)
    with target.reading() as session:
        ours, theirs = _digest(rows, table), _digest(session.connection(), table)
    if ours != theirs:
        _start_over(target)
        raise StorageError(
            f"{table.name} has changed while it was copied ({ours[0]:,} rows here, {theirs[0]:,} there); "
            "stop what writes to the source and run the same command again"
        )
    on_rows(f"compare {table.name}", 1, 1)
    return Copied(table.name, ours[0], f"{ours[1]:032x}")


def _digest(connection: Connection, table: Table) -> tuple[int, int]:
    """How many rows there are, and a number that tells them from any others."""
    count = total = 0
    for batch in _batches(connection, select(table)):
        for row in batch:
            written = json.dumps(row, default=str, sort_keys=True, ensure_ascii=False)
            made = blake2b(written.encode(), digest_size=_BYTES).digest()
            total = (total + int.from_bytes(made)) % (1 << 8 * _BYTES)
        count += len(batch)
    return count, total


def _start_over(target: Database) -> None:
    """Take out what was copied: no part of it can be trusted."""
    with target.unit_of_work() as session:
        for table in reversed(TABLES):
            session.execute(delete(table))


def _finish(target: Database) -> None:
    """Make the search index, set the sequences, and take the mark away: all or nothing."""
    with target.unit_of_work() as session:
        with terms_index.made_at_the_end(session):
            search.rebuild(session)
        if target.engine.dialect.name == "postgresql":
            _set_sequences(session)
        session.execute(text(f"DROP TABLE {COPYING}"))


def _set_sequences(session: Session) -> None:
    """Go on counting behind the highest key that was copied."""
    for table in TABLES:
        column = table.autoincrement_column
        if column is None:
            continue
        named = {"table": f'"{table.name}"', "column": column.name}
        sequence = session.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), named)
        if sequence:
            highest = select(func.coalesce(func.max(column), 0) + 1)
            session.execute(select(func.setval(sequence, highest.scalar_subquery(), False)))
