"""Articles into tables: one batch, one transaction, the same end state however often it is run."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from crawler.records import Article as Record
from flows.steps import dedupe
from flows.steps.attach import is_news, is_replaced, stored_files
from flows.steps.retag import by_name, differing
from flows.steps.tag import Tag, tag_row
from flows.steps.versions import (
    KEPT_COLUMNS,
    Version,
    current_version,
    keep,
    last_seen,
    place_earlier,
    same,
    seen_digest,
    stored_tags,
    version_of,
)
from storage import changes, search, watch
from storage.bulk import insert_missing, insert_rows
from storage.citations import canonical_number
from storage.models import (
    Article,
    Attachment,
    ChangeKind,
    FoldedText,
    Outcome,
    Story,
    Watch,
    article_id,
)
from storage.models import Tag as TagRow

_PLAIN = (
    *("url", "key", "source", "column", "title", "subtitle", "body", "body_raw", "body_html"),
    *("section", "needs_ocr", "origin", "author", "editor", "document_number", "issuer"),
    *("index_number", "validity", "warc"),
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
    captured_at: datetime | None = None
    """For a page that somebody saved: when. None: it is what the address says now."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A record beside the row it becomes."""

    tagged: Tagged
    row: dict[str, Any]
    tags: list[dict[str, Any]]
    folded_title: str
    folded_body: str
    folded_attachments: str

    @property
    def key(self) -> str:
        return self.tagged.article.key

    @property
    def text(self) -> dedupe.Text:
        """Itself as it is compared with others."""
        return dedupe.Text.of(self.folded_title, self.folded_body, self.folded_attachments)

    def seen_at(self, now: datetime) -> datetime:
        """When its text was there: nobody saves a page that is still to come."""
        return min(self.tagged.captured_at or now, now)

    def version(self, now: datetime) -> Version:
        """Itself as a version."""
        version = version_of(self.tagged.article, self.tags, self.tagged.lang)
        return replace(version, seen_at=self.seen_at(now), seen_until=self.seen_at(now))


def load(session: Session, batch: Sequence[Tagged], now: datetime) -> dict[str, Outcome]:
    """Write a batch and return the outcome of each canonical key.

    An article that is stored already and reads the same is left alone: nothing is written for it
    but tags that a newer taxonomy gives. What was captured before the current version was last seen
    becomes an earlier version, and the current one stays. Two records of one key are loaded one
    after the other.
    """
    parts = [[_prepare(tagged) for tagged in part] for part in _distinct(batch)]
    changes.hold(session)
    outcomes: dict[str, Outcome] = {}
    for part in parts:
        for key, outcome in _load(session, part, now).items():
            # The same text again takes nothing from what the first of the two did.
            if outcome is not Outcome.UNCHANGED or key not in outcomes:
                outcomes[key] = outcome
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


def columns_of(article: Record) -> dict[str, Any]:
    """The columns of `article` that a record alone gives."""
    return {name: getattr(article, name) for name in _PLAIN} | {
        "published_at": article.published and article.published.at,
        "published_precision": article.published and article.published.precision.value,
        "updated_at": article.updated and article.updated.at,
        "document_key": canonical_number(article.document_number or ""),
        "keywords": list(article.keywords),
        "provenance": dict(article.provenance),
    }


def _prepare(tagged: Tagged) -> _Prepared:
    article = tagged.article
    title, body = search.searchable(article.title), search.searchable(article.body)
    attached = "\n".join(search.searchable(file.text) for file in article.attachments if file.text)
    text = dedupe.Text.of(title, body, attached)
    row: dict[str, Any] = columns_of(article) | {
        "id": article_id(article.key),
        "page_id": tagged.page_id,
        "lang": tagged.lang,
        "authority": tagged.authority,
        "text_digest": dedupe.text_digest(text.title, text.body),
        "digest": seen_digest(article),
    }
    tags = [tag_row(tag, tagged.taxonomy) for tag in tagged.tags]
    return _Prepared(tagged, row, tags, title, body, attached)


_Pair = tuple[_Prepared, Row[Any]]
"""A record beside the row that is stored of it."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A batch by what is to be done with it."""

    new: list[_Prepared]
    changed: list[_Pair]
    attached: list[_Pair]
    """As they were, but more is known of their files."""
    unchanged: list[_Pair]
    late: list[_Pair]
    """Captured before the current version was last seen."""


