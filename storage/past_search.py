"""Searching the corpus as it stood at a time.

What reads now as it read then is asked of the index of today; what was replaced since is in no index,
and read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import docids
from storage.finding import matching
from storage.folding import searchable
from storage.matching import holds
from storage.models import Article, SearchEntry
from storage.query import All, Query, Text
from storage.records import Filters
from storage.search import story_number
from storage.versions import Replaced, replaced_since
from storage.windows import UNDATED, Window, joined, one_a_story, part_of


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found, in order."""

    total: int
    pks: Sequence[int]
    """The keys of the first of them."""


def count_then(session: Session, filters: Filters, at: datetime) -> int:
    """How many articles there were at a time, reprints included."""
    standing = _standing(session, Query(), filters, at)
    return len(standing) + sum(one.matches(filters) for one in replaced_since(session, at))


def find_then(
    session: Session, asked: Query, filters: Filters, at: datetime, *, limit: int, reprints: bool
) -> Found:
    """What a question found at a time: hits in the title first, then the newest."""
    standing = _standing(session, asked, filters, at)
    titles = [_in_titles(session, asked, filters, standing)]
    older = [
        (one, title)
        for one in replaced_since(session, at)
        if one.matches(filters) and (title := _title_if_hit(one, asked)) is not None
    ]
    places = docids.of_articles(session, [one.pk for one, _ in older])
    earlier = Window.of([_row(one, places[one.pk]) for one, _ in older], complete=True)
    titles.append(np.array([_count(title, asked) for _, title in older], np.int64))
    window, in_title = joined([standing, earlier]), np.concatenate(titles)
    if not reprints:
        kept = np.isin(window.docid, one_a_story(window).docid)
        window, in_title = part_of(window, np.flatnonzero(kept)), in_title[kept]
    order = np.lexsort((-window.docid, -window.at, -in_title))[:limit]
    first = window.docid[order].tolist()
    pks = docids.articles_at(session, first)
    return Found(len(window), [pks[docid] for docid in first])


def _standing(session: Session, asked: Query, filters: Filters, at: datetime) -> Window:
    """What a question finds among what reads now as it read at a time."""
    window = matching(session, asked, filters)
    entry = SearchEntry
    query = select(entry.docid).join(Article, Article.pk == entry.article_pk)
    later = session.scalars(query.where(Article.revised_at > at)).all()
    unlike = np.fromiter(later, np.int64, len(later))
    return part_of(window, np.flatnonzero(~np.isin(window.docid, unlike)))


def _in_titles(
    session: Session, asked: Query, filters: Filters, standing: Window
) -> NDArray[np.int64]:
    """How many of the words each hit has in its title."""
    found = np.zeros(len(standing), np.int64)
    for text in asked.texts:
        titled = All((asked.root or text, Text(text.folded, in_title=True)))
        found += np.isin(standing.docid, matching(session, Query(titled), filters).docid)
    return found


def _title_if_hit(one: Replaced, asked: Query) -> str | None:
    """The folded title of a version that is a hit; what its attachments said is not kept."""
    title, body = searchable(one.version.title), searchable(one.version.body)
    if asked.root and not holds(asked.root, title, (body,), one.matches):
        return None
    return title


def _count(title: str, asked: Query) -> int:
    return sum(text.folded in title for text in asked.texts)


def _row(one: Replaced, docid: int) -> tuple[int, int, int, bool, bytes]:
    at = UNDATED if one.published_at is None else int(one.published_at.timestamp())
    return docid, at, story_number(one.story_id), one.duplicate_of is not None, b""
