"""Articles into tables: one batch, one transaction, the same end state however often it is run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from crawler.records import Article as Record
from flows.steps import dedupe
from flows.steps.tag import Tag
from storage import changes, search
from storage.models import Article, Attachment, FoldedText, Outcome, Revision, Story, article_id
from storage.models import Tag as TagRow

# What a reader sees: a difference in one of these is a revision.
_SEEN = (
    *("title", "subtitle", "body", "published", "origin", "author", "editor"),
    *("document_number", "issuer", "index_number", "validity", "attachments"),
)
_PLAIN = (
    *("url", "key", "source", "column", "title", "subtitle", "body", "body_raw", "origin"),
    *("author", "editor", "document_number", "issuer", "index_number", "validity", "warc"),
)
# What a revision keeps of the version before it, beside title, body and attachments.
_KEPT_FIELDS = (
    *("subtitle", "published_precision", "origin", "author", "editor", "document_number"),
    *("issuer", "index_number", "validity"),
)
_KEPT = (
    *("pk", "id", "key", "title", "body", "published_at", "digest", "text_digest"),
    *("revision", "revised_at", "warc", *_KEPT_FIELDS),
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """An article on its way into the tables, with all that was found out about it."""

    article: Record
    page_id: int
    authority: int
    lang: str
    tags: tuple[Tag, ...]
    taxonomy: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A record beside the row it becomes."""

    tagged: Tagged
    row: dict[str, Any]
    folded_title: str
    folded_body: str

    @property
    def key(self) -> str:
        return self.tagged.article.key

    @property
    def text(self) -> dedupe.Text:
        return dedupe.Text(self.folded_title, self.folded_body)


def load(session: Session, batch: Sequence[Tagged], now: datetime) -> dict[str, Outcome]:
    """Write a batch and return the outcome of each canonical key.

    An article that is stored already with the same digest is left alone: nothing is written for
    it. Two records of one key are loaded one after the other.
    """
    parts = [[_prepare(tagged) for tagged in part] for part in _distinct(batch)]
    changes.hold(session)
    outcomes: dict[str, Outcome] = {}
    for part in parts:
        outcomes |= _load(session, part, now)
    return outcomes


def _distinct(batch: Sequence[Tagged]) -> Iterator[list[Tagged]]:
    """Cut a batch so that no part holds one key twice."""
    part: dict[str, Tagged] = {}
    for tagged in batch:
        if tagged.article.key in part:
            yield list(part.values())
            part = {}
        part[tagged.article.key] = tagged
    yield list(part.values())


def _prepare(tagged: Tagged) -> _Prepared:
    article = tagged.article
    title, body = search.fold(article.title), search.fold(article.body)
    row: dict[str, Any] = {name: getattr(article, name) for name in _PLAIN} | {
        "id": article_id(article.key),
        "page_id": tagged.page_id,
        "published_at": article.published and article.published.at,
        "published_precision": article.published and article.published.precision.value,
        "updated_at": article.updated and article.updated.at,
        "keywords": list(article.keywords),
        "provenance": dict(article.provenance),
        "lang": tagged.lang,
        "authority": tagged.authority,
        "text_digest": dedupe.text_digest(title, body),
        "digest": sha256(json.dumps(_seen(article), ensure_ascii=False).encode()).hexdigest(),
    }
    return _Prepared(tagged, row, title, body)


def _seen(article: Record) -> dict[str, Any]:
    fields = {name: getattr(article, name) for name in _SEEN}
    published = article.published
    return fields | {
        "published": str(published) if published else None,
        "attachments": [asdict(attachment) for attachment in article.attachments],
    }


