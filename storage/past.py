"""The corpus as it stood at one time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from storage import models
from storage.articles import find_pk, load_articles
from storage.conditions import conditions
from storage.database import Database
from storage.errors import BadQuestion
from storage.folding import fold
from storage.matching import holds, matches
from storage.query import Query, parse
from storage.records import (
    CITY_TIME,
    EVERYTHING,
    Article,
    Filters,
    SearchResult,
    Tag,
    city_time,
    labels_of,
)
from storage.snippets import marked

_PAGE = 200


class PastCorpus:
    """The corpus as it stood at a time; made by `Corpus.at`.

    An article is in it from when it was first seen, with the version that had been seen last by
    then: title, body, every field and its tags. It counts as withdrawn from the check that
    confirmed it until the one that found it again. What was captured then and imported only later
    is there; what has been forgotten since is not, as if it had never been.

    Which articles are reprints of each other is not kept over time: a story is what it is now, as
    far as its articles were there; where the canonical one was not, the earliest of them stands in
    its place. Tags that a newer taxonomy gave to an unchanged text are the newer ones.
    """

    def __init__(self, database: Database, at: datetime) -> None:
        self._database = database
        self._at = at

    def get(self, which: str) -> Article | None:
        """The article with this id, canonical key or address as it read then; None if it was not
        there yet."""
        with self._database.reading() as session:
            pk = find_pk(session, which)
            return next(_as_then(session, [pk], self._at), None) if pk is not None else None

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """Every article of then, reprints included, in the order in which they were stored; lazily."""
        last = 0
        while True:
            with self._database.reading() as session:
                article = models.Article
                query = select(article.pk).where(article.pk > last, article.first_seen <= self._at)
                pks = list(session.scalars(query.order_by(article.pk).limit(_PAGE)))
                page = list(_as_then(session, pks, self._at))
                wanted = _wanted(session, pks, filters, self._at)
            if not pks:
                return
            yield from (one for one in page if one.id in wanted)
            last = pks[-1]

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles there were."""
        with self._database.reading() as session:
            standing = select(func.count()).select_from(models.Article)
            standing = standing.where(*_standing(self._at), *conditions(filters))
            later = _revised_later(session, self._at)
            return (session.scalar(standing) or 0) + sum(_matches(one, filters) for one in later)

    def story(self, story_id: str) -> tuple[Article, ...]:
        """The articles of a story that were there, the canonical one first."""
        with self._database.reading() as session:
            merged = select(models.Story.merged_into).where(models.Story.id == story_id)
            kept = session.scalar(merged) or story_id
            article = models.Article
            query = select(article.pk).where(article.story_id == kept)
            pks = list(session.scalars(query.order_by(article.published_at, article.pk)))
            members = list(_as_then(session, pks, self._at))
            return tuple(sorted(members, key=lambda one: one.duplicate_of is not None))

    def search(
        self,
        query: str = "",
        filters: Filters = EVERYTHING,
        *,
        limit: int = 20,
        reprints: bool = False,
    ) -> SearchResult:
        """The articles that a query asked for then, as `Corpus.search` finds them: those with its
        words in the title first, then the newest.

        Texts that have changed since are in no index: each of them is read.
        """
        asked = parse(query)
        if limit < 0:
            raise BadQuestion(f"limit {limit}: it cannot be below zero")
        with self._database.reading() as session:
            hits = [*self._standing_hits(session, asked, filters)]
            hits += [
                hit
                for one in _revised_later(session, self._at)
                if _matches(one, filters) and (hit := _hit(one, asked))
            ]
            found = sorted(hits if reprints else _one_a_story(hits), key=_Hit.rank)
            articles = _as_then(session, [hit.pk for hit in found[:limit]], self._at)
            shown = tuple(marked(article, asked.texts) for article in articles)
            return SearchResult(len(found), exact=True, hits=shown)

    def _standing_hits(self, session: Session, asked: Query, filters: Filters) -> Iterator["_Hit"]:
        article, folded = models.Article, models.FoldedText
        query = (
            select(
                article.pk,
                folded.title,
                article.published_at,
                article.story_id,
                article.duplicate_of,
            )
            .join(folded, folded.article_pk == article.pk)
            .where(*_standing(self._at), *conditions(filters))
        )
        if asked.root is not None:
            query = query.where(matches(asked.root, session.get_bind().dialect))
        for pk, title, at, story, duplicate_of in session.execute(query):
            yield _Hit(pk, _in_title(title, asked), at, story, duplicate_of)


