"""What may happen to a load: each kind of fault arms the process that is to meet it."""

import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from benchmarks.postgres import Postgres
from flows.app import App
from flows.work import Hooks
from storage.errors import Unavailable
from tests.faults.crashes import points

POWER_CUT, DISK_FULL = "power cut", "disk full"
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """What an undisturbed load takes: within it faults are drawn."""

    statements: int
    commits: int
    seconds: float


def undisturbed() -> Hooks:
    """How a process works that meets nothing."""
    return Hooks(clock=lambda: NOW)


@dataclass(frozen=True)
class Fault:
    """One fault to meet: what the process does to itself, and what others do to it meanwhile."""

    kind: str
    random: Random
    span: Span
    url: str
    postgres: Postgres | None = None

    def arm(self, app: App) -> Hooks:
        """Prepare this process for it."""
        met = INSIDE[self.kind](app, self.random, self.span) if self.kind in INSIDE else None
        return met or undisturbed()

    def meanwhile(self) -> None:
        """What happens to the process from outside."""
        if self.kind in OUTSIDE:
            time.sleep(self.random.uniform(0.02, self.span.seconds))
            OUTSIDE[self.kind](self)

    def afterwards(self) -> None:
        """What is lost with a machine, not with a process."""
        if self.kind == POWER_CUT:
            # The worst case: nothing reached the disk since the log was last written back.
            for end in ("-wal", "-shm"):
                Path(f"{make_url(self.url).database}{end}").unlink(missing_ok=True)


# --- what a process meets by itself ---------------------------------------------------------------


def _point(_: App, random: Random, _span: Span) -> None:
    point = random.choice(points.POINTS)
    points.arm(point, before=random.random() < 0.5, call=random.randint(1, 2))


def _statement(app: App, random: Random, span: Span) -> None:
    _at(app, "before_cursor_execute", random.randint(1, span.statements), points.die)


def _commit(app: App, random: Random, span: Span) -> None:
    _at(app, "commit", random.randint(1, span.commits), points.die)


def _moment(_: App, random: Random, span: Span) -> None:
    signal.signal(signal.SIGALRM, points.die)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.02, span.seconds))


def _disk_full(_: App, random: Random, _span: Span) -> None:
    fill_disk(random.randrange(1 << 16, 2 << 20))


def fill_disk(size: int) -> None:
    """No file of this process grows beyond so many bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _connection(app: App, random: Random, span: Span) -> None:
    _at(app, "before_cursor_execute", random.randint(1, span.statements), _drop)


def _drop(connection: Any, *_: Any) -> None:
    """The connection is gone in the middle of a transaction."""
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.interrupt()
        raise Unavailable("the connection is gone")
    connection.connection.dbapi_connection.close()


def _read_only(app: App, random: Random, span: Span) -> None:
    """From some statement on nothing can be written any more, on whichever connection."""
    left = iter(range(random.randint(1, span.statements), 0, -1))

    def hear(connection: Any, cursor: Any, *_: Any) -> None:
        if next(left, 1) == 1:
            is_sqlite = connection.dialect.name == "sqlite"
            cursor.execute("PRAGMA query_only = 1" if is_sqlite else "SET TRANSACTION READ ONLY")

    event.listen(app.database.engine, "before_cursor_execute", hear)


def _clock(_: App, random: Random, _span: Span) -> Hooks:
    """The clock jumps while the load is at work."""
    jump = timedelta(days=random.choice((-4000, -1, 1, 4000)))
    asked, at = count(), random.randrange(0, 6)
    return Hooks(clock=lambda: NOW + jump if next(asked) >= at else NOW)


def _at(app: App, name: str, number: int, act: Callable[..., None]) -> None:
    """Act at the nth event of the database."""
    left = iter(range(number, 0, -1))

    def hear(*args: Any) -> None:
        if next(left, 0) == 1:
            act(*args)

    event.listen(app.database.engine, name, hear)


# --- what others do to it -------------------------------------------------------------------------


def _lock(fault: Fault) -> None:
    """Somebody else writes, and takes a while."""
    if fault.postgres is None:
        other = sqlite3.connect(make_url(fault.url).database or "", timeout=60)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(fault.random.uniform(0.1, 1.0))
        other.close()
        return
    engine = create_engine(fault.url, poolclass=NullPool)
    # Where the two wait for each other, PostgreSQL gives one of them up, be it this one.
    with suppress(OperationalError), engine.begin() as connection:
        connection.execute(text("LOCK TABLE article, page, segment IN EXCLUSIVE MODE"))
        time.sleep(fault.random.uniform(0.1, 1.0))


def _restart(fault: Fault) -> None:
    """The database's server dies and comes back."""
    _gone(fault, 0.0)


def _gone(fault: Fault, seconds: float) -> None:
    assert fault.postgres is not None
    fault.postgres.kill()
    time.sleep(seconds)
    fault.postgres.start()


INSIDE: Mapping[str, Callable[[App, Random, Span], Hooks | None]] = {
    "point": _point,
    "statement": _statement,
    POWER_CUT: _statement,
    "commit": _commit,
    "moment": _moment,
    DISK_FULL: _disk_full,
    "connection": _connection,
    "read-only": _read_only,
    "clock": _clock,
}
OUTSIDE: Mapping[str, Callable[[Fault], None]] = {
    "locked": _lock,
    "server": _restart,
    "server gone for a minute": lambda fault: _gone(fault, 60.0),
}
KINDS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (*INSIDE, "locked"),
    "postgresql": (*(kind for kind in INSIDE if kind != POWER_CUT), "locked", "server"),
}
"""What is drawn on each database: SQLite has no server, and a minute is long."""