def _sort(session: Session, batch: Sequence[_Prepared], now: datetime) -> _Sorted:
    stored = _stored(session, [item.key for item in batch])
    files = stored_files(session, [old.pk for old in stored.values()])
    found = _Sorted([item for item in batch if item.key not in stored], [], [], [], [])
    for item in batch:
        old = stored.get(item.key)
        if old is None:
            continue
        # What a crawl brings is newer than what is stored even when the clock says otherwise.
        saved = item.tagged.captured_at is not None
        if saved and item.seen_at(now) < last_seen(old):
            found.late.append((item, old))
            continue
        had, has = files.get(old.pk, {}), item.tagged.article.attachments
        if is_replaced(had, has) or not _is_same(session, item, old):
            found.changed.append((item, old))
        elif is_news(had, has):
            found.attached.append((item, old))
        else:
            found.unchanged.append((item, old))
            if saved:
                watch.seen(session, item.tagged.page_id, item.seen_at(now))
    return found


def _load(session: Session, batch: Sequence[_Prepared], now: datetime) -> dict[str, Outcome]:
    todo = _sort(session, batch, now)
    placed = [
        (item, old) for item, old in todo.late if place_earlier(session, old, item.version(now))
    ]
    known = [*todo.changed, *todo.attached]
    departed = dedupe.depart(session, _leaving(known))
    pks = _insert(session, todo.new, now) | {item.key: old.pk for item, old in known}
    _revise(session, todo.changed, now)
    _attach(session, todo.attached)
    fresh = [*todo.new, *(item for item, _ in known)]
    items = {pks[item.key]: item for item in fresh}
    _write_details(session, items, [old.pk for _, old in known])
    texts = {item.row["text_digest"]: item.text for item in fresh}
    settled = dedupe.settle(session, texts, departed, [pks[item.key] for item in todo.new])
    happened = [(item.row["id"], ChangeKind.ADDED) for item in todo.new]
    happened += [(old.id, ChangeKind.REVISED) for _, old in (*todo.changed, *placed)]
    happened += [(old.id, ChangeKind.ATTACHED) for _, old in todo.attached]
    happened += [(old.id, ChangeKind.RETAGGED) for old in _retag(session, todo.unchanged)]
    changes.record_changes(session, [*happened, *settled.changes], now)
    return (
        {item.key: Outcome.UNCHANGED for item in batch}
        | {
            item.key: Outcome.DUPLICATE if pks[item.key] in settled.duplicates else Outcome.NEW
            for item in todo.new
        }
        | {item.key: Outcome.CHANGED for item, _ in (*todo.changed, *placed)}
    )


def correct(session: Session, batch: Sequence[tuple[Tagged, Row[Any]]], now: datetime) -> None:
    """Put what a better reading of the same bytes says in the place of what is stored.

    No new version: the publisher changed nothing. Each pair is a record and the row (`KEPT_COLUMNS`)
    of its article; the feed says ``reread``.
    """
    pairs = [(_prepare(tagged), old) for tagged, old in batch]
    departed = dedupe.depart(session, _leaving(pairs))
    for item, old in pairs:
        session.execute(update(Article).where(Article.pk == old.pk).values(**item.row))
    items = {old.pk: item for item, old in pairs}
    _write_details(session, items, items)
    texts = {item.row["text_digest"]: item.text for item, _ in pairs}
    settled = dedupe.settle(session, texts, departed)
    reread = [(old.id, ChangeKind.REREAD) for _, old in pairs]
    changes.record_changes(session, [*reread, *settled.changes], now)


def _leaving(changed: Sequence[_Pair]) -> list[int]:
    """Those that have another text now."""
    return [old.pk for item, old in changed if old.text_digest != item.row["text_digest"]]


def _is_same(session: Session, item: _Prepared, old: Row[Any]) -> bool:
    """Whether an article reads as it did, by today's rules of what is noise."""
    digest = item.row["digest"]
    if digest == old.digest:
        return True
    if not same(digest, current_version(session, old)):
        return False
    session.execute(update(Article).where(Article.pk == old.pk).values(digest=digest))
    return True


