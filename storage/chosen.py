"""Filters and a query together, as conditions on `article`: for what takes all that is found."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from storage.among import among
from storage.conditions import conditions
from storage.finding import every_match
from storage.models import Article
from storage.names import settled
from storage.query import Query, parse
from storage.records import Filters


def understood(session: Session, filters: Filters, query: str) -> tuple[Query, Filters]:
    """What a query and filters mean, with ids for the names that are known. Raises BadQuestion for
    those that make no sense."""
    asked, only = settled(session, parse(query), filters)
    conditions(only)
    return asked, only


def chosen(session: Session, filters: Filters, query: str) -> list[ColumnElement[bool]]:
    """What filters and a query, as `Corpus.search` takes them, ask of `article`; reprints count.

    Raises BadQuestion for those that make no sense.
    """
    asked, filters = understood(session, filters, query)
    if asked.root is None:
        return conditions(filters)
    return [among(Article.pk, every_match(session, asked, filters), session.get_bind().dialect)]
