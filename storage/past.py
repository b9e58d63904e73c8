"""The corpus as it stood at one time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from storage import messages, models
from storage.articles import find_pk, load_articles
from storage.conditions import conditions
from storage.database import Database
from storage.errors import BadQuestion
from storage.names import LASTING, settled
from storage.past_search import count_then, find_then
from storage.personal import masked_article, sees_all
from storage.query import Query, parse
from storage.records import (
    EVERYTHING,
    Article,
    AttachedFile,
    Filters,
    SearchResult,
    Story,
    Tag,
    city_time,
    labels_of,
)
from storage.snippets import marked
from storage.versions import replaced_since

_PAGE = 200


class PastCorpus:
    """The corpus as it stood at a time; made by `Corpus.at`.

    An article is in it from when it was first seen, with the version that had been seen last by
    then: title, body, every field and its tags. It counts as withdrawn from the check that
    confirmed it until the one that found it again. What was captured then and imported only later
    is there; what has been forgotten since is not, as if it had never been.

    Which articles are reprints of each other is not kept over time: a story is what it is now, as
    far as its articles were there; where the canonical one was not, the earliest of them stands in
    its place. Tags that a newer taxonomy gave to an unchanged text are the newer ones. Filters mean the
    tags of then; where nobody kept those of an earlier version, those that the article has now.
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
                wanted = _wanted(session, pks, _then(session, filters), self._at)
            if not pks:
                return
            yield from (one for one in page if one.id in wanted)
            last = pks[-1]

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles there were."""
        with self._database.reading() as session:
            return count_then(session, _then(session, filters), self._at)

    def story(self, story_id: str) -> Story:
        """The articles of a story that were there, the canonical one first."""
        with self._database.reading() as session:
            merged = select(models.Story.merged_into).where(models.Story.id == story_id)
            kept = session.scalar(merged) or story_id
            article = models.Article
            query = select(article.pk).where(article.story_id == kept)
            pks = list(session.scalars(query.order_by(article.published_at, article.pk)))
            members = list(_as_then(session, pks, self._at))
            return Story(kept, sorted(members, key=lambda one: one.duplicate_of is not None))

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

        What reads now as it read then is found by the index, and counted completely; what has been
        revised since is in no index, and read.
        """
        asked = parse(query)
        if limit < 0:
            raise BadQuestion(messages.NO_LIMIT, limit=limit)
        with self._database.reading() as session:
            asked, only = settled(session, asked, filters, LASTING)
            found = find_then(session, asked, only, self._at, limit=limit, reprints=reprints)
            articles = _as_then(session, found.pks, self._at)
            shown = tuple(marked(article, asked.texts) for article in articles)
            return SearchResult(found.total, exact=True, hits=shown)


def _then(session: Session, filters: Filters) -> Filters:
    return settled(session, Query(), filters, LASTING)[1]


def _standing(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Articles that read now as they read then."""
    return models.Article.first_seen <= at, models.Article.revised_at <= at


def _wanted(session: Session, pks: Sequence[int], filters: Filters, at: datetime) -> set[str]:
    """The ids of those of these articles that a filter asks for."""
    article = models.Article
    standing = select(article.id).where(article.pk.in_(pks), *_standing(at), *conditions(filters))
    later = [one.pk for one in replaced_since(session, at, pks) if one.matches(filters)]
    revised = select(article.id).where(article.pk.in_(later))
    return {*session.scalars(standing), *session.scalars(revised)}


# --- records --------------------------------------------------------------------------------------


def _as_then(session: Session, pks: Sequence[int], at: datetime) -> Iterator[Article]:
    """Those of these articles that were there, as they read, in this order."""
    if not pks:
        return
    article = models.Article
    there = set(
        session.scalars(select(article.pk).where(article.pk.in_(pks), article.first_seen <= at))
    )
    present = [pk for pk in pks if pk in there]
    later = {one.pk: one.version for one in replaced_since(session, at, present)}
    withdrawn = _withdrawn(session, present, at)
    records = list(load_articles(session, present))
    canonical = _canonical(session, records, at)
    linked = _there(session, {link.id for record in records for link in record.links}, at)
    for pk, record in zip(present, records, strict=True):
        then = _before(record, later[pk]) if pk in later else record
        shown = then if sees_all(session) else masked_article(then)
        yield replace(
            shown,
            withdrawn_at=city_time(withdrawn.get(pk)),
            duplicate_of=canonical[record.id],
            links=tuple(link for link in shown.links if link.id in linked),
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
    tags = tuple(map(Tag.of, version.tags or ()))
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


def _file(file: dict[str, Any]) -> AttachedFile:
    """A file of an earlier version: what it said is not kept, its bytes are."""
    return AttachedFile(url=file["url"], name=file["name"], text_status="not kept", text="")
