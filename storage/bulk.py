"""Writing many rows at once: SQLAlchemy makes a statement, once, and the driver gets the rows.

On its way through SQLAlchemy each row is looked at a dozen times, which took a sixth of a load, and its
ORM makes a statement of every stretch of rows that leave the same columns empty.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Dialect, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.orm import Session

from storage.models.base import Base

_Rows = Sequence[dict[str, Any]]
_KEY = "key_of_"
"""Prefix of the parameters by which a row is found."""


def upsert(session: Session, table: type[Base]) -> Any:
    """An INSERT that can meet an existing row, in this database's dialect."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def insert_rows(session: Session, table: type[Base], rows: _Rows, more: str = "") -> None:
    """Insert rows that name the same columns each; the database fills the others. `more` is what the
    statement ends with."""
    if rows:
        statement = _insertion(_dialect(session), _table(table), tuple(rows[0]), more)
        _run(session, statement, rows)


def insert_missing(session: Session, table: type[Base], rows: _Rows) -> None:
    """The same, but rows that are there already stay as they are."""
    insert_rows(session, table, rows, " ON CONFLICT DO NOTHING")


def update_rows(session: Session, table: type[Base], rows: _Rows) -> None:
    """Set columns of the rows with these primary keys; rows that name the same columns go together."""
    shapes: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        shapes[tuple(row)].append(row)
    for names, alike in shapes.items():
        _run(session, _change(_dialect(session), _table(table), names), alike)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


def _dialect(session: Session) -> Dialect:
    return session.get_bind().dialect


# --- statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement as the driver takes it."""

    text: str
    parameters: tuple[str, ...]
    columns: tuple[str, ...]
    """Which column each parameter is of…"""
    makes: tuple[Callable[[Any], Any] | None, ...]
    """…and what makes the driver's value of a column's, where they differ."""
    positional: bool

    def given(self, rows: _Rows) -> list[Any]:
        """Rows as its parameters: a column at a time."""
        made: list[list[Any]] = []
        for column, make in zip(self.columns, self.makes, strict=True):
            values = [row[column] for row in rows]
            made.append([make(value) for value in values] if make else values)
        found = zip(*made, strict=True)
        if self.positional:
            return list(found)
        return [dict(zip(self.parameters, one, strict=True)) for one in found]


def _run(session: Session, statement: _Statement, rows: _Rows) -> None:
    session.connection().exec_driver_sql(statement.text, statement.given(rows))


@lru_cache(maxsize=256)
def _insertion(dialect: Dialect, table: Table, names: tuple[str, ...], more: str) -> _Statement:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return _prepared(dialect, table, insert(table).values(values), more)


@lru_cache(maxsize=256)
def _change(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Statement:
    keys = [column.name for column in table.primary_key]
    values: dict[str, Any] = {name: bindparam(name) for name in names if name not in keys}
    found = (table.c[key] == bindparam(_KEY + key) for key in keys)
    return _prepared(dialect, table, update(table).where(*found).values(values))


def _prepared(
    dialect: Dialect, table: Table, statement: Insert | Update, more: str = ""
) -> _Statement:
    compiled: Any = statement.compile(dialect=dialect)
    parameters = tuple(compiled.positiontup if compiled.positional else compiled.params)
    columns = tuple(name.removeprefix(_KEY) for name in parameters)
    types = [table.c[name].type.dialect_impl(dialect) for name in columns]
    makes = tuple(type_.bind_processor(dialect) for type_ in types)
    return _Statement(str(compiled) + more, parameters, columns, makes, compiled.positional)
