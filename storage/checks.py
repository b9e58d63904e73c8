"""Whether the system itself is well: checks that need the database and the disk, nothing of Prefect's.

What only Prefect knows (flow runs that are late) its runner writes into its sign of life.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.alerts import failing_since
from storage.database import Database
from storage.errors import StorageError
from storage.heartbeats import CLOCK, HEALTH, RUNNER, Beat, beats
from storage.holds import open_holds
from storage.models import Look, Run, Segment
from storage.records import HealthState, city_time
from storage.settings import Settings

_SILENT_RUNNER = timedelta(minutes=10)
"""It says every minute that it lives; ten of them are no accident."""
_MOVED = timedelta(days=1)
"""Where a pool's workers do its work, one that was silent for so long was left behind."""
_LATE_RUNS = 5
_STALE_LOOKS = timedelta(hours=26)
"""A daily crawl and two hours: some list was read within that, or nothing runs."""
_UNSETTLED = timedelta(hours=24)
_SKEW = (timedelta(minutes=2), timedelta(minutes=15))
"""Warn and fail: schedules, leases and `first_seen` go by the clock."""
_FREE_SHARE = (0.10, 0.03)
_FREE_BYTES = (5 * 2**30, 2**30)
"""Warn and fail where the share and the bytes that are free are both below: a week's crawl is 1 GB."""


class Level(StrEnum):
    """What a check comes to."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    level: Level
    found: str
    """What is so, in a sentence."""
    advice: str = ""
    """What to do about it; empty where all is well."""

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


def worst(checks: list[Check]) -> Level:
    """The level of the worst of them."""
    levels = [check.level for check in checks]
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)


Checks = Callable[[], list[Check]]


def system_checks(settings: Settings, now: datetime, *, workers: bool = False) -> list[Check]:
    """Every check of this room; `workers` tells that those of a work pool do what is scheduled, not
    a scheduler of ours. None raises: what cannot be looked at fails."""
    found = [check_disk(settings.home), check_archive(settings.archive)]
    try:
        database = Database.open(settings.database_url, readonly=True)
    except StorageError as error:
        return [Check("database", Level.FAIL, str(error), "suqian db current says more"), *found]
    try:
        with database.reading() as session:
            return [*database_checks(session, now, workers=workers), *found]
    except StorageError as error:
        return [Check("database", Level.FAIL, str(error), "suqian db current says more"), *found]
    finally:
        database.close()


def database_checks(session: Session, now: datetime, *, workers: bool = False) -> list[Check]:
    """What a database of this version tells."""
    alive = beats(session)
    runner = alive.get(RUNNER)
    if workers and runner is not None and now - runner.at > _MOVED:
        runner = None
    return [
        Check("database", Level.OK, "it answers, and is of this version"),
        check_database_clock(session, now),
        check_clock(alive.get(CLOCK)),
        *(check_runner(runner, now) if runner or not workers else ()),
        check_crawls(session, now, scheduled=workers or runner is not None),
        check_health(alive.get(HEALTH), now),
        check_segments(session, now),
        check_holds(session),
        check_alerts(session),
    ]


def check_disk(folder: Path) -> Check:
    """Room on the disk of the home."""
    try:
        usage = shutil.disk_usage(_existing(folder))
    except OSError as error:
        return Check("disk", Level.FAIL, f"{folder}: {error.strerror}", "check the disk")
    share, shown = usage.free / usage.total, f"{usage.free / 2**30:.1f} GB are free"
    for level, least_share, least in (
        (Level.FAIL, _FREE_SHARE[1], _FREE_BYTES[1]),
        (Level.WARN, _FREE_SHARE[0], _FREE_BYTES[0]),
    ):
        if share < least_share and usage.free < least:
            return Check("disk", level, f"{shown}, {share:.0%}", "make room, or move SUQIAN_HOME")
    return Check("disk", Level.OK, f"{shown}, {share:.0%}")


def _existing(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))


def check_archive(address: str) -> Check:
    """Whether the archive takes a file and gives it back."""
    try:
        from storage.archive import Archive  # fsspec takes a while to import

        Archive.open_at(address).try_out()
    except StorageError as error:
        return Check("archive", Level.FAIL, str(error), "check its permissions and SUQIAN_ARCHIVE")
    return Check("archive", Level.OK, "it takes a file and gives it back")


def check_database_clock(session: Session, now: datetime) -> Check:
    """The database server's clock against this machine's; a file has none of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return Check("database-clock", Level.OK, "a file goes by this machine's clock")
    there = session.scalar(select(func.now()))
    assert there is not None  # noqa: S101 - every PostgreSQL has a clock
    return _skewed("database-clock", now - there.astimezone(UTC), "the database's clock")


