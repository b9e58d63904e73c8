"""Two workers of a work pool, PostgreSQL and an S3-compatible store: all of them real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import update

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from flows.app import for_replica, open_app
from flows.health.workers import look_at, server_checks
from flows.run import ingest
from storage import ledger
from storage.archive import Archive
from storage.checks import Level
from storage.corpus import Corpus
from storage.database import Database
from storage.models import Lease
from storage.settings import Settings, environment_with
from tests.flows.conftest import EVERYTHING
from tests.flows.service import PATIENCE, ask_prefect, free_port
from tests.prefect_database import with_database
from tests.storage.conftest import Postgres
from tests.storage.s3 import BUCKET, store

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning"
)  # Prefect's own, and aiobotocore's sessions

POOL = "suqian"
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
ROOT = Path(__file__).parents[2]


def wait_for(what: str, true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.2)
    return found


@dataclass
class Machines:
    """A Prefect server, a database, a store, a replica; workers are started one by one."""

    folder: Path
    replica: Replica
    database_url: str
    s3: dict[str, str]
    stack: ExitStack
    port: int = field(default_factory=free_port)
    deployment: str = ""

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue"

    @property
    def archive(self) -> str:
        return f"s3://{BUCKET}/archive"

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return ask_prefect(f"http://127.0.0.1:{self.port}", method, path, body)

    def environment(self, name: str) -> dict[str, str]:
        """A machine of its own: it shares nothing with the others but what has an address."""
        prefect = self.folder / name / "prefect"
        prefect.mkdir(parents=True, exist_ok=True)
        return self.s3 | {
            "PREFECT_HOME": str(prefect),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_WORKER_QUERY_SECONDS": "0.5",
            "PREFECT_WORKER_HEARTBEAT_SECONDS": "2",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            "PYTHONPATH": str(ROOT),
            "SUQIAN_HOME": str(self.folder / name),
            "SUQIAN_DATABASE_URL": self.database_url,
            "SUQIAN_ARCHIVE": self.archive,
        }

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=environment_with(self.environment(name)),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.stack.callback(kill, process)
        return process

    def start_server(self) -> None:
        address = ("--host", "127.0.0.1", "--port", str(self.port))
        self.start("server", "flows.prefect_server", "start", *address)
        wait_for("the server", self._answers)
        self.api("POST", "/work_pools/", {"name": POOL, "type": "process"})
        flow = self.api("POST", "/flows/", {"name": "ingest-replica"})
        deployment = {
            "name": "replica",
            "flow_id": flow["id"],
            "entrypoint": "tests.flows.replica_flow.ingest_replica",
            "work_pool_name": POOL,
            "tags": ["suqian"],
        }
        self.deployment = self.api("POST", "/deployments/", deployment)["id"]

    def _answers(self) -> bool:
        try:
            return bool(self.api("GET", "/health"))
        except OSError:
            return False

    def start_worker(self, name: str) -> subprocess.Popen[bytes]:
        options = ("--pool", POOL, "--type", "process", "--limit", "1", "--name", name)
        return self.start(name, "prefect", "worker", "start", *options)

    def run(self, catalogue: Path, sources: list[str]) -> str:
        """Ask for a flow run; return its id."""
        parameters = {
            "catalogue": str(catalogue),
            "sources": sources,
        }
        path = f"/deployments/{self.deployment}/create_flow_run"
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return str(self.api("POST", path, body)["id"])

    def state(self, run: str) -> tuple[str, str]:
        """A flow run's state, and what it says."""
        found = self.api("GET", f"/flow_runs/{run}")["state"]
        return found["type"], found["message"] or ""

    def ended(self, run: str) -> tuple[str, str]:
        wait_for("a flow run", lambda: self.state(run)[0] in ENDED)
        return self.state(run)


