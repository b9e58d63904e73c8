"""Whether the search index says what the tables say: for every test after which it must."""

from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import search
from storage.models import Article, SearchEntry


def in_step(session: Session) -> bool:
    """Whether the rows of the index are those that the tables would give."""
    stored = _rows(session)
    pks = [pk for pk, *_ in stored]
    facts = search._facts(session, pks)
    found = search._labels(session, pks, facts)
    every = set(session.scalars(select(Article.pk)))
    return every == set(pks) and stored == [
        (pk, facts[pk].at, search.story_number(facts[pk].story_id), facts[pk].duplicate, found[pk])
        for pk in pks
    ]


def _rows(session: Session) -> list[tuple[Any, ...]]:
    entry = SearchEntry
    query = select(entry.article_pk, entry.at, entry.story, entry.duplicate, entry.labels)
    return [
        (*row[:4], tuple(np.frombuffer(row[4], "<i4").tolist()))
        for row in session.execute(query.order_by(entry.article_pk))
    ]
