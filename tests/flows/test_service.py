"""The whole service under a real Prefect server: what people and schedules do with it.

One service for all of these tests: it takes a machine half a minute to start. Each leaves it at rest.
"""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import select

from crawler.demo.aging import Operation
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from flows.app import open_app
from flows.deployments import read_deployments
from flows.health.automations import wanted_automations
from flows.request import Request
from flows.run import ingest
from storage import migrations
from storage.database import Database
from storage.models import Lease, Outcome
from tests.flows.service import (
    CHROMIUM,
    PATIENCE,
    Service,
    browser_page,
    free_port,
    publish,
    stored,
)
from tests.health.test_alerts import Receiver, receiver
from tests.prefect_database import with_database

__all__ = ["receiver"]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Prefect's, at its import

_SOON = PATIENCE * 1000 / 30
"""Milliseconds until what a page did not take up is asked again."""
CLOSE_MESSAGES = "document.querySelectorAll('.p-toast__close-btn').forEach(one => one.click())"

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on PATH")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def replica(small_world: World, folder: Path) -> Iterator[Replica]:
    with serve(small_world) as served:
        write_catalogue(folder / "catalogue", served.port)
        yield served


@pytest.fixture(scope="module")
def service(replica: Replica, folder: Path, prefect_database: Path) -> Iterator[Service]:
    home = with_database(folder / "家 home", prefect_database)
    found = Service(home, {"SUQIAN_REPLICA": str(folder / "catalogue")})
    found.start()
    try:
        found.rest()
        yield found
    finally:
        found.stop()


@pytest.fixture
def page() -> Iterator[Page]:
    with browser_page() as opened:
        yield opened


# --- what is there --------------------------------------------------------------------------------


def test_the_service_serves_the_list_of_deployments(service: Service) -> None:
    found = service.deployments()
    wanted = {one.name: [s["cron"] for s in one.schedules] for one in read_deployments()}
    schedules = {name: [s["schedule"] for s in one["schedules"]] for name, one in found.items()}
    assert {name: [s["cron"] for s in each] for name, each in schedules.items()} == wanted
    assert {s["timezone"] for each in schedules.values() for s in each} == {"Asia/Shanghai"}
    form = found["backfill"]["parameter_openapi_schema"]["properties"]
    assert {name: form[name].get("format") for name in ("source", "since")} == {
        "source": None,
        "since": "date",
    }
    with urlopen(f"{service.web}/healthz") as answer:
        checks = json.load(answer)["checks"]
    assert [one["level"] for one in checks if one["name"] == "scheduler"] == ["ok"]
    with urlopen(f"{service.prefect}/") as answer:
        assert b"<html" in answer.read()


# --- a day's outage, and a new version ------------------------------------------------------------

MISSED = "ingest-news"


def test_after_an_outage_and_an_upgrade_one_run_covers_all_that_was_missed(
    service: Service, replica: Replica
) -> None:
    service.ask("POST", f"/deployments/{service.deployments()[MISSED]['id']}/resume_deployment")
    service.until(lambda: len(planned(service)) >= 2, "plans")
    assert service.stop() == 0
    assert not (service.settings.prefect_home / "server.json").exists()
    published = publish(replica, "demo_news", "sqyw", 3)
    missed = a_day_passes(service)
    a_new_version_is_installed(service)

    service.start()
    found = service.deployments().values()
    assert not any(one["paused"] for one in found)
    assert all(schedule["active"] for one in found for schedule in one["schedules"])
    service.until(lambda: has_caught_up(service, missed), "one run that has caught up")
    *earlier, latest = (service.flow_run(run) for run in missed)
    assert {run["state_name"] for run in earlier} == {"Skipped"}
    assert all("covers it" in run["state"]["message"] for run in earlier)
    # The turn of the hour can come at the same moment: then one of the two is not needed.
    assert latest["state_name"] in {"Completed", "Cancelled"}
    service.rest()
    asked = [one.path for one in replica.requests if one.host == "news.sq1996.localhost"]
    assert {path: asked.count(path) for path in published} == dict.fromkeys(published, 1)
    assert stored(service, published) == set(published)


def planned(service: Service) -> list[str]:
    return [run["id"] for run in service.runs_of(MISSED) if run["state_type"] == "SCHEDULED"]


