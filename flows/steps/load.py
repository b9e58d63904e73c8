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
from flows.steps.attach import is_news, is_replaced, stored_files
from flows.steps.dedupe import SHORT_TEXT, settle, text_digest
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
    *("url", "key", "source", "column", "title", "subtitle", "body", "body_raw", "body_html"),
    *("section", "needs_ocr", "origin", "author", "editor", "document_number", "issuer"),
    *("index_number", "validity", "warc"),
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
    folded_attachments: str

    @property
    def key(self) -> str:
        return self.tagged.article.key


def load(session: Session, batch: Sequence[Tagged], now: datetime) -> dict[str, Outcome]:
    """Write a batch and return the outcome of each canonical key.

    An article that is stored already with the same digest is left alone: nothing is written for
    it. Two records of one key are loaded one after the other.
    """
    outcomes: dict[str, Outcome] = {}
    for part in _distinct(batch):
        outcomes |= _load(session, [_prepare(tagged) for tagged in part], now)
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
    attached = "\n".join(search.fold(file.text) for file in article.attachments if file.text)
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
        # A page that is but a title and a file says what the file says.
        "text_digest": text_digest(title, body if len(body) >= SHORT_TEXT else body + attached),
        "digest": sha256(json.dumps(_seen(article), ensure_ascii=False).encode()).hexdigest(),
    }
    return _Prepared(tagged, row, title, body, attached)


def _seen(article: Record) -> dict[str, Any]:
    fields = {name: getattr(article, name) for name in _SEEN}
    published = article.published
    return fields | {
        "published": str(published) if published else None,
        "attachments": [{"url": file.url, "name": file.name} for file in article.attachments],
    }


def _load(session: Session, batch: Sequence[_Prepared], now: datetime) -> dict[str, Outcome]:
    stored = _stored(session, [item.key for item in batch])
    files = stored_files(session, [old.pk for old in stored.values()])
    new = [item for item in batch if item.key not in stored]
    known = [(item, old) for item in batch if (old := stored.get(item.key))]
    changed = [
        (item, old)
        for item, old in known
        if old.digest != item.row["digest"]
        or is_replaced(files.get(old.pk, {}), item.tagged.article.attachments)
    ]
    revised = {item.key for item, _ in changed}
    attached = [
        (item, old)
        for item, old in known
        if item.key not in revised
        and is_news(files.get(old.pk, {}), item.tagged.article.attachments)
    ]
    pks = _insert(session, new, now) | {item.key: old.pk for item, old in (*changed, *attached)}
    _revise(session, changed, now)
    _attach(session, attached)
    detailed = (*new, *(item for item, _ in (*changed, *attached)))
    _write_details(session, {pks[item.key]: item for item in detailed})
    touched = {item.row["text_digest"] for item in new}
    touched |= {
        digest
        for item, old in (*changed, *attached)
        for digest in (item.row["text_digest"], old.text_digest)
    }
    duplicates = settle(session, touched)
    changes.record_changes(
        session,
        [(item.row["id"], "added") for item in new]
        + [(old.id, "revised") for _, old in changed]
        + [(old.id, "attached") for _, old in attached],
        now,
    )
    return (
        {item.key: Outcome.UNCHANGED for item in batch}
        | {
            item.key: Outcome.DUPLICATE if pks[item.key] in duplicates else Outcome.NEW
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


def _attach(session: Session, attached: Sequence[tuple[_Prepared, Row[Any]]]) -> None:
    """Note of articles that stay as they were what the text of their files changes."""
    for item, old in attached:
        values = {name: item.row[name] for name in ("text_digest", "needs_ocr")}
        session.execute(update(Article).where(Article.pk == old.pk).values(**values))


def _version(session: Session, old: Row[Any]) -> dict[str, Any]:
    """The row of `revision` that an article's current version becomes."""
    file = Attachment
    attachments = select(file.url, file.name, file.digest, file.warc).where(
        file.article_pk == old.pk
    )
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
        entries.append(_entry(pk, item))
    texts = [asdict(entry) for entry in entries]
    for table, rows in ((Attachment, attachments), (TagRow, tags), (FoldedText, texts)):
        if rows:
            session.execute(insert(table), rows)
    search.index(session, entries)


def _entry(pk: int, item: _Prepared) -> search.Entry:
    return search.Entry(pk, item.folded_title, item.folded_body, item.folded_attachments)


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
