"""The service and the flow under a real Prefect server, on loopback."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request as Call
from urllib.request import urlopen

import pytest

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from flows.deployments import TAG, load_flow, prefect_file, read_deployments
from flows.prefect_home import environment
from storage import migrations
from storage.database import Database
from storage.settings import Settings, environment_with

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # Prefect's own, at its import


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class Service:
    """A running `suqian up`."""

    process: subprocess.Popen[str]
    prefect: str
    web: str
    home: Path

    def api(self, path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        with urlopen(
            Call(f"{self.prefect}/api{path}", data, {"Content-Type": "application/json"})
        ) as answer:
            return json.load(answer)

    def deployments(self) -> dict[str, Any]:
        return {one["name"]: one for one in self.api("/deployments/filter", {})}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def start(home: Path) -> Service:
    port, web_port = free_port(), free_port()
    options = ["--home", str(home), "up", "--port", str(port), "--web-port", str(web_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *options],
        env=environment_with(environment(Settings.for_home(home))),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    assert f":{port}" in said[0], said
    return Service(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{web_port}", home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "家 home"


@pytest.fixture
def service(home: Path) -> Iterator[Service]:
    running = start(home)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
        assert running.process.stdout is not None
        running.process.stdout.close()


HOURLY = "health"


def runs_of(service: Service) -> list[dict[str, Any]]:
    """The flow runs of an hourly deployment."""
    asked = {"deployments": {"name": {"any_": [HOURLY]}}}
    found: list[dict[str, Any]] = service.api("/flow_runs/filter", asked)
    return found


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def a_day_passes(service: Service) -> None:
    """While nothing runs: what is planned should have begun yesterday. Only of one deployment, since all
    would run at once."""
    database = sqlite3.connect(service.home / "prefect" / "prefect.db", timeout=60)
    moved = ", ".join(
        f"{column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-1 day')"
        for column in ("expected_start_time", "next_scheduled_start_time")
    )
    mine = "deployment_id = (SELECT id FROM deployment WHERE name = ?) AND state_type = 'SCHEDULED'"
    with database:
        database.execute(f"UPDATE flow_run SET {moved} WHERE {mine}", (HOURLY,))
    database.close()


def test_the_service_serves_the_list_of_deployments_and_its_schedules_survive_a_restart(
    service: Service,
) -> None:
    wanted = {one.name: [s["cron"] for s in one.schedules] for one in read_deployments()}
    for running in (service, None):
        now = running or start(service.home)
        found = now.deployments()
        assert {
            n: [s["schedule"]["cron"] for s in d["schedules"]] for n, d in found.items()
        } == wanted
        assert all(s["active"] for d in found.values() for s in d["schedules"])
        assert all(
            s["schedule"]["timezone"] == "Asia/Shanghai"
            for d in found.values()
            for s in d["schedules"]
        )
        schema = found["backfill"]["parameter_openapi_schema"]
        assert {name: schema["properties"][name].get("format") for name in ("source", "since")} == {
            "source": None,
            "since": "date",
        }
        with urlopen(f"{now.web}/healthz") as answer:
            found = json.load(answer)
            assert (found["status"], found["articles"]) == ("warn", 0)
            assert "ok" in {c["level"] for c in found["checks"] if c["name"] == "scheduler"}
        with urlopen(f"{now.prefect}/") as answer:
            assert b"<html" in answer.read()
        if running is None:
            _has_caught_up_once(now)
        until(partial(has_plans, now))
        assert now.stop() == 0
        a_day_passes(service)
        if running is service:
            a_new_version_is_installed(service.home)
        assert not (service.home / "prefect" / "server.json").exists()
        assert now.process.stdout is not None
        now.process.stdout.close()


def a_new_version_is_installed(home: Path) -> None:
    """With a migration, while deployments exist: nothing runs before `suqian db upgrade`."""

    def suqian(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "flows.cli", "--home", str(home), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    database = Database.open(Settings.for_home(home).database_url)
    with database.engine.begin() as connection:
        migrations.downgrade(connection, "-1")
    database.close()
    code, said = suqian("up", "--port", str(free_port()), "--web-port", str(free_port()))
    assert (code, "suqian db upgrade" in said) == (2, True)
    assert suqian("db", "upgrade")[0] == 0


def has_plans(service: Service) -> bool:
    return len([run for run in runs_of(service) if run["state_type"] == "SCHEDULED"]) >= 2


def _has_caught_up_once(service: Service) -> None:
    """The latest of the late runs covers the day; the others say so."""
    missed = (datetime.now(UTC) - timedelta(hours=12)).isoformat()

    def late() -> list[dict[str, Any]]:
        found = [run for run in runs_of(service) if run["expected_start_time"] < missed]
        return sorted(found, key=lambda run: str(run["expected_start_time"]))

    until(lambda: late()[-1]["state_type"] == "COMPLETED")
    *earlier, latest = late()
    assert earlier
    assert {run["state_name"] for run in earlier} == {"Skipped"}
    assert all("covers it" in run["state"]["message"] for run in earlier)
    assert latest["run_count"] == 1


FLOW = """
import json, sys
from pathlib import Path
from datetime import date
from storage.settings import Settings
from flows import prefect_home
settings = Settings.for_home(Path(sys.argv[1]))
prefect_home.prepare(settings)
from prefect.client.orchestration import get_client
from flows.app import for_replica, open_app
from flows.work import Hooks
from flows.ingest import ingest
from flows.under_prefect import given
with open_app(settings) as app:
    with given(for_replica(app, Path(sys.argv[2])), Hooks()):
        report = ingest(since=date(2023, 1, 1))