def has_caught_up(service: Service, missed: list[str]) -> bool:
    """Whether a run has completed, what was missed has ended, and nothing is at work in its place.

    The one that completes may be the next that was planned, and begin after all others have ended.
    """
    runs = service.runs_of(MISSED)
    states = {run["state_type"] for run in runs}
    assert not states & {"FAILED", "CRASHED"}, states
    ended = all(run["end_time"] is not None for run in runs if run["id"] in missed)
    return ended and "COMPLETED" in states and not states & {"PENDING", "RUNNING"}


def a_day_passes(service: Service) -> list[str]:
    """While nothing runs: what is planned should have begun yesterday. Return those runs, in order.

    A run's state says once more when it is due: a process that is begun waits for that time.
    """
    database = sqlite3.connect(service.settings.prefect_home / "prefect.db", timeout=60)
    moved = ", ".join(
        f"{column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-1 day')"
        for column in ("expected_start_time", "next_scheduled_start_time")
    )
    due = "strftime('%Y-%m-%dT%H:%M:%SZ', state_details ->> 'scheduled_time', '-1 day')"
    stated = f"state_details = json_set(state_details, '$.scheduled_time', {due})"
    mine = "deployment_id = (SELECT id FROM deployment WHERE name = ?) AND state_type = 'SCHEDULED'"
    with database:
        rows = database.execute(
            f"SELECT id FROM flow_run WHERE {mine} ORDER BY next_scheduled_start_time", (MISSED,)
        ).fetchall()
        states = f"SELECT state_id FROM flow_run WHERE {mine}"
        database.execute(f"UPDATE flow_run_state SET {stated} WHERE id IN ({states})", (MISSED,))
        database.execute(f"UPDATE flow_run SET {moved} WHERE {mine}", (MISSED,))
    database.close()
    return [str(row[0]) for row in rows]


def a_new_version_is_installed(service: Service) -> None:
    """With a migration, while deployments exist: nothing runs before `suqian db upgrade`."""
    database = Database.open(service.settings.database_url)
    with database.engine.begin() as connection:
        migrations.downgrade(connection, "-1")
    database.close()
    refused = service.suqian("up", "--port", str(free_port()), "--web-port", str(free_port()))
    assert refused.returncode == 2
    assert "suqian db upgrade" in refused.stderr
    assert service.suqian("db", "upgrade").stdout.strip() == "older → current"


# --- a backfill from the UI -----------------------------------------------------------------------


