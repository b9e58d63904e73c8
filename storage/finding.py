"""Answering a search: what matches, in which order, with which facets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import models
from storage.articles import load_articles
from storage.conditions import conditions
from storage.errors import BadQuestion
from storage.matching import matches
from storage.query import Query, Text
from storage.records import CITY_TIME, FacetValue, Filters, Hit, SearchResult
from storage.snippets import marked

FACETS = ("source", "topic", "place", "organisation", "person", "type", "year")
SORTS = ("relevance", "date")
Sort = Literal["relevance", "date"]
_VALUES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search with all that was said about it."""

    query: Query
    filters: Filters
    limit: int = 20
    after: str | None = None
    sort: Sort = "relevance"
    reprints: bool = False
    facets: Sequence[str] = ()
    exact: bool = False

    def check(self) -> None:
        """Raise BadQuestion for what makes no sense."""
        if self.limit < 0:
            raise BadQuestion(f"limit {self.limit}: it cannot be below zero")
        if self.sort not in SORTS:
            raise BadQuestion(f"sort {self.sort!r}: choose one of {', '.join(SORTS)}")
        for name in self.facets:
            if name not in FACETS:
                raise BadQuestion(f"facet {name!r}: choose among {', '.join(FACETS)}")


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    at: datetime | None
    story: str
    duplicate_of: str | None
    in_title: int

    def precedence(self) -> tuple[bool, float, int]:
        return (self.duplicate_of is not None, self.when, self.pk)

    @property
    def when(self) -> float:
        return self.at.timestamp() if self.at else float("inf")

    @property
    def newest(self) -> tuple[float, int]:
        return (-self.when if self.at else float("inf"), self.pk)


def find(session: Session, asked: Asked) -> SearchResult:
    """Answer a search."""
    asked.check()
    rows = _rows(session, asked)
    kept = rows if asked.reprints else _one_a_story(rows)
    relevance = asked.sort == "relevance"
    ranked = sorted(kept, key=lambda row: (-row.in_title if relevance else 0, row.newest))
    start = _start(asked.after)
    page = ranked[start : start + asked.limit]
    more = start + len(page) < len(ranked) and asked.limit
    stories = Counter(row.story for row in rows)
    return SearchResult(
        total=len(ranked),
        exact=True,
        hits=hits(
            session,
            [row.pk for row in page],
            asked.query.texts,
            [stories[row.story] - 1 for row in page],
        ),
        facets={name: _facet(session, name, ranked) for name in asked.facets},
        next=str(start + len(page)) if more else None,
    )


def _start(after: str | None) -> int:
    if after is None:
        return 0
    if not after.isdigit():
        raise BadQuestion(f"after {after!r}: pass on what a search gave as next")
    return int(after)


def _rows(session: Session, asked: Asked) -> list[_Row]:
    article, dialect = models.Article, session.get_bind().dialect
    query = (
        select(
            article.pk,
            article.published_at,
            article.story_id,
            article.duplicate_of,
            models.FoldedText.title,
        )
        .join(models.FoldedText, models.FoldedText.article_pk == article.pk)
        .where(*conditions(asked.filters))
    )
    if asked.query.root is not None:
        query = query.where(matches(asked.query.root, dialect))
    words = [text.folded for text in asked.query.texts]
    return [_Row(*row[:4], sum(word in row[4] for word in words)) for row in session.execute(query)]


def _one_a_story(rows: Sequence[_Row]) -> list[_Row]:
    best: dict[str, _Row] = {}
    for row in sorted(rows, key=_Row.precedence):
        best.setdefault(row.story, row)
    return list(best.values())


def hits(
    session: Session, pks: Sequence[int], texts: Sequence[Text], reprints: Sequence[int]
) -> tuple[Hit, ...]:
    """The hits with these keys, in this order."""
    found = zip(load_articles(session, pks), reprints, strict=True)
    return tuple(marked(article, texts, others) for article, others in found)


def _facet(session: Session, name: str, rows: Sequence[_Row]) -> tuple[FacetValue, ...]:
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    pks = [row.pk for row in rows]
    if name == "year":
        counts.update(str(row.at.astimezone(CITY_TIME).year) for row in rows if row.at)
    elif name == "source":
        article = models.Article
        counts.update(session.scalars(select(article.source).where(article.pk.in_(pks))))
    else:
        tag = models.Tag
        query = select(tag.value, tag.label).where(tag.article_pk.in_(pks), tag.kind == name)
        for value, label in session.execute(query):
            counts[value] += 1
            labels[value] = label
    common = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_VALUES]
    return tuple(FacetValue(value, labels.get(value, value), n) for value, n in common)
