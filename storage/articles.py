"""Articles from their rows, and the row that an id or an address means."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from storage import models
from storage.links import links_of
from storage.personal import masked_article, masked_revision, sees_all
from storage.records import (
    Article,
    AttachedFile,
    Link,
    Revision,
    Tag,
    city_time,
    labels_of,
)


def find_pk(session: Session, which: str) -> int | None:
    """The primary key of the article with this id, canonical key or address."""
    article = models.Article
    pk = session.scalar(select(article.pk).where(article.id == which))
    if pk is not None:
        return pk
    # Another address of the page that it leads to is that page.
    urls = select(models.Page.url).where(named(which))
    there = select(article.pk).join(models.Page, models.Page.id == article.page_id)
    pk = session.scalar(there.where(models.Page.url.in_(urls)).order_by(article.page_id))
    if pk is not None:
        return pk
    # It has moved since.
    return session.scalar(select(article.pk).where(article.key.in_(possible_keys(which))))


def named(which: str) -> ColumnElement[bool]:
    """The pages that an address or a canonical key may mean."""
    return or_(models.Page.url == which, models.Page.key.in_(possible_keys(which)))


def possible_keys(which: str) -> list[str]:
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


def load_articles(session: Session, pks: Sequence[int]) -> Iterator[Article]:
    """The articles with these keys, in this order; masked, unless the session sees all."""
    # Rows of columns: to make an object of each that could be changed takes longer than to read it.
    article = models.Article
    wanted = [getattr(article, name) for name in (*_SAME, *_OTHERS)]
    query = select(article.pk, *wanted).where(article.pk.in_(pks))
    rows = {row.pk: row for row in session.execute(query)}
    tags = _tags(session, pks)
    files: dict[int, list[AttachedFile]] = {}
    attached = select(models.Attachment.article_pk, *(getattr(models.Attachment, n) for n in _FILE))
    attached = attached.where(models.Attachment.article_pk.in_(pks))
    for file in session.execute(attached.order_by(models.Attachment.position)):
        one = AttachedFile(**{name: getattr(file, name) for name in _FILE})
        files.setdefault(file.article_pk, []).append(one)
    links = links_of(session, pks)
    for pk in pks:
        found = _article(rows[pk], tags.get(pk, []), files.get(pk, []), links[pk])
        yield found if sees_all(session) else masked_article(found)


def _tags(session: Session, pks: Sequence[int]) -> dict[int, list[Tag]]:
    tag = models.Tag
    names = ("kind", "value", "label", "score", "evidence", "amount", "roles", "taxonomy")
    query = select(tag.article_pk, *(getattr(tag, name) for name in names))
    found: dict[int, list[Tag]] = {}
    # Sorted here: each database sorts text in its own way.
    rows = session.execute(query.where(tag.article_pk.in_(pks)))
    for row in sorted(rows, key=lambda one: (-one.score, one.value, one.kind)):
        found.setdefault(row.article_pk, []).append(Tag.of(row._asdict()))
    return found


def _article(
    row: Row[Any],
    tags: list[Tag],
    files: list[AttachedFile],
    links: tuple[Link, ...],
) -> Article:
    same = {name: getattr(row, name) for name in _SAME}
    return Article(
        **same,
        published_at=city_time(row.published_at, row.published_precision),
        **labels_of(tags),
        keywords=tuple(row.keywords),
        attachments=tuple(files),
        links=links,
        first_seen=city_time(row.first_seen) or "",
        withdrawn_at=city_time(row.withdrawn_at),
        provenance=dict(row.provenance),
        tags=tuple(tags),
    )


def as_revision(session: Session, row: models.Revision) -> Revision:
    """An earlier version, from its row; masked, unless the session sees all."""
    revision = Revision(
        number=row.number,
        title=row.title,
        body=row.body,
        fields=dict(row.fields),
        digest=row.digest,
        seen_at=city_time(row.seen_at) or "",
        warc=row.warc,
    )
    return revision if sees_all(session) else masked_revision(revision)


_SAME = (
    *("id", "url", "title", "subtitle", "body", "body_raw", "body_html", "source", "column"),
    *("section", "needs_ocr", "origin", "author", "editor", "lang"),
    *("document_number", "issuer", "index_number", "validity", "story_id", "duplicate_of"),
    *("revision", "digest", "warc"),
)
_OTHERS = (
    *("published_at", "published_precision", "keywords", "first_seen", "withdrawn_at"),
    "provenance",
)
_FILE = ("url", "name", "text_status", "text")