def kill(process: subprocess.Popen[bytes]) -> None:
    """As when a machine loses its power: the process and all that it started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    for one in [process, *children]:
        try:
            os.kill(one.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


@pytest.fixture
def machines(
    tmp_path: Path, small_world: World, postgres: Postgres, prefect_database: Path
) -> Iterator[Machines]:
    with_database(tmp_path / "server", prefect_database)
    with ExitStack() as stack:
        replica = stack.enter_context(serve(small_world))
        found = Machines(tmp_path, replica, postgres.create(), stack.enter_context(store()), stack)
        write_catalogue(found.catalogue, replica.port)
        Database.open(found.database_url, create=True).close()
        found.start_server()
        yield found


def dump(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """A corpus without what no two crawls have in common: times, places in the archive, the ids of
    stories, which are those of the articles that came first, and whose list named an address first
    that stands on two."""
    passing = {"first_seen", "warc", "story_id", "links", "source", "column"}
    return {
        one.id: {name: value for name, value in one.as_dict().items() if name not in passing}
        for one in corpus.articles()
    }


def differing(
    made: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Article → field → what it is on either side, where they differ."""
    return {
        key: {
            name: (value, expected[key][name])
            for name, value in article.items()
            if value != expected[key][name]
        }
        for key, article in made.items()
        if article != expected[key]
    }


def alone(machines: Machines) -> dict[str, dict[str, Any]]:
    """The corpus as one process makes it with SQLite and a folder."""
    with open_app(Settings.for_home(machines.folder / "alone")) as app:
        ingest(for_replica(app, machines.catalogue), EVERYTHING)
        return dump(Corpus(app.database))


def test_workers_make_the_corpus_of_one_process_though_one_dies(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sorted(path.stem for path in (machines.catalogue / "sources").glob("*.yaml"))
    database = Database.open(machines.database_url)
    machines.stack.callback(database.close)
    first = machines.start_worker("one")
    dead = machines.run(machines.catalogue, sources[::2])
    wait_for("a lease", lambda: held(database, sources))
    kill(first)

    second, third = (machines.start_worker(name) for name in ("two", "three"))
    runs = [machines.run(machines.catalogue, sources[half::2]) for half in (0, 1)]
    expected = alone(machines)
    state, said = machines.ended(runs[0])
    assert (state, "other runs are at work on" in said) == ("FAILED", True)
    assert machines.ended(runs[1])[0] == "COMPLETED"
    ten_minutes_pass(database)
    runs[0] = machines.run(machines.catalogue, sources[::2])
    assert machines.ended(runs[0])[0] == "COMPLETED"
    assert machines.state(dead) == ("CRASHED", "its worker gave no sign of life for ten minutes")

    made = dump(Corpus(database))
    assert made.keys() == expected.keys()
    assert differing(made, expected) == {}

    for name, value in machines.s3.items():
        monkeypatch.setenv(name, value)
    assert len(Archive.open_at(machines.archive).names()) == 2 * len(runs)
    assert second.poll() is third.poll() is None
    _is_missed_when_it_dies(machines, third)


def held(database: Database, sources: list[str]) -> bool:
    """Whether a run is at work on any of them."""
    now = datetime.now(UTC)
    with database.reading() as session:
        return any(ledger.is_held(session, source, now) for source in sources)


def ten_minutes_pass(database: Database) -> None:
    """For whoever holds a lease and gives no sign of life."""
    with database.unit_of_work() as session:
        session.execute(update(Lease).values(expires_at=datetime.now(UTC)))


def _is_missed_when_it_dies(machines: Machines, worker: subprocess.Popen[bytes]) -> None:
    """As `suqian doctor` and `/healthz` on any machine see it."""

    def found() -> tuple[Level, str]:
        now = datetime.now(UTC)
        look = look_at(f"http://127.0.0.1:{machines.port}/api", now)
        check = next(check for check in server_checks(look, now) if check.name == "workers")
        return check.level, check.found

    def is_missed() -> bool:
        level, said = found()
        return level is Level.WARN and "1 workers of suqian are online; gone: three" in said

    # On a busy machine one that lives may for a moment be late with its sign.
    both = (Level.OK, "2 workers of suqian are online")
    wait_for("both workers", lambda: found() == both)
    kill(worker)
    wait_for("the server to miss it", is_missed)