with get_client(sync_client=True) as client:
    runs = client.read_flow_runs()
    artifacts = client.read_artifacts()
print(json.dumps({
    "report": report.as_dict(),
    "states": [run.state.type.value for run in runs],
    "artifacts": {a.key: a.data for a in artifacts},
}))
"""


def test_the_flow_runs_under_prefect_and_leaves_its_report(
    home: Path, small_world: World, tmp_path: Path
) -> None:
    with serve(small_world) as replica:
        write_catalogue(tmp_path / "catalogue", replica.port)
        done = subprocess.run(
            [sys.executable, "-c", FLOW, str(home), str(tmp_path / "catalogue")],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["states"] == ["COMPLETED"]
    # The old address that leads on to a listed page is no article of its own.
    assert found["report"]["articles"] == len(small_world.truth())
    assert "| demo_city |" in found["artifacts"]["run-report"]


def test_a_flow_that_stops_says_so_in_one_line_without_a_traceback(home: Path) -> None:
    command = [sys.executable, "-m", "flows.cli", "--home", str(home), "ingest", "--source", "kjj"]
    done = subprocess.run(
        command,
        env=environment_with({"SUQIAN_CONTACT": ""}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert [line for line in done.stderr.splitlines() if "set SUQIAN_CONTACT" in line]


@pytest.mark.parametrize("deployment", read_deployments(), ids=lambda one: one.name)
def test_every_deployment_names_a_flow_that_takes_its_parameters(deployment: Any) -> None:
    flow = load_flow(deployment.entrypoint)
    flow.validate_parameters(
        deployment.parameters
        | {
            "backfill": {"source": "kjj", "since": "2024-01-01"},
            "held": {"run_id": "3f2a9c0d", "action": "release"},
        }.get(flow.name, {})
    )
    assert deployment.description
    assert TAG in deployment.tags


def test_there_is_one_list_of_deployments() -> None:
    assert prefect_file().name == "prefect.yaml"
    assert [one.name for one in read_deployments()] == [
        "ingest-government",
        "ingest-news",
        "ingest-papers",
        "recheck-recent",
        "recheck-older",
        "late-sweep",
        "housekeeping",
        "backfill",
        "export",
        "reprocess",
        "health",
        "digest",
        "held",
        "parked-retry",
    ]
