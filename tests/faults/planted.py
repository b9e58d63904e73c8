"""Corruptions to plant: each one thing that a disk, a hand or a bug may do to what is stored."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from flows.app import App
from storage.archive import archived_name
from storage.corpus import Corpus
from storage.models import (
    Article,
    Attachment,
    Change,
    Counter,
    FoldedText,
    Page,
    Revision,
    SearchEntry,
    Story,
    Tag,
    Tally,
    Tombstone,
    Watch,
    Withdrawal,
)
from storage.segment_index import PACKED
from storage.tombstones import key_digest
from storage.verify import Kind


@dataclass(frozen=True)
class Corruption:
    """What is done, under what kind it must be found, and whether the archive allows to undo it."""

    name: str
    plant: Callable[[App], None]
    kind: Kind
    repaired: bool = True


def corpus_of(app: App) -> list[dict[str, Any]]:
    """What the corpus answers, but for the note that a page was read again."""
    found = (one.as_dict() for one in Corpus(app.database).articles())
    return sorted(
        ({name: one[name] for name in one.keys() - {"provenance"}} for one in found),
        key=lambda one: str(one["id"]),
    )


# --- the archive ----------------------------------------------------------------------------------


def _segment(app: App) -> tuple[Path, Path]:
    """The WARC that the first articles lie in, and its index."""
    with app.database.reading() as session:
        warc = session.scalar(select(Article.warc).order_by(Article.pk).limit(1)) or ""
    name = warc.partition("@")[0]
    folder = Path(app.settings.archive)
    return (
        folder / archived_name(f"{name}.warc.gz"),
        folder / archived_name(f"{name}{PACKED}"),
    )


def _offset(app: App, number: int = 0) -> int:
    with app.database.reading() as session:
        query = select(Article.warc).order_by(Article.pk).limit(1).offset(number)
        return int((session.scalar(query) or "").partition("@")[2])


def _flip_a_byte(app: App) -> None:
    warc, _ = _segment(app)
    data = bytearray(warc.read_bytes())
    data[_offset(app) + 300] ^= 0x40
    warc.write_bytes(data)


def _cut_the_tail(app: App) -> None:
    warc, _ = _segment(app)
    data = warc.read_bytes()
    warc.write_bytes(data[: len(data) - 700])


def _lose_a_segment(app: App) -> None:
    _segment(app)[0].unlink()


def _shift_offsets(app: App) -> None:
    _, index = _segment(app)
    lines = gzip.decompress(index.read_bytes())
    index.write_bytes(gzip.compress(lines.replace(b'"offset":', b'"offset":1')))


def _lose_an_index(app: App) -> None:
    _segment(app)[1].unlink()


def _name_another_record(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, Article)
        session.execute(update(Page).where(Page.id == row.page_id).values(warc=f"{row.warc}7"))


# --- the tables -----------------------------------------------------------------------------------


@contextmanager
def _writing(app: App) -> Iterator[Session]:
    """A transaction in which the database does not look at references."""
    if app.database.engine.dialect.name == "postgresql":
        with app.database.unit_of_work() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            yield session
        return
    with app.database.autocommit() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        try:
            with Session(connection) as session:
                yield session
                session.flush()
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _first(session: Session, table: Any, *where: Any) -> Any:
    return session.scalars(
        select(table).where(*where).order_by(*table.__table__.primary_key).limit(1)
    ).one()


def _alter_a_text(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, Article)
        session.execute(
            update(Article).where(Article.pk == row.pk).values(body=row.body[::-1] + "改")
        )


def _lose_an_article(app: App) -> None:
    """With all that hangs on it: as if it had never been loaded."""
    with _writing(app) as session:
        row = _first(session, Article, Article.revision == 1, Article.duplicate_of.is_(None))
        for table in (Attachment, Tag, FoldedText, Revision, Withdrawal, SearchEntry):
            session.execute(delete(table).where(table.article_pk == row.pk))
        session.execute(delete(Watch).where(Watch.page_id == row.page_id))
        session.execute(delete(Article).where(Article.pk == row.pk))


def _lose_an_article_row(app: App) -> None:
    """The row alone: what hangs on it stays behind."""
    with _writing(app) as session:
        row = _first(session, Article, Article.revision > 1)
        session.execute(delete(Article).where(Article.pk == row.pk))


def _fold_otherwise(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, FoldedText)
        changed = update(FoldedText).where(FoldedText.article_pk == row.article_pk)
        session.execute(changed.values(body=row.body[1:]))


def _lose_a_folded_text(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, FoldedText)
        session.execute(delete(FoldedText).where(FoldedText.article_pk == row.article_pk))


def _lose_an_entry(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, SearchEntry)
        session.execute(delete(SearchEntry).where(SearchEntry.docid == row.docid))


def _index_otherwise(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, SearchEntry)
        if app.database.engine.dialect.name == "postgresql":
            change = "UPDATE search_entry SET terms = terms[2:] WHERE docid = :docid"
            session.execute(text(change), {"docid": row.docid})
        else:
            change = (
                "INSERT INTO search (rowid, body, title, labels) VALUES (:docid, '宿迁', '', '')"
            )
            session.execute(text(change), {"docid": row.docid})


def _date_an_entry_otherwise(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, SearchEntry)
        session.execute(update(SearchEntry).where(SearchEntry.docid == row.docid).values(at=1))


def _tear_the_feed(app: App) -> None:
    with _writing(app) as session:
        session.execute(delete(Change).where(Change.kind == "added", Change.seq == 3))


def _tear_what_cannot_be_told_again(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, Change, Change.kind == "revised")
        session.execute(delete(Change).where(Change.seq == row.seq))


def _set_the_counter_back(app: App) -> None:
    with _writing(app) as session:
        session.execute(update(Counter).where(Counter.name == "change").values(value=2))


def _tag_nothing(app: App) -> None:
    row = {"article_pk": 987654, "kind": "topic", "value": "t", "label": "t", "score": 1.0}
    with _writing(app) as session:
        session.execute(insert(Tag), [row | {"evidence": [], "taxonomy": "t"}])


def _attach_to_nothing(app: App) -> None:
    row = {"article_pk": 987654, "position": 0, "url": "u", "name": "n"}
    with _writing(app) as session:
        session.execute(insert(Attachment), [row])


def _lose_a_canonical_article(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, Article, Article.duplicate_of.is_not(None))
        session.execute(update(Story).where(Story.id == row.story_id).values(canonical_id="0" * 16))


def _lose_a_story(app: App) -> None:
    with _writing(app) as session:
        session.execute(delete(Story).where(Story.id == _first(session, Article).story_id))


def _lose_a_revision(app: App) -> None:
    with _writing(app) as session:
        # Not of an article that another corruption has taken away.
        row = _first(session, Revision, Revision.article_pk.in_(select(Article.pk)))
        session.execute(delete(Revision).where(Revision.article_pk == row.article_pk))


def _stop_watching(app: App) -> None:
    with _writing(app) as session:
        session.execute(delete(Watch).where(Watch.page_id == _first(session, Watch).page_id))


def _count_otherwise(app: App) -> None:
    with _writing(app) as session:
        row = _first(session, Tally)
        one = (Tally.run_id == row.run_id, Tally.source == row.source)
        session.execute(
            update(Tally)
            .where(*one, Tally.outcome == row.outcome, Tally.reason == row.reason)
            .values(count=row.count + 1)
        )


def _keep_what_is_forgotten(app: App) -> None:
    with _writing(app) as session:
        page = _first(session, Page)
        row = {"article_id": "f" * 16, "forgotten_at": page.outcome_at, "reason": "r"}
        session.execute(insert(Tombstone), [row | {"key_digest": key_digest(page.key)}])


CORRUPTIONS = (
    Corruption("a flipped byte in a record", _flip_a_byte, Kind.ARCHIVE, repaired=False),
    Corruption("a cut tail", _cut_the_tail, Kind.ARCHIVE, repaired=False),
    Corruption("a missing segment", _lose_a_segment, Kind.ARCHIVE, repaired=False),
    Corruption("wrong offsets in an index", _shift_offsets, Kind.ARCHIVE),
    Corruption("a missing index", _lose_an_index, Kind.ARCHIVE),
    Corruption("a page that names no record", _name_another_record, Kind.ARCHIVE, repaired=False),
    Corruption("an altered text", _alter_a_text, Kind.ARTICLES),
    Corruption("a lost article", _lose_an_article, Kind.LEDGER),
    Corruption("a lost row of an article", _lose_an_article_row, Kind.ROWS),
    Corruption("folded text out of step", _fold_otherwise, Kind.TEXTS),
    Corruption("a lost folded text", _lose_a_folded_text, Kind.TEXTS),
    Corruption("a lost search entry", _lose_an_entry, Kind.SEARCH),
    Corruption("search terms out of step", _index_otherwise, Kind.SEARCH),
    Corruption("a search entry of another day", _date_an_entry_otherwise, Kind.SEARCH),
    Corruption("a gap in the feed", _tear_the_feed, Kind.FEED),
    Corruption(
        "a gap that nothing fills", _tear_what_cannot_be_told_again, Kind.FEED, repaired=False
    ),
    Corruption("the feed's counter set back", _set_the_counter_back, Kind.FEED),
    Corruption("a tag of nothing", _tag_nothing, Kind.ROWS),
    Corruption("an attachment of nothing", _attach_to_nothing, Kind.ROWS),
    Corruption("a story without its canonical", _lose_a_canonical_article, Kind.STORIES),
    Corruption("a lost story", _lose_a_story, Kind.ROWS),
    Corruption("a lost revision", _lose_a_revision, Kind.VERSIONS),
    Corruption("an article nobody watches", _stop_watching, Kind.ARTICLES),
    Corruption("a run that does not add up", _count_otherwise, Kind.LEDGER, repaired=False),
    Corruption(
        "a forgotten page that is there", _keep_what_is_forgotten, Kind.LEDGER, repaired=False
    ),
)
