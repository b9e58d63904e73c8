"""A backfill of 36 months on a work pool, killed again and again: what is lost, doubled, fetched twice.

``python -m benchmarks.kills_on_pool --database postgresql`` starts Prefect's server, a worker of a work
pool, a replica and a database, asks for a backfill, and kills one of them at moments drawn from a seed:

- ``worker``: the worker with all that it has started, as when its machine loses its power;
- ``flow run``: the process of the run alone;
- ``crawl child``: the crawl alone;
- ``server``: Prefect's;
- ``database``: PostgreSQL's server; on SQLite, which lives in the run, the run while it loads.

What was killed is started again. Runs whose process is gone are closed as the next flow run would do it
ten minutes later: only that time is not waited for. A run that ended as failed is asked for again.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any, TypeVar
from urllib.request import Request, urlopen

import psutil
import typer
from sqlalchemy import func, select

from benchmarks.kills import SOURCE, UNTIL, Kill, Result, Stage, amiss, compare, show, stage_on
from benchmarks.service_memory import free_port
from flows import prefect_home
from storage.database import Database
from storage.errors import StorageError
from storage.models import BackfillMonth
from storage.settings import set_environment

KINDS = ("worker", "flow run", "crawl child", "server", "database")
FIRST = datetime(2023, 7, 1)  # noqa: DTZ001 - a day
_POOL = "suqian"
_CRAWL, _FLOW_RUN = ("crawler.crawl",), ("prefect.engine", "prefect.runner")
"""Words of what a worker's processes are started with."""
_ROOT = Path(__file__).parents[1]
_PATIENCE = 900.0
"""Seconds until what was started answers, or a backfill moves: more, and something hangs."""
_OPEN = {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"}
_T = TypeVar("_T")


def wait_for(what: str, found: Callable[[], _T | None], seconds: float = _PATIENCE) -> _T:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + seconds
    while (answer := found()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.2)
    return answer


@dataclass
class Machines:
    """Prefect's server and a worker, as processes."""

    stage: Stage
    port: int
    logs: Path
    deployment: str = ""
    run: str = ""
    asked: int = 0
    """How often the backfill was asked for."""
    processes: dict[str, psutil.Popen] = field(default_factory=dict)

    # --- starting and ending -----------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start a part, and wait until it works."""
        commands = {
            "server": ["flows.prefect_server", "start", "--host", "127.0.0.1", "--port", str(self.port)],
            "worker": [
                "prefect", "worker", "start", "--pool", _POOL, "--type", "process", "--name", "one",
            ],
        }  # fmt: skip
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = psutil.Popen(
                [sys.executable, "-m", *commands[name]],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if name == "server":
            wait_for("Prefect's server", lambda: self.ask("GET", "/health"))

    def environment(self) -> dict[str, str]:
        """Variables of who works with this server."""
        prefect = prefect_home.environment(self.stage.settings)
        self.stage.settings.prefect_home.mkdir(parents=True, exist_ok=True)
        return self.stage.environment | prefect | {
            "PREFECT_API_URL": self.api,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PYTHONPATH": str(_ROOT),
        }  # fmt: skip

    def end(self, name: str) -> None:
        """Kill a part and all that it has started."""
        process = self.processes[name]
        kill([process, *descendants(process)])
        process.wait()

    @property
    def api(self) -> str:
        """Address of the server's API."""
        return f"http://127.0.0.1:{self.port}/api"

    # --- asking ------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of the API; None where nobody answers."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        try:
            with urlopen(
                Request(self.api + path, data, headers, method=method), timeout=60
            ) as answer:
                return json.load(answer)
        except OSError:
            return None

    def deploy(self) -> None:
        """The work pool, and the backfill on it."""
        self.ask("POST", "/work_pools/", {"name": _POOL, "type": "process"})
        deployment = {
            "name": "backfill",
            "flow_id": self.ask("POST", "/flows/", {"name": "backfill"})["id"],
            "entrypoint": "flows.backfill.backfill",
            "work_pool_name": _POOL,
            "tags": ["suqian"],
        }
        self.deployment = self.ask("POST", "/deployments/", deployment)["id"]

    def ask_for_backfill(self) -> None:
        """As a person does in the UI."""
        asked = {"source": SOURCE, "since": str(self.stage.since), "until": str(UNTIL)}
        body = {"parameters": asked, "state": {"type": "SCHEDULED"}}
        path = f"/deployments/{self.deployment}/create_flow_run"
        self.run = wait_for("a flow run", lambda: self.ask("POST", path, body))["id"]
        self.asked += 1

    def state(self) -> str | None:
        """The type of the run's state."""
        found = self.ask("GET", f"/flow_runs/{self.run}")
        return str(found["state_type"]) if found else None

    def in_hand(self) -> str:
        """What the progress artifact says."""
        wanted = {"artifacts": {"key": {"any_": ["backfill-progress"]}}, "sort": "UPDATED_DESC"}
        found = self.ask("POST", "/artifacts/filter", {**wanted, "limit": 1})
        return str(found[0]["description"]) if found else ""

    def done(self) -> int:
        """How many months are done."""
        query = select(func.count()).select_from(BackfillMonth).where(BackfillMonth.state == "done")
        try:
            database = Database.open(self.stage.settings.database_url, readonly=True)
        except StorageError:
            return 0
        try:
            with database.reading() as session:
                return session.scalar(query) or 0
        finally:
            database.close()

    # --- going on ----------------------------------------------------------------------------

    def processes_of(self, words: tuple[str, ...]) -> list[psutil.Process]:
        """What the worker has started and whose command has one of these words."""
        below = descendants(self.processes["worker"])
        return [one for one in below if any(word in command(one) for word in words)]

    def go_on(self) -> None:
        """Do what the service or a person would where the backfill stands still."""
        state = self.state()
        if state == "COMPLETED" or self.processes_of(_FLOW_RUN):
            return
        if state in {"RUNNING", "PENDING", "CRASHED"} and self._stands_still():
            close_dead(self)
            state = self.state()
        if state in {"FAILED", "CRASHED", "CANCELLED"}:
            self.ask_for_backfill()

    def _stands_still(self) -> bool:
        """A process that begins or ends needs a while; none for ten seconds is none."""
        until = time.monotonic() + 10.0
        while time.monotonic() < until:
            if self.processes_of(_FLOW_RUN):
                return False
            time.sleep(0.5)
        return True


def close_dead(machines: Machines) -> None:
    """What the next flow run does that begins ten minutes later."""
    set_environment(machines.environment())  # before Prefect is imported
    from flows.flow_signs import end_others
    from flows.work import LEASE, utc_now

    database = Database.open(machines.stage.settings.database_url)
    try:
        end_others(database, utc_now() + 2 * LEASE)
    finally:
        database.close()


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """All that a process has started and that lives."""
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def command(process: psutil.Process) -> str:
    """How a process was started; empty where it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill(processes: list[psutil.Process]) -> None:
    """Kill each that still lives."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


# --- the kills ------------------------------------------------------------------------------------


def strike(machines: Machines, kind: str) -> bool:
    """Kill and start again; False where what is to be killed is not there at the moment."""
    postgres = machines.stage.postgres
    if kind in {"worker", "server"}:
        machines.end(kind)
        machines.start(kind)
    elif kind == "database" and postgres:
        postgres.kill()
        postgres.start()
    else:
        loading = kind == "database"
        if loading and not machines.in_hand().startswith("load"):
            return False
        victims = machines.processes_of(_CRAWL if kind == "crawl child" else _FLOW_RUN)
        kill(victims)
        return bool(victims)
    return True


def killed(machines: Machines, kind: str, moment: float, random: Random) -> Kill:
    """Wait until so many months are done, and a little longer; then kill."""
    wait_for(f"{moment:.1f} months", lambda: _reached(machines, int(moment)))
    time.sleep(random.random() * 3.0)
    for _ in range(600):
        at = f"{machines.done()} months done; {machines.in_hand()}"
        if machines.state() == "COMPLETED" or strike(machines, kind):
            return Kill(kind, at)
        machines.go_on()
        time.sleep(0.2)
    raise TimeoutError(f"nothing to kill: {kind}")


def _reached(machines: Machines, months: int) -> bool | None:
    if machines.done() >= months or machines.state() == "COMPLETED":
        return True
    machines.go_on()
    return None


def months_of(stage: Stage) -> int:
    """How many months the backfill has."""
    return (UNTIL.year - stage.since.year) * 12 + UNTIL.month - stage.since.month + 1


def moments(stage: Stage, kinds: list[str], random: Random) -> list[float]:
    """When to kill, in months that are done."""
    return sorted(random.uniform(0, months_of(stage) - 1) for _ in kinds)


def measure(machines: Machines, kinds: list[str], random: Random) -> Result:
    """Kill once for each kind at moments spread over the backfill, bring it to its end, compare."""
    began, stage = time.monotonic(), machines.stage
    machines.ask_for_backfill()
    kills: list[Kill] = []
    before = 0
    for kind, moment in zip(kinds, moments(stage, kinds, random), strict=True):
        kill = killed(machines, kind, moment, random)
        before = _counted(stage, kills, before)
        kills.append(kill)
        sys.stderr.write(f"{len(kills)} {kill} {time.monotonic() - began:.0f} s\n")
    wait_for("the end", lambda: _reached(machines, months_of(stage)))
    wait_for("the report", lambda: True if machines.state() not in _OPEN else None)
    _counted(stage, kills, before)
    lost, doubled = compare(stage)
    fetched = sum(stage.pages().values())
    left = [f"asked for {machines.asked} times", str(machines.state())]
    seconds = round(time.monotonic() - began, 1)
    again = stage.repeated()
    return Result(kills, lost, doubled, fetched, again, seconds, left, amiss(stage))


def _counted(stage: Stage, kills: list[Kill], before: int) -> int:
    """Lay what was asked for again since the last kill to its account."""
    now = stage.repeated()
    if kills:
        kills[-1].again = now - before
    return now


@contextmanager
def started(stage: Stage, logs: Path) -> Iterator[Machines]:
    """The server and a worker, for as long as the block runs."""
    Database.open(stage.settings.database_url, create=True).close()
    logs.mkdir(parents=True, exist_ok=True)
    machines = Machines(stage, free_port(), logs)
    try:
        machines.start("server")
        machines.deploy()
        machines.start("worker")
        yield machines
    finally:
        for name in machines.processes:
            machines.end(name)


def main(
    kills: Annotated[int, typer.Option(help="How many.")] = 20,
    articles: Annotated[int, typer.Option(help="Size of the replica.")] = 300,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 1,
    since: Annotated[datetime, typer.Option(help="First day.", formats=["%Y-%m-%d"])] = FIRST,
    database: Annotated[str, typer.Option(help="sqlite or postgresql.")] = "sqlite",
    logs: Annotated[Path | None, typer.Option(help="Folder for the parts' logs.")] = None,
) -> None:
    """Kill a backfill and print what it cost."""
    random = Random(seed)
    kinds = [KINDS[n % len(KINDS)] for n in range(kills)]
    random.shuffle(kinds)
    with (
        stage_on(database, articles, seed, since.date()) as stage,
        started(stage, logs or stage.home.parent) as machines,
    ):
        show(measure(machines, kinds, random))


if __name__ == "__main__":
    typer.run(main)
