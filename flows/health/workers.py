"""The workers of Prefect's work pools, as its server knows them.

The server is asked over HTTP and without Prefect's client: that would cost the web page four seconds
and 100 MB. One look serves everybody who asks within a few seconds, and none takes long.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from flows.deployments import TAG
from flows.health.signs import LATE
from flows.prefect_home import noted_server
from storage.checks import Check, Level, check_queue
from storage.settings import Settings, masked, prefect_api, prefect_password

_CALL_SECONDS = 2.0
_LOOK_SECONDS = 5.0
"""All calls of a look together: who asks for `/healthz` waits no longer than that."""
_KEPT_SECONDS = 20.0
_PAGE = 200
_SOON = timedelta(hours=1)
_REMEMBERED = timedelta(days=1)
"""A worker that was switched off for good stays in the server's list; after a day nobody is told."""

Ask = Callable[[str, dict[str, Any]], Any]
"""A call of the server's API: path and JSON → JSON. Raises OSError or ValueError."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker of a pool."""

    name: str
    online: bool
    since: datetime
    """When it registered."""
    seen: datetime


@dataclass(frozen=True, slots=True)
class Pool:
    """A work pool: who works for it, and what waits."""

    name: str
    paused: bool
    workers: tuple[Worker, ...]
    due: int
    """Flow runs that begin within the hour, or should have begun."""
    late: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the server came to."""

    api: str | None
    """The server's address; None where there is none for this home."""
    pools: tuple[Pool, ...] = ()
    error: str | None = None
    """Why it does not answer."""

    @property
    def has_workers(self) -> bool:
        """Whether a pool's workers do what is scheduled, or should."""
        return any(pool.workers or pool.due for pool in self.pools)


@dataclass
class Watch:
    """Looks at the server, at most once in twenty seconds."""

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock, init=False)
    _last: Look | None = field(default=None, init=False)
    _at: float = field(default=0.0, init=False)

    def look(self, now: datetime) -> Look:
        """The last look, or a new one; who comes meanwhile waits for it and shares it."""
        with self._lock:
            if self._last is None or self.clock() - self._at > _KEPT_SECONDS:
                self._last = look_at(prefect_api() or noted_server(self.settings), now)
                self._at = self.clock()
            return self._last


def look_at(api: str | None, now: datetime) -> Look:
    """Ask a server for its work pools."""
    if api is None:
        return Look(None)
    try:
        return Look(api, tuple(read_pools(_asking(api), now)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Look(api, error=str(getattr(error, "reason", error)) or type(error).__name__)


def _asking(api: str) -> Ask:
    deadline = time.monotonic() + _LOOK_SECONDS
    headers = {"Content-Type": "application/json"}
    if password := prefect_password():
        headers["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"

    def ask(path: str, body: dict[str, Any]) -> Any:
        seconds = min(_CALL_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            raise TimeoutError(f"it takes more than {_LOOK_SECONDS:.0f} s to answer")
        call = Request(api + path, json.dumps(body).encode(), headers)  # noqa: S310 - the operator's own
        with urlopen(call, timeout=seconds) as answer:  # noqa: S310
            return json.load(answer)

    return ask


def read_pools(ask: Ask, now: datetime) -> Iterator[Pool]:
    """The work pools that deployments of ours are on."""
    tagged = {"deployments": {"tags": {"all_": [TAG]}}, "limit": _PAGE}
    used = {one["work_pool_name"] for one in ask("/deployments/filter", tagged)} - {None}
    if not used:
        return
    named = {"work_pools": {"name": {"any_": sorted(used)}}, "limit": _PAGE}
    for pool in ask("/work_pools/filter", named):
        name = pool["name"]
        workers = ask(f"/work_pools/{quote(name, safe='')}/workers/filter", {"limit": _PAGE})
        due, late = (_count(ask, name, before) for before in (now + _SOON, now - LATE))
        yield Pool(name, bool(pool["is_paused"]), tuple(map(_worker, workers)), due, late)


def _worker(row: dict[str, Any]) -> Worker:
    since, seen = (row["created"], row["last_heartbeat_time"] or row["created"])
    online = row["status"] == "ONLINE"
    return Worker(row["name"], online, _moment(since), _moment(seen))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _count(ask: Ask, pool: str, before: datetime) -> int:
    runs = {
        "state": {"type": {"any_": ["SCHEDULED"]}},
        "expected_start_time": {"before_": before.isoformat()},
    }
    return int(
        ask("/flow_runs/count", {"work_pools": {"name": {"any_": [pool]}}, "flow_runs": runs})
    )


def server_checks(look: Look, now: datetime) -> Iterator[Check]:
    """Whether the server answers, and, for those who work with pools, workers and queue."""
    if look.api is None:
        yield Check("prefect", Level.WARN, "no server runs for this home", "start it: suqian up")
        return
    if look.error:
        said = f"the server at {masked(look.api)} does not answer: {look.error}"
        advice = "start it: suqian up; see logs/server.log, and PREFECT_API_URL where one is set"
        yield Check("prefect", Level.FAIL, said, advice)
        return
    yield Check("prefect", Level.OK, f"the server answers at {masked(look.api)}")
    if look.pools:
        yield check_workers(look.pools, now)
        yield check_queue(sum(pool.late for pool in look.pools), "pool-queue")


def check_workers(pools: tuple[Pool, ...], now: datetime) -> Check:
    """Whether every pool that has work has a worker, and none has died lately."""
    found = [_stands(pool, now) for pool in pools]
    levels = [level for level, _ in found]
    level = next((one for one in (Level.FAIL, Level.WARN) if one in levels), Level.OK)
    said = "; ".join(text for one, text in found if one is level)
    advice = "start it on its machine: prefect worker start --pool NAME (docs/operating.md)"
    return Check("workers", level, said, "" if level is Level.OK else advice)


def _stands(pool: Pool, now: datetime) -> tuple[Level, str]:
    online = sum(worker.online for worker in pool.workers)
    last = max((worker.seen for worker in pool.workers), default=None)
    if pool.paused:
        return Level.WARN, f"the pool {pool.name} is paused, and {pool.due} runs wait for it"
    if not online and pool.due:
        heard = f"; the last was heard of {_ago(now, last)}" if last else ""
        return Level.FAIL, f"no worker of {pool.name} is online, {pool.due} runs are due{heard}"
    if gone := _gone(pool.workers, now):
        names = ", ".join(f"{one.name} ({_ago(now, one.seen)})" for one in gone)
        return Level.WARN, f"{online} workers of {pool.name} are online; gone: {names}"
    return Level.OK, f"{online} workers of {pool.name} are online"


def _gone(workers: tuple[Worker, ...], now: datetime) -> list[Worker]:
    """Workers that fell silent within a day and in whose place no other has come since: one that is
    started again has another name."""
    lost = [w for w in workers if not w.online and now - w.seen < _REMEMBERED]
    came = sorted((w.since for w in workers if w.online), reverse=True)
    gone = []
    for worker in sorted(lost, key=lambda one: one.seen, reverse=True):
        if came and came[0] > worker.seen:
            came.pop(0)
        else:
            gone.append(worker)
    return gone


def _ago(now: datetime, then: datetime) -> str:
    return f"{max(0, (now - then).total_seconds()) / 60:.0f} min ago"
