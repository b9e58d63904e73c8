"""The owner's search for a number that is masked: the texts themselves are read.

The index knows only masked text. Where the folded text shows that a number was masked, the
article's own texts are folded and looked at: exact, and slow only in how many such articles there are.
What that finds is added to what the index finds, and then ranked, counted and paged like any search.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.among import parts
from storage.conditions import conditions
from storage.docids import of_articles
from storage.finding import Asked, find, matching
from storage.folding import fold
from storage.matching import holds
from storage.models import Article, Attachment, FoldedText, SearchEntry
from storage.query import Query
from storage.records import Filters, SearchResult
from storage.windows import Window, joined, part_of

_NUMBER = re.compile(r"\d(?:[ -]?\d){6}")
_MASKED = "***"


def asks_for_number(query: Query) -> bool:
    """Whether a query holds what may be a masked number."""
    return any(_NUMBER.search(text.folded) for text in query.texts)


def find_numbers(session: Session, asked: Asked) -> SearchResult:
    """What a query finds in masked and in own texts. Ranked by what of it stands in the masked ones."""
    asked.check()
    indexed = matching(session, asked.query, asked.filters)
    docids = set(of_articles(session, list(_matching(session, asked))).values())
    own = _window(session, sorted(docids - set(indexed.docid.tolist())))
    whole = joined([indexed, own])
    return find(session, asked, part_of(whole, np.argsort(-whole.docid)))


def _window(session: Session, docids: Sequence[int]) -> Window:
    entry = SearchEntry
    rows: list[Any] = []
    columns = (entry.docid, entry.at, entry.story, entry.duplicate, entry.labels)
    for some in parts(docids):
        rows += session.execute(select(*columns).where(entry.docid.in_(some))).all()
    return Window.of(rows, complete=True)


def _matching(session: Session, asked: Asked) -> Iterator[int]:
    root = asked.query.root
    texts_of = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    query = (
        select(Article.pk, Article.title, Article.body)
        .join(FoldedText, FoldedText.article_pk == Article.pk)
        .where(
            or_(*(part.contains(_MASKED, autoescape=True) for part in texts_of)),
            *conditions(asked.filters),
        )
    )
    rows: Sequence[Any] = session.execute(query).all()
    for batch in parts(rows):
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
