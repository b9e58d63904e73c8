"""Keeping the service small and private."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from crawler.errors import StopRun
from flows.commands.collect import finish
from flows.prefect_home import environment, make_room
from flows.report import ReportTable, RunReport, SourceReport
from flows.service import Ports, require_password, up
from storage.models import Outcome
from storage.settings import Settings
from tests.prefect_database import with_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Prefect's, at its import


def report(*sources: SourceReport, problems: tuple[str, ...] = ()) -> RunReport:
    return RunReport("run", sources, {}, 0, 0, 1.0, problems)


WORKED = SourceReport("kjj", 3, {Outcome.NEW: 3}, 3, 3, list_pages=1)
SILENT = SourceReport("sthj", 0, {}, 0, 0)
BUSY = SourceReport(
    "demo_shuyang", 12_345, dict.fromkeys(Outcome, 1_234), 12_345, 11_111, 4_321, 12, 345.6
)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (report(WORKED, SILENT), None),
        (report(WORKED, SILENT, problems=("sthj: http-503",)), 1),
        (report(SILENT, problems=("sthj: http-503",)), 2),
    ],
)
def test_the_exit_code_says_whether_all_some_or_nothing_went_well(
    found: RunReport, code: int | None
) -> None:
    if code is None:
        finish(found, as_json=True)
        return
    with pytest.raises(typer.Exit) as ended:
        finish(found, as_json=True)
    assert ended.value.exit_code == code


def test_prefects_server_is_not_shown_to_others_without_a_password(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)
    require_password("127.0.0.1")
    with pytest.raises(StopRun, match="set PREFECT_SERVER_API_AUTH_STRING"):
        require_password("0.0.0.0")
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "admin:secret")
    require_password("0.0.0.0")
    assert environment(settings)["PREFECT_API_AUTH_STRING"] == "admin:secret"
    assert Ports(4200, 8080, "0.0.0.0").addresses().prefect == "http://127.0.0.1:4200"


def test_two_parts_of_the_service_cannot_have_one_port(settings: Settings) -> None:
    with pytest.raises(StopRun, match="--port and --web-port are both 8080"):
        up(settings, Ports(8080, 8080), lambda _: None)
    assert not settings.home.exists()


SHIM = """
from flows.prefect_server import pass_over_states
pass_over_states()
from sqlalchemy import inspect
from prefect.server.database import orm_models
rows = [{"state": 1, "id": 2}]
from sqlalchemy.orm.bulk_persistence import _expand_other_attrs
_expand_other_attrs(inspect(orm_models.FlowRun), rows)
print(rows)
"""


def test_the_server_can_plan_runs_with_this_version_of_sqlalchemy() -> None:
    done = subprocess.run([sys.executable, "-c", SHIM], capture_output=True, text=True, check=False)
    assert done.stdout == "[{'state': 1, 'id': 2}]\n", done.stderr


TURNS = """
import asyncio, sys
from pathlib import Path
from flows import prefect_home
from flows.prefect_server import write_in_turn
from storage.settings import Settings
prefect_home.prepare(Settings.for_home(Path(sys.argv[1])))
write_in_turn()
from prefect.server.database import provide_database_interface
from sqlalchemy import text

async def main() -> None:
    database = provide_database_interface()

    def writing():
        return database.session_context(begin_transaction=True)

    async def write(session, name):
        values = {"id": name * 8, "name": name}
        await session.execute(text("INSERT INTO flow (id, name) VALUES (:id, :name)"), values)

    async def other():
        async with writing() as session:
            await write(session, "other")

    async with writing() as session:
        await session.execute(text("SELECT count(*) FROM flow"))
        waiting = asyncio.create_task(other())
        await asyncio.wait([waiting], timeout=0.5)
        await write(session, "first")
    await waiting
    async with writing() as session:
        print(sorted(await session.scalars(text("SELECT name FROM flow"))))

asyncio.run(main())
"""


def test_the_server_writes_in_turn_where_it_has_read_before(
    settings: Settings, prefect_database: Path
) -> None:
    home = with_database(settings.home, prefect_database)
    command = [sys.executable, "-c", TURNS, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "['first', 'other']\n", done.stderr


OLD = """
import asyncio, json, sqlite3, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from storage.settings import Settings
from tests.prefect_database import with_database
from flows import prefect_home
settings = Settings.for_home(Path(sys.argv[1]))
prefect_home.prepare(settings)
from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client

@flow(persist_result=False)
def told(text: str) -> None:
    create_markdown_artifact(text, key="run-report")

for name in ("old", "new"):
    told.with_options(flow_run_name=name)("x" * 200_000)
long_ago = (datetime.now(UTC) - timedelta(days=settings.keep_days + 1)).replace(tzinfo=None)
database = sqlite3.connect(settings.prefect_home / "prefect.db", timeout=60)
with database:
    database.execute("UPDATE flow_run SET end_time = ? WHERE name = 'old'", (str(long_ago),))
database.close()

from prefect.server.database import provide_database_interface
from prefect.server.services.db_vacuum import vacuum_old_flow_runs
from prefect.settings import get_current_settings
asyncio.run(vacuum_old_flow_runs(db=provide_database_interface()))
with get_client(sync_client=True) as client:
    print(json.dumps({
        "runs": [run.name for run in client.read_flow_runs()],
        "artifacts": len(client.read_artifacts()),
        "kinds": sorted(get_current_settings().server.services.db_vacuum.enabled_vacuum_types),
        "events": get_current_settings().server.events.retention_period.days,
        "places": get_current_settings().server.concurrency.lease_storage.rpartition(".")[2],
    }))
"""


def test_old_runs_and_their_reports_go_new_ones_stay_and_the_room_is_given_back(
    settings: Settings, prefect_database: Path
) -> None:
    with_database(settings.home, prefect_database)
    done = subprocess.run(
        [sys.executable, "-c", OLD, str(settings.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "runs": ["new"],
        "artifacts": 1,
        "kinds": ["events", "flow_runs", "orphans"],
        "events": settings.keep_days,
        # In memory, as Prefect has it by default, a restart would forget who holds one.
        "places": "filesystem",
    }
    room = make_room(settings)
    assert room.after < room.before - 100_000


def test_a_home_without_a_prefect_database_needs_no_room(settings: Settings) -> None:
    assert make_room(settings).before == 0


@pytest.mark.parametrize("width", [82, 100, 200])
def test_a_report_fits_the_terminal_and_cuts_no_number(width: int) -> None:
    file = StringIO()
    Console(width=width, file=file).print(ReportTable(report(WORKED, BUSY)))
    shown = file.getvalue()
    assert "…" not in shown
    (row,) = (line.split() for line in shown.splitlines() if "demo_shuyang" in line)
    assert (
        row[:-2]
        == ["demo_shuyang", "12,345", *["1,234"] * len(Outcome), "12,345", "11,111"][: len(row) - 2]
    )
    assert ("345.6" in shown) == (width == 200)
