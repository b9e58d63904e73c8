"""The corpus: one function a question. Opens, reads, answers with frozen records; never writes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from storage import models, search, tombstones
from storage.citations import Citations, canonical_number
from storage.citations import citations as citations_of
from storage.database import Database
from storage.errors import BadQuestion
from storage.history import History, read_history
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
    labels_of,
)
from storage.settings import Settings

if TYPE_CHECKING:
    from storage.past import PastCorpus

__all__ = [
    "CITY_TIME",
    "EVERYTHING",
    "Article",
    "Citations",
    "Corpus",
    "Explanation",
    "Filters",
    "History",
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
        """The articles whose title, body or attachments hold every word and "phrase" of the query.

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
            items = tuple(load_articles(session, shown))
            return SearchResult(len(pks), items, _only_attached(items, words))

    def get(self, which: str) -> Article | None:
        """The article with this id, canonical key or address, whatever its scheme; else None."""
        with self._database.reading() as session:
            pk = find_pk(session, which)
            return next(load_articles(session, [pk]), None) if pk is not None else None

    def citations(self, which: str) -> Citations | None:
        """What an article cites by document number, and what cites it; None if there is none."""
        with self._database.reading() as session:
            pk = find_pk(session, which)
            return citations_of(session, pk) if pk is not None else None

    def revisions(self, which: str) -> tuple[Revision, ...]:
        """How an article stood before each of its changes, the first version first."""
        with self._database.reading() as session:
            revision = models.Revision
            query = select(revision).where(revision.article_pk == find_pk(session, which))
            rows = session.scalars(query.order_by(revision.number))
            return tuple(_revision(row) for row in rows)

    def history(self, which: str) -> History | None:
        """Every version of an article with what changed between them, and when it was missing at
        its publisher; None for an article that is not there."""
        with self._database.reading() as session:
            pk = find_pk(session, which)
            return read_history(session, pk) if pk is not None else None

    def at(self, time: datetime) -> "PastCorpus":
        """The corpus as it stood at a time, which must have a time zone: `PastCorpus` says what
        it answers and how exactly. Times are shown to the second: one without a fraction means
        the whole of its second. Raises BadQuestion for a time without a zone.
        """
        from storage.past import PastCorpus

        if not isinstance(time, datetime) or time.utcoffset() is None:
            raise BadQuestion(
                f"{time!r} is no time with a time zone; give one: datetime(2026, 7, 1, tzinfo=CITY_TIME)"
            )
        whole = time if time.microsecond else time.replace(microsecond=999_999)
        return PastCorpus(self._database, whole)

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """Every article, reprints included, in the order in which they were stored; lazily."""
        last = 0
        while True:
            with self._database.reading() as session:
                query = select(models.Article.pk).where(
                    models.Article.pk > last, *conditions(filters)
                )
                pks = list(session.scalars(query.order_by(models.Article.pk).limit(_PAGE)))
                page = list(load_articles(session, pks))
            if not pks:
                return
            yield from page
            last = pks[-1]

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles there are."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(models.Article).where(*conditions(filters))
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
            return tuple(load_articles(session, list(session.scalars(query.order_by(*order)))))

    def links(self, which: str) -> tuple[Link, ...]:
        """The articles that an article has a text in common with: reprints, excerpts, round-ups."""
        article = self.get(which)
        return article.links if article else ()

    def why(self, which: str) -> Explanation | None:
        """What the ledger knows of an address or canonical key; None if it was never seen."""
        with self._database.reading() as session:
            page = session.scalar(select(models.Page).where(_named(which)).order_by(models.Page.id))
            if page is None:
                return _forgotten(session, which)
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


