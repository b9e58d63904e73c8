"""What to crawl now: the catalogue's columns and the ledger's memory, as one `CrawlPlan`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from uuid import uuid4

from crawler.catalogue import Catalogue, Source
from crawler.records import city_day
from flows.request import Request

# The first crawl of a column without a date asked for goes back this far; the rest is a backfill.
FIRST_WINDOW = timedelta(days=30)


def chosen_sources(catalogue: Catalogue, request: Request) -> list[Source]:
    """The sources that a request is about. Raises StopRun for one that the catalogue lacks."""
    if request.sources:
        return [catalogue.source(source_id) for source_id in request.sources]
    return [
        source
        for source in catalogue.sources.values()
        if source.enabled and (request.group is None or request.group == source.group)
    ]


def first_window(now: datetime, walked_back_to: date | None) -> date | None:
    """How far back to look where nobody says: as far as before, else the last weeks."""
    if walked_back_to is not None:
        return None if walked_back_to == date.min else walked_back_to
    return city_day(now - FIRST_WINDOW)


def start_of(source_id: str, minutes: int) -> float:
    """The second within so many minutes at which a source is asked: always the same, and another one
    for most others. Prefect's cron has no jitter, and many of the hosts are one machine."""
    digest = blake2b(source_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * minutes * 60


def segment_name(now: datetime) -> str:
    """A name that sorts by time and is used once: ``20261124T120000Z-ab12cd34``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"


def crawlable(sources: Sequence[Source], *, named: bool = False) -> list[tuple[str, str]]:
    """The (source, column) pairs that a spider can walk; addresses that nobody has seen only of
    sources that somebody named."""
    return [
        (source.id, column_id)
        for source in sources
        for column_id, column in source.columns.items()
        if column.expected or (named and column.walked)
    ]
