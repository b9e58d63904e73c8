"""The owner's search for a number that is masked: the texts themselves are read.

The index knows only masked text. Where the folded text shows that a number was masked, the
article's own texts are folded and looked at: exact, and slow only in how many such articles there are.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.articles import load_articles
from storage.conditions import conditions
from storage.finding import Asked
from storage.folding import fold
from storage.matching import holds
from storage.models import Article, Attachment, FoldedText
from storage.query import Query
from storage.records import Filters, SearchResult
from storage.snippets import marked

_NUMBER = re.compile(r"\d(?:[ -]?\d){6}")
_MASKED = "***"
_BATCH = 500


def asks_for_number(query: Query) -> bool:
    """Whether a query holds what may be a masked number."""
    return any(_NUMBER.search(text.folded) for text in query.texts)


def find_numbers(session: Session, asked: Asked) -> SearchResult:
    """The articles with masked numbers that a query finds in their own texts, the newest first,
    reprints included: `limit` of them, all counted."""
    asked.check()
    found = list(_matching(session, asked))
    articles = load_articles(session, found[: asked.limit])
    hits = tuple(marked(article, asked.query.texts) for article in articles)
    return SearchResult(total=len(found), exact=True, hits=hits)


def _matching(session: Session, asked: Asked) -> Iterator[int]:
    root = asked.query.root
    parts = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    query = (
        select(Article.pk, Article.title, Article.body)
        .join(FoldedText, FoldedText.article_pk == Article.pk)
        .where(
            or_(*(part.contains(_MASKED, autoescape=True) for part in parts)),
            *conditions(asked.filters),
        )
        .order_by(Article.published_at.desc().nulls_last(), Article.pk)
    )
    rows: Sequence[Any] = session.execute(query).all()
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        files = _files(session, [row.pk for row in batch])
        for pk, title, body in batch:
            texts = (fold(body), *files.get(pk, ()))
            if root and holds(root, fold(title), texts, partial(_allows, session, pk)):
                yield pk


def _allows(session: Session, pk: int, only: Filters) -> bool:
    query = select(Article.pk).where(Article.pk == pk, *conditions(only))
    return session.scalar(query) is not None


def _files(session: Session, pks: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(Attachment.article_pk, Attachment.text).where(Attachment.article_pk.in_(pks))
    for pk, text in session.execute(query):
        found.setdefault(pk, []).append(fold(text))
    return found
