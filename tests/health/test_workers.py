"""The work pool's workers, as the server knows them: without one, one gone, a queue that grows."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.health.service import doctor
from flows.health.workers import Pool, Watch, Worker, check_workers, look_at, server_checks
from storage.checks import Level
from storage.database import Database
from storage.heartbeats import RUNNER, beat
from storage.settings import Settings
from tests.flows.service import free_port
from tests.storage.fresh import with_tables

NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
POOL = Pool("suqian", paused=False, workers=(), due=3, late=0)


def worker(name: str, seen: float = 0, since: float = 600, *, online: bool = True) -> Worker:
    """Heard of so many minutes ago, registered so many."""
    return Worker(name, online, NOW - timedelta(minutes=since), NOW - timedelta(minutes=seen))


DEAD = worker("two", seen=14, online=False)


@pytest.mark.parametrize(
    ("pool", "level", "said"),
    [
        (replace(POOL, workers=(worker("one"),)), Level.OK, "1 workers of suqian are online"),
        (POOL, Level.FAIL, "no worker of suqian is online, 3 runs are due"),
        (replace(POOL, workers=(DEAD,)), Level.FAIL, "the last was heard of 14 min ago"),
        (replace(POOL, due=0), Level.OK, "0 workers"),
        (replace(POOL, paused=True, workers=(worker("one"),)), Level.WARN, "is paused"),
        (replace(POOL, workers=(worker("one"), DEAD)), Level.WARN, "gone: two (14 min ago)"),
        # Started again under another name after the last sign of the old one.
        (replace(POOL, workers=(worker("new", since=10), DEAD)), Level.OK, "1 workers"),
        (
            replace(POOL, workers=(worker("one"), worker("old", seen=3000, online=False))),
            Level.OK,
            "1 workers",
        ),
    ],
)
def test_what_is_said_of_a_pool(pool: Pool, level: Level, said: str) -> None:
    check = check_workers((pool,), NOW)
    assert check.level is level
    assert said in check.found
    assert bool(check.advice) is (level is not Level.OK)


class Fake(ThreadingHTTPServer):
    """The few addresses of Prefect's server that are asked; `silent` takes calls and says nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.silent = threading.Event()
        self.closing = threading.Event()
        self.late = 0
        self.pool: str | None = "suqian"
        self.asked: list[str] = []

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        self.asked.append(path)
        if path.endswith("deployments/filter"):
            return [{"work_pool_name": self.pool}]
        if path.endswith("work_pools/filter"):
            return [{"name": "suqian", "is_paused": False}]
        if path.endswith("workers/filter"):
            return []
        before = body["flow_runs"]["expected_start_time"]["before_"]
        return self.late if datetime.fromisoformat(before) < NOW else self.late + 1


class _Answers(BaseHTTPRequestHandler):
    server: Fake

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(size))
        if self.server.silent.is_set():
            self.server.closing.wait(30)
            return
        answer = json.dumps(self.server.answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def served() -> Iterator[Fake]:
    with Fake() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    with served() as found:
        monkeypatch.setenv("PREFECT_API_URL", found.api)
        yield found


def levels(settings: Settings, watch: Watch | None = None) -> dict[str, Level]:
    return {one.name: one.level for one in doctor(settings, NOW, watch)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return with_tables(Settings.for_home(tmp_path))


def test_a_queue_that_grows_without_workers_fails(server: Fake, settings: Settings) -> None:
    server.late = 2
    found = levels(settings)
    assert (found["workers"], found["pool-queue"]) == (Level.FAIL, Level.WARN)
    server.late = 60
    assert levels(settings)["pool-queue"] is Level.FAIL


def test_pools_of_others_are_nobodys_business(server: Fake, settings: Settings) -> None:
    server.pool = None
    assert "workers" not in levels(settings)
    assert levels(settings)["scheduler"] is Level.WARN


def test_where_workers_do_the_work_nobody_misses_a_scheduler(
    server: Fake, settings: Settings
) -> None:
    assert "scheduler" not in levels(settings)
    database = Database.open(settings.database_url)
    with database.unit_of_work() as session:
        beat(session, RUNNER, NOW - timedelta(hours=2), {})
    database.close()
    # One that was there lately is missed all the same.
    assert levels(settings)["scheduler"] is Level.FAIL


def test_who_asks_often_has_the_server_asked_once(server: Fake, settings: Settings) -> None:
    passed = [0.0]
    watch = Watch(settings, clock=lambda: passed[0])
    for seconds, asked in ((0, 1), (5, 1), (19, 1), (21, 2)):
        passed[0] = seconds
        watch.look(NOW)
        assert server.asked.count("/api/work_pools/filter") == asked


def test_a_server_that_takes_calls_and_says_nothing_is_a_finding(
    server: Fake, settings: Settings
) -> None:
    server.silent.set()
    (check,) = [one for one in doctor(settings, NOW) if one.name == "prefect"]
    assert check.level is Level.FAIL
    assert "does not answer" in check.found
    assert "PREFECT_API_URL" in check.advice


def test_a_server_that_speaks_otherwise_is_a_finding() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        look = look_at(f"http://127.0.0.1:{other.server_port}/api", NOW)
        other.shutdown()
        thread.join()
    assert [check.level for check in server_checks(look, NOW)] == [Level.FAIL]


def test_no_server_at_all_is_a_warning_and_a_dead_one_a_failure() -> None:
    (none,) = server_checks(look_at(None, NOW), NOW)
    dead = look_at(f"http://127.0.0.1:{free_port()}/api", NOW)
    assert none.level is Level.WARN
    assert [check.level for check in server_checks(dead, NOW)] == [Level.FAIL]