@in_browser
def test_a_backfill_is_started_from_the_form_watched_and_read(
    service: Service, replica: Replica, page: Page, folder: Path
) -> None:
    may = publish(replica, "demo_kjj", "gzdt", 3, day="2026-05-11")
    april = publish(replica, "demo_kjj", "gzdt", 2, day="2026-04-13")
    replica.age(Operation("fail", site="demo_kjj", how="timeout", path=may[1]))
    deployment = service.deployments()["backfill"]["id"]
    _refuses_an_unknown_source(service)
    page.goto(f"{service.prefect}/deployments/deployment/{deployment}/run")
    page.get_by_text("First day wanted.").wait_for()
    page.get_by_text("else only what is missing").wait_for()
    before = {run["id"] for run in service.runs_of("backfill")}
    _fill_in(page, {"source": "demo_kjj", "since": "2026-04-01", "until": "2026-06-30"})
    page.screenshot(path=folder / "form.png", full_page=True)
    _submit(page)
    service.until(lambda: len(service.runs_of("backfill")) > len(before), "a run")
    (run,) = {one["id"] for one in service.runs_of("backfill")} - before

    service.until(lambda: was_asked(replica, may[1]), "an article in May")
    page.goto(f"{service.prefect}/runs/flow-run/{run}")
    _in_dialog(page, "Suspend", "Submit")
    service.until(lambda: service.flow_run(run)["state_name"] == "Suspended", "a pause")
    replica.age(
        Operation("heal", site="demo_kjj"),
        Operation("fail", site="demo_kjj", how="timeout", path=april[1]),
    )
    service.until(lambda: not leases(service), "the leases of a paused run")
    assert "Running" not in {one["state_name"] for one in months_of(service, run)}
    page.screenshot(path=folder / "paused.png", full_page=True)
    _in_dialog(page, "Resume", "Submit")

    service.until(lambda: was_asked(replica, april[1]), "an article in April")
    _in_dialog(page, "Cancel", "Confirm")
    service.reaches(run, "CANCELLED")
    assert leases(service) == []
    replica.age(Operation("heal", site="demo_kjj"))
    page.get_by_role("button", name="Retry").wait_for()
    page.screenshot(path=folder / "cancelled.png", full_page=True)
    page.locator("button.p-button--outline:not(:has-text('Retry'))").first.click()
    page.get_by_text("Copy to new run").click()
    page.get_by_text("First day wanted.").wait_for()
    before |= {run}
    _submit(page)
    service.until(lambda: len(service.runs_of("backfill")) > len(before), "the same again")
    (run,) = {one["id"] for one in service.runs_of("backfill")} - before

    service.reaches(run, "COMPLETED")
    asked = Counter(one.path for one in replica.requests if one.path in {*may, *april})
    # A pause waits fifteen seconds for an answer: on a busy machine it may have come too late.
    assert asked.pop(may[1]) in {1, 2}
    assert asked == dict.fromkeys([may[0], may[2], *april], 1) | {april[1]: 2}
    moved = service.artifact(run, "backfill-progress")
    assert (moved["type"], moved["data"]) == ("progress", 100.0)
    report = service.artifact(run, "backfill-report")
    page.goto(f"{service.prefect}/artifacts/artifact/{report['id']}")
    page.get_by_text("3 of 3 months done, 5 articles").first.wait_for()
    page.get_by_role("cell", name="2026-05").first.wait_for()
    page.screenshot(path=folder / "report.png", full_page=True)
    assert [one["name"] for one in months_of(service, run)] == ["demo_kjj 2026-04"]


def was_asked(replica: Replica, path: str) -> bool:
    return any(one.path == path for one in replica.requests)


def months_of(service: Service, run: str) -> list[dict[str, Any]]:
    """The runs that a backfill has called."""
    asked = {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}}
    found: list[dict[str, Any]] = service.ask("POST", "/flow_runs/filter", asked)
    return found


def leases(service: Service) -> list[str]:
    """What runs are at work on."""
    database = Database.open(service.settings.database_url)
    try:
        with database.reading() as session:
            return list(session.scalars(select(Lease.source)))
    finally:
        database.close()


def _in_dialog(page: Page, action: str, confirm: str) -> None:
    """Ask for something with a button of the run's page, and confirm it."""
    dialog = page.get_by_role("dialog")

    def click() -> None:
        if not dialog.is_visible():
            page.get_by_role("button", name=action, exact=True).click(timeout=_SOON)
        dialog.get_by_role("button", name=confirm).click(timeout=_SOON)

    _until_taken(page, re.compile("/flow_runs/.*/(set_state|resume)$"), click)


def _submit(page: Page) -> None:
    """Send the form: while it takes up what was filled in, a click is lost."""
    button = page.get_by_role("button", name="Submit")
    _until_taken(page, re.compile("/create_flow_run$"), lambda: button.click(timeout=_SOON))


def _until_taken(page: Page, request: re.Pattern[str], click: Callable[[], None]) -> None:
    """Ask until the server takes it, as a person does: one whose database is busy answers 503, and what
    the page says of it stands over the button until it is closed."""
    for _ in range(30):
        page.evaluate(CLOSE_MESSAGES)
        try:
            with page.expect_request(request, timeout=_SOON) as sent:
                click()
        except PlaywrightTimeout:
            continue
        answer = sent.value.response()
        assert answer is not None
        if answer.ok:
            return
        assert answer.status == 503, answer.text()
    raise AssertionError(f"not taken: {request.pattern}")


def _refuses_an_unknown_source(service: Service) -> None:
    """The server itself, before a run begins."""
    with pytest.raises(HTTPError) as refused:
        service.run("backfill", {"source": "nobody", "since": "2026-04-01"})
    assert refused.value.code == 409
    assert "nobody" in refused.value.read().decode()


