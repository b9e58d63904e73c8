"""After an outage: one run of each deployment, the others marked; dead runs closed, backfills resumed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.steps.plan import start_of

SCRIPT = """
import json, sqlite3, sys
from pathlib import Path
from storage.settings import Settings
from flows import prefect_home
settings = Settings.for_home(Path(sys.argv[1]))
prefect_home.prepare(settings)
from datetime import UTC, datetime, timedelta
from prefect.client.orchestration import get_client
from prefect.states import Running, Scheduled
from flows.catch_up import end_dead, skip_late
from flows.recheck import recheck

now = datetime.now(UTC)
with get_client(sync_client=True) as client:
    def deployment(name):
        flow_id = client.create_flow(recheck)
        return client.create_deployment(flow_id, name=name, enforce_parameter_schema=False)
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

    def state(one):
        return client.read_flow_run(one).state
    print(json.dumps({
        "skipped": skipped, "dead": dead,
        "late": [state(one).name for one in ids],
        "said": state(ids[0]).message,
        "by_hand": state(by_hand).type.value,
        "begun": [state(one).type.value for one in begun],
    }))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_late_run_is_left_and_dead_runs_are_closed_or_begun_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "home")],
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


def test_each_source_has_a_second_of_its_own_within_the_spread() -> None:
    sources = [f"source{n}" for n in range(60)]
    starts = [start_of(one, 20) for one in sources]
    assert starts == [start_of(one, 20) for one in sources]
    assert all(0 <= start < 1200 for start in starts)
    assert len({int(start) // 60 for start in starts}) >= 15
    assert [start_of(one, 0) for one in sources] == [0.0] * 60
