"""Many articles, one after another, without having them all at once."""

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Dialect, func, select
from sqlalchemy.orm import Session

from storage import models
from storage.articles import load_articles
from storage.conditions import conditions
from storage.database import Database
from storage.matching import matching
from storage.records import EVERYTHING, Article, Filters
from storage.tabular import Tabular, required

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE = 500
_BATCH = 2000
"""Articles in a batch of columns: some ten megabytes."""


class Articles(Tabular):
    """Articles in the order in which they were stored. Nothing is read before it is asked for, and
    each walk through them reads anew.

    A walk goes on from the last key instead of holding a server's cursor open: a cursor lives in a
    transaction, which for as long as somebody reads keeps SQLite's log and PostgreSQL's dead rows
    from being cleared away. What is loaded meanwhile is met at the end, nothing is met twice.
    """

    def __init__(
        self,
        database: Database,
        filters: Filters = EVERYTHING,
        query: str = "",
        *,
        canonical: bool = False,
    ) -> None:
        self._database = database
        self._filters = filters
        self._query = query
        self._canonical = canonical

    def __iter__(self) -> Iterator[Article]:
        last = 0
        while True:
            with self._database.reading() as session:
                pks = self._keys(session, last, _PAGE)
                page = list(load_articles(session, pks))
            if not pks:
                return
            yield from page
            last = pks[-1]

    def batches(self, size: int = _BATCH) -> "Iterator[pa.RecordBatch]":
        """The same as Arrow record batches of `size` articles; no record is made in between."""
        required("pyarrow", "arrow")
        from storage.arrow.read import read_batch

        last = 0
        while True:
            with self._database.reading() as session:
                pks = self._keys(session, last, size)
                batch = read_batch(session, pks)
            if not pks:
                return
            yield batch
            last = pks[-1]

    def to_arrow(self) -> "pa.Table":
        """All of them as one Arrow table, in memory. Needs the extra ``arrow``."""
        arrow = required("pyarrow", "arrow")
        from storage.arrow.schema import ARTICLE

        table: pa.Table = arrow.Table.from_batches(self.batches(), ARTICLE)
        return table

    def count(self) -> int:
        """How many there are now."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(models.Article)
            return session.scalar(query.where(*self._conditions(session.get_bind().dialect))) or 0

    def keys(self) -> "array[int]":
        """The primary keys of all of them now, ascending: eight bytes an article."""
        with self._database.reading() as session:
            return array("q", self._keys(session, 0, None))

    def _keys(self, session: Session, after: int, limit: int | None) -> list[int]:
        pk = models.Article.pk
        wanted = self._conditions(session.get_bind().dialect)
        query = select(pk).where(pk > after, *wanted).order_by(pk).limit(limit)
        return list(session.scalars(query))

    def _conditions(self, dialect: Dialect) -> list[ColumnElement[bool]]:
        found = [*conditions(self._filters), *matching(self._query, dialect)]
        if self._canonical:
            found.append(models.Article.duplicate_of.is_(None))
        return found

    def _repr_html_(self) -> str:
        from storage.notebook import articles_html

        return articles_html(self)
