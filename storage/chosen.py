"""Filters and a query together, as conditions on `article`: for what takes all that is found."""

from sqlalchemy import ColumnElement, Dialect, select

from storage import models
from storage.conditions import conditions
from storage.matching import matches
from storage.query import parse
from storage.records import Filters


def chosen(filters: Filters, query: str, dialect: Dialect) -> list[ColumnElement[bool]]:
    """What filters and a query, as `Corpus.search` takes them, ask of `article`; reprints count.

    Raises BadQuestion for those that make no sense.
    """
    root = parse(query).root
    if root is None:
        return conditions(filters)
    article, folded = models.Article, models.FoldedText
    joined = select(folded.article_pk).join(article, article.pk == folded.article_pk)
    return [*conditions(filters), article.pk.in_(joined.where(matches(root, dialect)))]