def _only_attached(items: Sequence[Article], words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The articles that hold a word of the query only in attachments, and the names of these."""
    found = {}
    for article in items:
        texts = {file["name"]: file["text"] for file in article.attachments if file["text"]}
        if not texts:
            continue
        own = f"{search.fold(article.title)}\n{search.fold(article.body)}"
        missing = [word for word in words if word not in own]
        names = tuple(
            name
            for name, said in texts.items()
            if missing and any(word in search.fold(said) for word in missing)
        )
        if names:
            found[article.id] = names
    return found


def find_pk(session: Session, which: str) -> int | None:
    """The primary key of the article with this id, canonical key or address."""
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
        .where(search.holds(words, dialect), *conditions(filters))
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


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What filters ask of `article`. Raises BadQuestion for those that make no sense."""
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
    for kind, value in filters.tags():
        found.append(article.pk.in_(_tagged(kind, value)))
    if filters.open_on:
        found.append(article.pk.in_(_open_on(filters.open_on)))
    return found


def _tagged(kind: str, value: str) -> Select[*tuple[Any, ...]]:
    """Articles with a tag, named by its id or by its label; a place holds what lies in it."""
    tag = models.Tag
    named = tag.value == value
    if kind == "document":
        named = tag.value == (canonical_number(value) or value)
    elif kind in {"topic", "place", "main_place"}:
        named = or_(named, tag.label == value, tag.value.startswith(f"{value}/", autoescape=True))
    elif kind != "person":
        named = or_(named, tag.label == value)
    if kind in {"place", "main_place", "organisation"}:
        named = or_(named, tag.label.endswith(value, autoescape=True))
    return select(tag.article_pk).where(tag.kind == kind, named)


def _open_on(day: date) -> Select[*tuple[Any, ...]]:
    """Articles with a deadline that has not passed on a day."""
    tag = models.Tag
    return select(tag.article_pk).where(tag.kind == "deadline", tag.value >= day.isoformat())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)


def load_articles(session: Session, pks: Sequence[int]) -> Iterator[Article]:
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
        said = {name: getattr(file, name) for name in ("url", "name", "text_status", "text")}
        files.setdefault(file.article_pk, []).append(said)
    links = links_of(session, pks)
    for pk in pks:
        yield _article(rows[pk], tags.get(pk, []), files.get(pk, []), links[pk])


def _tag(row: models.Tag) -> Tag:
    return Tag(
        kind=row.kind,
        value=row.value,
        label=row.label,
        score=row.score,
        evidence=tuple(row.evidence),
        amount=row.amount,
        roles=tuple(row.roles or ()),
        taxonomy=row.taxonomy,
    )


def _article(
    row: models.Article,
    tags: list[models.Tag],
    files: list[dict[str, str]],
    links: tuple[Link, ...],
) -> Article:
    same = {name: getattr(row, name) for name in _SAME}
    found = tuple(map(_tag, tags))
    return Article(
        **same,
        published_at=city_time(row.published_at, row.published_precision),
        **labels_of(found),
        keywords=tuple(row.keywords),
        attachments=tuple(files),
        links=links,
        first_seen=city_time(row.first_seen) or "",
        withdrawn_at=city_time(row.withdrawn_at),
        provenance=dict(row.provenance),
        tags=found,
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
    *("id", "url", "title", "subtitle", "body", "body_raw", "body_html", "source", "column"),
    *("section", "needs_ocr", "origin", "author", "editor", "lang"),
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


def _forgotten(session: Session, which: str) -> Explanation | None:
    """What a tombstone says: that there was something, and why it is not there."""
    stones = ((key, tombstones.find(session, key)) for key in _keys(which))
    key, stone = next((pair for pair in stones if pair[1]), (which, None))
    if stone is None:
        return None
    return Explanation(
        url=which,
        key=key,
        source="",
        column=None,
        discovered_at="",
        discovered_on=None,
        outcome=models.Outcome.SKIPPED,
        reason=f"forgotten: {stone.reason}",
        outcome_at=city_time(stone.forgotten_at) or "",
        next_try_at=None,
        article=None,
        visits=(),
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
