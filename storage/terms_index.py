"""PostgreSQL's index over the terms of articles, made at once where many come together.

A GIN index that takes up article by article writes each of its terms for itself, a thousand and more an
article; one that is made of all of them at once is written in its order.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

_NAME = "ix_search_entry_terms"
_MEMORY = "512MB"
"""For sorting terms: what does not fit is sorted in parts, each of which reads the index again."""


def drop(session: Session) -> None:
    """Take the index away: until `create` no search finds anything in useful time."""
    if _is_postgres(session):
        session.execute(text(f"DROP INDEX {_NAME}"))


def create(session: Session) -> None:
    """Make it of all that is there."""
    if _is_postgres(session):
        session.execute(text(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'"))
        session.execute(text(f"CREATE INDEX {_NAME} ON search_entry USING gin (terms)"))


@contextmanager
def made_at_the_end(session: Session) -> Iterator[None]:
    """Have it made when a block ends that fills an index which nobody searches yet."""
    drop(session)
    yield
    create(session)


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
