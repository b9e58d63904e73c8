"""From what a crawl's lists showed to what the ledger knows of columns."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue
from crawler.listings import ColumnWalk, column_walks, listed_keys, walked_columns
from crawler.records import Moment
from crawler.segment import Note, Role, Segment, read_page
from storage import pace, walks, watch
from storage.list_answers import Answered

_DOCUMENTS = {"feed", "sitemap"}
Validators = tuple[str | None, str | None]


def note_lists(
    session: Session, catalogue: Catalogue, run_id: str, notes: Sequence[Note], now: datetime
) -> None:
    """Note what stands in each walked column's list, what a list leaves out that it had, and how soon
    it is worth another look."""
    listed = listed_keys(notes)
    down_to = {
        (one.source, one.column): Moment.local(one.down_to + timedelta(days=1)).at
        for one in walked_columns(notes)
    }
    for column, end_of_day in down_to.items():
        watch.note_list(session, column, end_of_day, listed, now)
    found = column_walks(notes)
    walked = [_walked(run_id, one, down_to.get((one.source, one.column))) for one in found]
    for one, news in zip(walked, walks.note_walks(session, walked), strict=True):
        ceiling = catalogue.longest_wait(*one.where)
        pace.learn(session, *one.where, one.at, news=bool(news), ceiling=ceiling)


def list_validators(catalogue: Catalogue, segment: Segment) -> dict[tuple[str, str], Validators]:
    """(source, column) → (etag, last modified) of lists that were read as one document and to their end:
    what has several pages may change behind the first."""
    walked = {(note.source, note.column) for note in segment.notes if note.role is Role.WALK}
    read: dict[tuple[str, str], list[Note]] = defaultdict(list)
    for note in segment.notes:
        if note.role is Role.LIST and note.column and note.status == HTTPStatus.OK:
            read[note.source, note.column].append(note)
    documents = {at: notes for at, notes in read.items() if _is_document(catalogue, *at)}
    return {
        at: _validators(segment, notes[0]) if len(notes) == 1 and at in walked else (None, None)
        for at, notes in documents.items()
    }


def answered(segment: Segment) -> list[Answered]:
    """The answers of lists that this segment has whole, and that later ones may have been the same as."""
    return [
        Answered(note.url, note.digest, note.at, f"{segment.name}@{note.offset}")
        for note in segment.notes
        if note.digest and note.at and note.same_as is None and note.offset is not None
    ]


def _is_document(catalogue: Catalogue, source: str, column: str) -> bool:
    known = catalogue.sources.get(source)
    declared = known.columns.get(column) if known else None
    return declared is not None and declared.kind in _DOCUMENTS


def _validators(segment: Segment, note: Note) -> Validators:
    if note.offset is None:
        return None, None
    page = read_page(segment.warc, note.offset)
    return page.etag, page.last_modified


def _walked(run_id: str, walk: ColumnWalk, newer_than: datetime | None) -> walks.Walked:
    return walks.Walked(
        source=walk.source,
        column=walk.column,
        run_id=run_id,
        at=walk.at,
        shown={item.key: item.listed.found_on for item in walk.items},
        digests={item.key: item.listed.digest for item in walk.items},
        said=walk.said,
        list_pages=walk.list_pages,
        whole=walk.whole,
        doubts=walk.doubts,
        newer_than=newer_than,
    )
