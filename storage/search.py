"""Keeping the search index in step with the articles: whoever writes one calls this.

`storage.terms` says what is in the index, `storage.finding` asks it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from storage import docids, labels
from storage.among import parts
from storage.arrays import int4_array
from storage.bulk import insert_rows
from storage.folding import fold, searchable
from storage.models import Article, FoldedText, SearchEntry, Tag
from storage.records import CITY_TIME
from storage.terms import EVERY, fts_label, fts_text, numbers

__all__ = [
    "Entry",
    "Wanted",
    "clear",
    "fold",
    "follow_stories",
    "index",
    "rebuild",
    "relabel",
    "searchable",
    "unindex",
    "wanted",
]

_BATCH = 500
_NO_LABEL = 0
"""The number of a label that has none: no label has it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's folded text, to be found by."""

    article_pk: int
    title: str
    body: str
    attachments: str = ""


def index(session: Session, entries: Iterable[Entry]) -> None:
    """Add articles to the index: their rows and tags must stand as they are to be found. Each must
    not be in it, or have been taken out by `unindex`."""
    texts = {entry.article_pk: entry for entry in entries}
    if not texts:
        return
    facts = _facts(session, list(texts))
    places = docids.assign(session, {pk: fact.day for pk, fact in facts.items()})
    # In the index's order: FTS5 writes out what it holds whenever a number is lower than the last.
    in_order = sorted(facts, key=places.__getitem__)
    found = _labels(session, list(texts), facts)
    rows = [
        {
            "docid": places[pk],
            "article_pk": pk,
            "at": facts[pk].at,
            "story": story_number(facts[pk].story_id),
            "duplicate": facts[pk].duplicate,
            "labels": _packed(found[pk]),
        }
        for pk in in_order
    ]
    words = [(places[pk], texts[pk], found[pk]) for pk in in_order]
    if session.get_bind().dialect.name == "sqlite":
        insert_rows(session, SearchEntry, rows)
        _write(session, words)
        return
    whole = [row | _terms(*one) for row, one in zip(rows, words, strict=True)]
    session.execute(text(_INSERT_WITH_TERMS), whole)


def unindex(session: Session, article_pks: Sequence[int]) -> None:
    """Take articles out of the index, while their folded text still stands in `folded_text`."""
    if session.get_bind().dialect.name == "sqlite":
        # The FTS5 table keeps no content of its own: it is told what to forget.
        _write(session, _indexed(session, article_pks), forget=True)
    session.execute(delete(SearchEntry).where(SearchEntry.article_pk.in_(article_pks)))


def relabel(session: Session, article_pks: Sequence[int]) -> None:
    """Bring the labels of articles in step with their tags."""
    facts = _facts(session, article_pks)
    found = _labels(session, article_pks, facts)
    old = [one for one in _indexed(session, article_pks) if one[2] != found[one[1].article_pk]]
    for docid, entry, before in old:
        now = found[entry.article_pk]
        packed = update(SearchEntry).where(SearchEntry.docid == docid).values(labels=_packed(now))
        session.execute(packed)
        _change_labels(session, docid, entry, before, now)


