"""Prefect's own settings: its home under ours, its server where ours is, its voice low."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from storage.settings import Settings, prefect_password, set_environment

# Prefect's server makes its database at the first start; on a slow disk that takes a while.
_STARTUP_SECONDS = "180"
_DAY = 24 * 3600
_BUSY_SECONDS = 60.0


def environment(settings: Settings) -> dict[str, str]:
    """The variables under which Prefect's server, runner and flows of this home run."""
    return {
        "PREFECT_HOME": str(settings.prefect_home),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.keep_days * _DAY),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{settings.keep_days}D",
        # In memory, as by default, a restart would forget who holds a deployment's one place: the run
        # in hand would be ended as one that lost it, and nobody would ever give the place back.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": _STARTUP_SECONDS,
        "PREFECT_CLI_PROMPT": "false",
    } | ({"PREFECT_API_AUTH_STRING": password} if (password := prefect_password()) else {})


def prepare(settings: Settings) -> str | None:
    """Set this process up for Prefect, before Prefect is imported; return the server's API.

    A server that `suqian up` runs for this home is used; without one Prefect starts an embedded
    server for as long as this process lives, and None is returned. What the operator has set
    (`PREFECT_API_URL`, for example) is left as it is.
    """
    settings.prefect_home.mkdir(parents=True, exist_ok=True)
    api = running_server(settings)
    # A run that fails is told of in one line by who started it; the server keeps the traceback.
    quiet = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}
    found = {"PREFECT_API_URL": api} if api else {}
    set_environment(environment(settings) | quiet | found)
    return api


def _note(settings: Settings) -> Path:
    return settings.prefect_home / "server.json"


def announce_server(settings: Settings, api: str) -> None:
    """Leave word that a server answers at this API address."""
    _note(settings).write_text(json.dumps({"api": api}), "utf-8")


def withdraw_server(settings: Settings) -> None:
    """Take the word back when the server ends."""
    _note(settings).unlink(missing_ok=True)


def running_server(settings: Settings) -> str | None:
    """The API address of the server that runs for this home, if it answers."""
    api = noted_server(settings)
    return api if api and answers(f"{api}/health") else None


def noted_server(settings: Settings) -> str | None:
    """The API address of the server that was started for this home and has not ended by itself."""
    try:
        api: str = json.loads(_note(settings).read_text("utf-8"))["api"]
    except FileNotFoundError:
        return None
    return api


def answers(url: str, timeout: float = 2.0) -> bool:
    """Whether an address of this machine answers 200."""
    try:
        with urlopen(url, timeout=timeout) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (URLError, TimeoutError, ConnectionError):
        return False


@dataclass(frozen=True, slots=True)
class Room:
    """How large Prefect's database is, in bytes."""

    before: int
    after: int


def make_room(settings: Settings) -> Room:
    """Write Prefect's SQLite database anew without its holes. On another database there is nothing to
    do here: PostgreSQL does it by itself."""
    file = settings.prefect_home / "prefect.db"
    if not file.exists():
        return Room(0, 0)
    before = _size(file)
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)) as database:
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Room(before, _size(file))


def _size(file: Path) -> int:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*"))
