"""How many articles there are of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Label, SQLColumnExpression, and_, func, select
from sqlalchemy.orm import Session, aliased

from storage import label_counts, messages, models
from storage.chosen import chosen, understood
from storage.errors import BadQuestion
from storage.label_counts import Key
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
    groups = _by_labels if label_counts.DIMENSIONS.issuperset(by) else _by_columns
    found = [Count(key, n) for key, n in groups(session, by, filters, query).items()]
    # Here and not in the database: each sorts text in its own way.
    return Counts(tuple(by), sorted(found, key=_place))


def _by_labels(session: Session, by: Sequence[str], filters: Filters, query: str) -> dict[Key, int]:
    asked, only = understood(session, filters, query)
    return label_counts.count_labels(session, by, only, asked)


def _by_columns(
    session: Session, by: Sequence[str], filters: Filters, query: str
) -> dict[Key, int]:
    """Whatever the index has no labels for is read from the articles."""
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
    return {tuple(row[:-1]): row[-1] for row in session.execute(asked)}


def _check(by: Sequence[str]) -> None:
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown:
        raise BadQuestion(messages.NOT_COUNTED_BY, name=unknown[0], known=", ".join(DIMENSIONS))
    if len(set(by)) < len(by) or not 1 <= len(by) <= _MOST:
        raise BadQuestion(messages.COUNTED_BY_FEW, most=_MOST, by=", ".join(by))


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
