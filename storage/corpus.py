"""The corpus: one function a question. Opens, reads, answers with frozen records; never writes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from storage import models, search
from storage.database import Database
from storage.errors import BadQuestion
from storage.links import links_of
from storage.records import (
    CITY_TIME,
    EVERYTHING,
    Article,
    Explanation,
    Filters,
    Link,
    Revision,
    SearchResult,
    SourceStatus,
    Status,
    Tag,
    city_time,
)
from storage.settings import Settings

__all__ = [
    "CITY_TIME",
    "EVERYTHING",
    "Article",
    "Corpus",
    "Explanation",
    "Filters",
    "Link",
    "Revision",
    "SearchResult",
    "SourceStatus",
    "Status",
    "Tag",
    "city_time",
]

_PAGE = 500


class Corpus:
    """An open corpus. Use it as a context manager, or close it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str | None = None, *, settings: Settings | None = None) -> Self:
        """Open the corpus of a database URL, of given settings, or of the environment's; the
        database itself then refuses to be written to.
        """
        address = url or (settings or Settings.load()).database_url
        return cls(Database.open(address, readonly=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def search(
        self,
        query: str,
        filters: Filters = EVERYTHING,
        *,
        limit: int = 20,
        offset: int = 0,
        reprints: bool = False,
    ) -> SearchResult:
        """The articles whose title or body holds every word and "phrase" of the query.

        Nothing that holds them is missed and nothing else is found; writing in traditional
        characters, in full width or across a line break makes no difference. Hits in the title
        come first, then the newest. Reprints collapse into their story's canonical article where
        that is a hit, else into one of them, unless `reprints` is set.
        """
        words = search.parse(query)
        if limit < 0 or offset < 0:
            raise BadQuestion(f"limit {limit}, offset {offset}: neither can be below zero")
        with self._database.reading() as session:
            hits = _hits(session, words, filters, reprints=reprints).subquery()
            order = (hits.c.in_title.desc(), hits.c.published_at.desc().nulls_last(), hits.c.pk)
            # All keys at once: verifying every hit on its text is what costs, so it is done once.
            pks = list(session.scalars(select(hits.c.pk).order_by(*order)))
            shown = pks[offset : offset + limit]
            return SearchResult(len(pks), tuple(_articles(session, shown)))

    def get(self, which: str) -> Article | None:
        """The article with this id, canonical key or address, whatever its scheme; else None."""
        with self._database.reading() as session:
            pk = _find(session, which)
            return next(_articles(session, [pk]), None) if pk is not None else None

    def revisions(self, which: str) -> tuple[Revision, ...]:
        """How an article stood before each of its changes, the first version first."""
        with self._database.reading() as session:
            revision = models.Revision
            query = select(revision).where(revision.article_pk == _find(session, which))
            rows = session.scalars(query.order_by(revision.number))
            return tuple(_revision(row) for row in rows)

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """Every article, reprints included, in the order in which they were stored; lazily."""
        last = 0
        while True:
            with self._database.reading() as session:
                query = select(models.Article.pk).where(
                    models.Article.pk > last, *_conditions(filters)
                )
                pks = list(session.scalars(query.order_by(models.Article.pk).limit(_PAGE)))
                page = list(_articles(session, pks))
            if not pks:
                return
            yield from page
            last = pks[-1]

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles there are."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(models.Article).where(*_conditions(filters))
            return session.scalar(query) or 0

    def story(self, story_id: str) -> tuple[Article, ...]:
        """The articles of a story, the canonical one first."""
        with self._database.reading() as session:
            kept = session.scalar(
                select(models.Story.merged_into).where(models.Story.id == story_id)
            )
            article = models.Article
            query = select(article.pk).where(article.story_id == (kept or story_id))
            order = (article.duplicate_of.is_not(None), article.published_at, article.pk)
            return tuple(_articles(session, list(session.scalars(query.order_by(*order)))))

    def links(self, which: str) -> tuple[Link, ...]:
        """The articles that an article has a text in common with: reprints, excerpts, round-ups."""
        article = self.get(which)
        return article.links if article else ()

    def why(self, which: str) -> Explanation | None:
        """What the ledger knows of an address or canonical key; None if it was never seen."""
        with self._database.reading() as session:
            page = session.scalar(select(models.Page).where(_named(which)).order_by(models.Page.id))
            if page is None:
                return None
            article = session.scalar(
                select(models.Article.id).where(models.Article.page_id == page.id)
            )
            visits = session.scalars(
                select(models.Visit)
                .where(models.Visit.page_id == page.id)
                .order_by(models.Visit.at)
            )
            return _explanation(page, article, list(visits))

    def status(self, runs: int = 5) -> Status:
        """How things stand: articles, pages by outcome, the latest runs, each source."""
        with self._database.reading() as session:
            article, page = models.Article, models.Page
            by_outcome = select(page.outcome, func.count()).group_by(page.outcome)
            latest = select(models.Run).order_by(models.Run.started_at.desc()).limit(runs)
            return Status(
                articles=session.scalar(select(func.count()).select_from(article)) or 0,
                stories=session.scalar(select(func.count(func.distinct(article.story_id)))) or 0,
                revisions=session.scalar(select(func.count()).select_from(models.Revision)) or 0,
                pages={row[0]: row[1] for row in session.execute(by_outcome)},
                runs=tuple(_run(session, run) for run in session.scalars(latest)),
                sources=tuple(_source_statuses(session)),
            )

    def changes(self, since: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """What happened to which article after change number `since`, in order."""
        with self._database.reading() as session:
            change = models.Change
            rows = session.scalars(
                select(change).where(change.seq > since).order_by(change.seq).limit(limit)
            )
            return [
                {
                    "seq": row.seq,
                    "article_id": row.article_id,
                    "kind": row.kind,
                    "at": city_time(row.at),
                }
                for row in rows
            ]


def _find(session: Session, which: str) -> int | None:
    article = models.Article
    pk = session.scalar(select(article.pk).where(article.id == which))
    if pk is not None:
        return pk
    page = select(models.Page.id).where(_named(which))
    return session.scalar(
        select(article.pk).where(article.page_id.in_(page)).order_by(article.page_id)
    )


def _named(which: str) -> ColumnElement[bool]:
    """The pages that an address or a canonical key may mean."""
    return or_(models.Page.url == which, models.Page.key.in_(_keys(which)))


def _keys(which: str) -> list[str]:
    """What the canonical key may be: the text itself, or what is left of an address without
    scheme, ``www.``, default port and fragment.
    """
    try:
        parts = urlsplit(which if "://" in which else f"//{which}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return [which]
    if not host:
        return [which]
    host = host.removeprefix("www.") + (f":{port}" if port not in {None, 80, 443} else "")
    query = f"?{parts.query}" if parts.query else ""
    return [which, f"{host}{parts.path or '/'}{query}"]


def _hits(
    session: Session, words: Sequence[str], filters: Filters, *, reprints: bool
) -> Select[*tuple[Any, ...]]:
    dialect = session.get_bind().dialect
    in_title = search.in_title(words, dialect).label("in_title")
    article = models.Article
    hits: Select[*tuple[Any, ...]] = (
        select(article.pk, article.published_at, article.story_id, article.duplicate_of, in_title)
        .join(models.FoldedText, models.FoldedText.article_pk == article.pk)
        .where(search.holds(words, dialect), *_conditions(filters))
    )
    if reprints:
        return hits
    found = hits.subquery()
    place = func.row_number().over(
        partition_by=found.c.story_id,
        order_by=(found.c.duplicate_of.is_not(None), found.c.published_at, found.c.pk),
    )
    placed = select(found, place.label("place")).subquery()
    return select(placed).where(placed.c.place == 1)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    article = models.Article
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(article.published_at >= _midnight(filters.since))
    if filters.until:
        found.append(article.published_at < _midnight(filters.until + timedelta(days=1)))
    if filters.since and filters.until and filters.since > filters.until:
        raise BadQuestion(
            f"from {filters.since} is after to {filters.until}; give the earlier day first"
        )
    if filters.source:
        found.append(article.source == filters.source)
    for kind, value in (("topic", filters.topic), ("place", filters.place)):
        if value:
            found.append(article.pk.in_(_tagged(kind, value)))
    return found


def _tagged(kind: str, value: str) -> Select[*tuple[Any, ...]]:
    """Articles with a tag, named by its id or by its label; a place holds what lies in it."""
    tag = models.Tag
    named = or_(
        tag.value == value, tag.label == value, tag.value.startswith(f"{value}/", autoescape=True)
    )
    if kind == "place":
        named = or_(named, tag.label.endswith(value, autoescape=True))
    return select(tag.article_pk).where(tag.kind == kind, named)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)


def _articles(session: Session, pks: Sequence[int]) -> Iterator[Article]:
    """The articles with these keys, in this order."""
    rows = {
        row.pk: row
        for row in session.scalars(select(models.Article).where(models.Article.pk.in_(pks)))
    }
    tags: dict[int, list[models.Tag]] = {}
    query = select(models.Tag).where(models.Tag.article_pk.in_(pks))
    for tag in session.scalars(query.order_by(models.Tag.score.desc(), models.Tag.value)):
        tags.setdefault(tag.article_pk, []).append(tag)
    files: dict[int, list[dict[str, str]]] = {}
    attached = select(models.Attachment).where(models.Attachment.article_pk.in_(pks))
    for file in session.scalars(attached.order_by(models.Attachment.position)):
        files.setdefault(file.article_pk, []).append({"url": file.url, "name": file.name})
    links = links_of(session, pks)
    for pk in pks:
        yield _article(rows[pk], tags.get(pk, []), files.get(pk, []), links[pk])


def _article(
    row: models.Article,
    tags: list[models.Tag],
    files: list[dict[str, str]],
    links: tuple[Link, ...],
) -> Article:
    same = {name: getattr(row, name) for name in _SAME}
    labels: dict[str, list[str]] = {}
    for tag in tags:
        labels.setdefault(tag.kind, []).append(tag.label)
    return Article(
        **same,
        published_at=city_time(row.published_at, row.published_precision),
        topics=tuple(labels.get("topic", ())),
        places=tuple(labels.get("place", ())),
        organisations=tuple(labels.get("organisation", ())),
        people=tuple(labels.get("person", ())),
        keywords=tuple(row.keywords),
        attachments=tuple(files),
        links=links,
        first_seen=city_time(row.first_seen) or "",
        provenance=dict(row.provenance),
        tags=tuple(
            Tag(
                kind=t.kind, value=t.value, label=t.label, score=t.score, evidence=tuple(t.evidence)
            )
            for t in tags
        ),
    )


def _revision(row: models.Revision) -> Revision:
    return Revision(
        number=row.number,
        title=row.title,
        body=row.body,
        fields=dict(row.fields),
        digest=row.digest,
        seen_at=city_time(row.seen_at) or "",
        warc=row.warc,
    )


_SAME = (
    *("id", "url", "title", "subtitle", "body", "body_raw", "source", "column", "origin"),
    *("author", "editor", "lang"),
    *("document_number", "issuer", "index_number", "validity", "story_id", "duplicate_of"),
    *("revision", "digest", "warc"),
)


def _explanation(page: models.Page, article: str | None, visits: list[models.Visit]) -> Explanation:
    return Explanation(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        discovered_at=city_time(page.discovered_at) or "",
        discovered_on=page.discovered_on,
        outcome=page.outcome,
        reason=page.reason,
        outcome_at=city_time(page.outcome_at) or "",
        next_try_at=city_time(page.next_try_at),
        article=article,
        visits=tuple(
            {
                "run": v.run_id,
                "source": v.source,
                "outcome": v.outcome,
                "reason": v.reason,
                "at": city_time(v.at),
                "warc": v.warc,
            }
            for v in visits
        ),
    )


def _run(session: Session, run: models.Run) -> dict[str, Any]:
    tally = models.Tally
    query = (
        select(tally.outcome, func.sum(tally.count))
        .where(tally.run_id == run.id)
        .group_by(tally.outcome)
    )
    return {
        "id": run.id,
        "kind": run.kind,
        "state": run.state,
        "started_at": city_time(run.started_at),
        "finished_at": city_time(run.finished_at),
        "error": run.error,
        "outcomes": {row[0]: int(row[1]) for row in session.execute(query)},
    }


def _source_statuses(session: Session) -> Iterator[SourceStatus]:
    article, page = models.Article, models.Page
    query = select(
        article.source,
        func.count().label("articles"),
        func.max(article.published_at).label("latest"),
        func.max(article.first_seen).label("last_new"),
    ).group_by(article.source)
    stored = {row.source: row for row in session.execute(query)}
    parked = select(page.source, func.count()).where(page.outcome == models.Outcome.PARKED)
    waiting = {row[0]: row[1] for row in session.execute(parked.group_by(page.source))}
    # A source of which nothing could be stored yet is one to look at.
    for source in sorted({*stored, *session.scalars(select(page.source).distinct())}):
        row = stored.get(source)
        yield SourceStatus(
            source=source,
            articles=row.articles if row else 0,
            latest=city_time(row.latest) if row else None,
            last_new=city_time(row.last_new) if row else None,
            parked=waiting.get(source, 0),
        )
