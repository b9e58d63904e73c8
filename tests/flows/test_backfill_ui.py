"""A person starts a backfill from Prefect's form, watches its progress and reads its report."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from tests.flows.test_service import Service, start

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
_PATIENCE = 180.0
"""Seconds; a run of its own imports Prefect first."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Prefect's own, at its import
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on PATH"),
]


@pytest.fixture
def replica(small_world: World, tmp_path: Path) -> Iterator[Replica]:
    with serve(small_world) as served:
        write_catalogue(tmp_path / "catalogue", served.port)
        yield served


@pytest.fixture
def service(replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("SUQIAN_REPLICA", str(tmp_path / "catalogue"))
    running = start(tmp_path / "home")
    try:
        yield running
    finally:
        running.stop()
        assert running.process.stdout is not None
        running.process.stdout.close()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        opened = browser.new_page(viewport={"width": 1300, "height": 1500})
        opened.set_default_timeout(_PATIENCE * 1000)
        yield opened
        browser.close()


def artifacts(service: Service, key: str) -> list[dict[str, Any]]:
    asked = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"}
    found: list[dict[str, Any]] = service.api("/artifacts/filter", asked)
    return found


def until_there(service: Service, key: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := artifacts(service, key):
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no artifact {key}: {service.api('/flow_runs/filter', {})}")


def test_a_backfill_is_started_from_the_form_watched_and_read(
    service: Service, page: Page, tmp_path: Path
) -> None:
    deployment = service.deployments()["backfill"]
    _refuses_an_unknown_source(service, deployment["id"])
    page.goto(f"{service.prefect}/deployments/deployment/{deployment['id']}/run")
    expect(page.get_by_text("First day wanted.")).to_be_visible()
    expect(page.get_by_text("else only what is missing")).to_be_visible()
    _fill_in(page, {"source": "demo_kjj", "since": "2026-04-01", "until": "2026-06-30"})
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    page.get_by_role("button", name="Submit").click()

    moved = until_there(service, "backfill-progress")
    assert moved["type"] == "progress"
    assert moved["data"] <= 100.0
    report = until_there(service, "backfill-report")
    page.goto(f"{service.prefect}/artifacts/artifact/{report['id']}")
    expect(page.get_by_text("3 of 3 months done").first).to_be_visible()
    expect(page.get_by_role("cell", name="2026-05").first).to_be_visible()
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    assert until_there(service, "backfill-progress")["data"] == 100.0
    assert len(artifacts(service, "run-report")) == 3


def _refuses_an_unknown_source(service: Service, deployment: str) -> None:
    """The server itself, before a run begins."""
    asked = {"parameters": {"source": "nobody", "since": "2026-04-01"}}
    with pytest.raises(HTTPError) as refused:
        service.api(f"/deployments/{deployment}/create_flow_run", asked)
    assert refused.value.code == 409
    assert "nobody" in refused.value.read().decode()


def _fill_in(page: Page, values: dict[str, str]) -> None:
    """Fill in the form, in its own view of all values at once: a calendar needs many clicks."""
    page.get_by_text("Parameters", exact=True).locator("xpath=following::button[1]").click()
    page.get_by_text("Use JSON input").click()
    page.locator("textarea").first.fill(json.dumps(values))
