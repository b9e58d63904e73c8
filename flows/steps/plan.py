"""What to crawl now: the catalogue's columns and the ledger's memory, as one `CrawlPlan`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from crawler.catalogue import Catalogue, Source
from crawler.errors import StopRun

# The first crawl of a column without a date asked for goes back this far; the rest is a backfill.
FIRST_WINDOW = timedelta(days=30)


class Group(StrEnum):
    """Which publishers a schedule is for."""

    GOVERNMENT = "government"
    NEWS = "news"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for: which sources, which days (both included), how thoroughly."""

    sources: tuple[str, ...] = ()
    """Source ids; empty means all of the group."""
    group: Group | None = None
    since: date | None = None
    until: date | None = None
    recheck: bool = False
    """Ask again for the stored pages of the window, not only for what the lists show."""

    def check(self, today: date) -> None:
        """Raise StopRun for a window that makes no sense."""
        if self.since and self.until and self.since > self.until:
            raise StopRun(
                f"since {self.since} is after until {self.until}; give the earlier day first"
            )
        if self.since and self.since > today:
            raise StopRun(f"since {self.since} is in the future; today is {today}")


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
    return (now - FIRST_WINDOW).date()


def segment_name(now: datetime) -> str:
    """A name that sorts by time and is used once: ``20261124T120000Z-ab12cd34``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"


def write_known(path: Path, known: Iterable[tuple[str, str | None]]) -> None:
    """Write what the crawl need not fetch again, one JSON array a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for key, listed_digest in known:
            file.write(json.dumps([key, listed_digest], ensure_ascii=False) + "\n")


def crawlable(sources: Sequence[Source]) -> list[tuple[str, str]]:
    """The (source, column) pairs that a spider can walk."""
    return [
        (source.id, column_id)
        for source in sources
        for column_id, column in source.columns.items()
        if column.kind == "listing"
    ]