def _fill_in(page: Page, values: dict[str, str]) -> None:
    """Fill in the form, in its own view of all values at once: a calendar needs many clicks."""
    page.get_by_text("Parameters", exact=True).locator("xpath=following::button[1]").click()
    page.get_by_text("Use JSON input").click()
    page.locator("textarea").first.fill(json.dumps(values))


# --- what waits for a person ----------------------------------------------------------------------


@in_browser
def test_held_and_parked_pages_are_told_of_and_settled_by_deployments(
    service: Service, replica: Replica, page: Page, folder: Path
) -> None:
    held = publish(replica, "demo_shuyang", "gggs", 12)
    parked = publish(replica, "demo_sthj", "jsxm", 1)
    replica.age(
        Operation("fail", site="demo_shuyang", how="shell", path="/zgsy/gggs/2"),
        Operation("fail", site="demo_sthj", how="500", path="/shbj/jsxm/2"),
    )
    with open_app(service.settings) as app:
        report = ingest(app, Request(sources=("demo_shuyang", "demo_sthj")))
    replica.age(Operation("heal", site="demo_shuyang"), Operation("heal", site="demo_sthj"))
    assert (report.outcomes[Outcome.HELD], report.outcomes[Outcome.PARKED]) == (12, 1)

    digest = finished(service, "digest", {})
    said = service.artifact(digest, "digest")
    assert f"| demo_shuyang | {report.run_id[:8]} | 12 |" in said["data"]
    assert "1 of demo_sthj: http-500" in said["data"]
    page.goto(f"{service.prefect}/artifacts/artifact/{said['id']}")
    page.get_by_role("heading", name="Held").wait_for()
    page.get_by_role("cell", name=report.run_id[:8]).wait_for()
    page.screenshot(path=folder / "digest.png", full_page=True)

    wish = {"run_id": report.run_id[:8], "action": "discard", "reason": "a shell"}
    left = service.artifact(finished(service, "held", wish), "held")
    assert "12 records stay archived and are not loaded: a shell" in left["data"]
    again = service.artifact(finished(service, "parked-retry", {"source": "demo_sthj"}), "parked")
    assert "| demo_sthj |" in again["data"]
    assert stored(service, parked) == set(parked)
    assert stored(service, held) == set()


def finished(service: Service, deployment: str, parameters: dict[str, Any]) -> str:
    """A run of a deployment that has completed."""
    run = service.run(deployment, parameters)
    service.reaches(run, "COMPLETED")
    return run


# --- messages -------------------------------------------------------------------------------------

AUTOMATIONS = """
import asyncio, json, select, sys
from dataclasses import replace
from flows.health.alerts import News
from flows.health.automations import apply_automations, emit, wanted_automations
from prefect import flow

webhook, wanted = sys.argv[1], [replace(one, enabled=True) for one in wanted_automations()]
made, again = (asyncio.run(apply_automations(webhook, wanted)) for _ in range(2))
print(json.dumps({"made": made, "again": again}), flush=True)

@flow(name="doomed", retries=0)
def doomed():
    raise ValueError('it says "no"')

over = []
while not over:
    emit(News("source:kjj", "broken", 'kjj is "silent"'))
    try:
        doomed()
    except ValueError:
        pass
    over, _, _ = select.select([sys.stdin], [], [], 5)
asyncio.run(apply_automations(None, wanted))
"""


def test_automations_are_made_once_send_what_happens_and_go_with_the_webhook(
    service: Service, receiver: Receiver
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", AUTOMATIONS, receiver.url],
        env=service.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # What happens is told again and again: the server takes up new automations in its own time.
        service.until(lambda: program.poll() is not None or told(receiver), "both messages")
    finally:
        said, _ = program.communicate(timeout=PATIENCE)
    names = [one.name for one in wanted_automations()]
    assert json.loads(said.splitlines()[0]) == {"made": names, "again": []}
    assert told(receiver)
    assert service.ask("POST", "/automations/filter", {}) == []


def told(receiver: Receiver) -> bool:
    """Whether the receiver has heard of the source and of the run that failed."""
    texts = [str(one["text"]) for one in receiver.got]
    failed = [text for text in texts if "doomed" in text and 'it says "no"' in text]
    return bool(failed) and 'suqian: kjj is "silent"' in texts
