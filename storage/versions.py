"""Versions of articles that have been replaced since a time, and what filters ask of them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from storage import models
from storage.citations import canonical_number
from storage.conditions import conditions
from storage.labels import values_named
from storage.records import CITY_TIME, Filters

_PAGE = 200
_PLACES = {"place", "main_place"}


@dataclass(frozen=True, slots=True)
class Replaced:
    """An article that was revised after a time, with the version of that time."""

    pk: int
    source: str
    story_id: str
    duplicate_of: str | None
    version: models.Revision
    tags: Sequence[dict[str, Any]]
    """The version's; where nobody kept them, those that the article has now."""
    named: Callable[[str, str], Collection[str]]
    """Which tags of today a filter's kind and value mean."""

    @property
    def published_at(self) -> datetime | None:
        """When it was published, as it said then."""
        at = self.version.fields.get("published_at")
        return datetime.fromisoformat(at) if at else None

    def matches(self, filters: Filters) -> bool:
        """Whether it is what filters ask for."""
        conditions(filters)  # raises for those that make no sense
        day = self.published_at and self.published_at.astimezone(CITY_TIME).date()
        return (
            _within(day, filters)
            and filters.source in {None, self.source}
            and all(self._has(kind, value) for kind, value in filters.tags())
            and (filters.open_on is None or self._is_open(filters.open_on))
        )

    def _has(self, kind: str, value: str) -> bool:
        of_today = self.named(kind, value)
        return any(
            tag["kind"] == kind and (tag["value"] in of_today or _means(tag, kind, value))
            for tag in self.tags
        )

    def _is_open(self, day: date) -> bool:
        ends = (str(tag["value"]) for tag in self.tags if tag["kind"] == "deadline")
        return any(end >= day.isoformat() for end in ends)


def replaced_since(
    session: Session, at: datetime, pks: Sequence[int] | None = None
) -> Iterator[Replaced]:
    """The articles, or those with these keys, that were there at a time and were revised after it, in
    the order of keys."""
    query = _query(at, pks).execution_options(yield_per=_PAGE)
    named = cache(partial(values_named, session))
    for rows in session.execute(query).partitions():
        now = _tags_now(session, [row[0] for row in rows if row[4].tags is None])
        for pk, source, story_id, duplicate_of, version in rows:
            tags = now.get(pk, []) if version.tags is None else version.tags
            yield Replaced(pk, source, story_id, duplicate_of, version, tags, named)


def _query(at: datetime, pks: Sequence[int] | None) -> Select[*tuple[Any, ...]]:
    article, revision = models.Article, models.Revision
    number = (
        select(revision.article_pk, func.max(revision.number).label("number"))
        .where(revision.seen_at <= at)
        .group_by(revision.article_pk)
    )
    if pks is not None:
        number = number.where(revision.article_pk.in_(pks))
    last = number.subquery()
    return (
        select(article.pk, article.source, article.story_id, article.duplicate_of, revision)
        .join(revision, revision.article_pk == article.pk)
        .join(last, and_(last.c.article_pk == article.pk, last.c.number == revision.number))
        .where(article.revised_at > at)
        .order_by(article.pk)
    )


def _tags_now(session: Session, pks: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    tag = models.Tag
    found: dict[int, list[dict[str, Any]]] = {}
    query = select(tag.article_pk, tag.kind, tag.value, tag.label).where(tag.article_pk.in_(pks))
    for pk, kind, value, label in session.execute(query):
        found.setdefault(pk, []).append({"kind": kind, "value": value, "label": label})
    return found


def _within(day: date | None, filters: Filters) -> bool:
    if day is None:
        return filters.since is None and filters.until is None
    return (filters.since is None or filters.since <= day) and (
        filters.until is None or day <= filters.until
    )


def _means(tag: dict[str, Any], kind: str, value: str) -> bool:
    """Whether a tag that no article may have any more is the one that a filter means: `storage.labels.meaning`
    of itself alone."""
    own, label = str(tag["value"]), str(tag["label"])
    if kind == "document":
        return own == (canonical_number(value) or value)
    if own == value or (kind != "person" and label == value):
        return True
    if kind in {*_PLACES, "topic"} and own.startswith(f"{value}/"):
        return True
    return kind in {*_PLACES, "organisation"} and label.endswith(value)
