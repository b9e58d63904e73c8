"""What somebody asks a run to do."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from crawler.errors import StopRun


class Group(StrEnum):
    """Which publishers a schedule is for."""

    GOVERNMENT = "government"
    NEWS = "news"
    PAPERS = "papers"


_FIRST_DAY = date(1900, 1, 1)
"""Of what any page is dated; what is before it is meant otherwise."""


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
    columns: tuple[str, ...] = ()
    """Ids of columns; empty means all of the sources."""
    unseen_since: datetime | None = None
    """Of the stored pages only those that nobody has looked at since then."""
    whole_window: bool = False
    """Walk the lists through the whole window, even behind pages of which all is known: for what was
    put in late under an earlier day."""
    due_only: bool = False
    """Only the columns that are worth another look by what is learned of their news."""
    spread_minutes: int = 0
    """Each source is asked at a minute of its own within so many."""

    def looking_back(self, days: int | None, today: date) -> "Request":
        """The same for the whole of the last days, in the place of `since`; None: as it is. Raises StopRun
        for more days than there are to look at."""
        if days is None:
            return self
        if days > (today - _FIRST_DAY).days:
            raise StopRun(f"{days} days back is before {_FIRST_DAY}; give fewer")
        return replace(self, since=today - timedelta(days=days), whole_window=True)

    def check(self, today: date) -> None:
        """Raise StopRun for a window that makes no sense."""
        if self.since and self.until and self.since > self.until:
            raise StopRun(
                f"since {self.since} is after until {self.until}; give the earlier day first"
            )
        if self.since and self.since < _FIRST_DAY:
            raise StopRun(f"since {self.since} is before {_FIRST_DAY}; is that a slip of the pen?")
        if self.since and self.since > today:
            raise StopRun(f"since {self.since} is in the future; today is {today}")


class Stage(StrEnum):
    """What can be done again from what is stored."""

    TAG = "tag"
    EXTRACT = "extract"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which stored pages to read again; what is empty chooses all."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    """First day of publication, in the city."""
    until: date | None = None
    """Last day."""
    ids: tuple[str, ...] = ()
    """Public ids of articles."""
    unread: bool = True
    """Also what was fetched and is no article so far: dropped, or parked. These have no day and
    no id: a selection by either leaves them out."""

    def check(self) -> None:
        """Raise StopRun for a window that makes no sense."""
        if self.since and self.until and self.since > self.until:
            raise StopRun(
                f"since {self.since} is after until {self.until}; give the earlier day first"
            )

    def check_for(self, stage: Stage) -> None:
        """Raise StopRun where a stage that is done for everything is asked for a part."""
        if stage is Stage.TAG and self != Selection():
            raise StopRun(
                "tags are made again for every article; sources, days and ids are for extract: leave them out"
            )


class Order(StrEnum):
    """From which end a backfill works."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"