def _standing(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Articles that read now as they read then."""
    return models.Article.first_seen <= at, models.Article.revised_at <= at


# --- versions that have been replaced since -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Later:
    """An article that was revised since, with the version of then."""

    pk: int
    source: str
    story_id: str
    duplicate_of: str | None
    version: models.Revision

    @property
    def published_at(self) -> datetime | None:
        at = self.version.fields.get("published_at")
        return datetime.fromisoformat(at) if at else None


def _revised_later(
    session: Session, at: datetime, pks: Sequence[int] | None = None
) -> Iterator[_Later]:
    article, revision = models.Article, models.Revision
    number = (
        select(revision.article_pk, func.max(revision.number).label("number"))
        .where(revision.seen_at <= at)
        .group_by(revision.article_pk)
    )
    if pks is not None:
        number = number.where(revision.article_pk.in_(pks))
    last = number.subquery()
    query: Select[*tuple[Any, ...]] = (
        select(article.pk, article.source, article.story_id, article.duplicate_of, revision)
        .join(revision, revision.article_pk == article.pk)
        .join(last, and_(last.c.article_pk == article.pk, last.c.number == revision.number))
        .where(article.revised_at > at)
        .order_by(article.pk)
    )
    for row in session.execute(query.execution_options(yield_per=_PAGE)):
        yield _Later(*tuple(row))


def _matches(one: _Later, filters: Filters) -> bool:
    conditions(filters)  # raises for those that make no sense
    day = one.published_at and one.published_at.astimezone(CITY_TIME).date()
    tags = one.version.tags or []
    return (
        _within(day, filters)
        and filters.source in {None, one.source}
        and (filters.topic is None or any(_names(tag, "topic", filters.topic) for tag in tags))
        and (filters.place is None or any(_names(tag, "place", filters.place) for tag in tags))
    )


def _within(day: date | None, filters: Filters) -> bool:
    if day is None:
        return filters.since is None and filters.until is None
    return (filters.since is None or filters.since <= day) and (
        filters.until is None or day <= filters.until
    )


def _names(tag: dict[str, Any], kind: str, value: str) -> bool:
    """Whether a tag is the one that a filter asks for, or lies in it."""
    if tag["kind"] != kind:
        return False
    exact = value in {tag["value"], tag["label"]} or str(tag["value"]).startswith(f"{value}/")
    return exact or (kind == "place" and str(tag["label"]).endswith(value))


def _wanted(session: Session, pks: Sequence[int], filters: Filters, at: datetime) -> set[str]:
    """The ids of those of these articles that a filter asks for."""
    article = models.Article
    standing = select(article.id).where(article.pk.in_(pks), *_standing(at), *conditions(filters))
    later = [one.pk for one in _revised_later(session, at, pks) if _matches(one, filters)]
    revised = select(article.id).where(article.pk.in_(later))
    return {*session.scalars(standing), *session.scalars(revised)}


# --- hits -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hit:
    pk: int
    in_title: int
    published_at: datetime | None
    story_id: str
    duplicate_of: str | None

    def rank(self) -> tuple[int, float, int]:
        """Hits in the title first, then the newest."""
        at = self.published_at
        return (-self.in_title, -at.timestamp() if at else float("inf"), self.pk)

    def precedence(self) -> tuple[bool, float, int]:
        """Which hit of a story stands for it: the canonical one, else the earliest."""
        at = self.published_at
        return (self.duplicate_of is not None, at.timestamp() if at else float("inf"), self.pk)


def _hit(one: _Later, asked: Query) -> _Hit | None:
    title, body = fold(one.version.title), fold(one.version.body)
    if asked.root and not holds(asked.root, title, (body,), partial(_matches, one)):
        return None
    at = one.published_at
    return _Hit(one.pk, _in_title(title, asked), at, one.story_id, one.duplicate_of)


def _in_title(title: str, asked: Query) -> int:
    return sum(text.folded in title for text in asked.texts)


def _one_a_story(hits: Sequence[_Hit]) -> list[_Hit]:
    best: dict[str, _Hit] = {}
    for hit in sorted(hits, key=_Hit.precedence):
        best.setdefault(hit.story_id, hit)
    return list(best.values())


# --- records --------------------------------------------------------------------------------------


def _as_then(session: Session, pks: Sequence[int], at: datetime) -> Iterator[Article]:
    """Those of these articles that were there, as they read, in this order."""
    article = models.Article
    there = set(
        session.scalars(select(article.pk).where(article.pk.in_(pks), article.first_seen <= at))
    )
    present = [pk for pk in pks if pk in there]
    later = {one.pk: one.version for one in _revised_later(session, at, present)}
    withdrawn = _withdrawn(session, present, at)
    records = list(load_articles(session, present))
    canonical = _canonical(session, records, at)
    linked = _there(session, {link.id for record in records for link in record.links}, at)
    for pk, record in zip(present, records, strict=True):
        then = _before(record, later[pk]) if pk in later else record
        yield replace(
            then,
            withdrawn_at=city_time(withdrawn.get(pk)),
            duplicate_of=canonical[record.id],
            links=tuple(link for link in then.links if link.id in linked),
        )


def _there(session: Session, ids: Collection[str], at: datetime) -> set[str]:
    """Which of these articles, by id, had been seen."""
    article = models.Article
    query = select(article.id).where(article.id.in_(ids), article.first_seen <= at)
    return set(session.scalars(query))


def _withdrawn(session: Session, pks: Sequence[int], at: datetime) -> dict[int, datetime]:
    one = models.Withdrawal
    open_ = or_(one.restored_at.is_(None), one.restored_at > at)
    query = select(one.article_pk, one.gone_at).where(
        one.article_pk.in_(pks), one.confirmed_at <= at, open_
    )
    return {row.article_pk: row.gone_at for row in session.execute(query)}


def _canonical(session: Session, records: Sequence[Article], at: datetime) -> dict[str, str | None]:
    """What each article pointed to, by its id."""
    named = {record.duplicate_of for record in records if record.duplicate_of}
    there = _there(session, named, at)
    found: dict[str, str | None] = {}
    for record in records:
        target = record.duplicate_of
        if target is not None and target not in there:
            target = _earliest(session, record.story_id, at)
        found[record.id] = None if target == record.id else target
    return found


def _earliest(session: Session, story_id: str, at: datetime) -> str | None:
    article = models.Article
    query = select(article.id).where(article.story_id == story_id, article.first_seen <= at)
    order = (article.published_at.asc().nulls_last(), article.authority.desc(), article.key)
    return session.scalar(query.order_by(*order).limit(1))


def _before(record: Article, version: models.Revision) -> Article:
    """A record with what a version before it said."""
    fields = version.fields
    at = fields.get("published_at")
    published = datetime.fromisoformat(at) if at else None
    tags = tuple(_tag(tag) for tag in version.tags or ())
    values: dict[str, Any] = {name: fields.get(name) for name in _SAME} | labels_of(tags)
    return replace(
        record,
        **values,
        title=version.title,
        body=version.body,
        published_at=city_time(published, fields.get("published_precision")),
        keywords=tuple(fields.get("keywords") or ()),
        attachments=tuple(map(_file, fields.get("attachments") or ())),
        provenance=dict(fields.get("provenance") or {}),
        revision=version.number,
        digest=version.digest,
        warc=version.warc,
        tags=tags,
        links=(),  # they belong to the text that stands now
    )


_SAME = (
    *("subtitle", "body_raw", "origin", "author", "editor", "lang", "document_number"),
    *("issuer", "index_number", "validity"),
)


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """A file of an earlier version: what it said is not kept, its bytes are."""
    return {"url": file["url"], "name": file["name"], "text": "", "text_status": "not kept"}


def _tag(tag: dict[str, Any]) -> Tag:
    names = ("kind", "value", "label", "score", "amount", "taxonomy")
    same = {name: tag[name] for name in names if name in tag}
    return Tag(**same, evidence=tuple(tag["evidence"]), roles=tuple(tag.get("roles") or ()))