def _change_labels(
    session: Session, docid: int, entry: Entry, before: Sequence[int], now: Sequence[int]
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        # A column of its own: the terms of the text stay where they are.
        session.execute(text(_FORGET), [_fts_row(docid, Entry(0, "", ""), before)])
        session.execute(text(INSERT_WORDS), [_fts_row(docid, Entry(0, "", ""), now)])
    else:
        _write(session, [(docid, entry, now)])


def follow_stories(session: Session, article_pks: Sequence[int]) -> None:
    """Bring the index in step with the stories that articles belong to."""
    entry = SearchEntry
    change = update(entry).where(entry.article_pk == bindparam("pk"))
    rows = [
        {"pk": pk, "in_story": story_number(fact.story_id), "is_duplicate": fact.duplicate}
        for pk, fact in _facts(session, article_pks).items()
    ]
    change = change.values(story=bindparam("in_story"), duplicate=bindparam("is_duplicate"))
    if rows:
        session.connection().execute(change, rows)


def rebuild(session: Session) -> None:
    """Index every article: the index must be empty."""
    folded, last = FoldedText, 0
    columns = (folded.article_pk, folded.title, folded.body, folded.attachments)
    while True:
        query = select(*columns).where(folded.article_pk > last).order_by(folded.article_pk)
        rows = session.execute(query.limit(_BATCH)).all()
        if not rows:
            return
        index(session, [Entry(*row) for row in rows])
        last = rows[-1].article_pk


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the index must say of an article."""

    docid: int
    """Where it is in the index now."""
    row: tuple[int | None, int, bool, bytes]
    """``at``, ``story``, ``duplicate`` and ``labels`` of its `search_entry`."""
    words: dict[str, Any]
    """A row of the FTS5 table on SQLite; on PostgreSQL the column ``terms``."""


def wanted(session: Session, docids: Mapping[int, int]) -> Iterator[Wanted]:
    """What the index must say of those articles that are there; `docids` are their numbers in it, by
    primary key."""
    pks = sorted(docids)
    facts = _facts(session, pks)
    of_article = _labelled(session, pks, facts)
    found = _numbered(of_article, labels.known(session, chain(*of_article.values())))
    as_words = _fts_row if session.get_bind().dialect.name == "sqlite" else _terms_row
    folded = FoldedText
    columns = (folded.article_pk, folded.title, folded.body, folded.attachments)
    for row in session.execute(select(*columns).where(folded.article_pk.in_(list(facts)))):
        entry = Entry(*row)
        pk, fact = entry.article_pk, facts[entry.article_pk]
        known = (fact.at, story_number(fact.story_id), fact.duplicate, _packed(found[pk]))
        yield Wanted(docids[pk], known, as_words(docids[pk], entry, found[pk]))


def clear(session: Session) -> None:
    """Take everything out of the index, whatever it holds."""
    session.execute(delete(SearchEntry))
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search (search) VALUES ('delete-all')"))


# --- what is known of an article ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fact:
    published_at: datetime | None
    story_id: str
    duplicate_of: str | None
    source: str

    @property
    def day(self) -> Any:
        return self.published_at and self.published_at.astimezone(CITY_TIME).date()

    @property
    def at(self) -> int | None:
        return None if self.published_at is None else int(self.published_at.timestamp())

    @property
    def duplicate(self) -> bool:
        return self.duplicate_of is not None


def _facts(session: Session, pks: Sequence[int]) -> dict[int, _Fact]:
    article = Article
    columns = (article.published_at, article.story_id, article.duplicate_of, article.source)
    found: dict[int, _Fact] = {}
    for part in parts(pks):
        query = select(article.pk, *columns).where(article.pk.in_(part)).order_by(article.pk)
        found |= {row[0]: _Fact(*row[1:]) for row in session.connection().execute(query).all()}
    return found


def _labels(
    session: Session, pks: Sequence[int], facts: dict[int, _Fact]
) -> dict[int, tuple[int, ...]]:
    """The numbers of each article's labels, in order; new labels get theirs."""
    of_article = _labelled(session, pks, facts)
    return _numbered(of_article, labels.register(session, chain(*of_article.values())))


def _labelled(
    session: Session, pks: Sequence[int], facts: dict[int, _Fact]
) -> dict[int, list[labels.Label]]:
    of_article: defaultdict[int, list[labels.Label]] = defaultdict(list)
    for pk, fact in facts.items():
        source = labels.Label("source", fact.source, fact.source)
        of_article[pk] = [source, *labels.of_day(fact.day)]
    for part in parts(pks):
        where = (Tag.article_pk.in_(part), Tag.kind.in_(labels.TAGS))
        query = select(Tag.article_pk, Tag.kind, Tag.value, Tag.label).where(*where)
        for pk, kind, value, name in session.connection().execute(query).all():
            of_article[pk].append(labels.Label(kind, value, name))
    return of_article


def _numbered(
    of_article: Mapping[int, Iterable[labels.Label]], known: Mapping[tuple[str, str], int]
) -> dict[int, tuple[int, ...]]:
    return {
        pk: tuple(sorted({known.get((one.kind, one.value), _NO_LABEL) for one in some}))
        for pk, some in of_article.items()
    }


def story_number(story_id: str) -> int:
    """What the index knows a story by."""
    digest = blake2b(story_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _packed(found: Sequence[int]) -> bytes:
    return np.array(found, "<i4").tobytes()


# --- what each database is told -------------------------------------------------------------------

_Indexed = tuple[int, Entry, Sequence[int]]
"""docid, texts and labels."""

INSERT_WORDS = (
    "INSERT INTO search (rowid, body, title, labels) VALUES (:docid, :body, :title, :labels)"
)
_FORGET = (
    "INSERT INTO search (search, rowid, body, title, labels) "
    "VALUES ('delete', :docid, :body, :title, :labels)"
)
_AS_ARRAY = "CAST(:terms AS integer[])"
_TERMS = f"UPDATE search_entry SET terms = {_AS_ARRAY} WHERE docid = :docid"  # noqa: S608 - ours
_INSERT_WITH_TERMS = (
    "INSERT INTO search_entry (docid, article_pk, at, story, duplicate, labels, terms) "  # noqa: S608 - ours
    f"VALUES (:docid, :article_pk, :at, :story, :duplicate, :labels, {_AS_ARRAY})"
)


def _write(session: Session, found: Iterable[_Indexed], *, forget: bool = False) -> None:
    if session.get_bind().dialect.name == "sqlite":
        rows = [_fts_row(*one) for one in found]
        statement = _FORGET if forget else INSERT_WORDS
    else:
        rows, statement = [_terms(*one) for one in found], _TERMS
    if rows:
        session.execute(text(statement), rows)


def _terms(docid: int, entry: Entry, found: Sequence[int]) -> dict[str, object]:
    """A row of the column ``terms``, as a statement takes it."""
    return {"docid": docid, "terms": int4_array(_numbers(docid, entry, found))}


def _fts_row(docid: int, entry: Entry, found: Sequence[int]) -> dict[str, object]:
    # A line between the body and what attachments say: no query holds one.
    body = f"{entry.body}\n{entry.attachments}" if entry.attachments else entry.body
    known = " ".join([EVERY, *map(fts_label, found)])
    return {"docid": docid, "body": fts_text(body), "title": fts_text(entry.title), "labels": known}


def _terms_row(docid: int, entry: Entry, found: Sequence[int]) -> dict[str, Any]:
    return {"docid": docid, "terms": _numbers(docid, entry, found).tolist()}


def _numbers(docid: int, entry: Entry, found: Sequence[int]) -> NDArray[np.int32]:
    return numbers(docid, entry.title, (entry.body, entry.attachments), found)


def _indexed(session: Session, pks: Sequence[int]) -> Iterator[_Indexed]:
    """Articles as they stand in the index."""
    entry, folded = SearchEntry, FoldedText
    columns = (folded.article_pk, folded.title, folded.body, folded.attachments)
    for part in parts(pks):
        query = select(entry.docid, entry.labels, *columns).join(
            folded, folded.article_pk == entry.article_pk
        )
        rows = session.execute(query.where(entry.article_pk.in_(part)))
        for docid, packed, pk, title, body, attachments in rows:
            texts = Entry(pk, title, body, attachments)
            yield docid, texts, tuple(np.frombuffer(packed, "<i4").tolist())
