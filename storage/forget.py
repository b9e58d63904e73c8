"""Removing articles for good: every row that says anything of them, and its traces in the files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, func, or_, select, text
from sqlalchemy.orm import Session

from storage import labels, search, tombstones
from storage.changes import record_changes
from storage.database import Database
from storage.errors import Unavailable
from storage.models import (
    Article,
    Attachment,
    ChangeKind,
    Fingerprint,
    FoldedText,
    Link,
    Move,
    Page,
    Placement,
    Revision,
    SearchEntry,
    SearchLabel,
    Story,
    Tag,
    Visit,
    Watch,
    Withdrawal,
    Wording,
)

_LOCK_SECONDS = 30
"""For so long PostgreSQL waits for those who read a table that is to be written anew."""
_OF_ARTICLE = (Attachment, Tag, FoldedText, Revision, Withdrawal, Move)
_TABLES = (*_OF_ARTICLE, Article, Watch, Visit, Placement, Page, Link, Fingerprint, Wording)


@dataclass(frozen=True, slots=True)
class Stored:
    """An article that is to be forgotten."""

    pk: int
    id: str
    key: str
    url: str
    title: str
    story_id: str


@dataclass(frozen=True, slots=True)
class Remains:
    """What the tables hold of some canonical keys."""

    keys: frozenset[str]
    articles: tuple[Stored, ...]
    earlier_versions: int
    visits: int
    sources: tuple[str, ...]
    """Whose runs may come upon them."""
    reprints: tuple[str, ...]
    """Ids of articles in the same stories: they stay."""
    titles: tuple[str, ...] = ()
    """Of every version."""

    @property
    def addresses(self) -> frozenset[str]:
        """As they were fetched, and their canonical keys."""
        return self.keys | {article.url for article in self.articles}

    @property
    def empty(self) -> bool:
        """Whether nothing is known of them."""
        return not (self.articles or self.visits or self.sources)


def articles_at(session: Session, keys: Sequence[str], endings: Sequence[str]) -> list[Stored]:
    """The articles of these canonical keys, and those whose fetched address ends in one of
    `endings`: candidates for the same page by another address."""
    columns = [getattr(Article, name) for name in Stored.__dataclass_fields__]
    alike = [Article.url.endswith(ending, autoescape=True) for ending in endings if ending]
    rows: Sequence[Row[*tuple[object, ...]]] = session.execute(
        select(*columns).where(or_(Article.key.in_(keys), *alike)).order_by(Article.pk)
    ).all()
    return [Stored(*tuple(row)) for row in rows]  # type: ignore[arg-type]


def key_of_id(session: Session, article_id: str) -> str | None:
    """The canonical key of the article with a public id."""
    return session.scalar(select(Article.key).where(Article.id == article_id))


def remains_of(session: Session, keys: frozenset[str]) -> Remains:
    """What there is to be forgotten of some canonical keys."""
    articles = tuple(articles_at(session, sorted(keys), []))
    pks = [article.pk for article in articles]
    pages = select(Page.id).where(Page.key.in_(keys))
    visits = select(func.count()).where(Visit.page_id.in_(pages))
    versions = select(func.count()).where(Revision.article_pk.in_(pks))
    found = {
        *session.scalars(select(Page.source).where(Page.key.in_(keys))),
        *session.scalars(select(Visit.source).where(Visit.page_id.in_(pages))),
    }
    earlier = select(Revision.title).where(Revision.article_pk.in_(pks))
    titles = {*session.scalars(earlier), *(article.title for article in articles)}
    stories = {article.story_id for article in articles}
    others = select(Article.id).where(Article.story_id.in_(stories), Article.pk.not_in(pks))
    return Remains(
        keys=keys,
        articles=articles,
        earlier_versions=session.scalar(versions) or 0,
        visits=session.scalar(visits) or 0,
        sources=tuple(sorted(found)),
        reprints=tuple(session.scalars(others.order_by(Article.pk))),
        titles=tuple(sorted(titles)),
    )


def erase(session: Session, remains: Remains, reason: str, now: datetime) -> None:
    """Remove every row on what is to be forgotten and put tombstones in their place.

    The articles must have left their stories, and nothing may be known of their texts any more but
    what others have: each is a story of its own, or the only one of it.
    """
    pks = [article.pk for article in remains.articles]
    stories = select(Article.story_id).where(Article.pk.in_(pks))
    alone = list(session.scalars(stories))
    search.unindex(session, pks)
    for table in _OF_ARTICLE:
        session.execute(delete(table).where(table.article_pk.in_(pks)))
    labels.sweep(session)
    session.execute(delete(Article).where(Article.pk.in_(pks)))
    session.execute(delete(Story).where(or_(Story.id.in_(alone), Story.merged_into.in_(alone))))
    pages = select(Page.id).where(Page.key.in_(remains.keys))
    for ledger in (Watch, Visit, Placement):
        session.execute(delete(ledger).where(ledger.page_id.in_(pages)))
    session.execute(delete(Page).where(Page.key.in_(remains.keys)))
    for key in sorted(remains.keys):
        tombstones.bury(session, key, reason, now)
    happened = [(article.id, ChangeKind.FORGOTTEN) for article in remains.articles]
    record_changes(session, happened, now)


def purge(database: Database) -> None:
    """Make what was removed leave the database's files, too.

    On SQLite the search index is merged into one piece, which drops the entries of what is not
    there any more, and the write-ahead log is emptied; whatever is freed is overwritten, always
    (`PRAGMA secure_delete`). On PostgreSQL the tables and their indexes are written anew, and what its
    planner has sampled of them; its own log and backups are the operator's. Raises Unavailable while
    others read or write: then do it again.
    """
    if database.engine.dialect.name == "postgresql":
        _write_anew(database)
        return
    with database.unit_of_work() as session:
        session.execute(text("INSERT INTO search (search) VALUES ('optimize')"))
    with database.autocommit() as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    if busy:
        raise Unavailable(
            "it is removed, but others are at work on the database, so that its log could not be "
            "emptied; run the same command again later"
        )


def _write_anew(database: Database) -> None:
    """A plain VACUUM would leave the bytes of a removed row in its page until another row needs the
    room, and the terms of a text in the search index for good."""
    tables = [table.__tablename__ for table in (*_TABLES, SearchEntry, SearchLabel)]
    # The planner keeps samples of titles and addresses. The owner of the database may write its
    # table anew; for anybody else the server passes over it.
    statements = [
        *(f"VACUUM (FULL, ANALYZE) {name}" for name in tables),
        "VACUUM FULL pg_statistic",
    ]
    try:
        with database.autocommit() as connection:
            connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("RESET lock_timeout")
    except Unavailable as error:
        raise Unavailable(
            "it is removed, but others are at work on the database, so that its tables could not be "
            "written anew; run the same command again later"
        ) from error