def check_clock(clock: Beat | None) -> Check:
    """This machine's clock against those of the web servers that were crawled last."""
    if clock is None:
        return Check("clock", Level.OK, "no crawl has told yet what other clocks say")
    skew = timedelta(seconds=float(clock.details["skew"]))
    return _skewed("clock", skew, f"{clock.details['hosts']} web servers' clocks")


def _skewed(name: str, skew: timedelta, whose: str) -> Check:
    seconds = skew.total_seconds()
    way = "ahead of" if seconds > 0 else "behind"
    said = f"this machine is {abs(seconds):.0f} s {way} {whose}"
    level = Level.OK
    if abs(skew) > _SKEW[0]:
        level = Level.FAIL if abs(skew) > _SKEW[1] else Level.WARN
    return Check(name, level, said, "" if level is Level.OK else "set the clock: chrony or ntpd")


def check_runner(runner: Beat | None, now: datetime) -> Iterator[Check]:
    """Whether the process that starts what is due lives, and what waits for it."""
    if runner is None:
        yield Check("scheduler", Level.WARN, "no scheduler has run here", "start it: suqian up")
        return
    silent = max(now - runner.at, timedelta())
    if silent > _SILENT_RUNNER:
        said = f"the scheduler on {runner.host} was last heard of {city_time(runner.at)}"
        advice = "start it: suqian up; its last words stand in logs/runner.log of the home"
        yield Check("scheduler", Level.FAIL, said, advice)
        return
    server = runner.details.get("server", True)
    level = Level.OK if server else Level.FAIL
    said = f"it was heard of {silent.total_seconds():.0f} s ago"
    said = said if server else f"{said}, but the Prefect server does not answer it"
    yield Check("scheduler", level, said, "" if server else "look into logs/server.log of the home")
    yield check_queue(int(runner.details.get("late", 0)))


def check_queue(late: int, name: str = "queue") -> Check:
    """Whether flow runs begin when they should."""
    level = Level.OK if late == 0 else Level.WARN if late <= _LATE_RUNS else Level.FAIL
    advice = "" if late == 0 else "a run hangs, or there are too few workers: see the Prefect UI"
    return Check(name, level, f"{late} flow runs are late", advice)


def check_crawls(session: Session, now: datetime, *, scheduled: bool) -> Check:
    """Whether anything is crawled at all."""
    looked = session.scalar(select(func.max(Look.looked_at)))
    if looked is None:
        return Check("crawls", Level.OK, "nothing was crawled yet")
    said = f"a list was last read {city_time(looked)}"
    if now - looked <= _STALE_LOOKS:
        return Check("crawls", Level.OK, said)
    level = Level.FAIL if scheduled else Level.WARN
    return Check("crawls", level, said, "run suqian ingest; are the schedules paused?")


def check_health(health: Beat | None, now: datetime) -> Check:
    """Whether the sources were judged lately, and how they stand."""
    if health is None:
        return Check("sources", Level.OK, "they were not judged yet; suqian health does it")
    counts: dict[str, int] = dict(health.details)
    bad = {state: count for state, count in counts.items() if HealthState(state).is_bad and count}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    if now - health.at > _STALE_LOOKS:
        said = f"judged last {city_time(health.at)}: {said}"
        return Check("sources", Level.WARN, said, "run suqian health; is its schedule paused?")
    advice = "suqian health says which, and why" if bad else ""
    return Check("sources", Level.WARN if bad else Level.OK, said, advice)


def check_segments(session: Session, now: datetime) -> Check:
    """Whether what was crawled is loaded."""
    waits = (Segment.loaded_at.is_(None), Segment.stored_at < now - _UNSETTLED)
    left = session.scalar(select(func.count()).select_from(Segment).where(*waits)) or 0
    running = (Run.state == "running", Run.started_at < now - _UNSETTLED)
    stuck = session.scalar(select(func.count()).select_from(Run).where(*running)) or 0
    if left or stuck:
        said = f"{left} segments are not loaded, {stuck} runs are open since more than a day"
        return Check("loads", Level.WARN, said, "the next ingest brings them to their end")
    return Check("loads", Level.OK, "what was crawled is loaded")


def check_holds(session: Session) -> Check:
    """Whether batches wait for a person."""
    holds = open_holds(session)
    if not holds:
        return Check("held", Level.OK, "no batch waits for a person")
    sources = ", ".join(sorted({hold.source for hold in holds}))
    said = f"{len(holds)} batches wait for a person: {sources}"
    return Check("held", Level.WARN, said, "suqian runs list --held, then release or discard")


def check_alerts(session: Session) -> Check:
    """Whether messages arrive."""
    failed, reason = failing_since(session)
    if not failed:
        return Check("alerts", Level.OK, "no message waits to be sent again")
    said = f"{failed} messages could not be sent: {reason}"
    return Check("alerts", Level.WARN, said, "check SUQIAN_ALERT_WEBHOOK and its receiver")
