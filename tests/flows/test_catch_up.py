"""After an outage: one run of each deployment, the others marked; dead runs closed, backfills resumed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flows.planning import plan_ingest
from flows.request import Request
from flows.steps.plan import start_of
from flows.work import utc_now
from tests.flows.conftest import Lab
from tests.prefect_database import with_database

SCRIPT = """
import json, sqlite3, sys
from pathlib import Path
from storage.settings import Settings
from flows import prefect_home
settings = Settings.for_home(Path(sys.argv[1]))
prefect_home.prepare(settings)
from datetime import UTC, datetime, timedelta
from prefect.client.orchestration import get_client
from prefect.states import Crashed, Pending, Running, Scheduled
from flows.catch_up import end_dead, end_silent, skip_late
from flows.recheck import recheck
from flows.work import LEASE

now = datetime.now(UTC)
with get_client(sync_client=True) as client:
    def deployment(name, tags=None):
        flow_id = client.create_flow(recheck)
        return client.create_deployment(flow_id, name=name, tags=tags, enforce_parameter_schema=False)
    hourly, backfill = deployment("hourly"), deployment("backfill")

    def late(hours):
        when = now - timedelta(hours=hours)
        return client.create_flow_run_from_deployment(hourly, state=Scheduled(scheduled_time=when)).id

    ids = [late(hours) for hours in (5, 4, 3, 2, 1)]
    by_hand = late(9)
    # Who schedules decides this; the API lets nobody else say it.
    database = sqlite3.connect(settings.prefect_home / "prefect.db", timeout=60)
    with database:
        for one in ids:
            database.execute("UPDATE flow_run SET auto_scheduled = 1 WHERE id = ?", (str(one),))
    database.close()
    skipped = skip_late(client, [hourly, backfill], now)
    begun = [client.create_flow_run_from_deployment(of, state=Running()).id for of in (hourly, backfill)]
    dead = end_dead(client, [hourly, backfill], frozenset([backfill]))

    # On a work pool: who gives no sign any more, and none that is not ours.
    ours = {name: deployment(name, tags=["suqian"]) for name in ("ingest", "backfill-2", "backfill")}
    foreign = deployment("foreign")
    pool = {
        name: client.create_flow_run_from_deployment(of, state=state).id
        for name, of, state in (
            ("dead", ours["ingest"], Running()),
            ("living", ours["ingest"], Running()),
            ("never begun", ours["backfill-2"], Pending()),
            ("dead backfill", ours["backfill"], Running()),
            ("just begun", ours["backfill"], Pending()),
            ("foreign", foreign, Running()),
            ("closed by its worker", ours["backfill"], Crashed()),
            ("ended in order", ours["backfill"], Crashed()),
        )
    }
    later = now + timedelta(minutes=20)
    young = client.read_flow_run(pool["just begun"]).state.timestamp
    signs = {str(pool["living"]): later + LEASE}
    signs |= {str(pool[name]): now for name in ("dead", "dead backfill", "closed by its worker")}
    ended = [end_silent(client, signs, when, patience) for when, patience in (
        (later, timedelta(hours=1)),
        (later, later - young),
    )]

    def state(one):
        return client.read_flow_run(one).state
    print(json.dumps({
        "skipped": skipped, "dead": dead,
        "late": [state(one).name for one in ids],
        "said": state(ids[0]).message,
        "by_hand": state(by_hand).type.value,
        "begun": [state(one).type.value for one in begun],
        "silent": [[name for name, one in pool.items() if one in found] for found in ended],
        "pool": {name: state(one).type.value for name, one in pool.items()},
    }))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_late_run_is_left_and_dead_runs_are_closed_or_begun_again(
    tmp_path: Path, prefect_database: Path
) -> None:
    home = with_database(tmp_path / "home", prefect_database)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["skipped"] == 4
    assert found["late"][:4] == ["Skipped"] * 4
    assert found["late"][4] in {"Scheduled", "Late"}
    assert "covers it" in found["said"]
    assert found["by_hand"] == "SCHEDULED"
    assert found["dead"] == 2
    assert found["begun"] == ["CRASHED", "SCHEDULED"]
    assert found["silent"] == [
        ["dead", "dead backfill", "closed by its worker"],
        ["never begun"],
    ]
    assert found["pool"] == {
        "dead": "CRASHED",
        "living": "RUNNING",
        "never begun": "CRASHED",
        "dead backfill": "SCHEDULED",
        "just begun": "PENDING",
        "foreign": "RUNNING",
        "closed by its worker": "SCHEDULED",
        "ended in order": "CRASHED",
    }


def test_each_source_has_a_second_of_its_own_within_the_spread() -> None:
    sources = [f"source{n}" for n in range(60)]
    starts = [start_of(one, 20) for one in sources]
    assert starts == [start_of(one, 20) for one in sources]
    assert all(0 <= start < 1200 for start in starts)
    assert len({int(start) // 60 for start in starts}) >= 15
    assert [start_of(one, 0) for one in sources] == [0.0] * 60


def test_a_replicas_sites_are_asked_at_once(small_lab: Lab) -> None:
    sources = list(small_lab.app.catalogue.sources.values())
    small_lab.app.settings.crawl_folder.mkdir(parents=True)
    starts = {}
    for private in (True, False):
        app = replace(small_lab.app, private_hosts=private)
        plan = plan_ingest(app, Request(spread_minutes=20), utc_now, sources)
        assert plan is not None
        starts[private] = {*plan.starts.values()}
    assert starts[True] == {0.0}
    assert len(starts[False]) == len(sources)
