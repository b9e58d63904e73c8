"""The versions of an article: what each keeps, and where one that turns up late belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from crawler.records import Article as Record
from crawler.records import Moment, Precision
from flows.steps.noise import essence_digest
from storage.models import Article, Attachment, Revision
from storage.models import Tag as TagRow

_TEXTS = (
    *("subtitle", "origin", "author", "editor", "document_number"),
    *("issuer", "index_number", "validity"),
)
"""What a reader sees beside title, body, date and attachments."""
_KEPT = (*_TEXTS, "body_raw", "lang", "keywords", "provenance", "published_precision")
KEPT_COLUMNS = (
    *("pk", "id", "key", "title", "body", "published_at", "digest", "text_digest"),
    *("revision", "first_seen", "revised_at", "warc", *_KEPT),
)
"""The columns of an article that its current version is made of."""


_FILE = ("url", "name", "digest", "warc")
"""What a version keeps of a file: its text can be read again from the archive."""


@dataclass(frozen=True, slots=True)
class Version:
    """How an article reads at one time: the columns of `revision` but its number."""

    title: str
    body: str
    fields: dict[str, Any]
    tags: list[dict[str, Any]]
    digest: str
    seen_at: datetime
    seen_until: datetime
    """When it was last seen: between the two nothing else is known to have stood there."""
    warc: str


def seen_digest(article: Record) -> str:
    """Digest of what a reader sees of a record, without noise."""
    fields = {name: getattr(article, name) for name in ("title", "body", *_TEXTS)}
    published = article.published
    return essence_digest(
        fields
        | {
            "published": str(published) if published else None,
            "attachments": [{"url": one.url, "name": one.name} for one in article.attachments],
        }
    )


def version_digest(title: str, body: str, fields: dict[str, Any]) -> str:
    """The same digest, of a stored version: by the rules of now, not of when it was stored."""
    at, precision = fields.get("published_at"), fields.get("published_precision")
    published = (
        Moment(datetime.fromisoformat(at), Precision(precision)) if at and precision else None
    )
    return essence_digest(
        {name: fields.get(name) for name in _TEXTS}
        | {
            "title": title,
            "body": body,
            "published": str(published) if published else None,
            "attachments": fields["attachments"],
        }
    )


def version_of(article: Record, tags: Sequence[Mapping[str, Any]], lang: str) -> Version:
    """A record as a version."""
    published = article.published
    own = {name: getattr(article, name) for name in (*_TEXTS, "body_raw")}
    return Version(
        title=article.title,
        body=article.body,
        fields=own
        | {
            "lang": lang,
            "keywords": list(article.keywords),
            "provenance": dict(article.provenance),
            "published_precision": published and published.precision.value,
            "published_at": published and published.at.isoformat(),
            "attachments": [
                {name: getattr(one, name) for name in _FILE} for one in article.attachments
            ],
        },
        tags=[dict(tag) for tag in tags],
        digest=seen_digest(article),
        seen_at=article.fetched_at,
        seen_until=article.fetched_at,
        warc=article.warc,
    )


def current_version(session: Session, stored: Row[Any]) -> Version:
    """The version that stands in the tables now."""
    columns = [getattr(Attachment, name) for name in _FILE]
    files = select(*columns).where(Attachment.article_pk == stored.pk)
    return Version(
        title=stored.title,
        body=stored.body,
        fields={name: getattr(stored, name) for name in _KEPT}
        | {
            "published_at": stored.published_at and stored.published_at.isoformat(),
            "attachments": [
                dict(zip(_FILE, row, strict=True))
                for row in session.execute(files.order_by(Attachment.position))
            ],
        },
        tags=stored_tags(session, [stored.pk]).get(stored.pk, []),
        digest=stored.digest,
        seen_at=stored.revised_at,
        seen_until=last_seen(stored),
        warc=stored.warc,
    )


def last_seen(stored: Row[Any]) -> datetime:
    """When the current version of a stored article was last seen."""
    latest: datetime | None = stored.seen_at
    revised: datetime = stored.revised_at
    return max(latest or revised, revised)


def same(digest: str, version: Version) -> bool:
    """Whether a digest is a version's: as stored, or by today's rules of what is noise."""
    return digest == version.digest or digest == version_digest(
        version.title, version.body, version.fields
    )


_TAG = ("kind", "value", "label", "score", "evidence", "taxonomy", "amount", "roles")


def stored_tags(session: Session, pks: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The tags that articles have now, by primary key, each as the columns of its row."""
    columns = [getattr(TagRow, name) for name in _TAG]
    query = select(TagRow.article_pk, *columns).where(TagRow.article_pk.in_(pks))
    found: dict[int, list[dict[str, Any]]] = {}
    # Sorted here: each database sorts text in its own way.
    for pk, *values in sorted(session.execute(query), key=lambda row: (row.kind, row.value)):
        found.setdefault(pk, []).append(dict(zip(_TAG, values, strict=True)))
    return found


def keep(session: Session, pk: int, number: int, version: Version) -> None:
    """Store a version as the one with a number."""
    columns = {name: getattr(version, name) for name in Version.__dataclass_fields__}
    session.execute(insert(Revision).values(article_pk=pk, number=number, **columns))


def place_earlier(session: Session, stored: Row[Any], version: Version) -> bool:
    """Put a version where it belongs among those before the current one, by when it was seen.

    Numbers follow the times: the versions behind it move up. Returns whether there are more of
    them now: a text that stood then anyway, or was seen first a little later, adds none.
    """
    query = select(Revision).where(Revision.article_pk == stored.pk).order_by(Revision.number)
    before = [_of_row(row) for row in session.scalars(query)]
    before.append(current_version(session, stored))
    after = placed(before, version)
    if after == before:
        return False
    session.execute(delete(Revision).where(Revision.article_pk == stored.pk))
    for number, one in enumerate(after[:-1], start=1):
        keep(session, stored.pk, number, one)
    session.execute(
        update(Article)
        .where(Article.pk == stored.pk)
        .values(revision=len(after), first_seen=after[0].seen_at, revised_at=after[-1].seen_at)
    )
    return len(after) > len(before)


def placed(versions: Sequence[Version], late: Version) -> list[Version]:
    """The versions of an article with one that was captured before the last of them was seen last.

    A text that was seen before the capture and again behind it stands on both sides of it.
    """
    place = sum(one.seen_at <= late.seen_at for one in versions)
    before, after = list(versions[:place]), list(versions[place:])
    if before and same(late.digest, before[-1]):
        until = max(before[-1].seen_until, late.seen_until)
        return [*before[:-1], replace(before[-1], seen_until=until), *after]
    if before and late.seen_at < before[-1].seen_until:
        *others, around = before
        first = replace(around, seen_until=around.seen_at)
        again = replace(around, seen_at=around.seen_until)
        return [*others, first, late, again, *after]
    if after and same(late.digest, after[0]):
        return [*before, replace(after[0], seen_at=late.seen_at), *after[1:]]
    return [*before, late, *after]


def _of_row(row: Revision) -> Version:
    return Version(
        title=row.title,
        body=row.body,
        fields=row.fields,
        tags=list(row.tags or ()),
        digest=row.digest,
        seen_at=row.seen_at,
        seen_until=row.seen_until or row.seen_at,
        warc=row.warc,
    )
