"""Filters and a query together, as conditions on `article`: for what takes all that is found."""

import json
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    String,
    any_,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from storage.conditions import conditions
from storage.finding import every_match
from storage.models import Article
from storage.query import parse
from storage.records import Filters


def chosen(session: Session, filters: Filters, query: str) -> list[ColumnElement[bool]]:
    """What filters and a query, as `Corpus.search` takes them, ask of `article`; reprints count.

    Raises BadQuestion for those that make no sense.
    """
    asked = parse(query)
    if asked.root is None:
        return conditions(filters)
    return [_among(every_match(session, asked, filters), session.get_bind().dialect)]


def _among(pks: Sequence[int], dialect: Dialect) -> ColumnElement[bool]:
    """The articles with these keys, however many: as one parameter."""
    if dialect.name == "postgresql":
        return Article.pk == any_(literal(list(pks), ARRAY(BigInteger)))
    listed = func.json_each(cast(json.dumps(list(pks)), String)).table_valued(column("value"))
    return Article.pk.in_(select(listed.c.value))
