"""From what a crawl's lists showed to what the ledger knows of columns."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue
from crawler.listings import ColumnWalk, column_walks, listed_keys, walked_columns
from crawler.records import Moment
from crawler.segment import Note
from storage import pace, walks, watch


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
    for walk in column_walks(notes):
        at = walk.source, walk.column
        news = walks.note_walk(session, _walked(run_id, walk, down_to.get(at)))
        ceiling = catalogue.longest_wait(*at)
        pace.learn(session, *at, walk.at, news=bool(news), ceiling=ceiling)


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
