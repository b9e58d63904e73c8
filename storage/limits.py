"""A bound on what a question may cost the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from storage.errors import TooSlow

_STEPS = 20_000
"""Steps of SQLite's virtual machine between two looks at the clock: about a millisecond."""


_SECONDS = "suqian_seconds"
"""Execution option: how long a transaction may take."""


def limit_time(engine: Engine, seconds: float) -> None:
    """Have every transaction of an engine that takes longer broken off.

    Connections that are open already are given up.
    """
    engine.update_execution_options(**{_SECONDS: seconds})
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _watch_clock)
    event.listen(engine, "begin", _set_deadline)
    engine.dispose()


def seconds_of(session: Session) -> float | None:
    """How long a session's transaction may take; None: as long as it needs."""
    found: float | None = session.connection().get_execution_options().get(_SECONDS)
    return found


def foresee(session: Session, done: float) -> None:
    """Raise TooSlow where a question that has done this share of its work will take longer than it may."""
    seconds = seconds_of(session)
    if seconds is None:
        return
    spent = time.monotonic() - session.connection().info["deadline"] + seconds
    if spent > seconds * min(1.0, done):
        raise TooSlow("this would take too long; ask for less")


@contextmanager
def hurried(session: Session, seconds: float) -> Iterator[None]:
    """Have each statement of PostgreSQL's broken off sooner, where a transaction has a bound at all."""
    usual = seconds_of(session)
    if usual is not None:
        _set_timeout(session.connection(), min(seconds, usual))
    yield
    if usual is not None:
        _set_timeout(session.connection(), usual)


def _watch_clock(connection: Any, record: Any) -> None:
    record.info["deadline"] = float("inf")
    connection.set_progress_handler(lambda: time.monotonic() > record.info["deadline"], _STEPS)


def _set_deadline(connection: Connection) -> None:
    seconds = connection.get_execution_options()[_SECONDS]
    connection.info["deadline"] = time.monotonic() + seconds
    if connection.dialect.name == "postgresql":
        _set_timeout(connection, seconds)


def _set_timeout(connection: Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
