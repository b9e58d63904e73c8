"""The versions of an article: what each keeps, and where one that turns up late belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from crawler.records import Article as Record
from crawler.records import Moment, Precision
from flows.steps.noise import essence_digest
from flows.steps.tag import Tag
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


@dataclass(frozen=True, slots=True)
class Version:
    """How an article reads at one time: the columns of `revision` but its number."""

    title: str
    body: str
    fields: dict[str, Any]
    tags: list[dict[str, Any]]
    digest: str
    seen_at: datetime
    warc: str


def seen_digest(article: Record) -> str:
    """Digest of what a reader sees of a record, without noise."""
    fields = {name: getattr(article, name) for name in ("title", "body", *_TEXTS)}
    published = article.published
    return essence_digest(
        fields
        | {
            "published": str(published) if published else None,
            "attachments": [asdict(one) for one in article.attachments],
        }
    )


def _version_digest(title: str, body: str, fields: dict[str, Any]) -> str:
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
            "attachments": [asdict(one) for one in article.attachments],
        },
        tags=[dict(tag) for tag in tags],
        digest=seen_digest(article),
        seen_at=article.fetched_at,
        warc=article.warc,
    )


def current_version(session: Session, stored: Row[Any]) -> Version:
    """The version that stands in the tables now."""
    files = select(Attachment.url, Attachment.name).where(Attachment.article_pk == stored.pk)
    return Version(
        title=stored.title,
        body=stored.body,
        fields={name: getattr(stored, name) for name in _KEPT}
        | {
            "published_at": stored.published_at and stored.published_at.isoformat(),
            "attachments": [
                {"url": url, "name": name}
                for url, name in session.execute(files.order_by(Attachment.position))
            ],
        },
        tags=stored_tags(session, [stored.pk]).get(stored.pk, []),
        digest=stored.digest,
        seen_at=stored.revised_at,
        warc=stored.warc,
    )


def same(digest: str, version: Version) -> bool:
    """Whether a digest is a version's: as stored, or by today's rules of what is noise."""
    return digest == version.digest or digest == _version_digest(
        version.title, version.body, version.fields
    )


_TAG = ("kind", "value", "label", "score", "evidence", "taxonomy")


def tag_row(tag: Tag, taxonomy: str) -> dict[str, Any]:
    """A tag as the columns of its row."""
    evidence = [asdict(one) for one in tag.evidence]
    return {
        "kind": tag.kind,
        "value": tag.value,
        "label": tag.label,
        "score": tag.score,
        "evidence": evidence,
        "taxonomy": taxonomy,
    }


def stored_tags(session: Session, pks: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The tags that articles have now, by primary key, each as the columns of its row."""
    columns = [getattr(TagRow, name) for name in _TAG]
    query = select(TagRow.article_pk, *columns).where(TagRow.article_pk.in_(pks))
    found: dict[int, list[dict[str, Any]]] = {}
    for pk, *values in session.execute(query.order_by(TagRow.kind, TagRow.value)):
        found.setdefault(pk, []).append(dict(zip(_TAG, values, strict=True)))
    return found


def keep(session: Session, pk: int, number: int, version: Version) -> None:
    """Store a version as the one with a number."""
    columns = {name: getattr(version, name) for name in Version.__dataclass_fields__}
    session.execute(insert(Revision).values(article_pk=pk, number=number, **columns))


def place_earlier(session: Session, stored: Row[Any], version: Version) -> bool:
    """Put a version where it belongs among those before the current one, by when it was seen.

    Numbers follow the times: the versions behind it move up by one. A text that stood then anyway,
    or that was seen first a little later, adds no version. Returns whether one was added.
    """
    query = select(Revision).where(Revision.article_pk == stored.pk).order_by(Revision.number)
    earlier = [_of_row(row) for row in session.scalars(query)]
    versions = [*earlier, current_version(session, stored)]
    place = sum(one.seen_at <= version.seen_at for one in versions)
    if place and same(version.digest, versions[place - 1]):
        return False
    if place == 0:
        _first_seen(session, stored.pk, version.seen_at)
    if same(version.digest, versions[place]):
        _seen_at(session, stored.pk, place + 1, len(versions), version.seen_at)
        return False
    _move_up(session, stored.pk, from_number=place + 1, current=len(versions))
    keep(session, stored.pk, place + 1, version)
    return True


def _of_row(row: Revision) -> Version:
    tags = list(row.tags or ())
    return Version(row.title, row.body, row.fields, tags, row.digest, row.seen_at, row.warc)


def _first_seen(session: Session, pk: int, at: datetime) -> None:
    session.execute(update(Article).where(Article.pk == pk).values(first_seen=at))


def _seen_at(session: Session, pk: int, number: int, current: int, at: datetime) -> None:
    """A version was there earlier than was known."""
    if number == current:
        session.execute(update(Article).where(Article.pk == pk).values(revised_at=at))
        return
    one = (Revision.article_pk == pk, Revision.number == number)
    session.execute(update(Revision).where(*one).values(seen_at=at))


def _move_up(session: Session, pk: int, from_number: int, current: int) -> None:
    session.execute(update(Article).where(Article.pk == pk).values(revision=current + 1))
    # The last first: no two have one number at any moment.
    for number in range(current - 1, from_number - 1, -1):
        one = (Revision.article_pk == pk, Revision.number == number)
        session.execute(update(Revision).where(*one).values(number=number + 1))
