"""Writing many rows at once."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from storage.models import Base


def insert_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that name the same columns each: one statement, prepared once.

    Not through the ORM: it makes a statement of every stretch of rows that leave the same columns
    empty, a hundred of a batch's tags.
    """
    if rows:
        session.connection().execute(insert(cast("Table", table.__table__)), rows)
