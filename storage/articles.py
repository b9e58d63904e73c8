"""Articles from their rows, and the row that an id or an address means."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage import models
from storage.links import links_of
from storage.personal import masked_article, masked_revision, sees_all
from storage.records import (
    Article,
    AttachedFile,
    Evidence,
    Link,
    Revision,
    Role,
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
    # Rows of columns, of statements that stand: to make an object of each that could be changed, or to
    # put the statement together, takes longer than to read it.
    run, given = session.connection().execute, {"pks": list(pks)}
    rows = {row[0]: row for row in run(_ARTICLES, given)}
    tags = _tags(run(_TAGS, given).all())  # at once: row by row takes twice as long
    files: dict[int, list[AttachedFile]] = {}
    for pk, *file in run(_FILES, given):
        files.setdefault(pk, []).append(AttachedFile(**dict(zip(_FILE, file, strict=True))))
    links = links_of(session, pks)
    for pk in pks:
        found = _article(rows[pk], tags.get(pk, []), files.get(pk, []), links[pk])
        yield found if sees_all(session) else masked_article(found)


def _tags(rows: Iterable[Any]) -> dict[int, list[Tag]]:
    found: dict[int, list[Tag]] = {}
    # Sorted here: each database sorts text in its own way.
    for row in sorted(rows, key=lambda one: (-one[4], one[2], one[1])):
        pk, kind, value, label, score, amount, taxonomy, evidence, roles = row
        tag = Tag(
            kind=kind,
            value=value,
            label=label,
            score=score,
            evidence=tuple(Evidence(**one) for one in evidence),
            amount=amount,
            roles=tuple(Role(**one) for one in roles or ()),
            taxonomy=taxonomy,
        )
        found.setdefault(pk, []).append(tag)
    return found


def _article(
    row: Row[Any],
    tags: list[Tag],
    files: list[AttachedFile],
    links: tuple[Link, ...],
) -> Article:
    return Article(
        **dict(zip(_SAME, row[1 : 1 + len(_SAME)], strict=True)),
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
_TAG = ("kind", "value", "label", "score", "amount", "taxonomy", "evidence", "roles")


def _of_articles(key: InstrumentedAttribute[int], names: Iterable[str]) -> Select[Any]:
    """Columns of the rows that belong to the articles ``pks``, the key of each before them."""
    columns = (getattr(key.class_, name) for name in names)
    return select(key, *columns).where(key.in_(bindparam("pks", expanding=True)))


_ARTICLES = _of_articles(models.Article.pk, (*_SAME, *_OTHERS))
_TAGS = _of_articles(models.Tag.article_pk, _TAG)
_FILES = _of_articles(models.Attachment.article_pk, _FILE).order_by(models.Attachment.position)
