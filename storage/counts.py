"""How many articles there are of each kind: grouped in the database, one row a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Label, SQLColumnExpression, and_, func, select
from sqlalchemy.orm import Session, aliased

from storage import models
from storage.chosen import chosen
from storage.errors import BadQuestion
from storage.records import Count, Counts, Filters
from storage.times import city_text

_TIMES = {"day": 10, "month": 7, "year": 4}
"""How much of ``2026-07-31`` each is."""
_FIELDS = ("source", "column", "lang")
_TAGS = ("topic", "place", "organisation", "person", "type")
DIMENSIONS = (*_TIMES, *_FIELDS, *_TAGS)
"""What can be counted by."""
_MOST = 4
"""Dimensions at once: a fifth would make more groups than anybody reads."""


@dataclass(frozen=True, slots=True)
class _Dimension:
    """The column that an article is put in a group by; of a tag, with the table that has it."""

    column: SQLColumnExpression[Any]
    tag: type[models.Tag] | None = None
    on: ColumnElement[bool] | None = None


def read_counts(session: Session, by: Sequence[str], filters: Filters, query: str) -> Counts:
    """The groups of `Corpus.counts`, sorted by their keys, None last."""
    _check(by)
    dialect = session.get_bind().dialect
    article = models.Article
    dimensions = [_dimension(name, dialect) for name in by]
    columns: list[Label[Any]] = [one.column.label(f"key{at}") for at, one in enumerate(dimensions)]
    asked = select(*columns, func.count().label("articles")).select_from(article)
    for one in dimensions:
        if one.tag is not None:
            asked = asked.outerjoin(one.tag, one.on)
    asked = asked.where(*chosen(session, filters, query))
    # By name: an expression with parameters is not known to PostgreSQL as the one selected.
    asked = asked.group_by(*(column.name for column in columns))
    found = [Count(tuple(row[:-1]), row[-1]) for row in session.execute(asked)]
    # Here and not in the database: each sorts text in its own way.
    return Counts(tuple(by), sorted(found, key=_place))


def _check(by: Sequence[str]) -> None:
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown:
        raise BadQuestion(f"nothing is counted by {unknown[0]!r}; use {', '.join(DIMENSIONS)}")
    if len(set(by)) < len(by) or not 1 <= len(by) <= _MOST:
        raise BadQuestion(f"count by one to {_MOST} different things, not by {', '.join(by)!r}")


def _dimension(name: str, dialect: Dialect) -> _Dimension:
    article = models.Article
    if name in _TIMES:
        return _Dimension(func.substr(city_text(article.published_at, dialect), 1, _TIMES[name]))
    if name in _FIELDS:
        return _Dimension(getattr(article, name))
    tag = aliased(models.Tag)
    return _Dimension(tag.value, tag, and_(tag.article_pk == article.pk, tag.kind == name))


def _place(count: Count) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in count.key)
