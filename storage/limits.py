"""A bound on what a question may cost the database."""

import time
from typing import Any

from sqlalchemy import Connection, Engine, event

_STEPS = 20_000
"""Steps of SQLite's virtual machine between two looks at the clock: about a millisecond."""


def limit_time(engine: Engine, seconds: float) -> None:
    """Have every transaction of an engine that takes longer broken off.

    Connections that are open already are given up.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _watch_clock)
        event.listen(engine, "begin", lambda connection: _set_deadline(connection, seconds))
    else:
        milliseconds = max(1, int(seconds * 1000))

        def set_timeout(connection: Connection) -> None:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")

        event.listen(engine, "begin", set_timeout)
    engine.dispose()


def _watch_clock(connection: Any, record: Any) -> None:
    record.info["deadline"] = float("inf")
    connection.set_progress_handler(lambda: time.monotonic() > record.info["deadline"], _STEPS)


def _set_deadline(connection: Connection, seconds: float) -> None:
    connection.info["deadline"] = time.monotonic() + seconds