def _stored(session: Session, keys: Sequence[str]) -> dict[str, Row[Any]]:
    columns = [getattr(Article, name) for name in KEPT_COLUMNS]
    query = select(*columns, Watch.seen_at).outerjoin(Watch, Watch.page_id == Article.page_id)
    rows: Iterable[Any] = session.execute(query.where(Article.key.in_(keys)))
    return {row.key: row for row in rows}


def _insert(session: Session, new: Sequence[_Prepared], now: datetime) -> dict[str, int]:
    """Store articles seen for the first time, each as a story of its own; return their keys' pks."""
    if not new:
        return {}
    stories = [{"id": item.row["id"], "canonical_id": item.row["id"]} for item in new]
    # One may be there of an article that was lost: `suqian verify --repair` brings it in order.
    insert_missing(session, Story, stories)
    rows = [
        item.row
        | {
            "story_id": item.row["id"],
            "revision": 1,
            "first_seen": item.seen_at(now),
            "revised_at": item.seen_at(now),
        }
        for item in new
    ]
    watch.begin(
        session,
        [
            watch.Watched(row["page_id"], row["source"], row["url"], row["first_seen"])
            for row in rows
        ],
    )
    insert_rows(session, Article, rows)
    made = select(Article.key, Article.pk).where(Article.key.in_([item.key for item in new]))
    return {row.key: row.pk for row in session.execute(made)}


def _revise(session: Session, changed: Sequence[tuple[_Prepared, Row[Any]]], now: datetime) -> None:
    """Keep the version that stood until now, then put the new one in its place."""
    for item, old in changed:
        keep(session, old.pk, old.revision, current_version(session, old))
        # A clock that was set back makes no version older than the one before it.
        seen_at = max(item.seen_at(now), old.revised_at)
        session.execute(
            update(Article)
            .where(Article.pk == old.pk)
            .values(**item.row, revision=old.revision + 1, revised_at=seen_at)
        )
        watch.seen(session, item.tagged.page_id, seen_at)


def _attach(session: Session, attached: Sequence[tuple[_Prepared, Row[Any]]]) -> None:
    """Note of articles that stay as they were what the text of their files changes."""
    for item, old in attached:
        values = {name: item.row[name] for name in ("text_digest", "needs_ocr")}
        session.execute(update(Article).where(Article.pk == old.pk).values(**values))


def _retag(session: Session, unchanged: Sequence[tuple[_Prepared, Row[Any]]]) -> list[Row[Any]]:
    """Give articles the tags of a newer taxonomy; return those of which any tag differs."""
    if not unchanged:
        return []
    before = stored_tags(session, [old.pk for _, old in unchanged])
    retagged = []
    for item, old in unchanged:
        tags = before.get(old.pk, [])
        if all(tag["taxonomy"] == item.tagged.taxonomy for tag in tags) and tags:
            continue
        if differing(by_name(tags), by_name(item.tags)):
            session.execute(delete(TagRow).where(TagRow.article_pk == old.pk))
            _insert_tags(session, {old.pk: item})
            retagged.append(old)
    search.relabel(session, [old.pk for old in retagged])
    return retagged


def _insert_tags(session: Session, items: Mapping[int, _Prepared]) -> None:
    rows = [{"article_pk": pk, **tag} for pk, item in items.items() for tag in item.tags]
    insert_rows(session, TagRow, rows)


def _write_details(
    session: Session, items: Mapping[int, _Prepared], stored: Collection[int]
) -> None:
    """Write attachments, tags and folded text, for `stored` in the place of what they had of them."""
    if not items:
        return
    if stored:
        search.unindex(session, list(stored))
        for table in (Attachment, TagRow, FoldedText):
            session.execute(delete(table).where(table.article_pk.in_(stored)))
    attachments = [row for pk, item in items.items() for row in _attachments(pk, item)]
    entries = [_entry(pk, item) for pk, item in items.items()]
    insert_rows(session, Attachment, attachments)
    insert_rows(session, FoldedText, [asdict(entry) for entry in entries])
    _insert_tags(session, items)
    search.index(session, entries)


def _entry(pk: int, item: _Prepared) -> search.Entry:
    return search.Entry(pk, item.folded_title, item.folded_body, item.folded_attachments)


def _attachments(pk: int, item: _Prepared) -> list[dict[str, Any]]:
    return [
        {"article_pk": pk, "position": position, **asdict(attachment)}
        for position, attachment in enumerate(item.tagged.article.attachments)
    ]
