"""The deployments of `prefect.yaml`, and a flow that runs in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.catalogue import Catalogue
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from flows.deployments import TAG, load_flow, prefect_file, read_deployments
from flows.ended import give_back
from flows.steps.plan import crawlable
from storage.settings import environment_with
from tests.flows.guard import Guard
from tests.prefect_database import with_database

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # Prefect's own, at its import


@pytest.fixture
def home(tmp_path: Path, prefect_database: Path) -> Path:
    return with_database(tmp_path / "家 home", prefect_database)


FLOW = """
import json, os, sys
from pathlib import Path
from datetime import UTC, date, datetime
from storage import ledger
from storage.settings import Settings
from flows import prefect_home
settings = Settings.for_home(Path(sys.argv[1]))
prefect_home.prepare(settings)
from prefect.client.orchestration import get_client
from flows.app import for_replica, open_app
from flows.work import LEASE, Hooks
from flows.ingest import ingest
from flows.under_prefect import given
with open_app(settings) as app:
    with given(for_replica(app, Path(sys.argv[2])), Hooks()):
        report = ingest(since=date(2023, 1, 1))
    with app.database.unit_of_work() as session:
        ledger.acquire_lease(session, "demo_kjj", "somebody", datetime.now(UTC), LEASE)
os.environ |= {"SUQIAN_HOME": sys.argv[1], "SUQIAN_REPLICA": sys.argv[2]}
skipped = ingest(sources=["demo_kjj"], return_state=True)
papers = ingest(group="papers", return_state=True)
with get_client(sync_client=True) as client:
    runs = client.read_flow_runs()
    artifacts = client.read_artifacts()
print(json.dumps({
    "skipped": [skipped.type.value, skipped.name, skipped.message],
    "papers": [papers.type.value, papers.name, papers.message],
    "report": report.as_dict(),
    "states": [run.state.type.value for run in runs],
    "artifacts": {a.key: a.data for a in artifacts},
}))
"""


def test_the_flow_runs_under_prefect_and_leaves_its_report_and_no_secret(
    home: Path, small_world: World, tmp_path: Path
) -> None:
    guard, secret = Guard(tmp_path / "guard"), "kanarienvogel"
    secrets = {"SUQIAN_ALERT_WEBHOOK": f"http://127.0.0.1:9/{secret}"}
    secrets |= {"AWS_SECRET_ACCESS_KEY": secret, "PREFECT_SERVER_API_AUTH_STRING": f"a:{secret}"}
    with serve(small_world) as replica:
        write_catalogue(tmp_path / "catalogue", replica.port)
        done = subprocess.run(
            [sys.executable, "-c", FLOW, str(home), str(tmp_path / "catalogue")],
            env=environment_with(guard.environment() | secrets),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert sorted(found["states"]) == ["CANCELLED", "CANCELLED", "COMPLETED"]
    busy = "other runs are at work on demo_kjj; try again when they are done"
    assert found["skipped"] == ["CANCELLED", "Skipped", busy]
    none = "none of the chosen sources has a column that can be crawled; see `suqian sources list`"
    assert found["papers"] == ["CANCELLED", "Skipped", none]
    # The old address that leads on to a listed page is no article of its own.
    assert found["report"]["articles"] == len(small_world.truth())
    assert "| demo_city |" in found["artifacts"]["run-report"]
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert "prefect.db" in {path.name for path in kept}
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    assert secret not in done.stdout + done.stderr
    # Nor did anything that it is made of ask for anything elsewhere: models, lists, statistics.
    assert "crawler.crawl" in guard.noted("guarded")
    assert guard.noted("refused") == ""


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


def test_the_form_offers_every_publisher_that_can_be_crawled_and_no_other() -> None:
    definitions = load_flow("flows/backfill.py:backfill").parameters.definitions
    offered = definitions["SourceName"]["enum"]
    catalogue = Catalogue.load()
    assert offered == sorted(
        {one for one, _ in crawlable(list(catalogue.sources.values()), named=True)}
    )
    assert {"kjj", "epaper", "ggzy"} <= {*offered}  # lists, a paper, an interface
    assert "data" not in offered


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


def test_what_a_run_holds_is_given_back_by_whoever_kills_it() -> None:
    idle = {"housekeeping", "health", "digest", "export"}
    for one in read_deployments():
        flow = load_flow(one.entrypoint)
        hooks = [flow.on_cancellation_hooks, flow.on_crashed_hooks]
        assert hooks == [[] if one.name in idle else [give_back]] * 2, one.name