def _load(session: Session, batch: Sequence[_Prepared], now: datetime) -> dict[str, Outcome]:
    stored = _stored(session, [item.key for item in batch])
    new = [item for item in batch if item.key not in stored]
    changed = [
        (item, old)
        for item in batch
        if (old := stored.get(item.key)) and old.digest != item.row["digest"]
    ]
    departed = dedupe.depart(
        session,
        [old.pk for item, old in changed if old.text_digest != item.row["text_digest"]],
    )
    pks = _insert(session, new, now) | {item.key: old.pk for item, old in changed}
    _revise(session, changed, now)
    _write_details(
        session, {pks[item.key]: item for item in (*new, *(item for item, _ in changed))}
    )
    written = [*new, *(item for item, _ in changed)]
    texts = {item.row["text_digest"]: item.text for item in written}
    settled = dedupe.settle(session, texts, departed, [pks[item.key] for item in new])
    changes.record_changes(
        session,
        [(item.row["id"], "added") for item in new]
        + [(old.id, "revised") for _, old in changed]
        + settled.changes,
        now,
    )
    return (
        {item.key: Outcome.UNCHANGED for item in batch}
        | {
            item.key: Outcome.DUPLICATE if pks[item.key] in settled.duplicates else Outcome.NEW
            for item in new
        }
        | {item.key: Outcome.CHANGED for item, _ in changed}
    )


def _stored(session: Session, keys: Sequence[str]) -> dict[str, Row[Any]]:
    columns = [getattr(Article, name) for name in _KEPT]
    rows = session.execute(select(*columns).where(Article.key.in_(keys)))
    return {row.key: row for row in rows}


def _insert(session: Session, new: Sequence[_Prepared], now: datetime) -> dict[str, int]:
    """Store articles seen for the first time, each as a story of its own; return their keys' pks."""
    if not new:
        return {}
    stories = [{"id": item.row["id"], "canonical_id": item.row["id"]} for item in new]
    session.execute(insert(Story), stories)
    rows = [
        item.row | {"story_id": item.row["id"], "revision": 1, "first_seen": now, "revised_at": now}
        for item in new
    ]
    return {
        row.key: row.pk
        for row in session.execute(insert(Article).returning(Article), rows).scalars()
    }


def _revise(session: Session, changed: Sequence[tuple[_Prepared, Row[Any]]], now: datetime) -> None:
    """Keep the version that stood until now, then put the new one in its place."""
    for item, old in changed:
        session.execute(insert(Revision), [_version(session, old)])
        session.execute(
            update(Article)
            .where(Article.pk == old.pk)
            .values(**item.row, revision=old.revision + 1, revised_at=now)
        )


def _version(session: Session, old: Row[Any]) -> dict[str, Any]:
    """The row of `revision` that an article's current version becomes."""
    attachments = select(Attachment.url, Attachment.name).where(Attachment.article_pk == old.pk)
    fields = {name: getattr(old, name) for name in _KEPT_FIELDS} | {
        "published_at": old.published_at and old.published_at.isoformat(),
        "attachments": [dict(row._mapping) for row in session.execute(attachments)],  # noqa: SLF001 - the documented way to a mapping
    }
    return {
        "article_pk": old.pk,
        "number": old.revision,
        "title": old.title,
        "body": old.body,
        "fields": fields,
        "digest": old.digest,
        "seen_at": old.revised_at,
        "warc": old.warc,
    }


def _write_details(session: Session, items: Mapping[int, _Prepared]) -> None:
    """Put attachments, tags and folded text in the place of what an article had of them."""
    if not items:
        return
    search.unindex(session, list(items))
    for table in (Attachment, TagRow, FoldedText):
        session.execute(delete(table).where(table.article_pk.in_(items)))
    attachments: list[dict[str, Any]] = []
    tags: list[dict[str, Any]] = []
    entries: list[search.Entry] = []
    for pk, item in items.items():
        attachments += _attachment_rows(pk, item.tagged.article)
        tags += _tag_rows(pk, item.tagged)
        entries.append(search.Entry(pk, item.folded_title, item.folded_body))
    texts = [asdict(entry) for entry in entries]
    for table, rows in ((Attachment, attachments), (TagRow, tags), (FoldedText, texts)):
        if rows:
            session.execute(insert(table), rows)
    search.index(session, entries)


def _attachment_rows(pk: int, article: Record) -> list[dict[str, Any]]:
    return [
        {"article_pk": pk, "position": position, **asdict(attachment)}
        for position, attachment in enumerate(article.attachments)
    ]


def _tag_rows(pk: int, tagged: Tagged) -> list[dict[str, Any]]:
    return [
        {
            "article_pk": pk,
            "kind": tag.kind,
            "value": tag.value,
            "label": tag.label,
            "score": tag.score,
            "evidence": [asdict(evidence) for evidence in tag.evidence],
            "taxonomy": tagged.taxonomy,
        }
        for tag in tagged.tags
    ]
