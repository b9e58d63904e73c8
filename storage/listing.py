"""Many articles, one after another, without having them all at once."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage import models
from storage.articles import load_articles
from storage.chosen import chosen, understood
from storage.conditions import conditions
from storage.database import Database
from storage.personal import sees_all
from storage.records import EVERYTHING, Article, Filters
from storage.tabular import Tabular, required
from storage.times import city_text

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
        for pks in self._pages(_PAGE):
            yield from self.load(pks)

    def batches(self, size: int = _BATCH) -> "Iterator[pa.RecordBatch]":
        """The same as Arrow record batches of `size` articles; no record is made in between."""
        for pks in self._pages(size):
            yield self.read(pks)

    def _pages(self, size: int) -> Iterator[Sequence[int]]:
        """The primary keys, ascending, some at a time."""
        if self._query:
            # A search is made once, not for every page.
            found = self.keys()
            yield from (found[start : start + size] for start in range(0, len(found), size))
            return
        last = 0
        while True:
            with self._database.reading() as session:
                pks = self._keys(session, last, size)
            if not pks:
                return
            yield pks
            last = pks[-1]

    def read(self, keys: Sequence[int]) -> "pa.RecordBatch":
        """The articles with these primary keys, in the keys' order, as columns."""
        required("pyarrow", "arrow")
        from storage.arrow.read import read_batch

        with self._database.reading() as session:
            return read_batch(session, keys)

    def load(self, keys: Sequence[int]) -> list[Article]:
        """The articles with these primary keys, in this order; those that are gone are left out."""
        with self._database.reading() as session:
            there = select(models.Article.pk).where(models.Article.pk.in_(keys))
            return list(
                load_articles(session, session.scalars(there.order_by(models.Article.pk)).all())
            )

    def to_arrow(self) -> "pa.Table":
        """All of them as one Arrow table, in memory. Needs the extra ``arrow``."""
        arrow = required("pyarrow", "arrow")
        from storage.arrow.schema import ARTICLE

        table: pa.Table = arrow.Table.from_batches(self.batches(), ARTICLE)
        return table

    def require_sense(self) -> None:
        """Raise BadQuestion for a question that makes none, before anything is made for its answer."""
        with self._database.reading() as session:
            _, only = understood(session, self._filters, self._query)
            session.scalar(select(models.Article.pk).where(*conditions(only)).limit(1))

    def count(self) -> int:
        """How many there are now."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(models.Article)
            return session.scalar(query.where(*self._conditions(session))) or 0

    @property
    def description(self) -> dict[str, Any]:
        """Which articles these are, as JSON values: equal for the same question to the same
        database."""
        database = blake2b(self._database.url.encode(), digest_size=8).hexdigest()
        asked = {name: str(value) for name, value in asdict(self._filters).items() if value}
        with self._database.reading() as session:
            unmasked = sees_all(session)
        more = {"query": self._query, "canonical": self._canonical, "unmasked": unmasked}
        return {"database": database, "filters": asked} | more

    def keys(self) -> "array[int]":
        """The primary keys of all of them now, ascending: eight bytes an article."""
        with self._database.reading() as session:
            return array("q", self._keys(session, 0, None))

    def keys_by_month(self, until: int) -> "dict[str | None, array[int]]":
        """The primary keys up to one, ascending, by the month of publication in the city."""
        pk = models.Article.pk
        with self._database.reading() as session:
            dialect = session.get_bind().dialect
            month = func.substr(city_text(models.Article.published_at, dialect), 1, 7)
            query = select(month, pk).where(pk <= until, *self._conditions(session)).order_by(pk)
            found: dict[str | None, array[int]] = {}
            for name, key in session.execute(query.execution_options(yield_per=_PAGE)):
                found.setdefault(name, array("q")).append(key)
        return dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0] or "")))

    def last_key(self) -> int:
        """The highest primary key that there is, of any article."""
        with self._database.reading() as session:
            return session.scalar(select(func.max(models.Article.pk))) or 0

    def _keys(self, session: Session, after: int, limit: int | None) -> list[int]:
        pk = models.Article.pk
        wanted = self._conditions(session)
        query = select(pk).where(pk > after, *wanted).order_by(pk).limit(limit)
        return list(session.scalars(query))

    def _conditions(self, session: Session) -> list[ColumnElement[bool]]:
        found = chosen(session, self._filters, self._query)
        if self._canonical:
            found.append(models.Article.duplicate_of.is_(None))
        return found

    def _repr_html_(self) -> str:
        from storage.notebook import articles_html

        return articles_html(self)
