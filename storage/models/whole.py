"""Every table, for whom the metadata has to be whole: a migration, a copy, a flush of objects, which
goes by what refers to what."""

from sqlalchemy import Index, text

from storage.models import corpus, crawling, health, ledger, search
from storage.models.base import Base
from storage.models.search import OVERFLOWN, SearchEntry

__all__ = ["Base", "corpus", "crawling", "health", "ledger", "search"]

# Not beside its table: to name an option of a database's imports all that SQLAlchemy knows of it, and
# who searches on SQLite has no use for PostgreSQL's.
Index(
    "ix_search_entry_overflown",
    SearchEntry.at,
    SearchEntry.docid,
    sqlite_where=text(OVERFLOWN),
    postgresql_where=text(OVERFLOWN),
)
