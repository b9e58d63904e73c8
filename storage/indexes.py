"""The search index that a database has."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.candidates import Index
from storage.kept import Kept


def index_of(session: Session, kept: Kept | None = None) -> Index:
    """The index of a session's database; what it finds out of the whole corpus is `kept`."""
    if session.get_bind().dialect.name == "sqlite":
        from storage.candidates_sqlite import SqliteIndex

        return SqliteIndex(session, kept or Kept())
    from storage.candidates_postgres import PLANS, PostgresIndex

    # The statements of a search see one state of the corpus, as they do on SQLite anyway. It can only
    # be said at the beginning of a transaction; who searches twice in one has said it already.
    if not session.in_transaction():
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    session.execute(text(PLANS))
    return PostgresIndex(session, kept or Kept())
